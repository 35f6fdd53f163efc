//! The directory in memory, before and after a change, and the statements that write the difference.

use crate::classify::OrganisationId;
use crate::classify::is_mass_provider;
use crate::store::bulk::Bulk;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use crate::store::organisations::Imported;
use crate::store::organisations::NewOrganisation;
use crate::store::organisations::OrganisationRow;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

const ORGANISATIONS: Bulk = Bulk {
    head: "INSERT INTO organisation (name, country, language, shared, hint)",
    columns: 5,
    tail: "ON CONFLICT (name) DO UPDATE SET country = excluded.country, language = excluded.language, \
           shared = excluded.shared, hint = excluded.hint RETURNING name, id",
};

const DOMAINS: Bulk = Bulk {
    head: "INSERT INTO organisation_domain (domain, organisation_id)",
    columns: 2,
    tail: "ON CONFLICT (domain) DO UPDATE SET organisation_id = excluded.organisation_id",
};

const CONTACTS: Bulk = Bulk {
    head: "INSERT INTO contact (organisation_id, address, set_by, set_at)",
    columns: 4,
    // An address that stays keeps who set it.
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

/// The directory, or the part of it that a change is about.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct Directory {
    pub organisations: BTreeMap<String, Owner>,
    /// Domain: name of its owner.
    pub domains: BTreeMap<String, String>,
}

/// What is known of one organisation beside its domains.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct Owner {
    pub id: i64,
    pub country: Option<String>,
    pub language: Option<String>,
    pub shared: bool,
    pub hint: bool,
    pub contacts: BTreeSet<String>,
}

impl Directory {
    /// All of it.
    pub async fn load(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        type Row = (i64, String, Option<String>, Option<String>, bool, bool);
        let rows: Vec<Row> =
            sqlx::query_as("SELECT id, name, country, language, shared, hint FROM organisation")
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
        for (id, name, country, language, shared, hint) in rows {
            let owner = Owner {
                id,
                country,
                language,
                shared,
                hint,
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

    /// As lists show it.
    pub fn rows(self) -> Vec<OrganisationRow> {
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
                hint: owner.hint,
                contacts: owner.contacts.into_iter().collect(),
            })
            .collect()
    }

    /// Takes the rows of one import in.
    pub fn apply(&mut self, rows: &[NewOrganisation]) {
        let mut contacts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut shared: BTreeMap<&str, bool> = BTreeMap::new();
        let mut hints: BTreeMap<&str, bool> = BTreeMap::new();
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
            if let Some(agreed) = row.hint {
                *hints.entry(&row.name).or_default() |= agreed;
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
        for (name, given) in hints {
            if let Some(owner) = self.organisations.get_mut(name) {
                owner.hint = given;
            }
        }
    }

    /// How the rows changed `before` into this, row by row.
    pub fn counts(&self, before: &Self, rows: &[NewOrganisation]) -> Imported {
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

    /// Writes what is not as it was before. New contacts were set by who makes the entry, at its time.
    pub async fn save(
        &self,
        before: &Self,
        connection: &mut SqliteConnection,
        entry: &Entry,
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
                    .push(i64::from(owner.shared))
                    .push(i64::from(owner.hint));
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
        let (by, at) = (entry.actor.as_str(), entry.at.millis());
        CONTACTS
            .execute(connection, &contacts, |values, (id, address)| {
                values.push(*id).push(address.as_str()).push(by).push(at);
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
