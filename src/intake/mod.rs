//! Takes one message in: parse, authenticate, classify, seal, commit.
//!
//! For: the way of a message from the listener (or `import`) to the store. Guarantees: [`Outcome::Kept`] only after the
//! store has committed and synced; content lives in memory until it is sealed, then is wiped; a panic over one message
//! costs that message a 451 and nothing else; the memory of parsing is bounded over all messages together. Refuses: to
//! hold a message for more owners than its size allows. Must not know: sockets, SQL, pages.

mod for_operator;
mod metadata;
pub mod pool;
mod spread;

use crate::authenticate::Authenticator;
use crate::authenticate::Claims;
use crate::authenticate::Sender;
use crate::classify::Classification;
use crate::classify::Classify;
use crate::message::Authentication;
use crate::message::Circumstances;
use crate::message::Content;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::OperatorMailbox;
use crate::message::Parsed;
use crate::message::Policy;
use crate::message::Protocol;
use crate::message::Timestamp;
use crate::message::policy::SEALED_MAX;
use crate::pseudonyms::Keys;
use crate::seal::Sealer;
use crate::smtp::Deliver;
use crate::smtp::Known;
use crate::smtp::Outcome;
use crate::smtp::Tally;
use crate::smtp::budget::Reservation;
use crate::store::Kept;
use crate::store::NewItem;
use crate::store::NewMessage;
use crate::store::SessionCount;
use crate::store::Store;
use crate::store::StoreError;
use pool::Pool;
use pool::Weight;
use spread::Spread;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// What intake needs, as values.
pub struct Parts {
    /// Where messages go.
    pub store: Store,
    /// What decides over them.
    pub classifier: Arc<dyn Classify>,
    /// What checks SPF, DKIM and DMARC; `None`: nothing does.
    pub authenticator: Option<Authenticator>,
    /// What seals them.
    pub sealer: Sealer,
    /// What seals mail to the operator.
    pub operator: Sealer,
    /// What stands in place of addresses.
    pub keys: Arc<Keys>,
    /// Our host name, for the trace headers.
    pub hostname: String,
}

/// The intake. Cheap to share behind an `Arc`.
pub struct Intake {
    store: Store,
    authenticator: Option<Authenticator>,
    shared: Arc<Shared>,
    pool: Pool,
    spread: Spread,
    /// Whether the disk has room for more; see [`Intake::set_room`].
    has_room: AtomicBool,
}

/// What the pool's threads work with.
struct Shared {
    classifier: RwLock<Arc<dyn Classify>>,
    keys: RwLock<Arc<Keys>>,
    sealer: Sealer,
    operator: Sealer,
    hostname: String,
}

/// Why a message could not be prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    TooManyOwners,
    Overloaded,
    Failed,
}

impl Intake {
    /// Starts the threads that parse.
    ///
    /// # Errors
    /// The operating system's, where it has no thread to give.
    pub fn start(parts: Parts) -> std::io::Result<Self> {
        Ok(Self {
            store: parts.store,
            authenticator: parts.authenticator,
            shared: Arc::new(Shared {
                classifier: RwLock::new(parts.classifier),
                keys: RwLock::new(parts.keys),
                sealer: parts.sealer,
                operator: parts.operator,
                hostname: parts.hostname,
            }),
            pool: Pool::start()?,
            spread: Spread::new(),
            has_room: AtomicBool::new(true),
        })
    }

    /// Says whether the disk has room for more mail: where it has not, senders are told before they send it.
    pub fn set_room(&self, has_room: bool) {
        self.has_room.store(has_room, Ordering::Relaxed);
    }

    /// From now on `classifier` decides: the directory has changed.
    pub fn replace_classifier(&self, classifier: Arc<dyn Classify>) {
        *self
            .shared
            .classifier
            .write()
            .unwrap_or_else(PoisonError::into_inner) = classifier;
    }

    /// From now on these keys are used: the month has turned.
    pub fn replace_keys(&self, keys: Arc<Keys>) {
        *self
            .shared
            .keys
            .write()
            .unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The keys in use.
    #[must_use]
    pub fn keys(&self) -> Arc<Keys> {
        self.shared.keys()
    }

    /// Takes one message in. `grow` is asked for the memory that the sealed copies will need.
    ///
    /// Returns the outcome and, where it was committed, whether it was new.
    pub async fn take(
        &self,
        envelope: Envelope,
        content: Content,
        mut grow: impl FnMut(usize) -> bool + Send + 'static,
    ) -> (Outcome, Option<Kept>) {
        let (policy, id, bytes) = (envelope.policy, envelope.id, content.len());
        let weight = Weight::of(bytes, envelope.recipients.len());
        let (authentication, content) = match &self.authenticator {
            Some(authenticator) if envelope.client.protocol != Protocol::Import => {
                // On the heap: without a resolver the way of a message has no room to spare for it.
                Box::pin(self.authenticate(authenticator, &envelope, content, weight)).await
            }
            _ => (Authentication::NOT_CHECKED, Some(content)),
        };
        let circumstances = Circumstances {
            authentication,
            spread: match envelope.client.protocol {
                // What was received long ago, in whatever order.
                Protocol::Import => 0,
                _ => self.spread.note(&envelope),
            },
        };
        let shared = Arc::clone(&self.shared);
        let prepared = match content {
            Some(content) => {
                let work = move || shared.prepare(&envelope, content, &circumstances, &mut grow);
                let prepared = self.pool.run(weight, bytes, work).await;
                prepared.unwrap_or(Err(Refusal::Failed))
            }
            None => Err(Refusal::Failed),
        };
        let message = match prepared {
            Ok(message) => message,
            Err(refusal) => {
                tracing::warn!(%id, bytes, ?refusal, "message not taken");
                return (refusal.into(), None);
            }
        };
        match self.store.keep(message).await {
            Ok(kept) => {
                tracing::debug!(%id, bytes, policy = policy.name(), "message committed");
                let outcome = match policy {
                    Policy::Hold => Outcome::Kept,
                    Policy::Count | Policy::Refuse => Outcome::Counted,
                };
                (outcome, Some(kept))
            }
            Err(error) => {
                tracing::error!(%id, bytes, %error, "message not committed");
                (outcome_of(&error), None)
            }
        }
    }
}

impl Intake {
    /// Checks SPF, DKIM and DMARC, and gives the content back (`None` where a thread was lost with it). Takes no longer than
    /// the checks may; where they cannot be made now, no time at all.
    async fn authenticate(
        &self,
        authenticator: &Authenticator,
        envelope: &Envelope,
        content: Content,
        weight: Weight,
    ) -> (Authentication, Option<Content>) {
        if authenticator.is_silent() {
            return (Authentication::NOT_NOW, Some(content));
        }
        let bytes = content.len();
        let work = move || (Claims::of(content.expose()), content);
        let Some((claims, content)) = self.pool.run(weight, bytes, work).await else {
            return (Authentication::NOT_NOW, None);
        };
        let sender = Sender::of(envelope);
        let found = authenticator.check(&sender, claims.as_ref()).await;
        (found, Some(content))
    }
}

impl Known for Intake {
    fn owned(&self, name: &Domain) -> Option<Domain> {
        self.shared.classifier().owned(name)
    }

    fn hint(&self, typed: &Domain) -> Option<Domain> {
        self.shared.classifier().hint(typed)
    }

    fn can_keep(&self) -> bool {
        self.has_room.load(Ordering::Relaxed)
    }
}

impl Deliver for Intake {
    async fn deliver(
        &self,
        envelope: Envelope,
        content: Content,
        reservation: Reservation,
    ) -> Outcome {
        let reservation = Arc::new(std::sync::Mutex::new(reservation));
        let share = Arc::clone(&reservation);
        let grow = move |bytes: usize| {
            share
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .try_grow(bytes)
        };
        let (outcome, _) = self.take(envelope, content, grow).await;
        // Held to here: the sealed copies count until they are committed.
        drop(reservation);
        outcome
    }

    async fn deliver_to_operator(
        &self,
        mailbox: OperatorMailbox,
        envelope: Envelope,
        content: Content,
        reservation: Reservation,
    ) -> Outcome {
        self.take_for_operator(mailbox, envelope, content, reservation)
            .await
    }

    fn session_ended(&self, tally: Tally) {
        self.store.count_session(SessionCount {
            at: self.store.clock().now(),
            auth_attempts: tally.auth_attempts,
            relay_attempts: tally.relay_attempts,
            refused_recipients: tally.refused_recipients,
            misrouted: tally.misrouted,
            refused: tally.refused_names,
            misrouted_to: tally.misrouted_names,
        });
    }
}

/// What is said where the store could not keep a message.
fn outcome_of(error: &StoreError) -> Outcome {
    if error.is_about_the_disk() {
        Outcome::StorageTrouble
    } else {
        Outcome::Failed
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyOwners => Self::TooManyOwners,
            Refusal::Overloaded => Self::Overloaded,
            Refusal::Failed => Self::Failed,
        }
    }
}

impl Shared {
    fn classifier(&self) -> Arc<dyn Classify> {
        Arc::clone(
            &self
                .classifier
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Parse, classify, seal. When this returns, nothing of the content is left but the sealed items.
    fn prepare(
        &self,
        envelope: &Envelope,
        content: Content,
        circumstances: &Circumstances,
        grow: &mut dyn FnMut(usize) -> bool,
    ) -> Result<NewMessage, Refusal> {
        let parsed = Parsed::from_bytes(content.expose());
        let classification = self.classifier().classify(envelope, &parsed, circumstances);
        if classification.intended.len() != envelope.recipients.len() {
            return Err(Refusal::Failed);
        }
        let (items, item_of) = match envelope.policy {
            Policy::Hold => self.seal(envelope, &content, &classification, grow)?,
            Policy::Count | Policy::Refuse => (Vec::new(), vec![None; envelope.recipients.len()]),
        };
        let keys = self.keys();
        let digest = if envelope.client.protocol == Protocol::Import {
            metadata::import_digest(&keys, envelope, &content)
        } else {
            metadata::digest(&keys, envelope, &content)
        };
        Ok(metadata::describe(
            metadata::Described {
                envelope,
                bytes: content.len(),
                parsed: &parsed,
                circumstances,
                digest,
                keys: &keys,
            },
            classification,
            items,
            &item_of,
        ))
    }

    /// Seals once per owner; gives the items and, for each recipient, the index of its item.
    fn seal(
        &self,
        envelope: &Envelope,
        content: &Content,
        classification: &Classification,
        grow: &mut dyn FnMut(usize) -> bool,
    ) -> Result<(Vec<NewItem>, Vec<Option<usize>>), Refusal> {
        let (owners, item_of) = metadata::group_by_owner(envelope, classification);
        let copies = owners.len().saturating_mul(content.len());
        if owners.len() > 1 && copies > SEALED_MAX {
            return Err(Refusal::TooManyOwners);
        }
        if !grow(copies) {
            return Err(Refusal::Overloaded);
        }
        let mut items = Vec::with_capacity(owners.len());
        for owner in 0..owners.len() {
            let trace = metadata::trace(envelope, &self.hostname, &item_of, owner);
            let sealed = self
                .sealer
                .seal(&trace.to_bytes(), content.expose())
                .map_err(|_| Refusal::Failed)?;
            items.push(NewItem {
                sealed,
                fingerprints: Arc::clone(self.sealer.fingerprints()),
            });
        }
        Ok((items, item_of.into_iter().map(Some).collect()))
    }
}

/// The time of a message, for callers that make envelopes of their own.
#[must_use]
pub fn repeat_window_end(received_at: Timestamp) -> Timestamp {
    received_at.plus_days(crate::pseudonyms::REPEAT_DAYS)
}
