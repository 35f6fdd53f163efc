//! Destroys what is too old of the operator's mail, a bounded step at a time.

use crate::message::Timestamp;
use crate::store::Removed;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::operator::BYTES;
use crate::store::operator::ITEMS;
use crate::store::operator::OperatorRow;
use crate::store::operator::STRANGERS_BYTES;
use crate::store::operator::STRANGERS_ITEMS;
use crate::store::operator::keeping::count;
use crate::store::prepared::integer;
use sqlx::SqliteConnection;

/// Octets that one step of retention destroys, at most (one item more where it alone is larger).
const STEP_BYTES: i64 = 16 * 1024 * 1024;

const DESTROY_PARTS: Bulk = Bulk {
    head: "WITH gone (first_part, parts) AS (",
    columns: 2,
    tail: ") DELETE FROM operator_body WHERE id IN (SELECT b.id FROM gone g CROSS JOIN operator_body b \
           WHERE b.id >= g.first_part AND b.id < g.first_part + g.parts)",
};

const REMOVE: Bulk = Bulk {
    head: "DELETE FROM operator_item WHERE id IN (",
    columns: 1,
    tail: ")",
};

pub(super) async fn remove(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> Result<Removed, StoreError> {
    let due: Vec<OperatorRow> = sqlx::query(
        "SELECT id, received_at, mailbox, bytes, sealed_bytes, fingerprints, first_part, parts FROM operator_item \
         WHERE kept_at < $1 ORDER BY kept_at LIMIT $2",
    )
    .bind(before.millis())
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(OperatorRow::read)
    .collect::<Result<_, _>>()?;
    let mut bytes = 0;
    let fits = due
        .iter()
        .take_while(|item| {
            bytes += item.sealed_bytes;
            bytes <= STEP_BYTES
        })
        .count();
    let due = &due[..fits.max(1).min(due.len())];
    if due.is_empty() {
        return Ok(Removed::default());
    }
    DESTROY_PARTS
        .execute(connection, due, |values, item| {
            values.push(item.first_part).push(item.parts);
        })
        .await?;
    REMOVE
        .execute(connection, due, |values, item| {
            values.push(item.id.as_bytes().as_slice());
        })
        .await?;
    let open = || due.iter().filter(|item| item.mailbox.is_open());
    let removed = Removed {
        operator_items: integer(due.len()),
        operator_bytes: due.iter().map(|item| item.sealed_bytes).sum(),
        ..Removed::default()
    };
    let losses = [
        (ITEMS, -removed.operator_items),
        (BYTES, -removed.operator_bytes),
        (STRANGERS_ITEMS, -integer(open().count())),
        (
            STRANGERS_BYTES,
            -open().map(|item| item.sealed_bytes).sum::<i64>(),
        ),
    ];
    count(connection, &losses).await?;
    Ok(removed)
}
