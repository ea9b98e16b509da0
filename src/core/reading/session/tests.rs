//! Sessions named in texts, against small made-up catalogues and one of thousands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::*;
mod numbers;
mod passing;

use crate::core::catalogue::{GroupRule, MembershipRule, Session, Span};

struct Draft {
    id: &'static str,
    title: &'static str,
    series: Option<&'static str>,
    level: Option<u32>,
    aliases: &'static [&'static str],
    dates: Vec<Date>,
    place: &'static str,
    online: bool,
}

fn session(draft: Draft) -> Session {
    let tz = TimeZone::get("Europe/Paris").unwrap();
    let when = draft
        .dates
        .iter()
        .map(|date| {
            let (from, to) = (date.at(10, 0, 0, 0), date.at(12, 0, 0, 0));
            Span {
                from,
                to,
                from_at: tz.to_timestamp(from).unwrap(),
                to_at: tz.to_timestamp(to).unwrap(),
            }
        })
        .collect();
    Session {
        id: SessionId(draft.id.to_owned()),
        title: draft.title.to_owned(),
        series: draft.series.map(str::to_owned),
        level: draft.level,
        aliases: draft.aliases.iter().map(|a| (*a).to_owned()).collect(),
        when,
        timezone: "Europe/Paris".to_owned(),
        place: draft.place.to_owned(),
        online: draft.online,
        capacity: 12,
        held: 0,
        capacity_min: None,
        waitlist: true,
        group: GroupRule::Together,
        closes_at: None,
        last_day: None,
        membership: MembershipRule::None,
        mode: None,
        closed: false,
        cancelled: false,
        join_link: None,
        description: None,
        audience: None,
        contact: None,
        confirmed_note: None,
        ask: Vec::new(),
        membership_form: None,
        attachments: Vec::new(),
    }
}

/// A museum's courses, received on Monday 4 March 2024.
fn museum() -> Catalogue {
    let series = Some("Restaurer le papier");
    Catalogue::new(
        vec![
            session(Draft {
                id: "papier-1",
                title: "Restaurer le papier : gestes de premier secours",
                series,
                level: Some(1),
                aliases: &[],
                dates: vec![date(2023, 11, 14)],
                place: "Tournelay",
                online: false,
            }),
            session(Draft {
                id: "papier-2",
                title: "Restaurer le papier : le comblement des lacunes",
                series,
                level: Some(2),
                aliases: &[],
                dates: vec![date(2024, 3, 19), date(2024, 3, 20)],
                place: "Tournelay",
                online: false,
            }),
            session(Draft {
                id: "recolement",
                title: "Réussir son récolement décennal",
                series: None,
                level: None,
                aliases: &["inventaire"],
                dates: vec![date(2024, 4, 9)],
                place: "visioconférence",
                online: true,
            }),
            session(Draft {
                id: "lumiere",
                title: "Lumière et conservation préventive des textiles anciens",
                series: None,
                level: None,
                aliases: &[],
                dates: vec![date(2024, 4, 19)],
                place: "Bréhaigne",
                online: false,
            }),
            session(Draft {
                id: "public",
                title: "Accueillir les publics éloignés",
                series: None,
                level: None,
                aliases: &["APE"],
                dates: vec![date(2024, 5, 14)],
                place: "visioconférence",
                online: true,
            }),
        ],
        false,
    )
}

fn received() -> Timestamp {
    "2024-03-04T09:00:00+01:00".parse().unwrap()
}

fn ids(mention: &Mention) -> String {
    let ids: Vec<&str> = mention.sessions.iter().map(|id| id.0.as_str()).collect();
    let mark = if mention.conflict.is_some() { "!" } else { "" };
    let not = if mention.negated { "-" } else { "" };
    format!("{not}{}{mark}", ids.join("|"))
}

/// Each mention as its sessions, `!` for a conflict, `-` for one left out.
#[track_caller]
fn check(text: &str, expected: &str) {
    let found = mentions(text, &museum(), received());
    let got: Vec<String> = found.iter().map(ids).collect();
    assert_eq!(got.join(" "), expected, "{text}\n{found:#?}");
    for mention in &found {
        assert_eq!(
            text.get(mention.range.clone()),
            Some(mention.quote.as_str())
        );
    }
}

#[test]
fn titles_parts_of_them_and_typos() {
    check(
        "Inscription à « Réussir son récolement décennal »",
        "recolement",
    );
    check("je m'inscris au recolement", "recolement");
    check("pour la formation récollement svp", "recolement");
    check("la conservation preventive des textile ancien", "lumiere");
    check("Comptez sur moi pour les publics éloignés", "public");
    check("le comblement des lacunes", "papier-2");
    check("Restaurer le papier", "papier-2");
    check("restauration du papier", "papier-2");
    check("pour l'inventaire", "recolement");
    check("inscription APE", "public");
}

#[test]
fn words_of_everybody_and_in_passing_name_nothing() {
    check("Je travaille à l'accueil du public", "");
    check("Bonjour, merci de m'inscrire à la formation", "");
    check(
        "Je reviens vers vous avec nos papiers signés par le maire",
        "",
    );
    check("Réunion de service, dossier à rendre", "");
    check(
        "Nous sommes très pris par nos soucis de conservation cette année",
        "",
    );
}

#[test]
fn dates_in_the_catalogue_and_the_time_of_receipt() {
    check("le 9 avril", "recolement");
    check("le 9/4", "recolement");
    check("mardi 9 avril 2024 à 10h", "recolement");
    check("on Tuesday 9th April", "recolement");
    check("la visio du 9", "recolement");
    check("ok pour le 14", "public");
    check("les 19 et 20 mars", "papier-2");
    check("du 19 au 20 mars", "papier-2");
    check("l'atelier de mai", "public");
    check("la formation du 14 novembre 2023", "papier-1");
    check("réunion de bureau le 18", "");
    check("avant le 9 avril", "");
    check("suite à votre mail du 9 avril", "");
    check("né le 09/04/2024", "");
    check("Je te confirme mardi", "");
}

#[test]
fn a_day_of_the_month_is_the_nearest_to_come() {
    // The 19th: of March, 15 days away, and of April.
    check("inscrivez-moi pour le 19", "papier-2|lumiere");
    let found = mentions(
        "inscrivez-moi pour le 19",
        &museum(),
        "2024-03-12T09:00:00+01:00".parse().unwrap(),
    );
    assert_eq!(ids(&found[0]), "papier-2");
    let found = mentions(
        "inscrivez-moi pour le 19",
        &museum(),
        "2024-03-22T09:00:00+01:00".parse().unwrap(),
    );
    assert_eq!(ids(&found[0]), "lumiere");
}

#[test]
fn weekdays_count_within_the_week() {
    let at = |text: &str, received: &str| {
        let found = mentions(text, &museum(), received.parse().unwrap());
        found.iter().map(ids).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        at("la visio de mardi", "2024-04-04T09:00:00+02:00"),
        "recolement"
    );
    assert_eq!(
        at("la visio est demain", "2024-04-08T09:00:00+02:00"),
        "recolement"
    );
    assert_eq!(
        at("see you on Tuesday", "2024-04-04T09:00:00+02:00"),
        "recolement"
    );
    assert_eq!(
        at("je vous confirme mardi", "2024-04-04T09:00:00+02:00"),
        ""
    );
}

#[test]
fn levels_places_and_formats() {
    check("le niveau 2", "papier-2");
    check("N2 svp", "papier-2");
    check("part two please", "papier-2");
    check("au deuxième niveau", "papier-2");
    check("le niveau 1", "papier-1");
    check("la journée de Bréhaigne", "lumiere");
    check("je viendrai à Bréhaigne", "lumiere");
    check("je suis relieur à Bréhaigne", "");
    check("mairie de Bréhaigne", "");
    check("la visio", "recolement|public");
    check("the webinar", "recolement|public");
    check("la visio de mai", "public");
}

#[test]
fn contradictions_are_told() {
    check("le récolement du 10 avril", "recolement!");
    check("le récolement du 19 avril", "recolement|lumiere!");
    check("jeudi 9 avril", "recolement!");
    check("Restaurer le papier niveau 4", "papier-2!");
    check("la formation du 11 avril", "!");
    check(
        "Récolement décennal – session supplémentaire à Nort – 3 juin 2024",
        "recolement!",
    );
    check("la visio du 19 avril", "recolement|public|lumiere!");
}

#[test]
fn several_sessions_come_out_apart() {
    check(
        "le récolement et les textiles anciens",
        "recolement lumiere",
    );
    check("Je prends le 9 avril et le 14 mai", "recolement public");
    check("les deux visios (9 avril et 14 mai)", "recolement public");
    check(
        "Julie suit le niveau 2 papier et moi le récolement",
        "papier-2 recolement",
    );
    check("pas le récolement mais le 14 mai", "-recolement public");
    check("je viens à tout sauf Bréhaigne", "-lumiere");
    check("le 14 mai au lieu du 9 avril", "public -recolement");
    // A verb that is negated is for the clause to tell.
    check("je ne viendrai pas le 9 avril", "recolement");
    check("I will not attend on 9 April", "recolement");
}

#[test]
fn a_programme_gives_numbers_their_sessions() {
    let text = "Voici le programme :\n1. Restaurer le papier, niveau 2 - 19 et 20 mars, Tournelay\n\
                2. Réussir son récolement décennal -\nmardi 9 avril, visioconférence\n3. Accueillir les publics éloignés, 14 mai";
    let list = programme(text, &museum(), received());
    let numbers: Vec<(u32, &str)> = list
        .items
        .iter()
        .map(|(n, id)| (*n, id.0.as_str()))
        .collect();
    assert_eq!(numbers, [(1, "papier-2"), (2, "recolement"), (3, "public")]);
    let found = mentions_with("Je prends les points 1 et 3", &museum(), received(), &list);
    assert_eq!(
        found.iter().map(ids).collect::<Vec<_>>(),
        ["papier-2", "public"]
    );
}

fn pieces(clause: &str, subject: &str, announcement: Option<&str>) -> Resolution {
    resolved(&museum(), clause, subject, announcement)
}

fn resolved(
    catalogue: &Catalogue,
    clause: &str,
    subject: &str,
    announcement: Option<&str>,
) -> Resolution {
    let piece = |source, text: &str| Piece {
        source,
        mentions: mentions(text, catalogue, received()),
    };
    let mut pieces = vec![
        piece(Source::Clause, clause),
        piece(Source::Subject, subject),
    ];
    pieces.extend(announcement.map(|text| piece(Source::Announcement, text)));
    resolve(&pieces, catalogue, received())
}

fn names(ids: &[SessionId]) -> Vec<&str> {
    ids.iter().map(|id| id.0.as_str()).collect()
}

#[test]
fn the_new_text_decides_before_the_subject_and_the_quote() {
    let found = pieces("je m'inscris au récolement", "Re: textiles anciens", None);
    assert_eq!(names(&found.sessions), ["recolement"]);
    assert!(found.certain);
    let found = pieces(
        "merci de m'inscrire",
        "Re: Réussir son récolement décennal",
        None,
    );
    assert_eq!(names(&found.sessions), ["recolement"]);
    assert!(found.certain);
    let quote = "Accueillir les publics éloignés\nMardi 14 mai 2024, visioconférence\nInscription avant le 3 mai";
    let found = pieces("ok pour moi", "RE:", Some(quote));
    assert_eq!(names(&found.sessions), ["public"]);
    assert!(found.certain);
}

#[test]
fn what_the_text_leaves_open_the_thread_narrows() {
    let found = pieces("inscrivez-moi à la visio", "Re: le 14 mai", None);
    assert_eq!(names(&found.sessions), ["public"]);
    assert!(found.certain);
    let found = pieces("inscrivez-moi à la visio", "inscription", None);
    assert_eq!(names(&found.candidates), ["recolement", "public"]);
    assert!(!found.certain && found.sessions.is_empty());
}

#[test]
fn a_quoted_programme_decides_nothing_alone() {
    let quote = "- Réussir son récolement décennal, mardi 9 avril\n- Accueillir les publics éloignés, mardi 14 mai";
    let found = pieces(
        "Intéressée, merci de m'inscrire",
        "RE: programme",
        Some(quote),
    );
    assert!(!found.certain);
    assert_eq!(names(&found.candidates), ["recolement", "public"]);
}

#[test]
fn an_announcement_that_fits_nothing_is_unknown() {
    let quote = "Numériser ses fonds\nVendredi 7 juin 2024 à Nort-le-Vieux";
    let found = pieces("ok pour moi", "RE: Numériser ses fonds", Some(quote));
    assert!(
        found.unknown && !found.certain && found.sessions.is_empty(),
        "{found:?}"
    );
    let quote = "Réussir son récolement décennal\nVendredi 7 juin 2024 à Nort-le-Vieux";
    let found = pieces("ok pour moi", "RE:", Some(quote));
    assert!(found.unknown && !found.certain, "{found:?}");
}

#[test]
fn a_bare_day_against_the_thread_is_a_contradiction() {
    let found = pieces(
        "Ok pour moi le 14",
        "RE: Réussir son récolement décennal",
        None,
    );
    assert!(found.contradiction && !found.certain, "{found:?}");
}

#[test]
fn sessions_that_have_begun_are_over() {
    let found = pieces("m'inscrire au niveau 1", "", None);
    assert_eq!(names(&found.sessions), ["papier-1"]);
    assert!(found.over);
}

#[test]
fn one_open_session_is_meant_only_where_the_catalogue_is_complete() {
    let one = |complete| {
        let session = museum().sessions.pop().unwrap();
        Catalogue::new(vec![session], complete)
    };
    assert!(!resolved(&one(false), "inscrivez-moi", "bonjour", None).certain);
    let found = resolved(&one(true), "inscrivez-moi", "bonjour", None);
    assert!(found.certain);
    assert_eq!(names(&found.sessions), ["public"]);
    assert!(!resolved(&one(false), "inscrivez-moi à la visio", "bonjour", None).certain);
    assert!(resolved(&one(true), "inscrivez-moi à la visio", "bonjour", None).certain);
}

/// Five thousand sessions: fifty subjects, each a hundred times.
fn thousands() -> Catalogue {
    let subjects = [
        "paléographie",
        "céramique",
        "vannerie",
        "ferronnerie",
        "lutherie",
        "dentelle",
        "mosaïque",
        "orfèvrerie",
        "gravure",
        "reliure",
    ];
    let matters = ["bronze", "chanvre", "ivoire", "porcelaine", "velours"];
    let mut sessions = Vec::new();
    let first = date(2015, 1, 5);
    for n in 0..5000_usize {
        let subject = subjects[n % 10];
        let matter = matters[(n / 10) % 5];
        let day = first
            .checked_add(jiff::Span::new().days(i64::try_from(n).unwrap()))
            .unwrap();
        let title = format!("Initiation {subject} et {matter}");
        let mut one = session(Draft {
            id: "x",
            title: "",
            series: None,
            level: None,
            aliases: &[],
            dates: vec![day],
            place: "Tournelay",
            online: n % 2 == 0,
        });
        one.id = SessionId(format!("s{n}"));
        one.title = title;
        sessions.push(one);
    }
    Catalogue::new(sessions, false)
}

#[test]
fn thousands_of_sessions_are_told_apart_by_title_and_date() {
    let catalogue = thousands();
    // 12 March 2024 is day 3354: paléographie… is 3354 % 10 = 4: lutherie, (3354 / 10) % 5 = 0: bronze.
    let found = mentions("la lutherie bronze du 12 mars", &catalogue, received());
    assert_eq!(ids(&found[0]), "s3354", "{found:#?}");
    let found = mentions("le 12 mars", &catalogue, received());
    assert_eq!(ids(&found[0]), "s3354");
    let found = mentions("la dentelle de velours du 12 mars", &catalogue, received());
    assert!(found[0].conflict.is_some());
    let found = mentions("inscription lutherie bronze", &catalogue, received());
    assert!(found[0].certain().is_none() && found[0].sessions.len() > 1);
}
