//! What the tests share: a trial installation, the running binary, a small SMTP client.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

pub mod client;
pub mod http;

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

pub use client::Client;
pub use http::Browser;

/// The binary under test.
pub fn restante() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restante"));
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// A folder with what `restante init` makes, listening on a port of the system's choice.
pub struct Trial {
    pub folder: tempfile::TempDir,
}

impl Trial {
    /// `restante init … --zone ml --identity-out …` in a temporary folder.
    pub fn new() -> Self {
        Self::with("")
    }

    /// The same, with `more` at the end of the configuration.
    pub fn with(more: &str) -> Self {
        Self::inside(&std::env::temp_dir(), more)
    }

    /// The same, below `place`.
    pub fn inside(place: &Path, more: &str) -> Self {
        let trial = Self {
            folder: tempfile::tempdir_in(place).unwrap(),
        };
        let out = restante()
            .args(["init", "--zone", "ml", "--listen", "127.0.0.1:0"])
            .arg("--identity-out")
            .arg(trial.key())
            .arg(trial.dir())
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let text = std::fs::read_to_string(trial.config()).unwrap();
        // Tests run side by side: the dashboard's default address is for one.
        let web = match more.contains("[web]") {
            true => "",
            false => "[web]\nlisten = \"127.0.0.1:0\"\n",
        };
        std::fs::write(trial.config(), format!("{text}\n{more}\n{web}")).unwrap();
        trial
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("restante")
    }

    pub fn data(&self) -> PathBuf {
        self.dir().join("data")
    }

    pub fn config(&self) -> PathBuf {
        self.dir().join("restante.toml")
    }

    /// The private key: outside the installation, as it is for real.
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("offline.key")
    }

    pub fn identity(&self) -> restante::seal::identity::Identity {
        restante::seal::identity::Identity::parse(&std::fs::read_to_string(self.key()).unwrap())
            .unwrap()
    }

    /// Runs a subcommand that takes `--config`.
    pub fn run(&self, arguments: &[&str]) -> Output {
        restante()
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .output()
            .unwrap()
    }

    /// Runs it and gives what it printed; it must succeed.
    pub fn out(&self, arguments: &[&str]) -> String {
        let out = self.run(arguments);
        assert!(
            out.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8(out.stdout).unwrap()
    }

    pub fn stats(&self) -> serde_json::Value {
        serde_json::from_str(&self.out(&["stats", "--json"])).unwrap()
    }

    /// One value per recipient.
    pub fn messages(&self) -> Vec<serde_json::Value> {
        let text = self.out(&["messages", "--json"]);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The plaintext of every sealed item, opened with the off-line key.
    pub fn opened(&self) -> Vec<Vec<u8>> {
        let identity = self.identity();
        self.sealed()
            .iter()
            .map(|item| identity.open(item).unwrap().to_vec())
            .collect()
    }

    /// Keeps a sealed message to postmaster, before a server runs; gives its id.
    pub fn keep_for_operator(&self, sealed: &str) -> String {
        use restante::message::MessageId;
        use restante::message::OperatorMailbox;
        use restante::store::operator::NewOperatorItem;
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let options = restante::store::Options::default();
            let store = restante::store::Store::open(&self.data(), options)
                .await
                .unwrap();
            let now = store.clock().now();
            let id = MessageId::fresh(now).unwrap();
            let item = NewOperatorItem {
                id,
                received_at: now,
                mailbox: OperatorMailbox::Postmaster,
                bytes: 1_000,
                item: restante::store::NewItem {
                    sealed: sealed.as_bytes().to_vec(),
                    fingerprints: std::sync::Arc::from(["SHA256:abc".to_owned()]),
                },
            };
            store.keep_for_operator(item).await.unwrap();
            store.close().await.unwrap();
            id.to_string()
        })
    }

    /// Every sealed item.
    pub fn sealed(&self) -> Vec<Vec<u8>> {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let options = restante::store::Options::default();
            let store = restante::store::Store::open(&self.data(), options)
                .await
                .unwrap();
            let items = sealed_items(&store).await;
            store.close().await.unwrap();
            items
        })
    }

    /// `restante user add`.
    pub fn add_user(&self, name: &str, role: &str, password: &str) {
        let mut child = restante()
            .args(["user", "add", name, "--role", role, "--config"])
            .arg(self.config())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{password}").unwrap();
        drop(input);
        assert!(child.wait().unwrap().success());
    }

    /// Starts the server and waits until it listens.
    pub fn serve(&self) -> Running {
        self.serve_with(|_| {})
    }

    /// The same, with a word in how the process is started.
    pub fn serve_with(&self, adapt: impl FnOnce(&mut Command)) -> Running {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let mut command = restante();
        command
            .arg("serve")
            .arg("--config")
            .arg(self.config())
            .stdout(Stdio::piped())
            .stderr(log);
        adapt(&mut command);
        let log = self.log();
        Running::wait(command.spawn().unwrap(), &|| {
            std::fs::read_to_string(&log).unwrap_or_default()
        })
    }

    /// The log of every server that was started here.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

/// A server that is ready; killed when dropped.
pub struct Running {
    pub child: Child,
    pub smtp: SocketAddr,
    /// `http://127.0.0.1:PORT`; empty without a dashboard.
    pub web: String,
}

impl Running {
    /// Waits until a server that was started by other means says that it is ready.
    pub fn wait_for(child: Child) -> Self {
        Self::wait(child, &String::new)
    }

    fn wait(mut child: Child, log: &dyn Fn() -> String) -> Self {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut smtp = None;
        let mut web = String::new();
        loop {
            let Some(line) = lines.next() else {
                panic!("the server ended before it was ready:\n{}", log());
            };
            let line = line.unwrap();
            if let Some(address) = line.strip_prefix("smtp ") {
                smtp = Some(address.parse().unwrap());
            }
            if let Some(origin) = line.strip_prefix("web ") {
                web = origin.to_owned();
            }
            if line == "ready" {
                break;
            }
        }
        // What it prints later is read and thrown away: a full pipe would stop it.
        std::thread::spawn(move || lines.count());
        Self {
            child,
            smtp: smtp.expect("the server says where it listens"),
            web,
        }
    }

    pub fn client(&self) -> Client {
        Client::connect(self.smtp)
    }

    /// The dashboard's address.
    pub fn web_address(&self) -> SocketAddr {
        let (_, address) = self.web.split_once("://").expect("a dashboard");
        address.parse().unwrap()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.web_address())
    }

    /// SIGTERM, and the exit code.
    pub fn stop(mut self) -> i32 {
        signal(&self.child, "TERM");
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every sealed item of a store.
pub async fn sealed_items(store: &restante::store::Store) -> Vec<Vec<u8>> {
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let page = store.items(after, 1000).await.unwrap();
        let Some(last) = page.last() else {
            return items;
        };
        after = Some(last.id);
        for item in &page {
            items.push(store.sealed_item(item.id).await.unwrap().unwrap());
        }
    }
}

/// Sends a signal by name.
pub fn signal(child: &Child, name: &str) {
    let done = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(done.success());
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found
}

/// Whether `needle` occurs in `hay`, letter case aside.
pub fn contains(hay: &[u8], needle: &str) -> bool {
    let needle = needle.to_ascii_lowercase().into_bytes();
    hay.to_ascii_lowercase()
        .windows(needle.len())
        .any(|window| window == needle)
}
