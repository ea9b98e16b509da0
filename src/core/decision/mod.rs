//! Deciding, purely: [`decide`] for a mail, [`due`] for what falls due, over the rolls as recorded.
//!
//! Total and small: whatever the mail says, a decision comes out; what is not certain goes to the
//! human with its reason. Seats are given in [`super::allocation`] alone.

mod again;
mod ask;
mod cancel;
pub mod due;
mod letters;
pub mod organiser;
mod register;
mod replace;
mod same;
mod untrue;
mod update;
mod working;

use jiff::Timestamp;

use super::catalogue::{Catalogue, Mode, SessionId};
use super::entry::{
    Body, Cause, Draft, Handed, Hold, MailWalked, MailWords, Place, Understood, Walk,
};
use super::membership::MembershipList;
use super::message::Message;
use super::organisation::Organisation;
use super::person::Address;
use super::policy::Policy;
use super::reading::{Doubt, Intent, Participant, Reading};
use super::reply::Status;
use super::roll::{Known, Lookup};
use super::screening::{Machine, Screening, Writer};
pub use again::{
    Again, Left, decide_again, gone, is_worth_recording, may_be_meant_now, was_left_for_a_session,
};
use working::Working;

/// What holds for every decision: who we are, the sessions, the rules, the present instant.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The sessions.
    pub catalogue: &'a Catalogue,
    /// Who we are.
    pub organisation: &'a Organisation,
    /// Limits and pauses.
    pub policy: &'a Policy,
    /// Paid members, if there is a list.
    pub members: Option<&'a MembershipList>,
    /// The main file's mode.
    pub mode: Mode,
    /// The present instant.
    pub now: Timestamp,
}

impl Setting<'_> {
    /// Says whether letters about a session leave the house.
    fn mode_of(&self, session: Option<&SessionId>) -> Mode {
        session
            .and_then(|id| self.catalogue.session(id))
            .and_then(|session| session.mode)
            .unwrap_or(self.mode)
    }
}

/// A mail on its way through the house, as far as a decision may see it.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// Where it lies.
    pub place: &'a Place,
    /// The message.
    pub message: &'a Message,
    /// The two verdicts.
    pub screening: &'a Screening,
    /// What was understood.
    pub reading: &'a Reading,
    /// Time of receipt.
    pub received: Timestamp,
    /// Whether that time can carry a refusal (INTERNALDATE and topmost Received agree, our clock is right).
    pub clock_sure: bool,
    /// A human has answered it already.
    pub answered_by_hand: bool,
    /// It was left before and is read again, for this reason.
    pub again: Option<Again>,
}

/// Says what a decision about a mail has to look up.
pub fn lookup(mail: &Mail<'_>, setting: &Setting<'_>) -> Lookup {
    let mut thread: Vec<String> = mail.message.in_reply_to.clone();
    thread.extend(mail.message.references.iter().rev().cloned());
    let mut address = mail.message.author().map(|author| author.email.clone());
    if let Writer::Bounce(dsn) = &mail.screening.writer {
        thread.extend(dsn.original_message_id.clone());
        address = dsn.recipients.first().cloned(); // whose letter came back, not which machine says so
    }
    Lookup {
        sessions: mail.reading.sessions.clone(),
        identity: Some(mail.message.identity.clone()),
        thread,
        address,
        now: Some(setting.now),
    }
}

/// Decides about one mail. The draft says all that is to be recorded of it.
pub fn decide(mail: &Mail<'_>, setting: &Setting<'_>, known: &Known) -> Draft {
    if let (Some(entry), None) = (known.same_mail, mail.again) {
        return left_alone(mail, Walk::Same { entry });
    }
    match &mail.screening.writer {
        Writer::Bounce(dsn) => return due::bounce(mail, setting, known, dsn),
        Writer::Machine(machine) => return machine_mail(mail, setting, known, *machine),
        Writer::Human => {}
    }
    if is_own_copy(mail, setting, known) {
        let code = "own_copy".to_owned();
        return left_alone(mail, Walk::Machine { code });
    }
    let mut working = Working::new(mail, setting, known);
    if known.answers_digest {
        // Only Sent is the organiser's word: whoever can write to us can write this.
        working.doubt(Doubt::NoAuthority);
        return working.into_human();
    }
    if known.message_id_reused {
        working.doubt(Doubt::MessageIdReused);
        return working.into_human();
    }
    answer_or_request(&mut working);
    working.finish()
}

/// Says whether this is what arrives of a mail from the mailbox to itself, or of an answer to a digest:
/// nothing, whoever wrote it, since anybody can write that sender.
fn is_own_copy(mail: &Mail<'_>, setting: &Setting<'_>, known: &Known) -> bool {
    let organisation = setting.organisation;
    let message = mail.message;
    let from_us = message
        .author()
        .is_some_and(|author| organisation.is_own_address(&author.email));
    let form = message
        .author()
        .is_some_and(|author| organisation.form_relays.contains(&author.email))
        || message
            .reply_to
            .iter()
            .any(|to| !organisation.is_own_address(&to.email));
    let to_us_alone = message
        .to
        .iter()
        .chain(&message.cc)
        .all(|to| organisation.is_own_address(&to.email));
    from_us && (known.answers_digest || (to_us_alone && !form))
}

/// The branching of a human's mail: an answer to our question, a request, or the human's.
fn answer_or_request(working: &mut Working<'_>) {
    if ask::completes(working) {
        return;
    }
    let reading = working.reading.clone();
    if ask::comes_too_late(working) {
        working.hand_over(&[Doubt::AnswerTooLate]);
        working.decided.to_human = true;
        return;
    }
    if !working.mail.screening.may_register {
        working.hand_over(&[Doubt::SenderUnclear]);
        return;
    }
    match reading.intent {
        Intent::Register if reading.act => register::decide(working, &reading),
        Intent::Register if ask::can_ask(working, &reading) => {
            ask::which_session_or_who(working, &reading)
        }
        Intent::Cancel if register_may_settle(&reading) => cancel::decide(working, &reading),
        Intent::Replace if register_may_settle(&reading) => replace::decide(working, &reading),
        Intent::Update if register_may_settle(&reading) => update::decide(working, &reading),
        _ => working.hand_over(&reading.doubts),
    }
}

/// A cancellation, replacement or update may leave open which registration is meant: the register
/// settles that. Any other doubt goes to the human.
fn register_may_settle(reading: &Reading) -> bool {
    reading.act
        || reading.doubts.iter().all(|doubt| {
            matches!(
                doubt,
                Doubt::SessionUnclear | Doubt::PersonUnclear | Doubt::RegistrationUnclear
            )
        })
}

/// Machine mail: counted; what a person should see is shown.
fn machine_mail(mail: &Mail<'_>, setting: &Setting<'_>, known: &Known, machine: Machine) -> Draft {
    let (code, show) = match machine {
        Machine::Absence => ("absence", false),
        Machine::Receipt => ("receipt", false),
        Machine::Bulk => ("bulk", false),
        Machine::CalendarAccepted => ("calendar_accepted", false),
        Machine::CalendarOther => ("calendar_other", true),
        Machine::Challenge => ("challenge", true),
        Machine::Echo => ("echo", false),
        Machine::Other => ("machine", false),
    };
    if !show {
        return left_alone(
            mail,
            Walk::Machine {
                code: code.to_owned(),
            },
        );
    }
    let mut working = Working::new(mail, setting, known);
    working.doubt(Doubt::Machine);
    working.into_human()
}

/// A mail that changes nothing: no more of it is kept than where it lies and what it is recognised by.
fn left_alone(mail: &Mail<'_>, walk: Walk) -> Draft {
    let walked = MailWalked {
        place: mail.place.clone(),
        identity: mail.message.identity.clone(),
        received: mail.received,
        walk,
        understood: None,
        decided: super::entry::Decided::default(),
    };
    Draft {
        cause: Cause::Mail,
        body: Body::Mail(Box::new(walked)),
        personal: None,
    }
}

impl Working<'_> {
    /// Shows the mail to the human with these doubts, if it concerns us at all.
    fn hand_over(&mut self, doubts: &[Doubt]) {
        for doubt in doubts {
            self.doubt(*doubt);
        }
        let known_sender = !self.known.theirs.is_empty() && self.reading.question;
        if self.reading.concerns_us || known_sender || self.reading.intent != Intent::Other {
            self.decided.to_human = true;
        }
        self.keep_for_the_human();
    }

    /// Keeps what was understood of a request, so that the organiser's yes can make it certain.
    fn keep_for_the_human(&mut self) {
        let request = matches!(
            self.reading.intent,
            Intent::Register | Intent::Cancel | Intent::Replace | Intent::Update
        );
        if !request {
            return;
        }
        let message = self.mail.message;
        let meant = |address: &&Address| {
            let email = |p: &Participant| p.person.email.clone();
            let mut emails = self.reading.participants.iter().filter_map(email);
            emails.any(|email| email.eq_ignore_ascii_case(&address.email))
        };
        let copied = message.to.iter().chain(&message.cc);
        let screening = self.mail.screening;
        self.personal.handed = Some(Handed {
            answer_to: screening.reply_to.clone().filter(|_| screening.may_reply),
            named: copied.filter(meant).cloned().collect(),
            references: message.references.clone(),
        });
        self.personal.reading = Some(self.reading.clone());
    }

    /// Gives the draft of a mail that goes to the human as it is.
    fn into_human(mut self) -> Draft {
        self.decided.to_human = true;
        self.keep_for_the_human();
        self.finish()
    }

    /// Gives the draft: what was decided, and the personal data it refers to.
    fn finish(mut self) -> Draft {
        self.replace_untrue();
        let reading = self.reading;
        if self.decided.is_empty() {
            return left_alone(&self.mail, Walk::NotOurs);
        }
        let idle = self.decided.reply.is_none() && self.decided.changes.is_empty();
        let walk = self
            .walk
            .take()
            .unwrap_or(if idle { Walk::Human } else { Walk::Decided });
        self.personal.mail = Some(MailWords {
            from: self.mail.message.author().cloned(),
            subject: self.mail.message.subject.clone(),
            message_id: self.mail.message.message_id.clone(),
            evidence: reading.evidence.clone(),
            names: std::mem::take(&mut self.names),
        });
        let understood = Understood {
            intent: reading.intent,
            sessions: if self.sessions.is_empty() {
                reading.sessions.clone()
            } else {
                std::mem::take(&mut self.sessions)
            },
            doubts: std::mem::take(&mut self.doubts),
            language: reading.language,
            question: reading.question,
        };
        let walked = MailWalked {
            place: self.mail.place.clone(),
            identity: self.mail.message.identity.clone(),
            received: self.mail.received,
            walk,
            understood: Some(understood),
            decided: self.decided,
        };
        Draft {
            cause: Cause::Mail,
            body: Body::Mail(Box::new(walked)),
            personal: Some(self.personal),
        }
    }
}

/// Why a letter that answers a mail is held, if it is.
fn hold_of(
    mail: &Mail<'_>,
    setting: &Setting<'_>,
    known: &Known,
    session: Option<&SessionId>,
    seat_changed: bool,
) -> Option<Hold> {
    if setting.mode_of(session) == Mode::Shadow {
        return Some(Hold::Shadow);
    }
    if mail.answered_by_hand {
        return Some(Hold::ByHand);
    }
    let recent = known.recent;
    let policy = setting.policy;
    let too_many = recent.in_thread >= policy.replies_a_thread
        || recent.to_address >= policy.replies_an_address
        || recent.in_all >= policy.replies_an_hour;
    (too_many && !seat_changed).then_some(Hold::Breaker)
}

/// Gives the word for the whole of several outcomes: the first that says something new.
fn overall(statuses: &[Status]) -> Status {
    statuses
        .iter()
        .copied()
        .find(|s| *s != Status::Already)
        .or(statuses.first().copied())
        .unwrap_or(Status::None)
}
