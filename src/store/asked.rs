//! For tests: what the readers of a store are asked, and how SQLite goes about it.

use crate::store::Shared;
use crate::store::Store;
use crate::store::open;
use sqlx::ConnectOptions;
use sqlx::Row;
use sqlx::sqlite::SqlitePoolOptions;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tracing::field::Field;
use tracing::field::Visit;
use tracing_subscriber::layer::Context;
use tracing_subscriber::layer::Layer;

/// The threads of watched readers: other tests of this process have readers too.
const THREAD: &str = "watched-reader";

/// The statements of watched readers, and what is told of them.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<BTreeSet<String>>>);

impl Asked {
    /// All statements so far.
    pub fn statements(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().clone()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Asked {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let watched = std::thread::current().name() == Some(THREAD);
        if watched && event.metadata().target() == "sqlx::query" {
            let mut told = Told::default();
            event.record(&mut told);
            let text = if told.whole.is_empty() {
                told.summary
            } else {
                told.whole
            };
            self.0.lock().unwrap().insert(text.trim().to_owned());
        }
    }
}

/// The driver tells a short statement as its summary alone.
#[derive(Default)]
struct Told {
    summary: String,
    whole: String,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => self.summary = value.to_owned(),
            "db.statement" => self.whole = value.to_owned(),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl Store {
    /// The same store with readers that are watched.
    pub(crate) fn watched(&self) -> Self {
        let shared = &self.shared;
        let usual = open::readers(&shared.path, &crate::store::Options::default());
        let connect = (*usual.connect_options())
            .clone()
            .thread_name(|_| THREAD.to_owned())
            // All count as slow: the usual readers have it so.
            .log_slow_statements("debug".parse().unwrap(), Duration::ZERO);
        let readers = SqlitePoolOptions::new().connect_lazy_with(connect);
        Self {
            shared: Arc::new(Shared {
                path: shared.path.clone(),
                clock: shared.clock.clone(),
                bounds: shared.bounds,
                requests: shared.requests.clone(),
                readers,
                sessions: Arc::clone(&shared.sessions),
                session_waits: Arc::clone(&shared.session_waits),
                operator: Arc::clone(&shared.operator),
                meter: Arc::clone(&shared.meter),
                only_reads: false,
            }),
        }
    }

    /// Makes a case of `army.mil`, which organisation 1 owns.
    pub(crate) async fn make_case(&self) -> i64 {
        self.write(|connection| {
            Box::pin(async move {
                let text = "INSERT INTO cases (kind, domain, organisation_id, first_seen, last_seen) \
                     VALUES ('intended', 'army.mil', 1, 0, 0) RETURNING id";
                Ok(sqlx::query_scalar(text).fetch_one(connection).await?)
            })
        })
        .await
        .unwrap()
    }

    /// The steps of SQLite's plan for a statement.
    pub(crate) async fn plan(&self, statement: &str) -> Vec<String> {
        let text = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = sqlx::query(text).fetch_all(self.readers()).await.unwrap();
        rows.iter().map(|row| row.get("detail")).collect()
    }
}
