"""Clients that hang on: thousands of connections, a byte now and then. One process, one thread."""

import heapq
import random
import select
import socket
import time
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

from smtp import HOST
from smtp import MARK

NETWORKS = 249
TO_DATA = f"EHLO slow.example\r\nMAIL FROM:<{MARK}@slow.example>\r\nRCPT TO:<{MARK}@army.ml>\r\n"
# What is said at once after the greeting, and what then comes byte by byte, over and over.
WAYS = [
    ("", ""),
    ("", "NOOP\r\n"),
    ("EHLO slow.example\r\n", f"VRFY {MARK}\r\n"),
    (TO_DATA + "DATA\r\n", f"{MARK} "),
    (TO_DATA + "BDAT 1000000\r\n", f"{MARK} "),
    ("EHLO slow.example\r\nSTARTTLS\r\n", "\x16\x03\x01\x02\x00\x01"),
]


class Client:
    def __init__(self, number: int):
        self.number = number
        self.source = f"127.0.0.{2 + number % NETWORKS}"
        self.prelude, self.text = WAYS[number % len(WAYS)]
        self.place = 0
        self.greeted = False
        self.next = 0.0
        self.socket: socket.socket | None = None


class Crowd:
    def __init__(self, port: int, size: int, connected: Synchronized):
        self.port, self.connected = port, connected
        self.clients = [Client(number) for number in range(size)]
        self.poll = select.epoll()
        self.by_descriptor: dict[int, Client] = {}
        # When, and who. Only the time that a client has in `next` counts. At the start 2,000 a second.
        self.due: list[tuple[float, int]] = []
        for client in self.clients:
            self.later(client, 0, size / 2000)

    def later(self, client: Client, low: float, high: float) -> None:
        client.next = time.monotonic() + random.uniform(low, high)
        heapq.heappush(self.due, (client.next, client.number))

    def connect(self, client: Client) -> None:
        client.socket = socket.socket()
        client.socket.setblocking(False)
        client.greeted, client.place = False, 0
        try:
            client.socket.bind((client.source, 0))
            client.socket.connect_ex((HOST, self.port))
        except OSError:
            client.socket.close()
            client.socket = None
            return
        self.by_descriptor[client.socket.fileno()] = client
        self.poll.register(client.socket, select.EPOLLIN)

    def drop(self, client: Client) -> None:
        if client.socket:
            del self.by_descriptor[client.socket.fileno()]
            client.socket.close()
            client.socket = None
            if client.greeted:
                self.connected.value -= 1
            # Whoever was cut off comes back at once.
            self.later(client, 0, 1)

    def hear(self, client: Client) -> None:
        try:
            heard = client.socket.recv(4096) if client.socket else b""
        except OSError:
            heard = b""
        if not heard:
            return self.drop(client)
        if not client.greeted:
            client.greeted = True
            self.connected.value += 1
            self.speak(client, client.prelude)
        return None

    def speak(self, client: Client, text: str) -> None:
        try:
            if client.socket:
                client.socket.send(text.encode("latin-1"))
        except OSError:
            self.drop(client)

    def turn(self, client: Client) -> None:
        if client.socket is None:
            self.connect(client)
            self.later(client, 5, 15)
            return
        self.later(client, 5, 15)
        if client.greeted and client.text:
            self.speak(client, client.text[client.place % len(client.text)])
            client.place += 1

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                when, number = heapq.heappop(self.due)
                if when == self.clients[number].next:
                    self.turn(self.clients[number])
            wait = max(0.0, min(0.2, self.due[0][0] - time.monotonic()))
            for descriptor, _ in self.poll.poll(wait, 500):
                if client := self.by_descriptor.get(descriptor):
                    self.hear(client)
        for client in self.clients:
            self.drop(client)


def run(port: int, size: int, connected: Synchronized, stop: Event) -> None:
    """The process of the crowd."""
    Crowd(port, size, connected).run(stop)
