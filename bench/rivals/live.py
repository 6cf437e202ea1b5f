"""Whole systems, live, on a PipeWire of their own without sound hardware: what does it cost to have every
program's sound go through them? CPU from the threads' own accounts (/proc/PID/task/*/schedstat), so that a busy
machine does not distort it much; memory as the kernel counts it (VmRSS)."""

import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

QUANTA = (64, 256, 1024)
WINDOW_S = 3.0  # all of them have to fit into the music
TURNS = 5  # the cost of a wake-up drifts with what else the machine does

BANDS = {f"band{i}": {"frequency": 16.0 * 2 ** (i / 3) if i < 31 else 20000.0, "gain": 3.0 if i % 2 else -3.0,
                      "mode": "RLC (BT)", "mute": False, "q": 4.3, "slope": "x1", "solo": False, "type": "Bell",
                      "width": 4.0}
         for i in range(32)}
EASYEFFECTS_PRESET = {"output": {
    "blocklist": [],
    "plugins_order": ["equalizer#0", "compressor#0", "limiter#0"],
    "equalizer#0": {"balance": 0.0, "bypass": False, "input-gain": 0.0, "output-gain": 0.0, "left": BANDS,
                    "right": BANDS, "mode": "IIR", "num-bands": 32, "split-channels": False},
    "compressor#0": {"bypass": False, "threshold": -20.0, "ratio": 4.0, "attack": 10.0, "release": 150.0,
                     "sidechain": {"lookahead": 0.0, "mode": "RMS", "preamp": 0.0, "reactivity": 10.0,
                                   "source": "Middle", "type": "Feed-forward"}},
    "limiter#0": {"bypass": False, "threshold": -6.0, "lookahead": 5.0, "alr": False},
}}


class Session:
    """A bus, PipeWire and WirePlumber that belong to nobody else."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        home = self.folder / "home"
        home.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(home / ".config"), "XDG_STATE_HOME": str(home / ".state"),
            "XDG_DATA_DIRS": "/usr/local/share:/usr/share", "LANG": "C.UTF-8", "GSETTINGS_BACKEND": "memory",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus"}
        self.start("dbus-daemon", "--session", "--nofork", "--nopidfile",
                   f"--address=unix:path={runtime}/bus")
        self.wait_for(lambda: (runtime / "bus").exists(), "dbus-daemon")
        self.pipewire = self.start("pipewire")
        self.wait_for(lambda: (runtime / "pipewire-0").exists(), "pipewire")
        self.start("wireplumber")
        self.run("pw-cli", "create-node", "adapter",
                 "{ factory.name=support.null-audio-sink node.name=speaker media.class=Audio/Sink "
                 "object.linger=true audio.rate=48000 audio.position=[FL FR] }")
        self.wait_for(lambda: "speaker" in self.nodes(), "the sink")

    def start(self, *command, environment=None):
        log = open(self.folder / f"{pathlib.Path(command[0]).name}.log", "ab")  # noqa: SIM115
        process = subprocess.Popen(command, env={**self.environment, **(environment or {})},
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.processes.append(process)
        return process

    def run(self, *command, check=True):
        return subprocess.run(command, env=self.environment, check=check, capture_output=True, text=True,
                              timeout=20).stdout

    def nodes(self):
        try:
            dump = json.loads(self.run("pw-dump"))
        except (subprocess.SubprocessError, json.JSONDecodeError):
            return {}
        return {o["info"]["props"].get("node.name"): o["id"] for o in dump
                if o.get("type") == "PipeWire:Interface:Node" and o.get("info")}

    def links(self):
        """Pairs of node names."""
        dump = json.loads(self.run("pw-dump"))
        names = {node: name for name, node in self.nodes().items()}
        return {(names.get(o["info"]["output-node-id"]), names.get(o["info"]["input-node-id"])) for o in dump
                if o.get("type") == "PipeWire:Interface:Link" and o.get("info")}

    def wait_for(self, condition, what, seconds=20):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if condition():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{what} does not come up")

    def set_quantum(self, frames):
        self.run("pw-metadata", "-n", "settings", "0", "clock.force-quantum", str(frames))

    def play(self, music, target):
        return self.start("pw-play", "--target", str(target), "--media-role", "Music", music)

    def end(self, process):
        if process in self.processes:
            self.processes.remove(process)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def close(self):
        for process in reversed(self.processes[:]):
            self.end(process)


def cpu_ns(pid):
    total = 0
    for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(stat.read_text("ascii").split()[0])
        except (OSError, ValueError):
            pass  # a thread that has just ended
    return total


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def shares(processes):
    """% of a core that each takes."""
    before = [cpu_ns(p.pid) for p in processes]
    began = time.monotonic()
    time.sleep(WINDOW_S)
    passed = 1e9 * (time.monotonic() - began)
    return [100.0 * (cpu_ns(p.pid) - b) / passed for p, b in zip(processes, before)]


def easyeffects(session):
    """EasyEffects with the chain of the other rows; returns the process and the sink's name."""
    folder = pathlib.Path(session.environment["XDG_CONFIG_HOME"]) / "easyeffects" / "output"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(EASYEFFECTS_PRESET), encoding="utf-8")
    display = f":{90 + os.getpid() % 900}"
    session.start("Xvfb", display, "-screen", "0", "640x480x24", "-nolisten", "tcp")
    session.wait_for(lambda: pathlib.Path(f"/tmp/.X11-unix/X{display[1:]}").exists(), "Xvfb")
    session.environment["DISPLAY"] = display
    process = session.start("easyeffects", "--gapplication-service")
    session.wait_for(lambda: "easyeffects_sink" in session.nodes(), "EasyEffects' sink")
    session.run("easyeffects", "-l", "bench", check=False)  # its exit code says nothing
    session.wait_for(lambda: "ee_soe_limiter" in session.nodes(), "EasyEffects' chain")
    log = (session.folder / "easyeffects.log").read_text("utf-8", "replace")
    if "parsing error" in log:
        raise RuntimeError("EasyEffects does not take the preset: " + log[-300:])
    return process, "easyeffects_sink"


FILTER_CHAIN = """
context.properties = {}
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [
  { name = libpipewire-module-rt flags = [ ifexists nofail ] }
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-filter-chain
    args = {
      node.description = "Equalizer"
      filter.graph = { nodes = [ %s ] links = [ %s ] }
      audio.channels = 2
      audio.position = [ FL FR ]
      capture.props = { node.name = "filter_chain" media.class = Audio/Sink }
      playback.props = { node.name = "filter_chain_out" node.passive = true node.target = "speaker" }
    }
  }
]
"""


def filter_chain(session):
    """PipeWire's own: the equalizer alone, for it has neither compressor nor limiter here."""
    nodes = " ".join(f'{{ type = builtin name = band{i} label = bq_peaking control = '
                     f'{{ "Freq" = {band["frequency"]} "Q" = {band["q"]} "Gain" = {band["gain"]} }} }}'
                     for i, band in enumerate(BANDS.values()))
    links = " ".join(f'{{ output = "band{i}:Out" input = "band{i + 1}:In" }}' for i in range(len(BANDS) - 1))
    config = session.folder / "filter-chain.conf"
    config.write_text(FILTER_CHAIN % (nodes, links), encoding="utf-8")
    process = session.start("pipewire", "-c", str(config))
    session.wait_for(lambda: "filter_chain" in session.nodes(), "the filter chain")
    return process, "filter_chain"


def auralis(session, build):
    settings = session.folder / "auralis.toml"
    bands = "\n".join(f"[equalizer.band{i + 1}]\ngain = {3 if i % 2 else -3}" for i in range(32))
    settings.write_text("[compressor]\nenabled = true\nthreshold = -20\nratio = 4\n[multiband]\nenabled = true\n"
                        f"bands = 6\n[limiter]\nceiling = -6\n{bands}\n", encoding="utf-8")
    daemon = f"{build}/daemon/auralisd"
    process = session.start(daemon, "--device", "pipewire", "--config", str(settings), "--socket",
                            str(session.folder / "control.sock"))
    session.wait_for(lambda: "auralis" in session.nodes() or process.poll() is not None, "auralisd")
    if process.poll() is not None:
        raise RuntimeError("auralisd ended: "
                           + (session.folder / "auralisd.log").read_text("utf-8", "replace")[-300:])
    return process, "auralis"


def measure_one(session, music, make, name):
    """{quantum: (% of the program, % of PipeWire)}, MiB."""
    process, sink = make(session) if make else (None, "speaker")
    player = session.play(music, sink)
    found = {}
    session.wait_for(lambda: any(link[1] == sink for link in session.links()), f"the player at {sink}")
    if make:
        session.wait_for(lambda: any(link[1] == "speaker" for link in session.links()),
                         f"{name} at the sink")
    for quantum in QUANTA:
        session.set_quantum(quantum)
        time.sleep(1.0)
        watched = [session.pipewire] + ([process] if process else [])
        cpu = shares(watched)
        found[quantum] = (cpu[1] if process else 0.0, cpu[0])
        if player.poll() is not None:
            raise RuntimeError("the player ended too soon")
    memory = resident_mib(process.pid) if process else 0.0
    session.end(player)
    if process:
        session.end(process)
    return found, memory


def measure(report, build, music):
    print("\nlive: % of one core at quantum 64, 256, 1024: program + sound server, less direct playback")
    for needed in ("pipewire", "wireplumber", "dbus-daemon", "pw-play", "pw-dump"):
        if shutil.which(needed) is None:
            report.skip("live", f"{needed} is not installed")
            return
    candidates = [("direct playback, PipeWire alone", None)]
    if pathlib.Path(build, "daemon/auralisd").exists():
        candidates.append(("Auralis, EQ 32 + compressor + multiband + limiter, meters",
                           lambda session: auralis(session, build)))
    else:
        report.skip("Auralis, live", "auralisd is not built")
    candidates.append(("PipeWire's filter-chain, EQ 32 alone", filter_chain))
    if shutil.which("easyeffects") and shutil.which("Xvfb"):
        candidates.append(("EasyEffects, EQ 32 + compressor + limiter", easyeffects))
    else:
        report.skip("EasyEffects, live", "easyeffects or xvfb is not installed")
    costs = {}  # of each turn, for each who ran in it
    parts = {}
    for turn in range(TURNS):
        direct = None
        for name, make in candidates:
            try:
                found, memory = in_a_session_of_its_own(music, make, name)
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                report.skip(name, str(error))
                continue
            direct = found if make is None else direct
            if direct is None:
                continue
            costs.setdefault(name, {})[turn] = {
                q: sum(found[q]) - (direct[q][1] if make else 0.0) for q in QUANTA}
            parts.setdefault(name, []).append((found, memory))
    ours = next((turns for name, turns in costs.items() if name.startswith("Auralis")), {})
    for name, make in candidates:
        if name not in costs:
            continue
        turns = costs[name]
        cost = {q: statistics.median(turn[q] for turn in turns.values()) for q in QUANTA}
        ratios = sorted(turns[t][64] / ours[t][64] for t in turns if t in ours)
        ratio = (f"{statistics.median(ratios):6.2f}x ({ratios[0]:.1f}..{ratios[-1]:.1f})"
                 if make and ours is not turns and ratios else "")
        both = ", ".join(" + ".join(f"{statistics.median(found[q][i] for found, _ in parts[name]):.1f}"
                                    for i in (0, 1)) for q in QUANTA)
        memory = statistics.median(mib for _, mib in parts[name])
        report.show(name, [f"{cost[q]:.2f}" for q in QUANTA], ratio,
                    f"({both})" + (f", {memory:.0f} MiB" if make else ""))


def in_a_session_of_its_own(music, make, name):
    with tempfile.TemporaryDirectory(prefix="auralis-live-") as folder:
        session = Session(folder)
        try:
            return measure_one(session, music, make, name)
        finally:
            session.close()
