//! What a rehearsal or the demo reports: a line a mail, and the lists at the end.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::core::catalogue::SessionId;
use crate::core::entry::{Body, Cause, Decided, Entry, MailWalked, Place};
use crate::core::message::Message;
use crate::core::reading::{Context, Doubt, Intent, Language, Reading, read};
use crate::core::reply::{Letter, Status};
use crate::core::roll::{Registration, RegistrationId, Roll, State};
use crate::folder::OldMail;
use crate::house::House;
use crate::register::{Query as _, RegisterError};
use crate::render::doubt_sentence;

/// What became of one mail.
#[derive(Debug, Serialize)]
pub struct Line {
    pub(super) file: String,
    received: String,
    intent: Intent,
    act: bool,
    reply: Status,
    per_person: Vec<PerPerson>,
    also: Vec<Also>,
    to_human: bool,
    #[serde(skip)]
    why: Vec<Doubt>,
}

#[derive(Debug, Serialize)]
struct PerPerson {
    name: String,
    session: SessionId,
    status: Status,
}

#[derive(Debug, Clone, Serialize)]
struct Also {
    to: String,
    reply: Status,
    name: String,
}

impl Line {
    /// The line as one JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The line as a row of a readable table: who wrote what about, and what became of it.
    pub(super) fn row(&self, message: &Message) -> String {
        let who = message
            .author()
            .map(|author| author.name.clone().unwrap_or_else(|| author.email.clone()))
            .unwrap_or_default();
        let when = self
            .received
            .get(5..16)
            .unwrap_or_default()
            .replace('T', " ");
        let what = match (self.reply, self.to_human) {
            (Status::None, true) => "→ the human".to_owned(),
            (Status::None, false) => "left alone".to_owned(),
            (status, true) => format!("{} + human", word(status)),
            (status, false) => word(status),
        };
        let cut = |text: &str, chars: usize| text.chars().take(chars).collect::<String>();
        let mut row = format!(
            "{when}  {:<24} {:<20} {}\n",
            cut(&who, 24),
            what,
            cut(&message.subject, 60)
        );
        let people: Vec<String> = self
            .per_person
            .iter()
            .map(|p| format!("{}: {}", p.name, word(p.status)))
            .collect();
        let also: Vec<String> = self
            .also
            .iter()
            .map(|a| format!("{}: {}", a.name, word(a.reply)))
            .collect();
        for line in [
            people.join(", "),
            also.join(", "),
            self.why
                .iter()
                .map(|doubt| doubt_sentence(*doubt, Language::En))
                .collect::<Vec<_>>()
                .join("; "),
        ]
        .into_iter()
        .filter(|line| !line.is_empty())
        {
            row.push_str(&format!("{:>14}{line}\n", ""));
        }
        row
    }

    /// The line in words.
    pub(super) fn words(&self) -> String {
        let people: Vec<String> = self
            .per_person
            .iter()
            .map(|p| format!("{} ({}: {})", p.name, p.session, word(p.status)))
            .collect();
        let also: Vec<String> = self
            .also
            .iter()
            .map(|a| format!("{} → {}", word(a.reply), a.name))
            .collect();
        let human = if self.to_human {
            "  [to the human]"
        } else {
            ""
        };
        let mut line = format!(
            "{}  {}  {}{}",
            self.file,
            &self.received,
            word(self.reply),
            human
        );
        for (label, list) in [
            ("people", people),
            ("also", also),
            (
                "because",
                self.why.iter().map(|doubt| doubt.code()).collect(),
            ),
        ] {
            if !list.is_empty() {
                line.push_str(&format!("\n    {label}: {}", list.join(", ")));
            }
        }
        line
    }
}

/// The status word as in every output.
pub(super) fn word(status: Status) -> String {
    serde_json::to_value(status)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// One line a mail, from the entries of the register.
pub fn lines(
    house: &House,
    name_of: impl Fn(&Place) -> Option<String>,
    mails: &[OldMail],
) -> Result<Vec<Line>, RegisterError> {
    let entries = house
        .register
        .entries(0)
        .collect::<Result<Vec<Entry>, RegisterError>>()?;
    let rules = house.live.rules();
    let mut lines = Vec::new();
    let mut by_entry: BTreeMap<u64, usize> = BTreeMap::new();
    for entry in &entries {
        match &entry.body {
            Body::Mail(walked) => {
                let Some(name) = name_of(&walked.place) else {
                    continue;
                };
                let Some(mail) = mails.iter().find(|mail| mail.name == name) else {
                    continue;
                };
                let message = Message::parse(&mail.bytes);
                let context = Context {
                    catalogue: &rules.catalogue,
                    organisation: &rules.config.organisation,
                    received: mail.received,
                };
                let (_, reading) = read(&message, context);
                by_entry.insert(entry.n, lines.len());
                lines.push(line(&rules.config.timezone, mail, &reading, walked, entry));
            }
            Body::Decided(decided) => {
                let (Cause::Due { entry: cause } | Cause::Catalogue { entry: cause }) =
                    &entry.cause
                else {
                    continue;
                };
                if let Some(line) = by_entry.get(cause).and_then(|index| lines.get_mut(*index)) {
                    let line: &mut Line = line;
                    line.also.extend(letters(decided, entry));
                    line.to_human |= decided.to_human;
                }
            }
            _ => {}
        }
    }
    Ok(lines)
}

fn line(
    timezone: &str,
    mail: &OldMail,
    reading: &Reading,
    walked: &MailWalked,
    entry: &Entry,
) -> Line {
    let words = entry
        .personal
        .as_ref()
        .and_then(|personal| personal.mail.as_ref());
    let name = |index: usize| {
        words
            .and_then(|words| words.names.get(index))
            .cloned()
            .unwrap_or_default()
    };
    let decided = &walked.decided;
    let local = mail.received.in_tz(timezone).map_or_else(
        |_| mail.received.to_string(),
        |zoned| zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    );
    let doubts = walked
        .understood
        .as_ref()
        .map(|understood| understood.doubts.clone())
        .unwrap_or_default();
    Line {
        file: mail.name.clone(),
        received: local,
        intent: reading.intent,
        act: reading.act,
        reply: decided.reply.unwrap_or(Status::None),
        per_person: decided
            .outcomes
            .iter()
            .map(|(index, session, status)| PerPerson {
                name: name(*index),
                session: session.clone(),
                status: *status,
            })
            .collect(),
        also: letters(decided, entry),
        to_human: decided.to_human
            || walked
                .understood
                .as_ref()
                .is_some_and(|understood| understood.question),
        why: doubts,
    }
}

/// The letters of an entry beside the answer, one line a person.
fn letters(decided: &Decided, entry: &Entry) -> Vec<Also> {
    let mut also = Vec::new();
    for owed in &decided.owed {
        let Some(Letter::Reply(reply)) = entry
            .personal
            .as_ref()
            .and_then(|personal| personal.letters.get(owed.letter))
        else {
            continue;
        };
        if owed.answers.is_some() {
            continue;
        }
        also.extend(reply.outcomes.iter().map(|outcome| Also {
            to: reply.to.email.clone(),
            reply: owed.status,
            name: outcome.name.clone(),
        }));
    }
    also
}

/// Each person once a session, by their last state.
#[derive(Debug, Default, Serialize)]
pub struct Final {
    confirmed: Vec<String>,
    provisional: Vec<String>,
    waitlist: Vec<String>,
    cancelled: Vec<String>,
    replaced: Vec<String>,
    refused_late: Vec<String>,
    refused_full: Vec<String>,
    review: Vec<String>,
}

/// Gives the lists of every session as they are now.
///
/// # Errors
/// The register's.
pub fn finals(house: &House) -> Result<BTreeMap<SessionId, Final>, RegisterError> {
    let mut all = BTreeMap::new();
    for session in &house.live.rules().catalogue.sessions {
        let roll = house.register.roll(&session.id)?;
        let mut end = Final {
            waitlist: roll
                .waiting()
                .iter()
                .map(|r| r.person.clone().unwrap_or_default().name)
                .collect(),
            ..Final::default()
        };
        for (_, state, name) in last_states(&roll) {
            match state {
                State::Confirmed => end.confirmed.push(name),
                State::Provisional => end.provisional.push(name),
                State::Cancelled => end.cancelled.push(name),
                State::Replaced => end.replaced.push(name),
                State::RefusedLate => end.refused_late.push(name),
                State::RefusedFull => end.refused_full.push(name),
                State::Review => end.review.push(name),
                State::Waitlisted | State::Asked => {}
            }
        }
        all.insert(session.id.clone(), end);
    }
    Ok(all)
}

/// Each person once, by the registration that stands, else by the last one. People of one name are
/// one if their letters go to one domain.
fn last_states(roll: &Roll) -> Vec<(RegistrationId, State, String)> {
    let domain = |registration: &Registration| {
        let address = registration
            .contact
            .as_ref()
            .or(registration.made_by.as_ref());
        let address = address.map(String::as_str).unwrap_or_default();
        crate::core::person::domain_of(address).to_owned()
    };
    let mut states = Vec::new();
    let mut gone: BTreeMap<(String, String), (RegistrationId, State, String)> = BTreeMap::new();
    let mut standing = Vec::new();
    for registration in &roll.registrations {
        let name = registration.person.clone().unwrap_or_default().name;
        let key = (crate::core::person::name_key(&name), domain(registration));
        if registration.state.is_standing() {
            standing.push(key);
            states.push((registration.id, registration.state, name));
        } else {
            gone.insert(key, (registration.id, registration.state, name));
        }
    }
    let left = |key: &(String, String)| standing.contains(key);
    states.extend(
        gone.into_iter()
            .filter(|(key, _)| !left(key))
            .map(|(_, state)| state),
    );
    states.sort();
    states
}

pub(super) fn finals_in_words(finals: &BTreeMap<SessionId, Final>) -> String {
    let mut text = String::from("\n");
    for (session, end) in finals {
        let lists = [
            ("confirmed", &end.confirmed),
            ("provisional", &end.provisional),
            ("waiting", &end.waitlist),
            ("cancelled", &end.cancelled),
            ("replaced", &end.replaced),
            ("late", &end.refused_late),
            ("full", &end.refused_full),
            ("review", &end.review),
        ];
        let shown: Vec<String> = lists
            .iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(label, names)| format!("  {label} ({}): {}", names.len(), names.join(", ")))
            .collect();
        if !shown.is_empty() {
            text.push_str(&format!("{session}\n{}\n", shown.join("\n")));
        }
    }
    text
}
