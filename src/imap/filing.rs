//! Filing on a connection of its own: a copy in Sent, `\Answered`, a move; and what is asked of both mailboxes.
//!
//! Invariants: each step is idempotent; never `\Seen` on anybody's mail, never a deletion, never EXPUNGE: without
//! MOVE (RFC 6851) nothing is moved.

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};

use super::connection::{Connection, Standing};
use super::failure::Failure;
use super::names::{self, Listed, find_sent, quoted};
use super::walk;
use crate::core::entry::Place;
use crate::mailbox::{Filing, FilingOrder, MailboxError};

/// UIDs searched for a Message-ID at once.
const WINDOW: u32 = 10_000;

/// Finds the name of Sent on the wire: as configured, by special use, by the usual names.
pub(super) async fn sent_name(
    connection: &mut Connection,
    configured: Option<&str>,
) -> Result<Option<String>, Failure> {
    if let Some(name) = configured {
        return Ok(Some(names::encode(name)));
    }
    let mut listed = list(connection, "LIST \"\" \"*\"").await?;
    if connection.capabilities.special_use && !listed.iter().any(|mailbox| mailbox.is_sent) {
        listed.extend(list(connection, "LIST (SPECIAL-USE) \"\" \"*\"").await?);
    }
    Ok(find_sent(&listed))
}

pub(super) async fn list(
    connection: &mut Connection,
    command: &str,
) -> Result<Vec<Listed>, Failure> {
    let mut listed = Vec::new();
    connection
        .run(command, |response| {
            if let Response::MailboxData(MailboxDatum::List(data)) = response {
                let attributes = &data.name_attributes;
                listed.push(Listed {
                    name: data.name.to_string(),
                    delimiter: data.delimiter.as_deref().map(str::to_owned),
                    is_sent: attributes.iter().any(is_sent),
                    is_aside: attributes.iter().any(is_aside),
                    selectable: !attributes.contains(&NameAttribute::NoSelect),
                });
            }
        })
        .await?;
    Ok(listed)
}

fn is_aside(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::Trash | NameAttribute::Junk | NameAttribute::Drafts => true,
        NameAttribute::Extension(name) => ["\\Trash", "\\Junk", "\\Drafts"]
            .iter()
            .any(|aside| name.eq_ignore_ascii_case(aside)),
        _ => false,
    }
}

/// Compared without case: Cyrus writes `\sent`.
fn is_sent(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::Sent => true,
        NameAttribute::Extension(name) => name.eq_ignore_ascii_case("\\Sent"),
        _ => false,
    }
}

/// Finds a mail by its Message-ID in the open mailbox, newest first.
pub(super) async fn find_by_id(
    connection: &mut Connection,
    standing: Standing,
    message_id: &str,
) -> Result<Option<u32>, Failure> {
    let Some(id) = quoted(&format!("<{message_id}>")) else {
        return Ok(None);
    };
    let mut end = standing.uid_next;
    loop {
        let start = end.saturating_sub(WINDOW).max(1);
        // The last window is open, for what arrived since the mailbox was opened.
        let set = if end == standing.uid_next {
            format!("{start}:*")
        } else {
            format!("{start}:{end}")
        };
        let mut found = None;
        connection
            .run(
                &format!("UID SEARCH UID {set} HEADER Message-ID {id}"),
                |response| {
                    if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                        found = found.max(uids.iter().copied().max());
                    }
                },
            )
            .await?;
        if found.is_some() || start == 1 {
            return Ok(found);
        }
        end = start - 1;
    }
}

/// Files what is ordered, the answers in the same order. `sent` is Sent's name on the wire.
pub(super) async fn file_all(
    connection: &mut Connection,
    sent: Option<&str>,
    orders: &[FilingOrder],
) -> Result<Vec<Filing>, MailboxError> {
    let flagged = flag_together(connection, orders)
        .await
        .map_err(|failure| failure.during("flagging the answered mails"))?;
    let mut filings = Vec::with_capacity(orders.len());
    for order in orders {
        filings.push(file(connection, sent, order, &flagged).await?);
    }
    Ok(filings)
}

/// Flags in one command what lies where it lay and stays there; gives those that are done. The others take
/// the long way, one by one.
async fn flag_together(
    connection: &mut Connection,
    orders: &[FilingOrder],
) -> Result<BTreeSet<Place>, Failure> {
    let mut places: BTreeMap<(&str, u32), Vec<u32>> = BTreeMap::new();
    for order in orders.iter().filter(|order| order.move_to.is_none()) {
        if let Some((
            Place::Imap {
                mailbox,
                uid_validity,
                uid,
            },
            _,
        )) = &order.answered
        {
            places
                .entry((mailbox, *uid_validity))
                .or_default()
                .push(*uid);
        }
    }
    let mut flagged = BTreeSet::new();
    for ((mailbox, uid_validity), mut uids) in places {
        if uids.len() < 2 {
            continue;
        }
        let standing = match connection.select(&names::encode(mailbox)).await {
            Ok(standing) => standing,
            Err(failure) if failure.is_temporary() => return Err(failure),
            Err(_refused) => continue,
        };
        if standing.uid_validity != uid_validity {
            continue;
        }
        uids.sort_unstable();
        let command = format!("UID STORE {} +FLAGS (\\Answered)", walk::set_of(&uids));
        let stored = connection
            .run(&command, |response| {
                if let Some(given) = walk::given(response)
                    && given.answered
                    && uids.contains(&given.uid)
                {
                    flagged.insert(Place::Imap {
                        mailbox: mailbox.to_owned(),
                        uid_validity,
                        uid: given.uid,
                    });
                }
            })
            .await;
        match stored {
            Err(failure) if failure.is_temporary() => return Err(failure),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(flagged)
}

async fn file(
    connection: &mut Connection,
    sent: Option<&str>,
    order: &FilingOrder,
    flagged: &BTreeSet<Place>,
) -> Result<Filing, MailboxError> {
    let mut given_up = None;
    if let Some((bytes, message_id)) = &order.copy {
        match sent {
            Some(sent) => {
                given_up = copy(connection, sent, bytes, message_id)
                    .await
                    .map_err(|failure| failure.during("filing a copy to Sent"))?;
            }
            None => given_up = Some("there is no mailbox for sent mail".to_owned()),
        }
    }
    if let Some((place, message_id)) = &order.answered
        && !flagged.contains(place)
    {
        let why = answered(
            connection,
            place,
            message_id.as_deref(),
            order.move_to.as_deref(),
        )
        .await
        .map_err(|failure| failure.during("flagging the answered mail"))?;
        given_up = given_up.or(why);
    }
    Ok(given_up.map_or(Filing::Done, Filing::GivenUp))
}

/// Gives the reason for giving up, if the server refuses for good.
type GivenUp = Option<String>;

async fn copy(
    connection: &mut Connection,
    sent: &str,
    bytes: &[u8],
    message_id: &str,
) -> Result<GivenUp, Failure> {
    match connection.examine(sent).await {
        Ok(standing) => {
            if find_by_id(connection, standing, message_id)
                .await?
                .is_some()
            {
                return Ok(None);
            }
        }
        // It may not be there yet: the APPEND will tell.
        Err(Failure::No(_)) => {}
        Err(failure) => return Err(failure),
    }
    let appended = match connection.append(sent, bytes).await {
        Err(failure) if failure.has_code("TRYCREATE") => {
            create(connection, sent).await?;
            connection.append(sent, bytes).await
        }
        appended => appended,
    };
    for_good(appended, "the server refuses the copy for Sent")
}

async fn create(connection: &mut Connection, mailbox: &str) -> Result<(), Failure> {
    let Some(name) = quoted(mailbox) else {
        return Err(Failure::No("the mailbox's name cannot be sent".to_owned()));
    };
    connection.run(&format!("CREATE {name}"), |_| {}).await
}

/// What is refused for good is given up; what is temporary, or lost, is tried again.
fn for_good(done: Result<(), Failure>, what: &str) -> Result<GivenUp, Failure> {
    match done {
        Ok(()) => Ok(None),
        Err(failure) if failure.is_temporary() => Err(failure),
        Err(_refused) => Ok(Some(what.to_owned())),
    }
}

async fn answered(
    connection: &mut Connection,
    place: &Place,
    message_id: Option<&str>,
    move_to: Option<&str>,
) -> Result<GivenUp, Failure> {
    let Place::Imap { mailbox, .. } = place else {
        return Ok(Some("the mail is in no IMAP mailbox".to_owned()));
    };
    let home = names::encode(mailbox);
    let target = move_to.map(names::encode);
    let (uid, moved) = match flag(connection, &home, place, message_id).await? {
        Flagged::Done(uid) => (uid, false),
        Flagged::Refused => {
            return Ok(Some(
                "the server refuses to flag the mail as answered".to_owned(),
            ));
        }
        // Moved before, by us or by a human who knows the folder.
        Flagged::Gone => match &target {
            Some(target) => match flag(connection, target, place, message_id).await? {
                Flagged::Done(uid) => (uid, true),
                Flagged::Refused | Flagged::Gone => return Ok(Some(gone())),
            },
            None => return Ok(Some(gone())),
        },
    };
    match target {
        Some(target) if !moved && target != home => move_there(connection, uid, &target).await,
        _ => Ok(None),
    }
}

fn gone() -> String {
    "the mail is no longer in its mailbox".to_owned()
}

/// What came of flagging.
enum Flagged {
    /// The mail is flagged; its UID in the open mailbox.
    Done(u32),
    /// It is not in this mailbox.
    Gone,
    /// The server does not allow it.
    Refused,
}

/// Flags the mail in a mailbox: by its UID if the mailbox is still the same, else by its Message-ID.
async fn flag(
    connection: &mut Connection,
    name: &str,
    place: &Place,
    message_id: Option<&str>,
) -> Result<Flagged, Failure> {
    let standing = match connection.select(name).await {
        Ok(standing) => standing,
        Err(failure) if failure.is_temporary() => return Err(failure),
        Err(_refused) => return Ok(Flagged::Gone),
    };
    let Place::Imap {
        mailbox,
        uid_validity,
        uid,
    } = place
    else {
        return Ok(Flagged::Gone);
    };
    if names::encode(mailbox) == name && *uid_validity == standing.uid_validity {
        let mut flagged = store(connection, *uid).await?;
        if matches!(flagged, Flagged::Gone) {
            // It may have arrived since the mailbox was opened: the server shows it after the next command.
            connection.run("NOOP", |_| {}).await?;
            flagged = store(connection, *uid).await?;
        }
        if !matches!(flagged, Flagged::Gone) {
            return Ok(flagged);
        }
    }
    let Some(id) = message_id else {
        return Ok(Flagged::Gone);
    };
    match find_by_id(connection, standing, id).await? {
        Some(uid) => store(connection, uid).await,
        None => Ok(Flagged::Gone),
    }
}

/// Not silent: the answer shows whether the mail is there, which the tagged OK does not. Seen in practice: Dovecot
/// says nothing where the flag stood already, so a mail that is not shown is looked for.
async fn store(connection: &mut Connection, uid: u32) -> Result<Flagged, Failure> {
    let mut seen = false;
    let stored = connection
        .run(
            &format!("UID STORE {uid} +FLAGS (\\Answered)"),
            |response| {
                seen |= walk::given(response).is_some_and(|given| given.uid == uid);
            },
        )
        .await;
    match stored {
        Ok(()) if seen => Ok(Flagged::Done(uid)),
        Ok(()) => {
            let there = walk::still_there(connection, &[uid]).await?;
            if there.iter().any(|mail| mail.answered) {
                Ok(Flagged::Done(uid))
            } else {
                Ok(Flagged::Gone)
            }
        }
        Err(failure) if failure.is_temporary() => Err(failure),
        Err(_refused) => Ok(Flagged::Refused),
    }
}

async fn move_there(
    connection: &mut Connection,
    uid: u32,
    target: &str,
) -> Result<GivenUp, Failure> {
    if !connection.capabilities.moves {
        return Ok(Some("the server cannot move mail".to_owned()));
    }
    let Some(name) = quoted(target) else {
        return Ok(Some("the mailbox's name cannot be sent".to_owned()));
    };
    let command = format!("UID MOVE {uid} {name}");
    let moved = match connection.run(&command, |_| {}).await {
        Err(failure) if failure.has_code("TRYCREATE") => {
            create(connection, target).await?;
            connection.run(&command, |_| {}).await
        }
        moved => moved,
    };
    for_good(moved, "the server refuses to move the mail")
}
