//! The trail, and what somebody with the file in hand might do to it.

use crate::support::Hand;
use crate::support::message;
use crate::support::start;
use crate::support::store;
use crate::support::store_with;
use crate::support::stranger;
use restante::audit;
use restante::audit::Action;
use restante::audit::VerifyError;
use restante::store::Options;
use restante::store::Store;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

async fn five_entries(store: &Store) {
    for at in 0..5 {
        let detail = serde_json::json!({ "at": at });
        let entry = audit::entry(
            start(),
            audit::SYSTEM,
            Action::ServerStarted,
            "server",
            detail,
        );
        assert_eq!(audit::record(store, entry).await.unwrap(), at + 1);
    }
}

async fn forge(other: &mut SqliteConnection, sql: &'static str) {
    for text in [
        "DROP TRIGGER IF EXISTS audit_is_never_changed",
        "DROP TRIGGER IF EXISTS audit_is_never_shortened",
        sql,
    ] {
        sqlx::query(text).execute(&mut *other).await.unwrap();
    }
}

#[tokio::test]
async fn a_trail_holds() {
    let (_dir, store) = store().await;
    let empty = audit::verify(&store).await.unwrap();
    assert_eq!((empty.seq, empty.hash), (0, [0; 32]));
    five_entries(&store).await;
    let head = audit::verify(&store).await.unwrap();
    assert_eq!(head.seq, 5);
    assert_eq!(
        store.audit_before(i64::MAX, 1).await.unwrap()[0].hash,
        head.hash
    );
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_an_entry() {
    let (_dir, store) = store().await;
    five_entries(&store).await;
    let mut other = stranger(&store).await;
    for sql in [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 5",
        "DELETE FROM audit",
    ] {
        let refused = sqlx::query(sql).execute(&mut other).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(audit::verify(&store).await.unwrap().seq, 5);
}

#[tokio::test]
async fn what_was_forged_is_found_where_it_is() {
    for (sql, at) in [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3),
        ("UPDATE audit SET detail = '{\"at\":9}' WHERE seq = 1", 1),
        ("UPDATE audit SET at = at + 1 WHERE seq = 5", 5),
        // What moves from one field to its neighbour is another entry.
        (
            "UPDATE audit SET actor = 'systemserver', action = '_started' WHERE seq = 2",
            2,
        ),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("UPDATE audit SET prev_hash = zeroblob(32) WHERE seq = 4", 4),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 4", 4),
    ] {
        let (_dir, store) = store().await;
        five_entries(&store).await;
        forge(&mut stranger(&store).await, sql).await;
        match audit::verify(&store).await {
            Err(VerifyError::Broken { seq }) => assert_eq!(seq, at, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn every_action_has_a_word_of_its_own() {
    let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
    assert_eq!(names.len(), Action::ALL.len());
}

#[tokio::test]
async fn the_last_activity_is_that_of_messages_or_of_the_trail_whichever_is_later() {
    let hand = Hand::new();
    let (_dir, store) = store_with(Options {
        clock: hand.clock(),
        ..Options::default()
    })
    .await;
    assert_eq!(store.last_activity().await.unwrap(), None);
    hand.set(start().plus_days(1));
    // It arrived long ago and was kept now.
    store.keep(message(1)).await.unwrap();
    assert_eq!(
        store.last_activity().await.unwrap(),
        Some(start().plus_days(1))
    );
    let record = async |at| {
        let detail = serde_json::json!({});
        let entry = audit::entry(at, "admin", Action::OrganisationsImported, "", detail);
        store.record(entry).await.unwrap();
    };
    record(start()).await;
    assert_eq!(
        store.last_activity().await.unwrap(),
        Some(start().plus_days(1))
    );
    record(start().plus_days(2)).await;
    assert_eq!(
        store.last_activity().await.unwrap(),
        Some(start().plus_days(2))
    );
    // A message that was emptied counts as well.
    hand.set(start().plus_days(3));
    store.keep(message(2)).await.unwrap();
    let before = start().plus_days(4);
    store.empty_messages(before, before, 10).await.unwrap();
    assert_eq!(
        store.last_activity().await.unwrap(),
        Some(start().plus_days(3))
    );
}
