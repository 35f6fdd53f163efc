//! `restante serve`: the catcher itself.

use crate::cli::ConfigFile;
use crate::cli::runtime;
use crate::serve;
use anyhow::Context;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use std::io::Write;
use std::net::TcpListener;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

/// Run the catcher: listener, dashboard and retention
///
/// Prints `smtp ADDRESS` for each address it listens on, `web http://ADDRESS` for the dashboard, then `ready`; log lines go to standard error (RUST_LOG sets how
/// much). SIGTERM or Ctrl-C: takes no new connections, finishes the messages under way, ends with 0. SIGHUP: reads the
/// policies and the TLS files again; TLS files are also taken when they change. Sockets handed over by systemd take the place
/// of smtp.listen. Defaults of what the file leaves out: messages up to 25 MiB, 1000 recipients, 4096 connections, of one
/// network 64 at once, 600 connections and 1200 messages a minute, a twentieth of the disk stays free, sealed items kept 90
/// days, metadata 400 days, mail to the operator sealed to the keys of [seal], no SPF/DKIM/DMARC look-ups.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
}

/// Runs until told to stop.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    for note in &config.notes {
        tracing::info!("{note}");
    }
    runtime()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut reload = signal(SignalKind::hangup())?;
        let file = config.file.clone();
        let parts = serve::Parts {
            sockets: handed_over()?,
            ..serve::Parts::default()
        };
        let mut server = serve::start(config, parts).await?;
        announce(&server);
        tell_manager(&[NotifyState::Ready]);
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = reload.recv() => {
                    tell_manager(&[NotifyState::Reloading]);
                    server.reload(&file).await;
                    tell_manager(&[NotifyState::Ready]);
                }
                part = server.part_ended() => anyhow::bail!("{part} has ended: to be started again"),
            }
        }
        tell_manager(&[NotifyState::Stopping]);
        tracing::info!("stopping: messages under way are finished first");
        server.stop().await
    })
}

/// Sockets that a service manager has bound for us (systemd.socket(5)), all of them for mail.
fn handed_over() -> anyhow::Result<Vec<TcpListener>> {
    let mut given = ListenFd::from_env();
    let mut sockets = Vec::new();
    for index in 0..given.len() {
        let socket = given.take_tcp_listener(index).with_context(|| {
            format!("the socket number {index} handed over by the service manager")
        })?;
        sockets.extend(socket);
    }
    Ok(sockets)
}

/// Tells the service manager, where there is one (sd_notify(3)).
fn tell_manager(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

/// Says where it listens. Whether anybody reads it is no matter of life and death.
fn announce(server: &serve::Server) {
    let mut out = std::io::stdout().lock();
    for address in server.smtp_addresses() {
        let _ = writeln!(out, "smtp {address}");
    }
    if let Some(origin) = server.web_origin() {
        let _ = writeln!(out, "web {origin}");
    }
    let _ = writeln!(out, "ready").and_then(|()| out.flush());
}
