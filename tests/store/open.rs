//! Making, opening, refusing, closing.

use crate::support::is_sound;
use crate::support::message;
use crate::support::number;
use crate::support::options;
use crate::support::store;
use crate::support::stranger;
use restante::store::FILE_NAME;
use restante::store::Store;
use restante::store::StoreError;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[tokio::test]
async fn an_empty_folder_becomes_a_database_with_its_settings() {
    let (dir, store) = store().await;
    store.keep(message(1)).await.unwrap();
    let mut other = stranger(&store).await;
    assert_eq!(number(&mut other, "PRAGMA page_size").await, 16_384);
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

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
