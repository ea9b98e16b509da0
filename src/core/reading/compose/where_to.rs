//! Which sessions the acts mean, and whose is which.

use super::super::acts::{Act, Deed, Who};
use super::super::clause::{Clause, Cut, inside};
use super::super::mail::Mail;
use super::super::session::{Mention, Piece, Resolution, Source, Way, resolve};
use super::super::thread::Letter;
use super::super::{Participant, participants as people};
use super::Meaning;
use crate::core::catalogue::SessionId;
use crate::core::lexicon::{Cue, Cues};

pub(super) fn sessions(meaning: &Meaning) -> Vec<SessionId> {
    let mut all = if meaning.sessions.sessions.is_empty() {
        meaning.sessions.candidates.clone()
    } else {
        meaning.sessions.sessions.clone()
    };
    for id in &meaning.given_up {
        if !all.contains(id) {
            all.push(id.clone());
        }
    }
    all
}

/// Named by more than a date, a place or a word in passing.
pub fn names_a_session(mention: &Mention) -> bool {
    mention.ways.iter().any(|w| {
        !matches!(
            w,
            Way::Date | Way::DayOnly | Way::WeekdayOnly | Way::Month | Way::Place | Way::Word
        )
    })
}

pub(super) fn clauses(acts: &[Act]) -> Vec<usize> {
    acts.iter().map(|a| a.clause).collect()
}

/// Clauses that belong to acts of another kind: what they name is not meant here.
pub(super) fn other_clauses(all: &[Act], mine: &[Act]) -> Vec<usize> {
    let leaves = |deed: Deed| matches!(deed, Deed::Quit | Deed::NotCome);
    all.iter()
        .filter(|a| {
            !mine.iter().any(|m| {
                m.clause == a.clause || m.deed == a.deed || leaves(m.deed) && leaves(a.deed)
            })
        })
        .map(|a| a.clause)
        .collect()
}

/// The sessions that some clauses name for certain.
pub(super) fn named_in(mail: &Mail<'_>, clauses: &[usize]) -> Vec<SessionId> {
    let mut named = Vec::new();
    for clause in clauses.iter().filter_map(|i| mail.new.clauses.get(*i)) {
        for mention in mail.new.mentions_in(clause) {
            if let [only] = mention.sessions.as_slice()
                && !named.contains(only)
            {
                named.push(only.clone());
            }
        }
    }
    named
}

/// Weighs what the clauses of the acts, the subject, the rest and the thread say of sessions.
pub(super) fn resolve_for(mail: &Mail<'_>, mine: &[usize], others: &[usize]) -> Resolution {
    let cut = &mail.new;
    let acts = mine;
    let announced = cut.announced(mine);
    let mine: &[usize] = if announced.is_empty() {
        mine
    } else {
        &announced
    };
    let sentences: Vec<usize> = mine
        .iter()
        .filter_map(|i| cut.clauses.get(*i))
        .map(|c| c.sentence)
        .collect();
    let mut clause_mentions: Vec<Mention> = Vec::new();
    let mut rest: Vec<Mention> = Vec::new();
    let mut asides: Vec<Mention> = Vec::new();
    let mut beside_act: Vec<Mention> = Vec::new();
    for (number, clause) in cut.clauses.iter().enumerate() {
        let of_mine = mine.contains(&number)
            || sentences.contains(&clause.sentence)
                && !others.contains(&number)
                && !is_aside(clause);
        // a sentence whose only act is another's speaks of that one's session
        let of_others = !sentences.contains(&clause.sentence)
            && others
                .iter()
                .filter_map(|o| cut.clauses.get(*o))
                .any(|o| o.sentence == clause.sentence);
        let done = super::super::gates::is_done(cut, clause) && !mine.contains(&number);
        let left_out = (others.contains(&number) || of_others || done) && !mine.contains(&number);
        let bare = clause.tokens.len() <= 6 && !of_mine && clause.cues == Cues::default();
        for mention in cut.mentions_in(clause) {
            if bare && mention.ways.iter().all(|w| *w == Way::Place) {
                // « CCAS de Vaudrelle » below the text
                continue;
            }
            if is_of_another_event(clause, mention) && !mine.contains(&number) {
                continue;
            }
            let beside = !mine.contains(&number)
                && mention.ways == [Way::PartialTitle]
                && !mention.event
                && !mention.listed;
            if of_mine && !done && beside {
                beside_act.push(mention.clone());
            } else if of_mine && !done {
                clause_mentions.push(mention.clone());
            } else if !left_out && !is_aside(clause) {
                rest.push(mention.clone());
            } else if !left_out {
                asides.push(mention.clone());
            }
        }
    }
    go_to_words(cut, acts, &mut clause_mentions);
    // « je travaille sur l'impact et je voudrais venir le 3 »: where the act names its session
    match clause_mentions.iter().any(|m| m.certain().is_some()) {
        true => rest.extend(beside_act),
        false => clause_mentions.extend(beside_act),
    }
    let mut pieces = vec![
        Piece {
            source: Source::Clause,
            mentions: clause_mentions,
        },
        Piece {
            source: Source::Subject,
            mentions: mail.subject.mentions.clone(),
        },
        Piece {
            source: Source::NewText,
            mentions: rest,
        },
        Piece {
            source: Source::Aside,
            mentions: asides,
        },
    ];
    for (threaded, mentions) in mail.thread.iter().zip(&mail.quoted) {
        let source = match threaded.letter {
            Letter::Announcement => Source::Announcement,
            _ => Source::Thread,
        };
        pieces.push(Piece {
            source,
            mentions: mentions.clone(),
        });
    }
    let mut resolution = resolve(&pieces, mail.context.catalogue, mail.context.received);
    if !resolution.certain && !resolution.contradiction {
        choose_both(mail, mine, &mut resolution);
    }
    resolution
}

/// « je serai là aux deux dates » of a programme of two; « les deux jours » of the one that has two.
fn choose_both(mail: &Mail<'_>, mine: &[usize], resolution: &mut Resolution) {
    let cut = &mail.new;
    let twos: Vec<usize> = mine
        .iter()
        .filter_map(|i| cut.clauses.get(*i))
        .flat_map(|c| c.hits.iter().filter(|h| h.cue == Cue::Choice))
        .flat_map(|h| h.first..h.end)
        .filter(|i| matches!(cut.word(*i), "deux" | "both"))
        .collect();
    if twos.is_empty() {
        return;
    }
    let days = twos
        .iter()
        .any(|i| matches!(cut.word(i + 1), "jours" | "journees" | "days"));
    let has_two = |id: &&SessionId| {
        let matcher = mail.context.catalogue.matcher();
        matcher
            .index(id)
            .is_some_and(|index| matcher.dates_of(index).len() == 2)
    };
    match (days, resolution.candidates.len()) {
        (false, 2) => resolution.sessions.clone_from(&resolution.candidates),
        (true, _) => {
            let with_two: Vec<&SessionId> = resolution.candidates.iter().filter(has_two).collect();
            let [only] = with_two.as_slice() else { return };
            resolution.sessions = vec![(*only).clone()];
        }
        _ => return,
    }
    resolution.certain = true;
}

/// « je prends la coop »: a word of a title in the very clause of the act is what is meant, unless that
/// names a session plainly.
fn go_to_words(cut: &Cut<'_>, mine: &[usize], mentions: &mut [Mention]) {
    let of_act = |mention: &Mention| {
        mine.iter()
            .filter_map(|number| cut.clauses.get(*number))
            .any(|clause| inside(&mention.range, &clause.range))
    };
    if mentions.iter().any(|m| m.certain().is_some() && of_act(m)) {
        return;
    }
    for mention in mentions.iter_mut().filter(|m| m.is_passing() && of_act(m)) {
        mention.ways = vec![Way::PartialTitle];
    }
}

/// « next board meeting Thursday 10 April » : the date is not that of a session.
fn is_of_another_event(clause: &Clause, mention: &Mention) -> bool {
    clause.cues.has(Cue::Foreign)
        && mention
            .ways
            .iter()
            .all(|w| matches!(w, Way::Date | Way::DayOnly | Way::WeekdayOnly | Way::Month))
}

/// A clause that speaks of a session only to ask or tell something else of it.
fn is_aside(clause: &Clause) -> bool {
    clause
        .cues
        .any(&[Cue::Past, Cue::Matter, Cue::HowTo, Cue::NotMe])
        && !clause.cues.any(&[Cue::Enrol, Cue::Quit, Cue::Replace])
        || clause.question && !clause.cues.has(Cue::Please)
}

/// Gives each their own session where the acts say so.
pub(in crate::core::reading) fn assigned(mail: &Mail<'_>, meaning: &Meaning) -> Vec<Participant> {
    let mut participants = meaning.people.list.clone();
    if !meaning.given_up.is_empty() {
        for participant in &mut participants {
            participant.sessions.clone_from(&meaning.sessions.sessions);
        }
        return participants;
    }
    if participants.len() < 2 || meaning.sessions.sessions.len() < 2 {
        return participants;
    }
    for participant in &mut participants {
        participant.sessions = sessions_of(mail, meaning, &participant.person.name);
    }
    if participants.iter().any(|p| p.sessions.is_empty()) {
        for participant in &mut participants {
            participant.sessions.clear();
        }
        return participants;
    }
    let all_same = participants
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.sessions == b.sessions));
    if all_same {
        for participant in &mut participants {
            participant.sessions.clear();
        }
    }
    participants
}

/// The sessions named in the line or the clauses of one person: where the name stands, or, for the sender,
/// where the act speaks in the first person.
fn sessions_of(mail: &Mail<'_>, meaning: &Meaning, name: &str) -> Vec<SessionId> {
    let cut = &mail.new;
    let in_line = sessions_in_line(mail, meaning, name);
    if !in_line.is_empty() {
        return in_line;
    }
    let sender = people::same(name, &mail.sender.name);
    let mut theirs: Vec<usize> = Vec::new();
    for (number, clause) in cut.clauses.iter().enumerate() {
        let named = people::names_in_clause(mail, clause)
            .iter()
            .any(|n| people::same(n, name));
        let mine = sender
            && meaning
                .acts
                .iter()
                .any(|a| a.clause == number && a.who == Who::I);
        if !named && !mine {
            continue;
        }
        if cut.mentions_in(clause).next().is_some() {
            theirs.push(number);
        } else if named {
            // « stage du 16 : A et B »
            let line = cut.clauses.iter().enumerate().filter(|(_, c)| {
                c.sentence == clause.sentence && cut.mentions_in(c).next().is_some()
            });
            theirs.extend(line.map(|(number, _)| number));
        }
    }
    let named = named_in(mail, &theirs);
    if named.is_empty() {
        return sessions_of_heading(mail, name);
    }
    named
}

/// « Ruth Ade (support worker) for First Aid », « webinaire du 24 : A et B »: the sessions of the lines
/// that name a person, where no line names people and sessions in turns.
fn sessions_in_line(mail: &Mail<'_>, meaning: &Meaning, name: &str) -> Vec<SessionId> {
    let cut = &mail.new;
    let mut found = Vec::new();
    for own in cut.names.iter().filter(|n| people::same(&n.name, name)) {
        let line = line_around(cut.text, own.range.start);
        let mentions = || cut.mentions.iter().filter(|m| inside(&m.range, &line));
        let people = cut.names.iter().filter(|other| {
            inside(&other.range, &line)
                && meaning
                    .people
                    .list
                    .iter()
                    .any(|p| people::same(&p.person.name, &other.name))
        });
        let (first, last) = people.fold((own.range.start, own.range.start), |(a, b), n| {
            (a.min(n.range.start), b.max(n.range.start))
        });
        let in_turns = mentions().any(|m| m.range.start > first && m.range.start < last);
        if in_turns {
            return Vec::new();
        }
        add_named(mentions(), &mut found);
    }
    found
}

/// The sessions of the line that heads the list in which a name stands: « Module 2 : », then the names.
fn sessions_of_heading(mail: &Mail<'_>, name: &str) -> Vec<SessionId> {
    /// Lines of a list under one heading.
    const LINES_MAX: usize = 12;
    let cut = &mail.new;
    let mut found = Vec::new();
    let Some(own) = cut.names.iter().find(|n| people::same(&n.name, name)) else {
        return found;
    };
    let mut line = line_around(cut.text, own.range.start);
    for _ in 0..LINES_MAX {
        let Some(before) = line.start.checked_sub(1) else {
            break;
        };
        line = line_around(cut.text, before);
        let text = cut.text.get(line.clone()).unwrap_or_default().trim_end();
        let named = cut.mentions.iter().filter(|m| inside(&m.range, &line));
        if text.ends_with(':') {
            add_named(named, &mut found);
            break;
        }
        let is_item = text.is_empty() || cut.names.iter().any(|n| inside(&n.range, &line));
        if !is_item {
            break;
        }
    }
    found
}

/// The line of a text in which a byte stands.
fn line_around(text: &str, at: usize) -> std::ops::Range<usize> {
    let start = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let end = text
        .get(at..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |newline| at + newline);
    start..end
}

fn add_named<'m>(mentions: impl Iterator<Item = &'m Mention>, named: &mut Vec<SessionId>) {
    for mention in mentions {
        if let [only] = mention.sessions.as_slice()
            && !mention.negated
            && !named.contains(only)
        {
            named.push(only.clone());
        }
    }
}

/// « … celle du 15 ! Ah non, mettez-moi plutôt au premier »: the acts that the last one takes back, by
/// another session in their place.
pub(super) fn taken_back(mail: &Mail<'_>, register: &[Act]) -> Vec<usize> {
    let cut = &mail.new;
    let Some(last) = register.iter().map(|a| a.clause).max() else {
        return Vec::new();
    };
    let rather = cut.clauses.get(last).is_some_and(|clause| {
        clause.tokens.clone().any(|i| {
            matches!(
                cut.word(i),
                "plutot" | "finalement" | "instead" | "rather" | "actually"
            )
        })
    });
    let new = named_in(mail, &[last]);
    if !rather || new.is_empty() {
        return Vec::new();
    }
    let mut old = clauses(register);
    old.retain(|clause| {
        let named = named_in(mail, &[*clause]);
        *clause != last && named.iter().any(|id| !new.contains(id))
    });
    old
}

/// What else than the sessions entered the mail names: what is given up for them.
pub(super) fn given_up_for(mail: &Mail<'_>, entered: &Resolution) -> Vec<SessionId> {
    let told: Vec<usize> = mail
        .new
        .clauses
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.question || c.cues.any(&[Cue::Please, Cue::Registered]))
        .map(|(number, _)| number)
        .collect();
    let mut given_up = named_in(mail, &told);
    given_up.retain(|id| !entered.sessions.contains(id));
    given_up
}
