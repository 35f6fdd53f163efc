//! Mail for the real domains of organisations that came to us: somebody's server takes us for its relay.
//!
//! It is refused, and all that is known of it is a number by domain and day. Whose the domain is, is looked up when it is
//! shown: the directory of today knows best whom to tell.

use crate::classify::OrganisationId;
use crate::message::Domain;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Viewer;
use crate::store::Store;
use std::sync::Arc;

pub use crate::store::session_names::MisroutedDay;

/// Misrouted mail of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misrouted {
    /// Recipients.
    pub recipients: i64,
    /// The domains with the most, the most first, at most [`MOST`].
    pub most: Vec<MisroutedDomain>,
}

/// Misrouted mail of one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisroutedDomain {
    /// The domain; `other` for what went past a bound.
    pub domain: String,
    /// Who has it now.
    pub organisation: Option<OrganisationId>,
    /// Recipients.
    pub recipients: i64,
}

/// Domains that the first page names.
pub const MOST: u32 = 5;

impl Review {
    /// Misrouted mail of one organisation in the last thirty days, by day and domain, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn misrouted_of(
        &self,
        _viewer: &Viewer,
        id: OrganisationId,
    ) -> Result<Vec<MisroutedDay>, ReviewError> {
        let (first, last) = Store::thirty_days(self.clock.now());
        Ok(self.store.misrouted_of(id, first, last).await?)
    }

    /// Misrouted mail of all on these days.
    pub(in crate::review) async fn misrouted(
        &self,
        first: i64,
        last: i64,
    ) -> Result<Misrouted, ReviewError> {
        let recipients = self.store.misrouted_total(first, last).await?.recipients;
        if recipients == 0 {
            return Ok(Misrouted::default());
        }
        let classifier = Arc::clone(&self.classifier.borrow());
        let rows = self.store.most_misrouted(first, last, MOST).await?;
        let most = rows.into_iter().map(|row| MisroutedDomain {
            organisation: Domain::parse(&row.name)
                .ok()
                .and_then(|domain| classifier.owners().owner(&domain)),
            domain: row.name,
            recipients: row.recipients,
        });
        Ok(Misrouted {
            recipients,
            most: most.collect(),
        })
    }
}
