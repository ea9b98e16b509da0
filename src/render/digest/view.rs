//! A digest's facts as templates say them, each list cut to so many entries.

use serde::Serialize;

use super::super::day::{Closing, Day, cut_at_word};
use super::super::names::{safe_name, safe_text};
use super::super::session::short_name;
use crate::core::digest::{Digest, Item, Offer, SessionNews, SessionRemark};
use crate::core::reading::{Doubt, Language};
use crate::core::reply::Status;
use crate::core::words;
use crate::core::words_of;

/// Names a line of changes shows for each entry that a list may show.
const NAMES_A_LINE: usize = 3;
/// Longest quote, subject, name line of an item, in characters.
const QUOTE_CHARS_MAX: usize = 240;
const SUBJECT_CHARS_MAX: usize = 120;

#[derive(Debug, Serialize)]
pub(super) struct DigestView {
    day: Day,
    shadow: bool,
    paused: bool,
    commands: bool,
    verdict: Verdict,
    /// Nothing happened: a sign of life.
    quiet: bool,
    to_decide: Vec<ItemView>,
    to_decide_more: usize,
    to_answer: Vec<ItemView>,
    to_answer_more: usize,
    sessions: Vec<NewsView>,
    sessions_more: usize,
    bounced: Vec<Bounced>,
    left_alone: u32,
    machines: u32,
    by_hand: Vec<String>,
    to_check: Vec<String>,
    to_check_more: usize,
    lists: usize,
    checked_at: Option<Day>,
    withheld: u32,
    held: u32,
    uncertain: u32,
    notices: Vec<String>,
    told: Vec<Told>,
    organisation: String,
    administrator: Option<String>,
}

/// The counts of the subject.
#[derive(Debug, Serialize)]
struct Verdict {
    to_decide: usize,
    to_answer: usize,
    registered: usize,
    waiting: usize,
    withdrawn: usize,
}

impl Verdict {
    /// Keeps the first three counts that say something, so that the subject stays short.
    fn of(counts: [usize; 5]) -> Verdict {
        let mut kept = 0;
        let [to_decide, to_answer, registered, waiting, withdrawn] = counts.map(|count| {
            kept += usize::from(count > 0);
            if kept <= 3 { count } else { 0 }
        });
        Verdict {
            to_decide,
            to_answer,
            registered,
            waiting,
            withdrawn,
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::render) struct ItemView {
    number: usize,
    /// Told in full; else one line with its age.
    full: bool,
    who: String,
    /// The address of who wrote, where `who` is not several people.
    address: Option<String>,
    subject: String,
    sessions: Vec<String>,
    received: Day,
    quotes: Vec<String>,
    doubts: Vec<&'static str>,
    age_days: u32,
    offer: Offer,
    free_seats: Option<u32>,
    not_told: bool,
}

impl ItemView {
    pub(in crate::render) fn of(
        item: &Item,
        number: usize,
        timezone: &str,
        language: Language,
    ) -> ItemView {
        let informative = |d: &&Doubt| item.offer == Offer::Nothing || **d != Doubt::NoRequest;
        let (who, address) = match item.who.strip_suffix(')').and_then(|w| w.rsplit_once(" (")) {
            Some((name, address)) if address.contains('@') => (name, Some(safe_text(address))),
            _ => (item.who.as_str(), None),
        };
        let subject = safe_text(&item.subject);
        ItemView {
            number,
            full: !item.seen_before,
            address,
            who: match (who.is_empty(), language) {
                (true, Language::Fr) => "Quelqu'un".to_owned(),
                (true, Language::En) => "Somebody".to_owned(),
                (false, _) => shown_name(who, language),
            },
            subject: cut_at_word(&subject, SUBJECT_CHARS_MAX),
            sessions: item.sessions.iter().map(|id| id.0.clone()).collect(),
            received: Day::at(item.received, timezone, language),
            quotes: item
                .quotes
                .iter()
                .map(|q| safe_text(&q.quote))
                .filter(|quote| !subject.contains(quote.as_str())) // it stands there already
                .map(|quote| cut_at_word(&quote, QUOTE_CHARS_MAX))
                .collect(),
            doubts: item
                .doubts
                .iter()
                .filter(informative)
                .map(|doubt| words_of::doubt_sentence(*doubt, language))
                .collect(),
            age_days: item.age_days,
            offer: item.offer,
            free_seats: item.free_seats,
            not_told: item.not_told,
        }
    }
}

/// A name for the organiser, with a word of warning where it mixes alphabets that look alike.
fn shown_name(name: &str, language: Language) -> String {
    let plain = safe_text(name);
    let latin = plain.chars().any(|c| c.is_ascii_alphabetic());
    let alike = |c: char| matches!(c, '\u{370}'..='\u{52f}');
    if latin && plain.chars().any(alike) {
        let warning = match language {
            Language::Fr => "alphabets mêlés !",
            Language::En => "mixed alphabets!",
        };
        return format!("{plain} [{warning}]");
    }
    plain
}

#[derive(Debug, Serialize)]
struct Bounced {
    name: String,
    address: String,
    proposal: Option<String>,
}

#[derive(Debug, Serialize)]
struct NewsView {
    id: String,
    name: String,
    short: String,
    taken: u32,
    capacity: u32,
    held: u32,
    waiting: u32,
    free: u32,
    /// Widths of the gauge's cells, in percent of its width.
    taken_percent: u32,
    held_percent: u32,
    free_percent: u32,
    /// The gauge in the text: one sign a seat.
    bar: String,
    changes: Vec<ChangeLine>,
    remarks: Vec<RemarkView>,
    /// Its list is attached.
    list: bool,
}

/// Everybody to whom the same happened.
#[derive(Debug, Serialize)]
struct ChangeLine {
    status: Status,
    word: &'static str,
    count: usize,
    names: Vec<String>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct RemarkView {
    kind: &'static str,
    names: Vec<String>,
    what: String,
    closes: Option<Closing>,
    minimum: u32,
}

/// What was told at once, or is over, since the last digest.
#[derive(Debug, Serialize)]
struct Told {
    code: String,
    at: Day,
}

impl DigestView {
    pub(super) fn of(digest: &Digest, shown: usize) -> DigestView {
        let language = digest.language;
        let items = |items: &[Item], first: usize| -> Vec<ItemView> {
            let numbered = items.iter().enumerate().take(shown);
            numbered
                .map(|(i, item)| ItemView::of(item, first + i, &digest.timezone, language))
                .collect()
        };
        let count = |wanted: &[Status]| {
            let changes = digest.sessions.iter().flat_map(|news| &news.changes);
            changes.filter(|(s, _)| wanted.contains(s)).count()
        };
        let health = &digest.health;
        DigestView {
            day: Day::whole(digest.date, language),
            shadow: digest.shadow,
            paused: digest.paused,
            commands: digest.commands,
            verdict: Verdict::of([
                digest.to_decide.len(),
                digest.to_answer.len(),
                count(&[Status::Confirmed, Status::Provisional]),
                count(&[Status::Waitlisted]),
                count(&[Status::Cancelled]),
            ]),
            quiet: is_quiet(digest),
            to_decide: items(&digest.to_decide, 1),
            to_decide_more: digest.to_decide.len().saturating_sub(shown),
            to_answer: items(&digest.to_answer, digest.to_decide.len() + 1),
            to_answer_more: digest.to_answer.len().saturating_sub(shown),
            sessions: digest
                .sessions
                .iter()
                .take(shown)
                .map(|news| NewsView::of(news, shown, language))
                .collect(),
            sessions_more: digest.sessions.len().saturating_sub(shown),
            bounced: digest
                .bounced
                .iter()
                .take(shown)
                .map(|(name, address, proposal)| Bounced {
                    name: shown_name(name, language),
                    address: safe_text(address),
                    proposal: proposal.as_deref().map(safe_text),
                })
                .collect(),
            left_alone: digest.left_alone,
            machines: digest.machines,
            by_hand: digest
                .by_hand
                .iter()
                .take(shown)
                .map(|n| shown_name(n, language))
                .collect(),
            to_check: digest
                .to_check
                .iter()
                .take(shown * NAMES_A_LINE)
                .map(|n| shown_name(n, language))
                .collect(),
            to_check_more: digest.to_check.len().saturating_sub(shown * NAMES_A_LINE),
            lists: digest
                .sessions
                .iter()
                .filter(|n| !n.list.is_empty())
                .count(),
            checked_at: health
                .checked_at
                .map(|at| Day::at(at, &digest.timezone, language)),
            withheld: health.withheld,
            held: health.held,
            uncertain: health.uncertain,
            notices: health
                .notices
                .iter()
                .take(shown)
                .map(|n| safe_text(n))
                .collect(),
            told: health
                .told
                .iter()
                .map(|(code, at)| Told {
                    code: code.clone(),
                    at: Day::at(*at, &digest.timezone, language),
                })
                .collect(),
            organisation: digest.organisation.clone(),
            administrator: digest.administrator.clone(),
        }
    }
}

/// Nothing but counts: the sign of life says so in one line.
fn is_quiet(digest: &Digest) -> bool {
    let told = [
        digest.to_decide.len(),
        digest.to_answer.len(),
        digest.sessions.len(),
        digest.bounced.len(),
        digest.by_hand.len(),
        digest.to_check.len(),
        digest.health.told.len(),
    ];
    told.iter().all(|count| *count == 0)
}

impl NewsView {
    fn of(news: &SessionNews, shown: usize, language: Language) -> NewsView {
        /// Signs of the gauge in the text at most.
        const BAR_SIGNS: u32 = 20;
        let facts = &news.session;
        let capacity = facts.capacity;
        let taken = news.taken.min(capacity);
        let held = news.held.min(capacity - taken);
        let percent = |part: u32| part.saturating_mul(100) / capacity.max(1);
        let taken_percent = percent(taken).max(u32::from(taken > 0));
        let held_percent = percent(held).max(u32::from(held > 0));
        let signs = capacity.min(BAR_SIGNS);
        let scaled = |part: u32| {
            let exact = part.saturating_mul(signs) / capacity.max(1);
            usize::try_from(exact.max(u32::from(part > 0))).unwrap_or(0)
        };
        let (full, kept) = (scaled(taken), scaled(held));
        let rest = usize::try_from(signs)
            .unwrap_or(0)
            .saturating_sub(full + kept);
        NewsView {
            id: facts.id.0.clone(),
            name: short_name(facts, language),
            short: words::short_dates(&facts.when, language),
            taken: news.taken,
            capacity,
            held: news.held,
            waiting: news.waiting,
            free: capacity
                .saturating_sub(news.taken)
                .saturating_sub(news.held),
            taken_percent,
            held_percent,
            free_percent: 100_u32.saturating_sub(taken_percent + held_percent),
            bar: format!(
                "{}{}{}",
                "■".repeat(full),
                "▒".repeat(kept),
                "□".repeat(rest)
            ),
            changes: change_lines(news, shown, language),
            remarks: news
                .remarks
                .iter()
                .map(|remark| RemarkView::of(remark, &facts.timezone, language))
                .collect(),
            list: !news.list.is_empty(),
        }
    }
}

fn change_lines(news: &SessionNews, shown: usize, language: Language) -> Vec<ChangeLine> {
    let mut lines: Vec<ChangeLine> = Vec::new();
    for (status, name) in &news.changes {
        let name = shown_name(&safe_name(name), language);
        let line = match lines.iter_mut().find(|line| line.status == *status) {
            Some(line) => line,
            None => {
                lines.push(ChangeLine {
                    status: *status,
                    word: words_of::status_word(*status, language),
                    count: 0,
                    names: Vec::new(),
                    more: 0,
                });
                match lines.last_mut() {
                    Some(line) => line,
                    None => continue,
                }
            }
        };
        line.count += 1;
        if line.names.len() < shown * NAMES_A_LINE {
            line.names.push(name);
        } else {
            line.more += 1;
        }
    }
    lines
}

impl RemarkView {
    fn of(remark: &SessionRemark, timezone: &str, language: Language) -> RemarkView {
        let plain = RemarkView {
            kind: "",
            names: Vec::new(),
            what: String::new(),
            closes: None,
            minimum: 0,
        };
        match remark {
            SessionRemark::ClosesSoon { closes_at } => RemarkView {
                kind: "closes_soon",
                closes: Some(Closing::of(*closes_at, timezone, language)),
                ..plain
            },
            SessionRemark::FactsChanged { names, what } => RemarkView {
                kind: "facts_changed",
                names: names.iter().map(|n| safe_name(n)).collect(),
                what: what.clone(),
                ..plain
            },
            SessionRemark::OverCapacity => RemarkView {
                kind: "over_capacity",
                ..plain
            },
            SessionRemark::BelowMinimum { minimum } => RemarkView {
                kind: "below_minimum",
                minimum: *minimum,
                ..plain
            },
            SessionRemark::FreeSeat { waiting } => RemarkView {
                kind: "free_seat",
                names: waiting.iter().map(|n| safe_name(n)).collect(),
                ..plain
            },
        }
    }
}
