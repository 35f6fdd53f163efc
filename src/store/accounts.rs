//! Accounts: who may log in, and as what. A change that ends sessions ends them in its own transaction.

use crate::message::Timestamp;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// An account to add. Not shown: it has the hash of a password.
pub struct NewAccount {
    /// Its name, in the form that names have.
    pub name: String,
    /// A word of `staff::Role`.
    pub role: &'static str,
    /// The hash of its password, in PHC form.
    pub password: String,
    /// When.
    pub at: Timestamp,
}

/// An account, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountListRow {
    /// Its name.
    pub name: String,
    /// A word of `staff::Role`.
    pub role: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was closed.
    pub disabled_at: Option<Timestamp>,
    /// When a session of it was last used, to the minute.
    pub seen_at: Option<Timestamp>,
}

/// What became of a change to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// It is made, and in the audit trail.
    Made,
    /// All was so already.
    Unchanged,
    /// There is no account of that name.
    Missing,
    /// It is closed.
    Closed,
}

impl Store {
    /// Adds an account, with its audit entry; `false` where the name has been used before.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_account(&self, account: NewAccount, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| Box::pin(add(connection, account, entry)))
            .await
    }

    /// Gives an account another password, ends its sessions, and appends the audit entry with their number. The browsers it
    /// is known from stay known: they say who may try, not who may enter.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_password(
        &self,
        name: String,
        password: String,
        entry: Entry,
    ) -> Result<AccountChange, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let id = match open_account(connection, &name).await? {
                    Ok((id, _)) => id,
                    Err(refused) => return Ok(refused),
                };
                sqlx::query("UPDATE account SET password = $2 WHERE id = $1")
                    .bind(id)
                    .bind(password)
                    .execute(&mut *connection)
                    .await?;
                // Whoever knew the old password may have made browsers known with it, and pushed the owner's out.
                forget_devices(connection, id).await?;
                let ended = end_sessions(connection, id).await?;
                append(connection, entry, "sessions_ended", ended.into()).await
            })
        })
        .await
    }

    /// Gives an account another role, which its sessions have at once, and appends the audit entry with the one before.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_role(
        &self,
        name: String,
        role: &'static str,
        entry: Entry,
    ) -> Result<AccountChange, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let (id, before) = match open_account(connection, &name).await? {
                    Ok(found) => found,
                    Err(refused) => return Ok(refused),
                };
                if before == role {
                    return Ok(AccountChange::Unchanged);
                }
                sqlx::query("UPDATE account SET role = $2 WHERE id = $1")
                    .bind(id)
                    .bind(role)
                    .execute(&mut *connection)
                    .await?;
                append(connection, entry, "from", before.into()).await
            })
        })
        .await
    }

    /// Closes an account, ends its sessions and forgets its browsers, with the audit entry.
    ///
    /// # Errors
    /// The database's.
    pub async fn disable_account(
        &self,
        name: String,
        at: Timestamp,
        entry: Entry,
    ) -> Result<AccountChange, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let id = match open_account(connection, &name).await? {
                    Ok((id, _)) => id,
                    Err(refused) => return Ok(refused),
                };
                sqlx::query("UPDATE account SET disabled_at = $2 WHERE id = $1")
                    .bind(id)
                    .bind(at.millis())
                    .execute(&mut *connection)
                    .await?;
                forget_devices(connection, id).await?;
                let ended = end_sessions(connection, id).await?;
                append(connection, entry, "sessions_ended", ended.into()).await
            })
        })
        .await
    }

    /// All accounts, closed ones too, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn accounts(&self) -> Result<Vec<AccountListRow>, StoreError> {
        sqlx::query("SELECT name, role, added_at, disabled_at, seen_at FROM account ORDER BY name")
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(list_row)
            .collect()
    }
}

fn list_row(row: &SqliteRow) -> Result<AccountListRow, StoreError> {
    let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    Ok(AccountListRow {
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        added_at: Timestamp::from_millis(row.try_get("added_at")?),
        disabled_at: time(row.try_get("disabled_at")?),
        seen_at: time(row.try_get("seen_at")?),
    })
}

async fn add(
    connection: &mut SqliteConnection,
    account: NewAccount,
    entry: Entry,
) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "INSERT INTO account (name, role, password, added_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(account.name)
    .bind(account.role)
    .bind(account.password)
    .bind(account.at.millis())
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if added == 0 {
        return Ok(false);
    }
    chain::append(connection, entry).await?;
    Ok(true)
}

/// Number and role of an account that can be changed.
async fn open_account(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Result<(i64, String), AccountChange>, StoreError> {
    let found: Option<(i64, String, Option<i64>)> =
        sqlx::query_as("SELECT id, role, disabled_at FROM account WHERE name = $1")
            .bind(name)
            .fetch_optional(connection)
            .await?;
    Ok(match found {
        None => Err(AccountChange::Missing),
        Some((_, _, Some(_))) => Err(AccountChange::Closed),
        Some((id, role, None)) => Ok((id, role)),
    })
}

/// No browser is known for an account any more.
async fn forget_devices(connection: &mut SqliteConnection, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM device WHERE account_id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

async fn end_sessions(connection: &mut SqliteConnection, account: i64) -> Result<u64, StoreError> {
    let ended = sqlx::query("DELETE FROM session WHERE account_id = $1")
        .bind(account)
        .execute(connection)
        .await?;
    Ok(ended.rows_affected())
}

/// The entry, with one more thing in its detail.
async fn append(
    connection: &mut SqliteConnection,
    mut entry: Entry,
    key: &str,
    value: serde_json::Value,
) -> Result<AccountChange, StoreError> {
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert(key.to_owned(), value);
    }
    chain::append(connection, entry).await?;
    Ok(AccountChange::Made)
}
