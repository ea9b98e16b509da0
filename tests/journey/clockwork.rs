//! The house through the library, where the clock is ours: another robot, a flood of registrations, mail
//! that is processed later than it came, the digest over restarts and both changes of the clock.

use std::collections::BTreeMap;

use guichet::core::entry::Body;
use guichet::register::{LetterPhase, OutboxFilter, Query as _};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::play::{Play, notices_of};
use crate::sink::{AtDot, Sink};
use crate::stage::{CONTACT, Letter, Mail, Stage, name_of, now, paris};

fn mins(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn another_robot_gets_few_answers_and_the_organiser_is_told_once() {
    const ROBOT: &str = "robot@partenaire.example";
    let stage = Stage::new();
    let start = now();
    let mut play = Play::open(&stage, start);
    play.at(start).await;
    let first = Mail::registration("Robin Otte", ROBOT);
    stage.deliver_at(&first, start);
    let mut echoed = 0;
    let mut thread_of = BTreeMap::from([(first.id.clone(), first.id.clone())]);
    for round in 0..24 * 12_i64 {
        let at = start + mins(5 * round);
        play.at(at).await;
        // It answers every letter with the same request, in the thread, and nags in threads of its own.
        let letters = stage.letters_to(ROBOT);
        for letter in &letters[echoed.min(letters.len())..] {
            let mut echo = first.clone();
            echo.id = format!("echo{echoed}@partenaire.example");
            echo.subject = format!(
                "Re: {}",
                letter
                    .subject
                    .chars()
                    .filter(char::is_ascii)
                    .collect::<String>()
            );
            echo.more = format!("In-Reply-To: <{0}>\r\nReferences: <{0}>\r\n", letter.id);
            let thread = thread_of[letter.in_reply_to.as_ref().unwrap()].clone();
            thread_of.insert(echo.id.clone(), thread);
            echo.text = format!("{}\n{}", first.text, quoted(letter));
            stage.deliver_at(&echo, at);
            echoed += 1;
        }
        if round % 6 == 5 {
            let mut nag = first.clone();
            nag.id = format!("nag{round}@partenaire.example");
            thread_of.insert(nag.id.clone(), nag.id.clone());
            stage.deliver_at(&nag, at);
        }
    }
    let letters = stage.letters_to(ROBOT);
    // The confirmation told of a seat that changed and is not counted.
    let counted = letters.len() - 1;
    assert!((1..=10).contains(&counted), "{counted} letters in 24 h");
    let mut in_thread: BTreeMap<String, usize> = BTreeMap::new();
    for letter in &letters {
        let answered = letter.in_reply_to.clone().unwrap();
        let kind = letter.subject.split(['–', '-']).next().unwrap();
        let thread = format!("{kind} in {}", thread_of[&answered]);
        *in_thread.entry(thread).or_default() += 1;
    }
    assert!(in_thread.values().all(|count| *count <= 3), "{in_thread:?}");
    let held = play
        .house
        .register
        .outbox(OutboxFilter::In(LetterPhase::Held))
        .unwrap();
    assert!(!held.is_empty(), "held, not dropped");
    let notices = notices_of(&play, "breaker_open");
    assert_eq!(notices, 1);
    assert_eq!(stage.people("coop-n3").len(), 1);
    play.close();
}

fn quoted(letter: &Letter) -> String {
    letter
        .text
        .lines()
        .map(|line| format!("> {line}\n"))
        .collect()
}

#[tokio::test]
async fn a_flood_of_registrations_waits_for_the_human() {
    let stage = Stage::new();
    stage.session("coop-n3", 3, 25, "waitlist = false\n");
    let start = now();
    let mut play = Play::open(&stage, start);
    play.at(start).await;
    for n in 0..100 {
        let mail = Mail::registration(&name_of(n), &format!("p{n}@lieu{n}.example"));
        let at = start + SignedDuration::from_secs(6 * i64::from(n));
        stage.deliver_at(&mail, at);
        play.at(at).await;
    }
    let states: Vec<String> = stage
        .people("coop-n3")
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    let count = |wanted: &str| states.iter().filter(|state| *state == wanted).count();
    assert_eq!(count("confirmed"), 20, "{states:?}");
    assert_eq!(count("review"), 5, "{states:?}");
    assert_eq!(count("refused_full"), 0, "{states:?}");
    let letters = stage.letters();
    let to_people: Vec<&Letter> = letters
        .iter()
        .filter(|letter| letter.to != CONTACT)
        .collect();
    assert_eq!(to_people.len(), 20);
    assert!(
        to_people
            .iter()
            .all(|letter| letter.subject.starts_with("Place confirmée"))
    );
    assert_eq!(notices_of(&play, "flood"), 1);
    assert_eq!(letters.len(), 21, "and one alert");
    play.close();
}

#[tokio::test]
async fn what_came_in_time_is_in_time_whenever_it_is_processed() {
    let stage = Stage::new();
    let start = now();
    let deadline = paris(start)
        .date()
        .checked_add(jiff::Span::new().days(3))
        .unwrap();
    stage.session("coop-n3", 3, 2, &format!("register_until = {deadline}\n"));
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let at = |hour: i8, minute: i8, second: i8| {
        let time = deadline.at(hour, minute, second, 0);
        time.to_zoned_datetime(zone.clone()).unwrap().timestamp()
    };
    let mut play = Play::open(&stage, start);
    play.at(start).await;
    let morning = at(23, 59, 59) + SignedDuration::from_hours(9);
    // Delivered in another order than received; a forged Date changes nothing.
    let mut late = Mail::registration("Gontran Pérouzière", "gontran@cc-hauts.example");
    late.more = "X-Date: forged\r\n".to_owned();
    stage.deliver_at(&late, at(23, 59, 59) + SignedDuration::from_secs(1));
    stage.deliver_at(
        &Mail::registration("Prune Larrivoire", "prune@cc-hauts.example"),
        at(23, 59, 59),
    );
    stage.deliver_at(
        &Mail::registration("Solène Kervadec", "solene@cc-hauts.example"),
        at(23, 58, 0),
    );
    stage.deliver_at(
        &Mail::registration("Rachida Amrouni", "rachida@cc-hauts.example"),
        at(23, 58, 1),
    );
    play.at(morning).await;
    let people: Vec<String> = stage
        .people("coop-n3")
        .into_iter()
        .map(|(n, s)| format!("{n} {s}"))
        .collect();
    assert_eq!(
        people,
        [
            "Solène Kervadec confirmed",
            "Rachida Amrouni confirmed",
            "Prune Larrivoire waitlisted",
            "Gontran Pérouzière refused_late"
        ]
    );
    play.close();
}

#[tokio::test]
async fn a_doubtful_clock_refuses_nobody() {
    let stage = Stage::new();
    let start = now();
    let deadline = paris(start)
        .date()
        .checked_sub(jiff::Span::new().days(1))
        .unwrap();
    stage.session("coop-n3", 3, 2, &format!("register_until = {deadline}\n"));
    let mut play = Play::open(&stage, start);
    play.at(start).await;
    // The server's time of receipt and the topmost Received are an hour apart.
    let mail = Mail::registration("Solène Kervadec", "solene@cc-hauts.example");
    let at = start + mins(90);
    stage.deliver_bytes(&mail.bytes(at - mins(60)), at);
    // Our own clock is behind what the server says.
    let other = Mail::registration("Rachida Amrouni", "rachida@cc-hauts.example");
    stage.deliver_at(&other, at + mins(30));
    play.at(at).await;
    let states: Vec<String> = stage
        .people("coop-n3")
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    assert!(
        !states.iter().any(|state| state == "refused_late"),
        "{states:?}"
    );
    assert!(stage.letters_to("solene@cc-hauts.example").is_empty());
    assert!(stage.letters_to("rachida@cc-hauts.example").is_empty());
    assert_eq!(notices_of(&play, "clock"), 1);
    let open = play.house.register.open_items().unwrap();
    assert_eq!(open.len(), 2, "both are before the human");
    play.close();
}

/// How many digests each date has.
fn digests(play: &Play) -> BTreeMap<Date, usize> {
    let mut dates = BTreeMap::new();
    for entry in play.house.register.entries(0).map(Result::unwrap) {
        if let Body::Digest { date, .. } = entry.body {
            *dates.entry(date).or_default() += 1;
        }
    }
    dates
}

/// Restarts it every seven minutes around a digest at 02:30, over three nights from `first`; the second
/// night is the one in which the clock changes, and after each digest the clock is once three hours back.
async fn nights(first: Date) {
    let stage = Stage::new();
    let config = std::fs::read_to_string(stage.config()).unwrap();
    let line = config
        .lines()
        .find(|line| line.starts_with("at = "))
        .unwrap();
    std::fs::write(stage.config(), config.replace(line, "at = 02:30:00")).unwrap();
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let midnight = |day: Date| {
        day.at(0, 30, 0, 0)
            .to_zoned_datetime(zone.clone())
            .unwrap()
            .timestamp()
    };
    let mut play = Play::open(&stage, midnight(first) - mins(60));
    play.at(midnight(first) - mins(60)).await;
    play.close();
    let mut dates = Vec::new();
    for night in 0..3 {
        let day = first.checked_add(jiff::Span::new().days(night)).unwrap();
        dates.push(day);
        for round in 0..40 {
            let back = if round == 30 { mins(180) } else { mins(0) };
            let at = midnight(day) + mins(7 * round) - back;
            let mut play = Play::open(&stage, at);
            play.at(at).await;
            play.close();
        }
    }
    // Two days out; what was missed is one digest.
    let after = first.checked_add(jiff::Span::new().days(5)).unwrap();
    dates.push(after);
    let mut play = Play::open(&stage, midnight(after) + mins(180));
    play.at(midnight(after) + mins(180)).await;
    let found = digests(&play);
    play.close();
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), dates);
    assert!(found.values().all(|count| *count == 1), "{found:?}");
}

#[tokio::test]
async fn one_digest_a_date_when_summer_time_begins() {
    nights(Date::constant(2027, 3, 27)).await;
}

#[tokio::test]
async fn one_digest_a_date_when_summer_time_ends() {
    nights(Date::constant(2027, 10, 30)).await;
}

/// A stage that sends to a server of ours, and a play in which one person has registered at `start`.
async fn one_letter(sink: &Sink, start: Timestamp) -> (Stage, Play) {
    let stage = Stage::new();
    let places = format!("[maildir]\npath = \"Maildir\"\n{}", sink.config());
    stage.write_config("mode = \"live\"\n", &places);
    let mut play = Play::open(&stage, start);
    play.at(start).await;
    stage.deliver_at(
        &Mail::registration("Solène Kervadec", "solene@cc-hauts.example"),
        start,
    );
    play.at(start).await;
    (stage, play)
}

#[tokio::test]
async fn a_letter_put_off_for_a_day_is_sent_once_after_few_attempts() {
    let (sink, start) = (Sink::start(), now());
    sink.answer_rcpt("451 4.7.1 greylisted");
    let (_stage, mut play) = one_letter(&sink, start).await;
    play.until(start + mins(24 * 60)).await;
    assert!(sink.letters_to_people().is_empty());
    assert_eq!(play.phase(LetterPhase::Deferred), 1);
    sink.answer_rcpt("250 2.1.5 ok");
    play.until(start + mins(3 * 24 * 60)).await;
    assert_eq!(sink.letters_to_people().len(), 1);
    assert!(sink.rcpts() <= 8, "{} attempts", sink.rcpts());
    play.close();
}

#[tokio::test]
async fn a_letter_put_off_for_ever_is_given_up_and_a_refused_one_at_once() {
    for (answer, attempts) in [("451 4.7.1 later", 8), ("550 5.1.1 no such user", 1)] {
        let (sink, start) = (Sink::start(), now());
        sink.answer_rcpt(answer);
        let (stage, mut play) = one_letter(&sink, start).await;
        play.until(start + mins(10 * 24 * 60)).await;
        assert_eq!(sink.rcpts(), attempts);
        assert_eq!(play.phase(LetterPhase::Refused), 1);
        assert_eq!(stage.people("coop-n3").len(), 1, "the seat stays");
        play.close();
        let digests = sink.letters_to(CONTACT);
        let told = |digest: &&Letter| digest.text.contains("solene@cc-hauts.example");
        let texts: Vec<_> = digests.iter().map(|digest| &digest.text).collect();
        assert!(digests.iter().any(|digest| told(&digest)), "{texts:#?}");
    }
}

#[tokio::test]
async fn an_outage_of_the_mail_server_costs_no_letter_its_attempts() {
    let (sink, start) = (Sink::start(), now());
    sink.down(true);
    let (stage, mut play) = one_letter(&sink, start).await;
    play.until(start + mins(48 * 60)).await;
    assert_eq!(play.phase(LetterPhase::Deferred), 1);
    sink.down(false);
    sink.answer_rcpt("451 4.7.1 greylisted");
    play.until(start + mins(49 * 60)).await;
    assert!(
        sink.rcpts() >= 1,
        "tried within the hour after it came back"
    );
    sink.answer_rcpt("250 2.1.5 ok");
    play.until(start + mins(72 * 60)).await;
    assert_eq!(sink.letters_to_people().len(), 1);

    // Three different recipients refused in a row: it is the server again.
    sink.answer_rcpt("550 5.7.1 relaying denied");
    for n in 0..3 {
        let at = start + mins(72 * 60);
        let mail = Mail::registration(&name_of(n), &format!("p{n}@lieu{n}.example"));
        stage.deliver_at(&mail, at);
    }
    play.at(start + mins(72 * 60)).await;
    assert_eq!(play.phase(LetterPhase::Refused), 0);
    assert_eq!(play.phase(LetterPhase::Deferred), 3);
    sink.answer_rcpt("250 2.1.5 ok");
    play.until(start + mins(74 * 60)).await;
    assert_eq!(sink.letters_to_people().len(), 4);
    play.close();
}

/// The server takes the letter and hangs up: did it take it? The copy in Sent says so; without one it is
/// sent once more, the same, and then it is the human's.
#[tokio::test]
async fn a_letter_that_may_have_been_taken_is_looked_for_in_sent_and_sent_once_more_at_most() {
    for copy_in_sent in [true, false] {
        let sink = Sink::start();
        sink.at_dot(AtDot::Reset);
        let stage = Stage::new();
        stage.write_config(
            "mode = \"live\"\n",
            &format!("[maildir]\npath = \"Maildir\"\n{}", sink.config()),
        );
        let start = now();
        let mut play = Play::open(&stage, start);
        play.at(start).await;
        stage.deliver_at(
            &Mail::registration("Solène Kervadec", "solene@cc-hauts.example"),
            start,
        );
        play.at(start).await;
        let sent = sink.letters_to_people();
        assert_eq!(sent.len(), 1);
        assert_eq!(play.phase(LetterPhase::Uncertain), 1);
        if copy_in_sent {
            stage.sent_by_hand(std::str::from_utf8(&sent[0].bytes).unwrap());
        }
        play.until(start + mins(60)).await;
        let sent = sink.letters_to_people();
        if copy_in_sent {
            assert_eq!(sent.len(), 1, "no second");
            assert_eq!(play.phase(LetterPhase::Uncertain), 0);
            assert_eq!(play.phase(LetterPhase::Held), 0);
        } else {
            assert_eq!(sent.len(), 2, "once more, and no third");
            assert_eq!(sent[0].id, sent[1].id);
            assert_eq!(sent[0].bytes, sent[1].bytes, "the same mail");
            assert_eq!(play.phase(LetterPhase::Held), 1, "then the human's");
        }
        play.close();
    }
}
