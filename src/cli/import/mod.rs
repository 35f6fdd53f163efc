//! `restante import`: mail that an earlier catcher left readable, sealed and counted like any other.

mod decide;
mod envelope;
mod mbox;
mod source;

use crate::audit;
use crate::audit::Action;
use crate::cli::ConfigFile;
use crate::cli::OPERATOR;
use crate::cli::Said;
use crate::cli::Usage;
use crate::cli::runtime;
use crate::config::Config;
use crate::intake::Intake;
use crate::message::Address;
use crate::message::Clock;
use crate::message::Disposition;
use crate::message::Timestamp;
use crate::pseudonyms::Keys;
use crate::smtp::Outcome;
use crate::store;
use crate::store::Kept;
use crate::store::Store;
use anyhow::Context;
use decide::Following;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Bring in mail that was kept before: classified, sealed and counted like mail that arrives
///
/// The recipients are those of Delivered-To, else X-Original-To, else Envelope-To, else To and Cc, inside the zones; a
/// message with none is skipped and counted. The time is that of the topmost Received line. The policy is always hold.
/// A second run adds nothing. The source is not changed: it stays readable until you destroy it.
#[derive(clap::Args)]
pub struct Arguments {
    /// What PATH is
    #[arg(value_enum)]
    kind: source::Kind,
    /// A maildir, an mbox file, or an .eml file or a folder of them
    path: PathBuf,
    /// Take this recipient in place of what the headers say
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    #[command(flatten)]
    config: ConfigFile,
}

/// Messages under way at once: enough that one commit serves many.
const AT_ONCE: usize = 64;

/// Octets under way at once: as received and sealed they take twice as much.
const OCTETS_AT_ONCE: usize = 128 << 20;

/// Messages between two looks at the month, the directory and the rules.
const LOOK_EVERY: u64 = 64;

/// A message that is done: its size, and what became of it.
type Settled = (usize, Outcome, Option<Kept>);

/// What became of the messages.
#[derive(Default)]
struct Count {
    kept: u64,
    duplicates: u64,
    without_recipient: u64,
    too_large: u64,
    unreadable: u64,
    failed: u64,
    links: u64,
}

impl Count {
    /// What the audit trail says at the end.
    fn ended(&self, kind: source::Kind) -> serde_json::Value {
        json!({
            "phase": "ended",
            "kind": kind.name(),
            "kept": self.kept,
            "duplicates": self.duplicates,
            "without_recipient": self.without_recipient,
            "too_large": self.too_large,
            "unreadable": self.unreadable,
            "failed": self.failed,
            "links": self.links,
        })
    }
}

/// Brings it in.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    let recipient = recipient(arguments, &config)?;
    let source = source::Source::open(
        arguments.kind,
        &arguments.path,
        config.smtp.max_message_bytes,
    )
    .with_context(|| arguments.path.display().to_string())?;
    let clock = Clock::system();
    let work = bring_in(&config, arguments.kind, source, recipient.as_ref(), &clock);
    let count = runtime()?.block_on(work)?;
    report(arguments, &count)?;
    if count.unreadable + count.failed > 0 {
        return Err(Said.into());
    }
    Ok(())
}

fn recipient(arguments: &Arguments, config: &Config) -> anyhow::Result<Option<Address>> {
    let Some(text) = &arguments.recipient else {
        return Ok(None);
    };
    let address = Address::parse(text)
        .map_err(|_| Usage("--recipient: expected an address such as jane@army.ml".to_owned()))?;
    let now = Clock::system().now();
    match config.policies.decide(address.domain(), now) {
        Disposition::Listed { .. } => Ok(Some(address)),
        Disposition::Outside | Disposition::Excluded => Err(Usage(
            "--recipient: expected an address inside the zones and not excluded".to_owned(),
        )
        .into()),
    }
}

async fn bring_in(
    config: &Config,
    kind: source::Kind,
    source: source::Source,
    recipient: Option<&Address>,
    clock: &Clock,
) -> anyhow::Result<Count> {
    let store = Store::open(&config.data_dir, store::Options::default()).await?;
    let mut following = Following::begin(config, &store).await?;
    let classifier = following.classifier();
    // Who sent it is not known any more: nothing is checked.
    let intake = crate::serve::intake(config, store.clone(), classifier, None, clock.now())?;
    let intake = Arc::new(intake);
    // Before the first message: an import that was broken off shows as one that has not ended.
    let begun = json!({ "phase": "begun", "kind": kind.name() });
    record(&store, clock, begun).await?;
    let takes = (&intake, &mut following);
    let count = take_all(config, takes, source, recipient, clock).await?;
    record(&store, clock, count.ended(kind)).await?;
    store.close().await?;
    Ok(count)
}

async fn record(store: &Store, clock: &Clock, detail: serde_json::Value) -> anyhow::Result<()> {
    let entry = audit::entry(clock.now(), OPERATOR, Action::MailImported, "", detail);
    audit::record(store, entry).await?;
    Ok(())
}

async fn take_all(
    config: &Config,
    (intake, following): (&Arc<Intake>, &mut Following),
    source: source::Source,
    recipient: Option<&Address>,
    clock: &Clock,
) -> anyhow::Result<Count> {
    let bar = progress(source.octets());
    let mut count = Count {
        links: source.links(),
        unreadable: source.unreadable(),
        ..Count::default()
    };
    if count.unreadable > 0 {
        eprintln!(
            "restante: {} folders or files could not be looked at",
            count.unreadable
        );
    }
    let mut under_way: JoinSet<Settled> = JoinSet::new();
    let mut octets = 0;
    for (ordinal, message) in (1u64..).zip(source) {
        if ordinal % LOOK_EVERY == 0 {
            following.renew(intake).await?;
            renew_keys(intake, &config.pseudonym_keys, clock.now())?;
        }
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                // Its number, not its file's name: that is usually the subject.
                bar.suspend(|| eprintln!("restante: message {ordinal}: {error}"));
                count.unreadable += 1;
                continue;
            }
        };
        bar.inc(u64::try_from(message.len()).unwrap_or(0));
        if message.len() > config.smtp.max_message_bytes {
            count.too_large += 1;
            continue;
        }
        let Some(envelope) = envelope::of(&message, &config.policies, recipient, clock.now())?
        else {
            count.without_recipient += 1;
            continue;
        };
        let size = message.len();
        while under_way.len() >= AT_ONCE
            || (octets + size > OCTETS_AT_ONCE && !under_way.is_empty())
        {
            octets -= settle(under_way.join_next().await, &mut count);
        }
        octets += size;
        let intake = Arc::clone(intake);
        under_way.spawn(async move {
            let (outcome, kept) = intake.take(envelope, message, |_| true).await;
            (size, outcome, kept)
        });
    }
    while !under_way.is_empty() {
        settle(under_way.join_next().await, &mut count);
    }
    bar.finish_and_clear();
    Ok(count)
}

/// At the turn of the month an import goes on with new keys, as the server does.
fn renew_keys(intake: &Intake, file: &Path, now: Timestamp) -> anyhow::Result<()> {
    let held = intake.keys();
    if !held.is_current(now) {
        let keys = Keys::load(file, now).with_context(|| file.display().to_string())?;
        intake.replace_keys(Arc::new(keys.in_the_run_of(&held)));
    }
    Ok(())
}

/// Counts one that is done and gives its size back.
fn settle(done: Option<Result<Settled, tokio::task::JoinError>>, count: &mut Count) -> usize {
    let Some(Ok((size, outcome, kept))) = done else {
        count.failed += 1;
        return 0;
    };
    match (outcome, kept) {
        (Outcome::Kept, Some(Kept::Duplicate(_))) => count.duplicates += 1,
        (Outcome::Kept, _) => count.kept += 1,
        _ => count.failed += 1,
    }
    size
}

fn progress(octets: Option<u64>) -> ProgressBar {
    // Draws on standard error, and only where that is a terminal.
    let template = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
    match (octets, ProgressStyle::with_template(template)) {
        (Some(octets), Ok(style)) => ProgressBar::new(octets).with_style(style),
        _ => ProgressBar::new_spinner(),
    }
}

fn report(arguments: &Arguments, count: &Count) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "imported             {:>10}", count.kept)?;
    writeln!(out, "already here         {:>10}", count.duplicates)?;
    writeln!(out, "no recipient of ours {:>10}", count.without_recipient)?;
    writeln!(out, "too large            {:>10}", count.too_large)?;
    writeln!(out, "unreadable           {:>10}", count.unreadable)?;
    writeln!(out, "failed               {:>10}", count.failed)?;
    writeln!(out, "links not followed   {:>10}", count.links)?;
    let path = arguments.path.display();
    writeln!(
        out,
        "{path} is as it was: whoever can read it can read that mail. Destroy it when you are done."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::messages::Order;
    use crate::store::messages::Page;
    use std::collections::BTreeSet;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering;

    /// 2023-07-31T12:00:00Z.
    const JULY: Timestamp = Timestamp::from_millis(1_690_804_800_000);

    #[test]
    fn a_month_that_turns_under_way_brings_new_keys() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let recipient = crate::seal::identity::Identity::generate().recipient();
        let made = [
            "restante".into(),
            "init".into(),
            at("trial").into_os_string(),
            "--zone=ml".into(),
            format!("--recipient={}", recipient.as_str()).into(),
        ];
        assert_eq!(
            format!("{:?}", crate::cli::run(made)),
            format!("{:?}", std::process::ExitCode::SUCCESS)
        );
        let config = Config::load(&at("trial").join("restante.toml")).unwrap();
        let mail = |n| {
            format!("From x\nTo: jane@army.ml\nDate: Tue, 16 May 2023 10:00:00 +0000\n\n{n}\n\n")
        };
        std::fs::write(at("mbox"), (0..300).map(mail).collect::<String>()).unwrap();
        let source = source::Source::open(source::Kind::Mbox, &at("mbox"), 1000).unwrap();
        let asked = AtomicU64::new(0);
        let clock = Clock::new(move || {
            JULY.plus_days(i64::from(asked.fetch_add(1, Ordering::Relaxed) >= 150))
        });
        runtime().unwrap().block_on(async {
            let count = bring_in(&config, source::Kind::Mbox, source, None, &clock)
                .await
                .unwrap();
            assert_eq!((count.kept, count.failed), (300, 0));
            let keys = std::fs::read_to_string(&config.pseudonym_keys).unwrap();
            assert!(keys.contains("month 2023-08 "));
            let store = Store::open(&config.data_dir, store::Options::default())
                .await
                .unwrap();
            let all = Page {
                order: Order::NewestFirst,
                after: None,
                case: None,
                limit: 1000,
            };
            let rows = store.messages(all).await.unwrap();
            let names: BTreeSet<_> = rows.iter().map(|row| &row.recipient_pseudonym).collect();
            assert_eq!(names.len(), 1, "the same in the whole run");
            store.close().await.unwrap();
        });
    }
}
