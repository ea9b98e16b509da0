#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]
use super::*;
use crate::core::tags::tags;
use jiff::civil::date;

fn found(text: &str) -> Vec<DateFound> {
    let words = Words::of(text);
    let tags = tags(&words);
    dates_in(&words, &tags, date(2017, 9, 14))
}

/// Writes a date as `year-month-day/weekday`, `.` where it is open.
fn written(day: &Day) -> String {
    let part = |n: Option<i64>| n.map_or(".".to_owned(), |n| n.to_string());
    format!(
        "{}-{}-{}/{}",
        part(day.year.map(i64::from)),
        part(day.month.map(i64::from)),
        part(day.day.map(i64::from)),
        part(day.weekday.map(|w| i64::from(w.to_monday_one_offset())))
    )
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let dates: Vec<String> = found(text)
        .iter()
        .filter(|d| d.of == DateOf::Event)
        .map(|d| d.days.iter().map(written).collect::<Vec<_>>().join("+"))
        .collect();
    assert_eq!(dates.join(" "), expected, "{text}");
}

#[test]
fn usual_french_writings() {
    check("mardi 3 octobre", ".-10-3/2");
    check("le mardi 3 octobre 2017 de 10h à 12h", "2017-10-3/2");
    check("inscription pour le 3/10 svp", ".-10-3/.");
    check("webconf 03/10", ".-10-3/.");
    check("le 03.10.17 à 10 h", "2017-10-3/.");
    check("du 03.10", ".-10-3/.");
    check("3 oct. 2017", "2017-10-3/.");
    check("le 1er avril", ".-4-1/.");
    check("la webconf du 17", ".-.-17/.");
    check("Ok pour moi le 3 !", ".-.-3/.");
    check("pour la journee a lyon le 12 stp ?", ".-.-12/.");
    check("mar. 3 oct", ".-10-3/2");
    check("mardi prochain", ".-.-./2");
    check("la visio de jeudi", ".-.-./4");
    check("demain à 10h", "2017-9-15/.");
    check("le dimanche\n3 octobre", ".-10-3/7");
    check("2017-10-03", "2017-10-3/.");
    check("la journée VSS de décembre", ".-12-./.");
}

#[test]
fn several_days() {
    check(
        "samedi 23 et dimanche 24 mars 2019",
        "2019-3-23/6+2019-3-24/7",
    );
    check("(23/24 mars)", ".-3-23/.+.-3-24/.");
    check("23-24 mars", ".-3-23/.+.-3-24/.");
    check("du 22 au 23 janvier", ".-1-22/.+.-1-23/.");
    check("des 22 et 23 janvier", ".-1-22/.+.-1-23/.");
    check("les 22 et 23", ".-.-22/.+.-.-23/.");
    check("niveau 2 - 19 et 20 mars", ".-3-19/.+.-3-20/.");
    check("3 octobre et 17 novembre", ".-10-3/. .-11-17/.");
    check("le 3/10 et le 17/11", ".-10-3/. .-11-17/.");
}

#[test]
fn usual_english_writings() {
    check("on 5th May", ".-5-5/.");
    check("May 5, please", ".-5-5/.");
    check("October 3rd, 2017", "2017-10-3/.");
    check("Thu 21", ".-.-21/4");
    check("on the 3rd,", ".-.-3/.");
    check("date 3rd of October:", ".-10-3/.");
    check("Tuesday 3 October at 10am", ".-10-3/2");
    check("the March 20-21 workshop", ".-3-20/.+.-3-21/.");
    check("March 20 and 21, 2025", "2025-3-20/.+2025-3-21/.");
    check("next Tuesday", ".-.-./2");
    check("the workshop on Thursday the 21st", ".-.-21/4");
    check("tomorrow", "2017-9-15/.");
}

#[test]
fn numbers_that_are_no_days() {
    check("Tél. 04 65 71 22 18", "");
    check("04.65.71.77.41 au niveau 3", "");
    check("au 06 39 98 41 17", "");
    check("de 9h30 à 17h, 10h-12h, 14:30", "");
    check("nous serons 4, les 2 autres, le 2e groupe", "");
    check("1/ je m'inscris ; 2/ en revanche", "");
    check("12 place du Champ de Foire, BP 999", "");
    check("mon mari et ma mer", "");
    check("I may come", "");
    check("à 20 min de Valence", "");
    check("le 7h04", "");
}

#[test]
fn deadlines_and_dates_of_other_things() {
    check("Merci de vous inscrire avant le 22 septembre 2017", "");
    check("au plus tard le 10 octobre", "");
    check("Je suis absent jusqu’au 18 septembre inclus", "");
    check("register by 5 May", "");
    check("par courriel du 25 septembre", "");
    check("Né le 12/05/1988", "");
    check("Le 04/09/2017 à 10:12, Marine R. a écrit :", "");
    check("Envoyé : mardi 29 août 2017 09:02", "");
    check("On 13 Sep 2017, at 16:02, Marine <x@y.z> wrote:", "");
    check("de retour lundi", "");
    check("my daughter's birthday is the 11th", "");
    check("Je viens le 4/9, Paul a écrit.", ".-9-4/.");
}
