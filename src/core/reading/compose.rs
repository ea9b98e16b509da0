//! Clauses → the mail's meaning: intent, sessions, people, and whether a robot may act on it.
//!
//! Acts of one kind are put together; acts of several kinds are weighed by who does them and for which
//! session (out of one and into another is a change, one refused and one taken is a choice, somebody out
//! and somebody in is a substitution). What is left over and could turn the meaning is a doubt.

use super::acts::{Act, Deed, Mood, Who, acts};
use super::clause::Clause;
use super::doubts;
use super::mail::Mail;
use super::participants::{self as people, People};
use super::session::{Mention, Piece, Resolution, Source, Way, resolve};
use super::thread::Letter;
use super::{Doubt, Evidence, Intent, Language, Participant, Reading};
use crate::core::catalogue::SessionId;
use crate::core::lexicon::{Cue, Cues};

/// What a mail means, before it is weighed whether to act.
#[derive(Debug)]
pub struct Meaning {
    /// What it wants.
    pub intent: Intent,
    /// The acts of that kind.
    pub acts: Vec<Act>,
    /// All acts found.
    pub all: Vec<Act>,
    /// Who comes, or whose details change.
    pub people: People,
    /// Who gives a seat up.
    pub leaving: People,
    /// The sessions.
    pub sessions: Resolution,
    /// Sessions given up by somebody who enters another.
    pub given_up: Vec<SessionId>,
    /// Doubts that arise from putting the acts together.
    pub doubts: Vec<Doubt>,
}

/// Reads a mail that a human wrote.
pub fn compose(mail: &Mail<'_>) -> Reading {
    let meaning = meaning(mail);
    let cues = mail.new.all_cues();
    let mut doubts = doubts::doubts(mail, &meaning, cues);
    let act = meaning.intent != Intent::Other && doubts.is_empty();
    if !act && doubts.is_empty() {
        doubts.push(Doubt::NoRequest);
    }
    let question = question(mail, &meaning, &doubts);
    let participants = match meaning.intent {
        Intent::Register | Intent::Replace | Intent::Update => assigned(mail, &meaning),
        _ => Vec::new(),
    };
    let removed = match meaning.intent {
        Intent::Cancel | Intent::Replace => meaning.leaving.names(),
        Intent::Register
            if !meaning.given_up.is_empty()
                || meaning.acts.iter().any(|a| a.cue == Cue::Switch) =>
        {
            meaning.leaving.names()
        }
        _ => Vec::new(),
    };
    Reading {
        intent: meaning.intent,
        sessions: sessions(&meaning),
        session_certain: meaning.sessions.certain,
        remarks: remarks(mail, &meaning),
        question,
        act,
        may_reply: true,
        language: language(mail),
        evidence: evidence(mail, &meaning, &participants),
        choices: choices(mail),
        concerns_us: concerns_us(mail, &meaning, cues),
        participants,
        removed,
        doubts,
    }
}

fn sessions(meaning: &Meaning) -> Vec<SessionId> {
    let mut all = if meaning.sessions.sessions.is_empty() {
        meaning.sessions.candidates.clone()
    } else {
        meaning.sessions.sessions.clone()
    };
    for id in &meaning.given_up {
        if !all.contains(id) {
            all.push(id.clone());
        }
    }
    all
}

/// Puts the acts together.
fn meaning(mail: &Mail<'_>) -> Meaning {
    let all = acts(&mail.new);
    let cues = mail.new.all_cues();
    let mut all = with_subject(mail, all);
    drop_retracted(mail, &mut all);
    drop_abstaining(mail, &mut all);
    let of = |deed: Deed| -> Vec<Act> {
        all.iter()
            .filter(|a| a.deed == deed && a.mood != Mood::Asking)
            .cloned()
            .collect()
    };
    let mut register = of(Deed::Register);
    let quit = of(Deed::Quit);
    let not_come = of(Deed::NotCome);
    let replace: Vec<Act> = of(Deed::Replace);
    let update = of(Deed::Update);
    let keep = of(Deed::Keep);
    drop_weak(mail, &mut register, cues);
    let leaving: Vec<Act> = quit.iter().chain(&not_come).cloned().collect();
    let hedged_leaving = leaving
        .iter()
        .all(|a| a.mood == Mood::Hedged || a.mood == Mood::Conditional);
    if quit.is_empty()
        && register
            .iter()
            .any(|a| a.cue == Cue::Enrol && a.mood == Mood::Conditional)
    {
        // « retenez-moi une place sous réserve que …, sans quoi je ne pourrai pas venir »
        return enter(mail, all, register);
    }
    if !leaving.is_empty() && !hedged_leaving {
        // « et, si le cycle est reconduit, de me garder une place »
        register.retain(|a| a.mood != Mood::Conditional && !a.weak);
    }
    if leaving.is_empty() && (speaks_otherwise(mail) || answers_about_else(mail)) {
        return nothing(mail, all, Vec::new());
    }
    if cues.has(Cue::OthersEnrol) {
        // an invitation to another's event: its own people take part there
        register.retain(|a| matches!(a.who, Who::I | Who::We) || a.cue == Cue::Yes);
    }
    register.retain(|a| !(a.foreign && a.cue == Cue::Come));
    if register.is_empty() && hedged_leaving && cues.has(Cue::Late) {
        return silent_request(mail, all, cues);
    }

    let only_names = replace.iter().all(|a| {
        matches!(mail.new.word(a.tokens.start), "c" | "ce")
            && a.tokens
                .clone()
                .all(|i| !matches!(mail.new.word(i), "lieu" | "place" | "pas"))
    });
    let stands = cues.any(&[Cue::Registered, Cue::Retract])
        || !leaving.is_empty()
        || mail
            .thread
            .iter()
            .any(|t| matches!(t.letter, Letter::Confirmation | Letter::Own));
    if !replace.is_empty() && only_names && !stands {
        // « c'est Nora Benali qui viendra »: nobody had a seat before
        let mut entering = replace;
        for act in &mut entering {
            act.deed = Deed::Register;
            act.who = Who::Others;
        }
        return enter(mail, all, entering);
    }
    if !replace.is_empty() && !is_only_update(&update, &replace) {
        return replacement(mail, all, replace, &register, &leaving, cues);
    }
    let refused = !hedged_leaving && leaving.iter().any(|a| !a.weak);
    if !update.is_empty()
        && !refused
        && (register.is_empty() || only_repeats(mail, &register, cues))
        && quit.is_empty()
    {
        return updating(mail, all, update);
    }
    if !register.is_empty() && !leaving.is_empty() && !hedged_leaving {
        return both(mail, all, register, quit, not_come, cues);
    }
    if !leaving.is_empty() && !hedged_leaving {
        return leave(mail, all, quit, not_come, cues);
    }
    if !register.is_empty() {
        return enter(mail, all, register);
    }
    if !keep.is_empty() || hedged_leaving && !leaving.is_empty() {
        return nothing(mail, all, vec![Doubt::NotCommitted]);
    }
    silent_request(mail, all, cues)
}

/// « oubliez mon message précédent : finalement si, merci de me réinscrire »: the mail before is taken
/// back, not the seat.
fn drop_retracted(mail: &Mail<'_>, all: &mut Vec<Act>) {
    let enters = all
        .iter()
        .any(|a| a.deed == Deed::Register && !a.weak && a.cue == Cue::Enrol);
    if enters {
        all.retain(|a| {
            let first = mail.new.word(a.tokens.start);
            a.deed != Deed::Quit
                || !(first.starts_with("oubli") || matches!(first, "ignore" | "disregard"))
        });
    }
}

/// « je n'y participe pas moi-même », "he isn't coming himself" beside others' registration: no seat is
/// given up.
fn drop_abstaining(mail: &Mail<'_>, all: &mut Vec<Act>) {
    let enters = all
        .iter()
        .any(|a| a.deed == Deed::Register && !a.weak && a.who != Who::I);
    if !enters || mail.new.all_cues().any(&[Cue::Retract, Cue::Registered]) {
        return;
    }
    all.retain(|a| {
        let himself = mail.new.clauses.get(a.clause).is_some_and(|c| {
            c.tokens.clone().any(|i| {
                matches!(
                    mail.new.word(i),
                    "meme" | "personnellement" | "myself" | "himself" | "herself"
                )
            })
        });
        a.deed != Deed::NotCome || !himself
    });
}

/// What registers without a verb: a form filled in, a list under a session's name, the answer to our
/// question, or the plea of somebody who is late.
fn silent_request(mail: &Mail<'_>, all: Vec<Act>, cues: Cues) -> Meaning {
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
        && !cues.any(&[Cue::Matter, Cue::HowTo]);
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
    let text = super::mail::head(&first.quote.text, ROLE_BYTES);
    let asked = super::clause::Cut::new(text, Vec::new(), Vec::new())
        .all_cues()
        .has(Cue::AskedBack);
    let told = !super::signature::phones_in(mail.new.text).is_empty()
        || !super::signature::phones_in(&mail.parts.signature).is_empty()
            && mail.new.tokens.len() < 8;
    let asks = mail.new.clauses.iter().any(|c| c.question);
    (asked && told && !asks && mail.new.tokens.len() < DETAILS_TOKENS)
        .then(|| meaning(Intent::Update, people::sender_only(mail), People::default()))
}

/// An answer to an invitation to speak, or one's own part in a session, asks for no seat.
fn speaks_otherwise(mail: &Mail<'_>) -> bool {
    let own = mail.new.all_cues().has(Cue::Role);
    let asked = mail.thread.first().is_some_and(|t| {
        t.letter == Letter::Negotiation && {
            let text = super::mail::head(&t.quote.text, ROLE_BYTES);
            super::clause::Cut::new(text, Vec::new(), Vec::new())
                .all_cues()
                .has(Cue::Role)
        }
    });
    asked || own && !mail.new.clauses.iter().any(|c| c.cues.has(Cue::Enrol))
}

/// As much of a letter of ours as is asked whether it invites a speaker.
const ROLE_BYTES: usize = 2_000;

/// Takes the subject's own act where the text says nothing by itself: « cf. objet ».
fn with_subject(mail: &Mail<'_>, mut all: Vec<Act>) -> Vec<Act> {
    /// A text that leaves the word to the subject is short.
    const SHORT_TOKENS: usize = 12;
    if mail.new.tokens.len() > SHORT_TOKENS
        || all.iter().any(|a| !a.weak)
        || !mail.thread.is_empty()
    {
        return all;
    }
    for mut act in acts(&mail.subject) {
        if matches!(act.deed, Deed::Quit | Deed::Register) {
            act.clause = usize::MAX;
            act.weak = act.deed == Deed::Register;
            all.push(act);
        }
    }
    all
}

/// Weak acts (a noun, a bare yes, a come-verb about nothing) count only where the thread, the subject or
/// a session named beside them make them an answer, and only where nothing stronger is said.
fn drop_weak(mail: &Mail<'_>, register: &mut Vec<Act>, cues: Cues) {
    if register.iter().any(|a| !a.weak) {
        register.retain(|a| !a.weak);
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

/// A colleague proposed something that is no session (a call, a visit): the answer is to that.
fn answers_about_else(mail: &Mail<'_>) -> bool {
    mail.thread
        .first()
        .zip(mail.quoted.first())
        .is_some_and(|(t, mentions)| {
            t.letter == Letter::Negotiation
                && !mentions
                    .iter()
                    .chain(&mail.new.mentions)
                    .any(names_a_session)
                && {
                    let text = super::mail::head(&t.quote.text, ROLE_BYTES);
                    super::clause::Cut::new(text, Vec::new(), Vec::new())
                        .all_cues()
                        .has(Cue::Foreign)
                }
        })
}

/// Named by more than a date.
pub fn names_a_session(mention: &Mention) -> bool {
    mention.ways.iter().any(|w| {
        !matches!(
            w,
            Way::Date | Way::DayOnly | Way::WeekdayOnly | Way::Month | Way::Place
        )
    })
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

fn is_only_update(update: &[Act], replace: &[Act]) -> bool {
    !update.is_empty()
        && replace
            .iter()
            .all(|r| update.iter().any(|u| u.clause == r.clause))
}

/// A registration spoken of only to say what changes in it.
fn only_repeats(mail: &Mail<'_>, register: &[Act], cues: Cues) -> bool {
    cues.any(&[Cue::Registered, Cue::Keep])
        || register.iter().all(|a| a.weak)
        || mail
            .thread
            .first()
            .is_some_and(|t| t.letter == Letter::Confirmation)
}

fn nothing(mail: &Mail<'_>, all: Vec<Act>, doubts: Vec<Doubt>) -> Meaning {
    let sessions = resolve_for(mail, &[], &[]);
    Meaning {
        intent: Intent::Other,
        acts: Vec::new(),
        all,
        people: People::default(),
        leaving: People::default(),
        sessions,
        given_up: Vec::new(),
        doubts,
    }
}

fn enter(mail: &Mail<'_>, all: Vec<Act>, register: Vec<Act>) -> Meaning {
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
    let others: Vec<usize> = other_clauses(&all, &register);
    let sessions = resolve_for(mail, &clauses(&register), &others);
    let mut leaving = People::default();
    let mut given_up = Vec::new();
    if register.iter().any(|a| a.cue == Cue::Switch) {
        leaving = people::removed(mail, &refs);
        let standing: Vec<usize> = mail
            .new
            .clauses
            .iter()
            .enumerate()
            .filter(|(_, c)| c.cues.has(Cue::Registered))
            .map(|(number, _)| number)
            .collect();
        given_up = named_in(mail, &standing);
        given_up.retain(|id| !sessions.sessions.contains(id));
    }
    Meaning {
        intent: Intent::Register,
        acts: register,
        all,
        people,
        leaving,
        sessions,
        given_up,
        doubts: Vec::new(),
    }
}

fn clauses(acts: &[Act]) -> Vec<usize> {
    acts.iter().map(|a| a.clause).collect()
}

/// Clauses that belong to acts of another kind: what they name is not meant here.
fn other_clauses(all: &[Act], mine: &[Act]) -> Vec<usize> {
    let leaves = |deed: Deed| matches!(deed, Deed::Quit | Deed::NotCome);
    all.iter()
        .filter(|a| {
            !mine.iter().any(|m| {
                m.clause == a.clause || m.deed == a.deed || leaves(m.deed) && leaves(a.deed)
            })
        })
        .map(|a| a.clause)
        .collect()
}

fn updating(mail: &Mail<'_>, all: Vec<Act>, update: Vec<Act>) -> Meaning {
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
fn leave(
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

fn replacement(
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

/// Somebody in and somebody (or the same) out.
fn both(
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
                        o.sentence == c.sentence && super::clause::inside(&n.range, &o.range)
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
    let meaning = |intent, acts, people, leaving, sessions, given_up, doubts| Meaning {
        intent,
        acts,
        all: all.clone(),
        people,
        leaving,
        sessions,
        given_up,
        doubts,
    };
    if same_person {
        if !was_in && !named_out.is_empty() {
            // « pas Zotero pour moi, mais je m'inscris à » : one refused, one taken
            return meaning(
                Intent::Register,
                register,
                coming,
                People::default(),
                in_sessions,
                Vec::new(),
                Vec::new(),
            );
        }
        let doubts = vec![Doubt::ChangeOfSession];
        return meaning(
            Intent::Register,
            register,
            coming,
            going,
            in_sessions,
            named_out,
            doubts,
        );
    }
    let sender_declines = going.sender && going.list.len() == 1
        || going.list.is_empty() && out_acts.iter().all(|a| a.who == Who::I);
    if !was_in && sender_declines && !coming.list.is_empty() && !cues.has(Cue::Retract) {
        // « pour inscription de Philippe ; moi je ne viens pas »
        return meaning(
            Intent::Register,
            register,
            coming,
            People::default(),
            in_sessions,
            Vec::new(),
            Vec::new(),
        );
    }
    let had_seat = was_in
        || cues.has(Cue::Retract)
        || mail
            .thread
            .iter()
            .any(|t| matches!(t.letter, Letter::Confirmation | Letter::Own))
        || !going.sender;
    if had_seat && named_out.is_empty() && !coming.list.is_empty() && !going.list.is_empty() {
        let mut acts = register;
        acts.extend(out_acts);
        acts.sort_by_key(|a| a.clause);
        return meaning(
            Intent::Replace,
            acts,
            coming,
            going,
            in_sessions,
            Vec::new(),
            Vec::new(),
        );
    }
    meaning(
        Intent::Register,
        register,
        coming,
        going,
        in_sessions,
        named_out,
        vec![Doubt::SeveralRequests],
    )
}

/// The sessions that some clauses name for certain.
fn named_in(mail: &Mail<'_>, clauses: &[usize]) -> Vec<SessionId> {
    let mut named = Vec::new();
    for clause in clauses.iter().filter_map(|i| mail.new.clauses.get(*i)) {
        for mention in mail.new.mentions_in(clause) {
            if let [only] = mention.sessions.as_slice()
                && !named.contains(only)
            {
                named.push(only.clone());
            }
        }
    }
    named
}

/// Weighs what the clauses of the acts, the subject, the rest and the thread say of sessions.
fn resolve_for(mail: &Mail<'_>, mine: &[usize], others: &[usize]) -> Resolution {
    let cut = &mail.new;
    let announced = cut.announced(mine);
    let mine: &[usize] = if announced.is_empty() {
        mine
    } else {
        &announced
    };
    let sentences: Vec<usize> = mine
        .iter()
        .filter_map(|i| cut.clauses.get(*i))
        .map(|c| c.sentence)
        .collect();
    let mut clause_mentions: Vec<Mention> = Vec::new();
    let mut rest: Vec<Mention> = Vec::new();
    for (number, clause) in cut.clauses.iter().enumerate() {
        let of_mine = mine.contains(&number)
            || sentences.contains(&clause.sentence)
                && !others.contains(&number)
                && !is_aside(clause);
        // a sentence whose only act is another's speaks of that one's session
        let beside = !sentences.contains(&clause.sentence)
            && others
                .iter()
                .filter_map(|o| cut.clauses.get(*o))
                .any(|o| o.sentence == clause.sentence);
        let done = super::gates::is_done(cut, clause) && !mine.contains(&number);
        let left_out = (others.contains(&number) || beside || done) && !mine.contains(&number);
        let bare = clause.tokens.len() <= 6 && !of_mine && clause.cues == Cues::default();
        for mention in cut.mentions_in(clause) {
            if bare && mention.ways.iter().all(|w| *w == Way::Place) {
                // « CCAS de Vaudrelle » below the text
                continue;
            }
            if is_of_another_event(clause, mention) && !mine.contains(&number) {
                continue;
            }
            if of_mine && !done {
                clause_mentions.push(mention.clone());
            } else if !left_out && !is_aside(clause) {
                rest.push(mention.clone());
            }
        }
    }
    let mut pieces = vec![
        Piece {
            source: Source::Clause,
            mentions: clause_mentions,
        },
        Piece {
            source: Source::Subject,
            mentions: mail.subject.mentions.clone(),
        },
        Piece {
            source: Source::NewText,
            mentions: rest,
        },
    ];
    for (threaded, mentions) in mail.thread.iter().zip(&mail.quoted) {
        let source = match threaded.letter {
            Letter::Announcement => Source::Announcement,
            _ => Source::Thread,
        };
        pieces.push(Piece {
            source,
            mentions: mentions.clone(),
        });
    }
    let mut resolution = resolve(&pieces, mail.context.catalogue, mail.context.received);
    let both = mine.iter().filter_map(|i| cut.clauses.get(*i)).any(|c| {
        c.hits.iter().any(|h| {
            h.cue == Cue::Choice && (h.first..h.end).any(|i| matches!(cut.word(i), "deux" | "both"))
        })
    });
    if both && !resolution.certain && !resolution.contradiction && resolution.candidates.len() == 2
    {
        // « je serai là aux deux dates » of a programme of two
        resolution.sessions.clone_from(&resolution.candidates);
        resolution.certain = true;
    }
    resolution
}

/// « next board meeting Thursday 10 April » : the date is not that of a session.
fn is_of_another_event(clause: &Clause, mention: &Mention) -> bool {
    clause.cues.has(Cue::Foreign)
        && mention
            .ways
            .iter()
            .all(|w| matches!(w, Way::Date | Way::DayOnly | Way::WeekdayOnly | Way::Month))
}

/// A clause that speaks of a session only to ask or tell something else of it.
fn is_aside(clause: &Clause) -> bool {
    clause
        .cues
        .any(&[Cue::Past, Cue::Matter, Cue::HowTo, Cue::NotMe])
        && !clause.cues.any(&[Cue::Enrol, Cue::Quit, Cue::Replace])
        || clause.question && !clause.cues.has(Cue::Please)
}

/// Gives each their own session where the acts say so.
pub(super) fn assigned(mail: &Mail<'_>, meaning: &Meaning) -> Vec<Participant> {
    let mut participants = meaning.people.list.clone();
    if !meaning.given_up.is_empty() {
        for participant in &mut participants {
            participant.sessions.clone_from(&meaning.sessions.sessions);
        }
        return participants;
    }
    if participants.len() < 2 || meaning.sessions.sessions.len() < 2 {
        return participants;
    }
    for participant in &mut participants {
        participant.sessions = sessions_of(mail, meaning, &participant.person.name);
    }
    if participants.iter().any(|p| p.sessions.is_empty()) {
        for participant in &mut participants {
            participant.sessions.clear();
        }
        return participants;
    }
    let all_same = participants
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.sessions == b.sessions));
    if all_same {
        for participant in &mut participants {
            participant.sessions.clear();
        }
    }
    participants
}

/// The sessions named in the clauses of one person: where the name stands, or, for the sender, where
/// the act speaks in the first person.
fn sessions_of(mail: &Mail<'_>, meaning: &Meaning, name: &str) -> Vec<SessionId> {
    let cut = &mail.new;
    let sender = people::same(name, &mail.sender.name);
    let mut theirs: Vec<usize> = Vec::new();
    for (number, clause) in cut.clauses.iter().enumerate() {
        let named = people::names_in_clause(mail, clause)
            .iter()
            .any(|n| people::same(n, name));
        let mine = sender
            && meaning
                .acts
                .iter()
                .any(|a| a.clause == number && a.who == Who::I);
        if !named && !mine {
            continue;
        }
        if cut.mentions_in(clause).next().is_some() {
            theirs.push(number);
        } else if named {
            // « stage du 16 : A et B »
            let line = cut.clauses.iter().enumerate().filter(|(_, c)| {
                c.sentence == clause.sentence && cut.mentions_in(c).next().is_some()
            });
            theirs.extend(line.map(|(number, _)| number));
        }
    }
    named_in(mail, &theirs)
}

/// Whether the human has something to answer as well.
fn question(mail: &Mail<'_>, meaning: &Meaning, doubts: &[Doubt]) -> bool {
    let acting: Vec<usize> = meaning
        .acts
        .iter()
        .filter_map(|a| mail.new.clauses.get(a.clause))
        .map(|c| c.sentence)
        .collect();
    /// « C'est bon comme ça ? » asks for the answer that comes anyway.
    const SHORT_TOKENS: usize = 6;
    let asked = mail.new.clauses.iter().any(|c| {
        let own = acting.contains(&c.sentence);
        let polite = own
            && meaning.acts.iter().any(|a| {
                mail.new
                    .clauses
                    .get(a.clause)
                    .is_some_and(|ac| ac.sentence == c.sentence)
                    && a.mood != Mood::Conditional
            });
        let courtesy = c.tokens.len() < SHORT_TOKENS && mail.new.mentions_in(c).next().is_none();
        c.question && !polite && !courtesy
            || c.cues.has(Cue::Asks) && c.cues.any(&[Cue::Matter, Cue::Access]) && !own
            || access(mail, c)
    });
    let subject_asks = mail.new.clauses.iter().any(|c| {
        c.hits.iter().any(|h| {
            h.cue == Cue::Asks
                && (h.first..h.end).any(|i| {
                    let word = mail.new.word(i);
                    word.starts_with("expliqu") || matches!(word, "savoir" | "wonder" | "wondering")
                })
        })
    });
    asked
        || subject_asks
        || doubts
            .iter()
            .any(|d| matches!(d, Doubt::Eligibility | Doubt::LatePlea))
}

/// A need of access, not the topic of a session.
pub fn access(mail: &Mail<'_>, clause: &Clause) -> bool {
    clause.hits.iter().any(|hit| {
        hit.cue == Cue::Access && {
            let bytes = mail.new.bytes(hit.first..hit.end);
            !mail
                .new
                .mentions
                .iter()
                .any(|m| super::clause::inside(&bytes, &m.range))
        }
    })
}

fn language(mail: &Mail<'_>) -> Language {
    mail.new
        .language()
        .or_else(|| mail.subject.language())
        .unwrap_or_default()
}

/// Wishes that belong to the registration, in the mail's words.
fn remarks(mail: &Mail<'_>, meaning: &Meaning) -> Vec<String> {
    if !matches!(
        meaning.intent,
        Intent::Register | Intent::Replace | Intent::Update
    ) {
        return Vec::new();
    }
    let mut remarks: Vec<String> = Vec::new();
    for clause in &mail.new.clauses {
        if clause.cues.has(Cue::Wish) || access(mail, clause) {
            let quote = one_line(mail.new.quote(clause));
            let label_only = clause.tokens.len() < 2 && !clause.cues.has(Cue::Access) && {
                let word = mail.new.word(clause.tokens.start);
                matches!(word, "repas" | "regime" | "lunch" | "diet" | "hebergement")
            };
            if !label_only && !remarks.contains(&quote) {
                remarks.push(quote);
            }
        }
    }
    remarks
}

/// Makes one line of a quote.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words each claim rests on: the clause of the act without a reason beside it.
fn evidence(mail: &Mail<'_>, meaning: &Meaning, participants: &[Participant]) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let mut add = |claim: &str, quote: String| {
        let entry = Evidence {
            claim: claim.to_owned(),
            quote,
        };
        if !entry.quote.is_empty() && !evidence.contains(&entry) {
            evidence.push(entry);
        }
    };
    for act in &meaning.acts {
        add("intent", act_quote(mail, act));
    }
    for quote in &meaning.sessions.quotes {
        add("session", one_line(quote));
    }
    for participant in participants {
        let name = &participant.person.name;
        let found = mail
            .new
            .names
            .iter()
            .find(|n| people::same(&n.name, name))
            .and_then(|n| mail.new.text.get(n.range.clone()));
        if let Some(quote) = found {
            add("person", one_line(quote));
        }
    }
    for clause in &mail.new.clauses {
        if clause.cues.has(Cue::Condition)
            && !clause.cues.has(Cue::Harmless)
            && meaning.intent != Intent::Other
        {
            add("condition", one_line(mail.new.quote(clause)));
        }
    }
    for clause in &mail.new.clauses {
        let matter = clause.cues.has(Cue::Asks) && clause.cues.has(Cue::Matter);
        if clause.question || matter || access(mail, clause) {
            add("question", one_line(mail.new.quote(clause)));
        }
    }
    evidence
}

/// The words of an act, cut where a reason begins, so that no illness or quarrel is quoted.
fn act_quote(mail: &Mail<'_>, act: &Act) -> String {
    let cut = &mail.new;
    let Some(clause) = cut.clauses.get(act.clause) else {
        return one_line(mail.subject.text);
    };
    let mut first = clause.tokens.start;
    let mut end = clause.tokens.end;
    for hit in clause.hits.iter().filter(|h| h.cue == Cue::Reason) {
        if hit.first >= act.tokens.end {
            end = end.min(hit.first);
        } else if hit.first < act.tokens.start {
            // « suite à un problème de santé je suis contrainte d'annuler »
            let subject = (hit.end..act.tokens.start).rev().find(|i| {
                matches!(
                    cut.word(*i),
                    "je" | "j" | "nous" | "on" | "i" | "we" | "il" | "elle"
                )
            });
            first = first.max(subject.unwrap_or(act.tokens.start));
        }
    }
    one_line(cut.text.get(cut.bytes(first..end)).unwrap_or_default())
}

/// Numbers by which a short answer chooses from a list.
fn choices(mail: &Mail<'_>) -> Vec<usize> {
    /// An answer that chooses by number is short.
    const SHORT_TOKENS: usize = 14;
    if mail.new.tokens.len() > SHORT_TOKENS || !mail.new.all_cues().has(Cue::Choice) {
        return Vec::new();
    }
    let mut choices = Vec::new();
    for clause in &mail.new.clauses {
        for hit in clause.hits.iter().filter(|h| h.cue == Cue::Choice) {
            for i in hit.first..hit.end {
                let number = match cut_ordinal(mail.new.word(i)) {
                    Some(number) => number,
                    None => continue,
                };
                if !choices.contains(&number) {
                    choices.push(number);
                }
            }
        }
    }
    choices
}

fn cut_ordinal(word: &str) -> Option<usize> {
    match word {
        "premiere" | "premier" | "first" => Some(1),
        "deuxieme" | "seconde" | "second" => Some(2),
        "troisieme" | "third" => Some(3),
        "quatrieme" | "fourth" => Some(4),
        word => {
            let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok().filter(|n| (1..=12).contains(n))
        }
    }
}

/// A sign of a session, a registration or a registered person.
fn concerns_us(mail: &Mail<'_>, meaning: &Meaning, cues: Cues) -> bool {
    let named = mail
        .new
        .mentions
        .iter()
        .chain(&mail.subject.mentions)
        .any(Mention::is_plain);
    let threaded = mail
        .thread
        .iter()
        .any(|t| !matches!(t.letter, Letter::Own | Letter::Others));
    let speaks = cues.any(&[
        Cue::Registered,
        Cue::Enrol,
        Cue::HowTo,
        Cue::QuitNoun,
        Cue::EnrolNoun,
    ]);
    meaning.intent != Intent::Other || named || threaded || speaks
}
