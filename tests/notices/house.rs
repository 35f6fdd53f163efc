//! A store with a case that can be told of, people, and a clock that the test moves.

use restante::audit;
use restante::classify::Classification;
use restante::classify::Classifier;
use restante::classify::Intended;
use restante::classify::Popular;
use restante::classify::Verdict;
use restante::message::Authentication;
use restante::message::Clock;
use restante::message::Domain;
use restante::message::MessageId;
use restante::message::OperatorAddresses;
use restante::message::Policy;
use restante::message::PolicyTable;
use restante::message::ReturnKey;
use restante::message::Timestamp;
use restante::notice::Registry;
use restante::review;
use restante::review::Refusal;
use restante::review::Review;
use restante::review::ReviewError;
use restante::staff::Accounts;
use restante::staff::Approver;
use restante::staff::Attempt;
use restante::staff::Reviewer;
use restante::staff::Role;
use restante::staff::Session;
use restante::staff::Viewer;
use restante::store::CaseKind;
use restante::store::Digest;
use restante::store::NewMessage;
use restante::store::NewRecipient;
use restante::store::Options;
use restante::store::Pseudonym;
use restante::store::Store;
use restante::store::chain::Entry;
use restante::store::organisations::NewOrganisation;
use sqlx::ConnectOptions;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteConnectOptions;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The operator of these tests: answers to notices come to `notices.nic.ml`.
pub fn operator() -> OperatorAddresses {
    OperatorAddresses::new(
        Domain::parse("mx.nic.ml").unwrap(),
        Some(Domain::parse("notices.nic.ml").unwrap()),
        Some(ReturnKey::new(Zeroizing::new([7; 32]))),
    )
}

/// 2026-11-22T12:00:00Z.
pub const START: i64 = 1_795_348_800_000;

pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 86_400_000;

const PASSWORD: &str = "quatre chevaux verts";

pub fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

/// Mail to be kept: one recipient at a name below `.ml`.
#[derive(Clone, Copy)]
pub struct Post {
    pub typed: &'static str,
    pub intended: Option<&'static str>,
    pub confidence: f64,
    pub verdict: Verdict,
    pub sender: Option<&'static str>,
}

impl Post {
    /// From one person to another, meant for `army.mil` beyond doubt.
    pub const ARMY: Self = Self {
        typed: "army.ml",
        intended: Some("army.mil"),
        confidence: 0.97,
        verdict: Verdict::Misdirected,
        sender: Some("contractor.example"),
    };

    /// The same for a mass provider.
    pub const GMAIL: Self = Self {
        typed: "gmial.ml",
        intended: Some("gmail.com"),
        ..Self::ARMY
    };
}

/// The parts, for one test.
pub struct House {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub accounts: Accounts,
    pub review: Review,
    pub millis: Arc<AtomicI64>,
    numbers: AtomicU64,
    sessions: Mutex<HashMap<String, Session>>,
}

impl House {
    /// Empty. `awa` is a reviewer, `bintou` and `coumba` are approvers, once they are asked for.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let millis = Arc::new(AtomicI64::new(START));
        let options = Options {
            clock: clock(&millis),
            ..Options::default()
        };
        let store = Store::create(folder.path(), options).await.unwrap();
        let accounts = Accounts::new(store.clone(), clock(&millis));
        Self {
            review: review_over(&store, &millis),
            folder,
            store,
            accounts,
            millis,
            numbers: AtomicU64::new(0),
            sessions: Mutex::default(),
        }
    }

    /// With one message for `army.mil`, whose owner has one contact.
    pub async fn with_a_case() -> (Self, i64) {
        let house = Self::new().await;
        house.keep(&[Post::ARMY]).await;
        house.owner("US Army", "army.mil", None).await;
        house.contact("US Army", "soc@army.mil", "operator").await;
        let case = house.case("army.mil").await;
        (house, case)
    }

    /// With a notice that `bintou` drafted and `coumba` approved; says its number.
    pub async fn with_an_approved_notice() -> (Self, i64) {
        let (house, case) = Self::with_a_case().await;
        let id = house.draft("bintou", case).await.unwrap();
        house.approve("coumba", id).await.unwrap();
        (house, id)
    }

    pub fn clock(&self) -> Clock {
        clock(&self.millis)
    }

    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    pub fn wait(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    /// Keeps mail that comes now.
    pub async fn keep(&self, posts: &[Post]) {
        for post in posts {
            let number = self.numbers.fetch_add(1, Ordering::SeqCst);
            let message = message(post, number, self.now());
            self.store.keep(message).await.unwrap();
        }
    }

    /// Takes an organisation into the directory, and sorts stored mail by that.
    pub async fn owner(&self, name: &str, owned: &str, language: Option<&str>) {
        self.list(name, owned, language).await;
        self.sort().await;
    }

    /// Takes an organisation into the directory; stored mail is not sorted by that yet.
    pub async fn list(&self, name: &str, owned: &str, language: Option<&str>) {
        let row = NewOrganisation {
            domain: domain(owned),
            name: name.to_owned(),
            country: None,
            language: language.map(ToOwned::to_owned),
            contact: None,
            shared: None,
            hint: None,
        };
        let done = self.store.import_organisations(vec![row], self.entry());
        done.await.unwrap();
    }

    /// Gives an organisation an address.
    pub async fn contact(&self, organisation: &str, address: &str, set_by: &str) {
        let done = sqlx::query(
            "INSERT INTO contact (organisation_id, address, set_by, set_at) \
             SELECT id, $2, $3, $4 FROM organisation WHERE name = $1",
        )
        .bind(organisation)
        .bind(address)
        .bind(set_by)
        .bind(self.now().millis())
        .execute(&mut self.stranger().await)
        .await
        .unwrap();
        assert_eq!(done.rows_affected(), 1);
    }

    /// A connection of somebody else's to the same file.
    pub async fn stranger(&self) -> SqliteConnection {
        let file = SqliteConnectOptions::new().filename(self.store.path());
        file.connect().await.unwrap()
    }

    /// Does something to the database behind everybody's back.
    pub async fn behind(&self, sql: &'static str) {
        let done = sqlx::query(sql).execute(&mut self.stranger().await).await;
        assert!(done.unwrap().rows_affected() > 0, "{sql}");
    }

    pub fn entry(&self) -> Entry {
        let action = audit::Action::OrganisationsImported;
        audit::entry(self.now(), "operator", action, "", serde_json::json!({}))
    }

    /// The number of the case of an intended domain.
    pub async fn case(&self, of: &str) -> i64 {
        self.case_of(CaseKind::Intended, of).await
    }

    pub async fn case_of(&self, kind: CaseKind, of: &str) -> i64 {
        let cases = self.store.cases(kind, None, 100).await.unwrap();
        cases.iter().find(|case| case.domain == of).unwrap().id
    }

    pub async fn case_state(&self, case: i64) -> String {
        self.store.case(case).await.unwrap().unwrap().state
    }

    /// Somebody who has logged in. Once for each: hashing a password takes long, as it should.
    pub async fn session(&self, name: &str) -> Session {
        if let Some(session) = self.sessions.lock().unwrap().get(name) {
            return session.clone();
        }
        let role = if name == "awa" {
            Role::Reviewer
        } else {
            Role::Approver
        };
        self.accounts
            .add("operator", name, role, PASSWORD)
            .await
            .unwrap();
        let attempt = Attempt {
            name,
            password: Zeroizing::new(PASSWORD.to_owned()),
            network: IpAddr::from([127, 0, 0, 1]),
            device: None,
        };
        let entered = self.accounts.login(attempt).await.unwrap();
        let session = self.accounts.resume(&entered.session_token).await.unwrap();
        let session = session.unwrap();
        let mut sessions = self.sessions.lock().unwrap();
        sessions.insert(name.to_owned(), session.clone());
        session
    }

    pub async fn viewer(&self) -> Viewer {
        let someone = self.sessions.lock().unwrap().values().next().cloned();
        match someone {
            Some(session) => session.viewer(),
            None => self.session("awa").await.viewer(),
        }
    }

    pub async fn reviewer(&self, name: &str) -> Reviewer {
        self.session(name).await.reviewer().unwrap()
    }

    pub async fn approver(&self, name: &str) -> Approver {
        self.session(name).await.approver().unwrap()
    }

    pub async fn draft(&self, by: &str, case: i64) -> Result<i64, ReviewError> {
        let reviewer = self.reviewer(by).await;
        self.review.draft_notice(&reviewer, case).await
    }

    pub async fn approve(&self, by: &str, id: i64) -> Result<(), ReviewError> {
        let approver = self.approver(by).await;
        self.review.approve_notice(&approver, id).await
    }

    /// A notice, as the page shows it.
    pub async fn notice(&self, id: i64) -> restante::review::notices::NoticeDetail {
        self.review.notice(&self.viewer().await, id).await.unwrap()
    }

    /// What a row of the list says.
    pub async fn row(&self, id: i64) -> restante::store::notices::NoticeRow {
        self.store.notice(id).await.unwrap().unwrap().row
    }

    /// Notices by state, as `stats` has them; none that are zero.
    pub async fn notices_by_state(&self) -> BTreeMap<String, i64> {
        let mut notices = self.store.stats().await.unwrap().notices;
        notices.retain(|_, count| *count != 0);
        notices
    }

    /// What the audit trail has of notices: actor and action, in order. The whole trail has to hold.
    pub async fn trail(&self) -> Vec<(String, String)> {
        audit::verify(&self.store).await.unwrap();
        let entries = self.store.audit_after(0, 1000).await.unwrap();
        entries
            .into_iter()
            .filter(|entry| entry.subject.starts_with("PR-"))
            .map(|entry| (entry.actor, entry.action))
            .collect()
    }
}

/// The refusal that an error is.
pub fn refusal<T>(answer: Result<T, ReviewError>) -> Refusal {
    match answer {
        Err(ReviewError::Refused(refusal)) => refusal,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

pub fn clock(millis: &Arc<AtomicI64>) -> Clock {
    let millis = Arc::clone(millis);
    Clock::new(move || Timestamp::from_millis(millis.load(Ordering::SeqCst)))
}

pub fn review_over(store: &Store, millis: &Arc<AtomicI64>) -> Review {
    let zones = vec![domain("ml")];
    let classifier = Classifier::new(&zones, Vec::new(), &Popular::from_text(""));
    let policies = PolicyTable::new(zones.clone(), [domain("gouv.ml")], [], Policy::Hold, None);
    Review::new(review::Parts {
        store: store.clone(),
        clock: clock(millis),
        classifier: watch::channel(Arc::new(classifier)).1,
        policies: watch::channel(Arc::new(policies)).1,
        zones,
        registry: Registry {
            from: "Registry of .ml <misdirected@nic.example>".to_owned(),
            name: "Registry of .ml".to_owned(),
            verify_at: "+223 00 00 00 00".to_owned(),
            hostname: "mx.nic.ml".to_owned(),
        },
    })
}

fn message(post: &Post, number: u64, at: Timestamp) -> NewMessage {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    NewMessage {
        id: MessageId::fresh(at).unwrap(),
        received_at: at,
        policy: Policy::Count,
        bytes: 10_240,
        examined: 10_240,
        digest: Digest {
            current: digest,
            previous: None,
            expires: Some(at.plus_days(5)),
        },
        sender_domain: post.sender.map(domain),
        sender_pseudonym: None,
        helo_domain: None,
        client_network: None,
        tls: None,
        attachments: Vec::new(),
        authentication: Authentication::NOT_CHECKED,
        classification: Classification {
            verdict: post.verdict,
            verdict_confidence: 0.9,
            verdict_reasons: Vec::new(),
            sensitivity: [restante::classify::Sensitivity::Medical].into(),
            language: Some("en"),
            intended: vec![Intended {
                domain: post.intended.map(domain),
                case_domain: post.intended.map(|name| domain(name).registrable()),
                organisation: None,
                confidence: post.confidence,
                runner_up: None,
                reasons: Vec::new(),
            }],
        },
        recipients: vec![NewRecipient {
            typed_domain: domain(post.typed),
            watch: None,
            pseudonym: Pseudonym("0123456789abcdef".to_owned()),
            item: None,
        }],
        items: Vec::new(),
    }
}
