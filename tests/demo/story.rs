//! What the demonstration asks the stranger to try, step by step, as a browser does it.

use crate::common::Browser;
use crate::running::Demo;

/// The case of `domain` in a list of cases.
fn case_of(page: &str, domain: &str) -> String {
    let links = page.split("href=\"/cases/").skip(1);
    let mut links = links.filter(|link| link.split("</a>").next().unwrap().contains(domain));
    let link = links.next().expect("the case is in the list");
    format!("/cases/{}", link.split('"').next().unwrap())
}

#[test]
fn a_notice_is_drafted_refused_to_its_drafter_and_arrives() {
    let mut demo = Demo::start(&["--messages", "120"], |_| ());
    demo.wait_for("ready");
    let web = demo.said("web http://")[0].parse().unwrap();
    let login = |role: &str| {
        let lines = demo.said("login ");
        let line = lines.iter().find(|line| line.starts_with(role)).unwrap();
        let (name, password) = line.split_once(' ').unwrap();
        let mut browser = Browser::new(web);
        assert_eq!(browser.login(name, password).status, 303, "{role}");
        browser
    };
    let mut reviewer = login("reviewer");
    let case = case_of(&reviewer.get("/cases").body, "army.mil");
    let page = reviewer.get(&case).body;
    assert!(
        page.contains("arrmy.ml") || page.contains(">army.ml"),
        "typed names are shown"
    );
    let drafted = reviewer.submit(&case, &format!("{case}/draft"), &[]);
    assert_eq!(drafted.status, 303, "{}", drafted.body);
    let notice = drafted.location().split('?').next().unwrap().to_owned();
    assert!(notice.starts_with("/notices/"), "{notice}");
    let approve = format!("{notice}/approve");
    assert_eq!(reviewer.submit(&case, &approve, &[]).status, 403);
    let mut approver = login("approver");
    let own = case_of(&approver.get("/cases").body, "navy.mil");
    let drafted = approver.submit(&own, &format!("{own}/draft"), &[]);
    let own = drafted.location().split('?').next().unwrap().to_owned();
    let refused = approver.submit(&own, &format!("{own}/approve"), &[]);
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    let approved = approver.submit(&notice, &approve, &[]);
    assert_eq!(approved.status, 303, "{}", approved.body);

    let file = demo.wait_for("notice ");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(file.ends_with("owner/0001.eml"), "{file}");
    assert!(
        demo.said
            .iter()
            .any(|line| line.contains("postmaster@army.mil"))
    );
    for expected in ["Auto-Submitted: ", "To: ", "army.ml"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(demo.stop("TERM"), Some(0));
    assert!(demo.left_behind().is_empty());
}
