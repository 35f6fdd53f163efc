//! How SQLite answers the pages: along indexes, whatever they ask.

use crate::classify::Classifier;
use crate::classify::Popular;
use crate::message::Clock;
use crate::message::Domain;
use crate::message::MessageId;
use crate::message::Policy;
use crate::message::PolicyTable;
use crate::message::Timestamp;
use crate::notice::Registry;
use crate::review::Parts;
use crate::review::Review;
use crate::review::cases::CaseChoice;
use crate::review::cases::CaseKind;
use crate::review::cases::CaseOrder;
use crate::review::cases::CasePlace;
use crate::review::messages::Cursor;
use crate::review::messages::MessageChoice;
use crate::review::organisations::OrganisationChange;
use crate::staff::Accounts;
use crate::staff::Attempt;
use crate::staff::Role;
use crate::staff::Session;
use crate::store;
use crate::store::Store;
use crate::store::asked::Asked;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::sync::watch;
use tracing_subscriber::layer::SubscriberExt;
use zeroize::Zeroizing;

/// Tables that mail fills, and what they may be read through from end to end for: nothing. The directory, rules, accounts
/// and notices are people's work, and so few that it does not matter; the operator's items are ten thousand at most.
const LARGE: [&str; 16] = [
    "audit",
    "case_day",
    "case_day_label",
    "case_day_name",
    "case_day_sender",
    "cases",
    "day_key",
    "day_total",
    "item",
    "item_body",
    "message",
    "misrouted_day",
    "operator_body",
    "recipient",
    "refused_day",
    "sensitivity",
];

fn review(store: &Store, clock: &Clock) -> Review {
    let zones = vec![Domain::parse("ml").unwrap()];
    let table = PolicyTable::new(zones.clone(), [], [], Policy::Hold, None);
    let classifier = Classifier::new(&zones, Vec::new(), &Popular::none());
    Review::new(Parts {
        store: store.clone(),
        clock: clock.clone(),
        // Nobody publishes others.
        classifier: watch::channel(Arc::new(classifier)).1,
        policies: watch::channel(Arc::new(table)).1,
        zones,
        registry: Registry {
            from: "Registry <misdirected@nic.ml>".to_owned(),
            name: "Registry".to_owned(),
            verify_at: String::new(),
            hostname: "mx.nic.ml".to_owned(),
        },
    })
}

async fn enter(accounts: &Accounts, role: Role) -> Session {
    let (name, password) = (role.name(), "quatre chevaux verts");
    let added = accounts.add("operator", name, role, password).await;
    added.unwrap();
    let attempt = Attempt {
        name,
        password: Zeroizing::new(password.to_owned()),
        network: Ipv4Addr::LOCALHOST.into(),
        device: None,
    };
    let entered = accounts.login(attempt).await.unwrap();
    let session = accounts.resume(&entered.session_token).await;
    session.unwrap().unwrap()
}

/// Asks for every page, from its beginning and from somewhere in it. What is not there is asked for too.
async fn ask_for_all(review: &Review, approver: &Session, admin: &Session, case: i64) {
    let viewer = approver.viewer();
    let auditor = admin.auditor().unwrap();
    review.overview(&viewer).await.unwrap();
    review.case(&viewer, case).await.unwrap();
    for kind in [CaseKind::Intended, CaseKind::Unassigned] {
        for (order, search) in [
            (CaseOrder::Largest, ""),
            (CaseOrder::Latest, ""),
            (CaseOrder::Largest, "ar"),
        ] {
            for after in [None, Some(CasePlace { key: 7, id: case })] {
                let choice = CaseChoice {
                    kind,
                    order,
                    search: search.to_owned(),
                    after,
                    limit: 50,
                };
                review.cases(&viewer, &choice).await.unwrap();
            }
        }
    }
    let at = Cursor {
        message: MessageId::from_bytes([7; 16]),
        position: 0,
    };
    let _ = review.message(&viewer, None, at).await;
    for case in [None, Some(case)] {
        for verdict in [None, Some("spam".to_owned())] {
            for after in [None, Some(at)] {
                let choice = MessageChoice {
                    case,
                    verdict: verdict.clone(),
                    after,
                    limit: 50,
                };
                review.messages(&viewer, None, &choice).await.unwrap();
            }
        }
    }
    for search in ["", "us"] {
        let found = review.organisations(&viewer, search, None).await.unwrap();
        review.organisation(&viewer, found[0].id).await.unwrap();
        review.misrouted_of(&viewer, found[0].id).await.unwrap();
    }
    for state in [None, Some("drafted")] {
        review.notices(&viewer, state, None).await.unwrap();
        review.notices(&viewer, state, Some(7)).await.unwrap();
    }
    let _ = review.notice(&viewer, 7).await;
    review.rules(&viewer).await.unwrap();
    for after in [None, Some("army.ml")] {
        review.policies(&viewer, after).await.unwrap();
    }
    review.operator_mail(&auditor).await.unwrap();
    let at = MessageId::from_bytes([7; 16]);
    for before in [None, Some(at)] {
        review.operator_files(&auditor, before).await.unwrap();
    }
    let taken = review.take_operator_file(&admin.admin().unwrap(), at).await;
    assert!(taken.is_err());
    review.lookup(&viewer, "army.ml").await.unwrap();
    review.trail(&auditor, None).await.unwrap();
    review.accounts(&auditor).await.unwrap();
}

/// Every statement that the pages put to the store goes along an index of what mail fills: whatever is stored, a page
/// costs what it shows. Caught on its way to SQLite, so that none can be forgotten here.
#[tokio::test]
async fn no_page_reads_a_table_that_mail_fills_from_end_to_end() {
    let asked = Asked::default();
    let subscriber = tracing_subscriber::registry().with(asked.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::new(|| Timestamp::from_millis(1_689_580_800_000));
    let store = Store::create(folder.path(), store::Options::default())
        .await
        .unwrap();
    let accounts = Accounts::new(store.clone(), clock.clone());
    let approver = enter(&accounts, Role::Approver).await;
    let admin = enter(&accounts, Role::Admin).await;
    let watched = store.watched();
    let review = review(&watched, &clock);
    let army = OrganisationChange {
        name: "US Army".to_owned(),
        domains: "army.mil".to_owned(),
        contacts: "desk@army.mil".to_owned(),
        ..OrganisationChange::default()
    };
    let proof = admin.admin().unwrap();
    let made = review.change_organisation(&proof, None, &army).await;
    made.unwrap();
    let case = store.make_case().await;
    ask_for_all(&review, &approver, &admin, case).await;
    let statements = asked.statements();
    assert!(statements.len() > 30, "{statements:#?}");
    let mut wrong = Vec::new();
    for statement in statements
        .iter()
        .filter(|text| text.starts_with("SELECT") || text.starts_with("WITH"))
    {
        // Lists of mail and of cases come in the order in which their index has them.
        let is_list = statement.contains(" < ($") && !statement.contains("organisation_domain d");
        for step in store.plan(statement).await {
            let mut words = step.split(' ');
            let (does, what) = (words.next(), words.next().unwrap_or_default());
            let scans = does == Some("SCAN") && LARGE.contains(&table_of(statement, what));
            if scans || is_list && step.contains("TEMP B-TREE") {
                wrong.push(format!("{step}: {statement}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The table that a plan calls by its name or its alias in the statement.
fn table_of<'t>(statement: &'t str, called: &'t str) -> &'t str {
    let words: Vec<&str> = statement
        .split([' ', '\n', ',', '(', ')'])
        .filter(|word| !word.is_empty())
        .collect();
    let named = words
        .windows(2)
        .find(|pair| pair[1] == called && LARGE.contains(&pair[0]));
    named.map_or(called, |pair| pair[0])
}
