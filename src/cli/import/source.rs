//! Where imported messages come from: a maildir, an mbox file, .eml files. One message is in memory at a time.

use crate::message::Content;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

/// The forms that mail is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A maildir: `cur` and `new`, and those of its subfolders
    Maildir,
    /// A file of messages that begin with a `From ` line (mboxo, mboxrd)
    Mbox,
    /// A file with one message, or a folder of such files, at any depth
    Eml,
}

/// A larger message than any listener takes is not read into memory: it is counted as too large by its first octets.
const READ_MAX: u64 = 600 << 20;

/// The messages, one after the other.
pub enum Source {
    /// One message a file.
    Files {
        /// What is left.
        files: std::vec::IntoIter<PathBuf>,
        /// Their sizes together.
        octets: u64,
    },
    /// Many in one file.
    Mbox(Mbox),
}

impl Source {
    /// Finds the messages.
    pub fn open(kind: Kind, path: &Path) -> io::Result<Self> {
        let is_folder = std::fs::metadata(path)?.is_dir();
        match (kind, is_folder) {
            (Kind::Mbox, false) => Ok(Self::Mbox(Mbox::open(path)?)),
            (Kind::Mbox, true) => Err(io::Error::other("expected an mbox file, found a folder")),
            (Kind::Maildir, false) => Err(io::Error::other("expected a maildir, found a file")),
            (Kind::Maildir, true) => {
                let in_box = |path: &Path| {
                    let folder = path.parent().and_then(Path::file_name);
                    folder.is_some_and(|name| name == "cur" || name == "new")
                };
                let source = Self::files(path, &in_box)?;
                let is_maildir = path.join("cur").is_dir() || path.join("new").is_dir();
                if !is_maildir {
                    return Err(io::Error::other(
                        "expected a maildir with the folders cur and new",
                    ));
                }
                Ok(source)
            }
            (Kind::Eml, _) => Self::files(path, &|_| true),
        }
    }

    fn files(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<Self> {
        let mut found = Vec::new();
        collect(path, wanted, &mut found)?;
        found.sort();
        let octets = found.iter().map(|(_, size)| size).sum();
        let files: Vec<PathBuf> = found.into_iter().map(|(path, _)| path).collect();
        Ok(Self::Files {
            files: files.into_iter(),
            octets,
        })
    }

    /// Octets in all, for a progress bar.
    pub fn octets(&self) -> Option<u64> {
        match self {
            Self::Files { octets, .. } => Some(*octets),
            Self::Mbox(mbox) => mbox.octets,
        }
    }
}

/// Regular files below `path`; links are not followed.
fn collect(
    path: &Path,
    wanted: &dyn Fn(&Path) -> bool,
    found: &mut Vec<(PathBuf, u64)>,
) -> io::Result<()> {
    let about = std::fs::symlink_metadata(path)?;
    if about.is_file() && wanted(path) {
        found.push((path.to_owned(), about.len()));
    }
    if about.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), wanted, found)?;
        }
    }
    Ok(())
}

impl Iterator for Source {
    type Item = io::Result<Content>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Mbox(mbox) => mbox.next(),
            Self::Files { files, .. } => {
                let path = files.next()?;
                let place =
                    |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
                Some(read_file(&path).map_err(place))
            }
        }
    }
}

fn read_file(path: &Path) -> io::Result<Content> {
    let mut file = File::open(path)?.take(READ_MAX);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Content::new(bytes))
}

/// An mbox file, read message by message.
///
/// A line that begins with `From ` after an empty line, or at the start of the file, begins a message; `>From ` lines
/// lose one `>` (mboxrd; in the older mboxo a line of a message that began with `>From ` loses one too many).
pub struct Mbox {
    reader: BufReader<File>,
    octets: Option<u64>,
    begun: bool,
}

impl Mbox {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let octets = file.metadata().ok().map(|about| about.len());
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let head = reader.fill_buf()?;
        if !head.is_empty() && !head.starts_with(b"From ") {
            return Err(io::Error::other(
                "expected an mbox file: its first line does not begin with `From `",
            ));
        }
        Ok(Self {
            reader,
            octets,
            begun: false,
        })
    }

    fn next(&mut self) -> Option<io::Result<Content>> {
        let mut message: Vec<u8> = Vec::new();
        let mut line = Vec::new();
        let mut after_empty = !self.begun;
        let mut any = self.begun;
        loop {
            line.clear();
            // A line longer than any message is cut: it is counted as too large.
            let room = READ_MAX
                .saturating_sub(u64::try_from(message.len()).unwrap_or(u64::MAX))
                .max(1);
            match (&mut self.reader).take(room).read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
            if after_empty && line.starts_with(b"From ") {
                if any {
                    self.begun = true;
                    strip_last_empty_line(&mut message);
                    return Some(Ok(Content::new(message)));
                }
                (any, after_empty) = (true, false);
                continue;
            }
            after_empty = matches!(line.as_slice(), b"\n" | b"\r\n");
            if message.len() < usize::try_from(READ_MAX).unwrap_or(usize::MAX) {
                message.extend_from_slice(unquoted(&line));
            }
        }
        self.begun = false;
        if !any {
            return None;
        }
        strip_last_empty_line(&mut message);
        (!message.is_empty()).then(|| Ok(Content::new(message)))
    }
}

/// The empty line before the next `From ` line belongs to the form, not to the message.
fn strip_last_empty_line(message: &mut Vec<u8>) {
    let end = if message.ends_with(b"\n\r\n") {
        2
    } else {
        usize::from(message.ends_with(b"\n\n"))
    };
    message.truncate(message.len() - end);
}

fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|b| **b == b'>').count();
    if quotes > 0
        && line
            .get(quotes..)
            .is_some_and(|rest| rest.starts_with(b"From "))
    {
        return line.get(1..).unwrap_or(line);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(kind: Kind, path: &Path) -> Vec<String> {
        Source::open(kind, path)
            .unwrap()
            .map(|m| String::from_utf8(m.unwrap().expose().to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn mbox_is_split_at_from_lines_after_empty_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mbox");
        let text = "From a Mon\nTo: x\n\n>From here\nFrom inside a paragraph\n>>From there\n\nFrom b Tue\nTo: y\n\nlast\n";
        std::fs::write(&path, text).unwrap();
        let expected = [
            "To: x\n\nFrom here\nFrom inside a paragraph\n>From there\n",
            "To: y\n\nlast\n",
        ];
        assert_eq!(messages(Kind::Mbox, &path), expected);
        std::fs::write(&path, "").unwrap();
        assert!(messages(Kind::Mbox, &path).is_empty());
        std::fs::write(&path, "To: x\n").unwrap();
        assert!(Source::open(Kind::Mbox, &path).is_err());
    }

    #[test]
    fn a_maildir_is_its_cur_and_new_folders() {
        let folder = tempfile::tempdir().unwrap();
        for (place, name) in [
            ("cur", "1:2,S"),
            ("new", "2"),
            ("tmp", "3"),
            (".Sub/cur", "4"),
        ] {
            let place = folder.path().join(place);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join(name), name).unwrap();
        }
        std::fs::write(folder.path().join("dovecot.index"), "x").unwrap();
        assert_eq!(messages(Kind::Maildir, folder.path()), ["4", "1:2,S", "2"]);
        assert!(Source::open(Kind::Maildir, &folder.path().join("tmp")).is_err());
    }
}
