//! Sessions of staff and the browsers they are known from, by hashes of tokens. (Sessions of SMTP are in `session`.)

use crate::message::Timestamp;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use sqlx::Row;
use sqlx::SqliteConnection;

/// Devices that a look-up takes at most.
pub const DEVICES_ASKED: usize = 4;

/// What a login needs to know of an account. Not shown: it has the hash of a password.
pub struct AccountForLogin {
    /// Its number.
    pub id: i64,
    /// A word of `staff::Role`.
    pub role: String,
    /// The hash of its password, in PHC form.
    pub password: String,
    /// Whether it is closed.
    pub closed: bool,
    /// Which of the devices asked about it is known from.
    pub device: Option<[u8; 32]>,
}

/// A session to begin.
pub struct NewSession {
    /// The hash of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub account: i64,
    /// The hash that the password was found to be of: where it has been changed since, no session begins.
    pub password: String,
    /// The hash of the device's token.
    pub device: [u8; 32],
    /// When.
    pub at: Timestamp,
    /// When it ends without use.
    pub expires_at: Timestamp,
    /// When the device is forgotten.
    pub device_expires_at: Timestamp,
    /// Sessions, and devices, that one account has at most: those that have not been used for longest make room.
    pub most: u32,
}

/// A session that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The account's number.
    pub account: i64,
    /// Its name.
    pub name: String,
    /// Its role now, a word of `staff::Role`.
    pub role: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
}

impl Store {
    /// The account of that name, and whether it is known from one of `devices` (the first [`DEVICES_ASKED`] count).
    ///
    /// # Errors
    /// The database's.
    pub async fn account_for_login(
        &self,
        name: &str,
        devices: &[[u8; 32]],
        now: Timestamp,
    ) -> Result<Option<AccountForLogin>, StoreError> {
        let mut query = sqlx::query(
            "SELECT id, role, password, disabled_at IS NOT NULL AS closed, \
               (SELECT token_hash FROM device WHERE account_id = account.id AND expires_at > $2 \
                AND token_hash IN ($3, $4, $5, $6) LIMIT 1) AS device \
             FROM account WHERE name = $1",
        )
        .bind(name)
        .bind(now.millis());
        for at in 0..DEVICES_ASKED {
            query = query.bind(devices.get(at).map(|hash| hash.as_slice()));
        }
        let Some(row) = query.fetch_optional(self.readers()).await? else {
            return Ok(None);
        };
        let device: Option<Vec<u8>> = row.try_get("device")?;
        Ok(Some(AccountForLogin {
            id: row.try_get("id")?,
            role: row.try_get("role")?,
            password: row.try_get("password")?,
            closed: row.try_get("closed")?,
            device: device.and_then(|hash| hash.try_into().ok()),
        }))
    }

    /// Begins a session and remembers the device, with the audit entry; what has expired, of anybody, goes. `false` where
    /// the account has been closed or its password changed in the meantime.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_session(
        &self,
        session: NewSession,
        entry: Entry,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| Box::pin(begin(connection, session, entry)))
            .await
    }

    /// The session of a token, where it has not ended by `now` and its account is open.
    ///
    /// # Errors
    /// The database's.
    pub async fn session(
        &self,
        token_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query(
            "SELECT account.id, name, role, begun_at, session.seen_at FROM session \
             JOIN account ON account.id = session.account_id \
             WHERE token_hash = $1 AND expires_at > $2 AND disabled_at IS NULL",
        )
        .bind(token_hash.as_slice())
        .bind(now.millis())
        .fetch_optional(self.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SessionRow {
            account: row.try_get(0)?,
            name: row.try_get(1)?,
            role: row.try_get(2)?,
            begun_at: Timestamp::from_millis(row.try_get(3)?),
            seen_at: Timestamp::from_millis(row.try_get(4)?),
        }))
    }

    /// Notes that a session was used, and when it ends without further use.
    ///
    /// # Errors
    /// The database's.
    pub async fn see_session(
        &self,
        token_hash: [u8; 32],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let account: Option<i64> = sqlx::query_scalar(
                    "UPDATE session SET seen_at = $2, expires_at = $3 WHERE token_hash = $1 RETURNING account_id",
                )
                .bind(token_hash.as_slice())
                .bind(now.millis())
                .bind(expires_at.millis())
                .fetch_optional(&mut *connection)
                .await?;
                match account {
                    Some(account) => see_account(connection, account, now).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Ends a session, with the audit entry; `false` where it had ended.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_session(
        &self,
        token_hash: [u8; 32],
        entry: Entry,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let ended = sqlx::query("DELETE FROM session WHERE token_hash = $1")
                    .bind(token_hash.as_slice())
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                if ended == 0 {
                    return Ok(false);
                }
                chain::append(connection, entry).await?;
                Ok(true)
            })
        })
        .await
    }
}

async fn begin(
    connection: &mut SqliteConnection,
    session: NewSession,
    entry: Entry,
) -> Result<bool, StoreError> {
    let now = session.at.millis();
    let still: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM account WHERE id = $1 AND password = $2 AND disabled_at IS NULL",
    )
    .bind(session.account)
    .bind(&session.password)
    .fetch_optional(&mut *connection)
    .await?;
    if still.is_none() {
        return Ok(false);
    }
    for expired in [
        "DELETE FROM session WHERE expires_at <= $1",
        "DELETE FROM device WHERE expires_at <= $1",
    ] {
        sqlx::query(expired)
            .bind(now)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(
        "INSERT INTO session (token_hash, account_id, begun_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)",
    )
    .bind(session.token_hash.as_slice())
    .bind(session.account)
    .bind(now)
    .bind(session.expires_at.millis())
    .execute(&mut *connection)
    .await?;
    // A token is one account's: another's stays its own.
    sqlx::query(
        "INSERT INTO device (token_hash, account_id, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at \
         WHERE device.account_id = excluded.account_id",
    )
    .bind(session.device.as_slice())
    .bind(session.account)
    .bind(session.device_expires_at.millis())
    .execute(&mut *connection)
    .await?;
    make_room(connection, &session).await?;
    see_account(connection, session.account, session.at).await?;
    chain::append(connection, entry).await?;
    Ok(true)
}

/// Takes away what goes past the bound: never what has just been made.
async fn make_room(
    connection: &mut SqliteConnection,
    session: &NewSession,
) -> Result<(), StoreError> {
    let surplus = [
        (
            "DELETE FROM session WHERE account_id = $1 AND token_hash NOT IN (SELECT token_hash FROM session \
             WHERE account_id = $1 ORDER BY token_hash = $2 DESC, seen_at DESC, begun_at DESC LIMIT $3)",
            session.token_hash,
        ),
        (
            "DELETE FROM device WHERE account_id = $1 AND token_hash NOT IN (SELECT token_hash FROM device \
             WHERE account_id = $1 ORDER BY token_hash = $2 DESC, expires_at DESC LIMIT $3)",
            session.device,
        ),
    ];
    for (statement, newest) in surplus {
        sqlx::query(statement)
            .bind(session.account)
            .bind(newest.as_slice())
            .bind(session.most)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn see_account(
    connection: &mut SqliteConnection,
    account: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE account SET seen_at = $2 WHERE id = $1")
        .bind(account)
        .bind(now.millis())
        .execute(connection)
        .await?;
    Ok(())
}
