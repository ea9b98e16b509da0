//! What the new text answers that is no session of ours, and whose mail is taken back.

use super::super::acts::{Act, Deed, Who, acts};
use super::super::mail::Mail;
use super::super::thread::Letter;
use super::ROLE_BYTES;
use super::where_to::names_a_session;
use crate::core::lexicon::Cue;

/// « oubliez mon message précédent : finalement si, merci de me réinscrire »: the mail before is taken
/// back, not the seat.
pub(super) fn drop_retracted(mail: &Mail<'_>, all: &mut Vec<Act>) {
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
pub(super) fn drop_abstaining(mail: &Mail<'_>, all: &mut Vec<Act>) {
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

/// An answer to an invitation to speak, or one's own part in a session, asks for no seat.
pub(super) fn speaks_otherwise(mail: &Mail<'_>) -> bool {
    let own = mail.new.all_cues().has(Cue::Role);
    let asked = mail.thread.first().is_some_and(|t| {
        t.letter == Letter::Negotiation && {
            let text = super::super::mail::head(&t.quote.text, ROLE_BYTES);
            super::super::clause::Cut::new(text, Vec::new(), Vec::new())
                .all_cues()
                .has(Cue::Role)
        }
    });
    asked || own && !mail.new.clauses.iter().any(|c| c.cues.has(Cue::Enrol))
}

/// Takes the subject's own act where the text says nothing by itself: « cf. objet ».
pub(super) fn with_subject(mail: &Mail<'_>, mut all: Vec<Act>) -> Vec<Act> {
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

/// A colleague proposed something that is no session (a call, a visit): the answer is to that.
pub(super) fn answers_about_else(mail: &Mail<'_>) -> bool {
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
                    let text = super::super::mail::head(&t.quote.text, ROLE_BYTES);
                    super::super::clause::Cut::new(text, Vec::new(), Vec::new())
                        .all_cues()
                        .has(Cue::Foreign)
                }
        })
}
