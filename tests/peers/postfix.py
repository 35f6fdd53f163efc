"""Postfix, in its room: letters go into its queue by sendmail(1), and come out of it to the listener. What the listener
refuses, Postfix must return to the sender, whose mailbox is here."""

import email
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from letters import Letter
from letters import letters
from peer import HOST
from peer import passed
from peer import port
from peer import run

LOG = Path("/var/log/postfix.log")
MAILBOX = Path("/var/mail/clerk")

# Mail to tls.army.ml must go over TLS; the rest goes without, so that both are seen whatever is offered.
MAIN = f"""
compatibility_level = 3.6
maillog_file = {LOG}
myhostname = mail.postfix.example
mydestination =
alias_maps =
inet_protocols = ipv4
smtp_dns_support_level = disabled
relayhost = [{HOST}]:{port()}
smtp_tls_security_level = none
transport_maps = inline:{{ {{ tls.army.ml = encrypted:[{HOST}]:{port()} }} }}
message_size_limit = 31457280
mailbox_size_limit = 0
virtual_mailbox_domains = postfix.example
virtual_mailbox_base = {MAILBOX.parent}
virtual_mailbox_maps = static:{MAILBOX.name}/
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:8
virtual_gid_maps = static:8
"""
# Of Debian's services: none that listens on a port, none in a chroot.
SERVICES = (
    "pickup cleanup qmgr tlsmgr rewrite bounce defer trace flush proxymap showq error retry virtual scache smtp postlog"
).split()


def start() -> None:
    MAILBOX.mkdir()
    shutil.chown(MAILBOX, "mail", "mail")
    Path("/etc/postfix/main.cf").write_text(MAIN)
    services = []
    for line in Path("/usr/share/postfix/master.cf.dist").read_text().splitlines():
        fields = line.split()
        if len(fields) > 7 and fields[0] in SERVICES and fields[1] != "inet":
            fields[4] = "n"
            services.append(" ".join(fields))
    services.append("encrypted unix - - n - - smtp -o smtp_tls_security_level=encrypt")
    Path("/etc/postfix/master.cf").write_text("\n".join([*services, ""]))
    run(["postfix", "start"])


def wait_for(what: str, holds: Callable[[str], bool]) -> str:
    """Reads the log until it holds; gives the log."""
    end = time.monotonic() + 60
    while not holds(log := LOG.read_text()):
        if time.monotonic() > end:
            raise SystemExit(f"Postfix: {what} did not come\n{log}")
        time.sleep(0.05)
    return log


def queue() -> list[str]:
    """In which queue each message is that has still a recipient."""
    lines = subprocess.check_output(["postqueue", "-j"]).splitlines()
    return [json.loads(line)["queue_name"] for line in lines]


def check_log(log: str, pattern: str) -> None:
    if not re.search(pattern, log):
        raise SystemExit(f"Postfix: its log has no line with {pattern}\n{log}")


def returned() -> dict[str, str]:
    """What lies in the sender's mailbox: recipient -> what Postfix was told, of each report (RFC 3464)."""
    reports = {}
    for file in (MAILBOX / "new").iterdir():
        for part in email.message_from_bytes(file.read_bytes()).walk():
            recipient = part.get("Final-Recipient", "").partition("; ")[2]
            if recipient:
                told = f"{part['Status']} {part['Diagnostic-Code']}"
                reports[recipient] = " ".join(told.split())
    return reports


def check_bounces(log: str, sent: list[Letter]) -> None:
    """Both policies: in Postfix's own log, and in the mailbox of who wrote."""
    refused = {recipient for letter in sent for recipient in letter.recipients if recipient not in letter.kept}
    for recipient in sorted(refused):
        when = "end of DATA" if recipient.endswith("@counted.ml") else "RCPT TO"
        said = rf"said: 550 5\.1\.2 .*\(in reply to {when} command\)"
        check_log(log, rf"to=<{recipient}>, .* dsn=5\.1\.2, status=bounced \(host .* {said}")
        passed(f"Postfix's log: 550 5.1.2 at {when} for {recipient}")
    reports = returned()
    if reports.keys() != refused:
        raise SystemExit(f"Postfix: returned {sorted(reports)}, not {sorted(refused)}\n{log}")
    for recipient, told in reports.items():
        if not told.startswith("5.1.2 smtp; 550 5.1.2 "):
            raise SystemExit(f"Postfix: the sender was told of {recipient}: {told}\n{log}")
    check_log(log, r"sender non-delivery notification: \w+")
    passed(f"Postfix: {len(reports)} reports in the sender's mailbox say 550 5.1.2")


def main() -> None:
    start()
    sent = letters("postfix")
    for letter in sent:
        run(["sendmail", "-i", "-f", letter.sender, "--", *letter.recipients], letter.content)
    # One letter is for names of unlike policies: the listener puts one of them off, and Postfix comes again.
    log = wait_for("one letter put off", lambda _log: queue() == ["deferred"])
    check_log(log, r"status=deferred \(host .* said: 452 4\.5\.3 ")
    run(["postqueue", "-f"])
    # A message that changes queues while it is looked for is not seen: so the reports are counted too.
    reports = sum(len(letter.recipients) - len(letter.kept) for letter in sent)
    log = wait_for("an empty queue", lambda log: log.count("delivered to maildir") == reports and queue() == [])
    check_bounces(log, sent)
    if "warning: " in log or "fatal: " in log:
        raise SystemExit(f"Postfix warns\n{log}")
    run(["postfix", "stop"])


main()
