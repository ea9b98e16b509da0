//! The parts of the main file that say where mail comes from and goes to.
//!
//! Cleartext goes to loopback only, and nothing switches the checking of certificates off.

use std::net::IpAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

use super::main_file::pause;
use super::raw::{Number, RawConfig, RawImap, RawMaildir, RawSmtp, Text};
use super::sheet::Sheet;
use super::{
    Auth, ImapSettings, MaildirSettings, Protection, Secret, SmtpSettings, Source, Transport,
};
use crate::core::person::domain_of;

const PROTECTIONS: &[(&str, Protection)] = &[
    ("tls", Protection::Tls),
    ("starttls", Protection::StartTls),
    ("none", Protection::None),
];
const AUTHS: &[(&str, Auth)] = &[("password", Auth::Password), ("xoauth2", Auth::Xoauth2)];

/// IDLE is renewed after this silence: longer leaves dead links unnoticed.
const IDLE_RENEW: Duration = Duration::from_secs(5 * 60);
/// Pause between two looks where the server does not tell by itself.
const POLL: Duration = Duration::from_secs(60);
/// No IMAP command may take longer.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// Wait for each step of SMTP (RFC 5321 §4.5.3.2).
const STEP_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Wait after the final dot (RFC 5321 §4.5.3.2.6): giving up earlier sends twice.
const FINAL_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Reads `[imap]` or `[maildir]`.
pub(super) fn source(sheet: &mut Sheet, raw: &RawConfig, address: &str) -> Option<Source> {
    match (&raw.imap, &raw.maildir) {
        (Some(_), Some(other)) => {
            let help = "mail comes from one place: leave one of the two out";
            sheet.exclusive(other.span(), "[imap]", "[maildir]", help);
            None
        }
        (Some(section), None) => imap(sheet, section, address).map(Source::Imap),
        (None, Some(section)) => maildir(sheet, section).map(Source::Maildir),
        (None, None) => None,
    }
}

/// Reads `[smtp]` or `[outbox]`.
pub(super) fn transport(sheet: &mut Sheet, raw: &RawConfig, address: &str) -> Option<Transport> {
    match (&raw.smtp, &raw.outbox) {
        (Some(_), Some(other)) => {
            let help = "mail goes to one place: leave one of the two out";
            sheet.exclusive(other.span(), "[smtp]", "[outbox]", help);
            None
        }
        (Some(section), None) => {
            smtp(sheet, section, raw.imap.as_ref(), address).map(Transport::Smtp)
        }
        (None, Some(section)) => {
            let folder = &section.get_ref().folder;
            let folder = required(sheet, "folder", folder, section.span(), "[outbox]")?;
            sheet.path("folder", folder).map(Transport::Folder)
        }
        (None, None) => None,
    }
}

fn imap(sheet: &mut Sheet, section: &Spanned<RawImap>, address: &str) -> Option<ImapSettings> {
    let raw = section.get_ref();
    let host = required(sheet, "host", &raw.host, section.span(), "[imap]");
    let host = host.and_then(|v| sheet.line("host", v));
    let ports = Ports {
        tls: 993,
        plain: &[143],
    };
    let link = protection(sheet, host.as_deref(), &raw.port, &raw.protection, ports);
    let ca_file = certificate(sheet, &raw.ca_file);
    let auth = authentication(sheet, &raw.auth);
    let user = sheet.line_of("user", raw.user.as_ref());
    let noted = sheet.problems.len();
    let secret = secret(sheet, imap_secrets(raw));
    if secret.is_none() && sheet.problems.len() == noted {
        let problem = sheet.at(section.span(), "[imap] does not say where the password is");
        sheet.add(problem.help(WHERE_THE_PASSWORD_IS));
    }
    let mailbox = sheet.line_of("mailbox", raw.mailbox.as_ref());
    let sent = sheet.line_of("sent", raw.sent.as_ref());
    let move_to = sheet.line_of("move_to", raw.move_to.as_ref());
    let idle_renew = pause(sheet, "idle_renew", &raw.idle_renew, IDLE_RENEW);
    let poll = pause(sheet, "poll", &raw.poll, POLL);
    let command_timeout = pause(
        sheet,
        "command_timeout",
        &raw.command_timeout,
        COMMAND_TIMEOUT,
    );
    let (port, protection) = link?;
    Some(ImapSettings {
        host: host?,
        port,
        protection,
        ca_file,
        user: user.unwrap_or_else(|| address.to_owned()),
        secret: secret?,
        auth: auth?,
        mailbox: mailbox.unwrap_or_else(|| "INBOX".to_owned()),
        sent,
        copy_to_sent: raw.copy_to_sent.unwrap_or(true),
        move_to,
        idle_renew,
        poll,
        command_timeout,
    })
}

fn maildir(sheet: &mut Sheet, section: &Spanned<RawMaildir>) -> Option<MaildirSettings> {
    let raw = section.get_ref();
    let path = required(sheet, "path", &raw.path, section.span(), "[maildir]")?;
    let path = sheet.path("path", path)?;
    let sent = sheet.line_of("sent", raw.sent.as_ref());
    let move_to = sheet.line_of("move_to", raw.move_to.as_ref());
    Some(MaildirSettings {
        sent: path.join(sent.unwrap_or_else(|| ".Sent".to_owned())),
        copy_to_sent: raw.copy_to_sent.unwrap_or(true),
        move_to: move_to.map(|folder| path.join(folder)),
        poll: pause(sheet, "poll", &raw.poll, POLL),
        path,
    })
}

fn smtp(
    sheet: &mut Sheet,
    section: &Spanned<RawSmtp>,
    imap: Option<&Spanned<RawImap>>,
    address: &str,
) -> Option<SmtpSettings> {
    let raw = section.get_ref();
    let host = required(sheet, "host", &raw.host, section.span(), "[smtp]");
    let host = host.and_then(|v| sheet.line("host", v));
    let ports = Ports {
        tls: 465,
        plain: &[587, 25],
    };
    let link = protection(sheet, host.as_deref(), &raw.port, &raw.protection, ports);
    let ca_file = certificate(sheet, &raw.ca_file);
    let login = login(sheet, section, imap, address);
    let hello = sheet.line_of("hello", raw.hello.as_ref());
    let step_timeout = pause(sheet, "step_timeout", &raw.step_timeout, STEP_TIMEOUT);
    let final_timeout = pause(sheet, "final_timeout", &raw.final_timeout, FINAL_TIMEOUT);
    let (port, protection) = link?;
    Some(SmtpSettings {
        host: host?,
        port,
        protection,
        ca_file,
        login,
        hello: hello.unwrap_or_else(|| domain_of(address).to_owned()),
        step_timeout,
        final_timeout,
    })
}

/// Takes user and secret of the relay; a user without a secret has the mailbox's.
fn login(
    sheet: &mut Sheet,
    section: &Spanned<RawSmtp>,
    imap: Option<&Spanned<RawImap>>,
    address: &str,
) -> Option<(String, Secret, Auth)> {
    let raw = section.get_ref();
    let noted = sheet.problems.len();
    let found = secret(sheet, smtp_secrets(raw));
    let wrong = sheet.problems.len() > noted;
    let Some(user) = &raw.user else {
        let auth = authentication(sheet, &raw.auth)?;
        return Some((address.to_owned(), found?, auth));
    };
    let name = sheet.line("user", user)?;
    if let Some(found) = found {
        return Some((name, found, authentication(sheet, &raw.auth)?));
    }
    let shared = imap.map(Spanned::get_ref).filter(|imap| {
        let same = imap.user.as_ref().map(|user| user.get_ref().as_str());
        same.unwrap_or(address) == name
    });
    let Some(imap) = shared else {
        if !wrong {
            let problem = sheet.at(user.span(), "[smtp] does not say where the password is");
            sheet.add(problem.help(WHERE_THE_PASSWORD_IS));
        }
        return None;
    };
    // Problems of the mailbox's secret were noted when [imap] was read.
    let noted = sheet.problems.len();
    let found = secret(sheet, imap_secrets(imap));
    let auth = raw.auth.as_ref().or(imap.auth.as_ref()).cloned();
    let auth = authentication(sheet, &auth);
    sheet.problems.truncate(noted);
    Some((name, found?, auth?))
}

const WHERE_THE_PASSWORD_IS: &str = "write one of password_command, password_file, password_env and password_credential, \
     as in password_file = \"password\"";

type Secrets<'a> = [(&'static str, &'a Text, fn(&Sheet, String) -> Secret); 4];

fn imap_secrets(raw: &RawImap) -> Secrets<'_> {
    secrets(
        &raw.password_command,
        &raw.password_file,
        &raw.password_env,
        &raw.password_credential,
    )
}

fn smtp_secrets(raw: &RawSmtp) -> Secrets<'_> {
    secrets(
        &raw.password_command,
        &raw.password_file,
        &raw.password_env,
        &raw.password_credential,
    )
}

fn secrets<'a>(
    command: &'a Text,
    file: &'a Text,
    variable: &'a Text,
    credential: &'a Text,
) -> Secrets<'a> {
    [
        ("password_command", command, |_, text| Secret::Command(text)),
        ("password_file", file, |sheet, text| {
            Secret::File(sheet.beside(text))
        }),
        ("password_env", variable, |_, text| {
            Secret::Environment(text)
        }),
        ("password_credential", credential, |_, text| {
            Secret::Credential(text)
        }),
    ]
}

fn secret(sheet: &mut Sheet, ways: Secrets<'_>) -> Option<Secret> {
    let mut found: Option<(&str, Secret)> = None;
    for (key, value, make) in ways {
        let Some(value) = value else { continue };
        if let Some((first, _)) = &found {
            let help = "the password is in one place: keep one of the two";
            sheet.exclusive(value.span(), first, key, help);
            return None;
        }
        let text = sheet.line(key, value)?;
        found = Some((key, make(sheet, text)));
    }
    found.map(|(_, secret)| secret)
}

fn authentication(sheet: &mut Sheet, value: &Text) -> Option<Auth> {
    match value {
        Some(value) => sheet.choice("auth", value, AUTHS),
        None => Some(Auth::Password),
    }
}

fn certificate(sheet: &mut Sheet, value: &Text) -> Option<PathBuf> {
    let value = value.as_ref()?;
    sheet.file("ca_file", value)
}

/// The usual ports of a protocol.
struct Ports {
    /// With TLS from the first byte.
    tls: u16,
    /// With STARTTLS or without any; the first is the default.
    plain: &'static [u16],
}

/// Takes port and protection: each follows from the other where only one is written.
fn protection(
    sheet: &mut Sheet,
    host: Option<&str>,
    port: &Number,
    value: &Text,
    usual: Ports,
) -> Option<(u16, Protection)> {
    let written = match port {
        Some(port) => Some(sheet.number("port", port, 1..=u32::from(u16::MAX))?),
        None => None,
    };
    let written = written.and_then(|n| u16::try_from(n).ok());
    let chosen = match value {
        Some(value) => sheet.choice("protection", value, PROTECTIONS)?,
        None if written.is_some_and(|n| usual.plain.contains(&n)) => Protection::StartTls,
        None => Protection::Tls,
    };
    if let (Protection::None, Some(value), Some(host)) = (chosen, value, host)
        && !is_loopback(host)
    {
        let what = format!("`protection` cannot be \"none\": {host} is not this machine");
        let problem = sheet.at(value.span(), what);
        sheet.add(
            problem.help(
                "write \"tls\" or \"starttls\": a password in cleartext can be read on the way",
            ),
        );
        return None;
    }
    let plain = usual.plain.first().copied().unwrap_or(usual.tls);
    let default = if chosen == Protection::Tls {
        usual.tls
    } else {
        plain
    };
    Some((written.unwrap_or(default), chosen))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    let address = bare.parse::<IpAddr>().ok();
    bare.eq_ignore_ascii_case("localhost") || address.is_some_and(|ip| ip.is_loopback())
}

fn required<'a>(
    sheet: &mut Sheet,
    key: &str,
    value: &'a Text,
    section: Range<usize>,
    name: &str,
) -> Option<&'a Spanned<String>> {
    if value.is_none() {
        let problem = sheet.at(section, format!("`{key}` of {name} is missing"));
        sheet.add(problem.help(format!("write {key} = \"…\" below {name}")));
    }
    value.as_ref()
}
