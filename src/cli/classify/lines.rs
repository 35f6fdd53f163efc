//! `restante classify`: JSON lines in, JSON lines out.
//!
//! One object a line: `typed` (required), `eml` (a path), `mail_from`, `rcpt` (a list), `helo`, `ip`. One object a line
//! comes back, in the same order, flushed at once. A line that cannot be used gives `{"error", "line"}` and the work
//! goes on. No error says anything of a message.

use crate::classify::Classification;
use crate::classify::Classifier;
use crate::classify::Classify;
use crate::classify::Evidence;
use crate::classify::Intended;
use crate::classify::Organisation;
use crate::classify::OrganisationId;
use crate::classify::Sensitivity;
use crate::message::Address;
use crate::message::Circumstances;
use crate::message::Client;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Helo;
use crate::message::MessageId;
use crate::message::Parsed;
use crate::message::Policy;
use crate::message::Protocol;
use crate::message::Recipient;
use crate::message::ReversePath;
use crate::message::Timestamp;
use crate::message::parse::EXAMINED_MAX;
use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use std::io::BufRead;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use zeroize::Zeroizing;

/// Stack of the thread that parses: see [`crate::message::parse`].
const PARSE_STACK: usize = 256 << 20;

/// Recipients and length of one line of input: a file of names is no reason to run out of memory.
const LINE_MAX: u64 = 1 << 20;

/// What the organisations are called.
#[must_use]
pub fn names_of(organisations: &[Organisation]) -> HashMap<OrganisationId, String> {
    let named = organisations.iter().map(|o| (o.id, o.name.clone()));
    named.collect()
}

/// Reads lines until the input ends. Gives whether every line could be used.
///
/// # Errors
/// Input that cannot be read, output that cannot be written, no thread.
pub fn run(
    classifier: &Classifier,
    names: &HashMap<OrganisationId, String>,
    input: impl BufRead + Send,
    output: impl Write + Send,
) -> anyhow::Result<bool> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("classify".to_owned())
            .stack_size(PARSE_STACK)
            .spawn_scoped(scope, || lines(classifier, names, input, output))
            .context("starting the parsing thread")?
            .join()
            .map_err(|_| anyhow::anyhow!("the parsing thread panicked"))?
    })
}

fn lines(
    classifier: &Classifier,
    names: &HashMap<OrganisationId, String>,
    mut input: impl BufRead,
    mut output: impl Write,
) -> anyhow::Result<bool> {
    let mut all_good = true;
    let mut buffer = Zeroizing::new(Vec::new());
    for line in 1u64.. {
        buffer.clear();
        let read = (&mut input)
            .take(LINE_MAX)
            .read_until(b'\n', &mut buffer)
            .context("reading standard input")?;
        if read == 0 {
            break;
        }
        if buffer.trim_ascii().is_empty() {
            continue;
        }
        let answer = answer(classifier, names, &buffer).unwrap_or_else(|error| {
            all_good = false;
            json!({ "error": error.to_string(), "line": line })
        });
        serde_json::to_writer(&mut output, &answer).context("writing standard output")?;
        output.write_all(b"\n").context("writing standard output")?;
        output.flush().context("writing standard output")?;
    }
    Ok(all_good)
}

#[derive(Deserialize)]
struct Line {
    typed: String,
    eml: Option<std::path::PathBuf>,
    mail_from: Option<String>,
    #[serde(default)]
    rcpt: Vec<String>,
    helo: Option<String>,
    ip: Option<IpAddr>,
}

/// Why a line was not used. Says nothing of what stood in it.
#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error("not a JSON object with `typed`")]
    Json,
    #[error("`typed` is not a domain name")]
    Typed,
    #[error("`eml` cannot be read")]
    Eml,
}

fn answer(
    classifier: &Classifier,
    names: &HashMap<OrganisationId, String>,
    line: &[u8],
) -> Result<Value, LineError> {
    let line: Line = serde_json::from_slice(line).map_err(|_| LineError::Json)?;
    let typed = Domain::parse(&line.typed).map_err(|_| LineError::Typed)?;
    let Some(path) = &line.eml else {
        let envelope = envelope(&line, &typed, None);
        let recipient = recipient_at(&envelope, &typed);
        let evidence = recipient.map_or_else(Evidence::none, |r| {
            Evidence::gather(&envelope, None, &r.address)
        });
        let sender = envelope.reverse_path.address();
        let sender = sender.map(|address| address.domain().registrable());
        let intended = classifier.decide(&typed, sender.as_ref(), &evidence);
        return Ok(object(&line.typed, &intended, names, None));
    };
    let raw = read_head(path).map_err(|_| LineError::Eml)?;
    let parsed = Parsed::from_bytes(&raw);
    let envelope = envelope(&line, &typed, Some(&parsed));
    let classification = classifier.classify(&envelope, &parsed, &Circumstances::UNKNOWN);
    let at = envelope
        .recipients
        .iter()
        .position(|r| *r.typed_domain() == typed)
        .unwrap_or(0);
    let intended = classification
        .intended
        .get(at)
        .cloned()
        .unwrap_or_else(|| classifier.intended(&typed, &Evidence::none()));
    Ok(object(&line.typed, &intended, names, Some(&classification)))
}

/// The envelope that a line describes. Where `rcpt` names nobody at the typed domain, somebody is made up; where
/// `mail_from` is absent, Return-Path or else From stands for it.
fn envelope(line: &Line, typed: &Domain, parsed: Option<&Parsed>) -> Envelope {
    let mut recipients: Vec<Recipient> = line
        .rcpt
        .iter()
        .filter_map(|text| Address::parse(text).ok())
        .map(|address| Recipient {
            address,
            watch: None,
        })
        .collect();
    if !recipients.iter().any(|r| r.typed_domain() == typed)
        && let Ok(address) = Address::from_parts("unknown", typed.clone())
    {
        recipients.insert(
            0,
            Recipient {
                address,
                watch: None,
            },
        );
    }
    let reverse_path = reverse_path(line.mail_from.as_deref(), parsed);
    Envelope {
        id: MessageId::from_bytes([0; 16]),
        received_at: Timestamp::from_millis(0),
        client: Client {
            address: line.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            helo: Helo::new(line.helo.as_deref().unwrap_or_default()),
            protocol: Protocol::Import,
            tls: None,
        },
        reverse_path,
        recipients,
        policy: Policy::Hold,
    }
}

/// MAIL FROM as given, or as the message's own header fields tell it.
pub(in crate::cli) fn reverse_path(given: Option<&str>, parsed: Option<&Parsed>) -> ReversePath {
    let stated = given.or_else(|| parsed.and_then(|p| p.header("return-path")));
    let address = match stated {
        Some(text) => Address::parse(text.trim().trim_matches(['<', '>'])).ok(),
        None => parsed.and_then(|p| p.from.first()).cloned(),
    };
    address.map_or(ReversePath::Null, ReversePath::Address)
}

fn recipient_at<'e>(envelope: &'e Envelope, typed: &Domain) -> Option<&'e Recipient> {
    envelope
        .recipients
        .iter()
        .find(|r| r.typed_domain() == typed)
}

/// As much of the file as is examined.
pub(in crate::cli) fn read_head(path: &std::path::Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let file = std::fs::File::open(path)?;
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(EXAMINED_MAX);
    // Reserved at once: a buffer that grows leaves unwiped copies behind.
    let mut raw = Zeroizing::new(Vec::with_capacity(size.min(EXAMINED_MAX) + 1));
    file.take(EXAMINED_MAX as u64).read_to_end(&mut raw)?;
    Ok(raw)
}

fn object(
    typed: &str,
    intended: &Intended,
    names: &HashMap<OrganisationId, String>,
    message: Option<&Classification>,
) -> Value {
    let mut answer = json!({
        "typed": typed,
        "intended": intended.domain.as_ref().map(Domain::as_str),
        "organisation": intended.organisation.and_then(|id| names.get(&id)),
        "confidence": rounded(intended.confidence),
        "runner_up": intended.runner_up.as_ref().map(|(domain, confidence)| {
            json!({ "intended": domain.as_str(), "confidence": rounded(*confidence) })
        }),
        "reasons": reasons(&intended.reasons),
    });
    if let (Some(message), Some(fields)) = (message, answer.as_object_mut()) {
        fields.insert("verdict".to_owned(), json!(message.verdict.name()));
        fields.insert(
            "verdict_confidence".to_owned(),
            json!(rounded(message.verdict_confidence)),
        );
        fields.insert(
            "verdict_reasons".to_owned(),
            reasons(&message.verdict_reasons),
        );
        let labels: Vec<_> = message
            .sensitivity
            .iter()
            .map(|s| Sensitivity::name(*s))
            .collect();
        fields.insert("sensitivity".to_owned(), json!(labels));
        fields.insert("language".to_owned(), json!(message.language));
    }
    answer
}

fn reasons(reasons: &[crate::classify::Reason]) -> Value {
    reasons
        .iter()
        .map(|r| json!({ "code": r.code.name(), "weight": rounded(r.weight) }))
        .collect()
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Popular;

    fn run_on(input: &str) -> (bool, Vec<Value>) {
        let mut output = Vec::new();
        let good = run(
            &Classifier::new(&[], Vec::new(), &Popular::shipped()),
            &HashMap::new(),
            input.as_bytes(),
            &mut output,
        )
        .unwrap();
        let lines = String::from_utf8(output).unwrap();
        (
            good,
            lines
                .lines()
                .map(|l| serde_json::from_str(l).unwrap())
                .collect(),
        )
    }

    #[test]
    fn a_bad_line_is_answered_and_the_work_goes_on() {
        let (good, lines) = run_on(
            "{\"typed\":\"gmail.cm\"}\nsecret words\n\n{\"typed\":\"secret words\"}\n\
             {\"typed\":\"x.ml\",\"eml\":\"/nonexistent/secret\"}\n{\"typed\":\"gmail.com\"}\n",
        );
        assert!(!good);
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[0]["intended"], "gmail.com");
        assert_eq!(lines[1]["line"], 2);
        assert_eq!(lines[2]["line"], 4);
        assert_eq!(lines[3]["line"], 5);
        assert_eq!(lines[4]["intended"], Value::Null);
        assert!(!format!("{lines:?}").contains("secret"));
    }

    #[test]
    fn co_recipients_are_evidence_without_a_message() {
        let line = "{\"typed\":\"nowhere-advies.ml\",\"rcpt\":[\"a@nowhere-advies.ml\",\"b@nowhere-advies.nl\"]}\n";
        let (good, lines) = run_on(line);
        assert!(good);
        assert_eq!(lines[0]["intended"], "nowhere-advies.nl");
    }

    #[test]
    fn a_message_brings_verdict_labels_and_language() {
        let path =
            std::env::temp_dir().join(format!("restante-classify-{}.eml", std::process::id()));
        std::fs::write(&path, b"From: a@b.example\r\nSubject: hi\r\n\r\nhello\r\n").unwrap();
        let (good, lines) = run_on(&format!("{{\"typed\":\"gmail.cm\",\"eml\":{path:?}}}\n"));
        std::fs::remove_file(&path).unwrap();
        assert!(good);
        for field in ["verdict", "verdict_confidence", "sensitivity", "language"] {
            assert!(lines[0].get(field).is_some(), "{field}");
        }
    }
}
