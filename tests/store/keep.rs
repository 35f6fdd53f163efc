//! What is kept, and what comes again.

use crate::support::Hand;
use crate::support::digest;
use crate::support::domain;
use crate::support::intended;
use crate::support::is_sound;
use crate::support::item;
use crate::support::message;
use crate::support::options;
use crate::support::recipient;
use crate::support::start;
use crate::support::store;
use crate::support::store_with;
use crate::support::stranger;
use crate::support::together;
use restante::message::Policy;
use restante::store::Kept;
use restante::store::NewMessage;
use restante::store::Options;
use restante::store::SessionCount;
use restante::store::Store;
use restante::store::StoreError;
use restante::store::items::ItemId;
use restante::store::messages::Order;
use restante::store::messages::Page;
use std::time::Duration;

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

#[tokio::test]
async fn the_same_twice_in_one_transaction_is_a_duplicate() {
    let (_dir, store) = store().await;
    let messages: Vec<_> = (0..10).map(|_| message(1)).collect();
    let id = messages[0].id;
    let answers = together(&store, messages).await;
    assert_eq!(
        store.writer_figures().batches,
        1,
        "they did not wait together"
    );
    assert_eq!(*answers[0].as_ref().unwrap(), Kept::New);
    for answer in &answers[1..] {
        assert_eq!(*answer.as_ref().unwrap(), Kept::Duplicate(id));
    }
    let stats = store.stats().await.unwrap();
    assert_eq!(
        (stats.messages, stats.duplicates, stats.sealed_items),
        (1, 9, 1)
    );
    assert_eq!(store.messages(ALL).await.unwrap()[0].repeats, 9);
}

#[tokio::test]
async fn a_digest_has_its_time() {
    let hand = Hand::new();
    let (_dir, store) = store_with(Options {
        clock: hand.clock(),
        ..Options::default()
    })
    .await;
    let first = message(1);
    let id = first.id;
    store.keep(first).await.unwrap();
    hand.set(start().plus_days(5).plus_millis(-1));
    assert_eq!(store.keep(message(1)).await.unwrap(), Kept::Duplicate(id));
    hand.set(start().plus_days(5));
    assert_eq!(store.keep(message(1)).await.unwrap(), Kept::New);
}

#[tokio::test]
async fn a_digest_without_end_lives_with_its_message() {
    let hand = Hand::new();
    let (_dir, store) = store_with(Options {
        clock: hand.clock(),
        ..Options::default()
    })
    .await;
    let mut first = message(1);
    first.digest.expires = None;
    let id = first.id;
    store.keep(first).await.unwrap();
    hand.set(start().plus_days(399));
    assert_eq!(store.keep(message(1)).await.unwrap(), Kept::Duplicate(id));
}

#[tokio::test]
async fn all_that_wait_share_a_transaction() {
    let (_dir, store) = store().await;
    let answers = together(&store, (0..100).map(message).collect()).await;
    assert!(answers.iter().all(|a| matches!(a, Ok(Kept::New))));
    let figures = store.writer_figures();
    assert_eq!(
        (figures.messages, figures.batches, figures.commits),
        (100, 1, 1)
    );
}

#[tokio::test]
async fn a_transaction_is_bounded_by_messages_and_by_octets() {
    let (_dir, small) = store_with(Options {
        batch_messages: 8,
        ..options()
    })
    .await;
    together(&small, (0..20).map(message).collect()).await;
    assert_eq!(small.writer_figures().largest_batch, 8);
    let (_dir, light) = store_with(Options {
        batch_bytes: 100,
        ..options()
    })
    .await;
    // Each item has 28 octets: the fourth goes past the bound and is the last of its transaction.
    together(&light, (0..20).map(message).collect()).await;
    assert_eq!(light.writer_figures().largest_batch, 4);
}

#[tokio::test]
async fn a_poisoned_message_fails_alone() {
    let (_dir, store) = store().await;
    let first = message(1_000);
    let id = first.id;
    store.keep(first).await.unwrap();
    let mut messages: Vec<_> = (0..21).map(message).collect();
    // Another message under an id that is taken: the database refuses it in the middle of the transaction.
    messages[13].id = id;
    let answers = together(&store, messages).await;
    for (at, answer) in answers.iter().enumerate() {
        match answer {
            Ok(kept) => assert!(*kept == Kept::New && at != 13),
            Err(error) => assert!(at == 13 && !error.is_about_the_disk(), "{at}: {error}"),
        }
    }
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.messages, stats.sealed_items), (21, 21));
    is_sound(&mut stranger(&store).await).await;
}

#[tokio::test]
async fn what_does_not_fit_together_is_turned_away() {
    let (_dir, store) = store().await;
    let spoil: [fn(&mut NewMessage); 8] = [
        |m| m.recipients.clear(),
        |m| m.classification.intended.clear(),
        |m| m.policy = Policy::Refuse,
        |m| m.policy = Policy::Count,
        |m| m.recipients[0].item = Some(1),
        |m| m.items.push(item(Vec::new())),
        |m| m.classification.intended[0].case_domain = None,
        |m| m.classification.intended[0].case_domain = Some(domain("navy.mil")),
    ];
    for spoil in spoil {
        let mut one = message(1);
        spoil(&mut one);
        assert!(matches!(store.keep(one).await, Err(StoreError::Malformed)));
    }
    let mut odd = message(2);
    odd.classification.verdict_confidence = f64::NAN;
    odd.classification.intended[0].confidence = f64::INFINITY;
    odd.classification.intended[0].reasons[0].weight = f64::NAN;
    assert_eq!(store.keep(odd).await.unwrap(), Kept::New);
}

#[tokio::test]
async fn a_message_of_25_mib_for_two_owners_is_kept_in_parts() {
    let (_dir, store) = store().await;
    let mut one = message(1);
    let whole: Vec<u8> = (0..26_214_400u32).map(|n| (n >> 9) as u8).collect();
    one.items = vec![item(whole.clone()), item(vec![9; 1024 * 1024])];
    one.recipients.push(recipient("navy.ml"));
    one.recipients[1].item = Some(1);
    one.classification.intended.push(intended(None));
    let id = one.id;
    store.keep(one).await.unwrap();
    let rows = store.items(None, 10).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].domain, "army.mil");
    assert_eq!(rows[1].domain, "navy.ml");
    assert_eq!(rows[0].fingerprints, ["SHA256:abc"]);
    let first = ItemId {
        message: id,
        position: 0,
    };
    assert!(store.sealed_item(first).await.unwrap() == Some(whole));
    let part = store.item_part(&rows[1], 0).await.unwrap();
    assert!(part == Some(vec![9; 1024 * 1024]));
    assert_eq!(store.item_part(&rows[1], 1).await.unwrap(), None);
}

#[tokio::test]
async fn sessions_are_counted_with_the_next_message_and_at_the_end() {
    let (dir, store) = store().await;
    let session = SessionCount {
        at: start(),
        auth_attempts: 1,
        relay_attempts: 2,
        misrouted: 3,
        refused_recipients: 4,
        refused: Vec::new(),
        misrouted_to: Vec::new(),
    };
    for _ in 0..3 {
        store.count_session(session.clone());
    }
    store.keep(message(1)).await.unwrap();
    let sessions = store.stats().await.unwrap().sessions;
    assert_eq!((sessions.total, sessions.auth_attempts), (3, 3));
    assert_eq!((sessions.relay_attempts, sessions.misrouted), (6, 9));
    assert_eq!(sessions.refused_recipients, 12);
    store.count_session(session.clone());
    store.close().await.unwrap();
    let store = Store::open(dir.path(), options()).await.unwrap();
    assert_eq!(store.stats().await.unwrap().sessions.total, 4);
    let days = store
        .day_sessions(start().day(), start().day())
        .await
        .unwrap();
    assert_eq!(
        (days.len(), days[0].sessions, days[0].misrouted),
        (1, 4, 12)
    );
}

#[tokio::test]
async fn sessions_are_counted_when_no_message_comes() {
    let (_dir, store) = store_with(Options {
        sessions_wait: Duration::from_millis(1),
        ..options()
    })
    .await;
    store.count_session(SessionCount {
        at: start(),
        auth_attempts: 1,
        relay_attempts: 0,
        misrouted: 0,
        refused_recipients: 0,
        refused: Vec::new(),
        misrouted_to: Vec::new(),
    });
    let counted = async {
        while store.stats().await.unwrap().sessions.auth_attempts == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), counted)
        .await
        .expect("never counted");
}
