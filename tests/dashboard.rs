//! The dashboard's door, through the running binary: who gets in, what every answer carries, what is refused.
//!
//! The browser is our own, forty lines over a socket (`common/http.rs`): what it sends is exactly what a test says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Browser;
use common::Running;
use common::Trial;
use common::contains;
use common::http::Answer;
use restante::staff::Role;
use restante::web::routes::Least;
use restante::web::routes::ROUTES;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

const PASSWORD: &str = "quatre chevaux verts";

/// Every route: an address of it, and the least role. A route that is not here fails the first test below.
const ROWS: &[(&str, &str, &str, Least)] = &[
    ("get", "/login", "/login", Least::Nothing),
    ("post", "/login", "/login", Least::Nothing),
    ("post", "/logout", "/logout", Least::Viewer),
    ("post", "/language", "/language", Least::Nothing),
    ("get", "/healthz", "/healthz", Least::Nothing),
    ("get", "/assets/{file}", "/assets/none.css", Least::Nothing),
    ("get", "/", "/", Least::Viewer),
    ("get", "/cases", "/cases", Least::Viewer),
    (
        "get",
        "/cases/unassigned",
        "/cases/unassigned",
        Least::Viewer,
    ),
    ("get", "/cases/{id}", "/cases/1", Least::Viewer),
    (
        "post",
        "/cases/{id}/draft",
        "/cases/1/draft",
        Least::Reviewer,
    ),
    (
        "post",
        "/cases/{id}/correct",
        "/cases/1/correct",
        Least::Reviewer,
    ),
    (
        "post",
        "/cases/{id}/close",
        "/cases/1/close",
        Least::Reviewer,
    ),
    (
        "post",
        "/cases/{id}/reopen",
        "/cases/1/reopen",
        Least::Reviewer,
    ),
    ("get", "/messages", "/messages", Least::Viewer),
    ("get", "/messages/{cursor}", "/messages/none", Least::Viewer),
    ("get", "/organisations", "/organisations", Least::Viewer),
    (
        "get",
        "/organisations/new",
        "/organisations/new",
        Least::Admin,
    ),
    (
        "post",
        "/organisations/new",
        "/organisations/new",
        Least::Admin,
    ),
    (
        "get",
        "/organisations/{id}",
        "/organisations/1",
        Least::Viewer,
    ),
    (
        "post",
        "/organisations/{id}",
        "/organisations/1",
        Least::Admin,
    ),
    ("get", "/notices", "/notices", Least::Viewer),
    ("get", "/notices/{id}", "/notices/1", Least::Viewer),
    (
        "get",
        "/notices/{id}/preview",
        "/notices/1/preview",
        Least::Viewer,
    ),
    (
        "post",
        "/notices/{id}/approve",
        "/notices/1/approve",
        Least::Approver,
    ),
    (
        "post",
        "/notices/{id}/return",
        "/notices/1/return",
        Least::Approver,
    ),
    (
        "post",
        "/notices/{id}/withdraw",
        "/notices/1/withdraw",
        Least::Reviewer,
    ),
    ("get", "/rules", "/rules", Least::Viewer),
    ("post", "/rules", "/rules", Least::Reviewer),
    (
        "post",
        "/rules/{id}/revoke",
        "/rules/1/revoke",
        Least::Reviewer,
    ),
    ("get", "/policies", "/policies", Least::Viewer),
    ("post", "/policies", "/policies", Least::Admin),
    (
        "post",
        "/policies/default",
        "/policies/default",
        Least::Admin,
    ),
    (
        "post",
        "/policies/{id}/revoke",
        "/policies/1/revoke",
        Least::Admin,
    ),
    ("get", "/lookup", "/lookup", Least::Viewer),
    ("get", "/operator", "/operator", Least::Auditor),
    ("post", "/operator/{id}", "/operator/none", Least::Admin),
    ("get", "/audit", "/audit", Least::Auditor),
    ("post", "/audit/verify", "/audit/verify", Least::Auditor),
    ("get", "/accounts", "/accounts", Least::Auditor),
];

fn may(role: Role, least: Least) -> bool {
    match least {
        Least::Nothing | Least::Viewer => true,
        Least::Reviewer => matches!(role, Role::Reviewer | Role::Approver),
        Least::Approver => role == Role::Approver,
        Least::Auditor => matches!(role, Role::Auditor | Role::Admin),
        Least::Admin => role == Role::Admin,
    }
}

/// A server with an account, and a browser that is logged in to it.
fn entered(role: Role) -> (Trial, Running, Browser) {
    let trial = Trial::new();
    trial.add_user("awa", role.name(), PASSWORD);
    let server = trial.serve();
    let mut browser = server.browser();
    let answer = browser.login("awa", PASSWORD);
    assert_eq!((answer.status, answer.location()), (303, "/"), "{answer:?}");
    (trial, server, browser)
}

fn asks_for_login(answer: &Answer) -> bool {
    answer.status == 303 && answer.location().starts_with("/login")
}

#[test]
fn the_table_has_every_route() {
    let routes: Vec<_> = ROUTES.iter().map(|r| (r.method, r.path, r.least)).collect();
    let rows: Vec<_> = ROWS
        .iter()
        .map(|(method, path, _, least)| (*method, *path, *least))
        .collect();
    for route in &routes {
        assert!(rows.contains(route), "no row for {route:?}");
    }
    assert_eq!(rows.len(), routes.len());
}

#[test]
fn every_route_is_closed_without_a_session() {
    let trial = Trial::new();
    let server = trial.serve();
    for (method, _, address, least) in ROWS {
        for stale in [None, Some("not a session of ours")] {
            let mut browser = server.browser();
            let stale = stale.map(|value| ("restante".to_owned(), value.to_owned()));
            browser.cookies.extend(stale);
            let answer = browser.send(&method.to_uppercase(), address, "token=");
            assert_eq!(
                asks_for_login(&answer),
                *least != Least::Nothing,
                "{method} {address}: {}",
                answer.status
            );
            assert!(
                asks_for_login(&answer) == answer.body.is_empty(),
                "{method} {address}"
            );
        }
    }
}

#[test]
fn every_route_is_closed_for_each_lesser_role() {
    let trial = Trial::new();
    for role in Role::ALL {
        trial.add_user(role.name(), role.name(), PASSWORD);
    }
    let server = trial.serve();
    for role in Role::ALL {
        let mut browser = server.browser();
        browser.login(role.name(), PASSWORD);
        let token = browser.token("/");
        for (method, _, address, least) in ROWS.iter().filter(|row| row.2 != "/logout") {
            let body = format!("token={token}");
            let answer = browser.send(&method.to_uppercase(), address, &body);
            let what = format!("{role} {method} {address}: {}", answer.status);
            assert!(!asks_for_login(&answer), "{what}");
            assert_eq!(answer.status == 403, !may(role, *least), "{what}");
            assert!(answer.status < 500, "{what}");
        }
    }
}

#[test]
fn every_answer_carries_the_headers() {
    let (_trial, server, mut browser) = entered(Role::Admin);
    let style = style_of(&mut browser);
    let answers = [
        browser.get("/"),
        browser.get("/nowhere"),
        browser.get("/cases/not-a-number"),
        browser.send("PUT", "/", ""),
        browser.get("/logout"),
        browser.post("/logout", &[]),
        browser.get("/healthz"),
        browser.get("/assets/nothing.css"),
        browser.get(&style),
        server.browser().get("/"),
        server.browser().login("awa", "wrong"),
        server
            .browser()
            .with("Sec-Fetch-Site", "cross-site")
            .login("awa", PASSWORD),
    ];
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    assert_eq!(
        statuses,
        [200, 404, 404, 405, 405, 403, 200, 404, 200, 303, 422, 403]
    );
    for answer in &answers {
        for (name, value) in [
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-src 'self'; \
                 frame-ancestors 'none'; base-uri 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        assert!(
            answer
                .header("permissions-policy")
                .unwrap()
                .contains("camera=()")
        );
        assert_eq!(answer.header("strict-transport-security"), None);
        let kept = answer.header("cache-control").unwrap();
        assert_eq!(kept != "no-store", kept.contains("immutable"));
        assert!(!contains(answer.body.as_bytes(), "<script") && !answer.body.contains(" style="));
    }
    assert!(
        answers[8]
            .header("cache-control")
            .unwrap()
            .contains("immutable")
    );
    assert_eq!(
        answers[8].header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

/// The address of the style sheet, as a page names it.
fn style_of(browser: &mut Browser) -> String {
    let page = browser.get("/").body;
    let at = page.find("/assets/style-").unwrap();
    page[at..].split('"').next().unwrap().to_owned()
}

#[test]
fn a_form_of_another_site_is_refused() {
    let (_trial, server, mut browser) = entered(Role::Auditor);
    let token = browser.token("/");
    let mut other = server.browser();
    other.login("awa", PASSWORD);
    let foreign = other.token("/");
    assert_ne!(token, foreign, "each session has a token of its own");
    for fields in [
        &[][..],
        &[("token", "")],
        &[("token", "AAAA")],
        &[("token", foreign.as_str())],
    ] {
        let answer = browser.post("/audit/verify", fields);
        assert_eq!(answer.status, 403, "{fields:?}");
        assert!(answer.body.contains("reload the page"), "{fields:?}");
    }
    let sent = [("token", token.as_str())];
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        let mut browser = browser.clone().with(name, value);
        assert_eq!(
            browser.post("/audit/verify", &sent).status,
            403,
            "{name}: {value}"
        );
        assert_eq!(
            browser.login("awa", PASSWORD).status,
            403,
            "{name}: {value}"
        );
    }
    let json = format!("{{\"token\":\"{token}\"}}");
    let head = format!(
        "POST /audit/verify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\n\
         Cookie: restante={}\r\nContent-Length: {}\r\n\r\n{json}",
        browser.cookies["restante"],
        json.len()
    );
    assert_eq!(browser.raw(&head).status, 403, "not a form at all");
    let mut same = browser.clone().with("Sec-Fetch-Site", "same-origin");
    assert_eq!(same.post("/audit/verify", &sent).status, 200);
    assert_eq!(browser.post("/audit/verify", &sent).status, 200);
}

#[test]
fn pages_speak_the_language_of_the_browser_or_the_one_chosen() {
    let (_trial, server, mut browser) = entered(Role::Reviewer);
    let mut french = server.browser().with("Accept-Language", "fr-CA, en;q=0.5");
    let page = french.get("/login").body;
    assert!(page.contains("<html lang=\"fr\">") && page.contains("Mot de passe"));
    assert!(
        french
            .get("/nowhere")
            .body
            .contains("Cette page n’existe pas")
    );
    let answer = browser.submit(
        "/",
        "/language",
        &[("language", "fr"), ("back", "/cases?order=latest")],
    );
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/cases?order=latest")
    );
    assert!(browser.get("/").body.contains("<html lang=\"fr\">"));
    let answer = browser.submit("/", "/language", &[("language", "xx"), ("back", "/")]);
    assert_eq!(answer.status, 400);
    // Without a session, from the login.
    let mut stranger = server.browser();
    stranger.post("/language", &[("language", "fr"), ("back", "/login")]);
    assert!(stranger.get("/login").body.contains("<html lang=\"fr\">"));
}

#[test]
fn nobody_is_led_to_another_site() {
    let (_trial, server, mut browser) = entered(Role::Reviewer);
    for evil in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "evil",
    ] {
        let mut fresh = server.browser();
        let fields = [("name", "awa"), ("password", PASSWORD), ("back", evil)];
        let answer = fresh.post("/login", &fields);
        assert_eq!((answer.status, answer.location()), (303, "/"), "{evil:?}");
        let answer = browser.submit("/", "/language", &[("language", "en"), ("back", evil)]);
        assert_eq!((answer.status, answer.location()), (303, "/"), "{evil:?}");
    }
    let answer = browser.get("/login?back=%2F%2Fevil.example");
    assert_eq!((answer.status, answer.location()), (303, "/"));
}

#[test]
fn the_login_leads_back_to_the_page_that_was_asked_for() {
    let trial = Trial::new();
    trial.add_user("awa", "reviewer", PASSWORD);
    let server = trial.serve();
    let mut browser = server.browser();
    let answer = browser.get("/cases?search=army&order=latest");
    let login = answer.location().to_owned();
    assert_eq!(login, "/login?back=/cases%3Fsearch%3Darmy%26order%3Dlatest");
    let page = browser.get(&login).body;
    assert!(
        page.contains("name=\"back\" value=\"/cases?search=army&#38;order=latest\""),
        "{page}"
    );
    let back = "/cases?search=army&order=latest";
    let fields = [("name", "awa"), ("password", PASSWORD), ("back", back)];
    assert_eq!(browser.post("/login", &fields).location(), back);
    let cookie = &browser.cookies["restante"];
    assert!(cookie.len() >= 43, "256 bits of chance");
}

#[test]
fn a_wrong_name_and_a_wrong_password_are_told_the_same() {
    let trial = Trial::new();
    trial.add_user("awa", "reviewer", PASSWORD);
    let server = trial.serve();
    let told = |name: &str| {
        let answer = server.browser().login(name, "not the password");
        assert_eq!(answer.status, 422);
        assert!(
            answer
                .body
                .contains("The name or the password is not right")
        );
        assert!(!answer.body.contains("not the password"));
        answer.body.replace(name, "")
    };
    assert_eq!(told("awa"), told("somebody-else"));
    let hostile = server.browser().login("\"><script>alert(1)</script>", "x");
    assert!(!hostile.body.contains("<script"));
}

#[test]
fn who_guesses_is_told_how_long_to_wait() {
    let trial = Trial::new();
    trial.add_user("awa", "reviewer", PASSWORD);
    let server = trial.serve();
    let mut guesser = server.browser();
    let throttled = (0..50).find_map(|guess| {
        let answer = guesser.login("awa", &format!("guess {guess}"));
        (answer.status == 429).then_some(answer)
    });
    let answer = throttled.expect("guesses without end");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!(
        wait > 0 && answer.body.contains("too many attempts"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("Wait "), "{}", answer.body);
}

#[test]
fn a_logout_ends_the_session() {
    let (_trial, _server, mut browser) = entered(Role::Reviewer);
    let before = browser.clone();
    let answer = browser.submit("/", "/logout", &[]);
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/login?done=logged-out")
    );
    assert!(
        browser
            .get("/login?done=logged-out")
            .body
            .contains("You are logged out")
    );
    assert!(asks_for_login(&browser.get("/")));
    // Not in the browser alone.
    assert!(asks_for_login(&before.clone().get("/")));
    // Another name is not a text of ours.
    for made_up in ["you-won", "<b>", "logged-out%20now"] {
        let page = browser.get(&format!("/login?done={made_up}")).body;
        assert!(!page.contains("class=\"banner\""), "{made_up}");
    }
}

#[test]
fn a_form_has_a_bound() {
    let (_trial, _server, mut browser) = entered(Role::Reviewer);
    let token = browser.token("/");
    let body = format!("token={token}&back={}", "x".repeat(65 * 1024));
    for path in ["/logout", "/login", "/language"] {
        let answer = browser.send("POST", path, &body);
        assert_eq!(answer.status, 413, "{path}");
        assert!(answer.body.contains("64 kB"));
    }
    assert_eq!(browser.get("/").status, 200, "still logged in");
}

#[test]
fn a_proxy_is_believed_only_where_it_is_trusted() {
    let trial = Trial::with("[web]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n");
    trial.add_user("awa", "reviewer", PASSWORD);
    let server = trial.serve();
    let mut guesser = server.browser().with("X-Forwarded-For", "192.0.2.1");
    let mut guess = || guesser.login("nobody", "x").status;
    assert!((0..50).any(|_| guess() == 429), "guesses without end");
    let mut other = server
        .browser()
        .with("X-Forwarded-For", "192.0.2.1, 198.51.100.7");
    let answer = other.login("awa", PASSWORD);
    assert_eq!(answer.status, 303, "another network is not slowed");
    // Without trust the header is what the guesser likes.
    let alone = Trial::new();
    let server = alone.serve();
    let guess = |number: u8| {
        let from = format!("192.0.2.{number}");
        let mut guesser = server.browser().with("X-Forwarded-For", &from);
        guesser.login("nobody", "x").status
    };
    assert!(
        (0..50).any(|number| guess(number) == 429),
        "guesses without end"
    );
    // Behind a proxy readers come over TLS.
    assert!(other.cookies.contains_key("__Host-restante"));
}

#[test]
fn with_tls_cookies_are_for_tls_alone() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let trial = Trial::with(&format!(
        "[web]\nlisten = \"127.0.0.1:0\"\ntls_certificate = {certificate:?}\ntls_key = {key:?}\n"
    ));
    trial.add_user("awa", "reviewer", PASSWORD);
    let server = trial.serve();
    assert!(server.web.starts_with("https://"), "{}", server.web);
    let mut browser = Browser::with_tls(server.web_address(), made.cert.der());
    let answer = browser.login("awa", PASSWORD);
    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=63072000")
    );
    let cookies: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(n, _)| n == "set-cookie")
        .map(|(_, v)| v.as_str())
        .collect();
    let session = cookies
        .iter()
        .find(|c| c.starts_with("__Host-restante="))
        .unwrap();
    for word in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(
            cookies.iter().all(|cookie| cookie.contains(word)),
            "{word}: {cookies:?}"
        );
    }
    assert!(!session.contains("Domain"));
    assert_eq!(browser.get("/").status, 200);
    // In the clear nothing is answered.
    let mut plain = TcpStream::connect(server.web_address()).unwrap();
    plain
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    plain
        .write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said);
    assert!(!contains(&said, "HTTP/1.1"));
}

/// Decided, refused with the field named in the reader's language, and taken back.
#[test]
fn policies_are_decided_and_taken_back_by_administrators() {
    // `nic.ml` is excluded by the file that `init` writes.
    let trial = Trial::with("[[watch]]\nname = \"navy.ml\"\npolicy = \"count\"\n");
    trial.add_user("awa", "admin", PASSWORD);
    let server = trial.serve();
    let mut browser = server.browser();
    browser.login("awa", PASSWORD);
    let page = browser.get("/policies").body;
    assert!(page.contains("navy.ml") && page.contains("the file"));
    let mut decide = |name: &str, policy: &str, until: &str| {
        let fields = [("name", name), ("policy", policy), ("until", until)];
        browser.submit("/policies", "/policies", &fields)
    };
    for (name, policy, until, field, why) in [
        ("", "hold", "", "name", "must be filled in"),
        ("army.mil", "hold", "", "name", "within our zones"),
        ("ml", "hold", "", "name", "within our zones"),
        ("www.nic.ml", "hold", "", "name", "is excluded"),
        ("*.army.ml", "hold", "", "name", "without *"),
        ("army ml", "hold", "", "name", "Enter a domain name"),
        ("army.ml", "", "", "policy", "Choose one"),
        ("army.ml", "keep", "", "policy", "Choose one"),
        ("army.ml", "hold", "soon", "until", "Enter a day"),
        ("army.ml", "hold", "2020-01-31", "until", "This day is over"),
        (
            "army.ml",
            "count",
            "2999-01-31",
            "until",
            "Only a hold has an end",
        ),
    ] {
        let answer = decide(name, policy, until);
        assert_eq!(answer.status, 422, "{name} {policy} {until}");
        assert!(answer.body.contains(why), "{name} {policy} {until}: {why}");
        assert!(
            answer.body.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
    }
    let answer = decide("ARMY.ml", "hold", "2999-12-31");
    let to = (answer.status, answer.location().to_owned());
    assert_eq!(to, (303, "/policies?done=policy-decided".to_owned()));
    let page = browser.get("/policies?done=policy-decided").body;
    assert!(page.contains("within two seconds") && page.contains("army.ml"));
    assert!(page.contains("31\u{a0}December\u{a0}2999") && page.contains("awa, <time"));
    // The form is filled with what is in force.
    let page = browser.get("/policies?name=army.ml").body;
    assert!(page.contains("value=\"2999-12-31\"") && page.contains("value=\"army.ml\""));
    let fields = [("policy", "refuse"), ("until", "2999-01-01")];
    let answer = browser.submit("/policies", "/policies/default", &fields);
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("id=\"default-until-error\""));
    let answer = browser.submit("/policies", "/policies/default", &[("policy", "refuse")]);
    assert_eq!(answer.location(), "/policies?done=policy-decided");
    for (id, status) in [("1", 303), ("1", 404), ("99", 404), ("x", 404)] {
        let path = format!("/policies/{id}/revoke");
        assert_eq!(
            browser.submit("/policies", &path, &[]).status,
            status,
            "{id}"
        );
    }
    let trail = browser.get("/audit").body;
    for word in [
        "Policy decided",
        "Policy decision taken back",
        "army.ml",
        "less",
    ] {
        assert!(trail.contains(word), "{word}");
    }
    let mut french = browser.clone().with("Accept-Language", "fr");
    let fields = [("name", "www.nic.ml"), ("policy", "hold")];
    let answer = french.submit("/policies", "/policies", &fields);
    assert!(
        answer.body.contains("exclu dans le fichier"),
        "{}",
        answer.body
    );
    // A reviewer sees all of it, and no form.
    trial.add_user("binta", "reviewer", PASSWORD);
    let mut reader = server.browser();
    reader.login("binta", PASSWORD);
    let page = reader.get("/policies").body;
    assert!(page.contains("navy.ml") && !page.contains("action=\"/policies\""));
    assert_eq!(server.stop(), 0);
}

#[test]
fn the_operators_mail_is_downloaded_sealed_and_written_down() {
    let trial = Trial::new();
    let id = trial.keep_for_operator("age-encryption.org/v1 sealed");
    trial.add_user("awa", "admin", PASSWORD);
    trial.add_user("binta", "auditor", PASSWORD);
    let server = trial.serve();
    let path = format!("/operator/{id}");
    let mut auditor = server.browser();
    auditor.login("binta", PASSWORD);
    let page = auditor.get("/operator").body;
    assert!(page.contains("Postmaster") || page.contains("postmaster"));
    assert!(!page.contains(&path), "only administrators download");
    assert_eq!(auditor.submit("/", &path, &[]).status, 403);
    assert!(
        !auditor.get("/audit").body.contains(&id),
        "nothing was taken"
    );
    let mut browser = server.browser();
    browser.login("awa", PASSWORD);
    assert!(browser.get("/operator").body.contains(&path));
    let answer = browser.submit("/operator", &path, &[]);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "age-encryption.org/v1 sealed")
    );
    let attachment = format!("attachment; filename=\"{id}.age\"");
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", attachment.as_str()),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    let trail = browser.get("/audit").body;
    assert!(trail.contains(&id) && trail.contains("mail downloaded"));
    let other = "/operator/018f0000-0000-7000-8000-000000000000";
    for missing in [other, "/operator/..%2F", "/operator/1"] {
        assert_eq!(
            browser.submit("/operator", missing, &[]).status,
            404,
            "{missing}"
        );
    }
    // Without the form's token nothing is given away.
    assert_eq!(browser.post(&path, &[]).status, 403);
    assert_eq!(trial.stats()["operator"]["items"], 1);
}

#[test]
fn health_can_be_asked_by_machines() {
    let trial = Trial::new();
    let server = trial.serve();
    let answer = server.browser().get("/healthz");
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    assert!(server.browser().send("POST", "/healthz", "").status >= 300);
}

/// The bounds of a slow or greedy client are HTTP/1's.
#[test]
fn nobody_is_answered_in_http_2() {
    let (_trial, server, _) = entered(Role::Reviewer);
    let mut stream = TcpStream::connect(server.web_address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // RFC 9113 3.4: what a client that knows begins with, and an empty SETTINGS frame.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    stream.write_all(preface).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1."),
        "{answer:?}"
    );
}

#[test]
fn an_address_that_was_asked_for_must_be_had() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let trial = Trial::with(&format!("[web]\nlisten = \"{address}\"\n"));
    let out = trial.run(&["serve"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(contains(&out.stderr, &address.to_string()));
}

#[test]
fn the_dashboard_stops_with_the_server() {
    let (_trial, server, browser) = entered(Role::Reviewer);
    // A browser that keeps its connection open does not hold it up.
    let idle = TcpStream::connect(server.web_address()).unwrap();
    let (address, start) = (server.web_address(), std::time::Instant::now());
    assert_eq!(server.stop(), 0);
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(TcpStream::connect(address).is_err());
    drop((idle, browser));
}
