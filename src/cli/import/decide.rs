//! What an import decides with: the directory and the rules of staff, looked at again from time to time.

use crate::classify::Classifier;
use crate::classify::rules::Rules;
use crate::config::Config;
use crate::intake::Intake;
use crate::store::Store;
use crate::store::StoreError;
use std::sync::Arc;

/// The classifier in use, and of which version of the directory and the rules it is.
pub(super) struct Following {
    store: Store,
    held: Classifier,
    seen: i64,
}

impl Following {
    pub(super) async fn begin(config: &Config, store: &Store) -> anyhow::Result<Self> {
        let popular = crate::serve::popular_from(config.popular_file.as_deref())?;
        let seen = store.organisations_version().await?;
        let held = Classifier::new(&config.zones, store.directory().await?, &popular);
        Ok(Self {
            held: held.with_rules(Rules::new(store.rules_in_force().await?)),
            store: store.clone(),
            seen,
        })
    }

    pub(super) fn classifier(&self) -> Arc<Classifier> {
        Arc::new(self.held.clone())
    }

    /// An import may take hours: what staff correct meanwhile decides over the rest of it.
    pub(super) async fn renew(&mut self, intake: &Intake) -> Result<(), StoreError> {
        let version = self.store.organisations_version().await?;
        if version != self.seen {
            let directory = self.store.directory().await?;
            let rules = Rules::new(self.store.rules_in_force().await?);
            self.held = self.held.with_organisations(&directory).with_rules(rules);
            self.seen = version;
            intake.replace_classifier(self.classifier());
        }
        Ok(())
    }
}
