//! A play: the house over old mail, with a clock that jumps to whatever comes next. Rehearsal and
//! demo are plays; they use the same spines as the daemon.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::{CliError, exit};
use crate::clock::Clock;
use crate::config::{Config, Current};
use crate::core::catalogue::Mode;
use crate::courier::Courier;
use crate::health::Health;
use crate::house::House;
use crate::live::{Live, Rules};
use crate::mailbox::Mailbox;
use crate::register::{Query as _, Register};
use crate::render::Renderer;
use crate::smtp::Carrier;

/// A folder for one run, removed at its end.
pub(super) struct Scratch {
    /// Where it is.
    pub(super) path: PathBuf,
}

impl Scratch {
    /// Makes it.
    pub(super) fn new(word: &str) -> Result<Scratch, CliError> {
        let mut seed = [0_u8; 8];
        getrandom::fill(&mut seed).map_err(|error| {
            CliError::new(exit::INTERNAL, format!("error: no random numbers: {error}"))
        })?;
        let path =
            std::env::temp_dir().join(format!("guichet-{word}-{:016x}", u64::from_be_bytes(seed)));
        std::fs::create_dir_all(&path).map_err(|error| {
            CliError::new(
                exit::CANT_CREATE,
                format!("error: cannot make {}: {error}", path.display()),
            )
        })?;
        Ok(Scratch { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, "a temporary folder could not be removed");
        }
    }
}

/// What people are told who see a rehearsal's letters: marked as samples.
const SAMPLE_PRIVACY: &str = "[texte d'exemple] Vos coordonnées servent à organiser cette session et restent chez nous ; pour les voir, corriger ou effacer, répondez.";
const SAMPLE_NAME: &str = "[nom de l'organisateur]";
const SAMPLE_PHONE: &str = "[téléphone]";

/// Makes a house that acts as if live, with a register in `folder`.
pub(super) fn house_for_play(
    mut config: Config,
    folder: &Path,
    clock: Clock,
    mailbox: &str,
) -> Result<House, CliError> {
    config.mode = Mode::Live;
    config
        .organisation
        .privacy
        .get_or_insert_with(|| SAMPLE_PRIVACY.to_owned());
    config
        .organisation
        .human_name
        .get_or_insert_with(|| SAMPLE_NAME.to_owned());
    config
        .organisation
        .human_phone
        .get_or_insert_with(|| SAMPLE_PHONE.to_owned());
    let mut current = Current::load(&config)?;
    current
        .loaded
        .catalogue
        .sessions
        .iter_mut()
        .for_each(|session| session.mode = None);
    let renderer = Arc::new(Renderer::new(config.templates.as_deref())?);
    let (register, _) = Register::open(folder, clock.now())?; // a new folder gives no notice
    for file in &current.loaded.files {
        register.keep_file(&file.bytes)?;
    }
    let rules = Rules {
        config,
        catalogue: current.loaded.catalogue,
        members: current.members,
        renderer,
    };
    let health = Arc::new(Health::new(folder));
    Ok(House {
        live: Live::new(rules),
        register,
        clock,
        mailbox: mailbox.to_owned(),
        health,
        urgent: Default::default(),
    })
}

/// Plays until nothing comes any more: the clock jumps to the next arrival or the next thing due;
/// after the last mail it runs on until no pause is open.
///
/// `arrive` puts what has arrived by now into the mailbox and gives the next time of arrival.
pub(super) async fn play(
    house: &House,
    mailbox: &mut impl Mailbox,
    filing: &mut impl Mailbox,
    carrier: &mut Carrier,
    mut arrive: impl FnMut(Timestamp) -> Result<Option<Timestamp>, CliError>,
    mut walked: impl FnMut(usize),
) -> Result<(), CliError> {
    house.take_up_catalogue().await?;
    house.turn(mailbox).await?; // the watch begins before the first mail
    let courier = Courier {
        live: &house.live,
        register: &house.register,
        clock: &house.clock,
        unrecorded: Default::default(),
    };
    loop {
        let arrival = arrive(house.clock.now())?;
        loop {
            match house.turn(mailbox).await? {
                0 => break,
                count => walked(count),
            }
        }
        courier.drain(carrier, filing).await?;
        let due = if arrival.is_some() {
            house.next_due_at()?
        } else {
            house.register.next_pause_end()?
        };
        let Some(next) = [arrival, due].into_iter().flatten().min() else {
            return Ok(());
        };
        house.clock.step_to(next.max(house.clock.now()));
        if arrival.is_none_or(|arrival| arrival > next) {
            house.do_due().await?;
        }
    }
}
