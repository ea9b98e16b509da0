//! The answer to the organiser's word: order by order, what was done and who was told.

use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::day::cut_at_word;
use super::error::RenderError;
use super::names::safe_text;
use super::templates::{Templates, Whose};
use super::{folder, three};
use crate::core::catalogue::SessionId;
use crate::core::decision::organiser::{Deed, Line, Recipient, Transcript, Trouble};
use crate::core::delivery::Rendered;
use crate::core::entry::Hold;
use crate::core::reading::Language;
use crate::core::roll::RegistrationId;
use crate::core::words_of::status_word;

/// Says it in one language or the other.
macro_rules! say {
    ($language:expr, $french:literal, $english:literal $(,)?) => {
        match $language {
            Language::Fr => format!($french),
            Language::En => format!($english),
        }
    };
}

/// Longest quotation of an order.
const WORDS_CHARS_MAX: usize = 300;

#[derive(Debug, Serialize)]
struct View {
    subject: String,
    organisation: String,
    lines: Vec<LineView>,
    asks: bool,
}

#[derive(Debug, Serialize)]
struct LineView {
    words: String,
    deeds: Vec<String>,
    told: String,
    tone: &'static str,
}

/// Gives a transcript in words.
pub(super) fn render(
    templates: &Templates,
    transcript: &Transcript,
    whose: Whose,
) -> Result<Rendered, RenderError> {
    let language = transcript.language;
    let view = View {
        subject: one_line(&transcript.subject),
        organisation: transcript.organisation.clone(),
        lines: transcript
            .lines
            .iter()
            .map(|line| view_of(line, language))
            .collect(),
        asks: transcript.lines.iter().any(|line| line.asks.is_some()),
    };
    let context = context! {
        lang => folder(language),
        t => Value::from(Serde(&view)),
    };
    three(templates, language, "transcript", &context, whose)
}

/// Gives what an order came to in sentences: what was done, then who is told.
pub fn line_in_words(line: &Line, language: Language) -> Vec<String> {
    let view = view_of(line, language);
    let told = Some(view.told).filter(|told| !told.is_empty());
    view.deeds.into_iter().chain(told).collect()
}

fn view_of(line: &Line, language: Language) -> LineView {
    let failed = line
        .deeds
        .iter()
        .any(|deed| matches!(deed, Deed::Nothing(_)));
    let mut deeds: Vec<String> = line
        .deeds
        .iter()
        .map(|deed| sentence(deed, language))
        .collect();
    if let Some(number) = line.asks {
        deeds.push(say!(
            language,
            "Pour le faire quand même, répondez « {number} oui ».",
            "To do it all the same, reply \"{number} yes\"."
        ));
    }
    let changed = line.deeds.iter().any(changes_a_seat);
    LineView {
        words: one_line(&line.words),
        deeds,
        told: told(&line.told, changed, language),
        tone: match (line.asks, failed) {
            (Some(_), _) => "ask",
            (None, true) => "alarm",
            (None, false) => "good",
        },
    }
}

/// One line without marks that could lead a reader astray, cut to a sensible length.
fn one_line(words: &str) -> String {
    cut_at_word(&safe_text(words), WORDS_CHARS_MAX)
}

fn changes_a_seat(deed: &Deed) -> bool {
    matches!(
        deed,
        Deed::Became { .. } | Deed::Moved { .. } | Deed::Replaced { .. }
    )
}

fn told(recipients: &[Recipient], changed: bool, language: Language) -> String {
    if recipients.is_empty() && !changed {
        return String::new();
    }
    if recipients.is_empty() {
        return say!(language, "Personne n'a été prévenu.", "Nobody was told.");
    }
    let each = recipients.iter().map(|recipient| match recipient.hold {
        None => recipient.address.clone(),
        Some(hold) => format!("{} ({})", recipient.address, held(hold, language)),
    });
    let list = each.collect::<Vec<_>>().join(", ");
    say!(language, "Message à : {list}.", "Told: {list}.")
}

fn held(hold: Hold, language: Language) -> String {
    match hold {
        Hold::Shadow => say!(language, "retenu : mode d'essai", "held: shadow mode"),
        Hold::Paused => say!(language, "retenu : en pause", "held: paused"),
        _ => say!(language, "retenu", "held"),
    }
}

/// What was done.
fn sentence(deed: &Deed, language: Language) -> String {
    match deed {
        Deed::Became {
            name,
            session,
            status,
        } => {
            let word = status_word(*status, language);
            say!(
                language,
                "{name}, {session} : {word}.",
                "{name}, {session}: {word}."
            )
        }
        Deed::Moved { name, from, to } => say!(
            language,
            "{name} passe de {from} à {to}.",
            "{name} moves from {from} to {to}."
        ),
        Deed::Replaced { old, new, session } => say!(
            language,
            "{new} prend la place de {old} à {session}.",
            "{new} takes the seat of {old} in {session}."
        ),
        Deed::Settled => say!(
            language,
            "C'est réglé, rien n'est écrit.",
            "Settled, nothing is written."
        ),
        Deed::Taken => say!(
            language,
            "Noté, vous vous en occupez.",
            "Noted, it is yours."
        ),
        Deed::Noted { name } => say!(
            language,
            "Note ajoutée pour {name}.",
            "Note kept for {name}."
        ),
        Deed::Capacity {
            session,
            seats,
            taken,
        } => say!(
            language,
            "{session} : {seats} places, dont {taken} prises.",
            "{session}: {seats} seats, {taken} of them taken."
        ),
        Deed::SessionAccepted { session } => say!(
            language,
            "{session} : les nouvelles données sont acceptées.",
            "{session}: the new facts are accepted."
        ),
        Deed::Paused => say!(
            language,
            "Pause : les réponses attendent, les inscriptions continuent d'être notées. « reprise » les envoie.",
            "Paused: answers wait, registrations go on. \"resume\" sends them."
        ),
        Deed::Resumed => say!(
            language,
            "Reprise : les réponses partent.",
            "Resumed: answers are sent."
        ),
        Deed::Nothing(trouble) => why_not(trouble, language),
    }
}

/// Why nothing was done.
fn why_not(trouble: &Trouble, language: Language) -> String {
    match trouble {
        Trouble::NotUnderstood => say!(
            language,
            "Pas compris, rien n'a été fait.",
            "Not understood, nothing was done."
        ),
        Trouble::Stopped => say!(
            language,
            "Trop de lignes n'ont pas été comprises : la suite n'a pas été lue.",
            "Too many lines were not understood: the rest was not read."
        ),
        Trouble::NoSuchItem => say!(
            language,
            "Ce numéro n'est pas dans le compte rendu, rien n'a été fait.",
            "The digest has no such number, nothing was done."
        ),
        Trouble::NothingToAccept => say!(
            language,
            "Il n'y a rien ici que « oui » puisse décider : dites-le avec un nom et une session (« ajoute … à … »).",
            "There is nothing here that a yes can decide: say it with a name and a session (\"add … to …\")."
        ),
        Trouble::Nobody { name } => say!(
            language,
            "Personne de ce nom ou de ce numéro : {name}.",
            "Nobody of that name or number: {name}."
        ),
        Trouble::Several { which } => {
            let choices = choices(which);
            say!(
                language,
                "Plusieurs possibilités, dites le numéro : {choices}.",
                "Several fit, say the number: {choices}."
            )
        }
        Trouble::NoPerson => say!(
            language,
            "Il manque de qui il s'agit, rien n'a été fait.",
            "Who is meant is missing, nothing was done."
        ),
        Trouble::NoSession => say!(
            language,
            "Il manque la session, rien n'a été fait : répondez par exemple « 1 oui » suivi du nom de la session.",
            "The session is missing, nothing was done: reply \"1 yes\" followed by the session."
        ),
        Trouble::UnknownSession { session } => say!(
            language,
            "Aucune session ne s'appelle {session}.",
            "No session is called {session}."
        ),
        Trouble::Full {
            session,
            seats,
            taken,
            people,
        } => {
            let people = people.join(", ");
            say!(
                language,
                "{session} est complète ({taken} places prises sur {seats}) : rien n'a été fait pour {people}.",
                "{session} is full ({taken} of {seats} seats taken): nothing was done for {people}."
            )
        }
        Trouble::Namesake { name, registration } => say!(
            language,
            "{name} est déjà dans la liste ({registration}) : rien n'a été fait. Est-ce une autre personne ?",
            "{name} is on the list already ({registration}): nothing was done. Is this another person?"
        ),
        Trouble::Past { session } => say!(
            language,
            "{session} est passée ou annulée : rien n'a été fait.",
            "{session} is over or cancelled: nothing was done."
        ),
        Trouble::NotPossible { name } => say!(
            language,
            "Ce n'est pas possible pour {name} dans son état actuel, rien n'a été fait.",
            "Not possible for {name} as things stand, nothing was done."
        ),
    }
}

fn choices(which: &[(RegistrationId, String, SessionId)]) -> String {
    let each = which
        .iter()
        .map(|(id, name, session)| format!("{id} {name} ({session})"));
    each.collect::<Vec<_>>().join(", ")
}
