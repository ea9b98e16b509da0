//! Seats given up, passed on, or changed for another: acts of several kinds weighed together.

use super::super::acts::{Act, Mood, Who};
use super::super::mail::Mail;
use super::super::participants::People;
use super::super::session::Resolution;
use super::super::thread::Letter;
use super::super::{Doubt, Intent, participants as people};
use super::where_to::{clauses, given_up_for, named_in, other_clauses, resolve_for};
use super::{Meaning, nothing};
use crate::core::catalogue::SessionId;
use crate::core::lexicon::{Cue, Cues};

/// « X ne pourra pas venir ; pour moi rien de changé, je serai là »: the writer's own seat stands.
pub(super) fn others_leave(mail: &Mail<'_>, leaving: &[Act], register: &[Act], cues: Cues) -> bool {
    // under an announcement nobody has a seat yet: « X ne peut pas, moi je viendrai »
    let invited = mail
        .thread
        .first()
        .is_some_and(|t| t.letter == Letter::Announcement);
    let stands = !invited || cues.any(&[Cue::Registered, Cue::Keep]);
    stands
        && !register.is_empty()
        && register
            .iter()
            .all(|a| a.cue == Cue::Come && matches!(a.who, Who::I | Who::We))
        && leaving.iter().any(|a| a.mood == Mood::Plain)
        && leaving.iter().all(|a| a.who != Who::I)
}

pub(super) fn is_only_update(update: &[Act], replace: &[Act]) -> bool {
    !update.is_empty()
        && replace
            .iter()
            .all(|r| update.iter().any(|u| u.clause == r.clause))
}

/// A registration spoken of only to say what changes in it.
pub(super) fn only_repeats(mail: &Mail<'_>, register: &[Act], cues: Cues) -> bool {
    cues.any(&[Cue::Registered, Cue::Keep])
        || register.iter().all(|a| a.weak)
        || mail
            .thread
            .first()
            .is_some_and(|t| t.letter == Letter::Confirmation)
}

pub(super) fn updating(mail: &Mail<'_>, all: Vec<Act>, update: Vec<Act>) -> Meaning {
    let refs: Vec<&Act> = update.iter().collect();
    let people = people::updated(mail, &refs);
    let sessions = resolve_for(mail, &clauses(&update), &[]);
    Meaning {
        intent: Intent::Update,
        acts: update,
        all,
        people,
        leaving: People::default(),
        sessions,
        given_up: Vec::new(),
        doubts: Vec::new(),
    }
}

/// Somebody gives a seat up. Who was only invited and declines gives nothing up.
pub(super) fn leave(
    mail: &Mail<'_>,
    all: Vec<Act>,
    quit: Vec<Act>,
    not_come: Vec<Act>,
    cues: Cues,
) -> Meaning {
    let firm = quit
        .iter()
        .any(|a| a.mood != Mood::Hedged && a.cue == Cue::Quit)
        || cues.any(&[Cue::Registered])
        || quit.iter().any(|a| a.cue == Cue::QuitNoun);
    let registered = mail
        .thread
        .iter()
        .any(|t| matches!(t.letter, Letter::Confirmation | Letter::Own));
    let invited = mail
        .thread
        .first()
        .is_some_and(|t| matches!(t.letter, Letter::Announcement));
    let said_beside = |cue: Cue| {
        not_come.iter().any(|a| {
            mail.new
                .clauses
                .get(a.clause)
                .is_some_and(|c| mail.new.sentence_cues(c.sentence).has(cue))
        })
    };
    // regret alone is how one declines an invitation, too
    let retracts = said_beside(Cue::Retract) || !invited && said_beside(Cue::Regret);
    if quit.is_empty() && !registered && !retracts && cues.has(Cue::Another) {
        // « pour le 3 je ne peux pas ; si vous le refaites, prévenez-moi »
        return nothing(mail, all, vec![Doubt::NoRequest]);
    }
    let refuses = not_come.iter().all(|a| a.cue == Cue::Enrol);
    let unnamed = !not_come
        .iter()
        .filter_map(|a| mail.new.clauses.get(a.clause))
        .any(|c| mail.new.mentions_in(c).next().is_some() || c.tokens.len() < 8 && !mail.colleague)
        && mail.thread.is_empty();
    if unnamed && mail.colleague && !firm {
        return nothing(mail, all, vec![Doubt::NoRequest]);
    }
    if !firm && !registered && !retracts && (refuses || unnamed || cues.has(Cue::Another)) {
        return nothing(mail, all, vec![Doubt::NoRequest]);
    }
    let faint = not_come.iter().all(|a| a.weak && a.cue != Cue::Cannot);
    if !(firm || registered || retracts) && (invited || faint) {
        return nothing(mail, all, vec![Doubt::NoRequest]);
    }
    let mut acts = quit;
    acts.extend(not_come);
    acts.sort_by_key(|a| a.clause);
    let subject_of = personal(mail, &acts);
    let leaving = people::removed(mail, &subject_of.iter().collect::<Vec<_>>());
    let others = other_clauses(&all, &acts);
    let sessions = resolve_for(mail, &clauses(&acts), &others);
    Meaning {
        intent: Intent::Cancel,
        acts,
        all,
        people: People::default(),
        leaving,
        sessions,
        given_up: Vec::new(),
        doubts: Vec::new(),
    }
}

/// Of several clauses that say the same withdrawal, those that tell whose it is.
fn personal(mail: &Mail<'_>, acts: &[Act]) -> Vec<Act> {
    let named: Vec<Act> = acts
        .iter()
        .filter(|a| {
            matches!(a.who, Who::Others | Who::Unsaid)
                && mail
                    .new
                    .clauses
                    .get(a.clause)
                    .is_some_and(|c| mail.new.names_in(c).next().is_some())
        })
        .cloned()
        .collect();
    if !named.is_empty() {
        return named;
    }
    let said: Vec<Act> = acts
        .iter()
        .filter(|a| a.who != Who::Unsaid)
        .cloned()
        .collect();
    if said.is_empty() { acts.to_vec() } else { said }
}

pub(super) fn replacement(
    mail: &Mail<'_>,
    all: Vec<Act>,
    replace: Vec<Act>,
    register: &[Act],
    leaving: &[Act],
    _cues: Cues,
) -> Meaning {
    let mut acts = replace;
    acts.extend(register.iter().cloned());
    acts.extend(leaving.iter().cloned());
    acts.sort_by_key(|a| a.clause);
    let refs: Vec<&Act> = acts.iter().collect();
    let (people, removed) = people::replaced(mail, &refs);
    let sessions = resolve_for(mail, &clauses(&acts), &[]);
    Meaning {
        intent: Intent::Replace,
        acts,
        all,
        people,
        leaving: removed,
        sessions,
        given_up: Vec::new(),
        doubts: Vec::new(),
    }
}

/// Says whether clauses name sessions, if not which one, and none of those wanted.
fn speaks_of_other(mail: &Mail<'_>, acts: &[Act], wanted: &Resolution) -> bool {
    let mut mentions = acts
        .iter()
        .filter_map(|a| mail.new.clauses.get(a.clause))
        .flat_map(|c| mail.new.mentions_in(c))
        .filter(|m| !m.sessions.is_empty())
        .peekable();
    mentions.peek().is_some()
        && mentions.all(|m| m.sessions.iter().all(|id| !wanted.sessions.contains(id)))
}

/// Somebody in and somebody (or the same) out.
pub(super) fn both(
    mail: &Mail<'_>,
    all: Vec<Act>,
    register: Vec<Act>,
    quit: Vec<Act>,
    not_come: Vec<Act>,
    cues: Cues,
) -> Meaning {
    let registering: Vec<&Act> = register.iter().collect();
    let coming = people::registered(mail, &registering);
    let told = |a: &Act| {
        a.who != Who::Others
            || mail.new.clauses.get(a.clause).is_some_and(|c| {
                mail.new.names.iter().any(|n| {
                    mail.new.clauses.iter().any(|o| {
                        o.sentence == c.sentence && super::super::clause::inside(&n.range, &o.range)
                    })
                })
            })
    };
    if !register.iter().any(told)
        || coming.list.is_empty() && register.iter().all(|a| a.who == Who::Others)
    {
        // « mon directeur y va déjà » beside a withdrawal is a reason
        return leave(mail, all, quit, not_come, cues);
    }
    let mut out_acts = quit.clone();
    out_acts.extend(not_come.iter().cloned());
    let out_refs = personal(mail, &out_acts);
    let going = people::removed(mail, &out_refs.iter().collect::<Vec<_>>());
    let in_sessions = resolve_for(mail, &clauses(&register), &clauses(&out_acts));
    let named_out: Vec<SessionId> = named_in(mail, &clauses(&out_acts))
        .into_iter()
        .filter(|id| !named_in(mail, &clauses(&register)).contains(id))
        .collect();
    let same_person = going.list.iter().any(|g| {
        coming
            .list
            .iter()
            .any(|c| people::same(&c.person.name, &g.person.name))
    });
    let was_in = register.iter().any(|a| a.cue == Cue::Switch)
        || !quit.is_empty() && quit.iter().any(|a| a.cue == Cue::Quit)
        || cues.any(&[Cue::Registered, Cue::Switch]);
    let in_other = !named_out.is_empty() || speaks_of_other(mail, &out_acts, &in_sessions);
    let enters = Meaning {
        intent: Intent::Register,
        acts: register,
        all,
        people: coming,
        leaving: People::default(),
        sessions: in_sessions,
        given_up: Vec::new(),
        doubts: Vec::new(),
    };
    if same_person {
        if !was_in && in_other {
            // « pas Zotero pour moi, mais je m'inscris à » : one refused, one taken
            return enters;
        }
        let given_up = match named_out.as_slice() {
            [] => given_up_for(mail, &enters.sessions),
            _ => named_out,
        };
        return Meaning {
            leaving: going,
            given_up,
            doubts: vec![Doubt::ChangeOfSession],
            ..enters
        };
    }
    let sender_declines = going.sender && going.list.len() == 1
        || going.list.is_empty() && out_acts.iter().all(|a| a.who == Who::I);
    let anybody = !enters.people.list.is_empty();
    if !was_in && sender_declines && anybody && !cues.has(Cue::Retract) {
        // « pour inscription de Philippe ; moi je ne viens pas »
        return enters;
    }
    let had_seat = was_in
        || cues.has(Cue::Retract)
        || mail
            .thread
            .iter()
            .any(|t| matches!(t.letter, Letter::Confirmation | Letter::Own))
        || !going.sender;
    if had_seat && named_out.is_empty() && anybody && !going.list.is_empty() {
        let mut acts = enters.acts;
        acts.extend(out_acts);
        acts.sort_by_key(|a| a.clause);
        return Meaning {
            intent: Intent::Replace,
            acts,
            leaving: going,
            ..enters
        };
    }
    Meaning {
        leaving: going,
        given_up: named_out,
        doubts: vec![Doubt::SeveralRequests],
        ..enters
    }
}
