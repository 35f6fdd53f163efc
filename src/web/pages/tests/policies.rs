use super::all_faults;
use super::render;
use super::rows;
use super::rows::HOSTILE;
use crate::language::Language;
use crate::message::MessageId;
use crate::message::OperatorMailbox;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::message::policy::Subdomains;
use crate::review::operator::MailboxSums;
use crate::review::operator::OperatorFile;
use crate::review::policies::Decision;
use crate::review::policies::EntryLine;
use crate::review::policies::InForce;
use crate::review::policies::NameSum;
use crate::review::policies::Policies;
use crate::review::policies::PolicySums;
use crate::web::pages::faults::Faults;
use crate::web::pages::operator::Operator;
use crate::web::pages::policies::Filled;
use crate::web::pages::policies::PoliciesPage;

fn decided(policy: Policy, now: Policy, until: Option<Timestamp>) -> InForce {
    InForce {
        policy,
        now,
        until,
        decided: Some(Decision {
            id: 9,
            by: HOSTILE.to_owned(),
            at: rows::at(),
        }),
        file: Some(Policy::Count),
    }
}

fn policies() -> Policies {
    let of_file = InForce {
        policy: Policy::Refuse,
        now: Policy::Refuse,
        until: None,
        decided: None,
        file: None,
    };
    let line = |name: &str, subdomains, in_force| EntryLine {
        name: name.to_owned(),
        subdomains,
        in_force,
        sums: PolicySums {
            held: 1_234,
            counted: 2,
            refused: 3,
        },
    };
    let end = Timestamp::end_of_day("2023-01-31");
    let ended = decided(Policy::Hold, Policy::Count, end);
    Policies {
        default: decided(
            Policy::Hold,
            Policy::Hold,
            Timestamp::end_of_day("2999-12-31"),
        ),
        entries: vec![
            line(HOSTILE, Subdomains::No, of_file),
            line("xn--dfense-bva.ml", Subdomains::Included, ended),
        ],
        next: Some(HOSTILE.to_owned()),
        refused: vec![
            NameSum {
                name: HOSTILE.to_owned(),
                recipients: 5,
            },
            NameSum {
                name: "other".to_owned(),
                recipients: 4,
            },
        ],
    }
}

#[test]
fn policies_are_shown_to_all_and_changed_by_administrators() {
    for language in Language::ALL {
        for may_change in [true, false] {
            for faults in [
                Faults::default(),
                all_faults(&["name", "policy", "until", "default-policy", "default-until"]),
            ] {
                let page = PoliciesPage {
                    frame: rows::frame(language),
                    policies: policies(),
                    after: HOSTILE.to_owned(),
                    may_change,
                    // Links to fields that are not there would be broken ones.
                    faults: if may_change {
                        faults
                    } else {
                        Faults::default()
                    },
                    filled: Filled {
                        name: HOSTILE.to_owned(),
                        until: HOSTILE.to_owned(),
                        ..Filled::default()
                    },
                    default: Filled::default(),
                };
                let text = render(&page);
                for form in [
                    "action=\"/policies\"",
                    "action=\"/policies/default\"",
                    "action=\"/policies/9/revoke\"",
                ] {
                    assert_eq!(text.contains(form), may_change, "{form}");
                }
                let words = language.words();
                assert!(text.contains(&words.get("policies-means-refuse")));
                assert!(
                    text.contains(&words.day(19_388)),
                    "the last day of the hold"
                );
            }
        }
        let mut bare = policies();
        bare.entries.clear();
        bare.refused.clear();
        let page = PoliciesPage {
            frame: rows::frame(language),
            policies: bare,
            after: String::new(),
            may_change: true,
            faults: Faults::default(),
            filled: Filled::default(),
            default: Filled::default(),
        };
        let text = render(&page);
        assert!(text.contains(&language.words().get("policies-none")));
    }
}

fn file() -> OperatorFile {
    OperatorFile {
        id: MessageId::from_bytes([9; 16]),
        received_at: rows::at(),
        mailbox: OperatorMailbox::Returned,
        bytes: 2_000,
        sealed_bytes: 2_400,
        fingerprints: vec![HOSTILE.to_owned(), "SHA256:abc".to_owned()],
    }
}

#[test]
fn the_operators_mail_is_counted_for_all_who_look_on() {
    for language in Language::ALL {
        for (may_take, full) in [(true, true), (false, true), (true, false)] {
            let sums = OperatorMailbox::ALL.map(|mailbox| MailboxSums {
                mailbox,
                items: 12,
                bytes: 3_000,
                span: full.then_some((rows::at(), rows::at())),
            });
            let page = Operator {
                frame: rows::frame(language),
                mailboxes: sums.to_vec(),
                files: if full { vec![file()] } else { Vec::new() },
                further: full,
                next: full.then(|| MessageId::from_bytes([7; 16]).to_string()),
                may_take,
            };
            let text = render(&page);
            assert!(text.contains(&language.words().number(10_000)));
            let form = format!("action=\"/operator/{}\"", file().id);
            assert_eq!(text.contains(&form), may_take && full);
        }
    }
}
