//! Who is let in at the dashboard's door, how many at a time, and for how long a client may not read.
//!
//! The mail listener lives in the same process: nothing that is done to the dashboard may take its memory or descriptors.

use axum_server::accept::Accept;
use std::collections::HashMap;
use std::future::Future;
use std::future::Ready;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;
use std::time::Instant;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// Connections at a time. A registry has a few dozen staff, a browser opens up to six, and each costs some tens of kilobytes;
/// with more than this a flood would be felt by the listener.
pub(super) const MOST_CONNECTIONS: usize = 512;

/// Those of them that only this machine may take: `restante health` must not fail because a stranger holds the others.
const KEPT_FOR_THIS_MACHINE: usize = 16;

/// Connections of one address at a time, a trusted proxy's and this machine's aside: an office behind one address, with room.
const MOST_OF_ONE: usize = 64;

/// How long a client may take nothing of what is written to it.
const WRITE: Duration = Duration::from_secs(30);

/// How often it is said that connections are turned away.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// Turns away whom it does not let in. Cheap to clone: all clones count together.
#[derive(Clone)]
pub(super) struct Gate {
    inside: Arc<Mutex<Inside>>,
    trusted: Arc<[IpAddr]>,
    only_from: Option<Arc<[IpAddr]>>,
    patience: Duration,
}

#[derive(Default)]
struct Inside {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
    refused: u64,
    said: Option<Instant>,
}

impl Gate {
    /// `trusted` are proxies, behind which many people are; where `only_from` is given, nobody else but this machine is
    /// let in: the bytes are in the clear.
    pub(super) fn new(trusted: Vec<IpAddr>, only_from: Option<Vec<IpAddr>>) -> Self {
        let canonical = |list: Vec<IpAddr>| list.iter().map(IpAddr::to_canonical).collect();
        Self {
            inside: Arc::default(),
            trusted: canonical(trusted),
            only_from: only_from.map(canonical),
            patience: WRITE,
        }
    }

    /// A place for a connection from `peer`; `None` where it has to go.
    fn place(&self, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        let here = peer.is_loopback();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let most = if here {
            MOST_CONNECTIONS
        } else {
            MOST_CONNECTIONS - KEPT_FOR_THIS_MACHINE
        };
        let of_one = inside.by_address.get(&peer).copied().unwrap_or(0);
        let alone = !here && !self.trusted.contains(&peer);
        let stranger = self
            .only_from
            .as_ref()
            .is_some_and(|known| !here && !known.contains(&peer));
        if stranger || inside.total >= most || (alone && of_one >= MOST_OF_ONE) {
            inside.refuse();
            return None;
        }
        inside.total += 1;
        *inside.by_address.entry(peer).or_default() += 1;
        Some(Place {
            inside: Arc::clone(&self.inside),
            peer,
        })
    }
}

impl Inside {
    /// Counts, and says so now and then; an address is none of the log's business.
    fn refuse(&mut self) {
        self.refused += 1;
        if self.said.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
            tracing::warn!(
                refused = self.refused,
                connections = self.total,
                "the dashboard turns connections away"
            );
            self.said = Some(Instant::now());
            self.refused = 0;
        }
    }
}

/// One connection's place; given back when dropped.
struct Place {
    inside: Arc<Mutex<Inside>>,
    peer: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.total = inside.total.saturating_sub(1);
        if let Some(of_one) = inside.by_address.get_mut(&self.peer) {
            *of_one -= 1;
            if *of_one == 0 {
                inside.by_address.remove(&self.peer);
            }
        }
    }
}

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Admitted;
    type Service = S;
    type Future = Ready<io::Result<(Admitted, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let admitted = stream.peer_addr().and_then(|peer| {
            let place = self.place(peer.ip());
            let place = place.ok_or(io::ErrorKind::ConnectionRefused)?;
            stream.set_nodelay(true)?;
            Ok(Admitted {
                stream,
                stuck: None,
                patience: self.patience,
                _place: place,
            })
        });
        std::future::ready(admitted.map(|stream| (stream, service)))
    }
}

/// A connection that was let in. It ends where its client takes nothing of what is written to it for too long.
pub(super) struct Admitted {
    stream: TcpStream,
    stuck: Option<Pin<Box<Sleep>>>,
    patience: Duration,
    _place: Place,
}

impl Admitted {
    /// Passes on what writing said; where it has to wait, not for ever.
    fn patient<T>(
        &mut self,
        cx: &mut Context<'_>,
        said: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if said.is_ready() {
            self.stuck = None;
            return said;
        }
        let patience = self.patience;
        let stuck = self
            .stuck
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stuck.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Admitted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Admitted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.patient(cx, said)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.patient(cx, said)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_flush(cx);
        self.patient(cx, said)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.patient(cx, said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_does_not_take_every_place() {
        let gate = Gate::new(Vec::new(), None);
        let taken: Vec<_> = (0..600)
            .filter_map(|_| gate.place(ip("192.0.2.1")))
            .collect();
        assert_eq!(taken.len(), MOST_OF_ONE);
        assert!(gate.place(ip("192.0.2.2")).is_some());
        drop(taken);
        assert!(gate.place(ip("::ffff:192.0.2.1")).is_some());
        assert!(gate.inside.lock().unwrap().by_address.is_empty());
    }

    #[test]
    fn strangers_leave_places_for_this_machine() {
        let gate = Gate::new(vec![ip("10.0.0.2")], None);
        let taken: Vec<_> = (0..600)
            .filter_map(|_| gate.place(ip("10.0.0.2")))
            .collect();
        assert_eq!(taken.len(), MOST_CONNECTIONS - KEPT_FOR_THIS_MACHINE);
        assert!(gate.place(ip("192.0.2.1")).is_none());
        assert!(gate.place(ip("::1")).is_some());
    }

    #[test]
    fn in_the_clear_only_the_proxy_and_this_machine_are_let_in() {
        let gate = Gate::new(vec![ip("10.0.0.2")], Some(vec![ip("10.0.0.2")]));
        assert!(gate.place(ip("10.0.0.3")).is_none());
        for known in ["10.0.0.2", "::ffff:10.0.0.2", "127.0.0.1"] {
            assert!(gate.place(ip(known)).is_some(), "{known}");
        }
    }

    /// A client that reads nothing does not keep its place.
    #[tokio::test]
    async fn who_does_not_read_is_left() {
        use tokio::io::AsyncWriteExt;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut gate = Gate::new(Vec::new(), None);
        gate.patience = Duration::from_millis(1);
        let (mut admitted, ()) = gate.accept(stream, ()).await.unwrap();
        let much = vec![0; 1 << 20];
        let ended = async {
            loop {
                if let Err(error) = admitted.write_all(&much).await {
                    return error;
                }
            }
        };
        assert_eq!(ended.await.kind(), io::ErrorKind::TimedOut);
        drop(client);
    }
}
