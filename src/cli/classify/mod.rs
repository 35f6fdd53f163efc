//! `restante classify`: what the classifier says, without a server.

pub mod lines;

use crate::classify::Classifier;
use crate::classify::Organisation;
use crate::classify::Popular;
use crate::classify::organisations_from_csv;
use crate::classify::rules::Rules;
use crate::cli::Said;
use crate::cli::runtime;
use crate::config::Config;
use crate::store::Options;
use crate::store::Store;
use anyhow::Context;
use std::path::PathBuf;

/// Classify typed domains, and messages, given as JSON lines on standard input
///
/// One object a line: `typed` (the domain as it was typed; required), and, where known, `eml` (path of the message),
/// `mail_from`, `rcpt` (list), `helo`, `ip`. One object a line comes back, in the same order, at once: `typed`,
/// `intended` (null: unknown), `organisation`, `confidence`, `runner_up`, `reasons`; with an eml also `verdict`,
/// `verdict_confidence`, `sensitivity`, `language`. A line that cannot be used gives `error` and `line`, the work goes
/// on, and the exit code is 1. Nothing is stored.
#[derive(clap::Args)]
pub struct Arguments {
    /// Take zones, organisations, popular domains and the rules of staff from this installation
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Organisations from a CSV file (header: domain,name,country,language,contact)
    #[arg(long, value_name = "FILE.csv")]
    organisations: Option<PathBuf>,
    /// Popular domains, one a line, most popular first, in place of the built-in list
    #[arg(long, value_name = "FILE.txt")]
    popular: Option<PathBuf>,
}

/// Reads, classifies, writes.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.as_deref().map(Config::load).transpose()?;
    let zones = config
        .as_ref()
        .map(|config| config.zones.clone())
        .unwrap_or_default();
    let (organisations, rules) = directory(arguments, config.as_ref())?;
    let popular = popular(arguments, config.as_ref())?;
    let names = lines::names_of(&organisations);
    let classifier = Classifier::new(&zones, organisations, &popular).with_rules(rules);
    let all_good = lines::run(
        &classifier,
        &names,
        std::io::BufReader::new(std::io::stdin()),
        std::io::stdout(),
    )?;
    if all_good { Ok(()) } else { Err(Said.into()) }
}

/// The organisations, and what staff have said of names where an installation is given.
fn directory(
    arguments: &Arguments,
    config: Option<&Config>,
) -> anyhow::Result<(Vec<Organisation>, Rules)> {
    let given = arguments.organisations.as_ref().map(|file| {
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| shown.clone())?;
        organisations_from_csv(&text).context(shown)
    });
    let given = given.transpose()?;
    let Some(config) = config else {
        return Ok((given.unwrap_or_default(), Rules::default()));
    };
    runtime()?.block_on(async {
        let store = Store::open_to_read(&config.data_dir, Options::default()).await?;
        let rules = Rules::new(store.rules_in_force().await?);
        let organisations = match given {
            Some(organisations) => organisations,
            None => store.directory().await?,
        };
        Ok((organisations, rules))
    })
}

fn popular(arguments: &Arguments, config: Option<&Config>) -> anyhow::Result<Popular> {
    match (&arguments.popular, config) {
        (Some(file), _) => crate::serve::popular_from(Some(file)),
        (None, Some(config)) => crate::serve::popular_from(config.popular_file.as_deref()),
        (None, None) => Ok(Popular::shipped()),
    }
}
