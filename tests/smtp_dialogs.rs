//! Every conversation of `tests/dialogs`, over TCP against the real listener, and through the pure dialogue cut into
//! pieces of several sizes: what is answered and delivered must not depend on the cut.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod smtp_support;

use restante::smtp::Tally;
use smtp_support::Memory;
use smtp_support::Server;
use smtp_support::dialog;
use smtp_support::dialog::Dialog;
use smtp_support::dialog::Talk;
use smtp_support::pure::Pure;
use smtp_support::tcp::Peer;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

#[test]
fn over_tcp() {
    play_all(|dialog| {
        let memory = dialog.memory();
        let server = Server::start(dialog.options.clone(), memory);
        let peer = Peer::connect(server.address);
        dialog.play(&mut OverTcp { server, peer })
    });
}

#[test]
fn through_the_pure_dialogue_whole() {
    play_all(|dialog| dialog.play(&mut Pure::of(dialog, usize::MAX)));
}

#[test]
fn through_the_pure_dialogue_byte_by_byte() {
    play_all(|dialog| dialog.play(&mut Pure::of(dialog, 1)));
}

#[test]
fn through_the_pure_dialogue_in_small_pieces() {
    for piece in [2, 3, 5, 7, 64] {
        play_all(|dialog| dialog.play(&mut Pure::of(dialog, piece)));
    }
}

/// Plays every dialog, several at once; names all that fail.
fn play_all(play: impl Fn(&Dialog) -> Result<(), String> + Sync) {
    let dialogs = dialog::all();
    assert!(dialogs.len() >= 45, "{} dialogs", dialogs.len());
    let queue = Mutex::new(dialogs.iter().collect::<VecDeque<_>>());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(dialog) = queue.lock().unwrap().pop_front() else {
                        return;
                    };
                    let played =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(dialog)))
                            .unwrap_or_else(|_| Err("panicked".to_owned()));
                    if let Err(what) = played {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{}: {what}", dialog.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

struct OverTcp {
    server: Server,
    peer: Peer,
}

impl Talk for OverTcp {
    fn send(&mut self, bytes: &[u8]) {
        self.peer.send(bytes);
    }

    fn line(&mut self) -> Option<String> {
        self.peer.line()
    }

    fn start_tls(&mut self) {
        self.peer.start_tls().expect("handshake");
    }

    fn tally(&mut self) -> Tally {
        self.peer.hang_up();
        let tally = self.server.memory.tally();
        assert_eq!(self.server.budget.in_use(), 0, "bytes left in the budget");
        tally
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(&self.server.memory)
    }
}
