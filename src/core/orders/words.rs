//! The words of orders, French and English, and tokens to find them in.

use crate::core::person::fold;

/// One word of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// As written, punctuation included.
    pub(super) raw: String,
    /// Folded, without punctuation; several words for « coop-n3 ».
    pub(super) key: String,
}

/// The answer to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Do it.
    Yes,
    /// Leave it.
    No,
    /// The human does it.
    Mine,
}

/// Words between numbers, and before them.
pub(super) const NUMBER_LINKS: &[&str] = &["et", "and", "n", "numero", "point", "item"];

/// Words between a yes, a person and the session.
pub(super) const TO_SESSION: &[&str] = &[
    "a",
    "au",
    "aux",
    "pour",
    "dans",
    "sur",
    "vers",
    "to",
    "for",
    "in",
    "into",
    "from",
    "de",
    "du",
    "of",
    "la",
    "le",
    "l",
    "the",
    "session",
    "formation",
];

/// Lines that ask for nothing.
pub(super) const COURTESY: &[&str] = &[
    "bonjour",
    "bonsoir",
    "salut",
    "coucou",
    "hello",
    "hi",
    "merci",
    "merci beaucoup",
    "merci d avance",
    "cordialement",
    "bien cordialement",
    "tres cordialement",
    "bien a vous",
    "bien a toi",
    "a bientot",
    "bonne journee",
    "bonne soiree",
    "belle journee",
    "amicalement",
    "cdlt",
    "cdt",
    "thanks",
    "thank you",
    "many thanks",
    "thanks a lot",
    "regards",
    "best regards",
    "kind regards",
    "best wishes",
    "best",
    "cheers",
    "bonjour guichet",
    "hello guichet",
];

/// Words that begin an order.
const BEGINNINGS: &[&str] = &[
    "ajoute",
    "ajouter",
    "ajoutez",
    "rajoute",
    "inscris",
    "inscrire",
    "inscrivez",
    "add",
    "register",
    "enrol",
    "enroll",
    "annule",
    "annuler",
    "annulez",
    "cancel",
    "retire",
    "retirer",
    "retirez",
    "remove",
    "remplace",
    "remplacer",
    "remplacez",
    "replace",
    "deplace",
    "deplacer",
    "deplacez",
    "move",
    "bascule",
    "promeus",
    "promote",
    "note",
    "capacite",
    "capacity",
    "accepte",
    "accepter",
    "acceptez",
    "accept",
    "refuse",
    "refuser",
    "refusez",
    "pause",
    "reprise",
    "reprends",
    "resume",
];

/// Politeness before an order.
const BEFORE: &[&str] = &[
    "bonjour",
    "hello",
    "merci de",
    "merci d",
    "peux tu",
    "pourrais tu",
    "pouvez vous",
    "tu peux",
    "stp",
    "svp",
    "please",
    "can you",
    "could you",
    "il faut",
    "ok",
];

/// Beginnings of orders that are put as a question.
const AS_A_QUESTION: &[&str] = &[
    "peux tu",
    "pourrais tu",
    "pouvez vous",
    "tu peux",
    "can you",
    "could you",
];

/// Politeness after it.
const AFTER: &[&str] = &[
    "merci",
    "merci beaucoup",
    "merci d avance",
    "stp",
    "svp",
    "s il te plait",
    "s il vous plait",
    "please",
    "thanks",
    "thank you",
];

const YES: &[&str] = &[
    "oui", "ok", "d accord", "accepte", "accepter", "acceptez", "yes", "accept", "vas y", "go",
];
const NO: &[&str] = &["non", "no", "refuse", "refuser", "refusez", "reject"];
const MINE: &[&str] = &[
    "je m en occupe",
    "je m en charge",
    "m en occupe",
    "je gere",
    "je prends",
    "je reponds",
    "je lui reponds",
    "pour moi",
    "i ll take care of it",
    "i will take care of it",
    "i ll take care of this",
    "i ll take it",
    "i take it",
    "i ll handle it",
    "i will handle it",
    "i ll do it",
    "i ll deal with it",
    "i ll reply",
    "mine",
];

/// The words of a sentence.
pub(super) fn tokens(sentence: &str) -> Vec<Token> {
    let mut all: Vec<Token> = Vec::new();
    for word in sentence.split_whitespace() {
        let mut rest = word;
        // « m'en » is two words; « N'Guyen » is one.
        while let Some(at) = rest.find(['\'', '’']) {
            let (head, tail) = rest.split_at(at);
            let short = head.chars().count() <= 2 || ["qu", "jusqu"].contains(&head);
            let lower = head.chars().next().is_some_and(char::is_lowercase);
            let begins = all.is_empty();
            let mut chars = tail.chars();
            chars.next();
            if head.is_empty() || !(short && (lower || begins)) {
                break;
            }
            push(&mut all, head);
            rest = chars.as_str();
        }
        push(&mut all, rest);
    }
    all
}

fn push(all: &mut Vec<Token>, raw: &str) {
    let key = fold(raw);
    if !key.is_empty() || raw.contains('@') {
        all.push(Token {
            raw: raw.to_owned(),
            key,
        });
    }
}

/// Says whether a word begins an order.
pub(super) fn begins_order(key: &str) -> bool {
    BEGINNINGS.contains(&key) || key.chars().all(|c| c.is_ascii_digit())
}

/// The keys of tokens, as one text.
pub(super) fn keys(tokens: &[Token]) -> String {
    let keys: Vec<&str> = tokens.iter().map(|t| t.key.as_str()).collect();
    keys.join(" ")
}

/// The tokens as written.
pub(super) fn raw(tokens: &[Token]) -> String {
    let words: Vec<&str> = tokens.iter().map(|t| t.raw.as_str()).collect();
    words.join(" ")
}

/// Takes a phrase off the front.
pub(super) fn after_phrase<'t>(tokens: &'t [Token], phrase: &str) -> Option<&'t [Token]> {
    (1..=tokens.len().min(phrase.split(' ').count())).find_map(|n| {
        let (head, rest) = tokens.split_at_checked(n)?;
        (keys(head) == phrase).then_some(rest)
    })
}

/// Takes the longest of several phrases off the front.
pub(super) fn after_any<'t>(tokens: &'t [Token], phrases: &[&str]) -> Option<&'t [Token]> {
    phrases
        .iter()
        .filter_map(|phrase| after_phrase(tokens, phrase))
        .min_by_key(|rest| rest.len())
}

/// Finds the first of several phrases inside: what stands before it, and after it.
pub(super) fn around<'t>(
    tokens: &'t [Token],
    phrases: &[&str],
) -> Option<(&'t [Token], &'t [Token])> {
    (0..tokens.len()).find_map(|at| {
        let (before, from) = tokens.split_at_checked(at)?;
        after_any(from, phrases).map(|after| (before, after))
    })
}

/// Leaves out politeness before and after.
pub(super) fn without_courtesy(tokens: &[Token]) -> &[Token] {
    let mut rest = tokens;
    while let Some(after) = after_any(rest, BEFORE) {
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    loop {
        let cut = (1..rest.len()).find_map(|at| {
            let (head, tail) = rest.split_at_checked(at)?;
            AFTER.contains(&keys(tail).as_str()).then_some(head)
        });
        match cut {
            Some(head) => rest = head,
            None => return rest,
        }
    }
}

/// Says whether a sentence asks something: such a one is no order, unless it asks for one.
pub(super) fn is_question(sentence: &str, tokens: &[Token]) -> bool {
    sentence.trim_end().ends_with('?') && after_any(tokens, AS_A_QUESTION).is_none()
}

/// Takes an answer off the front.
pub(super) fn answer(tokens: &[Token]) -> Option<(Answer, &[Token])> {
    let kinds = [(MINE, Answer::Mine), (YES, Answer::Yes), (NO, Answer::No)];
    kinds
        .into_iter()
        .find_map(|(phrases, answer)| after_any(tokens, phrases).map(|rest| (answer, rest)))
}

/// Parts a line at `;` and at full stops that end a sentence: not those of « M. » or « J. ».
pub(super) fn parted(line: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for piece in line.split(';') {
        let mut current: Vec<&str> = Vec::new();
        for word in piece.split_whitespace() {
            current.push(word);
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            let address = word.contains('@');
            let title = ["mme.", "mlle.", "mrs.", "m.", "mr.", "ms.", "dr."]
                .contains(&word.to_lowercase().as_str());
            let ends = word.ends_with(['!', '?']) || (word.ends_with('.') && !title && letters > 1);
            if ends && !address {
                parts.push(std::mem::take(&mut current).join(" "));
            }
        }
        if !current.is_empty() {
            parts.push(current.join(" "));
        }
    }
    parts
}
