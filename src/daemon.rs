//! Starts the two spines side by side; the register joins them.
//!
//! The intake waits on the mailbox, the courier on what is recorded. Neither waits for the other's
//! server: an outage of mail delivery stops no registration, and the reverse.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc, watch as channel};
use tokio::task::{JoinError, JoinHandle};

use crate::backoff::Backoff;
use crate::config::{Changed, Current, Source, watch_files as watch};
use crate::core::delivery::Concerns;
use crate::core::digest::NoticeKind;
use crate::core::entry::Body;
use crate::courier::{Courier, CourierError, Round};
use crate::health::{FREE_BYTES_MIN, Health, Trouble};
use crate::house::House;
use crate::imap::Imap;
use crate::intake::IntakeError;
use crate::mailbox::{Mailbox as _, MailboxError, MailboxErrorKind};
use crate::maildir::Maildir;
use crate::post::Post;
use crate::register::{OutboxFilter, Query as _, RegisterError};
use crate::smtp::Carrier;
use crate::wake::Wake;

/// The courier looks at what is owed at least this often, whatever it was told.
const COURIER_IDLE: Duration = Duration::from_secs(60);

/// The courier takes a breath between two looks at a letter that is due and cannot leave.
const COURIER_BREATH: Duration = Duration::from_secs(1);

/// How long to wait for room on the disk before it is looked at again.
const ROOM_PAUSE: Duration = Duration::from_secs(10);

/// First wait after an append that failed and was taken back (a full disk); doubled up to the longest.
const REGISTER_PAUSE_FIRST: Duration = Duration::from_secs(5);

/// Longest wait until the register is tried again: room may be made at any time.
const REGISTER_PAUSE_LONGEST: Duration = Duration::from_secs(60);

/// The intake comes back from the mailbox at least this often, so that the watchdog sees it move.
const INTAKE_IDLE: Duration = Duration::from_secs(60);

/// An outage of the mailbox is told once it has lasted this long.
const OUTAGE_TOLD_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// How the daemon ended.
#[derive(Debug)]
pub enum End {
    /// It was asked to stop, or all is drained.
    Done,
    /// All is drained, but letters stay owed.
    Owed(usize),
    /// Our credentials were refused.
    Credentials(String),
    /// The disk is nearly full: mail was left in the mailbox.
    NoRoom,
    /// The mailbox cannot be used.
    Mailbox(MailboxError),
    /// The register failed; nothing more may be done.
    Register(crate::register::RegisterError),
}

/// Makes the mailbox that the configuration names.
pub fn open_post(source: &Source) -> Post {
    match source {
        Source::Imap(settings) => Post::Imap(Box::new(Imap::new(settings.clone()))),
        Source::Maildir(settings) => Post::Maildir(Box::new(Maildir::new(settings.clone()))),
    }
}

/// Gives the name under which the watched mailbox is recorded.
pub fn mailbox_name(source: &Source) -> String {
    match source {
        Source::Imap(settings) => settings.mailbox.clone(),
        Source::Maildir(_) => "INBOX".to_owned(),
    }
}

/// Drains what is there: each mail walked, each due letter tried once, pauses not waited for.
///
/// The next turn of the intake walks while the courier carries what was due when the one before ended.
pub async fn once(house: &Arc<House>, post: Post, filing: &mut Post, carrier: &mut Carrier) -> End {
    if let Err(error) = house.take_up_catalogue().await {
        return end_of(error);
    }
    let courier = Courier {
        live: &house.live,
        register: &house.register,
        clock: &house.clock,
        unrecorded: Default::default(),
    };
    let mut round = Round::default();
    let mut walking = Some(walk_on(house, post));
    let mut no_room = false;
    while let Some(turn) = walking.take() {
        let (turn, post) = match turn.await {
            Ok(turned) => turned,
            Err(error) => return spine_ended(&error),
        };
        match turn {
            Ok(Turn::NoRoom) => no_room = true,
            Ok(Turn::Walked(0)) => {}
            Ok(Turn::Walked(_)) => walking = Some(walk_on(house, post)),
            Err(error) => return end_of(error),
        }
        if round.server_down.is_none() {
            let due_by = house.clock.now();
            round = match courier.drain_due(due_by, carrier, filing).await {
                Ok(round) => round,
                Err(error) => {
                    if let Some(turn) = walking {
                        turn.await.ok(); // what it has begun it ends, so that nothing is half recorded
                    }
                    return end_of_courier(error);
                }
            };
        }
    }
    carrier.close().await;
    if round.server_down == Some(Concerns::Credentials) {
        return End::Credentials("the mail server refused our credentials".to_owned());
    }
    match house.register.outbox(OutboxFilter::Open) {
        Ok(_) if no_room => End::NoRoom,
        Ok(open) if open.is_empty() => End::Done,
        Ok(open) => End::Owed(open.len()),
        Err(error) => End::Register(error),
    }
}

/// One turn of the intake on its own; the mailbox comes back with what it came to.
fn walk_on(house: &Arc<House>, mut post: Post) -> JoinHandle<(Result<Turn, IntakeError>, Post)> {
    let house = house.clone();
    tokio::spawn(async move {
        let turn = turn_if_room(&house, &mut post).await;
        (turn, post)
    })
}

fn spine_ended(error: &JoinError) -> End {
    End::Mailbox(MailboxError {
        what: format!("a spine ended: {error}"),
        kind: MailboxErrorKind::Config,
    })
}

fn end_of_courier(error: CourierError) -> End {
    match error {
        CourierError::Register(error) => End::Register(error),
        CourierError::Mailbox(error) if error.kind == MailboxErrorKind::Credentials => {
            End::Credentials(error.what)
        }
        CourierError::Mailbox(error) => End::Mailbox(error),
    }
}

fn end_of(error: IntakeError) -> End {
    match error {
        IntakeError::Register(error) => End::Register(error),
        IntakeError::Mailbox(error) if error.kind == MailboxErrorKind::Credentials => {
            End::Credentials(error.what)
        }
        IntakeError::Mailbox(error) => End::Mailbox(error),
    }
}

/// Runs both spines until `stop` says so or the register fails. `wake` wakes them from outside, as where a
/// stepped clock was set.
pub async fn run(
    house: Arc<House>,
    post: Post,
    filing: Post,
    carrier: Carrier,
    wake: Wake,
    stop: channel::Receiver<bool>,
) -> End {
    let health = house.health.clone();
    if let Err(IntakeError::Register(error)) = house.take_up_catalogue().await {
        return End::Register(error);
    }
    let recorded = wake.courier.clone();
    let stirred = wake.intake.clone();
    let files = tokio::spawn(watch_files(
        house.clone(),
        health.clone(),
        wake.clone(),
        stop.clone(),
    ));
    let commands = tokio::spawn(serve_commands(house.clone(), wake));
    let mut intake = tokio::spawn(watch_mailbox(
        house.clone(),
        post,
        health.clone(),
        recorded.clone(),
        stirred,
        stop.clone(),
    ));
    let mut courier = tokio::spawn(carry(house, filing, carrier, health, recorded, stop));
    let (first, other) = tokio::select! {
        ended = &mut intake => (ended, courier),
        ended = &mut courier => (ended, intake),
    };
    files.abort();
    commands.abort();
    match first {
        Ok(End::Done) => other.await.unwrap_or(End::Done),
        Ok(end) => {
            other.abort(); // the register has failed: nothing more may be done
            end
        }
        Err(error) => spine_ended(&error),
    }
}

/// Takes the organiser's commands from the command line.
async fn serve_commands(house: Arc<House>, wake: Wake) {
    if let Err(error) = crate::control::serve(house, wake).await {
        tracing::error!(%error, "commands cannot be given while the daemon runs: no control socket");
    }
}

/// The intake's loop: walk what is new, do what is due, wait; reconnect with patience.
async fn watch_mailbox(
    house: Arc<House>,
    mut post: Post,
    health: Arc<Health>,
    recorded: Arc<Notify>,
    stirred: Arc<Notify>,
    mut stop: channel::Receiver<bool>,
) -> End {
    let mut backoff = Backoff::default();
    let mut failures = 0;
    while !*stop.borrow() {
        let outcome = turn_if_room(&house, &mut post).await;
        recorded.notify_one();
        health.alive();
        if outcome.is_ok() {
            failures = 0;
        }
        let wait = match outcome {
            Ok(Turn::NoRoom) => ROOM_PAUSE,
            Ok(Turn::Walked(walked)) => {
                backoff.worked();
                health.mailbox_reached(house.clock.now());
                if walked > 0 {
                    continue; // there may be more
                }
                let wait = next_wait(&house);
                tokio::select! {
                    waited = post.wait(wait) => match waited {
                        Ok(()) => Duration::ZERO,
                        Err(error) => patience(&health, &mut backoff, &error, house.clock.now()),
                    },
                    () = stirred.notified() => Duration::ZERO,
                    _ = stop.changed() => break,
                }
            }
            Err(IntakeError::Register(error)) if error.is_transient() => {
                failures += 1;
                disk_refuses(&house, &error, failures)
            }
            Err(IntakeError::Register(error)) => return End::Register(error),
            Err(IntakeError::Mailbox(error)) => {
                match without_mailbox(&house).await {
                    Err(error) if error.is_transient() => {
                        disk_refuses(&house, &error, 1);
                    }
                    Err(error) => return End::Register(error),
                    Ok(()) => {}
                }
                patience(&health, &mut backoff, &error, house.clock.now())
            }
        };
        if !wait.is_zero() {
            post.close().await;
            tokio::select! {
                () = rest(&health, wait) => {}
                _ = stop.changed() => break,
            }
        }
    }
    End::Done
}

/// The register could not append: says so and gives how long to wait. Nothing was done on the strength
/// of it, so nothing is lost.
fn disk_refuses(house: &House, error: &RegisterError, failures: u32) -> Duration {
    let now = house.clock.now();
    house.health.trouble(Trouble::DiskFull, &error.what, now);
    let doubled = REGISTER_PAUSE_FIRST.saturating_mul(1 << failures.saturating_sub(1).min(8));
    let wait = doubled.min(REGISTER_PAUSE_LONGEST);
    tracing::error!(
        error = error.what,
        wait_secs = wait.as_secs(),
        "the register's disk takes nothing; all waits and is tried again"
    );
    wait
}

/// The disk takes entries again: records that, so that the digest says it, and takes up what a change
/// of the session files could not record meanwhile.
async fn disk_accepts(house: &House) -> Result<(), IntakeError> {
    let body = Body::Noticed {
        code: "disk_over".to_owned(),
        owed: Vec::new(),
        items: Vec::new(),
    };
    house.fact(body).await?;
    house.take_up_catalogue().await?;
    house.health.mended(Trouble::DiskFull, house.clock.now());
    tracing::warn!("there is room on the disk again; all goes on");
    Ok(())
}

/// What one turn of the intake came to.
enum Turn {
    /// So many mails were walked.
    Walked(usize),
    /// The disk is nearly full: nothing was fetched.
    NoRoom,
}

/// A turn, unless the disk is nearly full: what cannot be recorded is better left in the mailbox. The
/// organiser is told while mail still works, and what falls due is done as long as the disk takes it.
async fn turn_if_room(house: &House, post: &mut Post) -> Result<Turn, IntakeError> {
    let now = house.clock.now();
    let free = house.health.free_bytes().unwrap_or_else(|error| {
        tracing::warn!(%error, "the system does not say how much of the disk is free");
        u64::MAX
    });
    if free >= FREE_BYTES_MIN {
        if house
            .health
            .status()
            .troubles
            .contains_key(&Trouble::DiskFull)
        {
            disk_accepts(house).await?;
        }
        return house.turn(post).await.map(Turn::Walked);
    }
    tracing::error!(
        free_mib = free >> 20,
        "the disk is nearly full; no mail is fetched"
    );
    let what = "the disk of the register is nearly full: no mail is fetched until there is room";
    house.health.trouble(Trouble::DiskFull, what, now);
    crate::notices::tell(house, NoticeKind::DiskFull).await?;
    house.do_due().await?;
    Ok(Turn::NoRoom)
}

/// What is done while the mailbox cannot be reached: what falls due, and telling of the outage.
async fn without_mailbox(house: &House) -> Result<(), RegisterError> {
    match house.do_due().await {
        Err(IntakeError::Register(error)) => return Err(error),
        Err(IntakeError::Mailbox(_)) | Ok(()) => {}
    }
    tell_of_outage(house).await
}

/// Tells the organiser of an outage that lasts, since mail may still go out.
async fn tell_of_outage(house: &House) -> Result<(), RegisterError> {
    let troubles = house.health.status().troubles;
    let lasting = [Trouble::MailboxUnreachable, Trouble::MailboxCredentials]
        .iter()
        .filter_map(|trouble| troubles.get(trouble))
        .find(|trouble| house.clock.now().duration_since(trouble.since) > OUTAGE_TOLD_AFTER);
    match lasting {
        Some(trouble) => crate::notices::tell_of_outage(house, trouble.since, &trouble.what).await,
        None => Ok(()),
    }
}

/// How long the intake may wait for mail: until something falls due.
fn next_wait(house: &House) -> Duration {
    let due = house.next_due_at().ok().flatten();
    due.map_or(INTAKE_IDLE, |at| house.clock.until(at))
        .min(INTAKE_IDLE)
}

/// Waits in slices, so that the watchdog sees a patient daemon and not a dead one.
async fn rest(health: &Health, wait: Duration) {
    let mut left = wait;
    while !left.is_zero() {
        let slice = left.min(Duration::from_secs(10));
        tokio::time::sleep(slice).await;
        health.alive();
        left = left.saturating_sub(slice);
    }
}

/// How long to wait after a failure, told aloud once it is a trouble.
fn patience(
    health: &Health,
    backoff: &mut Backoff,
    error: &MailboxError,
    now: Timestamp,
) -> Duration {
    let wait = backoff.failed(error.kind, jitter());
    let trouble = match error.kind {
        MailboxErrorKind::Credentials => Trouble::MailboxCredentials,
        _ => Trouble::MailboxUnreachable,
    };
    health.trouble(trouble, &error.what, now);
    tracing::warn!(
        wait_secs = wait.as_secs(),
        error = error.what,
        "the mailbox cannot be used; it is tried again"
    );
    wait
}

/// A random number for backoff; the middle if the system gives none.
fn jitter() -> u32 {
    let mut bytes = [0_u8; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_be_bytes(bytes),
        Err(_) => u32::MAX / 2,
    }
}

/// The courier's loop: send and file what is due, wait for more.
async fn carry(
    house: Arc<House>,
    mut filing: Post,
    mut carrier: Carrier,
    health: Arc<Health>,
    recorded: Arc<Notify>,
    mut stop: channel::Receiver<bool>,
) -> End {
    let courier = Courier {
        live: &house.live,
        register: &house.register,
        clock: &house.clock,
        unrecorded: Default::default(),
    };
    let mut failures = 0;
    while !*stop.borrow() {
        match courier.drain(&mut carrier, &mut filing).await {
            Err(CourierError::Register(error)) if error.is_transient() => {
                failures += 1;
                let wait = disk_refuses(&house, &error, failures);
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = stop.changed() => break,
                }
                continue;
            }
            Ok(round) => match round.server_down {
                Some(Concerns::Credentials) => health.trouble(
                    Trouble::RelayCredentials,
                    "the mail server refused our credentials",
                    house.clock.now(),
                ),
                Some(_) => health.trouble(
                    Trouble::RelayUnreachable,
                    "the mail server cannot be used",
                    house.clock.now(),
                ),
                None if round.accepted > 0 => health.relay_reached(house.clock.now()),
                None => {}
            },
            Err(CourierError::Register(error)) => return End::Register(error),
            Err(CourierError::Mailbox(error)) => {
                filing.close().await;
                tracing::warn!(error = error.what, "filing failed; it is tried again");
            }
        }
        failures = 0;
        let due = match house.register.next_letter_at() {
            Ok(due) => due,
            Err(error) => return End::Register(error),
        };
        let next = due
            .map_or(COURIER_IDLE, |at| house.clock.until(at).max(COURIER_BREATH))
            .min(COURIER_IDLE);
        tokio::select! {
            () = recorded.notified() => {}
            () = tokio::time::sleep(next) => {}
            _ = stop.changed() => break,
        }
    }
    End::Done
}

/// Takes up changed session files and members without a restart; a broken file keeps the old state.
async fn watch_files(
    house: Arc<House>,
    health: Arc<Health>,
    wake: Wake,
    mut stop: channel::Receiver<bool>,
) {
    let config = house.live.rules().config.clone();
    let mut changes: mpsc::Receiver<Changed> = match watch(&config) {
        Ok(changes) => changes,
        Err(error) => {
            tracing::warn!(%error, "changes of the session files are not seen until a restart");
            return;
        }
    };
    let mut again = false;
    loop {
        tokio::select! {
            changed = changes.recv() => if changed.is_none() { return },
            () = tokio::time::sleep(REGISTER_PAUSE_LONGEST), if again => {}
            _ = stop.changed() => return,
        }
        again = false;
        match Current::load(&config) {
            Ok(current) => {
                health.mended(Trouble::Configuration, house.clock.now());
                if let Err(error) = house.put_in_force(current).await {
                    tracing::error!(%error, "the changed catalogue could not be recorded; it is tried again");
                    let what = format!("a changed file could not be taken up: {error}");
                    health.trouble(Trouble::Configuration, &what, house.clock.now());
                    again = true;
                }
                wake.both();
            }
            Err(error) => {
                let lines = error.lines().join("; ");
                tracing::error!(
                    error = lines,
                    "a changed file is broken; the old state stays in force"
                );
                health.trouble(Trouble::Configuration, &lines, house.clock.now());
            }
        }
    }
}
