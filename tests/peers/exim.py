"""Exim, in its room: letters go into its queue as by sendmail(1), and come out of it to the listener. To plain names it
speaks DATA, to tls.army.ml TLS and BDAT."""

import re
import subprocess
from pathlib import Path

from letters import letters
from letters import Way
from peer import HOST
from peer import passed
from peer import port
from peer import run

# The first place where Debian's Exim looks.
CONFIG = Path("/etc/exim4/exim4.conf")
LOG = Path("/var/log/exim4/trial-main")

CONFIGURATION = f"""
primary_hostname = exim.example
log_file_path = /var/log/exim4/trial-%s
log_selector = +smtp_confirmation +tls_cipher
message_size_limit = 30M
host_lookup =

begin routers

tls:
  driver = manualroute
  domains = tls.army.ml
  route_list = * {HOST}
  self = send
  transport = encrypted

plain:
  driver = manualroute
  route_list = * {HOST}
  self = send
  transport = plain

begin transports

encrypted:
  driver = smtp
  port = {port()}
  hosts_require_tls = *
  tls_verify_hosts =
  hosts_try_chunking = *

plain:
  driver = smtp
  port = {port()}
  hosts_avoid_tls = *
  hosts_try_chunking =
"""


def main() -> None:
    CONFIG.write_text(CONFIGURATION)
    sent = letters("exim")
    for letter in sent:
        # In the foreground: it comes back when it has tried to deliver.
        run(["exim4", "-odf", "-oi", "-f", letter.sender or "<>", "--", *letter.recipients], letter.content)
    log = LOG.read_text()
    left = subprocess.check_output(["exim4", "-bp"], text=True)
    if left or log.count("Completed") != len(sent) or " == " in log or " ** " in log or "lost privilege" in log:
        raise SystemExit(f"Exim has not delivered all: {left}\n{log}")
    for letter in sent:
        over_tls = " X=TLS1.3:" in delivery(log, letter.recipients[0])
        if over_tls != (letter.way is Way.TLS):
            raise SystemExit(f"{letter.mark}: another way than {letter.way}\n{log}")
        # Its log marks a message that went in chunks so.
        if (" K " in delivery(log, letter.recipients[0])) != over_tls:
            raise SystemExit(f"{letter.mark}: BDAT and TLS do not go together\n{log}")
    passed("Exim's log: BDAT over TLS, DATA without")


def delivery(log: str, recipient: str) -> str:
    """The line of a recipient's delivery."""
    found = re.search(rf"^.* [=-]> {re.escape(recipient)} .*$", log, re.MULTILINE)
    if not found:
        raise SystemExit(f"no line says that {recipient} was delivered\n{log}")
    return found.group()


main()
