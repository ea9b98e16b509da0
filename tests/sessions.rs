//! Scores sessions, names and details on the labelled mails of the shared folder, and of further
//! sets that `GUICHET_SETS` names, each part by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    missing_docs
)]

#[path = "support/shared.rs"]
mod shared_folder;

use std::path::{Path, PathBuf};

use guichet::core::catalogue::{Catalogue, GroupRule, MembershipRule, Session, SessionId, Span};
use guichet::core::message::Message;
use guichet::core::person::{Person, fold, name_key};
use guichet::core::reading::names::{name_of_address, names_in};
use guichet::core::reading::session::{
    Piece, Resolution, Source, mentions_with, programme, quoted_mentions, resolve,
};
use guichet::core::reading::signature::{details_near, filled_form, people_in, sender_details};
use guichet::core::unquote::{Parts, Quote, unquote};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;
use shared_folder::shared;

#[derive(Deserialize)]
struct RawSession {
    id: String,
    title: String,
    series: Option<String>,
    level: Option<u32>,
    #[serde(default)]
    aliases: Vec<String>,
    when: Vec<RawSpan>,
    timezone: String,
    place: String,
    online: bool,
    capacity: u32,
}

#[derive(Deserialize)]
struct RawSpan {
    from: toml::value::Datetime,
    to: toml::value::Datetime,
}

fn civil(raw: toml::value::Datetime) -> DateTime {
    raw.to_string().parse().unwrap()
}

fn session(raw: RawSession) -> Session {
    let tz = jiff::tz::TimeZone::get(&raw.timezone).unwrap();
    let when = raw
        .when
        .into_iter()
        .map(|span| {
            let (from, to) = (civil(span.from), civil(span.to));
            Span {
                from,
                to,
                from_at: tz.to_timestamp(from).unwrap(),
                to_at: tz.to_timestamp(to).unwrap(),
            }
        })
        .collect();
    Session {
        id: SessionId(raw.id),
        title: raw.title,
        series: raw.series,
        level: raw.level,
        aliases: raw.aliases,
        when,
        timezone: raw.timezone,
        place: raw.place,
        online: raw.online,
        capacity: raw.capacity,
        held: 0,
        capacity_min: None,
        waitlist: true,
        group: GroupRule::Together,
        closes_at: None,
        last_day: None,
        membership: MembershipRule::None,
        mode: None,
        closed: false,
        cancelled: false,
        join_link: None,
        description: None,
        audience: None,
        contact: None,
        confirmed_note: None,
        ask: Vec::new(),
        membership_form: None,
        attachments: Vec::new(),
    }
}

fn catalogue(folder: &Path) -> Catalogue {
    let mut sessions = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            sessions.push(session(toml::from_str(&text).unwrap()));
        }
    }
    Catalogue::new(sessions, false)
}

#[derive(Deserialize, Clone)]
struct Label {
    file: String,
    received: Timestamp,
    intent: String,
    sessions: Vec<String>,
    session_clear: bool,
    #[serde(default)]
    participants: Vec<LabelPerson>,
}

#[derive(Deserialize, Clone)]
struct LabelPerson {
    name: String,
    email: Option<String>,
    organisation: Option<String>,
    phone: Option<String>,
}

struct Set {
    name: String,
    catalogue: Catalogue,
    own: String,
    mails: Vec<(Label, Message, Parts)>,
}

/// A first cut until `unquote` does it.
fn cut(text: &str) -> Parts {
    let mut at = text.len();
    let mut pos = 0;
    for line in text.split_inclusive('\n') {
        let l = line.trim();
        if l.starts_with('>')
            || (l.starts_with("De :") || l.starts_with("De:"))
            || l.starts_with("-----")
            || l.starts_with("_____")
            || (l.starts_with("Le ") && l.contains("a écrit"))
            || (l.starts_with("Le ") && l.ends_with('>') && l.contains("202"))
            || (l.starts_with("On ") && l.contains("wrote"))
        {
            at = pos;
            break;
        }
        pos += line.len();
    }
    let rest = &text[at..];
    let mut parts = Parts {
        new: text[..at].to_owned(),
        ..Parts::default()
    };
    if !rest.trim().is_empty() {
        let clean: String = rest
            .lines()
            .map(|l| l.trim_start_matches(['>', ' ']).to_owned() + "\n")
            .collect();
        let subject = clean.lines().find_map(|l| {
            l.strip_prefix("Objet :")
                .or(l.strip_prefix("Objet:"))
                .map(str::to_owned)
        });
        parts.quotes.push(Quote {
            subject,
            text: clean,
            ..Quote::default()
        });
    }
    parts
}

fn set(folder: &Path, name: &str, sessions: &str) -> Set {
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    let mails = labels
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let label: Label = serde_json::from_str(line).unwrap();
            let bytes = std::fs::read(folder.join("mails").join(&label.file)).unwrap();
            let message = Message::parse(&bytes);
            let mut parts = unquote(&message.text);
            if parts.quotes.is_empty() && parts.new == message.text {
                parts = cut(&message.text);
            }
            (label, message, parts)
        })
        .collect();
    let own = std::fs::read_to_string(folder.join("guichet.toml"))
        .ok()
        .and_then(|text| {
            let table: toml::Table = toml::from_str(&text).ok()?;
            Some(table.get("mailbox")?.get("address")?.as_str()?.to_owned())
        })
        .unwrap_or_else(|| "europe.devrural@caprural.org".to_owned());
    Set {
        name: name.to_owned(),
        catalogue: catalogue(&folder.join(sessions)),
        own,
        mails,
    }
}

/// The shared set, and those of the folder that `GUICHET_SETS` names.
fn sets() -> Vec<Set> {
    let mut sets = Vec::new();
    match shared() {
        Some(path) if path.join("mails/labels.jsonl").is_file() => {
            sets.push(set(&path.join("mails"), "shared", "catalogue"));
        }
        _ => {
            eprintln!("SKIPPED: no shared folder above the sources, and GUICHET_SHARED is not set")
        }
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails/tune");
    let more = std::env::var("GUICHET_SETS").map_or(beside, PathBuf::from);
    if more.is_dir() {
        let mut folders: Vec<PathBuf> = std::fs::read_dir(more)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        for folder in folders {
            if folder.join("labels.jsonl").is_file() {
                let name = folder.file_name().unwrap().to_string_lossy().into_owned();
                sets.push(set(&folder, &name, "sessions"));
            }
        }
    }
    sets
}

fn reading_of(set: &Set, label: &Label, message: &Message, parts: &Parts) -> Resolution {
    let own_domain = set.own.rsplit_once('@').unwrap().1;
    let received = label.received;
    let mut pieces = Vec::new();
    let mut list = Default::default();
    for quote in &parts.quotes {
        let ours = quote
            .from_email
            .as_deref()
            .is_some_and(|email| email.ends_with(own_domain));
        let source = if ours || quote.from_email.is_none() {
            Source::Announcement
        } else {
            Source::Thread
        };
        let found = programme(&quote.text, &set.catalogue, received);
        if !found.items.is_empty() {
            list = found;
        }
        let mut mentions = quote
            .subject
            .as_deref()
            .map(|subject| quoted_mentions(subject, &set.catalogue, received))
            .unwrap_or_default();
        mentions.extend(quoted_mentions(&quote.text, &set.catalogue, received));
        pieces.push(Piece { source, mentions });
    }
    pieces.push(Piece {
        source: Source::Subject,
        mentions: mentions_with(&message.subject, &set.catalogue, received, &list),
    });
    pieces.push(Piece {
        source: Source::Clause,
        mentions: mentions_with(&parts.new, &set.catalogue, received, &list),
    });
    if std::env::var("SHOW").is_ok_and(|show| label.file.starts_with(&show)) {
        eprintln!("NEW {:?}\nQUOTES {:?}", parts.new, parts.quotes);
        for piece in &pieces {
            eprintln!("{:?}: {:#?}", piece.source, piece.mentions);
        }
    }
    resolve(&pieces, &set.catalogue, received)
}

#[test]
fn sessions_are_named() {
    let mut counts = (0, 0);
    for set in sets() {
        let (mut right, mut all, mut wrong) = (0, 0, 0);
        for (label, message, parts) in &set.mails {
            if !matches!(
                label.intent.as_str(),
                "register" | "cancel" | "replace" | "update"
            ) {
                continue;
            }
            let found = reading_of(&set, label, message, parts);
            let mut got: Vec<String> = found.sessions.iter().map(|id| id.0.clone()).collect();
            let mut wanted = label.sessions.clone();
            got.sort();
            wanted.sort();
            if label.session_clear {
                all += 1;
                if got == wanted {
                    right += 1;
                } else {
                    eprintln!(
                        "{} {}: wanted {wanted:?}, got {got:?} {found:?}",
                        set.name, label.file
                    );
                }
            } else if found.certain
                && !ASKED_BACK.contains(&(set.name.as_str(), label.file.as_str()))
            {
                wrong += 1;
                eprintln!(
                    "{} {}: not clear ({wanted:?}), but certain {got:?} {found:?}",
                    set.name, label.file
                );
            }
        }
        eprintln!(
            "{}: sessions {right}/{all}, {wrong} certain that are not clear",
            set.name
        );
        assert_eq!(
            wrong, 0,
            "{}: certain where the mail is not clear",
            set.name
        );
        counts.0 += right;
        counts.1 += all;
    }
    // What the whole text names; which clause asks for what is the reading's part.
    assert!(counts.0 * 100 >= counts.1 * 93, "sessions {counts:?}");
}

/// Mails whose label would have the sender asked, where the rule says otherwise: a weekday alone means
/// the one within the week.
const ASKED_BACK: [(&str, &str); 1] = [("harbour", "009.eml")];

/// Right, of all labelled.
#[derive(Default)]
struct Count(u32, u32);

impl Count {
    fn add(&mut self, right: bool) {
        self.0 += u32::from(right);
        self.1 += 1;
    }

    fn share(&self) -> f64 {
        f64::from(self.0) / f64::from(self.1.max(1))
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} = {:.1} %", self.0, self.1, self.share() * 100.0)
    }
}

fn digits(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(9)..].to_owned()
}

/// Everybody whom lists, tables, forms and sentences of a mail name, and the sender first.
fn everybody(message: &Message, parts: &Parts, own: bool) -> Vec<Person> {
    let sender = sender_details(message, parts);
    let mut text = parts.new.clone();
    for quote in &parts.quotes {
        text.push_str("\n\n");
        text.push_str(&quote.text);
    }
    for attached in &message.attached {
        text.push_str("\n\n");
        text.push_str(&attached.text);
    }
    let cc: Vec<Person> = message
        .cc
        .iter()
        .chain(&message.to)
        .filter_map(|address| {
            Some(Person {
                name: name_of_address(address)?,
                email: Some(address.email.clone()),
                ..Person::default()
            })
        })
        .collect();
    let mut people = vec![sender.clone()];
    people.extend(filled_form(parts));
    people.extend(people_in(&text));
    people.extend(cc);
    for found in names_in(&text) {
        people.push(details_near(&text, &found.name));
    }
    for attached in &message.attached {
        people.push(sender_details(attached, &unquote(&attached.text)));
    }
    for quote in &parts.quotes {
        let from = guichet::core::person::Address {
            name: quote.from_name.clone(),
            email: quote.from_email.clone().unwrap_or_default(),
        };
        let message = Message {
            from: vec![from],
            ..Message::default()
        };
        people.push(sender_details(&message, &unquote(&quote.text)));
    }
    for person in people.iter_mut().skip(1) {
        if person.organisation.is_none() && !own {
            person.organisation.clone_from(&sender.organisation);
        }
    }
    people
}

#[test]
fn people_and_their_details_are_found() {
    let mut total = [0.0; 8];
    for set in sets() {
        let (mut names, mut bodies, mut emails, mut phones) = (
            Count::default(),
            Count::default(),
            Count::default(),
            Count::default(),
        );
        let mut said = Vec::new();
        for (label, message, parts) in &set.mails {
            if !matches!(
                label.intent.as_str(),
                "register" | "cancel" | "replace" | "update"
            ) {
                continue;
            }
            let own = message
                .author()
                .is_some_and(|a| a.domain() == set.own.rsplit_once('@').unwrap().1);
            let people = everybody(message, parts, own);
            if std::env::var("SHOW").is_ok_and(|show| label.file.starts_with(&show)) {
                eprintln!("{people:#?}\n{parts:#?}");
            }
            for wanted in &label.participants {
                let same: Vec<&Person> = people
                    .iter()
                    .filter(|person| name_key(&person.name) == name_key(&wanted.name))
                    .collect();
                names.add(!same.is_empty());
                if same.is_empty() {
                    let all: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
                    said.push(format!("{}: {} not among {all:?}", label.file, wanted.name));
                    continue;
                }
                let first = |field: fn(&Person) -> Option<&String>| {
                    same.iter()
                        .find_map(|person| field(person))
                        .cloned()
                        .unwrap_or_default()
                };
                if let Some(body) = &wanted.organisation {
                    let got = first(|person| person.organisation.as_ref());
                    let (a, b) = (fold(body), fold(&got));
                    let right = !b.is_empty() && (a.contains(&b) || b.contains(&a));
                    bodies.add(right);
                    if !right {
                        said.push(format!(
                            "{}: {} from {body:?}, got {got:?}",
                            label.file, wanted.name
                        ));
                    }
                }
                if let Some(email) = &wanted.email {
                    let got = first(|person| person.email.as_ref());
                    let right = got.eq_ignore_ascii_case(email);
                    emails.add(right);
                    if !right {
                        said.push(format!(
                            "{}: {} at {email}, got {got}",
                            label.file, wanted.name
                        ));
                    }
                }
                if let Some(phone) = &wanted.phone {
                    let got = first(|person| person.phone.as_ref());
                    let right = digits(phone) == digits(&got);
                    phones.add(right);
                    if !right {
                        said.push(format!(
                            "{}: {} phone {phone}, got {got}",
                            label.file, wanted.name
                        ));
                    }
                }
            }
        }
        for line in said {
            eprintln!("{} {line}", set.name);
        }
        for (sum, count) in total.chunks_mut(2).zip([&names, &bodies, &emails, &phones]) {
            sum[0] += f64::from(count.0);
            sum[1] += f64::from(count.1);
        }
        if set.name == "shared" {
            let bars = [
                (&names, 0.97),
                (&bodies, 0.90),
                (&emails, 0.98),
                (&phones, 0.98),
            ];
            for (count, bar) in bars {
                assert!(count.share() >= bar, "shared: {count}");
            }
        }
        eprintln!(
            "{}: names {names} | organisation {bodies} | e-mail {emails} | telephone {phones}",
            set.name
        );
    }
    // Whose details a forward or an update means is the reading's part: bars for all sets together.
    for (sum, bar) in total.chunks(2).zip([0.97, 0.85, 0.97, 0.95]) {
        assert!(
            sum[1] == 0.0 || sum[0] / sum[1] >= bar,
            "all sets: {total:?}"
        );
    }
}
