#!/usr/bin/env python3
"""bench/product.py BUILD [JSON]: what the programs cost as a whole, beside what was promised.

Start to the first frame that is played, `auralisctl get`, sizes of the programs and of their memory, and how many
instructions a frame takes to render (callgrind's count does not mind how busy the machine is). Times are medians of turns
by the clock; on a machine where others work the least one is closer to what it takes.
"""
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave

STARTS = 7
GETS = 15
RATE_HZ = 44100
INSTRUCTIONS = re.compile(r"Collected\s*:\s*(\d+)")


class Daemon:
    """auralisd on a virtual device that plays into a pipe."""

    def __init__(self, build, folder):
        self.socket = str(folder / "socket")
        # What the user has at home does not count.
        settings = folder / "auralis.toml"
        settings.touch()
        began = time.monotonic()
        self.process = subprocess.Popen(
            [build / "daemon/auralisd", "--device", "virtual", "--record", "-", "--socket", self.socket,
             "--config", settings],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if not os.read(self.process.stdout.fileno(), 1):
            sys.exit(f"auralisd plays nothing and ends with {self.process.wait()}")
        self.start_ms = 1e3 * (time.monotonic() - began)

    def listen(self, seconds):
        """Plays on: a pipe that nobody reads from would hold it up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            os.read(self.process.stdout.fileno(), 1 << 20)

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1]) / 1024

    def end(self):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait()


def timed_ms(command):
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 1e3 * (time.monotonic() - began)


def stripped_mib(program, folder):
    """As it is packaged."""
    copy = folder / "stripped"
    subprocess.run(["strip", "-o", copy, program], check=True)
    return copy.stat().st_size / 2**20


def instructions_a_frame(build, folder, preset):
    """Of three seconds more of noise, so that start and end do not count."""
    counts = []
    for seconds in (1, 4):
        noise = folder / "noise.wav"
        with wave.open(str(noise), "wb") as out:
            out.setparams((2, 2, RATE_HZ, 0, "NONE", "not compressed"))
            out.writeframes(random.Random(1).randbytes(4 * seconds * RATE_HZ))
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                               build / "daemon/render/auralis-render", noise, "-o", folder / "out.wav", *preset],
                              check=True, capture_output=True, text=True)
        counts.append(int(INSTRUCTIONS.search(done.stderr)[1]))
        (folder / "out.wav").unlink()
    return (counts[1] - counts[0]) / (3 * RATE_HZ)


def rows(build, folder):
    """(what, figure, unit, limit or None, the least of all turns or None)"""
    starts = []
    for _ in range(STARTS):
        daemon = Daemon(build, folder)
        starts.append(daemon.start_ms)
        daemon.end()
    yield "start to first audio, virtual device", statistics.median(starts), "ms", 150, min(starts)

    daemon = Daemon(build, folder)
    daemon.listen(1.0)
    get = [build / "ipc/auralisctl", "--socket", daemon.socket, "get", "limiter.ceiling"]
    gets = []
    for _ in range(GETS):
        gets.append(timed_ms(get))
        daemon.listen(0.01)
    yield "auralisctl get, as a process", statistics.median(gets), "ms", 10, min(gets)
    yield "auralisd, memory at its defaults", daemon.memory_mib(), "MiB", 30, None
    daemon.end()

    for program in ("daemon/auralisd", "ipc/auralisctl", "daemon/render/auralis-render"):
        yield f"{pathlib.Path(program).name}, stripped", stripped_mib(build / program, folder), "MiB", None, None
    if not shutil.which("valgrind"):
        print("valgrind is not installed: instructions are left out")
        return
    for preset in ("flat", "adaptive"):
        yield (f"auralis-render --preset {preset}, AVX2",
               instructions_a_frame(build, folder, ["--preset", preset]), "instructions a frame", None, None)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    found = []
    with tempfile.TemporaryDirectory(prefix="auralis-product-") as name:
        for what, figure, unit, limit, least in rows(build, pathlib.Path(name)):
            found.append({"what": what, "figure": figure, "unit": unit, "limit": limit, "least": least})
            turns = f", {least:.1f} at least" if least else ""
            promised = f"  (promised: at most {limit})" if limit else ""
            print(f"{what:<44}{figure:>9.1f} {unit}{turns}{promised}", flush=True)
    if len(sys.argv) > 2:
        path = pathlib.Path(sys.argv[2]).with_name("product.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
