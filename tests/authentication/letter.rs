//! Letters, signed or not.

use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;

/// A word that stands in every local part here: no question may have it.
pub const SECRET: &str = "geheimrat";

/// A letter with these From lines.
pub fn from(lines: &[&str]) -> Vec<u8> {
    let from: String = lines
        .iter()
        .map(|line| format!("From: {line}\r\n"))
        .collect();
    format!(
        "{from}To: Jane <jane@army.ml>\r\nSubject: Meeting on Tuesday\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\n\
         Message-ID: <1@x.example>\r\n\r\nHello Jane,\r\n\r\nsee you on Tuesday.\r\n\r\nRegards, Joe\r\n"
    )
    .into_bytes()
}

/// A key pair, and the record of its public half.
pub struct Signer {
    key: Vec<u8>,
}

impl Signer {
    pub fn new() -> Self {
        Self {
            key: Ed25519Key::generate_pkcs8().unwrap(),
        }
    }

    fn key(&self) -> Ed25519Key {
        Ed25519Key::from_pkcs8_der(&self.key).unwrap()
    }

    pub fn record(&self) -> String {
        use base64::Engine;
        let public = base64::engine::general_purpose::STANDARD.encode(self.key().public_key());
        format!("v=DKIM1; k=ed25519; p={public}")
    }

    /// The letter with a signature of `domain` over these header fields in front, the selector being `s1`.
    pub fn sign(&self, domain: &str, fields: &[&str], letter: &[u8]) -> Vec<u8> {
        let signature = DkimSigner::from_key(self.key())
            .domain(domain)
            .selector("s1")
            .headers(fields.iter().copied())
            // As signers do that want to know of failures: nobody is told anything here.
            .reporting(true)
            .sign(letter)
            .unwrap();
        [signature.to_header().as_bytes(), letter].concat()
    }
}
