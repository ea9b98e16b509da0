//! People's names as a secretary records them.
//!
//! A name is never made up: all its words stand in the text given. What is no name (structures,
//! places, functions, days, greetings) is known by the words of `lexicon/people.toml`; a list of
//! common given names is one sign among several and never needed.

use std::ops::Range;

use crate::core::person::Address;

/// A name in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameFound {
    /// Its bytes in the text, with its title.
    pub range: Range<usize>,
    /// « Given Family »; the title kept if no given name is known (« Mme de la Bretonnière »).
    pub name: String,
    /// The title as written, if there is one.
    pub title: Option<String>,
    /// Whether given and family name are known.
    pub full: bool,
}

/// Reads a piece of text that is nothing but a name: « DUPONT Marie », "Lastname, Firstname",
/// « M. Jean-Noël LE GOFF ». `None` if it is no person's name.
pub fn parse_name(text: &str) -> Option<String> {
    let _todo = text;
    None
}

/// Finds the first name in a piece of running text.
pub fn name_in(text: &str) -> Option<NameFound> {
    names_in(text).into_iter().next()
}

/// Finds all names in running text, in order.
pub fn names_in(text: &str) -> Vec<NameFound> {
    let _todo = text;
    Vec::new()
}

/// Reads a list of names: « A, B et C », one a line, or with marks.
pub fn names_in_list(text: &str) -> Vec<String> {
    names_in(text).into_iter().map(|found| found.name).collect()
}

/// Reads a header's display name; the address helps where it says which word is the given name.
pub fn name_of_address(address: &Address) -> Option<String> {
    let _todo = address;
    None
}

/// Gives a name the accents and capitals under which it stands elsewhere in the mail.
pub fn restore(name: &str, elsewhere: &str) -> String {
    let _todo = elsewhere;
    name.to_owned()
}

/// Says whether a short form (« Jean-Noël », « Mme Puech », « J.-N. Brugière ») can mean a full name.
pub fn may_be(short: &str, full: &str) -> bool {
    let _todo = (short, full);
    false
}
