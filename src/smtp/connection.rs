//! One peer's socket, in the clear or under TLS. Knows no SMTP.
//!
//! Guarantees: while nothing is there to be read no buffer is held, so an idle peer costs a socket and little else;
//! reading may be given up at any await and taken up again without loss.

use crate::message::TlsVersion;
use rustls::ProtocolVersion;
use std::future::Future;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A connection.
pub(super) enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// A handshake took the socket and did not give it back.
    Lost,
}

impl Connection {
    /// Appends what is there, at most `room` octets more than the buffer had room for; waits where there is nothing.
    /// 0: the peer will send no more.
    pub(super) async fn read(&mut self, buffer: &mut Vec<u8>, room: usize) -> io::Result<usize> {
        // TLS may hold bytes that the socket no longer has. A buffer that is at hand is tried before it is given away.
        let at_hand = buffer.capacity() > buffer.len();
        if (at_hand || matches!(self, Self::Tls(_)))
            && let Poll::Ready(done) = self.try_read(buffer, room).await
        {
            return done;
        }
        loop {
            buffer.shrink_to_fit();
            self.socket()?.readable().await?;
            if let Poll::Ready(done) = self.try_read(buffer, room).await {
                return done;
            }
        }
    }

    /// Reads once, without waiting.
    async fn try_read(&mut self, buffer: &mut Vec<u8>, room: usize) -> Poll<io::Result<usize>> {
        if buffer.capacity() - buffer.len() < room / 4 {
            buffer.reserve_exact(room);
        }
        match self {
            Self::Plain(stream) => once(stream.read_buf(buffer)).await,
            Self::Tls(stream) => once(stream.read_buf(buffer)).await,
            Self::Lost => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Writes all of it.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Self::Lost => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Drops what has come and was not read, up to `most` octets, without waiting.
    pub(super) async fn discard_pending(&mut self, most: usize) {
        let mut dropped = 0;
        while dropped < most {
            let mut buffer = Vec::new();
            match self.try_read(&mut buffer, 4096).await {
                Poll::Ready(Ok(count)) if count > 0 => dropped += count,
                _ => break,
            }
        }
    }

    /// The server's side of a TLS handshake.
    pub(super) async fn start_tls(&mut self, acceptor: TlsAcceptor) -> io::Result<TlsVersion> {
        let Self::Plain(stream) = std::mem::replace(self, Self::Lost) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let stream = acceptor.accept(stream).await?;
        let version = match stream.get_ref().1.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
            _ => TlsVersion::Tls12,
        };
        *self = Self::Tls(Box::new(stream));
        Ok(version)
    }

    /// Says that we send no more.
    pub(super) async fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Tls(stream) => stream.shutdown().await,
            Self::Lost => Ok(()),
        }
    }

    /// Reads and drops what the peer still sends, until it ends or `most` octets have gone.
    pub(super) async fn drain(&mut self, most: usize) -> io::Result<()> {
        let mut dropped = 0;
        while dropped < most {
            let mut buffer = Vec::new();
            match self.read(&mut buffer, 4096).await? {
                0 => break,
                count => dropped += count,
            }
        }
        Ok(())
    }

    fn socket(&self) -> io::Result<&TcpStream> {
        match self {
            Self::Plain(stream) => Ok(stream),
            Self::Tls(stream) => Ok(stream.get_ref().0),
            Self::Lost => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// Polls a future that may be dropped at any time, once.
async fn once<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}
