//! A peer over TCP that can start TLS and take any certificate.

use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::StreamOwned;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

pub enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    Gone,
}

pub struct Peer {
    reader: BufReader<Stream>,
    pub certificate: Vec<u8>,
}

impl Peer {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("connect");
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            reader: BufReader::new(Stream::Plain(stream)),
            certificate: Vec::new(),
        }
    }

    /// Connects and reads the greeting.
    pub fn greeted(address: SocketAddr) -> Self {
        let mut peer = Self::connect(address);
        let greeting = peer.line().expect("greeting");
        assert!(greeting.starts_with("220 "), "{greeting}");
        peer
    }

    pub fn send(&mut self, bytes: &[u8]) {
        // A peer that has closed shows in what is read.
        let _ = self.try_send(bytes);
    }

    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.reader.get_mut();
        stream.write_all(bytes)?;
        stream.flush()
    }

    /// Sends a line, gives the last line of the reply.
    pub fn say(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes());
        self.reply()
    }

    /// The last line of a reply.
    pub fn reply(&mut self) -> String {
        loop {
            let line = self.line().expect("a reply");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// The next line without its line end; `None` where the server has closed.
    pub fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        match self.reader.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => {
                let line = String::from_utf8(line).expect("replies are ASCII");
                let text = line.strip_suffix("\r\n");
                Some(text.expect("a reply line ends in CRLF").to_owned())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                panic!("the server says nothing")
            }
            Err(_) => None,
        }
    }

    /// Shakes hands; the server must have said 220.
    pub fn start_tls(&mut self) -> io::Result<()> {
        assert!(self.reader.buffer().is_empty(), "bytes behind the 220");
        let Stream::Plain(mut socket) = std::mem::replace(self.reader.get_mut(), Stream::Gone)
        else {
            panic!("TLS inside TLS");
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anything(provider)))
            .with_no_client_auth();
        let name = ServerName::try_from("mx.nic.ml").unwrap();
        let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        if let Some([first, ..]) = session.peer_certificates() {
            self.certificate = first.to_vec();
        }
        *self.reader.get_mut() = Stream::Tls(Box::new(StreamOwned::new(session, socket)));
        Ok(())
    }

    /// Closes, without a word.
    pub fn hang_up(&mut self) {
        *self.reader.get_mut() = Stream::Gone;
    }

    /// The socket, to be misused.
    pub fn socket(&self) -> &TcpStream {
        match self.reader.get_ref() {
            Stream::Plain(socket) => socket,
            Stream::Tls(stream) => stream.get_ref(),
            Stream::Gone => panic!("no socket"),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
            Self::Gone => Ok(0),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
            Self::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
            Self::Gone => Ok(()),
        }
    }
}

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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
