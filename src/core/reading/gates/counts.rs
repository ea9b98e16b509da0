//! Numbers: of people, of days, of sessions.

use super::super::acts::is_session_noun;
use super::super::clause::{Clause, Cut, inside};
use super::super::compose::Meaning;
use super::super::mail::Mail;
use super::super::session::Way;
use super::super::tokens::Kind;
use super::{is_done, is_frame, is_settled};

/// Numbers that may count people.
pub(super) fn number(word: &str) -> Option<usize> {
    match word {
        "deux" | "two" => Some(2),
        "trois" | "three" => Some(3),
        "quatre" | "four" => Some(4),
        "cinq" | "five" => Some(5),
        "six" => Some(6),
        "sept" | "seven" => Some(7),
        "huit" | "eight" => Some(8),
        word => word.parse().ok().filter(|n| (2..=20).contains(n)),
    }
}

fn counts_people(word: &str) -> bool {
    [
        "personne",
        "inscription",
        "agent",
        "collegue",
        "participant",
        "place",
        "stagiaire",
        "people",
        "person",
        "colleague",
        "seat",
        "spot",
        "booking",
        "registration",
        "salarie",
        "benevole",
        "animat",
        "crew",
        "staff",
        "volunteer",
        "attendee",
        "member",
        "membre",
    ]
    .iter()
    .any(|stem| word.starts_with(stem))
}

/// How many people each statement counts.
pub(in crate::core::reading) fn stated(cut: &Cut<'_>, clause: &Clause) -> Vec<usize> {
    clause
        .tokens
        .clone()
        .filter_map(|i| {
            let count = number(cut.word(i))?;
            let before = i.checked_sub(1).map_or("", |b| cut.word(b));
            let (next, after) = (cut.word(i + 1), cut.word(i + 2));
            let in_mention = cut.tokens.get(i).is_some_and(|t| {
                cut.mentions
                    .iter()
                    .any(|m| inside(&(t.start..t.end), &m.range))
            });
            let thing = is_session_noun(next)
                || next.starts_with("heure")
                || next.starts_with("jour")
                || next.starts_with("hour")
                || next.starts_with("day");
            let people = counts_people(next)
                || counts_people(after) && !matches!(before, "les" | "aux")
                || next == "of" && matches!(after, "us" | "my" | "our" | "them")
                || next == "de" && matches!(after, "mes" | "nos" | "notre")
                || matches!(
                    before,
                    "serons" | "sommes" | "viendrons" | "serions" | "re" | "nos" | "our"
                )
                || before == "est" && i.checked_sub(2).is_some_and(|b| cut.word(b) == "on");
            (people && !thing && !in_mention).then_some(count)
        })
        .collect()
}

/// Says whether the mail counts other than it names.
pub(super) fn miscounts(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let named = meaning.people.list.len();
    let adds = meaning
        .acts
        .iter()
        .flat_map(|a| a.tokens.clone())
        .any(|i| cut.word(i).contains("ajout") || cut.word(i) == "add");
    if adds {
        // counted with those who have a seat already
        return false;
    }
    // « trois places … finalement deux »
    let first = named + meaning.people.dropped.len();
    let pairs = named.max(1) * meaning.sessions.sessions.len().max(1);
    cut.clauses
        .iter()
        .filter(|c| !is_settled(c) && !is_frame(c))
        .flat_map(|c| stated(cut, c))
        .any(|count| {
            // « deux de mes collègues feront … ; moi je viendrai »
            let others = meaning.people.sender && count + 1 == named;
            count != named && count != pairs && count != first && !others
        })
}

/// « le 2 et le 3 »: a number beside an act that is read neither as a date nor as a session.
pub(super) fn numbers_left(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    /// Days and the numbers of a cycle.
    const NUMBER_MAX: usize = 31;
    let cut = &mail.new;
    let near = |number: usize| {
        let number = number.checked_sub(1).unwrap_or(number)..number + 2;
        meaning.acts.iter().any(|a| number.contains(&a.clause))
    };
    cut.clauses
        .iter()
        .enumerate()
        .filter(|(number, clause)| near(*number) && !is_settled(clause) && !is_done(cut, clause))
        .flat_map(|(_, clause)| clause.tokens.clone())
        .any(|i| {
            let Some(token) = cut.tokens.get(i) else {
                return false;
            };
            let small = token.kind == Kind::Number
                && token.folded.parse::<usize>().is_ok_and(|n| n <= NUMBER_MAX);
            let before = i.checked_sub(1).map_or("", |b| cut.word(b));
            let led = matches!(
                before,
                "le" | "module" | "niveau" | "partie" | "part" | "level"
            );
            let next = cut.tokens.get(i + 1);
            let phone = next.is_some_and(|t| t.kind == Kind::Number);
            small
                && led
                && !phone
                && !cut
                    .mentions
                    .iter()
                    .any(|m| inside(&(token.start..token.end), &m.range))
                && !meaning
                    .sessions
                    .quotes
                    .iter()
                    .any(|q| q.contains(&token.folded))
        })
}

/// « le 2 et le 3 »: days that no session of the request has.
pub(super) fn days_left(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let days: Vec<i8> = meaning
        .sessions
        .sessions
        .iter()
        .filter_map(|id| mail.context.catalogue.session(id))
        .flat_map(|s| s.when.iter())
        .flat_map(|span| [span.from.date().day(), span.to.date().day()])
        .collect();
    let known = |n: i8| {
        days.contains(&n)
            || days
                .windows(2)
                .any(|w| matches!(w, [a, b] if *a < n && n < *b))
    };
    mail.new
        .mentions
        .iter()
        .filter(|m| !m.negated && m.ways.iter().all(|w| *w == Way::DayOnly))
        .filter(|m| {
            m.sessions
                .iter()
                .any(|id| meaning.sessions.sessions.contains(id))
        })
        .any(|m| {
            m.quote
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|n| n.parse::<i8>().ok())
                .any(|n| !known(n))
        })
}

/// « les deux parties », "both parts", where one session or none is understood.
pub(super) fn speaks_of_all(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let each = meaning.sessions.sessions.len();
    let matcher = mail.context.catalogue.matcher();
    // « aux deux soirées »: one session of two evenings
    let in_two = meaning.sessions.sessions.iter().any(|id| {
        matcher
            .index(id)
            .is_some_and(|index| matcher.dates_of(index).len() == 2)
    });
    each < 2
        && !in_two
        && (0..cut.tokens.len()).any(|i| {
            let next = cut.word(i + 1);
            let sessions = is_session_noun(next) || next.starts_with("part") || next == "sessions";
            match cut.word(i) {
                "both" => sessions,
                "deux" => {
                    sessions
                        && !next.starts_with("particip")
                        && i.checked_sub(1)
                            .is_some_and(|b| matches!(cut.word(b), "les" | "aux" | "ces"))
                }
                _ => false,
            }
        })
}
