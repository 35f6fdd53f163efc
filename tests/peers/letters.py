"""The letters that each peer sends. Whoever sends and whoever checks makes the same ones, from the peer's name alone."""

import base64
import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

TEN_LINES = b"".join(b"Line %d of ten.\n" % number for number in range(1, 11))
# The dots are what a peer must stuff, and we take out.
PLAIN = b"Dear Jane,\n.\n..\n.a line that begins with a dot\n\n" + TEN_LINES
# UTF-8, and after it every octet above 127 that a Latin-1 sender may write.
EIGHT_BIT = "Les accès sont prêts.\n".encode() + bytes(range(0xA0, 0x100)) + b"\n" + TEN_LINES
BIG = 20 * 1024 * 1024

# OpenSMTPD 6.8 and swaks know no SMTPUTF8.
ASCII_ALONE = {"opensmtpd", "swaks"}
# Who can be told to send with the null reverse-path, as every bounce is.
BOUNCES = {"curl", "exim", "opensmtpd", "openssl_tls1_2", "openssl_tls1_3", "postfix", "python_smtplib", "swaks"}
# msmtp 1.8 sends a UTF-8 address without saying SMTPUTF8; the listener takes it, and notes plain ESMTP.
UNDECLARED = {"msmtp"}
# s_client is a TLS client, and delivers over two versions of it.
TLS_ALONE = {"openssl_tls1_2", "openssl_tls1_3"}
# What Postfix is to have returned to the sender: the trial's policies for these names.
COUNTED, REFUSED = "counted.ml", "refused.ml"


class Way(Enum):
    """What the listener must have noted of the connection (RFC 3848, RFC 6531)."""

    PLAIN = "ESMTP"
    TLS = "ESMTPS"


@dataclass(frozen=True)
class Letter:
    """One submission: with line feeds, as programs take it. The listener must have its body as CRLF lines."""

    peer: str
    name: str
    way: Way
    sender: str
    recipients: tuple[str, ...]
    body: bytes

    @property
    def utf8(self) -> bool:
        """Whether an address needs SMTPUTF8."""
        return not all(address.isascii() for address in (self.sender, *self.recipients))

    @property
    def protocol(self) -> str:
        """The `with` word that the listener is to have noted."""
        declared = self.utf8 and self.peer not in UNDECLARED
        return f"UTF8{self.way.value[1:]}" if declared else self.way.value

    @property
    def mark(self) -> str:
        """What a stored item is known by."""
        return f"{self.peer}/{self.name}"

    @property
    def kept(self) -> list[str]:
        """The recipients whose mail the listener holds."""
        return [to for to in self.recipients if not to.endswith((f"@{COUNTED}", f"@{REFUSED}"))]

    @property
    def content(self) -> bytes:
        shown = self.recipients[0] if len(self.recipients) == 1 else "undisclosed-recipients:;"
        subject = "Réunion à Bamako" if self.utf8 else "A trial"
        head = [
            f"X-Letter: {self.mark}",
            f"From: {self.sender or 'MAILER-DAEMON@' + self.peer + '.example'}",
            f"To: {shown}",
            f"Subject: {subject}",
            "Date: Mon, 17 Jul 2023 10:00:00 +0200",
            f"Message-ID: <{self.name}@{self.peer}.example>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
        ]
        return "\n".join([*head, "", ""]).encode() + self.body


def big_body() -> bytes:
    """Exactly 20 MiB as they come in with CRLF, of lines that no two are alike."""
    line = 76 + len(b"\r\n")
    lines, rest = divmod(BIG, line)
    noise = base64.b64encode(random.Random(20).randbytes(57 * lines))
    rows = [noise[at : at + 76] for at in range(0, len(noise), 76)]
    return b"\n".join([*rows, b"x" * (rest - 2), b""])


def letters(peer: str) -> list[Letter]:
    """All of them. The big one goes over TLS, and so do those to `tls.army.ml`: mail servers choose by the domain."""
    if peer == "login":
        # It is turned away.
        return []
    own = f"clerk@{peer}.example"

    def letter(name: str, way: Way, recipients: Iterable[str], body: bytes, sender: str = own) -> Letter:
        return Letter(peer, name, Way.TLS if peer in TLS_ALONE else way, sender, tuple(recipients), body)

    # Three owners: the listener seals an item for each.
    crowd = [f"{peer}.{number}@{('army', 'navvy', 'douane')[number % 3]}.ml" for number in range(120)]
    made = [
        letter("plain", Way.PLAIN, [f"{peer}.plain@army.ml"], PLAIN),
        letter("tls", Way.TLS, [f"{peer}.tls@tls.army.ml"], PLAIN),
        letter("eight-bit", Way.PLAIN, [f"{peer}.bits@army.ml"], EIGHT_BIT),
        letter("big", Way.TLS, [f"{peer}.big@tls.army.ml"], big_body()),
        letter("many", Way.PLAIN, crowd, TEN_LINES),
    ]
    if peer not in ASCII_ALONE:
        made.append(letter("utf8", Way.PLAIN, ["zoé@défense.ml"], EIGHT_BIT, f"zoé@{peer}.example"))
    if peer in BOUNCES:
        made.append(letter("bounce", Way.TLS, [f"{peer}.bounce@tls.army.ml"], TEN_LINES, ""))
    if peer == "postfix":
        made += [
            letter("counted", Way.PLAIN, [f"counted@{COUNTED}"], PLAIN),
            letter("refused", Way.PLAIN, [f"refused@{REFUSED}"], PLAIN),
            letter("mixed", Way.PLAIN, ["mixed@army.ml", f"mixed@{COUNTED}", f"mixed@{REFUSED}"], PLAIN),
        ]
    return made
