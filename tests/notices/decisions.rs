//! Who may draft, approve, return and withdraw, and when not.

use crate::house::House;
use crate::house::Post;
use crate::house::refusal;
use restante::review::Refusal;
use restante::review::ReviewError;
use restante::store::CaseKind;

#[tokio::test]
async fn one_drafts_and_another_approves() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("bintou", case).await.unwrap();
    assert_eq!(
        refusal(house.approve("bintou", id).await),
        Refusal::OwnDraft
    );
    assert_eq!(house.row(id).await.state, "drafted");
    house.approve("coumba", id).await.unwrap();
    let row = house.row(id).await;
    assert_eq!(row.state, "approved");
    assert_eq!(row.decided, Some(("coumba".to_owned(), house.now())));
    assert_eq!(refusal(house.approve("coumba", id).await), Refusal::Decided);
    let trail = house.trail().await;
    let said: Vec<(&str, &str)> = trail.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(
        said,
        [
            ("bintou", "notice_drafted"),
            ("bintou", "approval_refused"),
            ("coumba", "notice_approved"),
        ]
    );
    assert_eq!(
        house.notices_by_state().await,
        [("approved".to_owned(), 1)].into()
    );
}

#[tokio::test]
async fn who_set_the_contact_does_not_approve_what_goes_there() {
    let (house, case) = House::with_a_case().await;
    house.contact("US Army", "bintou@army.mil", "bintou").await;
    let id = house.draft("awa", case).await.unwrap();
    assert_eq!(
        refusal(house.approve("bintou", id).await),
        Refusal::OwnContact
    );
    assert_eq!(house.trail().await[1].1, "approval_refused");
    house.approve("coumba", id).await.unwrap();
}

#[tokio::test]
async fn the_table_itself_refuses_one_pair_of_eyes() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("bintou", case).await.unwrap();
    let done = sqlx::query(
        "UPDATE notice SET state = 'approved', decided_by = drafted_by, decided_at = 1 WHERE id = $1",
    )
    .bind(id)
    .execute(&mut house.stranger().await)
    .await;
    assert!(done.unwrap_err().to_string().contains("CHECK"));
}

#[tokio::test]
async fn of_two_approvals_at_once_one_counts() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("awa", case).await.unwrap();
    let (one, two) = tokio::join!(house.approve("bintou", id), house.approve("coumba", id));
    let refused = if one.is_ok() { two } else { one };
    assert_eq!(refusal(refused), Refusal::Decided);
    assert_eq!(
        house.notices_by_state().await,
        [("approved".to_owned(), 1)].into()
    );
}

#[tokio::test]
async fn what_has_changed_since_the_draft_is_drafted_anew() {
    for sql in [
        "INSERT INTO contact SELECT id, 'new@army.mil', 'operator', 1 FROM organisation",
        "DELETE FROM contact",
        "UPDATE contact SET set_at = set_at + 1",
        "UPDATE organisation SET shared = 1",
        "UPDATE cases SET organisation_id = NULL",
        // Its mail was found to be another's.
        "UPDATE case_day_name SET recipients = 0",
    ] {
        let (house, case) = House::with_a_case().await;
        let id = house.draft("awa", case).await.unwrap();
        house.behind(sql).await;
        assert_eq!(
            refusal(house.approve("bintou", id).await),
            Refusal::Outdated,
            "{sql}"
        );
        assert_eq!(house.row(id).await.state, "drafted");
    }
}

#[tokio::test]
async fn new_mail_does_not_make_a_draft_out_of_date() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("awa", case).await.unwrap();
    house.keep(&[Post::ARMY; 3]).await;
    house.approve("bintou", id).await.unwrap();
}

#[tokio::test]
async fn a_draft_is_withdrawn_by_its_drafter_and_returned_by_another() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("awa", case).await.unwrap();
    assert_eq!(
        refusal(house.draft("awa", case).await),
        Refusal::AlreadyOpen
    );

    let (awa, bintou) = (house.reviewer("awa").await, house.reviewer("bintou").await);
    let answer = house.review.withdraw_notice(&bintou, id).await;
    assert_eq!(refusal(answer), Refusal::NotYourDraft);
    house.review.withdraw_notice(&awa, id).await.unwrap();
    let answer = house.review.withdraw_notice(&awa, id).await;
    assert_eq!(refusal(answer), Refusal::Decided);

    let id = house.draft("bintou", case).await.unwrap();
    let (bintou, coumba) = (
        house.approver("bintou").await,
        house.approver("coumba").await,
    );
    let answer = house.review.return_notice(&bintou, id).await;
    assert_eq!(refusal(answer), Refusal::OwnDraft);
    house.review.return_notice(&coumba, id).await.unwrap();
    assert_eq!(refusal(house.approve("coumba", id).await), Refusal::Decided);

    let states = [("returned".to_owned(), 1), ("withdrawn".to_owned(), 1)];
    assert_eq!(house.notices_by_state().await, states.into());
    let trail = house.trail().await;
    let said: Vec<&str> = trail.iter().map(|(_, action)| &**action).collect();
    let (drafted, withdrawn) = ("notice_drafted", "notice_withdrawn");
    assert_eq!(said, [drafted, withdrawn, drafted, "notice_returned"]);
}

#[tokio::test]
async fn a_notice_wants_an_owner_an_address_and_an_open_case() {
    let house = House::new().await;
    let unknown = Post {
        intended: None,
        confidence: 0.0,
        typed: "lost.ml",
        ..Post::ARMY
    };
    house.keep(&[Post::ARMY, unknown]).await;
    let unassigned = house.case_of(CaseKind::Unassigned, "lost.ml").await;
    let case = house.case("army.mil").await;
    let expect = async |case, expected| {
        assert_eq!(refusal(house.draft("awa", case).await), expected);
    };
    expect(unassigned, Refusal::Unassigned).await;
    expect(case, Refusal::NoOrganisation).await;
    house.owner("US Army", "army.mil", None).await;
    expect(case, Refusal::NoContact).await;
    house.contact("US Army", "soc@army.ml", "operator").await;
    expect(case, Refusal::ContactInZone).await;
    house.behind("UPDATE contact SET address = 'soc@ml'").await;
    expect(case, Refusal::ContactInZone).await;
    house.behind("UPDATE contact SET address = 'nobody'").await;
    expect(case, Refusal::NotAnAddress).await;
    // Under our zone, but never caught.
    house
        .behind("UPDATE contact SET address = 'soc@army.gouv.ml'")
        .await;
    house.behind("UPDATE cases SET state = 'closed'").await;
    expect(case, Refusal::Closed).await;
    house.behind("UPDATE cases SET state = 'open'").await;
    let id = house.draft("awa", case).await.unwrap();
    house.behind("UPDATE cases SET state = 'closed'").await;
    assert_eq!(refusal(house.approve("bintou", id).await), Refusal::Closed);
    assert!(matches!(
        house.draft("awa", 999).await,
        Err(ReviewError::Missing)
    ));
    assert!(matches!(
        house.approve("bintou", 999).await,
        Err(ReviewError::Missing)
    ));
}

#[tokio::test]
async fn lists_come_by_state_and_from_the_newest_on() {
    let house = House::new().await;
    let mut ids = Vec::new();
    for (name, typed) in [("a.mil", "a.ml"), ("b.mil", "b.ml"), ("c.mil", "c.ml")] {
        let post = Post {
            intended: Some(name),
            typed,
            ..Post::ARMY
        };
        house.keep(&[post]).await;
        house.owner(name, name, None).await;
        house
            .contact(name, "soc@elsewhere.example", "operator")
            .await;
        let case = house.case(name).await;
        ids.push(house.draft("bintou", case).await.unwrap());
    }
    house.approve("coumba", ids[1]).await.unwrap();
    let viewer = house.viewer().await;
    let list = async |state, after| {
        let rows = house.review.notices(&viewer, state, after).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None).await, [ids[2], ids[1], ids[0]]);
    assert_eq!(list(None, Some(ids[1])).await, [ids[0]]);
    assert_eq!(list(Some("drafted"), None).await, [ids[2], ids[0]]);
    assert_eq!(list(Some("approved"), None).await, [ids[1]]);
    assert!(list(Some("no such"), None).await.is_empty());
}
