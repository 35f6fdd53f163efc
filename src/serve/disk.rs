//! How much room is left on the disk, and whether that is enough to take more mail.
//!
//! A full disk is survived (451 or 452 and no damage), but everything else on it suffers too, retention needs room to delete,
//! and a sender whose message is refused after the data has sent it for nothing. So mail stops being taken a little before.

use crate::intake::Intake;
use crate::store;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the disk is looked at. At a gigabit a second a tenth of a gigabyte comes in between.
const EVERY: Duration = Duration::from_secs(1);

/// The share of the disk that stays free where the configuration names no number: a twentieth …
const SHARE: u64 = 20;

/// … and this at most, in octets: the write-ahead log (96 MiB), what is in flight (512 MiB), and as much again for others.
const MOST: u64 = 1 << 30;

/// A write-ahead log above this many octets is one that cannot be cut back: it is some 64 MiB otherwise, and a burst leaves 96.
const LARGE_LOG: u64 = 256 << 20;

/// The data folder's disk.
#[derive(Clone)]
pub(super) struct Disk {
    folder: PathBuf,
    /// Octets that stay free.
    least: Option<u64>,
}

impl Disk {
    pub(super) fn new(folder: &Path, least: Option<u64>) -> Self {
        Self {
            folder: folder.to_owned(),
            least,
        }
    }

    /// Whether mail may be taken: yes above the mark, no below it, and between it and a tenth more as it was, so that it
    /// does not change with every message. A disk that cannot be looked at is left to the store.
    fn has_room(&self, before: bool) -> io::Result<bool> {
        let found = rustix::fs::statvfs(&self.folder)?;
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        let whole = found.f_blocks.saturating_mul(found.f_frsize);
        let mark = self.least.unwrap_or((whole / SHARE).min(MOST));
        Ok(free >= mark && (before || free >= mark.saturating_add(mark / 10)))
    }

    /// Whether the write-ahead log is larger than it gets by itself: some other program, such as a backup, holds an old state of
    /// the database. Nothing is lost; it grows until that ends, or the mark above is reached.
    fn log_is_large(&self) -> bool {
        let log = self.folder.join(format!("{}-wal", store::FILE_NAME));
        std::fs::metadata(log).is_ok_and(|found| found.len() > LARGE_LOG)
    }

    /// Keeps `intake` informed until the server stops.
    pub(super) async fn follow(self, intake: Arc<Intake>, mut shutdown: watch::Receiver<bool>) {
        let (mut has_room, mut large) = (true, false);
        loop {
            if self.log_is_large() != large {
                large = !large;
                if large {
                    tracing::warn!(
                        "the write-ahead log is not cut back: another program holds the database open for reading"
                    );
                }
            }
            match self.has_room(has_room) {
                Ok(now) if now != has_room => {
                    has_room = now;
                    intake.set_room(now);
                    if now {
                        tracing::info!("there is room on the disk again: mail is taken");
                    } else {
                        tracing::error!(
                            "too little room on the disk (smtp.min_free_bytes): senders are told to come again"
                        );
                    }
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the disk cannot be looked at"),
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_a_number_or_a_share() {
        let here = std::env::temp_dir();
        let disk = |least| Disk::new(&here, least);
        assert!(disk(Some(0)).has_room(true).unwrap());
        assert!(!disk(Some(u64::MAX)).has_room(true).unwrap());
        // Just enough is enough for who had room before, and not for who had none.
        let free = rustix::fs::statvfs(&here).unwrap();
        let free = free.f_bavail * free.f_frsize;
        let nearly = disk(Some(free - free / 20));
        assert!(nearly.has_room(true).unwrap());
        assert!(!nearly.has_room(false).unwrap());
        assert!(
            Disk::new(Path::new("/nowhere/at/all"), None)
                .has_room(true)
                .is_err()
        );
    }
}
