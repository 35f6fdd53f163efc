//! What can go wrong with the store, in two faces: the class, which callers act on and peers are told in their own
//! words; and the cause, for the log. Neither ever carries a value that was to be stored.

use std::path::PathBuf;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database where one was expected.
    #[error("{0}: there is no database here (`restante init` makes one)")]
    Missing(PathBuf),
    /// There is a database where none was expected.
    #[error("{0}: there is a database here already")]
    Exists(PathBuf),
    /// The database was written by a newer version of this program.
    #[error("the database has schema version {0}, which is newer than this program knows")]
    Newer(i64),
    /// The database was written by an older version of this program, and was to be read only.
    #[error(
        "the database has schema version {0}, which is older than this program reads: `restante serve` brings it up to date"
    )]
    Older(i64),
    /// The database is not one of ours, or a setting did not take.
    #[error("the database is not as it should be: {0}")]
    Unfit(String),
    /// No space is left for it.
    #[error("no space is left for the database")]
    Full,
    /// The operator's own mailboxes hold as much as they may.
    #[error(
        "the operator's mailboxes are full: what is there goes with its time (retention.sealed)"
    )]
    MailboxFull,
    /// The disk failed.
    #[error("reading or writing the database failed (SQLite code {0})")]
    Disk(i32),
    /// Another process held the database for too long.
    #[error("another process holds the database")]
    Busy,
    /// The parts of a message do not fit each other.
    #[error("the parts of the message do not fit each other")]
    Malformed,
    /// The store has been closed, or its writer is gone.
    #[error("the store is closed")]
    Closed,
    /// Anything else that the database reported; the text never has values in it.
    #[error("the database reported: {0}")]
    Database(String),
    /// The folder of the database cannot be used.
    #[error("{path}: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl StoreError {
    /// Whether the fault lies with the disk or another process rather than with what was to be stored: a second try
    /// with less at once would not help, a later one may.
    #[must_use]
    pub fn is_about_the_disk(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::MailboxFull | Self::Disk(_) | Self::Busy | Self::Closed
        )
    }

    /// The same again, for the next of several who wait for one transaction.
    pub(in crate::store) fn again(&self) -> Self {
        match self {
            Self::Missing(path) => Self::Missing(path.clone()),
            Self::Exists(path) => Self::Exists(path.clone()),
            Self::Newer(version) => Self::Newer(*version),
            Self::Older(version) => Self::Older(*version),
            Self::Unfit(what) => Self::Unfit(what.clone()),
            Self::Full => Self::Full,
            Self::MailboxFull => Self::MailboxFull,
            Self::Disk(code) => Self::Disk(*code),
            Self::Busy => Self::Busy,
            Self::Malformed => Self::Malformed,
            Self::Closed => Self::Closed,
            Self::Database(what) => Self::Database(what.clone()),
            Self::Folder { path, source } => Self::Folder {
                path: path.clone(),
                source: std::io::Error::from(source.kind()),
            },
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(reported) => {
                let code = reported.code().and_then(|c| c.parse::<i32>().ok());
                match code {
                    // SQLITE_BUSY and SQLITE_LOCKED, SQLITE_FULL; SQLITE_NOMEM, IOERR, CORRUPT, CANTOPEN, NOTADB.
                    Some(code) if matches!(code & 0xff, 5 | 6) => Self::Busy,
                    Some(code) if code & 0xff == 13 => Self::Full,
                    Some(code) if matches!(code & 0xff, 7 | 10 | 11 | 14 | 26) => Self::Disk(code),
                    _ => Self::Database(reported.to_string()),
                }
            }
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            sqlx::Error::PoolTimedOut => Self::Busy,
            // Neither carries a value: columns are named, types are named.
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::Database(format!("column {index} does not hold what it should"))
            }
            sqlx::Error::RowNotFound => Self::Database("a row is missing".to_owned()),
            _ => Self::Database("the driver refused the statement".to_owned()),
        }
    }
}
