//! As much of the directory as a few domains need, read in the transaction that decides over them.

use crate::classify::OrganisationId;
use crate::classify::Owners;
use crate::message::Domain;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

const OWNERS: Bulk = Bulk {
    head: "WITH wanted (domain) AS (",
    columns: 1,
    tail: ") SELECT d.domain, d.organisation_id FROM wanted w JOIN organisation_domain d ON d.domain = w.domain",
};

/// Who owns these names, by themselves or by what is above them.
pub(in crate::store) async fn of(
    connection: &mut SqliteConnection,
    names: &[Domain],
) -> Result<Owners, StoreError> {
    let wanted: BTreeSet<&str> = names.iter().flat_map(Domain::ancestors).collect();
    let wanted: Vec<&str> = wanted.into_iter().collect();
    let rows = OWNERS
        .fetch(connection, &wanted, |values, name| {
            values.push(*name);
        })
        .await?;
    let mut owned = Vec::with_capacity(rows.len());
    for row in rows {
        if let Ok(domain) = Domain::parse(row.try_get(0)?) {
            owned.push((domain, OrganisationId(row.try_get(1)?)));
        }
    }
    Ok(owned.into_iter().collect())
}
