//! `restante evaluate`: how right the classifier is, on data whose answers are known.

pub mod data;
mod lists;
mod messages;
mod names;
pub mod statistics;
mod table;

use crate::classify::Classifier;
use crate::classify::Organisation;
use crate::classify::Popular;
use crate::classify::organisations_from_csv;
use anyhow::Context;
use data::Data;
use data::Set;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use messages::Judged;
use serde::Serialize;
use serde_json::Value;
use statistics::Rate;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Stack of the thread that parses: see [`crate::message::parse`].
const PARSE_STACK: usize = 256 << 20;

/// Measure how often the classifier is right, on data with known answers
///
/// DIR, or a folder in it, has `pairs.tsv` (typed names and what was meant), `manifest.tsv` or `manifest.jsonl` (messages
/// with verdicts), `messages.jsonl` (messages with labels), `attachments.tsv` (names with labels), or some of them;
/// docs/classification.md gives their columns. The directory is `protected.tsv` and the popular list `popular*.tsv` there, where
/// nothing else is said. Prints tables with 95 % intervals. Only counts of the data are printed, but for --misses.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Organisations from a CSV file (header: domain,name,country,language,contact)
    #[arg(long, value_name = "FILE.csv")]
    organisations: Option<PathBuf>,
    /// Popular domains, one a line, most popular first
    #[arg(long, value_name = "FILE.txt")]
    popular: Option<PathBuf>,
    /// Print one JSON object in place of the tables
    #[arg(long)]
    json: bool,
    /// Write every wrong answer there, one JSON object a line: names and paths of the data, never text of a message
    #[arg(long, value_name = "FILE.jsonl")]
    misses: Option<PathBuf>,
}

/// All figures.
#[derive(Serialize)]
struct Figures {
    /// The program's version.
    version: &'static str,
    /// Domains from the name alone: with the directory and list that were given, and with what is shipped alone.
    intended: Vec<names::Found>,
    /// Domains with the message's evidence.
    intended_with_message: Option<Rate>,
    /// Verdicts, by set.
    verdicts: Vec<messages::Verdicts>,
    /// Labels, by set and language.
    labels: Vec<messages::Labels>,
    /// Names of attachments whose labels are exactly right.
    attachments: Option<Rate>,
    /// How long an ordinary message takes.
    speed: Option<messages::Speed>,
}

/// Reads, measures, prints.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let data = Data::read(&arguments.folder)?;
    let organisations = organisations(arguments, &data)?;
    let popular = popular(arguments, &data)?;
    let mut misses = Vec::new();
    let figures = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("evaluate".to_owned())
            .stack_size(PARSE_STACK)
            .spawn_scoped(scope, || {
                measure(&data, organisations, &popular, &mut misses)
            })
            .context("starting the parsing thread")?
            .join()
            .map_err(|_| anyhow::anyhow!("the parsing thread panicked"))?
    })?;
    if let Some(file) = &arguments.misses {
        write_misses(file, &misses).with_context(|| file.display().to_string())?;
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &figures)?;
        writeln!(out)?;
    } else {
        table::print(&figures, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

fn organisations(arguments: &Arguments, data: &Data) -> anyhow::Result<Vec<Organisation>> {
    let (text, shown) = match (&arguments.organisations, &data.directory) {
        (Some(file), _) => {
            let shown = file.display().to_string();
            let text = std::fs::read_to_string(file).with_context(|| shown.clone())?;
            (text, shown)
        }
        (None, Some(text)) => (text.clone(), "protected.tsv".to_owned()),
        (None, None) => return Ok(Vec::new()),
    };
    organisations_from_csv(&text).context(shown)
}

fn popular(arguments: &Arguments, data: &Data) -> anyhow::Result<Popular> {
    let file = arguments.popular.as_ref().or(data.popular.as_ref());
    crate::serve::popular_from(file.map(PathBuf::as_path))
}

fn measure(
    data: &Data,
    organisations: Vec<Organisation>,
    popular: &Popular,
    misses: &mut Vec<Value>,
) -> anyhow::Result<Figures> {
    let given = format!(
        "{} organisations, {} names",
        organisations.len(),
        popular.len()
    );
    let classifier = Classifier::new(&[], organisations, popular);
    let mut intended = Vec::new();
    if !data.pairs.is_empty() {
        intended.push(names::find(&given, &classifier, &data.pairs, misses));
        let shipped = Classifier::new(&[], Vec::new(), &Popular::shipped());
        let alone = "the shipped lists alone";
        intended.push(names::find(alone, &shipped, &data.pairs, misses));
    }
    let judged = judged(&classifier, data)?;
    let sets = [Set::Archives, Set::Modern, Set::Labelled];
    let verdicts = sets.map(|set| messages::verdicts(set, &judged, misses));
    let labels = sets.map(|set| messages::labels(set, &judged, misses));
    Ok(Figures {
        version: env!("CARGO_PKG_VERSION"),
        intended,
        intended_with_message: messages::intended(&judged, misses),
        verdicts: verdicts.into_iter().flatten().collect(),
        labels: labels.into_iter().flatten().collect(),
        attachments: messages::attachments(&classifier, &data.names, misses),
        speed: messages::speed(&judged),
    })
}

fn judged<'a>(classifier: &Classifier, data: &'a Data) -> anyhow::Result<Vec<Judged<'a>>> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} messages, {eta} to go")?;
    // On standard error, and only where somebody looks.
    let bar = ProgressBar::new(data.mail.len() as u64).with_style(style);
    let judged = data
        .mail
        .iter()
        .map(|mail| {
            bar.inc(1);
            messages::judge(classifier, mail)
        })
        .collect();
    bar.finish_and_clear();
    judged
}

fn write_misses(file: &Path, misses: &[Value]) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    for miss in misses {
        writeln!(out, "{miss}")?;
    }
    out.flush()
}
