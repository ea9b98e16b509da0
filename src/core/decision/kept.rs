//! An answer that also says what is kept: « Celle du 24 mai. Je viens bien au stage du 16. »
//!
//! Asked which of their registrations they give up, people name the one that stays as well; taken for
//! the one that goes, it would cost them the wrong seat. So the answer is taken piece by piece.

use crate::core::catalogue::SessionId;
use crate::core::person::fold;
use crate::core::reading::{Context, read};
use crate::core::unquote::unquote;

use super::working::Working;

/// Words by which somebody says that they come, or keep their seat; folded, whole words.
const KEEPING: &[&str] = &[
    "je viens",
    "je viendrai",
    "je garde",
    "je conserve",
    "je maintiens",
    "je participe",
    "je participerai",
    "je serai la",
    "je serai bien",
    "j y serai",
    "je reste",
    "je souhaite garder",
    "je souhaite conserver",
    "je voudrais garder",
    "merci de garder",
    "merci de conserver",
    "merci de maintenir",
    "nous gardons",
    "nous venons",
    "nous viendrons",
    "i keep",
    "i ll keep",
    "i will keep",
    "i m keeping",
    "i am keeping",
    "i d like to keep",
    "i would like to keep",
    "please keep",
    "i come",
    "i ll come",
    "i will come",
    "i ll still",
    "i will still",
    "i m still",
    "i am still",
    "i m coming",
    "i am coming",
    "i ll be there",
    "i will be there",
    "i ll be at",
    "i will be at",
    "i ll attend",
    "i will attend",
    "we keep",
    "we ll keep",
    "we will keep",
    "we re keeping",
    "we ll still",
    "we will still",
    "we re coming",
];

/// Gives the options that an answer gives up where it says as well what it keeps; `None` if it says
/// nothing of keeping. Empty if it stays unclear.
pub(super) fn given_up(working: &Working<'_>, options: &[SessionId]) -> Option<Vec<SessionId>> {
    let text = unquote(&working.mail.message.text).new;
    let pieces = pieces(&text);
    if !pieces.iter().any(|piece| keeps(piece)) {
        return None;
    }
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    for piece in &pieces {
        let list = if keeps(piece) { &mut kept } else { &mut gone };
        list.extend(named(working, piece, options));
    }
    for list in [&mut gone, &mut kept] {
        list.sort();
        list.dedup();
    }
    let crossed = gone.iter().any(|id| kept.contains(id));
    let others: Vec<SessionId> = options
        .iter()
        .filter(|id| !kept.contains(id))
        .cloned()
        .collect();
    Some(match (gone.len(), kept.len()) {
        _ if crossed => Vec::new(),
        (1, _) => gone,
        (0, 1) if others.len() == 1 => others, // « je garde celle du 16 », of two
        _ => Vec::new(),
    })
}

/// The options that one piece names: by what it says of the session, else by number.
fn named(working: &Working<'_>, piece: &str, options: &[SessionId]) -> Vec<SessionId> {
    let mut message = working.mail.message.clone();
    piece.clone_into(&mut message.text);
    message.subject.clear();
    let context = Context {
        catalogue: working.setting.catalogue,
        organisation: working.setting.organisation,
        received: working.mail.received,
    };
    let (_, reading) = read(&message, context);
    let named: Vec<SessionId> = options
        .iter()
        .filter(|id| reading.sessions.contains(id))
        .cloned()
        .collect();
    if named.len() == 1 && reading.session_certain {
        return named;
    }
    let by_number = reading
        .choices
        .iter()
        .filter_map(|n| options.get(n.checked_sub(1)?).cloned());
    by_number.collect()
}

/// Says whether a piece is about a seat that stays.
fn keeps(piece: &str) -> bool {
    let folded = format!(" {} ", fold(piece));
    let said = |words: &&str| folded.contains(&format!(" {words} "));
    KEEPING.iter().any(said)
}

/// The pieces of a text: sentences, and what commas part in them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // Not within a number: « le 16.05 », « 9,30 ».
        let inside =
            matches!(c, '.' | ',') && rest.peek().is_some_and(|next| !next.is_whitespace());
        if matches!(c, '.' | ',' | '!' | '?' | ';' | '\n') && !inside {
            pieces.push(String::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_its_pieces_and_some_of_them_keep() {
        let found = pieces("Celle du 24.05. Je viens bien au stage du 16, merci !\nMirabelle");
        assert_eq!(found.len(), 4);
        let kept: Vec<bool> = found.iter().map(|piece| keeps(piece)).collect();
        assert_eq!(kept, [false, true, false, false]);
        assert!(keeps("I'll still be there on 16 May"));
        assert!(!keeps("je ne viens pas") && !keeps("I won't come"));
    }
}
