//! The private half: makes a key pair and opens sealed items. For off-line subcommands and tests; the server never
//! names it.

use crate::seal::recipient::Recipient;
use age::secrecy::ExposeSecret;
use std::io::Read;
use zeroize::Zeroizing;

/// A private key. No `Debug`, no `Display`.
pub struct Identity(age::x25519::Identity);

/// The item could not be opened: another key, or damage. Says nothing of the content.
#[derive(Debug, thiserror::Error)]
#[error("the sealed item does not open with this key, or is damaged")]
pub struct OpenError;

impl Identity {
    /// A fresh key pair from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Reads `AGE-SECRET-KEY-1…`, or the first such line of an identity file.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.lines()
            .map(str::trim)
            .find(|line| line.starts_with("AGE-SECRET-KEY-"))
            .and_then(|line| line.parse().ok())
            .map(Self)
    }

    /// The public half.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        let text = self.0.to_public().to_string();
        match Recipient::parse(&text) {
            Ok(recipient) => recipient,
            Err(_) => unreachable!("age prints a public key that it can read"),
        }
    }

    /// The private key as text, wiped on drop.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }

    /// The plaintext of a sealed item.
    ///
    /// # Errors
    /// [`OpenError`] where the key is another or the item is damaged.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let decryptor = age::Decryptor::new(sealed).map_err(|_| OpenError)?;
        let mut reader = decryptor
            .decrypt(std::iter::once(&self.0 as &dyn age::Identity))
            .map_err(|_| OpenError)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
        reader.read_to_end(&mut plain).map_err(|_| OpenError)?;
        Ok(plain)
    }
}
