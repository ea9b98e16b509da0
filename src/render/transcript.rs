//! The answer to the organiser's word: order by order, what was done and who was told.

use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::error::RenderError;
use super::templates::{Templates, Whose};
use super::{folder, three};
use crate::core::decision::organiser::{Deed, Line, Recipient, Transcript, Trouble};
use crate::core::delivery::Rendered;
use crate::core::entry::Hold;
use crate::core::reading::Language;
use crate::core::words_of::status_word;

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
        deeds.push(match language {
            Language::Fr => format!("Pour le faire quand même, répondez « {number} oui »."),
            Language::En => format!("To do it all the same, reply \"{number} yes\"."),
        });
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
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let joined = words.split_whitespace().collect::<Vec<_>>().join(" ");
    joined
        .chars()
        .filter(shown)
        .take(WORDS_CHARS_MAX)
        .collect::<String>()
}

fn changes_a_seat(deed: &Deed) -> bool {
    matches!(
        deed,
        Deed::Became { .. } | Deed::Moved { .. } | Deed::Replaced { .. }
    )
}

fn told(recipients: &[Recipient], changed: bool, language: Language) -> String {
    if recipients.is_empty() {
        return match (changed, language) {
            (false, _) => String::new(),
            (true, Language::Fr) => "Personne n'a été prévenu.".to_owned(),
            (true, Language::En) => "Nobody was told.".to_owned(),
        };
    }
    let each = recipients.iter().map(|recipient| match recipient.hold {
        None => recipient.address.clone(),
        Some(hold) => format!("{} ({})", recipient.address, held(hold, language)),
    });
    let list = each.collect::<Vec<_>>().join(", ");
    match language {
        Language::Fr => format!("Message à : {list}."),
        Language::En => format!("Told: {list}."),
    }
}

fn held(hold: Hold, language: Language) -> &'static str {
    match (hold, language) {
        (Hold::Shadow, Language::Fr) => "retenu : mode d'essai",
        (Hold::Paused, Language::Fr) => "retenu : en pause",
        (_, Language::Fr) => "retenu",
        (Hold::Shadow, Language::En) => "held: shadow mode",
        (Hold::Paused, Language::En) => "held: paused",
        (_, Language::En) => "held",
    }
}

fn sentence(deed: &Deed, language: Language) -> String {
    match language {
        Language::Fr => in_french(deed),
        Language::En => in_english(deed),
    }
}

fn in_french(deed: &Deed) -> String {
    match deed {
        Deed::Became {
            name,
            session,
            status,
        } => format!("{name}, {session} : {}.", status_word(*status, Language::Fr)),
        Deed::Moved { name, from, to } => format!("{name} passe de {from} à {to}."),
        Deed::Replaced { old, new, session } => {
            format!("{new} prend la place de {old} à {session}.")
        }
        Deed::Settled => "C'est réglé, rien n'est écrit.".to_owned(),
        Deed::Taken => "Noté, vous vous en occupez.".to_owned(),
        Deed::Noted { name } => format!("Note ajoutée pour {name}."),
        Deed::Capacity {
            session,
            seats,
            taken,
        } => format!("{session} : {seats} places, dont {taken} prises."),
        Deed::SessionAccepted { session } => {
            format!("{session} : les nouvelles données sont acceptées.")
        }
        Deed::Paused => {
            "Pause : les réponses attendent, les inscriptions continuent d'être notées. « reprise » les envoie.".to_owned()
        }
        Deed::Resumed => "Reprise : les réponses partent.".to_owned(),
        Deed::Nothing(trouble) => trouble_in_french(trouble),
    }
}

fn trouble_in_french(trouble: &Trouble) -> String {
    match trouble {
        Trouble::NotUnderstood => "Pas compris, rien n'a été fait.".to_owned(),
        Trouble::Stopped => {
            "Trop de lignes n'ont pas été comprises : la suite n'a pas été lue.".to_owned()
        }
        Trouble::NoSuchItem => {
            "Ce numéro n'est pas dans le compte rendu, rien n'a été fait.".to_owned()
        }
        Trouble::NothingToAccept => {
            "Il n'y a rien ici que « oui » puisse décider : dites-le avec un nom et une session (« ajoute … à … »).".to_owned()
        }
        Trouble::Nobody { name } => format!("Personne de ce nom ou de ce numéro : {name}."),
        Trouble::Several { which } => format!("Plusieurs possibilités, dites le numéro : {}.", choices(which)),
        Trouble::NoPerson => "Il manque de qui il s'agit, rien n'a été fait.".to_owned(),
        Trouble::NoSession => {
            "Il manque la session, rien n'a été fait : répondez par exemple « 1 oui » suivi du nom de la session.".to_owned()
        }
        Trouble::UnknownSession { session } => format!("Aucune session ne s'appelle {session}."),
        Trouble::Full {
            session,
            seats,
            taken,
            people,
        } => format!(
            "{session} est complète ({taken} places prises sur {seats}) : rien n'a été fait pour {}.",
            people.join(", ")
        ),
        Trouble::Namesake { name, registration } => format!(
            "{name} est déjà dans la liste ({registration}) : rien n'a été fait. Est-ce une autre personne ?"
        ),
        Trouble::Past { session } => {
            format!("{session} est passée ou annulée : rien n'a été fait.")
        }
        Trouble::NotPossible { name } => {
            format!("Ce n'est pas possible pour {name} dans son état actuel, rien n'a été fait.")
        }
    }
}

fn in_english(deed: &Deed) -> String {
    match deed {
        Deed::Became {
            name,
            session,
            status,
        } => format!("{name}, {session}: {}.", status_word(*status, Language::En)),
        Deed::Moved { name, from, to } => format!("{name} moves from {from} to {to}."),
        Deed::Replaced { old, new, session } => {
            format!("{new} takes the seat of {old} in {session}.")
        }
        Deed::Settled => "Settled, nothing is written.".to_owned(),
        Deed::Taken => "Noted, it is yours.".to_owned(),
        Deed::Noted { name } => format!("Note kept for {name}."),
        Deed::Capacity {
            session,
            seats,
            taken,
        } => format!("{session}: {seats} seats, {taken} of them taken."),
        Deed::SessionAccepted { session } => format!("{session}: the new facts are accepted."),
        Deed::Paused => {
            "Paused: answers wait, registrations go on. \"resume\" sends them.".to_owned()
        }
        Deed::Resumed => "Resumed: answers are sent.".to_owned(),
        Deed::Nothing(trouble) => trouble_in_english(trouble),
    }
}

fn trouble_in_english(trouble: &Trouble) -> String {
    match trouble {
        Trouble::NotUnderstood => "Not understood, nothing was done.".to_owned(),
        Trouble::Stopped => "Too many lines were not understood: the rest was not read.".to_owned(),
        Trouble::NoSuchItem => "The digest has no such number, nothing was done.".to_owned(),
        Trouble::NothingToAccept => {
            "There is nothing here that a yes can decide: say it with a name and a session (\"add … to …\").".to_owned()
        }
        Trouble::Nobody { name } => format!("Nobody of that name or number: {name}."),
        Trouble::Several { which } => format!("Several fit, say the number: {}.", choices(which)),
        Trouble::NoPerson => "Who is meant is missing, nothing was done.".to_owned(),
        Trouble::NoSession => {
            "The session is missing, nothing was done: reply \"1 yes\" followed by the session.".to_owned()
        }
        Trouble::UnknownSession { session } => format!("No session is called {session}."),
        Trouble::Full {
            session,
            seats,
            taken,
            people,
        } => format!(
            "{session} is full ({taken} of {seats} seats taken): nothing was done for {}.",
            people.join(", ")
        ),
        Trouble::Namesake { name, registration } => format!(
            "{name} is on the list already ({registration}): nothing was done. Is this another person?"
        ),
        Trouble::Past { session } => {
            format!("{session} is over or cancelled: nothing was done.")
        }
        Trouble::NotPossible { name } => {
            format!("Not possible for {name} as things stand, nothing was done.")
        }
    }
}

fn choices(
    which: &[(
        crate::core::roll::RegistrationId,
        String,
        crate::core::catalogue::SessionId,
    )],
) -> String {
    let each = which
        .iter()
        .map(|(id, name, session)| format!("{id} {name} ({session})"));
    each.collect::<Vec<_>>().join(", ")
}
