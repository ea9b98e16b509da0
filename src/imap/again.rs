//! One mail fetched again: from where it lay, else from wherever a human has put it by now.
//!
//! Invariants: EXAMINE and `BODY.PEEK` alone; what lies where mail is thrown away is gone.

use super::connection::{Connection, Standing};
use super::failure::Failure;
use super::walk::{self, Given, Part};
use super::{filing, names};
use crate::core::entry::Place;
use crate::mailbox::FETCH_BYTES_MAX;

/// Most mailboxes looked into for one mail: each costs the server a search.
const MAILBOXES_MAX: usize = 50;

/// Finds the mail and gives where it lies now. `sent` is Sent's name on the wire.
pub(super) async fn find(
    connection: &mut Connection,
    sent: Option<&str>,
    place: &Place,
    message_id: Option<&str>,
) -> Result<Option<(Place, Given)>, Failure> {
    let Place::Imap {
        mailbox,
        uid_validity,
        uid,
    } = place
    else {
        return Ok(None);
    };
    let home = names::encode(mailbox);
    let standing = opened(connection, &home).await?;
    if let Some(standing) = standing.filter(|found| found.uid_validity == *uid_validity)
        && let Some(found) = fetched(connection, &home, standing, *uid).await?
    {
        return Ok(Some(found));
    }
    let Some(id) = message_id else {
        return Ok(None);
    };
    let mut listed = filing::list(connection, "LIST \"\" \"*\"").await?;
    listed.retain(|other| {
        other.selectable
            && !other.is_sent
            && !other.is_aside
            && !names::is_aside(other)
            && sent != Some(other.name.as_str())
            && other.name != home
    });
    let others = listed.into_iter().map(|other| other.name);
    let mut looked_into = std::iter::once(home).chain(others).take(MAILBOXES_MAX);
    loop {
        let Some(name) = looked_into.next() else {
            return Ok(None);
        };
        let Some(standing) = opened(connection, &name).await? else {
            continue;
        };
        if let Some(uid) = filing::find_by_id(connection, standing, id).await?
            && let Some(found) = fetched(connection, &name, standing, uid).await?
        {
            return Ok(Some(found));
        }
    }
}

/// Opens a mailbox to look into it; `None` if it cannot be opened for good.
async fn opened(connection: &mut Connection, name: &str) -> Result<Option<Standing>, Failure> {
    match connection.examine(name).await {
        Ok(standing) => Ok(Some(standing)),
        Err(failure) if failure.is_temporary() => Err(failure),
        Err(_refused) => Ok(None),
    }
}

async fn fetched(
    connection: &mut Connection,
    name: &str,
    standing: Standing,
    uid: u32,
) -> Result<Option<(Place, Given)>, Failure> {
    let batch = [(uid, u64::try_from(FETCH_BYTES_MAX).unwrap_or(u64::MAX))];
    let (mails, _gone) = walk::fetch(connection, &batch, Part::Whole).await?;
    let place = Place::Imap {
        mailbox: names::decode(name),
        uid_validity: standing.uid_validity,
        uid,
    };
    Ok(mails.into_iter().next().map(|mail| (place, mail)))
}
