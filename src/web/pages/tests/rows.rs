//! Rows as hostile as can be: every text that a sender, or a careless import, might have put there.

use crate::classify::OrganisationId;
use crate::classify::Verdict;
use crate::language::Language;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::message::policy::Disposition;
use crate::message::policy::Policy;
use crate::review::Refusal;
use crate::review::cases::CaseDetail;
use crate::review::cases::CaseKind;
use crate::review::cases::CaseSummary;
use crate::review::cases::NameSum;
use crate::review::cases::SenderSum;
use crate::review::corrections::Effect;
use crate::review::corrections::RuleRow;
use crate::review::lookup::Candidate;
use crate::review::lookup::Lookup;
use crate::review::messages::MessageRow;
use crate::review::notices::NoticeDetail;
use crate::review::notices::NoticeRow;
use crate::review::organisations::Contact;
use crate::review::organisations::OrganisationDetail;
use crate::review::overview::Day;
use crate::web::Frame;
use serde_json::json;

/// What must never be markup. Its letters alone are looked for, so that escaping cannot hide it.
pub const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{7*7}}";

pub fn frame(language: Language) -> Frame {
    Frame {
        words: language.words(),
        session: None,
        place: "cases",
        here: format!("/?q={HOSTILE}"),
        zones: ".ml".into(),
        done: None,
    }
}

pub fn at() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
}

pub fn case(domain: &str, kind: CaseKind) -> CaseSummary {
    CaseSummary {
        id: 7,
        kind,
        domain: domain.to_owned(),
        organisation: Some((OrganisationId(3), HOSTILE.to_owned())),
        shared: true,
        state: "open".to_owned(),
        first_seen: at(),
        last_seen: at(),
        recipients: 1234,
        genuine: 1001,
    }
}

pub fn contact() -> Contact {
    Contact {
        address: format!("{HOSTILE}@army.mil"),
        set_by: HOSTILE.to_owned(),
        set_at: at(),
    }
}

pub fn rule(id: i64, effect: Effect, revoked: bool) -> RuleRow {
    RuleRow {
        id,
        typed: "army.ml".to_owned(),
        sender: Some(HOSTILE.to_owned()),
        effect,
        made: (HOSTILE.to_owned(), at()),
        revoked: revoked.then(|| (HOSTILE.to_owned(), at())),
        applied: 12_345,
        done: id % 2 == 0,
    }
}

pub fn rules() -> Vec<RuleRow> {
    vec![
        rule(1, Effect::Intended(Domain::parse("army.mil").ok()), false),
        rule(2, Effect::Intended(None), false),
        rule(3, Effect::Verdict(Verdict::Spam), true),
    ]
}

pub fn notice(state: &str) -> NoticeDetail {
    NoticeDetail {
        row: NoticeRow {
            id: 5,
            ticket: "PR-2026-0005".to_owned(),
            case: 7,
            domain: HOSTILE.to_owned(),
            organisation: HOSTILE.to_owned(),
            state: state.to_owned(),
            counted: 42,
            days: (20_700, 20_720),
            drafted: (HOSTILE.to_owned(), at()),
            decided: Some((HOSTILE.to_owned(), at())),
            sent_at: Some(at()),
            attempts: 2,
            next_attempt_at: Some(at()),
            last_error: Some(HOSTILE.to_owned()),
        },
        language: "fr".to_owned(),
        from: HOSTILE.to_owned(),
        to: vec![contact()],
        subject: HOSTILE.to_owned(),
        text: HOSTILE.to_owned(),
        html: format!("<p>{HOSTILE}</p>"),
    }
}

pub fn detail(kind: CaseKind, draft: Result<(), Refusal>) -> CaseDetail {
    let name = |name: &str| NameSum {
        name: name.to_owned(),
        recipients: 10,
        genuine: 9,
        days: (20_700, 20_720),
    };
    let sender = |domain: &str, named_in_notices| SenderSum {
        domain: domain.to_owned(),
        messages: 3,
        named_in_notices,
    };
    CaseDetail {
        case: case(HOSTILE, kind),
        contacts: vec![contact()],
        days: (0..30)
            .map(|day| Day {
                day: 20_700 + day,
                by_verdict: [day, 2, 3, 4, 5],
            })
            .collect(),
        labels: vec![("medical".to_owned(), 7), (HOSTILE.to_owned(), 1)],
        // More than are shown at once.
        names: [HOSTILE, "xn--dfense-bva.ml", "other"]
            .repeat(4)
            .into_iter()
            .map(name)
            .collect(),
        more_names: 1,
        senders: [HOSTILE, "", "other"]
            .repeat(4)
            .into_iter()
            .map(|domain| sender(domain, domain == HOSTILE))
            .collect(),
        more_senders: 2,
        rules: rules(),
        notices: vec![notice("sent").row],
        draft,
    }
}

pub fn message() -> MessageRow {
    MessageRow {
        spf: Some("softfail".to_owned()),
        dkim: Some("pass".to_owned()),
        dkim_aligned: Some(true),
        dmarc: Some("fail".to_owned()),
        dmarc_policy: Some("reject".to_owned()),
        id: "018f0000-0000-7000-8000-000000000000".to_owned(),
        position: 1,
        received_at: "2026-09-21T13:46:40Z".to_owned(),
        policy: "hold".to_owned(),
        bytes: 1_250_000,
        examined: 1_000_000,
        typed_domain: HOSTILE.to_owned(),
        watch: Some(HOSTILE.to_owned()),
        intended: Some(HOSTILE.to_owned()),
        confidence: 0.97,
        runner_up: None,
        reasons: json!([{"code": "staff_rule", "weight": 0.0}, {"code": HOSTILE, "weight": -2.5}]),
        organisation: Some(HOSTILE.to_owned()),
        case: 7,
        state: "notified".to_owned(),
        recipient_pseudonym: HOSTILE.to_owned(),
        sender_domain: Some(HOSTILE.to_owned()),
        sender_pseudonym: Some(HOSTILE.to_owned()),
        helo_domain: Some(HOSTILE.to_owned()),
        client_network: Some(HOSTILE.to_owned()),
        tls: Some(HOSTILE.to_owned()),
        recipients: 2,
        repeats: 1,
        attachments: json!([{"media_type": HOSTILE, "bytes": 10}, {"media_type": "other", "bytes": 1}]),
        language: Some(HOSTILE.to_owned()),
        verdict: "misdirected".to_owned(),
        verdict_confidence: 0.5,
        verdict_reasons: json!([{"code": "personal_words", "weight": 3.25}]),
        sensitivity: json!(["medical", HOSTILE]),
        sealed: Some("held"),
    }
}

pub fn organisation() -> OrganisationDetail {
    OrganisationDetail {
        id: OrganisationId(3),
        name: HOSTILE.to_owned(),
        country: Some(HOSTILE.to_owned()),
        language: Some(HOSTILE.to_owned()),
        shared: true,
        hint: true,
        domains: [HOSTILE, "army.mil", "us.army.mil", "mail.mil"]
            .map(str::to_owned)
            .to_vec(),
        contacts: vec![contact()],
    }
}

pub fn found(disposition: Disposition) -> Lookup {
    let candidate = |name: &str, confidence| Candidate {
        domain: Domain::parse(name).unwrap(),
        organisation: Some(HOSTILE.to_owned()),
        confidence,
        reasons: vec![("top_level_slip", -1.2), ("known_organisation", 8.0)],
    };
    Lookup {
        typed: Domain::parse("army.ml").unwrap(),
        disposition,
        intended: None,
        why_unknown: vec!["ambiguous"],
        candidates: vec![candidate("army.mil", 0.93), candidate("arm.ml", 0.0)],
        rule: Some(1),
        case: Some(7),
    }
}

pub fn dispositions() -> [Disposition; 5] {
    let listed = |policy| Disposition::Listed {
        policy,
        watch: Domain::parse("army.ml").ok(),
    };
    [
        Disposition::Outside,
        Disposition::Excluded,
        listed(Policy::Hold),
        listed(Policy::Count),
        Disposition::Listed {
            policy: Policy::Refuse,
            watch: None,
        },
    ]
}
