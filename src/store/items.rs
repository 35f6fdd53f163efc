//! Sealed items: what there is of each, and its bytes, in parts. For export, and for tests; no page ever asks for bytes.

use crate::classify::OrganisationId;
use crate::message::MessageId;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::messages::LARGEST_PAGE;
use crate::store::messages::message_id;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// The name of a sealed item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemId {
    /// The message.
    pub message: MessageId,
    /// Which of its items.
    pub position: i64,
}

/// What there is of a sealed item beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemRow {
    /// Its name.
    #[serde(skip)]
    pub id: ItemId,
    /// The organisation whose recipients it carries.
    #[serde(skip)]
    pub organisation: Option<OrganisationId>,
    /// The registrable domain it is grouped by: the intended one, or the typed one where that is unknown.
    pub domain: String,
    /// Octets, sealed.
    pub bytes: i64,
    /// Fingerprints of the keys that open it.
    pub fingerprints: Vec<String>,
    /// When its message was received.
    #[serde(skip)]
    pub received_at: Timestamp,
    first_part: i64,
    parts: i64,
}

macro_rules! items {
    ($choice:literal) => {
        concat!(
            "SELECT i.message_id, i.position, i.organisation_id, i.domain, i.bytes, i.fingerprints, i.first_part, \
             i.parts, m.received_at FROM item i JOIN message m ON m.id = i.message_id WHERE i.removed_at IS NULL AND ",
            $choice
        )
    };
}

impl Store {
    /// The items that are held, oldest first, past `after`; at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub async fn items(
        &self,
        after: Option<ItemId>,
        limit: u32,
    ) -> Result<Vec<ItemRow>, StoreError> {
        let start = after.unwrap_or(ItemId {
            message: MessageId::from_bytes([0; 16]),
            position: -1,
        });
        sqlx::query(items!(
            "(i.message_id, i.position) > ($1, $2) ORDER BY i.message_id, i.position LIMIT $3"
        ))
        .bind(start.message.as_bytes().as_slice())
        .bind(start.position)
        .bind(limit.min(LARGEST_PAGE))
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(ItemRow::read)
        .collect()
    }

    /// One item, where it is held.
    ///
    /// # Errors
    /// The database's.
    pub async fn item(&self, id: ItemId) -> Result<Option<ItemRow>, StoreError> {
        sqlx::query(items!("i.message_id = $1 AND i.position = $2"))
            .bind(id.message.as_bytes().as_slice())
            .bind(id.position)
            .fetch_optional(self.readers())
            .await?
            .as_ref()
            .map(ItemRow::read)
            .transpose()
    }

    /// One part of an item's bytes, from 0; `None` past the last one. A part has at most 1 MiB.
    ///
    /// # Errors
    /// The database's.
    pub async fn item_part(
        &self,
        item: &ItemRow,
        part: i64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if !(0..item.parts).contains(&part) {
            return Ok(None);
        }
        let found = sqlx::query_scalar("SELECT sealed FROM item_body WHERE id = $1")
            .bind(item.first_part + part)
            .fetch_optional(self.readers())
            .await?;
        Ok(found)
    }

    /// A whole item: an age file. `None` where it is not held (any more).
    ///
    /// # Errors
    /// The database's.
    pub async fn sealed_item(&self, id: ItemId) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(item) = self.item(id).await? else {
            return Ok(None);
        };
        let mut sealed = Vec::with_capacity(usize::try_from(item.bytes).unwrap_or(0));
        for part in 0..item.parts {
            match self.item_part(&item, part).await? {
                Some(mut bytes) => sealed.append(&mut bytes),
                // Retention went over it between two parts.
                None => return Ok(None),
            }
        }
        Ok(Some(sealed))
    }
}

impl ItemRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let organisation: Option<i64> = row.try_get("organisation_id")?;
        let fingerprints: &str = row.try_get("fingerprints")?;
        Ok(Self {
            id: ItemId {
                message: message_id(row, "message_id")?,
                position: row.try_get("position")?,
            },
            organisation: organisation.map(OrganisationId),
            domain: row.try_get("domain")?,
            bytes: row.try_get("bytes")?,
            fingerprints: serde_json::from_str(fingerprints).unwrap_or_default(),
            received_at: Timestamp::from_millis(row.try_get("received_at")?),
            first_part: row.try_get("first_part")?,
            parts: row.try_get("parts")?,
        })
    }
}
