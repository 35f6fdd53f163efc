//! The listening sockets: binds, accepts, turns away what is too much, drains.
//!
//! Guarantees: want of descriptors or memory does not end it; after the order to stop nobody new is accepted, sessions
//! outside the data get 421, data under way finishes within a bound or gets 421 too, and [`Listener::run`] returns when
//! all have ended.

use crate::message::Clock;
use crate::message::PolicyTable;
use crate::smtp::Deliver;
use crate::smtp::budget::Budget;
use crate::smtp::connection::Connection;
use crate::smtp::conversation;
use crate::smtp::conversation::Guest;
use crate::smtp::conversation::Orders;
use crate::smtp::conversation::Shared;
use crate::smtp::network::Admission;
use crate::smtp::network::Doorway;
use crate::smtp::network::Shown;
use crate::smtp::options::Options;
use crate::smtp::proxied;
use crate::smtp::proxied::Header;
use crate::smtp::reply::Reply;
use crate::smtp::seldom::Seldom;
use crate::smtp::tls::Tls;
use socket2::Domain;
use socket2::Protocol;
use socket2::SockRef;
use socket2::Socket;
use socket2::Type;
use std::future::Future;
use std::io;
use std::io::Write;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio::time::timeout;

/// Bound sockets, not yet accepting.
pub struct Listener {
    sockets: Vec<TcpListener>,
    options: Arc<Options>,
    clock: Clock,
    policies: watch::Receiver<Arc<PolicyTable>>,
    tls: Arc<Tls>,
    budget: Arc<Budget>,
}

impl Listener {
    /// Binds every address. Must be called inside a tokio runtime. The policy table may be changed at any time through
    /// its channel and is in force from the next command on.
    ///
    /// # Errors
    /// The system's, with the address in front.
    pub fn bind(
        options: Options,
        clock: Clock,
        policies: watch::Receiver<Arc<PolicyTable>>,
        tls: Arc<Tls>,
        budget: Arc<Budget>,
    ) -> io::Result<Self> {
        let backlog = options.limits.backlog;
        let sockets = options
            .listen
            .iter()
            .map(|address| {
                bind(*address, backlog)
                    .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self {
            sockets,
            options: Arc::new(options),
            clock,
            policies,
            tls,
            budget,
        })
    }

    /// The same with sockets that listen already: whoever started us has bound them, and needs no right of ours to.
    ///
    /// # Errors
    /// The system's.
    pub fn inherit(
        sockets: Vec<std::net::TcpListener>,
        options: Options,
        clock: Clock,
        policies: watch::Receiver<Arc<PolicyTable>>,
        tls: Arc<Tls>,
        budget: Arc<Budget>,
    ) -> io::Result<Self> {
        let ready = |socket: std::net::TcpListener| {
            SockRef::from(&socket).set_tcp_nodelay(true)?;
            socket.set_nonblocking(true)?;
            TcpListener::from_std(socket)
        };
        let options = Options {
            listen: Vec::new(),
            ..options
        };
        let bound = Self::bind(options, clock, policies, tls, budget)?;
        let sockets = sockets.into_iter().map(ready).collect::<io::Result<_>>()?;
        Ok(Self { sockets, ..bound })
    }

    /// Where it listens, with the ports that the system chose.
    #[must_use]
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.sockets
            .iter()
            .filter_map(|socket| socket.local_addr().ok())
            .collect()
    }

    /// Accepts until `shutdown` is done, then drains. Returns when the last session has ended.
    pub async fn run<D: Deliver>(self, deliver: Arc<D>, shutdown: impl Future<Output = ()>) {
        let admission = Admission::new(&self.options, Arc::clone(&self.budget));
        let shared = Arc::new(Shared {
            options: self.options,
            clock: self.clock,
            policies: self.policies,
            tls: self.tls,
            budget: self.budget,
            deliver,
            without_header: Seldom::new(),
        });
        let (order, stop) = watch::channel(false);
        let mut doors = JoinSet::new();
        for socket in self.sockets {
            let (shared, admission) = (Arc::clone(&shared), Arc::clone(&admission));
            doors.spawn(accept(socket, shared, admission, stop.clone()));
        }
        shutdown.await;
        order.send_replace(true);
        while doors.join_next().await.is_some() {}
    }
}

fn bind(address: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        // So that `[::]:25` can stand beside `0.0.0.0:25`, and peers show their real family.
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for the connections of the last run to time out.
    socket.set_reuse_address(true)?;
    // Replies are small and whole; accepted sockets inherit this.
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    TcpListener::from_std(socket.into())
}

/// Accepts on one socket until the order to stop, then waits for its sessions.
async fn accept<D: Deliver>(
    socket: TcpListener,
    shared: Arc<Shared<D>>,
    admission: Arc<Admission>,
    stop: watch::Receiver<bool>,
) {
    let mut door = stop.clone();
    let (cut_off, cut) = watch::channel(false);
    let orders = Orders { stop, cut };
    let limits = shared.options.limits.clone();
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = conversation::ordered(&mut door) => break,
            Some(ended) = sessions.join_next(), if !sessions.is_empty() => note(ended),
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (shared, orders) = (Arc::clone(&shared), orders.clone());
                    if is_proxy(peer.ip(), &shared.options) {
                        match admission.enter() {
                            Ok(door) => {
                                sessions.spawn(bring_in(stream, peer.ip(), door, shared, orders));
                            }
                            Err(reply) => turn_away(stream, peer.ip(), reply),
                        }
                    } else {
                        match admission.admit(peer.ip()) {
                            Ok(place) => {
                                let guest = Guest {
                                    connection: Connection::Plain(stream),
                                    address: peer.ip(),
                                    place,
                                    said: Vec::new(),
                                };
                                sessions.spawn(conversation::hold(guest, shared, orders));
                            }
                            Err(reply) => turn_away(stream, peer.ip(), reply),
                        }
                    }
                }
                Err(error) => {
                    // A peer that was gone before we came is its own affair; anything else is ours (EMFILE, ENOMEM).
                    if error.kind() != io::ErrorKind::ConnectionAborted {
                        tracing::warn!(%error, "cannot accept a connection");
                        sleep(limits.accept_pause).await;
                    }
                }
            },
        }
    }
    drop(socket);
    if timeout(limits.drain, all(&mut sessions)).await.is_ok() {
        return;
    }
    tracing::warn!(sessions = sessions.len(), "sessions cut off at shutdown");
    cut_off.send_replace(true);
    let told = timeout(limits.linger, all(&mut sessions));
    if told.await.is_err() {
        sessions.shutdown().await;
    }
}

/// Waits for the end of all sessions.
async fn all(sessions: &mut JoinSet<()>) {
    while let Some(ended) = sessions.join_next().await {
        note(ended);
    }
}

fn note(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        // The panic hook has said where; what it said may be content.
        tracing::error!("a session ended by a panic");
    }
}

fn is_proxy(address: IpAddr, options: &Options) -> bool {
    let address = address.to_canonical();
    options.proxies.iter().any(|net| net.contains(&address))
}

/// Lets in whom a proxy brings, once it has said who that is.
async fn bring_in<D: Deliver>(
    stream: TcpStream,
    proxy: IpAddr,
    door: Doorway,
    shared: Arc<Shared<D>>,
    mut orders: Orders,
) {
    let mut connection = Connection::Plain(stream);
    let mut said = Vec::new();
    let handshake = shared.options.limits.handshake;
    let seat = door.seat();
    let header = tokio::select! {
        biased;
        () = conversation::ordered(&mut orders.stop) => return,
        () = seat.asked_to_leave() => return,
        header = timeout(handshake, header(&mut connection, &mut said)) => header,
    };
    let Ok(Some(client)) = header else {
        shared.without_header.say(|unsaid| {
            tracing::warn!(
                network = %Shown(proxy),
                unsaid,
                "a connection of a proxy began without a PROXY header"
            );
        });
        return;
    };
    let address = client.unwrap_or(proxy);
    match door.admit(address) {
        Ok(place) => {
            let guest = Guest {
                connection,
                address,
                place,
                said,
            };
            conversation::hold(guest, shared, orders).await;
        }
        Err(reply) => {
            tracing::debug!(network = %Shown(address), "too many connections");
            let mut line = Vec::new();
            reply.write(&mut line);
            let _ = timeout(shared.options.limits.linger, connection.write(&line)).await;
        }
    }
}

/// Reads a PROXY header and takes it off `said`; `None` where none comes.
async fn header(connection: &mut Connection, said: &mut Vec<u8>) -> Option<Option<IpAddr>> {
    loop {
        match proxied::read(said) {
            Header::Wrong => return None,
            Header::Whole(length, client) => {
                said.drain(..length);
                return Some(client);
            }
            Header::Partial => match connection.read(said, proxied::LONGEST).await {
                Ok(count) if count > 0 => {}
                _ => return None,
            },
        }
    }
}

/// Says why, as far as that goes without waiting, and closes.
fn turn_away(stream: TcpStream, address: IpAddr, reply: Reply) {
    tracing::debug!(network = %Shown(address), "too many connections");
    let mut line = Vec::new();
    reply.write(&mut line);
    let _ = stream.into_std().and_then(|mut stream| stream.write(&line));
}
