use super::*;
use proptest::prelude::*;

/// As `intake` does it: on a thread whose stack is made for hostile nesting, dropped there too.
fn on_a_big_stack(raw: Vec<u8>) -> Structure {
    std::thread::Builder::new()
        .stack_size(128 << 20)
        .spawn(move || Parsed::from_bytes(&raw).structure)
        .unwrap()
        .join()
        .unwrap()
}

fn bomb(bytes: usize) -> Vec<u8> {
    let layer = b"Content-Type: message/rfc822\r\n\r\n";
    layer.iter().copied().cycle().take(bytes).collect()
}

#[test]
fn nested_messages_neither_overflow_nor_fail() {
    for size in [1 << 20, 4 << 20, 6 << 20] {
        let structure = on_a_big_stack(bomb(size));
        assert!(structure.cut);
        assert!(structure.nested_messages <= LIMITS.depth as u32);
    }
}

#[test]
fn folded_and_commented_nesting_is_bounded_too() {
    let layer = b"Content-Type:\r\n (x) MESSAGE/(y)rfc822\r\n\r\n";
    let raw: Vec<u8> = layer.iter().copied().cycle().take(1 << 20).collect();
    on_a_big_stack(raw);
}

#[test]
fn nested_multiparts_are_bounded() {
    let mut raw = Vec::new();
    for n in 0..20_000 {
        raw.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n").as_bytes(),
        );
    }
    on_a_big_stack(raw);
}

#[test]
fn what_is_past_the_limit_is_not_looked_at() {
    let mut raw = b"Subject: x\r\n\r\n".to_vec();
    raw.resize(EXAMINED_MAX + 10, b'a');
    let parsed = Parsed::from_bytes(&raw);
    assert_eq!(parsed.examined, EXAMINED_MAX);
    assert!(parsed.structure.cut);
    assert!(parsed.text.len() <= LIMITS.text);
}

#[test]
fn addresses_headers_and_references_are_taken_out() {
    let raw = b"From: \"Jane Roe\" <jane@us.army.mil>\r\nTo: a@army.ml, B <b@x.example>,\r\n c@y.example\r\n\
        Cc: undisclosed-recipients:;\r\nIn-Reply-To: <1@mail.army.mil>\r\nReferences: <0@one.example> <1@mail.army.mil>\r\n\
        List-Id: folded\r\n <list.example>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nhello\r\n";
    let parsed = Parsed::from_bytes(raw);
    assert_eq!(parsed.from[0].domain().as_str(), "us.army.mil");
    assert_eq!(parsed.from_name, "Jane Roe");
    assert_eq!(parsed.to.len(), 3);
    assert!(parsed.cc.is_empty());
    let hosts: Vec<_> = parsed.reference_hosts.iter().map(Domain::as_str).collect();
    assert_eq!(hosts, ["mail.army.mil", "one.example"]);
    assert_eq!(parsed.header("list-id"), Some("folded <list.example>"));
    assert_eq!(parsed.subject, "café");
    assert_eq!(parsed.text.trim(), "hello");
}

#[test]
fn attachments_are_named_by_the_closed_list() {
    let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n\
        --b\r\nContent-Type: application/PDF; name=\"secret.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjc=\r\n\
        --b\r\nContent-Type: application/jane-roe\r\nContent-Disposition: attachment; filename=x\r\n\r\nx\r\n--b--\r\n";
    let parsed = Parsed::from_bytes(raw);
    let types: Vec<_> = parsed.attachments.iter().map(|a| a.media_type).collect();
    assert_eq!(types, ["application/pdf", "other"]);
    assert_eq!(parsed.attachments[0].bytes, 8);
    assert_eq!(parsed.attachment_details[0].name, "secret.pdf");
    assert_eq!(parsed.attachment_details[0].magic, Some(Magic::Pdf));
    assert!(!format!("{parsed:?}").contains("secret"));
}

#[test]
fn bytes_without_a_message_are_evidence() {
    assert!(Parsed::from_bytes(b"").structure.unreadable);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let parsed = Parsed::from_bytes(&raw);
        prop_assert_eq!(parsed.examined, raw.len());
    }

    #[test]
    fn random_mail_like_lines_never_panic(lines in proptest::collection::vec(
        prop_oneof![
            Just("Content-Type: multipart/mixed; boundary=b".to_owned()),
            Just("Content-Type: text/html; charset=utf-7".to_owned()),
            Just("Content-Transfer-Encoding: base64".to_owned()),
            Just("--b".to_owned()), Just("--b--".to_owned()), Just(String::new()),
            "To: .{0,40}", "Subject: =\\?.{0,20}\\?[bq]\\?.{0,20}\\?=", "[<&].{0,30}", ".{0,60}",
        ], 0..60)) {
        let _ = Parsed::from_bytes(lines.join("\r\n").as_bytes());
    }
}
