//! The files as written: shapes for serde only, nothing is checked here.
//!
//! Words of a closed list, dates and times stand as text or TOML values, so that the checking can say
//! what is wrong in its own words. Every key stands in the shipped files too; a test compares.

use serde::Deserialize;
use toml::{Spanned, Value};

/// Text with its place.
pub(super) type Text = Option<Spanned<String>>;
/// A list of texts with their places.
pub(super) type Texts = Option<Vec<Spanned<String>>>;
/// A whole number with its place.
pub(super) type Number = Option<Spanned<i64>>;

/// The main file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub sessions: Text,
    pub catalogue_complete: Option<bool>,
    pub mode: Text,
    pub state: Text,
    pub templates: Text,
    pub timezone: Text,
    pub language: Text,
    pub mailbox: Option<RawMailbox>,
    pub human: Option<RawHuman>,
    pub privacy: Option<RawPrivacy>,
    pub imap: Option<Spanned<RawImap>>,
    pub maildir: Option<Spanned<RawMaildir>>,
    pub smtp: Option<Spanned<RawSmtp>>,
    pub outbox: Option<Spanned<RawOutbox>>,
    pub digest: Option<RawDigest>,
    pub policy: Option<RawPolicy>,
    pub members: Option<RawMembers>,
    pub trust: Option<RawTrust>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMailbox {
    pub address: Text,
    pub organisation: Text,
    pub aliases: Texts,
    pub domains: Texts,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHuman {
    pub name: Text,
    pub phone: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrivacy {
    pub text: Text,
    pub text_en: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawImap {
    pub host: Text,
    pub port: Number,
    pub protection: Text,
    pub ca_file: Text,
    pub user: Text,
    pub password_command: Text,
    pub password_file: Text,
    pub password_env: Text,
    pub password_credential: Text,
    pub auth: Text,
    pub mailbox: Text,
    pub sent: Text,
    pub copy_to_sent: Option<bool>,
    pub move_to: Text,
    pub idle_renew: Text,
    pub poll: Text,
    pub command_timeout: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMaildir {
    pub path: Text,
    pub sent: Text,
    pub copy_to_sent: Option<bool>,
    pub move_to: Text,
    pub poll: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSmtp {
    pub host: Text,
    pub port: Number,
    pub protection: Text,
    pub ca_file: Text,
    pub user: Text,
    pub password_command: Text,
    pub password_file: Text,
    pub password_env: Text,
    pub password_credential: Text,
    pub auth: Text,
    pub hello: Text,
    pub step_timeout: Text,
    pub final_timeout: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOutbox {
    pub folder: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDigest {
    pub at: Option<Spanned<Value>>,
    pub to: Texts,
    pub weekends: Option<bool>,
    pub administrator: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub people_max: Number,
    pub pause: Text,
    pub promote_until: Text,
    pub question: Text,
    pub stale_after: Text,
    pub replies_a_thread: Number,
    pub replies_an_address: Number,
    pub replies_an_hour: Number,
    pub registrations_flood: Number,
    pub replace_late: Option<bool>,
    pub new_at_once: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMembers {
    pub file: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTrust {
    pub own_list_ids: Texts,
    pub authserv_ids: Texts,
    pub form_relays: Texts,
}

/// A session file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSession {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub series: Text,
    pub level: Number,
    pub aliases: Texts,
    pub when: Spanned<Vec<Spanned<RawSpan>>>,
    pub timezone: Spanned<String>,
    pub place: Text,
    pub online: Option<bool>,
    pub capacity: Spanned<i64>,
    pub held: Number,
    pub capacity_min: Number,
    pub waitlist: Option<bool>,
    pub group: Text,
    pub register_before: Option<Spanned<Value>>,
    pub register_until: Option<Spanned<Value>>,
    pub membership: Spanned<String>,
    pub mode: Text,
    pub closed: Option<bool>,
    pub cancelled: Option<bool>,
    pub join_link: Text,
    pub description: Text,
    pub audience: Text,
    pub contact: Text,
    pub confirmed_note: Text,
    pub ask: Texts,
    pub membership_form: Text,
    pub attachments: Texts,
}

/// One stretch of a session.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSpan {
    pub from: Spanned<Value>,
    pub to: Spanned<Value>,
}
