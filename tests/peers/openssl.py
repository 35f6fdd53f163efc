"""`openssl s_client` with a dialogue by hand, over the version of TLS that is the second argument: tls1_2 or tls1_3."""

import subprocess
import sys

from letters import Letter
from peer import HOST
from peer import deliver_each
from peer import port

VERSION = sys.argv[2]


class Dialogue:
    """s_client, which turns our line feeds into CRLF. `-quiet`, or it would take a line that begins with R for an order
    to renegotiate."""

    def __init__(self):
        options = ["-connect", f"{HOST}:{port()}", "-starttls", "smtp", "-name", "openssl.example", f"-{VERSION}"]
        self.process = subprocess.Popen(
            ["openssl", "s_client", *options, "-crlf", "-quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def read(self, expected: str) -> list[str]:
        lines = []
        while not lines or lines[-1][3:4] == "-":
            lines.append(self.process.stdout.readline().decode("utf-8", "replace"))
        if not lines[-1].startswith(expected):
            raise SystemExit(f"expected {expected}, got {lines}")
        return lines

    def say(self, text: bytes, expected: str) -> list[str]:
        self.process.stdin.write(text + b"\n")
        self.process.stdin.flush()
        return self.read(expected)

    def end(self) -> None:
        self.say(b"QUIT", "221")
        self.process.stdin.close()
        if self.process.wait(10) != 0:
            raise SystemExit(f"s_client ended with {self.process.returncode}")


def deliver(letter: Letter) -> None:
    dialogue = Dialogue()
    offered = dialogue.say(b"EHLO openssl.example", "250")
    if any(line[4:].startswith(("AUTH", "STARTTLS")) for line in offered):
        raise SystemExit(f"offered inside TLS: {offered}")
    parameters = " BODY=8BITMIME" + (" SMTPUTF8" if letter.utf8 else "")
    dialogue.say(f"MAIL FROM:<{letter.sender}>{parameters}".encode(), "250")
    for recipient in letter.recipients:
        dialogue.say(f"RCPT TO:<{recipient}>".encode(), "250")
    dialogue.say(b"DATA", "354")
    stuffed = letter.content.replace(b"\n.", b"\n..")
    dialogue.say(stuffed + b".", "250")
    dialogue.end()


deliver_each(f"openssl_{VERSION}", deliver)
