//! Places and zones in words.

use crate::core::person::fold;
use crate::core::reading::Language;

/// Cities of zones that French names otherwise.
const CITIES_FR: &[(&str, &str)] = &[
    ("London", "Londres"),
    ("Brussels", "Bruxelles"),
    ("Lisbon", "Lisbonne"),
    ("Athens", "Athènes"),
    ("Vienna", "Vienne"),
    ("Warsaw", "Varsovie"),
    ("Copenhagen", "Copenhague"),
    ("Bucharest", "Bucarest"),
    ("Moscow", "Moscou"),
    ("Algiers", "Alger"),
    ("Cairo", "Le Caire"),
    ("Montreal", "Montréal"),
    ("Reunion", "La Réunion"),
    ("Noumea", "Nouméa"),
    ("Mauritius", "Maurice"),
];

/// Words by which people call a session that takes place on line, folded.
const ONLINE: &[&str] = &[
    "en ligne",
    "ligne",
    "online",
    "on line",
    "webconference",
    "web conference",
    "webconf",
    "visioconference",
    "visio conference",
    "visio",
    "webinaire",
    "webinar",
    "distanciel",
    "a distance",
    "videoconference",
    "video conference",
];

/// Words that already say how one is at a place, folded.
const PREPOSITIONS: &[&str] = &[
    "a", "au", "aux", "en", "dans", "chez", "sur", "par", "in", "at", "on", "by", "near",
];

/// Gives a zone as people say it: « heure de Paris », "Paris time"; UTC stays UTC.
pub fn zone(timezone: &str, language: Language) -> String {
    let city = timezone.rsplit('/').next().unwrap_or_default();
    if matches!(city, "UTC" | "GMT" | "UCT" | "Zulu" | "Universal" | "") {
        return "UTC".to_owned();
    }
    // A zone without a city (CET, Etc/GMT-1) is said by its name.
    if !timezone.contains('/') || timezone.starts_with("Etc/") {
        return city.to_owned();
    }
    let city = city.replace('_', " ");
    match language {
        Language::En => format!("{city} time"),
        Language::Fr => {
            let named = CITIES_FR.iter().find(|(english, _)| *english == city);
            let city = named.map_or(city.as_str(), |(_, french)| *french);
            if let Some(rest) = city.strip_prefix("Le ") {
                return format!("heure du {rest}");
            }
            match fold(city).chars().next() {
                Some('a' | 'e' | 'i' | 'o' | 'u' | 'y') => format!("heure d'{city}"),
                _ => format!("heure de {city}"),
            }
        }
    }
}

/// Gives where a session takes place: « en webconférence », « à Lyon », "in Lyon", "online"; a place
/// of several words stands as it is written.
pub fn whereabouts(place: &str, online: bool, language: Language) -> String {
    let place = place.trim();
    let folded = fold(place);
    let first = folded.split(' ').next().unwrap_or_default();
    if place.is_empty() {
        return match (online, language) {
            (true, Language::Fr) => "en ligne".to_owned(),
            (true, Language::En) => "online".to_owned(),
            (false, _) => String::new(),
        };
    }
    let says_how = PREPOSITIONS.contains(&first) && folded.contains(' ');
    if online {
        return match language {
            Language::En if ONLINE.contains(&folded.as_str()) => "online".to_owned(),
            Language::En => format!("online ({place})"),
            Language::Fr if says_how => place.to_owned(),
            Language::Fr if folded == "online" || folded == "on line" => "en ligne".to_owned(),
            Language::Fr if ONLINE.contains(&folded.as_str()) => format!("en {place}"),
            Language::Fr => format!("en ligne ({place})"),
        };
    }
    let one_name = !place.contains(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | '/'))
        && place.chars().next().is_some_and(char::is_uppercase);
    match (language, one_name) {
        (Language::Fr, _) if !says_how => french_town(place, one_name),
        (Language::En, true) if !says_how => format!("in {place}"),
        _ => place.to_owned(),
    }
}

/// « à Lyon », « au Mans », « aux Ulis », « à La Rochelle »; more than a name stays as it is.
fn french_town(place: &str, one_name: bool) -> String {
    let contracted = [
        ("Le ", "au "),
        ("Les ", "aux "),
        ("La ", "à La "),
        ("L'", "à L'"),
    ];
    for (article, with) in contracted {
        if let Some(town) = place.strip_prefix(article) {
            let bare = !town.contains(|c: char| c.is_whitespace() || c == ',');
            return match bare {
                true => format!("{with}{town}"),
                false => place.to_owned(),
            };
        }
    }
    if one_name {
        format!("à {place}")
    } else {
        place.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_said_by_their_city() {
        assert_eq!(zone("Europe/Paris", Language::Fr), "heure de Paris");
        assert_eq!(zone("Europe/Paris", Language::En), "Paris time");
        assert_eq!(zone("Europe/Athens", Language::Fr), "heure d'Athènes");
        assert_eq!(zone("America/New_York", Language::Fr), "heure de New York");
        assert_eq!(zone("Africa/Cairo", Language::Fr), "heure du Caire");
        assert_eq!(zone("Etc/UTC", Language::Fr), "UTC");
        assert_eq!(zone("CET", Language::Fr), "CET");
    }

    #[test]
    fn places_carry_their_preposition_where_that_is_sure() {
        let fr = |place, online| whereabouts(place, online, Language::Fr);
        let en = |place, online| whereabouts(place, online, Language::En);
        assert_eq!(fr("webconférence", true), "en webconférence");
        assert_eq!(fr("", true), "en ligne");
        assert_eq!(fr("Zoom", true), "en ligne (Zoom)");
        assert_eq!(fr("Lyon", false), "à Lyon");
        assert_eq!(fr("Le Mans", false), "au Mans");
        assert_eq!(fr("La Rochelle", false), "à La Rochelle");
        assert_eq!(fr("Saint-Flour", false), "à Saint-Flour");
        assert_eq!(fr("salle des fêtes, Lyon", false), "salle des fêtes, Lyon");
        assert_eq!(
            fr("Maison des associations", false),
            "Maison des associations"
        );
        assert_eq!(fr("à la mairie", false), "à la mairie");
        assert_eq!(en("webconférence", true), "online");
        assert_eq!(en("Cork", false), "in Cork");
        assert_eq!(en("at the library", false), "at the library");
        assert_eq!(en("Town hall, Cork", false), "Town hall, Cork");
    }
}
