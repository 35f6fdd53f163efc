//! The operator's own mail, as far as it can be shown: how much there is, and sealed files to take away.
//!
//! Nothing here can open one; only the key of `[operator] recipient`, which is not on this machine.

use crate::audit;
use crate::audit::Action;
use crate::message::MessageId;
use crate::message::OperatorMailbox;
use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Admin;
use crate::staff::Auditor;
use crate::store::operator::OperatorRow;
use serde_json::json;

pub use crate::store::operator::OPERATOR_BYTES_MAX;
pub use crate::store::operator::OPERATOR_ITEMS_MAX;

/// What one mailbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxSums {
    /// Which.
    pub mailbox: OperatorMailbox,
    /// Sealed files.
    pub items: i64,
    /// Their octets.
    pub bytes: i64,
    /// When the oldest and the newest came; `None`: there is none.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// What there is of a sealed file beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorFile {
    /// Its name.
    pub id: MessageId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Where to.
    pub mailbox: OperatorMailbox,
    /// Octets as received.
    pub bytes: i64,
    /// Octets, sealed.
    pub sealed_bytes: i64,
    /// Fingerprints of the keys that open it.
    pub fingerprints: Vec<String>,
}

/// A sealed file.
pub struct SealedFile {
    /// What it is called: `ID.age`.
    pub name: String,
    /// An age file.
    pub bytes: Vec<u8>,
}

/// Files of one page.
pub const PAGE: u32 = 100;

impl Review {
    /// What each mailbox holds, all of them, in the order of [`OperatorMailbox::ALL`].
    ///
    /// # Errors
    /// The store's.
    pub async fn operator_mail(&self, _auditor: &Auditor) -> Result<Vec<MailboxSums>, ReviewError> {
        let found = self.store.operator_sums().await?;
        let sums = OperatorMailbox::ALL.into_iter().map(|mailbox| {
            let of = found.iter().find(|sums| sums.mailbox == mailbox);
            MailboxSums {
                mailbox,
                items: of.map_or(0, |sums| sums.items),
                bytes: of.map_or(0, |sums| sums.bytes),
                span: of.map(|sums| (sums.oldest, sums.newest)),
            }
        });
        Ok(sums.collect())
    }

    /// The files, the newest first, before the one called `before`; at most [`PAGE`].
    ///
    /// # Errors
    /// The store's.
    pub async fn operator_files(
        &self,
        _auditor: &Auditor,
        before: Option<MessageId>,
    ) -> Result<Vec<OperatorFile>, ReviewError> {
        let rows = self.store.operator_page(before, PAGE).await?;
        Ok(rows.into_iter().map(OperatorFile::from).collect())
    }

    /// Gives one file away, and writes down who took it before it is given.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn take_operator_file(
        &self,
        admin: &Admin,
        id: MessageId,
    ) -> Result<SealedFile, ReviewError> {
        let row = self.store.operator_item(id).await?;
        let row = row.ok_or(ReviewError::Missing)?;
        let bytes = self.store.operator_sealed(&row).await?;
        // Its time was over between the two.
        let bytes = bytes.ok_or(ReviewError::Missing)?;
        let detail = json!({
            "mailbox": row.mailbox.name(),
            "received": row.received_at.to_string(),
            "bytes": row.sealed_bytes,
        });
        let entry = audit::entry(
            self.clock.now(),
            admin.name(),
            Action::OperatorMailTaken,
            &id.to_string(),
            detail,
        );
        audit::record(&self.store, entry).await?;
        Ok(SealedFile {
            name: format!("{id}.age"),
            bytes,
        })
    }
}

impl From<OperatorRow> for OperatorFile {
    fn from(row: OperatorRow) -> Self {
        Self {
            id: row.id,
            received_at: row.received_at,
            mailbox: row.mailbox,
            bytes: row.bytes,
            sealed_bytes: row.sealed_bytes,
            fingerprints: row.fingerprints,
        }
    }
}
