//! One organisation changed by hand, as a form says it: checked and written in one transaction with its audit entry.

use crate::classify::OrganisationId;
use crate::classify::is_mass_provider;
use crate::message::Domain;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::directory::Directory;
use crate::store::directory::Owner;
use crate::store::error::StoreError;
use crate::store::organisations::raise_version;
use serde_json::Value;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// What an organisation is to be. Unlike an import, what is left out is taken away; domains alone are only added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationChange {
    /// The one to change; `None` makes one.
    pub of: Option<OrganisationId>,
    /// The name of a new one; one that is there keeps its own.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// ISO 639-1, of its notices.
    pub language: Option<String>,
    /// Whether it has many unrelated users; it has where a domain that is new is a mass provider's.
    pub shared: bool,
    /// Whether it has agreed that senders are told of it.
    pub hint: bool,
    /// Domains that it has from now on too.
    pub domains: Vec<Domain>,
    /// Its addresses, in place of those it had.
    pub contacts: BTreeSet<String>,
}

/// What became of an [`OrganisationChange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is so now. Where it was so before, nothing was written, and there is no entry.
    Done(OrganisationId),
    /// There is no such organisation.
    Missing,
    /// There is one of that name.
    NameTaken,
    /// The domain is another's.
    DomainTaken(String),
}

impl Store {
    /// Changes one organisation, or makes one. The entry's subject becomes its name, and its detail is given what was
    /// changed: domains by name, contacts by number.
    ///
    /// # Errors
    /// The database's; then nothing has changed.
    pub async fn change_organisation(
        &self,
        change: OrganisationChange,
        entry: Entry,
    ) -> Result<Changed, StoreError> {
        self.write(move |connection| Box::pin(apply(connection, change, entry)))
            .await
    }
}

async fn apply(
    connection: &mut SqliteConnection,
    change: OrganisationChange,
    mut entry: Entry,
) -> Result<Changed, StoreError> {
    let (name, before) = match find(connection, &change).await? {
        Found::Named(name, before) => (name, before),
        Found::Not(why) => return Ok(why),
    };
    let mut after = before.clone();
    let mut shared = change.shared;
    for domain in &change.domains {
        let owner = after
            .domains
            .insert(domain.as_str().to_owned(), name.clone());
        // A box that nobody ticked says nothing of a provider that is new, any more than an import's empty column does.
        shared |= owner.is_none() && is_mass_provider(domain);
        if owner.is_some_and(|owner| owner != name) {
            return Ok(Changed::DomainTaken(domain.as_str().to_owned()));
        }
    }
    let id = before.organisations.get(&name).map_or(0, |owner| owner.id);
    let owner = Owner {
        id,
        country: change.country,
        language: change.language,
        shared,
        hint: change.hint,
        contacts: change.contacts,
    };
    after.organisations.insert(name.clone(), owner);
    if after == before {
        return Ok(Changed::Done(OrganisationId(id)));
    }
    after.save(&before, connection, &entry).await?;
    raise_version(connection).await?;
    let id: i64 = sqlx::query_scalar("SELECT id FROM organisation WHERE name = $1")
        .bind(&name)
        .fetch_one(&mut *connection)
        .await?;
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("organisation".to_owned(), id.into());
        detail.extend(differences(&name, &before, &after));
    }
    entry.subject = name;
    chain::append(connection, entry).await?;
    Ok(Changed::Done(OrganisationId(id)))
}

/// What is there of a change's organisation.
enum Found {
    /// Its name, and the part of the directory that the change is about.
    Named(String, Directory),
    /// Why there is nothing to change.
    Not(Changed),
}

type Row = (i64, String, Option<String>, Option<String>, bool, bool);

async fn find(
    connection: &mut SqliteConnection,
    change: &OrganisationChange,
) -> Result<Found, StoreError> {
    let there: Option<Row> = match change.of {
        Some(OrganisationId(id)) => {
            sqlx::query_as(
                "SELECT id, name, country, language, shared, hint FROM organisation WHERE id = $1",
            )
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?
        }
        None => sqlx::query_as(
            "SELECT id, name, country, language, shared, hint FROM organisation WHERE name = $1",
        )
        .bind(&change.name)
        .fetch_optional(&mut *connection)
        .await?,
    };
    let mut found = Directory::default();
    let name = match (change.of, there) {
        (Some(_), None) => return Ok(Found::Not(Changed::Missing)),
        (None, Some(_)) => return Ok(Found::Not(Changed::NameTaken)),
        (None, None) => change.name.clone(),
        (Some(_), Some((id, name, country, language, shared, hint))) => {
            let contacts: Vec<String> =
                sqlx::query_scalar("SELECT address FROM contact WHERE organisation_id = $1")
                    .bind(id)
                    .fetch_all(&mut *connection)
                    .await?;
            let owner = Owner {
                id,
                country,
                language,
                shared,
                hint,
                contacts: contacts.into_iter().collect(),
            };
            found.organisations.insert(name.clone(), owner);
            name
        }
    };
    for domain in &change.domains {
        let owner: Option<String> = sqlx::query_scalar(
            "SELECT o.name FROM organisation_domain d JOIN organisation o ON o.id = d.organisation_id \
             WHERE d.domain = $1",
        )
        .bind(domain.as_str())
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(owner) = owner {
            found.domains.insert(domain.as_str().to_owned(), owner);
        }
    }
    Ok(Found::Named(name, found))
}

/// What a change did, for the trail. Addresses are people's: they are counted, not written down for ever.
fn differences(name: &str, before: &Directory, after: &Directory) -> Vec<(String, Value)> {
    let domains: Vec<&str> = after
        .domains
        .keys()
        .filter(|domain| !before.domains.contains_key(*domain))
        .map(String::as_str)
        .collect();
    let mut found = vec![("domains_added".to_owned(), domains.into())];
    let none = Owner::default();
    let was = before.organisations.get(name).unwrap_or(&none);
    let is = after.organisations.get(name).unwrap_or(&none);
    let contacts = [
        ("contacts_added", is.contacts.difference(&was.contacts)),
        ("contacts_withdrawn", was.contacts.difference(&is.contacts)),
    ];
    for (key, addresses) in contacts {
        found.push((key.to_owned(), addresses.count().into()));
    }
    if was.country != is.country {
        found.push(("country".to_owned(), is.country.clone().into()));
    }
    if was.language != is.language {
        found.push(("language".to_owned(), is.language.clone().into()));
    }
    if was.shared != is.shared {
        found.push(("shared".to_owned(), is.shared.into()));
    }
    if was.hint != is.hint {
        found.push(("hint".to_owned(), is.hint.into()));
    }
    found
}
