//! Digests and notices in words.

use super::*;
use guichet::core::catalogue::SessionId;
use guichet::core::digest::{Digest, Item, Offer};
use guichet::core::reading::{Doubt, Evidence};

fn digest(language: Language, name: &str) -> Digest {
    let found = samples(language).into_iter().find(|(n, _)| n == name);
    match found {
        Some((_, Letter::Digest { digest, .. })) => *digest,
        _ => panic!("no digest {name}"),
    }
}

fn in_words(digest: &Digest) -> Rendered {
    let letter = Letter::Digest {
        to: Address {
            name: None,
            email: "formations@organisation.example".to_owned(),
        },
        digest: Box::new(digest.clone()),
    };
    renderer().render(&letter, stamp()).unwrap()
}

fn both(rendered: &Rendered) -> [String; 2] {
    [said(&rendered.text), text_of(&rendered.html)]
}

#[test]
fn the_subject_is_the_verdict() {
    let subject = |name: &str| in_words(&digest(Language::Fr, name)).subject;
    assert_eq!(
        subject("digest"),
        "[guichet] 6 à décider, 1 à répondre, 2 inscriptions – lun. 25 sept."
    );
    assert_eq!(
        subject("digest-quiet"),
        "[guichet] rien à décider – lun. 25 sept."
    );
    assert!(subject("digest-shadow").starts_with("[guichet] ESSAI – 6 à décider"));
    let english = in_words(&digest(Language::En, "digest")).subject;
    assert_eq!(
        english,
        "[guichet] 6 to decide, 1 to answer, 2 registrations – Mon 25 Sep"
    );
}

#[test]
fn the_digest_tells_all_by_name() {
    for text in both(&in_words(&digest(Language::Fr, "digest"))) {
        for wanted in [
            "Répondez par les numéros",
            "Anne Exemple, Benoît O'Modèle",
            "7 places libres",
            "oui = place donnée et annoncée",
            "« je m'inscris pour le jeudi 5 octobre & <b>suivants</b> »",
            "notre question est restée sans réponse",
            "depuis 4 jours",
            "Chloé Épreuve",
            "9/12, 1 gardée",
            "Place confirmée (2) : Mona Essai, Noé O'Essai",
            "Désistement : Oscar Essai",
            "Dernier jour pour s'inscrire : dimanche 1er octobre.",
            "12 oct. → 13 oct.",
            "Karim Essai, Lise Essai",
            "plutôt helene@example.org ?",
            "Irène Essai",
            "14 autres mails ne me concernaient pas",
            "Robot en ordre à 7 h 58 ; PAUSE l'arrête.",
            "prévenez Jules Essai",
            "Liste jointe.",
        ] {
            assert!(text.contains(wanted), "{wanted:?} is not in {text}");
        }
        let order = [
            "Anne Exemple",
            "Chloé Épreuve",
            "exemple-2, mar. 3 oct. :",
            "helene@exmaple.org",
        ];
        let places: Vec<usize> = order.iter().map(|w| text.find(w).unwrap()).collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}

#[test]
fn shadow_and_pause_head_the_digest() {
    for text in both(&in_words(&digest(Language::Fr, "digest-shadow"))) {
        assert!(text.contains("ESSAI – AUCUN MAIL N'EST PARTI"));
        assert!(text.contains("7 réponses préparées et gardées"));
        assert!(!text.contains("PAUSE") && !text.contains("oui ="), "{text}");
    }
    for text in both(&in_words(&digest(Language::Fr, "digest-paused"))) {
        assert!(text.contains("PAUSE : les réponses sont retenues (3). Répondez REPRISE"));
        assert!(text.contains("à vérifier avec vos propres listes : Anne Exemple (exemple-2)"));
    }
}

#[test]
fn a_quiet_monday_is_a_sign_of_life() {
    let rendered = in_words(&digest(Language::Fr, "digest-quiet"));
    let text = said(&rendered.text);
    assert!(text.starts_with("Bonjour. Rien de nouveau."), "{text}");
    assert!(text.contains("Pas de message un lundi ? Il est arrêté"));
    assert!(rendered.text.lines().count() < 12, "{}", rendered.text);
    assert!(rendered.files.is_empty());
}

#[test]
fn the_list_of_a_changed_session_is_attached() {
    let rendered = in_words(&digest(Language::Fr, "digest"));
    let [(name, kind, bytes)] = rendered.files.as_slice() else {
        panic!("{} files", rendered.files.len());
    };
    assert_eq!(
        (name.as_str(), kind.as_str()),
        ("exemple-2.csv", "text/csv; charset=utf-8")
    );
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.starts_with("\u{feff}N°;État;Nom;Structure;"), "{text}");
    assert!(
        text.contains("\r\nR12;place confirmée;Mona Essai;"),
        "{text}"
    );
}

#[test]
fn a_long_digest_is_cut_with_the_command_that_shows_the_rest() {
    let mut long = digest(Language::Fr, "digest");
    let item = long.to_decide[1].clone();
    long.to_decide = (0..700)
        .map(|n| Item {
            entry: n,
            ..item.clone()
        })
        .collect();
    long.to_answer = long.to_decide.clone();
    for _ in 0..2_000 {
        long.sessions[0]
            .changes
            .push((Status::Confirmed, "Une Personne De Plus".to_owned()));
        long.to_check
            .push("Une Personne De Plus (exemple-2)".to_owned());
        long.bounced
            .push(("Une Personne".to_owned(), "a@b.example".to_owned(), None));
    }
    let rendered = in_words(&long);
    let bytes = rendered.text.len() + rendered.html.len();
    assert!(bytes <= 60 * 1024, "{bytes}");
    for text in both(&rendered) {
        assert!(text.contains("autres : guichet digest --preview"), "{text}");
        assert!(text.contains("autres (guichet list exemple-2)"), "{text}");
    }
    assert!(
        rendered
            .subject
            .starts_with("[guichet] 700 à décider, 700 à répondre, 2002 inscriptions")
    );
    let whole = renderer().render_whole(&long).unwrap();
    assert!(!whole.text.contains("guichet digest --preview"));
    assert!(whole.text.contains("\n1400. "));
}

#[test]
fn an_item_is_told_in_full_once_then_in_a_line() {
    let mut digest = digest(Language::Fr, "digest");
    digest.to_decide.truncate(1);
    digest.to_answer.clear();
    let lines = |digest: &Digest| {
        in_words(digest)
            .text
            .lines()
            .filter(|l| l.contains("je m'inscris"))
            .count()
    };
    assert_eq!(lines(&digest), 1);
    digest.to_decide[0].seen_before = true;
    digest.to_decide[0].age_days = 13;
    assert_eq!(lines(&digest), 0);
    assert!(said(&in_words(&digest).text).contains("depuis 13 jours"));
}

#[test]
fn hostile_mail_is_shown_harmless() {
    let mut digest = digest(Language::Fr, "digest");
    digest.to_decide = vec![Item {
        entry: 1,
        who: "Аnne\u{202e} <script>alert(1)</script>\r\nX: y".to_owned(), // a Cyrillic А
        subject: "a\r\nBcc: b <img src=x onerror=y>".to_owned(),
        received: stamp(),
        sessions: vec![SessionId("exemple-2".to_owned())],
        quotes: vec![Evidence {
            claim: "intent".to_owned(),
            quote: format!(
                "<a href=\"https://evil.example\">{}</a>",
                "x ".repeat(5_000)
            ),
        }],
        doubts: vec![Doubt::SenderUnclear],
        seen_before: false,
        age_days: 0,
        offer: Offer::Nothing,
        free_seats: None,
        not_told: false,
    }];
    let rendered = in_words(&digest);
    let html = &rendered.html;
    for forbidden in ["<script", "<img", "<a href=\"https", "\u{202e}"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("&lt;script&gt;"));
    assert!(
        html.contains("alphabets mêlés"),
        "look-alike letters are flagged"
    );
    assert!(
        !rendered
            .text
            .lines()
            .any(|line| line.starts_with("Bcc:") || line.starts_with("X:"))
    );
    assert!(rendered.text.len() < 6_000, "a quote is cut");
}

#[test]
fn notices_say_what_to_do() {
    for (name, fr, en) in [
        (
            "notice-urgent",
            "répondez directement à ces personnes",
            "answer these people directly",
        ),
        ("notice-outage", "Aucun mail n'est perdu", "No mail is lost"),
        ("notice-breaker", "guichet status", "guichet status"),
        (
            "notice-flood",
            "gardées sans être confirmées",
            "kept without being confirmed",
        ),
        (
            "notice-many-new",
            "regardez-les dans la boîte",
            "look at them in the mailbox",
        ),
        (
            "notice-clock",
            "personne n'est refusé pour retard",
            "nobody is refused for being late",
        ),
        (
            "notice-disk",
            "tout reprend sans perte",
            "all goes on without loss",
        ),
    ] {
        for (language, wanted) in [(Language::Fr, fr), (Language::En, en)] {
            let found = samples(language).into_iter().find(|(n, _)| n == name);
            let rendered = renderer().render(&found.unwrap().1, stamp()).unwrap();
            assert!(rendered.subject.starts_with("[guichet] "), "{name}");
            for text in both(&rendered) {
                assert!(text.contains(wanted), "{name}: {text}");
            }
        }
    }
}
