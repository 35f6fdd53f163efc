//! A password from whoever runs the command: typed twice without being shown, or the one line of a pipe.
//!
//! With rustix, which is here already and is all that it takes. However the question ends, by Ctrl-C too, the terminal
//! shows again what is typed.

use crate::cli::Usage;
use crate::staff::Name;
use crate::staff::Password;
use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::Termios;
use rustix::termios::tcgetattr;
use rustix::termios::tcsetattr;
use std::io::IsTerminal;
use std::io::Write;
use std::io::stdin;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use zeroize::Zeroizing;

/// Octets read at most: more than any password, so that one that is too long is told so and not cut.
const LONGEST: usize = 1024;

/// Asks for a password that the account called `name` may have.
///
/// # Errors
/// What keeps it from being one; a terminal that cannot be set; Ctrl-C.
pub async fn ask(name: &Name) -> anyhow::Result<Zeroizing<String>> {
    if stdin().is_terminal() {
        ask_twice(name).await
    } else {
        only_line()
    }
}

async fn ask_twice(name: &Name) -> anyhow::Result<Zeroizing<String>> {
    let first = ask_once(&format!("Password for {name}: ")).await?;
    // Before it is typed again.
    Password::chosen(&first, name.as_str())?;
    let second = ask_once("The same again: ").await?;
    anyhow::ensure!(*first == *second, "the two are not the same");
    Ok(first)
}

/// One line from the terminal, which does not show it. The terminal is as it was afterwards, also after Ctrl-C.
async fn ask_once(prompt: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mute = Mute::new()?;
    let mut out = std::io::stderr().lock();
    write!(out, "{prompt}")?;
    out.flush()?;
    drop(out);
    let typed = tokio::select! {
        typed = tokio::task::spawn_blocking(line) => typed?,
        _ = interrupt.recv() => Err(broken_off()),
        _ = terminate.recv() => Err(broken_off()),
    };
    drop(mute);
    // The end of line that was typed was not shown either.
    eprintln!();
    typed?.ok_or_else(|| anyhow::anyhow!("no password was typed"))
}

fn broken_off() -> anyhow::Error {
    anyhow::anyhow!("broken off: nothing has changed")
}

/// The one line of standard input.
fn only_line() -> anyhow::Result<Zeroizing<String>> {
    let missing = || Usage("expected the password as one line on standard input".to_owned());
    let typed = line()?.ok_or_else(missing)?;
    if octet()?.is_some() {
        let what = "expected one line on standard input, the password, and nothing after it";
        return Err(Usage(what.to_owned()).into());
    }
    Ok(typed)
}

/// A line without its end; `None` where there is none.
fn line() -> anyhow::Result<Option<Zeroizing<String>>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(LONGEST));
    loop {
        match octet()? {
            None if octets.is_empty() => return Ok(None),
            None | Some(b'\n') => break,
            Some(octet) => octets.push(octet),
        }
        anyhow::ensure!(octets.len() < LONGEST, "the line is longer than a password");
    }
    if octets.last() == Some(&b'\r') {
        octets.pop();
    }
    let text = std::str::from_utf8(&octets)
        .map_err(|_| anyhow::anyhow!("the password is not in UTF-8"))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// The next octet of standard input. Not through the library's buffer, where the password would stay.
fn octet() -> std::io::Result<Option<u8>> {
    let mut octet = [0];
    loop {
        match rustix::io::read(stdin(), &mut octet) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(octet[0])),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A terminal that does not show what is typed, for as long as this is there.
struct Mute {
    before: Termios,
}

impl Mute {
    fn new() -> anyhow::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut mute = before.clone();
        mute.local_modes.remove(LocalModes::ECHO);
        // Flush: what was typed before the question is no answer to it.
        tcsetattr(stdin(), OptionalActions::Flush, &mute)?;
        Ok(Self { before })
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &self.before);
    }
}
