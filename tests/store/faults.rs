//! Somebody in the way, and no space left.

use crate::support::is_sound;
use crate::support::item;
use crate::support::message;
use crate::support::number;
use crate::support::options;
use crate::support::start;
use crate::support::store_with;
use crate::support::stranger;
use crate::support::together;
use restante::retention;
use restante::store::Kept;
use restante::store::NewMessage;
use restante::store::Options;
use restante::store::Store;
use restante::store::StoreError;
use std::time::Duration;

#[tokio::test]
async fn another_writer_in_the_way_is_waited_for_and_then_reported() {
    let (_dir, store) = store_with(Options {
        busy_timeout: Duration::from_millis(50),
        ..options()
    })
    .await;
    let mut other = stranger(&store).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let answers = together(&store, (0..3).map(message).collect()).await;
    assert!(answers.iter().all(|a| matches!(a, Err(StoreError::Busy))));
    assert!(StoreError::Busy.is_about_the_disk());
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(store.keep(message(1)).await.unwrap(), Kept::New);
    assert_eq!(store.stats().await.unwrap().messages, 1);
}

#[tokio::test]
async fn another_writer_that_ends_in_time_is_not_noticed() {
    let (_dir, store) = store_with(options()).await;
    let mut other = stranger(&store).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let (kept, _) = tokio::join!(store.keep(message(1)), async {
        sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    });
    assert_eq!(kept.unwrap(), Kept::New);
}

#[tokio::test]
async fn two_stores_on_one_file_count_together() {
    let (dir, one) = store_with(options()).await;
    let two = Store::open(dir.path(), options()).await.unwrap();
    for n in 0..20 {
        let (a, b) = tokio::join!(one.keep(message(2 * n)), two.keep(message(2 * n + 1)));
        assert_eq!((a.unwrap(), b.unwrap()), (Kept::New, Kept::New));
    }
    assert!(matches!(two.keep(message(0)).await, Ok(Kept::Duplicate(_))));
    let stats = one.stats().await.unwrap();
    assert_eq!(
        (stats.messages, stats.duplicates, stats.cases["open"]),
        (40, 1, 1)
    );
    assert_eq!(one.case(1).await.unwrap().unwrap().recipients, 40);
    is_sound(&mut stranger(&one).await).await;
}

#[tokio::test]
async fn without_space_nothing_is_kept_and_with_space_again_all_is_well() {
    let heavy = |n: u64| -> NewMessage {
        let mut message = message(n);
        message.items = vec![item(vec![7; 300_000])];
        message
    };
    let (_dir, store) = store_with(Options {
        largest_bytes: Some(8 * 1024 * 1024),
        ..options()
    })
    .await;
    let mut kept = 0;
    let mut refused = 0;
    for round in 0..10 {
        let batch = (0..5).map(|n| heavy(round * 5 + n)).collect();
        for answer in together(&store, batch).await {
            match answer {
                Ok(answer) => {
                    assert_eq!(answer, Kept::New);
                    kept += 1;
                }
                Err(StoreError::Full) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(kept > 10 && refused > 10, "{kept} kept, {refused} refused");
    let mut other = stranger(&store).await;
    let stats = store.stats().await.unwrap();
    assert_eq!(stats.messages, kept);
    assert_eq!(
        number(&mut other, "SELECT count(*) FROM message").await,
        kept
    );
    assert_eq!(
        number(&mut other, "SELECT count(*) FROM item_body").await,
        kept
    );
    is_sound(&mut other).await;
    // Space comes from retention; the same writer goes on.
    let later = start().plus_days(91);
    let passed = retention::pass(&store, later, &retention::Options::default())
        .await
        .unwrap();
    assert_eq!(passed.removed.sealed_items, kept);
    assert_eq!(store.keep(heavy(1_000)).await.unwrap(), Kept::New);
    is_sound(&mut other).await;
}
