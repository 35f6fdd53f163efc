//! The key file: read, and replaced as a whole.

use crate::pseudonyms::Key;
use crate::pseudonyms::KeyFileError;
use crate::pseudonyms::Keys;
use crate::pseudonyms::hex;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use zeroize::Zeroizing;

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
        let fresh = path.with_extension("new");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // Opened before the rename, overwritten after it: a crash in between leaves a whole file of either age.
        let old = std::fs::OpenOptions::new().write(true).open(path).ok();
        std::fs::rename(&fresh, path)?;
        if let Some(old) = old {
            overwrite(old)?;
        }
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// Writes over the file that has been replaced: what can be done on file systems that write in place.
fn overwrite(mut file: std::fs::File) -> std::io::Result<()> {
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
