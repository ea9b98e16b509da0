//! Who people are: name, structure, function, telephone and address, from headers, signature,
//! lines, tables and forms.

use std::ops::Range;

use crate::core::message::Message;
use crate::core::person::Person;
use crate::core::unquote::Parts;

/// What a telephone number is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhoneKind {
    /// Direct line (« LD », « ligne directe »).
    Direct,
    /// Nothing, or « Tél. ».
    Plain,
    /// Mobile, by its label or its digits.
    Mobile,
    /// Switchboard.
    Switchboard,
    /// Fax: nobody's telephone.
    Fax,
}

/// A telephone number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// As written, spaces made single.
    pub number: String,
    /// What it is said to be.
    pub kind: PhoneKind,
}

/// Finds telephone numbers, in order.
pub fn phones_in(text: &str) -> Vec<Phone> {
    let _todo = text;
    Vec::new()
}

/// Finds e-mail addresses, in lower case, in order, each with its bytes in the text.
pub fn emails_in(text: &str) -> Vec<(Range<usize>, String)> {
    let _todo = text;
    Vec::new()
}

/// Gives what is known of the sender: best spelling of the name from From, Reply-To and signature,
/// structure, function, telephone (direct before mobile), own address.
pub fn sender_details(message: &Message, parts: &Parts) -> Person {
    let _todo = (message, parts);
    Person::default()
}

/// Gives what stands near a name in a list, table, form or sentence.
pub fn details_near(text: &str, name: &str) -> Person {
    let _todo = text;
    Person {
        name: name.to_owned(),
        ..Person::default()
    }
}

/// Reads forms (« Nom : … / Prénom : … »), one person each; several in a mail part where a label
/// comes again.
pub fn forms_in(text: &str) -> Vec<Person> {
    let _todo = text;
    Vec::new()
}

/// Reads tables of people: cells parted by `|` or tab, or one a line under as many heads.
pub fn tables_in(text: &str) -> Vec<Person> {
    let _todo = text;
    Vec::new()
}

/// Reads people listed one a line or bullet (« - DUPONT Marie, mail, telephone, function »).
pub fn lists_in(text: &str) -> Vec<Person> {
    let _todo = text;
    Vec::new()
}
