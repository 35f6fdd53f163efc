//! Cases, and the form of a correction.

use super::all_faults;
use super::render;
use super::rows;
use super::rows::HOSTILE;
use crate::language::Language;
use crate::review::Refusal;
use crate::review::cases::CaseKind;
use crate::review::corrections::Effect;
use crate::web::pages::case::Case;
use crate::web::pages::cases::Cases;
use crate::web::pages::rule_form::RuleForm;
use crate::web::pages::rules::Rules;

const RULE_FIELDS: [&str; 5] = ["typed", "sender", "decision", "intended", "verdict"];

fn hostile_form(decision: &str) -> RuleForm {
    RuleForm {
        typed: HOSTILE.to_owned(),
        sender: HOSTILE.to_owned(),
        decision: decision.to_owned(),
        intended: HOSTILE.to_owned(),
        verdict: "spam".to_owned(),
    }
}

#[test]
fn lists_of_cases_are_whole_and_hostile_names_are_text() {
    for language in Language::ALL {
        for (known, latest, further) in [
            (true, false, false),
            (true, true, true),
            (false, false, true),
            (false, true, false),
        ] {
            let kind = if known {
                CaseKind::Intended
            } else {
                CaseKind::Unassigned
            };
            let mut page = Cases {
                frame: rows::frame(language),
                known,
                latest,
                search: HOSTILE.to_owned(),
                further,
                rows: vec![rows::case(HOSTILE, kind), rows::case("other", kind)],
                next: Some("1001.7".to_owned()),
            };
            let text = render(&page);
            assert!(text.contains(if language == Language::English {
                "1,001"
            } else {
                "1\u{202f}001"
            }));
            page.rows.clear();
            page.next = None;
            render(&page);
            page.search.clear();
            render(&page);
        }
    }
}

#[test]
fn a_case_says_what_can_be_done_and_why_not() {
    for language in Language::ALL {
        for kind in [CaseKind::Intended, CaseKind::Unassigned] {
            for draft in [Ok(()), Err(Refusal::NoContact)] {
                let page = Case::new(rows::frame(language), rows::detail(kind, draft), true);
                let text = render(&page);
                assert_eq!(text.contains("/cases/7/draft"), draft.is_ok());
                let why = language.words().get(Refusal::NoContact.key());
                assert_eq!(text.contains(&why), draft.is_err());
                assert!(text.contains("/cases/7/close"));
                let watched = Case::new(rows::frame(language), rows::detail(kind, draft), false);
                assert!(!render(&watched).contains("method=\"post\" action=\"/cases"));
            }
        }
        let mut detail = rows::detail(CaseKind::Intended, Err(Refusal::Closed));
        detail.case.state = "closed".to_owned();
        detail.case.organisation = None;
        (detail.names, detail.senders, detail.labels) = (Vec::new(), Vec::new(), Vec::new());
        (detail.contacts, detail.rules, detail.notices) = (Vec::new(), Vec::new(), Vec::new());
        assert!(
            render(&Case::new(rows::frame(language), detail, true)).contains("/cases/7/reopen")
        );
    }
}

#[test]
fn what_is_wrong_with_a_correction_stands_at_its_fields() {
    for language in Language::ALL {
        for decision in ["", "intended", "unknown", "verdict", HOSTILE] {
            let case = Case::new(
                rows::frame(language),
                rows::detail(CaseKind::Intended, Ok(())),
                true,
            )
            .with(all_faults(&RULE_FIELDS), hostile_form(decision));
            let text = render(&case);
            for field in RULE_FIELDS {
                assert!(text.contains(&format!("href=\"#{field}\"")), "{field}");
                assert!(text.contains(&format!("id=\"{field}-error\"")), "{field}");
            }
            let mut rules = Rules::new(rows::frame(language), rows::rules(), true);
            rules.faults = all_faults(&RULE_FIELDS);
            rules.form = hostile_form(decision);
            render(&rules);
        }
        render(&Rules::new(rows::frame(language), Vec::new(), false));
    }
}

#[test]
fn a_correction_is_read_from_its_form_or_refused_field_by_field() {
    let form =
        |typed: &str, sender: &str, decision: &str, intended: &str, verdict: &str| RuleForm {
            typed: typed.to_owned(),
            sender: sender.to_owned(),
            decision: decision.to_owned(),
            intended: intended.to_owned(),
            verdict: verdict.to_owned(),
        };
    let fields = |form: RuleForm| -> Vec<(&'static str, Refusal)> {
        let faults = form.correction().expect_err("it is refused");
        faults.all().iter().map(|f| (f.field, f.refusal)).collect()
    };
    let taken = form(" Army.ML. ", " ", "intended", "army.mil", "spam")
        .correction()
        .unwrap();
    assert_eq!(taken.typed.as_str(), "army.ml");
    assert_eq!(taken.sender, None);
    assert!(
        matches!(taken.effect, Effect::Intended(Some(domain)) if domain.as_str() == "army.mil")
    );
    let unknown = form("army.ml", "a.example", "unknown", HOSTILE, "")
        .correction()
        .unwrap();
    assert_eq!(unknown.effect, Effect::Intended(None));
    assert!(
        form("army.ml", "a.example", "verdict", "", "spam")
            .correction()
            .is_ok()
    );
    assert_eq!(
        fields(form("", "<b>", "intended", "a b", "")),
        [
            ("typed", Refusal::Empty),
            ("sender", Refusal::NotADomain),
            ("intended", Refusal::NotADomain)
        ]
    );
    assert_eq!(
        fields(form("army.ml", "", "verdict", "", "spam")),
        [("sender", Refusal::Empty)]
    );
    assert_eq!(
        fields(form("army.ml", "a.example", "verdict", "", "x")),
        [("verdict", Refusal::NoSuchChoice)]
    );
    assert_eq!(
        fields(form("army.ml", "", "", "army.mil", "")),
        [("decision", Refusal::NoSuchChoice)]
    );
}
