//! SPF, DKIM and DMARC: whether a message comes from where it says.
//!
//! For: evidence of what kind of mail it is, and what staff are shown of it. Guarantees: one message costs at most
//! [`QUERIES_MAX`] questions and the time of [`Options`]; what is late or past a bound is `temperror`, and nothing here makes
//! a sender wait for another message's checks or be put off; nothing but domain names is asked, and the operator's resolver
//! alone is asked. Refuses: to ask for the sender's local part or the client's address, which SPF macros can want
//! (`records.rs`); to report to anybody. Must not know: what follows from the results, the store.
//!
//! ```text
//! bytes    -> claims    header, hashes of the body       where messages are parsed
//! claims   -> judge     the three checks, in runs        plain computation, by mail-auth
//! a run    -> inquiry   what it lacks, within the bounds
//! question -> dns       memory of answers, the resolver
//! ```
//!
//! The reverse-path's own local part is never handed over: SPF is checked for `postmaster@` its domain. Selectors, the names in
//! records and the HELO name are asked as they were written: they are domain names, which their owner chose.

mod claims;
mod dns;
mod inquiry;
mod judge;
mod records;

pub use claims::Claims;
pub use dns::SOCKETS_MAX;

use crate::message::Authentication;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::ReversePath;
use dns::Resolver;
use inquiry::Inquiry;
use mail_auth::MessageAuthenticator;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Questions for one message at most. RFC 7208 4.6.4 allows SPF alone ten beyond the first: a record that uses them all has no room
/// left beside the other two, and is understood only once some of its answers are known.
pub const QUERIES_MAX: usize = 12;

/// Which resolver is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Those of the system (`/etc/resolv.conf`), two at a time where there are several.
    System,
    /// This one, over UDP, and over TCP what does not fit a datagram.
    At(SocketAddr),
}

/// What the operator has decided.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who is asked; `None`: nobody, and nothing is checked.
    pub resolver: Option<Source>,
    /// How long the checks of one message may take.
    pub time: Duration,
    /// How many messages are checked at once. Those beyond are `temperror` at once: they do not wait.
    pub at_once: usize,
    /// How long between looks at a resolver that has fallen silent.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            resolver: None,
            time: Duration::from_secs(3),
            at_once: 256,
            pause: Duration::from_secs(5),
        }
    }
}

/// From whom a message came, as far as SPF asks.
pub struct Sender {
    client: IpAddr,
    helo: Option<Domain>,
    /// The domain that SPF is checked for.
    domain: Option<Domain>,
}

impl Sender {
    /// Out of an envelope. The null reverse-path stands for the HELO name (RFC 7208 2.4).
    #[must_use]
    pub fn of(envelope: &Envelope) -> Self {
        let helo = envelope.client.helo.domain();
        let domain = match &envelope.reverse_path {
            ReversePath::Null => helo.clone(),
            path => path.address().map(|address| address.domain().clone()),
        };
        Self {
            client: envelope.client.address.to_canonical(),
            helo,
            domain,
        }
    }
}

/// What checks messages.
pub struct Authenticator {
    resolver: Arc<Resolver>,
    library: MessageAuthenticator,
    places: Semaphore,
    time: Duration,
}

impl Authenticator {
    /// `None` where nobody is to be asked.
    ///
    /// # Errors
    /// The system's, where its resolvers are to be asked and it names none.
    pub fn new(options: &Options) -> std::io::Result<Option<Self>> {
        let Some(source) = &options.resolver else {
            return Ok(None);
        };
        Ok(Some(Self {
            resolver: Resolver::new(source, options)?,
            library: MessageAuthenticator(dns::nobody()?),
            places: Semaphore::new(options.at_once),
            time: options.time,
        }))
    }

    /// Whether the resolver has fallen silent: then there is no use in reading the claims of a message.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.resolver.is_silent()
    }

    /// Checks one message; `claims` is `None` where [`Claims::of`] is. Never fails, and never takes longer than it may; where the
    /// resolver is silent or as many messages as may be are being checked it is [`Authentication::NOT_NOW`], at once.
    pub async fn check(&self, sender: &Sender, claims: Option<&Claims>) -> Authentication {
        if self.is_silent() {
            return Authentication::NOT_NOW;
        }
        let Ok(_place) = self.places.try_acquire() else {
            return Authentication::NOT_NOW;
        };
        let deadline = tokio::time::Instant::now() + self.time;
        let inquiry = Inquiry::new(Arc::clone(&self.resolver), deadline);
        judge::check(inquiry, &self.library, sender, claims).await
    }
}
