//! A small browser: one request a connection, cookies kept, nothing followed.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// The first header of a name, in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Self {
            status: status.parse().unwrap(),
            headers,
            body: String::new(),
        };
        let body = &bytes[end + 4..];
        let body = match answer.header("transfer-encoding") {
            Some("chunked") => unchunked(body),
            _ => body.to_vec(),
        };
        answer.body = String::from_utf8(body).unwrap();
        answer
    }
}

// RFC 9112 7.1
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n").unwrap();
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size.split(';').next().unwrap(), 16).unwrap();
        if size == 0 {
            return out;
        }
        out.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

/// Somebody's browser.
#[derive(Clone)]
pub struct Browser {
    address: SocketAddr,
    tls: Option<Arc<rustls::ClientConfig>>,
    pub cookies: BTreeMap<String, String>,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            cookies: BTreeMap::new(),
            headers: vec![("Accept-Language".into(), "en".into())],
        }
    }

    /// One that trusts the certificate, for the name `localhost`.
    pub fn with_tls(address: SocketAddr, certificate: &[u8]) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from(certificate.to_vec()))
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            tls: Some(Arc::new(config)),
            ..Self::new(address)
        }
    }

    /// With a header in each request.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = fields
            .iter()
            .map(|(k, v)| format!("{}={}", coded(k), coded(v)));
        self.send("POST", path, &fields.collect::<Vec<_>>().join("&"))
    }

    /// Posts with the token of the page `from`.
    pub fn submit(&mut self, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(from);
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all)
    }

    /// The form token of a page.
    pub fn token(&mut self, page: &str) -> String {
        let body = self.get(page).body;
        let mark = "name=\"token\" value=\"";
        let at = body.find(mark).expect("a form on the page") + mark.len();
        body[at..].split('"').next().unwrap().to_owned()
    }

    pub fn login(&mut self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)])
    }

    pub fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n",
            self.address.port()
        );
        for (name, value) in &self.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(k, v)| format!("{k}={v}"));
            let cookies = cookies.collect::<Vec<_>>().join("; ");
            request.push_str(&format!("Cookie: {cookies}\r\n"));
        }
        if method == "POST" {
            request.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let answer = self.raw(&format!("{request}\r\n{body}"));
        self.keep(&answer);
        answer
    }

    /// Sends these octets and reads to the end.
    pub fn raw(&self, request: &str) -> Answer {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut bytes = Vec::new();
        match &self.tls {
            Some(config) => {
                let name = ServerName::try_from("localhost").unwrap();
                let client = rustls::ClientConnection::new(Arc::clone(config), name).unwrap();
                let mut stream = rustls::StreamOwned::new(client, stream);
                stream.write_all(request.as_bytes()).unwrap();
                stream.read_to_end(&mut bytes).unwrap();
            }
            None => {
                let mut stream = stream;
                stream.write_all(request.as_bytes()).unwrap();
                stream.read_to_end(&mut bytes).unwrap();
            }
        }
        Answer::parse(&bytes)
    }

    fn keep(&mut self, answer: &Answer) {
        for (_, cookie) in answer.headers.iter().filter(|(n, _)| n == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn coded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
