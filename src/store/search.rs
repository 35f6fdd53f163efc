//! Messages of one verdict, by pages.
//!
//! There is no index by verdict: it would cost the writer one more entry a message, for a filter that few use. Rows are
//! looked through instead, in the order in which they lie, and at most so many a page: what is common fills a page at
//! once, and where something is rare a page comes back short, or empty, and says where the next begins.

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::messages::Cursor;
use crate::store::messages::MessageRow;
use crate::store::messages::message_id;
use crate::store::messages::rows;
use sqlx::Row;

/// Recipients that are looked through for one page, at most: five milliseconds with 200,000 messages stored.
pub const LOOKED_THROUGH: u32 = 10_000;

/// The same within one case, whose recipients lie apart from each other.
pub const LOOKED_THROUGH_OF_A_CASE: u32 = 3_000;

/// What one page found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The rows, the newest first.
    pub rows: Vec<MessageRow>,
    /// The last recipient that was looked at, where there may be more beyond it.
    pub next: Option<Cursor>,
}

const EDGE: &str = "SELECT message_id, position FROM recipient WHERE (message_id, position) < ($1, $2) \
     ORDER BY message_id DESC, position DESC LIMIT 1 OFFSET $3";
const EDGE_OF_A_CASE: &str = "SELECT message_id, position FROM recipient \
     WHERE case_id = $4 AND (message_id, position) < ($1, $2) \
     ORDER BY message_id DESC, position DESC LIMIT 1 OFFSET $3";
const WITHIN: &str = rows!(
    "(r.message_id, r.position) < ($1, $2) AND (r.message_id, r.position) >= ($3, $4) AND m.verdict = $5 \
     ORDER BY r.message_id DESC, r.position DESC LIMIT $6"
);
const WITHIN_A_CASE: &str = rows!(
    "(r.message_id, r.position) < ($1, $2) AND (r.message_id, r.position) >= ($3, $4) AND m.verdict = $5 \
     AND r.case_id = $7 ORDER BY r.message_id DESC, r.position DESC LIMIT $6"
);

impl Store {
    /// A page of recipients of messages of one verdict, the newest first, past `after`, of one case where it is given.
    ///
    /// # Errors
    /// The database's.
    pub async fn messages_of_verdict(
        &self,
        verdict: &str,
        case: Option<i64>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Found, StoreError> {
        let start = after.unwrap_or_else(Cursor::last);
        let edge = self.edge(start, case).await?;
        let end = edge.unwrap_or_else(Cursor::first);
        let text = if case.is_some() {
            WITHIN_A_CASE
        } else {
            WITHIN
        };
        let mut query = sqlx::query(text)
            .bind(start.message.as_bytes().as_slice())
            .bind(start.position)
            .bind(end.message.as_bytes().as_slice())
            .bind(end.position)
            .bind(verdict)
            // One more, to know whether there is one.
            .bind(limit.saturating_add(1));
        if let Some(case) = case {
            query = query.bind(case);
        }
        let found = query.fetch_all(self.readers()).await?;
        let mut rows: Vec<MessageRow> = found
            .iter()
            .map(MessageRow::read)
            .collect::<Result<_, _>>()?;
        let limit = limit as usize;
        let next = if rows.len() > limit {
            rows.truncate(limit);
            rows.last().and_then(MessageRow::cursor)
        } else {
            edge
        };
        Ok(Found { rows, next })
    }

    /// The last recipient that one page looks at; `None` where the page gets to the end.
    async fn edge(&self, start: Cursor, case: Option<i64>) -> Result<Option<Cursor>, StoreError> {
        let (text, looked_through) = match case {
            None => (EDGE, LOOKED_THROUGH),
            Some(_) => (EDGE_OF_A_CASE, LOOKED_THROUGH_OF_A_CASE),
        };
        let mut query = sqlx::query(text)
            .bind(start.message.as_bytes().as_slice())
            .bind(start.position)
            .bind(looked_through - 1);
        if let Some(case) = case {
            query = query.bind(case);
        }
        let Some(row) = query.fetch_optional(self.readers()).await? else {
            return Ok(None);
        };
        Ok(Some(Cursor {
            message: message_id(&row, "message_id")?,
            position: row.try_get("position")?,
        }))
    }
}
