//! SPINE 1: fetched → screened → read → decided → recorded. The only place that decides.
//!
//! Nothing leaves the process here. The cursor is derived from the entries, so it never passes a
//! mail that is not recorded. What is not certainly ours is recorded by its place alone.

mod again;
mod sent;
mod understanding;

use jiff::SignedDuration;

use crate::clock::Clock;
use crate::core::allocation::next_to_seat;
use crate::core::decision::{self, Mail};
use crate::core::entry::{
    Body, Cause, Change, Decided, Draft, Entry, Hold, MailWalked, Owed, Place, Walk,
};
use crate::core::message::Message;
use crate::core::reading::Doubt;
use crate::core::roll::Lookup;
use crate::live::{Live, Rules};
use crate::mailbox::{Cursor, Fetched, Mailbox, MailboxError, Opened};
use crate::register::{DueAction, Query as _, Recorded, Register, RegisterError, Ticket, fact};
use understanding::{Understanding, attempt, set_aside, understand};

/// Mails walked before one wait for the disk: they share it.
const BATCH: usize = 50;

/// Batches walked in one turn.
const BATCHES: usize = 4;

/// How far INTERNALDATE, the topmost Received and our clock may lie apart for a refusal.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Why the intake stopped.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The mailbox failed.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    /// The register failed: nothing more may be done.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// The first spine.
#[derive(Debug)]
pub struct Intake<'a> {
    /// The rules in force.
    pub live: &'a Live,
    /// The register.
    pub register: &'a Register,
    /// The clock.
    pub clock: &'a Clock,
}

impl Intake<'_> {
    /// Walks what is new in the mailbox, Sent first: at most a few batches, so that the courier gets its
    /// turn; nothing walked means that nothing was new. Gives the entries of the mails that a human
    /// may have to see at once.
    pub async fn drain(
        &self,
        mailbox: &mut impl Mailbox,
        name: &str,
    ) -> Result<Walked, IntakeError> {
        self.walk_sent(mailbox, name).await?;
        let opened = mailbox.open().await?;
        let Some(cursor) = self.register.cursor(name)? else {
            self.begin_watch(name, &opened).await?;
            return Ok(Walked::default());
        };
        if cursor.uid_validity != opened.uid_validity {
            return self.walk_again(mailbox, name, &opened).await;
        }
        let again = self.read_again(mailbox).await?;
        let mut walked = self.walk_all(mailbox, name, Arrival::New, BATCHES).await?;
        walked.count += again.len();
        walked.notable.extend(again.into_iter().filter(is_notable));
        Ok(walked)
    }

    /// The watch begins: mail that is there already is not ours to answer.
    async fn begin_watch(&self, name: &str, opened: &Opened) -> Result<(), IntakeError> {
        tracing::info!(
            mailbox = name,
            uid_next = opened.uid_next,
            "the watch begins; older mail is left alone"
        );
        let body = Body::WatchBegan {
            mailbox: name.to_owned(),
            uid_validity: opened.uid_validity,
            uid_next: opened.uid_next,
            names: opened.names.clone(),
        };
        self.fact(body).await
    }

    /// UIDVALIDITY has changed: all is walked again. Known mail moves the cursor on; unknown mail is new
    /// only if it came after the watch began, and not if there is suspiciously much of it.
    async fn walk_again(
        &self,
        mailbox: &mut impl Mailbox,
        name: &str,
        opened: &Opened,
    ) -> Result<Walked, IntakeError> {
        tracing::warn!(
            mailbox = name,
            "UIDVALIDITY has changed; the mailbox is walked again"
        );
        let mut cursor = Cursor {
            uid_validity: opened.uid_validity,
            uid_next: 1,
            ..Cursor::default()
        };
        let mut new = 0;
        loop {
            let mails = mailbox.fetch(&cursor, BATCH).await?;
            let Some(last) = mails.last() else { break };
            cursor.uid_next = uid_of(&last.place).saturating_add(1);
            for mail in &mails {
                new += usize::from(self.came_after_watch(name, mail)? && !self.is_known(mail)?);
            }
        }
        let body = Body::WatchBegan {
            mailbox: name.to_owned(),
            uid_validity: opened.uid_validity,
            uid_next: 1,
            names: Vec::new(),
        };
        self.fact(body).await?;
        let too_many = new > self.live.rules().config.policy.new_at_once;
        if too_many {
            tracing::error!(
                mailbox = name,
                new,
                "too many mails would count as new at once; none is acted on"
            );
            self.fact(Body::Noticed {
                code: "many_new".to_owned(),
                owed: Vec::new(),
                items: Vec::new(),
            })
            .await?;
        }
        let arrival = if too_many {
            Arrival::AgainTooMany
        } else {
            Arrival::Again
        };
        let walked = self.walk_all(mailbox, name, arrival, usize::MAX).await?;
        Ok(Walked { too_many, ..walked })
    }

    async fn walk_all(
        &self,
        mailbox: &mut impl Mailbox,
        name: &str,
        arrival: Arrival,
        batches: usize,
    ) -> Result<Walked, IntakeError> {
        let mut walked = Walked::default();
        for _ in 0..batches {
            let cursor = self.register.cursor(name)?.unwrap_or_default();
            let mails = mailbox.fetch(&cursor, BATCH).await?;
            if mails.is_empty() {
                return Ok(walked);
            }
            walked.count += mails.len();
            let entries = self.walk(name, &mails, arrival).await?;
            walked
                .notable
                .extend(entries.into_iter().filter(is_notable));
        }
        Ok(walked)
    }

    /// Walks fetched mails in order and waits once until all are on disk. Gives their entries.
    pub async fn walk(
        &self,
        mailbox: &str,
        mails: &[Fetched],
        arrival: Arrival,
    ) -> Result<Vec<Entry>, IntakeError> {
        crate::failpoint::reach("intake.fetched");
        let rules = self.live.rules();
        let mut entries = Vec::with_capacity(mails.len());
        let mut ticket = None;
        for mail in mails {
            let recorded = self.walk_one(&rules, mailbox, mail, arrival)?;
            entries.push(recorded.entry);
            ticket = Some(recorded.ticket);
        }
        crate::failpoint::reach("intake.appended");
        self.durable(ticket).await?;
        for entry in &entries {
            self.show(entry);
        }
        Ok(entries)
    }

    /// One mail through all stages; the only branching there is.
    fn walk_one(
        &self,
        rules: &Rules,
        mailbox: &str,
        mail: &Fetched,
        arrival: Arrival,
    ) -> Result<Recorded, RegisterError> {
        let Some(understood) = understand(rules, mail) else {
            return self.register.append(self.clock.now(), set_aside(mail));
        };
        let Understanding {
            message,
            screening,
            reading,
            received,
            clock_agrees,
        } = understood;
        let old = arrival != Arrival::New && !self.came_after_watch(mailbox, mail)?;
        if old || (arrival == Arrival::AgainTooMany && !self.is_known(mail)?) {
            let walk = if old {
                Walk::Old
            } else {
                Walk::SetAside {
                    code: "many_new".to_owned(),
                }
            };
            let body = left(mail, &message, walk);
            return self.register.append(
                self.clock.now(),
                Draft {
                    cause: Cause::Mail,
                    body,
                    personal: None,
                },
            );
        }
        let now = self.clock.now();
        let setting = rules.setting(now);
        let clock_sure = clock_agrees && received <= now + CLOCK_TOLERANCE;
        let answered_by_hand = mail.answered || self.answered_in_sent(&message)?;
        let walked = Mail {
            place: &mail.place,
            message: &message,
            screening: &screening,
            reading: &reading,
            received,
            clock_sure,
            answered_by_hand,
            again: None,
        };
        let lookup = decision::lookup(&walked, &setting);
        crate::failpoint::reach("intake.read");
        // Deciding is pure and comes before the append: a panic in it leaves the register as it was.
        let decided = attempt(|| {
            self.register.record(now, &lookup, |known| {
                crate::failpoint::panic_if_asked("decide", &mail.bytes);
                decision::decide(&walked, &setting, known)
            })
        });
        decided.unwrap_or_else(|| self.register.append(now, set_aside(mail)))
    }

    /// Does what has fallen due by now: ends of pauses, unanswered questions. Gives the entries.
    ///
    /// # Errors
    /// The register's.
    pub async fn due(&self) -> Result<Vec<Entry>, IntakeError> {
        let mut entries = Vec::new();
        let mut ticket = None;
        for action in self.register.due(self.clock.now())? {
            if let Some(recorded) = self.due_one(action)? {
                entries.push(recorded.entry);
                ticket = Some(recorded.ticket);
            }
        }
        self.durable(ticket).await?;
        Ok(entries)
    }

    fn due_one(&self, action: DueAction) -> Result<Option<Recorded>, RegisterError> {
        let rules = self.live.rules();
        let now = self.clock.now();
        let setting = rules.setting(now);
        match action {
            DueAction::PauseOver(id) => {
                let Some(registration) = self.register.registration(id)? else {
                    return Ok(None);
                };
                let session = &registration.session;
                let lookup = Lookup {
                    sessions: vec![session.clone()],
                    now: Some(now),
                    ..Lookup::default()
                };
                let cause = Cause::Due {
                    entry: registration.entry,
                };
                let recorded = self.register.record(now, &lookup, |known| {
                    decision::due::pause_over(&setting, known, session, id, cause.clone())
                })?;
                Ok(Some(recorded))
            }
            DueAction::QuestionUnanswered(entry) => self
                .register
                .append(now, decision::due::question_unanswered(entry))
                .map(Some),
        }
    }

    /// Gives the seats that have come free otherwise (a larger capacity, a command) to who waits.
    ///
    /// # Errors
    /// The register's.
    pub async fn promote_everywhere(&self, cause: Cause) -> Result<Vec<Entry>, IntakeError> {
        let rules = self.live.rules();
        let now = self.clock.now();
        let setting = rules.setting(now);
        let mut entries = Vec::new();
        let mut ticket = None;
        for session in &rules.catalogue.sessions {
            let id = &session.id;
            if next_to_seat(session, &self.register.roll(id)?).is_empty() {
                continue;
            }
            let lookup = Lookup {
                sessions: vec![id.clone()],
                now: Some(now),
                ..Lookup::default()
            };
            let recorded = self.register.record(now, &lookup, |known| {
                decision::due::promote(&setting, known, id, now, cause.clone())
            })?;
            entries.push(recorded.entry);
            ticket = Some(recorded.ticket);
        }
        self.durable(ticket).await?;
        Ok(entries)
    }

    /// Says whether a mail came after the watch began, by the server's clock and by its topmost Received.
    fn came_after_watch(&self, mailbox: &str, mail: &Fetched) -> Result<bool, RegisterError> {
        let Some(began) = self.register.watch_began(mailbox)? else {
            return Ok(false);
        };
        let received = Message::parse(&mail.bytes).received;
        Ok(mail.received >= began && received.is_none_or(|received| received >= began))
    }

    fn is_known(&self, mail: &Fetched) -> Result<bool, RegisterError> {
        let lookup = Lookup {
            identity: Some(Message::parse(&mail.bytes).identity),
            ..Lookup::default()
        };
        Ok(self.register.known(&lookup)?.same_mail.is_some())
    }

    /// Says whether a human's mail in Sent answers this one.
    fn answered_in_sent(&self, message: &Message) -> Result<bool, RegisterError> {
        message
            .message_id
            .as_deref()
            .map_or(Ok(false), |id| self.register.answered_by_hand(id))
    }

    async fn fact(&self, body: Body) -> Result<(), IntakeError> {
        let recorded = self.register.append(self.clock.now(), fact(body))?;
        self.durable(Some(recorded.ticket)).await
    }

    async fn durable(&self, ticket: Option<Ticket>) -> Result<(), IntakeError> {
        if let Some(ticket) = ticket {
            self.register.synced(ticket).await?;
        }
        Ok(())
    }

    fn show(&self, entry: &Entry) {
        let Body::Mail(walked) = &entry.body else {
            return;
        };
        if let Some(understood) = &walked.understood
            && understood.doubts.contains(&Doubt::NoAuthority)
        {
            tracing::warn!(
                entry = entry.n,
                "a mail that arrived speaks as the organiser; it is shown and not obeyed"
            );
        }
        let asked = walked
            .decided
            .changes
            .iter()
            .any(|change| matches!(change, Change::Asked { .. }));
        tracing::info!(entry = entry.n, walk = walked.walk.word(), reply = ?walked.decided.reply, asked, "mail walked");
    }
}

/// What a drain walked.
#[derive(Debug, Default)]
pub struct Walked {
    /// How many mails.
    pub count: usize,
    /// The entries of those that the human may have to hear of at once.
    pub notable: Vec<Entry>,
    /// So many would have counted as new at once that none was acted on.
    pub too_many: bool,
}

/// Whether the human may have to hear of a mail at once.
fn is_notable(entry: &Entry) -> bool {
    let Body::Mail(walked) = &entry.body else {
        return false;
    };
    let breaker = |owed: &Owed| owed.hold == Some(Hold::Breaker);
    walked.decided.to_human || walked.decided.owed.iter().any(breaker)
}

/// How the walked mails came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// After the cursor.
    New,
    /// The whole mailbox again.
    Again,
    /// The whole mailbox again, with suspiciously many that would count as new.
    AgainTooMany,
}

fn left(mail: &Fetched, message: &Message, walk: Walk) -> Body {
    Body::Mail(Box::new(MailWalked {
        place: mail.place.clone(),
        identity: message.identity.clone(),
        received: mail.received,
        walk,
        understood: None,
        decided: Decided::default(),
    }))
}

fn uid_of(place: &Place) -> u32 {
    match place {
        Place::Imap { uid, .. } => *uid,
        Place::Maildir { .. } => 0,
    }
}

/// The name under which Sent's cursor is kept, whatever the server calls the folder.
pub fn sent_name(mailbox: &str) -> String {
    format!("{mailbox}/Sent")
}
