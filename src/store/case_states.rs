//! The states of a case, and the counters of them.

use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use sqlx::SqliteConnection;

/// What a case is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseStep {
    /// From `open` or `notified` to `closed`.
    Close,
    /// From `closed` to `open`.
    Reopen,
}

/// What became of a [`CaseStep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepped {
    /// It is done.
    Done,
    /// It was so before: nothing was written, and there is no entry.
    Before,
    /// There is no such case.
    Missing,
}

impl Store {
    /// Closes a case or opens it again, with the entry that says so; its subject becomes the case's domain, and its detail
    /// is given the case's number and the state it was in.
    ///
    /// # Errors
    /// The database's; then nothing has changed.
    pub async fn step_case(
        &self,
        id: i64,
        step: CaseStep,
        entry: Entry,
    ) -> Result<Stepped, StoreError> {
        self.write(move |connection| Box::pin(take(connection, id, step, entry)))
            .await
    }
}

async fn take(
    connection: &mut SqliteConnection,
    id: i64,
    step: CaseStep,
    mut entry: Entry,
) -> Result<Stepped, StoreError> {
    let found: Option<(String, String)> =
        sqlx::query_as("SELECT state, domain FROM cases WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((state, domain)) = found else {
        return Ok(Stepped::Missing);
    };
    let to = match (step, state.as_str()) {
        (CaseStep::Close, "open" | "notified") => "closed",
        (CaseStep::Reopen, "closed") => "open",
        _ => return Ok(Stepped::Before),
    };
    set(connection, id, &state, to).await?;
    entry.subject = domain;
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("case".to_owned(), id.into());
        detail.insert("was".to_owned(), state.into());
    }
    chain::append(connection, entry).await?;
    Ok(Stepped::Done)
}

/// Sets the state of a case that is in the state `from`, and keeps the counters true.
pub(in crate::store) async fn set(
    connection: &mut SqliteConnection,
    id: i64,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE cases SET state = $1 WHERE id = $2 AND state = $3")
        .bind(to)
        .bind(id)
        .bind(from)
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    for (state, by) in [(from, -1), (to, 1)] {
        sqlx::query(
            "INSERT INTO counter (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value",
        )
        .bind(format!("cases:{state}"))
        .bind(by)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
