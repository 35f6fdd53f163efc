"""OpenSMTPD, in its room: letters go into its queue by its sendmail(1), and come out of it to the listener."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from letters import letters
from peer import HOST
from peer import port
from peer import run

CONFIG = Path("/etc/trial-smtpd.conf")
LOG = Path("/var/log/trial-smtpd")

# `smtp+tls` insists on TLS, `smtp+notls` on none.
CONFIGURATION = f"""
listen on socket
smtp max-message-size 30M
action encrypted relay host smtp+tls://{HOST}:{port()} tls no-verify helo opensmtpd.example
action plain relay host smtp+notls://{HOST}:{port()} helo opensmtpd.example
match from local for domain "tls.army.ml" action encrypted
match from local for any action plain
"""


def wait_for(what: str, server: subprocess.Popen, holds: Callable[[str], bool]) -> str:
    """Reads the log until it holds; gives the log."""
    end = time.monotonic() + 60
    while not holds(log := LOG.read_text()):
        if time.monotonic() > end or server.poll() is not None:
            raise SystemExit(f"OpenSMTPD: {what} did not come\n{log}")
        time.sleep(0.05)
    return log


def answers(_log: str) -> bool:
    return subprocess.run(["smtpctl", "show", "status"], capture_output=True).returncode == 0


def main() -> None:
    CONFIG.write_text(CONFIGURATION)
    with LOG.open("w") as log:
        server = subprocess.Popen(["smtpd", "-d", "-f", str(CONFIG)], stdout=log, stderr=subprocess.STDOUT)
    wait_for("its start", server, answers)
    sent = letters("opensmtpd")
    for letter in sent:
        run(["sendmail", "-i", "-f", letter.sender or "<>", "--", *letter.recipients], letter.content)
    recipients = sum(len(letter.recipients) for letter in sent)
    log = wait_for("the last delivery", server, lambda log: log.count(" mta delivery ") >= recipients)
    if log.count('result="Ok"') != recipients:
        raise SystemExit(f"OpenSMTPD has not delivered all\n{log}")
    server.terminate()
    server.wait(30)


main()
