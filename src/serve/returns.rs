//! The key of the addresses that notices come back to, kept in the data folder.
//!
//! Whoever has it can write to the operator's mailbox as if he had got a notice, and nothing else; with a backup it comes
//! back, so that answers to notices of before are still known.

use crate::message::ReturnKey;
use anyhow::Context;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use zeroize::Zeroizing;

/// Its file in the data folder.
const FILE: &str = "returns.key";

/// The key in `data_dir`; made where there is none.
///
/// # Errors
/// A file that cannot be read or written, or holds no 32 octets; with its name.
pub(super) fn key(data_dir: &Path) -> anyhow::Result<ReturnKey> {
    let path = data_dir.join(FILE);
    let shown = path.display().to_string();
    match std::fs::read(&path).map(Zeroizing::new) {
        Ok(octets) => {
            let octets: [u8; 32] = octets.as_slice().try_into().with_context(|| {
                format!("{shown}: expected 32 octets; without the file a new key is made, and answers to earlier notices are refused")
            })?;
            Ok(ReturnKey::new(Zeroizing::new(octets)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = ReturnKey::fresh().with_context(|| shown.clone())?;
            // Under another name first: a broken-off start leaves no half of a key.
            let fresh = data_dir.join(format!("{FILE}.new"));
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&fresh)
                .with_context(|| shown.clone())?;
            file.write_all(key.expose())
                .and_then(|()| file.sync_all())
                .and_then(|()| std::fs::rename(&fresh, &path))
                .with_context(|| shown)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let first = key(folder.path()).unwrap();
        let again = key(folder.path()).unwrap();
        assert!(again.is_of_ours(&first.local_part("T-1")));
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        let error = key(folder.path()).unwrap_err().to_string();
        assert!(error.contains("returns.key: expected 32 octets"), "{error}");
    }
}
