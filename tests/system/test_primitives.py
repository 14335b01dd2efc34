"""A long exposure of CsI at the level of primitives."""

import csv
import hashlib
import struct
import sys

import harness

sys.path.insert(0, str(harness.ROOT / "monitoring/python"))
import spillway_file  # noqa: E402

CONFIG = """
[setup]
name = "long"
look_ahead_ns = 20_000_000_000
[facility.ess]
off_offsets_ns = [35_000_000]
[front_end.ess]
source = "simulated"
facility = "ess"
pulse_period_ns = 1_000_000_000
pulse_period_divisor = 14
pulse_length_ns = 2_800_000
protons_per_pulse = 1.11e15
[detector.csi]
facility = "ess"
kind = "csi_laapd"
post_ns = 20_000
stream_bytes_per_second = 300_000
[simulation.csi]
level = "primitives"
signal_rate_scale = 3000
background_rate_scale = 60
"""


# Read only with a coincidence of both sensors, so that most gates are empty.
COINCIDENCE = [f"trigger.csi.{key}" for key in ('readout="coincidence"', "coincidence_primitives=2",
                                                "coincidence_streams=2", "coincidence_group=2")]


def digest(run):
    """The run's digest (daq/model/run_digest.hpp), from the rows and frames that the Python reader gives."""
    parts = []
    for detector in sorted(run.detectors):
        part = hashlib.sha256(b"D" + struct.pack("<Q", len(detector)) + detector.encode())
        for gate, decision in zip(run.gates, run.decisions):
            if run.detectors[gate["detector"]] == detector:
                part.update(struct.pack("<BqqQQI", gate["kind"], gate["begin_ns"], gate["end_ns"], gate["index"],
                                        decision["id"], decision["bits"]))
        parts.append(part)
    for stream in sorted(set(run.stream(row) for row in run.fragments)):
        part = hashlib.sha256(b"S" + struct.pack("<Q", len(stream)) + stream.encode())
        for row in run.fragments:
            if run.stream(row) == stream:
                frames = run.payload(row).tobytes()
                part.update(struct.pack("<QqqBQ", row["decision"], row["window_begin_ns"], row["window_end_ns"],
                                        row["status"], len(frames)) + frames)
        parts.append(part)
    return hashlib.sha256(b"spillway-digest-1" + b"".join(part.hexdigest().encode() for part in parts)).hexdigest()


class Primitives(harness.SystemTest):
    def test_takes_the_same_way_as_raw_frames(self):
        config = self.folder / "long.toml"
        config.write_text(CONFIG)
        runs = {}
        for level in ("raw", "primitives"):
            runs[level] = self.run_complete(config, "--gates", 100, "--seed", 7, "--speed", "max", "--define",
                                            f'simulation.csi.level="{level}"')
            self.verify(runs[level]["run"])
        raw, primitives = runs["raw"], runs["primitives"]
        for key in ("gates", "livetime", "counts"):
            self.assertEqual(raw[key], primitives[key])
        again = self.run_complete(config, "--gates", 100, "--seed", 7, "--speed", "max",
                                  "--define", "readout.csi.processes=2")
        self.assertEqual(again["digest"], primitives["digest"])

    def test_keeps_empty_gates_as_trains_that_mean_their_expansion(self):
        config = self.folder / "long.toml"
        config.write_text(CONFIG)
        arguments = ["--gates", 3000, "--seed", 7, "--speed", "max", "--define", "simulation.csi.noise_singles=false",
                     "--define", "web.enabled=false"]
        for setting in COINCIDENCE:
            arguments += ["--define", setting]
        summary = self.run_complete(config, *arguments)
        self.verify(summary["run"])
        gates, singly, pulses, ids = 0, 0, 0, []
        for path in summary["files"]:
            with spillway_file.EventFile(path) as run:
                gates += len(run.gates)
                singly += len(run.gates) - sum(int(row["count"]) for row in run.decision_trains)
                pulses += len(run.pulses)
                ids += list(run.decisions["id"])
                self.assertEqual(digest(run), summary["digest"])
        self.assertEqual(gates, 6000)
        self.assertEqual(ids, list(range(6000)))
        self.assertGreaterEqual(pulses, 3000)
        self.assertLess(singly, 1200)
        self.assertGreater(summary["counts"][0]["on"], 0)
        # As text, too, nothing may be left out.
        tables = self.folder / "tables"
        done = harness.spillway("export", summary["run"], "--csv", tables, "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(tables / "gates.csv", newline="") as file:
            self.assertEqual(len(list(csv.DictReader(file))), 6000)
        # How data time is cut into messages, and so into trains, changes nothing.
        again = self.run_complete(config, *arguments, "--define", "facility.ess.watermark_period_ns=3_000_000_000",
                                  "--define", "readout.csi.processes=2")
        for key in ("digest", "gates", "livetime", "counts"):
            self.assertEqual(again[key], summary[key])


if __name__ == "__main__":
    harness.main()
