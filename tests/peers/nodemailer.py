"""nodemailer, of the version in package.json."""

import base64
import json
from pathlib import Path

from letters import Letter
from letters import Way
from peer import HOST
from peer import deliver_each
from peer import port
from peer import run


def deliver(letter: Letter) -> None:
    told = {
        "host": HOST,
        "port": port(),
        "tls": letter.way is Way.TLS,
        "sender": letter.sender,
        "recipients": letter.recipients,
        "content": base64.b64encode(letter.content).decode(),
    }
    run(["node", str(Path(__file__).with_suffix(".mjs"))], json.dumps(told).encode())


deliver_each("nodemailer", deliver)
