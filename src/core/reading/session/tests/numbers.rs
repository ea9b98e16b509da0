//! Numbers of a list that was sent, of parts, and what is said of today.

use super::*;

/// A choir school's courses, received on Monday 4 March 2024.
fn choir() -> Catalogue {
    let draft = |id, title, series, level, dates: &[Date], place, online| {
        session(Draft {
            id,
            title,
            series,
            level,
            aliases: &[],
            dates: dates.to_vec(),
            place,
            online,
        })
    };
    let breath = Some("Poser son souffle");
    Catalogue::new(
        vec![
            draft(
                "grave",
                "Chanter dans le grave",
                None,
                None,
                &[date(2024, 3, 4)],
                "Méricourt",
                false,
            ),
            draft(
                "souffle-1",
                "Poser son souffle : le bas du corps",
                breath,
                Some(1),
                &[date(2024, 3, 12)],
                "visioconférence",
                true,
            ),
            draft(
                "souffle-2",
                "Poser son souffle : la tenue",
                breath,
                Some(2),
                &[date(2024, 4, 3)],
                "visioconférence",
                true,
            ),
            draft(
                "souffle-3",
                "Poser son souffle : la phrase longue",
                breath,
                Some(3),
                &[date(2024, 5, 15)],
                "visioconférence",
                true,
            ),
            draft(
                "baguette",
                "Diriger à la baguette",
                None,
                None,
                &[date(2024, 4, 22), date(2024, 4, 23)],
                "Aubrelle",
                false,
            ),
            draft(
                "partition",
                "Déchiffrer une partition contemporaine",
                None,
                None,
                &[date(2024, 6, 7)],
                "Méricourt",
                false,
            ),
        ],
        false,
    )
}

const SHEETS: &str = "Fiche 1 - Poser son souffle, partie 2, 3 avril\nFiche 2 – Diriger à la baguette, les 22 et 23 avril\n\
    Fiche 3 : Fabriquer son pupitre, 4 mai\nFiche 4 – Déchiffrer une partition contemporaine, 7 juin\n";

fn sent(text: &str) -> String {
    programme(text, &choir(), received())
        .items
        .iter()
        .map(|(number, id)| format!("{number}={id}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[track_caller]
fn answers(list: &str, text: &str, expected: &str) {
    let list = programme(list, &choir(), received());
    let found = mentions_with(text, &choir(), received(), &list);
    let got: Vec<String> = found.iter().map(ids).collect();
    assert_eq!(got.join(" "), expected, "{text}\n{list:#?}\n{found:#?}");
}

#[test]
fn lists_are_numbered_in_many_ways() {
    let all = "1=souffle-2 2=baguette 4=partition";
    assert_eq!(sent(SHEETS), all);
    assert_eq!(sent(&SHEETS.replace("Fiche ", "")), all);
    assert_eq!(sent(&SHEETS.replace("Fiche ", "n° ")), all);
    assert_eq!(sent(&SHEETS.replace("Fiche ", "- Atelier ")), all);
    assert_eq!(sent(&SHEETS.replace("Fiche ", "> ")), all);
    let pictures: String = SHEETS
        .lines()
        .map(|line| format!("🎵 {}\n", line.split_once(' ').unwrap().1))
        .collect();
    assert_eq!(sent(&pictures.replace("n° ", "")), all, "{pictures}");
    let keycaps = SHEETS
        .replace("Fiche ", "")
        .replace(" - ", "\u{fe0f}\u{20e3} ")
        .replace(" – ", "\u{fe0f}\u{20e3} ");
    assert_eq!(sent(&keycaps), all);
}

#[test]
fn a_question_has_its_alternatives() {
    assert_eq!(
        sent(
            "Avec plaisir, mais laquelle : la deuxième (3 avril)\nou la troisième (mercredi 15 mai) ?\n\nInès"
        ),
        "2=souffle-2 3=souffle-3"
    );
    assert_eq!(
        sent("Which one would you like, the Aubrelle one (22 April) or the one on 7 June?"),
        "1=baguette 2=partition"
    );
    assert_eq!(sent("Viendrez-vous le 7 juin ?"), "");
}

#[test]
fn answers_choose_by_number() {
    answers(SHEETS, "Fiche 2 pour moi, merci", "baguette");
    answers(SHEETS, "Les fiches 1 et 4 svp", "souffle-2 partition");
    answers(
        SHEETS,
        "Pour moi ce sera la 1 et la 2",
        "souffle-2 baguette",
    );
    answers(
        SHEETS,
        "Bonjour, je prends le 1 et le 4, merci !",
        "souffle-2 partition",
    );
    answers(SHEETS, "1 et 4 pour moi", "souffle-2 partition");
    answers(SHEETS, "La deuxième, merci", "baguette");
    answers(SHEETS, "The first one please", "souffle-2");
    answers(
        SHEETS,
        "n° 2 : Léon Cabrol\nn° 4 : Zoé Vidal",
        "baguette partition",
    );
    answers(SHEETS, "Nous serons 2, inscrivez-nous", "");
    answers(SHEETS, "Fiche 3 pour nous", "");
    let question = "Lequel : le deuxième (3 avril) ou le troisième (15 mai) ?";
    answers(question, "Le troisième, merci.", "souffle-3");
    answers(question, "Le premier", "");
}

#[test]
fn days_of_sessions_stay_days() {
    answers(SHEETS, "Je viens le 22 et le 23", "baguette");
    answers(SHEETS, "ok pour le 7", "partition");
    // the third of April, or the third of the list that is none of ours
    answers(SHEETS, "ok pour le 3", "souffle-2");
    let list = "1. Déchiffrer une partition contemporaine\n2. Poser son souffle, partie 3\n3. Diriger à la baguette\n";
    answers(list, "Le 3 pour moi", "souffle-2|baguette");
}

#[test]
fn numbers_beside_a_part_are_parts() {
    answers(
        "",
        "J'ai lu la partie 1, je voudrais le 2 et le 3 merci",
        "souffle-1 souffle-2 souffle-3",
    );
    answers("", "je voudrais le 2 et le 3 merci", "! souffle-2");
}

#[test]
fn all_parts_of_a_series() {
    let all = "souffle-1 souffle-2 souffle-3";
    answers("", "Inscrivez-moi aux trois séances", all);
    answers("", "je serai là les 3 soirs", all);
    answers("", "tout le parcours svp", all);
    answers("", "Count me in for all three parts", all);
    answers("", "the whole series please", all);
    answers("", "les deux parties", "");
    answers("", "les trois collègues", "");
    answers("", "aux trois visios (12 mars, 3 avril et 15 mai)", all);
}

#[test]
fn later_today_is_today() {
    answers("", "Je ne pourrai pas être là ce soir", "grave");
    answers("", "I can't make it this evening", "grave");
    answers("", "on se voit tout à l'heure", "grave");
    answers("", "see you in ten minutes", "grave");
    answers("", "je commence dans 1h", "grave");
    answers("", "impossible de venir à 10h", "grave");
    answers("", "impossible de venir à 11h", "");
    answers("", "ce sont dix collègues, dans trois villes", "");
}

#[test]
fn the_next_and_the_last_part() {
    let found = |text: &str, at: &str| {
        let found = mentions(text, &choir(), at.parse().unwrap());
        found.iter().map(ids).collect::<Vec<_>>().join(" ")
    };
    let after_the_first = "2024-03-14T09:00:00+01:00";
    assert_eq!(
        found("Merci de m'inscrire au suivant", after_the_first),
        "souffle-2"
    );
    assert_eq!(
        found("book me on the next one please", after_the_first),
        "souffle-2"
    );
    assert_eq!(
        found("Inscrivez-moi au dernier module", after_the_first),
        "souffle-3"
    );
    assert_eq!(
        found("Poser son souffle sauf la partie 3", after_the_first),
        "souffle-2|souffle-3 -souffle-3"
    );
    // no part is over yet
    assert_eq!(
        found(
            "Merci de m'inscrire au suivant",
            "2024-03-01T09:00:00+01:00"
        ),
        ""
    );
}

#[test]
fn a_day_of_nothing_in_a_list_is_a_contradiction() {
    answers("", "je viens les 12 et 19 mars", "souffle-1 !");
    answers("", "je viens le 12 mars et le 19 mars", "souffle-1 !");
    answers("", "je viens le 12 mars, je rentre le 19 mars", "souffle-1");
    answers(
        "",
        "les journées d'Aubrelle et la visio du 12 mars",
        "baguette souffle-1",
    );
}
