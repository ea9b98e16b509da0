//! Scenarios as data: mails with what should become of each, and the lists at the end.
#![allow(dead_code)]

#[path = "shared.rs"]
mod shared_folder;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use guichet::core::person::name_key;
use serde_json::{Value, json};
pub use shared_folder::shared;

/// One scenario with what it is played against.
pub struct Scenario {
    pub folder: PathBuf,
    pub catalogue: PathBuf,
    pub address: String,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(of)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("scenario.json").is_file())
        .collect();
    found.sort();
    found
}

pub fn ours() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for language in ["fr", "en"] {
        let group = root().join("tests/scenarios").join(language);
        let address = std::fs::read_to_string(group.join("address.txt")).unwrap();
        scenarios.extend(folders(&group).into_iter().map(|folder| Scenario {
            folder,
            catalogue: group.join("catalogue"),
            address: address.trim().to_owned(),
        }));
    }
    scenarios
}

pub fn same(status: &str) -> &str {
    if status == "provisional" {
        "confirmed"
    } else {
        status
    }
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(|values| values.iter().collect())
        .unwrap_or_default()
}

pub fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(words)) => words
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::Object(map)) => map
            .values()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// Writes configuration, catalogue (with the scenario's capacities), mails and index.
pub fn prepare(scenario: &Scenario, expected: &Value, work: &Path) {
    std::fs::create_dir_all(work.join("sessions")).unwrap();
    std::fs::create_dir_all(work.join("mails")).unwrap();
    for entry in std::fs::read_dir(&scenario.catalogue).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read_to_string(&path).unwrap();
        let id = file
            .lines()
            .find_map(|line| line.strip_prefix("id = "))
            .unwrap_or_default()
            .trim_matches('"')
            .to_owned();
        let capacity = expected["sessions_capacity"]
            .get(&id)
            .and_then(Value::as_u64);
        let line = |line: &str| match capacity {
            Some(seats) if line.starts_with("capacity ") || line.starts_with("capacity=") => {
                format!("capacity = {seats}\n")
            }
            _ => format!("{line}\n"),
        };
        let changed: String = file.lines().map(line).collect();
        std::fs::write(
            work.join("sessions").join(path.file_name().unwrap()),
            changed,
        )
        .unwrap();
    }
    let main = format!(
        "sessions = \"sessions\"\n[mailbox]\naddress = \"{}\"\n",
        scenario.address
    );
    std::fs::write(work.join("guichet.toml"), main).unwrap();
    let mut index = String::new();
    for mail in list(expected, "mails") {
        let file = text(mail, "file");
        std::fs::copy(scenario.folder.join(file), work.join("mails").join(file)).unwrap();
        index.push_str(&format!(
            "{}\n",
            json!({"file": file, "received": mail["received"]})
        ));
    }
    std::fs::write(work.join("received.jsonl"), index).unwrap();
}

/// Compares the lines of a rehearsal with what a scenario expects: right mails, mails, faults.
pub fn judge(expected: &Value, lines: &[Value], end: &Value) -> (usize, usize, Vec<String>) {
    let by_file: BTreeMap<String, &Value> = lines
        .iter()
        .filter_map(|line| Some((line.get("file")?.as_str()?.to_owned(), line)))
        .collect();
    let mails = list(expected, "mails");
    let mut right = 0;
    let mut faults = Vec::new();
    for mail in &mails {
        let wrong = compare(
            mail,
            by_file
                .get(text(mail, "file"))
                .copied()
                .unwrap_or(&Value::Null),
        );
        right += usize::from(wrong.is_empty());
        faults.extend(
            wrong
                .into_iter()
                .map(|fault| format!("{}: {fault}", text(mail, "file"))),
        );
    }
    faults.extend(compare_finals(&expected["final"], end));
    (right, mails.len(), faults)
}

/// What is wrong with one mail's line.
pub fn compare(want: &Value, got: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let reply = same(text(got, "reply"));
    let mut acceptable: BTreeSet<String> = BTreeSet::from([text(want, "expect_reply").to_owned()]);
    for key in ["also_acceptable", "per_person", "per_session"] {
        acceptable.extend(words(want.get(key)));
    }
    if !acceptable.contains(reply) {
        wrong.push(format!(
            "reply {reply} instead of {}",
            text(want, "expect_reply")
        ));
    }
    let other_way = words(want.get("also_acceptable"))
        .iter()
        .any(|word| word == reply);
    let people = list(got, "per_person");
    let maps = [("per_person", "name"), ("per_session", "session")];
    for (key, by) in maps.into_iter().filter(|_| !other_way) {
        for (who, status) in want
            .get(key)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let fits = |p: &&&Value| {
                if by == "name" {
                    name_key(text(p, by)) == name_key(who)
                } else {
                    text(p, by) == who
                }
            };
            let have = people
                .iter()
                .rev()
                .find(fits)
                .map(|p| same(text(p, "status")));
            if have != status.as_str() {
                wrong.push(format!("{who} {have:?} instead of {status}"));
            }
        }
    }
    let also = list(got, "also");
    for other in list(want, "also")
        .into_iter()
        .filter(|other| other.is_object())
    {
        let kind = words(other.get("expect_reply").or(other.get("reply")))
            .pop()
            .unwrap_or_default();
        if kind != "already" && !also.iter().any(|told| text(told, "reply") == kind) {
            wrong.push(format!("{} was not told: {kind}", text(other, "to")));
        }
    }
    if list(want, "also").is_empty() && also.iter().any(|told| text(told, "reply") == "promoted") {
        wrong.push("somebody was promoted who should not have been".to_owned());
    }
    if want.get("to_human") == Some(&Value::Bool(true))
        && got.get("to_human") != Some(&Value::Bool(true))
    {
        wrong.push("not shown to the human".to_owned());
    }
    wrong
}

pub fn compare_finals(want: &Value, got: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (session, lists) in want.as_object().into_iter().flatten() {
        for state in ["confirmed", "waitlist", "cancelled", "refused_late"] {
            let Some(names) = lists.get(state) else {
                continue;
            };
            let have = got.get(session).cloned().unwrap_or_default();
            let mut a: Vec<String> = words(Some(names))
                .iter()
                .map(|name| name_key(name))
                .collect();
            let mut b: Vec<String> = words(have.get(state))
                .iter()
                .map(|name| name_key(name))
                .collect();
            if state == "confirmed" {
                b.extend(
                    words(have.get("provisional"))
                        .iter()
                        .map(|name| name_key(name)),
                );
            }
            if state != "waitlist" {
                a.sort();
                b.sort();
            }
            if a != b {
                faults.push(format!("final {session} {state}: {b:?} instead of {a:?}"));
            }
        }
    }
    faults
}

/// Scenarios that do not pass yet: name → reason.
pub fn open() -> BTreeMap<String, String> {
    let file = std::fs::read_to_string(root().join("tests/scenarios/open.txt")).unwrap();
    let lines = file
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, why)| (name.to_owned(), why.to_owned()))
        .collect()
}

/// Those of the shared folder; `None` if it is not there.
pub fn shared_scenarios() -> Option<Vec<Scenario>> {
    let shared = shared()?;
    let scenario = |folder| Scenario {
        folder,
        catalogue: shared.join("mails/catalogue"),
        address: "europe.devrural@caprural.org".to_owned(),
    };
    let found = folders(&shared.join("mails/scenarios"));
    Some(found.into_iter().map(scenario).collect())
}

impl Scenario {
    /// What should become of its mails.
    pub fn expected(&self) -> Value {
        let file = std::fs::read_to_string(self.folder.join("scenario.json")).unwrap();
        serde_json::from_str(&file).unwrap()
    }

    /// Its name, as `open.txt` has it.
    pub fn name(&self, group: &str) -> String {
        format!(
            "{group}/{}",
            self.folder.file_name().unwrap().to_string_lossy()
        )
    }
}
