//! The house in order: rules, register and clock together, and what is done at one instant.
//!
//! The daemon, the rehearsal and the demo all take their turns here; there is no second
//! implementation of anything.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _, civil::Date, civil::Weekday, tz::TimeZone};

use crate::clock::Clock;
use crate::config::{Config, Current, DigestSettings};
use crate::core::catalogue::Session;
use crate::core::catalogue_change::diff;
use crate::core::entry::{Body, Cause, Entry};
use crate::health::Health;
use crate::intake::{Intake, IntakeError};
use crate::live::{Live, Rules};
use crate::mailbox::Mailbox;
use crate::notices::Urgent;
use crate::register::{Query as _, Register, RegisterError, fact};

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
    /// How the daemon is.
    pub health: Arc<Health>,
    /// When mails that cannot wait for the digest are looked for.
    pub urgent: Urgent,
}

impl House {
    /// Gives the first spine.
    pub fn intake(&self) -> Intake<'_> {
        Intake {
            live: &self.live,
            register: &self.register,
            clock: &self.clock,
        }
    }

    /// Takes up the catalogue: what is new, changed or gone becomes an entry; a larger capacity
    /// promotes who waits.
    ///
    /// # Errors
    /// The register's.
    pub async fn take_up_catalogue(&self) -> Result<(), IntakeError> {
        let rules = self.live.rules();
        let rows = self.register.catalogue()?;
        let recorded: Vec<Session> = rows
            .into_iter()
            .filter(|row| !row.vanished)
            .map(|row| row.session)
            .collect();
        let change = diff(&recorded, &rules.catalogue.sessions);
        if change.is_empty() {
            return Ok(());
        }
        let mut frozen = Vec::new();
        for id in change.frozen_candidates.clone() {
            if self
                .register
                .roll(&id)?
                .registrations
                .iter()
                .any(|r| r.state.is_standing())
            {
                frozen.push(id);
            }
        }
        tracing::info!(
            new = change.new.len(),
            changed = change.changed.len(),
            vanished = change.vanished.len(),
            "the catalogue is taken up"
        );
        let body = Body::Catalogue {
            sessions: change.new.iter().chain(&change.changed).cloned().collect(),
            vanished: change.vanished.clone(),
            frozen,
        };
        let entry = self.fact(body).await?;
        self.intake()
            .promote_everywhere(Cause::Catalogue { entry: entry.n })
            .await?;
        Ok(())
    }

    /// Puts another catalogue and list of members in force and takes the catalogue up.
    ///
    /// # Errors
    /// The register's.
    pub async fn put_in_force(&self, current: Current) -> Result<(), IntakeError> {
        for file in &current.loaded.files {
            self.register.keep_file(&file.bytes)?;
        }
        let rules = self.live.rules();
        self.live.replace(Rules {
            config: rules.config.clone(),
            catalogue: current.loaded.catalogue,
            members: current.members,
            renderer: rules.renderer.clone(),
        });
        self.take_up_catalogue().await
    }

    /// Walks what is new and does what is due now. Gives how many mails were walked.
    ///
    /// # Errors
    /// The mailbox's or the register's.
    pub async fn turn(&self, mailbox: &mut impl Mailbox) -> Result<usize, IntakeError> {
        let walked = self.intake().drain(mailbox, &self.mailbox).await?;
        crate::notices::tell_of_walked(self, &walked).await?;
        crate::notices::tell_of_urgent(self, mailbox).await?;
        self.do_due().await?;
        Ok(walked.count)
    }

    /// Does what has fallen due by now: pauses, questions, the digest.
    ///
    /// # Errors
    /// The register's.
    pub async fn do_due(&self) -> Result<(), IntakeError> {
        while !self.intake().due().await?.is_empty() {}
        if let Some(date) = self.digest_date()? {
            crate::digesting::record(self, date).await?;
        }
        Ok(())
    }

    /// Gives the instant at which something falls due next.
    ///
    /// # Errors
    /// The register's.
    pub fn next_due_at(&self) -> Result<Option<Timestamp>, RegisterError> {
        let digest = next_digest_at(&self.live.rules().config, self.clock.now());
        let urgent = self.urgent.next_look_at();
        Ok([self.register.next_due_at()?, digest, urgent]
            .into_iter()
            .flatten()
            .min())
    }

    /// Gives the civil date whose digest is due and was neither sent nor skipped; missed ones are merged.
    fn digest_date(&self) -> Result<Option<Date>, RegisterError> {
        let rules = self.live.rules();
        let Some((date, at)) = last_digest_at(&rules.config, self.clock.now()) else {
            return Ok(None);
        };
        let Some(began) = self.register.watch_began(&self.mailbox)? else {
            return Ok(None);
        };
        let fresh = self
            .register
            .last_digest()?
            .map_or(at > began, |last| last.date < date);
        Ok(fresh.then_some(date))
    }

    /// Records a fact of guichet's own and waits until it is on disk.
    ///
    /// # Errors
    /// The register's.
    pub async fn fact(&self, body: Body) -> Result<Entry, RegisterError> {
        let recorded = self.register.append(self.clock.now(), fact(body))?;
        self.register.synced(recorded.ticket).await?;
        Ok(recorded.entry)
    }
}

/// The digest's instant on a civil date, if it is a day with a digest.
fn digest_instant(settings: &DigestSettings, zone: &TimeZone, date: Date) -> Option<Timestamp> {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    if weekend && !settings.weekends {
        return None;
    }
    date.to_datetime(settings.at)
        .to_zoned_datetime(zone.clone())
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// The latest digest that is due by `now`: its date and instant.
fn last_digest_at(config: &Config, now: Timestamp) -> Option<(Date, Timestamp)> {
    let zone = TimeZone::get(&config.timezone).ok()?;
    let today = now.to_zoned_datetime(zone.clone()).date();
    (0..=3)
        .filter_map(|days| today.checked_sub(days.days()).ok())
        .find_map(|date| {
            let at = digest_instant(&config.digest, &zone, date)?;
            (at <= now).then_some((date, at))
        })
}

/// Gives the instant of the first digest after `now`.
pub fn next_digest_at(config: &Config, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(&config.timezone).ok()?;
    let today = now.to_zoned_datetime(zone.clone()).date();
    (0..=4)
        .filter_map(|days| today.checked_add(days.days()).ok())
        .filter_map(|date| digest_instant(&config.digest, &zone, date))
        .find(|at| *at > now)
}
