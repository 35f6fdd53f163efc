//! The one file that names `mail_parser`: from bytes to [`Parsed`].
//!
//! The crate parses; this file walks. The walk is iterative and bounded, so nothing here recurses; the crate itself
//! recurses over nested messages when it parses and when its result is dropped.

use super::Attachment;
use super::AttachmentDetail;
use super::LIMITS;
use super::Magic;
use super::Parsed;
use super::html;
use super::media;
use super::packed;
use crate::message::address::Address;
use crate::message::domain::Domain;
use crate::message::time::Timestamp;
use mail_parser::Address as HeaderAddress;
use mail_parser::DateTime;
use mail_parser::Message;
use mail_parser::MessageParser;
use mail_parser::MessagePart;
use mail_parser::MimeHeaders;
use mail_parser::PartType;
use std::collections::BTreeSet;

pub(super) fn take_apart(raw: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    let Some(message) = MessageParser::default().parse(raw) else {
        parsed.structure.unreadable = true;
        parsed.text = String::from_utf8_lossy(raw.get(..LIMITS.text).unwrap_or(raw)).into_owned();
        return parsed;
    };
    headers(&message, &mut parsed);
    let mut walk = Walk::default();
    walk.outer(&message, &mut parsed);
    walk.nested(&mut parsed);
    parsed.structure.link_hosts = bounded(walk.link_hosts.len());
    let is_numeric = |host: &&String| host.parse::<std::net::Ipv4Addr>().is_ok();
    parsed.structure.numeric_hosts = bounded(walk.link_hosts.iter().filter(is_numeric).count());
    parsed.link_hosts = walk
        .link_hosts
        .iter()
        .filter_map(|h| Domain::parse(h).ok())
        .collect();
    parsed
}

/// A date as header fields have it.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    let date = DateTime::parse_rfc822(text.trim())?;
    date.is_valid()
        .then(|| Timestamp::from_millis(date.to_timestamp().saturating_mul(1000)))
}

fn headers(message: &Message<'_>, parsed: &mut Parsed) {
    for (name, value) in message.headers_raw() {
        if parsed.headers.len() == LIMITS.headers {
            parsed.structure.cut = true;
            break;
        }
        parsed
            .headers
            .push((name.trim().to_ascii_lowercase(), unfolded(value)));
    }
    parsed.from = addresses(message.from());
    parsed.from_name = message
        .from()
        .and_then(HeaderAddress::first)
        .and_then(|a| a.name.as_deref())
        .map(|name| head(name, 200).to_owned())
        .unwrap_or_default();
    parsed.sender = addresses(message.sender());
    parsed.reply_to = addresses(message.reply_to());
    parsed.to = message.all_to().flat_map(|a| addresses(Some(a))).collect();
    parsed.cc = message.all_cc().flat_map(|a| addresses(Some(a))).collect();
    for list in [&mut parsed.to, &mut parsed.cc] {
        parsed.structure.cut |= list.len() > LIMITS.addresses;
        list.truncate(LIMITS.addresses);
    }
    parsed.subject = head(message.subject().unwrap_or_default(), LIMITS.header_value).to_owned();
    if let Some(content_type) = message.parts.first().and_then(MimeHeaders::content_type) {
        parsed.root_type = joined(content_type.ctype(), content_type.subtype());
        parsed.report_type = content_type
            .attribute("report-type")
            .map(|t| head(t, 64).to_ascii_lowercase())
            .unwrap_or_default();
    }
    parsed.message_id_host = message.message_id().and_then(host);
    let ids = [message.in_reply_to(), message.references()];
    for id in ids.into_iter().flat_map(|v| {
        let list = v.as_text_list().unwrap_or_default();
        list.iter()
            .map(AsRef::as_ref)
            .chain(v.as_text().filter(|_| list.is_empty()))
    }) {
        if parsed.reference_hosts.len() < 32
            && let Some(host) = host(id)
            && !parsed.reference_hosts.contains(&host)
        {
            parsed.reference_hosts.push(host);
        }
    }
}

/// A header field's value on one line, bounded.
fn unfolded(value: &str) -> String {
    let mut out = String::with_capacity(value.len().min(LIMITS.header_value));
    for line in value.split(['\r', '\n']) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(head(line, LIMITS.header_value.saturating_sub(out.len())));
        if out.len() >= LIMITS.header_value {
            break;
        }
    }
    out
}

fn addresses(list: Option<&HeaderAddress<'_>>) -> Vec<Address> {
    let Some(list) = list else { return Vec::new() };
    list.iter()
        .take(LIMITS.addresses)
        .filter_map(|a| a.address.as_deref())
        .filter_map(|a| Address::parse(a.trim()).ok())
        .collect()
}

fn host(id: &str) -> Option<Domain> {
    let host = id.rsplit_once('@')?.1;
    let host = host.trim_end_matches(['>', ' ', '$']);
    Domain::parse(host).ok().filter(|d| d.label_count() > 1)
}

fn joined(main: &str, sub: Option<&str>) -> String {
    let mut out = head(main, 64).to_ascii_lowercase();
    if let Some(sub) = sub {
        out.push('/');
        out.push_str(&head(sub, 128).to_ascii_lowercase());
    }
    out
}

/// The first `limit` octets of `text`, cut at a character's edge.
pub(super) fn head(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[derive(Default)]
struct Walk<'m> {
    pending: Vec<(&'m Message<'m>, usize)>,
    link_hosts: BTreeSet<String>,
    packed: packed::Allowance,
}

impl<'m> Walk<'m> {
    /// The message itself: its words go to `text`, its attachments are described.
    fn outer(&mut self, message: &'m Message<'m>, parsed: &mut Parsed) {
        parsed.structure.parts = bounded(message.parts.len());
        let shown: BTreeSet<u32> = message
            .text_body
            .iter()
            .chain(&message.html_body)
            .copied()
            .collect();
        let mut from_html = String::new();
        for (id, part) in (0u32..).zip(message.parts.iter().take(LIMITS.parts)) {
            parsed.structure.encoding_problem |= part.is_encoding_problem;
            let in_body = shown.contains(&id) && !is_attachment(part);
            match &part.body {
                PartType::Multipart(_) => {}
                PartType::Text(text) if in_body => {
                    parsed.structure.plain_parts += 1;
                    self.bare_links(text, parsed);
                    push(
                        &mut parsed.text,
                        text,
                        LIMITS.text,
                        &mut parsed.structure.cut,
                    );
                }
                PartType::Html(text) if in_body => {
                    parsed.structure.html_parts += 1;
                    parsed.structure.html_bytes = parsed
                        .structure
                        .html_bytes
                        .saturating_add(bounded(text.len()));
                    let room = LIMITS.text.saturating_sub(from_html.len());
                    let out = html::to_text(text, room, &mut parsed.structure);
                    for link in &out.links {
                        self.link(link);
                    }
                    push(
                        &mut from_html,
                        &out.text,
                        LIMITS.text,
                        &mut parsed.structure.cut,
                    );
                }
                _ => self.attachment(part, parsed),
            }
        }
        // Both forms should say the same, and the plain one is read; often it says only "view this in your browser".
        if parsed.text.trim().len() * 3 < from_html.trim().len() {
            push(
                &mut parsed.text,
                &from_html,
                LIMITS.text,
                &mut parsed.structure.cut,
            );
        }
        parsed.structure.cut |= message.parts.len() > LIMITS.parts;
    }

    fn attachment(&mut self, part: &'m MessagePart<'m>, parsed: &mut Parsed) {
        let bytes: &[u8] = match &part.body {
            PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes,
            PartType::Message(nested) => {
                self.pending.push((nested, 1));
                &nested.raw_message
            }
            PartType::Multipart(_) => return,
        };
        match &part.body {
            PartType::Text(text) => {
                push(
                    &mut parsed.inner_text,
                    text,
                    LIMITS.inner_text,
                    &mut parsed.structure.cut,
                );
            }
            PartType::Html(text) => {
                let room = LIMITS.inner_text.saturating_sub(parsed.inner_text.len());
                let mut ignored = super::Structure::default();
                let out = html::to_text(text, room, &mut ignored);
                push(
                    &mut parsed.inner_text,
                    &out.text,
                    LIMITS.inner_text,
                    &mut parsed.structure.cut,
                );
            }
            _ => {}
        }
        if parsed.attachments.len() == LIMITS.attachments {
            parsed.structure.cut = true;
            return;
        }
        let media_type = part
            .content_type()
            .map(|t| joined(t.ctype(), t.subtype()))
            .unwrap_or_else(|| match &part.body {
                PartType::Message(_) => "message/rfc822".to_owned(),
                PartType::Text(_) => "text/plain".to_owned(),
                PartType::Html(_) => "text/html".to_owned(),
                _ => String::new(),
            });
        parsed.attachments.push(Attachment {
            media_type: media::closed(&media_type),
            bytes: bytes.len() as u64,
        });
        let magic = Magic::of(bytes);
        let inside = match magic {
            Some(Magic::Zip) => packed::look_inside(bytes, &mut self.packed, parsed),
            _ => Vec::new(),
        };
        parsed.attachment_details.push(AttachmentDetail {
            name: head(part.attachment_name().unwrap_or_default(), 255).to_owned(),
            magic,
            inside,
        });
    }

    /// Nested messages, to a bounded depth: their words go to `inner_text`.
    fn nested(&mut self, parsed: &mut Parsed) {
        while let Some((message, depth)) = self.pending.pop() {
            let seen = parsed.structure.parts as usize;
            if depth > LIMITS.depth || seen >= LIMITS.parts {
                parsed.structure.cut = true;
                return;
            }
            parsed.structure.nested_messages += 1;
            parsed.structure.parts = bounded(seen + message.parts.len());
            if let Some(subject) = message.subject() {
                push(
                    &mut parsed.inner_text,
                    subject,
                    LIMITS.inner_text,
                    &mut parsed.structure.cut,
                );
            }
            for part in message.parts.iter().take(LIMITS.parts) {
                match &part.body {
                    PartType::Text(text) => {
                        push(
                            &mut parsed.inner_text,
                            text,
                            LIMITS.inner_text,
                            &mut parsed.structure.cut,
                        );
                    }
                    PartType::Html(text) => {
                        let room = LIMITS.inner_text.saturating_sub(parsed.inner_text.len());
                        let out = html::to_text(text, room, &mut super::Structure::default());
                        push(
                            &mut parsed.inner_text,
                            &out.text,
                            LIMITS.inner_text,
                            &mut parsed.structure.cut,
                        );
                    }
                    PartType::Message(inner) => self.pending.push((inner, depth + 1)),
                    _ => {}
                }
            }
        }
    }

    fn bare_links(&mut self, text: &str, parsed: &mut Parsed) {
        for (at, _) in text.match_indices("://").take(64) {
            parsed.structure.links = parsed.structure.links.saturating_add(1);
            if let Some(rest) = text.get(at + 3..) {
                self.host(rest);
            }
        }
    }

    fn link(&mut self, link: &str) {
        if let Some((_, rest)) = link.split_once("://") {
            self.host(rest);
        }
    }

    fn host(&mut self, rest: &str) {
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
            .unwrap_or(rest.len());
        if self.link_hosts.len() < 64 && end > 0 && end < 254 {
            self.link_hosts.insert(rest[..end].to_ascii_lowercase());
        }
    }
}

fn is_attachment(part: &MessagePart<'_>) -> bool {
    part.content_disposition()
        .is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment"))
}

pub(super) fn push(out: &mut String, text: &str, limit: usize, cut: &mut bool) {
    let between = usize::from(!out.is_empty());
    let room = limit.saturating_sub(out.len() + between);
    let taken = head(text, room);
    *cut |= taken.len() < text.len();
    if between > 0 && !taken.is_empty() {
        out.push('\n');
    }
    out.push_str(taken);
}

fn bounded(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
