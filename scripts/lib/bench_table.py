"""Turns what Google Benchmark wrote into one table, and into one JSON file for a later comparison.

Rows "Name<target>/64", "Name<target>/256", .. become one line "Name target" with a column a block.
"""

import argparse
import datetime
import json
import math
import pathlib
import platform
import re
import statistics
import subprocess

BLOCKS = (64, 256, 1024)
ROW = re.compile(r"^(?P<name>.*?)(<(?P<target>\w+)>)?(/(?P<block>64|256|1024))?$")
# Counters that are shown behind a row's name, where it has them.
EXTRAS = ("dearest_by_mean", "p99_us", "longest_push_us", "times_real_time", "ratio",
          "p99_watched_us", "p50_us", "growth")
NOISE = re.compile(r"/(real_time|manual_time|process_time|iterations:\d+)\b")


def rows_of(files):
    """{row name: [figures of each turn]}"""
    rows = {}
    for file in files:
        text = pathlib.Path(file).read_text(encoding="utf-8")
        if not text.strip():  # no row of that program matched the filter
            continue
        for row in json.loads(text)["benchmarks"]:
            if row.get("run_type") == "aggregate" or row.get("error_occurred"):
                continue
            unit = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}[row["time_unit"]]
            # By the clock that the benchmark asks for, else what its thread took of the CPU.
            shown = row["real_time" if re.search("/(real|manual)_time", row["name"]) else "cpu_time"]
            figures = {"shown_ns": shown * unit, "real_ns": row["real_time"] * unit}
            figures.update({k: v for k, v in row.items() if isinstance(v, float)
                            and k not in ("cpu_time", "real_time")})
            rows.setdefault(NOISE.sub("", row["name"]), []).append(figures)
    return rows


def middle(turns, key):
    values = [turn[key] for turn in turns if key in turn]
    return statistics.median(values) if values else None


def cost(turns):
    """ns a frame, or ns a call of what has no frames."""
    per_frame = middle(turns, "ns_per_frame")
    return middle(turns, "shown_ns") if per_frame is None else per_frame


def paired(before, now):
    """The median over turns of before / now."""
    key = "ns_per_frame" if "ns_per_frame" in now[0] else "shown_ns"
    return statistics.median(b[key] / n[key] for b, n in zip(before, now))


def number(value):
    if value >= 1e5:
        return f"{value:.3g}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def lines_of(rows, ratios):
    """One line a name and target: cells by block, or a single cell of what has no blocks."""
    lines = {}
    for name, turns in rows.items():
        parts = ROW.match(name)
        sized = "original_ms" in turns[0]  # the number is a length of music, no block
        line = lines.setdefault((name if sized else parts["name"], parts["target"] or ""), {})
        line["-" if sized else parts["block"] or "-"] = (cost(turns), ratios.get(name), turns)
    return lines


def print_tables(rows, ratios):
    blocks = {k: v for k, v in lines_of(rows, ratios).items() if "-" not in v}
    single = {k: v for k, v in lines_of(rows, ratios).items() if "-" in v}
    show_ratio = bool(ratios)

    def cell(entry):
        if entry is None:
            return f"{'':>10}" + (f"{'':>7}" if show_ratio else "")
        ratio = f"{entry[1]:6.2f}x" if entry[1] else f"{'':>7}"
        return f"{number(entry[0]):>10}" + (ratio if show_ratio else "")

    if blocks:
        width = max(len(name) for name, _ in blocks) + 1
        head = "".join(f"{f'at {b}':>10}" + (f"{'ratio':>7}" if show_ratio else "")
                       for b in BLOCKS)
        print(f"\n{'ns a stereo frame':<{width}} {'target':<7}{head}  % of 48 kHz at 64")
        for (name, target), line in blocks.items():
            share = f"{line['64'][0] * 48000 / 1e7:8.3f}" if "64" in line else ""
            extra = next(iter(line.values()))[2]
            notes = "".join(f"  {k} {number(middle(extra, k))}" for k in EXTRAS if k in extra[0])
            cells = "".join(cell(line.get(str(b))) for b in BLOCKS)
            print(f"{name:<{width}} {target:<7}{cells}{share}{notes}")
    if single:
        width = max(len(name + target) for name, target in single) + 3
        print(f"\n{'by itself':<{width}}{'ns':>10}" + (f"{'ratio':>7}" if show_ratio else ""))
        for (name, target), line in single.items():
            turns = line["-"][2]
            per = " a frame" if "ns_per_frame" in turns[0] else " a call"
            notes = "".join(f"  {k} {number(middle(turns, k))}" for k in EXTRAS if k in turns[0])
            if original := middle(turns, "original_ms"):
                ours = middle(turns, "shown_ns") / 1e6
                notes += f"  {ours:.3g} ms; the original's {original:.3g} ms: {original / ours:.1f}x"
            label = name + (f"<{target}>" if target else "")
            print(f"{label:<{width}}{cell(line['-'])}{per}{notes}")


def print_growth(rows):
    """Rows "What/n:SIZE": the exponent between neighbouring sizes."""
    families = {}
    for name, turns in rows.items():
        if found := re.match(r"(?:BM_)?(.+)/n:(\d+)$", name):
            families.setdefault(found[1], []).append((int(found[2]), cost(turns)))
    for family, sizes in families.items():
        print(f"\n{family}")
        for i, (size, value) in enumerate(sizes):
            exponent = ""
            if i:
                ratio = math.log(size / sizes[i - 1][0])
                exponent = f"  exponent {math.log(value / sizes[i - 1][1]) / ratio:5.2f}"
            print(f"  {size:>8}: {number(value):>10} ns{exponent}")
    return {name for name in rows if re.search(r"/n:\d+$", name)}


def machine():
    def first(command):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return ""
    model = next((line.split(":", 1)[1].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text("utf-8").splitlines()
                  if line.startswith(("model name", "Model"))), platform.machine())
    return {"date": datetime.datetime.now().isoformat(timespec="seconds"), "cpu": model,
            "commit": first(["git", "describe", "--always", "--dirty"]),
            "compiler": first(["c++", "-dumpfullversion"])}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--compare")
    parser.add_argument("--before", nargs="+", default=[])
    parser.add_argument("--now", nargs="+", required=True)
    options = parser.parse_args()
    rows = rows_of(options.now)
    ratios = {}
    if options.before:
        before = rows_of(options.before)
        ratios = {name: paired(before[name], turns) for name, turns in rows.items()
                  if name in before}
    elif options.compare:
        before = json.loads(pathlib.Path(options.compare).read_text("utf-8"))["rows"]
        ratios = {name: before[name]["cost_ns"] / cost(turns) for name, turns in rows.items()
                  if name in before}
    about = machine()
    print(f"{about['cpu']}, g++ {about['compiler']}, {about['commit']}, {about['date']}")
    if ratios:
        how = "turn by turn" if options.before else f"to {options.compare}"
        print(f"ratio: before / now, {how}; 2.00x is twice as fast")
    grown = print_growth(rows)
    print_tables({name: turns for name, turns in rows.items() if name not in grown}, ratios)
    figures = {name: {"cost_ns": cost(turns), **{k: middle(turns, k) for k in turns[0]}}
               for name, turns in rows.items()}
    file = pathlib.Path(options.json)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**about, "rows": figures}, indent=1) + "\n", encoding="utf-8")
    print(f"\n{len(rows)} rows, also in {file}")


if __name__ == "__main__":
    main()
