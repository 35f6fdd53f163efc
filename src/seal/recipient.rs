//! Public keys, and sealing to them.

use sha2::Digest;
use sha2::Sha256;
use std::fmt;
use std::io::Write;
use std::sync::Arc;

/// A public key: an age X25519 recipient, `age1…`.
#[derive(Clone)]
pub struct Recipient {
    key: age::x25519::Recipient,
    text: String,
}

/// Why a text is not a public key. Carries nothing of the text, which may be a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// `AGE-SECRET-KEY-…`.
    #[error(
        "a public key (age1…); this is a PRIVATE key: take it off this machine and make a new pair"
    )]
    PrivateKey,
    /// Anything else.
    #[error(
        "a public key (age1… with 58 characters after it, as `age-keygen -y` or `restante init` prints it)"
    )]
    NotAKey,
}

impl Recipient {
    /// Parses `age1…`.
    ///
    /// # Errors
    /// [`RecipientError`], which names what was expected and never repeats the text.
    pub fn parse(text: &str) -> Result<Self, RecipientError> {
        let text = text.trim();
        if text.to_ascii_uppercase().contains("AGE-SECRET-KEY-") {
            return Err(RecipientError::PrivateKey);
        }
        let key: age::x25519::Recipient = text.parse().map_err(|_| RecipientError::NotAKey)?;
        let text = key.to_string();
        Ok(Self { key, text })
    }

    /// The public key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What names this key with every item: the first 16 hexadecimal digits of the SHA-256 of its text.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.fingerprint())
    }
}

/// Seals messages to a fixed, non-empty set of public keys; any one of their private halves opens an item.
#[derive(Clone, Debug)]
pub struct Sealer {
    recipients: Arc<[Recipient]>,
    fingerprints: Arc<[String]>,
}

/// Sealing failed: no randomness, or no memory. Says nothing of the message.
#[derive(Debug, thiserror::Error)]
#[error("the message could not be sealed")]
pub struct SealError;

impl Sealer {
    /// A sealer to `recipients`.
    ///
    /// # Errors
    /// [`SealError`] where there are none.
    pub fn new(recipients: Vec<Recipient>) -> Result<Self, SealError> {
        if recipients.is_empty() {
            return Err(SealError);
        }
        Ok(Self {
            fingerprints: recipients.iter().map(Recipient::fingerprint).collect(),
            recipients: recipients.into(),
        })
    }

    /// Fingerprints of the keys, in the order of the configuration.
    #[must_use]
    pub fn fingerprints(&self) -> &Arc<[String]> {
        &self.fingerprints
    }

    /// An age file whose plaintext is `trace` followed by `content`.
    ///
    /// # Errors
    /// [`SealError`], see there.
    pub fn seal(&self, trace: &[u8], content: &[u8]) -> Result<Vec<u8>, SealError> {
        let keys = self
            .recipients
            .iter()
            .map(|r| &r.key as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(keys).map_err(|_| SealError)?;
        let plain = trace.len() + content.len();
        let mut sealed = Vec::with_capacity(sealed_size(plain, self.recipients.len()));
        let mut writer = encryptor.wrap_output(&mut sealed).map_err(|_| SealError)?;
        writer.write_all(trace).map_err(|_| SealError)?;
        writer.write_all(content).map_err(|_| SealError)?;
        writer.finish().map_err(|_| SealError)?;
        Ok(sealed)
    }
}

/// An upper bound of an item's size: a stanza of about 120 octets a key, 16 octets a chunk of 64 KiB.
#[must_use]
pub fn sealed_size(plain: usize, keys: usize) -> usize {
    plain + (plain / 65_536 + 1) * 16 + 256 + keys * 160
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::identity::Identity;

    #[test]
    fn what_is_sealed_opens_with_each_key_and_with_no_other() {
        let (one, two, other) = (
            Identity::generate(),
            Identity::generate(),
            Identity::generate(),
        );
        let sealer = Sealer::new(vec![one.recipient(), two.recipient()]).unwrap();
        for size in [0, 1, 65_535, 65_536, 200_000] {
            let content = vec![b'x'; size];
            let sealed = sealer.seal(b"Return-Path: <>\r\n", &content).unwrap();
            assert!(sealed.len() <= sealed_size(size + 17, 2));
            for identity in [&one, &two] {
                let opened = identity.open(&sealed).unwrap();
                assert_eq!(&opened[17..], &content[..]);
            }
            assert!(other.open(&sealed).is_err());
        }
    }

    #[test]
    fn a_private_key_is_refused_without_being_repeated() {
        let secret = Identity::generate().expose();
        let error = Recipient::parse(&secret).unwrap_err();
        assert_eq!(error, RecipientError::PrivateKey);
        assert!(!error.to_string().contains(&secret[20..30]));
        assert_eq!(
            Recipient::parse("age1nonsense").unwrap_err(),
            RecipientError::NotAKey
        );
    }

    #[test]
    fn an_empty_set_of_keys_is_refused() {
        assert!(Sealer::new(Vec::new()).is_err());
    }
}
