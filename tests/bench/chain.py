#!/usr/bin/python3
"""The whole chain, measured: messages and bytes per second, CPU per frame by service, latency from gate to disk.

    tests/bench/chain.py [--gates 4000] [--rounds 3] [--json]

Throughput is taken at --speed max over a list file with three channels and short gaps, latency at 14 gates a second in
real time. Messages are those on all links between the services, both ways, several frames or primitives to each; credit
is not counted. Wall times include neither start-up nor shutdown of the processes: they are the run's own, from its first
frame to its last durable decision. Say which machine when you quote a figure.
"""

import argparse
import json
import os
import pathlib
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gates", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
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
