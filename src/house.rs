//! The house in order: rules, register and clock together, and what is done at one instant.
//!
//! The daemon, the rehearsal and the demo all take their turns here; there is no second
//! implementation of anything.

use jiff::{Timestamp, ToSpan as _, civil::Date, civil::Weekday, tz::TimeZone};

use crate::clock::Clock;
use crate::config::{Config, DigestSettings};
use crate::core::catalogue_change::diff;
use crate::core::entry::{Body, Cause, Draft, Entry};
use crate::intake::{Intake, IntakeError};
use crate::live::Live;
use crate::mailbox::Mailbox;
use crate::register::{Register, RegisterError};

/// Rules, register and clock.
#[derive(Debug)]
pub struct House {
    /// The rules in force.
    pub live: Live,
    /// The register.
    pub register: Register,
    /// The clock.
    pub clock: Clock,
    /// The name under which the watched mailbox is recorded.
    pub mailbox: String,
}

impl House {
    /// Gives the first spine.
    pub fn intake(&self) -> Intake<'_> {
        Intake { live: &self.live, register: &self.register, clock: &self.clock }
    }

    /// Takes up the catalogue: what is new, changed or gone becomes an entry; a larger capacity
    /// promotes who waits.
    ///
    /// # Errors
    /// The register's.
    pub async fn take_up_catalogue(&self) -> Result<(), IntakeError> {
        let rules = self.live.rules();
        let recorded = self.register.sessions();
        let change = diff(&recorded, &rules.catalogue.sessions);
        if change.is_empty() {
            return Ok(());
        }
        let frozen = change.frozen_if(|id| self.register.roll(id).registrations.iter().any(|r| r.state.is_standing()));
        let body = Body::Catalogue { sessions: change.new_or_changed(), vanished: change.vanished.clone(), frozen };
        let entry = self.register.append(self.clock.now(), Draft { cause: Cause::Itself, body, personal: None })?;
        self.register.sync().await?;
        self.intake().promote_everywhere(Cause::Catalogue { entry: entry.n }).await?;
        Ok(())
    }

    /// Walks what is new and does what is due now. Gives how many mails were walked.
    ///
    /// # Errors
    /// The mailbox's or the register's.
    pub async fn turn(&self, mailbox: &mut impl Mailbox) -> Result<usize, IntakeError> {
        let walked = self.intake().drain(mailbox, &self.mailbox).await?;
        self.do_due().await?;
        Ok(walked)
    }

    /// Does what has fallen due by now: pauses, questions, the digest.
    ///
    /// # Errors
    /// The register's.
    pub async fn do_due(&self) -> Result<(), IntakeError> {
        while !self.intake().due().await?.is_empty() {}
        if let Some(date) = self.digest_date() {
            crate::digesting::record(self, date).await?;
        }
        Ok(())
    }

    /// Gives the instant at which something falls due next.
    pub fn next_due_at(&self) -> Option<Timestamp> {
        let digest = next_digest_at(&self.live.rules().config, self.clock.now());
        [self.register.next_due_at(), digest].into_iter().flatten().min()
    }

    /// Gives the civil date whose digest is due and was neither sent nor skipped; missed ones are merged.
    fn digest_date(&self) -> Option<Date> {
        let rules = self.live.rules();
        let now = self.clock.now();
        let due = last_digest_at(&rules.config, now)?;
        let last = self.register.last_digest().map(|(date, _)| date);
        let began = self.register.watch_began_at(&self.mailbox)?;
        let (date, at) = due;
        let fresh = last.map_or(at > began, |last| last < date);
        fresh.then_some(date)
    }

    /// Records a fact of guichet's own and waits until it is on disk.
    ///
    /// # Errors
    /// The register's.
    pub async fn fact(&self, body: Body) -> Result<Entry, RegisterError> {
        let entry = self.register.append(self.clock.now(), Draft { cause: Cause::Itself, body, personal: None })?;
        self.register.sync().await?;
        Ok(entry)
    }
}

/// The digest's instant on a civil date, if it is a day with a digest.
fn digest_instant(settings: &DigestSettings, zone: &TimeZone, date: Date) -> Option<Timestamp> {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    if weekend && !settings.weekends {
        return None;
    }
    date.to_datetime(settings.at).to_zoned_datetime(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

/// The latest digest that is due by `now`: its date and instant.
fn last_digest_at(config: &Config, now: Timestamp) -> Option<(Date, Timestamp)> {
    let zone = TimeZone::get(&config.timezone).ok()?;
    let today = now.to_zoned_datetime(zone.clone()).date();
    (0..=3).filter_map(|days| today.checked_sub(days.days()).ok()).find_map(|date| {
        let at = digest_instant(&config.digest, &zone, date)?;
        (at <= now).then_some((date, at))
    })
}

/// The first digest after `now`.
fn next_digest_at(config: &Config, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(&config.timezone).ok()?;
    let today = now.to_zoned_datetime(zone.clone()).date();
    (0..=4).filter_map(|days| today.checked_add(days.days()).ok()).filter_map(|date| digest_instant(&config.digest, &zone, date)).find(|at| *at > now)
}
