//! `restante demo`: the whole thing on this machine alone, with made-up mail and the organisations that are told.
//!
//! For: a stranger who wants to see mail arrive, review it without being able to read it, and watch the rightful owner
//! being told. Guarantees: everything is on loopback, on ports of the system's choice; nothing leaves the machine; a
//! temporary folder is gone at the end, also when something fails half way (but not after SIGKILL); the same seed makes
//! the same mail. Refuses: a folder with something in it. Must not know: how any part of the catcher works inside; it
//! goes through the doors that everybody uses.
//!
//! ```text
//! author, plan ── events ──> history: serve with a clock that is moved ──> registry/data (thirty days)
//!      │                                                                        │
//!      └── now and then ──> post ──SMTP──> serve with the right clock <─────────┘
//!                                            ├── dashboard <── the stranger's browser
//!                                            └── notifier ──SMTP──> owner (mailin-embedded) ──> owner/0001.eml, screen
//! ```

pub mod author;
pub mod chance;
pub mod history;
pub mod letter;
pub mod owner;
pub mod password;
pub mod place;
pub mod plan;
pub mod post;
pub mod screen;
pub mod texts;
pub mod world;

mod prepare;

use crate::config::Config;
use crate::demo::author::Author;
use crate::demo::history::Hand;
use crate::demo::owner::Arrived;
use crate::demo::place::Place;
use crate::demo::plan::Event;
use crate::demo::screen::Doors;
use crate::demo::screen::Screen;
use crate::language::Language;
use crate::message::Clock;
use crate::serve;
use crate::serve::Server;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

/// Where the made-up mail begins: the day on which the world heard of it.
const SEED: u64 = 20_230_717;

/// Seconds between two letters of the present.
const PAUSE: std::ops::RangeInclusive<i64> = 5..=20;

/// How long the server may take to stop before the demonstration ends without it.
const STOPPING: Duration = Duration::from_secs(10);

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder to keep; `None`: a temporary one.
    pub dir: Option<PathBuf>,
    /// What the terminal reads.
    pub language: Language,
    /// How many letters the past has.
    pub messages: usize,
}

/// Whether the demonstration is to end.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Whether it is.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Comes back when it is.
    pub async fn wait(&self) {
        let mut seen = self.0.clone();
        let _ = seen.wait_for(|stop| *stop).await;
    }
}

/// Runs until Ctrl-C, SIGTERM or SIGHUP.
///
/// # Errors
/// Whatever keeps a part from starting or working; a temporary folder is removed then too.
pub fn run(options: Options) -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    // From here on a signal ends the demonstration in good order; nothing has been made before.
    let stop = runtime.block_on(async { stop_at_signals() })?;
    let screen = Screen::new(options.language);
    screen.welcome()?;
    let place = Place::make(options.dir.clone())?;
    let ended = stage(&runtime, &options, &place, &screen, &stop);
    runtime.shutdown_timeout(STOPPING);
    let kept = place.kept().map(Path::to_owned);
    let left = place.leave();
    ended?;
    left?;
    screen.goodbye(kept.as_deref())?;
    Ok(())
}

fn stop_at_signals() -> std::io::Result<Stop> {
    let (stop, seen) = watch::channel(false);
    for kind in [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ] {
        let mut signals = signal(kind)?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            stop.send_replace(true);
            // Kept: what waits for the value must not find the sender gone.
            stop.closed().await;
        });
    }
    Ok(Stop(seen))
}

/// Makes everything, then lets it run.
fn stage(
    runtime: &Runtime,
    options: &Options,
    place: &Place,
    screen: &Screen,
    stop: &Stop,
) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let mut author = Author::new(SEED);
    let events = plan::history(&mut author, now, options.messages);
    let begin = events.first().map_or(now, Event::at);
    let hand = Hand::new(begin.plus_millis(-1000));
    let (relay, arrivals) = owner::start(&place.owner(), prepare::domains())?;
    let config = prepare::installation(place, &hand.clock(), relay)?;
    runtime.block_on(async {
        prepare::directory(&config, &hand.clock()).await?;
        past(&config, &hand, &events, screen, stop).await?;
        if stop.is_set() {
            return Ok(());
        }
        let logins = prepare::accounts(&config).await?;
        let server = serve::start(Config::load(&config)?, serve::Parts::default()).await?;
        let said = screen.open(&Doors {
            web: server.web_origin(),
            smtp: server.smtp_addresses(),
            logins: &logins,
            owner: &place.owner(),
        });
        let (server, ran) = match said {
            Ok(()) => present(server, &mut author, arrivals, screen, stop).await,
            Err(error) => (server, Err(error.into())),
        };
        // A browser that holds on to its connection is no reason to stay.
        let stopped = tokio::time::timeout(STOPPING, server.stop()).await;
        ran?;
        stopped.unwrap_or(Ok(()))
    })
}

async fn past(
    config: &Path,
    hand: &Hand,
    events: &[Event],
    screen: &Screen,
    stop: &Stop,
) -> anyhow::Result<()> {
    let letters = |events: &[Event]| {
        let letter = |event: &&Event| matches!(event, Event::Letter(_));
        events.iter().filter(letter).count()
    };
    let bar = screen.sending(letters(events))?;
    let begin = Instant::now();
    let mut sent = 0;
    let lived = history::live_through(config, hand, events, stop, |event| {
        if matches!(event, Event::Letter(_)) {
            sent += 1;
            bar.inc(1);
        }
        bar.set_message(
            event
                .at()
                .to_string()
                .get(..10)
                .unwrap_or_default()
                .to_owned(),
        );
    })
    .await;
    bar.finish_and_clear();
    lived?;
    screen.sent(sent, begin.elapsed())?;
    Ok(())
}

/// A letter now and then, and every notice that arrives, until it is time to end. Gives the server back.
async fn present(
    mut server: Server,
    author: &mut Author,
    mut arrivals: UnboundedReceiver<Arrived>,
    screen: &Screen,
    stop: &Stop,
) -> (Server, anyhow::Result<()>) {
    let clock = Clock::system();
    loop {
        let pause = author.chance.between(*PAUSE.start(), *PAUSE.end());
        let pause = Duration::from_secs(u64::try_from(pause).unwrap_or(10));
        let wake = tokio::time::Instant::now() + pause;
        loop {
            tokio::select! {
                () = stop.wait() => return (server, Ok(())),
                part = server.part_ended() => {
                    return (server, Err(anyhow::anyhow!("{part} has ended")));
                }
                Some(arrived) = arrivals.recv() => {
                    if let Err(error) = screen.arrived(&arrived) {
                        return (server, Err(error.into()));
                    }
                }
                () = tokio::time::sleep_until(wake) => break,
            }
        }
        let Some(listener) = server.smtp_addresses().first().copied() else {
            continue;
        };
        let letter = Event::Letter(plan::next(author, clock.now()));
        let sent = tokio::select! {
            sent = post::deliver(listener, &letter) => sent,
            () = stop.wait() => return (server, Ok(())),
        };
        if let Err(error) = sent {
            tracing::warn!(error = %format!("{error:#}"), "a letter was not taken");
        }
    }
}
