"""What a user would pick instead, beside Auralis: `scripts/bench --rivals`.

Plug-ins and libraries run in turns with ours in one process (rivals_bench.cc). Programs (FFmpeg, SoX) run
whole, in turns with ours, and what the same program takes for doing nothing to the same file is subtracted.
Live systems are in live.py. What is not installed is named and left out.
"""

import argparse
import array
import json
import math
import os
import pathlib
import random
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

import live

RATE = 48000
SECONDS = 40
TRACK_SECONDS = 240  # a long piece: starting a program counts little in it
TURNS = 3
BELLS = [(31.25 * 2**i, 1.0) for i in range(10)]
THIRDS = [(min(20000.0, 16.0 * 2 ** (i / 3)), 4.3) for i in range(32)]


def ffmpeg_equalizer(bands):
    return ",".join(f"equalizer=f={hz:.2f}:t=q:w={q}:g={3 if i % 2 else -3}"
                    for i, (hz, q) in enumerate(bands))


FFMPEG_COMPRESSOR = "acompressor=threshold=-20dB:ratio=4:attack=10:release=150:knee=2:detection=rms"
FFMPEG_LIMITER = "alimiter=limit=0.5:attack=5:release=50:level=false"
FFMPEG_MULTIBAND = "mcompand"  # its default: five bands
FFMPEG = {
    "equalizer, 10 bands": ffmpeg_equalizer(BELLS),
    "equalizer, 32 bands": ffmpeg_equalizer(THIRDS),
    "compressor": FFMPEG_COMPRESSOR,
    "limiter, sample peaks": FFMPEG_LIMITER,
    "multiband compressor": FFMPEG_MULTIBAND,
    "EQ 32 + compressor + limiter":
        ",".join([ffmpeg_equalizer(THIRDS), FFMPEG_COMPRESSOR, FFMPEG_LIMITER]),
    "the same + multiband":
        ",".join([ffmpeg_equalizer(THIRDS), FFMPEG_COMPRESSOR, FFMPEG_MULTIBAND, FFMPEG_LIMITER]),
    "loudness": "ebur128=framelog=verbose",
    "loudness and true peak": "ebur128=framelog=verbose:peak=true",
}


def sox_equalizer(bands):
    return [word for i, (hz, q) in enumerate(bands)
            for word in ("equalizer", f"{hz:.2f}", f"{q}q", "3" if i % 2 else "-3")]


SOX_COMPRESSOR = ["compand", "0.01,0.15", "6:-100,-100,-20,-20,0,-15"]
SOX_LIMITER = ["compand", "0.005,0.05", "-100,-100,-6,-6,0,-6", "0", "-90", "0.005"]
SOX_MULTIBAND = ["mcompand", "0.005,0.1 -47,-40,-34,-34,-17,-33", "120", "0.003,0.05 -47,-40,-34,-34,-17,-33",
                 "1000", "0.000625,0.0125 -47,-40,-34,-34,-15,-33", "6400",
                 "0.0001,0.025 -38,-31,-28,-28,-0,-25"]
SOX = {
    "equalizer, 10 bands": sox_equalizer(BELLS),
    "equalizer, 32 bands": sox_equalizer(THIRDS),
    "compressor": SOX_COMPRESSOR,
    "limiter, sample peaks": SOX_LIMITER,
    "multiband compressor": SOX_MULTIBAND,
    "EQ 32 + compressor + limiter": sox_equalizer(THIRDS) + SOX_COMPRESSOR + SOX_LIMITER,
    "the same + multiband":
        sox_equalizer(THIRDS) + SOX_COMPRESSOR + SOX_MULTIBAND + SOX_LIMITER,
}
CHAIN = "EQ 32 + compressor + limiter"


def write_music(path, seconds):
    """Beats of falling noise over a chord, 32-bit float WAV; always the same."""
    chance = random.Random(1)
    second = array.array("f")
    for i in range(RATE):
        t = i / RATE
        beat = 0.5 * math.exp(-20.0 * (t % 0.25))
        chord = sum(0.05 * math.sin(2 * math.pi * hz * t) for hz in (55, 220, 277, 330, 1760))
        second.append(beat * chance.uniform(-1, 1) + chord)
        second.append(beat * chance.uniform(-1, 1) + 0.9 * chord)
    data = second.tobytes() * seconds
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 2,
                         RATE, RATE * 8, 8, 32, b"data", len(data))
    path.write_bytes(header + data)


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def library_rows(build, pattern, turns, seconds):
    """Rows of rivals_bench as it prints them."""
    done = subprocess.run([f"{build}/bench/rivals_bench", pattern, str(turns), str(seconds)],
                          check=True, capture_output=True, text=True,
                          env={**os.environ, "HOME": os.environ.get("HOME", "/nonexistent")})
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class Report:
    def __init__(self):
        self.rows = []
        self.skipped = {}

    def skip(self, who, why):
        if self.skipped.get(who) != why:
            self.skipped[who] = why
            print(f"  {who}: left out: {why}")

    def show(self, who, figures, ratio=None, more=""):
        self.rows.append({"who": who, "figures": figures, "ratio": ratio, "more": more})
        cells = "".join(f"{figure:>10}" for figure in figures)
        print(f"  {who:<52}{cells}  {ratio or '':<24}{more}")


def ratio_text(ours, theirs):
    """Median and range of theirs / ours over turns."""
    ratios = sorted(t / o for o, t in zip(ours, theirs))
    return f"{statistics.median(ratios):6.2f}x ({ratios[0]:.1f}..{ratios[-1]:.1f})"


def libraries(report, options):
    rows = library_rows(options.build, options.filter, options.turns, options.seconds)
    works = list(dict.fromkeys(row["work"] for row in rows))
    for work in works:
        print(f"\n{work}: ns a stereo frame at 64, 256, 1024; ratio at 64; peak that comes out")
        of_work = [row for row in rows if row["work"] == work]
        for row in of_work:
            if "skipped" in row:
                report.skip(row["who"], row["skipped"])
        names = list(dict.fromkeys(row["who"] for row in of_work if "ns" in row))
        for who in names:
            mine = {row["block"]: row for row in of_work if row["who"] == who and "ns" in row}
            ours = {row["block"]: row for row in of_work if row["who"] == names[0] and "ns" in row}
            figures = [f"{statistics.median(mine[b]['ns']):.1f}" for b in sorted(mine)]
            ratio = "" if who == names[0] else ratio_text(ours[64]["ns"], mine[64]["ns"])
            report.show(who, figures, ratio, f"{mine[64]['peak']:.3f}")
        yield work


def programs_of(work, music):
    """[(name, command that does the work, command that does nothing)]"""
    if work in FFMPEG:
        base = ["ffmpeg", "-v", "error", "-nostdin", "-filter_threads", "1", "-i", music]
        yield "FFmpeg", base + ["-af", FFMPEG[work], "-f", "null", "-"], \
            base + ["-af", "anull", "-f", "null", "-"]
    if work in SOX:
        yield "SoX", ["sox", "-V1", music, "-n"] + SOX[work], ["sox", "-V1", music, "-n"]


def programs(report, options, works, music):
    for work in works:
        if work in FFMPEG or work in SOX:
            print(f"\n{work}: whole programs at 256, their idle run subtracted")
        for name, command, nothing in programs_of(work, music):
            if shutil.which(command[0]) is None:
                report.skip(name, f"{command[0]} is not installed")
                continue
            ours, theirs = [], []
            try:
                for _ in range(TURNS):
                    spent = cpu_seconds(command) - cpu_seconds(nothing)
                    theirs.append(1e9 * spent / (RATE * SECONDS))
                    mine = library_rows(options.build, f"^{re.escape(work)}$", 1, options.seconds)
                    ours.append(next(row["ns"][0] for row in mine if row.get("block") == 256))
            except subprocess.CalledProcessError as error:
                report.skip(f"{name}, {work}", f"it fails: {error.returncode}")
                continue
            report.show(name, ["", f"{statistics.median(theirs):.1f}", ""], ratio_text(ours, theirs))


def offline(report, options, track, folder):
    """Whole processes, file to file: reading and writing count."""
    print(f"\n{CHAIN}, offline, whole process, {TRACK_SECONDS} s: times real time of one core")
    out = str(folder / "out.wav")
    render = f"{options.build}/daemon/render/auralis-render"
    preset = folder / "chain.toml"
    bands = "\n".join(f"[equalizer.band{i + 1}]\ngain = {3 if i % 2 else -3}" for i in range(32))
    preset.write_text("schema = 1\n[compressor]\nenabled = true\nthreshold = -20\nratio = 4\n"
                      f"[limiter]\nceiling = -6\nlookahead = 5\n{bands}\n", encoding="utf-8")
    ours = [render, track, "-o", out, "--overwrite", "--preset", str(preset)]
    candidates = [("Auralis", ours),
                  ("FFmpeg", ["ffmpeg", "-v", "error", "-nostdin", "-y", "-filter_threads", "1", "-i", track,
                              "-af", FFMPEG[CHAIN], out]),
                  ("SoX", ["sox", "-V1", track, out] + SOX[CHAIN])]
    times = {name: [] for name, _ in candidates}
    for _ in range(TURNS):
        for name, command in candidates:
            if shutil.which(command[0]) is None:
                report.skip(f"{name}, offline", f"{command[0]} is not there")
                continue
            try:
                times[name].append(TRACK_SECONDS / cpu_seconds(command))
            except subprocess.CalledProcessError as error:
                report.skip(f"{name}, offline", f"it fails: {error.returncode}")
    for name, found in times.items():
        if found:
            ratio = "" if name == "Auralis" or not times["Auralis"] else \
                ratio_text(found, times["Auralis"])
            report.show(name, ["", f"{statistics.median(found):.0f}", ""], ratio)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--filter", default=".")
    parser.add_argument("--seconds", type=float, default=0.02)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--json")
    parser.add_argument("--without-live", action="store_true")
    parser.add_argument("build")
    options = parser.parse_args()
    report = Report()
    print("ratio: theirs / ours in the median over turns (least..most): 2.00x costs twice as much as Auralis")
    works = list(libraries(report, options))
    with tempfile.TemporaryDirectory(prefix="auralis-rivals-") as folder:
        music = pathlib.Path(folder) / "music.wav"
        write_music(music, SECONDS)
        programs(report, options, works, str(music))
        if re.search(options.filter, CHAIN, re.IGNORECASE):
            track = pathlib.Path(folder) / "track.wav"
            write_music(track, TRACK_SECONDS)
            offline(report, options, str(track), pathlib.Path(folder))
            track.unlink()
        if not options.without_live and re.search(options.filter, "live", re.IGNORECASE):
            live.measure(report, options.build, str(music))
    if report.skipped:
        print("\nLeft out:")
        for who, why in report.skipped.items():
            print(f"  {who}: {why}")
    if options.json:
        path = pathlib.Path(options.json).with_name("rivals.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"rows": report.rows, "skipped": report.skipped}, indent=1) + "\n",
                        encoding="utf-8")
        print(f"\n{len(report.rows)} rows, also in {path}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
