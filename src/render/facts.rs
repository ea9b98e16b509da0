//! A letter's facts in the shape that templates use: everything said in words once, names made safe.
//!
//! Nothing that a sender wrote gets into a letter but names, and those only as [`safe_name`] gives
//! them.

use serde::Serialize;

use super::words::{self, Day};
use super::words_of;
use crate::core::catalogue::Detail;
use crate::core::reading::Language;
use crate::core::reply::{Asking, Outcome, Reply, SessionFacts, Status};

/// Longest name that is shown.
const NAME_CHARS_MAX: usize = 80;

/// A session as templates say it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SessionView {
    /// Its id.
    pub id: String,
    /// Its whole title.
    pub title: String,
    /// Its short title with the level: « Coopérer dans LEADER (niveau 3) ».
    pub name: String,
    /// Its whole title with the level.
    pub full_name: String,
    /// « mar. 3 oct. ».
    pub short: String,
    /// « mardi 3 octobre ».
    pub day: String,
    /// « 10 h ».
    pub begins: String,
    /// All days with hours, one string.
    pub when: String,
    /// The same, one string a day.
    pub days: Vec<String>,
    /// « heure de Paris ».
    pub zone: String,
    /// « en webconférence », « à Lyon ».
    pub place: String,
    /// On line?
    pub online: bool,
    /// Seats in all.
    pub capacity: u32,
    /// Year of the first day: the membership's.
    pub year: i16,
    /// The last moment to register, if a day ends there: « jeudi 21 septembre » and `evening`.
    pub closes: Option<Closing>,
}

/// The end of registrations.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Closing {
    /// The last day.
    pub last: Day,
    /// It ends with that day, so no hour is said.
    pub evening: bool,
}

impl SessionView {
    pub(super) fn of(facts: &SessionFacts, language: Language) -> SessionView {
        let first = facts
            .when
            .first()
            .map(|span| Day::of(span.from.date(), span.from.time(), language));
        let days = words::days(&facts.when, language);
        let short = words::short_title(&facts.title);
        SessionView {
            id: facts.id.0.clone(),
            title: facts.title.clone(),
            name: words_of::with_level(&short, facts.level, language),
            full_name: words_of::with_level(&facts.title, facts.level, language),
            short: first.as_ref().map(|d| d.short.clone()).unwrap_or_default(),
            day: first.as_ref().map(|d| d.day.clone()).unwrap_or_default(),
            begins: first.as_ref().map(|d| d.time.clone()).unwrap_or_default(),
            year: first.as_ref().map(|d| d.year).unwrap_or_default(),
            when: words::list(&days, language),
            days,
            zone: words::zone_name(&facts.timezone, language),
            place: words::place(&facts.place, facts.online, language),
            online: facts.online,
            capacity: facts.capacity,
            closes: facts.closes_at.map(|at| closing(at, facts, language)),
        }
    }
}

/// « avant le 22 » is said as « jeudi 21 au soir »; any other instant with its hour.
fn closing(at: jiff::Timestamp, facts: &SessionFacts, language: Language) -> Closing {
    let local = at.to_zoned_datetime(words::zone(&facts.timezone));
    let midnight = local.time() == jiff::civil::Time::midnight();
    let date = if midnight {
        local.date().yesterday().unwrap_or_else(|_| local.date())
    } else {
        local.date()
    };
    Closing {
        last: Day::of(date, local.time(), language),
        evening: midnight,
    }
}

/// What became of one person in one session, as templates say it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OutcomeView {
    pub name: String,
    pub mine: bool,
    pub session: SessionView,
    pub status: Status,
    /// `confirmed`, `provisional` …: what an `already` or a promotion comes to.
    pub standing: Option<Status>,
    /// Whether there is a seat.
    pub seated: bool,
    /// Whether they wait.
    pub waiting: bool,
    pub rank: Option<u32>,
    /// « première ».
    pub rank_word: Option<String>,
    pub free_seats: Option<u32>,
    pub until: Option<Day>,
    /// The link to join, if it is one to a web page.
    pub link: Option<String>,
    /// How to join, if it is no web link.
    pub joining: Option<String>,
    pub note: Option<String>,
    pub other: Option<String>,
    /// The seat passed to `other`.
    pub passed_on: bool,
    /// An invitation or withdrawal goes along for this person.
    pub invitation: bool,
    pub withdrawn: bool,
    /// Membership is a condition of this seat.
    pub membership: bool,
    pub membership_not_found: bool,
}

impl OutcomeView {
    fn of(outcome: &Outcome, language: Language) -> OutcomeView {
        let facts = &outcome.session;
        let state = match outcome.status {
            Status::Already | Status::Promoted => outcome.standing.unwrap_or(Status::Confirmed),
            Status::Substituted | Status::Updated if outcome.rank.is_some() => Status::Waitlisted,
            Status::Substituted | Status::Updated => Status::Confirmed,
            status => status,
        };
        let seated = matches!(state, Status::Confirmed | Status::Provisional);
        let link = outcome.joining.link.clone();
        let is_web = |l: &String| l.starts_with("https://") || l.starts_with("http://");
        OutcomeView {
            name: safe_name(&outcome.name),
            mine: outcome.is_receiver,
            session: SessionView::of(facts, language),
            status: outcome.status,
            standing: outcome.standing,
            seated,
            waiting: state == Status::Waitlisted,
            rank: outcome.rank,
            rank_word: outcome.rank.map(|rank| words::ordinal(rank, language)),
            free_seats: outcome.free_seats,
            until: outcome
                .promotion_until
                .map(|at| Day::at(at, &facts.timezone, language)),
            link: link.clone().filter(is_web),
            joining: link.filter(|l| !is_web(l)),
            note: outcome.joining.note.clone(),
            other: outcome
                .other_name
                .as_deref()
                .map(safe_name)
                .filter(|name| !name.is_empty()),
            passed_on: outcome.status == Status::Cancelled
                && outcome.standing == Some(Status::Substituted),
            invitation: outcome.invitation.as_ref().is_some_and(|i| !i.withdraw),
            withdrawn: outcome.invitation.as_ref().is_some_and(|i| i.withdraw),
            membership: facts.membership_required
                && seated
                && !matches!(outcome.status, Status::Already | Status::Updated),
            membership_not_found: outcome.membership_not_found
                && seated
                && !matches!(outcome.status, Status::Already | Status::Updated),
        }
    }
}

/// The outcomes of one session.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SessionGroup {
    pub session: SessionView,
    pub outcomes: Vec<OutcomeView>,
    /// The outcome whose explanations hold for the group.
    pub first: OutcomeView,
    pub seated: bool,
    pub waiting: bool,
    pub late: bool,
    pub full: bool,
}

/// Details that are missing of one person.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Missing {
    pub name: String,
    pub mine: bool,
    /// « votre structure et un téléphone ».
    pub words: String,
}

/// One numbered choice of a clarifying question.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OptionView {
    pub number: usize,
    pub session: SessionView,
}

/// A letter as templates see it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LetterView {
    pub language: Language,
    pub status: Status,
    /// `good`, `wait`, `closed` or `ask`: the colour.
    pub tone: &'static str,
    pub name: String,
    pub outcomes: Vec<OutcomeView>,
    pub groups: Vec<SessionGroup>,
    /// All outcomes have this status.
    pub same: Option<Status>,
    /// All outcomes are about one person, who is the receiver.
    pub only_me: bool,
    /// How many people the letter speaks of.
    pub people: usize,
    pub any_seated: bool,
    pub any_waiting: bool,
    pub any_late: bool,
    pub any_mine: bool,
    pub options: Vec<OptionView>,
    pub asks_for: Option<Asking>,
    pub question_seen: bool,
    pub registered_by: Option<String>,
    pub next_session: Option<SessionView>,
    pub first_contact: bool,
    pub answers: bool,
    /// When the mail it answers was received, or its cause happened.
    pub cause: Day,
    pub missing: Vec<Missing>,
    /// The membership paragraph: a condition of a seat in it.
    pub membership: bool,
    pub membership_not_found: bool,
    pub membership_year: i16,
    /// The membership form goes along.
    pub form: bool,
    /// Those who must be handed this letter, since no address of theirs is on record.
    pub pass_on: Vec<String>,
    /// Those who get a letter of their own.
    pub told_too: Vec<String>,
    /// Invitations, withdrawals, other files that go along.
    pub invitations: usize,
    pub withdrawals: usize,
    pub files: usize,
    pub organisation: String,
    pub mailbox: String,
    pub human: Option<String>,
    pub phone: Option<String>,
    pub privacy: Option<String>,
}

impl LetterView {
    pub(super) fn of(reply: &Reply) -> LetterView {
        let language = reply.language;
        let shown = shown(reply);
        let outcomes: Vec<OutcomeView> = shown
            .iter()
            .map(|outcome| OutcomeView::of(outcome, language))
            .collect();
        let timezone = shown
            .first()
            .map(|o| o.session.timezone.as_str())
            .or_else(|| reply.options.first().map(|o| o.timezone.as_str()))
            .unwrap_or("UTC");
        let first = outcomes.first().map(|o| o.status);
        let same = first.filter(|status| outcomes.iter().all(|o| o.status == *status));
        let mut names: Vec<&str> = outcomes.iter().map(|o| o.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let people = names.len();
        let form = outcomes.iter().any(|o| o.membership)
            && shown.iter().any(|o| o.membership_form.is_some());
        LetterView {
            language,
            status: reply.status,
            tone: tone(same.unwrap_or(reply.status), &outcomes),
            name: reply.to.name.as_deref().map(safe_name).unwrap_or_default(),
            groups: groups(&outcomes),
            same,
            only_me: outcomes.iter().all(|o| o.mine) && people == 1,
            people,
            any_seated: outcomes.iter().any(|o| o.seated),
            any_waiting: outcomes.iter().any(|o| o.waiting),
            any_late: outcomes.iter().any(|o| o.status == Status::Late),
            any_mine: outcomes.iter().any(|o| o.mine),
            options: reply
                .options
                .iter()
                .enumerate()
                .map(|(index, session)| OptionView {
                    number: index + 1,
                    session: SessionView::of(session, language),
                })
                .collect(),
            asks_for: reply.asks_for,
            question_seen: reply.question_seen,
            registered_by: reply
                .registered_by
                .as_deref()
                .map(safe_name)
                .filter(|name| !name.is_empty()),
            next_session: reply
                .next_session
                .as_ref()
                .map(|session| SessionView::of(session, language)),
            first_contact: reply.first_contact,
            answers: reply.answers,
            cause: Day::at(reply.cause_at, timezone, language),
            missing: missing(&shown, language),
            membership: outcomes.iter().any(|o| o.membership),
            membership_not_found: outcomes.iter().any(|o| o.membership_not_found),
            membership_year: outcomes
                .iter()
                .find(|o| o.membership)
                .map(|o| o.session.year)
                .unwrap_or_default(),
            form,
            pass_on: people_where(&outcomes, |o| o.invitation && !o.mine),
            told_too: people_where(&outcomes, |o| told_too(o) && reply.answers),
            invitations: invitations(reply, false),
            withdrawals: invitations(reply, true),
            files: reply.attachments.len(),
            organisation: reply.organisation.clone(),
            mailbox: reply.mailbox.clone(),
            human: reply.human_name.clone(),
            phone: reply.human_phone.clone(),
            privacy: reply.privacy.clone(),
            outcomes,
        }
    }
}

/// The outcomes that are told: not those that say nothing, and of a substitution only the newcomer's
/// where both stand in one letter.
fn shown(reply: &Reply) -> Vec<&Outcome> {
    let twin = |o: &Outcome| {
        o.status == Status::Cancelled
            && o.standing == Some(Status::Substituted)
            && reply
                .outcomes
                .iter()
                .any(|n| n.status == Status::Substituted && n.session.id == o.session.id)
    };
    reply
        .outcomes
        .iter()
        .filter(|o| o.status != Status::None && !twin(o))
        .collect()
}

fn invitations(reply: &Reply, withdraw: bool) -> usize {
    reply
        .outcomes
        .iter()
        .filter(|o| {
            o.invitation
                .as_ref()
                .is_some_and(|i| i.withdraw == withdraw)
        })
        .map(|o| o.session.when.len())
        .sum()
}

/// Whether somebody other than the receiver gets the confirmation at an address of their own.
fn told_too(outcome: &OutcomeView) -> bool {
    let new_seat = matches!(
        outcome.status,
        Status::Confirmed | Status::Provisional | Status::Substituted
    );
    !outcome.mine && !outcome.invitation && outcome.seated && new_seat
}

fn people_where(outcomes: &[OutcomeView], holds: impl Fn(&OutcomeView) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for outcome in outcomes.iter().filter(|o| holds(o)) {
        if !names.contains(&outcome.name) {
            names.push(outcome.name.clone());
        }
    }
    names
}

fn groups(outcomes: &[OutcomeView]) -> Vec<SessionGroup> {
    let mut groups: Vec<SessionGroup> = Vec::new();
    for outcome in outcomes {
        match groups
            .iter_mut()
            .find(|group| group.session.id == outcome.session.id)
        {
            Some(group) => group.outcomes.push(outcome.clone()),
            None => groups.push(SessionGroup {
                session: outcome.session.clone(),
                outcomes: vec![outcome.clone()],
                first: outcome.clone(),
                seated: false,
                waiting: false,
                late: false,
                full: false,
            }),
        }
    }
    for group in &mut groups {
        group.seated = group.outcomes.iter().any(|o| o.seated);
        group.waiting = group.outcomes.iter().any(|o| o.waiting);
        group.late = group.outcomes.iter().any(|o| o.status == Status::Late);
        group.full = group.outcomes.iter().any(|o| o.status == Status::Full);
        if let Some(first) = group
            .outcomes
            .iter()
            .find(|o| o.waiting && !o.seated)
            .or(group.outcomes.first())
        {
            group.first = first.clone();
        }
    }
    groups
}

fn missing(shown: &[&Outcome], language: Language) -> Vec<Missing> {
    let mut all: Vec<(String, bool, Vec<Detail>)> = Vec::new();
    for outcome in shown.iter().filter(|o| !o.ask.is_empty()) {
        let name = safe_name(&outcome.name);
        match all.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, _, details)) => {
                for detail in &outcome.ask {
                    if !details.contains(detail) {
                        details.push(*detail);
                    }
                }
            }
            None => all.push((name, outcome.is_receiver, outcome.ask.clone())),
        }
    }
    all.into_iter()
        .map(|(name, mine, details)| {
            let words: Vec<String> = details
                .iter()
                .map(|detail| words_of::detail(*detail, mine, language).to_owned())
                .collect();
            Missing {
                name,
                mine,
                words: words::list(&words, language),
            }
        })
        .collect()
}

fn tone(status: Status, outcomes: &[OutcomeView]) -> &'static str {
    match status {
        Status::Confirmed | Status::Promoted | Status::Updated => "good",
        Status::Provisional | Status::Substituted => "good",
        Status::Waitlisted => "wait",
        Status::Clarify => "ask",
        Status::Already if outcomes.iter().any(|o| o.seated) => "good",
        Status::Already if outcomes.iter().any(|o| o.waiting) => "wait",
        Status::Already | Status::Late | Status::Full | Status::Cancelled | Status::None => {
            "closed"
        }
    }
}

/// A name fit for a mail: one line, no control, direction or invisible marks, no angle brackets, no
/// word that a mail client would make a link of, at most 80 characters.
pub fn safe_name(name: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '<' | '>' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    let plain: String = name
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !hidden(*c))
        .collect();
    let link = |word: &str| {
        let lower = word.to_lowercase();
        lower.contains("://") || lower.starts_with("www.") || lower.contains('/')
    };
    let kept: Vec<&str> = plain
        .split(' ')
        .filter(|word| !word.is_empty() && !link(word))
        .collect();
    let cut: String = kept.join(" ").chars().take(NAME_CHARS_MAX).collect();
    cut.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    #[test]
    fn names_carry_nothing_but_a_name() {
        assert_eq!(
            safe_name("Marie\r\nBcc: x\u{202e} Dupont"),
            "Marie Bcc: x Dupont"
        );
        assert_eq!(safe_name("Win https://evil.example/x now"), "Win now");
        assert_eq!(safe_name("<b>Anne</b>"), "bAnne");
        assert_eq!(safe_name(&"x".repeat(200)).chars().count(), 80);
    }
}
