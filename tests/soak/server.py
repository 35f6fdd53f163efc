"""The program under test: its installation, its disk, its life."""

import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

from smtp import HOST

PAGE = os.sysconf("SC_PAGE_SIZE")

# Names of every policy; the zone holds.
WATCH = """
[web]
listen = "127.0.0.1:0"

[[watch]]
name = "counted.ml"
subdomains = true
policy = "count"

[[watch]]
name = "refused.ml"
subdomains = true
policy = "refuse"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class SmallDisk:
    """An ext4 of so many MiB, in a file, mounted here until it is closed. No octet of it is reserved for root."""

    def __init__(self, folder: Path, mebibytes: int):
        self.image, self.place = folder / "disk.img", folder / "disk"
        with open(self.image, "wb") as image:
            image.truncate(mebibytes << 20)
        self.place.mkdir()
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", self.image], check=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.place], check=True)

    def free(self) -> int:
        found = os.statvfs(self.place)
        return found.f_bavail * found.f_frsize

    def fill(self) -> None:
        """To the last block."""
        with open(self.place / "ballast", "ab") as ballast:
            size = 64 << 20
            while size >= 4096:
                try:
                    os.posix_fallocate(ballast.fileno(), os.fstat(ballast.fileno()).st_size, size)
                except OSError:
                    size //= 2

    def empty(self) -> None:
        (self.place / "ballast").unlink()

    def close(self) -> None:
        subprocess.run(["umount", self.place], check=False)


class Server:
    def __init__(self, binary: Path, folder: Path, place: Path, settings: str = ""):
        self.binary, self.identity, self.log = binary, folder / "offline.key", folder / "log"
        self.home = place / "catcher"
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.pid = 0
        command = [binary, "init", self.home, "--zone", "ml", "--listen", f"{HOST}:{self.port}", "--identity-out", self.identity]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        self.config = self.home / "restante.toml"
        text = self.config.read_text().replace("hostname =", f"{settings}\nhostname =", 1)
        self.config.write_text(text + WATCH)

    def start(self) -> float | None:
        """Gives when it said that it is ready, and nothing where it ended instead; a start that takes a minute is a failure."""
        with open(self.log, "ab") as log:
            command = [self.binary, "serve", "--config", self.config]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        self.pid = self.process.pid
        said, end = b"", time.monotonic() + 60
        while b"\nready\n" not in said:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            if not readable:
                raise SystemExit(f"the server did not start in a minute: {self.last_words()}")
            more = os.read(self.process.stdout.fileno(), 4096) if self.process.stdout else b""
            if not more:
                self.reap()
                return None
            said += more
        return time.monotonic()

    def last_words(self) -> str:
        return self.log.read_text().rstrip().rsplit("\n", 1)[-1]

    def ended(self) -> int | None:
        return self.process.poll() if self.process else None

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.reap()

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.reap()

    def reap(self) -> int:
        if self.process is None:
            return 0
        code = self.process.wait(120)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return code

    def resident(self) -> float:
        """MiB now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE / (1 << 20)

    def most_resident(self) -> float:
        """MiB at the most, in this run."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0

    @property
    def database(self) -> Path:
        return self.home / "data" / "restante.db"
