//! All that only SQLite has: creating, opening, pragmas, checkpoints, giving space back.

use crate::store::Options;
use crate::store::error::StoreError;
use rustix::fs::Access;
use rustix::fs::StatVfsMountFlags;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::SqlitePool;
use sqlx::migrate::MigrateError;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteAutoVacuum;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::sqlite::SqliteSynchronous;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

/// The database's name in the data folder.
pub const FILE_NAME: &str = "restante.db";

/// A page of 8 KiB. A sealed item of ten kilobytes has an overflow page of its own and shares the page of its head with
/// three others, where a page of 16 KiB held one such item and six kilobytes of nothing; and each row of an index by
/// digest, which falls anywhere, takes a page into the WAL. Against 16 KiB the writer spent 89 in place of 103 µs a
/// message, against 4 KiB 98. A database that was made with other pages keeps them.
const PAGE_SIZE: u32 = 8_192;

/// Pages in the WAL after which a commit also checkpoints: 64 MiB, so that pages written often are copied seldom.
const CHECKPOINT_PAGES: u32 = 8_000;

/// What a WAL that grew in a burst is cut back to when it is started over: one and a half times its usual size.
const JOURNAL_SIZE_LIMIT: u32 = 96 * 1024 * 1024;

/// Connections for reading: pages and health look-ups are short, and the machine is small.
const READERS: u32 = 4;

/// Statement texts kept prepared by the writer: each bulk insert has one for each number of rows up to 64.
const WRITER_STATEMENTS: usize = 1024;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Makes the folder (0700) and an empty database file (0600) in it; SQLite gives `-wal` and `-shm` the same mode.
pub(in crate::store) fn make_file(dir: &Path) -> Result<PathBuf, StoreError> {
    let refuse = |source| StoreError::Folder {
        path: dir.to_owned(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(refuse)?;
    let path = dir.join(FILE_NAME);
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    match made {
        Ok(file) => file.sync_all().map_err(refuse)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(StoreError::Exists(path));
        }
        Err(error) => return Err(refuse(error)),
    }
    // The name must survive a power cut as surely as what will be in the file.
    File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(refuse)?;
    Ok(path)
}

/// The path of the database in `dir`, which must be there and must not be empty.
pub(in crate::store) fn existing_file(dir: &Path) -> Result<PathBuf, StoreError> {
    let path = dir.join(FILE_NAME);
    match std::fs::metadata(&path) {
        Ok(found) if found.is_file() && found.len() > 0 => Ok(path),
        Ok(_) => Err(StoreError::Unfit("the file is empty".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Missing(path)),
        Err(source) => Err(StoreError::Folder { path, source }),
    }
}

/// The one connection of this process that writes.
pub(in crate::store) async fn writer(
    path: &Path,
    options: &Options,
) -> Result<SqliteConnection, StoreError> {
    let connect = common(path, options)
        .page_size(PAGE_SIZE)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: the WAL is synced at each commit. NORMAL would lose acknowledged mail with the power.
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT.to_string())
        // What retention deletes is overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
        .pragma("cell_size_check", "ON")
        .pragma("cache_size", "-16384")
        .statement_cache_capacity(WRITER_STATEMENTS)
        .thread_name(|_| "store-writer".to_owned());
    // Space comes back after a burst by small steps of retention, without a VACUUM that would double the disk. It is a
    // property of the file, and saying it again writes: a server that was killed on a full disk could not start.
    let fresh = std::fs::metadata(path).is_ok_and(|found| found.len() == 0);
    let connect = match fresh {
        true => connect.auto_vacuum(SqliteAutoVacuum::Incremental),
        false => connect,
    };
    // Never less than is there: SQLite takes the larger of the two.
    let connect = match options.largest_bytes {
        Some(bytes) => connect.pragma("max_page_count", (bytes / u64::from(PAGE_SIZE)).to_string()),
        None => connect,
    };
    Ok(connect.connect().await?)
}

/// A few connections that cannot write.
pub(in crate::store) fn readers(path: &Path, options: &Options) -> SqlitePool {
    let connect = common(path, options)
        .read_only(true)
        .pragma("cache_size", "-4096")
        .thread_name(|_| "store-reader".to_owned());
    SqlitePoolOptions::new()
        .min_connections(0)
        .max_connections(READERS)
        .acquire_timeout(options.busy_timeout)
        .connect_lazy_with(connect)
}

/// The same for a process that only reads, where nothing beside the database may be there or be made.
pub(in crate::store) fn readers_alone(path: &Path, options: &Options) -> SqlitePool {
    let pool = readers(path, options);
    if !lies_still(path) {
        return pool;
    }
    // On a file system that is mounted for reading SQLite cannot make the files that readers and writers of a WAL share;
    // without a WAL there is no need of them, and nobody can write.
    let connect = (*pool.connect_options()).clone().immutable(true);
    SqlitePoolOptions::new()
        .min_connections(0)
        .max_connections(READERS)
        .acquire_timeout(options.busy_timeout)
        .connect_lazy_with(connect)
}

/// Whether a database is complete in its one file and on a file system that cannot be written to.
fn lies_still(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let complete = std::fs::metadata(wal).map_or_else(
        |error| error.kind() == ErrorKind::NotFound,
        |found| found.len() == 0,
    );
    complete
        && rustix::fs::statvfs(path)
            .is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Checks that this process may read the file. It is not opened for that: closing it again would take away the locks
/// that other connections of this process hold on it.
pub(in crate::store) fn readable(path: &Path) -> Result<(), StoreError> {
    rustix::fs::access(path, Access::READ_OK).map_err(|error| StoreError::Folder {
        path: path.to_owned(),
        source: error.into(),
    })
}

/// Checks, without writing, that the schema is the one that this program has.
pub(in crate::store) async fn check_schema(
    readers: &SqlitePool,
    path: &Path,
) -> Result<(), StoreError> {
    let refuse = |error| cannot_share(error, path);
    let mut connection = readers.acquire().await.map_err(refuse)?;
    let ours: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await
            .map_err(refuse)?;
    if ours == 0 {
        return Err(StoreError::Unfit("it has no schema version".to_owned()));
    }
    let applied: Vec<(i64, bool, Vec<u8>)> = sqlx::query_as(
        "SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version DESC",
    )
    .fetch_all(&mut *connection)
    .await?;
    let newest = applied.first().map_or(0, |(version, _, _)| *version);
    if !MIGRATIONS.version_exists(newest) && newest > 0 {
        return Err(StoreError::Newer(newest));
    }
    for migration in MIGRATIONS.iter() {
        let version = migration.version;
        match applied.iter().find(|(applied, _, _)| *applied == version) {
            None => return Err(StoreError::Older(newest)),
            Some((_, true, checksum)) if **checksum == *migration.checksum => {}
            Some(_) => return Err(other_form(version)),
        }
    }
    Ok(())
}

/// Says what to do about the one thing that stops who may read the database and not write beside it.
fn cannot_share(error: sqlx::Error, path: &Path) -> StoreError {
    let code = error
        .as_database_error()
        .and_then(|reported| reported.code()?.parse::<i32>().ok());
    // SQLITE_READONLY, of a connection that only reads, and SQLITE_CANTOPEN, of a file that can be read.
    if !code.is_some_and(|code| matches!(code & 0xff, 8 | 14)) {
        return error.into();
    }
    StoreError::Folder {
        path: path.to_owned(),
        source: std::io::Error::other(
            "the files that readers share with the writer (-wal, -shm) are not there and cannot be made: \
             read it while the server runs, or as the server's user",
        ),
    }
}

fn other_form(version: i64) -> StoreError {
    StoreError::Unfit(format!(
        "schema version {version} was applied in another form than this program has"
    ))
}

fn common(path: &Path, options: &Options) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        // No temporary files: what SQLite sorts stays in memory.
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

/// Brings the schema up to date; refuses one from the future.
pub(in crate::store) async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    MIGRATIONS
        .run_direct(None, connection, false)
        .await
        .map_err(|error| match error {
            MigrateError::Execute(error) => error.into(),
            MigrateError::VersionMissing(version) => StoreError::Newer(version),
            MigrateError::VersionMismatch(version) => other_form(version),
            _ => StoreError::Unfit("its schema could not be brought up to date".to_owned()),
        })
}

/// Checks that the settings which promises rest on have taken: SQLite ignores a pragma it cannot honour.
pub(in crate::store) async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let numbers: [(&'static str, i64); 5] = [
        ("PRAGMA synchronous", 2),
        ("PRAGMA foreign_keys", 1),
        ("PRAGMA temp_store", 2),
        ("PRAGMA secure_delete", 1),
        ("PRAGMA auto_vacuum", 2),
    ];
    for (pragma, expected) in numbers {
        let found: i64 = sqlx::query_scalar(pragma)
            .fetch_one(&mut *connection)
            .await?;
        if found != expected {
            return Err(StoreError::Unfit(format!(
                "{pragma} is {found} and should be {expected}"
            )));
        }
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    if mode == "wal" {
        Ok(())
    } else {
        Err(StoreError::Unfit(format!("its journal mode is {mode}")))
    }
}

/// Copies the WAL into the database and cuts it to nothing, so that what was deleted is in neither. Does as much as
/// other connections allow; says whether it was all.
pub(in crate::store) async fn checkpoint(
    connection: &mut SqliteConnection,
) -> Result<bool, StoreError> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}

/// How many pages the file has, and how many of them are free.
pub(in crate::store) async fn pages(
    connection: &mut SqliteConnection,
) -> Result<(i64, i64), StoreError> {
    let all = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *connection)
        .await?;
    let free = sqlx::query_scalar("PRAGMA freelist_count")
        .fetch_one(connection)
        .await?;
    Ok((all, free))
}

/// Gives at most `pages` free pages at the end of the file back to the file system.
pub(in crate::store) async fn give_back(
    connection: &mut SqliteConnection,
    pages: u32,
) -> Result<(), StoreError> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "PRAGMA incremental_vacuum({pages})"
    )))
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a connection; what fails now can no longer matter to anybody.
pub(in crate::store) async fn end(connection: SqliteConnection) {
    drop(connection.close().await);
}
