//! A folder as the way out: a file for each notice, for an operator who sends by other means, and for a first look.
//!
//! The name is the ticket, so a second try writes the same file again; it is there as a whole or not at all.

use crate::notify::mail::Mail;
use crate::notify::transport::Outcome;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

/// Writes a notice to `folder/TICKET.eml`.
pub async fn write(folder: PathBuf, mail: Mail) -> Outcome {
    let written = tokio::task::spawn_blocking(move || write_now(&folder, &mail)).await;
    match written {
        Ok(Ok(())) => Outcome::Taken { refused: None },
        // The kind alone: a path says nothing to who reads it on a page.
        Ok(Err(error)) => Outcome::Unreachable(format!("the outbox: {}", error.kind())),
        Err(_) => Outcome::Unreachable("the outbox".to_owned()),
    }
}

fn write_now(folder: &Path, mail: &Mail) -> std::io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let part = folder.join(format!(".{}.part", mail.ticket));
    // What an earlier try left is not written through: it may be a link.
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(&mail.octets)?;
    file.sync_all()?;
    std::fs::rename(&part, folder.join(format!("{}.eml", mail.ticket)))?;
    // The name must survive a power cut as surely as the file.
    File::open(folder)?.sync_all()
}
