//! Trains the weights of the verdict from labelled mail: for maintainers, never on mail that was caught.
//!
//!     cargo run --release --example train -- MANIFEST.jsonl WEIGHTS
//!
//! The form of the manifest stands in `src/cli/train.rs`; rows that are held out are judged on standard output.

use anyhow::Context;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(manifest), Some(weights)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: train MANIFEST.jsonl WEIGHTS");
    };
    let rows = std::fs::read_to_string(&manifest).context(manifest)?;
    let file = std::fs::File::create(&weights).context(weights)?;
    restante::cli::train::train_on(&rows, file, std::io::stdout())
}
