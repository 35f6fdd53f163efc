//! The composition root: the only file that names everything.
//!
//! Start order: database, keys, classifier, intake, listener; nothing is bound before all that a 250 needs is there.
//! Stop order: listener (no new connections, transactions under way are answered), background work, database.

use crate::audit;
use crate::audit::Action;
use crate::audit::SYSTEM;
use crate::classify::Classifier;
use crate::classify::Classify;
use crate::classify::Popular;
use crate::config::Config;
use crate::intake;
use crate::intake::Intake;
use crate::message::Clock;
use crate::message::PolicyTable;
use crate::message::Timestamp;
use crate::pseudonyms::Keys;
use crate::retention;
use crate::seal::Sealer;
use crate::smtp::Budget;
use crate::smtp::Listener;
use crate::smtp::Tls;
use crate::store;
use crate::store::Store;
use anyhow::Context;
use serde_json::json;
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often the directory is looked at: a change by another process is seen within two seconds.
const DIRECTORY_EVERY: Duration = Duration::from_secs(1);

/// How often the keys are looked at: at the turn of the month the old one is gone a minute later.
const KEYS_EVERY: Duration = Duration::from_secs(60);

/// How often what is too old is deleted.
const RETENTION_EVERY: Duration = Duration::from_secs(3600);

/// What a caller may put in the place of the ordinary parts.
pub struct Parts {
    /// Where the time comes from.
    pub clock: Clock,
    /// What decides over messages, in place of the classifier made from the directory.
    pub classifier: Option<Arc<dyn Classify>>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            classifier: None,
        }
    }
}

/// A server that has been started.
pub struct Server {
    addresses: Vec<SocketAddr>,
    policies: watch::Sender<Arc<PolicyTable>>,
    tls: Arc<Tls>,
    shutdown: watch::Sender<bool>,
    listener: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    store: Store,
    clock: Clock,
    /// Held for as long as the server runs.
    _lock: File,
}

/// What the background work needs to know.
#[derive(Clone)]
struct Background {
    store: Store,
    intake: Arc<Intake>,
    clock: Clock,
    shutdown: watch::Receiver<bool>,
}

/// Starts everything; returns when the listener is bound.
///
/// # Errors
/// Whatever keeps it from starting, with the name of the file or address concerned.
pub async fn start(config: Config, parts: Parts) -> anyhow::Result<Server> {
    let clock = parts.clock;
    let options = store::Options {
        clock: clock.clone(),
        ..store::Options::default()
    };
    let store = Store::open(&config.data_dir, options).await?;
    let lock = lock(&config.data_dir)?;
    let version = store.organisations_version().await?;
    let classifier = match &parts.classifier {
        Some(classifier) => Arc::clone(classifier),
        None => {
            classifier(
                &config.zones,
                &store,
                &popular_from(config.popular_file.as_deref())?,
            )
            .await?
        }
    };
    let intake = Arc::new(intake(&config, store.clone(), classifier, clock.now())?);
    let (policies, policies_seen) = watch::channel(Arc::new(config.policies.clone()));
    let (shutdown, shutdown_seen) = watch::channel(false);
    let tls = Tls::load(config.tls.clone(), &config.smtp.hostname)?;
    let budget = Budget::new(config.smtp.max_bytes_in_flight);
    let listener = Listener::bind(
        config.smtp.clone(),
        clock.clone(),
        policies_seen,
        Arc::clone(&tls),
        budget,
    )?;
    let addresses = listener.local_addrs();
    audit::record(
        &store,
        audit::entry(clock.now(), SYSTEM, Action::ServerStarted, "", json!({})),
    )
    .await?;
    tracing::info!(?addresses, zones = ?config.zones, keys = ?config.seal, "listening");

    let work = Background {
        store: store.clone(),
        intake: Arc::clone(&intake),
        clock: clock.clone(),
        shutdown: shutdown_seen.clone(),
    };
    let mut background = vec![
        tokio::spawn(work.clone().renew_keys(config.pseudonym_keys.clone())),
        tokio::spawn(work.clone().delete_what_is_too_old(config.retention)),
    ];
    if parts.classifier.is_none() {
        background.push(tokio::spawn(work.follow_directory(config, version)));
    }
    let mut stop = shutdown_seen;
    let listener = tokio::spawn(async move {
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        listener.run(intake, stopped).await;
    });
    Ok(Server {
        addresses,
        policies,
        tls,
        shutdown,
        listener,
        background,
        store,
        clock,
        _lock: lock,
    })
}

/// Sees to it that one server alone works on a data folder: two would each keep their own count of the day's names, and
/// each delete what is too old. Commands that bring something in may run beside it.
fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join("serve.lock");
    let shown = path.display().to_string();
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

impl Server {
    /// Where the listener listens.
    #[must_use]
    pub fn smtp_addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Comes back when the store can keep nothing more: time to end, and to be started again.
    pub async fn store_ended(&self) {
        self.store.writer_ended().await;
    }

    /// Reads policies and TLS files again; what is wrong is logged, and what was in force stays.
    pub fn reload(&self, file: &Path) {
        match Config::load(file) {
            Ok(config) => {
                self.policies.send_replace(Arc::new(config.policies));
                tracing::info!("policies reloaded; other sections want a restart");
            }
            Err(error) => tracing::error!(%error, "policies not reloaded: those in force stay"),
        }
        match self.tls.reload() {
            Ok(()) => tracing::info!("TLS files reloaded"),
            Err(error) => tracing::error!(%error, "TLS files not reloaded: those in force stay"),
        }
    }

    /// Takes no new connections, answers what is under way, then closes the database.
    ///
    /// # Errors
    /// The database's, where it cannot be closed cleanly; what was acknowledged is safe all the same.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.send_replace(true);
        self.listener.await.context("the listener")?;
        for task in self.background {
            task.await.context("background work")?;
        }
        let entry = audit::entry(
            self.clock.now(),
            SYSTEM,
            Action::ServerStopped,
            "",
            json!({}),
        );
        audit::record(&self.store, entry).await?;
        self.store.close().await?;
        Ok(())
    }
}

impl Background {
    /// Waits; `false` where the server is being stopped.
    async fn goes_on_after(&mut self, pause: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            _ = self.shutdown.wait_for(|stop| *stop) => false,
        }
    }

    async fn follow_directory(mut self, config: Config, mut seen: i64) {
        while self.goes_on_after(DIRECTORY_EVERY).await {
            let version = match self.store.organisations_version().await {
                Ok(version) => version,
                Err(error) => {
                    tracing::warn!(%error, "the directory cannot be looked at; trying again");
                    continue;
                }
            };
            if version == seen {
                continue;
            }
            let made = async {
                classifier(
                    &config.zones,
                    &self.store,
                    &popular_from(config.popular_file.as_deref())?,
                )
                .await
            };
            match made.await {
                Ok(classifier) => {
                    self.intake.replace_classifier(classifier);
                    seen = version;
                    tracing::info!(version, "the directory of organisations has changed");
                }
                Err(error) => {
                    tracing::warn!(error = %format!("{error:#}"), "the directory cannot be read; trying again")
                }
            }
        }
    }

    async fn renew_keys(mut self, file: PathBuf) {
        while self.goes_on_after(KEYS_EVERY).await {
            let now = self.clock.now();
            if self.intake.keys().is_current(now) {
                continue;
            }
            match Keys::load(&file, now) {
                Ok(keys) => {
                    self.intake.replace_keys(Arc::new(keys));
                    tracing::info!("pseudonym keys renewed");
                }
                Err(error) => tracing::error!(%error, "pseudonym keys not renewed; trying again"),
            }
        }
    }

    async fn delete_what_is_too_old(mut self, options: retention::Options) {
        loop {
            match retention::pass(&self.store, self.clock.now(), &options).await {
                Ok(removed) if removed.is_nothing() => {}
                Ok(removed) => tracing::info!(?removed, "what was too old is deleted"),
                Err(error) => {
                    tracing::error!(%error, "what is too old was not deleted; trying again")
                }
            }
            if !self.goes_on_after(RETENTION_EVERY).await {
                return;
            }
        }
    }
}

/// The intake that `config` describes.
///
/// # Errors
/// Keys that cannot be used, or no threads.
pub fn intake(
    config: &Config,
    store: Store,
    classifier: Arc<dyn Classify>,
    now: Timestamp,
) -> anyhow::Result<Intake> {
    let file = &config.pseudonym_keys;
    let keys = Keys::load(file, now).with_context(|| file.display().to_string())?;
    Ok(Intake::start(intake::Parts {
        store,
        classifier,
        sealer: Sealer::new(config.seal.clone())?,
        keys: Arc::new(keys),
        hostname: config.smtp.hostname.to_string(),
    })?)
}

/// The list of popular domains: the one in `file`, or the one that is built in.
///
/// # Errors
/// A file that cannot be read, with its name.
pub fn popular_from(file: Option<&Path>) -> anyhow::Result<Popular> {
    match file {
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
            Ok(Popular::from_text(&text))
        }
        None => Ok(Popular::shipped()),
    }
}

async fn classifier(
    zones: &[crate::message::Domain],
    store: &Store,
    popular: &Popular,
) -> anyhow::Result<Arc<dyn Classify>> {
    let organisations = store.directory().await?;
    Ok(Arc::new(Classifier::new(zones, organisations, popular)))
}
