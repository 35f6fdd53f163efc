"""Attackers, a conversation a time, as tests/dialogs has them one by one. What must not happen is looked for at once; that
nothing of theirs is stored as a message of its own is looked for at the end: `smuggled@` is in no Return-Path."""

import json
import os
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

from smtp import MARK
from smtp import Gone
from smtp import Session

THREADS = 6
SMUGGLED = "smuggled"

TO_DATA = f"EHLO attacker.example\r\nMAIL FROM:<{MARK}@attacker.example>\r\nRCPT TO:<{MARK}.attack@army.ml>\r\nDATA\r\n".encode()
SECOND = f"MAIL FROM:<{SMUGGLED}@attacker.example>\r\nRCPT TO:<{SMUGGLED}@army.ml>\r\nDATA\r\n{MARK} second\r\n.\r\nQUIT\r\n".encode()
# All that some server takes for the end of the data.
ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n.\r\r\n", b"\r\n\x00.\r\n", b"\r\n.\x00\r\n", b"\n\n.\r\n", b"\r\n. \r\n"]


class Breach(Exception):
    """Something that no attacker may get."""


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Breach(what)


def go_ahead(said: bytes) -> bool:
    """Whether a line of it is the answer to a DATA."""
    return any(line.startswith(b"354") for line in said.split(b"\r\n"))


def smuggling(session: Session, chance: random.Random) -> None:
    session.reply()
    session.send(TO_DATA)
    for _ in range(4):
        if not session.reply()[0] in "23":
            return
    wrong = chance.choice(ENDS)
    # A second transaction behind an end that is none; then, for what was kept as data, the real one.
    session.send(f"Subject: {MARK} {chance.random()}\r\n\r\nfirst".encode() + wrong + SECOND.replace(b"\r\n.\r\n", b"\r\n.. \r\n") + b"\r\n.\r\nQUIT\r\n")
    said = session.rest()
    expect(said.count(b"Kept as") <= 1, f"two messages around {wrong!r}")
    expect(not go_ahead(said), f"a second DATA behind {wrong!r}")


def bare_ends(session: Session, chance: random.Random) -> None:
    session.reply()
    session.send(b"EHLO a\nMAIL FROM:<" + SMUGGLED.encode() + b"@a.example>\nRCPT TO:<" + SMUGGLED.encode() + b"@army.ml>\nDATA\n.\n")
    expect(not go_ahead(session.rest()), "DATA by bare line feeds")


def auth(session: Session, chance: random.Random) -> None:
    session.hello()
    reply = session.say(chance.choice([f"AUTH PLAIN {MARK}AAAA", f"auth login {MARK}", "AUTH CRAM-MD5", f"AUTH PLAIN {MARK * 4000}"]))
    expect(reply.startswith("5"), f"AUTH was answered {reply[:3]}")
    expect(session.rest() == b"", "more than a reply to AUTH")


def relay(session: Session, chance: random.Random) -> None:
    session.hello()
    session.say(f"MAIL FROM:<{MARK}@attacker.example>")
    for to in ("victim@gmail.com", "victim%gmail.com@relay.example", "@army.ml:victim@gmail.com", "victim@[127.0.0.1]"):
        reply = session.say(f"RCPT TO:<{MARK}{to}>" if to[0] != "@" else f"RCPT TO:<{to}>")
        expect(not reply.startswith("2"), f"relay to {to}")


def harvest(session: Session, chance: random.Random) -> None:
    session.hello()
    session.send(b"MAIL FROM:<>\r\n" + b"".join(b"RCPT TO:<%d@refused.ml>\r\n" % number for number in range(3000)))
    session.rest()


def endless_line(session: Session, chance: random.Random) -> None:
    for _ in range(64):
        session.send(MARK.encode() * 4096)


def endless_message(session: Session, chance: random.Random) -> None:
    session.reply()
    session.send(TO_DATA)
    for _ in range(chance.choice([100, 2000])):
        session.send((f"{MARK} " * 15 + "\r\n").encode() * 200)


def deep_message(session: Session, chance: random.Random) -> None:
    """Nested without end, in a million headers."""
    session.reply()
    part = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(5000))
    session.send(TO_DATA + (f"X-{MARK}: a\r\n" * 20000 + part).encode() + b"\r\n.\r\nQUIT\r\n")
    session.rest()


def half_chunk(session: Session, chance: random.Random) -> None:
    session.reply()
    session.send(TO_DATA.replace(b"DATA\r\n", b"BDAT 1000000 LAST\r\n") + MARK.encode() * 1000)


def wrong_chunks(session: Session, chance: random.Random) -> None:
    session.hello()
    session.say(f"MAIL FROM:<{MARK}@attacker.example>")
    session.say(f"RCPT TO:<{MARK}.attack@army.ml>")
    size = chance.choice(["-1", "99999999999999999999", "0x10", "10 20", "", "\x00"])
    expect(session.say(f"BDAT {size}").startswith("5"), f"BDAT {size!r} was taken")
    session.send(SECOND)
    expect(not go_ahead(session.rest()), "commands behind a wrong BDAT")


def injection(session: Session, chance: random.Random) -> None:
    """Commands in the clear behind STARTTLS (CVE-2011-0411)."""
    session.hello()
    session.send(b"STARTTLS\r\n" + SECOND)
    if not session.reply().startswith("220"):
        return
    expect(session.pending == b"", "an answer to what came behind STARTTLS")
    session.handshake()
    expect(session.say("DATA").startswith("503"), "a transaction lived through STARTTLS")


def garbage(session: Session, chance: random.Random) -> None:
    session.send(os.urandom(chance.choice([10, 1000, 60000])))
    session.rest()


def other_protocols(session: Session, chance: random.Random) -> None:
    hello = [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PROXY TCP4 8.8.8.8 8.8.8.8 1 1\r\nEHLO a\r\n", b"SSH-2.0-x\r\n"]
    session.send(chance.choice(hello))
    session.socket.shutdown(socket.SHUT_WR)
    session.rest()


def unread_replies(session: Session, chance: random.Random) -> None:
    session.send(b"EHLO a.example\r\n" * 1000 + b"NOOP\r\n" * 20000)


def reset(session: Session, chance: random.Random) -> None:
    """In the middle of the data, with RST."""
    session.reply()
    session.send(TO_DATA + MARK.encode() * chance.choice([1, 10000]))
    session.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drop(session: Session, chance: random.Random) -> None:
    """Connect, and away."""


def sizes(session: Session, chance: random.Random) -> None:
    """Declares much and sends nothing."""
    session.hello()
    for _ in range(50):
        session.say(f"MAIL FROM:<{MARK}@attacker.example> SIZE=26000000")
        session.say(f"RCPT TO:<{MARK}.attack@army.ml>")
        session.say("RSET")


def errors(session: Session, chance: random.Random) -> None:
    session.hello()
    session.send(f"{MARK} {MARK}\r\n".encode() * 100)
    expect(session.rest().count(b"\r\n") < 50, "a hundred errors, and as many answers")


ATTACKS: list[Callable[[Session, random.Random], None]] = [
    *[smuggling] * 5,
    *(bare_ends, auth, relay, harvest, endless_line, endless_message, deep_message, half_chunk, wrong_chunks, injection),
    *(garbage, other_protocols, unread_replies, reset, drop, drop, drop, sizes, errors),
]


class Attacker(threading.Thread):
    def __init__(self, port: int, number: int, stop: Event, counts: Counter, breaches: list[dict]):
        super().__init__()
        self.port, self.stop, self.counts, self.breaches = port, stop, counts, breaches
        self.chance = random.Random(number)

    def run(self) -> None:
        while not self.stop.is_set():
            attack = self.chance.choice(ATTACKS)
            try:
                with Session(self.port, f"127.2.0.{self.chance.randrange(1, 200)}", 5) as session:
                    attack(session, self.chance)
            except Breach as breach:
                self.breaches.append({"what": "breach", "at": time.monotonic(), "step": attack.__name__, "why": str(breach)})
            except (Gone, OSError, IndexError):
                # Cut off, or killed under it: what attackers get.
                pass
            self.counts[attack.__name__] += 1
            self.stop.wait(0.05)


def run(port: int, stop: Event, book: Path) -> None:
    """The process of all attackers; at its end it writes what it did."""
    counts: Counter = Counter()
    breaches: list[dict] = []
    attackers = [Attacker(port, number, stop, counts, breaches) for number in range(THREADS)]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    with open(book, "w") as out:
        for facts in [{"what": "attacks", "counts": counts}, *breaches]:
            out.write(json.dumps(facts) + "\n")
