"""What the peers share. Each is a program of its own, called with the listener's port; it ends with 0 when every letter
has been taken, and otherwise prints what its mail program said."""

import subprocess
import sys
from collections.abc import Callable

from letters import Letter
from letters import letters

HOST = "127.0.0.1"


def port() -> int:
    return int(sys.argv[1])


def passed(what: str) -> None:
    """A step beside the letters: `run` counts these lines."""
    print(f"ok: {what}")


def run(command: list[str], content: bytes = b"") -> str:
    """Runs a mail program; it must succeed. Gives what it printed."""
    done = subprocess.run(command, input=content, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{said}")
    return said


def deliver_each(peer: str, deliver: Callable[[Letter], object]) -> None:
    """One after the other."""
    for letter in letters(peer):
        try:
            deliver(letter)
        except Exception as error:
            raise SystemExit(f"{letter.mark}: {type(error).__name__}: {error}") from error
