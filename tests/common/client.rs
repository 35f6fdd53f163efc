//! A small SMTP client that says exactly what it is told.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

/// One connection.
pub struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects and reads the greeting.
    pub fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).expect("a greeting")
    }

    /// Connects as a trusted proxy that brings `client`, and reads the greeting.
    pub fn bringing(address: SocketAddr, client: std::net::IpAddr) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        let (family, us) = match client.is_ipv4() {
            true => ("TCP4", "127.0.0.1"),
            false => ("TCP6", "::1"),
        };
        let header = format!("PROXY {family} {client} {us} 12345 25\r\n");
        stream.write_all(header.as_bytes()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut connected = Self {
            reader: BufReader::new(stream),
        };
        let greeting = connected.try_reply().unwrap();
        assert!(greeting.starts_with("220"), "{greeting}");
        connected
    }

    /// The same, where the server may be going away.
    pub fn try_connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_write_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            reader: BufReader::new(stream),
        };
        let greeting = client.try_reply()?;
        assert!(
            greeting.starts_with("220") || greeting.starts_with("421"),
            "{greeting}"
        );
        Ok(client)
    }

    /// Sends raw octets.
    pub fn send(&mut self, bytes: &[u8]) {
        self.reader.get_mut().write_all(bytes).unwrap();
    }

    /// Reads one reply, all its lines.
    pub fn try_reply(&mut self) -> std::io::Result<String> {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            if self.reader.read_line(&mut reply)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if reply.as_bytes().get(start + 3) != Some(&b'-') {
                return Ok(reply);
            }
        }
    }

    /// Sends a line and gives the reply.
    pub fn try_say(&mut self, line: &str) -> std::io::Result<String> {
        self.reader
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())?;
        self.try_reply()
    }

    /// Sends a line; the reply must begin with `expected`.
    pub fn say(&mut self, line: &str, expected: &str) -> String {
        let reply = self.try_say(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(reply.starts_with(expected), "{line}: {reply}");
        reply
    }

    /// A whole transaction after EHLO; gives the reply to the data.
    pub fn try_mail(&mut self, from: &str, to: &[&str], message: &[u8]) -> std::io::Result<String> {
        for line in std::iter::once(format!("MAIL FROM:<{from}>"))
            .chain(to.iter().map(|t| format!("RCPT TO:<{t}>")))
        {
            let reply = self.try_say(&line)?;
            if !reply.starts_with('2') {
                return Ok(reply);
            }
        }
        let reply = self.try_say("DATA")?;
        if !reply.starts_with("354") {
            return Ok(reply);
        }
        self.reader.get_mut().write_all(&stuffed(message))?;
        self.try_reply()
    }

    /// The same; the connection must hold.
    pub fn mail(&mut self, from: &str, to: &[&str], message: &[u8]) -> String {
        self.try_mail(from, to, message).unwrap()
    }
}

/// Dot-stuffed, with the end mark.
// RFC 5321 4.5.2
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|b| *b == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
