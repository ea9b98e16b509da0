//! What differs between two catalogues: new, changed and vanished sessions, and which of the changes
//! people who are registered must not learn of by accident.
//!
//! Pure: whether anybody is registered is known by the register, which freezes only those of the
//! candidates that have people.

use super::catalogue::{Session, SessionId, Span};
use super::reading::Language;
use super::words;

/// What differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogueChange {
    /// Sessions that were not there before.
    pub new: Vec<Session>,
    /// Sessions of which something differs, as they are now.
    pub changed: Vec<Session>,
    /// Sessions whose file is gone.
    pub vanished: Vec<SessionId>,
    /// Sessions whose date, hour, place or existence changed: to be frozen if people are registered.
    pub frozen_candidates: Vec<SessionId>,
}

impl CatalogueChange {
    /// Says whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.vanished.is_empty()
    }
}

/// Compares two catalogues; the order of the sessions does not matter.
pub fn diff(old: &[Session], new: &[Session]) -> CatalogueChange {
    let mut change = CatalogueChange::default();
    for session in new {
        match old.iter().find(|before| before.id == session.id) {
            None => change.new.push(session.clone()),
            Some(before) if before == session => {}
            Some(before) => {
                change.changed.push(session.clone());
                if facts_differ(before, session) {
                    change.frozen_candidates.push(session.id.clone());
                }
            }
        }
    }
    for session in old {
        if !new.iter().any(|now| now.id == session.id) {
            change.vanished.push(session.id.clone());
            change.frozen_candidates.push(session.id.clone());
        }
    }
    change
}

/// Says what differs between two states of a session for those who hold the old facts, as
/// `old → new`; empty if date, hour, place and existence are the same. `None` for the new state: its
/// file is gone.
pub fn facts_in_words(old: &Session, new: Option<&Session>, language: Language) -> String {
    let french = language == Language::Fr;
    let Some(new) = new else {
        return match french {
            true => "le fichier de la session a disparu".to_owned(),
            false => "the session's file is gone".to_owned(),
        };
    };
    let mut said = Vec::new();
    if !same_hours(&old.when, &new.when) {
        let before = words::when(&old.when, &old.timezone, language);
        let after = words::when(&new.when, &new.timezone, language);
        said.push(format!("{before} → {after}"));
    }
    if (&old.place, old.online) != (&new.place, new.online) {
        let before = words::whereabouts(&old.place, old.online, language);
        let after = words::whereabouts(&new.place, new.online, language);
        said.push(format!("{before} → {after}"));
    }
    if old.cancelled != new.cancelled {
        let [before, after] = match (new.cancelled, french) {
            (true, true) => ["a lieu", "annulée"],
            (false, true) => ["annulée", "a lieu"],
            (true, false) => ["takes place", "cancelled"],
            (false, false) => ["cancelled", "takes place"],
        };
        said.push(format!("{before} → {after}"));
    }
    said.join(" ; ")
}

fn facts_differ(old: &Session, new: &Session) -> bool {
    !same_hours(&old.when, &new.when)
        || old.place != new.place
        || old.online != new.online
        || old.cancelled != new.cancelled
}

/// Compares instants and wall clock: the same instants in another zone read otherwise to people.
fn same_hours(old: &[Span], new: &[Span]) -> bool {
    old == new
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::core::catalogue::{Detail, GroupRule, MembershipRule};

    fn session(id: &str) -> Session {
        let at = |text: &str| text.parse::<jiff::civil::DateTime>().unwrap();
        Session {
            id: SessionId(id.to_owned()),
            title: "Title".to_owned(),
            series: None,
            level: None,
            aliases: Vec::new(),
            when: vec![Span {
                from: at("2026-05-05T18:00"),
                to: at("2026-05-05T20:00"),
                from_at: "2026-05-05T17:00:00Z".parse().unwrap(),
                to_at: "2026-05-05T19:00:00Z".parse().unwrap(),
            }],
            timezone: "Europe/Dublin".to_owned(),
            place: "Cork".to_owned(),
            online: false,
            capacity: 12,
            held: 0,
            capacity_min: None,
            waitlist: true,
            group: GroupRule::Together,
            closes_at: None,
            last_day: None,
            membership: MembershipRule::None,
            mode: None,
            closed: false,
            cancelled: false,
            join_link: None,
            description: None,
            audience: None,
            contact: None,
            confirmed_note: None,
            ask: vec![Detail::Phone],
            membership_form: None,
            attachments: Vec::new(),
        }
    }

    #[test]
    fn the_same_catalogue_in_another_order_is_no_change() {
        let (a, b) = (session("a"), session("b"));
        assert!(diff(&[a.clone(), b.clone()], &[b, a]).is_empty());
    }

    #[test]
    fn new_changed_and_vanished_are_told_apart() {
        let old = [session("a"), session("b"), session("gone")];
        let mut more_seats = session("b");
        more_seats.capacity = 15;
        let change = diff(&old, &[session("a"), more_seats, session("new")]);
        assert_eq!(change.new[0].id.0, "new");
        assert_eq!(change.changed[0].capacity, 15);
        assert_eq!(change.vanished, [SessionId("gone".to_owned())]);
        assert_eq!(change.frozen_candidates, [SessionId("gone".to_owned())]);
    }

    #[test]
    fn date_hour_place_and_existence_freeze_and_are_said() {
        let old = session("a");
        type Edit = fn(&mut Session);
        let changes: [(Edit, &str); 4] = [
            (|s| s.place = "Galway".to_owned(), "in Cork → in Galway"),
            (|s| s.online = true, "in Cork → online (Cork)"),
            (|s| s.cancelled = true, "takes place → cancelled"),
            (
                |s| s.when[0].to = "2026-05-05T21:00".parse().unwrap(),
                "Tuesday 5 May 2026, 18:00 to 20:00 (Dublin time) → \
                 Tuesday 5 May 2026, 18:00 to 21:00 (Dublin time)",
            ),
        ];
        for (change, words) in changes {
            let mut new = old.clone();
            change(&mut new);
            let found = diff(std::slice::from_ref(&old), std::slice::from_ref(&new));
            assert_eq!(found.frozen_candidates, std::slice::from_ref(&old.id));
            assert_eq!(facts_in_words(&old, Some(&new), Language::En), words);
        }
        let mut title = old.clone();
        title.title = "Other".to_owned();
        assert_eq!(facts_in_words(&old, Some(&title), Language::En), "");
        let found = diff(std::slice::from_ref(&old), &[title]);
        assert!(found.frozen_candidates.is_empty());
    }
}
