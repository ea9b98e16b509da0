//! The main file → [`Config`]; every key but the mailbox's address has a default.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Time;
use toml::Spanned;

use super::raw::{Number, RawConfig, RawDigest, RawMailbox, RawPolicy, RawTrust, Text};
use super::sheet::Sheet;
use super::{Config, ConfigError, DigestSettings, Policy, Problem};
use crate::core::catalogue::Mode;
use crate::core::organisation::Organisation;
use crate::core::person::{domain_of, organisational_domain};
use crate::core::reading::Language;

/// The zone of digests where none is named.
const TIMEZONE: &str = "Europe/Paris";
/// When the digest goes out where no hour is named: before the working day begins.
const DIGEST_AT: Time = Time::constant(8, 0, 0, 0);

/// Modes as written.
pub(super) const MODES: &[(&str, Mode)] = &[("shadow", Mode::Shadow), ("live", Mode::Live)];

/// Reads the main file.
pub(super) fn load(path: &Path) -> Result<Config, ConfigError> {
    if !path.exists() {
        let problem = Problem::of_file(path, "there is no such configuration file");
        return Err(problem
            .help("name one with --config, or copy the guichet.toml that comes with the program")
            .into());
    }
    let mut sheet = Sheet::open(path)?;
    let raw: RawConfig = sheet.shape()?;
    let config = build(&mut sheet, raw);
    match (config, ConfigError::of(sheet.problems)) {
        (Some(config), None) => Ok(config),
        (_, Some(error)) => Err(error),
        (None, None) => Err(Problem::of_file(path, "the file cannot be used").into()),
    }
}

fn build(sheet: &mut Sheet, raw: RawConfig) -> Option<Config> {
    let organisation = organisation(sheet, &raw);
    let address = organisation.as_ref().map(|o| o.address.clone());
    let address = address.unwrap_or_default();
    let sessions = match &raw.sessions {
        Some(folder) => sheet.folder("sessions", folder),
        None => default_sessions(sheet),
    };
    let mode = raw.mode.as_ref();
    let mode = mode.map_or(Some(Mode::Shadow), |v| sheet.choice("mode", v, MODES));
    let languages = [("fr", Language::Fr), ("en", Language::En)];
    let language = raw.language.as_ref();
    let language = language.map_or(Some(Language::Fr), |v| {
        sheet.choice("language", v, &languages)
    });
    let timezone = raw.timezone.as_ref();
    let timezone = timezone.map_or(Some(TIMEZONE.to_owned()), |v| {
        sheet.zone("timezone", v).map(|(name, _)| name)
    });
    let state = match &raw.state {
        Some(path) => sheet.path("state", path),
        None => Some(default_state(sheet)),
    };
    let members = raw.members.as_ref().and_then(|m| m.file.as_ref());
    let members = members.and_then(|v| sheet.file("file", v));
    let templates = raw.templates.as_ref();
    let templates = templates.and_then(|v| sheet.folder("templates", v));
    let source = super::connections::source(sheet, &raw, &address);
    let transport = super::connections::transport(sheet, &raw, &address);
    let digest = digest(sheet, raw.digest.unwrap_or_default(), &address);
    let policy = policy(sheet, &raw.policy.unwrap_or_default());
    Some(Config {
        file: std::path::absolute(&sheet.file).unwrap_or_else(|_| sheet.file.clone()),
        sessions: sessions?,
        catalogue_complete: raw.catalogue_complete.unwrap_or(false),
        mode: mode?,
        organisation: organisation?,
        language: language?,
        timezone: timezone?,
        state: state?,
        source,
        transport,
        digest,
        policy,
        members,
        templates,
    })
}

/// Without the key the sessions lie beside the main file.
fn default_sessions(sheet: &mut Sheet) -> Option<PathBuf> {
    let folder = sheet.beside("sessions");
    if folder.is_dir() {
        return Some(folder);
    }
    let problem = Problem::of_file(&sheet.file, "`sessions` is missing");
    sheet.add(problem.help("write sessions = \"…\": the folder of the session files"));
    None
}

/// Under systemd the folder that it gives us (systemd.exec(5), StateDirectory=), else beside the file.
fn default_state(sheet: &Sheet) -> PathBuf {
    match std::env::var_os("STATE_DIRECTORY") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => sheet.beside("state"),
    }
}

fn organisation(sheet: &mut Sheet, raw: &RawConfig) -> Option<Organisation> {
    let empty = RawMailbox::default();
    let mailbox = raw.mailbox.as_ref().unwrap_or(&empty);
    let Some(address) = &mailbox.address else {
        let problem = Problem::of_file(&sheet.file, "`address` of [mailbox] is missing");
        sheet.add(
            problem
                .help("write the address that people write to:\n[mailbox]\naddress = \"training@example.org\""),
        );
        return None;
    };
    let address = sheet.email("address", address);
    let aliases = list(&mailbox.aliases);
    let aliases = aliases
        .iter()
        .filter_map(|v| sheet.email("aliases", v))
        .collect();
    let domains = list(&mailbox.domains);
    let domains = domains
        .iter()
        .filter_map(|v| sheet.domain("domains", v))
        .collect();
    let name = sheet.line_of("organisation", mailbox.organisation.as_ref());
    let human = raw.human.as_ref();
    let human_name = sheet.line_of("name", human.and_then(|h| h.name.as_ref()));
    let human_phone = sheet.line_of("phone", human.and_then(|h| h.phone.as_ref()));
    let raw_privacy = raw.privacy.as_ref();
    let mut one_line = |key: &str, value: Option<&_>| {
        let text = value.and_then(|v| sheet.text(key, v));
        text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let privacy = one_line("text", raw_privacy.and_then(|p| p.text.as_ref()));
    let privacy_en = one_line("text_en", raw_privacy.and_then(|p| p.text_en.as_ref()));
    let trust = raw.trust.as_ref();
    let (own_list_ids, authserv_ids, form_relays) = trusted(sheet, trust);
    let address = address?;
    Some(Organisation {
        name: name.unwrap_or_else(|| name_from(&address)),
        address,
        aliases,
        domains,
        human_name,
        human_phone,
        own_list_ids,
        authserv_ids,
        form_relays,
        privacy,
        privacy_en,
    })
}

fn trusted(sheet: &mut Sheet, trust: Option<&RawTrust>) -> (Vec<String>, Vec<String>, Vec<String>) {
    let lower = |values: Vec<String>| -> Vec<String> {
        let bare = |v: &String| v.trim_matches(['<', '>']).to_lowercase();
        values.iter().map(bare).collect()
    };
    let lists = sheet.lines_of("own_list_ids", trust.and_then(|t| t.own_list_ids.as_ref()));
    let servers = sheet.lines_of("authserv_ids", trust.and_then(|t| t.authserv_ids.as_ref()));
    let relays = trust.and_then(|t| t.form_relays.as_ref());
    let relays = relays
        .into_iter()
        .flatten()
        .filter_map(|v| sheet.email("form_relays", v))
        .collect();
    (lower(lists), lower(servers), relays)
}

/// Guesses a name from the domain: `cap-rural.example` → « Cap Rural ».
fn name_from(address: &str) -> String {
    let domain = organisational_domain(domain_of(address));
    let label = domain.split('.').next().unwrap_or_default();
    let words = label.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| {
            first.to_uppercase().chain(letters).collect()
        })
    });
    words.collect::<Vec<_>>().join(" ")
}

fn digest(sheet: &mut Sheet, raw: RawDigest, address: &str) -> DigestSettings {
    let at = raw.at.as_ref().and_then(|v| sheet.time("at", v));
    let named = list(&raw.to);
    let mut to: Vec<String> = named.iter().filter_map(|v| sheet.email("to", v)).collect();
    if to.is_empty() {
        to.push(address.to_owned());
    }
    DigestSettings {
        at: at.unwrap_or(DIGEST_AT),
        to,
        weekends: raw.weekends.unwrap_or(false),
        administrator: sheet.line_of("administrator", raw.administrator.as_ref()),
    }
}

fn policy(sheet: &mut Sheet, raw: &RawPolicy) -> Policy {
    let default = Policy::default();
    let people_max = count(sheet, "people_max", &raw.people_max, 1..=100);
    let new_at_once = count(sheet, "new_at_once", &raw.new_at_once, 1..=100_000);
    Policy {
        people_max: people_max.map_or(default.people_max, |n| n as usize),
        pause: pause(sheet, "pause", &raw.pause, default.pause),
        promote_until: pause(
            sheet,
            "promote_until",
            &raw.promote_until,
            default.promote_until,
        ),
        question: pause(sheet, "question", &raw.question, default.question),
        stale_after: pause(sheet, "stale_after", &raw.stale_after, default.stale_after),
        replies_a_thread: count(sheet, "replies_a_thread", &raw.replies_a_thread, 1..=1000)
            .unwrap_or(default.replies_a_thread),
        replies_an_address: count(
            sheet,
            "replies_an_address",
            &raw.replies_an_address,
            1..=1000,
        )
        .unwrap_or(default.replies_an_address),
        replies_an_hour: count(
            sheet,
            "replies_an_hour",
            &raw.replies_an_hour,
            1..=1_000_000,
        )
        .unwrap_or(default.replies_an_hour),
        registrations_flood: count(
            sheet,
            "registrations_flood",
            &raw.registrations_flood,
            1..=1_000_000,
        )
        .unwrap_or(default.registrations_flood),
        replace_late: raw.replace_late.unwrap_or(default.replace_late),
        new_at_once: new_at_once.map_or(default.new_at_once, |n| n as usize),
    }
}

fn count(sheet: &mut Sheet, key: &str, value: &Number, limits: RangeInclusive<u32>) -> Option<u32> {
    value.as_ref().and_then(|v| sheet.number(key, v, limits))
}

pub(super) fn pause(sheet: &mut Sheet, key: &str, value: &Text, default: Duration) -> Duration {
    let read = value.as_ref().and_then(|v| sheet.duration(key, v));
    read.unwrap_or(default)
}

fn list(values: &Option<Vec<Spanned<String>>>) -> &[Spanned<String>] {
    values.as_deref().unwrap_or_default()
}
