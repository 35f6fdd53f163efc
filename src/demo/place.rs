//! The demonstration's folder: one that vanishes, or one that is kept.

use crate::demo::password;
use anyhow::Context;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;

/// The folder; a temporary one is removed when this is dropped, however the demonstration ends.
pub struct Place {
    dir: PathBuf,
    vanishes: bool,
}

impl Place {
    /// Makes `dir`, or a fresh temporary folder. One with something in it is refused: a demonstration begins with an empty
    /// store, and its passwords are made for one run.
    ///
    /// # Errors
    /// A folder that is in use; the disk's.
    pub fn make(dir: Option<PathBuf>) -> anyhow::Result<Self> {
        let vanishes = dir.is_none();
        let dir = match dir {
            Some(dir) => std::path::absolute(dir)?,
            None => std::env::temp_dir().join(format!("restante-demo-{}", password::random(10)?)),
        };
        let shown = || dir.display().to_string();
        let made = std::fs::DirBuilder::new()
            .recursive(!vanishes)
            .mode(0o700)
            .create(&dir);
        made.with_context(shown)?;
        let place = Self { dir, vanishes };
        if std::fs::read_dir(&place.dir)?.next().is_some() {
            anyhow::bail!(
                "{} holds something already: name a folder that is new or empty (a demonstration that was kept there \
                 can be looked at with `restante serve --config {}`)",
                place.dir.display(),
                place.registry().join("restante.toml").display()
            );
        }
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(place.owner())?;
        Ok(place)
    }

    /// What `restante init` would make.
    #[must_use]
    pub fn registry(&self) -> PathBuf {
        self.dir.join("registry")
    }

    /// The private key: outside the registry's folder, as it is for real.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.dir.join("offline.key")
    }

    /// Where the organisations' mail server puts what it gets.
    #[must_use]
    pub fn owner(&self) -> PathBuf {
        self.dir.join("owner")
    }

    /// The folder, where it is kept.
    #[must_use]
    pub fn kept(&self) -> Option<&Path> {
        (!self.vanishes).then_some(self.dir.as_path())
    }

    /// Removes it where it is temporary.
    ///
    /// # Errors
    /// The disk's.
    pub fn leave(mut self) -> anyhow::Result<()> {
        let vanishes = std::mem::replace(&mut self.vanishes, false);
        match vanishes.then(|| std::fs::remove_dir_all(&self.dir)) {
            Some(Err(error)) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} is left behind", self.dir.display()))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.vanishes {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}
