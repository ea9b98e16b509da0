//! What must be explained before a robot may act: every name, every number of people, every session.
//!
//! A request may be plain and yet only half understood. Each gate counts what the mail says against
//! what would be done; a remainder is a doubt, never a guess. Gates only ever add doubts.

use super::acts::{Deed, Mood, Who, is_session_noun};
use super::clause::{Clause, Cut, inside};
use super::compose::{Meaning, names_a_session};
use super::mail::Mail;
use super::names::NameFound;
use super::participants::same;
use super::people::{Is, is};
use super::session::Way;
use super::tokens::Kind;
use super::{Doubt, Intent};
use crate::core::lexicon::Cue;

/// Adds the doubts of what stays unexplained.
pub fn gates(mail: &Mail<'_>, meaning: &Meaning, doubts: &mut Vec<Doubt>) {
    if !matches!(
        meaning.intent,
        Intent::Register | Intent::Cancel | Intent::Replace
    ) {
        return;
    }
    if has_stranger(mail, meaning) {
        doubts.push(Doubt::Unexplained);
    }
    if has_structure(mail, meaning) {
        doubts.push(Doubt::PersonUnclear);
    }
    if sessions_left(mail, meaning) {
        doubts.push(Doubt::Unexplained);
    }
    if meaning.intent == Intent::Replace && meaning.people.list.len() > meaning.leaving.list.len() {
        // two for one seat
        doubts.push(Doubt::PersonUnclear);
    }
    if meaning.intent == Intent::Register {
        if is_interleaved(mail, meaning) {
            doubts.push(Doubt::SessionUnclear);
        }
        if miscounts(mail, meaning) || has_companion(mail, meaning) {
            doubts.push(Doubt::PersonUnclear);
        }
        if numbers_left(mail, meaning) || days_left(mail, meaning) || speaks_of_all(mail, meaning) {
            doubts.push(Doubt::SessionUnclear);
        }
        let alone = mail.new.all_cues().has(Cue::Retract)
            && mail
                .new
                .tokens
                .iter()
                .any(|t| matches!(t.folded.as_str(), "seul" | "seule" | "alone"));
        if alone {
            // « finalement X sera en déplacement, je viendrai seule »
            doubts.push(Doubt::Unexplained);
        }
        let hangs = meaning.all.iter().any(|a| {
            matches!(a.deed, Deed::Register | Deed::NotCome) && a.mood == Mood::Conditional
        });
        if hangs {
            doubts.push(Doubt::Conditional);
        }
    }
}

/// Somebody who would take part may be a structure: it stands in brackets right behind a person, or
/// right after the word for one (« GAL Collines de … »).
fn has_structure(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    const STRUCTURES: [&str; 12] = [
        "gal",
        "asso",
        "association",
        "cc",
        "mairie",
        "parc",
        "club",
        "syndicat",
        "scop",
        "trust",
        "council",
        "society",
    ];
    let cut = &mail.new;
    let takes_part = |name: &NameFound| {
        let people = meaning.people.list.iter();
        people.clone().any(|p| same(&name.name, &p.person.name))
    };
    cut.names
        .iter()
        .filter(|name| takes_part(name))
        .any(|name| {
            let before = cut.text.get(..name.range.start).unwrap_or_default();
            let before = before.trim_end();
            let behind = before.strip_suffix('(').map(str::trim_end);
            let bracketed =
                behind.is_some_and(|b| cut.names.iter().any(|n| n.range.end == b.len()));
            let last = before.rsplit(|c: char| !c.is_alphanumeric()).next();
            let word = last.map(crate::core::person::fold).unwrap_or_default();
            bracketed || STRUCTURES.contains(&word.as_str())
        })
}

/// A greeting, a closing, a line of thanks: names there take no part.
fn is_frame(clause: &Clause) -> bool {
    /// Longer clauses hold more than the frame.
    const FRAME_TOKENS: usize = 6;
    clause.cues.any(&[Cue::Greeting, Cue::Closing, Cue::Thanks])
        && clause.tokens.len() <= FRAME_TOKENS
}

/// A clause of history, or of what stands as it is.
fn is_settled(clause: &Clause) -> bool {
    clause.cues.any(&[Cue::Past, Cue::Registered, Cue::Keep])
}

/// Words before a name that keep it out of the act: « par X », « de la part de X », « avec X » of a
/// session once attended.
fn is_led_away(cut: &Cut<'_>, at: usize) -> bool {
    let index = cut.tokens.partition_point(|t| t.start < at);
    let before = |back: usize| index.checked_sub(back).map_or("", |i| cut.word(i));
    matches!(
        before(1),
        "par"
            | "by"
            | "chez"
            | "aupres"
            | "from"
            | "cf"
            | "bonjour"
            | "cher"
            | "chere"
            | "dear"
            | "merci"
    ) || matches!(
        (before(2), before(1)),
        ("part", "de" | "d") | ("thanks", "to")
    )
}

/// « X m'a parlé de », "X told me": somebody who only told of it.
fn is_source(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.tokens.clone().any(|i| {
        let word = cut.word(i);
        [
            "parle",
            "transmis",
            "conseill",
            "recommand",
            "transfer",
            "signale",
            "forwarded",
            "suggested",
            "mentioned",
            "told",
        ]
        .iter()
        .any(|stem| word.starts_with(stem))
    })
}

/// Where the writer's own lines at the end begin: the last clause that closes or bears their name.
fn own_lines(mail: &Mail<'_>, meaning: &Meaning) -> usize {
    let cut = &mail.new;
    let acting = meaning
        .all
        .iter()
        .map(|a| a.clause)
        .filter(|c| *c != usize::MAX);
    let last_act = acting.max().unwrap_or(0);
    cut.clauses
        .iter()
        .enumerate()
        .skip(last_act + 1)
        .find(|(_, c)| {
            let listed = cut
                .tokens
                .get(c.tokens.start)
                .is_some_and(|t| t.before.colon);
            !c.bullet
                && !listed
                && (is_frame(c) || cut.names_in(c).any(|n| same(&n.name, &mail.sender.name)))
        })
        .map_or(cut.clauses.len(), |(number, _)| number)
}

/// A name below the writer's own: a body's, or a place's, with neither an address nor a given name
/// before it; or a given name that signs.
fn is_body(cut: &Cut<'_>, clause: &Clause, found: &NameFound) -> bool {
    if !found.full {
        return !clause.bullet;
    }
    let text = cut.text.get(found.range.clone()).unwrap_or_default();
    let given = crate::core::person::fold(text)
        .split([' ', '-'])
        .next()
        .is_some_and(|first| is(first, Is::Given));
    let address = clause
        .tokens
        .clone()
        .any(|i| cut.tokens.get(i).is_some_and(|t| t.kind == Kind::Email));
    !given && !address && found.title.is_none()
}

/// A given name alone that is called or signed: « Count me in Morag », « Nadège » on a line of its own.
fn is_called(mail: &Mail<'_>, meaning: &Meaning, clause: &Clause, found: &NameFound) -> bool {
    let cut = &mail.new;
    if found.full || found.title.is_some() {
        return false;
    }
    let first = cut.tokens.partition_point(|t| t.start < found.range.start);
    let after = cut.tokens.partition_point(|t| t.start < found.range.end);
    let before = first.checked_sub(1).map_or("", |i| cut.word(i));
    if clause.tokens == (first..after) {
        return !clause.bullet;
    }
    let joined = is(before, Is::PersonLead) || is(before, Is::Function) || is(before, Is::Particle);
    let state = matches!(cut.word(after), "est" | "is" | "etait" | "was")
        && !clause.cues.any(&[Cue::Cannot, Cue::Quit, Cue::Replace]);
    let own = meaning.acts.iter().all(|a| a.who == Who::I) && meaning.intent == Intent::Register;
    let comma = cut.tokens.get(after).is_some_and(|t| t.before.comma);
    state
        || own && comma && !joined
        || own && first > clause.tokens.start && after == clause.tokens.end && !joined
}

/// Says whether a name in the new text belongs to nobody who enters, leaves, writes or is ours.
fn has_stranger(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let known = |name: &str| {
        mail.is_ours(name)
            || same(name, &mail.sender.name)
            || mail.header_name.as_deref().is_some_and(|h| same(name, h))
            || meaning
                .people
                .list
                .iter()
                .chain(&meaning.leaving.list)
                .any(|p| same(name, &p.person.name))
    };
    let own = own_lines(mail, meaning);
    cut.clauses.iter().enumerate().any(|(number, clause)| {
        let label = is(cut.word(clause.tokens.start), Is::LabelStructure)
            && cut
                .tokens
                .get(clause.tokens.start + 1)
                .or_else(|| cut.tokens.get(clause.tokens.end))
                .is_some_and(|t| t.before.colon);
        // « Club : … » may be cut at its colon
        let labelled = number
            .checked_sub(1)
            .and_then(|b| cut.clauses.get(b))
            .is_some_and(|b| {
                b.tokens.len() == 1 && is(cut.word(b.tokens.start), Is::LabelStructure)
            });
        !is_frame(clause)
            && !label
            && !labelled
            && !is_settled(clause)
            && !is_done(cut, clause)
            && !is_source(cut, clause)
            && cut.names_in(clause).any(|n| {
                let body = number >= own && is_body(cut, clause, n);
                // « JE M INSCRIS »: no « M. Inscris »
                let said = !n.full && crate::core::person::fold(&n.name).contains(" inscri");
                if body || said || is_called(mail, meaning, clause, n) {
                    return false;
                }
                let title = cut.mentions.iter().any(|m| inside(&n.range, &m.range));
                !title && !known(&n.name) && !is_led_away(cut, n.range.start)
            })
    })
}

/// « Nine et moi », « avec Nine »: a capital joined to the writer that no participant's name holds.
fn has_companion(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let me = |i: usize| matches!(cut.word(i), "moi" | "i" | "me" | "myself");
    let and = |i: usize| matches!(cut.word(i), "et" | "and");
    let back = |i: usize, n: usize| i.checked_sub(n);
    let own = own_lines(mail, meaning);
    cut.clauses
        .iter()
        .take(own)
        .filter(|c| !is_frame(c) && !is_done(cut, c) && !is_source(cut, c))
        .flat_map(|c| c.tokens.clone())
        .any(|i| {
            let Some(token) = cut.tokens.get(i) else {
                return false;
            };
            let joined = matches!(cut.word(i + 1), "too" | "aussi" | "egalement")
                || and(i + 1) && me(i + 2)
                || back(i, 1).is_some_and(and) && back(i, 2).is_some_and(me)
                || back(i, 1).is_some_and(|b| matches!(cut.word(b), "avec" | "with"));
            joined
                && token.capital
                && token.kind == Kind::Word
                && !is(&token.folded, Is::Title)
                && !is_session_noun(&token.folded)
                && !is(&token.folded, Is::Structure)
                && !cut
                    .mentions
                    .iter()
                    .any(|m| inside(&(token.start..token.end), &m.range))
                && !meaning.people.list.iter().any(|p| {
                    crate::core::person::fold(&p.person.name)
                        .split([' ', '-', '\'', '’'])
                        .any(|word| word == token.folded)
                })
        })
}

/// « moi à la webconférence et Nine au stage »: several people and several sessions in turns, and who
/// goes where was not understood.
fn is_interleaved(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    if meaning.people.list.len() < 2 || meaning.sessions.sessions.len() < 2 {
        return false;
    }
    let parted = super::compose::assigned(mail, meaning)
        .iter()
        .any(|p| !p.sessions.is_empty());
    if parted {
        return false;
    }
    let cut = &mail.new;
    let own = own_lines(mail, meaning);
    let mut places: Vec<(usize, bool)> = Vec::new();
    for clause in cut.clauses.iter().take(own).filter(|c| !is_frame(c)) {
        places.extend(cut.names_in(clause).map(|n| (n.range.start, true)));
        places.extend(
            cut.mentions
                .iter()
                .filter(|m| inside(&m.range, &clause.range) && !m.sessions.is_empty())
                .map(|m| (m.range.start, false)),
        );
        places.extend(clause.tokens.clone().filter_map(|i| {
            let token = cut.tokens.get(i)?;
            (token.folded == "moi" || token.folded == "me").then_some((token.start, true))
        }));
    }
    places.sort_unstable();
    let turns = places
        .windows(2)
        .filter(|pair| matches!(pair, [(_, a), (_, b)] if a != b))
        .count();
    turns > 2
}

/// Numbers that may count people.
fn number(word: &str) -> Option<usize> {
    match word {
        "deux" | "two" => Some(2),
        "trois" | "three" => Some(3),
        "quatre" | "four" => Some(4),
        "cinq" | "five" => Some(5),
        "six" => Some(6),
        "sept" | "seven" => Some(7),
        "huit" | "eight" => Some(8),
        word => word.parse().ok().filter(|n| (2..=20).contains(n)),
    }
}

fn counts_people(word: &str) -> bool {
    [
        "personne",
        "inscription",
        "agent",
        "collegue",
        "participant",
        "place",
        "stagiaire",
        "people",
        "person",
        "colleague",
        "seat",
        "spot",
        "booking",
        "registration",
        "salarie",
        "benevole",
        "animat",
        "crew",
        "staff",
        "volunteer",
        "attendee",
        "member",
        "membre",
    ]
    .iter()
    .any(|stem| word.starts_with(stem))
}

/// How many people each statement counts.
fn stated(cut: &Cut<'_>, clause: &Clause) -> Vec<usize> {
    clause
        .tokens
        .clone()
        .filter_map(|i| {
            let count = number(cut.word(i))?;
            let before = i.checked_sub(1).map_or("", |b| cut.word(b));
            let (next, after) = (cut.word(i + 1), cut.word(i + 2));
            let in_mention = cut.tokens.get(i).is_some_and(|t| {
                cut.mentions
                    .iter()
                    .any(|m| inside(&(t.start..t.end), &m.range))
            });
            let thing = is_session_noun(next)
                || next.starts_with("heure")
                || next.starts_with("jour")
                || next.starts_with("hour")
                || next.starts_with("day");
            let people = counts_people(next)
                || counts_people(after) && !matches!(before, "les" | "aux")
                || next == "of" && matches!(after, "us" | "my" | "our" | "them")
                || next == "de" && matches!(after, "mes" | "nos" | "notre")
                || matches!(
                    before,
                    "serons" | "sommes" | "viendrons" | "serions" | "re" | "nos" | "our"
                )
                || before == "est" && i.checked_sub(2).is_some_and(|b| cut.word(b) == "on");
            (people && !thing && !in_mention).then_some(count)
        })
        .collect()
}

/// Says whether the mail counts other than it names.
fn miscounts(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let named = meaning.people.list.len();
    let adds = meaning
        .acts
        .iter()
        .flat_map(|a| a.tokens.clone())
        .any(|i| cut.word(i).contains("ajout") || cut.word(i) == "add");
    if adds {
        // counted with those who have a seat already
        return false;
    }
    let pairs = named.max(1) * meaning.sessions.sessions.len().max(1);
    cut.clauses
        .iter()
        .filter(|c| !is_settled(c) && !is_frame(c))
        .flat_map(|c| stated(cut, c))
        .any(|count| count != named && count != pairs)
}

/// Says whether a session is named, and not as past, refused or left out, that nothing is done about.
fn sessions_left(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let done = |m: &super::session::Mention| {
        m.sessions.iter().any(|id| {
            meaning.sessions.sessions.contains(id)
                || meaning.sessions.candidates.contains(id)
                || meaning.given_up.contains(id)
        })
    };
    let acting = |number: usize| {
        meaning
            .all
            .iter()
            .any(|a| a.clause == number && !meaning.acts.iter().any(|m| m.clause == number))
    };
    let own = own_lines(mail, meaning);
    // « pour la visio, en revanche, je suis toujours partant » beside a withdrawal
    let kept = |clause: &Clause| {
        meaning.intent != Intent::Register && cut.sentence_cues(clause.sentence).has(Cue::Keep)
    };
    cut.clauses.iter().enumerate().any(|(number, clause)| {
        number < own
            && !is_settled(clause)
            && !kept(clause)
            && !clause.question
            && !clause.cues.any(&[Cue::NotMe, Cue::Foreign, Cue::Matter])
            && !is_done(cut, clause)
            && !acting(number)
            && cut.mentions_in(clause).any(|m| {
                !m.negated
                    && !m.sessions.is_empty()
                    && m.ways
                        .iter()
                        .any(|w| !matches!(w, Way::Series | Way::Format))
                    && (names_a_session(m) || m.ways.contains(&Way::Date))
                    && !done(m)
            })
    })
}

/// « j'ai fait le module 1 », "I did part one".
pub fn is_done(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.tokens.clone().any(|i| {
        matches!(
            cut.word(i),
            "ai" | "jai"
                | "avons"
                | "avais"
                | "avions"
                | "did"
                | "have"
                | "ve"
                | "had"
                | "has"
                | "a"
                | "aurait"
                | "aurais"
        ) && (i + 1..i + 4).any(|j| {
            let word = cut.word(j);
            [
                "rate", "loupe", "manque", "tente", "missed", "suivi", "fait", "particip",
                "assist", "attended", "done", "taken",
            ]
            .iter()
            .any(|stem| word.starts_with(stem))
        })
    })
}

/// « le 2 et le 3 »: a number beside an act that is read neither as a date nor as a session.
fn numbers_left(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    /// Days and the numbers of a cycle.
    const NUMBER_MAX: usize = 31;
    let cut = &mail.new;
    let near = |number: usize| {
        let number = number.checked_sub(1).unwrap_or(number)..number + 2;
        meaning.acts.iter().any(|a| number.contains(&a.clause))
    };
    cut.clauses
        .iter()
        .enumerate()
        .filter(|(number, clause)| near(*number) && !is_settled(clause) && !is_done(cut, clause))
        .flat_map(|(_, clause)| clause.tokens.clone())
        .any(|i| {
            let Some(token) = cut.tokens.get(i) else {
                return false;
            };
            let small = token.kind == Kind::Number
                && token.folded.parse::<usize>().is_ok_and(|n| n <= NUMBER_MAX);
            let before = i.checked_sub(1).map_or("", |b| cut.word(b));
            let led = matches!(
                before,
                "le" | "module" | "niveau" | "partie" | "part" | "level"
            );
            let next = cut.tokens.get(i + 1);
            let phone = next.is_some_and(|t| t.kind == Kind::Number);
            small
                && led
                && !phone
                && !cut
                    .mentions
                    .iter()
                    .any(|m| inside(&(token.start..token.end), &m.range))
                && !meaning
                    .sessions
                    .quotes
                    .iter()
                    .any(|q| q.contains(&token.folded))
        })
}

/// « le 2 et le 3 »: days that no session of the request has.
fn days_left(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let days: Vec<i8> = meaning
        .sessions
        .sessions
        .iter()
        .filter_map(|id| mail.context.catalogue.session(id))
        .flat_map(|s| s.when.iter())
        .flat_map(|span| [span.from.date().day(), span.to.date().day()])
        .collect();
    let known = |n: i8| {
        days.contains(&n)
            || days
                .windows(2)
                .any(|w| matches!(w, [a, b] if *a < n && n < *b))
    };
    mail.new
        .mentions
        .iter()
        .filter(|m| !m.negated && m.ways.iter().all(|w| *w == Way::DayOnly))
        .filter(|m| {
            m.sessions
                .iter()
                .any(|id| meaning.sessions.sessions.contains(id))
        })
        .any(|m| {
            m.quote
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|n| n.parse::<i8>().ok())
                .any(|n| !known(n))
        })
}

/// « les deux parties », "both parts", where one session or none is understood.
fn speaks_of_all(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let each = meaning.sessions.sessions.len();
    each < 2
        && (0..cut.tokens.len()).any(|i| {
            let next = cut.word(i + 1);
            let sessions = is_session_noun(next) || next.starts_with("part") || next == "sessions";
            match cut.word(i) {
                "both" => sessions,
                "deux" => {
                    sessions
                        && !next.starts_with("particip")
                        && i.checked_sub(1)
                            .is_some_and(|b| matches!(cut.word(b), "les" | "aux" | "ces"))
                }
                _ => false,
            }
        })
}
