//! One sentence of the organiser's → a command, if all of it is understood.

use super::people::{name, people};
use super::words::{TO_SESSION, Token, after_any, around, keys, raw, tokens, without_courtesy};
use super::{Context, session_of_id};
use crate::core::catalogue::SessionId;
use crate::core::decision::organiser::{Command, Target, Who};
use crate::core::message::Message;
use crate::core::person::Address;
use crate::core::reading::{self, Intent, Reading, read};
use crate::core::roll::RegistrationId;

/// Whom a sentence is read from, where the organiser's own words are read like a participant's mail:
/// an address that nobody has, so that « je » means nobody (RFC 2606 §2).
const NOBODY: &str = "personne@guichet.invalid";

const PAUSE: &[&str] = &[
    "pause",
    "en pause",
    "mets en pause",
    "mettre en pause",
    "hold",
    "pause all",
    "suspends",
];
const RESUME: &[&str] = &[
    "reprise",
    "reprends",
    "reprendre",
    "fin de pause",
    "fin de la pause",
    "resume",
    "continue",
];
const ADD: &[&str] = &[
    "ajoute",
    "ajouter",
    "ajoutez",
    "rajoute",
    "rajouter",
    "inscris",
    "inscrire",
    "inscrivez",
    "add",
    "register",
    "enrol",
    "enroll",
];
const CANCEL: &[&str] = &[
    "annule",
    "annuler",
    "annulez",
    "annule l inscription de",
    "annuler l inscription de",
    "annulez l inscription de",
    "desinscris",
    "desinscrire",
    "desinscrivez",
    "retire",
    "retirer",
    "retirez",
    "supprime",
    "supprimer",
    "cancel",
    "cancel the registration of",
    "cancel the seat of",
    "remove",
    "unregister",
];
const GIVES_UP: &[&str] = &[
    "ne vient plus",
    "ne vient pas",
    "ne viendra plus",
    "ne viendra pas",
    "ne viennent plus",
    "ne viendront plus",
    "ne viendront pas",
    "ne peut plus venir",
    "ne peut pas venir",
    "ne pourra plus venir",
    "ne pourra pas venir",
    "ne participe plus",
    "ne participera pas",
    "annule",
    "annule sa participation",
    "annule son inscription",
    "a annule",
    "se desiste",
    "s est desiste",
    "s est desistee",
    "est desiste",
    "is not coming",
    "is no longer coming",
    "isn t coming",
    "won t come",
    "will not come",
    "cannot come",
    "can t come",
    "can no longer come",
    "can no longer attend",
    "cannot attend",
    "is cancelling",
    "cancels",
    "has cancelled",
    "withdraws",
    "has withdrawn",
];
const REPLACE: &[&str] = &["remplace", "remplacer", "remplacez", "replace"];
const BY: &[&str] = &["par", "by", "with"];
const REPLACES: &[&str] = &[
    "remplace",
    "remplacera",
    "prend la place de",
    "a la place de",
    "vient a la place de",
    "replaces",
    "will replace",
    "takes the place of",
    "comes instead of",
    "instead of",
];
const MOVE: &[&str] = &[
    "deplace",
    "deplacer",
    "deplacez",
    "bascule",
    "basculer",
    "transfere",
    "transferer",
    "move",
    "transfer",
];
const PROMOTE: &[&str] = &[
    "promeus",
    "promouvoir",
    "promote",
    "donne une place a",
    "give a seat to",
];
const ACCEPT: &[&str] = &[
    "accepte",
    "accepter",
    "acceptez",
    "accept",
    "confirme",
    "confirmer",
    "confirm",
    "oui pour",
    "yes to",
    "yes for",
];
const REFUSE: &[&str] = &[
    "refuse", "refuser", "refusez", "reject", "non pour", "no to",
];
const CAPACITY: &[&str] = &[
    "capacite", "capacity", "places", "seats", "porte", "passe", "set",
];

/// Gives the command of a sentence.
pub(super) fn command(sentence: &str, context: Context<'_>) -> Option<Command> {
    let all = tokens(sentence);
    let words = without_courtesy(&all);
    let whole = keys(words);
    if PAUSE.contains(&whole.as_str()) {
        return Some(Command::Pause);
    }
    if RESUME.contains(&whole.as_str()) {
        return Some(Command::Resume);
    }
    note(sentence, words)
        .or_else(|| capacity(words, context))
        .or_else(|| nod(words, context))
        .or_else(|| add(words, context))
        .or_else(|| relocate(words, context))
        .or_else(|| replace(words, context))
        .or_else(|| cancel(words, context))
        .or_else(|| promote(words, context))
        .or_else(|| as_a_participant(sentence, context))
}

/// « note R12 : végétarien ».
fn note(sentence: &str, words: &[Token]) -> Option<Command> {
    let rest = after_any(words, &["note", "noter"])?;
    let (who, text) = match rest {
        [first, ..] if registration(first).is_some() => {
            let who = Who::Registration(registration(first)?);
            let text = match sentence.split_once(':') {
                Some((_, text)) => text.trim().to_owned(),
                None => raw(rest.get(1..).unwrap_or_default()),
            };
            (who, text)
        }
        _ => {
            let (head, text) = sentence.split_once(':')?;
            let head = tokens(head);
            let whose = after_any(&head, &["note pour", "note for", "note", "noter"])?;
            (
                Who::Named {
                    name: name(whose)?,
                    session: None,
                },
                text.trim().to_owned(),
            )
        }
    };
    (!text.is_empty()).then_some(Command::Note { who, text })
}

/// « capacité coop-n3 : 14 », « coop-n3 : 14 places ».
fn capacity(words: &[Token], context: Context<'_>) -> Option<Command> {
    let named = after_any(words, CAPACITY);
    let mut session = None;
    let mut seats = None;
    let mut said = named.is_some();
    for word in named.unwrap_or(words) {
        let key = word.key.as_str();
        if let Some(id) = session_of_id(key, context.catalogue) {
            session = session.xor(Some(id));
        } else if let Ok(number) = key.parse::<u32>() {
            seats = seats.xor(Some(number));
        } else if ["places", "seats", "place", "seat"].contains(&key) {
            said = true;
        } else if !TO_SESSION.contains(&key) && !["capacite", "capacity"].contains(&key) {
            return None;
        }
    }
    match (session, seats, said) {
        (Some(session), Some(seats), true) => Some(Command::Capacity {
            session,
            seats: Some(seats),
        }),
        _ => None,
    }
}

/// « accepte R12 », « refuse R12 », « accepte coop-n3 ».
fn nod(words: &[Token], context: Context<'_>) -> Option<Command> {
    if let Some([one]) = after_any(words, REFUSE) {
        let target = Target::Registration(registration(one)?);
        return Some(Command::Refuse { target });
    }
    let mut rest = after_any(words, ACCEPT)?;
    while let [first, more @ ..] = rest
        && TO_SESSION.contains(&first.key.as_str())
    {
        rest = more;
    }
    let [one] = rest else { return None };
    if let Some(id) = registration(one) {
        return Some(Command::Accept {
            target: Target::Registration(id),
            session: None,
        });
    }
    let session = session_of_id(&one.key, context.catalogue)?;
    Some(Command::AcceptSession { session })
}

/// « ajoute Anne Dupont, anne@x.example, à coop-n3 ».
fn add(words: &[Token], context: Context<'_>) -> Option<Command> {
    let rest = after_any(words, ADD)?;
    let (who, session) = session_at_end(rest, context)?;
    Some(Command::Add {
        session: session?,
        people: people(who)?,
    })
}

/// « déplace R12 à coop-n1 », « move Anne Dupont from coop-n2 to coop-n3 ».
fn relocate(words: &[Token], context: Context<'_>) -> Option<Command> {
    let rest = after_any(words, MOVE)?;
    let (rest, to) = session_at_end(rest, context)?;
    let (who, from) = session_at_end(rest, context)?;
    Some(Command::Move {
        who: whom(who, from)?,
        to: to?,
    })
}

fn replace(words: &[Token], context: Context<'_>) -> Option<Command> {
    let (rest, session) = session_at_end(words, context)?;
    let (old, new) = match after_any(rest, REPLACE) {
        Some(after) => around(after, BY)?,
        None => {
            let (new, old) = around(rest, REPLACES)?;
            (old, new)
        }
    };
    let mut newcomers = people(new)?;
    let person = newcomers.pop().filter(|_| newcomers.is_empty())?;
    Some(Command::Replace {
        who: whom(old, session)?,
        person,
    })
}

/// « Mme Dupont ne vient plus », « annule R12 ».
fn cancel(words: &[Token], context: Context<'_>) -> Option<Command> {
    let (rest, session) = session_at_end(words, context)?;
    let who = match after_any(rest, CANCEL) {
        Some(after) => after,
        None => match around(rest, GIVES_UP)? {
            (who, []) => who,
            _ => return None,
        },
    };
    Some(Command::Cancel {
        who: whom(who, session)?,
    })
}

fn promote(words: &[Token], context: Context<'_>) -> Option<Command> {
    let rest = after_any(words, PROMOTE)?;
    let (who, session) = session_at_end(rest, context)?;
    Some(Command::Promote {
        who: whom(who, session)?,
    })
}

fn whom(words: &[Token], session: Option<SessionId>) -> Option<Who> {
    if let [one] = words
        && let Some(id) = registration(one)
    {
        return Some(Who::Registration(id));
    }
    Some(Who::Named {
        name: name(words)?,
        session,
    })
}

/// `R12`.
fn registration(word: &Token) -> Option<RegistrationId> {
    let digits = word.key.strip_prefix('r')?;
    digits.parse().ok().map(RegistrationId)
}

/// Takes a session off the end: by its id, else as the mail of anybody would name it.
fn session_at_end<'t>(
    words: &'t [Token],
    context: Context<'_>,
) -> Option<(&'t [Token], Option<SessionId>)> {
    let without_links = |mut rest: &'t [Token]| {
        while let [before @ .., last] = rest
            && TO_SESSION.contains(&last.key.as_str())
        {
            rest = before;
        }
        rest
    };
    if let [before @ .., last] = words
        && let Some(session) = session_of_id(&last.key, context.catalogue)
    {
        return Some((without_links(before), Some(session)));
    }
    // « au webinaire du 12 », from the first link whose rest names exactly one session
    let links = ["a", "au", "aux", "pour", "to", "for", "in"];
    for at in 1..words.len() {
        let (before, from) = words.split_at_checked(at)?;
        let [link, named @ ..] = from else { continue };
        if !links.contains(&link.key.as_str()) || named.is_empty() {
            continue;
        }
        let reading = reading_of(&format!("Inscription {}", raw(from)), context);
        if reading.session_certain
            && let [session] = reading.sessions.as_slice()
            && name(named).is_none()
        {
            return Some((without_links(before), Some(session.clone())));
        }
    }
    Some((words, None))
}

/// Any other sentence, read like a participant's mail; only what is complete counts.
fn as_a_participant(sentence: &str, context: Context<'_>) -> Option<Command> {
    let reading = reading_of(sentence, context);
    let request = matches!(
        reading.intent,
        Intent::Register | Intent::Cancel | Intent::Replace | Intent::Update
    );
    let named = |reading: &Reading| {
        let somebody = |email: Option<&String>| email.is_none_or(|email| email != NOBODY);
        reading
            .participants
            .iter()
            .all(|p| !p.person.name.is_empty() && somebody(p.person.email.as_ref()))
    };
    let whose = match reading.intent {
        Intent::Register | Intent::Update => !reading.participants.is_empty(),
        Intent::Cancel => !reading.removed.is_empty(),
        Intent::Replace => !reading.removed.is_empty() && !reading.participants.is_empty(),
        _ => false,
    };
    let removed = reading.removed.iter().all(|name| !name.contains('@'));
    (request && reading.act && named(&reading) && whose && removed).then(|| Command::Said {
        reading: Box::new(reading),
    })
}

fn reading_of(sentence: &str, context: Context<'_>) -> Reading {
    let message = Message {
        readable: true,
        from: vec![Address {
            name: None,
            email: NOBODY.to_owned(),
        }],
        text: sentence.to_owned(),
        ..Message::default()
    };
    let (_, reading) = read(
        &message,
        reading::Context {
            catalogue: context.catalogue,
            organisation: context.organisation,
            received: context.received,
        },
    );
    reading
}
