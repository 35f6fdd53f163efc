//! Where the dashboard listens, as the configuration says it.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `[web]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The address. Anything but loopback has TLS here or proxies that are trusted.
    pub listen: SocketAddr,
    /// Whether the section is in the file: then an address that cannot be had is an error.
    pub asked_for: bool,
    /// Certificate and key (PEM).
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whose `X-Forwarded-For` is believed; readers are taken to reach them over TLS.
    pub trusted_proxies: Vec<IpAddr>,
}
