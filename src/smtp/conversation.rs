//! One session from greeting to close: reads, writes, keeps the time, hands messages on.
//!
//! Guarantees: one write for all replies to one piece of input (RFC 2920); no wait without a bound; a panic while a
//! message is handed on costs that message a 451; [`Deliver::session_ended`] is called once, whatever happens.

use crate::message::Clock;
use crate::message::MessageId;
use crate::message::PolicyTable;
use crate::smtp::Deliver;
use crate::smtp::budget::Budget;
use crate::smtp::connection::Connection;
use crate::smtp::dialogue::Dialogue;
use crate::smtp::dialogue::Ending;
use crate::smtp::dialogue::Step;
use crate::smtp::handing;
use crate::smtp::limits::Limits;
use crate::smtp::network::Place;
use crate::smtp::network::Shown;
use crate::smtp::options::Options;
use crate::smtp::reply::StartTls;
use crate::smtp::seldom::Seldom;
use crate::smtp::session::Moment;
use crate::smtp::tls::Tls;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::Sleep;
use tokio::time::sleep_until;
use tokio::time::timeout;

/// What all sessions of a listener have in common.
pub(super) struct Shared<D> {
    pub(super) options: Arc<Options>,
    pub(super) clock: Clock,
    pub(super) policies: watch::Receiver<Arc<PolicyTable>>,
    pub(super) tls: Arc<Tls>,
    pub(super) budget: Arc<Budget>,
    pub(super) deliver: Arc<D>,
    /// Connections of proxies that said nothing of whom they bring.
    pub(super) without_header: Seldom,
}

/// What a listener tells its sessions; the end of who tells it says the same.
#[derive(Clone)]
pub(super) struct Orders {
    /// To stop: who is not in the data is told at once.
    pub(super) stop: watch::Receiver<bool>,
    /// To end now, with what is under way.
    pub(super) cut: watch::Receiver<bool>,
}

/// Who has come, and by what way.
pub(super) struct Guest {
    pub(super) connection: Connection,
    pub(super) address: IpAddr,
    pub(super) place: Place,
    /// What it has said before it was greeted.
    pub(super) said: Vec<u8>,
}

/// Holds a session with a peer, to its end.
pub(super) async fn hold<D: Deliver>(guest: Guest, shared: Arc<Shared<D>>, orders: Orders) {
    let Orders { stop, mut cut } = orders;
    let Guest { address, place, .. } = guest;
    let seat = Arc::clone(place.seat());
    let now = Instant::now();
    let mut conversation = Conversation {
        connection: guest.connection,
        counted: Counted {
            dialogue: Dialogue::new(Arc::clone(&shared.options), address, StartTls::Offered),
            place: Some(place),
            deliver: Arc::clone(&shared.deliver),
        },
        shared,
        stop,
        input: guest.said,
        out: Vec::new(),
        times: Times {
            began: now,
            progress: now,
            data: None,
            earned: now,
            answered: 0,
            octets: 0,
        },
        alarm: None,
    };
    let ended = tokio::select! {
        biased;
        ended = conversation.run() => Ok(ended),
        () = ordered(&mut cut) => Err(Ending::ShuttingDown),
        () = seat.asked_to_leave() => Err(Ending::Displaced),
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(ending) => conversation.cut_off(ending).await,
    };
    let tally = conversation.counted.dialogue.tally();
    tracing::debug!(
        network = %Shown(address),
        transactions = tally.transactions,
        relay_attempts = tally.relay_attempts,
        auth_attempts = tally.auth_attempts,
        refused_recipients = tally.refused_recipients,
        error = ended.err().map(|error| tracing::field::display(error.kind())),
        "session ended"
    );
}

struct Conversation<D: Deliver> {
    connection: Connection,
    counted: Counted<D>,
    shared: Arc<Shared<D>>,
    /// True when the listener is to stop.
    stop: watch::Receiver<bool>,
    /// What was read and not yet taken.
    input: Vec<u8>,
    /// What was said and not yet written.
    out: Vec<u8>,
    times: Times,
    alarm: Option<Pin<Box<Sleep>>>,
}

/// The dialogue, whose tally is handed over when it goes, by a panic or an abort too. By then it holds nothing more.
struct Counted<D: Deliver> {
    dialogue: Dialogue,
    place: Option<Place>,
    deliver: Arc<D>,
}

impl<D: Deliver> Drop for Counted<D> {
    fn drop(&mut self) {
        let tally = self.dialogue.tally().clone();
        self.dialogue.abandon();
        self.place = None;
        // A second panic while the first unwinds would end the process.
        let _ = catch_unwind(AssertUnwindSafe(|| self.deliver.session_ended(tally)));
    }
}

/// When things began.
struct Times {
    /// The session.
    began: Instant,
    /// The command being read, or the last piece of data.
    progress: Instant,
    /// The data being read, and its number.
    data: Option<(u64, Instant)>,
    /// What messages have earned the session: see [`Conversation::earn`].
    earned: Instant,
    /// Messages answered, and octets come, when that was last seen to.
    answered: u32,
    octets: u64,
}

/// What ended a wait.
enum Woken {
    Input(usize),
    Late(Ending),
    Stop,
}

impl<D: Deliver> Conversation<D> {
    async fn run(&mut self) -> io::Result<()> {
        self.counted.dialogue.greet(&mut self.out);
        loop {
            match self.advance() {
                Step::Flush => self.flush().await?,
                Step::NeedInput => {
                    self.flush().await?;
                    match self.wait().await? {
                        Woken::Input(0) => return Ok(()),
                        Woken::Input(_) => {}
                        Woken::Late(ending) => return self.end(ending).await,
                        Woken::Stop => return self.end(Ending::ShuttingDown).await,
                    }
                }
                Step::Deliver(completed) => {
                    self.flush().await?;
                    self.busy();
                    let place = self.counted.place.as_ref();
                    let outcome = handing::hand_on(&*self.shared.deliver, place, *completed).await;
                    self.counted.dialogue.answer(outcome, &mut self.out);
                    self.times.progress = Instant::now();
                    self.earn(self.times.progress);
                }
                Step::StartTls => self.start_tls().await?,
                Step::Bye if self.input.is_empty() => {
                    self.flush().await?;
                    return within(self.limits().write, self.connection.finish()).await;
                }
                Step::Bye | Step::Close => return self.close().await,
            }
        }
    }

    /// Sees to how long the session is taken to have stood still. Only messages count: one that was answered, and octets of
    /// one as much time as they would take at a brisk pace. Commands do not: NOOP every few seconds would keep a place for ever.
    fn earn(&mut self, now: Instant) {
        let dialogue = &self.counted.dialogue;
        let (answered, octets) = (dialogue.tally().transactions, dialogue.octets());
        let brisk = self.limits().brisk_data.max(1);
        let times = &mut self.times;
        if answered != times.answered {
            (times.answered, times.earned) = (answered, now);
        }
        let fresh = octets.saturating_sub(times.octets);
        times.octets = octets;
        let earned = Duration::from_millis(fresh.saturating_mul(1000) / brisk);
        times.earned = now.min(times.earned + earned);
        if let Some(place) = &self.counted.place {
            place.seat().moved(times.earned.into_std());
        }
    }

    fn busy(&self) {
        if let Some(place) = &self.counted.place {
            place.seat().busy();
        }
    }

    fn limits(&self) -> &Limits {
        &self.shared.options.limits
    }

    /// Lets the dialogue take what has been read.
    fn advance(&mut self) -> Step {
        let policies = Arc::clone(&self.shared.policies.borrow());
        let place = self.counted.place.as_ref();
        let budget = place.map_or(&self.shared.budget, Place::budget);
        let moment = Moment {
            now: self.shared.clock.now(),
            policies: &policies,
            budget,
            known: &*self.shared.deliver,
            may_begin: &|| place.is_none_or(Place::may_begin),
            fresh_id: MessageId::fresh,
        };
        let dialogue = &mut self.counted.dialogue;
        let (taken, step) = dialogue.advance(&self.input, &moment, &mut self.out);
        if taken == 0 {
            return step;
        }
        if taken >= self.input.len() {
            self.input.clear();
        } else {
            self.input.drain(..taken);
        }
        let now = Instant::now();
        self.times.progress = now;
        let number = dialogue.data_number();
        let received = dialogue.data_received();
        self.times.data = received.map(|_| match self.times.data {
            Some(data) if data.0 == number => data,
            _ => (number, now),
        });
        self.earn(now);
        step
    }

    /// Waits for input, until it is late or the listener is to stop. Data that is coming is let finish; before DATA
    /// nothing is lost when the peer has to come again (RFC 5321 3.8).
    async fn wait(&mut self) -> io::Result<Woken> {
        let idle = self.counted.dialogue.data_received().is_none();
        if idle && *self.stop.borrow() {
            return Ok(Woken::Stop);
        }
        let (deadline, ending) = self.deadline();
        // Who always has something more to say is late all the same.
        if self.times.progress >= deadline {
            return Ok(Woken::Late(ending));
        }
        // The bigger the message, the fewer the reads.
        let room = match self.counted.dialogue.data_received() {
            Some(received) if received > 32 * 1024 => self.limits().read.saturating_mul(4),
            _ => self.limits().read,
        };
        if self.out.capacity() > 1024 {
            self.out = Vec::new();
        }
        let alarm = self
            .alarm
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        tokio::select! {
            biased;
            read = self.connection.read(&mut self.input, room) => read.map(Woken::Input),
            () = ring(alarm, deadline) => Ok(Woken::Late(ending)),
            () = ordered(&mut self.stop), if idle => Ok(Woken::Stop),
        }
    }

    /// Until when something must have come, and what it is called when nothing has.
    fn deadline(&self) -> (Instant, Ending) {
        let limits = self.limits();
        let command_timeout = self.shared.options.command_timeout;
        let next = match (self.counted.dialogue.data_received(), self.times.data) {
            (Some(received), Some((_, since))) => {
                let earned = Duration::from_secs(received / limits.data_rate.max(1));
                let silent = self.times.progress + limits.data_block.min(command_timeout);
                silent.min(since + limits.data_grace + earned)
            }
            _ => self.times.progress + command_timeout,
        };
        let last = self.times.began + limits.session;
        if last < next {
            (last, Ending::TooLong)
        } else {
            (next, Ending::TooSlow)
        }
    }

    // RFC 3207 4.2; CVE-2011-0411: what was sent before the handshake must not be taken for what comes after it.
    async fn start_tls(&mut self) -> io::Result<()> {
        let (handshake, most) = (self.limits().handshake, self.limits().linger_bytes);
        self.input = Vec::new();
        self.connection.discard_pending(most).await;
        self.flush().await?;
        let acceptor = self.shared.tls.acceptor();
        let shaken = Box::pin(self.connection.start_tls(acceptor));
        let version = within(handshake, shaken).await?;
        self.counted.dialogue.tls_started(version);
        self.times.progress = Instant::now();
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let bound = self.shared.options.limits.write;
        within(bound, self.connection.write(&self.out)).await?;
        self.out.clear();
        Ok(())
    }

    /// Ends at once, whatever was under way: a peer that has sent its data and hears nothing may wait ten minutes for the
    /// reply (RFC 5321 4.5.3.2.6); 421 tells it to come again now.
    async fn cut_off(&mut self, ending: Ending) -> io::Result<()> {
        if self.out.is_empty() {
            self.counted.dialogue.abandon();
            // Somebody waits for the place: a peer that does not read must not hold it longer than its last word takes.
            let linger = self.limits().linger;
            return within(linger, Box::pin(self.end(ending))).await;
        }
        // A write was under way, and part of it may have gone: another one would put it out of step.
        Err(io::ErrorKind::TimedOut.into())
    }

    async fn end(&mut self, ending: Ending) -> io::Result<()> {
        self.counted.dialogue.end(ending, &mut self.out);
        self.close().await
    }

    /// Closes so that the peer gets our last reply.
    async fn close(&mut self) -> io::Result<()> {
        self.input = Vec::new();
        self.flush().await?;
        let (linger, most) = (self.limits().linger, self.limits().linger_bytes);
        let connection = &mut self.connection;
        within(
            linger,
            Box::pin(async move {
                connection.finish().await?;
                connection.drain(most).await
            }),
        )
        .await
    }
}

/// Waits until `deadline` with one timer for the whole session: it is moved only when it must ring earlier, or has rung
/// too early, since moving it for every command would cost more than the command.
async fn ring(alarm: &mut Pin<Box<Sleep>>, deadline: Instant) {
    if deadline < alarm.deadline() {
        alarm.as_mut().reset(deadline);
    }
    loop {
        alarm.as_mut().await;
        if Instant::now() >= deadline {
            return;
        }
        alarm.as_mut().reset(deadline);
    }
}

/// Waits for the order to stop; the listener's end is one.
pub(super) async fn ordered(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn within<T>(bound: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(bound, work)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
