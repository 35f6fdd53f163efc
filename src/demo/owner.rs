//! The mail server of the organisations that are told: the crate `mailin-embedded`, which is made for being embedded.
//!
//! It takes what is for the directory's domains, writes each message into a folder as `0001.eml` and so on, and says so.
//! It has no way to be stopped: its thread waits for connections until the process ends.

use crate::message::Address;
use crate::message::Domain;
use anyhow::Context;
use mailin_embedded::Handler;
use mailin_embedded::Response;
use mailin_embedded::response;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

/// A message that was taken.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Where it lies.
    pub file: PathBuf,
    /// Its envelope's recipients.
    pub recipients: Vec<String>,
}

/// How many sessions it holds at once: the notifier needs one.
const SESSIONS: u32 = 4;

/// No notice comes near it.
const LARGEST: usize = 4 << 20;

#[derive(Clone)]
struct Desk {
    folder: Arc<Path>,
    domains: Arc<[Domain]>,
    number: Arc<AtomicU32>,
    arrived: mpsc::UnboundedSender<Arrived>,
    recipients: Vec<String>,
    message: Vec<u8>,
}

impl Desk {
    fn keep(&self) -> std::io::Result<PathBuf> {
        let number = self.number.fetch_add(1, Ordering::Relaxed) + 1;
        let path = self.folder.join(format!("{number:04}.eml"));
        let mut file = File::options().write(true).create_new(true).open(&path)?;
        file.write_all(&self.message)?;
        file.sync_all()?;
        Ok(path)
    }
}

impl Handler for Desk {
    fn mail(&mut self, _: std::net::IpAddr, _: &str, _: &str) -> Response {
        self.recipients.clear();
        self.message.clear();
        response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        let ours = Address::parse(to).is_ok_and(|to| {
            self.domains
                .iter()
                .any(|domain| to.domain().is_within(domain))
        });
        if !ours {
            return response::NO_MAILBOX;
        }
        self.recipients.push(to.to_owned());
        response::OK
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.message.len() + bytes.len() > LARGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.message.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        match self.keep() {
            Ok(file) => {
                let recipients = std::mem::take(&mut self.recipients);
                let _ = self.arrived.send(Arrived { file, recipients });
                response::OK
            }
            Err(_) => response::INTERNAL_ERROR,
        }
    }
}

/// Starts it on a port of the system's choice; gives its address and what arrives.
///
/// # Errors
/// No port or no thread to be had.
pub fn start(
    folder: &Path,
    domains: Vec<Domain>,
) -> anyhow::Result<(SocketAddr, mpsc::UnboundedReceiver<Arrived>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("the organisations' mail server")?;
    let address = listener.local_addr()?;
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let mut server = mailin_embedded::Server::new(Desk {
        folder: folder.into(),
        domains: domains.into(),
        number: Arc::default(),
        arrived,
        recipients: Vec::new(),
        message: Vec::new(),
    });
    server
        .with_name("mx.organisations.example")
        .with_num_threads(SESSIONS)
        .with_tcp_listener(listener);
    std::thread::Builder::new()
        .name("organisations' mail".to_owned())
        .spawn(move || {
            if server.serve().is_err() {
                tracing::error!("the organisations' mail server has ended");
            }
        })?;
    Ok((address, arrivals))
}
