//! Records as the checks may read them: one of each, and of SPF only what wants no more than domain names asked.

use crate::authenticate::dns::NO_SUCH_NAME;
use mail_auth::DnsError;
use mail_auth::Error;
use mail_auth::Txt;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::Dmarc;
use mail_auth::spf::Spf;

/// What a text is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Spf,
    Key,
    Dmarc,
}

/// The record among `texts`, and whether something of it was left out.
pub(super) fn read(reading: Reading, texts: &[Vec<u8>]) -> (Txt, bool) {
    match reading {
        Reading::Spf => spf(texts),
        Reading::Key => {
            let mut key = Err(Error::Dns(DnsError::InvalidRecordType));
            for text in texts {
                key = DomainKey::parse(text);
                if key.is_ok() {
                    break;
                }
            }
            (key.into(), false)
        }
        Reading::Dmarc => {
            let mut found = texts.iter().filter_map(|text| Dmarc::parse(text).ok());
            // RFC 9989 4.10: of several none is taken.
            let record = match (found.next(), found.next()) {
                (Some(record), None) => Ok(record),
                _ => Err(Error::Dns(DnsError::InvalidRecordType)),
            };
            (record.into(), false)
        }
    }
}

/// What a check is told where there is no record.
pub(super) fn nothing() -> Txt {
    Txt::Error(Error::Dns(DnsError::RecordNotFound(NO_SUCH_NAME)))
}

/// What it is told where that is not known.
pub(super) fn unknown() -> Txt {
    Txt::Error(Error::Dns(DnsError::Resolver(String::new())))
}

// RFC 7208 4.5
fn spf(texts: &[Vec<u8>]) -> (Txt, bool) {
    let is_spf = |text: &&Vec<u8>| {
        let (version, rest) = text.split_at(text.len().min(6));
        version.eq_ignore_ascii_case(b"v=spf1") && matches!(rest.first(), None | Some(b' '))
    };
    let mut found = texts.iter().filter(is_spf);
    match (found.next(), found.next()) {
        (None, _) => (nothing(), false),
        (Some(text), None) => {
            let (text, left_out) = names_alone(text);
            (Spf::parse(&text).into(), left_out)
        }
        (Some(_), Some(_)) => (Txt::Error(Error::ParseError), false),
    }
}

/// The record without the terms that would have something else than a domain name asked for: macros of the sender's address
/// (`%{s}`, `%{l}`) and of the client's (`%{i}`, `%{c}`, `%{p}`), `ptr`, and `exists`, which has no other use. Without `exp` and
/// what asks for reports too: nobody is told anything. Says whether a term that decides was among them.
fn names_alone(text: &[u8]) -> (Vec<u8>, bool) {
    let mut kept = Vec::with_capacity(text.len());
    let mut left_out = false;
    for term in text.split(|b| *b == b' ').filter(|term| !term.is_empty()) {
        let lower = term.to_ascii_lowercase();
        let bare = lower
            .strip_prefix(b"+")
            .or_else(|| lower.strip_prefix(b"-"))
            .or_else(|| lower.strip_prefix(b"?"))
            .or_else(|| lower.strip_prefix(b"~"))
            .unwrap_or(&lower);
        if [b"exp=".as_slice(), b"ra=", b"rp=", b"rr="]
            .iter()
            .any(|told| lower.starts_with(told))
        {
            continue;
        }
        let end = bare
            .iter()
            .position(|b| matches!(b, b':' | b'/' | b'='))
            .unwrap_or(bare.len());
        let asks_more = matches!(&bare[..end], b"ptr" | b"exists")
            || lower
                .windows(3)
                .any(|w| w.starts_with(b"%{") && matches!(w[2], b's' | b'l' | b'i' | b'c' | b'p'));
        if asks_more {
            left_out = true;
            continue;
        }
        if !kept.is_empty() {
            kept.push(b' ');
        }
        kept.extend_from_slice(term);
    }
    (kept, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_ask_for_more_than_a_name_are_left_out() {
        for (record, kept, left_out) in [
            ("v=spf1 a mx -all", "v=spf1 a mx -all", false),
            (
                "v=spf1  include:x.example ~all",
                "v=spf1 include:x.example ~all",
                false,
            ),
            (
                "v=spf1 exists:%{i}._spf.x.example -all",
                "v=spf1 -all",
                true,
            ),
            ("v=spf1 ?a:%{L1r-}.x.example -all", "v=spf1 -all", true),
            ("v=spf1 -PTR:x.example ptr +ptr/24 all", "v=spf1 all", true),
            ("v=spf1 redirect=%{s}.x.example", "v=spf1", true),
            (
                "v=spf1 include:%{d}.x.example -all exp=%{i}.x.example ra=a rp=100 rr=all",
                "v=spf1 include:%{d}.x.example -all",
                false,
            ),
        ] {
            let (text, out) = names_alone(record.as_bytes());
            assert_eq!(String::from_utf8_lossy(&text), kept, "{record}");
            assert_eq!(out, left_out, "{record}");
        }
    }

    #[test]
    fn two_spf_records_are_an_error_and_none_is_none() {
        let two = [b"v=spf1 -all".to_vec(), b"v=spf1 ?all".to_vec()];
        assert!(matches!(spf(&two).0, Txt::Error(Error::ParseError)));
        let other = [b"v=spf10 -all".to_vec(), b"v=spf2.0/mfrom".to_vec()];
        assert!(matches!(spf(&other).0, Txt::Error(Error::Dns(_))));
        assert!(matches!(spf(&two[..1]).0, Txt::Spf(_)));
    }
}
