//! The configuration as checked types, built once from the file as written; there is no `validate()`.

mod attached;
mod connections;
mod current;
mod error;
mod main_file;
mod members;
mod raw;
mod session_file;
mod sessions;
mod sheet;
mod values;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Time;

pub use current::Current;
pub use error::{Colour, ConfigError, EXIT_CONFIG, Problem};
pub use members::load_members;
pub use sessions::{load_catalogue, load_catalogue_with_files, load_sessions};
pub use watch::{Changed, WatchError, watch_files};

use crate::core::catalogue::{AttachedFile, Catalogue, Mode};
use crate::core::organisation::Organisation;
pub use crate::core::policy::Policy;
use crate::core::reading::Language;

/// Everything the main file says, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// Folder of the session files, absolute.
    pub sessions: PathBuf,
    /// Every announced session is in the catalogue.
    pub catalogue_complete: bool,
    /// Whether replies leave the house.
    pub mode: Mode,
    /// Who we are.
    pub organisation: Organisation,
    /// Language of digests and notices.
    pub language: Language,
    /// IANA zone of digests.
    pub timezone: String,
    /// Folder of journal and store.
    pub state: PathBuf,
    /// Where mail comes from; `None` is enough for `read` and `rehearse`.
    pub source: Option<Source>,
    /// Where mail goes to; `None` is enough for `read` and `rehearse`.
    pub transport: Option<Transport>,
    /// The digest.
    pub digest: DigestSettings,
    /// Limits and pauses.
    pub policy: Policy,
    /// CSV of paid members.
    pub members: Option<PathBuf>,
    /// Folder of the organiser's own templates; a copy there wins.
    pub templates: Option<PathBuf>,
}

impl Config {
    /// Reads the main file; relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// Everything that is wrong in it, with its place.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        main_file::load(path)
    }

    /// Says what the main file must still name before the daemon can run: where mail comes from and
    /// goes to, and, once answers about any session leave the house, who keeps people's data
    /// (`[privacy] text`).
    pub fn missing_to_run(&self, catalogue: &Catalogue) -> Option<ConfigError> {
        let mut modes = catalogue.sessions.iter().map(|session| session.mode);
        let any_live = self.mode == Mode::Live || modes.any(|mode| mode == Some(Mode::Live));
        let mut problems = Vec::new();
        let mut miss = |what: &str, help: &str| {
            problems.push(Problem::of_file(&self.file, what).help(help));
        };
        if self.source.is_none() {
            miss(
                "nothing says where mail comes from",
                "write a section [imap] or [maildir]",
            );
        }
        if self.transport.is_none() {
            miss(
                "nothing says where mail goes to",
                "write a section [smtp] or [outbox]",
            );
        }
        if any_live && self.organisation.privacy.is_none() {
            miss(
                "going live needs the line that tells people what becomes of their data",
                "write text = \"…\" below [privacy]: who keeps it, why, how long, whom to ask",
            );
        }
        ConfigError::of(problems)
    }
}

/// The catalogue and the files that go along with replies.
#[derive(Debug, Clone, Default)]
pub struct LoadedCatalogue {
    /// The sessions.
    pub catalogue: Catalogue,
    /// The files that they name, each once.
    pub files: Vec<LoadedFile>,
}

/// A file that goes along with replies, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedFile {
    /// Name, type and hash.
    pub file: AttachedFile,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Where mail comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// An IMAP server.
    Imap(ImapSettings),
    /// A local Maildir.
    Maildir(MaildirSettings),
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte (993, 465).
    Tls,
    /// STARTTLS, refused if not offered.
    StartTls,
    /// Cleartext, to loopback only.
    None,
}

/// How we prove who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// LOGIN / PLAIN with a password.
    Password,
    /// XOAUTH2 with a token.
    Xoauth2,
}

/// Where a secret comes from; fetched anew for each connection, never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// First line of a command's output.
    Command(String),
    /// First line of a file, which must be 0600 (or 0400).
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An IMAP account.
#[derive(Debug, Clone)]
pub struct ImapSettings {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub protection: Protection,
    /// A further CA file (PEM).
    pub ca_file: Option<PathBuf>,
    /// User name.
    pub user: String,
    /// Password or token.
    pub secret: Secret,
    /// Which.
    pub auth: Auth,
    /// The watched mailbox.
    pub mailbox: String,
    /// The Sent mailbox; `None`: found by SPECIAL-USE (RFC 6154) or usual names.
    pub sent: Option<String>,
    /// Whether copies of replies are filed to Sent.
    pub copy_to_sent: bool,
    /// Where answered mail is moved to.
    pub move_to: Option<String>,
    /// IDLE is renewed after this silence (5 min).
    pub idle_renew: Duration,
    /// Poll interval where IDLE is not offered (60 s).
    pub poll: Duration,
    /// No command may take longer (60 s).
    pub command_timeout: Duration,
}

/// A local Maildir.
#[derive(Debug, Clone)]
pub struct MaildirSettings {
    /// The folder that holds `new`, `cur`, `tmp`.
    pub path: PathBuf,
    /// Sent: another Maildir (`.Sent` beside by default).
    pub sent: PathBuf,
    /// Whether copies of replies are filed to Sent.
    pub copy_to_sent: bool,
    /// Where answered mail is moved to: another Maildir.
    pub move_to: Option<PathBuf>,
    /// Poll interval besides the system's notification.
    pub poll: Duration,
}

/// Where mail goes to.
#[derive(Debug, Clone)]
pub enum Transport {
    /// An SMTP relay.
    Smtp(SmtpSettings),
    /// Files in a folder, one `.eml` a letter.
    Folder(PathBuf),
}

/// An SMTP relay.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub protection: Protection,
    /// A further CA file (PEM).
    pub ca_file: Option<PathBuf>,
    /// User and secret; `None`: no AUTH.
    pub login: Option<(String, Secret, Auth)>,
    /// Name in EHLO.
    pub hello: String,
    /// Wait for each step (5 min).
    pub step_timeout: Duration,
    /// Wait after the final dot (10 min, RFC 5321 §4.5.3.2.6).
    pub final_timeout: Duration,
}

/// The digest.
#[derive(Debug, Clone)]
pub struct DigestSettings {
    /// Local time of day.
    pub at: Time,
    /// Addressees; the mailbox itself by default.
    pub to: Vec<String>,
    /// On Saturdays and Sundays too.
    pub weekends: bool,
    /// Who to call when the robot stops, as shown.
    pub administrator: Option<String>,
}
