//! What a notice counts, names and says.

use crate::house::DAY;
use crate::house::House;
use crate::house::Post;
use crate::house::domain;
use crate::house::operator;
use crate::house::refusal;
use restante::classify::Verdict;
use restante::notify::Memory;
use restante::notify::Transport;
use restante::notify::drain_once;
use restante::review::Refusal;
use restante::store::organisation_change::OrganisationChange;

#[tokio::test]
async fn genuine_mail_is_counted_by_name_and_sender_and_nothing_else_is_told() {
    let house = House::new().await;
    let reflection = Post {
        typed: "us.army.ml",
        intended: Some("us.army.mil"),
        verdict: Verdict::Reflection,
        sender: Some("gmail.com"),
        ..Post::ARMY
    };
    let spam = Post {
        verdict: Verdict::Spam,
        sender: Some("spammer.example"),
        typed: "amry.ml",
        ..Post::ARMY
    };
    let clinic = Post {
        sender: Some("clinic.example"),
        ..Post::ARMY
    };
    house
        .keep(&[Post::ARMY, Post::ARMY, Post::ARMY, reflection, spam, clinic])
        .await;
    house.owner("US Army", "army.mil", None).await;
    house.contact("US Army", "soc@army.mil", "operator").await;
    let case = house.case("army.mil").await;
    let id = house.draft("awa", case).await.unwrap();
    let notice = house.notice(id).await;
    assert_eq!(notice.row.counted, 5);
    assert_eq!(notice.row.ticket, "PR-2026-0001");
    assert_eq!(notice.from, "Registry of .ml <misdirected@nic.example>");
    assert_eq!(notice.to[0].address, "soc@army.mil");
    for part in [&notice.text, &notice.html] {
        for word in [
            "PR-2026-0001",
            "army.mil",
            "army.ml",
            "22 November 2026",
            "contractor.example",
            "gmail.com",
            "one other domain, not named",
            "+223 00 00 00 00",
        ] {
            assert!(part.replace('\u{a0}', " ").contains(word), "{word}\n{part}");
        }
        // A single message of the clinic's, spam, labels, addresses.
        for word in ["clinic", "spammer", "amry", "edical", "soc@"] {
            assert!(!part.contains(word), "{word}\n{part}");
        }
    }
    let entries = house.store.audit_after(0, 1000).await.unwrap();
    let drafted = entries
        .iter()
        .position(|entry| entry.action == "notice_drafted");
    let hash: String = entries[drafted.unwrap() - 1]
        .hash
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert!(
        notice.text.contains(&hash),
        "the entry before the draft's own"
    );
}

#[tokio::test]
async fn unsure_mail_is_not_counted() {
    let (house, case) = House::with_a_case().await;
    let unsure = Post {
        typed: "amy.ml",
        confidence: 0.6,
        sender: Some("unsure.example"),
        ..Post::ARMY
    };
    house.keep(&[unsure; 5]).await;
    let id = house.draft("awa", case).await.unwrap();
    let notice = house.notice(id).await;
    assert_eq!(notice.row.counted, 1);
    assert!(!notice.text.contains("amy.ml"));
    assert!(!notice.text.contains("unsure.example"));
}

#[tokio::test]
async fn unsure_mail_alone_is_nothing_to_tell() {
    let house = House::new().await;
    let unsure = Post {
        confidence: 0.6,
        ..Post::ARMY
    };
    house.keep(&[unsure; 5]).await;
    house.owner("US Army", "army.mil", None).await;
    house.contact("US Army", "soc@army.mil", "operator").await;
    let case = house.case("army.mil").await;
    let answer = house.draft("awa", case).await;
    assert_eq!(refusal(answer), Refusal::NothingToTell);
}

#[tokio::test]
async fn an_organisation_with_many_users_gets_counts_alone() {
    let house = House::new().await;
    house.keep(&[Post::GMAIL; 4]).await;
    house.owner("Gmail", "gmail.com", Some("fr")).await;
    house
        .contact("Gmail", "abuse@google.example", "operator")
        .await;
    let case = house.case("gmail.com").await;
    let id = house.draft("awa", case).await.unwrap();
    let notice = house.notice(id).await;
    assert_eq!(notice.language, "fr");
    assert!(notice.text.contains("gmial.ml"));
    assert!(!notice.text.contains("contractor.example"));
    assert!(!notice.html.contains("contractor.example"));
}

#[tokio::test]
async fn the_next_notice_tells_of_new_mail_and_names_the_one_before() {
    let (house, case) = House::with_a_case().await;
    let transport = Transport::Memory(Memory::default());
    let send = async |id| {
        house.approve("coumba", id).await.unwrap();
        let drained = drain_once(&house.store, &transport, &house.clock(), &operator()).await;
        assert_eq!(drained.unwrap().sent, 1);
    };
    let first = house.draft("bintou", case).await.unwrap();
    send(first).await;

    // On the same day, and with nothing new: no second identical one.
    assert_eq!(
        refusal(house.draft("bintou", case).await),
        Refusal::NothingToTell
    );
    house.wait(2 * DAY);
    assert_eq!(
        refusal(house.draft("bintou", case).await),
        Refusal::NothingToTell
    );

    house.keep(&[Post::ARMY]).await;
    let second = house.draft("bintou", case).await.unwrap();
    let notice = house.notice(second).await;
    // The day of the first notice was told whole.
    assert_eq!(notice.row.counted, 1);
    assert_eq!(notice.row.ticket, "PR-2026-0002");
    assert!(notice.text.contains("PR-2026-0001"));
    assert!(one_line(&notice.text).contains("counted is counted again"));
    send(second).await;

    house.wait(3 * DAY);
    house.keep(&[Post::ARMY; 3]).await;
    house.wait(DAY);
    let third = house.draft("bintou", case).await.unwrap();
    send(third).await;
    house.wait(DAY);
    house.keep(&[Post::ARMY; 7]).await;
    let fourth = house.draft("bintou", case).await.unwrap();
    let notice = house.notice(fourth).await;
    assert_eq!(notice.row.counted, 7);
    assert!(
        one_line(&notice.text)
            .contains("Nothing that an earlier notice to you counted is counted again")
    );
}

#[tokio::test]
async fn tickets_begin_anew_each_year_and_are_never_given_twice() {
    let (house, case) = House::with_a_case().await;
    let reviewer = house.reviewer("awa").await;
    let mut tickets = Vec::new();
    for _ in 0..2 {
        let id = house.draft("awa", case).await.unwrap();
        tickets.push(house.row(id).await.ticket);
        house.review.withdraw_notice(&reviewer, id).await.unwrap();
    }
    house.wait(40 * DAY);
    let id = house.draft("awa", case).await.unwrap();
    tickets.push(house.row(id).await.ticket);
    assert_eq!(tickets, ["PR-2026-0001", "PR-2026-0002", "PR-2027-0001"]);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_name_that_resembles_a_providers_is_not_told_after_one_message() {
    let (house, case) = House::with_a_case().await;
    let own = [
        "aim.clinic",
        "charter.school",
        "cox.dental",
        "live.church",
        "shaw.law",
        "mac.gov.ml",
    ];
    // The last is in the directory under a name below it: that organisation does not speak for all of it.
    house.owner("A ward", "ward.clinic.example", None).await;
    for sender in own.into_iter().chain(["clinic.example", "orange.fr"]) {
        let sender = Some(sender);
        house
            .keep(&[Post {
                sender,
                ..Post::ARMY
            }])
            .await;
    }
    let id = house.draft("bintou", case).await.unwrap();
    let text = house.notice(id).await.text;
    assert!(text.contains("orange.fr"), "{text}");
    for sender in own.into_iter().chain(["clinic.example"]) {
        assert!(!text.contains(sender), "{sender}\n{text}");
    }
}

#[tokio::test]
async fn a_mass_providers_owner_gets_counts_alone_whatever_its_box_says() {
    let house = House::new().await;
    house.keep(&[Post::GMAIL; 4]).await;
    // The box is not ticked: the first change sets it for the domain that is new, the second takes it back.
    for (domains, shared) in [(vec![domain("gmail.com")], true), (Vec::new(), false)] {
        let there = house.store.organisations().await.unwrap();
        let change = OrganisationChange {
            of: there.first().map(|o| o.id),
            name: "Gmail".to_owned(),
            country: None,
            language: None,
            shared: false,
            hint: false,
            domains,
            contacts: ["abuse@google.example".to_owned()].into(),
        };
        let entry = house.entry();
        house
            .store
            .change_organisation(change, entry)
            .await
            .unwrap();
        assert_eq!(house.store.organisations().await.unwrap()[0].shared, shared);
    }
    house.sort().await;
    let case = house.case("gmail.com").await;
    let id = house.draft("bintou", case).await.unwrap();
    let text = house.notice(id).await.text;
    assert!(!text.contains("contractor.example"), "{text}");
    let viewer = house.viewer().await;
    let page = house.review.case(&viewer, case).await.unwrap();
    assert!(page.case.shared && page.senders.iter().all(|s| !s.named_in_notices));
    house.approve("coumba", id).await.unwrap();
    let transport = Transport::Memory(Memory::default());
    let sent = drain_once(&house.store, &transport, &house.clock(), &operator()).await;
    assert_eq!(sent.unwrap().sent, 1);
}
