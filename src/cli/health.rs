//! `restante health`: whether a server that runs elsewhere on this machine answers. For containers and monitoring.
//!
//! It asks as a stranger would, over the network, since a server that holds its lock and answers nobody is not well.

use crate::cli::ConfigFile;
use crate::config::Config;
use anyhow::Context;
use anyhow::bail;
use anyhow::ensure;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::DigitallySignedStruct;
use rustls::SignatureScheme;
use rustls::StreamOwned;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::crypto::verify_tls12_signature;
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

/// Ask a running server whether it is well
///
/// Says hello to the listener (its greeting must be 220; the session counts among the others) and asks the dashboard for
/// /healthz (the answer must be 200). Exit 0 where both answer, 1 where one does not; it is said which.
/// Each step may take three seconds. Without a section [web] the dashboard is extra: that it does not answer is said, and
/// no failure.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
}

/// How long one step may take: connecting, an answer, a line. Whoever hangs on both ports is found out in the ten seconds
/// that container engines are usually told to wait.
const PATIENCE: Duration = Duration::from_secs(3);

/// Octets of an answer that are looked at: RFC 5321 4.5.3.1.5 has 512 a reply line.
const LONGEST: usize = 512;

/// Asks.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    let listener = ask_listener(&config);
    let web = dashboard(&config)?;
    let dashboard = ask_dashboard(&web);
    let mut out = std::io::stdout().lock();
    if let Ok(address) = &listener {
        writeln!(out, "listener {address}: well")?;
    }
    match &dashboard {
        Ok(()) => writeln!(out, "dashboard {}: well", web.address)?,
        Err(error) if !web.asked_for => {
            writeln!(out, "dashboard {}: not there ({error:#})", web.address)?;
        }
        Err(_) => {}
    }
    let dashboard = dashboard.map(|()| web.address);
    match (listener, dashboard) {
        (Err(one), Err(other)) if web.asked_for => bail!("{one:#}; {other:#}"),
        (Err(error), _) => Err(error),
        (_, Err(error)) if web.asked_for => Err(error),
        _ => Ok(()),
    }
}

/// The first of the listener's addresses that greets as it should, or what the last of them did instead.
fn ask_listener(config: &Config) -> anyhow::Result<SocketAddr> {
    let mut last = anyhow::anyhow!("the listener has no address");
    for address in &config.smtp.listen {
        match greet(reachable(*address)).with_context(|| format!("listener {address}")) {
            Ok(()) => return Ok(*address),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// RFC 5321 3.1: the greeting; and QUIT, so that the session ends in good order.
fn greet(address: SocketAddr) -> anyhow::Result<()> {
    let mut stream = connect(address)?;
    let greeting = first_line(&mut stream)?;
    let well = greeting.starts_with(b"220 ") || greeting.starts_with(b"220-");
    ensure!(well, "{}", not_expected(&greeting, 3, "the greeting"));
    say(&mut stream, "QUIT\r\n")?;
    let farewell = first_line(&mut stream)?;
    ensure!(
        farewell.starts_with(b"221"),
        "{}",
        not_expected(&farewell, 3, "the answer to QUIT")
    );
    Ok(())
}

/// Where the dashboard is.
struct Dashboard {
    address: SocketAddr,
    tls: bool,
    asked_for: bool,
}

/// What the configuration says of the dashboard.
fn dashboard(config: &Config) -> anyhow::Result<Dashboard> {
    // The section is checked with the rest of the file, and so far not kept in `Config`.
    let text = std::fs::read_to_string(&config.file)?;
    let file: toml::Table = toml::from_str(&text)?;
    let web = file.get("web");
    let key = |key: &str| web.and_then(|web| web.get(key)?.as_str());
    let listen = key("listen").unwrap_or("127.0.0.1:8080");
    Ok(Dashboard {
        address: listen.parse().context("web.listen")?,
        tls: key("tls_certificate").is_some(),
        asked_for: web.is_some(),
    })
}

fn ask_dashboard(web: &Dashboard) -> anyhow::Result<()> {
    let address = reachable(web.address);
    let ask = || -> anyhow::Result<()> {
        let stream = connect(address)?;
        if web.tls {
            healthz(&mut encrypted(stream, address.ip())?, address)
        } else {
            healthz(&mut { stream }, address)
        }
    };
    ask().with_context(|| format!("dashboard {}", web.address))
}

fn healthz(stream: &mut (impl Read + Write), address: SocketAddr) -> anyhow::Result<()> {
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    say(stream, &request)?;
    let status = first_line(stream)?;
    ensure!(
        status.starts_with(b"HTTP/1.1 200"),
        "{}",
        not_expected(&status, 12, "the answer to /healthz")
    );
    Ok(())
}

fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    ensure!(
        address.port() != 0,
        "its port is chosen at each start: nobody can know it"
    );
    let stream = TcpStream::connect_timeout(&address, PATIENCE).context("no connection")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The address by which one that was listened on can be reached from here.
fn reachable(listened: SocketAddr) -> SocketAddr {
    let ip = match listened.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listened.port())
}

/// Writes in one piece. The error is said in words: as a cause, a peer that hung up would pass for a reader of our own
/// output who did, which is no failure worth a line.
fn say(stream: &mut impl Write, text: &str) -> anyhow::Result<()> {
    stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush())
        .map_err(|error| anyhow::anyhow!("it hung up: {error}"))
}

/// The first line of an answer, at most [`LONGEST`] octets of it.
fn first_line(stream: &mut impl Read) -> anyhow::Result<Vec<u8>> {
    let begun = Instant::now();
    let mut line = Vec::new();
    let mut octet = [0];
    while line.len() < LONGEST && read(stream, &mut octet)? > 0 {
        if octet == *b"\n" {
            return Ok(line);
        }
        line.push(octet[0]);
        ensure!(begun.elapsed() < PATIENCE, "no answer in time");
    }
    bail!("no answer")
}

fn read(stream: &mut impl Read, octet: &mut [u8; 1]) -> anyhow::Result<usize> {
    stream
        .read(octet)
        .map_err(|error| anyhow::anyhow!("no answer: {error}"))
}

/// What came instead, of which the code alone is said: whoever answers on that port may be somebody else.
fn not_expected(line: &[u8], code: usize, what: &str) -> String {
    let code: String = line
        .iter()
        .take(code)
        .map(|octet| char::from(*octet))
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .collect();
    format!("{what} was {code}")
}

/// TLS with whoever listens there. Its certificate is for the name that people use, and we ask by address, on this machine;
/// nothing secret is said and nothing that it says is trusted, so it is not looked at. That it has the key is.
fn encrypted(
    stream: TcpStream,
    ip: IpAddr,
) -> anyhow::Result<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyName(provider)))
        .with_no_client_auth();
    let session = ClientConnection::new(Arc::new(config), ServerName::from(ip))?;
    Ok(StreamOwned::new(session, stream))
}

/// Takes any certificate whose key the server has.
#[derive(Debug)]
struct AnyName(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let supported = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, supported)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let supported = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, supported)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
