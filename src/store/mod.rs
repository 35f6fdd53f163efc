//! The only SQL.
//!
//! For: keeping what was caught. Guarantees: [`Store::keep`] answers only after the transaction has been committed and
//! synced (promise 1); the same envelope and bytes within their time are kept once; every count that a page or a
//! notice shows is kept in the transaction of what it counts, so nothing ever counts rows; metadata lies apart from
//! sealed bytes, and no list ever touches those; what a sender can multiply (names a day, parts, batches) is bounded;
//! a full disk, a failing disk or another process in the way is an error for those who wait and no more than that.
//! Refuses: to make a database where one is asked for and none is there, or to open one from the future. Must not know:
//! how mail arrives, what a page looks like, who may see what.
//!
//! ```text
//! intake ─────── keep() ──────────┐             one transaction
//! listener ───── count_session() ─┼─> writer ── for all that wait ──> restante.db ──> stats(), messages(), cases(), …
//! retention, audit, import ───────┤                                     ^      (a few connections that cannot write)
//! keep_for_operator(), policies ──┘                                     |
//! other processes ── the same code, BEGIN IMMEDIATE, a busy timeout ────┘
//! ```
//!
//! One file per table family: [`incoming`] (what is handed over), `prepared`, `plan`, `names`, `sum_names` and `tally`
//! (what will be written), `batch` and `rollup` (how), `writer` (when); [`messages`], [`items`], [`cases`],
//! [`case_sums`], [`days`], [`stats`], [`organisations`], [`rules`] and [`chain`] (what is read); `rule_steps`, `regroup`,
//! `walk`, `stored` and `moves` (what is decided anew over stored mail); [`policies`] (what staff decide about names),
//! [`session_names`] (what was turned away by name), [`operator`] (the operator's own mail); `expire` (what goes). `open` has all that only
//! SQLite has.
//!
//! A message's rows are clustered by its id, a UUID of version 7, so lists come in order of arrival without sorting and
//! new rows go to the end of each table. The digest index alone is hit at random: about one page more a message once
//! it is large.

pub mod accounts;
#[cfg(test)]
pub(crate) mod asked;
mod batch;
mod bulk;
pub mod case_states;
pub mod case_sums;
pub mod cases;
pub mod chain;
pub mod days;
mod directory;
mod error;
mod expire;
pub mod incoming;
pub mod items;
pub mod logins;
pub mod messages;
mod moves;
mod names;
pub mod notice_draft;
pub mod notice_steps;
pub mod notices;
mod open;
pub mod operator;
mod options;
pub mod organisation_change;
pub mod organisation_pages;
pub mod organisations;
pub mod outbox;
mod owned;
mod plan;
pub mod policies;
mod prepared;
mod regroup;
mod rollup;
mod rule_steps;
pub mod rules;
pub mod search;
mod session;
pub mod session_names;
mod sorted;
pub mod stats;
mod stored;
mod sum_names;
mod tally;
pub mod told;
mod walk;
mod writer;

pub use error::StoreError;
pub use expire::Removed;
pub use incoming::Digest;
pub use incoming::Kept;
pub use incoming::NewItem;
pub use incoming::NewMessage;
pub use incoming::NewRecipient;
pub use incoming::Pseudonym;
pub use open::FILE_NAME;
pub use options::Options;
pub use plan::CaseKind;
pub use rule_steps::StepOutcome;
pub use session::SessionCount;
pub use stats::SessionStats;
pub use stats::Stats;

/// The time of entries, passes and steps; the word of `message`.
pub use crate::message::Timestamp;

use crate::message::Clock;
use options::Bounds;
use prepared::Prepared;
use session::Pending;
use sqlx::Connection;
use sqlx::SqliteConnection;
use sqlx::SqlitePool;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::Notify;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use writer::Boxed;
use writer::Meter;
use writer::Request;
use writer::Waiting;
use writer::Work;
use writer::Writer;

/// A database that is open. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    clock: Clock,
    bounds: Bounds,
    requests: mpsc::Sender<Request>,
    readers: SqlitePool,
    sessions: Arc<Pending>,
    session_waits: Arc<Notify>,
    operator: Arc<operator::Queue>,
    meter: Arc<Meter>,
    only_reads: bool,
}

/// What the writer has done since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterFigures {
    /// Transactions committed.
    pub commits: u64,
    /// Those of them that held messages.
    pub batches: u64,
    /// Messages in them.
    pub messages: u64,
    /// The most messages that one held.
    pub largest_batch: u64,
    /// Batches that failed for good.
    pub failures: u64,
}

impl Store {
    /// Makes `dir` and an empty database in it, and opens that.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is one; the disk's.
    pub async fn create(dir: &Path, options: Options) -> Result<Self, StoreError> {
        let path = open::make_file(dir)?;
        let opened = Self::connect(path.clone(), options).await;
        if opened.is_err() {
            // Nothing has been kept in it, and it would stand in the way of the next try.
            let _ = std::fs::remove_file(path);
        }
        opened
    }

    /// Opens the database in `dir` and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none, [`StoreError::Newer`] where a newer version of this program wrote
    /// it, [`StoreError::Unfit`] where it is something else; the disk's.
    pub async fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        Self::connect(open::existing_file(dir)?, options).await
    }

    /// Opens the database in `dir` for reading alone: nothing is brought up to date, nothing can be written, and no writer
    /// is started. For commands that show something: they work beside a server that runs, for another user who may only
    /// read its files while it does, and on a file system that is mounted for reading. What writes answers
    /// [`StoreError::Closed`], sessions are not counted, and [`Store::writer_ended`] comes back at once.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Older`] where the schema has to be brought up to date first.
    pub async fn open_to_read(dir: &Path, options: Options) -> Result<Self, StoreError> {
        let path = open::existing_file(dir)?;
        open::readable(&path)?;
        let readers = open::readers_alone(&path, &options);
        if let Err(error) = open::check_schema(&readers, &path).await {
            readers.close().await;
            return Err(error);
        }
        // Nobody is at the other end.
        let (requests, _) = mpsc::channel(1);
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                bounds: options.bounds(),
                clock: options.clock,
                requests,
                readers,
                sessions: Arc::default(),
                session_waits: Arc::default(),
                operator: Arc::default(),
                meter: Arc::default(),
                only_reads: true,
            }),
        })
    }

    async fn connect(path: PathBuf, options: Options) -> Result<Self, StoreError> {
        let mut connection = open::writer(&path, &options).await?;
        let ready = match open::migrate(&mut connection).await {
            Ok(()) => open::check(&mut connection).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ready {
            drop(connection.close().await);
            return Err(error);
        }
        let (sessions, session_waits, meter) = (Arc::default(), Arc::default(), Arc::default());
        let readers = open::readers(&path, &options);
        let (clock, bounds) = (options.clock.clone(), options.bounds());
        let requests = Writer::start(
            path.clone(),
            options,
            connection,
            Arc::clone(&sessions),
            Arc::clone(&session_waits),
            Arc::clone(&meter),
        );
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                clock,
                bounds,
                requests,
                readers,
                sessions,
                session_waits,
                operator: Arc::default(),
                meter,
                only_reads: false,
            }),
        })
    }

    /// Keeps one message. Comes back when it is committed and synced, or known to be there already.
    ///
    /// # Errors
    /// [`StoreError::is_about_the_disk`] ones are worth a later try; nothing of the message is in the store then.
    pub async fn keep(&self, message: NewMessage) -> Result<Kept, StoreError> {
        let prepared = Box::new(Prepared::new(message)?);
        let (answer, wait) = oneshot::channel();
        self.ask(Request::Keep(Waiting { prepared, answer }), wait)
            .await
    }

    /// Counts a session that has ended. Written with the next message, or within a second or so.
    pub fn count_session(&self, session: SessionCount) {
        if !self.shared.only_reads && self.shared.sessions.add(&session) {
            self.shared.session_waits.notify_one();
        }
    }

    /// Writes all that waits, puts the WAL into the database and closes it. Whoever comes later gets
    /// [`StoreError::Closed`].
    ///
    /// # Errors
    /// The disk's, for session counts that could not be written; messages have had their own answers.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.shared.readers.close().await;
        if self.shared.only_reads {
            return Ok(());
        }
        let (answer, wait) = oneshot::channel();
        self.ask(Request::Close(answer), wait).await
    }

    /// Copies the WAL into the database and empties it, so that what was deleted is in neither. `false` where a reader
    /// was in the way: the next commit or the next call does it.
    ///
    /// # Errors
    /// The disk's.
    pub async fn checkpoint(&self) -> Result<bool, StoreError> {
        let (answer, wait) = oneshot::channel();
        self.ask(Request::Checkpoint(answer), wait).await
    }

    /// Comes back when the writer has ended: after [`Store::close`], or because it failed. From then on nothing can be
    /// kept, and a server does best to end and be started again.
    pub async fn writer_ended(&self) {
        self.shared.requests.closed().await;
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// The clock it was opened with.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// What the writer has done since the store was opened, for health pages and tests.
    #[must_use]
    pub fn writer_figures(&self) -> WriterFigures {
        let meter = &self.shared.meter;
        WriterFigures {
            commits: meter.commits.load(Ordering::Relaxed),
            batches: meter.batches.load(Ordering::Relaxed),
            messages: meter.messages.load(Ordering::Relaxed),
            largest_batch: meter.largest.load(Ordering::Relaxed),
            failures: meter.failures.load(Ordering::Relaxed),
        }
    }

    fn readers(&self) -> &SqlitePool {
        &self.shared.readers
    }

    /// Does `work` in a transaction of the writer's; comes back when it is committed and synced.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Boxed<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let job = Job {
            work: Some(work),
            done: None,
            answer,
        };
        self.ask(Request::Work(Box::new(job)), wait).await
    }

    async fn ask<T>(
        &self,
        request: Request,
        wait: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.shared
            .requests
            .send(request)
            .await
            .map_err(|_| StoreError::Closed)?;
        wait.await.map_err(|_| StoreError::Closed)?
    }
}

/// Work for the writer with a typed answer.
struct Job<T, F> {
    work: Option<F>,
    done: Option<T>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Work for Job<T, F>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> Boxed<'c, Result<T, StoreError>> + Send,
{
    fn run<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Boxed<'c, Result<(), StoreError>> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                self.done = Some(work(connection).await?);
            }
            Ok(())
        })
    }

    fn answer(self: Box<Self>, ended: Result<(), StoreError>) {
        let Self { done, answer, .. } = *self;
        let _ = answer.send(ended.and_then(|()| done.ok_or(StoreError::Closed)));
    }
}
