//! Second thoughts about who comes: « So scrap her, it's two: Callum and me ».

use super::super::mail::Mail;
use super::named::names_of;
use super::sender::includes_sender;
use super::{People, same};
use crate::core::lexicon::Cue;

/// A later clause that counts those who come, and names as many after a colon, is what holds: whoever
/// stood before and is not named there is dropped.
pub(super) fn keep_recounted(mail: &Mail<'_>, people: &mut People) {
    let cut = &mail.new;
    for (number, clause) in cut.clauses.iter().enumerate() {
        let last = clause.tokens.end.checked_sub(1);
        let count = last.and_then(|i| number_of(cut.word(i)));
        let opens = cut
            .tokens
            .get(clause.tokens.end)
            .is_some_and(|t| t.before.colon && !t.before.blank && !t.before.bullet);
        let Some(count) = count.filter(|n| opens && *n < people.list.len()) else {
            continue;
        };
        let told: Vec<_> = cut
            .clauses
            .iter()
            .skip(number + 1)
            .take_while(|c| c.sentence == clause.sentence)
            .collect();
        let named: Vec<String> = told
            .iter()
            .flat_map(|c| names_of(mail, cut, c))
            .map(|n| n.name)
            .collect();
        let me = told.iter().any(|c| includes_sender(cut, c));
        let stays =
            |name: &str| named.iter().any(|n| same(n, name)) || me && same(name, &mail.sender.name);
        let staying = people.list.iter().filter(|p| stays(&p.person.name)).count();
        if staying == count {
            let gone = people.list.iter().filter(|p| !stays(&p.person.name));
            people.dropped.extend(gone.map(|p| p.person.name.clone()));
            people.list.retain(|p| stays(&p.person.name));
        }
    }
}

/// « Ronan a ses partiels, ne le comptez pas, on sera donc 3 »: a later sentence that refuses some of those
/// named and counts as many as remain.
pub(super) fn drop_refused(mail: &Mail<'_>, people: &mut People) {
    let cut = &mail.new;
    let Some(last) = cut.clauses.last() else {
        return;
    };
    for sentence in 0..=last.sentence {
        let of_it = || cut.clauses.iter().filter(|c| c.sentence == sentence);
        let refuses = of_it()
            .any(|c| c.cues.any(&[Cue::Not, Cue::Cannot, Cue::Quit]) && !c.bullet && !c.question);
        if !refuses {
            continue;
        }
        let named: Vec<String> = of_it()
            .flat_map(|c| names_of(mail, cut, c))
            .map(|n| n.name)
            .collect();
        let gone = |name: &str| named.iter().any(|n| same(n, name));
        let out = people.list.iter().filter(|p| gone(&p.person.name)).count();
        let rest = people.list.len() - out;
        let counted = of_it()
            .flat_map(|c| c.tokens.clone())
            .any(|i| number_of(cut.word(i)) == Some(rest));
        if out > 0 && rest > 0 && counted {
            let dropped = people.list.iter().filter(|p| gone(&p.person.name));
            people
                .dropped
                .extend(dropped.map(|p| p.person.name.clone()));
            people.list.retain(|p| !gone(&p.person.name));
            return;
        }
    }
}

/// A small number of people in words or digits.
fn number_of(word: &str) -> Option<usize> {
    match word {
        "un" | "une" | "one" => Some(1),
        "deux" | "two" => Some(2),
        "trois" | "three" => Some(3),
        "quatre" | "four" => Some(4),
        "cinq" | "five" => Some(5),
        "six" => Some(6),
        word => word.parse().ok().filter(|n| (1..=20).contains(n)),
    }
}
