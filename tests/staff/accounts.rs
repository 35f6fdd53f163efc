//! Accounts: what one has to be, what its role gives, and what becomes of it elsewhere.

use crate::house::House;
use crate::house::PASSWORD;
use crate::house::wrong;
use restante::audit;
use restante::staff::AccountError;
use restante::staff::Forbidden;
use restante::staff::Role;

#[tokio::test]
async fn each_role_gives_its_proofs_and_no_others() {
    let house = House::new().await;
    let may = [
        (Role::Reviewer, [true, false, false, false]),
        (Role::Approver, [true, true, false, false]),
        (Role::Auditor, [false, false, true, false]),
        (Role::Admin, [false, false, true, true]),
    ];
    for (role, expected) in may {
        if role != Role::Reviewer {
            let name = role.name();
            let added = house.accounts.add("operator", name, role, PASSWORD);
            added.await.unwrap();
        }
        let name = if role == Role::Reviewer {
            "awa"
        } else {
            role.name()
        };
        let entered = house.login(name, PASSWORD, "::1", None).await.unwrap();
        let session = house.accounts.resume(&entered.session_token).await.unwrap();
        let session = session.unwrap();
        assert_eq!(session.viewer().name(), name);
        let found = [
            session.reviewer().is_ok(),
            session.approver().is_ok(),
            session.auditor().is_ok(),
            session.admin().is_ok(),
        ];
        assert_eq!(found, expected, "{role}");
    }
}

#[tokio::test]
async fn another_process_closes_the_door_at_once() {
    let house = House::new().await;
    let elsewhere = house.elsewhere().await;
    let entered = house.enter().await;
    let other = "sept violons rouges";
    elsewhere
        .set_password("operator", "awa", other)
        .await
        .unwrap();
    assert!(!house.is_in(&entered).await);
    assert!(wrong(house.login("awa", PASSWORD, "::1", None).await));

    let entered = house.login("awa", other, "::1", None).await.unwrap();
    elsewhere
        .set_role("operator", "awa", Role::Auditor)
        .await
        .unwrap();
    let session = house.accounts.resume(&entered.session_token).await.unwrap();
    assert_eq!(session.unwrap().reviewer().unwrap_err(), Forbidden);

    elsewhere.disable("operator", "awa").await.unwrap();
    assert!(!house.is_in(&entered).await);
    assert!(wrong(house.login("awa", other, "::1", None).await));
    let details: Vec<String> = house
        .trail()
        .await
        .into_iter()
        .filter(|entry| entry.actor == "operator")
        .map(|entry| format!("{} {}", entry.action, entry.detail))
        .collect();
    assert_eq!(
        details,
        [
            r#"account_added {"role":"reviewer"}"#,
            r#"account_changed {"changed":"password","sessions_ended":1}"#,
            r#"account_changed {"changed":"role","from":"reviewer","to":"auditor"}"#,
            r#"account_disabled {"sessions_ended":1}"#,
        ]
    );
    audit::verify(&house.store).await.unwrap();
}

#[tokio::test]
async fn what_an_account_has_to_be() {
    let house = House::new().await;
    let add = async |name: &str, password: &str| {
        let added = house.accounts.add("operator", name, Role::Admin, password);
        added.await.unwrap_err()
    };
    assert!(matches!(add("Awa", PASSWORD).await, AccountError::Exists));
    assert!(matches!(
        add("operator", PASSWORD).await,
        AccountError::Name(_)
    ));
    assert!(matches!(add("a b", PASSWORD).await, AccountError::Name(_)));
    assert!(matches!(
        add("binta", "too short").await,
        AccountError::Password(_)
    ));
    let change = house
        .accounts
        .set_password("operator", "awa", "awaawaawaawa");
    assert!(matches!(change.await, Err(AccountError::Password(_))));
    let missing = house.accounts.set_password("operator", "nobody", PASSWORD);
    assert!(matches!(missing.await, Err(AccountError::Missing)));
    let missing = house.accounts.disable("operator", "nobody").await;
    assert!(matches!(missing, Err(AccountError::Missing)));
    house.accounts.disable("operator", "awa").await.unwrap();
    for closed in [
        house.accounts.disable("operator", "awa").await,
        house
            .accounts
            .set_role("operator", "awa", Role::Admin)
            .await,
        house
            .accounts
            .set_password("operator", "awa", PASSWORD)
            .await,
    ] {
        assert!(matches!(closed, Err(AccountError::Closed)));
    }
    // Closed is closed: the name does not come back.
    assert!(matches!(add("awa", PASSWORD).await, AccountError::Exists));
    assert_eq!(
        house.trail().await.len(),
        2,
        "what was refused left nothing"
    );
}

#[tokio::test]
async fn the_disk_has_neither_passwords_nor_tokens() {
    let house = House::new().await;
    let entered = house.enter().await;
    let _ = house
        .login("nobody-at-all", "a mistyped passphrase", "::1", None)
        .await;
    let session = house.accounts.resume(&entered.session_token).await.unwrap();
    let form_token = session.unwrap().form_token().to_owned();
    let disk = house.disk();
    let on_disk = |text: &[u8]| disk.windows(text.len()).any(|window| window == text);
    assert!(on_disk(b"$argon2id$"), "this is where it would be");
    for secret in [
        PASSWORD,
        "a mistyped passphrase",
        "nobody-at-all",
        &entered.session_token,
        &entered.device_token,
        &form_token,
    ] {
        assert!(!on_disk(secret.as_bytes()), "{secret}");
    }
    use base64::Engine;
    let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for token in [&entered.session_token, &entered.device_token] {
        assert!(!on_disk(&raw.decode(token).unwrap()));
    }
}
