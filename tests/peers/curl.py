"""curl."""

from letters import Letter
from letters import Way
from peer import HOST
from peer import deliver_each
from peer import port
from peer import run


def deliver(letter: Letter) -> None:
    tls = ["--ssl-reqd", "--insecure"] if letter.way is Way.TLS else []
    recipients = [part for recipient in letter.recipients for part in ("--mail-rcpt", recipient)]
    command = ["curl", "-sS", f"smtp://{HOST}:{port()}/curl.example", *tls, "--mail-from", letter.sender, *recipients]
    run([*command, "--crlf", "--upload-file", "-"], letter.content)


deliver_each("curl", deliver)
