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
use restante::message::OperatorAddresses;
use restante::message::OperatorMailbox;
use restante::message::Policy;
use restante::message::PolicyTable;
use restante::message::ReturnKey;
use restante::message::ReversePath;
use restante::message::Timestamp;
use restante::message::policy::Subdomains;
use restante::message::policy::Watch;
use restante::smtp::Budget;
use restante::smtp::Deliver;
use restante::smtp::Destination;
use restante::smtp::Known;
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
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::sync::watch;
use zeroize::Zeroizing;

pub const NOW: i64 = 1_689_580_800_000;

type Hook = dyn Fn(&Envelope) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// Keeps messages and tallies where tests can see them.
pub struct Memory {
    pub messages: Mutex<Vec<(Envelope, Vec<u8>)>>,
    /// Which of them went to the operator's mailboxes.
    pub for_operator: Mutex<Vec<(usize, OperatorMailbox)>>,
    /// What the disk says.
    pub has_room: AtomicBool,
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
            for_operator: Mutex::default(),
            has_room: AtomicBool::new(true),
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
    pub fn take(&self, envelope: Envelope, content: &Content, to: Destination) -> Outcome {
        let mut future = (self.hook)(&envelope);
        self.keep(envelope, content, to);
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(outcome) => outcome,
            std::task::Poll::Pending => panic!("this hook needs a runtime"),
        }
    }
}

impl Memory {
    fn keep(&self, envelope: Envelope, content: &Content, to: Destination) {
        let mut messages = self.messages.lock().unwrap();
        if let Destination::Operator(mailbox) = to {
            let mut for_operator = self.for_operator.lock().unwrap();
            for_operator.push((messages.len(), mailbox));
        }
        messages.push((envelope, content.expose().to_vec()));
    }
}

/// `army.mil` is an organisation's; who writes to `hinted.ml` or below may be told of it.
impl Known for Memory {
    fn owned(&self, name: &Domain) -> Option<Domain> {
        let owned = domain("army.mil");
        (*name == owned || name.is_below(&owned)).then_some(owned)
    }

    fn hint(&self, typed: &Domain) -> Option<Domain> {
        (typed.registrable() == domain("hinted.ml") || typed.labels().any(|l| l == "hinted"))
            .then(|| domain("army.mil"))
    }

    fn can_keep(&self) -> bool {
        self.has_room.load(Ordering::Relaxed)
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
        let to = Destination::Caught(envelope.policy);
        self.keep(envelope, &content, to);
        outcome
    }

    async fn deliver_to_operator(
        &self,
        mailbox: OperatorMailbox,
        envelope: Envelope,
        content: Content,
        reservation: Reservation,
    ) -> Outcome {
        let outcome = (self.hook)(&envelope).await;
        if reservation.bytes() < content.len() {
            return Outcome::Failed;
        }
        self.keep(envelope, &content, Destination::Operator(mailbox));
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
            watch("hinted.ml", Policy::Refuse),
        ],
        Policy::Hold,
        None,
    )
}

pub fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

pub fn options() -> Options {
    let mut options = Options::new(domain("mx.nic.ml"), vec!["127.0.0.1:0".parse().unwrap()]);
    options.operator = Arc::new(operator());
    options
}

/// The operator of `mx.nic.ml`, to whom answers to notices come at `notices.nic.ml`.
pub fn operator() -> OperatorAddresses {
    let key = ReturnKey::new(Zeroizing::new([7; 32]));
    OperatorAddresses::new(
        domain("mx.nic.ml"),
        Some(domain("notices.nic.ml")),
        Some(key),
    )
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
