//! The composition root: the only file that names everything.
//!
//! Start order: database, keys, classifier, intake, listener, dashboard; nothing is bound before all that a 250 needs is
//! there. Stop order: listener (no new connections, transactions under way are answered), dashboard and background work,
//! database.

mod background;
mod certificates;
mod disk;
mod gate;
mod notify;
mod policies;
mod process;
mod returns;
mod web;

use crate::audit;
use crate::audit::Action;
use crate::audit::SYSTEM;
use crate::authenticate::Authenticator;
use crate::classify::Classify;
use crate::classify::Popular;
use crate::config::Config;
use crate::intake;
use crate::intake::Intake;
use crate::message::Clock;
use crate::message::Domain;
use crate::message::OperatorAddresses;
use crate::message::Timestamp;
use crate::notify::Transport;
use crate::pseudonyms::Keys;
use crate::seal::Recipient;
use crate::seal::Sealer;
use crate::smtp;
use crate::smtp::Budget;
use crate::smtp::Listener;
use crate::smtp::Tls;
use crate::store;
use crate::store::Store;
use crate::store::StoreError;
use anyhow::Context;
use background::Background;
use background::Steady;
use disk::Disk;
use policies::Policies;
use serde_json::json;
use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a caller may put in the place of the ordinary parts.
pub struct Parts {
    /// Where the time comes from.
    pub clock: Clock,
    /// What decides over messages, in place of the classifier made from the directory.
    pub classifier: Option<Arc<dyn Classify>>,
    /// Sockets that listen already, from who started us (systemd): they take the place of `smtp.listen`.
    pub sockets: Vec<TcpListener>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            classifier: None,
            sockets: Vec::new(),
        }
    }
}

/// A server that has been started.
pub struct Server {
    addresses: Vec<SocketAddr>,
    web: Option<web::Served>,
    zones: Vec<Domain>,
    policies: Arc<Policies>,
    tls: Arc<Tls>,
    shutdown: watch::Sender<bool>,
    listener: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    store: Store,
    clock: Clock,
    /// Held for as long as the server runs.
    _lock: File,
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
    // Before the database: a newer server must not migrate it under an older one that still runs.
    let lock = process::lock(&config.data_dir)?;
    let store = Store::open(&config.data_dir, options).await?;
    let steady = Steady::new(store.last_activity().await?.unwrap_or_else(|| clock.now()));
    let version = store.organisations_version().await?;
    let popular = popular_from(config.popular_file.as_deref())?;
    let built = Arc::new(background::classifier(&config.zones, &store, &popular).await?);
    // What the listener classifies with now, for the look-up page too.
    let (classifiers, classifiers_seen) = watch::channel(Arc::clone(&built));
    let classifier = parts.classifier.clone().unwrap_or(built);
    let authenticator =
        Authenticator::new(&config.authentication).context("authentication.resolver")?;
    let made = intake(
        &config,
        store.clone(),
        classifier,
        authenticator,
        clock.now(),
    )?;
    let intake = Arc::new(made);
    // Before the decisions themselves: one that comes in between is read again.
    let decided_version = store.policies_version().await?;
    let policies = Arc::new(Policies::new(
        config.policies.clone(),
        store.decided_policies().await?,
    ));
    let operator = Arc::new(OperatorAddresses::new(
        config.smtp.hostname.clone(),
        config.operator.return_domain.clone(),
        Some(returns::key(&config.data_dir)?),
    ));
    let (shutdown, shutdown_seen) = watch::channel(false);
    let tls = Tls::load(config.tls.clone(), &config.smtp.hostname)?;
    process::allow_descriptors(&config);
    let budget = Budget::new(config.smtp.max_bytes_in_flight);
    let smtp = smtp::Options {
        operator: Arc::clone(&operator),
        ..config.smtp.clone()
    };
    let listener = if parts.sockets.is_empty() {
        let table = policies.subscribe();
        Listener::bind(smtp, clock.clone(), table, Arc::clone(&tls), budget)?
    } else {
        let (sockets, table) = (parts.sockets, policies.subscribe());
        Listener::inherit(
            sockets,
            smtp,
            clock.clone(),
            table,
            Arc::clone(&tls),
            budget,
        )?
    };
    let addresses = listener.local_addrs();
    let door = web::bind(&config.web)?;
    let hostname = config.smtp.hostname.as_str();
    let transport = Transport::new(&config.notify.transport, hostname)?;
    let zones = config.zones.clone();
    let started = audit::entry(
        clock.now(),
        SYSTEM,
        Action::ServerStarted,
        "",
        settings(&config),
    );
    // On a full disk the entry waits for room: a server that would rather not start leaves senders a closed port in place of
    // a 452, and comes back only when somebody starts it again.
    let unrecorded = match audit::record(&store, started.clone()).await {
        Ok(_) => None,
        Err(StoreError::Full) => Some(started),
        Err(error) => return Err(error.into()),
    };
    tracing::info!(?addresses, zones = ?config.zones, keys = ?config.seal, "listening");

    let work = Background {
        store: store.clone(),
        intake: Arc::clone(&intake),
        clock: clock.clone(),
        shutdown: shutdown_seen.clone(),
    };
    let mut background = vec![
        tokio::spawn(work.clone().renew_keys(config.pseudonym_keys.clone())),
        tokio::spawn(
            work.clone()
                .delete_what_is_too_old(config.retention, steady),
        ),
    ];
    if let Some(entry) = unrecorded {
        background.push(tokio::spawn(work.clone().record_when_there_is_room(entry)));
    }
    let disk = Disk::new(&config.data_dir, config.min_free_bytes);
    background.push(tokio::spawn(
        disk.follow(Arc::clone(&intake), shutdown_seen.clone()),
    ));
    background.push(tokio::spawn(
        work.clone()
            .follow_policies(Arc::clone(&policies), decided_version),
    ));
    let mut web = None;
    if let Some(door) = door {
        web = Some(door.served()?);
        let pages = web::Behind {
            store: store.clone(),
            clock: clock.clone(),
            classifier: classifiers_seen,
            policies: policies.subscribe(),
        };
        let pages = pages.router(&config);
        background.push(tokio::spawn(door.serve(pages, shutdown_seen.clone())));
    }
    background.push(tokio::spawn(work.clone().apply_to_stored()));
    if parts.classifier.is_none() {
        background.push(tokio::spawn(work.follow_directory(classifiers, version)));
    }
    background.push(tokio::spawn(notify::send_notices(
        store.clone(),
        transport,
        clock.clone(),
        operator,
        shutdown_seen.clone(),
    )));
    background.push(tokio::spawn(certificates::follow(
        certificates::files(&config),
        certificates::reload(Arc::clone(&tls), web.clone()),
        shutdown_seen.clone(),
    )));
    let mut stop = shutdown_seen;
    let listener = tokio::spawn(async move {
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        listener.run(intake, stopped).await;
    });
    Ok(Server {
        addresses,
        web,
        zones,
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

impl Server {
    /// Where the listener listens.
    #[must_use]
    pub fn smtp_addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where the dashboard is, where there is one.
    #[must_use]
    pub fn web_address(&self) -> Option<SocketAddr> {
        self.web.as_ref().map(|web| web.address)
    }

    /// The same as `http://ADDRESS` or `https://ADDRESS`.
    #[must_use]
    pub fn web_origin(&self) -> Option<String> {
        self.web.as_ref().map(web::Served::origin)
    }

    /// Comes back when a part that must not end has ended, and says which: time to end, and to be started again.
    pub async fn part_ended(&mut self) -> &'static str {
        tokio::select! {
            () = self.store.writer_ended() => "the store's writer",
            _ = &mut self.listener => "the listener",
            () = any_ended(&mut self.background) => "background work",
        }
    }

    /// Reads policies and TLS files again; what is wrong is logged, and what was in force stays. The zones are those of the
    /// start: the classifier and the store have grown up with them.
    pub async fn reload(&self, file: &Path) {
        match Config::load(file) {
            Ok(config) if same(&config.zones, &self.zones) => {
                let detail = settings(&config);
                self.policies.set_file(config.policies);
                let entry = audit::entry(
                    self.clock.now(),
                    SYSTEM,
                    Action::SettingsReloaded,
                    "",
                    detail,
                );
                if let Err(error) = audit::record(&self.store, entry).await {
                    tracing::error!(%error, "the reload is not in the audit trail");
                }
                tracing::info!("policies reloaded; other sections want a restart");
            }
            Ok(_) => tracing::error!(
                "policies not reloaded: zone.names has changed, which wants a restart"
            ),
            Err(error) => tracing::error!(%error, "policies not reloaded: those in force stay"),
        }
        match certificates::reload(Arc::clone(&self.tls), self.web.clone())() {
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

/// Comes back when one of the tasks has ended.
async fn any_ended(tasks: &mut [JoinHandle<()>]) {
    std::future::poll_fn(|cx| {
        let ended = tasks
            .iter_mut()
            .any(|task| Pin::new(task).poll(cx).is_ready());
        if ended {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Whether two lists have the same names, in whatever order.
fn same(one: &[Domain], other: &[Domain]) -> bool {
    one.len() == other.len() && one.iter().all(|name| other.contains(name))
}

/// What the audit trail says of the settings in force.
fn settings(config: &Config) -> serde_json::Value {
    let keys: Vec<String> = config.seal.iter().map(Recipient::fingerprint).collect();
    json!({
        "zones": config.zones.iter().map(Domain::as_str).collect::<Vec<_>>(),
        "policies": config.policies.summary(),
        "keys": keys,
        "retention_days": { "sealed": config.retention.sealed, "metadata": config.retention.metadata },
    })
}

/// The intake that `config` describes.
///
/// # Errors
/// Keys that cannot be used, or no threads.
pub fn intake(
    config: &Config,
    store: Store,
    classifier: Arc<dyn Classify>,
    authenticator: Option<Authenticator>,
    now: Timestamp,
) -> anyhow::Result<Intake> {
    let file = &config.pseudonym_keys;
    let keys = Keys::load(file, now).with_context(|| file.display().to_string())?;
    Ok(Intake::start(intake::Parts {
        store,
        classifier,
        authenticator,
        sealer: Sealer::new(config.seal.clone())?,
        operator: Sealer::new(config.operator.recipients.clone())?,
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
