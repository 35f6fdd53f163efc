"""Python's smtplib."""

import smtplib
import ssl

from letters import Letter
from letters import Way
from peer import HOST
from peer import deliver_each
from peer import port

# The listener's certificate is its own: as between mail servers, TLS without verification.
UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


def deliver(letter: Letter) -> None:
    with smtplib.SMTP(HOST, port(), "python.example", timeout=120) as server:
        if letter.way is Way.TLS:
            server.starttls(context=UNVERIFIED)
        server.ehlo()
        options = ["SMTPUTF8", "BODY=8BITMIME"] if letter.utf8 else ["BODY=8BITMIME"]
        # It sends octets as they are, line ends too.
        content = letter.content.replace(b"\n", b"\r\n")
        refused = server.sendmail(letter.sender, letter.recipients, content, options)
        if refused:
            raise SystemExit(f"{letter.mark}: refused: {refused}")


deliver_each("python_smtplib", deliver)
