//! `restante messages`: what is known of each message: the list of design section 8, and nothing else.

use crate::cli::ConfigFile;
use crate::cli::runtime;
use crate::store::Options;
use crate::store::Store;
use crate::store::messages::LARGEST_PAGE;
use crate::store::messages::MessageRow;
use crate::store::messages::Order;
use crate::store::messages::Page;
use std::io::Write;

/// List what is known of the messages, one line per recipient, oldest first
///
/// This is all that staff may see. Subjects, bodies, names and addresses are not in the database: they are in the sealed
/// items, which this machine cannot open.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Prints them.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    runtime()?.block_on(async {
        let store = Store::open_to_read(&config.data_dir, Options::default()).await?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let mut after = None;
        loop {
            let page = store
                .messages(Page {
                    order: Order::OldestFirst,
                    after,
                    case: None,
                    limit: LARGEST_PAGE,
                })
                .await?;
            let Some(last) = page.last() else { break };
            after = last.cursor();
            for row in &page {
                if arguments.json {
                    serde_json::to_writer(&mut out, row)?;
                    out.write_all(b"\n")?;
                } else {
                    print(&mut out, row)?;
                }
            }
        }
        out.flush()?;
        store.close().await?;
        Ok(())
    })
}

/// One line for a person: when, what was typed, what was meant, how sure, what kind of mail, from whom.
fn print(out: &mut impl Write, row: &MessageRow) -> std::io::Result<()> {
    let intended = row.intended.as_deref().unwrap_or("unknown");
    let sure = row.confidence * 100.0;
    let sender = row.sender_domain.as_deref().unwrap_or("<>");
    writeln!(
        out,
        "{}  {} -> {intended} ({sure:.0} %)  {}  from {sender}  {} octets  {}",
        row.received_at, row.typed_domain, row.verdict, row.bytes, row.policy
    )
}
