"""One figure at a time: slow clients, idle connections, a burst of large messages. On an ordinary disk, nothing is killed."""

import argparse
import multiprocessing
import statistics
import threading
import time
from pathlib import Path

import books
import probe
import slow as crowd
from server import Server
from smtp import MARK
from smtp import Gone
from smtp import Session
from smtp import data

# The goals of the project.
P99 = 1.0
IDLE = 10000
IDLE_MIB = 60
BURST = 40
BURST_OCTETS = 20 << 20
# What is configured for messages in memory, in MiB.
BUDGET = 512
# What may be left of a burst ten seconds later, in MiB.
LEFT = 64

ROOM = "max_connections = 12000"


def percentiles(times: list[float]) -> tuple[float, float, float]:
    """p50, p99 and the longest, in milliseconds."""
    ordered = sorted(times)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 for share in (0.5, 0.99)]
    return at[0], at[1], ordered[-1] * 1000


def slow(binary: Path, place: Path, options: argparse.Namespace) -> list[str]:
    server = Server(binary, place, place, f"{ROOM}\ntrusted_networks = []")
    server.start()
    before = server.resident()
    stop, connected = multiprocessing.Event(), multiprocessing.Value("i", 0)
    clients = multiprocessing.Process(target=crowd.run, args=(server.port, options.slow, connected, stop))
    clients.start()
    while connected.value < options.slow * 0.99:
        time.sleep(0.1)
    book = place / "probe"
    prober = multiprocessing.Process(target=probe.run, args=(server.port, stop, book))
    prober.start()
    least = options.slow
    for second in range(int(options.minutes * 60)):
        time.sleep(1)
        least = min(least, connected.value)
        if second % 10 == 9:
            print(f"{second + 1} s: {connected.value} slow clients, {server.resident():.0f} MiB", flush=True)
    memory = server.resident()
    stop.set()
    prober.join()
    clients.join()
    server.stop()
    lines = books.read(book)
    bad = [line["answer"] for line in lines if not line["answer"].startswith("250")]
    p50, p99, longest = percentiles([line["end"] - line["begin"] for line in lines])
    print(f"{options.slow} slow clients (never fewer than {least} connected): {memory - before:.1f} MiB more than the {before:.1f} before")
    print(f"an honest sender's {len(lines)} transactions, each with a connection of its own: p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {longest:.0f} ms")
    wrong = [f"the honest sender was told {answer}" for answer in bad]
    if p99 >= P99 * 1000:
        wrong.append(f"p99 {p99:.0f} ms, and the goal is {P99 * 1000:.0f}")
    return wrong


def idle(binary: Path, place: Path, options: argparse.Namespace) -> list[str]:
    server = Server(binary, place, place, f"{ROOM}\ntrusted_networks = []")
    server.start()
    with Session(server.port, "127.1.0.1") as session:
        session.hello()
    time.sleep(1)
    before = server.resident()
    sessions = []
    for number in range(IDLE):
        session = Session(server.port, f"127.0.0.{2 + number % crowd.NETWORKS}")
        sessions.append(session)
        if not session.hello().startswith("250"):
            return [f"connection {number} was refused"]
    time.sleep(1)
    plain = server.resident() - before
    print(f"{IDLE} idle connections, each greeted and past EHLO: {plain:.1f} MiB more than the {before:.1f} before, {plain * 1024 / IDLE:.1f} KiB each", flush=True)
    for session in sessions[: IDLE // 5]:
        session.start_tls()
    time.sleep(1)
    tls = server.resident() - before - plain
    print(f"{IDLE // 5} of them under TLS: {tls:.1f} MiB more, {tls * 1024 / (IDLE // 5):.1f} KiB each", flush=True)
    for session in sessions:
        session.socket.close()
    time.sleep(10)
    print(f"10 s after they left: {server.resident() - before:+.1f} MiB")
    server.stop()
    return [f"{plain:.1f} MiB, and the goal is {IDLE_MIB}"] if plain >= IDLE_MIB else []


def burst(binary: Path, place: Path, options: argparse.Namespace) -> list[str]:
    server = Server(binary, place, place)
    server.start()
    time.sleep(1)
    before = server.resident()
    replies: list[str] = []
    together = threading.Barrier(BURST)

    def send(number: int) -> None:
        head = f"Subject: {MARK} {number}\r\n\r\n".encode()
        octets = data(head + (b"y" * 74 + b"\r\n") * (BURST_OCTETS // 76 - 10))
        together.wait()
        try:
            with Session(server.port, "127.1.0.1", 120) as session:
                reply = session.hello()
                for line in (f"MAIL FROM:<{MARK}@sender.example> SIZE={BURST_OCTETS}", f"RCPT TO:<{MARK}@army.ml>", "DATA"):
                    if reply[0] in "23":
                        reply = session.say(line)
                if reply.startswith("354"):
                    session.send(octets)
                    reply = session.reply()
        except Gone as gone:
            reply = f"gone ({gone})"
        replies.append(reply[:9] if reply[0].isdigit() else reply)

    began = time.monotonic()
    threads = [threading.Thread(target=send, args=(number,)) for number in range(BURST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    most, at_end = server.most_resident(), server.resident()
    time.sleep(10)
    after = server.resident()
    counts = {reply: replies.count(reply) for reply in sorted(set(replies))}
    print(f"{BURST} messages of 20 MiB at once: {counts} in {took:.1f} s")
    print(f"resident: {before:.0f} MiB before, {most:.0f} at the most, {at_end:.0f} after the last answer, {after:.0f} ten seconds later")
    server.stop()
    wrong = [f"answered {reply}" for reply in counts if not reply.startswith(("250", "4"))]
    if most - before > BUDGET:
        wrong.append(f"{most - before:.0f} MiB more at the most, and messages in memory are bounded by {BUDGET}")
    if after - before > LEFT:
        wrong.append(f"{after - before:.0f} MiB are left ten seconds later, and the goal is {LEFT}")
    return wrong


def flat(first: list[float], last: list[float]) -> tuple[float, float, bool]:
    """Medians of two sets of samples in MiB, and whether the second is not more than noise above the first."""
    low, high = statistics.median(first), statistics.median(last)
    return low, high, high <= low * 1.25 + 16
