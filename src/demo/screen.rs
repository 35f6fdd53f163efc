//! What the demonstration says on the terminal.
//!
//! Lines that begin with `web`, `smtp`, `login`, `notices`, `notice` and `ready` are the same in every language: programs
//! read them too.

use crate::demo::owner::Arrived;
use crate::language::Language;
use crate::language::Words;
use crate::message::Parsed;
use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;
use std::io::IsTerminal;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// How many lines of a notice are shown.
const LINES: usize = 12;

/// Standard output, in one language.
pub struct Screen {
    words: &'static Words,
}

/// Where everything is.
pub struct Doors<'a> {
    /// The dashboard's address, as a browser wants it.
    pub web: Option<String>,
    /// The listener.
    pub smtp: &'a [SocketAddr],
    /// Names and passwords.
    pub logins: &'a [(&'static str, zeroize::Zeroizing<String>)],
    /// Where notices arrive.
    pub owner: &'a Path,
}

impl Screen {
    /// Speaks `language`.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            words: language.words(),
        }
    }

    /// What this is.
    ///
    /// # Errors
    /// Nobody reads it any more.
    pub fn welcome(&self) -> std::io::Result<()> {
        self.say(&self.words.get("demo-welcome"))
    }

    /// Says that so many messages are being sent; a bar where somebody looks.
    ///
    /// # Errors
    /// Nobody reads it any more.
    pub fn sending(&self, messages: usize) -> std::io::Result<ProgressBar> {
        self.say(&self.words.with("demo-sending", "n", count(messages)))?;
        let looks = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let target = if looks {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let length = u64::try_from(messages).unwrap_or(0);
        let bar = ProgressBar::with_draw_target(Some(length), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        Ok(bar)
    }

    /// Says that they have been sent.
    ///
    /// # Errors
    /// Nobody reads it any more.
    pub fn sent(&self, messages: usize, took: Duration) -> std::io::Result<()> {
        let mut seconds = format!("{:.1}", took.as_secs_f32());
        if self.words.language() == Language::French {
            seconds = seconds.replace('.', ",");
        }
        let values = [("n", count(messages).into()), ("seconds", seconds.into())];
        self.say(&self.words.with_all("demo-sent", &values))
    }

    /// Says where everything is, and what to try.
    ///
    /// # Errors
    /// Nobody reads it any more.
    pub fn open(&self, doors: &Doors<'_>) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out)?;
        if let Some(web) = &doors.web {
            writeln!(out, "web {web}")?;
        }
        for address in doors.smtp {
            writeln!(out, "smtp {address}")?;
        }
        for (name, password) in doors.logins {
            writeln!(out, "login {name} {}", password.as_str())?;
        }
        writeln!(out, "notices {}", doors.owner.display())?;
        writeln!(out, "\n{}", self.words.get("demo-try"))?;
        let steps = [
            self.words.get("demo-try-review"),
            self.words.get("demo-try-draft"),
            self.words.get("demo-try-refused"),
            self.words.get("demo-try-approve"),
            self.words.get("demo-try-arrives"),
        ];
        for (number, step) in (1..).zip(steps) {
            writeln!(out, "  {number}. {step}")?;
        }
        writeln!(out, "{}\n\nready", self.words.get("demo-end"))?;
        out.flush()
    }

    /// Shows a notice that has arrived.
    ///
    /// # Errors
    /// Nobody reads it any more.
    pub fn arrived(&self, arrived: &Arrived) -> std::io::Result<()> {
        let bytes = std::fs::read(&arrived.file)?;
        let parsed = Parsed::from_bytes(&bytes);
        let mut out = std::io::stdout().lock();
        let to = arrived.recipients.join(", ");
        writeln!(
            out,
            "\n{}",
            self.words.with("demo-arrived", "to", to.as_str())
        )?;
        writeln!(out, "notice {}", arrived.file.display())?;
        writeln!(out, "  {}", parsed.subject)?;
        let lines = parsed.text.lines().filter(|line| !line.trim().is_empty());
        for line in lines.take(LINES) {
            writeln!(out, "  | {line}")?;
        }
        out.flush()
    }

    /// The last word.
    ///
    /// # Errors
    /// Nobody reads it any more.
    pub fn goodbye(&self, kept: Option<&Path>) -> std::io::Result<()> {
        let Some(dir) = kept else {
            return self.say(&self.words.get("demo-gone"));
        };
        let dir = dir.display().to_string();
        self.say(&self.words.with("demo-kept", "dir", dir.as_str()))
    }

    fn say(&self, text: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
