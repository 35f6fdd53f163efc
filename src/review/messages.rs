//! Messages: their metadata alone.

use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Approver;
use crate::staff::Viewer;
use crate::store::messages::Order;
use crate::store::messages::Page;
use serde_json::Value;

pub use crate::store::messages::Cursor;
pub use crate::store::messages::MessageRow;

/// Which messages to list.
#[derive(Clone, Debug, Default)]
pub struct MessageChoice {
    /// Of one case alone.
    pub case: Option<i64>,
    /// Of one verdict alone (its word in the store).
    pub verdict: Option<String>,
    /// Past which row.
    pub after: Option<Cursor>,
    /// How many; at most 200.
    pub limit: u32,
}

/// A page of the list. `sensitivity` of each row is JSON null unless an approver asked.
#[derive(Clone, Debug)]
pub struct MessagePage {
    /// The rows, the newest first.
    pub rows: Vec<MessageRow>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

/// The most rows of one page.
const LARGEST_PAGE: u32 = 200;

impl Review {
    /// A page of messages, one row a recipient, the newest first. `labels` is the proof that the reader may see the labels
    /// of single messages. Of one verdict, so many messages are looked through for a page and no more: it may be short or
    /// empty and have a next one.
    ///
    /// # Errors
    /// The store's.
    pub async fn messages(
        &self,
        _viewer: &Viewer,
        labels: Option<&Approver>,
        choice: &MessageChoice,
    ) -> Result<MessagePage, ReviewError> {
        let limit = choice.limit.clamp(1, LARGEST_PAGE);
        let mut page = match &choice.verdict {
            Some(verdict) => {
                let found = self
                    .store
                    .messages_of_verdict(verdict, choice.case, choice.after, limit)
                    .await?;
                MessagePage {
                    rows: found.rows,
                    next: found.next,
                }
            }
            None => self.newest(choice, limit).await?,
        };
        for row in &mut page.rows {
            hide_labels(row, labels);
        }
        Ok(page)
    }

    async fn newest(&self, choice: &MessageChoice, limit: u32) -> Result<MessagePage, ReviewError> {
        let page = Page {
            order: Order::NewestFirst,
            after: choice.after,
            case: choice.case,
            // One more, to know whether there is one.
            limit: limit + 1,
        };
        let mut rows = self.store.messages(page).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).and_then(MessageRow::cursor);
        Ok(MessagePage { rows, next })
    }

    /// One recipient of one message.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn message(
        &self,
        _viewer: &Viewer,
        labels: Option<&Approver>,
        at: Cursor,
    ) -> Result<MessageRow, ReviewError> {
        let mut row = self.store.message(at).await?.ok_or(ReviewError::Missing)?;
        hide_labels(&mut row, labels);
        Ok(row)
    }
}

/// The labels of single messages are for approvers.
fn hide_labels(row: &mut MessageRow, labels: Option<&Approver>) {
    if labels.is_none() {
        row.sensitivity = Value::Null;
    }
}
