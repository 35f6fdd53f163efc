"""The listener under test, as an operator would start it, and what it has kept, opened with the off-line key."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = """
[[watch]]
name = "counted.ml"
policy = "count"

[[watch]]
name = "refused.ml"
policy = "refuse"

[web]
listen = "127.0.0.1:0"
"""


@dataclass(frozen=True)
class Item:
    """A sealed item after opening: the trace headers that we wrote, and what the peer sent."""

    return_path: str
    delivered_to: list[str]
    protocol: str
    transaction: str
    head: bytes
    body: bytes

    @classmethod
    def parse(cls, plain: bytes) -> "Item":
        head, _, body = plain.partition(b"\r\n\r\n")
        return_path, delivered_to = "", []
        for line in head.split(b"\r\n"):
            name, _, value = line.decode("utf-8", "replace").partition(": ")
            if name == "Return-Path":
                return_path = value.strip("<>")
            elif name == "Delivered-To":
                delivered_to.append(value)
            elif name == "Received":
                # The first one is ours; peers have their own below it.
                protocol, _, transaction = value.partition(" with ")[2].split()[:3]
                return cls(return_path, delivered_to, protocol, transaction, head, body)
        raise ValueError("an item without trace headers")

    def field(self, name: str) -> str:
        start = name.encode() + b": "
        found = [line[len(start) :] for line in self.head.split(b"\r\n") if line.startswith(start)]
        return found[0].decode("utf-8", "replace") if len(found) == 1 else ""


class Listener:
    """A trial installation in `folder`, running until `stop`."""

    def __init__(self, restante: Path, folder: Path):
        self.restante, self.folder = restante, folder
        self.config, self.key, self.log = folder / "trial/restante.toml", folder / "key", folder / "log"
        init = ["init", folder / "trial", "--zone", "ml", "--identity-out", self.key, "--listen", "127.0.0.1:0"]
        subprocess.run([restante, *init], check=True, stdout=subprocess.DEVNULL)
        with self.config.open("a") as config:
            config.write(CONFIGURATION)
        environment = {name: value for name, value in os.environ.items() if name != "RUST_LOG"}
        self.process = subprocess.Popen(
            [restante, "serve", "--config", self.config],
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            env=environment,
            text=True,
        )
        self.port = self._ready()
        self._opened: set[tuple[bytes, int]] = set()

    def _ready(self) -> int:
        port = 0
        for line in self.process.stdout:
            if line.startswith("smtp "):
                port = int(line.rpartition(":")[2])
            if line == "ready\n":
                return port
        raise SystemExit(f"the listener did not start:\n{self.log.read_text()}")

    def new_items(self) -> Iterator[Item]:
        """What has been stored since the last call. `age` itself opens it, so that the format is the public one."""
        with sqlite3.connect(f"file:{self.folder}/trial/data/restante.db?mode=ro", uri=True) as database:
            rows = database.execute("SELECT message_id, position, first_part, parts FROM item").fetchall()
            for message, position, first, parts in rows:
                if (message, position) in self._opened:
                    continue
                self._opened.add((message, position))
                body = "SELECT sealed FROM item_body WHERE id >= ? AND id < ? ORDER BY id"
                sealed = b"".join(part for (part,) in database.execute(body, (first, first + parts)))
                opened = subprocess.run(["age", "-d", "-i", self.key], input=sealed, stdout=subprocess.PIPE, check=True)
                yield Item.parse(opened.stdout)

    def stats(self) -> dict:
        out = subprocess.check_output([self.restante, "stats", "--json", "--config", self.config])
        return json.loads(out)

    def stop(self) -> int:
        """SIGTERM, and how it ended."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(120)
