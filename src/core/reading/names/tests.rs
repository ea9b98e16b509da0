//! Names as written in mails, and what is none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use super::*;
use crate::core::person::Address;

#[track_caller]
fn parsed(text: &str, expected: &str) {
    assert_eq!(parse_name(text).unwrap_or_default(), expected, "{text}");
}

#[track_caller]
fn found(text: &str, expected: &[&str]) {
    let names: Vec<String> = names_in(text).into_iter().map(|f| f.name).collect();
    assert_eq!(names, expected, "{text}");
    for name in names_in(text) {
        assert!(text.get(name.range).is_some());
    }
}

#[test]
fn capitals_are_the_family_name() {
    parsed("DUPONT Marie", "Marie Dupont");
    parsed("Marie DUPONT", "Marie Dupont");
    parsed("VAN AKKER Bruno", "Bruno Van Akker");
    parsed("DE KERGOLLAN Aymeric", "Aymeric de Kergollan");
    parsed(
        "LE GARREC-FABRE Marc Antoine",
        "Marc Antoine Le Garrec-Fabre",
    );
    parsed("N'GORANNA Prisca", "Prisca N'Goranna");
    parsed("Malo GUIVOURC'H", "Malo Guivourc'h");
    parsed("ODD BJØRN Åse", "Åse Odd Bjørn");
    parsed("d'HAUTECOURO Paul", "Paul d'Hautecouro");
    parsed("D'HAUTECOURO Paul", "Paul d'Hautecouro");
}

#[test]
fn commas_turn_names_round() {
    parsed("DELEUZERIE, Ombeline", "Ombeline Deleuzerie");
    parsed("O'Mara-Keady, Fionn", "Fionn O'Mara-Keady");
    parsed("Dupont, Marie-Laure", "Marie-Laure Dupont");
}

#[test]
fn known_given_names_help() {
    parsed("Abgratt Corentin", "Corentin Abgratt");
    parsed("ROUSSILHE GERARD", "Gerard Roussilhe");
    parsed("ROGER CHAPUIZON", "Roger Chapuizon");
    parsed("Le Goarzou Marie-Annick", "Marie-Annick Le Goarzou");
    parsed("Charles Martin", "Charles Martin");
    parsed("Urška Podlesnak", "Urška Podlesnak");
}

#[test]
fn titles_go_where_a_given_name_is_known() {
    parsed("M. Jean-Noël LE GOFF", "Jean-Noël Le Goff");
    parsed("Monsieur Hervé de Montrozit", "Hervé de Montrozit");
    parsed("Mme de la Bretonnaire", "Mme de la Bretonnaire");
    parsed("M. d'Hautecouro", "M. d'Hautecouro");
    parsed("Mlle Sanchez-Rica", "Mlle Sanchez-Rica");
    parsed("Dr Annaïg Lebreton", "Annaïg Lebreton");
    parsed("MR ROUSSILHE GERARD", "Gerard Roussilhe");
    parsed("- BELLONARD Justine", "Justine Bellonard");
    parsed("1) Assumpta Tigue", "Assumpta Tigue");
}

#[test]
fn what_is_no_person() {
    for text in [
        "GAL Haut-Lauzon",
        "Secrétariat Aviron Club du Port",
        "Direction GAL Drouzat",
        "contact",
        "Mairie de Chantelouve",
        "Bonjour Marine",
        "Ressources Humaines",
        "Services Développement",
        "lundi 3 octobre",
        "Chargée de mission",
        "Cordialement",
        "12 rue des Lilas",
        "a.b@c.example",
        "de la",
        "",
    ] {
        parsed(text, "");
    }
}

#[test]
fn names_in_sentences() {
    found(
        "nous souhaiterions, mon collègue Yannick Le \nGuellout (chargé de mission) et moi-même",
        &["Yannick Le Guellout"],
    );
    found(
        "Monsieur Hervé\nde Montrozit, Président de la Communauté de communes des Quatre Fontaines",
        &["Hervé de Montrozit"],
    );
    found(
        "Mme de la Bretonnaire, M. d'Hautecouro et Mlle Sanchez-Rica assisteront",
        &[
            "Mme de la Bretonnaire",
            "M. d'Hautecouro",
            "Mlle Sanchez-Rica",
        ],
    );
    found(
        "Bonjour Marine, merci d'inscrire Sophie Malatoure",
        &["Sophie Malatoure"],
    );
    found(
        "Dear Niamh,\n\nplease add our administrator Kasia Nowik-Brannan",
        &["Kasia Nowik-Brannan"],
    );
    found(
        "notre vendeuse Jade Courtejambe (jade@b.example)",
        &["Jade Courtejambe"],
    );
    found(
        "Urška Podlesnak, project assistant, urska.podlesnak@las.example",
        &["Urška Podlesnak"],
    );
    found(
        "le GAL Pays de Cournolle participe à la webconférence Financements Innovants à Valence",
        &[],
    );
    found("J'ai vu la Communauté de communes du Val de Bruyes", &[]);
}

#[test]
fn lists_of_names() {
    assert_eq!(
        names_in_list("Estelle Villardaire, Joris Anquetot et Robert Falgaux"),
        ["Estelle Villardaire", "Joris Anquetot", "Robert Falgaux"]
    );
    assert_eq!(
        names_in_list("- DUPONT Marie\n- Martin Paul\n"),
        ["Marie Dupont", "Martin Paul"]
    );
}

fn header(name: Option<&str>, email: &str) -> Option<String> {
    name_of_address(&Address {
        name: name.map(str::to_owned),
        email: email.to_owned(),
    })
}

#[test]
fn headers_and_addresses() {
    assert_eq!(
        header(Some("RAVOINE Céline"), "c.ravoine@x.example").unwrap(),
        "Céline Ravoine"
    );
    assert_eq!(
        header(Some("\"DELEUZERIE, Ombeline\""), "o@x.example").unwrap(),
        "Ombeline Deleuzerie"
    );
    assert_eq!(
        header(Some("rene.bastidou"), "rene.bastidou@x.example").unwrap(),
        "Rene Bastidou"
    );
    assert_eq!(
        header(None, "rene.bastidou@x.example").unwrap(),
        "Rene Bastidou"
    );
    assert_eq!(
        header(Some("Kowal Zbyszek"), "zbyszek.kowal@x.example").unwrap(),
        "Zbyszek Kowal"
    );
    assert_eq!(
        header(Some("Irène"), "i.thevenoux@x.example").unwrap(),
        "Irène"
    );
    assert_eq!(header(Some("GAL Haut-Lauzon"), "contact@x.example"), None);
    assert_eq!(header(Some("contact"), "contact@x.example"), None);
    assert_eq!(header(None, "contact.mairie@x.example"), None);
}

#[test]
fn accents_come_back_from_elsewhere() {
    assert_eq!(
        restore("Emeline Vacquerin", "Bien à vous\nÉmeline"),
        "Émeline Vacquerin"
    );
    assert_eq!(restore("Rene Bastidou", "René BASTIDOU"), "René Bastidou");
    assert_eq!(
        restore("Elodie Sabourdin", "Élodie SABOURDIN"),
        "Élodie Sabourdin"
    );
    assert_eq!(restore("Kévin Abriol", "Kevin Abriol"), "Kévin Abriol");
    assert_eq!(restore("Ruairi Macaodha", "MacAodha"), "Ruairi MacAodha");
}

#[test]
fn short_forms() {
    assert!(may_be("Jean-Noël", "Jean-Noël Brugière-Pens"));
    assert!(may_be("J.-N. Brugière-Pens", "Jean-Noël Brugière-Pens"));
    assert!(may_be("Mme Puech", "Anne-Marie Puech"));
    assert!(may_be("M. Falgaux", "Robert Falgaux"));
    assert!(may_be("C. Boisrand", "Capucine Boisrand"));
    assert!(!may_be("Mathilde", "Jean-Noël Brugière-Pens"));
    assert!(!may_be("M.", "Marie Puech"));
}

#[test]
fn a_name_begins_at_its_title() {
    for (text, name) in [
        ("Appel de Mme Roulleau, adjointe à Clamecy.", "Mme Roulleau"),
        ("Message de M. Étienne Vasnier pour toi", "Étienne Vasnier"),
        ("Call from Mrs Sheila Oakes about the day", "Sheila Oakes"),
    ] {
        let found = names_in(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].name, name, "{text}");
    }
    assert_eq!(parse_name("Appel de Mme Roulleau"), None);
}

#[test]
fn what_is_somebodys_is_nobody() {
    assert_eq!(parse_name("Jardins de Capucine"), None);
    assert_eq!(
        parse_name("Anne de Kervadec").as_deref(),
        Some("Anne de Kervadec")
    );
}

#[test]
fn a_line_that_its_writer_ended_goes_on_nowhere() {
    let found = names_in("Nom : Tessaro\nPrénom : Giulia\nE-mail : x@y.example");
    assert!(found.iter().all(|n| !n.name.contains("mail")), "{found:?}");
}
