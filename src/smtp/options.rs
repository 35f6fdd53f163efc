//! What the configuration says of the listener.

use crate::message::Domain;
use crate::smtp::limits::Limits;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The listener's settings; section `[smtp]` of the configuration fills it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen. An IPv6 address takes IPv6 alone, so `0.0.0.0:25` and `[::]:25` go together. Port 0: any.
    pub listen: Vec<SocketAddr>,
    /// Our name in the greeting.
    pub hostname: Domain,
    /// The largest message, in octets: announced as SIZE (RFC 1870), larger ones get 552.
    pub max_message_bytes: usize,
    /// Recipients of one transaction; RFC 5321 4.5.3.1.8 wants at least 100. More get 452 4.5.3.
    pub max_recipients: usize,
    /// Sessions at once: bounds descriptors and memory. More get 421.
    pub max_connections: usize,
    /// Sessions at once from one IPv4 address or one IPv6 /64, so that nobody alone takes every place. More get 421.
    pub max_connections_per_ip: usize,
    /// How long a whole command line may take to come; RFC 5321 4.5.3.2.7 wants at least five minutes.
    pub command_timeout: Duration,
    /// Bytes of messages in memory at once, over all sessions: what [`crate::smtp::Budget`] is made with.
    pub max_bytes_in_flight: usize,
    /// The bounds that no configuration sets.
    pub limits: Limits,
}

impl Options {
    /// Settings with the defaults of the manual, to be changed where the configuration says so.
    #[must_use]
    pub fn new(hostname: Domain, listen: Vec<SocketAddr>) -> Self {
        Self {
            listen,
            hostname,
            max_message_bytes: 25 * 1024 * 1024,
            max_recipients: 1000,
            max_connections: 4096,
            max_connections_per_ip: 64,
            command_timeout: Duration::from_secs(5 * 60),
            max_bytes_in_flight: 512 * 1024 * 1024,
            limits: Limits::default(),
        }
    }
}

/// Where the TLS pair is.
#[derive(Clone, Debug)]
pub enum TlsFiles {
    /// PEM files of the operator's.
    Given {
        /// The chain, our certificate first.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// A self-signed pair in this directory, made when it is not there: opportunistic TLS (RFC 7435).
    SelfSigned {
        /// `data_dir`.
        directory: PathBuf,
    },
}
