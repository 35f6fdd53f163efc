//! The command line: one file per subcommand.
//!
//! Guarantees: exit 0; 1 failure; 2 usage; 78 configuration (`EX_CONFIG` of sysexits). An error is one line on standard
//! error, and says nothing secret. Refuses: to print more than a command exists to print.

mod ask_password;
mod check_config;
pub mod classify;
#[cfg(feature = "demo")]
mod demo;
pub mod evaluate;
mod health;
mod import;
pub mod init;
mod messages;
mod organisation;
mod serve;
mod stats;
pub mod train;
mod user;

use crate::config::Config;
use crate::config::ConfigError;
use crate::intake::pool::LIGHT_STACK;
use clap::Parser;
use clap::Subcommand;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

/// Who the audit trail says ran a command: accounts are for the dashboard.
const OPERATOR: &str = "operator";

/// Failure.
const FAILURE: u8 = 1;
/// Wrong use of a command.
const USAGE: u8 = 2;
/// Wrong configuration.
const CONFIGURATION: u8 = 78;

/// Catches misdirected mail for a top-level domain, sealed on arrival so that nobody at the registry can read it.
///
/// Begin with `restante init`. Each command has a --help of its own.
#[derive(Parser)]
#[command(
    name = "restante",
    version,
    arg_required_else_help = false,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Arguments),
    Serve(serve::Arguments),
    #[cfg(feature = "demo")]
    Demo(demo::Arguments),
    CheckConfig(check_config::Arguments),
    Organisation(organisation::Arguments),
    User(user::Arguments),
    Classify(classify::Arguments),
    Evaluate(evaluate::Arguments),
    Import(import::Arguments),
    Stats(stats::Arguments),
    Messages(messages::Arguments),
    Health(health::Arguments),
}

/// `--config FILE`, which most commands take.
#[derive(clap::Args)]
struct ConfigFile {
    /// The configuration that `restante init` wrote.
    #[arg(long = "config", value_name = "FILE")]
    config_file: PathBuf,
}

impl ConfigFile {
    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.config_file)
    }
}

/// A command was used in a way that its arguments' forms alone do not rule out: exit 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Something went wrong and has been said already (or stands in the output): exit 1 without a further line.
#[derive(Debug, thiserror::Error)]
#[error("already said")]
struct Said;

/// How much is logged where `RUST_LOG` says nothing; `None`: as everywhere. `demo` has a person before it, who came to see
/// something else.
pub fn usual_log(arguments: impl IntoIterator<Item = OsString>) -> Option<&'static str> {
    let demo = arguments
        .into_iter()
        .nth(1)
        .is_some_and(|word| word == "demo");
    demo.then_some("warn")
}

/// Runs the command that `arguments` name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let done = match arguments.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => demo::run(&arguments),
        Command::CheckConfig(arguments) => check_config::run(&arguments),
        Command::Organisation(arguments) => organisation::run(&arguments),
        Command::User(arguments) => user::run(&arguments),
        Command::Classify(arguments) => classify::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Messages(arguments) => messages::run(&arguments),
        Command::Health(arguments) => health::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// The exit code of an error, after its one line.
fn fail(error: &anyhow::Error) -> ExitCode {
    if error.is::<Said>() {
        return FAILURE.into();
    }
    // The reader of our output has gone: that is its right, and no failure worth a line.
    let gone = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    if error.chain().filter_map(|e| e.downcast_ref()).any(gone) {
        return FAILURE.into();
    }
    let line = format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if error.is::<ConfigError>() {
        // The form that editors and people look for: FILE:LINE: key: what was expected.
        eprintln!("{line}");
        return CONFIGURATION.into();
    }
    eprintln!("restante: {line}");
    if error.is::<Usage>() {
        USAGE.into()
    } else {
        FAILURE.into()
    }
}

/// What clap has to say: help on standard output, anything else as one line on standard error.
fn refuse(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let said = text.split("\n\nUsage:").next().unwrap_or(&text);
    let said = said
        .split("\n\nFor more information")
        .next()
        .unwrap_or(said);
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    if matches!(error.kind(), ErrorKind::MissingSubcommand) {
        eprintln!("restante: a command is missing (restante --help lists them)");
    } else {
        eprintln!("restante: {line} (--help tells more)");
    }
    USAGE.into()
}

/// A runtime for a command that works alone.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Small messages are worked on where their sessions run.
        .thread_stack_size(LIGHT_STACK)
        .build()?)
}

/// Whether `path` lies in `folder` or is it, links resolved as far as they exist.
fn is_inside(path: &Path, folder: &Path) -> bool {
    crate::config::is_inside(path, folder)
}
