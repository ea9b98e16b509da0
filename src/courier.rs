//! SPINE 2: rendered → sent → filed. Records outcomes only; what is said was frozen at recording.
//!
//! An attempt is recorded before anything is dialled. A retry is the same mail: rendering is
//! deterministic, and an uncertain letter is sent again once, only if it composes to the same
//! SHA-256 and Sent does not hold it; else it is the human's.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::core::delivery::{Concerns, Delivery, Envelope, Outgoing};
use crate::core::entry::{Body, Cause, Change, Decided, Draft, Hold};
use crate::core::person::Address;
use crate::core::reply::Letter;
use crate::core::roll::Token;
use crate::live::{Live, Rules};
use crate::mailbox::{Filing, FilingOrder, Mailbox, MailboxError};
use crate::register::{LetterState, OutboxRow, Query as _, Register, RegisterError, Ticket, fact};
use crate::smtp::{Carrier, compose};

/// Letters sent in one go before the others get a turn.
const BATCH: usize = 50;

/// How often one letter may be put off for its own sake before it is the human's: with
/// the waits below the last attempt is a day after the first.
const PUT_OFF_MAX: u32 = 8;

/// First wait after a deferral, long enough for greylisting.
const RETRY_FIRST: SignedDuration = SignedDuration::from_mins(5);

/// Longest wait between two attempts at a letter that is put off; tripled up to there.
const RETRY_LONGEST: SignedDuration = SignedDuration::from_hours(8);

/// Longest wait while the server itself fails, for as long as that lasts; doubled up to there.
const SERVER_RETRY_LONGEST: SignedDuration = SignedDuration::from_mins(30);

/// A letter this old at its first attempt: has a human answered meanwhile? It is looked up.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Different recipients refused in a row before it is taken for the server's fault.
const REFUSED_IN_A_ROW: usize = 3;

/// Why the courier stopped.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The mailbox failed while filing or looking into Sent.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    /// The register failed: nothing more may be done.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// What one round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Letters accepted by the server.
    pub accepted: usize,
    /// Letters that wait for a later attempt.
    pub deferred: usize,
    /// Letters refused, held or uncertain.
    pub troubled: usize,
    /// The server itself cannot be used now, and whether that is for our credentials.
    pub server_down: Option<Concerns>,
}

/// The second spine.
#[derive(Debug)]
pub struct Courier<'a> {
    /// The rules in force.
    pub live: &'a Live,
    /// The register.
    pub register: &'a Register,
    /// The clock.
    pub clock: &'a Clock,
    /// Outcomes that the register could not take yet.
    pub unrecorded: Unrecorded,
}

/// What the servers said while the disk took nothing: kept until it does, since a letter that was taken
/// must not be sent again for want of a note of it.
#[derive(Debug, Default)]
pub struct Unrecorded(Mutex<Vec<Noted>>);

/// What a server said, and the ticket once the register has taken it.
#[derive(Debug)]
struct Noted {
    draft: Draft,
    ticket: Option<Ticket>,
}

impl Unrecorded {
    fn push(&self, draft: Draft) {
        let noted = Noted {
            draft,
            ticket: None,
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(noted);
    }

    fn take(&self) -> Vec<Noted> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_back(&self, mut noted: Vec<Noted>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.append(&mut kept);
        *kept = noted;
    }
}

/// The next letters to be sent.
#[derive(Default)]
struct Prepared {
    letters: Vec<Ready>,
    /// Letters that were due and are held, or settled.
    troubled: usize,
}

/// A letter about to be sent.
struct Ready {
    row: OutboxRow,
    outgoing: Outgoing,
}

impl Courier<'_> {
    /// Sends and files all that is due now, each letter tried once.
    pub async fn drain(
        &self,
        carrier: &mut Carrier,
        mailbox: &mut impl Mailbox,
    ) -> Result<Round, CourierError> {
        let round = self.carry(None, carrier, mailbox).await?;
        carrier.close().await;
        Ok(round)
    }

    /// As [`Courier::drain`], but leaves what falls due after an instant, and the connection open.
    pub async fn drain_due(
        &self,
        by: Timestamp,
        carrier: &mut Carrier,
        mailbox: &mut impl Mailbox,
    ) -> Result<Round, CourierError> {
        self.carry(Some(by), carrier, mailbox).await
    }

    /// Batch after batch; while one is sent, the one before it is filed and the next made ready.
    async fn carry(
        &self,
        by: Option<Timestamp>,
        carrier: &mut Carrier,
        mailbox: &mut impl Mailbox,
    ) -> Result<Round, CourierError> {
        let mut round = Round::default();
        self.record_outcomes().await?;
        let mut next = self.prepare(by, mailbox).await?;
        let mut looked_just_now = true;
        while round.server_down.is_none() {
            let batch = next;
            round.troubled += batch.troubled;
            if batch.letters.is_empty() && batch.troubled == 0 {
                if looked_just_now {
                    break; // nothing moves: all that is due is held back elsewhere
                }
                // What fell due while the last batch was sent goes along.
                next = self.prepare(by, mailbox).await?;
                looked_just_now = true;
                continue;
            }
            let letters = self.begin(batch.letters).await?;
            crate::failpoint::reach("courier.attempt_recorded");
            let (dialled, prepared) =
                tokio::join!(self.dial(&letters, carrier, &mut round), async {
                    self.file_accepted(mailbox).await?;
                    self.prepare(by, mailbox).await
                });
            dialled?;
            self.record_outcomes().await?;
            crate::failpoint::reach("courier.outcome_recorded");
            next = prepared?;
            looked_just_now = false;
        }
        self.file_accepted(mailbox).await?;
        Ok(round)
    }

    /// Holds what must not leave of the letters that are due, and composes the others.
    async fn prepare(
        &self,
        by: Option<Timestamp>,
        mailbox: &mut impl Mailbox,
    ) -> Result<Prepared, CourierError> {
        let rules = self.live.rules();
        let by = by.unwrap_or_else(|| self.clock.now());
        let mut prepared = Prepared::default();
        for row in self.register.due_letters(by, BATCH)? {
            if let Some(hold) = self.hold_instead(&row, &rules, mailbox).await? {
                self.fact(Body::Held {
                    letter: row.owed.token.clone(),
                    why: hold,
                })?;
                prepared.troubled += 1;
                continue;
            }
            match self.make_ready(&rules, row, mailbox).await? {
                Some(letter) => prepared.letters.push(letter),
                None => prepared.troubled += 1,
            }
            tokio::task::yield_now().await; // a letter that is being sent may go on
        }
        Ok(prepared)
    }

    /// Records the attempts, durably; letters that were replaced, held or paused meanwhile are left out.
    async fn begin(&self, letters: Vec<Ready>) -> Result<Vec<Ready>, CourierError> {
        let attempts: Vec<(Token, String)> = letters
            .iter()
            .map(|letter| {
                let token = letter.row.owed.token.clone();
                (token, letter.outgoing.sha256.clone())
            })
            .collect();
        let (begun, ticket) = self.register.begin_attempts(self.clock.now(), &attempts)?;
        self.durable(ticket).await?;
        let still_due = letters.into_iter().zip(begun);
        Ok(still_due
            .filter_map(|(letter, begun)| begun.then_some(letter))
            .collect())
    }

    /// Gives the register what the servers said so far, without waiting: a crash while further letters are
    /// sent then leaves few of them uncertain.
    fn append_outcomes(&self) -> Result<(), RegisterError> {
        let mut noted = self.unrecorded.take();
        let mut failed = None;
        for one in noted.iter_mut().filter(|one| one.ticket.is_none()) {
            match self.register.append(self.clock.now(), one.draft.clone()) {
                Ok(recorded) => one.ticket = Some(recorded.ticket),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        self.unrecorded.put_back(noted);
        failed.map_or(Ok(()), Err)
    }

    /// Records what the servers said; what the register does not take is kept for the next time.
    async fn record_outcomes(&self) -> Result<(), RegisterError> {
        let appended = self.append_outcomes();
        let mut noted = self.unrecorded.take();
        let mut synced = 0;
        let mut failed = appended.err();
        for one in &mut noted {
            let Some(ticket) = one.ticket.take() else {
                break;
            };
            match self.register.synced(ticket).await {
                Ok(()) => synced += 1,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        // what is not durable is appended again
        let mut left: Vec<Noted> = noted.into_iter().skip(synced).collect();
        left.iter_mut().for_each(|one| one.ticket = None);
        self.unrecorded.put_back(left);
        failed.map_or(Ok(()), Err)
    }

    /// Sends the letters over one connection. Once the server itself fails, the rest are deferred.
    async fn dial(
        &self,
        ready: &[Ready],
        carrier: &mut Carrier,
        round: &mut Round,
    ) -> Result<(), CourierError> {
        let mut refused_in_a_row: Vec<(&Ready, String)> = Vec::new();
        for letter in ready {
            let delivery = match round.server_down {
                Some(concerns) => Delivery::Deferred {
                    concerns,
                    response: "the server failed for an earlier letter".to_owned(),
                },
                None => carrier.send(&letter.outgoing).await,
            };
            crate::failpoint::reach("courier.sent");
            match delivery {
                Delivery::Refused { response } => {
                    refused_in_a_row.push((letter, response));
                    if refused_in_a_row.len() >= REFUSED_IN_A_ROW {
                        round.server_down = Some(Concerns::Server);
                        for (letter, response) in refused_in_a_row.drain(..) {
                            self.note_outcome(
                                letter,
                                Delivery::Deferred {
                                    concerns: Concerns::Server,
                                    response,
                                },
                                round,
                            )?;
                        }
                    }
                }
                delivery => {
                    for (letter, response) in refused_in_a_row.drain(..) {
                        self.note_outcome(letter, Delivery::Refused { response }, round)?;
                    }
                    if let Delivery::Deferred {
                        concerns: concerns @ (Concerns::Server | Concerns::Credentials),
                        ..
                    } = &delivery
                    {
                        round.server_down = Some(*concerns);
                    }
                    self.note_outcome(letter, delivery, round)?;
                }
            }
            // what cannot be taken now is kept, and told when the batch is recorded
            if let Err(error) = self.append_outcomes() {
                tracing::debug!(error = %error, "what a server said is recorded later");
            }
        }
        for (letter, response) in refused_in_a_row {
            self.note_outcome(letter, Delivery::Refused { response }, round)?;
        }
        Ok(())
    }

    fn note_outcome(
        &self,
        letter: &Ready,
        delivery: Delivery,
        round: &mut Round,
    ) -> Result<(), CourierError> {
        let row = &letter.row;
        let retry_at = match &delivery {
            Delivery::Deferred {
                concerns: Concerns::Reply,
                ..
            } => {
                round.deferred += 1;
                (row.put_off + 1 < PUT_OFF_MAX)
                    .then(|| self.retry_at(row, 3_i32.checked_pow(row.put_off), RETRY_LONGEST))
            }
            Delivery::Deferred { .. } => {
                round.deferred += 1;
                Some(self.retry_at(row, 2_i32.checked_pow(row.attempts), SERVER_RETRY_LONGEST))
            }
            Delivery::Uncertain { .. } => {
                round.troubled += 1;
                Some(self.retry_at(row, Some(1), RETRY_LONGEST))
            }
            Delivery::Accepted { .. } => {
                round.accepted += 1;
                None
            }
            Delivery::Refused { .. } => {
                round.troubled += 1;
                None
            }
        };
        tracing::info!(letter = row.owed.token.0, status = ?row.owed.status, outcome = outcome_word(&delivery), "letter tried");
        let given_up = match &delivery {
            Delivery::Refused { .. } => true,
            Delivery::Deferred { .. } => retry_at.is_none(),
            Delivery::Accepted { .. } | Delivery::Uncertain { .. } => false,
        };
        self.unrecorded.push(fact(Body::Outcome {
            letter: row.owed.token.clone(),
            delivery,
            retry_at,
        }));
        if given_up && let Some(flagged) = self.flag_unreached(row)? {
            self.unrecorded.push(flagged);
        }
        Ok(())
    }

    /// Flags the registrations of a letter that its address does not take, as a delivery report would:
    /// the human is told, and the address not written to again.
    fn flag_unreached(&self, row: &OutboxRow) -> Result<Option<Draft>, RegisterError> {
        let Some(Letter::Reply(reply)) = &row.letter else {
            return Ok(None);
        };
        let mut changes = Vec::new();
        for id in &row.owed.registrations {
            let contact = self.register.registration(*id)?.and_then(|r| r.contact);
            if contact.is_some_and(|contact| contact.eq_ignore_ascii_case(&reply.to.email)) {
                changes.push(Change::Bounced { id: *id });
            }
        }
        if changes.is_empty() {
            return Ok(None);
        }
        let decided = Decided {
            changes,
            to_human: true,
            ..Decided::default()
        };
        Ok(Some(Draft {
            cause: Cause::Due { entry: row.entry },
            body: Body::Decided(Box::new(decided)),
            personal: None,
        }))
    }

    /// The next attempt: the first wait so many times, with a jitter taken from the letter's random id.
    fn retry_at(&self, row: &OutboxRow, times: Option<i32>, longest: SignedDuration) -> Timestamp {
        let wait = times
            .and_then(|times| RETRY_FIRST.checked_mul(times))
            .map_or(longest, |wait| wait.min(longest));
        let jitter = i64::from(row.owed.token.0.bytes().fold(0_u8, u8::wrapping_add))
            * wait.as_secs()
            / 1024;
        let wait = wait + SignedDuration::from_secs(jitter);
        self.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Why a letter must not leave, though it is due.
    async fn hold_instead(
        &self,
        row: &OutboxRow,
        rules: &Rules,
        mailbox: &mut impl Mailbox,
    ) -> Result<Option<Hold>, CourierError> {
        let to_participant = matches!(row.letter, Some(Letter::Reply(_)));
        let age = self.clock.now().duration_since(row.owed.cause_at);
        let stale = SignedDuration::try_from(rules.config.policy.stale_after)
            .unwrap_or(SignedDuration::MAX);
        if !to_participant || row.attempts > 0 {
            return Ok(None);
        }
        if age > stale {
            return Ok(Some(Hold::TooOld));
        }
        let queued = self.clock.now().duration_since(row.owed.due_at);
        if let (Some(place), true) = (&row.owed.answers, queued > LOOK_AGAIN_AFTER)
            && mailbox.is_answered(place).await?
        {
            return Ok(Some(Hold::ByHand));
        }
        Ok(None)
    }

    /// Renders and composes a letter; settles one that is uncertain. `None` if there is nothing to send.
    async fn make_ready(
        &self,
        rules: &Arc<Rules>,
        row: OutboxRow,
        mailbox: &mut impl Mailbox,
    ) -> Result<Option<Ready>, CourierError> {
        let token = row.owed.token.clone();
        let Some(letter) = &row.letter else {
            self.fact(Body::Held {
                letter: token,
                why: Hold::Superseded,
            })?;
            return Ok(None); // forgotten meanwhile: nothing is left to say
        };
        let outgoing = match self.compose(rules, &token, letter, row.owed.due_at) {
            Ok(outgoing) => outgoing,
            Err(error) => {
                tracing::error!(
                    letter = token.0,
                    error,
                    "a letter cannot be composed; it is held"
                );
                self.fact(Body::Held {
                    letter: token,
                    why: Hold::Human,
                })?;
                // Nothing will reach that address: the digest says whose it is.
                if let Some(flagged) = self.flag_unreached(&row)? {
                    self.register.append(self.clock.now(), flagged)?;
                }
                return Ok(None);
            }
        };
        if let LetterState::Uncertain { sha256, retries } = &row.state {
            if mailbox.sent_holds(&outgoing.message_id).await? {
                let delivery = Delivery::Accepted {
                    response: "found in Sent".to_owned(),
                };
                self.fact(Body::Outcome {
                    letter: token,
                    delivery,
                    retry_at: None,
                })?;
                return Ok(None);
            }
            if *retries > 0 || *sha256 != outgoing.sha256 {
                self.fact(Body::Held {
                    letter: token,
                    why: Hold::Uncertain,
                })?;
                return Ok(None);
            }
        }
        Ok(Some(Ready { row, outgoing }))
    }

    /// Makes the bytes of a letter; the same letter gives the same bytes.
    pub fn compose(
        &self,
        rules: &Rules,
        token: &Token,
        letter: &Letter,
        recorded_at: Timestamp,
    ) -> Result<Outgoing, String> {
        let rendered = rules
            .renderer
            .render(letter, recorded_at)
            .map_err(|error| error.to_string())?;
        let envelope = envelope(rules, token, letter, recorded_at);
        compose(&rendered, &envelope, |sha256| {
            self.register.file(sha256).ok()
        })
        .map_err(|error| error.to_string())
    }

    /// Files what was accepted: a copy to Sent, `\Answered`, a move.
    async fn file_accepted(&self, mailbox: &mut impl Mailbox) -> Result<(), CourierError> {
        let rules = self.live.rules();
        let (copies, move_to) = filing_rules(&rules);
        loop {
            let rows = self.register.to_file(BATCH)?;
            if rows.is_empty() {
                return Ok(());
            }
            self.register.all_synced().await?; // that they were accepted is on disk
            let mut orders = Vec::with_capacity(rows.len());
            for row in &rows {
                let token = &row.owed.token;
                let composed =
                    row.letter.as_ref().filter(|_| copies).and_then(|letter| {
                        self.compose(&rules, token, letter, row.owed.due_at).ok()
                    });
                let answered_id = row.letter.as_ref().and_then(|letter| match letter {
                    Letter::Reply(reply) => reply.in_reply_to.clone(),
                    _ => None,
                });
                let answered = row.owed.answers.clone().map(|place| (place, answered_id));
                orders.push(FilingOrder {
                    copy: composed.map(|outgoing| (outgoing.bytes, outgoing.message_id)),
                    move_to: move_to.clone().filter(|_| answered.is_some()),
                    answered,
                });
            }
            let filings = mailbox.file_all(&orders).await?;
            crate::failpoint::reach("courier.filed");
            let mut ticket = None;
            for (row, filing) in rows.iter().zip(filings) {
                let given_up = match filing {
                    Filing::Done => None,
                    Filing::GivenUp(why) => Some(why),
                };
                ticket = Some(self.fact(Body::Filed {
                    letter: row.owed.token.clone(),
                    given_up,
                })?);
            }
            self.durable(ticket).await?;
        }
    }

    fn fact(&self, body: Body) -> Result<Ticket, RegisterError> {
        Ok(self.register.append(self.clock.now(), fact(body))?.ticket)
    }

    async fn durable(&self, ticket: Option<Ticket>) -> Result<(), RegisterError> {
        match ticket {
            Some(ticket) => self.register.synced(ticket).await,
            None => Ok(()),
        }
    }
}

/// Whether copies go to Sent, and where answered mail is moved.
fn filing_rules(rules: &Rules) -> (bool, Option<String>) {
    match &rules.config.source {
        Some(crate::config::Source::Imap(imap)) => (imap.copy_to_sent, imap.move_to.clone()),
        Some(crate::config::Source::Maildir(maildir)) => (
            maildir.copy_to_sent,
            maildir
                .move_to
                .as_ref()
                .map(|path| path.display().to_string()),
        ),
        None => (true, None),
    }
}

/// The headers that do not come from a letter's words.
fn envelope(rules: &Rules, token: &Token, letter: &Letter, recorded_at: Timestamp) -> Envelope {
    let organisation = &rules.config.organisation;
    let (to, in_reply_to, references, answers) = match letter {
        Letter::Reply(reply) => (
            reply.to.clone(),
            reply.in_reply_to.clone(),
            reply.references.clone(),
            reply.answers,
        ),
        Letter::Digest { to, .. } | Letter::Notice { to, .. } => {
            (to.clone(), None, Vec::new(), false)
        }
        Letter::Transcript { to, transcript } => (
            to.clone(),
            transcript.in_reply_to.clone(),
            transcript.references.clone(),
            false,
        ),
    };
    let words = match letter {
        Letter::Reply(reply) if reply.language == crate::core::reading::Language::En => {
            "registrations"
        }
        Letter::Reply(_) => "inscriptions",
        Letter::Digest { .. } | Letter::Notice { .. } | Letter::Transcript { .. } => "guichet",
    };
    Envelope {
        from: Address {
            name: Some(format!("{} – {words}", organisation.name)),
            email: organisation.address.clone(),
        },
        to,
        message_id: format!(
            "{}@guichet.{}",
            token.0,
            crate::core::person::domain_of(&organisation.address)
        ),
        date: recorded_at,
        timezone: rules.config.timezone.clone(),
        in_reply_to,
        references,
        auto_submitted: if answers {
            "auto-replied"
        } else {
            "auto-generated"
        },
        boundary: token.0.clone(),
    }
}

fn outcome_word(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Accepted { .. } => "accepted",
        Delivery::Deferred { .. } => "deferred",
        Delivery::Refused { .. } => "refused",
        Delivery::Uncertain { .. } => "uncertain",
    }
}
