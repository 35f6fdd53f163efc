//! Group commit: the one task of this process that writes.
//!
//! Whoever has something to write sends it here and waits. The writer takes all that is waiting, up to a bound of
//! messages and octets, writes it in one transaction, and answers once COMMIT has come back, that is, once the WAL is
//! synced. While it is busy the next batch gathers by itself, so there is no delay to tune: a single message is
//! committed at once, a flood by the hundred.
//!
//! What fails because of the disk or another process fails for all who wait, and they are told; the next batch tries
//! afresh. What fails for another reason may be the fault of one message: the batch is halved until that one is alone.
//! A connection that is in doubt is thrown away and opened again.

use crate::message::Timestamp;
use crate::store::Options;
use crate::store::batch;
use crate::store::error::StoreError;
use crate::store::incoming::Kept;
use crate::store::names::Names;
use crate::store::open;
use crate::store::prepared::Prepared;
use crate::store::session::Pending;
use crate::store::session::SessionGains;
use crate::store::sum_names::SumNames;
use sqlx::SqliteConnection;
use std::collections::VecDeque;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use tokio::sync::Notify;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Requests that may wait in front of the writer; whoever comes then waits to be let in.
const QUEUE: usize = 1024;

/// A future on a connection.
pub(in crate::store) type Boxed<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// What the writer is asked for.
pub(in crate::store) enum Request {
    /// A message to keep.
    Keep(Waiting),
    /// Work in a transaction of its own.
    Work(Box<dyn Work>),
    /// The WAL into the database.
    Checkpoint(oneshot::Sender<Result<bool, StoreError>>),
    /// The end.
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// A message and who waits for it.
pub(in crate::store) struct Waiting {
    pub prepared: Box<Prepared>,
    pub answer: oneshot::Sender<Result<Kept, StoreError>>,
}

/// Work in a transaction of its own; told how the transaction ended.
pub(in crate::store) trait Work: Send {
    /// Does it.
    fn run<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Boxed<'c, Result<(), StoreError>>;
    /// Answers whoever waits.
    fn answer(self: Box<Self>, ended: Result<(), StoreError>);
}

/// What the writer has done since it started.
#[derive(Debug, Default)]
pub(in crate::store) struct Meter {
    pub commits: AtomicU64,
    pub batches: AtomicU64,
    pub messages: AtomicU64,
    pub largest: AtomicU64,
    pub failures: AtomicU64,
}

/// The writer's end of a store.
pub(in crate::store) struct Writer {
    path: PathBuf,
    options: Options,
    connection: Option<SqliteConnection>,
    names: Names,
    sum_names: SumNames,
    sessions: Arc<Pending>,
    session_waits: Arc<Notify>,
    meter: Arc<Meter>,
}

impl Writer {
    /// Starts the task.
    pub fn start(
        path: PathBuf,
        options: Options,
        connection: SqliteConnection,
        sessions: Arc<Pending>,
        session_waits: Arc<Notify>,
        meter: Arc<Meter>,
    ) -> mpsc::Sender<Request> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let writer = Self {
            path,
            options,
            connection: Some(connection),
            names: Names::default(),
            sum_names: SumNames::default(),
            sessions,
            session_waits,
            meter,
        };
        tokio::spawn(writer.run(receiver));
        sender
    }

    async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let session_waits = Arc::clone(&self.session_waits);
        let mut flush_at: Option<Instant> = None;
        loop {
            let due = flush_at.unwrap_or_else(Instant::now);
            let request = tokio::select! {
                request = requests.recv() => request,
                () = session_waits.notified(), if flush_at.is_none() => {
                    flush_at = Some(Instant::now() + self.options.sessions_wait);
                    continue;
                }
                () = tokio::time::sleep_until(due), if flush_at.is_some() => {
                    flush_at = self.flush_sessions().await.err().map(|_| Instant::now() + self.options.sessions_wait);
                    continue;
                }
            };
            let Some(first) = request else { break };
            if let Some(done) = self.serve(first, &mut requests).await {
                let _ = done.send(self.end().await);
                return;
            }
        }
        let _ = self.end().await;
    }

    /// Serves a request and all that wait behind it; gives back who asked for the end.
    async fn serve(
        &mut self,
        first: Request,
        requests: &mut mpsc::Receiver<Request>,
    ) -> Option<oneshot::Sender<Result<(), StoreError>>> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut works = VecDeque::new();
        let mut next = Some(first);
        let mut end = None;
        while let Some(request) = next.take() {
            match request {
                Request::Keep(waiting) => {
                    bytes += waiting.prepared.message.sealed_bytes();
                    batch.push(waiting);
                }
                Request::Close(done) => {
                    // What is in the queue behind it was sent by somebody who did not wait for the end.
                    requests.close();
                    end = Some(done);
                }
                other => works.push_back(other),
            }
            if batch.len() < self.options.batch_messages && bytes < self.options.batch_bytes {
                next = requests.try_recv().ok();
            }
        }
        if !batch.is_empty() {
            self.keep(batch).await;
        }
        for work in works {
            self.work(work).await;
        }
        if end.is_some() {
            while let Some(request) = requests.recv().await {
                match request {
                    Request::Keep(waiting) => self.keep(vec![waiting]).await,
                    other => self.work(other).await,
                }
            }
        }
        end
    }

    async fn work(&mut self, request: Request) {
        match request {
            Request::Work(mut work) => {
                let ended = self.transaction_of(work.as_mut()).await;
                work.answer(ended);
            }
            Request::Checkpoint(answer) => {
                let ended = match self.connection().await {
                    Ok(connection) => open::checkpoint(connection).await,
                    Err(error) => Err(error),
                };
                let _ = answer.send(ended);
            }
            Request::Keep(waiting) => self.keep(vec![waiting]).await,
            Request::Close(done) => {
                let _ = done.send(Err(StoreError::Closed));
            }
        }
    }

    /// Keeps a batch, or what can be kept of it.
    async fn keep(&mut self, batch: Vec<Waiting>) {
        let mut halves = vec![batch];
        while let Some(mut batch) = halves.pop() {
            match self.commit(&batch).await {
                Ok(answers) => {
                    for (waiting, kept) in batch.into_iter().zip(answers) {
                        let _ = waiting.answer.send(Ok(kept));
                    }
                }
                Err(error) if batch.len() > 1 && !error.is_about_the_disk() => {
                    let second = batch.split_off(batch.len() / 2);
                    halves.push(second);
                    halves.push(batch);
                }
                Err(error) => {
                    self.meter.failures.fetch_add(1, Ordering::Relaxed);
                    for waiting in batch {
                        let _ = waiting.answer.send(Err(error.again()));
                    }
                }
            }
        }
    }

    async fn commit(&mut self, batch: &[Waiting]) -> Result<Vec<Kept>, StoreError> {
        let prepared: Vec<&Prepared> = batch.iter().map(|waiting| &*waiting.prepared).collect();
        let sessions = self.sessions.take();
        match self.transaction(&prepared, &sessions).await {
            Ok(answers) => {
                let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
                self.meter.batches.fetch_add(1, Ordering::Relaxed);
                self.meter.messages.fetch_add(count, Ordering::Relaxed);
                self.meter.largest.fetch_max(count, Ordering::Relaxed);
                Ok(answers)
            }
            Err(error) => {
                self.sessions.put_back(&sessions);
                self.session_waits.notify_one();
                Err(error)
            }
        }
    }

    async fn transaction(
        &mut self,
        batch: &[&Prepared],
        sessions: &SessionGains,
    ) -> Result<Vec<Kept>, StoreError> {
        let bounds = self.options.bounds();
        let now: Timestamp = self.options.clock.now();
        self.connection().await?;
        let Some(connection) = self.connection.as_mut() else {
            return Err(StoreError::Closed);
        };
        if let Err(error) = begin(connection).await {
            return Err(self.doubt(error));
        }
        let names = (&self.names, &self.sum_names);
        let written = batch::write(connection, batch, sessions, names, bounds, now).await;
        let written = self.finish(written).await?;
        self.names.remember(written.added);
        self.sum_names.remember(written.added_sums);
        Ok(written.answers)
    }

    async fn transaction_of(&mut self, work: &mut dyn Work) -> Result<(), StoreError> {
        let connection = self.connection().await?;
        if let Err(error) = begin(connection).await {
            return Err(self.doubt(error));
        }
        let done = work.run(connection).await;
        // It may have taken sums away, and with them the names that are remembered to be there.
        self.sum_names = SumNames::default();
        self.finish(done).await
    }

    /// COMMIT, or ROLLBACK where the work or the COMMIT failed.
    async fn finish<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let Some(connection) = self.connection.as_mut() else {
            return Err(StoreError::Closed);
        };
        let error = match done {
            Ok(value) => match sqlx::query("COMMIT").execute(&mut *connection).await {
                Ok(_) => {
                    self.meter.commits.fetch_add(1, Ordering::Relaxed);
                    return Ok(value);
                }
                Err(error) => error.into(),
            },
            Err(error) => error,
        };
        // After some failures SQLite has rolled back by itself and says that there is nothing to roll back.
        let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
        if matches!(error, StoreError::Disk(_) | StoreError::Closed) {
            return Err(self.doubt(error));
        }
        Err(error)
    }

    /// Throws the connection away, unless it only has to wait for another process.
    fn doubt(&mut self, error: StoreError) -> StoreError {
        if !matches!(error, StoreError::Busy) {
            self.connection = None;
        }
        error
    }

    /// The connection; a new one where the old was in doubt.
    async fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if self.connection.is_none() {
            self.connection = Some(open::writer(&self.path, &self.options).await?);
        }
        self.connection.as_mut().ok_or(StoreError::Closed)
    }

    async fn flush_sessions(&mut self) -> Result<(), StoreError> {
        let sessions = self.sessions.take();
        if sessions.is_empty() {
            return Ok(());
        }
        let ended = self.transaction(&[], &sessions).await;
        if ended.is_err() {
            self.sessions.put_back(&sessions);
        }
        ended.map(|_| ())
    }

    /// Writes what is left, and puts the WAL into the database.
    async fn end(&mut self) -> Result<(), StoreError> {
        let flushed = self.flush_sessions().await;
        if let Some(mut connection) = self.connection.take() {
            let checkpointed = open::checkpoint(&mut connection).await;
            open::end(connection).await;
            checkpointed?;
        }
        flushed
    }
}

/// IMMEDIATE: the lock is taken, and waited for, before anything is read; a transaction never fails halfway for it.
async fn begin(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut *connection)
        .await?;
    Ok(())
}
