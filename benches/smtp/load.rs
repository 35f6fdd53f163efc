//! A load client like Postfix's smtp-source, which has no TLS: so many sessions at once, one command at a time, until so
//! many messages have their 250. Ends with 1 at the first reply that is not the one hoped for.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench that cannot go on is over"
)]

use anyhow::Context;
use anyhow::ensure;
use clap::Parser;
use clap::ValueEnum;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Security {
    Plain,
    /// STARTTLS with a full handshake in every session: a stranger's server has no ticket of ours.
    Tls,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sessions {
    /// A session for each message.
    New,
    /// All messages in the sessions that were opened first.
    Kept,
}

#[derive(Parser)]
struct Arguments {
    address: SocketAddr,
    #[arg(long)]
    security: Security,
    #[arg(long)]
    sessions: Sessions,
    /// Sessions at once.
    #[arg(long)]
    at_once: u64,
    #[arg(long)]
    messages: u64,
    /// Octets of a message.
    #[arg(long)]
    length: usize,
}

/// What all sessions share.
struct Load {
    arguments: Arguments,
    connector: TlsConnector,
    /// Sent behind a header that makes each message another one: a repeat would not be stored.
    text: Vec<u8>,
    taken: AtomicU64,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

struct Session(BufStream<Box<dyn Stream>>);

impl Session {
    async fn begin(load: &Load) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(load.arguments.address).await?;
        socket.set_nodelay(true)?;
        if load.arguments.security == Security::Plain {
            let mut session = Self(BufStream::new(Box::new(socket)));
            session.reply("220").await?;
            session.say("EHLO load.example\r\n", "250").await?;
            return Ok(session);
        }
        let mut plain = Self(BufStream::new(Box::new(socket)));
        plain.reply("220").await?;
        plain.say("EHLO load.example\r\n", "250").await?;
        plain.say("STARTTLS\r\n", "220").await?;
        let name = ServerName::try_from("mx.nic.ml")?;
        let inside = load.connector.connect(name, plain.0.into_inner()).await?;
        let mut session = Self(BufStream::new(Box::new(inside)));
        session.say("EHLO load.example\r\n", "250").await?;
        Ok(session)
    }

    async fn reply(&mut self, wanted: &str) -> anyhow::Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            self.0.read_line(&mut line).await?;
            ensure!(
                line.starts_with(wanted),
                "{wanted} was hoped for, and {line:?} came"
            );
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    }

    async fn say(&mut self, line: &str, wanted: &str) -> anyhow::Result<()> {
        self.0.write_all(line.as_bytes()).await?;
        self.0.flush().await?;
        self.reply(wanted).await
    }

    async fn send(&mut self, load: &Load, number: u64) -> anyhow::Result<()> {
        self.say("MAIL FROM:<a@sender.example>\r\n", "250").await?;
        self.say("RCPT TO:<jane@army.ml>\r\n", "250").await?;
        self.say("DATA\r\n", "354").await?;
        let process = std::process::id();
        let head = format!(
            "From: <a@sender.example>\r\nTo: <jane@army.ml>\r\nMessage-Id: <{process:08x}.{number:08x}@load.example>\r\n\r\n"
        );
        let rest = load.arguments.length.saturating_sub(head.len());
        self.0.write_all(head.as_bytes()).await?;
        self.0
            .write_all(&load.text[load.text.len() - rest..])
            .await?;
        self.say("\r\n.\r\n", "250").await
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.say("QUIT\r\n", "221").await
    }
}

async fn run(load: Arc<Load>) -> anyhow::Result<()> {
    let mut open: Option<Session> = None;
    loop {
        let number = load.taken.fetch_add(1, Ordering::Relaxed);
        if number >= load.arguments.messages {
            break;
        }
        let mut session = match open.take() {
            Some(session) => session,
            None => Session::begin(&load).await?,
        };
        session.send(&load, number).await?;
        match load.arguments.sessions {
            Sessions::New => session.end().await?,
            Sessions::Kept => open = Some(session),
        }
    }
    match open {
        Some(session) => session.end().await,
        None => Ok(()),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anything(provider)))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    let mut text = Vec::with_capacity(arguments.length + 80);
    while text.len() < arguments.length {
        text.extend_from_slice(&[b'X'; 78]);
        text.extend_from_slice(b"\r\n");
    }
    // The line end before the dot is sent with it.
    text.truncate(text.len() - 2);
    let sessions = arguments.at_once;
    let load = Arc::new(Load {
        arguments,
        connector: TlsConnector::from(Arc::new(config)),
        text,
        taken: AtomicU64::new(0),
    });
    let mut running = JoinSet::new();
    for _ in 0..sessions {
        running.spawn(run(Arc::clone(&load)));
    }
    while let Some(ended) = running.join_next().await {
        ended?.context("a session")?;
    }
    Ok(())
}

/// Takes any certificate: what is measured is the work, not the trust.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
