//! Counts, ranks, durations and lists in words.

use std::time::Duration;

use crate::core::reading::Language;

/// Gives a number with its noun: French counts zero as one, English as many.
pub fn counted(number: u32, one: &str, many: &str, language: Language) -> String {
    let single = match language {
        Language::Fr => number < 2,
        Language::En => number == 1,
    };
    format!("{number} {}", if single { one } else { many })
}

/// Gives seats: « 12 places », « 0 place »; "1 seat".
pub fn seats(number: u32, language: Language) -> String {
    match language {
        Language::Fr => counted(number, "place", "places", language),
        Language::En => counted(number, "seat", "seats", language),
    }
}

/// Gives a rank as a word, feminine in French: « première », « 11e »; "first", "11th".
pub fn ordinal(number: u32, language: Language) -> String {
    const FR: [&str; 10] = [
        "première",
        "deuxième",
        "troisième",
        "quatrième",
        "cinquième",
        "sixième",
        "septième",
        "huitième",
        "neuvième",
        "dixième",
    ];
    const EN: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let words = match language {
        Language::Fr => FR,
        Language::En => EN,
    };
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    match index.and_then(|index| words.get(index)) {
        Some(word) => (*word).to_owned(),
        None => nth(number, language),
    }
}

/// Gives a rank in figures: « 1re », « 11e »; "1st", "22nd", "11th".
pub fn nth(number: u32, language: Language) -> String {
    let end = match (language, number, number % 10, number % 100) {
        (Language::Fr, 1, ..) => "re",
        (Language::Fr, ..) => "e",
        (Language::En, _, _, 11..=13) => "th",
        (Language::En, _, 1, _) => "st",
        (Language::En, _, 2, _) => "nd",
        (Language::En, _, 3, _) => "rd",
        (Language::En, ..) => "th",
    };
    format!("{number}{end}")
}

/// Gives a duration in the largest unit that holds it exactly: « 10 minutes », « 2 jours ».
pub fn duration(duration: Duration, language: Language) -> String {
    const UNITS: [(u64, [&str; 4]); 4] = [
        (86_400, ["jour", "jours", "day", "days"]),
        (3_600, ["heure", "heures", "hour", "hours"]),
        (60, ["minute", "minutes", "minute", "minutes"]),
        (1, ["seconde", "secondes", "second", "seconds"]),
    ];
    let seconds = duration.as_secs();
    for (size, [one_fr, many_fr, one_en, many_en]) in UNITS {
        if size == 1 || (seconds >= size && seconds.is_multiple_of(size)) {
            let number = u32::try_from(seconds / size).unwrap_or(u32::MAX);
            return match language {
                Language::Fr => counted(number, one_fr, many_fr, language),
                Language::En => counted(number, one_en, many_en, language),
            };
        }
    }
    String::new()
}

/// Gives a list in words: « A, B et C »; "A, B and C".
pub fn join<T: AsRef<str>>(items: &[T], language: Language) -> String {
    let and = match language {
        Language::Fr => " et ",
        Language::En => " and ",
    };
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}{and}{last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_ranks_agree_with_their_language() {
        assert_eq!(seats(0, Language::Fr), "0 place");
        assert_eq!(seats(0, Language::En), "0 seats");
        assert_eq!(seats(1, Language::En), "1 seat");
        assert_eq!(seats(12, Language::Fr), "12 places");
        assert_eq!(ordinal(1, Language::Fr), "première");
        assert_eq!(ordinal(11, Language::Fr), "11e");
        assert_eq!(nth(1, Language::Fr), "1re");
        let english: Vec<String> = [1, 2, 3, 11, 12, 13, 21, 102, 111]
            .into_iter()
            .map(|n| nth(n, Language::En))
            .collect();
        assert_eq!(
            english,
            [
                "1st", "2nd", "3rd", "11th", "12th", "13th", "21st", "102nd", "111th"
            ]
        );
    }

    #[test]
    fn durations_and_lists_are_said_plainly() {
        let said = |seconds| duration(Duration::from_secs(seconds), Language::Fr);
        assert_eq!(said(600), "10 minutes");
        assert_eq!(said(172_800), "2 jours");
        assert_eq!(said(5_400), "90 minutes");
        assert_eq!(said(0), "0 seconde");
        assert_eq!(join(&["A", "B", "C"], Language::Fr), "A, B et C");
        assert_eq!(join(&["A", "B"], Language::En), "A and B");
        assert_eq!(join::<&str>(&[], Language::En), "");
    }
}
