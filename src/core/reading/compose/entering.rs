//! Who wants a seat: by a request, a list or form, an answer to our question.

use super::super::acts::{Act, Mood, Who};
use super::super::clause::Clause;
use super::super::mail::Mail;
use super::super::participants::People;
use super::super::said::Says;
use super::super::session::Resolution;
use super::super::thread::Letter;
use super::super::{Doubt, Intent, participants as people};
use super::second::Second;
use super::telling::choices;
use super::where_to::{clauses, given_up_for, other_clauses, resolve_for, taken_back};
use super::{Meaning, ROLE_BYTES, nothing};
use crate::core::catalogue::SessionId;
use crate::core::lexicon::{Cue, Cues};

/// What registers without a verb: a form filled in, a list under a session's name, the answer to our
/// question, or the plea of somebody who is late.
pub(super) fn silent_request(
    mail: &Mail<'_>,
    second: &Second,
    all: Vec<Act>,
    cues: Cues,
) -> Meaning {
    if let Some(meaning) = short_answer(mail, &all) {
        return meaning;
    }
    let asked = mail
        .thread
        .first()
        .is_some_and(|t| t.letter == Letter::AskedBack);
    let asks = mail.new.clauses.iter().any(|c| c.question);
    let named = !mail.new.mentions.is_empty() || !mail.subject.mentions.is_empty();
    let answers = asked
        && !asks
        && (!mail.new.mentions.is_empty() || cues.has(Cue::Choice) || cues.has(Cue::Yes));
    let listed = people::is_listed(mail)
        && (named || mail.colleague || !mail.thread.is_empty())
        && (people::is_form(mail)
            || !cues.any(&[Cue::Matter, Cue::HowTo]) && second.may_open(Says::Register));
    let pleads = cues.has(Cue::Late) && (named || !mail.thread.is_empty()) && !mail.colleague;
    if !(answers || listed || pleads) {
        return nothing(mail, all, Vec::new());
    }
    if answers
        && let Some(earlier) = people::earlier_intent(mail)
        && earlier != Intent::Register
    {
        return nothing(mail, all, vec![Doubt::ForTheHuman]);
    }
    let people = if answers {
        people::answering(mail)
    } else {
        people::registered(mail, &[])
    };
    let own: Vec<usize> = (0..mail.new.clauses.len()).collect();
    let mut sessions = resolve_for(mail, if answers || listed { &own } else { &[] }, &[]);
    if answers {
        choose(mail, &mut sessions);
    }
    Meaning {
        intent: Intent::Register,
        acts: Vec::new(),
        all,
        people,
        leaving: People::default(),
        sessions,
        given_up: Vec::new(),
        doubts: if pleads {
            vec![Doubt::LatePlea]
        } else {
            Vec::new()
        },
    }
}

/// « la 2 », « la deuxième »: the sessions by their place in the list that was sent.
fn choose(mail: &Mail<'_>, sessions: &mut Resolution) {
    let chosen: Vec<SessionId> = choices(mail)
        .into_iter()
        .filter_map(|number| {
            let item = mail
                .sent
                .items
                .iter()
                .find(|(n, _)| usize::try_from(*n) == Ok(number))?;
            Some(item.1.clone())
        })
        .collect();
    if !chosen.is_empty() && !sessions.certain {
        sessions.sessions = chosen;
        sessions.certain = true;
        sessions.over = sessions.sessions.iter().any(|id| {
            mail.context
                .catalogue
                .session(id)
                .is_some_and(|s| mail.context.received >= s.begins_at())
        });
    }
}

/// Answers that need their question: NON under a confirmation, details that we said are missing.
fn short_answer(mail: &Mail<'_>, all: &[Act]) -> Option<Meaning> {
    /// Details are told in a line or two.
    const DETAILS_TOKENS: usize = 30;
    let first = mail.thread.first()?;
    if first.letter != Letter::Confirmation {
        return None;
    }
    let cues = mail.new.all_cues();
    let sessions = resolve_for(mail, &[], &[]);
    let meaning = |intent, people, leaving| Meaning {
        intent,
        acts: Vec::new(),
        all: all.to_vec(),
        people,
        leaving,
        sessions: sessions.clone(),
        given_up: Vec::new(),
        doubts: Vec::new(),
    };
    if cues.has(Cue::No) && mail.new.tokens.len() < 4 {
        return Some(meaning(
            Intent::Cancel,
            People::default(),
            people::sender_only(mail),
        ));
    }
    let text = super::super::mail::head(&first.quote.text, ROLE_BYTES);
    let asked = super::super::clause::Cut::new(text, Vec::new(), Vec::new())
        .all_cues()
        .has(Cue::AskedBack);
    let told = !super::super::signature::phones_in(mail.new.text).is_empty()
        || !super::super::signature::phones_in(&mail.parts.signature).is_empty()
            && mail.new.tokens.len() < 8;
    let asks = mail.new.clauses.iter().any(|c| c.question);
    (asked && told && !asks && mail.new.tokens.len() < DETAILS_TOKENS)
        .then(|| meaning(Intent::Update, people::sender_only(mail), People::default()))
}

/// Weak acts (a noun, a bare yes, a come-verb about nothing) count only where the thread, the subject or
/// a session named beside them make them an answer, and only where nothing stronger is said.
pub(super) fn drop_weak(mail: &Mail<'_>, register: &mut Vec<Act>, cues: Cues) {
    if register.iter().any(|a| !a.weak) {
        register.retain(|a| !a.weak);
        if register
            .iter()
            .any(|a| a.cue == Cue::Enrol && a.who == Who::Others)
        {
            // « ok de mon côté, tu peux la mettre »: the yes is leave for another
            register.retain(|a| a.cue != Cue::Yes);
        }
        return;
    }
    let invited = mail.thread.first().is_some_and(|t| {
        matches!(
            t.letter,
            Letter::Announcement | Letter::AskedBack | Letter::Negotiation | Letter::Others
        )
    });
    let told = !mail.new.mentions.is_empty() || !mail.subject.mentions.is_empty();
    register.retain(|act| {
        if act.clause == usize::MAX {
            return told;
        }
        let Some(clause) = mail.new.clauses.get(act.clause) else {
            return false;
        };
        let names = mail.new.names_in(clause).next().is_some();
        match act.cue {
            Cue::Yes if is_only_noted(mail, act) => false,
            Cue::Yes => {
                let first = act.tokens.start <= clause.tokens.start + 1;
                invited
                    || mail.new.mentions_in(clause).next().is_some()
                        && (first || cues.has(Cue::First))
            }
            Cue::EnrolNoun => told || invited || names,
            Cue::Come => {
                (told || invited)
                    && (act.who == Who::I || act.who == Who::We || act.who == Who::Others && names)
                    && (mail.new.mentions_in(clause).next().is_some()
                        || people::is_listed(mail)
                        || is_bare(mail, clause, act))
            }
            _ => true,
        }
    });
}

/// « c'est noté », thanks: told under anything but an invitation, it asks for no seat.
fn is_only_noted(mail: &Mail<'_>, act: &Act) -> bool {
    let asked = mail
        .thread
        .first()
        .is_some_and(|t| matches!(t.letter, Letter::Announcement | Letter::AskedBack));
    let noted = act
        .tokens
        .clone()
        .any(|i| matches!(mail.new.word(i), "note" | "entendu" | "noted"));
    let confirmed = mail
        .thread
        .first()
        .is_some_and(|t| t.letter == Letter::Confirmation);
    confirmed || noted && !asked
}

/// « je viens » and no more: nothing else is where one comes to.
fn is_bare(mail: &Mail<'_>, clause: &Clause, act: &Act) -> bool {
    act.tokens.end >= clause.tokens.end
        || matches!(
            mail.new.word(act.tokens.end),
            "et" | "avec"
                | "and"
                | "with"
                | "aussi"
                | "pour"
                | "for"
                | "volontiers"
                | "bien"
                | "seul"
                | "seule"
                | "accompagne"
                | "accompagnee"
                | "donc"
                | "too"
        )
}

pub(super) fn enter(mail: &Mail<'_>, all: Vec<Act>, register: Vec<Act>) -> Meaning {
    let another = register.iter().all(|a| {
        a.mood == Mood::Conditional
            && mail
                .new
                .clauses
                .get(a.clause)
                .is_some_and(|c| mail.new.sentence_cues(c.sentence).has(Cue::Another))
    });
    if another {
        // « si vous proposez d'autres dates je m'inscrirai »
        return nothing(mail, all, Vec::new());
    }
    let hedged = mail.new.all_cues().has(Cue::Hedge);
    let explicit = register
        .iter()
        .any(|a| a.cue == Cue::Enrol && a.mood != Mood::Hedged || a.mood == Mood::Conditional);
    if hedged && !explicit {
        return nothing(mail, all, vec![Doubt::NotCommitted]);
    }
    let refs: Vec<&Act> = register.iter().collect();
    let people = people::registered(mail, &refs);
    let mut others: Vec<usize> = other_clauses(&all, &register);
    let back = taken_back(mail, &register);
    let mut mine = clauses(&register);
    mine.retain(|clause| !back.contains(clause));
    others.extend(&back);
    let sessions = resolve_for(mail, &mine, &others);
    let second_thought = match back.as_slice() {
        [] => Vec::new(),
        _ => vec![Doubt::Unexplained],
    };
    let mut leaving = People::default();
    let mut given_up = Vec::new();
    if register.iter().any(|a| a.cue == Cue::Switch) {
        leaving = people::removed(mail, &refs);
        given_up = given_up_for(mail, &sessions);
    }
    Meaning {
        intent: Intent::Register,
        acts: register,
        all,
        people,
        leaving,
        sessions,
        given_up,
        doubts: second_thought,
    }
}
