//! The letters that a decision owes: one answer to the sender, and one to every other person on
//! record whom it concerns.

use super::hold_of;
use super::overall;
use super::register::{Told, promotion_until};
use super::working::{Telling, Voice, Working};
use crate::core::catalogue::{AttachedFile, Detail, MembershipRule, Session, SessionId};
use crate::core::entry::{Hold, Owed};
use crate::core::membership::{Membership, membership};
use crate::core::person::Address;
use crate::core::reading::Language;
use crate::core::reply::{
    Asking, Invitation, Joining, Letter, Outcome, Reply, SessionFacts, Status,
};
use crate::core::roll::{Registration, State};

/// Longest name that goes into a mail.
const NAME_CHARS_MAX: usize = 80;

/// Owes the answer to the sender, and the letters to the others.
pub(super) fn answer(working: &mut Working<'_>, told: &[Told]) {
    if working.voice == Voice::Organiser {
        return tell_others(working, told); // there is nobody to answer but by the transcript
    }
    let statuses: Vec<Status> = told
        .iter()
        .filter(|t| t.standing != Some(Status::Substituted))
        .map(|t| t.status)
        .collect();
    let status = overall(&statuses);
    if !working.mail.screening.may_reply {
        working.decided.to_human |= working.voice == Voice::Sender;
    } else if let Some(to) = working.mail.screening.reply_to.clone() {
        working.decided.reply = Some(status);
        // who passes a seat on is told of it as such; who gives it up stands in the newcomer's outcome
        let shown: Vec<&Told> = told
            .iter()
            .filter(|t| t.standing != Some(Status::Substituted) || is_to(t, &to))
            .collect();
        let reply = reply(working, &to, status, &shown, true);
        owe(working, reply, told, true);
    }
    if working.mail.answered_by_hand {
        working.decided.reply = None;
    }
    tell_others(working, told);
}

fn is_to(told: &Told, to: &Address) -> bool {
    told.registration
        .as_ref()
        .and_then(|r| r.contact.as_deref())
        .is_some_and(|contact| contact.eq_ignore_ascii_case(&to.email))
}

/// Writes to each other person on record of what changed for them, and to who registered them.
fn tell_others(working: &mut Working<'_>, told: &[Told]) {
    let sender = working
        .mail
        .screening
        .reply_to
        .as_ref()
        .map_or_else(|| working.sender().to_owned(), |to| to.email.clone());
    let mut written: Vec<String> = vec![sender.to_lowercase(), working.sender().to_lowercase()];
    for entry in told.iter().filter(|t| t.status != Status::Already) {
        let Some(registration) = &entry.registration else {
            continue;
        };
        let mut addresses = vec![registration.contact.clone()];
        let unasked = working.voice != Voice::Sender && registration.contact.is_none();
        if matches!(entry.status, Status::Cancelled) || unasked {
            addresses.push(registration.made_by.clone()); // the one who registered them is told
        }
        for address in addresses.into_iter().flatten() {
            if written.contains(&address.to_lowercase()) {
                continue;
            }
            written.push(address.to_lowercase());
            let itself = registration.contact.as_deref() == Some(address.as_str());
            let name = if itself {
                entry.person.name.clone()
            } else {
                registration.made_by_name.clone().unwrap_or_default()
            };
            let to = Address {
                name: (!name.is_empty()).then_some(name),
                email: address.clone(),
            };
            let theirs: Vec<&Told> = told
                .iter()
                .filter(|t| is_to(t, &to) || (!itself && t.person == entry.person))
                .collect();
            let mut reply = reply(working, &to, entry.status, &theirs, false);
            reply.registered_by = itself.then(|| registered_by(working, entry)).flatten();
            owe(working, reply, told, false);
        }
    }
}

/// Who asked for what the receiver is told. The organiser's own doing is told as the organisation's,
/// where they gave a seat that nobody had asked for.
fn registered_by(working: &Working<'_>, told: &Told) -> Option<String> {
    if working.voice == Voice::Organiser {
        let organisation = working.setting.organisation;
        let gave = matches!(told.status, Status::Confirmed | Status::Provisional)
            && told.registration.as_ref().is_some_and(|r| r.entry == 0);
        return gave.then(|| organisation.name.clone());
    }
    let author = working.mail.message.author()?;
    Some(clean_name(author.name.as_deref().unwrap_or(&author.email)))
}

/// Asks the sender back.
pub(super) fn question(working: &mut Working<'_>, asking: Asking, options: &[SessionId]) {
    let Some(to) = working.mail.screening.reply_to.clone() else {
        return;
    };
    let mut reply = reply(working, &to, Status::Clarify, &[], true);
    reply.asks_for = Some(asking);
    reply.options = options
        .iter()
        .filter_map(|id| working.setting.catalogue.session(id))
        .map(SessionFacts::of)
        .collect();
    owe(working, reply, &[], true);
}

/// Puts a letter into the decision.
fn owe(working: &mut Working<'_>, reply: Reply, told: &[Told], answers: bool) {
    if working.telling == Telling::Quiet {
        return;
    }
    let seat_changed = told.iter().any(|t| t.status != Status::Already);
    let session = told
        .first()
        .map(|t| t.session.clone())
        .or_else(|| reply.options.first().map(|o| o.id.clone()));
    let hold = hold_of(
        &working.mail,
        &working.setting,
        working.known,
        session.as_ref(),
        seat_changed,
    );
    let owed = Owed {
        token: working.token(),
        letter: working.personal.letters.len(),
        status: reply.status,
        cause_at: match working.voice {
            // Of a mail that is read again the cause is that its session is there now.
            Voice::Sender if working.mail.again.is_none() => working.mail.received,
            Voice::Sender | Voice::Nodded | Voice::Organiser => working.setting.now,
        },
        due_at: working.setting.now,
        registrations: told
            .iter()
            .filter_map(|t| t.registration.as_ref().map(|r| r.id))
            .collect(),
        answers: (answers && hold != Some(Hold::ByHand)).then(|| working.mail.place.clone()),
        hold,
    };
    working.decided.owed.push(owed);
    working
        .personal
        .letters
        .push(Letter::Reply(Box::new(reply)));
}

/// Composes the facts of a letter.
fn reply(
    working: &Working<'_>,
    to: &Address,
    status: Status,
    told: &[&Told],
    answers: bool,
) -> Reply {
    let message = working.mail.message;
    let mut references = message.references.clone();
    references.extend(message.message_id.clone());
    let registration = told.iter().find_map(|t| t.registration.as_ref());
    let (in_reply_to, references) = if answers {
        (message.message_id.clone(), references)
    } else {
        registration.map_or((None, Vec::new()), |r| {
            if r.contact.as_deref() == Some(&to.email) && r.made_by.is_none() {
                thread_of(r)
            } else {
                (None, Vec::new())
            }
        })
    };
    let outcomes: Vec<Outcome> = told
        .iter()
        .filter_map(|t| outcome(working, t, to))
        .collect();
    let late = told
        .iter()
        .find(|t| t.status == Status::Late)
        .and_then(|t| working.setting.catalogue.session(&t.session));
    let organisation = working.setting.organisation;
    let attachments = outcomes.iter().flat_map(|o| attachments(working, o)).fold(
        Vec::new(),
        |mut all: Vec<AttachedFile>, file| {
            if !all.iter().any(|f| f.sha256 == file.sha256) {
                all.push(file);
            }
            all
        },
    );
    let language = told
        .iter()
        .find_map(|t| {
            t.registration
                .as_ref()
                .filter(|_| !answers)
                .map(|r| r.language)
        })
        .unwrap_or_else(|| working.language());
    Reply {
        status,
        language,
        to: Address {
            name: to.name.as_deref().map(clean_name),
            email: to.email.clone(),
        },
        in_reply_to,
        references,
        answers,
        cause_at: working.mail.received,
        outcomes,
        options: Vec::new(),
        asks_for: None,
        question_seen: answers && working.reading.question,
        registered_by: None,
        next_session: late
            .and_then(|session| next_of_series(working, session))
            .map(SessionFacts::of),
        first_contact: if answers {
            !working.known.written_before
        } else {
            registration.is_some_and(|r| r.entry == 0)
        },
        attachments,
        organisation: organisation.name.clone(),
        mailbox: organisation.address.clone(),
        human_name: organisation.human_name.clone(),
        human_phone: organisation.human_phone.clone(),
        privacy: organisation.privacy_in(language),
    }
}

fn thread_of(registration: &Registration) -> (Option<String>, Vec<String>) {
    (
        registration.thread.last().cloned(),
        registration.thread.clone(),
    )
}

/// The next open session of the same series.
fn next_of_series<'a>(working: &Working<'a>, session: &Session) -> Option<&'a Session> {
    let series = session.series.as_deref()?;
    let at = working.mail.received;
    working
        .setting
        .catalogue
        .sessions
        .iter()
        .find(|s| s.series.as_deref() == Some(series) && s.id != session.id && s.is_open(at))
}

/// What a letter to `to` says of one person in one session.
fn outcome(working: &Working<'_>, told: &Told, to: &Address) -> Option<Outcome> {
    let session = working.setting.catalogue.session(&told.session)?;
    let rule = membership(
        session.membership,
        working.setting.members,
        &told.person,
        working.sender(),
    );
    Some(outcome_of(
        session,
        &working.roll(&told.session),
        told,
        to,
        working.setting.policy,
        rule,
        working.language(),
    ))
}

/// The same, from the facts alone: promotions use it too.
pub(super) fn outcome_of(
    session: &Session,
    roll: &crate::core::roll::Roll,
    told: &Told,
    to: &Address,
    policy: &crate::core::policy::Policy,
    rule: Membership,
    _language: Language,
) -> Outcome {
    let registration = told.registration.as_ref();
    let seated =
        registration.is_some_and(|r| matches!(r.state, State::Confirmed | State::Provisional));
    let on_record = registration.is_some_and(|r| {
        [r.contact.as_deref(), r.made_by.as_deref()]
            .into_iter()
            .flatten()
            .any(|a| a.eq_ignore_ascii_case(&to.email))
    });
    let is_receiver = registration
        .and_then(|r| r.contact.as_deref())
        .is_some_and(|a| a.eq_ignore_ascii_case(&to.email))
        || registration.is_none();
    let gives_facts = seated && on_record;
    let tells_seat = matches!(
        told.status,
        Status::Confirmed | Status::Provisional | Status::Promoted | Status::Substituted
    );
    Outcome {
        name: clean_name(&told.person.name),
        is_receiver,
        session: SessionFacts::of(session),
        status: told.status,
        rank: registration
            .filter(|r| r.state == State::Waitlisted)
            .and_then(|r| crate::core::allocation::place_in_queue(roll, r.id)),
        free_seats: registration
            .filter(|r| r.state == State::Waitlisted && r.group.is_some())
            .map(|_| crate::core::allocation::free_seats(session, roll)),
        promotion_until: promotion_until(policy, session)
            .filter(|_| registration.is_some_and(|r| r.state == State::Waitlisted)),
        ask: if tells_seat && seated {
            missing(session, told)
        } else {
            Vec::new()
        },
        joining: if gives_facts {
            Joining {
                link: session.join_link.clone(),
                note: session.confirmed_note.clone(),
            }
        } else {
            Joining::default()
        },
        invitation: invitation(told, to, seated, on_record),
        other_name: told.other_name.as_deref().map(clean_name),
        standing: told.standing,
        membership_form: session
            .membership_form
            .clone()
            .filter(|_| tells_seat && rule != Membership::Settled),
        membership_not_found: rule == Membership::NotFound,
        membership_found: rule == Membership::Settled
            && session.membership == MembershipRule::Required,
    }
}

/// The calendar part: to whoever's seat it is, or to who registered them if they have no address.
fn invitation(told: &Told, to: &Address, seated: bool, on_record: bool) -> Option<Invitation> {
    let registration = told.registration.as_ref()?;
    let (uid, sequence) = registration.invitation.clone()?;
    let withdraw = matches!(registration.state, State::Cancelled | State::Replaced);
    let speaks = matches!(
        told.status,
        Status::Confirmed
            | Status::Provisional
            | Status::Promoted
            | Status::Substituted
            | Status::Updated
            | Status::Cancelled
    );
    if !on_record || !speaks || !(seated || withdraw) {
        return None;
    }
    let itself = registration
        .contact
        .as_deref()
        .is_some_and(|a| a.eq_ignore_ascii_case(&to.email));
    if registration.contact.is_some() && !itself {
        return None;
    }
    Some(Invitation {
        uid,
        sequence,
        withdraw,
        attendee: Address {
            name: Some(clean_name(&told.person.name)),
            email: to.email.clone(),
        },
    })
}

/// Details to ask for, where the mail did not give them.
fn missing(session: &Session, told: &Told) -> Vec<Detail> {
    let person = &told.person;
    let lacks = |detail: &Detail| match detail {
        Detail::Organisation => person.organisation.is_none(),
        Detail::Phone => person.phone.is_none(),
        Detail::Role => person.role.is_none(),
        Detail::Email => person.email.is_none(),
    };
    session.ask.iter().filter(|d| lacks(d)).copied().collect()
}

/// The organiser's files for a seat, and the membership form.
fn attachments(working: &Working<'_>, outcome: &Outcome) -> Vec<AttachedFile> {
    let seated = matches!(
        outcome.status,
        Status::Confirmed | Status::Provisional | Status::Promoted
    );
    let session = working
        .setting
        .catalogue
        .session(&outcome.session.id)
        .filter(|_| seated);
    let files = session
        .map(|session| session.attachments.clone())
        .unwrap_or_default();
    files
        .into_iter()
        .chain(outcome.membership_form.clone())
        .collect()
}

/// A name fit for a mail: one line, no control or direction marks, at most 80 characters.
pub(super) fn clean_name(name: &str) -> String {
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '<' | '>')
    };
    name.chars()
        .filter(shown)
        .take(NAME_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}
