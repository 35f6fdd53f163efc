"""msmtp, called as sendmail is."""

from letters import Letter
from letters import Way
from peer import HOST
from peer import deliver_each
from peer import port
from peer import run


def deliver(letter: Letter) -> None:
    # The listener's certificate is its own: as between mail servers, TLS without verification.
    tls = ["--tls=on", "--tls-certcheck=off"] if letter.way is Way.TLS else ["--tls=off"]
    command = ["msmtp", "--file=/dev/null", f"--host={HOST}", f"--port={port()}", "--domain=msmtp.example", *tls]
    run([*command, f"--from={letter.sender}", "--", *letter.recipients], letter.content)


deliver_each("msmtp", deliver)
