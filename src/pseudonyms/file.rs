//! The key file: read, and replaced as a whole.

use crate::pseudonyms::Key;
use crate::pseudonyms::KeyFileError;
use crate::pseudonyms::Keys;
use crate::pseudonyms::fresh_key;
use crate::pseudonyms::hex;
use std::fmt::Write as _;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// What is added to the file's name for its lock.
const LOCK: &str = ".lock";

/// What is added to the file's name while it is written.
const FRESH: &str = ".new";

/// Waits for the lock on the file beside the keys, which is made where it is not there.
pub(super) fn lock(path: &Path) -> Result<File, KeyFileError> {
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(beside(path, LOCK))
        .map_err(KeyFileError::Lock)?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)
        .map_err(|error| KeyFileError::Lock(error.into()))?;
    Ok(lock)
}

/// Refuses a key file of another user: a lock, or renewed keys, made by the superuser would lock that user out.
pub(super) fn check_owner(path: &Path) -> Result<(), KeyFileError> {
    let owner = std::fs::metadata(path)?.uid();
    if owner == rustix::process::geteuid().as_raw() {
        Ok(())
    } else {
        Err(KeyFileError::Owner(owner))
    }
}

/// The path with `suffix` after the whole name: an extension that it has may be that of the lock.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl Keys {
    pub(super) fn read(path: &Path) -> Result<Self, KeyFileError> {
        let mode = std::fs::metadata(path)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Permissions);
        }
        let text = Zeroizing::new(std::fs::read_to_string(path)?);
        let (mut pseudonym, mut digests, mut import) = (None, Vec::new(), None);
        for (index, line) in text.lines().enumerate() {
            let malformed = || KeyFileError::Malformed(index + 1);
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["month", month, key] => {
                    pseudonym = Some((month.to_owned(), parse_key(key).ok_or_else(malformed)?));
                }
                ["digest", month, key] => {
                    digests.push((month.to_owned(), parse_key(key).ok_or_else(malformed)?));
                }
                ["import", key] => import = Some(parse_key(key).ok_or_else(malformed)?),
                _ => return Err(malformed()),
            }
        }
        let end = KeyFileError::Malformed(text.lines().count() + 1);
        let (Some((month, pseudonym)), Some(import)) = (pseudonym, import) else {
            return Err(end);
        };
        let Some(at) = digests.iter().position(|(m, _)| *m == month) else {
            return Err(end);
        };
        let (_, digest) = digests.swap_remove(at);
        Ok(Self {
            month,
            pseudonym,
            digest,
            earlier_digest: digests.pop(),
            import,
            passing: fresh_key()?,
        })
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), KeyFileError> {
        let mut text = Zeroizing::new(String::from(
            "# Keys for pseudonyms and for finding repeats. Never copy this file, never back it up.\n",
        ));
        let _ = writeln!(text, "month {} {}", self.month, hex(&*self.pseudonym));
        let _ = writeln!(text, "digest {} {}", self.month, hex(&*self.digest));
        if let Some((month, key)) = &self.earlier_digest {
            let _ = writeln!(text, "digest {month} {}", hex(&**key));
        }
        let _ = writeln!(text, "import {}", hex(&*self.import));
        let fresh = beside(path, FRESH);
        if let Err(error) = write_fresh(&fresh, text.as_bytes()) {
            let _ = std::fs::remove_file(&fresh);
            return Err(error.into());
        }
        // Opened before the rename, overwritten after it: a crash in between leaves a whole file of either age.
        let old = OpenOptions::new().write(true).open(path).ok();
        std::fs::rename(&fresh, path)?;
        if let Some(old) = old {
            overwrite(old)?;
        }
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

fn write_fresh(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// Writes over the file that has been replaced: what can be done on file systems that write in place.
fn overwrite(mut file: File) -> std::io::Result<()> {
    let length = usize::try_from(file.metadata()?.len())
        .unwrap_or(0)
        .min(65_536);
    file.write_all(&vec![b'#'; length])?;
    file.sync_all()
}

fn parse_key(text: &str) -> Option<Key> {
    let mut key = Zeroizing::new([0u8; 32]);
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(key)
}
