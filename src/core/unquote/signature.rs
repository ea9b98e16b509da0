//! What stands at the end of a piece and is not its message: signature, disclaimer, what the mail
//! program added.

use super::super::person::{Address, fold};
use super::cut::is_rule;
use super::words::{begins, words};

/// Most lines of a signature.
const SIGNATURE_LINES_MAX: usize = 30;
/// Most lines of a signature that only a closing formula announces.
const UNMARKED_LINES_MAX: usize = 15;
/// Longest line of one that only a closing formula announces, in characters.
const UNMARKED_CHARS_MAX: usize = 110;
/// How far from the end a closing formula is looked for, in filled lines.
const LOOK_BACK: usize = 22;

/// A piece taken apart, each in its own order.
#[derive(Default)]
pub struct Taken<'a> {
    /// The message.
    pub text: Vec<&'a str>,
    /// The signature, without its mark.
    pub signature: Vec<&'a str>,
    /// The rest.
    pub boilerplate: Vec<&'a str>,
}

/// Takes a piece apart.
pub fn take<'a>(piece: &[&'a str], author: Option<&Address>) -> Taken<'a> {
    let mut taken = Taken::default();
    let mut rest: Vec<&'a str> = piece.to_vec();
    set_apart_paragraphs(&mut rest, &mut taken);
    set_apart_program_lines(&mut rest, &mut taken);
    if let Some(at) = mark(&rest) {
        let below = rest.split_off(at);
        taken.signature.extend(below.into_iter().skip(1));
    } else if let Some(from) = after_closing(&rest).or_else(|| signed(&rest, author?)) {
        let below = rest.split_off(from);
        let end = below
            .iter()
            .position(|line| !is_detail(line))
            .unwrap_or(below.len());
        let (signature, after) = below.split_at(end);
        taken.signature.extend(signature);
        // The house's slogans below its telephone number; a postscript stays.
        let contact = has_contact(signature);
        let begun = !signature.is_empty();
        for line in after {
            let aside = begun && is_slogan(line) || contact && !is_personal(line);
            let place = if aside {
                &mut taken.boilerplate
            } else {
                &mut rest
            };
            place.push(line);
        }
    }
    while rest
        .last()
        .is_some_and(|line| is_rule(line) && !line.trim().is_empty() || line.trim().is_empty())
    {
        rest.pop();
    }
    taken.text = rest;
    taken
}

/// Takes out disclaimers and list footers: from their first line to the end of the piece, if that
/// leaves a message; a first line of a piece is nobody's footer.
fn set_apart_paragraphs<'a>(rest: &mut Vec<&'a str>, taken: &mut Taken<'a>) {
    let start = rest.iter().enumerate().position(|(at, line)| {
        let fresh = at == 0
            || rest
                .get(at - 1)
                .is_some_and(|before| is_rule(before) || before.len() < 100);
        let lower = start_of(line);
        fresh && begins(&lower, &words().signature.disclaimers) || is_list_footer(rest, at)
    });
    if let Some(start) = start {
        let footer = rest.split_off(start);
        taken.boilerplate.extend(footer);
    }
}

/// Says whether a drawn line opens the footer that mailing lists append.
fn is_list_footer(lines: &[&str], at: usize) -> bool {
    const DRAWN_MIN: usize = 2;
    const FOOTER_LINES: usize = 4;
    let Some(line) = lines.get(at) else {
        return false;
    };
    if !(is_rule(line) && line.trim().len() >= DRAWN_MIN && line.contains(['_', '-'])) {
        return false;
    }
    let below = lines.iter().skip(at + 1).take(FOOTER_LINES);
    let mut lower = below.map(|line| start_of(line));
    lower.any(|line| {
        words()
            .signature
            .list_footers
            .iter()
            .any(|mark| line.contains(mark.as_str()))
    })
}

/// Takes out « Envoyé de mon iPhone » and the like: lines of their own, near the end.
fn set_apart_program_lines<'a>(rest: &mut Vec<&'a str>, taken: &mut Taken<'a>) {
    const NEAR_END: usize = 12;
    const PROGRAM_CHARS_MAX: usize = 120;
    let from = rest.len().saturating_sub(NEAR_END);
    let mut at = from;
    while let Some(line) = rest.get(at) {
        let lower = start_of(line.trim_start_matches(['-', '*', '_', ' ', '>', '<']));
        let short = line.chars().count() <= PROGRAM_CHARS_MAX;
        let alone = at == 0 || rest.get(at - 1).is_some_and(|before| before.len() < 70);
        if short
            && alone
            && begins(&lower, &words().signature.mobile)
            && !line.trim_end().ends_with(['?', ':'])
        {
            taken.boilerplate.push(rest.remove(at));
        } else {
            at += 1;
        }
    }
}

/// Gives the beginning of a line, lower case, with plain apostrophes.
fn start_of(line: &str) -> String {
    const CHARS: usize = 80;
    let start: String = line.trim().chars().take(CHARS).collect();
    start
        .to_lowercase()
        .replace(['’', '\u{2bc}'], "'")
        .replace('\u{a0}', " ")
        .trim_start_matches(['*', '_', '[', '"', '«', ' '])
        .to_owned()
}

/// Gives the place of the signature mark `-- ` (RFC 3676 §4.3), if what follows is short enough.
fn mark(lines: &[&str]) -> Option<usize> {
    let is_mark = |line: &&str| matches!(line.trim(), "--" | "—" | "––" | "- --" | "-—");
    let at = lines.iter().position(is_mark)?;
    let below = lines
        .iter()
        .skip(at + 1)
        .filter(|line| !line.trim().is_empty());
    (below.count() <= SIGNATURE_LINES_MAX).then_some(at)
}

/// Gives the first line after the last closing formula.
fn after_closing(lines: &[&str]) -> Option<usize> {
    let filled = lines
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, line)| !line.trim().is_empty());
    let mut first_details = None;
    for (passed, (at, line)) in filled.take(LOOK_BACK).enumerate() {
        if is_closing(line) {
            first_details = (passed > 0).then_some(at + 1);
            // An earlier « Merci » may stand above « Cordialement »; the last one counts.
            break;
        }
    }
    let from = first_details?;
    let below = lines
        .iter()
        .skip(from)
        .filter(|line| !line.trim().is_empty());
    (below.count() <= UNMARKED_LINES_MAX).then_some(from)
}

/// Gives the first line of a last paragraph that the author's name opens.
fn signed(lines: &[&str], author: &Address) -> Option<usize> {
    const NAME_WORDS_MAX: usize = 12;
    const PART_CHARS_MIN: usize = 3;
    let end = lines.iter().rposition(|line| !line.trim().is_empty())?;
    let names = fold(author.name.as_deref().unwrap_or_default());
    let is_name = |line: &&str| {
        let folded = fold(line);
        let mut named = folded
            .split(' ')
            .filter(|word| word.chars().count() >= PART_CHARS_MIN);
        line.split_whitespace().count() <= NAME_WORDS_MAX
            && named.any(|word| names.split(' ').any(|name| name == word))
    };
    // Up to two paragraphs: the name may stand apart from the structure below it.
    let mut at = end + 1;
    let mut blanks = 0;
    let mut found = None;
    while let Some(line) = at.checked_sub(1).and_then(|above| lines.get(above)) {
        at -= 1;
        if line.trim().is_empty() {
            blanks += 1;
            if found.is_some() || blanks > 2 {
                break;
            }
            continue;
        }
        if !is_detail(line) || end - at > UNMARKED_LINES_MAX {
            break;
        }
        if is_name(line) {
            found = Some(at);
        }
    }
    let from = found?;
    let above = lines
        .iter()
        .take(from)
        .rev()
        .find(|line| !line.trim().is_empty())?;
    (!above.trim_end().ends_with(':')).then_some(from)
}

/// Says whether a line is a closing formula and nothing else.
pub fn is_closing(line: &str) -> bool {
    const CHARS_MAX: usize = 120;
    const WORDS_MAX: usize = 6;
    let lower = start_of(line);
    if line.chars().count() > CHARS_MAX
        || line.trim_end().ends_with(['?', ':'])
        || !words().closes.is_match(&lower)
        || !is_mere_thanks(&lower)
    {
        return false;
    }
    let formal = [
        "veuillez",
        "je vous prie",
        "nous vous prions",
        "recevez",
        "dans l'attente",
        "dans cette attente",
        "en vous",
        "looking forward",
        "restant",
    ];
    let short = line.split_whitespace().count() <= WORDS_MAX;
    formal.iter().any(|start| lower.starts_with(start)) || short && !lower.contains(['@'])
}

/// Says whether a thanks is a closing, and not the beginning of a request.
fn is_mere_thanks(lower: &str) -> bool {
    const OPENINGS: &[&str] = &["merci", "thanks", "thank you", "best"];
    let rest = OPENINGS
        .iter()
        .find_map(|opening| lower.strip_prefix(opening));
    let Some(rest) = rest else {
        return true;
    };
    let rest =
        rest.trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation() && c != '&');
    let asks = rest.starts_with("d'") || rest.starts_with("de ");
    !asks && rest.split_whitespace().count() <= 1 || begins(rest, &words().signature.after_thanks)
}

/// Says whether a signature holds a telephone number, a page or an address.
fn has_contact(signature: &[&str]) -> bool {
    const DIGITS_MIN: usize = 9;
    signature.iter().any(|line| {
        let digits = line.chars().filter(char::is_ascii_digit).count();
        digits >= DIGITS_MIN || line.contains("www.") || line.contains("http") || line.contains('@')
    })
}

/// Says whether a line is what a house says to its readers.
fn is_slogan(line: &str) -> bool {
    begins(&start_of(line), &words().signature.slogans)
}

/// Says whether a line speaks for its writer, as a postscript does and a slogan does not.
fn is_personal(line: &str) -> bool {
    const OWN: &[&str] = &[
        "je",
        "j",
        "moi",
        "m",
        "me",
        "mon",
        "ma",
        "mes",
        "nous",
        "notre",
        "nos",
        "merci",
        "ps",
        "p.s",
        "p.s.",
        "nb",
        "n.b.",
        "i",
        "my",
        "me",
        "we",
        "our",
        "us",
        "please",
        "thanks",
        "post-scriptum",
    ];
    let lower = start_of(line);
    line.contains('?')
        || lower
            .split(|c: char| c.is_whitespace() || matches!(c, '\'' | ',' | ':' | '('))
            .any(|word| OWN.contains(&word))
}

/// Says whether a line can stand in a signature: a name, function, structure, number, address; no
/// sentence, no question, no item of a list.
fn is_detail(line: &str) -> bool {
    const TALK: &[&str] = &[
        "je",
        "j'ai",
        "j'aurai",
        "nous",
        "vous",
        "votre",
        "vos",
        "merci",
        "mon",
        "ma",
        "mes",
        "peux",
        "pouvez",
        "est-ce",
        "i",
        "i'm",
        "i'll",
        "i've",
        "we",
        "you",
        "your",
        "please",
        "could",
        "can",
        "my",
        "will",
        "ps",
        "p.s.",
        "p.s",
        "nb",
        "n.b.",
        "post-scriptum",
        "pps",
        "inscrire",
        "inscription",
        "aussi",
        "est",
        "sont",
        "sera",
        "seront",
        "serai",
        "serons",
        "viendra",
        "viendrai",
        "viendront",
        "vient",
        "viennent",
        "viens",
        "venons",
        "participe",
        "participera",
        "participerai",
        "participeront",
        "remplace",
        "remplacera",
        "souhaite",
        "souhaitons",
        "voudrait",
        "voudrais",
        "peut",
        "pourra",
        "pourrai",
        "ne",
        "pas",
        "on",
        "il",
        "elle",
        "ils",
        "elles",
        "ce",
        "cela",
        "me",
        "se",
        "is",
        "are",
        "be",
        "was",
        "he",
        "she",
        "they",
        "it",
        "comes",
        "coming",
        "attends",
        "attending",
        "would",
        "not",
        "don't",
        "can't",
        "won't",
        "should",
        "annule",
        "annuler",
        "finalement",
        "plutôt",
        "également",
    ];
    let trimmed = line.trim();
    if trimmed.is_empty() || is_rule(trimmed) {
        return true;
    }
    if trimmed.chars().count() > UNMARKED_CHARS_MAX || trimmed.ends_with(['?', '!', ';']) {
        return false;
    }
    let listed = trimmed.starts_with("- ") || trimmed.starts_with("• ");
    let lower = start_of(trimmed);
    let mut spoken = lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '(' | ')'));
    let sentence = trimmed.ends_with('.') && trimmed.split_whitespace().count() > 4;
    !listed && !sentence && !spoken.any(|word| TALK.contains(&word))
}
