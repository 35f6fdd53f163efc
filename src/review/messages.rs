//! Messages: their metadata alone.

use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Approver;
use crate::staff::Viewer;

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

impl Review {
    /// A page of messages, one row a recipient, the newest first. `labels` is the proof that the reader may see the labels
    /// of single messages.
    ///
    /// # Errors
    /// The store's.
    pub async fn messages(
        &self,
        _viewer: &Viewer,
        _labels: Option<&Approver>,
        _choice: &MessageChoice,
    ) -> Result<MessagePage, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// One recipient of one message.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn message(
        &self,
        _viewer: &Viewer,
        _labels: Option<&Approver>,
        _at: Cursor,
    ) -> Result<MessageRow, ReviewError> {
        Err(ReviewError::Missing)
    }
}
