//! Keyed hashes in place of addresses, and the digest that finds a repeat.
//!
//! For: counting that the same correspondent wrote again without knowing who it is. Guarantees: a pseudonym is stable
//! within a calendar month (UTC) and cannot be linked across months once the month's key is gone; the key file is
//! outside the data folder, mode 0600, rewritten at the turn of the month without the old key. The digest key of the
//! month before is kept until the window for repeats (5 days) has passed; it was drawn apart from the pseudonym key, so
//! keeping it links nobody. Mail that was received in another month (an import) gets pseudonyms under keys of that
//! month that are never stored. Refuses: a key file that others may read. Must not know: messages beyond envelope and bytes.
//!
//! What it cannot promise: that a file system forgets the blocks of a replaced file (see `docs/security.md`).

mod file;

use crate::message::Address;
use crate::message::Envelope;
use crate::message::Timestamp;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;
use std::fmt::Write as _;
use std::path::Path;
use zeroize::Zeroize;
use zeroize::Zeroizing;

/// How long a repeat of the same envelope and bytes is recognised, in days (design, promise 1).
pub const REPEAT_DAYS: i64 = 5;

/// By how many days a clock may go back over the turn of the month without new keys.
const SET_BACK_DAYS: i64 = 2;

/// A 256-bit key.
type Key = Zeroizing<[u8; 32]>;

/// The keys of one month.
pub struct Keys {
    month: String,
    pseudonym: Key,
    digest: Key,
    earlier_digest: Option<(String, Key)>,
    import: Key,
    /// Drawn when the keys are read, never stored: what months other than this one draw their keys from.
    passing: Key,
}

/// Why the key file cannot be used. The text of the file is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It could not be read or written.
    // The cause stands in the text, which logs show alone; as a source it would be said twice.
    #[error("the pseudonym key file cannot be read or written: {0}")]
    Io(std::io::Error),
    /// Its lock could not be had.
    #[error(
        "the lock file beside the pseudonym key file (its name and .lock) cannot be opened: {0}"
    )]
    Lock(std::io::Error),
    /// Others may read it.
    #[error("the pseudonym key file may be read by others: chmod 600 it")]
    Permissions,
    /// It is another user's: what this one writes beside it, its owner could not use.
    #[error("the pseudonym key file belongs to the user with number {0}: run this as that user")]
    Owner(u32),
    /// It holds something else.
    #[error("line {0} of the pseudonym key file is not one of: month, digest, import")]
    Malformed(usize),
}

impl From<std::io::Error> for KeyFileError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl Keys {
    /// Makes the file at `path` with fresh keys for the month of `now`, and the lock file beside it.
    ///
    /// # Errors
    /// [`KeyFileError::Io`], also where the file exists already.
    pub fn create(path: &Path, now: Timestamp) -> Result<Self, KeyFileError> {
        let _lock = file::lock(path)?;
        if path.exists() {
            return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
        }
        let keys = Self {
            month: month_of(now),
            pseudonym: fresh_key()?,
            digest: fresh_key()?,
            earlier_digest: None,
            import: fresh_key()?,
            passing: fresh_key()?,
        };
        keys.write(path)?;
        Ok(keys)
    }

    /// Reads the file at `path`; at the turn of the month draws new keys and destroys the old ones. Safe for several
    /// processes at once: all of it happens under a lock on a file beside it.
    ///
    /// # Errors
    /// [`KeyFileError`], see there.
    pub fn load(path: &Path, now: Timestamp) -> Result<Self, KeyFileError> {
        file::check_owner(path)?;
        let _lock = file::lock(path)?;
        let keys = Self::read(path)?;
        if keys.is_current(now) {
            return Ok(keys);
        }
        if keys.is_ahead(now) {
            tracing::warn!(
                month = month_of(now),
                "the pseudonym keys were of a month to come: the clock was ahead; new keys are drawn"
            );
        }
        let renewed = keys.renewed(now)?;
        renewed.write(path)?;
        Ok(renewed)
    }

    /// Whether these are the keys for `now`; where not, call [`Keys::load`] again.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        let month = month_of(now);
        if self.month == month {
            let window_over = now.utc().day() > u8::try_from(REPEAT_DAYS).unwrap_or(u8::MAX) + 1;
            return !(self.earlier_digest.is_some() && window_over);
        }
        // A clock that went back a little over the turn does not renew: a month that has begun stays begun. One that
        // was far ahead must, or the keys would last until that month comes.
        self.is_ahead(now) && self.month == month_of(now.plus_days(SET_BACK_DAYS))
    }

    /// Whether the keys are those of a month to come.
    fn is_ahead(&self, now: Timestamp) -> bool {
        self.month > month_of(now)
    }

    /// The keyed hash that stands for an address in this month: 16 hexadecimal digits.
    #[must_use]
    pub fn pseudonym(&self, address: &Address) -> String {
        pseudonym_under(&self.pseudonym, address)
    }

    /// The same for mail that was received long ago (an import): in another month than that of the keys it is made under
    /// a key of that month, which this process alone has. Mail of different months cannot be linked.
    ///
    /// The month's key is derived from one that was drawn for this run: any number of months costs no memory, and when
    /// the run ends all of them are gone.
    #[must_use]
    pub fn pseudonym_at(&self, address: &Address, received_at: Timestamp) -> String {
        let month = month_of(received_at);
        if month == self.month {
            return self.pseudonym(address);
        }
        let key = Zeroizing::new(mac(&self.passing, |m| m.update(month.as_bytes())));
        pseudonym_under(&key, address)
    }

    /// These keys, read anew, in place of `earlier` ones of the same run: the pseudonyms of other months stay the same.
    #[must_use]
    pub fn in_the_run_of(mut self, earlier: &Self) -> Self {
        self.passing.clone_from(&earlier.passing);
        self
    }

    /// The digest under this month's key, and under last month's while that is kept.
    #[must_use]
    pub fn digests(&self, envelope: &Envelope, content: &[u8]) -> ([u8; 32], Option<[u8; 32]>) {
        let earlier = self.earlier_digest.as_ref();
        (
            digest_under(&self.digest, envelope, content),
            earlier.map(|(_, key)| digest_under(key, envelope, content)),
        )
    }

    /// The digest under the key for imports, which is not renewed: a second run of `import` must add nothing, whenever.
    #[must_use]
    pub fn import_digest(&self, envelope: &Envelope, content: &[u8]) -> [u8; 32] {
        digest_under(&self.import, envelope, content)
    }

    fn renewed(&self, now: Timestamp) -> Result<Self, KeyFileError> {
        let month = month_of(now);
        if self.month == month {
            // Only the window for repeats is over: drop last month's digest key.
            return Ok(Self {
                month,
                pseudonym: self.pseudonym.clone(),
                digest: self.digest.clone(),
                earlier_digest: None,
                import: self.import.clone(),
                passing: self.passing.clone(),
            });
        }
        let follows = month_of(now.plus_days(-(REPEAT_DAYS + 1))) == self.month;
        Ok(Self {
            month,
            pseudonym: fresh_key()?,
            digest: fresh_key()?,
            earlier_digest: follows.then(|| (self.month.clone(), self.digest.clone())),
            import: self.import.clone(),
            passing: self.passing.clone(),
        })
    }
}

fn pseudonym_under(key: &Key, address: &Address) -> String {
    let lower = Zeroizing::new(address.expose().to_lowercase());
    let full = mac(key, |m| m.update(lower.as_bytes()));
    hex(&full[..8])
}

fn digest_under(key: &Key, envelope: &Envelope, content: &[u8]) -> [u8; 32] {
    // BLAKE3 in its keyed mode: HMAC-SHA-256 took a third of a large message's time where the processor has no instruction for it.
    let mut hasher = blake3::Hasher::new_keyed(key);
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    field(envelope.reverse_path.expose().as_bytes());
    let mut recipients: Vec<_> = envelope
        .recipients
        .iter()
        .map(|r| r.address.expose())
        .collect();
    recipients.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    for recipient in &recipients {
        field(recipient.as_bytes());
    }
    // The policy is part of it: a message that was counted and refused is new when the name is held.
    field(envelope.policy.name().as_bytes());
    field(content);
    let digest = hasher.finalize().into();
    hasher.zeroize();
    digest
}

fn mac(key: &Key, feed: impl FnOnce(&mut Hmac<Sha256>)) -> [u8; 32] {
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(&key[..]) else {
        unreachable!("HMAC takes keys of any length (RFC 2104 2)")
    };
    feed(&mut hmac);
    hmac.finalize().into_bytes().into()
}

fn month_of(now: Timestamp) -> String {
    let date = now.utc();
    format!("{:04}-{:02}", date.year(), u8::from(date.month()))
}

fn fresh_key() -> std::io::Result<Key> {
    let mut key = Zeroizing::new([0u8; 32]);
    getrandom::fill(&mut key[..]).map_err(std::io::Error::other)?;
    Ok(key)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
