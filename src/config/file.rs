//! The file as it is written: every section, every key, and the default beside each key that has one.

use crate::config::ConfigError;
use crate::config::locate::Locator;
use crate::config::value::EndOfDay;
use crate::config::value::Name;
use crate::config::value::Network;
use crate::config::value::PolicyName;
use crate::config::value::PublicKey;
use crate::config::value::Span;
use serde::Deserialize;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub data_dir: PathBuf,
    pub zone: Zone,
    #[serde(default)]
    pub watch: Vec<Watch>,
    pub operator: Option<Operator>,
    pub smtp: Smtp,
    pub seal: Seal,
    pub pseudonyms: Option<Pseudonyms>,
    pub authentication: Option<Authentication>,
    pub classification: Option<Classification>,
    #[serde(default)]
    pub retention: Retention,
    pub web: Option<Web>,
    pub notify: Option<Notify>,
}

/// `[zone]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    pub names: Vec<Name>,
    pub default_policy: PolicyName,
    pub default_until: Option<EndOfDay>,
    #[serde(default)]
    pub exclude: Vec<Name>,
    pub exclude_file: Option<PathBuf>,
}

/// `[[watch]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    pub name: Name,
    #[serde(default)]
    pub subdomains: bool,
    pub policy: PolicyName,
    pub until: Option<EndOfDay>,
}

/// `[operator]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    pub return_domain: Option<Name>,
    pub recipient: Option<PublicKey>,
}

/// `[smtp]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub listen: Vec<SocketAddr>,
    pub hostname: Name,
    #[serde(default = "Smtp::max_message_bytes")]
    pub max_message_bytes: usize,
    #[serde(default = "Smtp::max_recipients")]
    pub max_recipients: usize,
    #[serde(default = "Smtp::max_connections")]
    pub max_connections: usize,
    #[serde(default = "Smtp::max_connections_per_ip")]
    pub max_connections_per_ip: usize,
    #[serde(default = "Smtp::max_connections_per_minute")]
    pub max_connections_per_minute: u32,
    #[serde(default = "Smtp::max_messages_per_minute")]
    pub max_messages_per_minute: u32,
    pub trusted_networks: Option<Vec<Network>>,
    #[serde(default)]
    pub proxies: Vec<Network>,
    pub min_free_bytes: Option<u64>,
    #[serde(default = "Smtp::max_bytes_in_flight")]
    pub max_bytes_in_flight: usize,
    #[serde(default = "Smtp::command_timeout")]
    pub command_timeout: Span,
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
}

impl Smtp {
    fn max_message_bytes() -> usize {
        26_214_400
    }

    fn max_recipients() -> usize {
        1000
    }

    fn max_connections() -> usize {
        4096
    }

    fn max_connections_per_ip() -> usize {
        64
    }

    fn max_connections_per_minute() -> u32 {
        600
    }

    fn max_messages_per_minute() -> u32 {
        1200
    }

    fn max_bytes_in_flight() -> usize {
        512 << 20
    }

    fn command_timeout() -> Span {
        // RFC 5321 4.5.3.2.7
        Span(std::time::Duration::from_secs(300))
    }
}

/// `[seal]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    pub recipients: Vec<PublicKey>,
}

/// `[pseudonyms]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pseudonyms {
    pub key_file: PathBuf,
}

/// `[authentication]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authentication {
    pub resolver: String,
}

/// `[classification]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classification {
    pub popular_file: Option<PathBuf>,
}

/// `[retention]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    pub sealed: Span,
    pub metadata: Span,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |n: u64| Span(std::time::Duration::from_secs(n * 86_400));
        Self {
            sealed: days(90),
            metadata: days(400),
        }
    }
}

/// `[web]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    #[serde(default = "Web::listen")]
    pub listen: SocketAddr,
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
}

impl Web {
    pub fn listen() -> SocketAddr {
        ([127, 0, 0, 1], 8080).into()
    }
}

/// `[notify]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    pub relay: Option<String>,
    pub relay_user: Option<String>,
    pub relay_password_file: Option<PathBuf>,
    pub directory: Option<PathBuf>,
    pub from: Option<String>,
    #[serde(default)]
    pub verify_at: String,
}

impl File {
    /// Reads the sections; unknown keys, missing keys and wrong types are refused with their place.
    pub fn parse(locator: &Locator<'_>) -> Result<Self, ConfigError> {
        let deserializer = toml::Deserializer::parse(locator.text())
            .map_err(|e| locator.error("", e.message().to_owned()))?;
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            let offset = error.inner().span().map(|s| s.start);
            explain(locator, &path, offset, error.inner().message())
        })
    }
}

/// Turns serde's sentence into ours. Values are left out: what was written may be a secret in the wrong place.
fn explain(locator: &Locator<'_>, path: &str, offset: Option<usize>, message: &str) -> ConfigError {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    if message.starts_with("unknown field") {
        let known = message.split_once(", ").map_or("no keys", |(_, rest)| rest);
        let key = if path.ends_with(quoted) {
            path.to_owned()
        } else {
            below(quoted)
        };
        return locator.error_at(&key, offset, format!("unknown key; {known}"));
    }
    if message.starts_with("missing field") {
        let key = below(quoted);
        return locator.error(
            &key,
            format!("this key is required; expected {}", required(&key)),
        );
    }
    let expected = match message.rsplit_once("expected ") {
        Some((_, "usize" | "u64")) => "expected a whole number".to_owned(),
        Some((_, what)) => format!("expected {what}"),
        None => "expected another value".to_owned(),
    };
    locator.error_at(path, offset, expected)
}

/// What is expected of each key that has no default.
fn required(key: &str) -> &'static str {
    match key {
        "data_dir" => "the folder of the database, such as \"/var/lib/restante\"",
        "zone" => "a section [zone] with names and default_policy",
        "zone.names" => "the top-level domains that you run, such as [\"ml\"]",
        "zone.default_policy" => {
            "\"hold\", \"count\" or \"refuse\" for names without a [[watch]] entry"
        }
        "smtp" => "a section [smtp] with listen and hostname",
        "smtp.listen" => "a list of addresses with ports, such as [\"0.0.0.0:25\", \"[::]:25\"]",
        "smtp.hostname" => "the name of this mail server, such as \"mx.nic.ml\"",
        "seal" => "a section [seal] with recipients",
        "seal.recipients" => "one or more public keys, such as [\"age1…\"]",
        "authentication.resolver" => "\"off\", \"system\" or an address with a port",
        _ if key.ends_with(".name") => "a name below one of zone.names",
        _ if key.ends_with(".policy") => "\"hold\", \"count\" or \"refuse\"",
        _ => "a value (see docs/operations.md)",
    }
}
