//! The ways that mail leaves, and what comes of it.

use crate::notify::directory;
use crate::notify::mail::Mail;
use crate::notify::memory::Memory;
use crate::notify::options::Via;
use crate::notify::relay::Relay;
use std::path::PathBuf;

/// A way that mail leaves.
pub enum Transport {
    /// Over SMTP.
    Relay(Box<Relay>),
    /// Into a folder.
    Directory(PathBuf),
    /// Into memory, for tests and the demonstration.
    Memory(Memory),
}

/// Why there is no way out.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The file of the password.
    #[error("{path}: {source}")]
    Password {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// TLS cannot be had.
    #[error("TLS towards the relay cannot be set up: {0}")]
    Tls(String),
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken. Where some addresses were refused, what was said of the first.
    Taken {
        /// The relay's words.
        refused: Option<String>,
    },
    /// Another time.
    Later(String),
    /// Another time, and the same holds for every other notice.
    Unreachable(String),
    /// Never.
    Never(String),
}

impl Transport {
    /// The way that the options say; `hostname` is our name in EHLO.
    ///
    /// # Errors
    /// A password that cannot be read, or no TLS.
    pub fn new(via: &Via, hostname: &str) -> Result<Self, TransportError> {
        match via {
            Via::Relay {
                host,
                port,
                tls,
                user,
                password_file,
            } => {
                let relay = Relay::new(host, *port, *tls, hostname)?;
                let relay = match user.as_deref().zip(password_file.as_deref()) {
                    Some((user, file)) => relay.with_login(user, file)?,
                    None => relay,
                };
                Ok(Self::Relay(Box::new(relay)))
            }
            Via::Directory(folder) => Ok(Self::Directory(folder.clone())),
        }
    }

    /// Sends one. `in_parts`: where some addresses are put off, the others have to do.
    pub async fn send(&self, mail: &Mail, in_parts: bool) -> Outcome {
        match self {
            Self::Relay(relay) => relay.send(mail, in_parts).await,
            Self::Directory(folder) => directory::write(folder.clone(), mail.clone()).await,
            Self::Memory(memory) => memory.take(mail),
        }
    }
}

/// Characters of a relay's reply that are kept.
const LONGEST_REPLY: usize = 200;

/// A relay's words: on one line, cut, without what could steer a terminal or turn the text around.
pub fn harmless(reply: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let spaced: String = reply
        .chars()
        .map(|c| if steers(c) { ' ' } else { c })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_REPLY).collect()
}

/// The reply code at the beginning of what was said, where there is one.
pub(in crate::notify) fn code_of(words: &str) -> Option<u16> {
    let code = words.get(..3)?;
    let is_code =
        code.bytes().all(|b| b.is_ascii_digit()) && matches!(code.as_bytes()[0], b'2'..=b'5');
    let ends = words
        .get(3..)
        .is_none_or(|rest| rest.is_empty() || rest.starts_with(' '));
    (is_code && ends).then(|| code.parse().ok()).flatten()
}
