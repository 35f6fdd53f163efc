//! Where a request comes from, and where a reader goes back to.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::header::REFERER;
use std::net::IpAddr;

/// The longest path and query that a reader is sent back to.
const LONGEST: usize = 1000;

/// The address of the client: of the connection, or, where that comes from a proxy that the operator trusts, the last
/// address in `X-Forwarded-For` that is no such proxy. What stands before it was written by the client and is not believed.
#[must_use]
pub fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let trusted = |ip: IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == ip);
    let mut address = peer.to_canonical();
    let values: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    // Octets, not text: what a client wrote into the line must not hide what the proxy wrote behind it.
    let hops = values
        .iter()
        .flat_map(|value| value.as_bytes().split(|b| *b == b','));
    for hop in hops.collect::<Vec<_>>().into_iter().rev() {
        if !trusted(address) {
            break;
        }
        let hop = std::str::from_utf8(hop).ok().map(str::trim);
        match hop.and_then(|hop| hop.parse::<IpAddr>().ok()) {
            Some(ip) => address = ip.to_canonical(),
            None => break,
        }
    }
    address
}

/// `text` where it is a path of this site, else the first page. Browsers take `//host`, `/\host` and what has line ends in
/// it for another site's address.
#[must_use]
pub fn local_path(text: &str) -> &str {
    let mut bytes = text.bytes();
    let rooted = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if rooted && plain && text.len() <= LONGEST {
        text
    } else {
        "/"
    }
}

/// Where to go after a login: [`local_path`], but never in a circle.
#[must_use]
pub fn after_login(text: &str) -> &str {
    match text.split(['?', '#']).next() {
        Some("/login" | "/logout" | "/language") => "/",
        _ => local_path(text),
    }
}

/// The page that a form was sent from, where the browser says so.
#[must_use]
pub fn sent_from(headers: &HeaderMap) -> &str {
    let read = |name| {
        headers
            .get(name)
            .and_then(|v: &axum::http::HeaderValue| v.to_str().ok())
    };
    let (Some(referer), Some(host)) = (read(REFERER), read(HOST)) else {
        return "/";
    };
    let rest = referer
        .strip_prefix("https://")
        .or_else(|| referer.strip_prefix("http://"));
    rest.and_then(|rest| rest.strip_prefix(host))
        .map_or("/", local_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_back_to() {
        for good in ["/", "/cases/7?page=2", "/cases?search=a%2Fb", "/a//b"] {
            assert_eq!(local_path(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example/",
            "evil.example",
            "/caf\u{e9}",
            "/a\\b",
        ] {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(LONGEST))), "/");
        for (asked, next) in [
            ("/login?back=/login", "/"),
            ("/logout", "/"),
            ("//login", "/"),
            ("/cases", "/cases"),
        ] {
            assert_eq!(after_login(asked), next);
        }
    }

    #[test]
    fn forwarded_addresses_are_believed_as_far_as_proxies_are_trusted() {
        let proxies: [IpAddr; 2] = ["127.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let peer = |text: &str| text.parse::<IpAddr>().unwrap();
        for (from, forwarded, expected) in [
            ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
            ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
            (
                "127.0.0.1",
                "203.0.113.5, 198.51.100.1, 10.0.0.2",
                "198.51.100.1",
            ),
            ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"),
            ("127.0.0.1", "caf\u{e9}, 198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "", "127.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            let value = axum::http::HeaderValue::from_bytes(forwarded.as_bytes());
            headers.insert("x-forwarded-for", value.unwrap());
            assert_eq!(
                address(peer(from), &headers, &proxies),
                peer(expected),
                "{from} {forwarded}"
            );
        }
    }

    #[test]
    fn the_page_of_a_form_is_one_of_this_host() {
        let mut headers = HeaderMap::new();
        assert_eq!(sent_from(&headers), "/");
        headers.insert(HOST, "mx.nic.ml:8080".parse().unwrap());
        headers.insert(REFERER, "http://mx.nic.ml:8080/cases/3".parse().unwrap());
        assert_eq!(sent_from(&headers), "/cases/3");
        headers.insert(
            REFERER,
            "http://mx.nic.ml:8080.evil.example/cases".parse().unwrap(),
        );
        assert_eq!(sent_from(&headers), "/");
    }
}
