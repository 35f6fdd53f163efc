"""One honest sender with a clock: a new connection, a letter of 10 KiB, its 250, five times a second."""

import json
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from smtp import MARK
from smtp import Gone
from smtp import Session

SOURCE = "127.1.1.1"


def once(port: int, number: int) -> str:
    text = f"Subject: {MARK}-probe-{number}\r\n\r\n" + "The meeting is moved to the afternoon.\r\n" * 256
    with Session(port, SOURCE) as session:
        reply = session.hello()
        for line in (f"MAIL FROM:<{MARK}@probe.example>", f"RCPT TO:<{MARK}@army.ml>", "DATA", text + "."):
            if reply[0] not in "23":
                return reply
            reply = session.say(line)
    return reply


def run(port: int, stop: Event, book: Path) -> None:
    """The process of the probe: a line for each transaction, with its begin, its end and its answer."""
    with open(book, "w") as out:
        number = 0
        while not stop.is_set():
            begin = time.monotonic()
            try:
                answer = once(port, number)
            except Gone:
                answer = "gone"
            out.write(json.dumps({"begin": begin, "end": time.monotonic(), "answer": answer[:9], "token": f"{MARK}-probe-{number}"}) + "\n")
            out.flush()
            number += 1
            stop.wait(max(0.02, begin + 0.2 - time.monotonic()))
