//! Details of people as mails give them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use super::*;
use crate::core::message::Message;
use crate::core::person::Address;
use crate::core::unquote::Parts;

fn numbers(text: &str) -> Vec<(String, PhoneKind)> {
    phones_in(text)
        .into_iter()
        .map(|phone| {
            assert!(text.get(phone.range.clone()).is_some());
            (phone.number, phone.kind)
        })
        .collect()
}

#[track_caller]
fn number(text: &str, expected: &str, kind: PhoneKind) {
    assert_eq!(numbers(text), [(expected.to_owned(), kind)], "{text}");
}

#[test]
fn telephone_numbers_in_their_writings() {
    number("Tél. 03 65 71 22 18", "03 65 71 22 18", PhoneKind::Plain);
    number(
        "03.65.71.77.41 au niveau 3",
        "03.65.71.77.41",
        PhoneKind::Plain,
    );
    number("0639985120", "0639985120", PhoneKind::Mobile);
    number(
        "+33 (0)6 39 98 50 05",
        "+33 (0)6 39 98 50 05",
        PhoneKind::Mobile,
    );
    number("+353 20 918 0042", "+353 20 918 0042", PhoneKind::Plain);
    number("Mob: 087 555 0131", "087 555 0131", PhoneKind::Mobile);
    number("LD 03 53 01 22 47", "03 53 01 22 47", PhoneKind::Direct);
    number(
        "03 65 71 08 80 (standard)",
        "03 65 71 08 80",
        PhoneKind::Switchboard,
    );
    number(
        "technicien, 05 36 \n49 72 18",
        "05 36 49 72 18",
        PhoneKind::Plain,
    );
    assert_eq!(
        numbers("Tél. 03 53 01 70 55 / Fax 03 53 01 70 00"),
        [
            ("03 53 01 70 55".to_owned(), PhoneKind::Plain),
            ("03 53 01 70 00".to_owned(), PhoneKind::Fax)
        ]
    );
    assert_eq!(
        numbers("Direct: 020 917 3305 | Office: 020 917 3300"),
        [
            ("020 917 3305".to_owned(), PhoneKind::Direct),
            ("020 917 3300".to_owned(), PhoneKind::Switchboard)
        ]
    );
}

#[test]
fn numbers_that_are_no_telephone() {
    for text in [
        "03/02/2025  13:00",
        "le 03/10 à 10h",
        "facture 2017-0447",
        "SIRET 123 456 789 00012",
        "n° étudiant 22104587",
        "38000 Grenoble",
        "ref0612345678x",
    ] {
        assert!(numbers(text).is_empty(), "{text}: {:?}", numbers(text));
    }
}

#[test]
fn addresses() {
    let found: Vec<String> = emails_in("(A.B@Cc-val.example), <d_e@f.example>. x@y, @z.fr")
        .into_iter()
        .map(|(_, email)| email)
        .collect();
    assert_eq!(found, ["a.b@cc-val.example", "d_e@f.example"]);
}

fn message(from: (&str, &str), reply_to: Option<(&str, &str)>) -> Message {
    let address = |(name, email): (&str, &str)| Address {
        name: Some(name.to_owned()).filter(|n| !n.is_empty()),
        email: email.to_owned(),
    };
    Message {
        from: vec![address(from)],
        reply_to: reply_to.map(address).into_iter().collect(),
        ..Message::default()
    }
}

fn sender(from: (&str, &str), new: &str, signature: &str) -> Person {
    let parts = Parts {
        new: new.to_owned(),
        signature: signature.to_owned(),
        ..Parts::default()
    };
    sender_details(&message(from, None), &parts)
}

#[track_caller]
fn check(person: &Person, name: &str, organisation: &str, role: &str, phone: &str) {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    assert_eq!(
        (
            person.name.as_str(),
            text(&person.organisation).as_str(),
            text(&person.role).as_str(),
            text(&person.phone).as_str()
        ),
        (name, organisation, role, phone),
        "{person:?}"
    );
}

#[test]
fn signatures_of_usual_shapes() {
    let found = sender(
        ("MARTEL Odile", "o.martel@cc-hautval.example"),
        "Bonjour,",
        "Odile MARTEL\nAnimatrice du programme Forêts\nCommunauté de communes du Haut-Val\n12 place du Marché - Nort\nTél. 03 65 71 22 18\nwww.cc-hautval.example",
    );
    check(
        &found,
        "Odile Martel",
        "Communauté de communes du Haut-Val",
        "Animatrice du programme Forêts",
        "03 65 71 22 18",
    );
    let found = sender(
        ("Odile Martel", "o.martel@hautval.example"),
        "Inscrivez-moi.\n\nOdile Martel, chargée de mission, GAL du Haut-Val, 03 65 71 22 18",
        "",
    );
    check(
        &found,
        "Odile Martel",
        "GAL du Haut-Val",
        "chargée de mission",
        "03 65 71 22 18",
    );
    let found = sender(
        ("Ciaran Walsh", "c.walsh@lough.example"),
        "Hi",
        "Ciaran Walsh\nVolunteer Coordinator\nLough Community Services\nDirect: 020 917 3305 | Office: 020 917 3300",
    );
    check(
        &found,
        "Ciaran Walsh",
        "Lough Community Services",
        "Volunteer Coordinator",
        "020 917 3305",
    );
    let found = sender(
        ("Odile Martel", "o.martel@x.example"),
        "Hi",
        "Odile Martel\nPrésidente du Kayak de Nort\n06 39 98 14 55",
    );
    check(
        &found,
        "Odile Martel",
        "Kayak de Nort",
        "Présidente",
        "06 39 98 14 55",
    );
    let found = sender(
        ("Odile", "odile.martel@gmail.example"),
        "Je viens !",
        "Odile Martel\nLes Sabots de Nort",
    );
    check(&found, "Odile Martel", "Les Sabots de Nort", "", "");
    let found = sender(
        ("Zoé Béal", "z.beal@x.example"),
        "Bonjour",
        "Zoé Béal\ndoctorante au LEMX",
    );
    check(&found, "Zoé Béal", "LEMX", "doctorante", "");
}

#[test]
fn bodies_by_their_letters_and_names_that_changed() {
    let found = sender(
        ("Zoé Béal", "zoe.beal@x.example"),
        "Bonjour\n\nZoé Béal, infirmière coordinatrice\nSSIAD du Haut Dravin 03 53 01 62 08",
        "",
    );
    check(
        &found,
        "Zoé Béal",
        "SSIAD du Haut Dravin",
        "infirmière coordinatrice",
        "03 53 01 62 08",
    );
    let found = sender(
        ("Zoé Béal", "zoe.beal@x.example"),
        "Depuis mon mariage je m'appelle Zoé Roquepin.",
        "Zoé Roquepin\nCPAM des Rives - 03 53 01 28 66",
    );
    check(
        &found,
        "Zoé Roquepin",
        "CPAM des Rives",
        "",
        "03 53 01 28 66",
    );
    let found = sender(
        ("Ann Byrne", "ann.byrne@x.example"),
        "I got married, so I'm Ann Fenley now.",
        "",
    );
    assert_eq!(found.name, "Ann Fenley");
    let found = sender(("Ann Byrne", "ann.byrne@x.example"), "I'm Not sure yet", "");
    assert_eq!(found.name, "Ann Byrne");
}

#[test]
fn the_best_spelling_and_the_personal_address() {
    let parts = Parts {
        new: "Merci\n\nNoémie CASTEL\nGAL Haut-Val".to_owned(),
        ..Parts::default()
    };
    let found = sender_details(
        &message(
            ("GAL Haut-Val", "contact@hautval.example"),
            Some(("Noemie Castel", "noemie.castel@hautval.example")),
        ),
        &parts,
    );
    assert_eq!(found.name, "Noémie Castel");
    assert_eq!(
        found.email.as_deref(),
        Some("noemie.castel@hautval.example")
    );
    let found = sender(
        ("Famille Béal", "famille.beal@free.example"),
        "Je participerai.",
        "Zoé Béal",
    );
    assert_eq!(found.name, "Zoé Béal");
}

#[test]
fn forms_one_after_another() {
    let people = forms_in(
        "Bonjour,\n\nNom : ROCHEMAIRE\nPrénom : Inès\nStructure : CC des Monts\nFonction : chargée de mission\nTél : 03 65 71 83 12\nMail : i.rochemaire@cc.example\n\nNom : LE GARREC-FABRE\nPrénom : Marc Antoine\nStructure : Association des Monts\n\nMerci",
    );
    assert_eq!(people.len(), 2, "{people:?}");
    check(
        &people[0],
        "Inès Rochemaire",
        "CC des Monts",
        "chargée de mission",
        "03 65 71 83 12",
    );
    assert_eq!(people[0].email.as_deref(), Some("i.rochemaire@cc.example"));
    check(
        &people[1],
        "Marc Antoine Le Garrec-Fabre",
        "Association des Monts",
        "",
        "",
    );
    let people = forms_in(
        "First name: Ruairí\nSurname: Mac Aogha\nOrganisation: Hospice Shop\nRole: Shop manager\nPhone: 020 914 8820",
    );
    check(
        &people[0],
        "Ruairí Mac Aogha",
        "Hospice Shop",
        "Shop manager",
        "020 914 8820",
    );
    let people = forms_in("nom complet : Baptiste GINEST, structure : CC des Clochers.");
    check(&people[0], "Baptiste Ginest", "CC des Clochers", "", "");
    assert!(forms_in("Objet : inscription\nBonjour, le nom de la salle : Rhône").len() <= 1);
}

#[test]
fn tables_with_heads() {
    let people = tables_in(
        "Civilité | Nom Prénom | Qualité | Téléphone\nM. | VAN AKKER Bruno | Président | 06 39 98 31 07\nMme | Toussaint Odalys | Animatrice | ",
    );
    assert_eq!(people.len(), 2);
    check(
        &people[0],
        "Bruno Van Akker",
        "",
        "Président",
        "06 39 98 31 07",
    );
    check(&people[1], "Odalys Toussaint", "", "Animatrice", "");
    let people = tables_in(
        "voir tableau :\n\nNom\n\nPrénom\n\nFonction\n\nMail\n\nGarance\n\nLucie\n\nChargée de mission\n\nl.g@p.example\n\nNOUVIALO\n\nPierre-Antoine\n\nAnimateur\n\npa@p.example\n\nÀ bientôt",
    );
    assert_eq!(people.len(), 2);
    assert_eq!(people[1].name, "Pierre-Antoine Nouvialo");
    assert_eq!(people[1].email.as_deref(), Some("pa@p.example"));
}

#[test]
fn lists_with_marks_and_without() {
    let people = lists_in(
        "- BELLOU Justine, jb@a.example, 06 39 98 70 01\n- DE KERGOR Aymeric, ak@y.example\n- et Maryse Cazel, 2e vice-présidente,\nmaryse@l.example\n\nOn viendra à 3.",
    );
    assert_eq!(people.len(), 3, "{people:?}");
    check(&people[0], "Justine Bellou", "", "", "06 39 98 70 01");
    assert_eq!(people[1].name, "Aymeric de Kergor");
    assert_eq!(people[2].email.as_deref(), Some("maryse@l.example"));
    let people = lists_in("Albane Rivoal, infirmière\nOusmane Diaki, technicien\n");
    assert_eq!(people.len(), 2);
    assert_eq!(people[1].role.as_deref(), Some("technicien"));
    assert!(lists_in("Odile Martel\nGAL du Haut-Val\n03 65 71 22 18").is_empty());
}

#[test]
fn what_a_sentence_says_of_somebody() {
    let text = "nous souhaiterions, mon collègue Yannick Le Guell (chargé de mission bois, y.leguell@parc.example) et moi-même, participer";
    let found = details_near(text, "Yannick Le Guell");
    assert_eq!(found.role.as_deref(), Some("chargé de mission bois"));
    assert_eq!(found.email.as_deref(), Some("y.leguell@parc.example"));
    let text =
        "sera remplacée par notre vendeuse Jade Courte (jade@brodolin.example, 06 39 98 31 72).";
    let found = details_near(text, "Jade Courte");
    check(&found, "Jade Courte", "", "vendeuse", "06 39 98 31 72");
    let text = "Bríd Shea and Tom Wierz. Their emails are tom@d.example and brid@d.example.";
    assert_eq!(
        details_near(text, "Bríd Shea").email.as_deref(),
        Some("brid@d.example")
    );
    assert_eq!(
        details_near(text, "Tom Wierz").email.as_deref(),
        Some("tom@d.example")
    );
}

#[test]
fn bodies_in_running_text() {
    let found = |text: &str| organisation_in(text).unwrap_or_default();
    assert_eq!(
        found("je vous écris du GAL Colli Verdi en Italie"),
        "GAL Colli Verdi"
    );
    assert_eq!(
        found("au nom de la Communauté de communes du Val de Bruyes, nous"),
        "Communauté de communes du Val de Bruyes"
    );
    assert_eq!(
        found("two persons from LAS Zelen Breg (Slovenia)"),
        "LAS Zelen Breg"
    );
    assert_eq!(found("notre association participe"), "");
    assert_eq!(found("le réseau est en panne"), "");
}

#[test]
fn a_form_between_quoted_lines() {
    let mut parts = Parts::default();
    parts.quotes.push(crate::core::unquote::Quote {
        answered: vec![
            ("COURTAU Ghislaine".to_owned(), "Nom et prénom :".to_owned()),
            (
                "Université de la Houle, bibliothèque".to_owned(),
                "Établissement / service :".to_owned(),
            ),
            (
                "03 53 01 84 63".to_owned(),
                "Téléphone professionnel :".to_owned(),
            ),
        ],
        ..crate::core::unquote::Quote::default()
    });
    let people = filled_form(&parts);
    check(
        &people[0],
        "Ghislaine Courtau",
        "Université de la Houle, bibliothèque",
        "",
        "03 53 01 84 63",
    );
}

#[test]
fn bodies_that_somebody_is_at() {
    for (text, body) in [
        (
            "Je suis coordinatrice depuis mars à Toits et Moi (Redon).",
            "Toits et Moi",
        ),
        (
            "I chair North Uist Renewables and need this.",
            "North Uist Renewables",
        ),
        ("Elle est gérante de Fils & Cie comme moi.", "Fils & Cie"),
        (
            "Je viens pour la compagnie Vent Debout, où je joue.",
            "compagnie Vent Debout",
        ),
        ("Both c/o Penrice Boats.", "Penrice Boats"),
        (
            "Nous sommes tous deux de la Société d'études locales du Val d'Ance.",
            "Société d'études locales du Val d'Ance",
        ),
        (
            "Anne Ozon, coordinatrice de la Maison aux Idées",
            "Maison aux Idées",
        ),
    ] {
        let found = organisation_in(text).unwrap_or_default();
        assert!(found.contains(body), "{text}: {found}");
    }
    for text in [
        "Je suis animatrice à Lyon.",
        "Je serai à La Rochelle.",
        "Merci Anne",
    ] {
        assert_eq!(organisation_in(text), None, "{text}");
    }
}

#[test]
fn what_a_signature_says_of_role_and_body() {
    for (lines, role, body) in [
        (
            "Ann Oakes\nLibrary Assistant, Marsham Library",
            "Library Assistant",
            "Marsham Library",
        ),
        (
            "Ann Oakes\nPort Chaplain, Sailors' Rest",
            "Port Chaplain",
            "Sailors' Rest",
        ),
        ("Ann Oakes, FV Silver Dawn", "", "FV Silver Dawn"),
        (
            "Ann Oakes\nprojet : Le Four commun, boulangerie à Scaër",
            "",
            "Le Four commun",
        ),
        ("Ann Oakes, projet Cadence (lutherie)", "", "Cadence"),
        (
            "Ann Oakes\nEnergy Team Leader\nForth Homes\nDDI 01632 960 812",
            "Energy Team Leader",
            "Forth Homes",
        ),
    ] {
        let person = sender(("Ann Oakes", "ann@x.example"), "Bonjour", lines);
        assert_eq!(person.role.unwrap_or_default(), role, "{lines}");
        assert_eq!(person.organisation.unwrap_or_default(), body, "{lines}");
    }
}

#[test]
fn a_line_may_say_more_before_the_name() {
    let names =
        |text: &str| -> Vec<String> { lists_in(text).into_iter().map(|p| p.name).collect() };
    assert_eq!(
        names("n° 1 : Jules Péan, régisseur (jules@x.example)\nn° 4 : Paola Wind, éclairagiste"),
        ["Jules Péan", "Paola Wind"]
    );
    assert_eq!(
        names("- le maire, Bernard Ozon - maire@x.example\n- la secrétaire, Odile Pons"),
        ["Bernard Ozon", "Odile Pons"]
    );
    let form = "Prénom et nom : Maëlle Kérouë, avec un tréma svp\nNom du projet : Le Chai";
    let person = forms_in(form).remove(0);
    assert_eq!(person.name, "Maëlle Kérouë");
    assert_eq!(person.organisation.as_deref(), Some("Le Chai"));
}

#[test]
fn a_short_name_is_spelled_out() {
    for (from, new, signature, name) in [
        (
            ("m.corvec", "m.corvec@x.example"),
            "Bonjour",
            "Maël",
            "Maël Corvec",
        ),
        (
            ("jeanne.pradel", "jeanne.pradel@x.example"),
            "Bonjour",
            "J. Pradel",
            "Jeanne Pradel",
        ),
        (
            ("Ronan L.", "ronan.lost@x.example"),
            "Bonjour",
            "Ronan Lost",
            "Ronan Lost",
        ),
        (
            ("", "z.h@x.example"),
            "Bonjour, Sixte Hervé à l'appareil, changez mon adresse",
            "",
            "Sixte Hervé",
        ),
    ] {
        assert_eq!(sender(from, new, signature).name, name, "{from:?}");
    }
}
