//! The shared real mail: what screening and unquoting make of thousands of mails by others.
//!
//! The corpora are read in place from `../shared` (never copied into the repository); their index
//! says what each file is. The figures are printed, and the test fails under the bars.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "support/shared.rs"]
mod shared_folder;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};

use guichet::core::message::{Message, ReturnPath};
use guichet::core::organisation::Organisation;
use guichet::core::screening::{Machine, Screening, Writer, screen};
use guichet::core::unquote::{Parts, unquote};
use serde_json::Value;
use shared_folder::shared;

/// The corpora, unpacked for as long as some test of this file reads them.
struct Corpora {
    root: tempfile::TempDir,
    rows: Vec<Value>,
}

impl Corpora {
    fn unpack() -> Option<Arc<Corpora>> {
        static UNPACKED: Mutex<Weak<Corpora>> = Mutex::new(Weak::new());
        let mut unpacked = UNPACKED.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(corpora) = unpacked.upgrade() {
            return Some(corpora);
        }
        let corpora = Arc::new(Corpora::unpack_once()?);
        *unpacked = Arc::downgrade(&corpora);
        Some(corpora)
    }

    fn unpack_once() -> Option<Corpora> {
        let Some(archive) = shared()
            .map(|shared| shared.join("corpora/dev-core.tar.gz"))
            .filter(|archive| archive.is_file())
        else {
            eprintln!("SKIPPED: the shared corpora are not there");
            return None;
        };
        let root = tempfile::Builder::new()
            .prefix("guichet-corpora")
            .tempdir()
            .unwrap();
        let tar = Command::new("tar")
            .arg("xzf")
            .arg(&archive)
            .arg("-C")
            .arg(root.path())
            .status();
        assert!(
            tar.unwrap().success(),
            "tar cannot unpack {}",
            archive.display()
        );
        let index = root.path().join("packs/dev-core.index.jsonl");
        let index = std::fs::read_to_string(index).unwrap();
        let rows: Vec<Value> = index
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(rows.len() > 4000, "only {} rows in the index", rows.len());
        Some(Corpora { root, rows })
    }

    fn bytes(&self, row: &Value) -> Vec<u8> {
        let path = row["path"].as_str().unwrap();
        std::fs::read(self.root.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }
}

fn uses(row: &Value, what: &str) -> bool {
    row["uses"]
        .as_array()
        .is_some_and(|uses| uses.iter().any(|u| u == what))
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Folds a line for comparing: quote marks stay, blanks and case of nothing else matter.
fn line_key(line: &str) -> String {
    line.chars()
        .filter(|c| c.is_alphanumeric() || *c == '>')
        .flat_map(char::to_lowercase)
        .collect()
}

fn keys(text: &str) -> BTreeSet<String> {
    text.lines()
        .map(line_key)
        .filter(|key| !key.is_empty())
        .collect()
}

/// Gives the body of a quote case as text.
fn body(row: &Value, bytes: &[u8]) -> String {
    match row["format"].as_str().unwrap() {
        "body-text" => String::from_utf8_lossy(bytes).replace("\r\n", "\n"),
        "body-html" => {
            let head = b"From: a@x.fr\nContent-Type: text/html\n\n".to_vec();
            Message::parse(&[head, bytes.to_vec()].concat()).text
        }
        _ => Message::parse(bytes).text,
    }
}

/// Lines that upstreams disagree about, and that so count neither way: signatures, greetings and
/// disclaimers (by upstream's own word, or because they follow a closing formula or a signature
/// mark), forwards (some keep them as new text, here they are quotes marked as forwarded), and
/// everything where nothing stands above a header block.
fn undecided(row: &Value, body: &str, parts: &Parts) -> String {
    const CLOSINGS: &[&str] = &[
        "regards",
        "best",
        "kind",
        "thanks",
        "cordialement",
        "cheers",
        "sincerely",
        "mvh",
        "med venlig",
        "--",
        "__",
        "sent from",
    ];
    let mut lines: Vec<&str> = Vec::new();
    for field in ["signatures", "disclaimers"] {
        lines.extend(row["expected"][field].as_str());
    }
    for fragment in row["expected"]["fragments"]
        .as_array()
        .into_iter()
        .flatten()
    {
        if fragment["s"] == true && fragment["q"] != true {
            lines.extend(fragment["t"].as_str());
        }
    }
    let all: Vec<&str> = body.lines().collect();
    for (at, line) in all.iter().enumerate() {
        let lower = line.trim().to_lowercase();
        if lower.len() < 40 && CLOSINGS.iter().any(|closing| lower.starts_with(closing)) {
            lines.extend(
                all.iter()
                    .skip(at)
                    .take(5)
                    .take_while(|line| !line.starts_with('>')),
            );
        }
    }
    for quote in &parts.quotes {
        if quote.forwarded || parts.new.is_empty() {
            lines.push(&quote.text);
        }
    }
    let mut text = lines.join("\n");
    if parts.new.is_empty() || parts.quotes.iter().any(|quote| quote.forwarded) {
        for line in all
            .iter()
            .filter(|line| line.contains(':') || line.contains("---"))
        {
            text.push('\n');
            text.push_str(line);
        }
    }
    text
}

/// What of a case is lost, and what quoted lines are kept.
fn judge(row: &Value, body: &str, parts: &Parts) -> (Vec<String>, Vec<String>) {
    let expected = row["expected"]["visible_text"].as_str().unwrap_or_default();
    let undecided = undecided(row, body, parts);
    let neither = keys(&undecided);
    // What upstream itself calls quoted, though it shows it, is not newly written.
    let mut quoted = String::new();
    for fragment in row["expected"]["fragments"]
        .as_array()
        .into_iter()
        .flatten()
    {
        if fragment["q"] == true {
            quoted.push_str(fragment["t"].as_str().unwrap_or_default());
        }
    }
    let quoted = keys(&quoted);
    // Wrapping differs between upstreams: a line counts as present if it stands in the whole text.
    let all_new = line_key(&format!(
        "{}{}{}",
        parts.new, parts.signature, parts.boilerplate
    ));
    let all_visible = line_key(expected);
    let all_neither = line_key(&undecided);
    let lost = keys(expected)
        .into_iter()
        .filter(|key| !key.starts_with('>') && !quoted.contains(key))
        .filter(|key| !all_new.contains(key.as_str()) && !all_neither.contains(key.as_str()))
        .collect();
    let kept = keys(&parts.new)
        .into_iter()
        .filter(|key| !all_visible.contains(key.as_str()) && !neither.contains(key))
        .collect();
    (lost, kept)
}

#[test]
fn quotes_are_told_from_new_text() {
    let Some(corpora) = Corpora::unpack() else {
        return;
    };
    let (mut cases, mut whole, mut clean) = (0, 0, 0);
    for row in corpora
        .rows
        .iter()
        .filter(|row| row["primary"] == true && uses(row, "quote"))
    {
        if row["expected"]["visible_text"].as_str().is_none() {
            continue;
        }
        let body = body(row, &corpora.bytes(row));
        let parts = unquote(&body);
        let (lost, kept) = judge(row, &body, &parts);
        cases += 1;
        whole += usize::from(lost.is_empty());
        clean += usize::from(kept.is_empty());
        for (what, lines) in [("lost", lost), ("kept", kept)] {
            if !lines.is_empty() {
                println!("  {what} in {} ({}): {lines:?}", row["path"], row["gt"]);
            }
        }
    }
    println!(
        "quotes: {cases} cases; no new line lost {:.1} %; no quoted line kept {:.1} %",
        percent(whole, cases),
        percent(clean, cases)
    );
    assert!(cases > 200, "only {cases} cases");
    assert!(percent(whole, cases) >= 97.0);
    assert!(percent(clean, cases) >= 95.0);
}

/// The failed recipients as the index's two parsers name them; empty if it does not know.
fn known_recipients(row: &Value) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for opinion in row["oracle"]["opinion_a"].as_array().into_iter().flatten() {
        known.extend(opinion["recipient"].as_str().map(str::to_lowercase));
    }
    for list in ["permanent", "temporary"] {
        for address in row["oracle"]["opinion_b"][list]
            .as_array()
            .into_iter()
            .flatten()
        {
            known.extend(address.as_str().map(str::to_lowercase));
        }
    }
    known.retain(|address| address.contains('@'));
    known
}

#[test]
fn delivery_reports_are_recognised_and_read() {
    let Some(corpora) = Corpora::unpack() else {
        return;
    };
    let (mut cases, mut recognised, mut known, mut right) = (0, 0, 0, 0);
    let (mut hard_known, mut hard_right) = (0, 0);
    for row in corpora
        .rows
        .iter()
        .filter(|row| row["primary"] == true && uses(row, "bounce"))
    {
        let message = Message::parse(&corpora.bytes(row));
        cases += 1;
        let Some(dsn) = &message.dsn else {
            println!(
                "  not recognised: {} ({} {})",
                row["path"], row["class_basis"], message.subject
            );
            continue;
        };
        recognised += 1;
        let recipients = known_recipients(row);
        if !recipients.is_empty() {
            known += 1;
            if dsn
                .recipients
                .iter()
                .any(|address| recipients.contains(address))
            {
                right += 1;
            } else {
                println!(
                    "  other recipient: {} {:?} instead of {recipients:?}",
                    row["path"], dsn.recipients
                );
            }
        }
        let both = &row["oracle"]["opinion_b"];
        let list = |name: &str| both[name].as_array().map_or(0, Vec::len);
        if list("permanent") + list("temporary") > 0 && list("permanent") * list("temporary") == 0 {
            hard_known += 1;
            let agrees = dsn.permanent == (list("permanent") > 0);
            hard_right += usize::from(agrees);
            if !agrees {
                println!(
                    "  permanent {} {:?} {}",
                    dsn.permanent, dsn.status, row["path"]
                );
            }
        }
    }
    println!(
        "bounces: {cases}; recognised {:.1} %; recipient right {:.1} % of {known}; permanence agrees {:.1} % of {hard_known}",
        percent(recognised, cases),
        percent(right, known),
        percent(hard_right, hard_known)
    );
    assert!(cases > 600, "only {cases} cases");
    assert!(percent(recognised, cases) >= 97.0);
    assert!(percent(right, known) >= 95.0);
}

#[test]
fn nothing_else_is_taken_for_a_delivery_report() {
    let Some(corpora) = Corpora::unpack() else {
        return;
    };
    let mut taken = 0;
    for row in corpora
        .rows
        .iter()
        .filter(|row| row["primary"] == true && row["format"] == "eml" && row["class"] != "bounce")
    {
        let message = Message::parse(&corpora.bytes(row));
        if message.dsn.is_some() {
            taken += 1;
            println!(
                "  taken for a report: {} ({}) {}",
                row["path"], row["class"], message.subject
            );
        }
    }
    println!("others taken for reports: {taken}");
    assert!(taken <= 5);
}

/// Screens a mail of the corpora as some organisation that none of them wrote to.
fn screened(message: &Message) -> Screening {
    let organisation = Organisation {
        address: "contact@formation.example".to_owned(),
        ..Organisation::default()
    };
    screen(message, &organisation)
}

#[test]
fn absence_messages_are_recognised() {
    let Some(corpora) = Corpora::unpack() else {
        return;
    };
    let (mut cases, mut machines, mut absences) = (0, 0, 0);
    for row in corpora
        .rows
        .iter()
        .filter(|row| row["primary"] == true && uses(row, "autoreply"))
    {
        let message = Message::parse(&corpora.bytes(row));
        let screening = screened(&message);
        cases += 1;
        match screening.writer {
            Writer::Machine(Machine::Absence) => {
                (machines, absences) = (machines + 1, absences + 1)
            }
            Writer::Human => println!(
                "  taken for a person's: {} {}",
                row["path"], message.subject
            ),
            _ => machines += 1,
        }
    }
    println!(
        "absence messages: {cases}; machine {:.1} %; as absence {:.1} %",
        percent(machines, cases),
        percent(absences, cases)
    );
    assert!(cases > 15);
    assert!(percent(machines, cases) >= 95.0);
}

/// Absence messages that the index takes for people's mail: their own words say otherwise ("This is an
/// automated response to a message you have sent").
const MISLABELLED: &[&str] =
    &["sa-publiccorpus/easy-ham-1/00033.2ceb520d2c6500ccf24357f2ebdce618.eml"];

#[test]
fn peoples_mail_is_not_held_for_machines() {
    let Some(corpora) = Corpora::unpack() else {
        return;
    };
    let (mut cases, mut held, mut apart) = (0, 0, 0);
    for row in &corpora.rows {
        let class = row["class"].as_str().unwrap();
        if row["primary"] != true
            || row["format"] != "eml"
            || !(class == "human-mail" || class == "reply-with-quote")
        {
            continue;
        }
        let message = Message::parse(&corpora.bytes(row));
        let screening = screened(&message);
        cases += 1;
        if screening.writer != Writer::Human {
            if MISLABELLED.contains(&row["path"].as_str().unwrap()) {
                continue;
            }
            let telling = message.return_path == ReturnPath::Null
                || message.header("auto-submitted").is_some();
            *if telling { &mut apart } else { &mut held } += 1;
            println!(
                "  held{}: {} {:?} {:?} {}",
                if telling { " (telling header)" } else { "" },
                row["path"],
                screening.writer,
                screening.reasons,
                message.subject
            );
        }
    }
    println!(
        "people's mail: {cases}; held for machines: {held}, and {apart} with a telling header"
    );
    assert!(cases > 900);
    assert_eq!(held, 0);
}

#[test]
fn no_file_stops_the_run() {
    let Some(corpora) = Corpora::unpack() else {
        return;
    };
    for row in &corpora.rows {
        let bytes = corpora.bytes(row);
        let message = Message::parse(&bytes);
        let parts = unquote(&message.text);
        let screening = screened(&message);
        assert_eq!(screened(&message), screening);
        assert!(
            parts.new.len() <= message.text.len() * 2 + 1,
            "{}",
            row["path"]
        );
        if uses(row, "bounce") || uses(row, "autoreply") {
            assert!(!screening.may_reply || screening.writer == Writer::Human);
        }
    }
    println!("files read without a stop: {}", corpora.rows.len());
}

/// Checks the intents automatic and bounce of a folder of labelled mails.
fn check_labelled(folder: &Path, organisation: &Organisation) -> (usize, Vec<String>) {
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for label in labels
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
    {
        let file = label["file"].as_str().unwrap();
        let Ok(bytes) = std::fs::read(folder.join("mails").join(file)) else {
            continue;
        };
        let message = Message::parse(&bytes);
        let screening = screen(&message, organisation);
        let intent = label["intent"].as_str().unwrap();
        let got = match screening.writer {
            Writer::Human => "person",
            Writer::Machine(_) => "automatic",
            Writer::Bounce(_) => "bounce",
        };
        let expected = match intent {
            "automatic" | "bounce" => intent,
            _ => "person",
        };
        cases += 1;
        let calendar = screening.reasons.contains(&"calendar");
        if got != expected && !(calendar && intent == "other") {
            wrong.push(format!(
                "{file}: {got} {:?} instead of {intent}: {}",
                screening.reasons, label["why"]
            ));
        }
        assert!(got == "person" || !screening.may_reply && !screening.may_register);
    }
    (cases, wrong)
}

#[test]
fn labelled_mails_are_screened_as_labelled() {
    let Some(shared) = shared() else {
        eprintln!("SKIPPED: the shared mails are not there");
        return;
    };
    let mut sets = vec![(
        shared.join("mails"),
        "europe.devrural@caprural.org".to_owned(),
    )];
    let tune = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails/tune");
    for entry in std::fs::read_dir(tune).into_iter().flatten().flatten() {
        let Ok(config) = std::fs::read_to_string(entry.path().join("guichet.toml")) else {
            continue;
        };
        let config: toml::Table = config.parse().unwrap();
        let address = config["mailbox"]["address"].as_str().unwrap().to_owned();
        if entry.path().join("labels.jsonl").is_file() {
            sets.push((entry.path(), address));
        }
    }
    for (at, (folder, address)) in sets.into_iter().enumerate() {
        let organisation = Organisation {
            address,
            ..Organisation::default()
        };
        let (cases, wrong) = check_labelled(&folder, &organisation);
        println!(
            "{}: {cases} mails, {} screened otherwise",
            folder.display(),
            wrong.len()
        );
        for line in &wrong {
            println!("  {line}");
        }
        if at == 0 {
            assert!(cases > 100);
            assert!(wrong.is_empty());
        }
    }
}
