//! Weighs what the pieces of a mail say of sessions, by their authority.

use jiff::Timestamp;

use super::{Mention, Piece, Resolution, Source, Way};
use crate::core::catalogue::{Catalogue, SessionId};

/// Open sessions that are offered as candidates at most, where nothing is named.
const CANDIDATES_MAX: usize = 8;

/// Weighs the pieces of a mail.
///
/// The first source that names a session decides; what it leaves open is narrowed by those after it.
/// A quoted programme of several sessions decides nothing alone, and "one session is open" decides
/// only where the catalogue is complete.
pub fn resolve(pieces: &[Piece], catalogue: &Catalogue, received: Timestamp) -> Resolution {
    let weighing = Weighing::new(pieces, catalogue, received);
    let mut resolution = match weighing.deciding() {
        Some(source) => weighing.decide(source),
        None => nothing_named(pieces, catalogue, received),
    };
    resolution.left_out.clone_from(&weighing.left_out);
    resolution.over = resolution
        .sessions
        .iter()
        .filter_map(|id| catalogue.session(id))
        .any(|session| session.begins_at() <= received);
    resolution
}

struct Weighing<'p> {
    mentions: Vec<(Source, &'p Mention)>,
    left_out: Vec<SessionId>,
    catalogue: &'p Catalogue,
    received: Timestamp,
}

impl<'p> Weighing<'p> {
    fn new(pieces: &'p [Piece], catalogue: &'p Catalogue, received: Timestamp) -> Weighing<'p> {
        let mut mentions: Vec<(Source, &Mention)> = pieces
            .iter()
            .flat_map(|piece| piece.mentions.iter().map(|mention| (piece.source, mention)))
            .map(|(source, mention)| match mention.is_passing() {
                // a word in passing has no more authority than the rest of the text
                true => (source.max(Source::NewText), mention),
                false => (source, mention),
            })
            .collect();
        mentions.sort_by_key(|(source, _)| *source);
        let mut left_out = Vec::new();
        for (_, mention) in mentions.iter().filter(|(_, mention)| mention.negated) {
            add_all(&mut left_out, &mention.sessions);
        }
        mentions.retain(|(_, mention)| !mention.negated);
        let mut weighing = Weighing {
            mentions,
            left_out,
            catalogue,
            received,
        };
        weighing.drop_history();
        weighing
    }

    /// « le module 1 était passionnant, inscrivez-moi au 2 »: a part that is over, beside a part of the
    /// same series that is to come, is only where the writer comes from.
    fn drop_history(&mut self) {
        let series = |id: &SessionId| {
            self.catalogue
                .session(id)
                .and_then(|session| session.series.as_deref())
        };
        let is_over = |id: &SessionId| {
            self.catalogue
                .session(id)
                .is_some_and(|session| session.ends_at() <= self.received)
        };
        let written = |source: Source| source <= Source::NewText;
        let to_come: Vec<&str> = self
            .mentions
            .iter()
            .filter(|(source, mention)| written(*source) && mention.conflict.is_none())
            .filter_map(|(_, mention)| match mention.sessions.as_slice() {
                [only] if !is_over(only) => series(only),
                _ => None,
            })
            .collect();
        let history: Vec<&Mention> = self
            .mentions
            .iter()
            .filter(|(source, mention)| written(*source) && mention.ways.contains(&Way::Level))
            .filter(|(_, mention)| match mention.sessions.as_slice() {
                [only] => is_over(only) && series(only).is_some_and(|s| to_come.contains(&s)),
                _ => false,
            })
            .map(|(_, mention)| *mention)
            .collect();
        for mention in &history {
            add_all(&mut self.left_out, &mention.sessions);
        }
        self.mentions
            .retain(|(_, mention)| !history.iter().any(|other| std::ptr::eq(*other, *mention)));
    }

    /// The source that decides: the first that names a session; what the new text leaves out is not
    /// named by what stands below it.
    fn deciding(&self) -> Option<Source> {
        let names = |(source, mention): &&(Source, &Mention)| {
            let all_left_out = !mention.sessions.is_empty()
                && mention.sessions.iter().all(|id| self.left_out.contains(id));
            *source == Source::Clause || !all_left_out
        };
        let naming = || self.mentions.iter().filter(names);
        // what a subject leaves open the text may say outright (« webinaire », « celui du 11 juin »)
        let open_subject = naming()
            .find(|(_, mention)| !mention.is_passing())
            .is_some_and(|(source, _)| *source == Source::Subject)
            && self
                .of(Source::Subject)
                .all(|mention| mention.certain().is_none() && mention.conflict.is_none());
        if open_subject
            && self
                .of(Source::NewText)
                .any(|mention| mention.certain().is_some())
        {
            return Some(Source::NewText);
        }
        naming()
            .find(|(_, mention)| !mention.is_passing())
            .or_else(|| naming().next())
            .map(|(source, _)| *source)
    }

    fn of(&self, source: Source) -> impl Iterator<Item = &'p Mention> {
        self.mentions
            .iter()
            .filter(move |(other, _)| *other == source)
            .map(|(_, mention)| *mention)
    }

    fn decide(&self, source: Source) -> Resolution {
        let mut resolution = Resolution {
            certain: true,
            ..Resolution::default()
        };
        let quoted = matches!(source, Source::Thread | Source::Announcement);
        let named: Vec<&Mention> = if quoted {
            main_ones(self.of(source).collect())
        } else {
            self.of(source).collect()
        };
        let named = without_passing_words(without_passing_places(named));
        for mention in &named {
            if let Some(session) = mention.certain() {
                add(&mut resolution.sessions, session);
                resolution.quotes.push(mention.quote.clone());
            }
        }
        for mention in &named {
            if mention.conflict.is_some() {
                self.contradicted(mention, source, &mut resolution);
            } else if mention.certain().is_none() {
                self.open(mention, source, &mut resolution);
            }
        }
        if quoted && resolution.sessions.len() > 1 {
            // A programme: which of them is for the writer to say.
            resolution.certain = false;
            let sessions = std::mem::take(&mut resolution.sessions);
            add_all(&mut resolution.candidates, &sessions);
        }
        self.against_the_rest(source, &named, &mut resolution);
        if resolution.sessions.is_empty() || source == Source::Aside {
            resolution.certain = false;
        }
        resolution
    }

    /// A mention that contradicts the catalogue.
    fn contradicted(&self, mention: &Mention, source: Source, resolution: &mut Resolution) {
        let same_is_named = mention
            .sessions
            .iter()
            .any(|session| resolution.sessions.contains(session));
        if matches!(source, Source::Thread | Source::Announcement) && same_is_named {
            // A programme line read wrongly does not shake what the rest of it says plainly.
            return;
        }
        if source == Source::Announcement {
            resolution.unknown = true;
        } else {
            resolution.contradiction = true;
        }
        resolution.certain = false;
        resolution.quotes.push(mention.quote.clone());
        match mention.sessions.as_slice() {
            [only] => add(&mut resolution.sessions, only),
            several => add_all(&mut resolution.candidates, several),
        }
    }

    /// A mention that several sessions fit, or that says little.
    fn open(&self, mention: &Mention, source: Source, resolution: &mut Resolution) {
        // « la webconf » beside « le 3 octobre » is the same one.
        if mention
            .sessions
            .iter()
            .any(|session| resolution.sessions.contains(session))
        {
            return;
        }
        let narrowed = self.narrowed(mention, source);
        let settled = match (narrowed, mention.sessions.as_slice()) {
            (Some(session), _) => Some(session),
            (None, [only])
                if !mention.is_passing()
                    && !mention.perhaps_past
                    && (self.catalogue.complete || self.is_today(only)) =>
            {
                Some(only.clone())
            }
            _ => None,
        };
        resolution.quotes.push(mention.quote.clone());
        match settled {
            Some(session) => add(&mut resolution.sessions, &session),
            None => {
                resolution.certain = false;
                add_all(&mut resolution.candidates, &mention.sessions);
            }
        }
    }

    fn is_today(&self, session: &SessionId) -> bool {
        let matcher = self.catalogue.matcher();
        matcher.index(session).is_some_and(|index| {
            matcher
                .dates_of(index)
                .contains(&matcher.day_at(self.received))
        })
    }

    /// The one session of a mention that what has less authority speaks of as well.
    fn narrowed(&self, mention: &Mention, source: Source) -> Option<SessionId> {
        for (_, other) in self
            .mentions
            .iter()
            .filter(|(other, _)| *other > source)
            .filter(|(_, other)| other.conflict.is_none())
        {
            let mut both = mention
                .sessions
                .iter()
                .filter(|session| other.sessions.contains(session));
            if let (Some(one), None) = (both.next(), both.next())
                && (other.is_plain() || mention.is_plain())
                && self.is_alone_in(one, mention, *self.source_of(other).unwrap_or(&source))
            {
                return Some(one.clone());
            }
        }
        None
    }

    /// Whether no other mention of a source speaks of another session that fits as well.
    fn is_alone_in(&self, session: &SessionId, mention: &Mention, source: Source) -> bool {
        self.of(source)
            .filter(|other| other.certain().is_some())
            .flat_map(|other| &other.sessions)
            .all(|other| other == session || !mention.sessions.contains(other))
    }

    fn source_of(&self, mention: &Mention) -> Option<&Source> {
        self.mentions
            .iter()
            .find(|(_, other)| std::ptr::eq(*other, mention))
            .map(|(source, _)| source)
    }

    /// What stands below: a bare day against the one session of the thread, or a subject in which the
    /// same session has another date, is a contradiction.
    fn against_the_rest(&self, source: Source, named: &[&Mention], resolution: &mut Resolution) {
        for (other, mention) in &self.mentions {
            let is_below = *other > source && *other <= Source::NewText;
            let same = mention
                .sessions
                .iter()
                .any(|session| resolution.sessions.contains(session));
            if is_below && mention.conflict.is_some() && same {
                resolution.contradiction = true;
                resolution.certain = false;
            }
        }
        let bare_day = named.iter().all(|mention| {
            mention
                .ways
                .iter()
                .all(|way| matches!(way, Way::DayOnly | Way::WeekdayOnly))
        });
        if !bare_day || named.is_empty() || source == Source::Announcement {
            return;
        }
        let below: Vec<&Mention> = self
            .mentions
            .iter()
            .filter(|(other, _)| {
                *other > source && !matches!(other, Source::NewText | Source::Aside)
            })
            .map(|(_, mention)| *mention)
            .collect();
        let mut others: Vec<SessionId> = Vec::new();
        for mention in main_ones(below) {
            if let Some(session) = mention.certain() {
                add(&mut others, session);
            }
        }
        if let [one] = others.as_slice()
            && !resolution.sessions.is_empty()
            && !resolution.sessions.contains(one)
        {
            resolution.contradiction = true;
            resolution.certain = false;
            add(&mut resolution.candidates, one);
        }
    }
}

/// Of a quoted mail's mentions those that say what it is about: by title or date, or by two signs.
fn main_ones(all: Vec<&Mention>) -> Vec<&Mention> {
    let strong: Vec<&Mention> = all
        .iter()
        .filter(|mention| {
            mention.ways.len() > 1
                || mention.ways.iter().any(|way| {
                    matches!(way, Way::Title | Way::Alias | Way::Date | Way::PartialTitle)
                })
        })
        .copied()
        .collect();
    let certain = |mentions: &[&Mention]| mentions.iter().any(|m| m.certain().is_some());
    if certain(&strong) {
        strong
            .into_iter()
            .filter(|mention| mention.certain().is_some())
            .collect()
    } else {
        all
    }
}

/// Leaves out places that are named beside a session and not as another of a list: where somebody
/// comes from, or does not go.
fn without_passing_places(all: Vec<&Mention>) -> Vec<&Mention> {
    let is_place = |mention: &&Mention| mention.ways == [Way::Place] && !mention.event;
    let plain = |mention: &&Mention| !is_place(mention) && mention.certain().is_some();
    if !all.iter().any(plain) {
        return all;
    }
    let mut kept = Vec::new();
    let mut list_goes_on = false;
    for mention in all {
        let keep = !is_place(&mention) || mention.listed && list_goes_on;
        list_goes_on = keep;
        if keep {
            kept.push(mention);
        }
    }
    kept
}

/// Leaves out words in passing beside what is named plainly.
fn without_passing_words(all: Vec<&Mention>) -> Vec<&Mention> {
    if all.iter().all(|mention| mention.is_passing()) {
        return all;
    }
    all.into_iter()
        .filter(|mention| !mention.is_passing())
        .collect()
}

fn nothing_named(pieces: &[Piece], catalogue: &Catalogue, received: Timestamp) -> Resolution {
    let open: Vec<SessionId> = catalogue
        .matcher()
        .near(received)
        .into_iter()
        .filter_map(|index| catalogue.at(index))
        .filter(|session| session.is_open(received))
        .map(|session| session.id.clone())
        .take(CANDIDATES_MAX)
        .collect();
    let announced = pieces
        .iter()
        .any(|piece| piece.source == Source::Announcement);
    let mut resolution = Resolution {
        unknown: announced,
        ..Resolution::default()
    };
    match open.as_slice() {
        [only] if catalogue.complete && !announced => {
            resolution.sessions.push(only.clone());
            resolution.certain = true;
        }
        _ => resolution.candidates = open,
    }
    resolution
}

fn add(sessions: &mut Vec<SessionId>, session: &SessionId) {
    if !sessions.contains(session) {
        sessions.push(session.clone());
    }
}

fn add_all(sessions: &mut Vec<SessionId>, more: &[SessionId]) {
    for session in more {
        add(sessions, session);
    }
}
