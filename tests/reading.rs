//! Reading measured on labelled mails: prints the table for each set and fails under the bars.
//!
//! Sets: `shared/mails` (in place), and every folder below `tests/mails/{tune,aside}`. Counts as the
//! measuring script beside the shared mails does. `GUICHET_SETS` names a further folder of sets (then
//! only those are read), `GUICHET_VERBOSE` prints what is wrong, `GUICHET_OUT` takes the JSON lines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    missing_docs
)]

#[path = "support/shared.rs"]
mod shared_folder;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use guichet::config::{Config, load_catalogue};
use guichet::core::catalogue::Catalogue;
use guichet::core::message::Message;
use guichet::core::organisation::Organisation;
use guichet::core::reading::output::json_line;
use guichet::core::reading::{Context, read};
use jiff::Timestamp;
use serde_json::Value;
use shared_folder::shared;
use unicode_normalization::UnicodeNormalization;

/// Least shares in per cent: coverage, intent, sessions, people, organisation, e-mail, telephone.
struct Bars {
    coverage: f64,
    intent: f64,
    sessions: f64,
    people: f64,
    organisation: f64,
    email: f64,
    phone: f64,
}

const SHARED: Bars = Bars {
    coverage: 95.0,
    intent: 97.0,
    sessions: 97.0,
    people: 97.0,
    organisation: 90.0,
    email: 98.0,
    phone: 98.0,
};

const ASIDE: Bars = Bars {
    coverage: 90.0,
    intent: 95.0,
    sessions: 95.0,
    people: 93.0,
    organisation: 85.0,
    email: 97.0,
    phone: 97.0,
};

/// What the sets that reading is tuned on reached when this was last looked at. They must not fall
/// below this; wrong actions are none.
const TUNED: Bars = Bars {
    coverage: 86.0,
    intent: 93.0,
    sessions: 97.0,
    people: 91.0,
    organisation: 95.0,
    email: 98.0,
    phone: 98.0,
};

/// What the set kept aside reached when it was first read; the aim is [`ASIDE`], and what lies below it
/// is said aloud. It must not fall below this.
const REACHED: Bars = Bars {
    coverage: 41.0,
    intent: 83.0,
    sessions: 87.0,
    people: 80.0,
    organisation: 92.0,
    email: 100.0,
    phone: 100.0,
};

/// Wrong actions on the set kept aside when it was first read; the aim is none.
const REACHED_WRONG: usize = 1;

struct Set {
    name: String,
    folder: PathBuf,
    catalogue: Catalogue,
    organisation: Organisation,
}

fn load(folder: &Path, config: &Path, name: String) -> Set {
    let config = Config::load(config).unwrap_or_else(|e| panic!("{name}: {:?}", e.lines()));
    Set {
        name,
        folder: folder.to_owned(),
        catalogue: load_catalogue(&config).unwrap_or_else(|e| panic!("{:?}", e.lines())),
        organisation: config.organisation,
    }
}

fn shared_set(folder: &Path) -> Set {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("guichet.toml");
    let sessions = folder.join("catalogue");
    std::fs::write(
        &file,
        format!(
            "sessions = {:?}\n[mailbox]\naddress = \"europe.devrural@caprural.org\"\n",
            sessions.display().to_string()
        ),
    )
    .unwrap();
    load(folder, &file, "shared".to_owned())
}

fn sets_below(folder: &Path) -> Vec<Set> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    folders.sort();
    folders
        .into_iter()
        .filter(|f| f.join("labels.jsonl").is_file())
        .map(|f| {
            let name = f.file_name().unwrap().to_string_lossy().into_owned();
            load(&f, &f.join("guichet.toml"), name)
        })
        .collect()
}

fn norm(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| match c {
            '’' | '\'' => " ".to_owned(),
            'œ' | 'Œ' => "oe".to_owned(),
            'æ' | 'Æ' => "ae".to_owned(),
            c => c.to_string(),
        })
        .collect();
    let ascii: String = text
        .nfkd()
        .filter(char::is_ascii)
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    ascii.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    words.sort();
    words
}

fn loose(a: &str, b: &str) -> bool {
    words(a) == words(b)
}

fn names(people: &Value) -> Vec<String> {
    let mut names: Vec<String> = people
        .as_array()
        .unwrap()
        .iter()
        .map(|p| norm(p["name"].as_str().unwrap_or_default()))
        .collect();
    names.sort();
    names
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .map(|l| {
            l.iter()
                .map(|v| v.as_str().unwrap_or_default().to_owned())
                .collect()
        })
        .unwrap_or_default()
}

fn normed(list: &Value) -> Vec<String> {
    let mut all: Vec<String> = strings(list).iter().map(|s| norm(s)).collect();
    all.sort();
    all
}

fn same_names(wanted: &[String], got: &[String], partial: bool) -> bool {
    let mut got = got.to_vec();
    for a in wanted {
        let set: BTreeSet<&str> = a.split(' ').collect();
        let found = got.iter().position(|b| {
            loose(a, b) || partial && !b.is_empty() && b.split(' ').all(|w| set.contains(w))
        });
        match found {
            Some(at) => {
                got.remove(at);
            }
            None => return false,
        }
    }
    got.is_empty()
}

fn class(intent: &Value) -> &str {
    match intent.as_str().unwrap_or_default() {
        i @ ("register" | "cancel" | "replace" | "update") => i,
        _ => "leave",
    }
}

fn set_of(list: &Value) -> BTreeSet<String> {
    strings(list).into_iter().collect()
}

/// The label, or that of its accepted alternatives which the output comes nearest to.
fn closest(label: &Value, out: &Value) -> Value {
    let mut ways = vec![label.clone()];
    for accept in label["accept"].as_array().into_iter().flatten() {
        let mut way = label.clone();
        for (key, value) in accept.as_object().unwrap() {
            way[key] = value.clone();
        }
        ways.push(way);
    }
    let fit = |way: &Value| {
        usize::from(class(&way["intent"]) == class(&out["intent"]))
            + usize::from(set_of(&way["sessions"]) == set_of(&out["sessions"]))
            + usize::from(names(&way["participants"]) == names(&out["participants"]))
            + usize::from(normed(&way["removed"]) == normed(&out["removed"]))
            + usize::from(way["auto_action_ok"] == out["act"])
    };
    let mut best = 0;
    for (number, way) in ways.iter().enumerate() {
        if fit(way) > fit(&ways[best]) {
            best = number;
        }
    }
    ways.swap_remove(best)
}

#[derive(Default)]
struct Score {
    mails: usize,
    intent: usize,
    may: usize,
    acts: usize,
    right: usize,
    wrong: usize,
    sessions: (usize, usize),
    people: (usize, usize),
    organisation: (usize, usize),
    email: (usize, usize),
    phone: (usize, usize),
    question: usize,
    notes: String,
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

impl Score {
    fn count(&mut self, label: &Value, out: &Value) {
        let label = closest(label, out);
        let (wanted, got) = (class(&label["intent"]), class(&out["intent"]));
        self.mails += 1;
        self.intent += usize::from(wanted == got);
        let mut right = wanted == got;
        let mut faults = Vec::new();
        if wanted != got {
            faults.push("intent");
        }
        if wanted != "leave" {
            let sessions = set_of(&label["sessions"]) == set_of(&out["sessions"]);
            if label["session_clear"] == true {
                self.sessions.1 += 1;
                self.sessions.0 += usize::from(sessions);
                if !sessions {
                    faults.push("sessions");
                }
            }
            let removed = same_names(&normed(&label["removed"]), &normed(&out["removed"]), true);
            let people = same_names(
                &names(&label["participants"]),
                &names(&out["participants"]),
                false,
            );
            let removed = removed || !matches!(wanted, "cancel" | "replace");
            self.people.1 += 1;
            self.people.0 += usize::from(people && removed);
            if !(people && removed) {
                faults.push("people");
            }
            right = right && sessions && people && removed;
            if people && wanted == got {
                self.fields(&label, out, &mut faults);
            }
        }
        self.question += usize::from(label["has_question"] == out["question"]);
        let ambiguous = label["ambiguous"] == true;
        let may = label["auto_action_ok"] == true;
        let act = out["act"] == true;
        if may && !(ambiguous && !(act && right)) {
            self.may += 1;
        }
        let mut head = String::new();
        if act {
            self.acts += 1;
            if may && right {
                self.right += 1;
            } else if !(ambiguous && right) {
                self.wrong += 1;
                head = "WRONG ACTION ".to_owned();
            }
        } else if may && !ambiguous {
            head = "did not act ".to_owned();
        }
        if !head.is_empty() || !faults.is_empty() {
            let _infallible = writeln!(
                self.notes,
                "{} {head}{faults:?}\n    wanted {} {} {:?} -{}\n    got    {} {} {:?} -{} {}\n    {}",
                label["file"],
                label["intent"],
                label["sessions"],
                names(&label["participants"]),
                label["removed"],
                out["intent"],
                out["sessions"],
                names(&out["participants"]),
                out["removed"],
                out["doubts"],
                label["why"]
            );
        }
    }

    fn fields(&mut self, label: &Value, out: &Value, faults: &mut Vec<&str>) {
        for person in label["participants"].as_array().unwrap() {
            let name = norm(person["name"].as_str().unwrap());
            let Some(got) = out["participants"]
                .as_array()
                .unwrap()
                .iter()
                .find(|p| loose(&norm(p["name"].as_str().unwrap()), &name))
            else {
                continue;
            };
            let text = |v: &Value, k: &str| v[k].as_str().unwrap_or_default().to_owned();
            if let Some(wanted) = person["organisation"].as_str() {
                let (a, b) = (norm(wanted), norm(&text(got, "organisation")));
                let hit = !b.is_empty() && (a.contains(&b) || b.contains(&a));
                self.organisation.1 += 1;
                self.organisation.0 += usize::from(hit);
                if !hit {
                    let _infallible = writeln!(self.notes, "{} org: {a} <> {b}", label["file"]);
                }
            }
            if let Some(wanted) = person["email"].as_str() {
                let hit = wanted.eq_ignore_ascii_case(&text(got, "email"));
                self.email.1 += 1;
                self.email.0 += usize::from(hit);
                if !hit {
                    faults.push("email");
                }
            }
            if let Some(wanted) = person["phone"].as_str() {
                let (a, b) = (digits(wanted), digits(&text(got, "phone")));
                let tail = |s: &str| s[s.len().saturating_sub(9)..].to_owned();
                let hit = !b.is_empty() && (a.contains(&b) || tail(&a) == tail(&b));
                self.phone.1 += 1;
                self.phone.0 += usize::from(hit);
                if !hit {
                    faults.push("phone");
                }
            }
        }
    }

    fn table(&self, name: &str) -> String {
        let pc = |(a, b): (usize, usize)| {
            if b == 0 {
                "-".to_owned()
            } else {
                format!("{a}/{b} = {:.1} %", share((a, b)))
            }
        };
        format!(
            "{name}: mails {} | wrong actions {} of {} | coverage {}\n  intent {} | sessions {} | people {}\n  organisation {} | email {} | phone {} | question {}",
            self.mails,
            self.wrong,
            self.acts,
            pc((self.right, self.may)),
            pc((self.intent, self.mails)),
            pc(self.sessions),
            pc(self.people),
            pc(self.organisation),
            pc(self.email),
            pc(self.phone),
            pc((self.question, self.mails)),
        )
    }

    fn fails(&self, bars: &Bars) -> Vec<String> {
        self.fails_with(bars, 0)
    }

    fn fails_with(&self, bars: &Bars, wrong_max: usize) -> Vec<String> {
        let mut fails = Vec::new();
        if self.wrong > wrong_max {
            fails.push(format!("{} wrong actions", self.wrong));
        }
        for (what, pair, bar) in [
            ("coverage", (self.right, self.may), bars.coverage),
            ("intent", (self.intent, self.mails), bars.intent),
            ("sessions", self.sessions, bars.sessions),
            ("people", self.people, bars.people),
            ("organisation", self.organisation, bars.organisation),
            ("email", self.email, bars.email),
            ("phone", self.phone, bars.phone),
        ] {
            if pair.1 > 0 && share(pair) < bar {
                fails.push(format!("{what} {:.1} % < {bar} %", share(pair)));
            }
        }
        fails
    }

    fn add(&mut self, other: &Score) {
        let sum = |a: (usize, usize), b: (usize, usize)| (a.0 + b.0, a.1 + b.1);
        self.mails += other.mails;
        self.intent += other.intent;
        self.may += other.may;
        self.acts += other.acts;
        self.right += other.right;
        self.wrong += other.wrong;
        self.question += other.question;
        self.sessions = sum(self.sessions, other.sessions);
        self.people = sum(self.people, other.people);
        self.organisation = sum(self.organisation, other.organisation);
        self.email = sum(self.email, other.email);
        self.phone = sum(self.phone, other.phone);
    }
}

fn share((a, b): (usize, usize)) -> f64 {
    100.0 * a as f64 / b as f64
}

fn score(set: &Set) -> Score {
    let mut score = Score::default();
    let mut lines = String::new();
    let labels = std::fs::read_to_string(set.folder.join("labels.jsonl")).unwrap();
    for line in labels.lines().filter(|l| !l.trim().is_empty()) {
        let label: Value = serde_json::from_str(line).unwrap();
        let file = label["file"].as_str().unwrap();
        let bytes = std::fs::read(set.folder.join("mails").join(file)).unwrap();
        let message = Message::parse(&bytes);
        let received: Timestamp = label["received"].as_str().unwrap().parse().unwrap();
        let context = Context {
            catalogue: &set.catalogue,
            organisation: &set.organisation,
            received,
        };
        let (_, reading) = read(&message, context);
        let line = json_line(file, &reading);
        let out: Value = serde_json::from_str(&line).unwrap();
        if std::env::var("SHOW").is_ok_and(|s| file.starts_with(&s)) {
            eprintln!("{:#?}", guichet::core::unquote::unquote(&message.text));
            eprintln!("{out:#}");
            let parts = guichet::core::unquote::unquote(&message.text);
            let mail = guichet::core::reading::mail::Mail::new(&message, &parts, context);
            for clause in &mail.new.clauses {
                eprintln!(
                    "{}/{} {:?}",
                    clause.sentence,
                    mail.new.quote(clause),
                    clause.hits
                );
            }
            for act in guichet::core::reading::acts::acts(&mail.new) {
                eprintln!("{act:?}");
            }
            for t in &mail.thread {
                eprintln!(
                    "{:?} {:?} {:?}",
                    t.letter, t.quote.from_name, t.quote.from_email
                );
            }
            eprintln!(
                "{:?} {:?} {:?}",
                mail.sender, mail.new.names, mail.new.mentions
            );
        }
        lines.push_str(&line);
        lines.push('\n');
        score.count(&label, &out);
    }
    assert!(score.mails > 0, "{}: no mails", set.name);
    if let Ok(folder) = std::env::var("GUICHET_OUT") {
        std::fs::write(
            Path::new(&folder).join(format!("{}.jsonl", set.name)),
            lines,
        )
        .unwrap();
    }
    score
}

fn report(set: &Set, score: &Score) {
    eprintln!("{}", score.table(&set.name));
    // a set kept aside is not to be tuned on: its mails are named only if asked for by name
    let aside = set.folder.components().any(|c| c.as_os_str() == "aside");
    let verbose = std::env::var("GUICHET_VERBOSE").unwrap_or_default();
    if !verbose.is_empty() && (!aside || verbose == "aside") {
        eprintln!("{}", score.notes);
    }
}

#[test]
fn shared_mails_are_read() {
    let Some(folder) = shared().filter(|f| f.join("mails/labels.jsonl").is_file()) else {
        eprintln!("SKIPPED: no shared folder above the sources, and GUICHET_SHARED is not set");
        return;
    };
    let set = shared_set(&folder.join("mails"));
    let score = score(&set);
    report(&set, &score);
    assert_eq!(score.fails(&SHARED), Vec::<String>::new());
}

#[test]
fn own_sets_are_read() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    let folders = match std::env::var("GUICHET_SETS") {
        Ok(folder) => vec![PathBuf::from(folder)],
        Err(_) => vec![here.join("tune"), here.join("aside")],
    };
    let mut fails = Vec::new();
    for folder in folders {
        let mut total = Score::default();
        for set in sets_below(&folder) {
            let score = score(&set);
            report(&set, &score);
            total.add(&score);
        }
        if total.mails == 0 {
            eprintln!("SKIPPED: no sets in {}", folder.display());
            continue;
        }
        eprintln!("{}", total.table(&format!("all of {}", folder.display())));
        if folder.ends_with("aside") {
            for below in total.fails(&ASIDE) {
                eprintln!("BELOW THE AIM, kept aside: {below}");
            }
            fails.extend(total.fails_with(&REACHED, REACHED_WRONG));
        } else {
            for below in total.fails(&ASIDE) {
                eprintln!("BELOW THE AIM, tuned on: {below}");
            }
            fails.extend(total.fails(&TUNED));
        }
    }
    assert_eq!(fails, Vec::<String>::new());
}
