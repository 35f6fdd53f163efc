//! The operator's own mail: kept like all mail, and nowhere near it.

use crate::support::Hand;
use crate::support::is_sound;
use crate::support::item;
use crate::support::number;
use crate::support::options;
use crate::support::start;
use crate::support::store;
use crate::support::store_with;
use crate::support::stranger;
use restante::message::MessageId;
use restante::message::OperatorMailbox;
use restante::message::Timestamp;
use restante::retention;
use restante::store;
use restante::store::Store;
use restante::store::StoreError;
use restante::store::operator::NewOperatorItem;
use restante::store::operator::OPERATOR_ITEMS_MAX;
use std::time::Duration;

fn letter(mailbox: OperatorMailbox, at: Timestamp, sealed: Vec<u8>) -> NewOperatorItem {
    NewOperatorItem {
        id: MessageId::fresh(at).unwrap(),
        received_at: at,
        mailbox,
        bytes: 1_000,
        item: item(sealed),
    }
}

#[tokio::test]
async fn it_comes_back_octet_for_octet_and_is_in_no_other_table() {
    let (dir, store) = store().await;
    let whole: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let large = letter(OperatorMailbox::Abuse, start(), whole.clone());
    let id = large.id;
    store.keep_for_operator(large).await.unwrap();
    let later = start().plus_millis(5);
    let small = letter(OperatorMailbox::Postmaster, later, vec![7; 10]);
    store.keep_for_operator(small).await.unwrap();
    store.close().await.unwrap();
    let store = Store::open(dir.path(), options()).await.unwrap();
    let rows = store.operator_page(None, 10).await.unwrap();
    let shown: Vec<_> = rows.iter().map(|r| (r.mailbox, r.sealed_bytes)).collect();
    assert_eq!(
        shown,
        [
            (OperatorMailbox::Postmaster, 10),
            (OperatorMailbox::Abuse, 3_000_000)
        ]
    );
    let before = store.operator_page(Some(rows[0].id), 10).await.unwrap();
    assert_eq!(before, rows[1..]);
    let row = store.operator_item(id).await.unwrap().unwrap();
    assert_eq!((row.bytes, &*row.fingerprints[0]), (1_000, "SHA256:abc"));
    assert!(store.operator_sealed(&row).await.unwrap() == Some(whole));
    let sums = store.operator_sums().await.unwrap();
    let shown: Vec<_> = sums.iter().map(|s| (s.mailbox, s.items, s.bytes)).collect();
    assert_eq!(
        shown,
        [
            (OperatorMailbox::Abuse, 1, 3_000_000),
            (OperatorMailbox::Postmaster, 1, 10)
        ]
    );
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.operator.items, stats.operator.bytes), (2, 3_000_010));
    assert_eq!((stats.messages, stats.sealed_items), (0, 0));
    let mut other = stranger(&store).await;
    for text in [
        "SELECT count(*) FROM message",
        "SELECT count(*) FROM recipient",
        "SELECT count(*) FROM cases",
        "SELECT count(*) FROM item",
    ] {
        assert_eq!(number(&mut other, text).await, 0);
    }
}

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let (_dir, store) = store().await;
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let store = store.clone();
            let letter = letter(OperatorMailbox::Postmaster, start(), vec![n; 100]);
            tokio::spawn(async move { store.keep_for_operator(letter).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let mut other = stranger(&store).await;
    let written = "SELECT count(DISTINCT kept_at) FROM operator_item";
    assert_eq!(number(&mut other, written).await, 1);
    assert_eq!(store.stats().await.unwrap().operator.items, 100);
    let parts = "SELECT count(*) FROM operator_body";
    assert_eq!(number(&mut other, parts).await, 100);
    is_sound(&mut other).await;
}

#[tokio::test]
async fn more_than_a_transaction_takes_is_kept_by_several_and_nobody_is_told_otherwise() {
    let (_dir, store) = store().await;
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let store = store.clone();
            let letter = letter(OperatorMailbox::Returned, start(), vec![n; 20 << 20]);
            tokio::spawn(async move { store.keep_for_operator(letter).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(store.stats().await.unwrap().operator.items, 8);
}

#[tokio::test]
async fn somebody_in_the_way_is_told_and_nothing_is_kept_later_behind_their_back() {
    let (_dir, store) = store_with(store::Options {
        busy_timeout: Duration::from_millis(20),
        ..options()
    })
    .await;
    let mut other = stranger(&store).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let letter = |n| letter(OperatorMailbox::Postmaster, start(), vec![n; 100]);
    let (one, two) = tokio::join!(
        store.keep_for_operator(letter(1)),
        store.keep_for_operator(letter(2))
    );
    assert!(matches!(one, Err(StoreError::Busy)), "{one:?}");
    assert!(two.is_err());
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    store.keep_for_operator(letter(3)).await.unwrap();
    assert_eq!(store.stats().await.unwrap().operator.items, 1);
    store.close().await.unwrap();
    let closed = store.keep_for_operator(letter(4)).await;
    assert!(matches!(closed, Err(StoreError::Closed)), "{closed:?}");
}

#[tokio::test]
async fn a_full_mailbox_is_said_and_retention_makes_room() {
    let hand = Hand::new();
    let (_dir, store) = store_with(store::Options {
        clock: hand.clock(),
        ..store::Options::default()
    })
    .await;
    let letter = |mailbox| letter(mailbox, start(), vec![1; 8]);
    store
        .keep_for_operator(letter(OperatorMailbox::Postmaster))
        .await
        .unwrap();
    // As if as many as there may be had come.
    let mut other = stranger(&store).await;
    let strangers = OPERATOR_ITEMS_MAX / 4 * 3;
    sqlx::query("UPDATE counter SET value = $1 WHERE name IN ('operator_items', 'operator_strangers_items')")
        .bind(strangers)
        .execute(&mut other)
        .await
        .unwrap();
    let refused = store
        .keep_for_operator(letter(OperatorMailbox::Abuse))
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::MailboxFull) && refused.is_about_the_disk());
    // Answers to notices find room all the same.
    store
        .keep_for_operator(letter(OperatorMailbox::Returned))
        .await
        .unwrap();
    let late = start().plus_days(90).plus_millis(1);
    hand.set(late);
    let passed = retention::pass(&store, late, &retention::Options::default()).await;
    let removed = passed.unwrap().removed;
    assert_eq!((removed.operator_items, removed.operator_bytes), (2, 16));
    assert_eq!(store.operator_page(None, 10).await.unwrap(), []);
    assert_eq!(
        number(&mut other, "SELECT count(*) FROM operator_body").await,
        0
    );
    store
        .keep_for_operator(letter(OperatorMailbox::Abuse))
        .await
        .unwrap();
    let trail = store.audit_before(i64::MAX, 1).await.unwrap();
    assert!(trail[0].detail.contains(r#""operator_items":2"#));
}
