//! `restante demo`: see it work.

use crate::demo;
use crate::demo::Options;
use crate::language::Language;
use std::path::PathBuf;

/// See it work: made-up mail arrives, you review it, and its owner is told
///
/// Starts everything on this machine alone (loopback, ports of the system's choice, nothing leaves it): the catcher, its
/// dashboard, and the mail server of the organisations that are told. About 300 made-up messages of the last 30 days are
/// sent to it over SMTP first, then one every 5 to 20 seconds. Needs no configuration, and leaves nothing behind: the folder
/// is a temporary one, removed at the end. Ctrl-C or SIGTERM ends it with 0.
///
/// The text is English or French, by LC_ALL, LC_MESSAGES or LANG. These lines are the same in both, for programs:
/// `web URL`, `smtp ADDRESS`, `login NAME PASSWORD` (twice), `notices FOLDER`, `ready` when all of it runs, then
/// `notice FILE` for each notice that has arrived.
#[derive(clap::Args)]
pub struct Arguments {
    /// Use this folder, new or empty, and keep it: registry/ is what `restante init` makes, offline.key the private
    /// key, owner/ the notices that arrived. One with something in it is refused
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// How many messages the last 30 days have: 30 to 20000
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(30..=20_000))]
    messages: u32,
}

/// Runs it until told to stop.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    demo::run(Options {
        dir: arguments.dir.clone(),
        language: language(|name| std::env::var(name).ok()),
        messages: usize::try_from(arguments.messages).unwrap_or(300),
    })
}

/// What the terminal reads: the first that is set decides, as everywhere.
// POSIX.1-2017, 8.2 Internationalization Variables
fn language(variable: impl Fn(&str) -> Option<String>) -> Language {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .and_then(|value| Language::from_code(&value))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminals_language_is_found() {
        let of = |set: &[(&str, &str)]| {
            language(|name| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LANG", "fr_FR.UTF-8")]), Language::French);
        assert_eq!(
            of(&[("LC_ALL", "en_GB"), ("LANG", "fr_FR")]),
            Language::English
        );
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "fr")]), Language::French);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "fr_FR")]), Language::English);
        assert_eq!(of(&[]), Language::English);
    }
}
