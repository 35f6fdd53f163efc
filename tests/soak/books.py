"""The reckoning: what senders were told against what is stored, opened with the off-line key by age(1)."""

import hashlib
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from attackers import SMUGGLED
from smtp import MARK


def read(book: Path) -> list[dict]:
    return [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


@dataclass
class Item:
    """One that was opened: for whom, which letter, and what follows the trace headers."""

    message: str
    recipients: list[str]
    token: str
    digest: str
    size: int
    return_path: str


def fields(head: bytes, name: bytes) -> list[str]:
    prefix = name + b": "
    return [line[len(prefix) :].decode("utf-8", "replace").strip("<>\r ") for line in head.split(b"\n") if line.startswith(prefix)]


def opened(message: str, sealed: bytes, identity: Path) -> Item:
    done = subprocess.run(["age", "-d", "-i", identity], input=sealed, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit(f"an item of {message} cannot be opened: {done.stderr.decode()}")
    plain = done.stdout
    # The trace headers end with one line of Received, unfolded.
    end = plain.index(b"\r\n", plain.index(b"\r\nReceived:") + 2) + 2
    trace, content = plain[:end], plain[end:]
    subject = fields(content[:2000], b"Subject")
    token = subject[0] if subject else ""
    recipients = fields(trace, b"Delivered-To")
    return Item(message, recipients, token, hashlib.sha256(content).hexdigest(), len(content), "".join(fields(trace, b"Return-Path")))


@dataclass
class Stored:
    """What is in the database, and whether the database is whole."""

    messages: set[str] = field(default_factory=set)
    items: list[Item] = field(default_factory=list)
    repeats: int = 0
    integrity: str = ""
    orphans: int = 0


def stored(database: Path, identity: Path) -> Stored:
    found = Stored()
    connection = sqlite3.connect(database)
    found.integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    found.orphans = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    for raw, repeats in connection.execute("SELECT lower(hex(id)), repeats FROM message"):
        found.messages.add(raw)
        found.repeats += repeats
    rows = connection.execute("SELECT lower(hex(message_id)), first_part, parts FROM item WHERE removed_at IS NULL").fetchall()

    def bodies():
        for message, first, parts in rows:
            between = (first, first + parts - 1)
            sealed = connection.execute("SELECT sealed FROM item_body WHERE id BETWEEN ? AND ? ORDER BY id", between)
            yield message, b"".join(row[0] for row in sealed)

    began = said = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        batch = []
        for message, sealed in bodies():
            batch.append(pool.submit(opened, message, sealed, identity))
            # So that few bodies are in memory at once.
            if len(batch) == 64:
                found.items += [future.result() for future in batch]
                batch = []
            if time.monotonic() - said > 10:
                said = time.monotonic()
                print(f"  {len(found.items)} of {len(rows)} items opened, {said - began:.0f} s", file=sys.stderr, flush=True)
        found.items += [future.result() for future in batch]
    connection.close()
    return found


def breaches(facts: list[dict], probes: list[dict], found: Stored) -> list[str]:
    """Acknowledged and not stored, stored and not acknowledged as such, stored twice, stored other than it was sent."""
    wrong = []
    by_token: dict[str, list[Item]] = {}
    for item in found.items:
        by_token.setdefault(item.token, []).append(item)
        if item.return_path.startswith(SMUGGLED):
            wrong.append(f"a smuggled message is stored: {item.message}")
    for fact in facts:
        if fact["what"] not in ("answered", "unanswered"):
            continue
        items = by_token.pop(fact["token"], [])
        copies = Counter(recipient for item in items for recipient in item.recipients)
        held = fact["policy"] in ("hold", "mixed")
        wanted = Counter(fact["recipients"] if held else [])
        # A letter without an answer may be stored or not; never twice.
        if copies != wanted and not (fact["what"] == "unanswered" and not copies):
            wrong.append(f"{fact['token']} ({fact['policy']}, {fact['tries']} tries): lost {wanted - copies}, too many {copies - wanted}")
        if any(item.digest != fact["digest"] for item in items):
            wrong.append(f"{fact['token']} is stored other than it was sent: {[item.size for item in items]}, not {fact['size']}")
        identity = fact["identity"].replace("-", "")
        # A repeat is answered with an id of its own, and kept under the first.
        if fact["what"] == "answered" and held and fact["tries"] == 1 and identity not in found.messages:
            wrong.append(f"{fact['token']}: no message {identity}")
    for probe in probes:
        copies = len(by_token.pop(probe["token"], []))
        if copies > 1 or (copies == 0 and probe["answer"].startswith("250")):
            wrong.append(f"{probe['token']}: answered {probe['answer']}, {copies} copies")
    strangers = [token for token in by_token if token.startswith((f"{MARK}-s", f"{MARK}-probe"))]
    wrong += [f"nobody sent {token}" for token in strangers]
    if found.integrity != "ok":
        wrong.append(f"integrity_check: {found.integrity}")
    if found.orphans:
        wrong.append(f"foreign_key_check: {found.orphans} rows")
    return wrong


def leaks(files: list[Path]) -> list[str]:
    """Files in which something stands that only messages had."""
    mark = MARK.encode()
    found = []
    for path in files:
        with open(path, "rb") as file:
            rest = b""
            while block := file.read(1 << 20):
                if mark in rest + block:
                    found.append(f"content in the clear in {path.name}")
                    break
                rest = block[-len(mark) :]
    return found
