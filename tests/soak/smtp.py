"""A small SMTP client that says exactly what it is told to, from an address of its own."""

import socket
import ssl
import time

# What tests of content look for: in every local part, subject, text and password that is sent, and in no domain, since
# those may be kept. It must be in no log and, unsealed, in no file. Ten letters: four stand by chance in every 4 GiB of
# sealed bodies, of which a soak writes a tenth.
MARK = "qzxvwkqzjx"

HOST = "127.0.0.1"


class Gone(Exception):
    """The connection ended, or nothing came for long."""


def any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


TLS = any_certificate()


class Session:
    def __init__(self, port: int, source: str, patience: float = 60):
        try:
            self.socket = socket.create_connection((HOST, port), patience, (source, 0))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise Gone(str(error)) from None
        self.pending = b""
        # When the peer was last known to be there.
        self.heard = time.monotonic()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        try:
            self.socket.sendall(octets)
        except OSError as error:
            raise Gone(str(error)) from None

    def line(self) -> bytes:
        while b"\n" not in self.pending:
            try:
                more = self.socket.recv(16384)
            except OSError as error:
                raise Gone(str(error)) from None
            if not more:
                raise Gone("closed")
            self.pending += more
        line, self.pending = self.pending.split(b"\n", 1)
        return line

    def reply(self) -> str:
        """The last line of a reply."""
        while True:
            line = self.line()
            if line[3:4] != b"-":
                self.heard = time.monotonic()
                return line.decode("ascii", "replace").rstrip()

    def say(self, line: str) -> str:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def hello(self) -> str:
        """Greeting and EHLO; the first reply that is no success."""
        reply = self.reply()
        return self.say("EHLO sender.example") if reply.startswith("220") else reply

    def start_tls(self) -> str:
        reply = self.say("STARTTLS")
        if not reply.startswith("220"):
            return reply
        self.handshake()
        return self.say("EHLO sender.example")

    def handshake(self) -> None:
        try:
            self.socket = TLS.wrap_socket(self.socket)
        except OSError as error:
            raise Gone(str(error)) from None

    def rest(self, octets: int = 1 << 20) -> bytes:
        """What comes until the peer closes."""
        got = self.pending
        try:
            while len(got) < octets and (more := self.socket.recv(16384)):
                got += more
        except OSError:
            pass
        self.pending = b""
        return got


def data(message: bytes) -> bytes:
    """As it goes behind DATA (RFC 5321 4.5.2); the message ends in CRLF."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"
