//! Quotes, signatures and forms of the usual mail programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use proptest::prelude::*;

use super::*;

#[test]
fn nothing_quoted_is_all_new() {
    let parts = unquote("Bonjour,\n\nJe viens.\n");
    assert_eq!(parts.new, "Bonjour,\n\nJe viens.");
    assert!(parts.quotes.is_empty());
}

fn author(name: &str) -> Address {
    Address {
        name: Some(name.into()),
        email: "a@x.fr".into(),
    }
}

#[test]
fn outlook_blocks_need_no_marker() {
    let parts = unquote(
        "Inscrivez-moi.\n\nDe : Zoé Lefèvre [mailto:z@x.fr]\nEnvoyé : lundi 4 septembre 2017 10:12\nÀ : Tous\nCc : Autre\nObjet : Session\n\nVenez le 3.\n\n-----Message d'origine-----\nFrom: Y <y@x.fr>\nSent: Monday, September 4, 2017 10:12 AM\nSubject: Old\n\nAncien\n",
    );
    assert_eq!(parts.new, "Inscrivez-moi.");
    assert_eq!(parts.quotes.len(), 2);
    assert_eq!(parts.quotes[0].from_name.as_deref(), Some("Zoé Lefèvre"));
    assert_eq!(parts.quotes[0].from_email.as_deref(), Some("z@x.fr"));
    assert_eq!(parts.quotes[0].subject.as_deref(), Some("Session"));
    assert_eq!(parts.quotes[0].text, "Venez le 3.");
    assert_eq!(parts.quotes[1].from_email.as_deref(), Some("y@x.fr"));
    assert_eq!(parts.quotes[1].text, "Ancien");
}

#[test]
fn attributions_of_every_program_open_a_quote() {
    for line in [
        "Le lun. 4 sept. 2017 à 10:12, Zoé Lefèvre <z@x.fr> a écrit :",
        "Le lun. 4 sept. 2017 à 10:12, Zoé Lefèvre\n<z@x.fr> a écrit :",
        "Le 4 sept. 2017 à 10:12, Zoé Lefèvre <z@x.fr> a\nécrit :",
        "Le 04/09/2017 à 10:12, Zoé Lefèvre <z@x.fr> a écrit :",
        "Le lundi 4 septembre 2017 à 10:12:34 UTC+2, Zoé Lefèvre <z@x.fr> a écrit :",
        "On Mon, Sep 4, 2017 at 10:12 AM Zoé Lefèvre <z@x.fr> wrote:",
        "On 4 Sep 2017, at 10:12, Zoé Lefèvre <z@x.fr> wrote:",
        "Am 04.09.2017 um 10:12 schrieb Zoé Lefèvre <z@x.fr>:",
        "El lun., 4 sept. 2017 a las 10:12, Zoé Lefèvre (<z@x.fr>) escribió:",
        "Il giorno lun 4 set 2017 alle ore 10:12 Zoé Lefèvre <z@x.fr> ha scritto:",
        "2017-09-04 10:12 GMT+02:00 Zoé Lefèvre <z@x.fr>:",
        "Zoé Lefèvre <z@x.fr> a écrit sur 04/09/2017 10:12:33 :",
        "Le Lundi, Septembre 04, 2017 10:12 CEST, \"Zoé Lefèvre\" <z@x.fr> a écrit:",
        "Le 2017-09-04T10:12:00.000+02:00, Zoé Lefèvre <z@x.fr> a écrit :",
        "----- Le 4 Sep 17, à 10:12, Zoé Lefèvre z@x.fr a écrit :",
        "Le 4 septembre 2017 à 10:12,\nZoé Lefèvre <z@x.fr> a écrit :",
        "On Monday, September 4th, 2017 at 10:12 AM, Zoé Lefèvre <z@x.fr> wrote:",
        "------ Message d'origine ------\nDe \"Zoé Lefèvre\" <z@x.fr>\nÀ \"y\" <y@x.fr>\nDate 04/09/2017 10:12:34\nObjet Session",
        "========================================\nMessage du : 04/09/2017 10:12\nDe : \"Zoé Lefèvre\" <z@x.fr>\nA : y@x.fr\nSujet : Session",
        "De : Zoé Lefèvre <z@x.fr>\nEnvoyé : lundi 4 septembre 2017 10:12\nÀ : A <a@x.fr>; B\n <b@x.fr>\nObjet : Session du\n 3 octobre",
        "*De :* Zoé Lefèvre <z@x.fr>\n*Envoyé :* lundi 4 septembre 2017 10:12\n*À :* y@x.fr\n*Objet :* Session",
        "> Message du 04/09/17 10:12\n> De : \"Zoé Lefèvre\" <z@x.fr>\n> A : y@x.fr\n> Objet : Session",
        "----- Mail original -----\nDe: \"Zoé Lefèvre\" <z@x.fr>\nÀ: y@x.fr\nEnvoyé: Lundi 4 Septembre 2017 10:12:34\nObjet: Session",
        "De :\tZoé Lefèvre <z@x.fr>\nPour :\ty@x.fr\nDate :\t04/09/2017 10:12\nObjet :\tSession",
        "-------- Message original --------\nDe : Zoé Lefèvre <z@x.fr>\nDate : 04/09/2017 10:12 (GMT+01:00)\nÀ : y@x.fr\nObjet : Session",
        "De : Zoé Lefèvre <z@x.fr> Envoyé : lundi 4 septembre 2017 10:12 À : y@x.fr Objet : Session",
    ] {
        for mark in ["> ", ""] {
            if mark.is_empty() && line.starts_with('>') {
                continue;
            }
            let parts = unquote(&format!("Je viens.\n\n{line}\n\n{mark}Venez !\n"));
            assert_eq!(parts.new, "Je viens.", "{line:?} {mark:?}");
            if mark.is_empty() && line.contains("GMT+02:00") {
                continue;
            }
            let quote = &parts.quotes[0];
            assert_eq!(
                quote.from_email.as_deref(),
                Some("z@x.fr"),
                "{line:?} {mark:?}"
            );
            assert_eq!(
                quote.from_name.as_deref(),
                Some("Zoé Lefèvre"),
                "{line:?} {mark:?}"
            );
            if !line.starts_with('>') || !mark.is_empty() {
                assert_eq!(
                    parts.quotes.last().unwrap().text,
                    "Venez !",
                    "{line:?} {mark:?}"
                );
            }
            assert!(!quote.forwarded);
        }
    }
}

#[test]
fn forwards_are_told() {
    for marker in [
        "---------- Message transféré ---------",
        "---------- Forwarded message ----------",
        "Begin forwarded message:\n",
        "Début du message réexpédié :\n",
        "-------- Message transféré --------",
    ] {
        let parts = unquote(&format!(
            "Pour ma collègue.\n\n{marker}\nDe : Zoé <z@x.fr>\nDate: lun. 4 sept. 2017 à 10:12\nSubject: Session\nTo: <y@x.fr>\n\nJe viens.\n"
        ));
        assert_eq!(parts.new, "Pour ma collègue.", "{marker}");
        assert!(parts.quotes[0].forwarded, "{marker}");
        assert_eq!(parts.quotes[0].from_email.as_deref(), Some("z@x.fr"));
        assert_eq!(parts.quotes[0].text, "Je viens.");
    }
}

#[test]
fn own_sentences_are_no_headers() {
    for text in [
        "Le 12 septembre 2017 votre collègue m'a écrit :\nvenez.",
        "Date : 3 octobre\nNom : Dupont",
        "On 3 October we sent you a form.",
        "À : 10 h\nDe : Lyon",
        "Je vous ai écrit le 3/10 à 10:12 :\nrien.",
    ] {
        assert_eq!(unquote(text).new, text);
    }
}

#[test]
fn answers_between_quoted_lines_are_noted() {
    let parts = unquote(
        "Le 4/9/2017, X <x@y.fr> a écrit :\n> Nom :\nDUPONT Zoé\n> Repas ?\n\noui\n\n> Merci\n> X\n\nÀ bientôt\n",
    );
    assert_eq!(parts.new, "DUPONT Zoé\n\noui\n\nÀ bientôt");
    let answered = &parts.quotes[0].answered;
    assert_eq!(answered[0], ("DUPONT Zoé".into(), "Nom :".into()));
    assert_eq!(answered[1], ("oui".into(), "Repas ?".into()));
    assert_eq!(answered.len(), 2);
    assert_eq!(parts.quotes.len(), 1);
}

#[test]
fn a_form_filled_in_inside_the_quote_is_new() {
    let form = "Merci de nous indiquer :\n- Nom, prénom : DUPONT Zoé\n- Structure : CC du Val\n- Repas (oui/non) : ........\n\nMarine\nTél. : 04 00\n";
    let marked: String = form.lines().map(|line| format!("> {line}\n")).collect();
    for body in [marked.as_str(), form] {
        let parts = unquote(&format!(
            "Voilà.\n\nDe : M <m@x.fr>\nEnvoyé : lundi 4 septembre 2017\nObjet : S\n\n{body}"
        ));
        assert_eq!(
            parts.new,
            "Voilà.\n\n- Nom, prénom : DUPONT Zoé\n- Structure : CC du Val"
        );
        assert_eq!(parts.quotes[0].answered[0].0, "DUPONT Zoé");
    }
    // Somebody's own quoted details are no filled form.
    let parts = unquote("Je ne viens plus.\n\n> Bonjour,\n> Nom : Dupont\n> Tél. : 04\n");
    assert_eq!(parts.new, "Je ne viens plus.");
}

#[test]
fn signatures_are_set_apart() {
    let parts = unquote(
        "Je viens.\n\nCordialement,\nZoé Lefèvre\nChargée de mission\n04 00 00 00 00\n\nEnvoyé de mon iPhone\n",
    );
    assert_eq!(parts.new, "Je viens.\n\nCordialement,");
    assert_eq!(
        parts.signature,
        "Zoé Lefèvre\nChargée de mission\n04 00 00 00 00"
    );
    assert_eq!(parts.boilerplate, "Envoyé de mon iPhone");
    let parts =
        unquote("Je viens.\n-- \nZoé\nCe message et ses pièces jointes sont confidentiels.\n");
    assert_eq!(
        (parts.new.as_str(), parts.signature.as_str()),
        ("Je viens.", "Zoé")
    );
    let parts = unquote(
        "Je viens.\n\nCordialement,\nZoé Lefèvre\n04 00 00 00 00\nInscrivez-vous à notre lettre !\nEnsemble pour demain !\n",
    );
    assert_eq!(parts.new, "Je viens.\n\nCordialement,");
    assert!(parts.boilerplate.contains("Inscrivez-vous"));
    for text in [
        "Merci de nous inscrire\nMarie Dupont\nJean Durand",
        "Merci d'inscrire\nMarie Dupont",
        "Ta collègue vient aussi\nMarie Dupont",
        "Merci Marine !\nPaul Durand viendra le 3 octobre.",
        "Bonne journée à vous\nPaul sera là aussi",
        "Thanks for booking us in\nMarie Dupont\nJohn Smith",
    ] {
        assert_eq!(unquote(text).new, text);
    }
    for thanks in [
        "Merci,",
        "Merci d'avance",
        "Merci de votre retour",
        "Merci Marine !",
        "Thanks a lot",
        "Thank you for your help",
    ] {
        assert_eq!(
            unquote(&format!("Oui.\n\n{thanks}\nZoé")).signature,
            "Zoé",
            "{thanks}"
        );
    }
    let parts = unquote("Merci,\nZoé\nPS : je mange végétarien.\n");
    assert_eq!(parts.new, "Merci,\nPS : je mange végétarien.");
    let parts = unquote("Merci d'inscrire :\n- Zoé Lefèvre\n- Yann Lefèvre\n");
    assert_eq!(parts.signature, "");
}

#[test]
fn the_authors_own_last_paragraph_is_a_signature() {
    let text = "Inscrivez-nous.\n\nZoé LEFÈVRE\nCC du Val\n04 00 00 00 00\n";
    let parts = unquote_of(text, Some(&author("Lefevre Zoé")));
    assert_eq!(parts.new, "Inscrivez-nous.");
    assert_eq!(parts.signature, "Zoé LEFÈVRE\nCC du Val\n04 00 00 00 00");
    assert_eq!(unquote_of(text, Some(&author("Marc Autre"))).signature, "");
    assert_eq!(
        unquote_of(
            "Voici nos noms :\n\nZoé Lefèvre\n",
            Some(&author("Zoé Lefèvre"))
        )
        .signature,
        ""
    );
}

/// Lines that mails are made of, in any order.
const PIECES: &[&str] = &[
    "Bonjour,",
    "Je viens le 3 octobre.",
    "",
    "> cité",
    ">> plus",
    "> ",
    "-- ",
    "--",
    "Cordialement,",
    "Zoé Lefèvre",
    "04 00 00 00 00",
    "De : Zoé <z@x.fr>",
    "Envoyé : lundi 4 septembre 2017 10:12",
    "À : Y",
    "Objet : Session",
    "-----Message d'origine-----",
    "Le 4/9/2017 à 10:12, Zoé <z@x.fr> a écrit :",
    "On Mon, Sep 4, 2017, X",
    "wrote:",
    "Begin forwarded message:",
    "> Nom : Dupont",
    "Merci de nous indiquer :",
    "- Nom, prénom : DUPONT",
    "Ce message et ses pièces jointes sont confidentiels.",
    "Envoyé de mon iPhone",
    "________________________________",
    "é\u{301}\u{200b}",
    "\u{0}",
    ":",
    ">",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_taken_apart(text in "\\PC{0,400}") {
        unquote(&text);
    }

    #[test]
    fn new_text_holds_only_lines_of_the_mail(picks in proptest::collection::vec(any::<proptest::sample::Index>(), 0..60)) {
        let lines: Vec<&str> = picks.iter().map(|pick| *pick.get(PIECES)).collect();
        let text = lines.join("\n");
        let parts = unquote(&text);
        for line in parts.new.lines().filter(|line| !line.is_empty()) {
            prop_assert!(text.contains(line), "{line:?} is not of {text:?}");
        }
        // Whatever is not new stands somewhere else: nothing but header lines and marks is lost. (A
        // line in the midst of a header counts as folded.)
        if ["wrote:", "Objet", "Envoyé :", "À :"].iter().any(|label| text.contains(label)) {
            return Ok(());
        }
        let mut all = format!("{}\n{}\n{}", parts.new, parts.signature, parts.boilerplate);
        for quote in &parts.quotes {
            all.push('\n');
            all.push_str(&quote.text);
        }
        for line in ["Bonjour,", "Je viens le 3 octobre.", "04 00 00 00 00", "Cordialement,"] {
            let wanted = lines.iter().filter(|l| **l == line).count();
            prop_assert!(all.matches(line).count() >= wanted.min(1), "{line:?} is lost of {text:?}");
        }
    }
}
