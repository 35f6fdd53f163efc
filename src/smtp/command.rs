//! From one command line to one command.
//!
//! smtp-proto knows the verbs and the values of parameters; what it is too kind about is checked here, before it sees
//! the line: the line end, stray CR, LF and NUL, arguments where none belong, which parameters we offered. Paths are
//! read by [`crate::smtp::path`]. An AUTH line is recognised by its verb and looked at no further.

use crate::smtp::path;
use crate::smtp::path::Path;
use crate::smtp::path::PathFault;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use smtp_proto::MAIL_BODY_BINARYMIME;
use smtp_proto::MAIL_SMTPUTF8;
use smtp_proto::Request;
use smtp_proto::request::parser::Rfc5321Parser;
use std::borrow::Cow;

/// A command, its argument where it matters. Arguments are content.
pub(super) enum Command<'a> {
    Helo(Cow<'a, str>),
    Ehlo(Cow<'a, str>),
    Mail(Path<'a>, MailParameters),
    Rcpt(Path<'a>),
    Data,
    Bdat(ChunkHead),
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    StartTls,
    /// The argument is not here on purpose.
    Auth,
    NotImplemented,
    /// HTTP and its like: a browser or a server was made to talk to us (cross-protocol request forgery).
    NotSmtp,
}

/// What BDAT announces (RFC 3030 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkHead {
    /// Octets that follow the line at once.
    pub(super) size: u64,
    pub(super) place: ChunkPlace,
}

/// Whether more chunks of the message are to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkPlace {
    Last,
    NotLast,
}

/// The parameters of MAIL that we offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MailParameters {
    /// SIZE (RFC 1870); 0 is as good as none.
    pub(super) size: Option<u64>,
    /// SMTPUTF8 (RFC 6531).
    pub(super) utf8: bool,
}

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Answer, and go on.
    Say(Reply),
    /// Answer, and close: how many octets follow is not known, so none of them can be told from a command.
    OutOfStep(Reply),
    /// The line does not end in CRLF, or has CR or LF inside: peer and we may see different lines, so the session ends.
    LineEnd,
}

/// Whether a line, or the head of one, is an AUTH command.
pub(super) fn is_auth(line: &[u8]) -> bool {
    let (verb, _) = split_verb(line);
    verb.eq_ignore_ascii_case(b"AUTH")
}

/// Whether a line, or the head of one, is a BDAT command.
pub(super) fn is_bdat(line: &[u8]) -> bool {
    let (verb, _) = split_verb(line);
    verb.eq_ignore_ascii_case(b"BDAT")
}

/// Parses a line with its line end.
pub(super) fn parse(line: &[u8]) -> Result<Command<'_>, Fault> {
    if is_auth(line) {
        return Ok(Command::Auth);
    }
    // RFC 5321 2.3.8: CR and LF come together or not at all.
    let text = line.strip_suffix(b"\r\n").ok_or(Fault::LineEnd)?;
    if memchr::memchr2(b'\r', b'\n', text).is_some() {
        return Err(Fault::LineEnd);
    }
    // RFC 5321 4.5.2 leaves NUL to the receiver. In the number of a BDAT it is no digit, and ends the session: the octets
    // that come behind the line must not be read as commands.
    if text.contains(&0) && !is_bdat(text) {
        return Err(Fault::Say(reply::BAD_BYTES));
    }
    // RFC 5321 2.4: verbs in any case.
    let (verb, argument) = split_verb(text);
    if verb.is_empty() {
        return Err(Fault::Say(reply::UNKNOWN_COMMAND));
    }
    if verb.eq_ignore_ascii_case(b"MAIL") {
        return mail(argument);
    }
    if verb.eq_ignore_ascii_case(b"RCPT") {
        return rcpt(argument);
    }
    if verb.eq_ignore_ascii_case(b"BDAT") {
        return bdat(argument);
    }
    other(line, argument)
}

/// Whether what is no command of SMTP begins a request of HTTP, by its method or by the version at its end.
fn is_http(line: &[u8]) -> bool {
    // RFC 9110 9.1, RFC 5789, and the preface of HTTP/2 (RFC 9113 3.4).
    const METHODS: [&[u8]; 10] = [
        b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH",
        b"PRI",
    ];
    let (verb, rest) = split_verb(line);
    let last = rest.trim_ascii_end();
    let last = last.rsplit(u8::is_ascii_whitespace).next();
    METHODS
        .iter()
        .any(|method| verb.eq_ignore_ascii_case(method))
        || last.is_some_and(|word| word.starts_with(b"HTTP/"))
}

fn split_verb(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Every command but MAIL, RCPT and AUTH.
fn other<'a>(line: &'a [u8], argument: &[u8]) -> Result<Command<'a>, Fault> {
    let bare = |command| {
        // RFC 5321 4.1.1: an argument where none belongs is 501 (`QUIT now`, `DATA x`); spaces are not worth it.
        if argument.trim_ascii().is_empty() {
            Ok(command)
        } else {
            Err(Fault::Say(reply::BAD_ARGUMENT))
        }
    };
    match Request::parse(&mut line.iter()) {
        Ok(Request::Helo { host }) => hello(host).map(Command::Helo),
        Ok(Request::Ehlo { host }) => hello(host).map(Command::Ehlo),
        Ok(Request::Data) => bare(Command::Data),
        Ok(Request::Rset) => bare(Command::Rset),
        Ok(Request::Quit) => bare(Command::Quit),
        // RFC 3207 4: no parameters.
        Ok(Request::StartTls) => bare(Command::StartTls),
        // RFC 5321 4.1.1.9: any argument is ignored.
        Ok(Request::Noop { .. }) => Ok(Command::Noop),
        Ok(Request::Help { .. }) => Ok(Command::Help),
        Ok(Request::Vrfy { .. }) => Ok(Command::Vrfy),
        Ok(_) => Ok(Command::NotImplemented),
        Err(smtp_proto::Error::UnknownCommand) if is_http(line) => Ok(Command::NotSmtp),
        Err(smtp_proto::Error::UnknownCommand) => Err(Fault::Say(reply::UNKNOWN_COMMAND)),
        Err(_) => Err(Fault::Say(reply::BAD_ARGUMENT)),
    }
}

/// The argument of HELO and EHLO: any printable word (RFC 5321 4.1.4: never refused for being the wrong name).
fn hello(host: Cow<'_, str>) -> Result<Cow<'_, str>, Fault> {
    if host.chars().any(char::is_control) {
        return Err(Fault::Say(reply::BAD_ARGUMENT));
    }
    Ok(host)
}

// RFC 5321 4.1.1.2
fn mail(argument: &[u8]) -> Result<Command<'_>, Fault> {
    let text = after_keyword(argument, b"FROM")?;
    let (path, rest) = path::parse(text).map_err(|fault| path_fault(fault, reply::BAD_SENDER))?;
    Ok(Command::Mail(path, mail_parameters(rest)?))
}

// RFC 5321 4.1.1.3; no extension of ours has a parameter here.
fn rcpt(argument: &[u8]) -> Result<Command<'_>, Fault> {
    let text = after_keyword(argument, b"TO")?;
    let (path, rest) =
        path::parse(text).map_err(|fault| path_fault(fault, reply::BAD_RECIPIENT))?;
    match words(rest)?.next() {
        None => Ok(Command::Rcpt(path)),
        // RFC 5321 4.1.1.11
        Some(_) => Err(Fault::Say(reply::UNKNOWN_PARAMETER)),
    }
}

// RFC 3030 2. smtp-proto takes any number of digits, and not always at their value.
fn bdat(argument: &[u8]) -> Result<Command<'_>, Fault> {
    let wrong = Fault::OutOfStep(reply::BAD_CHUNK);
    let mut words = argument
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let size = words.next().ok_or(wrong)?;
    // `u64::from_str` would take a sign.
    let digits = size.iter().all(u8::is_ascii_digit);
    let size = std::str::from_utf8(size).ok().filter(|_| digits);
    let size = size.and_then(|size| size.parse().ok()).ok_or(wrong)?;
    let place = match words.next() {
        None => ChunkPlace::NotLast,
        Some(word) if word.eq_ignore_ascii_case(b"LAST") => ChunkPlace::Last,
        Some(_) => return Err(wrong),
    };
    match words.next() {
        None => Ok(Command::Bdat(ChunkHead { size, place })),
        Some(_) => Err(wrong),
    }
}

fn path_fault(fault: PathFault, address: Reply) -> Fault {
    Fault::Say(match fault {
        PathFault::Brackets => reply::BAD_SYNTAX,
        PathFault::Address => address,
    })
}

/// What follows `FROM:` or `TO:`, with whatever spaces a sloppy sender puts around them.
fn after_keyword<'a>(argument: &'a [u8], keyword: &[u8]) -> Result<&'a [u8], Fault> {
    let text = argument.trim_ascii_start();
    text.split_at_checked(keyword.len())
        .filter(|(head, _)| head.eq_ignore_ascii_case(keyword))
        .and_then(|(_, rest)| rest.trim_ascii_start().strip_prefix(b":"))
        .ok_or(Fault::Say(reply::BAD_SYNTAX))
}

/// The parameters as words; the first must be set off from the path.
fn words(rest: &[u8]) -> Result<impl Iterator<Item = &[u8]>, Fault> {
    if !rest.first().is_none_or(u8::is_ascii_whitespace) {
        return Err(Fault::Say(reply::BAD_SYNTAX));
    }
    Ok(rest
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty()))
}

fn mail_parameters(rest: &[u8]) -> Result<MailParameters, Fault> {
    let (mut size, mut body, mut utf8) = (false, false, false);
    let mut declared = None;
    for word in words(rest)? {
        let keyword = word.split(|b| *b == b'=').next().unwrap_or_default();
        let seen = match keyword.to_ascii_uppercase().as_slice() {
            b"SIZE" => {
                declared = Some(size_value(word).ok_or(Fault::Say(reply::BAD_ARGUMENT))?);
                &mut size
            }
            b"BODY" => &mut body,
            b"SMTPUTF8" if word.len() == keyword.len() => &mut utf8,
            b"SMTPUTF8" => return Err(Fault::Say(reply::BAD_ARGUMENT)),
            // RFC 5321 4.1.1.11. AUTH= (RFC 4954 5) is unknown too: it belongs to an extension we do not offer.
            _ => return Err(Fault::Say(reply::UNKNOWN_PARAMETER)),
        };
        if std::mem::replace(seen, true) {
            return Err(Fault::Say(reply::BAD_ARGUMENT));
        }
    }
    if !(body || utf8) {
        return Ok(MailParameters {
            size: declared.filter(|size| *size > 0),
            utf8,
        });
    }
    // SIZE is not for smtp-proto, which takes any number of digits, and not always at their value.
    let mut line = Vec::with_capacity(rest.len());
    for word in words(rest)?.filter(|word| !starts_with_ignoring_case(word, b"SIZE=")) {
        line.push(b' ');
        line.extend_from_slice(word);
    }
    line.extend_from_slice(b"\r\n");
    let mut bytes = line.iter();
    let mut parser = Rfc5321Parser::new(&mut bytes);
    match parser.mail_from_parameters(Cow::Borrowed("")) {
        // RFC 3030 3: BINARYMIME is an extension of its own, and not offered: mail that is to be handed over as it came
        // is better without bare CR and LF, and every sender can do without.
        Ok(given) if given.flags & MAIL_BODY_BINARYMIME == 0 => Ok(MailParameters {
            size: declared.filter(|size| *size > 0),
            utf8: given.flags & MAIL_SMTPUTF8 != 0,
        }),
        _ => Err(Fault::Say(reply::BAD_ARGUMENT)),
    }
}

fn starts_with_ignoring_case(word: &[u8], start: &[u8]) -> bool {
    let head = word.get(..start.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// RFC 1870 4: one to twenty digits; what no number of ours holds is too large, and no mistake.
fn size_value(word: &[u8]) -> Option<u64> {
    let digits = word.get(b"SIZE=".len()..).unwrap_or_default();
    let fits = (1..=20).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| fits)?;
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
