//! The crate `mailin-embedded` as a catcher would be built on it: a row and a synced commit in SQLite for every message,
//! as received, neither parsed, classified nor sealed.
//!
//! `mailin FOLDER CERTIFICATE KEY THREADS` keeps its database in FOLDER, prints its address, and runs until it is killed.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench that cannot go on is over"
)]

use mailin_embedded::Handler;
use mailin_embedded::Response;
use mailin_embedded::Server;
use mailin_embedded::SslConfig;
use mailin_embedded::response;
use sqlx::Connection;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqliteSynchronous;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::runtime::Runtime;

/// One connection for all threads: SQLite has one writer at a time, and so nobody waits in its busy loop.
struct Database {
    runtime: Runtime,
    connection: Mutex<SqliteConnection>,
}

impl Database {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("mail.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let connection = runtime.block_on(async {
            let mut connection = SqliteConnection::connect_with(&options).await?;
            sqlx::query("CREATE TABLE message (id INTEGER PRIMARY KEY, sender TEXT, recipient TEXT, content BLOB)")
                .execute(&mut connection)
                .await?;
            anyhow::Ok(connection)
        })?;
        Ok(Self {
            runtime,
            connection: Mutex::new(connection),
        })
    }

    fn keep(&self, sender: &str, recipient: &str, content: &[u8]) -> Result<(), sqlx::Error> {
        let mut connection = self.connection.lock().unwrap();
        // Without BEGIN, a statement is a transaction, and its end the commit.
        let insert =
            sqlx::query("INSERT INTO message (sender, recipient, content) VALUES ($1, $2, $3)")
                .bind(sender)
                .bind(recipient)
                .bind(content);
        self.runtime.block_on(insert.execute(&mut *connection))?;
        Ok(())
    }
}

#[derive(Clone)]
struct Keeper {
    database: Arc<Database>,
    sender: String,
    recipient: String,
    content: Vec<u8>,
}

impl Handler for Keeper {
    fn mail(&mut self, _: std::net::IpAddr, _: &str, sender: &str) -> Response {
        sender.clone_into(&mut self.sender);
        self.content.clear();
        response::OK
    }

    fn rcpt(&mut self, recipient: &str) -> Response {
        recipient.clone_into(&mut self.recipient);
        response::OK
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.content.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let kept = self
            .database
            .keep(&self.sender, &self.recipient, &self.content);
        match kept {
            Ok(()) => response::OK,
            Err(_) => response::INTERNAL_ERROR,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, certificate, key, threads] = arguments.as_slice() else {
        anyhow::bail!("mailin FOLDER CERTIFICATE KEY THREADS");
    };
    // mailin-embedded takes the provider of the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let mut server = Server::new(Keeper {
        database: Arc::new(Database::open(Path::new(folder))?),
        sender: String::new(),
        recipient: String::new(),
        content: Vec::new(),
    });
    let ssl = SslConfig::SelfSigned {
        cert_path: certificate.clone(),
        key_path: key.clone(),
    };
    let set = server
        .with_name("mx.nic.ml")
        .with_num_threads(threads.parse()?);
    let set = set.with_tcp_listener(listener).with_ssl(ssl);
    set.map_err(|error| anyhow::anyhow!("{error}"))?;
    server.serve().map_err(|error| anyhow::anyhow!("{error}"))
}
