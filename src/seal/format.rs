//! What stands in front of a sealed message: the usual trace headers, so that any mail program can read the item.

use std::fmt::Write;
use zeroize::Zeroizing;

/// The facts of the trace headers. All of it is content: it goes into the sealed item and nowhere else.
pub struct Trace<'a> {
    /// MAIL FROM without brackets; empty for the null reverse-path.
    pub return_path: Zeroizing<String>,
    /// The recipients of this item alone.
    pub delivered_to: Vec<Zeroizing<String>>,
    /// The HELO argument.
    pub helo: &'a str,
    /// The peer's address.
    pub client: std::net::IpAddr,
    /// Our host name.
    pub by: &'a str,
    /// The `with` word (RFC 3848).
    pub with: &'a str,
    /// The message's id.
    pub id: String,
    /// The date, RFC 5322 3.3.
    pub date: String,
}

impl Trace<'_> {
    /// The header lines, each ended by CRLF.
    // RFC 5321 4.4: Return-Path first, then one Received line.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(String::with_capacity(512));
        push_header(
            &mut out,
            "Return-Path",
            &format!("<{}>", self.return_path.as_str()),
        );
        for recipient in &self.delivered_to {
            push_header(&mut out, "Delivered-To", recipient);
        }
        let received = format!(
            "from {} ([{}]) by {} with {} id {}; {}",
            self.helo, self.client, self.by, self.with, self.id, self.date
        );
        push_header(&mut out, "Received", &received);
        Zeroizing::new(out.as_bytes().to_vec())
    }
}

/// One header line. Control characters become `?`: nothing that a peer said may begin a line of its own.
fn push_header(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, "{name}: ");
    out.extend(value.chars().map(|c| if c.is_control() { '?' } else { c }));
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_cannot_begin_a_header_of_its_own() {
        let trace = Trace {
            return_path: Zeroizing::new("a@b.example\r\nX-Evil: 1".to_owned()),
            delivered_to: vec![Zeroizing::new("jane@army.ml".to_owned())],
            helo: "evil\r\n\r\nbody",
            client: [192, 0, 2, 1].into(),
            by: "mx.nic.ml",
            with: "ESMTPS",
            id: "0190".to_owned(),
            date: "Mon, 17 Jul 2023 08:00:00 +0000".to_owned(),
        };
        let text = String::from_utf8(trace.to_bytes().to_vec()).unwrap();
        let names: Vec<_> = text.lines().map(|l| l.split(':').next().unwrap()).collect();
        assert_eq!(names, ["Return-Path", "Delivered-To", "Received"]);
        assert!(
            text.contains("by mx.nic.ml with ESMTPS id 0190; Mon, 17 Jul 2023 08:00:00 +0000\r\n")
        );
    }
}
