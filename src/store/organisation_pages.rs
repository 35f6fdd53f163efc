//! The directory by pages: some organisations at a time, each with its domains and contacts.

use crate::classify::OrganisationId;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use sqlx::Connection;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

/// The most organisations of one page.
pub const LARGEST_PAGE: u32 = 200;

/// An address that notices go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// The address.
    pub address: String,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
}

/// An organisation with all that the directory has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRow {
    /// Its number.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Whether it has many unrelated users.
    pub shared: bool,
    /// Whether it has agreed that senders are told of it.
    pub hint: bool,
    /// Its domains, in alphabetical order.
    pub domains: Vec<String>,
    /// Its addresses, in alphabetical order.
    pub contacts: Vec<ContactRow>,
}

// The index `organisation_folded` has this order.
const BY_NAME: &str = "SELECT id, name FROM organisation \
     WHERE lower(name) >= $1 AND lower(name) < $3 AND (lower(name), name) > ($1, $2) ORDER BY lower(name), name LIMIT $4";

const BY_DOMAIN: &str = "SELECT DISTINCT o.id, o.name FROM organisation_domain d CROSS JOIN organisation o \
     WHERE d.domain >= $1 AND d.domain < $2 AND o.id = d.organisation_id AND (lower(o.name), o.name) > ($3, $4) \
     ORDER BY lower(o.name), o.name LIMIT $5";

const ROWS: Bulk = Bulk {
    head: "SELECT id, name, country, language, shared, hint FROM organisation WHERE id IN (",
    columns: 1,
    tail: ")",
};

const DOMAINS: Bulk = Bulk {
    head: "SELECT organisation_id, domain FROM organisation_domain WHERE organisation_id IN (",
    columns: 1,
    tail: ")",
};

const CONTACTS: Bulk = Bulk {
    head: "SELECT organisation_id, address, set_by, set_at FROM contact WHERE organisation_id IN (",
    columns: 1,
    tail: ")",
};

const NAMES: Bulk = Bulk {
    head: "SELECT id, name FROM organisation WHERE id IN (",
    columns: 1,
    tail: ")",
};

const LISTED: Bulk = Bulk {
    head: "SELECT domain FROM organisation_domain WHERE domain IN (",
    columns: 1,
    tail: ")",
};

/// Past every text: the last code point there is.
const END: &str = "\u{10ffff}";

/// How lists are ordered: letter case aside, as SQL's `lower` has it, which knows ASCII alone.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// `search` as names that begin with it may be folded: `lower` leaves É as it is, so there is a form for each way of
/// writing it. One form where all is ASCII.
fn forms(search: &str) -> BTreeSet<String> {
    let lower = search.to_lowercase();
    let mut letters = lower.chars();
    let title: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    [
        folded(&lower),
        folded(&title),
        folded(&search.to_uppercase()),
    ]
    .into()
}

impl Store {
    /// Organisations by name, letter case aside, past the one called `after`: those whose name or a domain of whose begins
    /// with `search`; all where it is empty.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisation_page(
        &self,
        search: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<DirectoryRow>, StoreError> {
        let limit = limit.min(LARGEST_PAGE);
        let place = after.map_or_else(Default::default, |name| (folded(name), name.to_owned()));
        let mut connection = self.readers().acquire().await?;
        // One transaction, so that the lists are of one moment.
        let mut transaction = connection.begin().await?;
        let mut found: BTreeMap<(String, String), i64> = BTreeMap::new();
        let mut take = |rows: Vec<(i64, String)>| {
            found.extend(
                rows.into_iter()
                    .map(|(id, name)| ((folded(&name), name), id)),
            );
        };
        for prefix in forms(search) {
            let start = place.clone().max((prefix.clone(), String::new()));
            let rows = sqlx::query_as(BY_NAME)
                .bind(start.0)
                .bind(start.1)
                .bind(prefix + END)
                .bind(limit)
                .fetch_all(&mut *transaction)
                .await?;
            take(rows);
        }
        if !search.is_empty() {
            let prefix = crate::store::cases::domain_prefix(search);
            let rows = sqlx::query_as(BY_DOMAIN)
                .bind(&prefix)
                .bind(prefix.clone() + END)
                .bind(place.0)
                .bind(place.1)
                .bind(limit)
                .fetch_all(&mut *transaction)
                .await?;
            take(rows);
        }
        let ids: Vec<i64> = found.into_values().take(limit as usize).collect();
        let rows = rows_of(&mut transaction, &ids).await?;
        transaction.rollback().await?;
        Ok(rows)
    }

    /// These organisations, by number; what is not there is left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisations_of(
        &self,
        ids: &[OrganisationId],
    ) -> Result<Vec<DirectoryRow>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut connection = self.readers().acquire().await?;
        let mut transaction = connection.begin().await?;
        let rows = rows_of(&mut transaction, &ids).await?;
        transaction.rollback().await?;
        Ok(rows)
    }

    /// The names of these organisations.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisation_names(
        &self,
        ids: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, String>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut connection = self.readers().acquire().await?;
        let rows = of(&NAMES, &mut connection, &ids).await?;
        rows.iter()
            .map(|row| Ok((OrganisationId(row.try_get(0)?), row.try_get(1)?)))
            .collect()
    }

    /// Which of `domains` the directory has.
    ///
    /// # Errors
    /// The database's.
    pub async fn listed_domains(&self, domains: &[String]) -> Result<HashSet<String>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        let rows = LISTED
            .fetch(&mut connection, domains, |values, domain| {
                values.push(domain.as_str());
            })
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

/// The organisations of `ids`, in that order.
async fn rows_of(
    connection: &mut SqliteConnection,
    ids: &[i64],
) -> Result<Vec<DirectoryRow>, StoreError> {
    let mut rows: BTreeMap<i64, DirectoryRow> = BTreeMap::new();
    for row in of(&ROWS, connection, ids).await? {
        let id: i64 = row.try_get("id")?;
        let organisation = DirectoryRow {
            id: OrganisationId(id),
            name: row.try_get("name")?,
            country: row.try_get("country")?,
            language: row.try_get("language")?,
            shared: row.try_get("shared")?,
            hint: row.try_get("hint")?,
            domains: Vec::new(),
            contacts: Vec::new(),
        };
        rows.insert(id, organisation);
    }
    for row in of(&DOMAINS, connection, ids).await? {
        if let Some(organisation) = rows.get_mut(&row.try_get("organisation_id")?) {
            organisation.domains.push(row.try_get("domain")?);
        }
    }
    for row in of(&CONTACTS, connection, ids).await? {
        if let Some(organisation) = rows.get_mut(&row.try_get("organisation_id")?) {
            organisation.contacts.push(ContactRow {
                address: row.try_get("address")?,
                set_by: row.try_get("set_by")?,
                set_at: Timestamp::from_millis(row.try_get("set_at")?),
            });
        }
    }
    for organisation in rows.values_mut() {
        organisation.domains.sort_unstable();
        organisation
            .contacts
            .sort_unstable_by(|a, b| a.address.cmp(&b.address));
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

async fn of(
    statement: &Bulk,
    connection: &mut SqliteConnection,
    ids: &[i64],
) -> Result<Vec<sqlx::sqlite::SqliteRow>, StoreError> {
    statement
        .fetch(connection, ids, |values, id| {
            values.push(*id);
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_a_form_for_each_way_of_writing_it() {
        assert_eq!(forms("US Army"), ["us army".to_owned()].into());
        let found = forms("éc");
        assert!(found.contains("éc") && found.contains("Éc"), "{found:?}");
    }
}
