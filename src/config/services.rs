//! Checks of what speaks to people and to the world: the dashboard's address, the relay for notices, the resolver.

use crate::authenticate;
use crate::authenticate::Source;
use crate::config::ConfigError;
use crate::config::file::File;
use crate::config::file::Notify;
use crate::config::file::Web;
use crate::config::locate::Locator;
use crate::message::Address;
use crate::message::Domain;
use crate::notify;
use crate::notify::RelayTls;
use crate::notify::Via;
use crate::web;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;

/// The longest `notify.verify_at`: it is one line of a notice.
const LONGEST_LINE: usize = 200;

/// `[web]`, checked; relative paths are relative to `folder`.
pub fn web(
    section: Option<&Web>,
    at: &Locator<'_>,
    folder: &Path,
) -> Result<web::Options, ConfigError> {
    let Some(section) = section else {
        return Ok(web::Options {
            listen: Web::listen(),
            asked_for: false,
            tls: None,
            trusted_proxies: Vec::new(),
        });
    };
    let tls = match (&section.tls_certificate, &section.tls_key) {
        (Some(certificate), Some(key)) => Some((folder.join(certificate), folder.join(key))),
        (None, None) => None,
        (Some(_), None) => {
            return Err(at.error("web.tls_key", "expected a PEM file: tls_certificate is set"));
        }
        (None, Some(_)) => {
            return Err(at.error("web.tls_certificate", "expected a PEM file: tls_key is set"));
        }
    };
    let covered = tls.is_some() || !section.trusted_proxies.is_empty();
    if !section.listen.ip().to_canonical().is_loopback() && !covered {
        return Err(at.error(
            "web.listen",
            "expected a loopback address, or web.tls_certificate and web.tls_key, or web.trusted_proxies: \
             the dashboard is never served in the clear on a public address",
        ));
    }
    Ok(web::Options {
        listen: section.listen,
        asked_for: true,
        tls,
        trusted_proxies: section.trusted_proxies.clone(),
    })
}

/// `[notify]`, checked; where it says nothing, notices go into a folder in `data_dir`.
pub fn notify(
    file: &File,
    at: &Locator<'_>,
    folder: &Path,
    data_dir: &Path,
) -> Result<notify::Options, ConfigError> {
    let absent = Notify::default();
    let section = file.notify.as_ref().unwrap_or(&absent);
    let transport = match (&section.relay, &section.directory) {
        (Some(_), Some(_)) => {
            return Err(at.error(
                "notify.directory",
                "expected either relay or directory, not both",
            ));
        }
        (Some(relay), None) => via_relay(relay, section, file, at, folder)?,
        (None, directory) => {
            if section.relay_user.is_some() || section.relay_password_file.is_some() {
                return Err(at.error("notify.relay", "expected a relay: relay_user is set"));
            }
            Via::Directory(match directory {
                Some(directory) => folder.join(directory),
                None => data_dir.join("outbox"),
            })
        }
    };
    let is_line = |text: &str| text.len() <= LONGEST_LINE && !text.chars().any(char::is_control);
    if !is_line(&section.verify_at) {
        return Err(at.error(
            "notify.verify_at",
            "expected one short line: a telephone number, or a page under your own name",
        ));
    }
    Ok(notify::Options {
        transport,
        from: from(section, file, at)?,
        verify_at: section.verify_at.trim().to_owned(),
    })
}

/// The From header; by default an address where bounces and answers come to us.
fn from(section: &Notify, file: &File, at: &Locator<'_>) -> Result<String, ConfigError> {
    let Some(from) = &section.from else {
        let operator = file.operator.as_ref();
        let domain = operator.and_then(|operator| operator.return_domain.as_ref());
        let domain = &domain.unwrap_or(&file.smtp.hostname).0;
        return Ok(format!("misdirected@{domain}"));
    };
    let address = from
        .rsplit_once('<')
        .map_or(from.as_str(), |(_, tail)| tail.trim_end_matches('>'));
    if Address::parse(address.trim()).is_err() || !notify::options::is_mailbox(from) {
        return Err(at.error(
            "notify.from",
            "expected a mailbox such as \"Registry <misdirected@nic.ml>\"",
        ));
    }
    Ok(from.trim().to_owned())
}

fn via_relay(
    relay: &str,
    section: &Notify,
    file: &File,
    at: &Locator<'_>,
    folder: &Path,
) -> Result<Via, ConfigError> {
    match (&section.relay_user, &section.relay_password_file) {
        (Some(_), None) => {
            return Err(at.error(
                "notify.relay_password_file",
                "expected a file: relay_user is set",
            ));
        }
        (None, Some(_)) => {
            return Err(at.error(
                "notify.relay_user",
                "expected a name: relay_password_file is set",
            ));
        }
        _ => {}
    }
    let expected = "expected smtp://HOST[:PORT] or smtps://HOST[:PORT]";
    let (tls, host, port) =
        relay_target(relay).ok_or_else(|| at.error("notify.relay", expected))?;
    if is_own_listener(&host, port, file) {
        return Err(at.error(
            "notify.relay",
            "expected a relay other than our own listener: notices would be caught as misdirected mail",
        ));
    }
    Ok(Via::Relay {
        host,
        port,
        tls,
        user: section.relay_user.clone(),
        password_file: section
            .relay_password_file
            .as_ref()
            .map(|file| folder.join(file)),
    })
}

/// What `smtp://host[:port]` says.
fn relay_target(relay: &str) -> Option<(RelayTls, String, u16)> {
    let (implicit, host, port) = relay_parts(relay)?;
    let tls = if implicit {
        RelayTls::Implicit
    } else {
        RelayTls::of_smtp(&host)
    };
    Some((tls, host, port))
}

/// Whether it is TLS from the first octet, host and port.
fn relay_parts(relay: &str) -> Option<(bool, String, u16)> {
    let (implicit, rest, default_port) = match relay.split_once("://")? {
        ("smtp", rest) => (false, rest, 25),
        ("smtps", rest) => (true, rest, 465),
        _ => return None,
    };
    let rest = rest.trim_end_matches('/');
    if let Ok(address) = rest.parse::<SocketAddr>() {
        return Some((implicit, address.ip().to_string(), address.port()));
    }
    let bare = rest.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some((implicit, ip.to_string(), default_port));
    }
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (rest, default_port),
    };
    Domain::parse(host).ok()?;
    Some((implicit, host.to_ascii_lowercase(), port))
}

fn is_own_listener(host: &str, port: u16, file: &File) -> bool {
    let ours: Vec<&SocketAddr> = file
        .smtp
        .listen
        .iter()
        .filter(|a| a.port() == port)
        .collect();
    if ours.is_empty() {
        return false;
    }
    let hostname = file.smtp.hostname.0.as_str();
    if host == hostname || file.zone.names.iter().any(|zone| host == zone.0.as_str()) {
        return true;
    }
    let ip = match host {
        "localhost" => IpAddr::from([127, 0, 0, 1]),
        _ => match host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical(),
            Err(_) => return false,
        },
    };
    // Only an address of this machine can be bound.
    let is_local = ip.is_unspecified() || std::net::UdpSocket::bind((ip, 0)).is_ok();
    ours.iter()
        .any(|a| a.ip().to_canonical() == ip || (a.ip().is_unspecified() && is_local))
}

/// `[authentication]`: who is asked.
pub fn authentication(file: &File, at: &Locator<'_>) -> Result<authenticate::Options, ConfigError> {
    let resolver = match file.authentication.as_ref().map(|s| s.resolver.as_str()) {
        None | Some("off") => None,
        Some("system") => Some(Source::System),
        Some(address) => match address.parse::<SocketAddr>() {
            Ok(address) if address.port() != 0 => Some(Source::At(address)),
            _ => {
                return Err(at.error(
                    "authentication.resolver",
                    "expected \"off\", \"system\" or an address with a port such as \"127.0.0.1:5353\"",
                ));
            }
        },
    };
    Ok(authenticate::Options {
        resolver,
        ..authenticate::Options::default()
    })
}

/// What is asked of whom, for `check-config` to say.
#[must_use]
pub fn notes(authentication: &authenticate::Options) -> Vec<String> {
    let asked = match authentication.resolver {
        None => return Vec::new(),
        Some(Source::System) => "the resolver of the system".to_owned(),
        Some(Source::At(address)) => address.to_string(),
    };
    vec![format!(
        "SPF, DKIM and DMARC are checked: {asked} is asked for domain names that arriving mail gives"
    )]
}
