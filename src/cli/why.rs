//! `guichet why`: the journal entries about a mail or a registration, in plain words, with the evidence.

use std::path::Path;

use clap::Args;

use super::list::registration_id;
use super::{CliError, Opened, exit, write_out};
use crate::core::delivery::Delivery;
use crate::core::entry::{Body, Cause, Change, Decided, Entry, Walk};
use crate::core::reading::Language;
use crate::core::roll::State;
use crate::register::{About, Query as _};
use crate::render::doubt_sentence;

/// Tells why something is as it is: the journal entries about a mail or a registration.
#[derive(Debug, Args)]
pub struct Why {
    /// A Message-ID or a registration (R12).
    #[arg(value_name = "MESSAGE-ID|REGISTRATION")]
    what: String,
    /// The entries themselves, one JSON object a line.
    #[arg(long)]
    json: bool,
}

impl Why {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let opened = Opened::read_only(config)?;
        let about = registration_id(&self.what)
            .map_or_else(|| About::MessageId(self.what.clone()), About::Registration);
        let entries = opened.snapshot.why(&about)?;
        if entries.is_empty() {
            return Err(CliError::new(
                exit::NO_INPUT,
                format!(
                    "error: the journal says nothing about {}\n  name a registration (R12, see `guichet list`) or the Message-ID of a mail or letter",
                    self.what
                ),
            ));
        }
        let mut text = String::new();
        for entry in &entries {
            if self.json {
                text.push_str(&serde_json::to_string(entry).unwrap_or_default());
                text.push('\n');
            } else {
                text.push_str(&told(&opened, entry));
            }
        }
        write_out(text.as_bytes())
    }
}

/// One entry in plain words.
fn told(opened: &Opened, entry: &Entry) -> String {
    let mut lines = vec![format!(
        "{}  entry {}{}",
        opened.local(entry.at, "%Y-%m-%d %H:%M:%S"),
        entry.n,
        cause(&entry.cause)
    )];
    match &entry.body {
        Body::Mail(walked) => {
            lines.push(format!(
                "  a mail received {}: {}",
                opened.local(walked.received, "%Y-%m-%d %H:%M:%S"),
                walk(&walked.walk)
            ));
            if let Some(understood) = &walked.understood {
                let sessions: Vec<&str> =
                    understood.sessions.iter().map(|id| id.0.as_str()).collect();
                lines.push(
                    format!(
                        "  understood as {:?}, sessions: {}",
                        understood.intent,
                        sessions.join(", ")
                    )
                    .to_lowercase(),
                );
                lines.extend(
                    understood.doubts.iter().map(|doubt| {
                        format!("  hesitated: {}", doubt_sentence(*doubt, Language::En))
                    }),
                );
            }
            let words = entry
                .personal
                .as_ref()
                .and_then(|personal| personal.mail.as_ref());
            for evidence in words
                .map(|words| words.evidence.as_slice())
                .unwrap_or_default()
            {
                lines.push(format!(
                    "  because it says ({}): « {} »",
                    evidence.claim,
                    evidence.quote.trim()
                ));
            }
            lines.extend(decided(&walked.decided, entry));
        }
        Body::Decided(what) => lines.extend(decided(what, entry)),
        Body::Attempt { letter, .. } => {
            lines.push(format!("  letter {}: an attempt to send begins", letter.0))
        }
        Body::Outcome {
            letter, delivery, ..
        } => lines.push(format!("  letter {}: {}", letter.0, outcome(delivery))),
        Body::Filed { letter, given_up } => lines.push(match given_up {
            None => format!("  letter {}: filed", letter.0),
            Some(why) => format!("  letter {}: filing was given up: {why}", letter.0),
        }),
        Body::Held { letter, why } => lines.push(format!("  letter {}: held ({why:?})", letter.0)),
        other => lines.push(format!("  {}", kind(other))),
    }
    lines.join("\n") + "\n"
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Itself | Cause::Mail => String::new(),
        Cause::Organiser { entry: Some(n) } => format!(", by the organiser's mail (entry {n})"),
        Cause::Organiser { entry: None } => ", by the organiser".to_owned(),
        Cause::Due { entry } => format!(", fallen due because of entry {entry}"),
        Cause::Catalogue { entry } => format!(", because the catalogue changed (entry {entry})"),
    }
}

fn walk(walk: &Walk) -> String {
    match walk {
        Walk::NotOurs => "does not concern us; left as it was".to_owned(),
        Walk::Machine { code } => format!("written by a machine ({code}); counted"),
        Walk::Same { entry } => format!("the same mail as in entry {entry}; nothing changes"),
        Walk::Old => "older than the watch; left as it was".to_owned(),
        Walk::Decided => "decided by the robot".to_owned(),
        Walk::Human => "put before the human".to_owned(),
        Walk::SetAside { code } => format!("set aside ({code})"),
        Walk::SentByHand { .. } => "a mail of a human in Sent".to_owned(),
        Walk::Order => "the organiser's word, in Sent; carried out".to_owned(),
        Walk::Bounce { .. } => "a delivery report about a letter of ours".to_owned(),
    }
}

fn decided(decided: &Decided, entry: &Entry) -> Vec<String> {
    let names = entry
        .personal
        .as_ref()
        .and_then(|personal| personal.mail.as_ref())
        .map(|words| words.names.clone())
        .unwrap_or_default();
    let mut lines = Vec::new();
    for (index, session, status) in &decided.outcomes {
        let name = names.get(*index).map_or("(forgotten)", String::as_str);
        lines.push(format!(
            "  {name}, {session}: {}",
            super::report::word(*status)
        ));
    }
    lines.extend(
        decided
            .changes
            .iter()
            .map(|change| format!("  {}", changed(change))),
    );
    for owed in &decided.owed {
        let hold = owed
            .hold
            .map(|hold| format!(", held ({hold:?})"))
            .unwrap_or_default();
        lines.push(format!(
            "  owes the letter {} ({}){hold}",
            owed.token.0,
            super::report::word(owed.status)
        ));
    }
    let orders = entry.personal.as_ref().map(|personal| &personal.lines);
    for line in orders.into_iter().flatten() {
        lines.push(format!("  the organiser: « {} »", line.words));
        let came_to = crate::render::line_in_words(line, Language::En);
        lines.extend(came_to.iter().map(|sentence| format!("    {sentence}")));
    }
    if decided.to_human {
        lines.push("  shown to the human".to_owned());
    }
    lines
}

/// A state's code, as in every output: `refused_late`.
fn code_of(state: State) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|code| code.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn changed(change: &Change) -> String {
    match change {
        Change::Registered {
            id, session, state, ..
        } => format!("{id}: new in {session}, {}", code_of(*state)),
        Change::State { id, state, .. } => {
            format!("{id}: now {}", code_of(*state))
        }
        Change::Details { id, .. } => format!("{id}: other details"),
        Change::Rank { id, rank, .. } => format!("{id}: place in the queue of {}", rank.received),
        Change::Invitation { id, sequence, .. } => format!("{id}: invitation, SEQUENCE {sequence}"),
        Change::PauseOver { id } => format!("{id}: the freed seat is given away now"),
        Change::Bounced { id } => format!("{id}: its address does not work"),
        Change::Asked { options, .. } => {
            format!("asked back, {} sessions to choose from", options.len())
        }
        Change::QuestionClosed { entry } => format!("the question of entry {entry} is closed"),
        Change::Superseded { letter } => {
            format!("letter {} has become untrue and is replaced", letter.0)
        }
        Change::Capacity { session, capacity } => match capacity {
            Some(seats) => format!("{session}: {seats} seats by the organiser's word"),
            None => format!("{session}: seats as its file says"),
        },
        Change::SessionAccepted { session } => format!("{session}: its new facts are accepted"),
        Change::Settled { entry } => format!("the item of entry {entry} is settled"),
        Change::Paused { on: true } => "all answers are held".to_owned(),
        Change::Paused { on: false } => "answers are released".to_owned(),
    }
}

fn outcome(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Accepted { response } => format!("accepted by the server ({response})"),
        Delivery::Deferred { response, .. } => format!("deferred ({response})"),
        Delivery::Refused { response } => format!("refused ({response})"),
        Delivery::Uncertain { response } => format!("uncertain whether it arrived ({response})"),
    }
}

fn kind(body: &Body) -> String {
    serde_json::to_value(body)
        .ok()
        .and_then(|value| {
            value
                .get("kind")
                .and_then(|kind| kind.as_str().map(str::to_owned))
        })
        .unwrap_or_default()
}
