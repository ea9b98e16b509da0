//! What cannot wait for the digest: a mail for the human about a session that begins before it, an
//! outage of the mailbox.

use guichet::register::Query as _;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use mail_parser::{MessageParser, MimeHeaders as _, PartType};

use crate::play::{Play, notices_of};
use crate::stage::{CONTACT, Letter, Mail, Stage, day, in_words, now, paris};

/// A stage whose session `demain` begins four hours after `start`, before the digest.
fn stage_with_near_session(start: Timestamp) -> Stage {
    let stage = Stage::new();
    let from = paris(start).checked_add(4.hours()).unwrap();
    let to = from.checked_add(2.hours()).unwrap();
    let form = "%Y-%m-%dT%H:%M:00";
    let text = format!(
        "id = \"demain\"\ntitle = \"Animer une réunion\"\nwhen = [{{ from = {}, to = {} }}]\n\
         timezone = \"Europe/Paris\"\nplace = \"Clermont-Ferrand\"\nonline = false\ncapacity = 12\nmembership = \"none\"\n",
        from.strftime(form),
        to.strftime(form)
    );
    std::fs::write(stage.path("sessions").join("demain.toml"), text).unwrap();
    stage
}

fn question(name: &str, from: &str, start: Timestamp, more: &str) -> Mail {
    let date = in_words(paris(start).checked_add(4.hours()).unwrap().date());
    let text = format!(
        "Bonjour,\n\nLa session « Animer une réunion » du {date} est-elle accessible en fauteuil roulant ?\n{more}\n{name}\n"
    );
    let subject = "Question sur Animer une reunion";
    let mut mail = Mail::other(name, from, subject, &text);
    mail.more = String::new();
    mail
}

fn urgent(stage: &Stage) -> Vec<Letter> {
    let letters = stage.letters();
    let urgent = |letter: &Letter| letter.subject.contains("sans attendre");
    letters.into_iter().filter(urgent).collect()
}

#[tokio::test]
async fn a_mail_about_a_session_before_the_next_digest_is_forwarded_at_once_and_hourly() {
    let start = now();
    let stage = stage_with_near_session(start);
    let mut play = Play::open(&stage, start);
    play.at(start).await;

    let mins = |minutes: i64| start + SignedDuration::from_mins(minutes);
    let first = question("Odile Remy", "odile@mairie.example", start, "");
    let bytes = String::from_utf8(first.bytes(mins(1))).unwrap();
    // Seven bits and LF, as a Maildir holds it: it goes as a message.
    let plain = bytes
        .replace("8bit", "quoted-printable")
        .replace('é', "=C3=A9")
        .replace("« ", "\"")
        .replace(" »", "\"")
        .replace("\r\n", "\n");
    stage.deliver_bytes(plain.as_bytes(), mins(1));
    play.at(mins(1)).await;
    let told = urgent(&stage);
    assert_eq!(told.len(), 1, "told at once");
    let letter = &told[0];
    assert_eq!(letter.to, CONTACT);
    assert!(letter.subject.contains("demain"), "{}", letter.subject);
    assert!(letter.text.contains("Odile Remy"), "{}", letter.text);
    assert!(letter.text.contains("joint tel quel"), "{}", letter.text);
    assert!(letter.text.contains("fauteuil roulant"), "{}", letter.text);
    let raw = String::from_utf8(letter.bytes.clone()).unwrap();
    assert!(raw.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(raw.contains("Content-Type: message/rfc822"));
    let message = MessageParser::default().parse(&letter.bytes).unwrap();
    let part = message.attachment(0).unwrap();
    let PartType::Message(original) = &part.body else {
        panic!("no message: {part:?}");
    };
    assert_eq!(original.message_id(), Some(first.id.as_str()));
    assert_eq!(
        original.raw_message(),
        plain.replace('\n', "\r\n").as_bytes()
    );

    // Two more within the hour: told together once it is over; one of them answered by hand is not.
    for (minute, name, from) in [
        (10, "Paul Noé", "paul@mairie.example"),
        (20, "Rose Lebrun", "rose@mairie.example"),
        (25, "Yves Caron", "yves@mairie.example"),
    ] {
        stage.deliver_at(&question(name, from, start, ""), mins(minute));
        play.at(mins(minute)).await;
    }
    stage.sent_by_hand(&format!(
        "From: {CONTACT}\r\nTo: yves@mairie.example\r\nSubject: Re\r\nMessage-ID: <r1@asso-exemple.example>\r\n\
         In-Reply-To: <yves.at.mairie.example@mail.example>\r\n\r\nOui.\r\n"
    ));
    assert_eq!(urgent(&stage).len(), 1, "at most hourly");
    play.until(mins(62)).await;
    let told = urgent(&stage);
    assert_eq!(told.len(), 2);
    let second = told.iter().find(|l| l.text.contains("Paul")).unwrap();
    assert!(second.text.contains("Rose Lebrun"), "{}", second.text);
    assert!(!second.text.contains("Yves"), "{}", second.text);
    assert!(!second.text.contains("Odile"), "{}", second.text);
    let message = MessageParser::default().parse(&second.bytes).unwrap();
    assert_eq!(message.attachment_count(), 2);
    // Eight bits cannot stand in a seven-bit mail: they go as files that mail programs open.
    assert_eq!(
        message.attachment(0).unwrap().attachment_name(),
        Some("mail.eml")
    );
    assert_eq!(
        message.attachment(1).unwrap().attachment_name(),
        Some("mail-2.eml")
    );

    // A restart tells nothing twice.
    play.close();
    let mut play = Play::open(&stage, mins(130));
    play.at(mins(130)).await;
    assert_eq!(urgent(&stage).len(), 2);
    assert_eq!(notices_of(&play, "urgent"), 2);
    play.close();
}

#[tokio::test]
async fn a_mail_too_long_to_go_along_is_told_in_words() {
    let start = now();
    let stage = stage_with_near_session(start);
    let mut play = Play::open(&stage, start);
    play.at(start).await;
    let more = "\nmot ".repeat(70_000);
    let mail = question("Odile Remy", "odile@mairie.example", start, &more);
    stage.deliver_at(&mail, start);
    play.at(start + SignedDuration::from_mins(1)).await;
    let told = urgent(&stage);
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("Odile Remy"), "{}", told[0].text);
    assert!(
        told[0].text.contains("trop long pour être joint"),
        "{}",
        told[0].text
    );
    assert!(told[0].bytes.len() < 100 * 1024);
    let message = MessageParser::default().parse(&told[0].bytes).unwrap();
    assert_eq!(message.attachment_count(), 0);
    play.close();
}

#[tokio::test]
async fn a_mail_about_a_later_session_waits_for_the_digest() {
    let start = now();
    let stage = Stage::new();
    let mut play = Play::open(&stage, start);
    play.at(start).await;
    let text = format!(
        "Bonjour,\n\nLa webconférence du {} (niveau 3) est-elle sous-titrée ?\n\nOdile Remy\n",
        in_words(day())
    );
    let mail = Mail::other("Odile Remy", "odile@mairie.example", "Question", &text);
    stage.deliver_at(&mail, start);
    play.at(start + SignedDuration::from_mins(1)).await;
    let told = urgent(&stage);
    assert_eq!(told.len(), 0, "{}", told[0].text);
    assert_eq!(play.house.register.open_items().unwrap().len(), 1);
    play.close();
}
