//! A store, the functions of staff over it, and people who have logged in.

use crate::support::Hand;
use crate::support::domain;
use crate::support::message;
use crate::support::start;
use restante::classify::Classifier;
use restante::classify::Popular;
use restante::classify::Verdict;
use restante::message::MessageId;
use restante::message::Policy;
use restante::message::PolicyTable;
use restante::message::Timestamp;
use restante::message::policy::Subdomains;
use restante::message::policy::Watch;
use restante::notice::Registry;
use restante::review::Parts;
use restante::review::Review;
use restante::staff::Accounts;
use restante::staff::Attempt;
use restante::staff::Role;
use restante::staff::Session;
use restante::store::NewMessage;
use restante::store::Options;
use restante::store::Store;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::watch;
use zeroize::Zeroizing;

const PASSWORD: &str = "quatre chevaux verts";

pub struct Desk {
    pub store: Store,
    pub review: Review,
    pub classifier: watch::Sender<Arc<Classifier>>,
    accounts: Accounts,
    pub policies: watch::Sender<Arc<PolicyTable>>,
    _folder: TempDir,
}

impl Desk {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Hand::new().clock();
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let store = Store::create(folder.path(), options).await.unwrap();
        let zones = vec![domain("ml")];
        let popular = Popular::default();
        let first = Classifier::new(&zones, Vec::new(), &popular);
        let (classifier, classifies) = watch::channel(Arc::new(first));
        let navy = Watch {
            name: domain("navy.ml"),
            subdomains: Subdomains::Included,
            policy: Policy::Count,
            until: None,
        };
        let table = PolicyTable::new(
            zones.clone(),
            [domain("nic.ml")],
            [navy],
            Policy::Hold,
            None,
        );
        let (policies, decides) = watch::channel(Arc::new(table));
        let review = Review::new(Parts {
            store: store.clone(),
            clock: clock.clone(),
            classifier: classifies,
            policies: decides,
            zones,
            registry: Registry {
                from: "Registry <misdirected@nic.ml>".to_owned(),
                name: "Registry".to_owned(),
                verify_at: String::new(),
                hostname: "mx.nic.ml".to_owned(),
            },
        });
        Self {
            accounts: Accounts::new(store.clone(), clock),
            store,
            review,
            classifier,
            policies,
            _folder: folder,
        }
    }

    /// Adds an account of that role and logs it in; it is called by its role.
    pub async fn enter(&self, role: Role) -> Session {
        let name = role.name();
        self.accounts
            .add("operator", name, role, PASSWORD)
            .await
            .unwrap();
        let attempt = Attempt {
            name,
            password: Zeroizing::new(PASSWORD.to_owned()),
            network: Ipv4Addr::LOCALHOST.into(),
            device: None,
        };
        let entered = self.accounts.login(attempt).await.unwrap();
        let session = self.accounts.resume(&entered.session_token).await;
        session.unwrap().unwrap()
    }

    /// Somebody who may see and decide everything about cases.
    pub async fn approver(&self) -> Session {
        self.enter(Role::Approver).await
    }

    pub async fn keep(&self, message: NewMessage) {
        self.store.keep(message).await.unwrap();
    }
}

/// A message for one recipient, typed so and meant so, that came at `at`.
pub fn mail(number: u64, typed: &str, meant: Option<&str>, at: Timestamp) -> NewMessage {
    let mut made = message(number);
    made.id = MessageId::fresh(at).unwrap();
    made.received_at = at;
    made.recipients[0].typed_domain = domain(typed);
    made.classification.intended = vec![crate::support::intended(meant)];
    made
}

pub fn of_verdict(mut message: NewMessage, verdict: Verdict) -> NewMessage {
    message.classification.verdict = verdict;
    message
}

/// So many milliseconds after the beginning.
pub fn later(millis: u64) -> Timestamp {
    start().plus_millis(i64::try_from(millis).unwrap())
}
