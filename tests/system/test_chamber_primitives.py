"""The chamber at the level of primitives: what a raw run of the same seed counts, at a fraction of its bytes."""

import csv
import math
import pathlib
import sys

import numpy

import harness

sys.path.insert(0, str(harness.ROOT / "monitoring/python"))
import spillway_file  # noqa: E402

YEAR = harness.ROOT / "deploy/configs/level_year.toml"
THRESHOLD = 30
DUMPS = 24 if harness.LONG else 4
TICK_NS, SAMPLE_TICKS = 16, 32
# All collection wires and some of both inductions.
LINKS = [0, 40, *range(62, 88), *range(150, 176)]
SETTINGS = {"readout.lartpc.collection_threshold_adc": THRESHOLD, "detector.lartpc.links": LINKS,
            "readout.lartpc.induction_threshold_adc": THRESHOLD, "simulation.lartpc.signal_rate_scale": 4,
            "simulation.lartpc.background_rate_scale": 8, "storage.keep": '"all"', "storage.compression": '"none"',
            "web.enabled": "false"}
PRIMITIVE = numpy.dtype([("time_start_ns", "<i8"), ("duration_ns", "<u4"), ("peak_offset_ns", "<u4"),
                         ("channel", "<u4"), ("integral", "<u4"), ("peak", "<u2"), ("samples", "<u2"),
                         ("flags", "<u4")])


def arguments(level="primitives", **more):
    words = [YEAR, "--gates", DUMPS, "--speed", "max"]
    for key, value in {**SETTINGS, "simulation.lartpc.level": f'"{level}"', **more}.items():
        words += ["--define", f"{key}={value}"]
    return words


class ChamberPrimitives(harness.SystemTest):
    def take(self, level="primitives", seed=7, **more):
        return self.run_complete(*arguments(level, **more), *(["--seed", seed] if seed is not None else []))

    def files(self, summary):
        for path in summary["files"]:
            with spillway_file.EventFile(path) as run:
                yield run

    def rows(self, summary):
        return [tuple(row) for run in self.files(summary) for row in run.decisions]

    def hits_in_frames(self, summary, epoch_ns):
        """{(stream, window): hits} that `spillway primitives` finds in the frames of a raw run and that are on during
        their window: (begin, samples, channel, integral, peak, time of the peak)."""
        found = {}
        file, table = self.folder / "link.bin", self.folder / "link.csv"
        for run in self.files(summary):
            for fragment in run.fragments:
                window = int(fragment["window_begin_ns"]), int(fragment["window_end_ns"])
                frames = run.payload(fragment).tobytes()
                # A frame much later ends the hits of the window.
                last = bytearray(frames[-spillway_file.FRAME_BYTES:])
                last[8:16] = (int.from_bytes(last[8:16], "little") + 2**40).to_bytes(8, "little")
                file.write_bytes(frames + bytes(last))
                done = harness.spillway("primitives", file, "--threshold", THRESHOLD, "--csv", table)
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(table, newline="") as text:
                    rows = [{key: int(value) for key, value in row.items()} for row in csv.DictReader(text)]
                found[run.stream(fragment), window] = sorted(
                    (begin, row["time_over_threshold"], row["channel"], row["integral"], row["peak"],
                     epoch_ns + TICK_NS * row["time_peak"])
                    for row in rows
                    for begin in [epoch_ns + TICK_NS * row["time_start"]]
                    if begin < window[1] and begin + TICK_NS * SAMPLE_TICKS * row["time_over_threshold"] > window[0])
        return found

    def hits_in_primitives(self, summary):
        found = {}
        for run in self.files(summary):
            for row in run.fragments:
                hits = numpy.frombuffer(run.payload(row).tobytes(), PRIMITIVE)
                found[run.stream(row), (int(row["window_begin_ns"]), int(row["window_end_ns"]))] = sorted(
                    (int(hit["time_start_ns"]), int(hit["samples"]), int(hit["channel"]), int(hit["integral"]),
                     int(hit["peak"]), int(hit["time_start_ns"]) + int(hit["peak_offset_ns"]))
                    for hit in hits
                    if hit["time_start_ns"] < row["window_end_ns"]
                    and hit["time_start_ns"] + hit["duration_ns"] > row["window_begin_ns"])
        return found

    def test_counts_what_a_raw_run_counts(self):
        raw, primitives = self.take("raw"), self.take()
        for key in ("gates", "livetime", "counts", "decisions"):
            self.assertEqual(raw[key], primitives[key])
        self.assertGreater(raw["counts"][0]["on"], 10)
        self.assertEqual(self.rows(raw), self.rows(primitives))
        for summary in (raw, primitives):
            self.verify(summary["run"])
        epoch = 1_767_225_600_000_000_000  # TAI, 2026-01-01
        in_frames, in_primitives = self.hits_in_frames(raw, epoch), self.hits_in_primitives(primitives)
        self.assertEqual(len(in_frames), 2 * DUMPS * len(LINKS))
        self.assertGreater(sum(map(len, in_frames.values())), 1000 * DUMPS)
        self.assertEqual(in_primitives, in_frames)
        stored = {level: sum(sum(int(row["length"]) for row in run.fragments) for run in self.files(summary))
                  for level, summary in (("raw", raw), ("primitives", primitives))}
        self.assertLess(100 * stored["primitives"], stored["raw"])

    def test_excess_and_truth_agree(self):
        counts = self.take()["counts"][0]
        expected = counts["efficiency"] * counts["truth_signal_on"]
        spread = math.sqrt(counts["on"] + counts["alpha"] ** 2 * counts["off"])
        self.assertGreater(expected, 10)
        self.assertLessEqual(abs(counts["excess"] - expected), 3 * spread, counts)

    def test_the_digest_depends_on_the_seed_alone(self):
        live = self.take()
        self.verify(live["run"])
        recording = self.folder / "recording"
        done = harness.spillway("generate", *[word for word in arguments() if word not in ("--speed", "max")],
                                "--out", recording, "--seed", 7)
        self.assertEqual(done.returncode, 0, done.stderr)
        replayed = self.run_complete(*arguments(), "--replay", recording)
        others = [replayed, self.take(**{"readout.lartpc.processes": 3}),
                  self.take(**{"facility.lhc.watermark_period_ns": 700_000_000_000})]
        for other in others:
            for key in ("digest", "counts", "livetime"):
                self.assertEqual(other[key], live[key])
        self.assertNotEqual(self.take(seed=8)["digest"], live["digest"])
        tables = self.folder / "tables"
        done = harness.spillway("export", live["run"], "--csv", tables, "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(pathlib.Path(tables) / "fragments.csv", newline="") as file:
            self.assertEqual(len(list(csv.DictReader(file))), 2 * DUMPS * len(LINKS))

    def test_refuses_datagrams_and_a_selection_below_the_readouts_threshold(self):
        for key, value, at in (("front_end.lhc.transport", '"udp"', "front_end.lhc.transport"),
                               ("online.lartpc.hit_threshold_adc", 25, "readout.lartpc.collection_threshold_adc")):
            done = harness.spillway("run", *arguments(**{key: value}), "--data", self.data)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(at, done.stderr)


if __name__ == "__main__":
    harness.main()
