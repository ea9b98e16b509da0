//! Orders carried out one after the other, each seeing what those before it did; all of them are one entry.

use super::super::working::{Telling, Working};
use super::super::{Mail, Setting, due};
use super::case::Case;
use super::transcript::{Deed, Line, Recipient, Transcript, Trouble};
use super::{Command, Order, Origin, Word, draft_of_mail, seats};
use crate::core::allocation::Beyond;
use crate::core::catalogue::SessionId;
use crate::core::entry::{Body, Cause, Change, Decided, Draft, MailWords, Owed, Personal, Walk};
use crate::core::message::Message;
use crate::core::person::Address;
use crate::core::reply::{Letter, Status};
use crate::core::roll::Known;

/// What one order came to: deeds, or the trouble; a trouble that a yes can lift is asked back.
pub(super) type Done = Result<Vec<Deed>, Trouble>;

/// Orders being carried out, one after the other, each seeing what those before it did.
pub(super) struct Carrying<'a> {
    pub(super) word: &'a Word<'a>,
    pub(super) setting: &'a Setting<'a>,
    pub(super) known: Known,
    pub(super) decided: Decided,
    pub(super) personal: Personal,
    pub(super) names: Vec<String>,
    pub(super) tokens: u64,
}

impl<'a> Carrying<'a> {
    /// Begins with what is known; the organiser may speak for anyone.
    pub(super) fn new(word: &'a Word<'a>, setting: &'a Setting<'a>, known: &Known) -> Carrying<'a> {
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
        carrying
    }
}

impl Carrying<'_> {
    pub(super) fn carry_out(&mut self, order: &Order) {
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
    pub(super) fn with(
        &mut self,
        case: &Case,
        decide: impl FnOnce(&mut Working<'_>) -> Done,
    ) -> Done {
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
    pub(super) fn take_over(
        &mut self,
        mut decided: Decided,
        personal: Personal,
        names: Vec<String>,
    ) {
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
    pub(super) fn promote_in(&mut self, session: &SessionId) -> Vec<Deed> {
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

    pub(super) fn finish(mut self) -> Draft {
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
