//! What one clause asks for or announces: deed, mood, and who does it.
//!
//! A cue is only a sign; here its clause decides what it means: negation turns « je viens » into a
//! withdrawal, the second person makes an invitation of it, a past participle makes it history, a
//! question without a polite form leaves it a question.

use std::ops::Range;

use super::clause::{Clause, Cut, inside};
use crate::core::lexicon::{Cue, Hit};

/// What is done to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A seat is wanted.
    Register,
    /// A seat is given up in so many words: cancel, withdraw, « rayer ».
    Quit,
    /// Somebody will not come; whether that gives up a seat, the rest of the mail tells.
    NotCome,
    /// A seat passes to another.
    Replace,
    /// A detail changes.
    Update,
    /// A registration stands as it is.
    Keep,
}

/// How firmly it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// As a request or announcement.
    Plain,
    /// As a wish: « j'aimerais participer ».
    Wish,
    /// On a condition that a human must answer.
    Conditional,
    /// With hesitation.
    Hedged,
    /// As a question.
    Asking,
}

/// Whose doing it is, by the grammar of the clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The writer alone.
    I,
    /// The writer and others, or an organisation.
    We,
    /// Others.
    Others,
    /// Not said.
    Unsaid,
}

/// One act.
#[derive(Debug, Clone)]
pub struct Act {
    /// What is done.
    pub deed: Deed,
    /// How firmly.
    pub mood: Mood,
    /// Who.
    pub who: Who,
    /// Index of its clause.
    pub clause: usize,
    /// The tokens that say so.
    pub tokens: Range<usize>,
    /// Said by a noun, a yes or a verb that alone is no request for a seat.
    pub weak: bool,
    /// The cue it rests on.
    pub cue: Cue,
    /// What it is about is named, and no session or word for one: « m'inscrire aux rattrapages ».
    pub foreign: bool,
}

/// Finds the acts of a text, in order; at most one of a deed a clause.
pub fn acts(cut: &Cut<'_>) -> Vec<Act> {
    let mut found: Vec<Act> = Vec::new();
    for (number, clause) in cut.clauses.iter().enumerate() {
        let mut here: Vec<Act> = Vec::new();
        for hit in &clause.hits {
            if is_quoted(cut, hit) {
                continue;
            }
            if let Some(act) = act(cut, number, clause, hit) {
                match here.iter_mut().find(|a| a.deed == act.deed) {
                    None => here.push(act),
                    Some(other) if other.weak && !act.weak => *other = act,
                    Some(other) if registers_another(cut, &act) => other.who = Who::Others,
                    Some(other) => {
                        other.tokens = other.tokens.start.min(act.tokens.start)
                            ..other.tokens.end.max(act.tokens.end);
                        if other.who == Who::Unsaid {
                            other.who = act.who;
                        }
                    }
                }
            }
        }
        if let Some(act) = arrow(cut, number, clause) {
            here.push(act);
        }
        settle(cut, clause, &mut here);
        found.append(&mut here);
    }
    found
}

/// « l'inscription de M. X », "the registration of X": another's, whoever asks for it.
fn registers_another(cut: &Cut<'_>, act: &Act) -> bool {
    let words: Vec<&str> = act.tokens.clone().map(|i| cut.word(i)).collect();
    act.cue == Cue::Enrol
        && act.who == Who::Others
        && words.iter().any(|w| is_seat_noun(w))
        && words
            .iter()
            .any(|w| matches!(*w, "de" | "d" | "pour" | "of" | "for"))
}

/// « LE TALLEC Corentin -> ZERBIB Hannah »: names on both sides.
fn arrow(cut: &Cut<'_>, number: usize, clause: &Clause) -> Option<Act> {
    let at = clause.arrow?;
    let place = cut.tokens.get(at)?.start;
    let left = cut.names_in(clause).any(|n| n.range.end <= place);
    let right = cut.names_in(clause).any(|n| n.range.start >= place);
    (left && right).then(|| Act {
        deed: Deed::Replace,
        mood: Mood::Plain,
        who: Who::Others,
        clause: number,
        tokens: clause.tokens.clone(),
        weak: false,
        cue: Cue::Replace,
        foreign: false,
    })
}

/// Words between quotation marks are another's: « le lien "je m'inscris" ».
fn is_quoted(cut: &Cut<'_>, hit: &Hit) -> bool {
    (hit.first..hit.end).all(|i| cut.tokens.get(i).is_some_and(|t| t.quoted))
}

/// One clause says one thing: what a stronger act contains is no act of its own.
fn settle(cut: &Cut<'_>, clause: &Clause, here: &mut Vec<Act>) {
    let has = |acts: &[Act], deed: Deed| acts.iter().any(|a| a.deed == deed);
    let firm_leave = here
        .iter()
        .any(|a| a.deed == Deed::Quit && !a.weak && a.mood != Mood::Hedged);
    let apart = here.iter().filter(|a| a.deed == Deed::Update).all(|u| {
        here.iter()
            .filter(|a| a.deed == Deed::Quit)
            .all(|q| u.tokens.end <= q.tokens.start || q.tokens.end <= u.tokens.start)
    });
    if firm_leave && apart {
        here.retain(|a| a.deed != Deed::Update);
    }
    if has(here, Deed::Update) && clause.cues.has(Cue::Update) {
        // « remplacer mon adresse par », « noter ma nouvelle adresse », « garder » in a clause of details
        here.retain(|a| a.deed == Deed::Update || a.deed == Deed::Keep);
    }
    if has(here, Deed::Replace) {
        here.retain(|a| matches!(a.deed, Deed::Replace | Deed::NotCome | Deed::Keep));
    }
    if has(here, Deed::Keep) {
        here.retain(|a| !matches!(a.deed, Deed::Register));
    }
    if has(here, Deed::Quit) || has(here, Deed::NotCome) {
        // « annuler ma participation », « je ne pourrai pas suivre »
        here.retain(|a| {
            a.deed != Deed::Register || a.cue == Cue::Enrol && !follows_quit(cut, clause, a)
        });
    }
}

/// « retirer X de la liste des participants »: no « et » parts the withdrawal from what follows it.
fn follows_quit(cut: &Cut<'_>, clause: &Clause, act: &Act) -> bool {
    clause
        .hits
        .iter()
        .filter(|h| matches!(h.cue, Cue::Quit | Cue::Cannot | Cue::QuitNoun))
        .any(|h| {
            let overlaps = act.tokens.start < h.end + 1 && h.first < act.tokens.end + 1;
            let joined = h.first < act.tokens.start
                && !(h.end..act.tokens.start)
                    .any(|i| matches!(cut.word(i), "et" | "and" | "mais" | "but" | "puis"));
            overlaps || joined
        })
}

fn act(cut: &Cut<'_>, number: usize, clause: &Clause, hit: &Hit) -> Option<Act> {
    let sentence = cut.sentence_cues(clause.sentence);
    let negated = is_negated(cut, clause, hit);
    let deed = match hit.cue {
        Cue::Yes if super::gates::is_done(cut, clause) => return None,
        Cue::Enrol | Cue::EnrolNoun | Cue::Come | Cue::Yes => {
            if blocked(cut, clause, hit) {
                return None;
            }
            match (hit.cue, negated) {
                (Cue::Enrol, true) => Deed::NotCome,
                (Cue::Come, true) => Deed::NotCome,
                (Cue::EnrolNoun | Cue::Yes, true) => return None,
                _ => Deed::Register,
            }
        }
        Cue::Switch => {
            let spoken = clause.cues.any(&[Cue::Please, Cue::Volition, Cue::First]);
            if !spoken || cut.mentions_in(clause).next().is_none() {
                return None;
            }
            Deed::Register
        }
        Cue::Quit | Cue::QuitNoun
            if clause.cues.has(Cue::Matter)
                && !(clause.tokens.clone()).any(|i| is_seat_noun(cut.word(i))) =>
        {
            // « annuler la facture »
            return None;
        }
        Cue::Quit => {
            if negated && !is_phrase_of_absence(cut, hit) {
                Deed::Keep
            } else if before_is(cut, hit, &["pour", "to", "pouvoir"])
                && !clause.cues.any(&[Cue::First, Cue::Please, Cue::Volition])
            {
                return None;
            } else {
                Deed::Quit
            }
        }
        Cue::QuitNoun => Deed::Quit,
        Cue::Cannot => {
            if is_about_things(cut, clause, hit) {
                return None;
            }
            Deed::NotCome
        }
        Cue::Replace if is_denied(cut, clause, hit) => return None,
        Cue::Replace => Deed::Replace,
        // « il sera remplacé par X (adresse) »: people, no detail
        Cue::Update if cut.word(hit.first).starts_with("remplac") && names_someone(cut, hit) => {
            return None;
        }
        Cue::Update => Deed::Update,
        Cue::Keep => Deed::Keep,
        _ => return None,
    };
    if sentence.has(Cue::Newsletter)
        && matches!(deed, Deed::Quit | Deed::Register)
        && cut.mentions_in(clause).next().is_none()
    {
        return None;
    }
    let who = who(cut, clause, hit);
    if who == Who::Unsaid && second_person(cut, clause, hit) {
        return None;
    }
    let weak = matches!(
        hit.cue,
        Cue::EnrolNoun | Cue::Yes | Cue::QuitNoun | Cue::Cannot
    ) || hit.cue == Cue::Come && who == Who::Unsaid
        || hit.cue == Cue::Come && !is_about_session(cut, clause, hit);
    Some(Act {
        deed,
        mood: mood(cut, number, clause, hit, deed),
        who,
        clause: number,
        tokens: hit.first..hit.end,
        weak,
        cue: hit.cue,
        foreign: matches!(deed, Deed::Register)
            && hit.cue != Cue::Yes
            && is_foreign(cut, clause, hit),
    })
}

/// « la salle est prise », "the room is unavailable": a state that no person is said to be in.
fn is_about_things(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let state = matches!(
        cut.word(hit.first),
        "est" | "sera" | "sont" | "is" | "are" | "not" | "etant" | "unavailable"
    );
    state && {
        let person = (clause.tokens.start..hit.first)
            .any(|i| is_subject(cut.word(i)) && cut.word(i) != "qui" || is_colleague(cut.word(i)));
        !person && cut.names_in(clause).next().is_none()
    }
}

/// Words of absence hold their own negation: « ne m'attendez pas », "won't need my place".
fn is_phrase_of_absence(cut: &Cut<'_>, hit: &Hit) -> bool {
    (hit.first..hit.end).any(|i| {
        matches!(
            cut.word(i),
            "sur"
                | "attend"
                | "attendez"
                | "attends"
                | "attendre"
                | "expect"
                | "jamais"
                | "t"
                | "longer"
                | "plus"
                | "not"
        )
    })
}

fn names_someone(cut: &Cut<'_>, hit: &Hit) -> bool {
    let bytes = cut.bytes(hit.first..hit.end);
    cut.names.iter().any(|n| n.full && inside(&n.range, &bytes))
}

/// « je ne le remplace pas », "I'm not replacing him": nobody enters.
///
/// « renoncer à ma place » gives it up to nobody.
fn is_denied(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let before = hit.first.checked_sub(1).map_or("", |i| cut.word(i));
    before.starts_with("renonc")
        || cut.word(hit.first) == "s" && clause.cues.has(Cue::Quit)
        || clause
            .hits
            .iter()
            .filter(|h| h.cue == Cue::Not)
            .any(|not| not.first + 1 == hit.first || not.first == hit.end)
}

fn before_is(cut: &Cut<'_>, hit: &Hit, words: &[&str]) -> bool {
    hit.first
        .checked_sub(1)
        .is_some_and(|i| words.contains(&cut.word(i)))
}

/// "Thanks for confirming my place": it is done already.
fn is_thanked_for(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    (hit.first.saturating_sub(2).max(clause.tokens.start)..hit.first).any(|i| {
        matches!(cut.word(i), "for" | "pour")
            && i.checked_sub(1).is_some_and(|b| {
                let word = cut.word(b);
                word == "merci"
                    || word.starts_with("thank")
                    || word == "you"
                    || word.starts_with("remerci")
            })
    })
}

/// A sign of registering that is none: a state, history, others' event, instructions, « venir de ».
fn blocked(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let touches = |cue: Cue| {
        clause
            .hits
            .iter()
            .any(|h| h.cue == cue && h.first < hit.end && hit.first < h.end)
    };
    let verb = cut.word(hit.first);
    let next = cut.word(hit.end);
    let before = hit.first.checked_sub(1).map_or("", |i| cut.word(i));
    let standing = matches!(verb, "mon" | "ma" | "notre" | "nos" | "my" | "our")
        && matches!(
            before,
            "pour"
                | "concernant"
                | "sur"
                | "de"
                | "apres"
                | "depuis"
                | "suite"
                | "for"
                | "about"
                | "regarding"
        )
        && is_seat_noun(cut.word(hit.first + 1));
    touches(Cue::Registered)
        || hit.cue == Cue::Enrol && is_thanked_for(cut, clause, hit)
        || standing
        || hit.cue == Cue::Enrol && is_adjective(cut, hit)
        || hit.cue == Cue::EnrolNoun && hit.first > clause.tokens.start + 1
        || hit.cue == Cue::EnrolNoun && clause.cues.any(&[Cue::Reason, Cue::Registered])
        || touches(Cue::OthersEnrol)
        || touches(Cue::Foreign) && hit.cue == Cue::Come
        || clause.cues.has(Cue::HowTo)
        || clause.cues.has(Cue::Matter)
            && hit.cue != Cue::Come
            && cut.mentions_in(clause).next().is_none()
            && !clause.cues.has(Cue::EnrolNoun)
        || clause.cues.has(Cue::Role) && hit.cue == Cue::Come
        || clause.cues.has(Cue::ForInformation) && hit.cue == Cue::Come
        || hit.cue == Cue::Come && is_past(cut, clause, hit)
        || hit.cue == Cue::Come
            && matches!(verb, "vien" | "viens" | "vient" | "venons" | "viennent")
            && matches!(next, "de" | "d" | "du")
        || hit.cue == Cue::Come && matches!(verb, "suivre") && {
            let before = hit.first.checked_sub(1).map_or("", |i| cut.word(i));
            before.starts_with("fai") || before.starts_with("fer")
        }
        || hit.cue == Cue::Enrol && is_past(cut, clause, hit)
}

/// « inscrite à Pôle emploi », « les personnes inscrites »: a state, though no verb says so.
fn is_adjective(cut: &Cut<'_>, hit: &Hit) -> bool {
    let verb = (hit.first..hit.end).find(|i| cut.word(*i).starts_with("inscrit"));
    verb.is_some_and(|verb| {
        let before = verb.checked_sub(1).map_or("", |b| cut.word(b));
        let stands = matches!(
            before,
            "est" | "sont" | "suis" | "sommes" | "etre" | "ete" | "bien" | "deja"
        );
        let takes = matches!(
            cut.word(verb + 1),
            "les"
                | "ses"
                | "son"
                | "sa"
                | "leur"
                | "leurs"
                | "trois"
                | "deux"
                | "quatre"
                | "toute"
                | "tous"
                | "ces"
        );
        !matches!(before, "s" | "m" | "nous" | "j" | "je")
            && !matches!(cut.word(verb + 1), "moi" | "nous" | "le" | "la")
            && (stands || !takes)
    })
}

/// A participle after its auxiliary, or a past tense: history, not a request.
fn is_past(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let first = cut.word(hit.first);
    let auxiliary = (hit.first.saturating_sub(3).max(clause.tokens.start)..hit.first).any(|i| {
        matches!(
            cut.word(i),
            "ai" | "avons"
                | "avais"
                | "avait"
                | "avions"
                | "ont"
                | "avaient"
                | "have"
                | "had"
                | "has"
                | "ve"
                | "couldn"
                | "didn"
                | "was"
                | "were"
        )
    });
    let english_wish = (hit.first.saturating_sub(3).max(clause.tokens.start)..hit.first)
        .any(|i| matches!(cut.word(i), "to" | "like" | "love"));
    if auxiliary && !english_wish {
        // « je n'ai pas pu participer », « j'ai suivi », « j'ai participé »
        let infinitive_of_duty = (hit.first.saturating_sub(2).max(clause.tokens.start)..hit.first)
            .any(|i| matches!(cut.word(i), "a" | "envie" | "hate" | "besoin"));
        return !infinitive_of_duty;
    }
    matches!(first, "attended" | "came" | "joined" | "participated")
        || clause.cues.has(Cue::Past) && hit.cue == Cue::Come
}

/// Looks for a negation whose scope is the hit.
fn is_negated(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    /// How far a negation reaches to the verb after it, and how far it may follow it.
    const REACH: usize = 5;
    const AFTER: usize = 3;
    let from = hit.first.saturating_sub(REACH).max(clause.tokens.start);
    let to = (hit.end + AFTER).min(clause.tokens.end);
    for not in clause.hits.iter().filter(|h| h.cue == Cue::Not) {
        if not.first < from || not.first >= to {
            continue;
        }
        match cut.word(not.first) {
            "sans" | "ni" | "without" | "non" | "no" => continue,
            "plus" => {
                let ne = (not.first.saturating_sub(REACH).max(clause.tokens.start)..not.first)
                    .any(|i| matches!(cut.word(i), "ne" | "n"));
                if !ne {
                    continue;
                }
            }
            "pas" if matches!(cut.word(not.first + 1), "de" | "d") && not.first >= hit.end => {
                continue;
            }
            "pas" if not.first < hit.first && hesitates(cut, clause, not.first) => continue,
            "can" | "won" | "don" | "not" | "cannot" if not.first >= hit.end => continue,
            _ => {}
        }
        // « n'hésitez pas à m'inscrire », « je ne sais pas si », "don't hesitate to add me"
        let between = cut.bytes(not.first..hit.first.max(not.first));
        let hesitation = clause
            .hits
            .iter()
            .any(|h| matches!(h.cue, Cue::Hedge) && h.first <= not.first && h.end > not.first);
        if hesitation
            || cut
                .text
                .get(between)
                .is_some_and(|t| t.contains("hesitate") || t.contains("mind"))
        {
            continue;
        }
        return true;
    }
    false
}

fn hesitates(cut: &Cut<'_>, clause: &Clause, pas: usize) -> bool {
    (pas.saturating_sub(2).max(clause.tokens.start)..pas).any(|i| {
        let word = cut.word(i);
        word.starts_with("hesit")
            || word.starts_with("oubli")
            || word.starts_with("manqu")
            || word == "sais"
    })
}

/// Says whether what follows « à », « pour », "for" is neither a session, a date, a place nor a word for
/// a session.
fn is_foreign(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    /// A determiner and an adjective may stand before the noun.
    const AHEAD: usize = 3;
    if cut.mentions_in(clause).next().is_some()
        || clause.tokens.clone().any(|i| is_session_noun(cut.word(i)))
    {
        return false;
    }
    let at = hit.end;
    if !matches!(cut.word(at), "a" | "au" | "aux" | "to" | "for" | "in") || at >= clause.tokens.end
    {
        return false;
    }
    let noun = (at + 1..(at + 1 + AHEAD).min(clause.tokens.end)).find(|i| {
        !matches!(
            cut.word(*i),
            "la" | "le"
                | "les"
                | "l"
                | "the"
                | "votre"
                | "vos"
                | "your"
                | "cette"
                | "ce"
                | "this"
                | "un"
                | "une"
                | "deux"
                | "trois"
                | "a"
                | "notre"
                | "prochaine"
                | "prochain"
                | "next"
        )
    });
    let Some(noun) = noun else {
        return false;
    };
    let word = cut.word(noun);
    let name = cut.tokens.get(noun).is_some_and(|t| {
        cut.names
            .iter()
            .any(|n| inside(&(t.start..t.end), &n.range))
    });
    let plain = [
        "liste",
        "place",
        "list",
        "titre",
        "nom",
        "name",
        "distance",
        "mon",
        "my",
        "part",
        "moi",
        "me",
        "us",
        "nous",
        "it",
        "that",
        "this",
        "celle",
        "suivant",
        "suivante",
        "following",
        "celui",
        "cela",
        "ca",
        "vous",
        "you",
        "bord",
        "attention",
        "nouveau",
        "partir",
        "tous",
        "toutes",
        "all",
        "both",
        "one",
    ];
    !name && !plain.contains(&word) && !word.starts_with(|c: char| c.is_ascii_digit())
}

/// A come-verb is about a session if its clause names one, or says so by itself.
fn is_about_session(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let said = (hit.first..hit.end.max(hit.first + 1)).any(|i| {
        matches!(
            cut.word(i),
            "y" | "votres"
                | "notres"
                | "vous"
                | "part"
                | "partie"
                | "presente"
                | "present"
                | "presents"
                | "presentes"
                | "there"
                | "in"
                | "participer"
                | "participerai"
                | "participe"
                | "participerons"
                | "participera"
                | "participeront"
                | "attend"
                | "attending"
                | "attends"
                | "assister"
                | "assistera"
                | "assisteront"
        )
    });
    let there = matches!(
        cut.word(hit.first),
        "serai" | "serons" | "sera" | "seront" | "serais" | "will" | "ll"
    ) && hit.end > hit.first + 1;
    said || there
        || cut.mentions_in(clause).next().is_some()
        || (clause.tokens.clone()).any(|i| is_session_noun(cut.word(i)))
}

/// What one gives up: a seat, by any of its names.
fn is_seat_noun(word: &str) -> bool {
    [
        "inscription",
        "participation",
        "place",
        "presence",
        "venue",
        "reservation",
        "registration",
        "booking",
        "seat",
        "attendance",
    ]
    .iter()
    .any(|noun| word.starts_with(noun))
        || is_session_noun(word)
}

/// Nouns for sessions in general.
pub fn is_session_noun(word: &str) -> bool {
    const STEMS: &[&str] = &[
        "formation",
        "stage",
        "atelier",
        "journee",
        "session",
        "seance",
        "webconf",
        "webinaire",
        "webinar",
        "visio",
        "conference",
        "module",
        "cours",
        "rencontre",
        "workshop",
        "course",
        "training",
        "seminar",
        "class",
        "event",
        "niveau",
        "level",
        "matinee",
        "reunion",
        "videoconf",
        "cycle",
        "programme",
        "evening",
        "morning",
        "afternoon",
        "soiree",
        "creneau",
        "date",
        "visite",
    ];
    word.len() > 3
        && word != "stagiaire"
        && word != "stagiaires"
        && STEMS
            .iter()
            .any(|s| word.strip_prefix(s).is_some_and(|rest| rest.len() <= 8))
}

/// Who the subject or object is.
fn who(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> Who {
    let bytes = cut.bytes(hit.first..hit.end);
    let named_inside = cut.names.iter().any(|n| inside(&n.range, &bytes));
    // inside the hit: « m'inscrire », "sign me up", « inscrivez-nous »
    if hit.cue == Cue::Enrol && is_transitive(cut, clause, hit) {
        return Who::Others;
    }
    let seen = (hit.first..hit.end)
        .filter(|i| {
            !(matches!(cut.word(*i), "le" | "la" | "les" | "l" | "s")
                || cut.english && cut.word(*i) == "on")
                || *i == hit.first && hit.cue == Cue::Enrol
        })
        .map(|i| pronoun_at(cut, i))
        .find(|who| *who != Who::Unsaid);
    if let Some(seen) = seen {
        let theirs = named_inside && hit.cue == Cue::Enrol && seen != Who::I;
        return if theirs { Who::Others } else { seen };
    }
    if named_inside || (hit.first..hit.end).any(|i| cut.word(i).starts_with("represent")) {
        return Who::Others;
    }
    // before it, nearest first
    for i in (clause.tokens.start..hit.first).rev() {
        let word = cut.word(i);
        let is_name = cut.tokens.get(i).is_some_and(|t| {
            cut.names
                .iter()
                .any(|n| inside(&(t.start..t.end), &n.range))
        });
        if is_name || is_colleague(word) {
            return Who::Others;
        }
        if is_impersonal(cut, i) || cut.english && word == "on" {
            continue;
        }
        if is_subject(word) {
            return pronoun(word);
        }
        if is_unknown_name(cut, clause, i) {
            return Who::Others;
        }
    }
    if hit.cue == Cue::Switch {
        return Who::I;
    }
    (hit.end..(hit.end + 4).min(clause.tokens.end))
        .find_map(|i| match cut.word(i) {
            "mon" | "ma" | "my" => Some(Who::I),
            "notre" | "nos" | "our" => Some(Who::We),
            _ => None,
        })
        .unwrap_or_else(|| {
            // « Participeront à la formation : … »
            let announces = cut
                .tokens
                .get(clause.tokens.end)
                .is_some_and(|t| t.before.colon || t.before.bullet);
            if announces && hit.cue == Cue::Come && hit.first <= clause.tokens.start + 1 {
                Who::Others
            } else {
                Who::Unsaid
            }
        })
}

/// « je souhaite inscrire X », « nous inscrivons », "register two people": the object is another.
fn is_transitive(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let Some(verb) = (hit.first..hit.end).find(|i| {
        let word = cut.word(*i);
        word.starts_with("inscri") && !word.starts_with("inscription")
            || word.starts_with("preinscri") && !word.starts_with("preinscription")
    }) else {
        return false;
    };
    let near = verb.saturating_sub(2).max(clause.tokens.start)..verb;
    let clitic = near
        .clone()
        .any(|i| matches!(cut.word(i), "m" | "me" | "s"))
        || near.clone().filter(|i| cut.word(*i) == "nous").count() > 0
            && (!cut.word(verb).ends_with("ons")
                || near.clone().filter(|i| cut.word(*i) == "nous").count() > 1);
    let imperative = matches!(cut.word(verb + 1), "moi" | "nous" | "y" | "me");
    let participle = cut.word(verb).starts_with("inscrit") && hit.end == verb + 1;
    !(clitic || imperative || participle)
}

/// « serait-il possible », « il faut »: nobody's « il ».
fn is_impersonal(cut: &Cut<'_>, at: usize) -> bool {
    let near = |word: &str| {
        matches!(
            word,
            "serait" | "est" | "sera" | "faut" | "faudra" | "faudrait" | "reste" | "semble" | "y"
        )
    };
    cut.word(at) == "il"
        && (near(cut.word(at + 1)) || at.checked_sub(1).is_some_and(|b| near(cut.word(b))))
}

/// A capital inside a clause on a word that the lexicon does not know: somebody, though not known as a
/// name (« Selin et Dieudonné ne pourront pas »).
fn is_unknown_name(cut: &Cut<'_>, clause: &Clause, at: usize) -> bool {
    cut.tokens.get(at).is_some_and(|t| {
        t.capital
            && t.folded.len() > 2
            && t.kind == super::tokens::Kind::Word
            && !crate::core::lexicon::lexicon().knows(&t.folded)
            && !cut
                .mentions
                .iter()
                .any(|m| inside(&(t.start..t.end), &m.range))
            && !is_session_noun(&t.folded)
            && !at.checked_sub(1).is_some_and(|b| {
                matches!(
                    cut.word(b),
                    "from" | "de" | "du" | "des" | "d" | "chez" | "a" | "au" | "at" | "of" | "in"
                ) || cut.tokens.get(b).is_some_and(|t| t.capital)
            })
            && !clause.cues.has(Cue::Greeting)
    })
}

/// « M. Masson » is no « m' ».
fn pronoun_at(cut: &Cut<'_>, at: usize) -> Who {
    let title = cut.word(at) == "m"
        && cut.tokens.get(at + 1).is_some_and(|t| {
            t.before.stop
                || t.capital && !t.before.joined && !cut.word(at + 1).starts_with("inscri")
        });
    if title {
        Who::Unsaid
    } else {
        pronoun(cut.word(at))
    }
}

fn pronoun(word: &str) -> Who {
    match word {
        "je" | "j" | "moi" | "me" | "m" | "i" | "myself" | "mon" | "ma" | "my" => Who::I,
        "nous" | "on" | "we" | "us" | "ourselves" | "our" | "notre" | "nos" => Who::We,
        "il" | "elle" | "ils" | "elles" | "he" | "she" | "they" | "him" | "her" | "them" | "le"
        | "la" | "les" | "l" | "qui" | "who" | "s" | "lui" | "sa" | "son" | "ses" | "leur"
        | "leurs" | "his" | "their" => Who::Others,
        _ => Who::Unsaid,
    }
}

fn is_subject(word: &str) -> bool {
    matches!(
        word,
        "je" | "j"
            | "moi"
            | "nous"
            | "on"
            | "i"
            | "we"
            | "us"
            | "il"
            | "elle"
            | "ils"
            | "elles"
            | "he"
            | "she"
            | "they"
            | "qui"
            | "who"
    )
}

/// Nouns for somebody of the writer's own house.
pub fn is_colleague(word: &str) -> bool {
    [
        "collegue",
        "colleague",
        "collaborat",
        "direct",
        "president",
        "stagiaire",
        "remplacant",
        "adjoint",
    ]
    .iter()
    .any(|stem| word.starts_with(stem))
}

/// « Participerais-tu », « vous venez », "will you join": others are spoken to.
fn second_person(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    if hit.cue != Cue::Come {
        return false;
    }
    let near =
        hit.first.saturating_sub(2).max(clause.tokens.start)..(hit.end + 1).min(clause.tokens.end);
    near.into_iter()
        .any(|i| matches!(cut.word(i), "tu" | "vous" | "you" | "te" | "toi"))
        && !(hit.first..hit.end)
            .any(|i| matches!(cut.word(i), "votres" | "parmi" | "avec" | "with"))
}

/// Says whether a clause sets a condition that only a human can settle.
pub fn is_firm_condition(clause: &Clause) -> bool {
    clause.cues.has(Cue::Condition) && !clause.cues.has(Cue::Harmless)
}

/// « est-ce trop tard ? Sinon merci de m'ajouter »: the confirmation answers what is asked, and what
/// follows is a plain request.
pub fn is_answered(cut: &Cut<'_>, number: usize) -> bool {
    let asks = |c: &Clause| c.question && c.cues.any(&[Cue::Late, Cue::Still]);
    let requests = cut
        .clauses
        .get(number)
        .is_some_and(|c| c.cues.has(Cue::Please) || c.cues.has(Cue::Enrol));
    requests
        && number
            .checked_sub(1)
            .and_then(|before| cut.clauses.get(before))
            .is_some_and(asks)
}

/// A condition governs the clause after it; at the end of its sentence, the clauses before.
fn governed(cut: &Cut<'_>, number: usize) -> bool {
    let Some(sentence) = cut.clauses.get(number).map(|c| c.sentence) else {
        return false;
    };
    let in_sentence = |n: usize| cut.clauses.get(n).filter(|c| c.sentence == sentence);
    let before = number.checked_sub(1).and_then(in_sentence);
    if before.is_some_and(is_firm_condition) {
        return true;
    }
    in_sentence(number + 1).is_some_and(is_firm_condition) && in_sentence(number + 2).is_none()
}

fn mood(cut: &Cut<'_>, number: usize, clause: &Clause, hit: &Hit, deed: Deed) -> Mood {
    let has = |cue: Cue| clause.cues.has(cue);
    let otherwise = has(Cue::Otherwise) && !is_answered(cut, number);
    if is_firm_condition(clause) || governed(cut, number) || otherwise {
        return Mood::Conditional;
    }
    if has(Cue::Hedge) && deed != Deed::Update && deed != Deed::Keep {
        return Mood::Hedged;
    }
    if clause.question && !has(Cue::Please) {
        if deed == Deed::Replace {
            return Mood::Plain;
        }
        let told = hit.cue == Cue::Enrol && (has(Cue::Volition) || has(Cue::First));
        let replaced = deed == Deed::Replace || deed == Deed::Quit || deed == Deed::Update;
        if !(told || replaced) || has(Cue::Asks) || has(Cue::Eligibility) {
            return Mood::Asking;
        }
    }
    let wish = (hit.first.saturating_sub(6).max(clause.tokens.start)..hit.first).any(|i| {
        let word = cut.word(i);
        word.starts_with("souhait")
            || word.starts_with("voudr")
            || word.starts_with("aimer")
            || matches!(word, "like" | "love" | "interested" | "hoping")
    });
    if wish { Mood::Wish } else { Mood::Plain }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn deeds(text: &str) -> Vec<Deed> {
        let cut = Cut::new(text, Vec::new(), Vec::new());
        acts(&cut)
            .into_iter()
            .filter(|a| !matches!(a.mood, Mood::Asking | Mood::Hedged))
            .map(|a| a.deed)
            .collect()
    }

    #[test]
    fn registers_in_many_phrasings() {
        for text in [
            "Merci de bien vouloir m'inscrire à la formation.",
            "Pourriez-vous m'inscrire à la journée ?",
            "Je serai des vôtres.",
            "Comptez sur moi pour la visio.",
            "tu peux me rajouter pour le 17 ?",
            "Je souhaite participer à la formation.",
            "Nous serons présents à la journée.",
            "Je vous confirme ma participation à la webconférence.",
            "VEUILLEZ NOTER MA PARTICIPATION A LA VISIO CONFERENCE",
            "je m'inscris",
            "Merci de nous compter parmi vous",
            "J'y serai.",
            "Je voudrais une place pour le stage.",
            "Merci de me réserver une place.",
            "Je prends une place.",
            "inscrivez-moi",
            "ok pour moi",
            "Je suis preneuse !",
            "Please sign me up for the workshop.",
            "Count me in!",
            "I'd like to take part in your webinar.",
            "Could you put me down for the session?",
            "I would like to register for the course.",
            "I'll be there.",
            "Please book me a place on the course",
            "Please reserve two places",
        ] {
            assert_eq!(deeds(text), [Deed::Register], "{text}");
        }
    }

    #[test]
    fn withdraws_in_many_phrasings() {
        for text in [
            "Je dois malheureusement annuler pour mardi.",
            "Merci d'annuler mon inscription.",
            "je ne pourrai finalement pas venir.",
            "Je ne participerai pas à la journée évaluation",
            "tu peux me rayer pour le 3",
            "je renonce",
            "Tu peux donner ma place !",
            "Je dois me désister.",
            "I'm afraid I can't make it to the workshop after all.",
            "I have to withdraw from the webconference",
            "Please cancel my registration.",
            "Unfortunately I won't be able to attend the course.",
            "ne m'attendez pas",
            "Je suis dans l'impossibilité de participer à la journée.",
        ] {
            let found = deeds(text);
            assert!(
                !found.is_empty()
                    && found
                        .iter()
                        .all(|d| matches!(d, Deed::Quit | Deed::NotCome)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn leaves_what_is_no_request() {
        for text in [
            "Comment fait-on pour s'inscrire ?",
            "Est-ce que je suis bien inscrite ?",
            "Je me suis inscrite la semaine dernière.",
            "N'hésitez pas à vous inscrire.",
            "Inscrivez-vous avant le 22 !",
            "merci de me désinscrire de votre liste de diffusion",
            "Participerais-tu aussi à la table ronde ?",
            "Je n'ai pas pu participer hier.",
            "C'est inscrit dans l'agenda.",
            "Reste-t-il des places ?",
            "How do I register?",
            "Merci pour la confirmation !",
        ] {
            assert_eq!(deeds(text), [], "{text}");
        }
    }
}
