//! `restante stats`: what was caught so far, from the totals that the store keeps.

use crate::cli::ConfigFile;
use crate::cli::runtime;
use crate::store::Options;
use crate::store::Store;
use std::io::Write;

/// Show what was caught so far, in numbers
///
/// Recipients are what cases count: a message to three people is three recipients. Duplicates are repeats of the same
/// envelope and bytes; they are in no other number. `refused_by_name` and `misrouted_by_domain` are recipients of the last
/// thirty days, the most first in number and at most a hundred names each; `operator` is the registry's own mail, sealed,
/// as it is held now.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Names of each kind.
const NAMES: u32 = 100;

/// Prints them.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    let value = runtime()?.block_on(async {
        let store = Store::open_to_read(&config.data_dir, Options::default()).await?;
        let mut value = serde_json::to_value(store.stats().await?)?;
        let (first, last) = Store::thirty_days(store.clock().now());
        let by_name = [
            (
                "refused_by_name",
                store.most_refused(first, last, NAMES).await?,
            ),
            (
                "misrouted_by_domain",
                store.most_misrouted(first, last, NAMES).await?,
            ),
        ];
        for (key, sums) in by_name {
            let sums = sums
                .into_iter()
                .map(|sum| (sum.name, sum.recipients.into()));
            value[key] = serde_json::Value::Object(sums.collect());
        }
        store.close().await?;
        anyhow::Ok(value)
    })?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{value}")?;
    } else {
        print(&mut out, "", &value)?;
    }
    Ok(())
}

/// One number a line, names indented below their group.
fn print(out: &mut impl Write, indent: &str, value: &serde_json::Value) -> std::io::Result<()> {
    let Some(object) = value.as_object() else {
        return Ok(());
    };
    for (name, value) in object {
        if value.is_object() {
            writeln!(out, "{indent}{}", name.replace('_', " "))?;
            print(out, &format!("{indent}  "), value)?;
        } else {
            // A domain is shown as it is.
            let shown = match name.contains('.') {
                true => name.clone(),
                false => name.replace('_', " "),
            };
            let name = format!("{indent}{shown}");
            writeln!(out, "{name:<28}{value:>12}")?;
        }
    }
    Ok(())
}
