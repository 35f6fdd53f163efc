//! What a reply may look like, and that it is one of ours: nothing that a peer has said is in it.

use std::collections::HashSet;
use std::sync::OnceLock;

/// A reply: its code, and its lines as they were sent, without CRLF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub code: u16,
    pub lines: Vec<String>,
}

/// Puts lines together to replies, each line checked.
pub fn replies(lines: &[String]) -> Vec<Said> {
    let mut replies: Vec<Said> = Vec::new();
    let mut open = false;
    for line in lines {
        check(line);
        let code = line[..3].parse().unwrap();
        if open {
            let reply = replies.last_mut().unwrap();
            // RFC 5321 4.2.1
            assert_eq!(reply.code, code, "two codes in one reply: {line}");
            reply.lines.push(line.clone());
        } else {
            let lines = vec![line.clone()];
            replies.push(Said { code, lines });
        }
        open = line.as_bytes()[3] == b'-';
    }
    assert!(!open, "a reply without a last line");
    replies
}

fn check(line: &str) {
    // RFC 5321 4.5.3.1.5
    assert!(line.len() <= 510, "too long: {line}");
    // RFC 5321 4.2
    let printable = line.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    assert!(printable, "{}", line.escape_debug());
    let (code, rest) = line.split_at_checked(3).expect("a code");
    let digits = code.as_bytes();
    let shaped = matches!(digits[0], b'2'..=b'5')
        && matches!(digits[1], b'0'..=b'5')
        && digits[2].is_ascii_digit()
        && matches!(rest.as_bytes().first(), Some(b' ' | b'-'));
    assert!(shaped, "no reply: {line}");
    if is_hello(line) {
        return;
    }
    // RFC 2034 4
    if digits[0] != b'3' {
        let class = format!("{}.", &code[..1]);
        assert!(rest[1..].starts_with(&class), "no enhanced code: {line}");
    }
    let kept = line
        .strip_prefix("250 2.6.0 Kept as ")
        .is_some_and(is_identifier);
    // `smtp_support` has one name in its directory whose owner agreed to be named.
    let hinted = line.contains("did you mean army.mil? ") && hints().contains(line);
    let ours = kept || hinted || constants().contains(line);
    assert!(ours, "not ours: {line}");
}

/// The greeting and the answers to HELO and EHLO, which have no enhanced code.
fn is_hello(line: &str) -> bool {
    let size = line.strip_prefix("250-SIZE ");
    matches!(line, "220 mx.nic.ml ESMTP" | "250 mx.nic.ml")
        || line == "250-mx.nic.ml"
        || size.is_some_and(|size| size.bytes().all(|byte| byte.is_ascii_digit()))
        || extensions().contains(line)
}

fn is_identifier(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The source of the replies: what is not written there is not ours to say.
const SOURCE: &str = include_str!("../../src/smtp/reply.rs");

/// `reply(code, status, text)` of the source as lines.
fn constants() -> &'static HashSet<String> {
    static CONSTANTS: OnceLock<HashSet<String>> = OnceLock::new();
    CONSTANTS.get_or_init(|| {
        let mut found = HashSet::new();
        for call in SOURCE.split("reply(").skip(1) {
            let call = call.trim_start();
            let code: String = call.chars().take_while(char::is_ascii_digit).collect();
            let mut texts = call.split('"').skip(1).step_by(2);
            if let (3, Some(status), Some(text)) = (code.len(), texts.next(), texts.next()) {
                let words = [code.as_str(), status, text].into_iter();
                let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
                found.insert(words.join(" "));
            }
        }
        assert!(found.len() >= 40, "{} replies in the source", found.len());
        found
    })
}

/// The lines that name a domain of the directory.
fn hints() -> &'static HashSet<String> {
    static HINTS: OnceLock<HashSet<String>> = OnceLock::new();
    HINTS.get_or_init(|| {
        let literals = SOURCE.split('"').skip(1).step_by(2);
        literals
            .map(|text| text.replace("{meant}", "army.mil"))
            .collect()
    })
}

/// The extensions' lines: literals of the source without anything to fill in.
fn extensions() -> &'static HashSet<&'static str> {
    static EXTENSIONS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    EXTENSIONS.get_or_init(|| {
        let literals = SOURCE.split('"').skip(1).step_by(2);
        let found: HashSet<_> = literals
            .filter(|text| text.starts_with("250") && !text.contains('{'))
            .collect();
        assert!(found.contains("250-PIPELINING"), "{found:?}");
        found
    })
}
