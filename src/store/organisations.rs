//! The directory: who owns which domains.

use crate::classify::Organisation;
use crate::classify::OrganisationId;
use crate::message::Domain;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::directory::Directory;
use crate::store::error::StoreError;
use serde::Serialize;
use sqlx::Connection;
use sqlx::SqliteConnection;

/// Goes up with each change of the directory, so that another process sees that there is one.
pub(in crate::store) const VERSION: &str = "organisations_version";

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
    /// Whether it has agreed that senders are told of it; it has where one of its rows says so. A new one has not.
    pub hint: Option<bool>,
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
    /// Whether it has agreed that senders are told of it.
    pub hint: bool,
    /// Its domains, in alphabetical order.
    pub domains: Vec<String>,
    /// Its addresses, in alphabetical order.
    pub contacts: Vec<String>,
}

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
                hint: row.hint,
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

async fn import(
    connection: &mut SqliteConnection,
    rows: Vec<NewOrganisation>,
    mut entry: Entry,
) -> Result<Imported, StoreError> {
    let before = Directory::load(connection).await?;
    let mut after = before.clone();
    after.apply(&rows);
    let imported = after.counts(&before, &rows);
    after.save(&before, connection, &entry).await?;
    if imported.added + imported.updated > 0 {
        raise_version(connection).await?;
    }
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("added".to_owned(), imported.added.into());
        detail.insert("updated".to_owned(), imported.updated.into());
        detail.insert("unchanged".to_owned(), imported.unchanged.into());
    }
    chain::append(connection, entry).await?;
    Ok(imported)
}

/// Says to every process that the directory has changed.
pub(in crate::store) async fn raise_version(
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO counter (name, value) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
    )
    .bind(VERSION)
    .execute(connection)
    .await?;
    Ok(())
}
