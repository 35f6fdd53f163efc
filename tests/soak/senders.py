"""Honest senders: each letter is sent until it has an answer for good, byte for byte the same, as a mail server does."""

import hashlib
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from multiprocessing.synchronize import Event
from pathlib import Path

from smtp import MARK
from smtp import Gone
from smtp import Session
from smtp import data

THREADS = 8
# Octets and how often: most mail is small, some is not.
SIZES = [(1 << 10, 40), (10 << 10, 40), (50 << 10, 15), (300 << 10, 4), (2 << 20, 1)]
HELD = ["army.ml", "navvy.ml", "us.army.ml", "defense.ml", *(f"name{number}.ml" for number in range(40))]


@dataclass
class Letter:
    """`recipients` are those that were accepted under `hold`."""

    token: str
    policy: str
    recipients: list[str]
    size: int
    digest: str
    tries: int = 0
    replied: float = 0
    identity: str = ""
    octets: bytes = field(default=b"", repr=False)


def letter(number: int, sender: str, chance: random.Random) -> Letter:
    token = f"{MARK}-{sender}-{number}"
    policy = chance.choices(["hold", "count", "mixed", "refuse"], [75, 12, 9, 4])[0]
    names = chance.sample(HELD, chance.choice([1, 1, 1, 2, 3, 5]))
    recipients = [f"{MARK}.{token}.{place}@{name}" for place, name in enumerate(names)]
    if policy == "count":
        recipients = [f"{MARK}.{token}@counted.ml"]
    if policy == "refuse":
        recipients = [f"{MARK}.{token}@refused.ml"]
    size = chance.choices([size for size, _ in SIZES], [weight for _, weight in SIZES])[0]
    head = f"From: {MARK} <{MARK}@sender.example>\r\nTo: {recipients[0]}\r\nSubject: {token}\r\nMessage-ID: <{token}@sender.example>\r\n\r\n"
    line = f"Please find the travel plan of {MARK} enclosed, and call me when you have read it.\r\n"
    octets = (head + ".a line with a dot\r\n" + line * ((size - len(head)) // len(line) + 1)).encode()
    return Letter(token, policy, recipients, len(octets), hashlib.sha256(octets).hexdigest(), octets=octets)


class Sender(threading.Thread):
    """`write` takes one fact a line: an answer, a deferral, a lost connection, a breach."""

    def __init__(self, port: int, number: int, pace: float, stop: Event, write):
        super().__init__()
        self.port, self.source, self.name = port, f"127.1.0.{number + 1}", f"s{number}"
        self.pace, self.stop, self.write = pace, stop, write
        self.chance = random.Random(number)
        self.letters = 0
        self.letter: Letter | None = None
        self.heard: Callable[[], float] | None = None

    def run(self) -> None:
        while not self.stop.is_set():
            self.heard = None
            try:
                self.session()
            except Gone as gone:
                # He pauses between letters, and learns of a kill when he goes on.
                since = self.heard() if self.heard else time.monotonic()
                self.write({"what": "gone", "since": since, "at": time.monotonic(), "why": str(gone)[:60]})
                time.sleep(0.2)

    def session(self) -> None:
        with Session(self.port, self.source) as session:
            self.heard = lambda: session.heard
            reply = session.hello()
            if reply.startswith("250") and self.chance.random() < 0.5:
                reply = session.start_tls()
            if not reply.startswith("250"):
                return self.deferred("hello", reply)
            for _ in range(self.chance.choice([1, 1, 2, 5])):
                if self.stop.is_set() or not self.transaction(session):
                    return None
            session.say("QUIT")
        return None

    def deferred(self, step: str, reply: str) -> bool:
        kind = "deferred" if reply.startswith("4") else "breach"
        self.write({"what": kind, "at": time.monotonic(), "step": step, "why": reply[:60]})
        time.sleep(0.2)
        return False

    def transaction(self, session: Session) -> bool:
        """Whether the session may go on."""
        if self.letter is None:
            self.letter = letter(self.letters, self.name, self.chance)
            self.letters += 1
        mail = self.letter
        mail.tries += 1
        reply = session.say(f"MAIL FROM:<{MARK}@sender.example> SIZE={mail.size}")
        if not reply.startswith("250"):
            return self.deferred("MAIL", reply)
        for recipient in mail.recipients:
            reply = session.say(f"RCPT TO:<{recipient}>")
            if mail.policy == "refuse" and reply.startswith("550 5.1.2"):
                return self.done(mail, reply) and session.say("RSET").startswith("250")
            if not reply.startswith("250"):
                return self.deferred("RCPT", reply)
        if mail.policy == "mixed":
            # A transaction has one policy: this one has to come again by itself.
            reply = session.say(f"RCPT TO:<{MARK}.{mail.token}@counted.ml>")
            if not reply.startswith("452 4.5.3"):
                return self.deferred("RCPT of another policy", reply)
        reply = self.content(session, mail)
        wanted = "550 5.1.2" if mail.policy == "count" else "250 2.6.0 Kept as "
        if not reply.startswith(wanted):
            return self.deferred("content", reply)
        return self.done(mail, reply)

    def content(self, session: Session, mail: Letter) -> str:
        # The way must be the same at every try only in what it means.
        if self.chance.random() < 0.6:
            reply = session.say("DATA")
            if not reply.startswith("354"):
                return reply
            session.send(data(mail.octets))
            return session.reply()
        step = self.chance.choice([4096, 65536, 1 << 20])
        chunks = [mail.octets[at : at + step] for at in range(0, mail.size, step)]
        for place, chunk in enumerate(chunks, 1):
            last = " LAST" if place == len(chunks) else ""
            session.send(f"BDAT {len(chunk)}{last}\r\n".encode() + chunk)
            reply = session.reply()
            if not reply.startswith("250"):
                return reply
        return reply

    def done(self, mail: Letter, reply: str) -> bool:
        mail.replied = time.monotonic()
        mail.identity = reply.rsplit(" ", 1)[1] if mail.policy in ("hold", "mixed") else ""
        facts = asdict(mail)
        del facts["octets"]
        self.write({"what": "answered", "at": mail.replied} | facts)
        self.letter = None
        self.stop.wait(mail.size / self.pace)
        return True


def run(port: int, octets_a_second: float, stop: Event, book: Path) -> None:
    """The process of all senders; what they learn goes into `book`, a line each. A letter without an answer is there too."""
    lock = threading.Lock()
    with open(book, "w") as out:

        def write(facts: dict) -> None:
            with lock:
                out.write(json.dumps(facts) + "\n")
                out.flush()

        senders = [Sender(port, number, octets_a_second / THREADS, stop, write) for number in range(THREADS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
            if sender.letter:
                facts = asdict(sender.letter)
                del facts["octets"]
                write({"what": "unanswered", "at": time.monotonic()} | facts)
