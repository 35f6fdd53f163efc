//! The operator's resolver: the one place that asks it anything.
//!
//! Questions are domain names and nothing else; what has not the form of one is not asked. Each answer is kept for as long as
//! its domain allows, within bounds. A resolver that has fallen silent is found out by a question that no sender has a hand
//! in: while it does not answer that one either, nobody waits for it.

mod question;

pub(super) use question::Answer;
pub(super) use question::Kind;
pub(super) use question::Question;

use crate::authenticate::Options;
use crate::authenticate::Source;
use hickory_resolver::Hosts;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::ConnectionConfig;
use hickory_resolver::config::NameServerConfig;
use hickory_resolver::config::ResolveHosts;
use hickory_resolver::config::ResolverConfig;
use hickory_resolver::config::ResolverOpts;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::DnsError;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::RecordType;
use moka::Expiry;
use moka::sync::Cache;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::Semaphore;

/// Octets of answers kept, about: those of some thousands of domains.
const KEPT_BYTES: u64 = 8 << 20;

/// How long an answer is kept at most, however long its domain would have it.
const KEPT_AT_MOST: Duration = Duration::from_secs(3600);

/// How long it is remembered at most that there is nothing (RFC 2308 5 has hours; senders mend their records sooner).
const NOTHING_KEPT_AT_MOST: Duration = Duration::from_secs(300);

/// So many questions without an answer, one after the other and over all messages, are reason to look whether the resolver lives.
const SILENCES: u32 = 8;

/// Questions under way at once. Others wait, no longer than their message may.
const UNDER_WAY: usize = 256;

/// Sockets that they take at most: each datagram has one of its own (a question's three, to two servers), so that an answer is
/// hard to guess; and two to each server over TCP.
pub const SOCKETS_MAX: usize = UNDER_WAY * 3 * 2 + 8;

/// Octets of one text that are read: RFC 7208 3.4 has SPF records below 450, keys have a thousand.
const TEXT_MAX: usize = 8 << 10;

/// An answer, and for how long it holds.
#[derive(Clone)]
struct Held {
    answer: Answer,
    lasts: Duration,
}

/// Lets each answer go when its time is up.
struct Lasts;

impl Expiry<Question, Held> for Lasts {
    fn expire_after_create(&self, _: &Question, held: &Held, _: Instant) -> Option<Duration> {
        Some(held.lasts)
    }

    fn expire_after_update(
        &self,
        _: &Question,
        held: &Held,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(held.lasts)
    }
}

/// The resolver.
pub(super) struct Resolver {
    inner: TokioResolver,
    kept: Cache<Question, Held>,
    under_way: Semaphore,
    /// How long a question may take.
    time: Duration,
    /// How long between looks at it while it is silent.
    pause: Duration,
    /// Questions without an answer since the last one that had one.
    silences: AtomicU32,
    /// Whether somebody looks whether it lives.
    watched: AtomicBool,
    /// Whether it does not.
    silent: AtomicBool,
}

impl Resolver {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// Of the system's configuration, where that is to be used: `/etc/resolv.conf` cannot be read, or names no resolver.
    pub fn new(source: &Source, options: &Options) -> std::io::Result<Arc<Self>> {
        let servers = match source {
            Source::At(address) => vec![server(*address)],
            Source::System => system()?,
        };
        Ok(Arc::new(Self {
            inner: stub(servers, options.time)?,
            kept: Cache::builder()
                .max_capacity(KEPT_BYTES)
                .weigher(|question: &Question, held: &Held| {
                    let size = question.name().len() + held.answer.size() + 128;
                    u32::try_from(size).unwrap_or(u32::MAX)
                })
                .expire_after(Lasts)
                .build(),
            under_way: Semaphore::new(UNDER_WAY),
            time: options.time,
            pause: options.pause,
            silences: AtomicU32::new(0),
            watched: AtomicBool::new(false),
            silent: AtomicBool::new(false),
        }))
    }

    /// Whether it has fallen silent: no use in asking.
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// The answer, where it is still known.
    pub fn known(&self, question: &Question) -> Option<Answer> {
        self.kept.get(question).map(|held| held.answer)
    }

    /// Asks; waits no longer than until `deadline`.
    pub async fn ask(
        self: &Arc<Self>,
        question: &Question,
        deadline: tokio::time::Instant,
    ) -> Answer {
        let Ok(name) = Name::from_str_relaxed(question.name()) else {
            return Answer::Nothing;
        };
        let kind = match question.kind() {
            Kind::Text => RecordType::TXT,
            Kind::Exchange => RecordType::MX,
            Kind::V4 => RecordType::A,
            Kind::V6 => RecordType::AAAA,
        };
        let asked = tokio::time::timeout_at(deadline, async {
            let _one_of = self.under_way.acquire().await;
            self.inner.lookup(name, kind).await
        });
        let (answer, lasts) = match asked.await {
            Ok(Ok(lookup)) => {
                let lasts = lookup
                    .valid_until()
                    .saturating_duration_since(Instant::now());
                (read(question.kind(), &lookup), lasts.min(KEPT_AT_MOST))
            }
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none))))
                if matches!(
                    none.response_code,
                    ResponseCode::NXDomain | ResponseCode::NoError
                ) =>
            {
                let lasts = Duration::from_secs(none.negative_ttl.unwrap_or(60).into());
                (Answer::Nothing, lasts.min(NOTHING_KEPT_AT_MOST))
            }
            Ok(Err(NetError::Dns(_))) => (Answer::Unknown, Duration::ZERO),
            Ok(Err(_)) | Err(_) => {
                self.heard_nothing();
                return Answer::Unknown;
            }
        };
        self.silences.store(0, Ordering::Relaxed);
        if !lasts.is_zero() {
            let held = Held {
                answer: answer.clone(),
                lasts,
            };
            self.kept.insert(question.clone(), held);
        }
        answer
    }

    fn heard_nothing(self: &Arc<Self>) {
        let silences = self.silences.fetch_add(1, Ordering::Relaxed) + 1;
        if silences >= SILENCES && !self.watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(watch(Arc::downgrade(self)));
        }
    }

    /// Whether it answers the question that any resolver answers out of its memory: who serves the root. Senders choose the
    /// other names, and may choose such as are never answered; with those alone they could have the checks turned off.
    async fn lives(&self) -> bool {
        let asked = self.inner.lookup(Name::root(), RecordType::NS);
        matches!(
            tokio::time::timeout(self.time, asked).await,
            Ok(Ok(_) | Err(NetError::Dns(_)))
        )
    }
}

/// Looks at a resolver until it answers, or is not needed any more.
async fn watch(resolver: Weak<Resolver>) {
    loop {
        let Some(resolver) = resolver.upgrade() else {
            return;
        };
        let lives = resolver.lives().await;
        let was_silent = resolver.silent.swap(!lives, Ordering::Relaxed);
        if lives {
            if was_silent {
                tracing::info!("the resolver answers again: SPF, DKIM and DMARC are checked");
            }
            resolver.silences.store(0, Ordering::Relaxed);
            resolver.watched.store(false, Ordering::Relaxed);
            return;
        }
        if !was_silent {
            tracing::warn!("the resolver does not answer: SPF, DKIM and DMARC are not checked");
        }
        let pause = resolver.pause;
        drop(resolver);
        tokio::time::sleep(pause).await;
    }
}

/// A resolver that has nobody to ask: with it the library that checks can only know what it is told.
pub(super) fn nobody() -> std::io::Result<TokioResolver> {
    stub(Vec::new(), Duration::from_secs(1))
}

/// What the library that checks is told where there is nothing.
pub(super) const NO_SUCH_NAME: ResponseCode = ResponseCode::NXDomain;

fn stub(servers: Vec<NameServerConfig>, time: Duration) -> std::io::Result<TokioResolver> {
    let mut options = ResolverOpts::default();
    options.timeout = time;
    // A question is asked once; while no answer comes, its datagram is sent again, twice at most.
    options.attempts = 0;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    let config = ResolverConfig::from_parts(None, Vec::new(), servers);
    // Never used: nobody is asked over TLS. Without it the system's certificates would be read.
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map_err(std::io::Error::other)?
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    let mut resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .with_options(options)
        .with_tls_config(tls)
        .build()
        .map_err(std::io::Error::other)?;
    resolver.set_hosts(Arc::new(Hosts::default()));
    Ok(resolver)
}

fn server(address: SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    NameServerConfig::new(address.ip(), true, connections)
}

/// The servers of the system, without its search list: names are whole.
fn system() -> std::io::Result<Vec<NameServerConfig>> {
    let (config, _) =
        hickory_resolver::system_conf::read_system_conf().map_err(std::io::Error::other)?;
    let servers = config.name_servers;
    if servers.is_empty() {
        return Err(std::io::Error::other("the system names no resolver"));
    }
    Ok(servers)
}

fn read(kind: Kind, lookup: &Lookup) -> Answer {
    let data = lookup.answers().iter().map(|record| &record.data);
    match kind {
        Kind::Text => Answer::Texts(
            data.filter_map(|data| match data {
                RData::TXT(text) => Some(text.txt_data.concat()).filter(|t| t.len() <= TEXT_MAX),
                _ => None,
            })
            .collect(),
        ),
        Kind::Exchange => Answer::Exchanges(
            data.filter_map(|data| match data {
                RData::MX(mx) => Some((mx.preference, mx.exchange.to_ascii().into())),
                _ => None,
            })
            .collect(),
        ),
        Kind::V4 => Answer::V4(
            data.filter_map(|data| match data {
                RData::A(a) => Some(a.0),
                _ => None,
            })
            .collect(),
        ),
        Kind::V6 => Answer::V6(
            data.filter_map(|data| match data {
                RData::AAAA(aaaa) => Some(aaaa.0),
                _ => None,
            })
            .collect(),
        ),
    }
}
