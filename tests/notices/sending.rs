//! The queue: once, again, given up, and what a crash leaves.

use crate::house::DAY;
use crate::house::House;
use crate::house::MINUTE;
use crate::house::START;
use crate::house::clock;
use crate::house::operator;
use restante::audit;
use restante::notify::Drained;
use restante::notify::Mail;
use restante::notify::Memory;
use restante::notify::Outcome;
use restante::notify::Transport;
use restante::notify::drain_once;
use restante::store::Options;
use restante::store::Store;
use restante::store::outbox::Attempted;
use std::os::unix::fs::PermissionsExt;

const SENT: Drained = Drained {
    sent: 1,
    delayed: 0,
    failed: 0,
    more: false,
};

const DELAYED: Drained = Drained {
    sent: 0,
    delayed: 1,
    failed: 0,
    more: false,
};

const FAILED: Drained = Drained {
    sent: 0,
    delayed: 0,
    failed: 1,
    more: false,
};

async fn drain(house: &House, transport: &Transport) -> Drained {
    drain_once(&house.store, transport, &house.clock(), &operator())
        .await
        .unwrap()
}

#[tokio::test]
async fn only_an_approved_notice_goes_out_and_only_once() {
    let (house, case) = House::with_a_case().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    let id = house.draft("bintou", case).await.unwrap();
    house.wait(DAY);
    assert_eq!(drain(&house, &transport).await, Drained::default());
    house.approve("coumba", id).await.unwrap();
    assert_eq!(drain(&house, &transport).await, SENT);
    house.wait(DAY);
    assert_eq!(drain(&house, &transport).await, Drained::default());
    assert_eq!(memory.taken().len(), 1);

    let row = house.row(id).await;
    assert_eq!(row.state, "sent");
    assert_eq!(
        (row.attempts, row.next_attempt_at, row.last_error),
        (1, None, None)
    );
    assert!(row.sent_at.is_some());
    assert_eq!(house.case_state(case).await, "notified");
    let stats = house.store.stats().await.unwrap();
    assert_eq!(stats.cases["notified"], 1);
    assert_eq!(stats.cases["open"], 0);
    assert_eq!(
        house.notices_by_state().await,
        [("sent".to_owned(), 1)].into()
    );
    assert_eq!(
        house.trail().await[2],
        ("system".to_owned(), "notice_sent".to_owned())
    );
}

#[tokio::test]
async fn what_was_approved_is_what_goes_out() {
    let (house, case) = House::with_a_case().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    let id = house.draft("bintou", case).await.unwrap();
    let shown = house.notice(id).await;
    house.wait(90 * MINUTE);
    house.approve("coumba", id).await.unwrap();
    drain(&house, &transport).await;
    let mail = memory.taken().remove(0);
    let text = String::from_utf8(mail.octets).unwrap();
    let plain = shown.text.replace('\n', "\r\n");
    assert!(
        text.contains(&plain),
        "the text part stands there as it was shown"
    );
    assert!(text.contains(&format!("Subject: {}", shown.subject)));
    assert!(text.contains("Auto-Submitted: auto-generated\r\n"));
    assert!(
        text.contains("Date: Sun, 22 Nov 2026 13:30:00 +0000\r\n"),
        "of the approval"
    );
    let millis = START + 90 * MINUTE;
    assert!(text.contains(&format!(
        "Message-ID: <pr-2026-0001.{millis}@nic.example>\r\n"
    )));
}

#[tokio::test]
async fn it_is_tried_again_with_growing_pauses() {
    let (house, id) = House::with_an_approved_notice().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    for minutes in [1, 2, 4] {
        memory.expect(Outcome::Later("451 4.3.0 later".to_owned()));
        assert_eq!(drain(&house, &transport).await, DELAYED);
        let row = house.row(id).await;
        assert_eq!(row.state, "approved");
        assert_eq!(row.last_error.as_deref(), Some("451 4.3.0 later"));
        let due = house.now().plus_millis(minutes * MINUTE);
        assert_eq!(row.next_attempt_at, Some(due));
        house.wait(minutes * MINUTE - 1);
        assert_eq!(
            drain(&house, &transport).await,
            Drained::default(),
            "not before its time"
        );
        house.wait(1);
    }
    assert_eq!(drain(&house, &transport).await, SENT);
    let row = house.row(id).await;
    assert_eq!((row.attempts, row.last_error), (4, None));
    assert_eq!(memory.taken().len(), 1);
}

#[tokio::test]
async fn after_a_refusal_it_is_given_up_and_can_be_drafted_anew() {
    let (house, id) = House::with_an_approved_notice().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    memory.expect(Outcome::Never("550 5.7.1 no".to_owned()));
    assert_eq!(drain(&house, &transport).await, FAILED);
    let row = house.row(id).await;
    assert_eq!(row.state, "failed");
    assert_eq!(row.last_error.as_deref(), Some("550 5.7.1 no"));
    assert_eq!(house.case_state(row.case).await, "open");
    house.wait(DAY);
    assert_eq!(drain(&house, &transport).await, Drained::default());
    assert_eq!(house.trail().await[2].1, "notice_failed");
    // Nothing was told, so all of it is told.
    let again = house.draft("bintou", row.case).await.unwrap();
    assert_eq!(house.row(again).await.counted, row.counted);
}

#[tokio::test]
async fn after_five_days_it_is_given_up() {
    let (house, id) = House::with_an_approved_notice().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    let mut tries = 0;
    while tries < 100 {
        memory.expect(Outcome::Unreachable("network error".to_owned()));
        let drained = drain(&house, &transport).await;
        tries += 1;
        if drained == FAILED {
            break;
        }
        assert_eq!(drained, DELAYED);
        let next = house.row(id).await.next_attempt_at.unwrap();
        house.wait(next.millis() - house.now().millis());
    }
    let days = (house.now().millis() - START) as f64 / DAY as f64;
    assert!((5.0..5.2).contains(&days), "{days} days");
    assert!((30..45).contains(&tries), "{tries} tries");
}

#[tokio::test]
async fn a_kill_between_the_250_and_the_commit_sends_the_same_octets_again() {
    let (house, id) = House::with_an_approved_notice().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    // What `drain_once` does, up to the moment at which the relay has said 250.
    let now = house.now();
    let due = house
        .store
        .claim_notice(now, |_| MINUTE)
        .await
        .unwrap()
        .unwrap();
    let outcome = transport
        .send(&Mail::of(&due, &operator()).unwrap(), false)
        .await;
    assert_eq!(outcome, Outcome::Taken { refused: None });
    house.store.close().await.unwrap();

    let options = Options {
        clock: clock(&house.millis),
        ..Options::default()
    };
    let store = Store::open(house.folder.path(), options).await.unwrap();
    let row = store.notice(id).await.unwrap().unwrap().row;
    assert_eq!((row.state.as_str(), row.attempts), ("approved", 1));
    let drained = drain_once(&store, &transport, &house.clock(), &operator())
        .await
        .unwrap();
    assert_eq!(drained, Drained::default(), "it waits its turn");
    house.wait(MINUTE);
    let drained = drain_once(&store, &transport, &house.clock(), &operator())
        .await
        .unwrap();
    assert_eq!(drained, SENT);
    let taken = memory.taken();
    assert_eq!(taken.len(), 2);
    assert!(
        taken[0] == taken[1],
        "a receiving side can tell the second for what it is"
    );
}

#[tokio::test]
async fn a_folder_gets_one_whole_file_that_nobody_else_can_read() {
    let (house, _) = House::with_an_approved_notice().await;
    let outbox = house.folder.path().join("data/outbox");
    let transport = Transport::Directory(outbox.clone());
    // A try that was cut off.
    std::fs::create_dir_all(&outbox).unwrap();
    std::fs::set_permissions(&outbox, std::fs::Permissions::from_mode(0o700)).unwrap();
    let aside = house.folder.path().join("aside");
    std::os::unix::fs::symlink(&aside, outbox.join(".PR-2026-0001.part")).unwrap();
    std::fs::write(outbox.join("PR-2026-0001.eml"), "half").unwrap();
    assert_eq!(drain(&house, &transport).await, SENT);
    let names: Vec<_> = std::fs::read_dir(&outbox)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["PR-2026-0001.eml"]);
    let file = outbox.join("PR-2026-0001.eml");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert!(!aside.exists(), "a link is not written through");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("Date: ") && text.contains("PR-2026-0001"));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_tried_again() {
    let (house, id) = House::with_an_approved_notice().await;
    let in_the_way = house.folder.path().join("outbox");
    std::fs::write(&in_the_way, "a file").unwrap();
    let transport = Transport::Directory(in_the_way.clone());
    assert_eq!(drain(&house, &transport).await, DELAYED);
    let error = house.row(id).await.last_error.unwrap();
    assert!(error.starts_with("the outbox: "), "{error}");
    std::fs::remove_file(&in_the_way).unwrap();
    house.wait(MINUTE);
    assert_eq!(drain(&house, &transport).await, SENT);
    let mode = std::fs::metadata(&in_the_way).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
}

#[tokio::test]
async fn a_case_that_was_closed_while_its_notice_was_being_sent_stays_closed() {
    let (house, id) = House::with_an_approved_notice().await;
    let due = house.store.claim_notice(house.now(), |_| MINUTE).await;
    assert_eq!(due.unwrap().unwrap().id, id);
    house.behind("UPDATE cases SET state = 'closed'").await;
    let entry = audit::entry(
        house.now(),
        audit::SYSTEM,
        audit::Action::NoticeSent,
        "PR-2026-0001",
        serde_json::json!({}),
    );
    let ended = house
        .store
        .end_attempt(id, house.now(), Attempted::Sent(None), entry)
        .await;
    assert!(ended.unwrap());
    let row = house.row(id).await;
    assert_eq!(row.state, "sent");
    assert_eq!(house.case_state(row.case).await, "closed");
}

#[tokio::test]
async fn a_clock_that_jumped_keeps_no_notice_waiting() {
    let (house, id) = House::with_an_approved_notice().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    memory.expect(Outcome::Later("451 4.3.0 later".to_owned()));
    // A year ahead for one try, then right again.
    house.wait(365 * DAY);
    assert_eq!(drain(&house, &transport).await, DELAYED);
    house.wait(-365 * DAY);
    assert_eq!(drain(&house, &transport).await, SENT);
    assert_eq!(house.row(id).await.state, "sent");
}

#[tokio::test]
async fn a_clock_that_jumped_gives_no_notice_up() {
    let (house, _) = House::with_an_approved_notice().await;
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    for _ in 0..10 {
        memory.expect(Outcome::Unreachable("network error".to_owned()));
        assert_eq!(drain(&house, &transport).await, DELAYED);
        house.wait(30 * DAY);
    }
    assert_eq!(drain(&house, &transport).await, SENT);
}
