//! What was left because its session was not in the catalogue, read again once sessions were added: in
//! order of receipt, before newer mail.
//!
//! Each mail read again is an entry of its own that settles the one before; that all are done is a
//! last one. Ended in between, the rest is done at the next turn, and nothing twice.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Intake, IntakeError, Understanding, attempt, understand};
use crate::core::catalogue::SessionId;
use crate::core::decision::{self, Again, Left, Mail};
use crate::core::entry::{Body, Entry, MailWalked};
use crate::core::message::Identity;
use crate::live::Rules;
use crate::mailbox::{Fetched, Mailbox};
use crate::register::{Query as _, Recorded, RegisterError, ToReadAgain};

/// Mail older than this is not read again: whoever wrote it has long asked somebody.
const READ_AGAIN_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Intake<'_> {
    /// Reads again what a session added since may concern. Gives the entries.
    pub(super) async fn read_again(
        &self,
        mailbox: &mut impl Mailbox,
    ) -> Result<Vec<Entry>, IntakeError> {
        let now = self.clock.now();
        let since = now.saturating_sub(READ_AGAIN_WITHIN).unwrap_or(now);
        let Some(due) = self.register.to_read_again(since)? else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        for left in &due.mails {
            if let Some(recorded) = self.read_one_again(mailbox, &due, *left).await? {
                // At once, so that the next one sees it and a kill loses no more than this one.
                self.durable(Some(recorded.ticket)).await?;
                crate::failpoint::reach("intake.read_again");
                self.show(&recorded.entry);
                entries.push(recorded.entry);
            }
        }
        let body = Body::ReadAgain {
            catalogue: due.catalogue,
        };
        self.fact(body).await?;
        tracing::info!(
            left = due.mails.len(),
            decided = entries.len(),
            "sessions were added; mail that was left for want of one was read again"
        );
        Ok(entries)
    }

    async fn read_one_again(
        &self,
        mailbox: &mut impl Mailbox,
        due: &ToReadAgain,
        (n, item): (u64, u64),
    ) -> Result<Option<Recorded>, IntakeError> {
        let Some(entry) = self.register.entry(n)? else {
            return Ok(None);
        };
        let Body::Mail(walked) = &entry.body else {
            return Ok(None);
        };
        let words = entry.personal.as_ref().and_then(|p| p.mail.as_ref());
        // Without a writer it was forgotten: it is not to be found anew.
        let Some(words) = words.filter(|words| words.from.is_some()) else {
            return Ok(None);
        };
        let again = Again {
            first: n,
            item,
            catalogue: due.catalogue,
            left: self.left(item)?,
        };
        let fetched = mailbox
            .fetch_again(&walked.place, words.message_id.as_deref())
            .await?;
        let recorded = match fetched.filter(|mail| !mail.bytes.is_empty()) {
            Some(mail) => {
                let added = due.added.iter().filter(|(_, added)| **added > n);
                let new = added.map(|(session, _)| session.clone()).collect();
                self.decide_one_again(walked, mail, again, &new)?
            }
            None => self.gone(&entry, again)?,
        };
        Ok(recorded)
    }

    /// All stages once more, over the mail as it is now and the time of receipt as it was.
    fn decide_one_again(
        &self,
        walked: &MailWalked,
        mail: Fetched,
        again: Again,
        new: &BTreeSet<SessionId>,
    ) -> Result<Option<Recorded>, RegisterError> {
        let rules: &Rules = &self.live.rules();
        let mail = Fetched {
            received: walked.received,
            ..mail
        };
        let Some(understood) = understand(rules, &mail) else {
            return Ok(None);
        };
        let Understanding {
            message,
            screening,
            reading,
            received,
            clock_agrees,
        } = understood;
        if !is_same(&message.identity, &walked.identity)
            || !decision::may_be_meant_now(&reading, new)
        {
            return Ok(None);
        }
        let now = self.clock.now();
        let setting = rules.setting(now);
        let walked = Mail {
            place: &mail.place,
            message: &message,
            screening: &screening,
            reading: &reading,
            received,
            clock_sure: clock_agrees,
            answered_by_hand: mail.answered || self.answered_in_sent(&message)?,
            again: Some(again),
        };
        let lookup = decision::lookup(&walked, &setting);
        let known = self.register.known(&lookup)?;
        let decide = |known: &_| decision::decide_again(&walked, again, &setting, known);
        // Whether anything comes of it is looked at first, since what is recorded is recorded.
        let looked = attempt(|| decide(&known));
        if !looked.is_some_and(|draft| decision::is_worth_recording(&draft, again)) {
            return Ok(None);
        }
        let recorded = self.register.record(now, &lookup, decide)?;
        Ok(Some(recorded))
    }

    /// The mail is gone: its item says so, if the human still has it.
    fn gone(&self, entry: &Entry, again: Again) -> Result<Option<Recorded>, RegisterError> {
        if again.left == Left::Settled {
            return Ok(None);
        }
        let now: Timestamp = self.clock.now();
        let draft = decision::gone(entry, again);
        draft
            .map(|draft| self.register.append(now, draft))
            .transpose()
    }

    fn left(&self, item: u64) -> Result<Left, RegisterError> {
        let items = self.register.open_items()?;
        let open = items.iter().any(|open| open.entry == item);
        Ok(if open { Left::Open } else { Left::Settled })
    }
}

/// The same mail: its bytes, or its Message-ID with From, Date and body.
fn is_same(a: &Identity, b: &Identity) -> bool {
    a.sha256 == b.sha256 || (a.message_id == b.message_id && a.content == b.content)
}
