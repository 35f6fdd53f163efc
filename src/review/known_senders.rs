//! Which sending domains a notice may name after a single message.
//!
//! One rule for the notice and for the case's page: what the page says will be named is what the notice names.

use crate::classify::is_public_provider;
use crate::message::Domain;
use crate::review::Review;
use crate::review::ReviewError;
use std::collections::HashSet;

impl Review {
    /// Those of these sending domains that are a public provider's, or that the directory has for an organisation: by
    /// that very name, since an organisation below a name does not speak for it.
    pub(in crate::review) async fn known_senders(
        &self,
        senders: impl Iterator<Item = &str>,
    ) -> Result<HashSet<Domain>, ReviewError> {
        let domains: Vec<Domain> = senders.filter_map(|s| Domain::parse(s).ok()).collect();
        let names: Vec<String> = domains.iter().map(|d| d.as_str().to_owned()).collect();
        let listed = self.store.listed_domains(&names).await?;
        let is_known =
            |domain: &Domain| is_public_provider(domain) || listed.contains(domain.as_str());
        Ok(domains.into_iter().filter(is_known).collect())
    }
}
