"""Mail programs that are set up to log in: each must say clearly that it cannot, and send no letter. Those that ask first
what is offered never say the password; nodemailer and a dialogue by hand say it all the same."""

import base64
import json
import smtplib
import subprocess
from pathlib import Path

from peer import HOST
from peer import passed
from peer import port

USER, PASSWORD = "jane", "Zq7-not-to-be-logged-Zq7"
FROM, TO = "jane@login.example", "login@army.ml"
# How many of the programs below send AUTH.
ATTEMPTS = 3


def forms() -> list[bytes]:
    """The password in all the ways in which it goes over the wire here."""
    plain = f"\0{USER}\0{PASSWORD}"
    return [PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), base64.b64encode(plain.encode())]


def must_fail(program: str, command: list[str], expected: str, content: bytes = b"Subject: login\n\nlogin\n") -> None:
    done = subprocess.run(command, input=content, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode == 0 or expected not in said:
        raise SystemExit(f"{program} ended with {done.returncode}, without {expected!r}:\n{said}")
    passed(f"{program} with a login says: {expected}")


def by_hand(*lines: str) -> None:
    """What a program without regard for what is offered does."""
    with smtplib.SMTP(HOST, port(), "login.example", timeout=60) as server:
        server.ehlo()
        if server.has_extn("auth"):
            raise SystemExit("AUTH is offered")
        for line in lines:
            server.send(f"{line}\r\n")
        code, text = server.getreply()
        if code != 502 or not text.startswith(b"5.7.0"):
            raise SystemExit(f"AUTH was answered with {code} {text}")
        if server.sock.recv(1) != b"":
            raise SystemExit("AUTH did not end the session")
    passed(f"{' '.join(lines[0].split()[:2])} is answered {code} {text.decode()}, and the session is closed")


def main() -> None:
    must_fail(
        "msmtp",
        ["msmtp", "--file=/dev/null", f"--host={HOST}", f"--port={port()}", "--tls=on", "--tls-certcheck=off"]
        + ["--auth=plain", f"--user={USER}", f"--passwordeval=echo {PASSWORD}", f"--from={FROM}", TO],
        "the server does not support authentication",
    )
    must_fail(
        "swaks",
        ["swaks", "--server", HOST, "--port", str(port()), "--tls", "--auth", "PLAIN", "--auth-user", USER]
        + ["--auth-password", PASSWORD, "--from", FROM, "--to", TO],
        "Host did not advertise authentication",
    )
    letter = {"host": HOST, "port": port(), "tls": True, "sender": FROM, "recipients": [TO], "content": "eA=="}
    must_fail(
        "nodemailer",
        ["node", str(Path(__file__).with_name("nodemailer.mjs"))],
        "502 5.7.0 This is no server of yours",
        json.dumps({**letter, "auth": {"user": USER, "pass": PASSWORD}}).encode(),
    )
    _, password, plain = forms()
    by_hand(f"AUTH PLAIN {plain.decode()}")
    by_hand("AUTH LOGIN", base64.b64encode(USER.encode()).decode(), password.decode())


if __name__ == "__main__":
    main()
