//! Sent, walked: what the human answered by hand is not answered again, and what they wrote to the
//! mailbox itself or in answer to a digest is their word. Only a holder of the mailbox's password can
//! put it there.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use super::{BATCH, CLOCK_TOLERANCE, Intake, IntakeError, NOTHING_YET, sent_name};
use crate::core::decision::organiser::{self, Origin, Word};
use crate::core::digest::Digest;
use crate::core::entry::{Body, Cause, Decided, Draft, Entry, MailWalked, Place, Walk};
use crate::core::message::Message;
use crate::core::orders::{self, Item, Orders};
use crate::core::organisation::Organisation;
use crate::core::person::domain_of;
use crate::core::reply::Letter;
use crate::core::roll::Token;
use crate::live::Rules;
use crate::mailbox::{FetchedHeaders, Mailbox, Opened};
use crate::register::{OutboxRow, Query as _, Recorded, RegisterError};

/// Beginnings of subjects of mail that is passed on: its words are somebody else's.
const FORWARDS: [&str; 6] = ["fwd:", "fw:", "tr:", "tr :", "wg:", "i:"];

/// What a mail in Sent is.
enum Sent {
    /// Ours.
    Own,
    /// Written by a human to somebody.
    ByHand,
    /// The organiser's word.
    Order,
}

impl Intake<'_> {
    /// Walks what is new in Sent.
    pub(super) async fn walk_sent(
        &self,
        mailbox: &mut impl Mailbox,
        name: &str,
    ) -> Result<(), IntakeError> {
        let sent = sent_name(name);
        let before = self.register.cursor(&sent)?;
        let Some(opened) = mailbox.open_sent().await? else {
            return match before {
                Some(_) => Ok(()),
                None => self.begin_watch(&sent, &NOTHING_YET).await,
            };
        };
        match before {
            Some(cursor) if cursor.uid_validity == opened.uid_validity => {}
            // Made after the watch began, perhaps with the first answer a human ever filed in it.
            Some(cursor) if cursor.uid_validity == NOTHING_YET.uid_validity => {
                let from_the_first = Opened {
                    uid_next: 1,
                    names: Vec::new(),
                    ..opened
                };
                self.begin_watch(&sent, &from_the_first).await?;
            }
            _ => return self.begin_watch(&sent, &opened).await,
        }
        let began = self.register.watch_began(&sent)?;
        loop {
            let cursor = self.register.cursor(&sent)?.unwrap_or_default();
            let mails = mailbox.fetch_sent(&cursor, BATCH).await?;
            if mails.is_empty() {
                return Ok(());
            }
            let mut ticket = None;
            for mail in mails {
                let old = began.is_some_and(|began| mail.received < began - CLOCK_TOLERANCE);
                let whole = match self.kind_of(&Message::parse(&mail.bytes))? {
                    Sent::Order if !old => mailbox.fetch_sent_mail(&mail.place).await?,
                    Sent::Own | Sent::ByHand | Sent::Order => None,
                };
                crate::failpoint::reach("intake.sent_fetched");
                let recorded = self.walk_sent_mail(&sent, &mail, whole, old)?;
                ticket = Some(recorded.ticket);
            }
            self.durable(ticket).await?;
        }
    }

    /// One mail of Sent: recorded as ours or as written by hand, or carried out.
    fn walk_sent_mail(
        &self,
        sent: &str,
        mail: &FetchedHeaders,
        whole: Option<Vec<u8>>,
        old: bool,
    ) -> Result<Recorded, RegisterError> {
        let place = in_mailbox(&mail.place, sent);
        if let Some(bytes) = whole {
            let message = Message::parse(&bytes);
            if let Some(recorded) = self.carry_out(&place, &message, mail.received)? {
                return Ok(recorded);
            }
        }
        let message = Message::parse(&mail.bytes);
        let walk = match self.kind_of(&message)? {
            _ if old => Walk::Old,
            Sent::Own => Walk::Machine {
                code: "own_copy".to_owned(),
            },
            Sent::ByHand | Sent::Order => Walk::SentByHand {
                answers: message
                    .in_reply_to
                    .iter()
                    .map(|id| crate::core::message::id_hash(id))
                    .collect(),
            },
        };
        let walked = MailWalked {
            place,
            identity: message.identity.clone(),
            received: mail.received,
            walk,
            understood: None,
            decided: Decided::default(),
        };
        let draft = Draft {
            cause: Cause::Mail,
            body: Body::Mail(Box::new(walked)),
            personal: None,
        };
        self.register.append(self.clock.now(), draft)
    }

    /// Carries the organiser's word out, as one entry; `None` if the mail holds no word of theirs.
    fn carry_out(
        &self,
        place: &Place,
        message: &Message,
        filed: Timestamp,
    ) -> Result<Option<Recorded>, RegisterError> {
        let rules = self.live.rules();
        let now = self.clock.now();
        let received = message.date.map_or(filed, |date| date.min(filed));
        let items = self.items(message)?;
        let context = orders::Context {
            catalogue: &rules.catalogue,
            organisation: &rules.config.organisation,
            received,
            items: &items,
        };
        let parsed = catch_unwind(AssertUnwindSafe(|| orders::parse(message, context)));
        let Orders { orders, stopped } = parsed.unwrap_or_default();
        if orders.is_empty() {
            return Ok(None);
        }
        let stored = self.stored(&orders)?;
        let restored = self.register.counts()?.restored_at;
        let word = Word {
            orders: &orders,
            stopped,
            stored: &stored,
            origin: Origin::Mail {
                place,
                message,
                received,
            },
            // Older than the restore: it was told then, by the register that was lost.
            quiet: restored.is_some_and(|restored| received < restored),
            language: rules.config.language,
            timezone: &rules.config.timezone,
        };
        let recorded = self.carry_out_word(&rules, &word, now)?;
        tracing::info!(
            entry = recorded.entry.n,
            orders = orders.len(),
            not_understood = orders.iter().filter(|o| o.command.is_none()).count(),
            quiet = word.quiet,
            "the organiser's word is carried out"
        );
        Ok(Some(recorded))
    }

    /// Carries orders out, wherever they come from: by mail or on the command line.
    ///
    /// # Errors
    /// The register's; nothing was recorded then.
    pub fn carry_out_word(
        &self,
        rules: &Rules,
        word: &Word<'_>,
        now: Timestamp,
    ) -> Result<Recorded, RegisterError> {
        let setting = rules.setting(now);
        let session_of = |id| {
            let found = self.register.registration(id).ok().flatten();
            found.map(|registration| registration.session)
        };
        let lookup = organiser::lookup(word, &setting, session_of);
        self.register.record(now, &lookup, |known| {
            organiser::decide(word, &setting, known)
        })
    }

    /// Gives the entries that orders refer to; of an item that stems from an open question, also the
    /// one that asked.
    ///
    /// # Errors
    /// The register's.
    pub fn stored(
        &self,
        orders: &[organiser::Order],
    ) -> Result<BTreeMap<u64, Entry>, RegisterError> {
        let mut stored = BTreeMap::new();
        for n in Word::refers_to(orders) {
            let Some(entry) = self.register.entry(n)? else {
                continue;
            };
            if let Cause::Due { entry: asked } = entry.cause
                && let Some(asking) = self.register.entry(asked)?
            {
                stored.insert(asked, asking);
            }
            stored.insert(n, entry);
        }
        Ok(stored)
    }

    /// Gives the entry of an item by its number in the last digest, from 1.
    ///
    /// # Errors
    /// The register's.
    pub fn item_of_last_digest(&self, number: usize) -> Result<Option<u64>, RegisterError> {
        let Some(last) = self.register.last_digest()? else {
            return Ok(None);
        };
        let Some(entry) = self.register.entry(last.entry)? else {
            return Ok(None);
        };
        let letters = entry.personal.as_ref().map(|p| p.letters.as_slice());
        let shown = letters
            .unwrap_or_default()
            .iter()
            .find_map(|letter| match letter {
                Letter::Digest { digest, .. } => Some(numbered(digest)),
                _ => None,
            });
        let items = shown.unwrap_or_else(|| asked(entry));
        let item = number.checked_sub(1).and_then(|n| items.get(n));
        Ok(item.and_then(|item| match item {
            Item::Entry(entry) => Some(*entry),
            Item::Asked(_) => None,
        }))
    }

    fn kind_of(&self, message: &Message) -> Result<Sent, RegisterError> {
        let rules = self.live.rules();
        let organisation = &rules.config.organisation;
        let own_id = message
            .message_id
            .as_deref()
            .is_some_and(|id| token_of(id, organisation).is_some());
        if own_id || is_automatic(message) {
            return Ok(Sent::Own);
        }
        let subject = message.subject.trim().to_lowercase();
        if FORWARDS.iter().any(|mark| subject.starts_with(mark)) {
            return Ok(Sent::ByHand);
        }
        let recipients: Vec<&str> = message
            .to
            .iter()
            .chain(&message.cc)
            .map(|address| address.email.as_str())
            .collect();
        let others = message.header("bcc").is_some_and(|bcc| bcc.contains('@'));
        let own = |email: &&str| organisation.is_own_address(email);
        let to_itself = !recipients.is_empty() && recipients.iter().all(own) && !others;
        let addressees = &rules.config.digest.to;
        let told = |email: &&str| own(email) || addressees.iter().any(|to| to == email);
        let answers = self.answers_us(&message.in_reply_to, organisation)?;
        let in_thread = self.answers_us(&message.references, organisation)?;
        if to_itself || answers || (in_thread && recipients.iter().all(told)) {
            Ok(Sent::Order)
        } else {
            Ok(Sent::ByHand)
        }
    }

    /// Says whether one of these Message-IDs is a digest's, or another letter's to the organiser.
    fn answers_us(
        &self,
        ids: &[String],
        organisation: &Organisation,
    ) -> Result<bool, RegisterError> {
        for id in ids {
            if self.letter_to_the_organiser(id, organisation)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn letter_to_the_organiser(
        &self,
        id: &str,
        organisation: &Organisation,
    ) -> Result<Option<OutboxRow>, RegisterError> {
        let Some(token) = token_of(id, organisation) else {
            return Ok(None);
        };
        let row = self.register.letter(&token)?;
        Ok(row.filter(|row| row.kind != crate::register::LetterKind::Reply))
    }

    /// What the numbers of an answer stand for: the nearest letter that it answers says so. A
    /// transcript that asks nothing leaves the numbers to the digest before it.
    fn items(&self, message: &Message) -> Result<Vec<Item>, RegisterError> {
        let rules = self.live.rules();
        let organisation = &rules.config.organisation;
        let ids = message
            .in_reply_to
            .iter()
            .chain(message.references.iter().rev());
        for id in ids {
            let Some(row) = self.letter_to_the_organiser(id, organisation)? else {
                continue;
            };
            let entry = self.register.entry(row.entry)?;
            let items: Vec<Item> = match (row.letter, entry) {
                (Some(Letter::Digest { digest, .. }), _) => numbered(&digest),
                (_, Some(entry)) => asked(entry),
                _ => Vec::new(),
            };
            if !items.is_empty() {
                return Ok(items);
            }
        }
        Ok(Vec::new())
    }
}

/// The items of a digest in the order of their numbers.
fn numbered(digest: &Digest) -> Vec<Item> {
    digest.numbered().into_iter().map(Item::Entry).collect()
}

/// The items of an entry whose letter is a transcript or a digest that is forgotten.
fn asked(entry: Entry) -> Vec<Item> {
    match entry.body {
        Body::Digest { items, .. } => items.into_iter().map(Item::Entry).collect(),
        _ => entry
            .personal
            .map(|personal| personal.asked.into_iter().map(Item::Asked).collect())
            .unwrap_or_default(),
    }
}

/// The letter of ours that a Message-ID names: `TOKEN@guichet.DOMAIN`.
fn token_of(id: &str, organisation: &Organisation) -> Option<Token> {
    let (token, host) = id.split_once('@')?;
    let ours = host.strip_prefix("guichet.")?;
    let domain = domain_of(&organisation.address);
    (!domain.is_empty() && ours.eq_ignore_ascii_case(domain))
        .then(|| Token(token.to_ascii_lowercase()))
}

/// Says whether `Auto-Submitted` says anything but `no` (RFC 3834 §5).
fn is_automatic(message: &Message) -> bool {
    message.header("auto-submitted").is_some_and(|value| {
        let keyword = value.split([';', '(']).next().unwrap_or_default().trim();
        !keyword.is_empty() && !keyword.eq_ignore_ascii_case("no")
    })
}

fn in_mailbox(place: &Place, name: &str) -> Place {
    match place {
        Place::Imap {
            uid_validity, uid, ..
        } => Place::Imap {
            mailbox: name.to_owned(),
            uid_validity: *uid_validity,
            uid: *uid,
        },
        Place::Maildir { name: file, .. } => Place::Maildir {
            mailbox: name.to_owned(),
            name: file.clone(),
        },
    }
}
