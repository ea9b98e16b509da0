//! `guichet list`, `guichet show`, `guichet sessions`: who is registered where.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{CliError, Opened, exit, write_out};
use crate::core::catalogue::{Session, SessionId};
use crate::core::describe::describe_session;
use crate::core::digest::{ListRow, list_rows};
use crate::core::roll::{Registration, RegistrationId, Roll};
use crate::core::table::{Csv, csv};
use crate::register::{About, Query as _, RegisterError};

/// Lists who is registered.
#[derive(Debug, Args)]
pub struct List {
    /// Only this session.
    session: Option<String>,
    /// One JSON object a line.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV: for Excel in French (semicolons, BOM) or as RFC 4180 says.
    #[arg(long, value_name = "KIND")]
    csv: Option<CsvKind>,
    /// As a workbook for Excel or LibreOffice.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["csv", "json"])]
    xlsx: Option<PathBuf>,
}

/// The two kinds of CSV.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CsvKind {
    /// Semicolons, byte order mark: opens well in Excel set to French.
    ExcelFr,
    /// Commas, CRLF (RFC 4180).
    Rfc4180,
}

/// One registration as JSON.
#[derive(Debug, Serialize)]
struct JsonRow<'a> {
    id: String,
    session: &'a SessionId,
    status: crate::core::roll::State,
    name: Option<&'a str>,
    organisation: Option<&'a str>,
    role: Option<&'a str>,
    email: Option<&'a str>,
    phone: Option<&'a str>,
    received: String,
    made_by: Option<&'a str>,
    group: Option<u64>,
    remarks: &'a [String],
}

impl List {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let opened = Opened::read_only(config)?;
        let rolls = self.rolls(&opened)?;
        if let Some(file) = &self.xlsx {
            return super::workbook::write(file, &rows(&opened, &rolls));
        }
        if let Some(kind) = self.csv {
            let kind = match kind {
                CsvKind::ExcelFr => Csv::ExcelFr,
                CsvKind::Rfc4180 => Csv::Rfc4180,
            };
            let table = rows(&opened, &rolls);
            let lines = std::iter::once(COLUMNS)
                .chain(table.iter().map(|(session, row)| cells(session, row)));
            return write_out(&csv(lines, kind));
        }
        let mut text = String::new();
        for (session, roll) in &rolls {
            if self.json {
                for registration in &roll.registrations {
                    let line = json_row(&opened, session, registration);
                    text.push_str(&serde_json::to_string(&line).unwrap_or_default());
                    text.push('\n');
                }
            } else if !roll.registrations.is_empty() {
                text.push_str(&for_people(&opened, session, roll));
            }
        }
        write_out(text.as_bytes())
    }

    fn rolls(&self, opened: &Opened) -> Result<Vec<(SessionId, Roll)>, CliError> {
        let rolls = opened.snapshot.rolls()?;
        let Some(wanted) = &self.session else {
            return Ok(rolls);
        };
        let known = opened
            .catalogue
            .session(&SessionId(wanted.clone()))
            .is_some();
        let found: Vec<_> = rolls
            .into_iter()
            .filter(|(id, _)| id.0 == *wanted)
            .collect();
        if found.is_empty() && !known {
            return Err(unknown_session(opened, wanted));
        }
        Ok(found)
    }
}

/// Says which sessions there are.
pub(super) fn unknown_session(opened: &Opened, wanted: &str) -> CliError {
    let ids: Vec<&str> = opened
        .catalogue
        .sessions
        .iter()
        .map(|session| session.id.0.as_str())
        .collect();
    CliError::new(
        exit::NO_INPUT,
        format!(
            "error: there is no session {wanted}\n  there are: {}",
            ids.join(", ")
        ),
    )
}

fn json_row<'a>(
    opened: &Opened,
    session: &'a SessionId,
    registration: &'a Registration,
) -> JsonRow<'a> {
    let person = registration.person.as_ref();
    JsonRow {
        id: registration.id.to_string(),
        session,
        status: registration.state,
        name: person.map(|p| p.name.as_str()),
        organisation: person.and_then(|p| p.organisation.as_deref()),
        role: person.and_then(|p| p.role.as_deref()),
        email: person.and_then(|p| p.email.as_deref()),
        phone: person.and_then(|p| p.phone.as_deref()),
        received: opened.local(registration.rank.received, "%Y-%m-%dT%H:%M:%S%:z"),
        made_by: registration.made_by.as_deref(),
        group: registration.group,
        remarks: &registration.remarks,
    }
}

fn rows(opened: &Opened, rolls: &[(SessionId, Roll)]) -> Vec<(SessionId, ListRow)> {
    let mut rows = Vec::new();
    for (session, roll) in rolls {
        let list = list_rows(roll, &opened.config.timezone);
        rows.extend(list.into_iter().map(|row| (session.clone(), row)));
    }
    rows
}

/// Names of the columns, as in the lists that the digest attaches.
pub(super) const COLUMNS: [&str; 11] = [
    "session",
    "id",
    "status",
    "name",
    "organisation",
    "role",
    "email",
    "phone",
    "received",
    "made_by",
    "remarks",
];

/// The cells of a row, in the order of [`COLUMNS`].
pub(super) fn cells<'a>(session: &'a SessionId, row: &'a ListRow) -> [&'a str; 11] {
    [
        &session.0,
        &row.id,
        &row.status,
        &row.name,
        &row.organisation,
        &row.role,
        &row.email,
        &row.phone,
        &row.received,
        &row.made_by,
        &row.remarks,
    ]
}

fn for_people(opened: &Opened, session: &SessionId, roll: &Roll) -> String {
    let title = opened
        .catalogue
        .session(session)
        .map(|s| s.title.clone())
        .unwrap_or_default();
    let mut text = format!("{session}  {title}\n");
    for row in list_rows(roll, &opened.config.timezone) {
        let details: Vec<&str> = [
            row.organisation.as_str(),
            row.email.as_str(),
            row.phone.as_str(),
        ]
        .into_iter()
        .filter(|d| !d.is_empty())
        .collect();
        text.push_str(&format!(
            "  {:<5} {:<12} {}  {}\n",
            row.id,
            row.status,
            row.name,
            details.join(", ")
        ));
    }
    text
}

/// Shows one registration, or one session with its people.
#[derive(Debug, Args)]
pub struct Show {
    /// A registration (R12) or a session's id.
    what: String,
}

impl Show {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let opened = Opened::read_only(config)?;
        if let Some(id) = registration_id(&self.what) {
            let Some(registration) = opened.snapshot.registration(id)? else {
                return Err(CliError::new(
                    exit::NO_INPUT,
                    format!(
                        "error: there is no registration {}\n  see `guichet list`",
                        self.what
                    ),
                ));
            };
            return write_out(one(&opened, &registration)?.as_bytes());
        }
        let id = SessionId(self.what.clone());
        let Some(session) = opened.catalogue.session(&id) else {
            return Err(unknown_session(&opened, &self.what));
        };
        let roll = opened.snapshot.roll(&id)?;
        let mut text = described(&opened, session, &roll);
        text.push_str(&for_people(&opened, &id, &roll));
        write_out(text.as_bytes())
    }
}

/// Reads `R12` or `12`.
pub(super) fn registration_id(text: &str) -> Option<RegistrationId> {
    text.trim_start_matches(['R', 'r'])
        .parse()
        .ok()
        .map(RegistrationId)
}

fn one(opened: &Opened, registration: &Registration) -> Result<String, RegisterError> {
    let alone = Roll {
        registrations: vec![registration.clone()].into(),
        ..Roll::default()
    };
    let row = list_rows(&alone, &opened.config.timezone)
        .into_iter()
        .next()
        .unwrap_or_default();
    let mut text = String::new();
    for (label, value) in [
        ("registration", row.id.as_str()),
        ("session", registration.session.0.as_str()),
        ("status", row.status.as_str()),
        ("name", row.name.as_str()),
        ("organisation", row.organisation.as_str()),
        ("role", row.role.as_str()),
        ("email", row.email.as_str()),
        ("phone", row.phone.as_str()),
        ("received", row.received.as_str()),
        ("registered by", row.made_by.as_str()),
        ("remarks", row.remarks.as_str()),
    ] {
        if !value.is_empty() {
            text.push_str(&format!("{label:<14} {value}\n"));
        }
    }
    let entries = opened.snapshot.why(&About::Registration(registration.id))?;
    text.push_str(&format!(
        "{:<14} {} (see `guichet why {}`)\n",
        "entries",
        entries.len(),
        registration.id
    ));
    Ok(text)
}

/// Says how each session is read and how it stands.
#[derive(Debug, Args)]
pub struct Sessions {}

impl Sessions {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let opened = Opened::read_only(config)?;
        let mut text = String::new();
        for session in &opened.catalogue.sessions {
            text.push_str(&described(
                &opened,
                session,
                &opened.snapshot.roll(&session.id)?,
            ));
        }
        write_out(text.as_bytes())
    }
}

/// A session in words.
pub(super) fn described(opened: &Opened, session: &Session, roll: &Roll) -> String {
    let now = crate::clock::Clock::System.now();
    let lines = describe_session(
        session,
        roll,
        &opened.config.policy,
        now,
        opened.config.language,
    );
    format!("{}\n  {}\n", session.id, lines.join("\n  "))
}
