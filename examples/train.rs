//! Trains the weights of the verdict from labelled mail: for maintainers, never on mail that was caught.
//!
//!     cargo run --release --example train -- --own OURS DIR > src/classify/verdict/weights.tsv
//!     cargo run --release --example train -- --own OURS DIR --check halves
//!     cargo run --release --example train -- --own OURS DIR --check sources
//!
//! DIR states the licence of each row, and what does not permit it is not trained on; OURS is of our own writing. Their form
//! is that of `restante evaluate`.

use clap::Parser;
use restante::cli::train::Check;
use restante::cli::train::Plan;
use std::path::PathBuf;

#[derive(Parser)]
struct Arguments {
    /// Folders whose rows state their licences
    folders: Vec<PathBuf>,
    /// A folder of our own writing
    #[arg(long, value_name = "OURS")]
    own: Vec<PathBuf>,
    /// Measure in place of writing weights: `halves` of the groups, or each of the `sources` left out
    #[arg(long, value_name = "HOW")]
    check: Option<How>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum How {
    Halves,
    Sources,
}

fn main() -> anyhow::Result<()> {
    let Arguments {
        folders,
        own,
        check,
    } = Arguments::parse();
    let check = check.map(|how| match how {
        How::Halves => Check::Halves,
        How::Sources => Check::Sources,
    });
    let plan = Plan {
        folders,
        own,
        check,
    };
    restante::cli::train::run(&plan, std::io::stdout())
}
