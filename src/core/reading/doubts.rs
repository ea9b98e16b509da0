//! Why the robot does not act by itself: one function a reason, all applied to every mail.
//!
//! `act` needs a complete request and no clause left over that could turn it round.

use jiff::tz::TimeZone;

use super::acts::{Act, Deed, Mood, Who};
use super::clause::Clause;
use super::compose::{Meaning, Second};
use super::mail::Mail;
use super::participants::is_form;
use super::thread::Letter;
use super::{Doubt, Intent};
use crate::core::catalogue::Session;
use crate::core::lexicon::{Cue, Cues};

/// Collects the doubts, each once, in the order of the enum.
pub(super) fn doubts(
    mail: &Mail<'_>,
    meaning: &Meaning,
    second: &Second,
    cues: Cues,
) -> Vec<Doubt> {
    let mut doubts = meaning.doubts.clone();
    if meaning.intent == Intent::Other {
        if doubts.is_empty() {
            doubts.push(Doubt::NoRequest);
        }
        if cues.has(Cue::Interest) && cues.has(Cue::Hedge) {
            doubts.push(Doubt::NotCommitted);
        }
        return tidy(doubts);
    }
    session(mail, meaning, &mut doubts);
    person(mail, meaning, &mut doubts);
    condition(mail, meaning, cues, &mut doubts);
    late(mail, meaning, cues, &mut doubts);
    eligibility(mail, meaning, &mut doubts);
    if meaning.acts.iter().any(|a| a.cue == Cue::Switch) {
        doubts.push(Doubt::ChangeOfSession);
    }
    human_in_thread(mail, meaning, &mut doubts);
    leftover(mail, meaning, cues, &mut doubts);
    if is_order(mail.new.text) || cues.has(Cue::Order) {
        doubts.push(Doubt::NoAuthority);
    }
    if meaning.acts.iter().any(|a| a.foreign) {
        doubts.push(Doubt::Unexplained);
    }
    super::gates::gates(mail, meaning, &mut doubts);
    if !is_form(mail) {
        doubts.extend(second.objects(mail, &meaning.acts));
    }
    if second.leaves(mail, meaning) {
        doubts.push(Doubt::Unexplained);
    }
    if mail.is_to_others() {
        doubts.push(Doubt::NotToUs);
    }
    tidy(doubts)
}

fn tidy(mut doubts: Vec<Doubt>) -> Vec<Doubt> {
    doubts.sort_unstable();
    doubts.dedup();
    doubts
}

/// Lines that order the robot about: « @guichet ajoute … ».
fn is_order(text: &str) -> bool {
    text.lines().take(200).any(|line| {
        line.trim_start()
            .strip_prefix('@')
            .is_some_and(|rest| rest.starts_with(char::is_alphabetic) && rest.contains(' '))
    })
}

/// Is the session certain, still to come, and free of contradiction?
fn session(mail: &Mail<'_>, meaning: &Meaning, doubts: &mut Vec<Doubt>) {
    let sessions = &meaning.sessions;
    if sessions.unknown {
        doubts.push(Doubt::SessionUnknown);
    }
    if sessions.contradiction {
        doubts.push(Doubt::SessionContradiction);
    }
    if sessions.over {
        doubts.push(Doubt::SessionOver);
    }
    if !sessions.certain && !sessions.contradiction && !sessions.unknown {
        doubts.push(Doubt::SessionUnclear);
    }
    if matches!(meaning.intent, Intent::Cancel | Intent::Replace)
        && sessions
            .sessions
            .iter()
            .filter_map(|id| mail.context.catalogue.session(id))
            .any(|s| is_today(s, mail))
    {
        doubts.push(Doubt::SameDay);
    }
}

/// Says whether a session begins on the day of receipt, in its own zone.
fn is_today(session: &Session, mail: &Mail<'_>) -> bool {
    let zone = TimeZone::get(&session.timezone).unwrap_or(TimeZone::UTC);
    let today = zone.to_datetime(mail.context.received).date();
    session.when.iter().any(|span| span.from.date() == today)
}

/// Is everybody named?
fn person(mail: &Mail<'_>, meaning: &Meaning, doubts: &mut Vec<Doubt>) {
    let unclear = match meaning.intent {
        Intent::Register => {
            let people = &meaning.people;
            people.unclear
                || people.list.is_empty()
                || people.list.iter().any(|p| !is_name(&p.person.name))
        }
        Intent::Cancel => meaning.leaving.unclear || meaning.leaving.list.is_empty(),
        Intent::Replace => {
            meaning.people.unclear
                || meaning.leaving.unclear
                || meaning.people.list.iter().any(|p| !is_name(&p.person.name))
        }
        Intent::Update => meaning.people.unclear || meaning.people.list.is_empty(),
        _ => false,
    };
    let enclosed = meaning.people.list.is_empty()
        && mail.new.all_cues().has(Cue::Enclosed)
        && meaning.intent == Intent::Register;
    if unclear || enclosed {
        doubts.push(Doubt::PersonUnclear);
    }
}

/// A given and a family name, or a title with a family name.
fn is_name(name: &str) -> bool {
    name.split_whitespace().count() >= 2
}

/// Does the request hang on something?
fn condition(mail: &Mail<'_>, meaning: &Meaning, cues: Cues, doubts: &mut Vec<Doubt>) {
    let cut = &mail.new;
    let mine: Vec<usize> = meaning
        .acts
        .iter()
        .filter_map(|a| cut.clauses.get(a.clause))
        .map(|c| c.sentence)
        .collect();
    let conditional = cut.clauses.iter().enumerate().any(|(number, clause)| {
        let firm = clause.cues.has(Cue::Condition) && !clause.cues.has(Cue::Harmless);
        firm && (mine.contains(&clause.sentence) && governs(mail, meaning, number)
            || clause.cues.has(Cue::Otherwise) && !super::acts::is_answered(cut, number))
    });
    let otherwise = matches!(meaning.intent, Intent::Register)
        && cut.clauses.iter().enumerate().any(|(number, c)| {
            c.cues.has(Cue::Otherwise) && !super::acts::is_answered(cut, number)
        });
    if conditional || otherwise || meaning.acts.iter().any(|a| a.mood == Mood::Conditional) {
        doubts.push(Doubt::Conditional);
    }
    // a stand-in who is not named yet is asked for
    let replaces = meaning.intent == Intent::Replace && !meaning.people.list.is_empty();
    if meaning.intent == Intent::Register || replaces {
        let provisional = cues.has(Cue::Provisional)
            && meaning.acts.iter().any(|a| {
                cut.clauses
                    .get(a.clause)
                    .is_some_and(|c| cut.sentence_cues(c.sentence).has(Cue::Provisional))
            });
        let hedged = cut
            .clauses
            .iter()
            .any(|c| c.cues.has(Cue::Hedge) && !is_about_mail(mail, c));
        if provisional || hedged || cues.has(Cue::Consent) {
            doubts.push(Doubt::NotCommitted);
        }
    } else if meaning.acts.iter().all(|a| a.mood == Mood::Hedged) && !meaning.acts.is_empty() {
        doubts.push(Doubt::NotCommitted);
    }
}

/// « je ne sais pas si mon mail est arrivé »: the doubt is the post's, not the writer's.
fn is_about_mail(mail: &Mail<'_>, clause: &Clause) -> bool {
    let cut = &mail.new;
    clause.tokens.clone().any(|i| {
        let word = cut.word(i);
        matches!(
            word,
            "mail" | "email" | "message" | "courriel" | "courrier" | "formulaire"
        )
    }) && !clause.cues.any(&[Cue::Come, Cue::Enrol])
}

/// A condition governs the clause after it, if that one acts or if the condition opens the sentence;
/// else the one before.
fn governs(mail: &Mail<'_>, meaning: &Meaning, condition: usize) -> bool {
    let clauses = &mail.new.clauses;
    let Some(sentence) = clauses.get(condition).map(|c| c.sentence) else {
        return false;
    };
    let acts_in = |number: usize| meaning.acts.iter().any(|a| a.clause == number);
    let next = condition + 1;
    let follows = clauses.get(next).is_some_and(|c| c.sentence == sentence);
    if follows {
        return acts_in(next)
            || meaning.acts.iter().any(|a| {
                a.clause > next
                    && clauses
                        .get(a.clause)
                        .is_some_and(|c| c.sentence == sentence)
            });
    }
    meaning.acts.iter().any(|a| {
        a.clause <= condition
            && clauses
                .get(a.clause)
                .is_some_and(|c| c.sentence == sentence)
    })
}

/// Does somebody who knows that the date is past plead?
fn late(mail: &Mail<'_>, meaning: &Meaning, cues: Cues, doubts: &mut Vec<Doubt>) {
    if meaning.intent != Intent::Register {
        return;
    }
    let is_late = meaning
        .sessions
        .sessions
        .iter()
        .chain(&meaning.sessions.candidates)
        .filter_map(|id| mail.context.catalogue.session(id))
        .any(|s| mail.context.received >= s.too_late_at());
    let known = !meaning.sessions.sessions.is_empty() && meaning.sessions.certain;
    let pleads = cues.has(Cue::Late) && (is_late || !known) || cues.has(Cue::Still) && is_late;
    if pleads {
        doubts.push(Doubt::LatePlea);
    }
}

/// Does the writer ask whether they may come, or how many places they need?
fn eligibility(mail: &Mail<'_>, meaning: &Meaning, doubts: &mut Vec<Doubt>) {
    if meaning.intent != Intent::Register {
        return;
    }
    let asks = mail
        .new
        .clauses
        .iter()
        .any(|c| c.cues.has(Cue::Eligibility));
    let shares = mail.new.clauses.iter().any(|c| c.cues.has(Cue::Shared));
    let asking = meaning.all.iter().any(|a| {
        a.mood == Mood::Asking && a.deed == Deed::Register && a.cue == Cue::Come && !a.weak
    });
    if asks || shares || asking {
        doubts.push(Doubt::Eligibility);
    }
}

/// Is this an answer to something that a human of ours asked or offered?
fn human_in_thread(mail: &Mail<'_>, meaning: &Meaning, doubts: &mut Vec<Doubt>) {
    let negotiates = mail
        .thread
        .first()
        .is_some_and(|t| matches!(t.letter, Letter::Negotiation));
    if !negotiates {
        return;
    }
    let complete = meaning
        .acts
        .iter()
        .any(|a| !a.weak && a.mood != Mood::Asking)
        && meaning
            .acts
            .iter()
            .filter_map(|a| mail.new.clauses.get(a.clause))
            .any(|c| mail.new.mentions_in(c).any(super::compose::names_a_session));
    if !complete {
        doubts.push(Doubt::HumanInThread);
    }
}

/// What is left that could turn the meaning round?
fn leftover(mail: &Mail<'_>, meaning: &Meaning, cues: Cues, doubts: &mut Vec<Doubt>) {
    let mine = |act: &Act| {
        meaning
            .acts
            .iter()
            .any(|m| m.clause == act.clause && m.deed == act.deed)
    };
    let other: Vec<&Act> = meaning.all.iter().filter(|a| !mine(a)).collect();
    let turns = match meaning.intent {
        Intent::Register => other.iter().any(|a| {
            let leaves = matches!(a.deed, Deed::Quit | Deed::Replace)
                || a.deed == Deed::NotCome && stays_away(mail, meaning, a);
            leaves && a.mood != Mood::Asking
        }),
        Intent::Cancel => other.iter().any(|a| {
            matches!(a.deed, Deed::Register | Deed::Replace)
                && !a.weak
                && a.mood == Mood::Plain
                && is_told(mail, a)
                && !is_conditional_wish(mail, a)
        }),
        _ => false,
    };
    let asked_replacement = meaning.intent == Intent::Replace
        && meaning
            .all
            .iter()
            .any(|a| a.deed == Deed::Replace && a.mood == Mood::Asking);
    if turns || asked_replacement || cues.has(Cue::Correction) && meaning.intent != Intent::Cancel {
        doubts.push(Doubt::Unexplained);
    }
}

/// The writer, who would be registered, says not to come, and to no other session.
fn stays_away(mail: &Mail<'_>, meaning: &Meaning, act: &Act) -> bool {
    let elsewhere = mail.new.clauses.get(act.clause).is_some_and(|c| {
        mail.new.mentions_in(c).any(|m| {
            !m.sessions.is_empty()
                && m.sessions
                    .iter()
                    .all(|id| !meaning.sessions.sessions.contains(id))
        })
    });
    act.who == Who::I && meaning.people.sender && !elsewhere
}

/// An act of the writer, or of somebody named: « mon directeur y va déjà » is only a reason.
fn is_told(mail: &Mail<'_>, act: &Act) -> bool {
    act.who != Who::Others
        || mail
            .new
            .clauses
            .get(act.clause)
            .is_some_and(|c| mail.new.names_in(c).next().is_some())
}

/// « si le cycle est reconduit, de me garder une place » beside a withdrawal is a wish for later.
fn is_conditional_wish(mail: &Mail<'_>, act: &Act) -> bool {
    mail.new
        .clauses
        .get(act.clause)
        .is_some_and(|c| mail.new.sentence_cues(c.sentence).has(Cue::Condition))
}
