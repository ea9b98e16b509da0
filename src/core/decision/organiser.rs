//! The organiser's word, carried out: by a mail in Sent or on the command line, the same decisions.
//!
//! All orders of one mail are one entry, so that they are carried out once or not at all. Their word
//! goes for anyone and after the deadline too; beyond the capacity it is asked back first. Whoever
//! is concerned is told as by any other cause, unless nobody is to be told.

mod case;
mod items;
mod people;
mod seats;
mod transcript;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::working::{Telling, Working};
use super::{Mail, Setting, due};
use crate::core::allocation::Beyond;
use crate::core::catalogue::SessionId;
use crate::core::entry::{
    Body, Cause, Change, Decided, Draft, Entry, MailWalked, MailWords, Owed, Personal, Place, Walk,
};
use crate::core::message::Message;
use crate::core::person::{Address, Person};
use crate::core::reading::{Language, Reading};
use crate::core::reply::{Letter, Status};
use crate::core::roll::{Known, Lookup, RegistrationId};
use case::Case;
pub use transcript::{Deed, Line, Recipient, Transcript, Trouble};

/// What the organiser wants done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Command {
    /// Yes to an item of the digest, or a seat for whoever was refused or waits for a nod.
    Accept {
        /// What.
        target: Target,
        /// The session, where the item left it open.
        session: Option<SessionId>,
    },
    /// No to it: nothing more is written.
    Refuse {
        /// What.
        target: Target,
    },
    /// « Je m'en occupe »: the item is the human's own.
    Take {
        /// The entry of the item.
        entry: u64,
    },
    /// Seats for people.
    Add {
        /// The session.
        session: SessionId,
        /// Who.
        people: Vec<Person>,
    },
    /// A seat is given up.
    Cancel {
        /// Whose.
        who: Who,
    },
    /// From one session to another: the old seat is not lost before the new one is had.
    Move {
        /// Who.
        who: Who,
        /// To which session.
        to: SessionId,
    },
    /// A seat or a rank passes to another person.
    Replace {
        /// Whose.
        who: Who,
        /// Who takes it.
        person: Person,
    },
    /// A seat for somebody who waits, whatever their rank.
    Promote {
        /// Who.
        who: Who,
    },
    /// A line kept with a registration.
    Note {
        /// Whose.
        who: Who,
        /// The line.
        text: String,
    },
    /// A session's seats; holds until the file's own value changes.
    Capacity {
        /// The session.
        session: SessionId,
        /// Seats; `None` takes the command back.
        seats: Option<u32>,
    },
    /// A session's new facts are accepted.
    AcceptSession {
        /// The session.
        session: SessionId,
    },
    /// What was asked back is left as it is.
    Leave,
    /// All answers are held.
    Pause,
    /// They are released.
    Resume,
    /// A sentence, read like a participant's mail.
    Said {
        /// What was understood.
        reading: Box<Reading>,
    },
}

/// What a yes or no is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// An item of the digest, by its entry.
    Item(u64),
    /// A registration.
    Registration(RegistrationId),
}

/// Whom a command means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// By number.
    Registration(RegistrationId),
    /// By name, in a session or in any that is still to come.
    Named {
        /// As the organiser writes it.
        name: String,
        /// The session, if they name one.
        session: Option<SessionId>,
    },
}

/// One order in the organiser's own words; `None`: it was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The words.
    pub words: String,
    /// What they mean.
    pub command: Option<Command>,
    /// Whether it may go beyond the capacity.
    pub beyond: Beyond,
}

/// Where the organiser's word comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// A mail in Sent.
    Mail {
        /// Where it lies.
        place: &'a Place,
        /// The whole mail.
        message: &'a Message,
        /// When it was filed.
        received: Timestamp,
    },
    /// The command line.
    CommandLine,
}

/// The organiser's word: orders in their sequence, and what they refer to.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// The orders.
    pub orders: &'a [Order],
    /// True if it stopped at the fifth line that it did not understand.
    pub stopped: bool,
    /// Entries that orders refer to, by number.
    pub stored: &'a BTreeMap<u64, Entry>,
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// Nobody is written to.
    pub quiet: bool,
    /// Language of the transcript.
    pub language: Language,
    /// IANA zone of the transcript.
    pub timezone: &'a str,
}

impl Word<'_> {
    /// Gives the entries whose facts the orders need.
    pub fn refers_to(orders: &[Order]) -> Vec<u64> {
        let entry = |order: &Order| match &order.command {
            Some(
                Command::Accept {
                    target: Target::Item(entry),
                    ..
                }
                | Command::Refuse {
                    target: Target::Item(entry),
                }
                | Command::Take { entry },
            ) => Some(*entry),
            _ => None,
        };
        orders.iter().filter_map(entry).collect()
    }

    fn received(&self, now: Timestamp) -> Timestamp {
        match self.origin {
            Origin::Mail { received, .. } => received.min(now),
            Origin::CommandLine => now,
        }
    }
}

/// Says what carrying out orders has to look up; `session_of` finds a registration's session.
pub fn lookup(
    word: &Word<'_>,
    setting: &Setting<'_>,
    session_of: impl Fn(RegistrationId) -> Option<SessionId>,
) -> Lookup {
    let mut sessions = Vec::new();
    let mut open = false;
    for order in word.orders {
        match order.command.as_ref().map(|c| case::sessions_of(c, word)) {
            None => {}
            Some(case::Wanted::Sessions(named)) => sessions.extend(named),
            Some(case::Wanted::Registrations(ids, named)) => {
                sessions.extend(ids.into_iter().filter_map(&session_of));
                sessions.extend(named);
            }
            Some(case::Wanted::Any) => open = true,
        }
    }
    if open {
        let to_come = setting
            .catalogue
            .sessions
            .iter()
            .filter(|session| setting.now < session.ends_at());
        sessions.extend(to_come.map(|session| session.id.clone()));
    }
    sessions.sort();
    sessions.dedup();
    Lookup {
        sessions,
        identity: match word.origin {
            Origin::Mail { message, .. } => Some(message.identity.clone()),
            Origin::CommandLine => None,
        },
        now: Some(setting.now),
        ..Lookup::default()
    }
}

/// Carries the orders out. The draft says all that is to be recorded of it.
pub fn decide(word: &Word<'_>, setting: &Setting<'_>, known: &Known) -> Draft {
    if let (
        Origin::Mail {
            place,
            message,
            received,
        },
        Some(entry),
    ) = (word.origin, known.ordered_before)
    {
        let walk = Walk::Same { entry };
        return draft_of_mail(place, message, received, walk, Decided::default(), None);
    }
    let mut carrying = Carrying {
        word,
        setting,
        known: known.clone(),
        decided: Decided::default(),
        personal: Personal::default(),
        names: Vec::new(),
        tokens: 0,
    };
    carrying.everybody_may_be_meant();
    for order in word.orders {
        carrying.carry_out(order);
    }
    carrying.finish()
}

fn draft_of_mail(
    place: &Place,
    message: &Message,
    received: Timestamp,
    walk: Walk,
    decided: Decided,
    personal: Option<Personal>,
) -> Draft {
    let walked = MailWalked {
        place: place.clone(),
        identity: message.identity.clone(),
        received,
        walk,
        understood: None,
        decided,
    };
    Draft {
        cause: Cause::Organiser { entry: None },
        body: Body::Mail(Box::new(walked)),
        personal,
    }
}

/// What one order came to: deeds, or the trouble; a trouble that a yes can lift is asked back.
type Done = Result<Vec<Deed>, Trouble>;

/// Orders being carried out, one after the other, each seeing what those before it did.
struct Carrying<'a> {
    word: &'a Word<'a>,
    setting: &'a Setting<'a>,
    known: Known,
    decided: Decided,
    personal: Personal,
    names: Vec<String>,
    tokens: u64,
}

impl Carrying<'_> {
    fn carry_out(&mut self, order: &Order) {
        let owed = self.decided.owed.len();
        let done = match &order.command {
            None => Err(Trouble::NotUnderstood),
            Some(command) => self.command(command, order.beyond),
        };
        let mut line = Line {
            words: order.words.clone(),
            deeds: Vec::new(),
            told: self.recipients(owed),
            asks: None,
        };
        match done {
            Ok(deeds) => line.deeds = deeds,
            Err(trouble) => {
                if trouble.a_yes_lifts_it()
                    && let Some(command) = &order.command
                {
                    self.personal.asked.push(command.clone());
                    line.asks = Some(self.personal.asked.len());
                }
                line.deeds = vec![Deed::Nothing(trouble)];
            }
        }
        self.personal.lines.push(line);
    }

    fn command(&mut self, command: &Command, beyond: Beyond) -> Done {
        match command {
            Command::Accept { target, session } => self.accept(*target, session.as_ref(), beyond),
            Command::Refuse { target } => self.refuse(*target),
            Command::Take { entry } => self.take(*entry),
            Command::Add { session, people } => {
                let wanted = vec![(session.clone(), people.clone())];
                let case = Case::own(self.word, self.setting, self.word.language);
                self.with(&case, |working| seats::give(working, &wanted, beyond))
            }
            Command::Cancel { who } => self.cancel(who),
            Command::Move { who, to } => self.relocate(who, to, beyond),
            Command::Replace { who, person } => self.replace(who, person),
            Command::Promote { who } => self.promote(who, beyond),
            Command::Note { who, text } => self.note(who, text),
            Command::Capacity { session, seats } => self.capacity(session, *seats),
            Command::AcceptSession { session } => self.accept_session(session),
            Command::Leave => Ok(vec![Deed::Settled]),
            Command::Pause => Ok(self.pause(true)),
            Command::Resume => Ok(self.pause(false)),
            Command::Said { reading } => self.said(reading, beyond),
        }
    }

    /// The organiser may speak for anyone who is registered.
    fn everybody_may_be_meant(&mut self) {
        let rolls = self.known.rolls.values();
        self.known.theirs = rolls
            .flat_map(|roll| roll.registrations.iter().cloned())
            .collect();
    }

    /// Lets one order be decided like a mail, and takes over what came of it; nothing, if it failed.
    fn with(&mut self, case: &Case, decide: impl FnOnce(&mut Working<'_>) -> Done) -> Done {
        let known = self.known.clone();
        let mail = Mail {
            place: &case.place,
            message: &case.message,
            screening: &case.screening,
            reading: &case.reading,
            received: case.received,
            clock_sure: true,
            answered_by_hand: false,
            again: None,
        };
        let mut working = Working::new(&mail, self.setting, &known);
        working.voice = case.voice;
        working.next_token = self.tokens;
        if self.word.quiet {
            working.telling = Telling::Quiet;
        }
        let deeds = decide(&mut working)?;
        working.replace_untrue();
        self.tokens = working.next_token;
        self.known.next_registration = working.next_registration;
        self.known.rolls = std::mem::take(&mut working.rolls);
        let names = std::mem::take(&mut working.names);
        let decided = std::mem::take(&mut working.decided);
        let personal = std::mem::take(&mut working.personal);
        self.take_over(decided, personal, names);
        Ok(deeds)
    }

    /// Adds a decision to those made before; what it refers to by place moves along.
    fn take_over(&mut self, mut decided: Decided, personal: Personal, names: Vec<String>) {
        let people = self.personal.people.len();
        let letters = self.personal.letters.len();
        let named = self.names.len();
        for change in &mut decided.changes {
            if let Change::Registered { person, .. } | Change::Details { person, .. } = change {
                *person += people;
            }
        }
        for change in std::mem::take(&mut decided.changes) {
            // A letter of this very entry has not even been recorded: it is simply not owed.
            let of_this = |owed: &Owed| matches!(&change, Change::Superseded { letter } if *letter == owed.token);
            let before = self.decided.owed.len();
            self.decided.owed.retain(|owed| !of_this(owed));
            if self.decided.owed.len() == before {
                self.decided.changes.push(change);
            }
        }
        for mut owed in decided.owed {
            owed.letter += letters;
            self.decided.owed.push(owed);
        }
        for (index, session, status) in decided.outcomes {
            self.decided.outcomes.push((index + named, session, status));
        }
        self.personal.people.extend(personal.people);
        self.personal.letters.extend(personal.letters);
        self.names.extend(names);
        self.note_unsent();
        self.everybody_may_be_meant();
    }

    /// Letters that this entry owes may be made untrue by its own later orders.
    fn note_unsent(&mut self) {
        let superseded = |owed: &Owed| {
            self.decided.changes.iter().any(
                |change| matches!(change, Change::Superseded { letter } if *letter == owed.token),
            )
        };
        let mut unsent: Vec<_> = std::mem::take(&mut self.known.unsent);
        unsent.retain(|letter| !superseded(&letter.owed));
        unsent.retain(|letter| {
            !self
                .decided
                .owed
                .iter()
                .any(|o| o.token == letter.owed.token)
        });
        for owed in &self.decided.owed {
            if let Some(Letter::Reply(reply)) = self.personal.letters.get(owed.letter) {
                unsent.push(crate::core::roll::Unsent {
                    owed: owed.clone(),
                    hold: owed.hold,
                    reply: Some(reply.clone()),
                });
            }
        }
        self.known.unsent = unsent;
    }

    /// Gives seats that an order has set free to who waits.
    fn promote_in(&mut self, session: &SessionId) -> Vec<Deed> {
        let cause = Cause::Organiser { entry: None };
        let now = self.setting.now;
        let draft = due::promote_from(self.setting, &self.known, session, now, cause, self.tokens);
        let Body::Decided(mut decided) = draft.body else {
            return Vec::new();
        };
        let mut deeds = Vec::new();
        let roll = self.known.rolls.entry(session.clone()).or_default();
        for change in &decided.changes {
            if let Change::State { id, state, .. } = change
                && let Some(registration) = roll.registrations.of_mut(*id)
            {
                registration.state = *state;
                let person = registration.person.clone().unwrap_or_default();
                deeds.push(Deed::Became {
                    name: person.name,
                    session: session.clone(),
                    status: Status::Promoted,
                });
            }
        }
        self.tokens += u64::try_from(decided.owed.len() * 2 + 1).unwrap_or(1);
        if self.word.quiet {
            decided.owed.retain(|owed| owed.status != Status::Promoted);
        }
        self.take_over(*decided, draft.personal.unwrap_or_default(), Vec::new());
        deeds
    }

    /// Who is written to; what is owed of letters replaced is no telling of this.
    fn recipients(&self, after: usize) -> Vec<Recipient> {
        if self.word.quiet {
            return Vec::new();
        }
        let told = self.decided.owed.iter().skip(after);
        told.filter_map(|owed| match self.personal.letters.get(owed.letter) {
            Some(Letter::Reply(reply)) => Some(Recipient {
                address: reply.to.email.clone(),
                hold: owed.hold,
            }),
            _ => None,
        })
        .collect()
    }

    fn finish(mut self) -> Draft {
        if self.word.stopped {
            self.personal.lines.push(Line {
                words: String::new(),
                deeds: vec![Deed::Nothing(Trouble::Stopped)],
                told: Vec::new(),
                asks: None,
            });
        }
        let words: Vec<&str> = self.word.orders.iter().map(|o| o.words.as_str()).collect();
        self.personal.note = Some(words.join("\n"));
        let names = std::mem::take(&mut self.names);
        let Origin::Mail {
            place,
            message,
            received,
        } = self.word.origin
        else {
            self.personal.mail = (!names.is_empty()).then(|| MailWords {
                names,
                ..MailWords::default()
            });
            return Draft {
                cause: Cause::Organiser { entry: None },
                body: Body::Decided(Box::new(self.decided)),
                personal: Some(self.personal),
            };
        };
        self.personal.mail = Some(MailWords {
            from: message.author().cloned(),
            subject: message.subject.clone(),
            message_id: message.message_id.clone(),
            evidence: Vec::new(),
            names,
        });
        if !self.word.quiet {
            self.owe_transcript(message);
        }
        let Carrying {
            decided, personal, ..
        } = self;
        let personal = Some(personal);
        draft_of_mail(place, message, received, Walk::Order, decided, personal)
    }

    fn owe_transcript(&mut self, message: &Message) {
        let organisation = self.setting.organisation;
        let mut references = message.references.clone();
        references.extend(message.message_id.clone());
        let transcript = Transcript {
            language: self.word.language,
            at: self.setting.now,
            timezone: self.word.timezone.to_owned(),
            organisation: organisation.name.clone(),
            subject: message.subject.clone(),
            in_reply_to: message.message_id.clone(),
            references,
            lines: self.personal.lines.clone(),
        };
        let to = Address {
            name: None,
            email: organisation.address.clone(),
        };
        self.decided.owed.push(Owed {
            token: self.known.token(self.tokens),
            letter: self.personal.letters.len(),
            status: Status::None,
            cause_at: self.setting.now,
            due_at: self.setting.now,
            registrations: Vec::new(),
            answers: None,
            hold: None,
        });
        self.tokens += 1;
        self.personal.letters.push(Letter::Transcript {
            to,
            transcript: Box::new(transcript),
        });
    }
}
