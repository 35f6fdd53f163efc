//! The directory: who owns which domains.

use crate::classify::Organisation;
use crate::classify::OrganisationId;
use crate::classify::is_mass_provider;
use crate::message::Domain;
use crate::store::Store;
use crate::store::bulk::Bulk;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use serde::Serialize;
use sqlx::Connection;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// Goes up with each change of the directory, so that another process sees that there is one.
const VERSION: &str = "organisations_version";

/// One row of an import. What all rows of an organisation leave open keeps its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganisation {
    /// One of its domains.
    pub domain: Domain,
    /// Its name: rows of the same name are one organisation.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// ISO 639-1, of its notices.
    pub language: Option<String>,
    /// An address of its own to write to. Those of one import, where there are any, take the place of all it had: an
    /// address that was withdrawn must not be written to again.
    pub contact: Option<String>,
    /// Whether it has many unrelated users; it has where one of its rows says so. Where it is left open and the domain is
    /// new to the directory, the built-in list of mass providers may say so; nothing but `Some(false)` takes it back.
    pub shared: Option<bool>,
}

/// What an import did, in rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The domain was not in the directory.
    pub added: u64,
    /// It was, and its owner or something about the owner has changed.
    pub updated: u64,
    /// All was there already.
    pub unchanged: u64,
}

/// An organisation, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
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
    /// Its domains, in alphabetical order.
    pub domains: Vec<String>,
    /// Its addresses, in alphabetical order.
    pub contacts: Vec<String>,
}

const ORGANISATIONS: Bulk = Bulk {
    head: "INSERT INTO organisation (name, country, language, shared)",
    columns: 4,
    tail: "ON CONFLICT (name) DO UPDATE SET country = excluded.country, language = excluded.language, \
           shared = excluded.shared RETURNING name, id",
};

const DOMAINS: Bulk = Bulk {
    head: "INSERT INTO organisation_domain (domain, organisation_id)",
    columns: 2,
    tail: "ON CONFLICT (domain) DO UPDATE SET organisation_id = excluded.organisation_id",
};

const CONTACTS: Bulk = Bulk {
    head: "INSERT INTO contact (organisation_id, address)",
    columns: 2,
    tail: "ON CONFLICT (organisation_id, address) DO NOTHING",
};

const WITHDRAWN_CONTACTS: Bulk = Bulk {
    head: "WITH gone (organisation_id, address) AS (",
    columns: 2,
    tail: ") DELETE FROM contact WHERE (organisation_id, address) IN (SELECT organisation_id, address FROM gone)",
};

const LINK_CASES: Bulk = Bulk {
    head: "WITH owned (domain, organisation_id) AS (",
    columns: 2,
    tail: ") UPDATE cases SET organisation_id = owned.organisation_id FROM owned \
           WHERE cases.kind = 'intended' AND cases.domain = owned.domain AND cases.domain <> 'other'",
};

impl Store {
    /// Takes rows into the directory, with the audit entry that says so; its detail is given the counts. Importing
    /// the same rows again changes nothing.
    ///
    /// # Errors
    /// The database's; then nothing has changed.
    pub async fn import_organisations(
        &self,
        rows: Vec<NewOrganisation>,
        entry: Entry,
    ) -> Result<Imported, StoreError> {
        self.write(move |connection| Box::pin(import(connection, rows, entry)))
            .await
    }

    /// The whole directory, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisations(&self) -> Result<Vec<OrganisationRow>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        // One transaction, so that the lists are of one moment.
        let mut transaction = connection.begin().await?;
        let directory = Directory::load(&mut transaction).await?;
        transaction.rollback().await?;
        Ok(directory.rows())
    }

    /// The whole directory as classification wants it. What is no domain any more by today's rules is left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn directory(&self) -> Result<Vec<Organisation>, StoreError> {
        let rows = self.organisations().await?;
        Ok(rows
            .into_iter()
            .map(|row| Organisation {
                id: row.id,
                name: row.name,
                domains: row
                    .domains
                    .iter()
                    .filter_map(|d| Domain::parse(d).ok())
                    .collect(),
                shared: row.shared,
            })
            .collect())
    }

    /// A number that changes with the directory, by whichever process. Cheap enough to ask for each second.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisations_version(&self) -> Result<i64, StoreError> {
        let found = sqlx::query_scalar("SELECT value FROM counter WHERE name = $1")
            .bind(VERSION)
            .fetch_optional(self.readers())
            .await?;
        Ok(found.unwrap_or(0))
    }
}

/// The directory in memory, before and after an import.
#[derive(Clone, Default)]
struct Directory {
    organisations: BTreeMap<String, Owner>,
    /// Domain: name of its owner.
    domains: BTreeMap<String, String>,
}

/// What is known of one organisation beside its domains.
#[derive(Clone, Default, PartialEq, Eq)]
struct Owner {
    id: i64,
    country: Option<String>,
    language: Option<String>,
    shared: bool,
    contacts: BTreeSet<String>,
}

impl Directory {
    async fn load(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        type Row = (i64, String, Option<String>, Option<String>, bool);
        let rows: Vec<Row> =
            sqlx::query_as("SELECT id, name, country, language, shared FROM organisation")
                .fetch_all(&mut *connection)
                .await?;
        let domains: Vec<(String, String)> = sqlx::query_as(
            "SELECT d.domain, o.name FROM organisation_domain d JOIN organisation o ON o.id = d.organisation_id",
        )
        .fetch_all(&mut *connection)
        .await?;
        let contacts: Vec<(String, String)> = sqlx::query_as(
            "SELECT o.name, c.address FROM contact c JOIN organisation o ON o.id = c.organisation_id",
        )
        .fetch_all(connection)
        .await?;
        let mut directory = Self {
            domains: domains.into_iter().collect(),
            ..Self::default()
        };
        for (id, name, country, language, shared) in rows {
            let owner = Owner {
                id,
                country,
                language,
                shared,
                contacts: BTreeSet::new(),
            };
            directory.organisations.insert(name, owner);
        }
        for (name, address) in contacts {
            let owner = directory.organisations.entry(name).or_default();
            owner.contacts.insert(address);
        }
        Ok(directory)
    }

    fn rows(self) -> Vec<OrganisationRow> {
        let mut domains: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (domain, name) in self.domains {
            domains.entry(name).or_default().push(domain);
        }
        self.organisations
            .into_iter()
            .map(|(name, owner)| OrganisationRow {
                id: OrganisationId(owner.id),
                domains: domains.remove(&name).unwrap_or_default(),
                name,
                country: owner.country,
                language: owner.language,
                shared: owner.shared,
                contacts: owner.contacts.into_iter().collect(),
            })
            .collect()
    }

    /// Takes the rows of one import in.
    fn apply(&mut self, rows: &[NewOrganisation]) {
        let mut contacts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut shared: BTreeMap<&str, bool> = BTreeMap::new();
        for row in rows {
            let owner = self.organisations.entry(row.name.clone()).or_default();
            if row.country.is_some() {
                owner.country.clone_from(&row.country);
            }
            if row.language.is_some() {
                owner.language.clone_from(&row.language);
            }
            if let Some(contact) = &row.contact {
                let given = contacts.entry(&row.name).or_default();
                given.insert(contact.clone());
            }
            let before = self
                .domains
                .insert(row.domain.as_str().to_owned(), row.name.clone());
            let listed = before.is_none() && is_mass_provider(&row.domain);
            if let Some(is) = row.shared.or(listed.then_some(true)) {
                *shared.entry(&row.name).or_default() |= is;
            }
        }
        for (name, given) in contacts {
            if let Some(owner) = self.organisations.get_mut(name) {
                owner.contacts = given;
            }
        }
        for (name, given) in shared {
            if let Some(owner) = self.organisations.get_mut(name) {
                owner.shared = given;
            }
        }
    }

    /// How the rows changed `before` into this, row by row.
    fn counts(&self, before: &Self, rows: &[NewOrganisation]) -> Imported {
        let mut imported = Imported::default();
        for row in rows {
            let domain = row.domain.as_str();
            let owner = self.domains.get(domain);
            let same = before.domains.get(domain) == owner
                && owner.and_then(|name| before.organisations.get(name))
                    == owner.and_then(|name| self.organisations.get(name));
            match before.domains.contains_key(domain) {
                false => imported.added += 1,
                true if same => imported.unchanged += 1,
                true => imported.updated += 1,
            }
        }
        imported
    }

    /// Writes what is not as it was before.
    async fn save(
        &self,
        before: &Self,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let owners: Vec<_> = self
            .organisations
            .iter()
            .filter(|(name, owner)| before.organisations.get(*name) != Some(*owner))
            .collect();
        let returned = ORGANISATIONS
            .fetch(connection, &owners, |values, (name, owner)| {
                values
                    .push(name.as_str())
                    .push(owner.country.as_deref())
                    .push(owner.language.as_deref())
                    .push(i64::from(owner.shared));
            })
            .await?;
        let mut ids: HashMap<String, i64> = self
            .organisations
            .iter()
            .map(|(name, owner)| (name.clone(), owner.id))
            .collect();
        for row in returned {
            ids.insert(row.try_get(0)?, row.try_get(1)?);
        }
        let id_of = |name: &str| ids.get(name).copied().unwrap_or_default();
        let withdrawn: Vec<_> = owners
            .iter()
            .filter_map(|(name, owner)| Some((before.organisations.get(*name)?, *owner)))
            .flat_map(|(was, is)| was.contacts.difference(&is.contacts).map(|c| (was.id, c)))
            .collect();
        WITHDRAWN_CONTACTS
            .execute(connection, &withdrawn, |values, (id, address)| {
                values.push(*id).push(address.as_str());
            })
            .await?;
        let contacts: Vec<_> = owners
            .iter()
            .flat_map(|(name, owner)| owner.contacts.iter().map(|c| (id_of(name), c)))
            .collect();
        CONTACTS
            .execute(connection, &contacts, |values, (id, address)| {
                values.push(*id).push(address.as_str());
            })
            .await?;
        let domains: Vec<_> = self
            .domains
            .iter()
            .filter(|(domain, name)| before.domains.get(*domain) != Some(*name))
            .map(|(domain, name)| (domain, id_of(name)))
            .collect();
        for statement in [&DOMAINS, &LINK_CASES] {
            statement
                .execute(connection, &domains, |values, (domain, id)| {
                    values.push(domain.as_str()).push(*id);
                })
                .await?;
        }
        Ok(())
    }
}

async fn import(
    connection: &mut SqliteConnection,
    rows: Vec<NewOrganisation>,
    mut entry: Entry,
) -> Result<Imported, StoreError> {
    let before = Directory::load(connection).await?;
    let mut after = before.clone();
    after.apply(&rows);
    let imported = after.counts(&before, &rows);
    after.save(&before, connection).await?;
    if imported.added + imported.updated > 0 {
        sqlx::query(
            "INSERT INTO counter (name, value) VALUES ($1, 1) \
             ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
        )
        .bind(VERSION)
        .execute(&mut *connection)
        .await?;
    }
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("added".to_owned(), imported.added.into());
        detail.insert("updated".to_owned(), imported.updated.into());
        detail.insert("unchanged".to_owned(), imported.unchanged.into());
    }
    chain::append(connection, entry).await?;
    Ok(imported)
}
