//! Catalogue and members as last read without fault: a broken file keeps the old and says so.

use super::{Config, ConfigError, LoadedCatalogue, load_catalogue_with_files, load_members};
use crate::core::catalogue_change::{CatalogueChange, diff};
use crate::core::membership::MembershipList;

/// What holds at present.
#[derive(Debug, Clone)]
pub struct Current {
    /// The catalogue and the files of its replies.
    pub loaded: LoadedCatalogue,
    /// The list of members, if one is configured.
    pub members: Option<MembershipList>,
    /// Why the files as they lie there now are not what holds; for log and digest.
    pub broken_catalogue: Option<ConfigError>,
    /// The same for the list of members.
    pub broken_members: Option<ConfigError>,
}

impl Current {
    /// Reads both for the first time.
    ///
    /// # Errors
    /// Everything that is wrong: at the start there is nothing old to keep.
    pub fn load(config: &Config) -> Result<Current, ConfigError> {
        let loaded = load_catalogue_with_files(config)?;
        let members = match &config.members {
            Some(path) => Some(load_members(path)?),
            None => None,
        };
        Ok(Current {
            loaded,
            members,
            broken_catalogue: None,
            broken_members: None,
        })
    }

    /// Reads the session files again and gives what differs; if one is broken nothing does, and
    /// [`Current::broken_catalogue`] says why.
    pub fn reload_catalogue(&mut self, config: &Config) -> CatalogueChange {
        match load_catalogue_with_files(config) {
            Ok(loaded) => {
                let old = &self.loaded.catalogue.sessions;
                let change = diff(old, &loaded.catalogue.sessions);
                self.loaded = loaded;
                self.broken_catalogue = None;
                change
            }
            Err(error) => {
                self.broken_catalogue = Some(error);
                CatalogueChange::default()
            }
        }
    }

    /// Reads the list of members again; a broken one keeps the old, and [`Current::broken_members`]
    /// says why.
    pub fn reload_members(&mut self, config: &Config) {
        let Some(path) = &config.members else { return };
        match load_members(path) {
            Ok(list) => {
                self.members = Some(list);
                self.broken_members = None;
            }
            Err(error) => self.broken_members = Some(error),
        }
    }
}
