//! Names as written in mails, and what is none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use super::*;

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
    parsed("VAN ACKER Bruno", "Bruno Van Acker");
    parsed("DE KERGORLAY Aymeric", "Aymeric de Kergorlay");
    parsed(
        "LE GARREC-FABRE Marc Antoine",
        "Marc Antoine Le Garrec-Fabre",
    );
    parsed("N'GUESSAN Prisca", "Prisca N'Guessan");
    parsed("Malo GUIVARC'H", "Malo Guivarc'h");
    parsed("ODD BJØRN Åse", "Åse Odd Bjørn");
    parsed("d'HAUTECOURT Paul", "Paul d'Hautecourt");
    parsed("D'HAUTECOURT Paul", "Paul d'Hautecourt");
}

#[test]
fn commas_turn_names_round() {
    parsed("DELEUZIERE, Ombeline", "Ombeline Deleuziere");
    parsed("O'Hara-Keane, Fionn", "Fionn O'Hara-Keane");
    parsed("Dupont, Marie-Laure", "Marie-Laure Dupont");
}

#[test]
fn known_given_names_help() {
    parsed("Abgrall Corentin", "Corentin Abgrall");
    parsed("ROUSSILHE GERARD", "Gerard Roussilhe");
    parsed("ROGER CHAPUISAT", "Roger Chapuisat");
    parsed("Le Goaziou Marie-Annick", "Marie-Annick Le Goaziou");
    parsed("Charles Martin", "Charles Martin");
    parsed("Urška Podlesnik", "Urška Podlesnik");
}

#[test]
fn titles_go_where_a_given_name_is_known() {
    parsed("M. Jean-Noël LE GOFF", "Jean-Noël Le Goff");
    parsed("Monsieur Hervé de Montrozat", "Hervé de Montrozat");
    parsed("Mme de la Bretonnière", "Mme de la Bretonnière");
    parsed("M. d'Hautecourt", "M. d'Hautecourt");
    parsed("Mlle Sanchez-Roca", "Mlle Sanchez-Roca");
    parsed("Dr Annaïg Lebreton", "Annaïg Lebreton");
    parsed("MR ROUSSILHE GERARD", "Gerard Roussilhe");
    parsed("- BELLOUARD Justine", "Justine Bellouard");
    parsed("1) Assumpta Tighe", "Assumpta Tighe");
}

#[test]
fn what_is_no_person() {
    for text in [
        "GAL Haut-Lauzan",
        "Secrétariat Aviron Club du Lac",
        "Direction GAL Drouzet",
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
        "nous souhaiterions, mon collègue Yannick Le \nGuellaut (chargé de mission) et moi-même",
        &["Yannick Le Guellaut"],
    );
    found(
        "Monsieur Hervé\nde Montrozat, Président de la Communauté de communes des Quatre Clochers",
        &["Hervé de Montrozat"],
    );
    found(
        "Mme de la Bretonnière, M. d'Hautecourt et Mlle Sanchez-Roca assisteront",
        &[
            "Mme de la Bretonnière",
            "M. d'Hautecourt",
            "Mlle Sanchez-Roca",
        ],
    );
    found(
        "Bonjour Marine, merci d'inscrire Sophie Malaterre",
        &["Sophie Malaterre"],
    );
    found(
        "Dear Niamh,\n\nplease add our administrator Kasia Nowak-Brennan",
        &["Kasia Nowak-Brennan"],
    );
    found(
        "notre vendeuse Jade Courtecuisse (jade@b.example)",
        &["Jade Courtecuisse"],
    );
    found(
        "Urška Podlesnik, project assistant, urska.podlesnik@las.example",
        &["Urška Podlesnik"],
    );
    found(
        "le GAL Pays de Cournelle participe à la webconférence Financements Innovants à Valence",
        &[],
    );
    found("J'ai vu la Communauté de communes du Val de Brumes", &[]);
}

#[test]
fn lists_of_names() {
    assert_eq!(
        names_in_list("Estelle Villardière, Joris Anquetin et Robert Falgoux"),
        ["Estelle Villardière", "Joris Anquetin", "Robert Falgoux"]
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
        header(Some("RAVOIRE Céline"), "c.ravoire@x.example").unwrap(),
        "Céline Ravoire"
    );
    assert_eq!(
        header(Some("\"DELEUZIERE, Ombeline\""), "o@x.example").unwrap(),
        "Ombeline Deleuziere"
    );
    assert_eq!(
        header(Some("rene.bastidon"), "rene.bastidon@x.example").unwrap(),
        "Rene Bastidon"
    );
    assert_eq!(
        header(None, "rene.bastidon@x.example").unwrap(),
        "Rene Bastidon"
    );
    assert_eq!(
        header(Some("Kowal Zbyszek"), "zbyszek.kowal@x.example").unwrap(),
        "Zbyszek Kowal"
    );
    assert_eq!(
        header(Some("Irène"), "i.thevenoux@x.example").unwrap(),
        "Irène"
    );
    assert_eq!(header(Some("GAL Haut-Lauzan"), "contact@x.example"), None);
    assert_eq!(header(Some("contact"), "contact@x.example"), None);
    assert_eq!(header(None, "contact.mairie@x.example"), None);
}

#[test]
fn accents_come_back_from_elsewhere() {
    assert_eq!(
        restore("Emeline Vacquerie", "Bien à vous\nÉmeline"),
        "Émeline Vacquerie"
    );
    assert_eq!(restore("Rene Bastidon", "René BASTIDON"), "René Bastidon");
    assert_eq!(
        restore("Elodie Sabourdy", "Élodie SABOURDY"),
        "Élodie Sabourdy"
    );
    assert_eq!(restore("Kévin Abrial", "Kevin Abrial"), "Kévin Abrial");
    assert_eq!(restore("Ruairi Macaodha", "MacAodha"), "Ruairi MacAodha");
}

#[test]
fn short_forms() {
    assert!(may_be("Jean-Noël", "Jean-Noël Brugière-Pons"));
    assert!(may_be("J.-N. Brugière-Pons", "Jean-Noël Brugière-Pons"));
    assert!(may_be("Mme Puech", "Anne-Marie Puech"));
    assert!(may_be("M. Falgoux", "Robert Falgoux"));
    assert!(may_be("C. Boisrond", "Capucine Boisrond"));
    assert!(!may_be("Mathilde", "Jean-Noël Brugière-Pons"));
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
