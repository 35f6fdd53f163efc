//! `restante organisation import`: who owns what, from a CSV file.

use crate::audit;
use crate::audit::Action;
use crate::classify::OrganisationRow;
use crate::classify::organisation_rows;
use crate::cli::ConfigFile;
use crate::cli::OPERATOR;
use crate::cli::runtime;
use crate::message::Clock;
use crate::store;
use crate::store::Store;
use crate::store::organisations::NewOrganisation;
use anyhow::Context;
use std::io::Write;
use std::path::PathBuf;

/// Work on the directory of organisations
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Import(ImportArguments),
}

/// Take organisations in from a CSV file
///
/// The first line is the header: domain,name,country,language,contact. One line is one domain; lines with the same name
/// are one organisation. An optional column `shared` (true or false) marks organisations with many unrelated users,
/// such as mail providers; an optional column `hint` (true or false) those that have agreed that a sender who mistyped
/// one of their domains is told "did you mean …?".
///
/// Running it again changes what has changed; a running server sees it within two seconds. What the file leaves out or
/// empty stays as it was, organisations and domains too. The contacts that it gives for an organisation, in all its lines
/// together, take the place of those the organisation had: a contact that was withdrawn is gone. An organisation without
/// any contact in the file keeps its contacts. `shared` stays as it was where the column is absent or empty; only for a
/// domain that is new does a built-in list of mail providers decide then, and never from true to false. `hint` stays as it
/// was where the column is absent or empty; an organisation that is new has not agreed until the file says so.
#[derive(clap::Args)]
struct ImportArguments {
    /// The CSV file, UTF-8
    file: PathBuf,
    #[command(flatten)]
    config: ConfigFile,
}

/// Takes them in.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Command::Import(arguments) = &arguments.command;
    let config = arguments.config.load()?;
    let shown = arguments.file.display().to_string();
    let text = std::fs::read_to_string(&arguments.file).with_context(|| shown.clone())?;
    let rows = organisation_rows(&text).with_context(|| shown.clone())?;
    let shared = shared_is_given(&text);
    let rows: Vec<NewOrganisation> = rows
        .into_iter()
        .enumerate()
        .map(|(at, row)| for_the_store(row, shared.get(at) == Some(&true)))
        .collect();
    let done = runtime()?.block_on(async {
        let store = Store::open(&config.data_dir, store::Options::default()).await?;
        let entry = audit::entry(
            Clock::system().now(),
            OPERATOR,
            Action::OrganisationsImported,
            "",
            serde_json::json!({}),
        );
        let done = store.import_organisations(rows, entry).await?;
        store.close().await?;
        anyhow::Ok(done)
    })?;
    writeln!(
        std::io::stdout().lock(),
        "{} domains added, {} changed, {} as they were",
        done.added,
        done.updated,
        done.unchanged
    )?;
    Ok(())
}

/// Whether each row has something in the column `shared`. Classification fills in its list where it has not; a directory
/// that knows the organisation already must not be told what nobody said.
fn shared_is_given(text: &str) -> Vec<bool> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let Some(column) = header.iter().position(|name| name == "shared") else {
        return Vec::new();
    };
    let given = |record: &csv::StringRecord| record.get(column).is_some_and(|f| !f.is_empty());
    reader
        .records()
        .map(|record| record.as_ref().is_ok_and(given))
        .collect()
}

/// A row as the store takes it: an empty field leaves what is known as it is.
fn for_the_store(row: OrganisationRow, shared_is_given: bool) -> NewOrganisation {
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    NewOrganisation {
        domain: row.domain,
        name: row.name,
        country: given(row.country),
        language: given(row.language),
        contact: given(row.contact),
        shared: shared_is_given.then_some(row.shared),
        hint: row.hint,
    }
}
