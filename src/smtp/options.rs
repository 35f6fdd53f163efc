//! What the configuration says of the listener.

use crate::message::Domain;
use crate::message::OperatorAddresses;
use crate::smtp::limits::Limits;
use ipnet::IpNet;
use ipnet::Ipv4Net;
use ipnet::Ipv6Net;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
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
    /// Sessions that one such network may begin in a minute, and at once. More get 421. 0: no bound.
    pub max_connections_per_minute: u32,
    /// Messages that one such network may begin in a minute, and at once. More get 450. 0: no bound.
    pub max_messages_per_minute: u32,
    /// Networks that have neither these two bounds nor a share of the bytes in flight: the operator's own.
    pub trusted_networks: Vec<IpNet>,
    /// Networks of proxies that say first, in the PROXY protocol, whom they bring. From anybody else such a line is an
    /// unknown command: who could say it would come from any address he liked.
    pub proxies: Vec<IpNet>,
    /// How long a whole command line may take to come; RFC 5321 4.5.3.2.7 wants at least five minutes.
    pub command_timeout: Duration,
    /// Bytes of messages in memory at once, over all sessions: what [`crate::smtp::Budget`] is made with.
    pub max_bytes_in_flight: usize,
    /// The operator's own mailboxes.
    pub operator: Arc<OperatorAddresses>,
    /// The bounds that no configuration sets.
    pub limits: Limits,
}

impl Options {
    /// Settings with the defaults of the manual, to be changed where the configuration says so.
    #[must_use]
    pub fn new(hostname: Domain, listen: Vec<SocketAddr>) -> Self {
        Self {
            listen,
            operator: Arc::new(OperatorAddresses::new(hostname.clone(), None, None)),
            hostname,
            max_message_bytes: 25 * 1024 * 1024,
            max_recipients: 1000,
            max_connections: 4096,
            max_connections_per_ip: 64,
            // Ten a second, and twenty messages: the largest providers send a registry some a minute from one address.
            max_connections_per_minute: 600,
            max_messages_per_minute: 1200,
            trusted_networks: loopback(),
            proxies: Vec::new(),
            command_timeout: Duration::from_secs(5 * 60),
            max_bytes_in_flight: 512 * 1024 * 1024,
            limits: Limits::default(),
        }
    }
}

/// This machine's own addresses.
#[must_use]
pub fn loopback() -> Vec<IpNet> {
    // RFC 1122 3.2.1.3, RFC 4291 2.5.3
    let four = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
    let six = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
    vec![four.into(), six.into()]
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
