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
use tokio::task::coop::consume_budget;
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
            // A task that has had its turn reads nothing although there is something, and then `readable` does not
            // wait either: without this the loop would spin for ever, since a new turn begins only after a pause.
            consume_budget().await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;
    use tokio::net::TcpListener;
    use tokio::task::coop::has_budget_remaining;

    #[test]
    fn a_task_that_has_had_its_turn_reads_in_the_next_one() {
        let (tell, told) = mpsc::channel();
        // On a thread of its own, so that spinning is a failure and not a test without end.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let read = runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let mut peer = TcpStream::connect(listener.local_addr()?).await?;
                let mut connection = Connection::Plain(listener.accept().await?.0);
                peer.write_all(b"EHLO").await?;
                connection.socket()?.readable().await?;
                while has_budget_remaining() {
                    consume_budget().await;
                }
                let mut buffer = Vec::with_capacity(100);
                connection.read(&mut buffer, 100).await
            });
            let _ = tell.send(read.ok());
        });
        let read = told.recv_timeout(Duration::from_secs(10));
        assert_eq!(read, Ok(Some(4)));
    }
}
