//! `restante check-config`: whether `serve` would start with this file.

use crate::cli::ConfigFile;
use std::io::Write;

/// Check a configuration file
///
/// Prints nothing but `ok` and notes, and exits 0; or prints FILE:LINE: key: what was expected, and exits 78.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
}

/// Checks it.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    let mut out = std::io::stdout().lock();
    for note in &config.notes {
        writeln!(out, "note: {note}")?;
    }
    writeln!(out, "{}: ok", config.file.display())?;
    Ok(())
}
