//! What stands between the brackets of MAIL and RCPT (RFC 5321 4.1.2).
//!
//! Ours rather than smtp-proto's, which gives the same empty text for `<>` and `<postmaster>`, and changes bytes that
//! are not UTF-8. Strict where reading on would be guessing (brackets, quotes, one `@`), lenient where real senders
//! are sloppy and nothing depends on it (spaces around the brackets, dots anywhere in a local part).

/// A parsed path. The texts are content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Path<'a> {
    /// `<>`.
    Null,
    /// No `@`: `<postmaster>`, `<MAILER-DAEMON>`.
    Bare(&'a str),
    /// `<local@domain>`; a quoted local part keeps its quotes, the domain may be an address literal.
    Mailbox {
        whole: &'a str,
        local_part: &'a str,
        domain: &'a str,
    },
}

/// Why there is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathFault {
    /// No brackets.
    Brackets,
    /// Brackets, but no address in them.
    Address,
}

/// Reads a path from the start of `text`; gives it and what follows its closing bracket.
pub(super) fn parse(text: &[u8]) -> Result<(Path<'_>, &[u8]), PathFault> {
    // RFC 5321 3.3 has no space after the colon; enough real senders put one.
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"<").ok_or(PathFault::Brackets)?;
    let end = closing_bracket(text).ok_or(PathFault::Brackets)?;
    let (inside, rest) = text.split_at(end);
    let rest = rest.get(1..).unwrap_or_default();
    // RFC 6531 3.3: addresses are UTF-8 or they are none. The SMTPUTF8 parameter is not insisted on (as with Postfix):
    // nothing is ever sent on, so nobody after us can be surprised.
    let inside = std::str::from_utf8(inside).map_err(|_| PathFault::Address)?;
    Ok((address(inside.trim_ascii())?, rest))
}

/// Where the `>` is that no quotes enclose.
fn closing_bracket(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.iter().position(|byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        *byte == b'>' && !quoted
    })
}

fn address(text: &str) -> Result<Path<'_>, PathFault> {
    if text.is_empty() {
        return Ok(Path::Null);
    }
    let text = without_route(text)?;
    let local_end = match text.strip_prefix('"') {
        Some(quoted) => closing_quote(quoted).ok_or(PathFault::Address)? + 2,
        None => text.find('@').unwrap_or(text.len()),
    };
    let (local_part, rest) = text.split_at_checked(local_end).ok_or(PathFault::Address)?;
    if local_part.is_empty() || !is_local_part(local_part) {
        return Err(PathFault::Address);
    }
    if rest.is_empty() {
        return Ok(Path::Bare(local_part));
    }
    let domain = rest.strip_prefix('@').ok_or(PathFault::Address)?;
    if domain.is_empty() || !domain.chars().all(is_domain_char) {
        return Err(PathFault::Address);
    }
    Ok(Path::Mailbox {
        whole: text,
        local_part,
        domain,
    })
}

/// RFC 5321 4.1.2, appendix C: a source route is accepted, ignored, and never followed.
fn without_route(text: &str) -> Result<&str, PathFault> {
    if !text.starts_with('@') {
        return Ok(text);
    }
    let (route, address) = text.split_once(':').ok_or(PathFault::Address)?;
    let hops_fit = route.split(',').all(|hop| {
        hop.strip_prefix('@')
            .is_some_and(|name| !name.is_empty() && name.chars().all(is_domain_char))
    });
    if hops_fit && !address.is_empty() {
        Ok(address)
    } else {
        Err(PathFault::Address)
    }
}

/// Where the closing quote is, in a text without its opening one.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    })
}

fn is_local_part(text: &str) -> bool {
    if text.starts_with('"') {
        // RFC 5321 4.1.2 qtextSMTP and quoted-pairSMTP: printable, space among them.
        return !text.chars().any(char::is_control);
    }
    text.chars().all(|c| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~.".contains(c)
            // RFC 6531 3.3
            || (!c.is_ascii() && !c.is_control())
    })
}

/// What may stand in a domain or an address literal; whether it is one, `Domain::parse` says.
fn is_domain_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "-_.[]:".contains(c)
        || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
}

/// Whether a local part names another host: `user%host.example`, `host.example!user`, `"user@host.example"`.
///
/// RFC 5321 2.3.11 leaves the local part to the receiving host. We are the receiving host, and to us such a text is a
/// request to route, which is how open relays are looked for: it is refused and counted as that.
pub(super) fn is_route(local_part: &str) -> bool {
    let text = local_part.trim_matches('"');
    let after = text.rsplit_once(['%', '@']).map(|(_, host)| host);
    let before = text.split_once('!').map(|(host, _)| host);
    [after, before].into_iter().flatten().any(|host| {
        let labels_fit = host.split('.').all(|label| !label.is_empty());
        host.starts_with('[') || (host.contains('.') && labels_fit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, PathFault> {
        parse(text.as_bytes()).map(|(path, rest)| {
            let path = match path {
                Path::Null => "null".to_owned(),
                Path::Bare(text) => format!("bare {text}"),
                Path::Mailbox {
                    local_part, domain, ..
                } => format!("{local_part} at {domain}"),
            };
            format!("{path}|{}", String::from_utf8_lossy(rest))
        })
    }

    #[test]
    fn the_forms_of_the_rfc() {
        for (text, expected) in [
            ("<>", "null|"),
            ("<> SIZE=1", "null| SIZE=1"),
            ("<postmaster>", "bare postmaster|"),
            ("<a@b.ml>", "a at b.ml|"),
            (" <a@b.ml> X", "a at b.ml| X"),
            ("< a@b.ml >", "a at b.ml|"),
            ("<\"a b\"@b.ml>", "\"a b\" at b.ml|"),
            ("<\"a>b\"@b.ml>", "\"a>b\" at b.ml|"),
            ("<\"a\\\"@x\"@b.ml>", "\"a\\\"@x\" at b.ml|"),
            ("<@x.com,@y.com:a@b.ml>", "a at b.ml|"),
            ("<a@[192.0.2.1]>", "a at [192.0.2.1]|"),
            ("<a@[IPv6:2001:db8::1]>", "a at [IPv6:2001:db8::1]|"),
            ("<é@défense.ml>", "é at défense.ml|"),
            ("<a..b.@b.ml>", "a..b. at b.ml|"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_path() {
        for text in ["", "a@b.ml", "<a@b.ml", "<\"a@b.ml>", "a <b@c.ml>"] {
            assert_eq!(shown(text), Err(PathFault::Brackets), "{text}");
        }
        for text in [
            "<@>",
            "<a@>",
            "<@b.ml>",
            "<a@b@c.ml>",
            "<a b@c.ml>",
            "<\"a\"b@c.ml>",
            "<a@b c.ml>",
            "<@x:>",
            "<@x,y:a@b.ml>",
            "<a,b@c.ml>",
            "<<a@b.ml>",
            "<a@b.ml,c@d.ml>",
            "<\"a\tb\"@c.ml>",
        ] {
            assert_eq!(shown(text), Err(PathFault::Address), "{text}");
        }
        assert_eq!(parse(b"<caf\xe9@b.ml>").err(), Some(PathFault::Address));
    }

    #[test]
    fn a_local_part_that_names_a_host_is_a_route() {
        for text in [
            "a%x.com",
            "x.com!a",
            "\"a@x.com\"",
            "a%b%x.com",
            "a%[192.0.2.1]",
        ] {
            assert!(is_route(text), "{text}");
        }
        for text in [
            "a", "a.b", "100%", "a%b", "\"a@b\"", "wow!", "a.!", "b=x.com", "!a.b",
        ] {
            assert!(!is_route(text), "{text}");
        }
    }
}
