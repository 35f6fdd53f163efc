//! Where imported messages come from: a maildir, an mbox file, .eml files. One message is in memory at a time.

use crate::cli::import::mbox;
use crate::cli::import::mbox::Mbox;
use crate::message::Content;
use std::fs::File;
use std::io;
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

impl Kind {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Maildir => "maildir",
            Self::Mbox => "mbox",
            Self::Eml => "eml",
        }
    }
}

const LOOKS_LIKE_MBOX: &str =
    "expected one message, found what looks like an mbox file: use `restante import mbox`";

/// The messages, one after the other. Neither they nor what cannot be read is named: exported files are usually called
/// after the subject.
pub struct Source {
    messages: Messages,
    octets: Option<u64>,
    links: u64,
    unreadable: u64,
}

enum Messages {
    /// One message a file.
    Files {
        kind: Kind,
        left: std::vec::IntoIter<PathBuf>,
        bound: usize,
    },
    /// Many in one file.
    Mbox(Box<Mbox<BufReader<File>>>),
}

impl Source {
    /// Finds the messages; no message at all is an error. Of a message of more than `bound` octets only so much is read
    /// that it is known to be larger.
    pub fn open(kind: Kind, path: &Path, bound: usize) -> io::Result<Self> {
        let is_folder = std::fs::metadata(path)?.is_dir();
        match (kind, is_folder) {
            (Kind::Mbox, false) => {
                let (mbox, octets) = Mbox::open(path, bound)?;
                Ok(Self {
                    messages: Messages::Mbox(Box::new(mbox)),
                    octets,
                    links: 0,
                    unreadable: 0,
                })
            }
            (Kind::Mbox, true) => Err(io::Error::other("expected an mbox file, found a folder")),
            (Kind::Maildir, false) => Err(io::Error::other("expected a maildir, found a file")),
            (Kind::Maildir, true) => {
                if !path.join("cur").is_dir() && !path.join("new").is_dir() {
                    return Err(io::Error::other(
                        "expected a maildir with the folders cur and new",
                    ));
                }
                Self::files(kind, path, bound)
            }
            (Kind::Eml, true) => Self::files(kind, path, bound),
            (Kind::Eml, false) => {
                read_file(kind, path, bound)?;
                let mut found = Found::default();
                found.files.push((
                    path.to_owned(),
                    std::fs::metadata(path).map_or(0, |about| about.len()),
                ));
                Ok(Self::of(found, kind, bound))
            }
        }
    }

    fn files(kind: Kind, folder: &Path, bound: usize) -> io::Result<Self> {
        let wanted = |path: &Path| {
            let folder = path.parent().and_then(Path::file_name);
            kind == Kind::Eml || folder.is_some_and(|name| name == "cur" || name == "new")
        };
        let mut found = Found::default();
        found.look_into(folder, &wanted)?;
        if found.files.is_empty() {
            return Err(io::Error::other(format!(
                "no message found ({} links not followed, {} folders or files not readable)",
                found.links, found.unreadable
            )));
        }
        found.files.sort();
        Ok(Self::of(found, kind, bound))
    }

    fn of(found: Found, kind: Kind, bound: usize) -> Self {
        let octets = found.files.iter().map(|(_, size)| size).sum();
        let files: Vec<PathBuf> = found.files.into_iter().map(|(path, _)| path).collect();
        Self {
            messages: Messages::Files {
                kind,
                left: files.into_iter(),
                bound,
            },
            octets: Some(octets),
            links: found.links,
            unreadable: found.unreadable,
        }
    }

    /// Octets in all, for a progress bar.
    pub fn octets(&self) -> Option<u64> {
        self.octets
    }

    /// Links that were found and not followed.
    pub fn links(&self) -> u64 {
        self.links
    }

    /// Folders and files that could not be looked at.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

/// What is below a folder.
#[derive(Default)]
struct Found {
    files: Vec<(PathBuf, u64)>,
    links: u64,
    unreadable: u64,
}

impl Found {
    /// Takes the regular files below `folder`, which may itself be a link; links in it are counted, not followed.
    fn look_into(&mut self, folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let Ok(about) = std::fs::symlink_metadata(&path) else {
                self.unreadable += 1;
                continue;
            };
            if about.is_symlink() {
                self.links += 1;
            } else if about.is_file() && wanted(&path) {
                self.files.push((path, about.len()));
            } else if about.is_dir() && self.look_into(&path, wanted).is_err() {
                self.unreadable += 1;
            }
        }
        Ok(())
    }
}

impl Iterator for Source {
    type Item = io::Result<Content>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.messages {
            Messages::Mbox(mbox) => mbox.next(),
            Messages::Files { kind, left, bound } => {
                let path = left.next()?;
                Some(read_file(*kind, &path, *bound))
            }
        }
    }
}

fn read_file(kind: Kind, path: &Path, bound: usize) -> io::Result<Content> {
    let most = u64::try_from(bound).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    let content = Content::new(bytes);
    // An mbox file would be taken for one message with all the others inside.
    if kind == Kind::Eml && mbox::holds_several(content.expose()) {
        return Err(io::Error::other(LOOKS_LIKE_MBOX));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(kind: Kind, path: &Path) -> Vec<String> {
        Source::open(kind, path, 1000)
            .unwrap()
            .map(|m| String::from_utf8(m.unwrap().expose().to_vec()).unwrap())
            .collect()
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
        assert!(Source::open(Kind::Maildir, &folder.path().join("tmp"), 1000).is_err());
    }

    #[test]
    fn a_file_is_read_to_just_beyond_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.eml");
        std::fs::write(&path, "x".repeat(5000)).unwrap();
        let lengths = |path| messages(Kind::Eml, path).iter().map(String::len).sum();
        let length: usize = lengths(&path);
        assert!((1001..1100).contains(&length), "{length}");
        assert_eq!(lengths(folder.path()), length);
    }
}
