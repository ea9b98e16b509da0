//! Who we are: what screening, reading and replies know of the organisation that runs guichet.

use serde::{Deserialize, Serialize};

use super::reading::Language;

/// The organisation and its mailbox, built once from the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its name as replies show it (« Cap Rural »); guessed from the domain if not configured.
    pub name: String,
    /// The mailbox's own addr-spec, lower case.
    pub address: String,
    /// Other addresses that reach the same mailbox, lower case.
    pub aliases: Vec<String>,
    /// Further domains whose mail is a colleague's (the mailbox's own domain always is), lower case.
    pub domains: Vec<String>,
    /// The human who answers (« Marine Rouchouse »).
    pub human_name: Option<String>,
    /// The human's telephone, as shown.
    pub human_phone: Option<String>,
    /// List-Ids that stand for our own contact address (RFC 2919), lower case.
    pub own_list_ids: Vec<String>,
    /// Trusted `authserv-id`s (RFC 8601 §2.5); none: Authentication-Results prove nothing.
    pub authserv_ids: Vec<String>,
    /// Addresses of web forms whose mail carries the writer in Reply-To or in its fields, lower case.
    pub form_relays: Vec<String>,
    /// The line that says who keeps the data, why, how long, and whom to ask.
    pub privacy: Option<String>,
    /// The same in English, for who is answered in English; else the one above serves.
    pub privacy_en: Option<String>,
}

impl Organisation {
    /// Gives the privacy line in a language.
    pub fn privacy_in(&self, language: Language) -> Option<String> {
        let english = self
            .privacy_en
            .as_ref()
            .filter(|_| language == Language::En);
        english.or(self.privacy.as_ref()).cloned()
    }

    /// Says whether an addr-spec is the mailbox's own or one of its aliases.
    pub fn is_own_address(&self, email: &str) -> bool {
        email.eq_ignore_ascii_case(&self.address)
            || self.aliases.iter().any(|a| a.eq_ignore_ascii_case(email))
    }

    /// Says whether an addr-spec belongs to the organisation's own domain: a colleague's.
    pub fn is_own_domain(&self, email: &str) -> bool {
        let domain = super::person::organisational_domain(super::person::domain_of(email));
        let ours = super::person::own_domain_of(&self.address);
        self.is_own_address(email)
            || ours.is_some_and(|ours| ours.eq_ignore_ascii_case(domain))
            || self.domains.iter().any(|d| d.eq_ignore_ascii_case(domain))
    }
}
