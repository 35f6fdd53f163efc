//! Made-up messages and stores in folders that vanish.

use restante::classify::Classification;
use restante::classify::Intended;
use restante::classify::Reason;
use restante::classify::ReasonCode;
use restante::classify::Sensitivity;
use restante::classify::Verdict;
use restante::message::Authentication;
use restante::message::Clock;
use restante::message::Domain;
use restante::message::MessageId;
use restante::message::Policy;
use restante::message::Timestamp;
use restante::message::TlsVersion;
use restante::message::parse::Attachment;
use restante::store::Digest;
use restante::store::Kept;
use restante::store::NewItem;
use restante::store::NewMessage;
use restante::store::NewRecipient;
use restante::store::Options;
use restante::store::Pseudonym;
use restante::store::Store;
use restante::store::StoreError;
use sqlx::ConnectOptions;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteConnectOptions;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use tempfile::TempDir;

/// 2023-07-17T08:00:00Z.
pub fn start() -> Timestamp {
    Timestamp::from_millis(1_689_580_800_000)
}

/// A clock that a test moves.
#[derive(Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(start().millis())))
    }

    pub fn clock(&self) -> Clock {
        let hand = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_millis(hand.load(Ordering::SeqCst)))
    }

    pub fn set(&self, at: Timestamp) {
        self.0.store(at.millis(), Ordering::SeqCst);
    }
}

pub fn options() -> Options {
    Options {
        clock: Hand::new().clock(),
        ..Options::default()
    }
}

pub async fn store() -> (TempDir, Store) {
    store_with(options()).await
}

pub async fn store_with(options: Options) -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), options).await.unwrap();
    (dir, store)
}

pub fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

pub fn digest(number: u64) -> [u8; 32] {
    let mut digest = [0; 32];
    // Spread like a real digest, so that the index is filled the way it will be.
    for (i, chunk) in digest.chunks_mut(8).enumerate() {
        let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ (i as u64) << 7);
        chunk.copy_from_slice(&mixed.to_be_bytes());
    }
    digest
}

pub fn intended(name: Option<&str>) -> Intended {
    Intended {
        domain: name.map(domain),
        case_domain: name.map(|name| domain(name).registrable()),
        organisation: None,
        confidence: if name.is_some() { 0.97 } else { 0.0 },
        runner_up: Some((domain("army.mil.example"), 0.01)),
        reasons: vec![Reason {
            code: ReasonCode::TopLevelSlip,
            weight: 1.5,
        }],
    }
}

pub fn recipient(typed: &str) -> NewRecipient {
    NewRecipient {
        typed_domain: domain(typed),
        watch: None,
        pseudonym: Pseudonym("0123456789abcdef".to_owned()),
        item: Some(0),
    }
}

/// A held message for one recipient at `us.army.ml`, meant for `us.army.mil`, with a small sealed item.
pub fn message(number: u64) -> NewMessage {
    NewMessage {
        id: MessageId::fresh(start()).unwrap(),
        received_at: start(),
        policy: Policy::Hold,
        bytes: 10_240,
        examined: 10_240,
        digest: Digest {
            current: digest(number),
            previous: None,
            expires: Some(start().plus_days(5)),
        },
        sender_domain: Some(domain("example.com")),
        sender_pseudonym: Some(Pseudonym("fedcba9876543210".to_owned())),
        helo_domain: Some(domain("mail.example.com")),
        client_network: Some("192.0.2.0/24".to_owned()),
        tls: Some(TlsVersion::Tls13),
        attachments: vec![Attachment {
            media_type: "application/pdf",
            bytes: 4_096,
        }],
        authentication: Authentication::NOT_CHECKED,
        classification: Classification {
            verdict: Verdict::Misdirected,
            verdict_confidence: 0.9,
            verdict_reasons: Vec::new(),
            sensitivity: [Sensitivity::Medical, Sensitivity::Travel].into(),
            language: Some("en"),
            intended: vec![intended(Some("us.army.mil"))],
        },
        recipients: vec![recipient("us.army.ml")],
        items: vec![item(b"age-encryption.org/v1 sealed".to_vec())],
    }
}

pub fn item(sealed: Vec<u8>) -> NewItem {
    NewItem {
        sealed,
        fingerprints: Arc::from(["SHA256:abc".to_owned()]),
    }
}

/// The same under policy `count`: nothing sealed.
pub fn counted(number: u64) -> NewMessage {
    let mut message = message(number);
    message.policy = Policy::Count;
    message.items.clear();
    message.recipients[0].item = None;
    message
}

/// Hands all messages over at once, so that they wait together: on a runtime of one thread the writer's turn comes
/// after theirs. Answers in the same order.
pub async fn together(store: &Store, messages: Vec<NewMessage>) -> Vec<Result<Kept, StoreError>> {
    let tasks: Vec<_> = messages
        .into_iter()
        .map(|message| {
            let store = store.clone();
            tokio::spawn(async move { store.keep(message).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// A connection of somebody else's to the same file.
pub async fn stranger(store: &Store) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(store.path())
        .connect()
        .await
        .unwrap()
}

/// One number out of the database, asked for by somebody else.
pub async fn number(connection: &mut SqliteConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

/// What `PRAGMA integrity_check` and `foreign_key_check` say, which is nothing.
pub async fn is_sound(connection: &mut SqliteConnection) {
    let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    assert_eq!(said, ["ok"]);
    let broken = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(connection)
        .await
        .unwrap();
    assert!(broken.is_empty());
}
