//! What single words are around people's names, from `lexicon/people.toml`, looked up once a word.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::core::word_map::WordMap;

/// A kind of word; one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Is {
    Title = 1,
    TitleTail = 1 << 1,
    Particle = 1 << 2,
    ParticleSmall = 1 << 3,
    Function = 1 << 4,
    PersonLead = 1 << 5,
    Structure = 1 << 6,
    Unit = 1 << 7,
    StructureInner = 1 << 8,
    Phone = 1 << 9,
    PhoneDirect = 1 << 10,
    PhoneMobile = 1 << 11,
    PhoneSwitchboard = 1 << 12,
    PhoneFax = 1 << 13,
    Never = 1 << 14,
    Greeting = 1 << 15,
    Given = 1 << 16,
    LabelFamily = 1 << 17,
    LabelGiven = 1 << 18,
    LabelStructure = 1 << 19,
    LabelRole = 1 << 20,
    LabelPhone = 1 << 21,
    LabelEmail = 1 << 22,
    LabelOther = 1 << 23,
    RoleTail = 1 << 24,
}

/// Says whether a folded word is of a kind; a plural is what its singular is.
pub(super) fn is(folded: &str, kind: Is) -> bool {
    kinds(folded).are(kind)
}

/// All the kinds that a word is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds(u32);

impl Kinds {
    /// Says whether one of them is this.
    pub(super) fn are(self, kind: Is) -> bool {
        self.0 & kind as u32 != 0
    }

    /// Gives the kinds of both.
    pub(super) fn with(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }
}

/// Gives what a folded word is; a plural is what its singular is, unless it is a name's.
pub(super) fn kinds(folded: &str) -> Kinds {
    const OF_NAMES: u32 = Is::Given as u32 | Is::Particle as u32 | Is::ParticleSmall as u32;
    let of = |word: &str| WORDS.get(word).copied().unwrap_or_default();
    let singular = folded.strip_suffix('s').filter(|_| folded.len() > 4);
    Kinds(of(folded) | singular.map_or(0, of) & !OF_NAMES)
}

static WORDS: LazyLock<WordMap<u32>> = LazyLock::new(|| {
    // A test reads the list, so that a broken one cannot ship.
    let lists: BTreeMap<String, Vec<String>> =
        toml::from_str(include_str!("../lexicon/people.toml")).unwrap_or_default();
    let mut words: WordMap<u32> = WordMap::default();
    for (name, list) in lists {
        let Some(kind) = kind_of(&name) else { continue };
        for word in list {
            *words.entry(word).or_default() |= kind as u32;
        }
    }
    words
});

fn kind_of(list: &str) -> Option<Is> {
    Some(match list {
        "title" => Is::Title,
        "title_tail" => Is::TitleTail,
        "particle" => Is::Particle,
        "particle_small" => Is::ParticleSmall,
        "function" => Is::Function,
        "person_lead" => Is::PersonLead,
        "structure" => Is::Structure,
        "unit" => Is::Unit,
        "structure_inner" => Is::StructureInner,
        "phone" => Is::Phone,
        "phone_direct" => Is::PhoneDirect,
        "phone_mobile" => Is::PhoneMobile,
        "phone_switchboard" => Is::PhoneSwitchboard,
        "phone_fax" => Is::PhoneFax,
        "never" => Is::Never,
        "greeting" => Is::Greeting,
        "given" => Is::Given,
        "label_family" => Is::LabelFamily,
        "label_given" => Is::LabelGiven,
        "label_structure" => Is::LabelStructure,
        "label_role" => Is::LabelRole,
        "label_phone" => Is::LabelPhone,
        "label_email" => Is::LabelEmail,
        "label_other" => Is::LabelOther,
        "role_tail" => Is::RoleTail,
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
    fn the_word_list_can_be_read_and_every_list_is_known() {
        let lists: BTreeMap<String, Vec<String>> =
            toml::from_str(include_str!("../lexicon/people.toml")).unwrap();
        for (name, words) in lists {
            assert!(kind_of(&name).is_some(), "{name} is unknown");
            for word in words {
                assert_eq!(fold(&word), word, "{word} in {name} is not folded");
            }
        }
    }
}
