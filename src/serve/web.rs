//! The dashboard's door: the socket, TLS, and how much of one's time a client may take.

use crate::classify::Classifier;
use crate::config::Config;
use crate::message::Clock;
use crate::message::PolicyTable;
use crate::review;
use crate::review::Review;
use crate::serve::gate::Gate;
use crate::staff::Accounts;
use crate::store::Store;
use crate::web;
use crate::web::HealthAnswer;
use crate::web::Web;
use crate::web::tls::TlsError;
use anyhow::Context;
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a client may take to send the head of a request, or say nothing between two.
const HEAD: Duration = Duration::from_secs(20);

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The largest head of a request: cookies and an address of ours are below one kilobyte.
const LARGEST_HEAD: usize = 32 * 1024;

/// How long pages under way are waited for when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// A door that is bound, with nobody behind it yet.
pub(super) struct Door {
    listener: TcpListener,
    tls: Option<Tls>,
    /// Where there is no TLS of our own, from whom a connection may come besides this machine.
    only_from: Option<Vec<IpAddr>>,
    /// Proxies, behind each of which many people are.
    trusted: Vec<IpAddr>,
}

/// TLS, and where the pair is.
#[derive(Clone)]
struct Tls {
    config: RustlsConfig,
    certificate: PathBuf,
    key: PathBuf,
}

/// What can be said of a dashboard that is served.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) address: SocketAddr,
    tls: Option<Tls>,
}

impl Served {
    pub(super) fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Reads the TLS pair again; connections from now on use it.
    pub(super) fn reload(&self) -> Result<(), TlsError> {
        if let Some(tls) = &self.tls {
            let fresh = web::tls::load(&tls.certificate, &tls.key)?;
            tls.config.reload_from_config(fresh);
        }
        Ok(())
    }
}

/// What is behind the door.
pub(super) struct Behind {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) classifier: watch::Receiver<Arc<Classifier>>,
    pub(super) policies: watch::Receiver<Arc<PolicyTable>>,
}

impl Behind {
    /// The pages.
    pub(super) fn router(self, config: &Config) -> Router {
        let Self {
            store,
            clock,
            classifier,
            policies,
        } = self;
        let asked = store.clone();
        let zones: Vec<String> = config.zones.iter().map(|zone| format!(".{zone}")).collect();
        web::router(Arc::new(Web {
            accounts: Accounts::new(store.clone(), clock.clone()),
            health: Box::new(move || healthy(asked.clone())),
            // Nothing else is let in from other machines: see `config`.
            secure: config.web.tls.is_some() || !config.web.trusted_proxies.is_empty(),
            trusted_proxies: config.web.trusted_proxies.clone(),
            zones: zones.join(", ").into(),
            review: Review::new(review::Parts {
                store,
                clock,
                classifier,
                policies,
                zones: config.zones.clone(),
                registry: config.notify.registry(config.smtp.hostname.as_str()),
            }),
        }))
    }
}

/// Whether the database answers. Where another part has ended, so does the process.
fn healthy(store: Store) -> HealthAnswer {
    Box::pin(async move {
        let answer = store.organisations_version().await;
        answer.map(|_| ()).map_err(|error| error.to_string())
    })
}

/// Binds the dashboard. The default address may be taken on a machine that does other things: then the catcher runs without
/// its dashboard and says so. What was asked for must be had.
///
/// # Errors
/// An address that cannot be bound though the file names it; a TLS pair that cannot be used.
pub(super) fn bind(options: &web::Options) -> anyhow::Result<Option<Door>> {
    let tls = match &options.tls {
        Some((certificate, key)) => Some(Tls {
            config: RustlsConfig::from_config(web::tls::load(certificate, key)?),
            certificate: certificate.clone(),
            key: key.clone(),
        }),
        None => None,
    };
    let bound = TcpListener::bind(options.listen);
    let bound = bound.and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    match bound {
        Ok(listener) => Ok(Some(Door {
            listener,
            only_from: tls.is_none().then(|| options.trusted_proxies.clone()),
            trusted: options.trusted_proxies.clone(),
            tls,
        })),
        Err(error) if options.asked_for => {
            Err(error).with_context(|| format!("the dashboard: {}", options.listen))
        }
        Err(error) => {
            tracing::error!(
                %error,
                address = %options.listen,
                "no dashboard: its default address cannot be had; [web] listen names another"
            );
            Ok(None)
        }
    }
}

impl Door {
    /// What can be said of it once it is served.
    ///
    /// # Errors
    /// The socket's.
    pub(super) fn served(&self) -> anyhow::Result<Served> {
        Ok(Served {
            address: self.listener.local_addr()?,
            tls: self.tls.clone(),
        })
    }

    /// Serves until told to stop; then finishes the pages under way.
    pub(super) async fn serve(self, pages: Router, mut stop: watch::Receiver<bool>) {
        let handle = Handle::new();
        let gate = Gate::new(self.trusted.clone(), self.only_from.clone());
        let served = self.run(pages, handle.clone(), gate);
        tokio::pin!(served);
        let told = async {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let early = tokio::select! {
            result = &mut served => Some(result),
            () = told => None,
        };
        let result = match early {
            Some(result) => result,
            None => {
                handle.graceful_shutdown(Some(GRACE));
                served.await
            }
        };
        if let Err(error) = result {
            tracing::error!(%error, "the dashboard has ended");
        }
    }

    async fn run(self, pages: Router, handle: Handle<SocketAddr>, gate: Gate) -> io::Result<()> {
        let pages = pages.into_make_service_with_connect_info::<SocketAddr>();
        let mut server = axum_server::from_tcp(self.listener)?.handle(handle);
        server
            .http_builder()
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(LARGEST_HEAD);
        // HTTP/1 alone, which has the bounds above. Said last: choosing the acceptor forgets it.
        match self.tls {
            Some(tls) => {
                let acceptor = RustlsAcceptor::new(tls.config)
                    .handshake_timeout(HANDSHAKE)
                    .acceptor(gate);
                server.acceptor(acceptor).http1_only().serve(pages).await
            }
            None => server.acceptor(gate).http1_only().serve(pages).await,
        }
    }
}
