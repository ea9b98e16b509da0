//! A letter's facts in the shape that templates use: everything said in words once, names made safe.
//!
//! Nothing that a sender wrote gets into a letter but names, and those only as [`safe_name`] gives
//! them.

use serde::Serialize;

use super::day::Day;
use super::names::safe_name;
use super::session::SessionView;
use crate::core::catalogue::Detail;
use crate::core::reading::Language;
use crate::core::reply::{Asking, Outcome, Reply, Status};
use crate::core::words;
use crate::core::words_of;

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
        // whatever the facts hold: how to join is told with a seat, and never without
        let link = outcome.joining.link.clone().filter(|_| seated);
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
                && !outcome.membership_found
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
    /// The outcome whose explanations hold for the group: of one who waits, if anybody does.
    pub first: OutcomeView,
    /// The outcome that says how to join.
    pub joining: OutcomeView,
    pub tone: &'static str,
    pub seated: bool,
    /// How many wait.
    pub waiting: usize,
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
            tone: match (same, outcomes.is_empty()) {
                (Some(status), _) => tone(status, &outcomes),
                (None, true) => tone(reply.status, &outcomes),
                (None, false) => "ask",
            },
            name: greeted(reply, &outcomes),
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

/// Whom the letter greets: the receiver as registered, else as the address says, if that is a name.
fn greeted(reply: &Reply, outcomes: &[OutcomeView]) -> String {
    let registered = outcomes.iter().find(|o| o.mine && !o.name.is_empty());
    let shown = || reply.to.name.as_deref().map(safe_name).unwrap_or_default();
    let name = registered.map_or_else(shown, |o| o.name.clone());
    let is_name = name.contains(' ') || !name.contains(['.', '_', '@', '0', '1', '2']);
    if is_name { name } else { String::new() }
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
    let mut by_session: Vec<Vec<OutcomeView>> = Vec::new();
    for outcome in outcomes {
        let same = |group: &&mut Vec<OutcomeView>| {
            group
                .first()
                .is_some_and(|first| first.session.id == outcome.session.id)
        };
        match by_session.iter_mut().find(same) {
            Some(group) => group.push(outcome.clone()),
            None => by_session.push(vec![outcome.clone()]),
        }
    }
    by_session.into_iter().filter_map(group).collect()
}

fn group(outcomes: Vec<OutcomeView>) -> Option<SessionGroup> {
    let first = outcomes.first()?;
    let waits = |o: &&OutcomeView| o.waiting && o.status != Status::Substituted;
    let joins = |o: &&OutcomeView| o.link.is_some() || o.joining.is_some() || o.note.is_some();
    let same = outcomes.iter().all(|o| o.status == first.status);
    Some(SessionGroup {
        session: first.session.clone(),
        first: outcomes.iter().find(waits).unwrap_or(first).clone(),
        joining: outcomes.iter().find(joins).unwrap_or(first).clone(),
        tone: match () {
            () if same => tone(first.status, &outcomes),
            () if outcomes.iter().any(|o| o.seated) => "good",
            () if outcomes.iter().any(|o| o.waiting) => "wait",
            () => "closed",
        },
        seated: outcomes.iter().any(|o| o.seated),
        waiting: outcomes.iter().filter(waits).count(),
        late: outcomes.iter().any(|o| o.status == Status::Late),
        full: outcomes.iter().any(|o| o.status == Status::Full),
        outcomes,
    })
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
            let said: Vec<&str> = details
                .iter()
                .map(|detail| words_of::detail(*detail, mine, language))
                .collect();
            Missing {
                name,
                mine,
                words: words::join(&said, language),
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
