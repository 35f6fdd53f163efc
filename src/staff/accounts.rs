//! Accounts: added, changed and closed on the server's command line, never by a page.

use crate::audit;
use crate::audit::Action;
use crate::message::Clock;
use crate::staff::Role;
use crate::staff::hashing::Hashing;
use crate::staff::hashing::Lane;
use crate::staff::hashing::NotDone;
use crate::staff::name::Name;
use crate::staff::name::NameRefused;
use crate::staff::password::HashFailed;
use crate::staff::password::Password;
use crate::staff::password::PasswordRefused;
use crate::staff::throttle::Throttle;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::accounts::AccountChange;
use crate::store::accounts::AccountListRow;
use crate::store::accounts::NewAccount;
use crate::store::chain::Entry;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The accounts of a store, and the door to them. Cheap to clone; clones share the throttle.
#[derive(Clone)]
pub struct Accounts {
    pub(in crate::staff) shared: Arc<Shared>,
}

pub(in crate::staff) struct Shared {
    pub store: Store,
    pub clock: Clock,
    pub throttle: Throttle,
    pub hashing: Hashing,
    /// Wrong passwords and names since the start, for the log.
    pub wrong: AtomicU64,
    /// Attempts turned away unread since the start, for the log.
    pub turned_away: AtomicU64,
}

/// Why an account was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] NameRefused),
    /// The password cannot be one.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// The name has been used.
    #[error("there is an account of that name, or was one: names are never used again")]
    Exists,
    /// The name is nobody's.
    #[error("there is no account of that name")]
    Missing,
    /// The account is closed, which is for good.
    #[error("the account is closed, which is for good: add another")]
    Closed,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailed),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// The accounts of `store`, with a throttle that has seen nobody yet.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                clock,
                throttle: Throttle::new(),
                hashing: Hashing::new(),
                wrong: AtomicU64::new(0),
                turned_away: AtomicU64::new(0),
            }),
        }
    }

    /// Adds an account. `by` is who does, for the audit trail.
    ///
    /// # Errors
    /// [`AccountError`]; then nothing has changed.
    pub async fn add(
        &self,
        by: &str,
        name: &str,
        role: Role,
        password: &str,
    ) -> Result<(), AccountError> {
        let name = Name::parse(name)?;
        let hash = self.hash(&name, password).await?;
        let detail = json!({ "role": role.name() });
        let account = NewAccount {
            name: name.as_str().to_owned(),
            role: role.name(),
            password: hash,
            at: self.shared.clock.now(),
        };
        let entry = self.entry(by, Action::AccountAdded, &name, detail);
        match self.shared.store.add_account(account, entry).await? {
            true => Ok(()),
            false => Err(AccountError::Exists),
        }
    }

    /// Gives an account another password; its sessions end.
    ///
    /// # Errors
    /// [`AccountError`]; then nothing has changed.
    pub async fn set_password(
        &self,
        by: &str,
        name: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        let name = Name::parse(name)?;
        let hash = self.hash(&name, password).await?;
        let detail = json!({ "changed": "password" });
        let entry = self.entry(by, Action::AccountChanged, &name, detail);
        let store = &self.shared.store;
        made(
            store
                .change_password(name.as_str().to_owned(), hash, entry)
                .await?,
        )
    }

    /// Gives an account another role, which its sessions have at once.
    ///
    /// # Errors
    /// [`AccountError`]; then nothing has changed.
    pub async fn set_role(&self, by: &str, name: &str, role: Role) -> Result<(), AccountError> {
        let name = Name::parse(name)?;
        let detail = json!({ "changed": "role", "to": role.name() });
        let entry = self.entry(by, Action::AccountChanged, &name, detail);
        let store = &self.shared.store;
        made(
            store
                .change_role(name.as_str().to_owned(), role.name(), entry)
                .await?,
        )
    }

    /// Closes an account for good; its sessions end.
    ///
    /// # Errors
    /// [`AccountError`]; then nothing has changed.
    pub async fn disable(&self, by: &str, name: &str) -> Result<(), AccountError> {
        let name = Name::parse(name)?;
        let now = self.shared.clock.now();
        let entry = self.entry(by, Action::AccountDisabled, &name, json!({}));
        let store = &self.shared.store;
        made(
            store
                .disable_account(name.as_str().to_owned(), now, entry)
                .await?,
        )
    }

    /// All accounts, closed ones too, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> Result<Vec<AccountListRow>, StoreError> {
        self.shared.store.accounts().await
    }

    async fn hash(&self, name: &Name, password: &str) -> Result<String, AccountError> {
        let password = Password::chosen(password, name.as_str())?;
        let hashed = self
            .shared
            .hashing
            .run(Lane::Known, move || password.hash());
        match hashed.await {
            Ok(hash) => Ok(hash?),
            Err(NotDone::Busy | NotDone::Failed) => Err(HashFailed.into()),
        }
    }

    fn entry(&self, by: &str, action: Action, name: &Name, detail: Value) -> Entry {
        audit::entry(self.shared.clock.now(), by, action, name.as_str(), detail)
    }
}

fn made(change: AccountChange) -> Result<(), AccountError> {
    match change {
        AccountChange::Made | AccountChange::Unchanged => Ok(()),
        AccountChange::Missing => Err(AccountError::Missing),
        AccountChange::Closed => Err(AccountError::Closed),
    }
}
