"""swaks. It has no SMTPUTF8."""

from letters import Letter
from letters import Way
from peer import HOST
from peer import deliver_each
from peer import port
from peer import run


def deliver(letter: Letter) -> None:
    tls = ["--tls"] if letter.way is Way.TLS else []
    command = ["swaks", "--server", HOST, "--port", str(port()), "--helo", "swaks.example", "--suppress-data", *tls]
    addresses = ["--from", letter.sender or "<>", "--to", ",".join(letter.recipients)]
    # It puts a line end before the final dot, whether there is one or not.
    run([*command, *addresses, "--data", "-"], letter.content.removesuffix(b"\n"))


deliver_each("swaks", deliver)
