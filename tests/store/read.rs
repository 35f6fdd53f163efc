//! Lists and pages.

use crate::support::intended;
use crate::support::message;
use crate::support::recipient;
use crate::support::start;
use crate::support::store;
use restante::message::MessageId;
use restante::store::CaseKind;
use restante::store::messages::Cursor;
use restante::store::messages::MessageRow;
use restante::store::messages::Order;
use restante::store::messages::Page;

#[tokio::test]
async fn pages_go_through_all_rows_once_in_both_directions() {
    let (_dir, store) = store().await;
    for n in 0..10 {
        let mut one = message(n);
        one.received_at = start().plus_millis(i64::try_from(n).unwrap());
        one.id = MessageId::fresh(one.received_at).unwrap();
        one.recipients.push(recipient("navy.ml"));
        one.classification.intended.push(intended(None));
        store.keep(one).await.unwrap();
    }
    let mut found = Vec::new();
    for order in [Order::OldestFirst, Order::NewestFirst] {
        let mut after = None;
        let mut rows: Vec<MessageRow> = Vec::new();
        loop {
            let page = Page {
                order,
                after,
                case: None,
                limit: 3,
            };
            let next = store.messages(page).await.unwrap();
            let Some(last) = next.last() else { break };
            after = last.cursor();
            rows.extend(next);
        }
        assert_eq!(rows.len(), 20);
        let mut cursors: Vec<Cursor> = rows.iter().filter_map(MessageRow::cursor).collect();
        if order == Order::NewestFirst {
            cursors.reverse();
        }
        assert!(cursors.is_sorted());
        found.push(cursors);
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn a_case_has_its_own_rows_and_days() {
    let (_dir, store) = store().await;
    for n in 0..3 {
        let mut one = message(n);
        one.recipients.push(recipient("x.navy.ml"));
        one.classification.intended.push(intended(None));
        store.keep(one).await.unwrap();
    }
    let known = store.cases(CaseKind::Intended, None, 10).await.unwrap();
    let unknown = store.cases(CaseKind::Unassigned, None, 10).await.unwrap();
    assert_eq!((known.len(), known[0].domain.as_str()), (1, "army.mil"));
    assert_eq!((unknown.len(), unknown[0].domain.as_str()), (1, "navy.ml"));
    assert_eq!(known[0].recipients, 3);
    let next = Some((known[0].last_seen, known[0].id));
    assert!(
        store
            .cases(CaseKind::Intended, next, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let page = Page {
        order: Order::NewestFirst,
        after: None,
        case: Some(unknown[0].id),
        limit: 10,
    };
    let rows = store.messages(page).await.unwrap();
    assert_eq!(rows.len(), 3);
    assert!(
        rows.iter()
            .all(|row| row.typed_domain == "x.navy.ml" && row.intended.is_none())
    );
    let days = store.case_days(known[0].id, start().day()).await.unwrap();
    assert_eq!(
        (days.len(), days[0].name.as_str(), days[0].recipients),
        (1, "misdirected", 3)
    );
    let labels = store.case_labels(known[0].id, start().day()).await.unwrap();
    let labels: Vec<_> = labels
        .iter()
        .map(|day| (day.name.as_str(), day.recipients))
        .collect();
    assert_eq!(labels, [("medical", 3), ("travel", 3)]);
    let totals = store
        .day_totals(start().day(), start().day())
        .await
        .unwrap();
    assert_eq!(
        (totals.len(), totals[0].messages, totals[0].recipients),
        (1, 3, 6)
    );
    let keys = store.day_keys(start().day(), None, 1).await.unwrap();
    assert_eq!(keys[0].name, "army.ml");
    let more = store
        .day_keys(start().day(), keys.first(), 10)
        .await
        .unwrap();
    assert_eq!((more.len(), more[0].name.as_str()), (1, "navy.ml"));
}

#[test]
fn a_cursor_reads_back_and_what_is_none_is_refused() {
    let cursor = Cursor {
        message: MessageId::fresh(start()).unwrap(),
        position: 7,
    };
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
    for text in [
        "",
        ".",
        "1.2",
        "x",
        "00000000-0000-7000-8000-000000000000.",
        "00000000-0000-7000-8000-000000000000",
    ] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn stats_have_the_keys_of_the_interface_even_where_nothing_came() {
    let (_dir, store) = store().await;
    let stats = serde_json::to_value(store.stats().await.unwrap()).unwrap();
    assert_eq!(
        stats,
        serde_json::json!({
            "messages": 0, "recipients": 0, "duplicates": 0, "sealed_items": 0, "sealed_bytes": 0,
            "by_verdict": {"misdirected": 0, "reflection": 0, "spam": 0, "bounce": 0, "probe": 0},
            "by_policy": {"hold": 0, "count": 0, "refuse": 0},
            "cases": {"open": 0}, "notices": {},
            "sessions": {"total": 0, "auth_attempts": 0, "relay_attempts": 0, "misrouted": 0, "refused_recipients": 0},
            "operator": {"items": 0, "bytes": 0}
        })
    );
}
