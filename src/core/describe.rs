//! How guichet reads a session, in words, for `check` and `sessions`: a slip in a file shows before a
//! mail is answered by it.

use jiff::Timestamp;

use super::allocation::{free_seats, seat_newcomers};
use super::catalogue::{GroupRule, MembershipRule, Mode, Session};
use super::policy::Policy;
use super::reading::Language;
use super::roll::{Roll, State};
use super::words;

/// What the next mail of one person would get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A seat, of so many that are free.
    Seat(u32),
    /// This place in the waiting list.
    Waiting(u32),
    /// Refused: full, and no waiting list.
    Full,
    /// Refused: after the deadline.
    Late,
    /// It begins or is over: the human.
    Over,
    /// Does not take place: the human.
    Cancelled,
    /// No more registrations by robot: the human.
    Closed,
    /// Its facts changed and the organiser has not accepted that yet: the human.
    Frozen,
}

/// Says what the next mail of one person would get.
pub fn next_mail(session: &Session, roll: &Roll, policy: &Policy, now: Timestamp) -> Next {
    if now >= session.begins_at() {
        return Next::Over;
    }
    if session.cancelled {
        return Next::Cancelled;
    }
    if session.closed {
        return Next::Closed;
    }
    if roll.frozen {
        return Next::Frozen;
    }
    if now >= session.too_late_at() {
        return Next::Late;
    }
    let last_promotion = session.begins_at().checked_sub(policy.promote_until);
    let promotes = last_promotion.is_ok_and(|last| now < last);
    if seat_newcomers(session, roll, 1, promotes) > 0 {
        return Next::Seat(free_seats(session, roll));
    }
    if session.waitlist {
        let waiting = u32::try_from(roll.waiting().len()).unwrap_or(u32::MAX);
        return Next::Waiting(waiting.saturating_add(1));
    }
    Next::Full
}

/// Gives the lines that describe a session as guichet reads it, the first its title; whoever shows
/// them puts the id above.
pub fn describe_session(
    session: &Session,
    roll: &Roll,
    policy: &Policy,
    now: Timestamp,
    language: Language,
) -> Vec<String> {
    let french = language == Language::Fr;
    let name = words::session_name(&session.title, session.level, language);
    let mut lines = vec![name];
    lines.push(words::when_and_where(
        &session.when,
        &session.timezone,
        &session.place,
        session.online,
        language,
    ));
    lines.push(deadline(session, now, language));
    lines.push(seats(session, roll, language));
    let next = next_mail(session, roll, policy, now);
    lines.push(next_in_words(session, next, language));
    let mut rules = vec![membership(session, french)];
    if session.group == GroupRule::Split {
        rules.push(match french {
            true => "un groupe peut être placé en partie",
            false => "a group may be seated in part",
        });
    }
    match (session.mode, french) {
        (Some(Mode::Shadow), true) => rules.push("à l'essai : aucun mail ne part"),
        (Some(Mode::Shadow), false) => rules.push("shadow: no mail is sent"),
        (Some(Mode::Live), true) => rules.push("en service : les réponses partent"),
        (Some(Mode::Live), false) => rules.push("live: answers are sent"),
        (None, _) => {}
    }
    lines.push(rules.join(match french {
        true => " ; ",
        false => "; ",
    }));
    let files: Vec<&str> = session
        .membership_form
        .iter()
        .chain(&session.attachments)
        .map(|file| file.name.as_str())
        .collect();
    if !files.is_empty() {
        let label = if french {
            "pièces jointes : "
        } else {
            "attached: "
        };
        lines.push(format!("{label}{}", words::join(&files, language)));
    }
    lines
}

/// Warns where answers are to leave the house for a session of which nobody is on record, though people
/// may have registered otherwise before: their seats would be given away.
pub fn empty_register_warning(
    session: &Session,
    roll: &Roll,
    mode: Mode,
    now: Timestamp,
    language: Language,
) -> Option<String> {
    let live = session.mode.unwrap_or(mode) == Mode::Live;
    let to_come = now < session.begins_at() && !session.cancelled;
    if !live || !to_come || !roll.registrations.is_empty() {
        return None;
    }
    let id = &session.id;
    Some(match language {
        Language::Fr => format!(
            "personne n'est inscrit dans le registre : si des places ont été données autrement, \
             ajoutez-les d'abord (`guichet add --csv FICHIER {id}`) ou gardez-les (`held`), \
             sinon elles seront données une seconde fois"
        ),
        Language::En => format!(
            "nobody is on record: if seats were given otherwise, add them first \
             (`guichet add --csv FILE {id}`) or hold them (`held`), \
             else they will be given a second time"
        ),
    })
}

fn deadline(session: &Session, now: Timestamp, language: Language) -> String {
    let over = now >= session.too_late_at();
    let until = words::deadline(session.too_late_at(), &session.timezone, language);
    let begin = session.too_late_at() == session.begins_at();
    match (language, begin, over) {
        (Language::Fr, false, false) => format!("inscriptions jusqu'au {until}"),
        (Language::Fr, false, true) => format!("inscriptions closes depuis le {until}"),
        (Language::Fr, true, false) => {
            format!("inscriptions jusqu'au début de la session, le {until}")
        }
        (Language::Fr, true, true) => format!("la session a commencé le {until}"),
        (Language::En, false, false) => format!("registration until {until}"),
        (Language::En, false, true) => format!("registration closed on {until}"),
        (Language::En, true, false) => {
            format!("registration until the session begins, {until}")
        }
        (Language::En, true, true) => format!("the session began on {until}"),
    }
}

fn seats(session: &Session, roll: &Roll, language: Language) -> String {
    let french = language == Language::Fr;
    let capacity = roll.capacity.unwrap_or(session.capacity);
    let all = words::seats(capacity, language);
    let file = session.capacity;
    let mut said = vec![match (capacity == file, french) {
        (true, _) => all,
        (false, true) => format!("{all} par commande ({file} dans le fichier)"),
        (false, false) => format!("{all} by command ({file} in the file)"),
    }];
    said.extend(counts(session, roll, language));
    if let Some(least) = session.capacity_min {
        said.push(match french {
            true => format!("il en faut {least}"),
            false => format!("{least} needed"),
        });
    }
    let mut line = said.join(", ");
    if roll.taken() > capacity.saturating_sub(session.held) {
        line.push_str(match french {
            true => " – plus de places données que de places ; personne n'est retiré",
            false => " – more seats given than there are; nobody is taken off",
        });
    }
    line
}

/// Held, taken and waited for; confirmed seats are said also when there are none: that is what one
/// looks for.
fn counts(session: &Session, roll: &Roll, language: Language) -> Vec<String> {
    let of = |state: State| {
        let number = roll.registrations.iter().filter(|r| r.state == state);
        u32::try_from(number.count()).unwrap_or(u32::MAX)
    };
    let waiting = u32::try_from(roll.waiting().len()).unwrap_or(u32::MAX);
    let counts = match language {
        Language::Fr => [
            (session.held, "gardée", "gardées"),
            (of(State::Confirmed), "confirmée", "confirmées"),
            (of(State::Provisional), "provisoire", "provisoires"),
            (of(State::Review), "à vérifier", "à vérifier"),
            (paused(roll), "en pause", "en pause"),
            (waiting, "personne en attente", "personnes en attente"),
        ],
        Language::En => [
            (session.held, "held", "held"),
            (of(State::Confirmed), "confirmed", "confirmed"),
            (of(State::Provisional), "provisional", "provisional"),
            (of(State::Review), "under review", "under review"),
            (paused(roll), "in pause", "in pause"),
            (waiting, "person waiting", "people waiting"),
        ],
    };
    let said = |(index, (number, one, many)): (usize, (u32, &str, &str))| {
        let shown = number > 0 || index == 1;
        shown.then(|| words::counted(number, one, many, language))
    };
    counts.into_iter().enumerate().filter_map(said).collect()
}

fn paused(roll: &Roll) -> u32 {
    let paused = roll.registrations.iter();
    let paused = paused.filter(|r| r.paused_until.is_some() && !r.state.takes_seat());
    u32::try_from(paused.count()).unwrap_or(u32::MAX)
}

fn next_in_words(session: &Session, next: Next, language: Language) -> String {
    match language {
        Language::Fr => {
            let gets = match next {
                Next::Seat(1) => "aurait la dernière place libre".to_owned(),
                Next::Seat(free) => format!("aurait une place ({free} libres)"),
                Next::Waiting(rank) => format!("serait en liste d'attente, n° {rank}"),
                Next::Full => "apprendrait que c'est complet".to_owned(),
                Next::Late => "apprendrait que les inscriptions sont closes".to_owned(),
                Next::Over => "serait pour vous : la session a commencé".to_owned(),
                Next::Cancelled => "serait pour vous : la session est annulée".to_owned(),
                Next::Closed => "serait pour vous : la session est fermée au robot".to_owned(),
                Next::Frozen => format!(
                    "serait pour vous : la session a changé ; `guichet session accept {}`",
                    session.id
                ),
            };
            format!("le prochain mail {gets}")
        }
        Language::En => {
            let gets = match next {
                Next::Seat(1) => "would get the last free seat".to_owned(),
                Next::Seat(free) => format!("would get a seat ({free} free)"),
                Next::Waiting(rank) => format!("would be no. {rank} on the waiting list"),
                Next::Full => "would learn that it is full".to_owned(),
                Next::Late => "would learn that registration is closed".to_owned(),
                Next::Over => "would be for you: the session has begun".to_owned(),
                Next::Cancelled => "would be for you: the session is cancelled".to_owned(),
                Next::Closed => "would be for you: the session is closed to the robot".to_owned(),
                Next::Frozen => format!(
                    "would be for you: the session has changed; `guichet session accept {}`",
                    session.id
                ),
            };
            format!("the next mail {gets}")
        }
    }
}

fn membership(session: &Session, french: bool) -> &'static str {
    match (session.membership, french) {
        (MembershipRule::Required, true) => "réservée aux structures à jour de cotisation",
        (MembershipRule::Required, false) => "for members who have paid",
        (MembershipRule::None, true) => "sans condition de cotisation",
        (MembershipRule::None, false) => "no membership needed",
    }
}
