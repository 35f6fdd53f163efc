//! Making, opening, refusing, closing.

use crate::support::is_sound;
use crate::support::message;
use crate::support::number;
use crate::support::options;
use crate::support::start;
use crate::support::store;
use crate::support::stranger;
use restante::audit;
use restante::audit::Action;
use restante::store::FILE_NAME;
use restante::store::SessionCount;
use restante::store::Store;
use restante::store::StoreError;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[tokio::test]
async fn an_empty_folder_becomes_a_database_with_its_settings() {
    let (dir, store) = store().await;
    store.keep(message(1)).await.unwrap();
    let mut other = stranger(&store).await;
    assert_eq!(number(&mut other, "PRAGMA page_size").await, 8_192);
    assert_eq!(number(&mut other, "PRAGMA auto_vacuum").await, 2);
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    let loose = number(
        &mut other,
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
         AND name NOT LIKE 'sqlite%' AND sql NOT LIKE '%STRICT%'",
    )
    .await;
    assert_eq!(loose, 0, "a table is not STRICT");
    for name in files(dir.path()) {
        let mode = std::fs::metadata(dir.path().join(&name))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn what_is_there_is_not_made_again_and_what_is_missing_is_not_made() {
    let (dir, store) = store().await;
    store.close().await.unwrap();
    let again = Store::create(dir.path(), options()).await;
    assert!(matches!(again, Err(StoreError::Exists(path)) if path.ends_with(FILE_NAME)));
    let empty = tempfile::tempdir().unwrap();
    let missing = Store::open(empty.path(), options()).await;
    assert!(matches!(missing, Err(StoreError::Missing(path)) if path.ends_with(FILE_NAME)));
    assert!(files(empty.path()).is_empty(), "opening has made something");
}

#[tokio::test]
async fn a_database_from_the_future_is_refused() {
    let (dir, store) = store().await;
    let mut other = stranger(&store).await;
    store.close().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, x'00', 0)",
    )
    .execute(&mut other)
    .await
    .unwrap();
    let opened = Store::open(dir.path(), options()).await;
    assert!(matches!(opened, Err(StoreError::Newer(9999))));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for text in [
        "",
        "This is not a database, and long enough to look like one might begin.",
    ] {
        std::fs::write(dir.path().join(FILE_NAME), text).unwrap();
        assert!(Store::open(dir.path(), options()).await.is_err());
    }
}

#[tokio::test]
async fn closing_leaves_one_file_and_what_was_kept() {
    let (dir, store) = store().await;
    let (one, id) = (message(1), message(2));
    store.keep(one).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(files(dir.path()), [FILE_NAME]);
    assert!(matches!(store.keep(id).await, Err(StoreError::Closed)));
    assert!(store.stats().await.is_err());
    let store = Store::open(dir.path(), options()).await.unwrap();
    assert_eq!(store.stats().await.unwrap().messages, 1);
    is_sound(&mut stranger(&store).await).await;
}

#[tokio::test]
async fn no_file_but_the_database_and_its_wal_is_ever_made() {
    let (dir, store) = store().await;
    for n in 0..50 {
        store.keep(message(n)).await.unwrap();
        store.organisations().await.unwrap();
    }
    for name in files(dir.path()) {
        assert!(name.starts_with(FILE_NAME), "{name}");
        assert!(!name.ends_with("-journal"), "{name}");
    }
}

#[tokio::test]
async fn who_only_reads_sees_what_is_kept_and_can_write_nothing() {
    let (dir, store) = store().await;
    store.keep(message(1)).await.unwrap();
    let reader = Store::open_to_read(dir.path(), options()).await.unwrap();
    assert_eq!(reader.stats().await.unwrap().messages, 1);
    store.keep(message(2)).await.unwrap();
    assert_eq!(reader.stats().await.unwrap().messages, 2);
    let kept = reader.keep(message(3)).await;
    assert!(matches!(kept, Err(StoreError::Closed)));
    let detail = serde_json::json!({});
    let entry = audit::entry(start(), "admin", Action::RetentionPassed, "", detail);
    let recorded = reader.record(entry).await;
    assert!(matches!(recorded, Err(StoreError::Closed)));
    let emptied = reader.empty_messages(start(), start(), 10).await;
    assert!(matches!(emptied, Err(StoreError::Closed)));
    assert!(matches!(reader.checkpoint().await, Err(StoreError::Closed)));
    reader.count_session(SessionCount {
        at: start(),
        auth_attempts: 1,
        relay_attempts: 0,
        misrouted: 0,
        refused_recipients: 0,
        refused: Vec::new(),
        misrouted_to: Vec::new(),
    });
    reader.writer_ended().await;
    reader.close().await.unwrap();
    assert!(reader.stats().await.is_err());
    store.close().await.unwrap();
    let again = Store::open_to_read(dir.path(), options()).await.unwrap();
    let stats = again.stats().await.unwrap();
    assert_eq!((stats.messages, stats.sessions.total), (2, 0));
}

#[tokio::test]
async fn who_only_reads_does_not_wait_for_who_writes() {
    let (dir, store) = store().await;
    store.keep(message(1)).await.unwrap();
    let mut other = stranger(&store).await;
    sqlx::query("BEGIN EXCLUSIVE")
        .execute(&mut other)
        .await
        .unwrap();
    let reader = Store::open_to_read(dir.path(), options()).await.unwrap();
    assert_eq!(reader.stats().await.unwrap().messages, 1);
}

#[tokio::test]
async fn who_only_reads_brings_nothing_up_to_date() {
    let (dir, store) = store().await;
    let mut other = stranger(&store).await;
    for (change, expected) in [
        (
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'later', TRUE, x'00', 0)",
            "schema version 9999, which is newer",
        ),
        ("DELETE FROM _sqlx_migrations WHERE version = 9999", ""),
        (
            "UPDATE _sqlx_migrations SET checksum = x'00'",
            "in another form",
        ),
        (
            "DELETE FROM _sqlx_migrations",
            "schema version 0, which is older",
        ),
        ("DROP TABLE _sqlx_migrations", "it has no schema version"),
    ] {
        sqlx::query(change).execute(&mut other).await.unwrap();
        match Store::open_to_read(dir.path(), options()).await {
            Ok(_) => assert_eq!(expected, ""),
            Err(error) => {
                assert!(!expected.is_empty(), "{error}");
                assert!(error.to_string().contains(expected), "{error}");
            }
        }
    }
    let made = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    assert_eq!(number(&mut other, made).await, 0);
    let empty = tempfile::tempdir().unwrap();
    let missing = Store::open_to_read(empty.path(), options()).await;
    assert!(matches!(missing, Err(StoreError::Missing(_))));
    assert!(files(empty.path()).is_empty(), "reading has made something");
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
