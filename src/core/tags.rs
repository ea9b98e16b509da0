//! What single words are to dates and sessions, from the word lists, looked up once a word.
//!
//! The lists are data (`lexicon/dates.toml`, `lexicon/sessions.toml`), compiled in and read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::word_map::WordMap;
use super::word_row::Words;

/// A kind of word; one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Before a lone day.
    Article = 1,
    /// May follow a lone day.
    AfterDay = 1 << 1,
    /// Before a date by which something is due.
    Deadline = 1 << 2,
    /// Something that has a date of its own.
    Written = 1 << 3,
    /// Between two days of one stay.
    Range = 1 << 4,
    /// After a number: no day.
    Unit = 1 << 5,
    /// « prochain », "next".
    Next = 1 << 6,
    /// Before a month alone.
    MonthLead = 1 << 7,
    /// Takes place on line.
    Online = 1 << 8,
    /// Takes place where people meet.
    Onsite = 1 << 9,
    /// Any event of ours.
    Event = 1 << 10,
    /// Niveau, part …
    Level = 1 << 11,
    /// Before numbers of a list.
    Point = 1 << 12,
    /// Joins two mentions.
    And = 1 << 13,
    /// Between the parts of one mention.
    Glue = 1 << 14,
    /// Names what follows to leave it out.
    Not = 1 << 15,
    /// « au lieu de ».
    Instead = 1 << 16,
    /// Before a place.
    PlaceLead = 1 << 17,
    /// Before a place that is somebody's home or structure.
    PlaceOther = 1 << 18,
    /// Before « à » and a place: one goes there.
    Going = 1 << 22,
    /// Before a single word of a title.
    TitleLead = 1 << 23,
    /// Before what one goes to: « pour », « à », "for".
    Purpose = 1 << 24,
    /// What somebody is: « secrétaire », "officer".
    Role = 1 << 25,
    /// One of several meetings of a series.
    Part = 1 << 26,
    /// Several parts that belong together.
    Series = 1 << 27,
    /// « soir », "morning": after « ce », "this" it is today's.
    DayTime = 1 << 28,
    /// Everybody's word.
    Everyday = 1 << 19,
    /// Grammar.
    Function = 1 << 20,
    /// Only before a number a weekday.
    ShortWeekday = 1 << 21,
}

/// What one word is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tag {
    /// 1 to 12, or 0.
    pub month: i8,
    /// 1 (Monday) to 7, or 0.
    pub weekday: i8,
    /// « troisième », "3rd": its number, or 0.
    pub ordinal: u8,
    /// « trois », III: its number, or 0.
    pub cardinal: u8,
    /// Days from today, if it says that.
    pub relative: Option<i8>,
    kinds: u32,
}

impl Tag {
    /// Says whether the word is of a kind.
    pub fn is(self, kind: Kind) -> bool {
        self.kinds & kind as u32 != 0
    }
}

/// Gives what a folded word is.
pub fn tag(folded: &str) -> Tag {
    if let Some(tag) = TAGS.get(folded) {
        return *tag;
    }
    if folded.len() > 4
        && let Some(tag) = folded.strip_suffix('s').and_then(|one| TAGS.get(one))
    {
        return *tag;
    }
    if let Some(tag) = folded
        .strip_suffix("ies")
        .and_then(|one| TAGS.get(&format!("{one}y")))
    {
        return *tag;
    }
    Tag::default()
}

/// Gives what each word of a text is.
pub fn tags(words: &Words<'_>) -> Vec<Tag> {
    (0..words.len()).map(|at| tag(words.folded(at))).collect()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DateLists {
    months: BTreeMap<String, Vec<String>>,
    weekdays: BTreeMap<String, Vec<String>>,
    weekdays_short: BTreeMap<String, Vec<String>>,
    ordinals: BTreeMap<String, Vec<String>>,
    cardinals: BTreeMap<String, Vec<String>>,
    roman: BTreeMap<String, Vec<String>>,
    relative: BTreeMap<String, Vec<String>>,
    words: BTreeMap<String, Vec<String>>,
}

static TAGS: LazyLock<WordMap<Tag>> = LazyLock::new(|| {
    // A test reads both lists, so that a broken one cannot ship.
    let dates: DateLists = toml::from_str(include_str!("lexicon/dates.toml")).unwrap_or_default();
    let sessions: BTreeMap<String, Vec<String>> =
        toml::from_str(include_str!("lexicon/sessions.toml")).unwrap_or_default();
    let mut tags: WordMap<Tag> = WordMap::default();
    let numbered =
        |tags: &mut WordMap<Tag>, lists: &BTreeMap<String, Vec<String>>, set: fn(&mut Tag, i8)| {
            for (number, words) in lists {
                for word in words {
                    set(
                        tags.entry(word.clone()).or_default(),
                        number.parse().unwrap_or(0),
                    );
                }
            }
        };
    numbered(&mut tags, &dates.months, |tag, n| tag.month = n);
    numbered(&mut tags, &dates.weekdays, |tag, n| tag.weekday = n);
    numbered(&mut tags, &dates.weekdays_short, |tag, n| {
        tag.weekday = n;
        tag.kinds |= Kind::ShortWeekday as u32;
    });
    numbered(&mut tags, &dates.ordinals, |tag, n| {
        tag.ordinal = n.unsigned_abs();
    });
    numbered(&mut tags, &dates.cardinals, |tag, n| {
        tag.cardinal = n.unsigned_abs();
    });
    numbered(&mut tags, &dates.roman, |tag, n| {
        tag.cardinal = n.unsigned_abs();
    });
    numbered(&mut tags, &dates.relative, |tag, n| tag.relative = Some(n));
    for (name, words) in dates.words.iter().chain(&sessions) {
        let Some(kind) = kind_of(name) else { continue };
        for word in words {
            tags.entry(word.clone()).or_default().kinds |= kind as u32;
        }
    }
    // A plural that is listed for itself is all that its singular is as well.
    let plurals: Vec<(String, u32)> = tags
        .keys()
        .filter(|word| word.len() > 4)
        .filter_map(|word| Some((word.clone(), tags.get(word.strip_suffix('s')?)?.kinds)))
        .collect();
    for (word, kinds) in plurals {
        tags.entry(word).or_default().kinds |= kinds;
    }
    tags
});

fn kind_of(list: &str) -> Option<Kind> {
    Some(match list {
        "article" => Kind::Article,
        "after_day" => Kind::AfterDay,
        "deadline" => Kind::Deadline,
        "written" => Kind::Written,
        "range" => Kind::Range,
        "unit" => Kind::Unit,
        "next" => Kind::Next,
        "month_lead" => Kind::MonthLead,
        "online" => Kind::Online,
        "onsite" => Kind::Onsite,
        "event" => Kind::Event,
        "level" => Kind::Level,
        "point" => Kind::Point,
        "and" => Kind::And,
        "glue" => Kind::Glue,
        "not" => Kind::Not,
        "instead" => Kind::Instead,
        "place_lead" => Kind::PlaceLead,
        "place_other" => Kind::PlaceOther,
        "going" => Kind::Going,
        "title_lead" => Kind::TitleLead,
        "day_time" => Kind::DayTime,
        "part" => Kind::Part,
        "series" => Kind::Series,
        "purpose" => Kind::Purpose,
        "role" => Kind::Role,
        "everyday" => Kind::Everyday,
        "function" => Kind::Function,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic
    )]
    use super::*;
    use crate::core::person::fold;

    #[test]
    fn the_word_lists_can_be_read_and_every_list_is_known() {
        let dates: DateLists = toml::from_str(include_str!("lexicon/dates.toml")).unwrap();
        let sessions: BTreeMap<String, Vec<String>> =
            toml::from_str(include_str!("lexicon/sessions.toml")).unwrap();
        assert_eq!(dates.months.len(), 12);
        for (name, words) in dates.words.iter().chain(&sessions) {
            assert!(kind_of(name).is_some(), "{name} is unknown");
            for word in words {
                assert_eq!(&fold(word), word, "{word} in {name} is not folded");
            }
        }
    }

    #[test]
    fn words_may_be_several_things() {
        assert_eq!(tag("mars").month, 3);
        assert_eq!(tag("3rd").ordinal, 3);
        assert!(tag("formations").is(Kind::Event));
        assert!(tag("mon").is(Kind::ShortWeekday) && tag("mon").is(Kind::Function));
        assert_eq!(tag("demain").relative, Some(1));
    }
}
