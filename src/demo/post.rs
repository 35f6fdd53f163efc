//! Sends the made-up mail over real SMTP, as strangers' servers do: a connection each.

use crate::demo::letter::Letter;
use crate::demo::plan::Event;
use anyhow::Context;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpStream;

/// Longer than the listener takes for anything, shorter than anybody waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends what is to be sent; comes back when the listener has closed the connection, so that a clock may be moved then.
///
/// # Errors
/// A listener that does not answer, or answers a letter with something else than 250 or, where the name is only counted, 550.
pub async fn deliver(listener: SocketAddr, event: &Event) -> anyhow::Result<()> {
    let work = async {
        match event {
            Event::Letter(letter) => send(listener, letter).await,
            Event::Relay(_) => relay_test(listener).await,
            Event::Login(_) => login_attempt(listener).await,
        }
    };
    tokio::time::timeout(PATIENCE, work)
        .await
        .context("the listener does not answer")?
}

async fn send(listener: SocketAddr, letter: &Letter) -> anyhow::Result<()> {
    let mut line = Line::open(listener).await?;
    line.say(&format!("EHLO {}", letter.helo)).await?;
    line.say(&format!(
        "MAIL FROM:<{}> BODY=8BITMIME",
        letter.reverse_path
    ))
    .await?;
    let mut accepted = 0;
    for recipient in &letter.recipients {
        let reply = line.say(&format!("RCPT TO:<{recipient}>")).await?;
        // A name with another policy is put off; its own try would come later, and the demonstration lets it be.
        accepted += usize::from(reply.starts_with("250"));
    }
    anyhow::ensure!(accepted > 0, "the listener takes none of the recipients");
    line.say("DATA").await?;
    line.write(&stuffed(&letter.bytes)).await?;
    let reply = line.reply().await?;
    anyhow::ensure!(
        reply.starts_with("250") || reply.starts_with("550"),
        "the listener answered a letter with {}",
        reply.get(..3).unwrap_or_default()
    );
    line.close().await
}

async fn relay_test(listener: SocketAddr) -> anyhow::Result<()> {
    let mut line = Line::open(listener).await?;
    line.say("EHLO relay-check.example").await?;
    line.say("MAIL FROM:<probe@relay-check.example>").await?;
    line.say("RCPT TO:<victim@elsewhere.example>").await?;
    line.close().await
}

async fn login_attempt(listener: SocketAddr) -> anyhow::Result<()> {
    let mut line = Line::open(listener).await?;
    line.say("EHLO guess.example").await?;
    // "\0admin\0admin": the listener drops it unread, and hangs up.
    line.say("AUTH PLAIN AGFkbWluAGFkbWlu").await?;
    line.ended().await
}

/// One connection.
struct Line(BufReader<TcpStream>);

impl Line {
    async fn open(listener: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(listener).await?;
        stream.set_nodelay(true)?;
        let mut line = Self(BufReader::new(stream));
        line.reply().await?;
        Ok(line)
    }

    async fn say(&mut self, command: &str) -> anyhow::Result<String> {
        self.write(format!("{command}\r\n").as_bytes()).await?;
        self.reply().await
    }

    async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.get_mut().write_all(bytes).await?;
        Ok(())
    }

    /// The last line of a reply.
    async fn reply(&mut self) -> anyhow::Result<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await? == 0 {
                anyhow::bail!("the listener hung up");
            }
            // RFC 5321 4.2.1
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line);
            }
        }
    }

    async fn close(mut self) -> anyhow::Result<()> {
        self.say("QUIT").await?;
        self.ended().await
    }

    async fn ended(mut self) -> anyhow::Result<()> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await?;
        Ok(())
    }
}

/// With its dots doubled, and the end mark.
// RFC 5321 4.5.2
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b".\r\n");
    out
}
