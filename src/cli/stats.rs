//! `restante stats`: what was caught so far, from the totals that the store keeps.

use crate::cli::ConfigFile;
use crate::cli::runtime;
use crate::store::Options;
use crate::store::Store;
use std::io::Write;

/// Show what was caught so far, in numbers
///
/// Recipients are what cases count: a message to three people is three recipients. Duplicates are repeats of the same
/// envelope and bytes; they are in no other number.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints them.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    let stats = runtime()?.block_on(async {
        let store = Store::open_to_read(&config.data_dir, Options::default()).await?;
        let stats = store.stats().await?;
        store.close().await?;
        anyhow::Ok(stats)
    })?;
    let value = serde_json::to_value(&stats)?;
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
            let name = format!("{indent}{}", name.replace('_', " "));
            writeln!(out, "{name:<28}{value:>12}")?;
        }
    }
    Ok(())
}
