//! The catalogue compiled: words, topics, aliases, dates and places, each once.

use super::super::Session;
use super::{
    Alias, EVERYDAY, Matcher, STRETCH_DAYS_MAX, TOPICS_MAX, TYPO_LEN_MIN, TitleWord, Topic,
    deletions, initials,
};
use crate::core::person::fold;
use crate::core::tags::{Kind, tag};
use crate::core::word_row::{Words, stem};
use jiff::SignedDuration;
use jiff::civil::Date;
use std::collections::HashMap;

impl Matcher {
    pub(super) fn add_dates(&mut self, index: u32, session: &Session) {
        let mut dates: Vec<Date> = Vec::new();
        for span in &session.when {
            let days = span.from.date().series(jiff::Span::new().days(1));
            dates.extend(
                days.take(STRETCH_DAYS_MAX)
                    .take_while(|date| *date <= span.to.date()),
            );
        }
        dates.sort_unstable();
        dates.dedup();
        for date in &dates {
            self.by_date.entry(*date).or_default().push(index);
            let day = (*date, index);
            self.by_day
                .entry((date.month(), date.day()))
                .or_default()
                .push(day);
            self.by_day_of_month
                .entry(date.day())
                .or_default()
                .push(day);
        }
        self.dates_of.push(dates);
        let offset = session.when.first().map_or(SignedDuration::ZERO, |span| {
            jiff::tz::Offset::UTC
                .to_timestamp(span.from)
                .map_or(SignedDuration::ZERO, |local| {
                    local.duration_since(span.from_at)
                })
        });
        self.begins.push((session.begins_at(), offset));
    }

    pub(super) fn add_place(&mut self, session: &Session, ids: &mut HashMap<String, u32>) {
        let key = fold(&session.place);
        let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let id = *ids.entry(key.clone()).or_insert(next);
        self.place_of.push(id);
        if id != next {
            return;
        }
        let tells = |word: &&str| {
            let tag = tag(word);
            word.len() >= 3
                && !tag.is(Kind::Online)
                && !tag.is(Kind::Function)
                && !tag.is(Kind::Event)
        };
        // of « Théâtre de Vaulnoy » only Vaulnoy says where
        let common = |word: &str| tag(word).is(Kind::PlaceOther) || tag(word).is(Kind::Everyday);
        let only_common = key.split(' ').filter(tells).all(common);
        for word in key.split(' ').filter(tells) {
            let places = self.places.entry(word.to_owned()).or_default();
            if (only_common || !common(word)) && !places.contains(&id) {
                places.push(id);
            }
        }
    }

    pub(super) fn add_topic(&mut self, id: u32, session: &Session) {
        let title = self.words_of(&session.title, id);
        let series = session
            .series
            .as_deref()
            .map(|series| self.words_of(series, id))
            .unwrap_or_default();
        let mut words = title.clone();
        words.extend(&series);
        words.sort_unstable();
        words.dedup();
        self.topics.push(Topic {
            sessions: Vec::new(),
            words,
            series,
            weight: 0.0,
        });
        for alias in &session.aliases {
            self.add_alias(alias, id, false);
        }
        if session.id.0.len() >= 4 && session.id.0.bytes().any(|b| b.is_ascii_digit()) {
            self.add_alias(&session.id.0, id, false);
        }
        for initials in initials(&session.title) {
            self.add_alias(&initials, id, true);
        }
    }

    /// Gives the numbers of a text's words, sorted, and enters the topic with each.
    pub(super) fn words_of(&mut self, text: &str, topic: u32) -> Vec<u32> {
        let row = Words::of(text);
        let mut ids = Vec::new();
        for at in 0..row.len() {
            let folded = row.folded(at);
            let tag = tag(folded);
            let grammar = tag.is(Kind::Function) || tag.is(Kind::Event) && !tag.is(Kind::Everyday);
            if grammar || (folded.len() < 3 && !row.items.get(at).is_some_and(|w| w.upper)) {
                continue;
            }
            let stem = stem(folded);
            let next = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
            let word = *self.by_stem.entry(stem.to_owned()).or_insert(next);
            if word == next {
                self.words.push(TitleWord {
                    topics: Vec::new(),
                    weight: 0.0,
                    everyday: tag.is(Kind::Everyday) || row.number(at).is_some(),
                    mentioned: 0,
                    stem: stem.to_owned(),
                });
            }
            if let Some(word) = self.words.get_mut(word as usize)
                && word.topics.last() != Some(&topic)
            {
                word.topics.push(topic);
            }
            ids.push(word);
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    pub(super) fn add_alias(&mut self, name: &str, topic: u32, initials: bool) {
        let row = Words::of(name);
        let words: Vec<String> = (0..row.len())
            .map(|at| stem(row.folded(at)).to_owned())
            .collect();
        let Some(first) = words.first() else { return };
        let entries = self.aliases.entry(first.clone()).or_default();
        match entries
            .iter_mut()
            .find(|alias| alias.words == words && alias.initials == initials)
        {
            Some(alias) => alias.topics.push(topic),
            None => entries.push(Alias {
                words,
                topics: vec![topic],
                initials,
            }),
        }
    }

    /// Counts in how many topics a title's word belongs to the house's language: « bibliothèque » stands
    /// in one title, but in the description or place of every other.
    pub(super) fn count_in_texts(&mut self, sessions: &[Session]) {
        let firsts: Vec<u32> = self
            .topics
            .iter()
            .filter_map(|topic| topic.sessions.first().copied())
            .collect();
        for (topic, session) in (0_u32..).zip(firsts) {
            let Some(session) = sessions.get(session as usize) else {
                continue;
            };
            let texts = [
                Some(session.place.as_str()),
                session.description.as_deref(),
                session.audience.as_deref(),
            ];
            let mut met: Vec<u32> = Vec::new();
            for text in texts.into_iter().flatten() {
                let row = Words::of(text);
                met.extend((0..row.len()).filter_map(|at| self.find_word(row.folded(at))));
            }
            met.sort_unstable();
            met.dedup();
            for id in met {
                if let Some(word) = self.words.get_mut(id as usize)
                    && word.topics.binary_search(&topic).is_err()
                {
                    word.mentioned += 1;
                }
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of topics are small numbers"
    )]
    pub(super) fn weigh(&mut self) {
        /// With fewer topics a word that all share would still seem rare.
        const TOPICS_MIN: usize = 5;
        /// Other topics that speak of a word from which it is the house's own, where they are a third.
        const HOUSE_MIN: u32 = 2;
        let topics = self.topics.len();
        let all = topics.max(TOPICS_MIN) as f32 + 1.0;
        for word in &mut self.words {
            let said = word.topics.len() + word.mentioned as usize;
            word.everyday |= word.mentioned >= HOUSE_MIN && said * 3 >= topics;
            let rare = (all / (word.topics.len() as f32 + 0.5)).ln().max(0.0);
            word.weight = if word.everyday { rare * EVERYDAY } else { rare };
            if word.topics.len() > TOPICS_MAX {
                word.topics = Vec::new();
            }
        }
        for topic in &mut self.topics {
            topic.weight = topic
                .words
                .iter()
                .filter_map(|id| self.words.get(*id as usize))
                .map(|word| word.weight)
                .sum();
        }
        // Initials that two topics share name neither.
        for entries in self.aliases.values_mut() {
            entries.retain(|alias| !alias.initials || alias.topics.len() == 1);
            // The longest first, so that a name is taken whole.
            entries.sort_by_key(|alias| std::cmp::Reverse(alias.words.len()));
        }
    }

    pub(super) fn add_typos(&mut self) {
        for (id, word) in (0_u32..).zip(&self.words) {
            let mistakable = word.stem.len() >= TYPO_LEN_MIN - 1
                && word.stem.is_ascii()
                && !word.stem.bytes().any(|b| b.is_ascii_digit())
                && !word.topics.is_empty();
            if mistakable {
                for hash in deletions(&word.stem) {
                    self.typos.entry(hash).or_default().push(id);
                }
            }
        }
    }
}
