//! What goes, when, and that nothing else does.

use crate::support::Hand;
use crate::support::counted;
use crate::support::digest;
use crate::support::is_sound;
use crate::support::item;
use crate::support::message;
use crate::support::number;
use crate::support::start;
use crate::support::store_with;
use crate::support::stranger;
use restante::retention;
use restante::retention::Options;
use restante::store;
use restante::store::Kept;
use restante::store::Removed;
use restante::store::Store;
use restante::store::items::ItemId;
use restante::store::messages::Order;
use restante::store::messages::Page;
use tempfile::TempDir;

const ALL: Page = Page {
    order: Order::OldestFirst,
    after: None,
    case: None,
    limit: 1_000,
};

async fn store_at(hand: &Hand) -> (TempDir, Store) {
    store_with(store::Options {
        clock: hand.clock(),
        ..store::Options::default()
    })
    .await
}

#[tokio::test]
async fn sealed_bytes_and_labels_go_after_ninety_days_and_rows_after_four_hundred() {
    let hand = Hand::new();
    let (_dir, store) = store_at(&hand).await;
    let (mut old, options) = (message(1), Options::default());
    // Mail of years ago, brought in today: its time begins today.
    old.received_at = start().plus_days(-1_000);
    let id = old.id;
    store.keep(old).await.unwrap();
    store.keep(counted(2)).await.unwrap();
    hand.set(start().plus_days(1));
    store.keep(message(3)).await.unwrap();
    let before = store.stats().await.unwrap();

    let digests = Removed {
        digests: 3,
        ..Removed::default()
    };
    let early = retention::pass(&store, start().plus_days(90), &options)
        .await
        .unwrap();
    assert_eq!(early.removed, digests, "something went before its time");
    let in_time = start().plus_days(90).plus_millis(1);
    let removed = retention::pass(&store, in_time, &options)
        .await
        .unwrap()
        .removed;
    assert_eq!(
        (removed.sealed_items, removed.emptied, removed.messages),
        (1, 2, 0)
    );
    let gone = ItemId {
        message: id,
        position: 0,
    };
    assert_eq!(store.sealed_item(gone).await.unwrap(), None);
    assert_eq!(store.items(None, 10).await.unwrap().len(), 1);
    let rows = store.messages(ALL).await.unwrap();
    assert_eq!(
        rows.iter().filter(|r| r.sealed == Some("removed")).count(),
        1
    );
    assert_eq!(rows.iter().filter(|r| r.sealed == Some("held")).count(), 1);
    assert_eq!(
        rows.iter()
            .filter(|r| r.sensitivity.as_array().unwrap().is_empty())
            .count(),
        2
    );

    let removed = retention::pass(&store, start().plus_days(400), &options)
        .await
        .unwrap()
        .removed;
    assert_eq!((removed.sealed_items, removed.messages), (1, 0));
    let removed = retention::pass(&store, start().plus_days(400).plus_millis(1), &options)
        .await
        .unwrap()
        .removed;
    assert_eq!((removed.sealed_items, removed.messages), (0, 2));
    let removed = retention::pass(&store, start().plus_days(500), &options)
        .await
        .unwrap()
        .removed;
    assert_eq!(removed.messages, 1);
    assert!(store.messages(ALL).await.unwrap().is_empty());

    let mut other = stranger(&store).await;
    for table in [
        "SELECT count(*) FROM message",
        "SELECT count(*) FROM recipient",
        "SELECT count(*) FROM item",
        "SELECT count(*) FROM item_body",
        "SELECT count(*) FROM sensitivity",
    ] {
        assert_eq!(number(&mut other, table).await, 0, "{table}");
    }
    let after = store.stats().await.unwrap();
    assert_eq!((after.sealed_items, after.sealed_bytes), (0, 0));
    assert_eq!(
        (after.messages, after.recipients),
        (before.messages, before.recipients)
    );
    assert_eq!(
        (after.by_verdict, after.cases),
        (before.by_verdict, before.cases)
    );
    assert_eq!(
        number(&mut other, "SELECT sum(recipients) FROM case_day").await,
        3
    );
    is_sound(&mut other).await;
}

#[tokio::test]
async fn a_pass_is_bounded_and_the_next_goes_on() {
    let hand = Hand::new();
    let (_dir, store) = store_at(&hand).await;
    for n in 0..10 {
        store.keep(message(n)).await.unwrap();
    }
    let options = Options {
        step: 2,
        steps: 2,
        ..Options::default()
    };
    let later = start().plus_days(91);
    let mut passes = Vec::new();
    for _ in 0..4 {
        let passed = retention::pass(&store, later, &options).await.unwrap();
        passes.push((passed.removed.emptied, passed.more));
    }
    assert_eq!(passes, [(4, true), (4, true), (2, false), (0, false)]);
    let trail = store.audit_after(0, 10).await.unwrap();
    assert!(trail.iter().all(|entry| entry.action == "retention_passed"));
    assert!(trail[0].detail.contains(r#""sealed_items":4"#));
}

#[tokio::test]
async fn a_pass_with_nothing_to_do_leaves_no_trace() {
    let hand = Hand::new();
    let (_dir, store) = store_at(&hand).await;
    let mut one = message(1);
    one.digest.expires = None;
    store.keep(one).await.unwrap();
    let later = start().plus_days(50);
    let removed = retention::pass(&store, later, &Options::default())
        .await
        .unwrap();
    assert!(removed.is_nothing() && !removed.more);
    assert!(store.audit_after(0, 10).await.unwrap().is_empty());
    hand.set(later);
    assert!(matches!(
        store.keep(message(1)).await,
        Ok(Kept::Duplicate(_))
    ));
}

#[tokio::test]
async fn what_was_deleted_is_in_no_file_and_space_comes_back() {
    let hand = Hand::new();
    let (dir, store) = store_at(&hand).await;
    let mark = b"0xfeedface-sealed-mark";
    for n in 0..20 {
        let mut one = message(n);
        one.items = vec![item(mark.repeat(20_000))];
        store.keep(one).await.unwrap();
    }
    store.checkpoint().await.unwrap();
    let full = std::fs::metadata(store.path()).unwrap().len();
    assert!(full > 8_000_000 && found(&dir, mark));
    retention::pass(&store, start().plus_days(91), &Options::default())
        .await
        .unwrap();
    assert!(!found(&dir, mark), "deleted bytes are still in a file");
    assert!(!found(&dir, &digest(3)), "a digest is still in a file");
    let left = std::fs::metadata(store.path()).unwrap().len();
    assert!(left < full / 2, "{left} of {full}");
    is_sound(&mut stranger(&store).await).await;
}

fn found(dir: &TempDir, what: &[u8]) -> bool {
    std::fs::read_dir(dir.path()).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(what.len()).any(|window| window == what)
    })
}

#[tokio::test]
async fn what_comes_again_after_its_sealed_bytes_are_gone_is_kept_anew() {
    let hand = Hand::new();
    let (_dir, store) = store_at(&hand).await;
    // An import's digest has no end of its own; that of mail has five days, and here items have two.
    let imported = || {
        let mut made = message(1);
        made.digest.expires = None;
        made
    };
    let counted_import = || {
        let mut made = counted(3);
        made.digest.expires = None;
        made
    };
    for one in [imported(), message(2), counted_import()] {
        store.keep(one).await.unwrap();
    }
    let options = Options {
        sealed: 2,
        ..Options::default()
    };
    let day = |days| start().plus_days(days);
    hand.set(day(1));
    assert!(
        retention::pass(&store, day(1), &options)
            .await
            .unwrap()
            .is_nothing()
    );
    for one in [imported(), message(2)] {
        assert!(matches!(store.keep(one).await, Ok(Kept::Duplicate(_))));
    }
    hand.set(day(3));
    let removed = retention::pass(&store, day(3), &options)
        .await
        .unwrap()
        .removed;
    assert_eq!(
        (removed.sealed_items, removed.emptied, removed.digests),
        (2, 3, 2)
    );
    for one in [imported(), message(2)] {
        assert_eq!(store.keep(one).await.unwrap(), Kept::New);
    }
    assert_eq!(store.stats().await.unwrap().sealed_items, 2);
    // Nothing of a counted message is gone that would come back with it.
    let again = store.keep(counted_import()).await;
    assert!(matches!(again, Ok(Kept::Duplicate(_))));
    is_sound(&mut stranger(&store).await).await;
}

#[tokio::test]
async fn sums_by_name_and_sender_go_with_the_metadata_of_what_they_count() {
    let hand = Hand::new();
    let (_dir, store) = store_at(&hand).await;
    let mut old = message(1);
    // Kept today, however long ago it was sent.
    old.received_at = start().plus_days(-1_000);
    store.keep(old).await.unwrap();
    store.keep(message(2)).await.unwrap();
    hand.set(start().plus_days(10));
    let mut other_sender = message(3);
    other_sender.sender_domain = None;
    store.keep(other_sender).await.unwrap();
    let mut other = stranger(&store).await;
    let pass = async |at| {
        retention::pass(&store, at, &Options::default())
            .await
            .unwrap();
    };
    let senders = "SELECT count(*) FROM case_day_sender";
    let names = "SELECT count(*) FROM case_day_name";
    pass(start().plus_days(400)).await;
    assert_eq!(number(&mut other, senders).await, 3);
    pass(start().plus_days(401)).await;
    assert_eq!(number(&mut other, senders).await, 1);
    assert_eq!(number(&mut other, names).await, 1);
    let left = "SELECT count(*) FROM case_day_sender WHERE sender = '' AND recipients = 1";
    assert_eq!(number(&mut other, left).await, 1);
    pass(start().plus_days(500)).await;
    assert_eq!(number(&mut other, senders).await, 0);
    assert_eq!(number(&mut other, names).await, 0);
    assert_eq!(
        number(&mut other, "SELECT sum(recipients) FROM case_day").await,
        3
    );
}
