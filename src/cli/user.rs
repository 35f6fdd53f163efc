//! `restante user`: who may log in to the dashboard. Accounts are made and closed here alone, by whoever may write to the
//! data folder; no page does.

use crate::cli::ConfigFile;
use crate::cli::OPERATOR;
use crate::cli::Usage;
use crate::cli::ask_password;
use crate::cli::runtime;
use crate::message::Clock;
use crate::staff::AccountError;
use crate::staff::Accounts;
use crate::staff::Name;
use crate::staff::Role;
use crate::store;
use crate::store::Store;
use crate::store::accounts::AccountListRow;
use std::io::Write;

/// Work on the accounts of the dashboard
///
/// A running server sees a change at once. Every change is in the audit trail, as the operator's.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Add(AddArguments),
    Password(NameArguments),
    Role(RoleArguments),
    Disable(DisableArguments),
    List(ListArguments),
}

/// Add an account to the dashboard
///
/// The password is asked for twice on the terminal, and not shown; where standard input is no terminal, it is the one line
/// on it. At least 12 characters, at most 256 octets, and not the name. Names are 1 to 32 of a-z, 0-9, '.', '_' and '-';
/// one that was used before is refused, so that a name in the audit trail stays one person's.
///
/// A reviewer looks at cases, corrects them and drafts notices. An approver does the same, sees the sensitivity of single
/// messages, and approves what another has drafted. An auditor sees everything else, the audit trail included, and changes
/// nothing. An admin keeps the organisations. Nobody can open a message.
#[derive(clap::Args)]
struct AddArguments {
    /// The name to log in with
    name: String,
    /// reviewer, approver, auditor or admin
    #[arg(long, value_parser = role)]
    role: Role,
    #[command(flatten)]
    config: ConfigFile,
}

/// Give an account another password
///
/// Asked for as by `user add`. The account's sessions end; the browsers that it has been used from are still known, so that
/// who guesses at its name cannot keep its owner out.
#[derive(clap::Args)]
struct NameArguments {
    /// The account
    name: String,
    #[command(flatten)]
    config: ConfigFile,
}

/// Give an account another role
///
/// Its sessions have the new role at once.
#[derive(clap::Args)]
struct RoleArguments {
    /// The account
    name: String,
    /// reviewer, approver, auditor or admin
    #[arg(long, value_parser = role)]
    role: Role,
    #[command(flatten)]
    config: ConfigFile,
}

/// Close an account, for good
///
/// Its sessions end at once. The name stays in the list and in the audit trail, and is never used again.
#[derive(clap::Args)]
struct DisableArguments {
    /// The account
    name: String,
    #[command(flatten)]
    config: ConfigFile,
}

/// List the accounts of the dashboard
///
/// One a line: name, role, `open` or `closed`, when it was added, and when it was last used (to the minute, UTC).
#[derive(clap::Args)]
struct ListArguments {
    #[command(flatten)]
    config: ConfigFile,
}

/// Does what the subcommand says.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        Command::Add(arguments) => add(arguments),
        Command::Password(arguments) => change_password(arguments),
        Command::Role(arguments) => change_role(arguments),
        Command::Disable(arguments) => disable(arguments),
        Command::List(arguments) => list(arguments),
    }
}

fn add(arguments: &AddArguments) -> anyhow::Result<()> {
    let name = name(&arguments.name)?;
    with_accounts(&arguments.config, async |accounts| {
        let password = ask_password::ask(&name).await?;
        accounts
            .add(OPERATOR, name.as_str(), arguments.role, &password)
            .await?;
        Ok(())
    })?;
    say(&format!("{name} is added as {}", arguments.role))
}

fn change_password(arguments: &NameArguments) -> anyhow::Result<()> {
    let name = name(&arguments.name)?;
    with_accounts(&arguments.config, async |accounts| {
        // Before anybody types a new password for nobody.
        open(&accounts, &name).await?;
        let password = ask_password::ask(&name).await?;
        accounts
            .set_password(OPERATOR, name.as_str(), &password)
            .await?;
        Ok(())
    })?;
    say(&format!("{name} has another password"))
}

fn change_role(arguments: &RoleArguments) -> anyhow::Result<()> {
    let name = name(&arguments.name)?;
    with_accounts(&arguments.config, async |accounts| {
        accounts
            .set_role(OPERATOR, name.as_str(), arguments.role)
            .await?;
        Ok(())
    })?;
    say(&format!("{name} is {} now", arguments.role))
}

fn disable(arguments: &DisableArguments) -> anyhow::Result<()> {
    let name = name(&arguments.name)?;
    with_accounts(&arguments.config, async |accounts| {
        accounts.disable(OPERATOR, name.as_str()).await?;
        Ok(())
    })?;
    say(&format!("{name} is closed"))
}

fn list(arguments: &ListArguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    let accounts = runtime()?.block_on(async {
        let store = Store::open_to_read(&config.data_dir, store::Options::default()).await?;
        let accounts = store.accounts().await?;
        store.close().await?;
        anyhow::Ok(accounts)
    })?;
    let mut out = std::io::stdout().lock();
    for account in &accounts {
        writeln!(out, "{}", line(account))?;
    }
    if accounts.is_empty() {
        eprintln!("restante: no accounts yet (`restante user add` makes one)");
    }
    Ok(())
}

fn line(account: &AccountListRow) -> String {
    let seen = account
        .seen_at
        .map_or_else(|| "never".to_owned(), |at| at.to_string());
    let state = match account.disabled_at {
        Some(_) => "closed",
        None => "open",
    };
    format!(
        "{:<32}  {:<8}  {state:<6}  {}  {seen}",
        account.name, account.role, account.added_at
    )
}

/// A name as an argument: a wrong one is wrong use.
fn name(text: &str) -> anyhow::Result<Name> {
    Name::parse(text).map_err(|error| Usage(error.to_string()).into())
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "expected reviewer, approver, auditor or admin".to_owned())
}

/// Whether there is an open account of that name.
async fn open(accounts: &Accounts, name: &Name) -> Result<(), AccountError> {
    let all = accounts.list().await?;
    match all.iter().find(|account| account.name == name.as_str()) {
        None => Err(AccountError::Missing),
        Some(account) if account.disabled_at.is_some() => Err(AccountError::Closed),
        Some(_) => Ok(()),
    }
}

/// Opens the store, does `work`, and closes it.
fn with_accounts(
    config: &ConfigFile,
    work: impl AsyncFnOnce(Accounts) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let config = config.load()?;
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        let store = Store::open(&config.data_dir, store::Options::default()).await?;
        let done = work(Accounts::new(store.clone(), Clock::system())).await;
        store.close().await?;
        done
    });
    // Whoever broke off while a password was asked for leaves a thread that still reads: nobody waits for it.
    runtime.shutdown_background();
    done
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}
