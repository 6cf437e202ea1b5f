#!/usr/bin/env python3
"""bench/render.py RENDER [LENGTHS_S..]: auralis-render as a whole process, one file of noise after another.

Prints times real time by the clock and by the processor time of all its threads (what a core of its own
would do), and the most memory it held: flat in the length, or it does not stream. The first length is
the track of 10,262,070 frames of the original's benchmark.
"""
import os
import random
import subprocess
import sys
import tempfile
import time
import wave

RATE_HZ = 44100
TRACK_FRAMES = 10_262_070
CHAINS = {
    "default preset": ["--preset", "adaptive"],
    "everything off": ["--set", "master.bypass=on"],
}


def write_noise(path, frames):
    """Stereo noise of 16 bits at about -12 dBFS RMS, the same in each run; a minute of it, again and again."""
    rng = random.Random(1)
    minute = bytearray()
    for _ in range(60 * RATE_HZ * 2):
        minute += int(rng.uniform(-14000, 14000)).to_bytes(2, "little", signed=True)
    with wave.open(path, "wb") as out:
        out.setparams((2, 2, RATE_HZ, frames, "NONE", "not compressed"))
        left = frames
        while left > 0:
            part = min(left, 60 * RATE_HZ)
            out.writeframesraw(minute[: part * 4])
            left -= part


def run(command):
    """Seconds by the clock, seconds of processor, KiB at most."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss


def main():
    if sys.argv[1] == "--write-noise":
        return write_noise(sys.argv[2], int(sys.argv[3]))
    render = sys.argv[1]
    lengths = [int(float(s) * RATE_HZ) for s in sys.argv[2:]] or [TRACK_FRAMES, 10 * TRACK_FRAMES]
    print(f"{'work':<16}{'length (s)':>12}{'x by the clock':>16}{'x per core':>12}{'memory (MiB)':>14}")
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "in.wav"), os.path.join(folder, "out.wav")
        for frames in lengths:
            # In a process of its own: a child's peak counts its parent's memory from before the exec.
            subprocess.run([sys.executable, __file__, "--write-noise", source, str(frames)], check=True)
            for name, options in CHAINS.items():
                wall, cpu, kib = run([render, "-q", "--jobs", "1", "--overwrite", *options, "-o", target, source])
                seconds = frames / RATE_HZ
                print(f"{name:<16}{seconds:>12.1f}{seconds / wall:>16.1f}{seconds / cpu:>12.1f}{kib / 1024:>14.1f}")


if __name__ == "__main__":
    main()
