//! What a message says of itself, taken out of its bytes once.
//!
//! For: [`Parsed::from_bytes`], which turns at most [`EXAMINED_MAX`] octets into owned values that classification can
//! judge. Guarantees: never fails and never panics (a defect is evidence, not an error); every count and length is
//! bounded by [`Limits`]; nothing here has a `Debug` that shows content. Refuses: to follow links, to run or
//! fetch anything; of what is packed it reads the words of office documents and the names in archives, within bounds (`packed.rs`). Must not know: what the values mean. One file, `mime.rs`, names the parser crate.
//!
//! The caller parses, and drops the result of parsing, with stack enough for the size: nested `message/rfc822` makes the
//! crate recurse, and at 4 MiB of nesting a default thread would abort the process. 128 MiB serve for any message, 512 KiB
//! for 64 KiB of it (measured without optimisation).

mod bounds;
mod html;
mod media;
mod mime;
mod packed;

use crate::message::address::Address;
use crate::message::domain::Domain;
use crate::message::time::Timestamp;
use std::fmt;

pub use media::Magic;

/// How many octets of a message are looked at; the rest is sealed unread.
///
/// Hostile nesting costs about 46 times its size in memory while it is parsed, so this is also what bounds a parsing
/// thread at about 200 MiB.
pub const EXAMINED_MAX: usize = 4 << 20;

/// The bounds of one parsed message, each with its reason.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Parts walked, nested messages included: real mail has fewer than 100.
    pub parts: usize,
    /// Depth of nesting walked: a forwarded forward of a forward is 4.
    pub depth: usize,
    /// Octets of text kept of the message itself.
    pub text: usize,
    /// Octets of text kept of nested messages, text attachments and office documents together.
    pub inner_text: usize,
    /// Header fields kept of the outer message.
    pub headers: usize,
    /// Octets kept of one header field's value.
    pub header_value: usize,
    /// Addresses kept of one header field (RFC 5321 4.5.3.1.8 asks for 100 recipients; lists have more).
    pub addresses: usize,
    /// Attachments described.
    pub attachments: usize,
}

/// The limits in force.
pub const LIMITS: Limits = Limits {
    parts: 1000,
    depth: 16,
    text: 192 << 10,
    inner_text: 64 << 10,
    headers: 200,
    header_value: 4096,
    addresses: 256,
    attachments: 256,
};

/// A message taken apart. Everything but the counts is content.
#[derive(Default)]
pub struct Parsed {
    /// Octets of the message that were looked at.
    pub examined: usize,
    /// The attachments: what the store may keep of them.
    pub attachments: Vec<Attachment>,
    /// One for each of `attachments`, in order: what it may not keep.
    pub attachment_details: Vec<AttachmentDetail>,
    /// From.
    pub from: Vec<Address>,
    /// The first display name of From.
    pub from_name: String,
    /// Sender.
    pub sender: Vec<Address>,
    /// Reply-To.
    pub reply_to: Vec<Address>,
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Subject, decoded.
    pub subject: String,
    /// The message's own words: its text parts, or its HTML as text where it has none.
    pub text: String,
    /// Words of nested messages, of text attachments and of office documents.
    pub inner_text: String,
    /// The root's media type, lower case: `multipart/report`.
    pub root_type: String,
    /// The `report-type` parameter of the root's Content-Type, lower case.
    pub report_type: String,
    /// Hosts of the Message-IDs in In-Reply-To and References.
    pub reference_hosts: Vec<Domain>,
    /// Host of the Message-ID.
    pub message_id_host: Option<Domain>,
    /// Hosts of links, each once, at most 64.
    pub link_hosts: Vec<Domain>,
    /// What it is made of.
    pub structure: Structure,
    headers: Vec<(String, String)>,
}

/// Counts over the whole message; each saturates at the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// MIME parts, nested messages' included.
    pub parts: u32,
    /// Parts of text/plain in the body.
    pub plain_parts: u32,
    /// Parts of text/html in the body.
    pub html_parts: u32,
    /// Nested messages.
    pub nested_messages: u32,
    /// `href` links in HTML and bare ones in the text.
    pub links: u32,
    /// Different hosts among the links.
    pub link_hosts: u32,
    /// Those of them that are an IPv4 address and no name.
    pub numeric_hosts: u32,
    /// Images referred to by HTML.
    pub images: u32,
    /// Octets of HTML mark-up and text.
    pub html_bytes: u32,
    /// A part whose encoding was broken.
    pub encoding_problem: bool,
    /// Something was left out for a limit's sake.
    pub cut: bool,
    /// The parser found no message in the bytes.
    pub unreadable: bool,
}

/// One attachment: size and media type, nothing that the sender named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// From a closed list, else `other`.
    pub media_type: &'static str,
    /// Decoded octets.
    pub bytes: u64,
}

/// What is known of an attachment while the message is in memory.
#[derive(Default)]
pub struct AttachmentDetail {
    /// Its file name, as the sender wrote it: content.
    pub name: String,
    /// What its first octets say it is.
    pub magic: Option<Magic>,
    /// Names that it lists, where it is an archive; at most 64: content.
    pub inside: Vec<String>,
}

/// A date and time as header fields write it (RFC 5322 3.3); `None` where it is none.
#[must_use]
pub fn date(text: &str) -> Option<Timestamp> {
    mime::date(text)
}

impl Parsed {
    /// Takes a message apart: at most the first [`EXAMINED_MAX`] octets of `raw`, and fewer where their lines or header
    /// parameters would cost more than their size.
    #[must_use]
    pub fn from_bytes(raw: &[u8]) -> Self {
        let examined = bounds::examined(raw);
        let mut parsed = mime::take_apart(examined);
        parsed.examined = examined.len();
        parsed.structure.cut |= examined.len() < raw.len();
        parsed
    }

    /// The first value of the header field of this (lower-case) name, unfolded and not decoded.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// All values of the header field of this (lower-case) name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.headers
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// All header fields in order, names in lower case.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Parsed({} octets, {} parts)",
            self.examined, self.structure.parts
        )
    }
}

#[cfg(test)]
mod tests;
