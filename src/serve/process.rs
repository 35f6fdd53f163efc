//! What one process has to see to before it takes mail: descriptors enough, and a data folder of its own.

use crate::authenticate::SOCKETS_MAX;
use crate::config::Config;
use crate::serve::gate;
use anyhow::Context;
use std::fs::DirBuilder;
use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Raises the bound on open files to what connections and look-ups need, as far as the system lets it, and says where it does
/// not.
pub(super) fn allow_descriptors(config: &Config) {
    use rustix::process::Resource;
    use rustix::process::Rlimit;
    let resolver = config.authentication.resolver.is_some();
    let connections = config.smtp.max_connections
        + gate::MOST_CONNECTIONS
        + if resolver { SOCKETS_MAX } else { 0 };
    // Databases, TLS files, listeners, standard streams: a few dozen beside the connections.
    let wanted = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(100);
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let enough = |bound: Option<u64>| bound.is_none_or(|bound| bound >= wanted);
    if enough(limit.current) {
        return;
    }
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let set = Rlimit {
        current: Some(raised),
        maximum: limit.maximum,
    };
    if rustix::process::setrlimit(Resource::Nofile, set).is_err() || raised < wanted {
        tracing::warn!(
            wanted,
            raised,
            "fewer open files are allowed than smtp.max_connections, the dashboard and look-ups need (LimitNOFILE)"
        );
    }
}

/// Sees to it that one server alone works on a data folder: two would each keep their own count of the day's names, and
/// each delete what is too old. Commands that bring something in may run beside it.
pub(super) fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join("serve.lock");
    let shown = path.display().to_string();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| data_dir.display().to_string())?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| shown.clone())?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => {
            anyhow::bail!("{shown}: another server works on this folder")
        }
        Err(error) => Err(std::io::Error::from(error)).context(shown),
    }
}
