#!/usr/bin/python3
"""The whole chain, measured: messages and bytes per second, CPU per frame by service, latency from gate to disk.

    tests/bench/chain.py [--gates 4000] [--rounds 3] [--json]
    tests/bench/chain.py --lartpc [--gates 6] [--rounds 3] [--json]

Throughput is taken at --speed max over a list file with three channels and short gaps, latency at 14 gates a second in
real time. Messages are those on all links between the services, both ways, several frames or primitives to each; credit
is not counted. Wall times include neither start-up nor shutdown of the processes: they are the run's own, from its first
frame to its last durable decision. Say which machine when you quote a figure.

--lartpc takes the LArTPC's chain apart: the same frames through simulation, decoding, finding, building (copies, both
checksums, digest) and writing by direct calls on one core, and as a run of the whole demonstration's detector, whose
processes' CPU beyond the sum of these is the links'. Each stage's fraction is of the run's CPU. Its last line holds a
readout process against what it is made of: the finder, and a link with its checksums (both ends, spillway-bench).
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SPILLWAY_BIN", ROOT / "build/release/bin"))
CONFIG = ROOT / "deploy/configs/recorded.toml"


def list_file(folder, gates, period_ms):
    file = folder / f"list_{gates}_{period_ms}.bin"
    subprocess.run([BIN / "spillway-front-end", "--write-list-file", file, "--gates", str(gates), "--period-ms",
                    str(period_ms), "--channels", "0,2,3"], check=True, stdout=subprocess.DEVNULL)
    return file


def run(folder, file, *arguments):
    done = subprocess.run([BIN / "spillway", "run", CONFIG, "--replay", file, "--data", folder, "--json", "--define",
                           "detector.dt5730.channels=[0,2,3]", "--define", "web.enabled=false", *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def lartpc_run(folder, gates):
    """The demonstration's LArTPC alone, a dump every 5 s of data time."""
    text = (ROOT / "deploy/configs/demo.toml").read_text()
    head, facilities = text.split("# ---- European", 1)
    config = folder / "lartpc.toml"
    config.write_text(head + "# ---- LHC" + facilities.split("# ---- LHC", 1)[1])
    done = subprocess.run([BIN / "spillway", "run", config, "--gates", str(gates), "--speed", "max", "--seed", "7",
                           "--data", folder, "--json", "--define", "web.enabled=false"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(done.stderr)
    summary = json.loads(done.stdout)
    shutil.rmtree(folder / f"run{summary['run']:06d}", ignore_errors=True)
    return summary


def lartpc_stages(folder):
    for old in folder.glob("stages.*"):
        old.unlink()
    done = subprocess.run([BIN / "spillway-lartpc-stages", ROOT / "deploy/configs/demo.toml", folder, "4"],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def link_us():
    """Processor time a frame of a link on one host, checksums included, both ends."""
    done = subprocess.run([BIN / "spillway-bench", "--filter", "link.host", "--json"], stdout=subprocess.PIPE, text=True,
                          check=True)
    return next(row["us_per_frame"]["ours"] for row in json.loads(done.stdout)["rows"] if row["set"] == "crc")


def lartpc(options):
    with tempfile.TemporaryDirectory(prefix="spillway-bench-") as name:
        folder = pathlib.Path(name)
        apart = [lartpc_stages(folder) for _ in range(options.rounds)]
        runs, links = [], []
        for _ in range(options.rounds):
            runs.append(lartpc_run(folder, options.gates or 6))
            links.append(link_us())
    size = apart[0]["bytes"] / apart[0]["frames"]
    cost = {stage: statistics.median(a["stages"][stage]["cpu_s"] / a["frames"] for a in apart)
            for stage in apart[0]["stages"]}
    frames = sum(stream["frames_sent"] for stream in runs[0]["streams"])
    # The online stage reads the finished events; it is not part of the chain from wire to disk.
    whole = statistics.median(sum(cpu for process, cpu in run["performance"]["cpu_s"].items() if process != "online")
                              for run in runs) / frames
    cost["link"] = whole - sum(cost.values())
    order = ("simulation", "link", "decode", "find", "build", "write")
    result = {
        "frames": frames,
        "stages": {stage: {"frames_per_s": 1 / cost[stage], "mb_per_s": size / cost[stage] / 1e6,
                           "fraction": cost[stage] / whole} for stage in order},
        "run": {"frames_per_s": frames / statistics.median(run["performance"]["wall_s"] for run in runs),
                "cpu_us_per_frame": {process: 1e6 * statistics.median(run["performance"]["cpu_s"][process]
                                                                      for run in runs) / frames
                                     for process in sorted(runs[0]["performance"]["cpu_s"])}},
    }
    find, link = 1e6 * cost["find"], statistics.median(links)
    readout = result["run"]["cpu_us_per_frame"]["readout.lartpc.0"]
    result["readout"] = {"us_per_frame": readout, "find_us": find, "link_us": link, "fraction": (find + link) / readout}
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{'stage':12s} {'frames/s':>12s} {'MB/s':>10s} {'of CPU':>8s}")
    for stage, row in result["stages"].items():
        print(f"{stage:12s} {row['frames_per_s']:12.0f} {row['mb_per_s']:10.0f} {100 * row['fraction']:7.1f}%")
    print(f"{frames} frames of {size:.0f} bytes as a run: {result['run']['frames_per_s']:.0f} frames/s, "
          f"{result['run']['frames_per_s'] * size / 1e6:.0f} MB/s, {1e6 * whole:.2f} us CPU a frame")
    for process, us in result["run"]["cpu_us_per_frame"].items():
        print(f"  {process:24s} {us:9.2f} us CPU a frame")
    print(f"finder {find:.2f} and link {link:.2f} us, the readout {readout:.2f}: {100 * (find + link) / readout:.0f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gates", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lartpc", action="store_true", help="the stages of the LArTPC's chain")
    options = parser.parse_args()
    if options.lartpc:
        lartpc(options)
        return
    options.gates = options.gates or 4000
    with tempfile.TemporaryDirectory(prefix="spillway-bench-") as name:
        folder = pathlib.Path(name)
        file = list_file(folder, options.gates, 71)
        rounds = [run(folder / "max", file, "--speed", "max") for _ in range(options.rounds)]
        paced = run(folder / "paced", list_file(folder, 140, 71), "--speed", "realtime")
    frames = sum(stream["frames_sent"] for stream in rounds[0]["streams"])
    size = 2025 * frames
    performance = [summary["performance"] for summary in rounds]
    seconds = statistics.median(p["wall_s"] for p in performance)
    messages = statistics.median(sum(p["messages"].values()) for p in performance)
    processes = sorted(performance[0]["cpu_s"])
    result = {
        "frames": frames,
        "frames_per_s": frames / seconds,
        "messages_per_s": messages / seconds,
        "mb_per_s": size / seconds / 1e6,
        "cpu_us_per_frame": {p: 1e6 * statistics.median(q["cpu_s"][p] for q in performance) / frames
                             for p in processes},
        "latency_ms_at_14_hz": {"p50": paced["performance"]["latency_p50_ms"],
                                "p99": paced["performance"]["latency_p99_ms"]},
    }
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{frames} frames of 2025 bytes in {seconds:.2f} s (median of {options.rounds}): "
          f"{result['messages_per_s']:.0f} messages/s, {result['frames_per_s']:.0f} frames/s, "
          f"{result['mb_per_s']:.1f} MB/s")
    for process, us in result["cpu_us_per_frame"].items():
        print(f"  {process:24s} {us:9.2f} us CPU a frame")
    print(f"gate to disk at 14 Hz: p50 {result['latency_ms_at_14_hz']['p50']:.2f} ms, "
          f"p99 {result['latency_ms_at_14_hz']['p99']:.2f} ms")


if __name__ == "__main__":
    main()
