//! Letters as their receivers see them: every kind, French and English, text and HTML.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "render/digests.rs"]
mod digests;
#[path = "render/html.rs"]
mod html;
#[path = "render/templates.rs"]
mod templates;

use std::sync::OnceLock;

use guichet::core::delivery::Rendered;
use guichet::core::person::Address;
use guichet::core::reading::Language;
use guichet::core::reply::{Letter, Reply, Status};
use guichet::render::{Renderer, samples};
use jiff::Timestamp;

const LANGUAGES: [Language; 2] = [Language::Fr, Language::En];

fn stamp() -> Timestamp {
    "2017-09-13T06:00:00Z".parse().unwrap()
}

fn renderer() -> &'static Renderer {
    static RENDERER: OnceLock<Renderer> = OnceLock::new();
    RENDERER.get_or_init(|| Renderer::new(None).unwrap_or_else(|error| panic!("{error}")))
}

fn sample(language: Language, name: &str) -> Reply {
    let found = samples(language).into_iter().find(|(n, _)| n == name);
    match found {
        Some((_, Letter::Reply(reply))) => *reply,
        _ => panic!("no sample {name}"),
    }
}

fn rendered(reply: &Reply) -> Rendered {
    renderer()
        .render(&Letter::Reply(Box::new(reply.clone())), stamp())
        .unwrap()
}

/// All samples in words, with their names.
fn all() -> &'static [(String, Letter, Rendered)] {
    static ALL: OnceLock<Vec<(String, Letter, Rendered)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = Vec::new();
        for language in LANGUAGES {
            for (name, letter) in samples(language) {
                let rendered = renderer().render(&letter, stamp()).unwrap();
                all.push((format!("{language:?} {name}"), letter, rendered));
            }
        }
        assert!(all.len() > 80, "{} samples", all.len());
        all
    })
}

/// Text on one line, with ordinary spaces: what is said, however it is laid out.
fn said(text: &str) -> String {
    text.replace('\u{a0}', " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The readable text of HTML.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let body = html.split_once("</head>").map_or(html, |(_, body)| body);
    for piece in body.split('<') {
        let (tag, shown) = piece.split_once('>').unwrap_or(("", piece));
        let word = tag.trim_start_matches('/');
        let inline = ["strong", "em", "span", "a "]
            .iter()
            .any(|t| word.starts_with(t))
            || word == "a";
        if !inline {
            text.push(' ');
        }
        text.push_str(shown);
    }
    let plain = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    said(&plain)
}

/// Writes every sample to the folder `$GUICHET_PREVIEW`, for looking at.
#[test]
fn samples_can_be_looked_at() {
    let Ok(folder) = std::env::var("GUICHET_PREVIEW") else {
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    for (name, _, rendered) in all() {
        let path = format!("{folder}/{}", name.replace(' ', "-").to_lowercase());
        let text = format!("{}\n\n{}", rendered.subject, rendered.text);
        std::fs::write(format!("{path}.txt"), text).unwrap();
        std::fs::write(format!("{path}.html"), &rendered.html).unwrap();
    }
}

#[test]
fn subjects_are_one_short_line() {
    for (name, _, rendered) in all() {
        let chars = rendered.subject.chars().count();
        assert!(
            (10..=90).contains(&chars),
            "{name}: {chars}: {}",
            rendered.subject
        );
        assert!(!rendered.subject.contains(['\n', '\r', '\t']), "{name}");
    }
}

#[test]
fn text_lines_are_short_and_nothing_is_missing_in_them() {
    for (name, _, rendered) in all() {
        for line in rendered.text.lines() {
            let long = line.chars().count() > 76 && !line.contains("://");
            assert!(!long, "{name}: {line}");
            assert_eq!(line.trim_end(), line, "{name}");
        }
        assert!(rendered.text.ends_with('\n') && !rendered.text.ends_with("\n\n"));
        for (kind, said) in [
            ("text", said(&rendered.text)),
            ("html", text_of(&rendered.html)),
        ] {
            for slip in [
                " ,",
                ", ,",
                ",,",
                "..",
                "()",
                "« »",
                "\"\"",
                " .",
                "undefined",
                "{{",
                "{%",
                ": .",
                "; ;",
            ] {
                assert!(!said.contains(slip), "{name} {kind}: {slip:?} in {said}");
            }
        }
        if name.starts_with("Fr") {
            assert!(
                !rendered.text.contains("none"),
                "{name}: a fact that is not there"
            );
        }
    }
}

#[test]
fn text_and_html_say_the_same() {
    let mut compared = 0;
    for (name, letter, rendered) in all() {
        let Letter::Reply(_) = letter else { continue };
        let html = text_of(&rendered.html);
        let body = rendered.text.split("––––").next().unwrap();
        for paragraph in body.split("\n\n").skip(2) {
            // lists and the session itself are laid out otherwise
            let listed = paragraph
                .lines()
                .any(|l| l.starts_with("- ") || l.contains("://"));
            let numbered = paragraph.starts_with(|c: char| c.is_ascii_digit());
            if !listed && !numbered {
                let words = said(paragraph);
                assert!(html.contains(&words), "{name}: {words:?} is not in {html}");
                compared += 1;
            }
        }
    }
    assert!(compared > 150, "{compared} paragraphs");
}

#[test]
fn the_same_facts_give_the_same_letter() {
    let (one, other) = (renderer(), Renderer::new(None).unwrap());
    for (name, letter, rendered) in all() {
        assert_eq!(&one.render(letter, stamp()).unwrap(), rendered, "{name}");
        assert_eq!(&other.render(letter, stamp()).unwrap(), rendered, "{name}");
    }
}

#[test]
fn every_letter_says_that_a_machine_wrote_and_a_person_reads() {
    for (name, letter, rendered) in all() {
        let Letter::Reply(reply) = letter else {
            continue;
        };
        for text in [said(&rendered.text), text_of(&rendered.html)] {
            let (automatic, reads) = match reply.language {
                Language::Fr => ("utomatique", "une personne lit vos réponses"),
                Language::En => ("utomatic", "a person reads what you reply"),
            };
            assert!(
                text.contains(automatic) && text.contains(reads),
                "{name}: {text}"
            );
            assert!(text.contains(&reply.organisation), "{name}");
        }
    }
}

/// What must and must not stand in a letter, text and HTML.
#[track_caller]
fn check(language: Language, name: &str, subject: &str, wanted: &[&str], unwanted: &[&str]) {
    let reply = sample(language, name);
    let rendered = rendered(&reply);
    assert!(
        rendered.subject.contains(subject),
        "{name}: {}",
        rendered.subject
    );
    for text in [said(&rendered.text), text_of(&rendered.html)] {
        for words in wanted {
            assert!(text.contains(words), "{name}: {words:?} is not in {text}");
        }
        for words in unwanted {
            assert!(!text.contains(words), "{name}: {words:?} is in {text}");
        }
    }
}

const WHEN_FR: &str = "ardi 3 octobre 2017, de 10 h à 12 h (heure de Paris)";
const WHEN_EN: &str = "Tuesday 3 October 2017, 10:00 to 12:00 (Paris time)";

#[test]
fn confirmed() {
    check(
        Language::Fr,
        "confirmed",
        "Place confirmée – Monter un projet (niveau 2), mar. 3 oct., 10 h",
        &[
            "Bonjour Anne Exemple,",
            "Votre place est confirmée",
            WHEN_FR,
            "webconférence",
            "https://visio.example/salle?cle=a&b=c",
            "Il nous manque votre structure et un téléphone",
            "cotisation 2017",
            "Vous posiez aussi une question : Dominique Exemple",
            "Répondez-le simplement",
            "01 23 45 67 89",
            "la date pour votre agenda",
            "effacées après deux ans",
            "votre mail du 12 septembre",
        ],
        &["attente"],
    );
    check(
        Language::En,
        "confirmed",
        "Seat confirmed – Monter un projet (level 2), Tue 3 Oct, 10:00",
        &[
            "Dear Anne Exemple,",
            "Your seat is confirmed",
            WHEN_EN,
            "nline",
            "https://visio.example/salle?cle=a&b=c",
            "We still need your organisation and a telephone number",
            "2017 membership",
            "You also asked a question: Dominique Exemple",
            "erased after two years",
        ],
        &["waiting list"],
    );
}

#[test]
fn what_is_not_configured_is_not_spoken_of() {
    check(
        Language::Fr,
        "confirmed-bare",
        "Place confirmée",
        &["Votre place est confirmée", " Lyon"],
        &[
            "appelez",
            "manque",
            "cotisation",
            "coordonnées",
            "Pour vous connecter",
        ],
    );
    check(
        Language::En,
        "confirmed-bare",
        "Seat confirmed",
        &["Your seat is confirmed"],
        &["call", "membership"],
    );
}

#[test]
fn the_greeting_is_the_registered_name_or_none() {
    let greeting = |name: &str, registered: &str| {
        let mut reply = sample(Language::Fr, "confirmed");
        reply.to.name = Some(name.to_owned());
        reply.outcomes[0].name = registered.to_owned();
        let text = rendered(&reply).text;
        text.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        greeting("DUPONT Marie", "Marie Dupont"),
        "Bonjour Marie Dupont,"
    );
    assert_eq!(
        greeting("Mairie de Brandelle", ""),
        "Bonjour Mairie de Brandelle,"
    );
    assert_eq!(greeting("marie.dupont", ""), "Bonjour,");
}

#[test]
fn waitlisted() {
    check(
        Language::Fr,
        "waitlisted-room",
        "Liste d'attente (n° 1) – Évaluer un projet à mi-parcours, jeu. 12 oct.",
        &[
            "vous n'avez pas encore de place",
            "du 12 septembre à 14 h 36 est la première de la liste",
            "d'ici au dimanche 1er octobre à 10 h",
            "la session reste complète",
            "Ne réservez pas de transport",
            "Vous ne souhaitez plus attendre ?",
        ],
        &["confirmée", "agenda", "visio"],
    );
    check(
        Language::En,
        "waitlisted",
        "Waiting list (no. 1)",
        &["you do not have a seat yet", "by Sunday 1 October at 10:00"],
        &["confirmed", "book travel"],
    );
    check(
        Language::Fr,
        "several-group-waits",
        "Liste d'attente",
        &[
            "Il reste 2 places libres",
            "attend ensemble",
            "Chloé Épreuve",
        ],
        &["confirmée"],
    );
}

#[test]
fn late_is_no_reproach_and_shows_a_way() {
    check(
        Language::Fr,
        "late",
        "Inscriptions closes – Monter un projet (niveau 2), mar. 3 oct.",
        &[
            "Merci de votre intérêt",
            "se terminaient le jeudi 21 septembre au soir",
            "le samedi 23 septembre à 7 h 32",
            "Dominique Exemple voit votre demande",
            "c'est une personne qui lira, ou appelez Dominique Exemple au 01 23 45 67 89",
            "Prochaine session de la série : Animer une réunion",
        ],
        &["retard", "malheureusement", "confirmée"],
    );
    check(
        Language::En,
        "late",
        "Registration closed",
        &[
            "at the end of Thursday 21 September",
            "on Saturday 23 September at 7:32",
        ],
        &["unfortunately", "too late"],
    );
}

#[test]
fn provisional_is_kind() {
    check(
        Language::Fr,
        "provisional",
        "Place gardée",
        &[
            "Votre place est gardée",
            "si elle est à jour, rien à faire",
            "le bulletin est joint",
        ],
        &["impay", "pas payé", "confirmée"],
    );
    check(
        Language::En,
        "provisional",
        "Seat kept",
        &[
            "Your seat is kept for you",
            "there is nothing to do",
            "the form is attached",
        ],
        &["unpaid", "not paid"],
    );
}

#[test]
fn lives_of_a_seat() {
    let fr = Language::Fr;
    check(
        fr,
        "already",
        "Place déjà confirmée",
        &["Rien ne change", WHEN_FR],
        &[],
    );
    check(
        fr,
        "already-waiting",
        "Déjà sur liste d'attente",
        &["n° 3"],
        &["confirmée"],
    );
    check(
        fr,
        "already-cancelled",
        "Place déjà rendue",
        &["a été rendue auparavant"],
        &[],
    );
    check(
        fr,
        "cancelled",
        "Place rendue",
        &["C'est noté", "de quoi retirer la date"],
        &["motif"],
    );
    check(
        fr,
        "updated",
        "Coordonnées mises à jour",
        &["remplace le précédent"],
        &[],
    );
    check(
        fr,
        "promoted",
        "Une place s'est libérée",
        &[
            "Une place s'est libérée pour vous",
            WHEN_FR,
            "elle ira à la personne suivante",
            "https://visio.example",
        ],
        &["Réponse automatique à votre mail"],
    );
    check(
        fr,
        "full",
        "Complet",
        &["n'a pas de liste d'attente"],
        &["confirmée"],
    );
    check(
        fr,
        "substituted",
        "Remplacement noté",
        &[
            "Benoît O'Modèle prend votre place",
            "la place de Benoît O'Modèle est confirmée",
        ],
        &[],
    );
    check(
        fr,
        "two-days",
        "jeu. 16 et ven. 17 nov.",
        &[
            "de 9 h à 12 h et de 13 h 30 à 16 h",
            "Maison des projets, 3 rue Haute, Valence",
        ],
        &[],
    );
}

#[test]
fn who_was_registered_by_another_can_say_no() {
    check(
        Language::Fr,
        "told-confirmed",
        "Place confirmée",
        &[
            "Benoît O'Modèle a demandé une place pour vous",
            "Répondez NON",
            "coordonnées",
        ],
        &["Réponse automatique à votre mail"],
    );
    check(
        Language::En,
        "told-waitlisted",
        "Waiting list",
        &["Benoît O'Modèle asked for a seat for you", "Reply NO"],
        &[],
    );
    check(
        Language::Fr,
        "told-passed-on",
        "Place transmise",
        &["Chloé Épreuve prend votre place"],
        &["Répondez NON"],
    );
}

#[test]
fn who_has_no_address_is_handed_the_letter() {
    check(
        Language::Fr,
        "for-another",
        "Place confirmée",
        &[
            "La place de Benoît O'Modèle est confirmée",
            "merci de transmettre cette réponse",
        ],
        &["votre structure"],
    );
    check(
        Language::Fr,
        "for-another-with-address",
        "Place confirmée",
        &["la confirmation part aussi à son adresse"],
        &["transmettre"],
    );
}

#[test]
fn several_outcomes_are_told_one_by_one() {
    check(
        Language::Fr,
        "several-mixed",
        "Vos demandes – mar. 3 oct., jeu. 12 oct., jeu. 16 et ven. 17 nov.",
        &[
            "demande arrivée après la clôture",
            "place déjà confirmée",
            "liste d'attente, n° 4",
            "Chloé Épreuve n'a pas encore de place",
            "Dominique Exemple voit votre demande",
        ],
        &[],
    );
    check(
        Language::En,
        "several-people",
        "Seats confirmed",
        &[
            "3 seats are confirmed",
            "for you, your organisation",
            "for Benoît O'Modèle, the organisation",
        ],
        &[],
    );
}

#[test]
fn one_question_lists_what_to_choose_from() {
    check(
        Language::Fr,
        "clarify-session",
        "pour quelle session ?",
        &[
            "Répondez par le numéro",
            "Monter un projet",
            "Évaluer un projet",
            "garde sa date",
        ],
        &["confirmée"],
    );
    check(
        Language::En,
        "clarify-person",
        "Who will take part?",
        &["first name and surname"],
        &[],
    );
    check(
        Language::Fr,
        "clarify-registration",
        "De quelle inscription s'agit-il ?",
        &["plusieurs inscriptions"],
        &[],
    );
}

#[test]
fn how_to_join_is_told_with_a_seat_only() {
    for language in LANGUAGES {
        for name in [
            "waitlisted",
            "late",
            "full",
            "cancelled",
            "already-waiting",
            "already-cancelled",
            "told-passed-on",
            "several-group-waits",
        ] {
            let mut reply = sample(language, name);
            for outcome in &mut reply.outcomes {
                outcome.joining.link = Some("https://visio.example/secret".to_owned());
            }
            let rendered = rendered(&reply);
            assert!(
                !rendered.text.contains("secret"),
                "{name}: {}",
                rendered.text
            );
            assert!(!rendered.html.contains("secret"), "{name}");
        }
    }
}

#[test]
fn nothing_of_a_sender_but_a_name() {
    let mut reply = sample(Language::Fr, "several-people");
    let hostile =
        "Zoé\r\nBcc: a@b.example <script>alert(1)</script> https://evil.example \u{202e}ba";
    reply.to = Address {
        name: Some(hostile.to_owned()),
        email: "zoe@example.org".to_owned(),
    };
    reply.registered_by = Some(hostile.to_owned());
    for outcome in &mut reply.outcomes {
        outcome.name = hostile.repeat(20);
        outcome.other_name = Some(hostile.to_owned());
    }
    let rendered = rendered(&reply);
    for text in [&rendered.text, &rendered.html] {
        assert!(!text.contains("evil"), "{text}");
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains('\u{202e}'));
        assert!(!text.lines().any(|line| line.starts_with("Bcc")));
    }
    assert!(!rendered.subject.contains("evil"));
    assert!(rendered.html.len() <= 100 * 1024);
}

#[test]
fn the_human_never_signs() {
    for (name, _, rendered) in all() {
        let signed = rendered
            .text
            .lines()
            .any(|l| l.trim() == "Dominique Exemple");
        assert!(!signed, "{name}: {}", rendered.text);
    }
}

#[test]
fn privacy_is_told_at_first_contact_only() {
    for language in LANGUAGES {
        let mut reply = sample(language, "confirmed");
        let line = reply.privacy.clone().unwrap();
        assert!(said(&rendered(&reply).text).contains(&line));
        assert!(text_of(&rendered(&reply).html).contains(&line));
        reply.first_contact = false;
        assert!(!said(&rendered(&reply).text).contains(&line));
    }
}

#[test]
fn one_own_invitation_stands_in_the_mail_itself() {
    let calendars = |name: &str| rendered(&sample(Language::Fr, name)).calendars;
    let own = calendars("confirmed");
    assert_eq!((own.len(), own[0].inline), (1, true));
    assert_eq!(
        (own[0].method.as_str(), own[0].name.as_str()),
        ("REQUEST", "invite.ics")
    );
    assert!(own[0].ics.contains("METHOD:REQUEST"));
    let unfolded = own[0].ics.replace("\r\n ", "");
    assert!(unfolded.contains("https://visio.example/salle?cle=a&b=c"));
    assert!(unfolded.contains("DTSTAMP:20170913T060000Z"));
    let withdrawn = calendars("cancelled");
    assert_eq!(
        (withdrawn[0].method.as_str(), withdrawn[0].inline),
        ("CANCEL", true)
    );
    let passed_on = calendars("for-another");
    assert_eq!((passed_on.len(), passed_on[0].inline), (1, false));
    let several = calendars("several-people");
    assert_eq!(several.len(), 3);
    assert!(several.iter().all(|c| !c.inline));
    let mut names: Vec<&str> = several.iter().map(|c| c.name.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), 3, "{names:?}");
    let days = calendars("two-days");
    assert_eq!((days.len(), days[0].inline), (3, false));
    assert!(calendars("waitlisted").is_empty());
}

#[test]
fn buttons_prepare_a_mail_that_says_all() {
    let html = rendered(&sample(Language::Fr, "confirmed")).html;
    let href = html.split("href=\"mailto:").nth(1).unwrap();
    let href = href.split('"').next().unwrap();
    assert!(href.starts_with("formations@organisation.example?subject=Annulation%20%3A%20Monter"));
    let body = href.split("body=").nth(1).unwrap();
    assert!(body.contains("%0D%0A%0D%0AJe%20ne%20peux%20pas%20venir"));
    assert!(body.contains("mardi%203%20octobre") && body.contains("Anne%20Exemple"));
    assert!(!href.contains(' ') && !href.contains("cc="));
    let told = rendered(&sample(Language::Fr, "told-confirmed")).html;
    assert!(told.contains("body=NON%0D%0A"));
    let waiting = rendered(&sample(Language::Fr, "waitlisted")).html;
    assert!(waiting.contains("Je%20ne%20souhaite%20plus%20attendre"));
    let choice = rendered(&sample(Language::Fr, "clarify-session")).html;
    assert!(choice.contains("body=La%202%20%3A%20%C3%89valuer"));
}

#[test]
fn statuses_that_say_nothing_stay_out() {
    let mut reply = sample(Language::Fr, "several-people");
    reply.outcomes[2].status = Status::None;
    let text = rendered(&reply).text;
    assert!(
        text.contains("2 places") && !text.contains("- Chloé"),
        "{text}"
    );
}
