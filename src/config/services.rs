//! Checks of what speaks to people and to the world: the dashboard's address, the relay for notices.

use crate::config::ConfigError;
use crate::config::file::File;
use crate::config::file::Notify;
use crate::config::file::Web;
use crate::config::locate::Locator;
use crate::message::Domain;
use std::net::IpAddr;
use std::net::SocketAddr;

pub fn check_web(web: &Web, at: &Locator<'_>) -> Result<(), ConfigError> {
    match (&web.tls_certificate, &web.tls_key) {
        (Some(_), None) => {
            return Err(at.error("web.tls_key", "expected a PEM file: tls_certificate is set"));
        }
        (None, Some(_)) => {
            return Err(at.error("web.tls_certificate", "expected a PEM file: tls_key is set"));
        }
        _ => {}
    }
    let covered = web.tls_certificate.is_some() || !web.trusted_proxies.is_empty();
    if web.listen.ip().to_canonical().is_loopback() || covered {
        return Ok(());
    }
    Err(at.error(
        "web.listen",
        "expected a loopback address, or web.tls_certificate and web.tls_key, or web.trusted_proxies: \
         the dashboard is never served in the clear on a public address",
    ))
}

pub fn check_notify(notify: &Notify, file: &File, at: &Locator<'_>) -> Result<(), ConfigError> {
    if notify.relay.is_some() && notify.directory.is_some() {
        return Err(at.error(
            "notify.directory",
            "expected either relay or directory, not both",
        ));
    }
    if let Some(from) = &notify.from {
        let address = from
            .rsplit_once('<')
            .map_or(from.as_str(), |(_, tail)| tail.trim_end_matches('>'));
        if crate::message::Address::parse(address.trim()).is_err() {
            return Err(at.error(
                "notify.from",
                "expected a mailbox such as \"Registry <misdirected@nic.ml>\"",
            ));
        }
    }
    match (&notify.relay_user, &notify.relay_password_file) {
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
    let Some(relay) = &notify.relay else {
        return Ok(());
    };
    let expected = "expected smtp://HOST[:PORT] or smtps://HOST[:PORT]";
    let (host, port) = relay_target(relay).ok_or_else(|| at.error("notify.relay", expected))?;
    if is_own_listener(&host, port, file) {
        return Err(at.error(
            "notify.relay",
            "expected a relay other than our own listener: notices would be caught as misdirected mail",
        ));
    }
    Ok(())
}

/// Host and port of `smtp://host[:port]`.
fn relay_target(relay: &str) -> Option<(String, u16)> {
    let (rest, default_port) = match relay.split_once("://")? {
        ("smtp", rest) => (rest, 25),
        ("smtps", rest) => (rest, 465),
        _ => return None,
    };
    let rest = rest.trim_end_matches('/');
    if let Ok(address) = rest.parse::<SocketAddr>() {
        return Some((address.ip().to_string(), address.port()));
    }
    let bare = rest.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some((ip.to_string(), default_port));
    }
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (rest, default_port),
    };
    Domain::parse(host).ok()?;
    Some((host.to_ascii_lowercase(), port))
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
