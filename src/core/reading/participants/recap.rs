//! Second thoughts about who comes: « So scrap her, it's two: Callum and me ».

use super::super::mail::Mail;
use super::named::names_of;
use super::sender::includes_sender;
use super::{People, same};

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
