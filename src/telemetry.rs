//! What the process says of itself, and what it never says.
//!
//! For: log lines on standard error, the panic hook, and keeping memory out of core dumps. Guarantees: lines come from
//! this crate's own targets alone, whatever `RUST_LOG` asks for (a library at `trace` may print what it parses); a panic
//! prints its place and thread, never its message, which may hold the text that a slice failed on. Must not know: any
//! other module.
//!
//! Never logged, at any level: message bytes, subjects, local parts, display names, file names, Message-IDs, HELO
//! arguments, command lines, arguments of AUTH, whole client addresses, keys. What is logged: counts, sizes, durations,
//! ids, policies, outcomes, client networks (/24, /48).

use std::io::IsTerminal;
use std::str::FromStr;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The prefix of our own targets.
const OURS: &str = "restante::";

/// Sends our own log lines to standard error; `wanted` is `RUST_LOG`'s text, `info` where it is `None` or unreadable.
pub fn init(wanted: Option<&str>) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second call (tests start several servers in a process) changes nothing.
    let _ = tracing_subscriber::registry()
        .with(own_targets(wanted))
        .with(lines)
        .try_init();
}

fn own_targets(wanted: Option<&str>) -> Targets {
    let asked = wanted
        .and_then(|text| Targets::from_str(text).ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let general = asked.default_level().unwrap_or(LevelFilter::OFF);
    // `restante=debug` is what people write; a prefix without the colons would let `restante_other` in.
    let own = asked.iter().filter_map(|(target, level)| match target {
        "restante" => Some((OURS.to_owned(), level)),
        _ => is_ours(target).then(|| (target.to_owned(), level)),
    });
    Targets::new().with_target(OURS, general).with_targets(own)
}

fn is_ours(target: &str) -> bool {
    target.starts_with(OURS)
}

/// Makes every panic print its place and its thread, and nothing that it was about.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        let place = info
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(target: "restante::panic", thread = thread.name().unwrap_or("unnamed"), "panicked at {place}");
    }));
}

/// Keeps the memory of this process out of core dumps and out of reach of other processes of the same user.
///
/// # Errors
/// The operating system's.
pub fn forbid_core_dumps() -> std::io::Result<()> {
    use rustix::process::DumpableBehavior;
    use rustix::process::Resource;
    use rustix::process::Rlimit;
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(Resource::Core, none)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn this_process_leaves_no_core_dump() {
        forbid_core_dumps().unwrap();
        let behaviour = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(behaviour, rustix::process::DumpableBehavior::NotDumpable);
        let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }

    #[test]
    fn trace_reaches_our_own_targets_alone() {
        for wanted in [
            "trace",
            "info,restante=trace,sqlx=trace",
            "rustls=trace,restante=trace",
        ] {
            let targets = own_targets(Some(wanted));
            assert!(
                targets.would_enable("restante::smtp", &Level::TRACE),
                "{wanted}"
            );
            for other in ["sqlx", "rustls::conn", "mail_parser", "restante_other"] {
                assert!(
                    !targets.would_enable(other, &Level::ERROR),
                    "{wanted} {other}"
                );
            }
        }
        assert!(own_targets(None).would_enable("restante::serve", &Level::INFO));
        assert!(!own_targets(None).would_enable("restante::serve", &Level::DEBUG));
    }
}
