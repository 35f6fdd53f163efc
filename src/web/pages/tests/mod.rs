mod cases;
mod markup;
mod policies;
mod rows;

use crate::classify::ReasonCode;
use crate::language::Language;
use crate::message::CheckResult;
use crate::message::DmarcPolicy;
use crate::message::policy::Disposition;
use crate::review::Refusal;
use crate::review::cases::CaseKind;
use crate::review::misrouted::MisroutedDay;
use crate::web::pages::faults::Faults;
use crate::web::pages::lookup::LookupPage;
use crate::web::pages::message::Message;
use crate::web::pages::messages::Line;
use crate::web::pages::messages::Messages;
use crate::web::pages::notices::Choices;
use crate::web::pages::notices::Notice;
use crate::web::pages::notices::Notices;
use crate::web::pages::organisations::Filled;
use crate::web::pages::organisations::Organisation;
use crate::web::pages::organisations::OrganisationNew;
use crate::web::pages::organisations::Organisations;
use crate::web::pages::reasons;
use crate::web::pages::shown::name;
use askama::Template;
use rows::HOSTILE;

/// Every refusal; the match makes that a new one is not forgotten.
fn refusals() -> Vec<Refusal> {
    use Refusal::*;
    let all = [
        OwnDraft,
        OwnContact,
        NotYourDraft,
        Unassigned,
        NoOrganisation,
        NoContact,
        ContactInZone,
        NothingToTell,
        AlreadyOpen,
        Decided,
        Outdated,
        Closed,
        BeingSorted,
        BeingSent,
        NotADomain,
        OutsideZones,
        InsideZones,
        NotAnAddress,
        Empty,
        NoSuchChoice,
        DomainTaken,
        NameTaken,
        TooLong,
        ExcludedName,
        Star,
        NotADay,
        DayIsOver,
        EndWithoutHold,
        TooManyDecisions,
        OthersDecided,
    ];
    for refusal in all {
        match refusal {
            OwnDraft | OwnContact | NotYourDraft | Unassigned | NoOrganisation | NoContact
            | ContactInZone | NothingToTell | AlreadyOpen | Decided | Outdated | Closed
            | BeingSorted | BeingSent | NotADomain | OutsideZones | InsideZones | NotAnAddress
            | Empty | NoSuchChoice | DomainTaken | NameTaken | TooLong | ExcludedName | Star
            | NotADay | DayIsOver | EndWithoutHold | TooManyDecisions | OthersDecided => {}
        }
    }
    all.to_vec()
}

#[test]
fn every_reason_and_every_refusal_has_words_in_both_languages() {
    for language in Language::ALL {
        let words = language.words();
        let codes = ReasonCode::ALL.iter().map(|code| code.name());
        for code in codes.chain(["staff_rule"]) {
            let key = format!("reason-{}", code.replace('_', "-"));
            assert!(words.find(&key).is_some(), "{key} in {language}");
        }
        for result in CheckResult::ALL {
            for check in ["spf", "dkim", "dmarc"] {
                let key = format!("{check}-{}", result.name());
                // What a check cannot say, the store does not take.
                let cannot = matches!(
                    (check, result),
                    ("dkim" | "dmarc", CheckResult::SoftFail) | ("dmarc", CheckResult::Neutral)
                );
                assert_eq!(words.find(&key).is_none(), cannot, "{key} in {language}");
            }
        }
        for policy in DmarcPolicy::ALL {
            let key = format!("dmarc-policy-{}", policy.name());
            assert!(words.find(&key).is_some(), "{key} in {language}");
        }
        for refusal in refusals() {
            assert!(
                words.find(refusal.key()).is_some(),
                "{refusal:?} in {language}"
            );
        }
    }
}

/// Renders it, and holds it to what every page keeps.
fn render(page: &impl Template) -> String {
    let text = page.render().unwrap();
    markup::check(&text);
    for raw in ["<script", "<img", "onerror=alert(2)>", "\"'>"] {
        assert!(!text.contains(raw), "{raw} came through");
    }
    // A key that has no words is shown as it is; none is.
    for tag in [
        ">cases-",
        ">case-",
        ">message-",
        ">messages-",
        ">notices-",
        ">organisations-",
        ">rules-",
        ">rule-",
        ">lookup-",
        ">reasons-",
        ">reason-",
        ">form-",
        ">part-",
        ">policies-",
        ">misrouted-",
        ">operator-",
        ">mailbox-",
        ">refusal-",
    ] {
        assert!(!text.contains(tag), "a key without words: {tag}");
    }
    text
}

/// Faults in every field that a form has.
fn all_faults(fields: &[&'static str]) -> Faults {
    let mut faults = Faults::whole(Refusal::AlreadyOpen);
    for field in fields {
        faults.add(field, HOSTILE, Refusal::NotADomain);
    }
    faults
}

#[test]
fn messages_show_metadata_and_labels_to_approvers_alone() {
    for language in Language::ALL {
        let medical = language.words().get("label-medical");
        for sees_labels in [true, false] {
            let mut row = rows::message();
            if !sees_labels {
                row.sensitivity = serde_json::Value::Null;
            }
            let mut list = Messages {
                frame: rows::frame(language),
                case: Some((7, HOSTILE.to_owned())),
                verdict: "spam".to_owned(),
                sees_labels,
                further: true,
                lines: vec![Line::new(row.clone())],
                next: Some("018f0000-0000-7000-8000-000000000000.1".to_owned()),
            };
            assert_eq!(render(&list).contains(&medical), sees_labels);
            list.lines.clear();
            render(&list);
            let text = render(&Message::new(rows::frame(language), row, sees_labels));
            assert_eq!(text.contains(&medical), sees_labels);
            assert!(
                text.contains(
                    &language
                        .words()
                        .get("message-closed")
                        .replace('\'', "&#39;")
                )
            );
            assert!(text.contains(&language.words().get("reason-staff-rule")));
        }
        let mut bare = rows::message();
        (bare.intended, bare.runner_up, bare.organisation, bare.watch) = (None, None, None, None);
        (bare.sender_domain, bare.sender_pseudonym, bare.helo_domain) = (None, None, None);
        (bare.client_network, bare.tls, bare.language, bare.sealed) = (None, None, None, None);
        (bare.spf, bare.dkim, bare.dkim_aligned, bare.dmarc) = (None, None, None, None);
        bare.reasons = serde_json::json!("not a list");
        bare.attachments = serde_json::Value::Null;
        let text = render(&Message::new(rows::frame(language), bare, true));
        assert!(text.contains(&language.words().get("message-closed-unkept")));
    }
}

#[test]
fn a_messages_form_has_its_registrable_domain_and_sender() {
    let mut row = rows::message();
    row.typed_domain = "us.army.ml".to_owned();
    row.sender_domain = Some("bank.example".to_owned());
    let page = Message::new(rows::frame(Language::English), row, true);
    assert_eq!(
        (page.form.typed.as_str(), page.form.sender.as_str()),
        ("army.ml", "bank.example")
    );
    assert_eq!(page.choices, ["army.ml", "us.army.ml"]);
}

#[test]
fn notices_are_shown_as_they_are_sent_and_offer_what_can_be_done() {
    for language in Language::ALL {
        for state in [
            "drafted",
            "approved",
            "sent",
            "failed",
            "returned",
            "withdrawn",
        ] {
            for (decide, stop, withdraw, why_not) in [
                (true, false, false, None),
                (false, true, false, None),
                (false, false, true, Some(Refusal::OwnDraft)),
                (false, false, false, Some(Refusal::OwnContact)),
                (false, false, false, None),
            ] {
                let page = Notice {
                    frame: rows::frame(language),
                    notice: rows::notice(state),
                    choices: Choices {
                        decide,
                        stop,
                        withdraw,
                        why_not,
                    },
                    faults: Faults::default(),
                };
                let text = render(&page);
                assert!(text.contains("src=\"/notices/5/preview\" sandbox=\"\""));
                let open = state == "drafted";
                assert_eq!(text.contains("/notices/5/approve"), open && decide);
                let waits = state == "approved";
                let can_withdraw = (open || waits) && withdraw;
                assert_eq!(text.contains("/notices/5/withdraw"), can_withdraw);
                let can_return = open && decide || waits && stop;
                assert_eq!(text.contains("/notices/5/return"), can_return);
                assert!(
                    language
                        .words()
                        .find(&format!("notices-means-{state}"))
                        .is_some()
                );
            }
        }
        let mut list = Notices {
            frame: rows::frame(language),
            state: "sent".to_owned(),
            further: true,
            rows: vec![rows::notice("sent").row],
            next: Some(5),
        };
        render(&list);
        list.rows.clear();
        list.state.clear();
        list.further = false;
        render(&list);
    }
}

#[test]
fn organisations_are_listed_shown_and_changed() {
    for language in Language::ALL {
        let mut list = Organisations {
            frame: rows::frame(language),
            search: HOSTILE.to_owned(),
            further: true,
            rows: vec![rows::organisation()],
            next: Some(HOSTILE.to_owned()),
            may_change: true,
        };
        render(&list);
        list.rows.clear();
        render(&list);
        for may_change in [true, false] {
            let organisation = rows::organisation();
            let page = Organisation {
                frame: rows::frame(language),
                cases: vec![rows::case(HOSTILE, CaseKind::Intended)],
                misrouted: vec![MisroutedDay {
                    day: 19_555,
                    domain: HOSTILE.to_owned(),
                    recipients: 1_234,
                    in_all: 1,
                }],
                may_change,
                faults: if may_change {
                    all_faults(&["country", "language", "domains", "contacts"])
                } else {
                    Faults::default()
                },
                filled: Filled::of(&organisation),
                organisation,
            };
            assert_eq!(
                render(&page).contains("action=\"/organisations/3\""),
                may_change
            );
        }
        render(&OrganisationNew {
            frame: rows::frame(language),
            faults: all_faults(&["name", "country", "language", "domains", "contacts"]),
            filled: Filled::of(&rows::organisation()),
        });
    }
}

#[test]
fn the_look_up_says_what_would_happen() {
    for language in Language::ALL {
        for disposition in rows::dispositions() {
            let outside = disposition == Disposition::Outside;
            let page = LookupPage {
                frame: rows::frame(language),
                domain: HOSTILE.to_owned(),
                faults: Faults::default(),
                found: Some(rows::found(disposition)),
                may_review: true,
            };
            let text = render(&page);
            assert_eq!(text.contains("/rules?typed=army.ml"), !outside);
            assert!(text.contains("93"));
        }
        let page = LookupPage {
            frame: rows::frame(language),
            domain: HOSTILE.to_owned(),
            faults: Faults::at("domain", Refusal::NotADomain),
            found: None,
            may_review: false,
        };
        assert!(render(&page).contains("aria-describedby=\"domain-hint domain-error\""));
    }
}

#[test]
fn a_name_is_shown_in_a_labels_with_its_unicode_form_beside() {
    let shown = name("xn--dfense-bva.ml");
    assert_eq!(shown.ascii, "xn--dfense-bva.ml");
    assert_eq!(shown.unicode.as_deref(), Some("défense.ml"));
    assert!(name("army.ml").unicode.is_none());
    assert!(!shown.mixed);
    // A Cyrillic а.
    let looks_like = crate::message::Domain::parse("аrmy.ml").unwrap();
    assert!(name(looks_like.as_str()).mixed);
    assert!(name("other").is_other);
    assert_eq!(name(HOSTILE).ascii, HOSTILE);
}

#[test]
fn weights_are_said_in_words_and_what_decides_alone_has_none() {
    let words = Language::French.words();
    let reasons = [
        ("top_level_slip", -1.25),
        ("known_organisation", 8.04),
        ("staff_rule", 0.0),
    ];
    let lines = reasons::lines(words, &reasons);
    let weights: Vec<&str> = lines.iter().map(|line| line.weight.as_str()).collect();
    assert_eq!(weights, ["\u{2212}1,2", "+8,0", ""]);
    let effects: Vec<&str> = lines.iter().map(|line| line.effect.as_str()).collect();
    assert_eq!(
        effects,
        ["moins probable", "bien plus probable", "Cela en décide"]
    );
}
