"""The servers that benches/smtp/run sets side by side. Each lives in a folder of its own, on loopback, until it is stopped."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peers:
    """Where the programs are."""

    def __init__(self, restante: Path, scratch: Path):
        self.restante = restante
        self.examples = restante.parent / "examples"
        self.scratch = scratch
        self.postfix = unpacked(restante.parent.parent / "bench-postfix")
        self.certificate, self.key = scratch / "certificate.pem", scratch / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
            + ["-subj", "/CN=mx.nic.ml", "-keyout", self.key, "-out", self.certificate],
            check=True,
            stderr=subprocess.DEVNULL,
        )

    def tool(self, name: str) -> str:
        """smtp-source or smtp-sink: the machine's, or of the unpacked package."""
        return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin") or str(self.postfix / "usr/sbin" / name)

    def environment(self) -> dict[str, str]:
        return os.environ | {"LD_LIBRARY_PATH": str(self.postfix / "usr/lib/postfix")} if self.postfix else dict(os.environ)


def unpacked(folder: Path) -> Path | None:
    """Debian's package of Postfix, fetched and unpacked once: nothing of it is installed."""
    if not (folder / "usr/sbin/smtp-source").exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", "postfix"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            for package in folder.glob("postfix_*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"Postfix cannot be had here ({error})")
            return None
    return folder


class Server:
    """One that runs. `start` of each kind gives the command; the address is what it prints."""

    name = ""
    tls = True

    def __init__(self, peers: Peers):
        self.peers = peers
        self.folder = peers.scratch / self.name
        self.folder.mkdir(mode=0o755)
        self.port = 0
        self.process = self.start()

    def start(self) -> subprocess.Popen:
        raise NotImplementedError

    def run(self, *command: object) -> subprocess.Popen:
        with open(self.folder / "log", "wb") as log:
            return subprocess.Popen(
                [str(word) for word in command], stdout=subprocess.PIPE, stderr=log, text=True, env=self.peers.environment()
            )

    def wait_for_port(self) -> None:
        """For those that do not say when they are ready."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as peer:
                if peer.recv(4).startswith(b"220"):
                    return
            time.sleep(0.05)
        raise SystemExit(f"{self.name} does not answer: {(self.folder / 'log').read_text()}")

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Restante(Server):
    """The whole of it: parses, classifies, seals, and syncs before each 250."""

    name = "restante"

    def start(self) -> subprocess.Popen:
        place = self.folder / "trial"
        subprocess.run(
            [self.peers.restante, "init", place, "--zone", "ml", "--listen", "127.0.0.1:0", "--identity-out", self.folder / "key"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        config = place / "restante.toml"
        config.write_text(
            config.read_text().replace("hostname =", "max_connections_per_ip = 4000\nhostname =") + '\n[web]\nlisten = "127.0.0.1:0"\n'
        )
        process = self.run(self.peers.restante, "serve", "--config", config)
        for line in process.stdout or []:
            if line.startswith("smtp "):
                self.port = int(line.rsplit(":", 1)[1])
            if line == "ready\n":
                break
        return process


class Ceiling(Server):
    name = "ceiling"

    def start(self) -> subprocess.Popen:
        process = self.run(self.peers.examples / "smtp_ceiling", self.folder)
        self.port = int((process.stdout.readline() if process.stdout else "").rsplit(":", 1)[1])
        return process


class Mailin(Server):
    name = "mailin"

    def start(self) -> subprocess.Popen:
        # A thread for each session that the bench opens, and some: a session more than threads would wait for ever.
        process = self.run(self.peers.examples / "smtp_mailin", self.folder, self.peers.certificate, self.peers.key, 256)
        self.port = int((process.stdout.readline() if process.stdout else "").rsplit(":", 1)[1])
        return process


class Sink(Server):
    name = "smtp-sink"
    tls = False

    def start(self) -> subprocess.Popen:
        self.port = free_port()
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        process = self.run(self.peers.tool("smtp-sink"), *user, f"127.0.0.1:{self.port}", 1000)
        self.wait_for_port()
        return process


class Postfix(Server):
    name = "postfix"

    def start(self) -> subprocess.Popen:
        self.port = free_port()
        process = self.run(HERE / "postfix", self.peers.postfix, self.folder, self.port, self.peers.certificate, self.peers.key)
        self.wait_for_port()
        return process
