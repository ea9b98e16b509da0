//! guichet: the counter where one signs up, by plain e-mail.
//!
//! A training organisation announces a session; people answer by mail, as people do. guichet watches
//! that mailbox, understands the free-form mail, records the registration and answers in the same
//! thread. The mailbox belongs to a human and most of its mail is not for us: certain → act; in
//! doubt → leave the mail exactly as it was and put it, with the reason, before the human.
//!
//! # The tour: one mail walks through the house once
//!
//! | stage | what happens | where |
//! |---|---|---|
//! | fetched | a mail comes from IMAP or a Maildir, untouched | [`mailbox::Mailbox`], [`imap`], [`maildir`] |
//! | screened | may a machine register from it? answer it? | [`core::message`], [`core::screening`] |
//! | read | what does the newly written text want? | [`core::unquote`], [`core::reading::read`] |
//! | decided | seats, places in the queue, refusals, questions, or the human | [`core::decision::decide`], [`core::allocation`] |
//! | recorded | the decision and the letters it owes are one entry on disk | [`register::Register::record`], [`core::entry`] |
//! | rendered | facts become words, the same words each time | [`render`], [`core::calendar`] |
//! | sent | the attempt is recorded, then dialled | [`smtp`] |
//! | filed | a copy to Sent, `\Answered` | [`mailbox::Mailbox::file`] |
//!
//! The first five stages are [`intake`], the last three are [`courier`]: the two spines. They run
//! side by side, started by [`daemon`], joined by the [`register`]. All order and branching of stages
//! is in these two files; what they call does not decide whether to run. [`house`] holds rules,
//! register and clock together; the daemon, `rehearse` and `demo` ([`cli`]) take their turns in it.
//!
//! # Invariants
//!
//! 1. Two spines: stage order and branching are in [`intake`] and [`courier`] alone.
//! 2. The core is pure: [`core`] has no IO, clock, randomness, async or logging. Content cannot fail.
//! 3. Edges never meet: [`imap`], [`maildir`], [`smtp`], [`register`], [`render`] do not name each other.
//! 4. The journal is the truth, sled is its index; the two together are the register.
//! 5. [`register::Register::record`] takes the pure function, not its result: it decides and appends under one lock.
//! 6. Nothing is sent that is not recorded, and a retry is the same mail.
//! 7. The mailbox belongs to a human: watched read-only, by UID, never by flag.
//! 8. Two verdicts a mail: `may_register` and `may_reply` ([`core::screening::Screening`]).
//! 9. Doubt goes to the human, with its reason ([`core::reading::Doubt`]). Silence is the default.
//!
//! # Words
//!
//! | word | means only |
//! |---|---|
//! | [Session](core::catalogue::Session) | a training session that one can register for |
//! | [Mailbox](mailbox::Mailbox) | an IMAP mailbox (RFC 9051) or a Maildir |
//! | [Address](core::person::Address) | an RFC 5322 mailbox: name and addr-spec |
//! | [Message](core::message::Message), [Reply](core::reply::Reply), [Outgoing](core::delivery::Outgoing) | received; what we mean to say; ready to send |
//! | [Reading](core::reading::Reading), [Doubt](core::reading::Doubt), [Evidence](core::reading::Evidence) | what was understood, why the robot hesitates, the words it rests on |
//! | [Entry](core::entry::Entry), Journal | one recorded fact; all of them in order |
//! | [Register](register::Register), Store | journal and store together; its sled index |
//! | [Roll](core::roll::Roll) | a session's seats and queue, as a decision sees them |
//! | [Delivery](core::delivery::Delivery) | accepted, deferred, refused or uncertain |

pub mod backoff;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod core;
pub mod courier;
pub mod daemon;
pub mod digesting;
pub mod failpoint;
pub mod folder;
pub mod health;
pub mod house;
pub mod imap;
pub mod intake;
pub mod live;
pub mod mailbox;
pub mod maildir;
pub mod net;
pub mod notices;
pub mod post;
pub mod register;
pub mod render;
pub mod secret;
pub mod smtp;
pub mod wake;
