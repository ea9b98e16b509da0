//! What falls due or comes from elsewhere than a request: the end of a pause, an unanswered
//! question, a seat that came free otherwise, a report that a letter of ours came back.

use jiff::Timestamp;

use super::letters::{clean_name, outcome_of};
use super::register::{Told, promotion_until, status_of};
use super::untrue::{Making, replace_untrue};
use super::working::{Telling, Working};
use super::{Mail, Setting, left_alone};
use crate::core::allocation::next_to_seat;
use crate::core::catalogue::{AttachedFile, Mode, SessionId};
use crate::core::entry::{Body, Cause, Change, Decided, Draft, Hold, Owed, Personal, Walk};
use crate::core::membership::{Membership, membership};
use crate::core::message::Dsn;
use crate::core::person::Address;
use crate::core::reading::Doubt;
use crate::core::reply::{Letter, Reply, Status};
use crate::core::roll::{Known, Registration, RegistrationId, State, Token};

/// The pause of a freed seat is over: it no longer counts as taken, and goes to who is next.
pub fn pause_over(
    setting: &Setting<'_>,
    known: &Known,
    session: &SessionId,
    freed: RegistrationId,
    cause: Cause,
) -> Draft {
    let mut roll = known.roll(session);
    let open = roll
        .registrations
        .iter()
        .any(|r| r.id == freed && r.paused_until.is_some());
    if let Some(registration) = roll.registrations.of_mut(freed) {
        registration.paused_until = None;
    }
    let mut known = known.clone();
    known.rolls.insert(session.clone(), roll);
    let mut draft = promote(setting, &known, session, setting.now, cause);
    if let (true, Body::Decided(decided)) = (open, &mut draft.body) {
        decided.changes.insert(0, Change::PauseOver { id: freed });
    }
    draft
}

/// Gives the free seats of a session to who waits, in order, and owes them the letters.
/// `cause_at` is when the seat came free.
pub fn promote(
    setting: &Setting<'_>,
    known: &Known,
    session: &SessionId,
    cause_at: Timestamp,
    cause: Cause,
) -> Draft {
    promote_from(setting, known, session, cause_at, cause, 0)
}

/// The same inside a larger decision, which has drawn tokens before.
pub(super) fn promote_from(
    setting: &Setting<'_>,
    known: &Known,
    session: &SessionId,
    cause_at: Timestamp,
    cause: Cause,
    mut tokens: u64,
) -> Draft {
    let mut decided = Decided::default();
    let mut personal = Personal::default();
    let roll = known.roll(session);
    let Some(facts) = setting.catalogue.session(session) else {
        return draft(cause, decided, personal);
    };
    let open = promotion_until(setting.policy, facts).is_none_or(|until| setting.now < until);
    if !open || facts.cancelled || roll.frozen {
        return draft(cause, decided, personal);
    }
    let seated = next_to_seat(facts, &roll);
    let mut after = roll.clone();
    // In order of their numbers: so the changes stand in the entry.
    let mut by_number = seated.clone();
    by_number.sort_unstable();
    for id in by_number {
        let Some(registration) = after.registrations.of_mut(id) else {
            continue;
        };
        let person = registration.person.clone().unwrap_or_default();
        let rule = membership(
            facts.membership,
            setting.members,
            &person,
            registration.contact.as_deref().unwrap_or_default(),
        );
        registration.state = if rule == Membership::NotFound {
            State::Provisional
        } else {
            State::Confirmed
        };
        decided.changes.push(Change::State {
            id: registration.id,
            state: registration.state,
            paused_until: None,
        });
    }
    let promoted: Vec<&Registration> = seated
        .iter()
        .filter_map(|id| after.registrations.iter().find(|r| r.id == *id))
        .collect();
    let mut addressees: Vec<(Address, Vec<&Registration>)> = Vec::new();
    for registration in promoted {
        if let Some(to) = addressee(registration) {
            match addressees
                .iter_mut()
                .find(|(known, _)| known.email == to.email)
            {
                Some((_, registrations)) => registrations.push(registration),
                None => addressees.push((to, vec![registration])),
            }
        }
    }
    for (to, registrations) in &addressees {
        let reply = promotion(setting, facts, &after, to, registrations, cause_at);
        let hold = (setting.mode_of(Some(session)) == Mode::Shadow).then_some(Hold::Shadow);
        decided.owed.push(Owed {
            token: next_token(known, &mut tokens),
            letter: personal.letters.len(),
            status: Status::Promoted,
            cause_at,
            due_at: setting.now,
            registrations: registrations.iter().map(|r| r.id).collect(),
            answers: None,
            hold,
        });
        personal.letters.push(Letter::Reply(Box::new(reply)));
    }
    let rolls = [(session.clone(), after)].into();
    let mut making = Making {
        decided: &mut decided,
        personal: &mut personal,
        tokens: &mut tokens,
        telling: Telling::Told,
    };
    replace_untrue(setting, known, &rolls, &mut making);
    draft(cause, decided, personal)
}

/// Gives seats that are free already to who waits, within the decision about a mail.
pub(super) fn promote_within(working: &mut Working<'_>, session: &SessionId) {
    let known = Known {
        rolls: working.rolls.clone(),
        unsent: Vec::new(), // what this decision makes untrue it replaces itself
        ..working.known.clone()
    };
    let now = working.setting.now;
    let draft = promote_from(
        &working.setting,
        &known,
        session,
        now,
        Cause::Mail,
        working.next_token,
    );
    let (Body::Decided(mut decided), personal) = (draft.body, draft.personal) else {
        return;
    };
    if working.telling == Telling::Quiet {
        decided.owed.clear();
    }
    for change in &decided.changes {
        if let Change::State { id, state, .. } = change {
            let roll = working.rolls.entry(session.clone()).or_default();
            if let Some(held) = roll.registrations.of_mut(*id) {
                held.state = *state;
            }
        }
    }
    working.next_token += u64::try_from(decided.owed.len()).unwrap_or_default();
    let before = working.personal.letters.len();
    let owed = decided.owed.into_iter().map(|mut owed| {
        owed.letter += before;
        owed
    });
    working.decided.owed.extend(owed);
    working.decided.changes.extend(decided.changes);
    working.personal.letters.extend(
        personal
            .map(|personal| personal.letters)
            .unwrap_or_default(),
    );
}

fn next_token(known: &Known, tokens: &mut u64) -> Token {
    *tokens += 1;
    known.token(*tokens - 1)
}

/// Who is written to about a registration: the person, else who registered them.
fn addressee(registration: &Registration) -> Option<Address> {
    let name = registration.person.as_ref().map(|p| p.name.clone());
    match (&registration.contact, &registration.made_by) {
        (Some(email), _) => Some(Address {
            name,
            email: email.clone(),
        }),
        (None, Some(email)) => Some(Address {
            name: registration.made_by_name.clone(),
            email: email.clone(),
        }),
        (None, None) => None,
    }
}

fn promotion(
    setting: &Setting<'_>,
    session: &crate::core::catalogue::Session,
    roll: &crate::core::roll::Roll,
    to: &Address,
    registrations: &[&Registration],
    cause_at: Timestamp,
) -> Reply {
    let organisation = setting.organisation;
    let first = registrations.first();
    let outcomes = registrations.iter().map(|registration| {
        let person = registration.person.clone().unwrap_or_default();
        let rule = membership(session.membership, setting.members, &person, &to.email);
        let told = Told {
            person,
            session: session.id.clone(),
            status: Status::Promoted,
            registration: Some((*registration).clone()),
            other_name: None,
            standing: Some(status_of(registration.state)),
        };
        outcome_of(
            session,
            roll,
            &told,
            to,
            setting.policy,
            rule,
            registration.language,
        )
    });
    let outcomes: Vec<_> = outcomes.collect();
    let mut attachments: Vec<AttachedFile> = session.attachments.clone();
    attachments.extend(outcomes.iter().find_map(|o| o.membership_form.clone()));
    Reply {
        status: Status::Promoted,
        language: first.map(|r| r.language).unwrap_or_default(),
        to: Address {
            name: to.name.as_deref().map(clean_name),
            email: to.email.clone(),
        },
        in_reply_to: first.and_then(|r| r.thread.last().cloned()),
        references: first.map(|r| r.thread.clone()).unwrap_or_default(),
        answers: false,
        cause_at,
        outcomes,
        options: Vec::new(),
        asks_for: None,
        question_seen: false,
        registered_by: None,
        next_session: None,
        first_contact: false,
        attachments,
        organisation: organisation.name.clone(),
        mailbox: organisation.address.clone(),
        human_name: organisation.human_name.clone(),
        human_phone: organisation.human_phone.clone(),
        privacy: organisation.privacy_in(first.map(|r| r.language).unwrap_or_default()),
    }
}

/// Nobody answered our question in time: it goes to the human.
pub fn question_unanswered(entry: u64) -> Draft {
    let decided = Decided {
        changes: vec![Change::QuestionClosed { entry }],
        to_human: true,
        ..Decided::default()
    };
    draft(Cause::Due { entry }, decided, Personal::default())
}

fn draft(cause: Cause, decided: Decided, personal: Personal) -> Draft {
    let personal = (personal != Personal::default()).then_some(personal);
    Draft {
        cause,
        body: Body::Decided(Box::new(decided)),
        personal,
    }
}

/// A delivery report: if it is about an address on record, its registrations are flagged and the
/// human is shown it; any other is counted.
pub(super) fn bounce(mail: &Mail<'_>, setting: &Setting<'_>, known: &Known, dsn: &Dsn) -> Draft {
    let on_record = |r: &&Registration| {
        r.contact.as_deref().is_some_and(|contact| {
            dsn.recipients
                .iter()
                .any(|to| to.eq_ignore_ascii_case(contact))
        })
    };
    let concerned: Vec<Registration> = known.theirs.iter().filter(on_record).cloned().collect();
    if concerned.is_empty() && known.thread.is_empty() {
        return left_alone(
            mail,
            Walk::Machine {
                code: "bounce".to_owned(),
            },
        );
    }
    let mut working = Working::new(mail, setting, known);
    working.doubt(Doubt::Machine);
    working.decided.to_human = true;
    working.walk = Some(Walk::Bounce {
        letter: letter_of(setting, dsn),
        permanent: dsn.permanent,
    });
    if dsn.permanent {
        let by_thread = known
            .thread
            .iter()
            .copied()
            .filter(|_| dsn.recipients.is_empty());
        let flagged: Vec<RegistrationId> =
            concerned.iter().map(|r| r.id).chain(by_thread).collect();
        working
            .decided
            .changes
            .extend(flagged.into_iter().map(|id| Change::Bounced { id }));
    }
    for registration in &concerned {
        if !working.sessions.contains(&registration.session) {
            working.sessions.push(registration.session.clone());
        }
    }
    working.finish()
}

/// The letter of ours that came back, by its Message-ID `TOKEN@guichet.DOMAIN`.
fn letter_of(setting: &Setting<'_>, dsn: &Dsn) -> Option<Token> {
    let (token, host) = dsn.original_message_id.as_deref()?.split_once('@')?;
    let ours = host.strip_prefix("guichet.")?;
    let domain = crate::core::person::domain_of(&setting.organisation.address);
    ours.eq_ignore_ascii_case(domain)
        .then(|| Token(token.to_owned()))
}
