//! Words of titles that name no session: in passing, in a function, in the name of a house, of what is
//! over.

use super::*;

/// A farmers' union's courses, received on Monday 4 March 2024.
fn farm() -> Catalogue {
    let draft = |id, title, series, level, date, place, online| {
        session(Draft {
            id,
            title,
            series,
            level,
            aliases: &[],
            dates: vec![date],
            place,
            online,
        })
    };
    let grafting = Some("Greffer ses fruitiers");
    Catalogue::new(
        vec![
            draft(
                "greffe-1",
                "Greffer ses fruitiers : la fente",
                grafting,
                Some(1),
                date(2024, 2, 6),
                "Vaulnoy",
                false,
            ),
            draft(
                "bail",
                "Le bail rural expliqué aux bailleurs",
                None,
                None,
                date(2024, 2, 20),
                "visioconférence",
                true,
            ),
            draft(
                "greffe-2",
                "Greffer ses fruitiers : l'écusson",
                grafting,
                Some(2),
                date(2024, 3, 26),
                "Vaulnoy",
                false,
            ),
            draft(
                "succession",
                "Succession : transmettre un bail",
                None,
                None,
                date(2024, 4, 16),
                "visioconférence",
                true,
            ),
            draft(
                "labour",
                "Renoncer au labour",
                None,
                None,
                date(2024, 4, 23),
                "Orsigny",
                false,
            ),
            draft(
                "caissier",
                "Tenir la caisse : le métier de caissier du magasin",
                None,
                None,
                date(2024, 5, 7),
                "Orsigny",
                false,
            ),
            draft(
                "compost",
                "Hedges and Compost Clubs",
                None,
                None,
                date(2024, 5, 14),
                "Orsigny",
                false,
            ),
        ],
        false,
    )
}

fn found(text: &str) -> Vec<Mention> {
    mentions(text, &farm(), received())
}

/// Each mention as its sessions, `~` for a word in passing, `?` where one that is over fits as well.
#[track_caller]
fn check(text: &str, expected: &str) {
    let got: Vec<String> = found(text)
        .iter()
        .map(|mention| {
            let passing = if mention.is_passing() { "~" } else { "" };
            let past = if mention.perhaps_past { "?" } else { "" };
            format!("{passing}{}{past}", ids(mention))
        })
        .collect();
    assert_eq!(got.join(" "), expected, "{text}\n{:#?}", found(text));
}

#[test]
fn a_word_is_gone_to_or_spoken_of() {
    check(
        "Bonjour, je voudrais une place pour le labour s'il vous plaît",
        "labour",
    );
    check(
        "Bonjour, pouvez-vous nous inscrire tous les deux à la journée labour ?",
        "labour",
    );
    check(
        "Please could you both put me down for the compost one",
        "compost",
    );
    check(
        "Merci beaucoup pour vos envois, le labour ce n'est pas pour nous",
        "~labour",
    );
    check(
        "Ici les voisins parlent entre eux de tout et le labour les divise encore",
        "~labour",
    );
}

#[test]
fn what_somebody_is_or_did_names_nothing() {
    check(
        "Inscrivez-moi le 23 avril, je suis depuis le 1er mars responsable de caisse au magasin",
        "labour",
    );
    check(
        "Je serai là le 23 avril avec Bastien Orvault, notre chef de labour du lycée",
        "labour",
    );
    check(
        "I will be there on 23 April with Hugh Tarbet, our Compost Team Leader at the allotment",
        "labour",
    );
    check(
        "Comptez-moi le 23 avril car cette année la commune a labouré tous les chemins",
        "labour",
    );
}

#[test]
fn a_house_has_a_name_of_its_own() {
    check(
        "Please book me on 23 April for the whole day, Ann Wick, Moorside Compost Group",
        "labour",
    );
    check(
        "Je viendrai le 23 avril avec deux voisins de la Maison du Labour si possible",
        "labour",
    );
}

#[test]
fn of_one_word_that_fits_a_past_and_a_coming_session_neither_is_certain() {
    check(
        "Bonjour, voici ma question sur la visio bail de l'autre fois",
        "succession?",
    );
    check(
        "Je voudrais suivre la prochaine visio sur le bail de A à Z",
        "succession",
    );
    check(
        "Une place à la visio bail du 16 avril pour moi svp merci",
        "succession",
    );
}

#[test]
fn a_part_that_is_over_is_history_beside_the_next_one() {
    for text in [
        "j'ai fait le niveau 1 et je prends le niveau 2",
        "loved level 1, count me in for level 2",
        "Après la partie 1 je continue avec la partie 2",
    ] {
        let piece = Piece {
            source: Source::Clause,
            mentions: found(text),
        };
        let resolution = resolve(&[piece], &farm(), received());
        assert_eq!(names(&resolution.sessions), ["greffe-2"], "{text}");
        assert!(resolution.certain && !resolution.over, "{text}");
    }
}

#[test]
fn a_word_in_passing_gives_way_to_the_subject() {
    let piece = |source, text| Piece {
        source,
        mentions: found(text),
    };
    let pieces = [
        piece(
            Source::Clause,
            "ici le labour est un sujet qui divise mais je m'inscris avec plaisir",
        ),
        piece(Source::Subject, "Journée du 7 mai"),
    ];
    let resolution = resolve(&pieces, &farm(), received());
    assert_eq!(names(&resolution.sessions), ["caissier"]);
    assert!(resolution.certain);
}

#[test]
fn what_stands_apart_does_not_choose_among_the_parts() {
    check(
        "Greffer ses fruitiers (nous avons aussi deux parcelles avec fente au verger) m'intéresse",
        "greffe-2",
    );
    check("Greffer ses fruitiers par la fente", "greffe-1");
}
