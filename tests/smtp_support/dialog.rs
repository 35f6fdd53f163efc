//! Conversations as data: what stands in `tests/dialogs/*.smtp`.
//!
//! | line | meaning |
//! |---|---|
//! | `# text` | a remark: the behaviour, its RFC clause or the attack |
//! | `= name value` | a setting: an option of the listener by its name, or `outcome kept`, `counted` … |
//! | `C: text` | the client sends the text and CRLF |
//! | `C+ "text"` | the client sends exactly this; escapes `\r \n \t \0 \\ \" \xHH`, and `"text" * 100` repeats it |
//! | `S: pattern` | the server says this line; `*` stands for anything |
//! | `S* 250` | the server gives a whole reply of that code, of any number of lines |
//! | `T: start` | the client begins TLS |
//! | `X: closed` | the server has closed and said nothing more |
//! | `M: pattern` | so far unnamed, the next message was delivered with this envelope |
//! | `M+ "text"` | its bytes |
//! | `MO mailbox` | it was for this mailbox of the operator's |
//! | `A: auth=0 relay=0 refused=0 transactions=0` | the session's tally |
//!
//! Client lines that follow each other go out in one write. The greeting is checked by the runner. A file that does not
//! end with `X: closed` is followed by QUIT, 221 and the end, so that a reply too many or too few is always seen.

use crate::smtp_support;
use crate::smtp_support::Memory;
use crate::smtp_support::fits;
use crate::smtp_support::shown;
use restante::smtp::Options;
use restante::smtp::Outcome;
use restante::smtp::Tally;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub struct Dialog {
    pub name: String,
    pub options: Options,
    pub outcome: Option<Outcome>,
    full: bool,
    steps: Vec<Step>,
}

enum Step {
    Send(Vec<u8>),
    Line(String),
    Whole(String),
    StartTls,
    Closed,
    Message(String),
    Bytes(Vec<u8>),
    ForOperator(String),
    Tally(Tally),
}

/// The other end of a dialog.
pub trait Talk {
    fn send(&mut self, bytes: &[u8]);
    /// `None` where the server has closed.
    fn line(&mut self) -> Option<String>;
    fn start_tls(&mut self);
    /// Called when the conversation is over.
    fn tally(&mut self) -> Tally;
    fn memory(&self) -> Arc<Memory>;
}

pub fn all() -> Vec<Dialog> {
    all_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogs"))
}

pub fn all_in(folder: &Path) -> Vec<Dialog> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "smtp"))
        .collect();
    files.sort();
    files.iter().map(|path| Dialog::read(path)).collect()
}

impl Dialog {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut dialog = Self {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            options: smtp_support::options(),
            outcome: None,
            full: false,
            steps: Vec::new(),
        };
        assert!(text.starts_with("# "), "{}: say what it shows", dialog.name);
        for (index, line) in text.lines().enumerate() {
            if !(line.is_empty() || line.starts_with('#')) {
                dialog
                    .read_line(line)
                    .unwrap_or_else(|| panic!("{}:{}: {line}", dialog.name, index + 1));
            }
        }
        dialog
    }

    /// Where its messages go.
    pub fn memory(&self) -> Arc<Memory> {
        let memory = Memory::with_outcome(self.outcome);
        memory.has_room.store(!self.full, Ordering::Relaxed);
        memory
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let (sign, rest) = line.split_at_checked(2)?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match sign {
            "= " => self.set(rest)?,
            "C:" => self.send(format!("{rest}\r\n").into_bytes()),
            "C+" => self.send(unescape(rest)?),
            "S:" => self.steps.push(Step::Line(rest.to_owned())),
            "S*" => self.steps.push(Step::Whole(rest.to_owned())),
            "T:" => self.steps.push(Step::StartTls),
            "X:" => self.steps.push(Step::Closed),
            "M:" => self.steps.push(Step::Message(rest.to_owned())),
            "MO" => self.steps.push(Step::ForOperator(rest.to_owned())),
            "M+" => self.steps.push(Step::Bytes(unescape(rest)?)),
            "A:" => self.steps.push(Step::Tally(tally(rest)?)),
            _ => return None,
        }
        Some(())
    }

    fn send(&mut self, bytes: Vec<u8>) {
        match self.steps.last_mut() {
            Some(Step::Send(before)) => before.extend(bytes),
            _ => self.steps.push(Step::Send(bytes)),
        }
    }

    fn set(&mut self, rest: &str) -> Option<()> {
        let (name, value) = rest.split_once(' ')?;
        let number = value.parse::<usize>();
        match name {
            "max_message_bytes" => self.options.max_message_bytes = number.ok()?,
            "max_recipients" => self.options.max_recipients = number.ok()?,
            "max_bytes_in_flight" => self.options.max_bytes_in_flight = number.ok()?,
            "refused_recipients" => {
                self.options.limits.refused_recipients = value.parse().ok()?;
            }
            "put_off_recipients" => {
                self.options.limits.put_off_recipients = value.parse().ok()?;
            }
            "idle_commands" => self.options.limits.idle_commands = value.parse().ok()?,
            "transactions" => self.options.limits.transactions = value.parse().ok()?,
            "sealed_bytes" => self.options.limits.sealed_bytes = value.parse().ok()?,
            "undeclared_domains" => self.options.limits.undeclared_domains = number.ok()?,
            "discarded_message" => self.options.limits.discarded_message = value.parse().ok()?,
            "disk" => self.full = value == "full",
            "outcome" => {
                self.outcome = Some(match value {
                    "kept" => Outcome::Kept,
                    "counted" => Outcome::Counted,
                    "storage_trouble" => Outcome::StorageTrouble,
                    "overloaded" => Outcome::Overloaded,
                    "failed" => Outcome::Failed,
                    "too_many_owners" => Outcome::TooManyOwners,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// All that the client says, with `mark` where it begins TLS.
    pub fn spoken(&self, mark: &[u8]) -> Vec<u8> {
        let mut spoken = Vec::new();
        for step in &self.steps {
            match step {
                Step::Send(bytes) => spoken.extend_from_slice(bytes),
                Step::StartTls => spoken.extend_from_slice(mark),
                _ => {}
            }
        }
        spoken
    }

    /// Holds the conversation; what went wrong, if anything.
    pub fn play(&self, peer: &mut impl Talk) -> Result<(), String> {
        let mut closed = false;
        let mut next_message = 0usize;
        say(peer, "220 mx.nic.ml ESMTP")?;
        for step in &self.steps {
            match step {
                Step::Send(bytes) => peer.send(bytes),
                Step::Line(pattern) => say(peer, pattern)?,
                Step::Whole(code) => loop {
                    let line = heard(peer).ok_or(format!("closed instead of {code}"))?;
                    if !line.starts_with(code.as_str()) {
                        return Err(format!("{code} expected, {line:?} heard"));
                    }
                    if line.as_bytes().get(3) != Some(&b'-') {
                        break;
                    }
                },
                Step::StartTls => peer.start_tls(),
                Step::Closed => closed = end(peer)?,
                _ => {}
            }
        }
        if !closed {
            peer.send(b"QUIT\r\n");
            say(peer, "221 2.0.0 Bye")?;
            end(peer)?;
        }
        let tally = peer.tally();
        let memory = peer.memory();
        let messages = memory.messages.lock().unwrap();
        for step in &self.steps {
            match step {
                Step::ForOperator(mailbox) => {
                    let for_operator = memory.for_operator.lock().unwrap();
                    let last = next_message.checked_sub(1);
                    let went = for_operator.iter().find(|(at, _)| Some(*at) == last);
                    if went.map(|(_, mailbox)| mailbox.name()) != Some(mailbox.as_str()) {
                        return Err(format!("not for {mailbox}"));
                    }
                }
                Step::Message(pattern) => {
                    let (envelope, _) = messages
                        .get(next_message)
                        .ok_or("a message is missing".to_owned())?;
                    next_message += 1;
                    if !fits(pattern, &shown(envelope)) {
                        return Err(format!("{pattern} expected, {} came", shown(envelope)));
                    }
                }
                Step::Bytes(bytes) => {
                    let (_, came) = &messages[next_message - 1];
                    if came != bytes {
                        let came = came.escape_ascii();
                        return Err(format!(
                            "\"{}\" expected, {came} came",
                            bytes.escape_ascii()
                        ));
                    }
                }
                Step::Tally(expected) if *expected != sums(&tally) => {
                    return Err(format!("{expected:?} expected, {tally:?} came"));
                }
                _ => {}
            }
        }
        if next_message != messages.len() {
            return Err(format!("{} messages came", messages.len()));
        }
        Ok(())
    }
}

/// The tally without its names.
fn sums(tally: &Tally) -> Tally {
    Tally {
        refused_names: Vec::new(),
        misrouted_names: Vec::new(),
        ..tally.clone()
    }
}

fn say(peer: &mut impl Talk, pattern: &str) -> Result<(), String> {
    match heard(peer) {
        None => Err(format!("closed instead of {pattern:?}")),
        Some(line) if fits(pattern, &line) => Ok(()),
        Some(line) => Err(format!("{pattern:?} expected, {line:?} heard")),
    }
}

fn end(peer: &mut impl Talk) -> Result<bool, String> {
    match heard(peer) {
        None => Ok(true),
        Some(line) => Err(format!("the end expected, {line:?} heard")),
    }
}

/// A line, with what must be true of every line: short enough (RFC 5321 4.5.3.1.5), and nothing of ours or theirs in it
/// that a client chose (dialogs mark such text with `zzq`).
fn heard(peer: &mut impl Talk) -> Option<String> {
    let line = peer.line()?;
    assert!(line.len() <= 510, "{line}");
    assert!(!line.contains("zzq"), "{line}");
    let (code, rest) = line.split_at(3);
    let has_status = matches!(code.as_bytes()[0], b'2' | b'4' | b'5')
        && !(rest.starts_with('-') || rest.starts_with(" mx.nic.ml"))
        && rest != " ENHANCEDSTATUSCODES";
    let class = format!(" {}.", &code[..1]);
    // RFC 2034 4
    assert!(!has_status || rest.starts_with(&class), "{line}");
    Some(line)
}

fn tally(text: &str) -> Option<Tally> {
    let mut tally = Tally::default();
    for word in text.split_whitespace() {
        let (name, value) = word.split_once('=')?;
        let value = value.parse().ok()?;
        match name {
            "auth" => tally.auth_attempts = value,
            "relay" => tally.relay_attempts = value,
            "misrouted" => tally.misrouted = value,
            "refused" => tally.refused_recipients = value,
            "transactions" => tally.transactions = value,
            _ => return None,
        }
    }
    Some(tally)
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().strip_prefix('"')?;
    let end = text.rfind('"')?;
    let (inside, rest) = (&text[..end], text[end + 1..].trim());
    let times = match rest.strip_prefix('*') {
        Some(times) => times.trim().parse().ok()?,
        None if rest.is_empty() => 1,
        None => return None,
    };
    let mut bytes = Vec::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        bytes.push(match chars.next()? {
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            '0' => 0,
            'x' => {
                let digits: String = chars.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).ok()?
            }
            c @ ('\\' | '"') => u8::try_from(c).ok()?,
            _ => return None,
        });
    }
    Some(bytes.repeat(times))
}
