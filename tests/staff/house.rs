//! What these tests share: a store with accounts, and a clock that the test moves.

use restante::message::Clock;
use restante::message::Timestamp;
use restante::staff::Accounts;
use restante::staff::Attempt;
use restante::staff::Entered;
use restante::staff::LoginError;
use restante::staff::Role;
use restante::store::Options;
use restante::store::Store;
use restante::store::chain::EntryRow;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use zeroize::Zeroizing;

pub const PASSWORD: &str = "quatre chevaux verts";
pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// A store with accounts, and the clock that all of it goes by.
pub struct House {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub accounts: Accounts,
    pub clock: Clock,
    pub millis: Arc<AtomicI64>,
}

impl House {
    /// With `awa`, a reviewer.
    pub async fn new() -> Self {
        let millis = Arc::new(AtomicI64::new(1_700_000_000_000));
        let shown = Arc::clone(&millis);
        let clock = Clock::new(move || Timestamp::from_millis(shown.load(Ordering::SeqCst)));
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path(), Options::default())
            .await
            .unwrap();
        let accounts = Accounts::new(store.clone(), clock.clone());
        accounts
            .add("operator", "awa", Role::Reviewer, PASSWORD)
            .await
            .unwrap();
        Self {
            folder,
            store,
            accounts,
            clock,
            millis,
        }
    }

    /// The same store as another process sees it.
    pub async fn elsewhere(&self) -> Accounts {
        let store = Store::open(self.folder.path(), Options::default()).await;
        Accounts::new(store.unwrap(), self.clock.clone())
    }

    pub fn wait(&self, seconds: i64) {
        self.millis.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub async fn login(
        &self,
        name: &str,
        password: &str,
        network: &str,
        device: Option<&str>,
    ) -> Result<Entered, LoginError> {
        let attempt = Attempt {
            name,
            password: Zeroizing::new(password.to_owned()),
            network: network.parse().unwrap(),
            device,
        };
        self.accounts.login(attempt).await
    }

    pub async fn enter(&self) -> Entered {
        self.login("awa", PASSWORD, "192.0.2.1", None)
            .await
            .unwrap()
    }

    pub async fn is_in(&self, entered: &Entered) -> bool {
        let session = self.accounts.resume(&entered.session_token).await.unwrap();
        session.is_some()
    }

    pub async fn trail(&self) -> Vec<EntryRow> {
        self.store.audit_after(0, 1000).await.unwrap()
    }

    pub async fn actions(&self) -> Vec<String> {
        let said = |entry: EntryRow| format!("{} {} {}", entry.actor, entry.action, entry.subject);
        self.trail().await.into_iter().map(said).collect()
    }

    /// Everything that lies on the disk.
    pub fn disk(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            all.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        all
    }
}

pub fn wrong(outcome: Result<Entered, LoginError>) -> bool {
    matches!(outcome, Err(LoginError::Wrong))
}

pub fn throttled(outcome: Result<Entered, LoginError>) -> Option<u64> {
    match outcome {
        Err(LoginError::Throttled { seconds }) => Some(seconds),
        _ => None,
    }
}
