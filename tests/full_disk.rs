//! A full disk: no 250, no damage, and service comes back by itself.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Client;
use common::Trial;
use sqlx::Connection;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// A small file system of its own; unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where this user may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = ["-t", "tmpfs", "-o", "size=24m", "tmpfs"];
        let done = Command::new("mount")
            .args(options)
            .arg(folder.path())
            .output()
            .ok()?;
        done.status.success().then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn message(number: usize) -> Vec<u8> {
    let mut text = format!("Subject: token-{number}-end\r\n\r\n").into_bytes();
    for line in 0..3000 {
        text.extend_from_slice(
            format!("line {line} of a message that takes some room on the disk\r\n").as_bytes(),
        );
    }
    text
}

/// Sends until a reply is no 250; gives the numbers that were acknowledged and that reply.
fn fill(client: &mut Client, from: usize) -> (Vec<usize>, String) {
    let mut acknowledged = Vec::new();
    for number in from..from + 1000 {
        let reply = client.mail("a@sender.example", &["jane@army.ml"], &message(number));
        if !reply.starts_with("250") {
            return (acknowledged, reply);
        }
        acknowledged.push(number);
    }
    panic!("the disk did not fill");
}

#[test]
fn a_full_disk_gets_no_250_does_no_damage_and_is_left_by_itself() {
    let Some(disk) = SmallDisk::mount() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI runs as root and can mount"
        );
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let trial = Trial::inside(disk.path(), "");
    std::fs::write(disk.ballast(), vec![b'x'; 8 << 20]).unwrap();
    let server = trial.serve();
    let mut client = server.client();
    client.say("EHLO sender.example", "250");

    let (mut kept, reply) = fill(&mut client, 0);
    assert!(!kept.is_empty());
    assert!(
        reply.starts_with("452") || reply.starts_with("451"),
        "{reply}"
    );
    // It goes on refusing, session after session, and lives.
    for number in 5000..5010 {
        let mut client = server.client();
        client.say("EHLO sender.example", "250");
        let reply = client.mail("a@sender.example", &["jane@army.ml"], &message(number));
        assert!(reply.starts_with('4'), "{reply}");
    }
    // Room again: nobody restarts anything.
    std::fs::remove_file(disk.ballast()).unwrap();
    let (more, _) = fill(&mut client, 6000);
    assert!(more.len() > 5, "service did not come back: {}", more.len());
    kept.extend(more);
    // And room for the end.
    server.kill();
    let copy = tempfile::tempdir().unwrap();
    let data = copy.path().join("data");
    std::fs::create_dir(&data).unwrap();
    for file in common::files(&trial.data()) {
        std::fs::copy(&file, data.join(file.file_name().unwrap())).unwrap();
    }
    let identity = trial.identity();
    let (integrity, items) = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = restante::store::Store::open(&data, restante::store::Options::default())
            .await
            .unwrap();
        let items = common::sealed_items(&store).await;
        store.close().await.unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("restante.db"));
        let mut connection = sqlx::SqliteConnection::connect_with(&options)
            .await
            .unwrap();
        let integrity: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        (integrity, items)
    });
    assert_eq!(integrity, "ok");
    let found: Vec<String> = items
        .iter()
        .map(|item| String::from_utf8(identity.open(item).unwrap().to_vec()).unwrap())
        .collect();
    for number in &kept {
        let token = format!("Subject: token-{number}-end\r\n");
        assert!(
            found.iter().any(|text| text.contains(&token)),
            "acknowledged and lost: {token}"
        );
    }
}
