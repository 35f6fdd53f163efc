//! Our listener with storage switched off: says 250 to every message and forgets it. What is left of its rate in the whole
//! server is what parsing, classifying, sealing and keeping may cost.
//!
//! `ceiling FOLDER` keeps its TLS pair in FOLDER, prints its address, and runs until it is killed.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench that cannot go on is over"
)]

use restante::message::Clock;
use restante::message::Content;
use restante::message::Domain;
use restante::message::Envelope;
use restante::message::OperatorMailbox;
use restante::message::Policy;
use restante::message::PolicyTable;
use restante::smtp::Budget;
use restante::smtp::Deliver;
use restante::smtp::Known;
use restante::smtp::Listener;
use restante::smtp::Options;
use restante::smtp::Outcome;
use restante::smtp::Reservation;
use restante::smtp::Tally;
use restante::smtp::Tls;
use restante::smtp::TlsFiles;
use std::sync::Arc;
use tokio::sync::watch;

struct Nowhere;

impl Known for Nowhere {
    fn owned(&self, _: &Domain) -> Option<Domain> {
        None
    }

    fn hint(&self, _: &Domain) -> Option<Domain> {
        None
    }

    fn can_keep(&self) -> bool {
        true
    }
}

impl Deliver for Nowhere {
    async fn deliver(&self, _: Envelope, _: Content, _: Reservation) -> Outcome {
        Outcome::Kept
    }

    async fn deliver_to_operator(
        &self,
        _: OperatorMailbox,
        _: Envelope,
        _: Content,
        _: Reservation,
    ) -> Outcome {
        Outcome::Kept
    }

    fn session_ended(&self, _: Tally) {}
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let directory = std::env::args_os().nth(1).unwrap().into();
    let hostname = Domain::parse("mx.nic.ml")?;
    let tls = Tls::load(TlsFiles::SelfSigned { directory }, &hostname)?;
    let mut options = Options::new(hostname, vec!["127.0.0.1:0".parse()?]);
    options.max_connections_per_ip = 4000;
    let zones = [Domain::parse("ml")?];
    let table = PolicyTable::new(zones, [], [], Policy::Hold, None);
    let (_policies, table) = watch::channel(Arc::new(table));
    let budget = Budget::new(options.max_bytes_in_flight);
    let listener = Listener::bind(options, Clock::system(), table, tls, budget)?;
    println!("{}", listener.local_addrs()[0]);
    listener
        .run(Arc::new(Nowhere), std::future::pending())
        .await;
    Ok(())
}
