"""The soak: who sends what is in the other files; here is what happens to the server meanwhile, and the summary."""

import argparse
import multiprocessing
import random
import time
from collections import Counter
from pathlib import Path

import attackers
import books
import probe
import senders
import slow
from measures import P99
from measures import flat
from measures import percentiles
from server import Server
from server import SmallDisk

# The shares of the time: kills end here, and one run of the server has the rest to itself.
KILLS_UNTIL = 0.8
# When the disk is full.
FULL = [(0.16, 0.19), (0.40, 0.43), (0.64, 0.67)]
# The disk is looked at each second; what has begun by then may still be kept.
NOTICED = 3.0
# How long after a start clients that were cut off may still be coming back.
SETTLED = 1.0
# The age of a run, in seconds, at which its memory is compared with that of other runs: they live about five.
AGE = (2, 4)
# A file system fills in time where senders may: the share of the disk that they may use.
SHARE = 0.4


class Soak:
    def __init__(self, binary: Path, place: Path, options: argparse.Namespace):
        self.options, self.place = options, place
        self.chance = random.Random(options.seed)
        self.disk = SmallDisk(place, options.disk)
        settings = f"max_connections = {options.slow + 1000}\ntrusted_networks = []"
        self.server = Server(binary, place, self.disk.place, settings)
        self.down: list[tuple[float, float]] = []
        self.full: list[tuple[float, float]] = []
        self.filled_at = 0.0
        # (when, how old the run was, MiB)
        self.memory: list[tuple[float, float, float]] = []
        self.ends: list[float] = []
        self.starts: list[float] = []
        self.phases: list[tuple[float, float]] = []
        self.refused_starts = 0
        self.wrong: list[str] = []
        self.said = 0.0

    def run(self) -> list[str]:
        try:
            self.hold()
            return self.wrong
        finally:
            if self.server.process:
                self.server.kill()
            self.disk.close()

    def hold(self) -> None:
        seconds = self.options.minutes * 60
        self.began = self.ready = self.server.start() or self.no_start()
        stop, connected = multiprocessing.Event(), multiprocessing.Value("i", 0)
        port = self.server.port
        pace = self.options.disk * (1 << 20) * SHARE / seconds
        crowd_stop = multiprocessing.Event()
        crowd = multiprocessing.Process(target=slow.run, args=(port, self.options.slow, connected, crowd_stop))
        others = [
            multiprocessing.Process(target=senders.run, args=(port, pace, stop, self.place / "senders")),
            multiprocessing.Process(target=probe.run, args=(port, stop, self.place / "probe")),
            multiprocessing.Process(target=attackers.run, args=(port, stop, self.place / "attackers")),
        ]
        for process in (crowd, *others):
            process.start()
        try:
            self.trouble(seconds, connected)
        finally:
            stop.set()
            for process in others:
                process.join(90)
                if process.exitcode is None:
                    self.wrong.append("a process of the senders hangs")
                    process.kill()
            crowd_stop.set()
            crowd.join()
        begin = time.monotonic()
        code = self.server.stop()
        print(f"stopped with {code} after {time.monotonic() - begin:.1f} s", flush=True)
        if code != 0:
            self.wrong.append(f"the server ended with {code}")
        self.reckon()

    def trouble(self, seconds: float, connected) -> None:
        """Kills at random times of the first part, and fills the disk three times."""
        window = seconds * KILLS_UNTIL
        kills = sorted(self.chance.uniform(0, window) for _ in range(self.options.kills))
        self.phases = [(begin * seconds, end * seconds) for begin, end in FULL]
        while (now := time.monotonic() - self.began) < seconds:
            if (code := self.server.ended()) is not None:
                self.wrong.append(f"the server ended by itself with {code}")
                self.server.reap()
                self.restart(time.monotonic())
            if kills and now >= kills[0]:
                kills.pop(0)
                self.strike()
            if self.phases and not self.filled_at and now >= self.phases[0][0]:
                self.filled_at = time.monotonic()
                self.disk.fill()
            if self.filled_at and now >= self.phases[0][1]:
                self.room()
            self.sample(now, len(kills), connected.value)
            time.sleep(0.05)
        if kills:
            self.wrong.append(f"{len(kills)} kills were not done in time")

    def strike(self) -> None:
        at = time.monotonic()
        self.ends.append(self.server.resident())
        self.server.kill()
        self.restart(at)

    def restart(self, at: float) -> None:
        """As a service manager does it, but each second. On a full disk it may take until there is room."""
        while (ready := self.server.start()) is None:
            if not self.filled_at:
                self.no_start()
            self.refused_starts += 1
            time.sleep(1)
            if time.monotonic() - self.began > self.phases[0][1]:
                self.room()
        self.ready = ready
        self.starts.append(ready - at)
        self.down.append((at, ready))

    def no_start(self) -> float:
        raise SystemExit(f"the server did not start: {self.server.last_words()}")

    def room(self) -> None:
        self.disk.empty()
        self.full.append((self.filled_at, time.monotonic()))
        self.filled_at = 0
        self.phases.pop(0)

    def sample(self, now: float, kills: int, connected: int) -> None:
        if self.memory and now - self.memory[-1][0] < 1:
            return
        resident = self.server.resident()
        self.memory.append((now, time.monotonic() - self.ready, resident))
        if now - self.said >= 10:
            self.said = now
            full = ", the disk is full" if self.filled_at else ""
            free = self.disk.free() >> 20
            answered = sum(1 for fact in books.read(self.place / "senders") if fact["what"] == "answered")
            print(
                f"{now:4.0f} s: {answered} letters answered, {len(self.down)} kills done, {kills} to come, {connected} slow clients, "
                f"{resident:.0f} MiB resident, {free} MiB free{full}",
                flush=True,
            )

    def quiet(self, begin: float, end: float) -> bool:
        """Whether nothing was done to the server between the two times."""
        windows = [(a, b + SETTLED) for a, b in self.down] + [(a, b + NOTICED) for a, b in self.full]
        return all(end < a or begin > b for a, b in windows)

    def reckon(self) -> None:
        facts = books.read(self.place / "senders")
        probes = books.read(self.place / "probe")
        attacks = books.read(self.place / "attackers")
        self.answers(facts, attacks)
        self.disk_phases(facts, probes)
        self.times(probes)
        self.resident()
        data = self.server.database.parent
        self.wrong += books.leaks([self.server.log, *(path for path in data.iterdir() if path.is_file())])
        found = books.stored(self.server.database, self.server.identity)
        print(f"stored: {len(found.messages)} messages, {len(found.items)} items, all opened; {found.repeats} repeats; integrity {found.integrity}")
        self.wrong += books.breaches(facts, probes, found)

    def answers(self, facts: list[dict], attacks: list[dict]) -> None:
        counts = Counter(fact["policy"] for fact in facts if fact["what"] == "answered")
        octets = sum(fact["size"] for fact in facts if fact["what"] == "answered")
        again = sum(1 for fact in facts if fact["what"] == "answered" and fact["tries"] > 1)
        print(f"honest senders: {dict(counts)} answered for good, {octets >> 20} MiB, {again} of them after more than one try")
        done = sum(sum(fact["counts"].values()) for fact in attacks if fact["what"] == "attacks")
        print(f"attacks: {done}; kills: {len(self.down)}, back after {min(self.starts, default=0):.2f} to {max(self.starts, default=0):.2f} s")
        if self.refused_starts:
            print(f"WEAK: killed on a full disk, it did not start {self.refused_starts} times: senders met a closed port, not a 452")
        self.wrong += [f"{fact['step']}: {fact['why']}" for fact in facts + attacks if fact["what"] == "breach"]
        quiet = [fact for fact in facts if fact["what"] in ("gone", "deferred") and self.quiet(fact.get("since", fact["at"]), fact["at"])]
        # Put off while nothing was wrong: allowed, and worth knowing. Cut off: not allowed.
        put_off = Counter(f"{fact['step']}: {fact['why'][:9]}" for fact in quiet if fact["what"] == "deferred")
        print(f"put off outside of kills and full disks: {dict(put_off) or 'nobody'}")
        self.wrong += [f"an honest connection ended at {fact['at'] - self.began:.1f} s: {fact['why']}" for fact in quiet if fact["what"] == "gone"]

    def disk_phases(self, facts: list[dict], probes: list[dict]) -> None:
        kept = [fact["at"] for fact in facts if fact["what"] == "answered" and fact["identity"]]
        kept += [line["end"] for line in probes if line["answer"].startswith("250")]
        for begin, end in self.full:
            inside = sum(1 for at in kept if begin + NOTICED < at < end)
            back = min((at for at in kept if at > end), default=None)
            took = "never" if back is None else f"{back - end:.1f} s after there was room"
            told = Counter(fact["why"][:9] for fact in facts if fact["what"] == "deferred" and begin + NOTICED < fact["at"] < end)
            print(f"full disk for {end - begin:.0f} s: {dict(told)}, {inside} kept; mail was kept again {took}")
            if inside:
                self.wrong.append(f"{inside} messages were taken on a full disk")
            if back is None or back - end > 15:
                self.wrong.append(f"after a full disk mail was kept again {took}")

    def times(self, probes: list[dict]) -> None:
        good = [line for line in probes if line["answer"].startswith("250") and self.quiet(line["begin"], line["end"])]
        if not good:
            self.wrong.append("the probe never got through")
            return
        p50, p99, longest = percentiles([line["end"] - line["begin"] for line in good])
        print(f"a probe's {len(good)} transactions outside of kills and full disks: p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {longest:.0f} ms")
        if p99 >= P99 * 1000:
            self.wrong.append(f"p99 {p99:.0f} ms, and the goal is {P99 * 1000:.0f}")

    def resident(self) -> None:
        # Runs are of unlike length: what they hold is compared at one age. All that can differ then is what lies on the disk.
        young = [resident for now, age, resident in self.memory if AGE[0] <= age < AGE[1]]
        third = len(young) // 3
        if third >= 3:
            low, high, holds = flat(young[:third], young[-third:])
            print(
                f"resident {AGE[0]} to {AGE[1]} s after a start: {low:.0f} MiB in the first third of {len(young)} samples, "
                f"{high:.0f} in the last (medians); when killed {max(self.ends):.0f} at the most"
            )
            if not holds:
                self.wrong.append(f"memory grows from run to run: {low:.0f} to {high:.0f} MiB")
        # The last run, without its start.
        last = [resident for _, age, resident in self.memory[-int(self.options.minutes * 60 * (1 - KILLS_UNTIL)) :] if age > 10]
        if len(last) >= 9:
            third = len(last) // 3
            low, high, holds = flat(last[:third], last[-third:])
            print(f"the last run, {len(last)} s without its start: {low:.0f} MiB in its first third, {high:.0f} in its last (medians), {max(last):.0f} at the most")
            if not holds:
                self.wrong.append(f"memory grows in a run: {low:.0f} to {high:.0f} MiB")
