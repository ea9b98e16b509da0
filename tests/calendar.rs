//! Calendar objects: as RFC 5545 and RFC 5546 want them, whatever names hold; read again by a parser
//! that is not ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use std::io::Write;
use std::process::{Command, Stdio};

use guichet::core::calendar::{CalendarReply, Facts, read_reply, token_of, write};
use guichet::core::catalogue::Span;
use guichet::core::person::Address;
use guichet::core::reply::Invitation;
use guichet::core::roll::Token;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const UID: &str = "00112233445566778899aabbccddeeff";

fn span(from: &str, to: &str) -> Span {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    Span {
        from,
        to,
        from_at: zone.to_timestamp(from).unwrap(),
        to_at: zone.to_timestamp(to).unwrap(),
    }
}

fn address(name: &str, email: &str) -> Address {
    Address {
        name: Some(name.to_owned()),
        email: email.to_owned(),
    }
}

fn written(name: &str, email: &str, withdraw: bool, when: &[Span]) -> Vec<String> {
    let invitation = Invitation {
        uid: Token(UID.to_owned()),
        sequence: 3,
        withdraw,
        attendee: address(name, email),
    };
    write(&Facts {
        invitation: &invitation,
        when,
        summary: "Coopérer ; ou pas, « vraiment » (niveau 3)",
        description: "Ligne une, avec virgule\nLigne deux ; fin\nhttps://visio.example/s?a=b",
        location: "Salle \"haute\", Lyon",
        organizer: &address("Cap Exemple", "formations@cap.example"),
        stamp: "2017-09-12T12:36:00Z".parse::<Timestamp>().unwrap(),
    })
}

fn one(name: &str, email: &str) -> String {
    let when = [span("2017-10-03T10:00:00", "2017-10-03T12:00:00")];
    let mut all = written(name, email, false, &when);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn unfolded(ics: &str) -> Vec<String> {
    ics.replace("\r\n ", "")
        .split("\r\n")
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_request_says_what_it_must() {
    let lines = unfolded(&one("Anne Exemple", "anne@a.example"));
    for wanted in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "UID:00112233445566778899aabbccddeeff@guichet",
        "DTSTAMP:20170912T123600Z",
        "DTSTART:20171003T080000Z",
        "DTEND:20171003T100000Z",
        "SEQUENCE:3",
        "STATUS:CONFIRMED",
        "ORGANIZER;CN=Cap Exemple:mailto:formations@cap.example",
        "SUMMARY:Coopérer \\; ou pas\\, « vraiment » (niveau 3)",
        "LOCATION:Salle \"haute\"\\, Lyon",
        "DESCRIPTION:Ligne une\\, avec virgule\\nLigne deux \\; fin\\nhttps://visio.example/s?a=b",
    ] {
        assert!(lines.iter().any(|l| l == wanted), "{wanted}\n{lines:#?}");
    }
    let attendees: Vec<&String> = lines.iter().filter(|l| l.starts_with("ATTENDEE")).collect();
    assert_eq!(attendees.len(), 1, "one ATTENDEE a file");
    for part in ["PARTSTAT=ACCEPTED", "RSVP=FALSE", ":mailto:anne@a.example"] {
        assert!(attendees[0].contains(part), "{attendees:?}");
    }
    assert!(!lines.iter().any(|l| l.contains("VALARM")));
}

#[test]
fn a_withdrawal_has_the_same_uid_and_its_method() {
    let when = [span("2017-10-03T10:00:00", "2017-10-03T12:00:00")];
    let ics = written("Anne", "anne@a.example", true, &when).remove(0);
    let lines = unfolded(&ics);
    for wanted in [
        "METHOD:CANCEL",
        "STATUS:CANCELLED",
        "SEQUENCE:3",
        "UID:00112233445566778899aabbccddeeff@guichet",
    ] {
        assert!(lines.iter().any(|l| l == wanted), "{wanted}");
    }
}

#[test]
fn every_stretch_is_an_object_with_a_uid_of_its_own() {
    let when = [
        span("2017-10-28T09:00:00", "2017-10-28T17:00:00"),
        span("2017-10-29T09:00:00", "2017-10-29T12:00:00"), // after the clock change
    ];
    let all = written("Anne", "anne@a.example", false, &when);
    assert_eq!(all.len(), 2);
    assert!(all[0].contains("DTSTART:20171028T070000Z"));
    assert!(all[1].contains("DTSTART:20171029T080000Z"));
    assert!(all[1].contains(&format!("UID:{UID}-2@guichet")));
    assert_eq!(token_of(&format!("{UID}-2@guichet")).0, UID);
    assert_eq!(token_of(&format!("{UID}@cap.example")).0, UID);
}

#[test]
fn lines_are_folded_at_75_octets_and_end_in_crlf() {
    let name = "É".repeat(80);
    let ics = one(&name, "anne@a.example");
    assert!(!ics.replace("\r\n", "").contains(['\r', '\n']));
    for line in ics.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
    }
    assert!(unfolded(&ics).iter().any(|l| l.contains(&name)));
}

#[test]
fn names_and_addresses_inject_nothing() {
    let hostile = [
        "Anne\"\r\nATTENDEE:mailto:evil@e.example",
        "Anne\";PARTSTAT=DECLINED;X=\"",
        "Anne:mailto:evil@e.example",
        "Anne;RSVP=TRUE",
        "Anne\u{2028}X\u{85}Y\u{0}Z\u{b}",
        "\"\"",
        "Anne, Exemple",
    ];
    for name in hostile {
        let ics = one(name, "anne@a.example");
        let lines = unfolded(&ics);
        let attendees: Vec<&String> = lines.iter().filter(|l| l.starts_with("ATTENDEE")).collect();
        assert_eq!(attendees.len(), 1, "{name:?}: {lines:#?}");
        let (_, value) = attendees[0].rsplit_once(":mailto:").unwrap();
        assert_eq!(value, "anne@a.example", "{name:?}");
        let outside_quotes: String = attendees[0].split('"').step_by(2).collect();
        assert!(
            !outside_quotes.contains("DECLINED"),
            "{name:?}: {attendees:?}"
        );
        assert!(
            !outside_quotes.contains("RSVP=TRUE"),
            "{name:?}: {attendees:?}"
        );
    }
    let ics = one("Anne", "a;b,c\\d%e\"f@a.example");
    assert!(
        unfolded(&ics)
            .iter()
            .any(|l| l.ends_with("mailto:a%3Bb%2Cc%5Cd%25e%22f@a.example"))
    );
}

/// What Python's icalendar reads of an object, line by line.
fn by_another_parser(ics: &str) -> Option<Vec<String>> {
    const SCRIPT: &str = r#"
import sys
from icalendar import Calendar
calendar = Calendar.from_ical(sys.stdin.buffer.read())
print(calendar["METHOD"])
for event in calendar.walk("VEVENT"):
    print(event["UID"])
    print(event["SUMMARY"])
    print(repr(str(event["DESCRIPTION"])))
    print(event["LOCATION"])
    print(event.decoded("DTSTART").isoformat())
    print(event.decoded("DTEND").isoformat())
    print(event["ORGANIZER"])
    attendee = event["ATTENDEE"]
    print(str(attendee))
    print(attendee.params["CN"], attendee.params["PARTSTAT"], attendee.params["RSVP"])
    print(len(event.errors))
"#;
    let has = Command::new(python())
        .args(["-c", "import icalendar"])
        .stderr(Stdio::null())
        .status();
    if !has.is_ok_and(|status| status.success()) {
        let why =
            "SKIPPED: python3-icalendar is not installed, so no other parser reads our calendars";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        eprintln!("{why}");
        return None;
    }
    let mut python = Command::new(python())
        .args(["-c", SCRIPT])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(ics.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the parser refused:\n{ics}");
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn another_parser_reads_the_same() {
    let Some(read) = by_another_parser(&one("Anne, d'\"Exemple\" : É", "anne@a.example")) else {
        return;
    };
    assert_eq!(
        read,
        [
            "REQUEST",
            "00112233445566778899aabbccddeeff@guichet",
            "Coopérer ; ou pas, « vraiment » (niveau 3)",
            "'Ligne une, avec virgule\\nLigne deux ; fin\\nhttps://visio.example/s?a=b'",
            "Salle \"haute\", Lyon",
            "2017-10-03T08:00:00+00:00",
            "2017-10-03T10:00:00+00:00",
            "mailto:formations@cap.example",
            "mailto:anne@a.example",
            "Anne, d'Exemple : É ACCEPTED FALSE",
            "0",
        ]
    );
}

#[test]
fn replies_are_read_by_uid_and_partstat_alone() {
    let outlook = "BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE;PARTSTAT=DECLINED:mailto:anne@a.example\r\nUID:00112233445566778899aabbccddeeff@cap.example\r\nDTSTAMP:20170912T123600Z\r\nSUMMARY:Refus\u{e9} : x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let expected = |partstat: &str| {
        Some(CalendarReply {
            uid: format!("{UID}@cap.example"),
            partstat: partstat.to_owned(),
        })
    };
    assert_eq!(read_reply(outlook), expected("DECLINED"));
    let google = "BEGIN:VCALENDAR\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\nCALSCALE:GREGORIAN\nMETHOD:REPLY\nBEGIN:VEVENT\nDTSTART:20171003T080000Z\nORGANIZER;CN=x:mailto:formations@cap.example\nUID:00112233445566778899aabbccddeeff@cap.example\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=accepted;CN=Anne;X\n -NUM-GUESTS=0:mailto:anne@a.example\nEND:VEVENT\nEND:VCALENDAR\n";
    assert_eq!(read_reply(google), expected("ACCEPTED"));
}

#[test]
fn what_is_no_reply_is_none_and_never_panics() {
    let request = one("Anne", "anne@a.example");
    assert_eq!(read_reply(&request), None);
    let reply = request.replace("METHOD:REQUEST", "METHOD:REPLY");
    assert!(read_reply(&reply).is_some());
    for end in (0..reply.len()).filter(|end| reply.is_char_boundary(*end)) {
        let _truncated = read_reply(&reply[..end]);
    }
    for garbage in [
        "",
        "BEGIN:VCALENDAR",
        "\u{0}\u{0}",
        "METHOD:REPLY",
        &"A:".repeat(40_000),
    ] {
        assert_eq!(read_reply(garbage), None);
    }
}

/// Debian's own Python, for which Debian's packages are; another may stand before it in the path.
fn python() -> &'static str {
    let debian = "/usr/bin/python3";
    if std::path::Path::new(debian).is_file() {
        debian
    } else {
        "python3"
    }
}

#[test]
fn endless_nesting_is_no_reply() {
    let deep = "BEGIN:VEVENT\r\n".repeat(4_000);
    let ics = format!("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n{deep}END:VCALENDAR\r\n");
    assert_eq!(read_reply(&ics), None);
}
