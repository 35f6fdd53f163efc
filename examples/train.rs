//! Trains the weights of the verdict, or of the labels, from labelled mail: for maintainers, never on mail that was caught.
//!
//!     cargo run --release --example train -- --own OURS DIR > src/classify/verdict/weights.tsv
//!     cargo run --release --example train -- --own OURS DIR --check halves
//!     cargo run --release --example train -- --own OURS DIR --check sources
//!     cargo run --release --example train -- --labels --own OURS > src/classify/sensitivity/weights.tsv
//!     cargo run --release --example train -- --labels --own OURS --unseen ASIDE
//!
//! DIR states the licence of each row, and what does not permit it is not trained on; OURS is of our own writing; ASIDE is
//! judged with weights of the others. Their form is that of `restante evaluate`.

use clap::Parser;
use restante::cli::train::Check;
use restante::cli::train::Plan;
use restante::cli::train::What;
use std::path::PathBuf;

#[derive(Parser)]
struct Arguments {
    /// Folders whose rows state their licences
    folders: Vec<PathBuf>,
    /// A folder of our own writing
    #[arg(long, value_name = "OURS")]
    own: Vec<PathBuf>,
    /// A folder that is not trained on: measure on it in place of writing weights
    #[arg(long, value_name = "ASIDE", conflicts_with = "check")]
    unseen: Vec<PathBuf>,
    /// The weights of the labels of sensitivity in place of the verdict's
    #[arg(long)]
    labels: bool,
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
        unseen,
        labels,
        check,
    } = Arguments::parse();
    let check = check.map(|how| match how {
        How::Halves => Check::Halves,
        How::Sources => Check::Sources,
    });
    let check = check.or((!unseen.is_empty()).then_some(Check::Unseen));
    let what = if labels { What::Labels } else { What::Verdict };
    let plan = Plan {
        what,
        folders,
        own,
        unseen,
        check,
    };
    restante::cli::train::run(&plan, std::io::stdout())
}
