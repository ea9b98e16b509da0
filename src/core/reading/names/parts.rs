//! The parts of names: words put together again over hyphens and apostrophes, each with what it may be.

use std::ops::Range;

use crate::core::reading::people::{Is, Kinds, is, kinds};
use crate::core::tags::tag;
use crate::core::word_row::{Gap, Words};

/// One part of a name: « Jean-Noël », « N'Goranna », « de ».
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'t> {
    pub(super) text: &'t str,
    pub(super) range: Range<usize>,
    /// Folded; inner hyphens and apostrophes are spaces.
    pub(super) folded: String,
    pub(super) capital: bool,
    /// In capitals throughout.
    pub(super) upper: bool,
    /// What stands before it.
    pub(super) gap: Gap,
    /// Whether a full stop follows at once (« M. », « J. »).
    pub(super) stop: bool,
    pub(super) starts_line: bool,
    /// What it is as a whole, its first word, and any of its words.
    whole: Kinds,
    first: Kinds,
    any: Kinds,
}

impl Part<'_> {
    fn any_word(&self, kind: Is) -> bool {
        self.any.are(kind)
    }

    pub(super) fn is_title(&self) -> bool {
        let short = self.folded.len() <= 2;
        self.whole.are(Is::Title)
            && (!short
                || self.stop
                || self.folded == "mr"
                || self.folded == "dr"
                || self.folded == "ms")
            && self.folded != "me"
            || self.folded == "m" && self.text == "M"
    }

    /// A known given name; of a compound the first word tells (« Jean-Noël », no « Port-Lambert »).
    pub(super) fn is_given(&self) -> bool {
        self.folded
            .split(' ')
            .next()
            .is_some_and(|first| is(first, Is::Given))
    }

    pub(super) fn is_particle(&self) -> bool {
        self.whole.are(Is::Particle)
    }

    /// « J. », « A.-M. », « ML »: initials, not capitals of a family name.
    pub(super) fn is_initials(&self) -> bool {
        let letters = self.text.chars().filter(|c| c.is_alphabetic()).count();
        let single = self.folded.split(' ').all(|word| word.len() == 1);
        self.capital
            && (single && letters <= 3 && !self.is_particle_letter()
                || self.upper && letters <= 2 && !self.is_particle())
    }

    /// « O » and « d » before an apostrophe are particles.
    fn is_particle_letter(&self) -> bool {
        self.folded == "d"
    }

    /// Whether it could be a part of a name by its letters.
    pub(super) fn is_name_like(&self) -> bool {
        if !self.capital && !self.text.starts_with("d'") && !self.text.starts_with("d’") {
            return false;
        }
        if self.text.bytes().any(|b| b.is_ascii_digit()) {
            return false;
        }
        // « J'aimerais », « L'accueil », « N'oubliez »
        match self.text.split_once(['\'', '’']) {
            Some((before, after)) => {
                let elided = matches!(before, "J" | "C" | "S" | "Qu" | "T" | "M");
                let capital = after.chars().next().is_some_and(char::is_uppercase);
                // « Roc'hcongar »: a Breton « c'h » elides nothing
                let inner = before.chars().count() >= 3;
                !elided && (capital || inner || after.chars().count() == 1)
            }
            None => true,
        }
    }

    pub(super) fn is_plain_word(&self) -> bool {
        self.text.chars().all(|c| c.is_alphabetic() || c == '-')
    }

    /// A word of bodies, functions, days, greetings: no name by itself.
    pub(super) fn is_blocked(&self) -> bool {
        if self.is_particle() || self.is_title() || self.stop && self.is_initials() {
            return false;
        }
        let first = self.folded.split(' ').next().unwrap_or_default();
        let dated = tag(first);
        let a_day = dated.weekday > 0 && !dated.is(crate::core::tags::Kind::ShortWeekday);
        let listed = |kind| self.any_word(kind) && !self.is_compound();
        listed(Is::Structure)
            || listed(Is::Unit)
            || listed(Is::Function)
            || listed(Is::Never)
            || self.first.are(Is::Never) && self.is_compound()
            || a_day
            || dated.month > 0 && self.folded.len() > 3 && !self.is_given()
    }

    /// A word that is nobody's name whatever stands beside it (« Bonjour », « Objet »).
    pub(super) fn is_never(&self) -> bool {
        self.whole.are(Is::Never)
    }

    fn is_compound(&self) -> bool {
        self.folded.contains(' ')
    }

    pub(super) fn has_vowel(&self) -> bool {
        self.folded.len() > 2
            && self
                .folded
                .bytes()
                .any(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'))
    }

    pub(super) fn with_stop(&self) -> String {
        if self.stop {
            format!("{}.", self.text)
        } else {
            self.text.to_owned()
        }
    }

    /// Gives the part in ordinary capitals: « LE » → « Le », « DE » → « de », « D'HAUTECOURO » →
    /// « d'Hautecouro »; what is not in capitals stays as written.
    pub(super) fn set_right(&self) -> String {
        if self.is_initials() {
            return self.with_stop();
        }
        if !self.capital && !self.upper {
            return if self.is_particle() || self.text.contains(['\'', '’']) {
                self.text.to_owned()
            } else {
                title_case(self.text)
            };
        }
        if !self.upper {
            return self.text.to_owned();
        }
        if self.whole.are(Is::ParticleSmall) {
            return self.text.to_lowercase();
        }
        let set = title_case(self.text);
        let elided = set.strip_prefix("D'").or_else(|| set.strip_prefix("D’"));
        match elided {
            Some(rest) => format!("d'{rest}"),
            None => set,
        }
    }
}

/// Writes a word in ordinary capitals: each part a capital, except a lone letter after an apostrophe.
pub(in crate::core::reading) fn title_case(word: &str) -> String {
    let mut set = String::with_capacity(word.len());
    let mut fresh = true;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let apostrophe = matches!(c, '\'' | '’');
        if fresh {
            set.extend(c.to_uppercase());
        } else {
            set.extend(c.to_lowercase());
        }
        fresh = matches!(c, '-' | ' ' | '.') || apostrophe;
        if apostrophe {
            // « GUIVOURC'H »: nothing but one letter follows.
            let mut rest = chars.clone();
            let one = rest.next().is_some();
            if one && rest.next().is_none() {
                fresh = false;
            }
        }
    }
    set
}

/// Cuts a text into parts of names.
pub(super) fn parts_of(text: &str) -> Vec<Part<'_>> {
    let words = Words::of(text);
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mut end = at + 1;
        while end < words.len()
            && (matches!(words.gap(end), Gap::Hyphen | Gap::Apostrophe) && words.raw(end) != "s"
                || is_joined_initial(&words, end))
        {
            end += 1;
        }
        let span = words.span(at..end);
        let part_text = text.get(span.clone()).unwrap_or_default();
        let first = kinds(words.folded(at));
        let mut folded = words.folded(at).to_owned();
        let (mut any, mut whole) = (first, first);
        for i in at + 1..end {
            folded.push(' ');
            folded.push_str(words.folded(i));
            any = any.with(kinds(words.folded(i)));
        }
        if end > at + 1 {
            whole = kinds(&folded);
        }
        let letters = part_text.chars().filter(|c| c.is_alphabetic()).count();
        let bare = part_text
            .strip_prefix("d'")
            .or_else(|| part_text.strip_prefix("d’"))
            .unwrap_or(part_text);
        let upper = letters >= 2 && !bare.chars().any(char::is_lowercase);
        let previous_end = parts.last().map_or(0, |part| part.range.end);
        let between = text.get(previous_end..span.start).unwrap_or_default();
        let starts_line = at == 0 || between.contains('\n');
        let after = text.get(span.end..).unwrap_or_default();
        parts.push(Part {
            text: part_text,
            capital: words.items.get(at).is_some_and(|word| word.capital),
            upper,
            folded,
            gap: words.gap(at),
            stop: after.starts_with('.'),
            starts_line,
            range: span,
            whole,
            first,
            any,
        });
        at = end;
    }
    for at in 1..parts.len() {
        let after_short = parts
            .get(at - 1)
            .is_some_and(|part| part.stop && (part.is_title() || part.is_initials()));
        if let Some(part) = parts.get_mut(at)
            && after_short
            && part.gap == Gap::Stop
            && !part.starts_line
        {
            part.gap = Gap::Space;
        }
    }
    parts
}

/// « A.-M. »: the M belongs to the A.
fn is_joined_initial(words: &Words<'_>, at: usize) -> bool {
    let one_letter = |at: usize| words.raw(at).chars().count() == 1;
    let between = words
        .items
        .get(at)
        .zip(words.items.get(at.saturating_sub(1)))
        .and_then(|(this, before)| words.text.get(before.range.end..this.range.start));
    at > 0 && one_letter(at) && one_letter(at - 1) && matches!(between, Some(".-" | "."))
}

/// Gives the end of the run of name-like parts that begins at `at`; `at` itself if none does.
pub(super) fn run_end(parts: &[Part<'_>], at: usize) -> usize {
    let Some(first) = parts.get(at) else {
        return at;
    };
    let mut end = at;
    let starts = first.is_title() || first.is_name_like() && !first.is_blocked();
    if !starts || first.is_particle() && !first.capital {
        return at;
    }
    while let Some(part) = parts.get(end) {
        let near = end == at
            || matches!(part.gap, Gap::Space)
            || part.gap == Gap::Line && goes_over_line(parts, at, end);
        // « Appel de Mme Garnier »: a name begins at its title
        let titled = end > at
            && part.is_title()
            && part.folded.len() > 1
            && !parts.get(end.wrapping_sub(1)).is_some_and(Part::is_title);
        if titled {
            break;
        }
        let fits = part.is_title() && end == at
            || part.is_title() && parts.get(end.wrapping_sub(1)).is_some_and(Part::is_title)
            || part.is_name_like() && !part.is_blocked()
            || part.is_particle() && leads_to_name(parts, end);
        if !near || !fits {
            break;
        }
        end += 1;
    }
    end
}

/// A line shorter than this, in bytes, was ended by its writer, not by the mail program's wrapping.
const WRAPPED_FROM: usize = 45;

/// A name may be wrapped after a particle or a known given name.
fn goes_over_line(parts: &[Part<'_>], from: usize, at: usize) -> bool {
    let particle = parts
        .get(at)
        .is_some_and(|part| part.is_particle() && !part.capital);
    // a line that its writer ended goes on nowhere: « Prénom : Giulia »
    let line_start = parts
        .iter()
        .take(at)
        .rev()
        .find(|part| part.starts_line)
        .map_or(0, |part| part.range.start);
    let after_open_name = parts.get(at.wrapping_sub(1)).is_some_and(|before| {
        let alone = at - from == 1 || at - from == 2 && parts.get(from).is_some_and(Part::is_title);
        let wrapped = before.range.end >= line_start + WRAPPED_FROM;
        before.is_particle() || alone && wrapped && before.is_given() && !before.starts_line
    });
    at > from && (particle || after_open_name)
}

/// Whether particles go on to a capitalised part: « de la | Bretonnaire ».
fn leads_to_name(parts: &[Part<'_>], at: usize) -> bool {
    parts
        .iter()
        .skip(at + 1)
        .take(3)
        .take_while(|part| matches!(part.gap, Gap::Space | Gap::Line | Gap::Apostrophe))
        .find(|part| !part.is_particle())
        .is_some_and(|part| part.is_name_like() && !part.is_blocked())
}

/// Whether the run is whom a greeting addresses.
/// « Bonjour, Anne Dupré ne pourra pas venir » addresses nobody.
pub(super) fn follows_greeting(parts: &[Part<'_>], at: usize, end: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|at| parts.get(at)) else {
        return false;
    };
    let near = parts
        .get(at)
        .is_some_and(|part| part.gap <= Gap::Comma && part.gap != Gap::Line);
    let subject = parts.get(at).is_some_and(|part| part.gap == Gap::Comma)
        && parts.get(end).is_some_and(|part| {
            matches!(
                part.folded.as_str(),
                "ne" | "n" | "sera" | "a" | "est" | "can" | "cannot" | "won" | "will" | "is"
            )
        });
    near && !subject && is(&before.folded, Is::Greeting)
}

/// Whether the run goes on the name of a body: « GAL | Haut-Lauzon », « Communauté de communes du | Val ».
pub(super) fn follows_structure(parts: &[Part<'_>], at: usize) -> bool {
    let mut back = at;
    for step in 0..4 {
        let near = parts.get(back).is_some_and(|part| {
            matches!(
                part.gap,
                Gap::Space | Gap::Line | Gap::Apostrophe | Gap::Quote
            )
        });
        let Some(before) = back.checked_sub(1).and_then(|at| parts.get(at)) else {
            return false;
        };
        if !near {
            return false;
        }
        let body = before
            .folded
            .split(' ')
            .any(|word| is(word, Is::Structure) || is(word, Is::Unit));
        let person = before
            .folded
            .split(' ')
            .any(|word| is(word, Is::Function) || is(word, Is::PersonLead));
        if body && !(person && step == 0) {
            return true;
        }
        if !before.is_particle() && !is(&before.folded, Is::StructureInner) {
            return false;
        }
        back -= 1;
    }
    false
}

/// Whether a word for a person stands within the two parts before: « ma collègue … », « le président … ».
pub(super) fn follows_person_word(parts: &[Part<'_>], at: usize) -> bool {
    let mut back = at;
    for _ in 0..2 {
        let near = parts.get(back).is_some_and(|part| part.gap < Gap::Stop);
        let Some(before) = back.checked_sub(1).and_then(|at| parts.get(at)) else {
            return false;
        };
        if !near {
            return false;
        }
        if before
            .folded
            .split(' ')
            .any(|word| is(word, Is::Function) || is(word, Is::PersonLead))
        {
            return true;
        }
        back -= 1;
    }
    false
}

/// Whether a function follows a name at once: « Anne Dupré, directrice ».
pub(super) fn function_follows(parts: &[Part<'_>], end: usize) -> bool {
    parts.get(end).is_some_and(|part| {
        let near = matches!(part.gap, Gap::Comma | Gap::Quote | Gap::Dash | Gap::Space);
        near && part.folded.split(' ').any(|word| is(word, Is::Function))
    })
}

/// « MM. Dubreuil et Castaing »: the title of several goes for each.
pub(super) fn title_of_list(parts: &[Part<'_>], at: usize) -> Option<String> {
    /// Parts back in which it may stand.
    const BACK: usize = 8;
    let this = parts.get(at)?;
    let before = parts.get(at.checked_sub(1)?)?;
    let joined = matches!(before.folded.as_str(), "et" | "and") || this.gap == Gap::Comma;
    let since = parts.get(at.saturating_sub(BACK)..at)?;
    let several = since.iter().rev().find(|part| part.is_title())?;
    let of_several = matches!(several.folded.as_str(), "mm" | "mmes");
    (joined && this.gap != Gap::Stop && of_several).then(|| several.with_stop())
}
