//! Whom a trusted proxy brings: the PROXY protocol, versions 1 and 2 (haproxy's `proxy-protocol.txt`, 2020-03-05).
//!
//! Read only from addresses under `smtp.proxies`, and always there: a proxy that says nothing would make every client look
//! like itself. Pure: bytes in, answer out.

use ppp::v1;
use ppp::v2;
use std::net::IpAddr;

/// Octets of a header, at most. Version 1 has 107 (section 2.1); version 2 has 16, then addresses and what a proxy adds about
/// itself: 536 always fit into one segment (2.2), and twice that is generous.
pub(super) const LONGEST: usize = 1072;

/// Octets of a header of version 1, at most.
const LONGEST_TEXT: usize = 107;

/// Section 2.2.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What has come of a header so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// More is to come.
    Partial,
    /// This is none.
    Wrong,
    /// It has so many octets, and brings this client; `None` where the proxy speaks for itself (LOCAL, UNKNOWN).
    Whole(usize, Option<IpAddr>),
}

/// Reads a header at the start of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Header {
    let common = bytes.len().min(SIGNATURE.len());
    if bytes.get(..common) == SIGNATURE.get(..common) {
        return binary(bytes);
    }
    text(bytes)
}

fn text(bytes: &[u8]) -> Header {
    let start = bytes.get(..LONGEST_TEXT).unwrap_or(bytes);
    let Some(end) = memchr::memchr(b'\n', start) else {
        let common = bytes.len().min(b"PROXY ".len());
        let may_become_one = bytes.get(..common) == b"PROXY ".get(..common);
        return if may_become_one && bytes.len() < LONGEST_TEXT {
            Header::Partial
        } else {
            Header::Wrong
        };
    };
    let line = start.get(..=end).unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else {
        return Header::Wrong;
    };
    match v1::Header::try_from(line) {
        Ok(header) => {
            let client = match header.addresses {
                v1::Addresses::Unknown => None,
                v1::Addresses::Tcp4(four) => Some(four.source_address.into()),
                v1::Addresses::Tcp6(six) => Some(six.source_address.into()),
            };
            Header::Whole(line.len(), client)
        }
        Err(_) => Header::Wrong,
    }
}

fn binary(bytes: &[u8]) -> Header {
    // Section 2.2: the receiver takes LOCAL whatever family and addresses go with it, and looks at neither.
    if let Some([0x20, _, high, low]) = bytes.get(SIGNATURE.len()..SIGNATURE.len() + 4) {
        let length = SIGNATURE.len() + 4 + usize::from(u16::from_be_bytes([*high, *low]));
        return match length {
            length if length > LONGEST => Header::Wrong,
            length if bytes.len() < length => Header::Partial,
            length => Header::Whole(length, None),
        };
    }
    let header = match v2::Header::try_from(bytes) {
        Ok(header) => header,
        Err(v2::ParseError::Incomplete(_) | v2::ParseError::Partial(..))
            if bytes.len() < LONGEST =>
        {
            return Header::Partial;
        }
        Err(_) => return Header::Wrong,
    };
    if header.len() > LONGEST {
        return Header::Wrong;
    }
    let client = match (header.command, &header.addresses) {
        // Section 2.2: the proxy's own connection, such as a health check.
        (v2::Command::Local, _) | (v2::Command::Proxy, v2::Addresses::Unspecified) => None,
        (v2::Command::Proxy, v2::Addresses::IPv4(four)) => Some(four.source_address.into()),
        (v2::Command::Proxy, v2::Addresses::IPv6(six)) => Some(six.source_address.into()),
        (v2::Command::Proxy, v2::Addresses::Unix(_)) => return Header::Wrong,
    };
    Header::Whole(header.len(), client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A header of version 2.
    fn second(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[0x20 | command, family], &length, addresses].concat()
    }

    fn four() -> Vec<u8> {
        second(1, 0x11, &[192, 0, 2, 7, 127, 0, 0, 1, 0x30, 0x39, 0, 25])
    }

    #[test]
    fn both_versions_say_who_is_there() {
        let six = [
            &"2001:db8::7"
                .parse::<std::net::Ipv6Addr>()
                .unwrap()
                .octets()[..],
            &[0; 16],
            &[0, 1, 0, 25],
        ]
        .concat();
        for (bytes, client) in [
            (
                b"PROXY TCP4 192.0.2.7 127.0.0.1 12345 25\r\n".to_vec(),
                Some("192.0.2.7"),
            ),
            (
                b"PROXY TCP6 2001:db8::7 ::1 12345 25\r\n".to_vec(),
                Some("2001:db8::7"),
            ),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN what ever\r\n".to_vec(), None),
            (four(), Some("192.0.2.7")),
            (second(1, 0x21, &six), Some("2001:db8::7")),
            (second(0, 0, &[]), None),
            (second(0, 0x44, b"ab"), None),
        ] {
            let whole = Header::Whole(bytes.len(), client.map(ip));
            assert_eq!(read(&bytes), whole, "{}", bytes.escape_ascii());
            let followed = [&bytes[..], b"EHLO client.example\r\n"].concat();
            assert_eq!(read(&followed), whole, "{}", bytes.escape_ascii());
            for cut in 0..bytes.len() {
                assert_eq!(read(&bytes[..cut]), Header::Partial, "{cut}");
            }
        }
    }

    #[test]
    fn what_a_proxy_adds_about_itself_is_passed_over() {
        let mut bytes = four();
        bytes[15] += 7;
        bytes.extend(*b"\x04\x00\x04noop");
        assert_eq!(read(&bytes), Header::Whole(35, Some(ip("192.0.2.7"))));
    }

    #[test]
    fn what_is_none_is_not_waited_for() {
        let endless = [b"PROXY TCP4 ".to_vec(), vec![b'1'; 200]].concat();
        for bytes in [
            b"EHLO client.example\r\n".to_vec(),
            b"E".to_vec(),
            b"proxy TCP4".to_vec(),
            b"PROXY TCP4 192.0.2.7\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.777 127.0.0.1 1 25\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 127.0.0.1 1 25\n".to_vec(),
            b"PROXY TCP6 192.0.2.7 127.0.0.1 1 25\r\n".to_vec(),
            endless,
            second(2, 0x11, &[0; 12]),
            second(1, 0x11, &[0; 4]),
            second(1, 0x11, &[0; 2000]),
            second(1, 0x31, &[0; 216]),
        ] {
            assert_eq!(read(&bytes), Header::Wrong, "{}", bytes.escape_ascii());
        }
    }
}
