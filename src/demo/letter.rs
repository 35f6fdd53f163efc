//! A letter as SMTP carries it: an envelope, and a message that looks like those of the program that wrote it.

use crate::classify::Verdict;
use crate::demo::chance::Chance;
use crate::message::Timestamp;
use std::fmt::Write as _;

/// A made-up letter, ready to be sent.
#[derive(Clone, Debug)]
pub struct Letter {
    /// When.
    pub at: Timestamp,
    /// What the sender's machine calls itself.
    pub helo: String,
    /// MAIL FROM; empty: the null reverse-path.
    pub reverse_path: String,
    /// RCPT TO: addresses under our zones alone.
    pub recipients: Vec<String>,
    /// The message.
    pub bytes: Vec<u8>,
    /// What kind of mail it was written to be.
    pub verdict: Verdict,
    /// The domain that was meant, one a recipient.
    pub intended: Vec<Option<&'static str>>,
}

/// What a message is made of.
#[derive(Default)]
pub struct Message {
    headers: Vec<(&'static str, String)>,
    body: String,
    html: bool,
    report: Option<String>,
    attached: Vec<(String, Vec<u8>)>,
}

impl Message {
    /// Adds a header field. The value is text; what is not ASCII is encoded.
    pub fn header(&mut self, name: &'static str, value: impl AsRef<str>) -> &mut Self {
        self.headers.push((name, encoded(value.as_ref())));
        self
    }

    /// Adds one that names mailboxes.
    pub fn mailboxes(&mut self, name: &'static str, people: &[(String, String)]) -> &mut Self {
        let one = |(shown, address): &(String, String)| {
            if shown.is_empty() {
                address.clone()
            } else {
                format!("{} <{address}>", encoded_phrase(shown))
            }
        };
        let all: Vec<String> = people.iter().map(one).collect();
        self.headers.push((name, all.join(",\r\n ")));
        self
    }

    /// The text.
    pub fn body(&mut self, text: impl Into<String>) -> &mut Self {
        self.body = text.into();
        self
    }

    /// Has the text as HTML too.
    pub fn html(&mut self) -> &mut Self {
        self.html = true;
        self
    }

    /// Makes it a delivery report with these fields.
    pub fn report(&mut self, fields: impl Into<String>) -> &mut Self {
        self.report = Some(fields.into());
        self
    }

    /// Attaches `kib` KiB that begin like a file of that name.
    pub fn attach(&mut self, name: String, kib: usize, chance: &mut Chance) -> &mut Self {
        let mut bytes = beginning(&name).to_vec();
        while bytes.len() < kib * 1024 {
            bytes.extend_from_slice(&chance.bits().to_le_bytes());
        }
        self.attached.push((name, bytes));
        self
    }

    /// The octets.
    #[must_use]
    pub fn bytes(&self, chance: &mut Chance) -> Vec<u8> {
        let mut out = String::new();
        for (name, value) in &self.headers {
            let _ = write!(out, "{name}: {value}\r\n");
        }
        out.push_str("MIME-Version: 1.0\r\n");
        let edge = format!("=_{}", chance.code(20));
        let text = part("text/plain; charset=utf-8", &self.body);
        if let Some(report) = &self.report {
            let fields = format!(
                "Content-Type: message/delivery-status\r\n\r\n{}\r\n",
                lines(report)
            );
            let kind = "multipart/report; report-type=delivery-status";
            out.push_str(&multipart(kind, &edge, &[text, fields]));
        } else if !self.attached.is_empty() {
            let mut parts = vec![text];
            parts.extend(
                self.attached
                    .iter()
                    .map(|(name, bytes)| attachment(name, bytes)),
            );
            out.push_str(&multipart("multipart/mixed", &edge, &parts));
        } else if self.html {
            let html = part("text/html; charset=utf-8", &markup(&self.body));
            out.push_str(&multipart("multipart/alternative", &edge, &[text, html]));
        } else {
            out.push_str(&text);
        }
        out.into_bytes()
    }
}

fn lines(text: &str) -> String {
    text.replace('\n', "\r\n")
}

fn part(media_type: &str, text: &str) -> String {
    let text = lines(text);
    format!("Content-Type: {media_type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n")
}

fn multipart(media_type: &str, edge: &str, parts: &[String]) -> String {
    let mut out = format!("Content-Type: {media_type}; boundary=\"{edge}\"\r\n\r\n");
    for part in parts {
        let _ = write!(out, "--{edge}\r\n{part}");
    }
    let _ = write!(out, "--{edge}--\r\n");
    out
}

fn attachment(name: &str, bytes: &[u8]) -> String {
    // RFC 2231 4
    let shown = if name.is_ascii() {
        format!("filename=\"{name}\"")
    } else {
        let escaped = name.bytes().fold(String::new(), |mut out, byte| {
            let _ = if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
                write!(out, "{}", char::from(byte))
            } else {
                write!(out, "%{byte:02X}")
            };
            out
        });
        format!("filename*=UTF-8''{escaped}")
    };
    let media_type = media_type(name);
    format!(
        "Content-Type: {media_type}\r\nContent-Disposition: attachment; {shown}\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        base64(bytes)
    )
}

fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn media_type(name: &str) -> &'static str {
    match ending(name) {
        "pdf" => "application/pdf",
        "jpg" => "image/jpeg",
        "png" => "image/png",
        "zip" => "application/zip",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

fn beginning(name: &str) -> &'static [u8] {
    match ending(name) {
        "pdf" => b"%PDF-1.4\n",
        "jpg" => b"\xff\xd8\xff\xe0\0\x10JFIF",
        "png" => b"\x89PNG\r\n\x1a\n",
        _ => b"PK\x03\x04",
    }
}

/// Each paragraph as one, and each address of a page as a link.
fn markup(text: &str) -> String {
    let mut out = String::from("<!doctype html><html><body>\n");
    for paragraph in text.split("\n\n") {
        out.push_str("<p>");
        for word in paragraph.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            if bare.starts_with("http") {
                let _ = write!(out, "<a href=\"{bare}\">{bare}</a> ");
            } else {
                out.push_str(word);
            }
        }
        out.push_str("</p>\n");
    }
    out.push_str("</body></html>");
    out
}

/// A phrase before an address: quoted where it has marks of its own.
fn encoded_phrase(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " -".contains(c);
    if text.is_ascii() && !text.chars().all(plain) {
        format!("\"{text}\"")
    } else {
        encoded(text)
    }
}

/// A header's text; what is not ASCII as encoded words.
// RFC 2047 2: an encoded word is at most 75 characters long.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words: Vec<String> = vec![String::new()];
    for character in text.chars() {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        let piece = match character {
            ' ' => "_".to_owned(),
            c if c.is_ascii_alphanumeric() => c.to_string(),
            _ => bytes.iter().fold(String::new(), |mut out, byte| {
                let _ = write!(out, "={byte:02X}");
                out
            }),
        };
        if words
            .last()
            .is_some_and(|word| word.len() + piece.len() > 60)
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push_str(&piece);
        }
    }
    let shown: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?q?{word}?="))
        .collect();
    shown.join("\r\n ")
}

/// In lines of 76.
// RFC 4648 4, RFC 2045 6.8
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() * 7 / 5 + 4);
    for line in bytes.chunks(57) {
        for three in line.chunks(3) {
            let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
            let all = at(0) << 16 | at(1) << 8 | at(2);
            for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
                let sign = SIGNS[(all >> shift & 63) as usize];
                out.push(if place <= three.len() {
                    char::from(sign)
                } else {
                    '='
                });
            }
        }
        out.push_str("\r\n");
    }
    out
}

/// A date as mail has it.
// RFC 5322 3.3
#[must_use]
pub fn date(at: Timestamp) -> String {
    let t = at.utc();
    let (day, month) = (t.weekday().to_string(), t.month().to_string());
    format!(
        "{}, {} {} {} {:02}:{:02}:{:02} +0000",
        day.get(..3).unwrap_or_default(),
        t.day(),
        month.get(..3).unwrap_or_default(),
        t.year(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Parsed;
    use base64::Engine;

    #[test]
    fn what_is_written_is_read_again() {
        let mut chance = Chance::new(3);
        let mut message = Message::default();
        message
            .header(
                "Subject",
                "Résultats d’analyses : très, très longs, et avec encore beaucoup d’accents éèà",
            )
            .mailboxes(
                "From",
                &[("Hélène Morel".to_owned(), "h@morel.example".to_owned())],
            )
            .header("Date", date(Timestamp::from_millis(1_689_580_800_000)))
            .body("Bonjour,\n\nà bientôt.")
            .attach("carte d'identité.pdf".to_owned(), 3, &mut chance);
        let parsed = Parsed::from_bytes(&message.bytes(&mut chance));
        assert!(
            parsed.subject.ends_with("beaucoup d’accents éèà"),
            "{}",
            parsed.subject
        );
        assert_eq!(parsed.from_name, "Hélène Morel");
        assert!(parsed.text.contains("à bientôt"));
        assert_eq!(parsed.attachments.len(), 1);
        assert_eq!(parsed.attachments[0].media_type, "application/pdf");
        assert!(parsed.attachments[0].bytes >= 3072);
        assert!(!parsed.structure.encoding_problem);
        assert_eq!(
            parsed.header("date"),
            Some("Mon, 17 Jul 2023 08:00:00 +0000")
        );
    }

    #[test]
    fn the_encoding_is_that_of_everybody() {
        let other = base64::engine::general_purpose::STANDARD;
        for length in 0..60 {
            let bytes: Vec<u8> = (0..length).map(|n: u8| n.wrapping_mul(37)).collect();
            assert_eq!(
                super::base64(&bytes).replace("\r\n", ""),
                other.encode(&bytes)
            );
        }
    }
}
