//! Takes new TLS pairs as soon as their files have changed: whoever renews certificates need not remember to say so.

use crate::config::Config;
use crate::serve::web;
use crate::smtp::Tls;
use anyhow::Context;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// What tells one state of a file from another.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(Self {
            inode: found.ino(),
            size: found.size(),
            changed: (found.mtime(), found.mtime_nsec()),
        })
    }
}

/// Calls `reload` each time when one of `files` has changed. A pair that does not fit together, since only one half has been
/// written yet, is refused by `reload` and tried again when the other half comes.
pub(super) async fn follow(
    files: Vec<PathBuf>,
    reload: impl Fn() -> anyhow::Result<()>,
    mut shutdown: watch::Receiver<bool>,
) {
    let look = || -> Vec<_> { files.iter().map(|file| Stamp::of(file)).collect() };
    let mut seen = look();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = shutdown.wait_for(|stop| *stop) => return,
        }
        let now = look();
        if now == seen {
            continue;
        }
        seen = now;
        match reload() {
            Ok(()) => tracing::info!("TLS files have changed and are in use"),
            Err(error) => {
                tracing::warn!(%error, "TLS files have changed and are not usable: those in force stay");
            }
        }
    }
}

/// The files of the TLS pairs.
pub(super) fn files(config: &Config) -> Vec<PathBuf> {
    let mut files = config.tls.paths().to_vec();
    files.extend(
        config
            .web
            .tls
            .iter()
            .flat_map(|(certificate, key)| [certificate.clone(), key.clone()]),
    );
    files
}

/// Reads the pairs of listener and dashboard again, each for itself.
pub(super) fn reload(tls: Arc<Tls>, web: Option<web::Served>) -> impl Fn() -> anyhow::Result<()> {
    move || {
        let listener = tls.reload();
        if let Some(web) = &web {
            web.reload().context("the dashboard")?;
        }
        Ok(listener?)
    }
}
