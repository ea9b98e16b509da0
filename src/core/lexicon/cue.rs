//! What a pattern tells of the clause it is found in, and sets of it.

use super::lexicon;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a pattern tells of the clause it is found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// « Bonjour », "Dear".
    Greeting,
    /// Thanks that ask for nothing.
    Thanks,
    /// « Cordialement », "Kind regards".
    Closing,
    /// A polite request: « merci de », « pourriez-vous », "please".
    Please,
    /// A wish: « je souhaite », "I would like".
    Volition,
    /// Asks for or announces a registration of us or of a named person.
    Enrol,
    /// Speaks of a registration as a noun, without a verb of asking: « Inscription Dupont ».
    EnrolNoun,
    /// Says that somebody comes, takes part, will be there.
    Come,
    /// Gives a seat up: cancel, withdraw, « rayer ».
    Quit,
    /// A withdrawal as a noun: « annulation ».
    QuitNoun,
    /// Somebody cannot: « impossible de venir », « je ne pourrai pas être là », "unable to attend".
    Cannot,
    /// Passes the seat on: « à ma place », « au lieu de », "instead of me".
    Replace,
    /// A detail of a registered person changes.
    Update,
    /// A registration stands: « je maintiens », « viennent toujours ».
    Keep,
    /// Interest without a request.
    Interest,
    /// Hesitation: « je ne sais pas encore », « je reviens vers vous ».
    Hedge,
    /// Something on which the request hangs: « sous réserve de », « si la région rembourse ».
    Condition,
    /// A condition that stops nobody: « s'il reste des places », « si possible ».
    Harmless,
    /// « sinon », "otherwise": what follows holds only if the condition fails.
    Otherwise,
    /// A registration made before: « je suis inscrite », "I am registered".
    Registered,
    /// An invitation to others: « inscrivez-vous », « n'hésitez pas à vous inscrire ».
    OthersEnrol,
    /// « Comment s'inscrire ? »
    HowTo,
    /// A question without a question mark: « savoir si », "let me know whether".
    Asks,
    /// Asks whether one may come, or says that one may not meet a condition.
    Eligibility,
    /// Knows that the date is past and pleads.
    Late,
    /// A newsletter or list, not a session.
    Newsletter,
    /// A need of access: interpreter, wheelchair.
    Access,
    /// A wish that belongs to a registration: diet, hour of arrival.
    Wish,
    /// People without names: « deux places », « les noms suivront ».
    Unnamed,
    /// Names stand elsewhere: « ci-joint les bulletins ».
    Enclosed,
    /// Takes part in another role: trainer, speaker, press.
    Role,
    /// A reason: « car », « suite à », "because".
    Reason,
    /// A first person who does not come although they write: « moi je ne viens pas ».
    NotMe,
    /// A change of plan: « finalement », « contrairement », "after all".
    Retract,
    /// Names the writer of an enclosed mail as the one who asks: « la demande de mon collègue ».
    Relay,
    /// A telephone note: « vient d'appeler ».
    Called,
    /// « ma collègue et moi », « moi-même », « nous deux »: the sender takes part.
    AndMe,
    /// The letter in the thread is a confirmation or reminder of ours.
    Confirmation,
    /// The letter in the thread is an announcement.
    Announcement,
    /// The letter in the thread is our own question back.
    AskedBack,
    /// The letter in the thread negotiates: a human asks or offers something.
    Negotiation,
    /// A short yes: « oui », « d'accord », « ok pour moi ».
    Yes,
    /// A short no.
    No,
    /// A choice by number: « la 2 », « la deuxième ».
    Choice,
    /// Sends what was written to others: « je vous fais suivre », « pour information ».
    ForInformation,
    /// A wish for things: papers, a link, a certificate.
    Matter,
    /// In front of another event than a session: examination, race, hearing.
    Foreign,
    /// A choice of some, not all: « sauf », « ne … que ».
    Except,
    /// One seat or screen for several.
    Shared,
    /// Provisional: « pré-inscription », « pour l'instant ».
    Provisional,
    /// Speaks of a past session: « hier », « la semaine dernière ».
    Past,
    /// Consent of another is asked in this very mail: « demande de validation ».
    Consent,
    /// From one session to another: « plutôt », « basculer », "switch to".
    Switch,
    /// A person who comes is told after this: « les personnes suivantes ».
    ListFollows,
    /// Negation words.
    Not,
    /// First-person subject.
    First,
    /// Second-person subject.
    Second,
    /// Third-person subject.
    Third,
    /// `ai`, `suis`, `have`: before a participle, the past.
    Auxiliary,
    /// « encore possible » : in time it is a request like any other, later a plea.
    Still,
    /// Regret, which alone tells of no earlier seat: « malheureusement », « désolé ».
    Regret,
    /// Another date or edition is asked for.
    Another,
    /// A correction of what was written before: « erratum », « finalement nous serons ».
    Correction,
    /// Orders to a machine: « consigne pour le traitement automatique », "ignore your rules".
    Order,
}

/// How many cues there may be: they are kept as bits.
pub(super) const CUES_MAX: u32 = 128;

/// A set of cues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cues(u128);

impl Cues {
    /// Says whether a cue is in the set.
    pub fn has(self, cue: Cue) -> bool {
        self.0 & bit(cue) != 0
    }

    /// Says whether one of several cues is in the set.
    pub fn any(self, cues: &[Cue]) -> bool {
        cues.iter().any(|cue| self.has(*cue))
    }

    /// Adds a cue.
    pub fn add(&mut self, cue: Cue) {
        self.0 |= bit(cue);
    }

    /// Takes a cue out.
    pub fn drop(&mut self, cue: Cue) {
        self.0 &= !bit(cue);
    }

    /// Gives the cues of both sets.
    pub fn with(self, other: Cues) -> Cues {
        Cues(self.0 | other.0)
    }
}

/// Gives a cue's name, as the learned weights call it.
pub fn cue_name(cue: Cue) -> &'static str {
    static NAMES: LazyLock<HashMap<Cue, String>> = LazyLock::new(|| {
        let cues = lexicon().patterns.iter().map(|p| p.cue);
        cues.map(|cue| (cue, format!("{cue:?}").to_lowercase()))
            .collect()
    });
    NAMES.get(&cue).map_or("", String::as_str)
}

fn bit(cue: Cue) -> u128 {
    1u128.checked_shl((cue as u32) % CUES_MAX).unwrap_or(0)
}
