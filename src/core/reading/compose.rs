//! Clauses → the mail's meaning: intent, sessions, people, and whether a robot may act on it.
//!
//! Acts of one kind are put together; acts of several kinds are weighed by who does them and for which
//! session (out of one and into another is a change, one refused and one taken is a choice, somebody out
//! and somebody in is a substitution). What is left over and could turn the meaning is a doubt.

mod elsewhere;
mod entering;
mod leaving;
mod second;
mod telling;
mod where_to;

use elsewhere::{
    answers_about_else, drop_abstaining, drop_retracted, speaks_otherwise, with_subject,
};
use entering::{drop_weak, enter, silent_request};
use leaving::{both, is_only_update, leave, only_repeats, others_leave, replacement, updating};
pub(super) use second::Second;
pub use telling::{access, one_line};
use telling::{choices, concerns_us, evidence, language, question, remarks};
pub(super) use where_to::assigned;
pub use where_to::names_a_session;
use where_to::{resolve_for, sessions};

use super::acts::{Act, Deed, Mood, Who};
use super::doubts;
use super::mail::Mail;
use super::participants::{self as people, People};
use super::session::Resolution;
use super::thread::Letter;
use super::{Doubt, Intent, Reading};
use crate::core::catalogue::SessionId;
use crate::core::lexicon::Cue;

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
    let second = Second::new(mail);
    let meaning = meaning(mail, &second);
    let cues = mail.new.all_cues();
    let mut doubts = doubts::doubts(mail, &meaning, &second, cues);
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

/// Puts the acts together.
fn meaning(mail: &Mail<'_>, second: &Second) -> Meaning {
    let mut all = mail.acts.clone();
    let cues = mail.new.all_cues();
    second.add(mail, &mut all);
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
    if !people::is_form(mail) && second.refutes(mail, &all) {
        return nothing(mail, all, Vec::new());
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
        return silent_request(mail, second, all, cues);
    }

    if others_leave(mail, &leaving, &register, cues) {
        register.clear();
        for act in all.iter_mut().filter(|a| a.deed == Deed::Register) {
            act.deed = Deed::Keep;
        }
    }
    if people::is_form(mail) && register.iter().all(|a| a.weak || a.foreign) {
        // « une nouvelle demande a été envoyée »: the fields are the request
        register.clear();
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
    silent_request(mail, second, all, cues)
}

/// As much of a letter of ours as is asked whether it invites a speaker.
const ROLE_BYTES: usize = 2_000;

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
