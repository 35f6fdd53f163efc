//! Training of the verdict's weights from a list of labelled mail: for maintainers, at build time, never on caught mail.
//!
//! Input is JSON lines: `eml` (a path), `verdict`, `source` (the archive it is from), and where known `mail_from`,
//! `rcpt`, `helo`; `held_out: true` keeps a row out of training and has it judged instead. Whoever makes the list
//! answers for the licences of its rows.

use crate::classify::Verdict;
use crate::classify::verdict::Example;
use crate::classify::verdict::train;
use crate::cli::classify::lines::read_head;
use crate::cli::classify::lines::reverse_path;
use crate::message::Address;
use crate::message::Client;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Helo;
use crate::message::MessageId;
use crate::message::Parsed;
use crate::message::Policy;
use crate::message::Protocol;
use crate::message::Recipient;
use crate::message::Timestamp;
use anyhow::Context;
use serde::Deserialize;
use serde_json::json;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Row {
    eml: PathBuf,
    verdict: String,
    source: String,
    mail_from: Option<String>,
    #[serde(default)]
    rcpt: Vec<String>,
    helo: Option<String>,
    #[serde(default)]
    held_out: bool,
}

/// Trains on the rows of `manifest`; writes the weights to `weights` and one line per held-out row to `judged`.
///
/// # Errors
/// A row that is not of the form above, a file that cannot be read.
pub fn train_on(
    manifest: &str,
    weights: impl Write + Send,
    judged: impl Write + Send,
) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(256 << 20)
            .spawn_scoped(scope, || on_this_thread(manifest, weights, judged))
            .context("starting the parsing thread")?
            .join()
            .map_err(|_| anyhow::anyhow!("the parsing thread panicked"))?
    })
}

fn on_this_thread(
    manifest: &str,
    mut weights: impl Write,
    mut judged: impl Write,
) -> anyhow::Result<()> {
    let (mut examples, mut held_out, mut held_rows) = (Vec::new(), Vec::new(), Vec::new());
    for (at, line) in manifest.lines().enumerate() {
        let row: Row = serde_json::from_str(line).with_context(|| format!("line {}", at + 1))?;
        let verdict = Verdict::ALL
            .into_iter()
            .find(|v| v.name() == row.verdict)
            .with_context(|| format!("line {}: unknown verdict", at + 1))?;
        let raw = read_head(&row.eml).with_context(|| format!("line {}: reading eml", at + 1))?;
        let parsed = Parsed::from_bytes(&raw);
        let example = Example::new(&envelope(&row, &parsed)?, &parsed, verdict, &row.source);
        if row.held_out {
            held_out.push(example);
            held_rows.push(row);
        } else {
            examples.push(example);
        }
    }
    let (text, verdicts) = train(&examples, &held_out);
    weights.write_all(text.as_bytes())?;
    for (row, (verdict, confidence)) in held_rows.iter().zip(verdicts) {
        let line = json!({
            "eml": row.eml, "verdict": row.verdict, "source": row.source,
            "judged": verdict.name(), "confidence": confidence,
        });
        writeln!(judged, "{line}")?;
    }
    Ok(())
}

fn envelope(row: &Row, parsed: &Parsed) -> anyhow::Result<Envelope> {
    let mut recipients: Vec<Recipient> = row
        .rcpt
        .iter()
        .filter_map(|text| Address::parse(text).ok())
        .map(|address| Recipient {
            address,
            watch: None,
        })
        .collect();
    if recipients.is_empty() {
        let address = Address::from_parts("unknown", Domain::parse("typed.invalid")?)?;
        recipients.push(Recipient {
            address,
            watch: None,
        });
    }
    Ok(Envelope {
        id: MessageId::from_bytes([0; 16]),
        received_at: Timestamp::from_millis(0),
        client: Client {
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            helo: Helo::new(row.helo.as_deref().unwrap_or_default()),
            protocol: Protocol::Import,
            tls: None,
        },
        reverse_path: reverse_path(row.mail_from.as_deref(), Some(parsed)),
        recipients,
        policy: Policy::Hold,
    })
}
