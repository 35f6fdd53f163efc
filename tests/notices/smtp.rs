//! A mail relay that says what a test wants, over real SMTP.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpListener;

/// Says yes to everything, but for what a test has it say.
#[derive(Clone, Default)]
pub struct Relay(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    /// What is said, once, to the next command (or end of data: `.`) that begins like this. Nothing: the line goes dead.
    replies: VecDeque<(&'static str, &'static str)>,
    offers: &'static str,
    commands: Vec<String>,
    messages: Vec<String>,
}

impl Relay {
    /// One that announces these extensions beside 8BITMIME, on a port of its own.
    pub async fn start(offers: &'static str) -> (SocketAddr, Self) {
        let relay = Self::default();
        relay.0.lock().unwrap().offers = offers;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = relay.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = serving.converse(stream).await;
            }
        });
        (address, relay)
    }

    pub fn says(&self, to: &'static str, reply: &'static str) {
        self.0.lock().unwrap().replies.push_back((to, reply));
    }

    pub fn commands(&self) -> Vec<String> {
        self.0.lock().unwrap().commands.clone()
    }

    pub fn messages(&self) -> Vec<String> {
        self.0.lock().unwrap().messages.clone()
    }

    fn reply(&self, line: &str) -> Option<String> {
        let mut held = self.0.lock().unwrap();
        let next = held.replies.front().filter(|(to, _)| line.starts_with(to));
        if let Some((_, reply)) = next {
            let reply = (*reply).to_owned();
            held.replies.pop_front();
            return (!reply.is_empty()).then_some(reply);
        }
        Some(match line {
            "DATA" => "354 go on".to_owned(),
            line if line.starts_with("EHLO") => {
                format!("250-relay.example\r\n{}250 8BITMIME", held.offers)
            }
            line if line.starts_with("AUTH") => "235 welcome".to_owned(),
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        })
    }

    pub async fn converse(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
    ) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 relay.example\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_owned();
            self.0.lock().unwrap().commands.push(line.clone());
            let Some(reply) = self.reply(&line) else {
                return Ok(());
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
            if line == "QUIT" || reply.starts_with("421") {
                return Ok(());
            }
            if line == "DATA" && reply.starts_with("354") {
                let message = data(&mut stream).await?;
                self.0.lock().unwrap().messages.push(message);
                let Some(reply) = self.reply(".") else {
                    return Ok(());
                };
                stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
            }
        }
    }
}

/// The data up to the lone dot, without the dots that were put in.
async fn data(stream: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
