//! What the tests of the listener share: a `Deliver` in memory, a server on a port of the system's choosing, a peer over
//! TCP, and a glob.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, missing_docs)]

pub mod dialog;
pub mod pure;
pub mod tcp;

use restante::message::Clock;
use restante::message::Content;
use restante::message::Domain;
use restante::message::Envelope;
use restante::message::Policy;
use restante::message::PolicyTable;
use restante::message::ReversePath;
use restante::message::Timestamp;
use restante::message::policy::Subdomains;
use restante::message::policy::Watch;
use restante::smtp::Budget;
use restante::smtp::Deliver;
use restante::smtp::Listener;
use restante::smtp::Options;
use restante::smtp::Outcome;
use restante::smtp::Reservation;
use restante::smtp::Tally;
use restante::smtp::Tls;
use restante::smtp::TlsFiles;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::mpsc;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::sync::watch;

pub const NOW: i64 = 1_689_580_800_000;

type Hook = dyn Fn(&Envelope) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// Keeps messages and tallies where tests can see them.
pub struct Memory {
    pub messages: Mutex<Vec<(Envelope, Vec<u8>)>>,
    tallies: mpsc::Sender<Tally>,
    ended: Mutex<mpsc::Receiver<Tally>>,
    hook: Box<Hook>,
}

impl Memory {
    pub fn new(
        hook: impl Fn(&Envelope) -> Pin<Box<dyn Future<Output = Outcome> + Send>>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        let (tallies, ended) = mpsc::channel();
        Arc::new(Self {
            messages: Mutex::default(),
            tallies,
            ended: Mutex::new(ended),
            hook: Box::new(hook),
        })
    }

    /// Keeps what is held, counts what is counted; `outcome` overrides both.
    pub fn with_outcome(outcome: Option<Outcome>) -> Arc<Self> {
        Self::new(move |envelope| {
            let usual = match envelope.policy {
                Policy::Hold => Outcome::Kept,
                _ => Outcome::Counted,
            };
            Box::pin(std::future::ready(outcome.unwrap_or(usual)))
        })
    }

    /// The tally of the next session to end; fails after ten seconds.
    pub fn tally(&self) -> Tally {
        self.ended
            .lock()
            .unwrap()
            .recv_timeout(std::time::Duration::from_secs(10))
            .expect("no session ended")
    }

    /// The tally of a session that has ended already.
    pub fn another_tally(&self) -> Option<Tally> {
        self.ended.lock().unwrap().try_recv().ok()
    }

    /// What a delivery does, without a runtime.
    pub fn take(&self, envelope: Envelope, content: &Content) -> Outcome {
        let mut future = (self.hook)(&envelope);
        let content = content.expose().to_vec();
        self.messages.lock().unwrap().push((envelope, content));
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(outcome) => outcome,
            std::task::Poll::Pending => panic!("this hook needs a runtime"),
        }
    }
}

impl Deliver for Memory {
    async fn deliver(
        &self,
        envelope: Envelope,
        content: Content,
        reservation: Reservation,
    ) -> Outcome {
        let outcome = (self.hook)(&envelope).await;
        if reservation.bytes() < content.len() {
            return Outcome::Failed;
        }
        let content = content.expose().to_vec();
        self.messages.lock().unwrap().push((envelope, content));
        outcome
    }

    fn session_ended(&self, tally: Tally) {
        let _ = self.tallies.send(tally);
    }
}

/// Zone `ml`; `nic.ml` excluded; `counted.ml` and below counted; `refused.ml` refused; the rest held.
pub fn policies() -> PolicyTable {
    let watch = |name: &str, policy| Watch {
        name: domain(name),
        subdomains: Subdomains::Included,
        policy,
        until: None,
    };
    PolicyTable::new(
        [domain("ml")],
        [domain("nic.ml")],
        [
            watch("counted.ml", Policy::Count),
            watch("refused.ml", Policy::Refuse),
        ],
        Policy::Hold,
        None,
    )
}

pub fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

pub fn options() -> Options {
    Options::new(domain("mx.nic.ml"), vec!["127.0.0.1:0".parse().unwrap()])
}

/// One self-signed pair for all tests of a process.
pub fn tls() -> Arc<Tls> {
    static TLS: OnceLock<(tempfile::TempDir, Arc<Tls>)> = OnceLock::new();
    let (_, tls) = TLS.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let files = TlsFiles::SelfSigned {
            directory: directory.path().to_owned(),
        };
        let tls = Tls::load(files, &domain("mx.nic.ml")).unwrap();
        (directory, tls)
    });
    Arc::clone(tls)
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    })
}

/// A listener that runs until it is told to stop, or dropped.
pub struct Server {
    pub address: SocketAddr,
    pub memory: Arc<Memory>,
    pub budget: Arc<Budget>,
    pub policies: watch::Sender<Arc<PolicyTable>>,
    stop: Option<oneshot::Sender<()>>,
    done: mpsc::Receiver<()>,
}

impl Server {
    pub fn start(options: Options, memory: Arc<Memory>) -> Self {
        Self::start_with(options, memory, tls())
    }

    pub fn start_with(options: Options, memory: Arc<Memory>, tls: Arc<Tls>) -> Self {
        let _inside = runtime().enter();
        let (policies, table) = watch::channel(Arc::new(policies()));
        let budget = Budget::new(options.max_bytes_in_flight);
        let clock = Clock::new(|| Timestamp::from_millis(NOW));
        let listener = Listener::bind(options, clock, table, tls, Arc::clone(&budget)).unwrap();
        let address = listener.local_addrs()[0];
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, done) = mpsc::channel();
        let deliver = Arc::clone(&memory);
        runtime().spawn(async move {
            let order = async move {
                let _ = stopped.await;
            };
            listener.run(deliver, order).await;
            let _ = tell.send(());
        });
        Self {
            address,
            memory,
            budget,
            policies,
            stop: Some(stop),
            done,
        }
    }

    /// Gives the order to stop.
    pub fn stop(&mut self) {
        self.stop.take();
    }

    /// Whether `run` has returned, waiting at most ten seconds.
    pub fn has_drained(&self) -> bool {
        self.done
            .recv_timeout(std::time::Duration::from_secs(10))
            .is_ok()
    }
}

/// An envelope as dialogs write it.
pub fn shown(envelope: &Envelope) -> String {
    let from = match &envelope.reverse_path {
        ReversePath::Null => String::new(),
        ReversePath::Address(address) => address.expose().to_string(),
        ReversePath::Irregular(text) => format!("?{}", text.expose()),
    };
    let to: Vec<_> = envelope
        .recipients
        .iter()
        .map(|recipient| format!("<{}>", recipient.address.expose().as_str()))
        .collect();
    format!(
        "from=<{from}> to={} policy={} with={} helo={} tls={}",
        to.join(","),
        envelope.policy.name(),
        envelope.client.protocol.name(),
        envelope.client.helo.expose(),
        envelope.client.tls.map_or("none", |tls| tls.name()),
    )
}

/// Whether `text` fits `pattern`, in which `*` stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices()
                .map(|(at, _)| at)
                .chain([tail.len()])
                .any(|at| fits(rest, &tail[at..]))
        }),
    }
}
