//! What is kept, and what comes again.

use crate::support::digest;
use crate::support::item;
use crate::support::message;
use crate::support::store;
use restante::store::Kept;
use restante::store::items::ItemId;
use restante::store::messages::Order;
use restante::store::messages::Page;

const ALL: Page = Page {
    order: Order::OldestFirst,
    after: None,
    case: None,
    limit: 1_000,
};

#[tokio::test]
async fn a_message_is_kept_with_its_item() {
    let (_dir, store) = store().await;
    let mut one = message(1);
    let sealed: Vec<u8> = (0..3_000_000u32).map(|n| n.to_le_bytes()[1]).collect();
    one.items = vec![item(sealed.clone())];
    let id = one.id;
    assert_eq!(store.keep(one).await.unwrap(), Kept::New);
    let found = store
        .sealed_item(ItemId {
            message: id,
            position: 0,
        })
        .await
        .unwrap();
    assert!(found == Some(sealed), "the bytes came back changed");
    let rows = store.messages(ALL).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, id.to_string());
    assert_eq!(rows[0].intended.as_deref(), Some("us.army.mil"));
    assert_eq!(rows[0].sealed, Some("held"));
    assert_eq!(
        rows[0].sensitivity,
        serde_json::json!(["medical", "travel"])
    );
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.messages, stats.recipients), (1, 1));
    assert_eq!((stats.sealed_items, stats.sealed_bytes), (1, 3_000_000));
    assert_eq!(stats.cases["open"], 1);
    store.close().await.unwrap();
}

#[tokio::test]
async fn the_same_again_is_a_duplicate() {
    let (_dir, store) = store().await;
    let (first, second) = (message(1), message(1));
    let id = first.id;
    assert_eq!(store.keep(first).await.unwrap(), Kept::New);
    assert_eq!(store.keep(second).await.unwrap(), Kept::Duplicate(id));
    let stats = store.stats().await.unwrap();
    assert_eq!(
        (stats.messages, stats.duplicates, stats.sealed_items),
        (1, 1, 1)
    );
    assert_eq!(store.messages(ALL).await.unwrap()[0].repeats, 1);
}

#[tokio::test]
async fn the_same_under_the_previous_key_is_a_duplicate() {
    let (_dir, store) = store().await;
    let first = message(1);
    let id = first.id;
    store.keep(first).await.unwrap();
    let mut second = message(2);
    second.digest.previous = Some(digest(1));
    assert_eq!(store.keep(second).await.unwrap(), Kept::Duplicate(id));
}
