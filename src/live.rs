//! What is in force now: configuration, catalogue, members, templates. Taken anew as one whole when
//! a file changes, so that a mail sees one state from beginning to end.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::config::Config;
use crate::core::catalogue::Catalogue;
use crate::core::decision::Setting;
use crate::core::membership::MembershipList;
use crate::render::Renderer;

/// One state of everything that files say.
#[derive(Debug)]
pub struct Rules {
    /// The main file.
    pub config: Config,
    /// The sessions.
    pub catalogue: Catalogue,
    /// Paid members, if there is a list.
    pub members: Option<MembershipList>,
    /// The templates.
    pub renderer: Arc<Renderer>,
}

impl Rules {
    /// Gives what a decision needs of it.
    pub fn setting(&self, now: Timestamp) -> Setting<'_> {
        Setting {
            catalogue: &self.catalogue,
            organisation: &self.config.organisation,
            policy: &self.config.policy,
            members: self.members.as_ref(),
            mode: self.config.mode,
            now,
        }
    }
}

/// The rules in force; replaced as one whole.
#[derive(Debug, Clone)]
pub struct Live(Arc<RwLock<Arc<Rules>>>);

impl Live {
    /// Puts rules in force.
    pub fn new(rules: Rules) -> Live {
        Live(Arc::new(RwLock::new(Arc::new(rules))))
    }

    /// Gives the rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the rules in force.
    pub fn replace(&self, rules: Rules) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}
