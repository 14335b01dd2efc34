"""The simulated demonstration: CsI at the ESS and the LArTPC at the LHC dump, through the whole chain."""

import json
import math

import h5py

import harness

DEMO = harness.ROOT / "deploy/configs/demo.toml"
GATES = 300 if harness.LONG else 60  # 60: one dump and its off-gate among 59 spills


def define(**values):
    words = []
    for key, value in values.items():
        words += ["--define", f"{key.replace('__', '.')}={value}"]
    return words


class Demo(harness.SystemTest):
    def take(self, *arguments, seed=7, speed="max", complete=True):
        words = [DEMO, "--gates", GATES, "--speed", speed, "--define", "web.enabled=false", *arguments]
        if seed is not None:
            words += ["--seed", seed]
        if complete:
            return self.run_complete(*words)
        run = harness.Run(*words, "--data", self.data)
        self.addCleanup(run.stop_hard)
        return run.finish(timeout=300)[1]

    def test_the_digest_depends_on_the_seed_alone(self):
        live = self.take()
        self.assertEqual(live["gates"]["lhc"]["on"] + live["gates"]["ess"]["on"], GATES)
        self.assertGreaterEqual(live["gates"]["lhc"]["off"], 1)
        self.verify(live["run"])
        recording = self.folder / "recording"
        done = harness.spillway("generate", DEMO, "--gates", GATES, "--out", recording, "--seed", 7, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads((recording / "manifest.json").read_text())["seed"], 7)
        others = [self.take(speed="5"), self.take(*define(readout__lartpc__processes=4)),
                  self.take("--replay", recording, seed=None)]
        for other in others:
            self.assertEqual(other["digest"], live["digest"])
            self.assertEqual(other["counts"], live["counts"])
            self.assertEqual(*({s["stream"]: s["frames_received"] for s in run["streams"]} for run in (other, live)))
        self.assertNotEqual(self.take(seed=8)["digest"], live["digest"])

    def test_excess_and_truth_agree(self):
        for counts in self.take()["counts"]:
            expected = counts["efficiency"] * counts["truth_signal_on"]
            spread = math.sqrt(counts["on"] + counts["alpha"] ** 2 * counts["off"])
            self.assertLessEqual(abs(counts["excess"] - expected), 3 * max(spread, 1), counts)
        self.assertEqual(counts["detector"], "lartpc")
        self.assertEqual((counts["signal_rate_scale"], counts["background_rate_scale"]), (1, 1))

    def test_a_dump_reported_late_loses_nothing_and_one_beyond_the_bound_is_booked(self):
        patient = define(setup__look_ahead_ns=8_000_000_000, readout__csi__ring_bytes=200_000_000,
                         readout__lartpc__ring_bytes=700_000_000, front_end__lhc__report_delay_spread_ns=0)
        prompt = self.take(*patient, *define(front_end__lhc__report_delay_ns=0))
        late = self.take(*patient, *define(front_end__lhc__report_delay_ns=5_000_000_000,
                                           facility__lhc__max_pulse_lateness_ns=5_000_000_000))
        self.assertEqual(late["digest"], prompt["digest"])
        beyond = self.take(*patient, *define(front_end__lhc__report_delay_ns=2_000_000_000,
                                             facility__lhc__max_pulse_lateness_ns=1_000_000_000))
        self.assertEqual(beyond["gates"]["lhc"], {"on": 0, "off": 0})
        self.assertGreaterEqual(beyond["late_pulses"]["lhc"], 1)

    def fragments(self, summary, detector):
        """{(stream, decision): CRC of the payload} of a detector."""
        found = {}
        for path in summary["files"]:
            with h5py.File(path) as file:
                streams = [name.decode() for name in file["streams"]["name"]]
                for row in file["fragments"][:]:
                    stream = streams[row["stream"]]
                    if stream.startswith(detector + "/"):
                        found[stream, int(row["decision"])] = (int(row["crc32c"]), int(row["status"]))
        return found

    def test_every_fault_is_counted_by_reason_and_leaves_the_rest_alone(self):
        good = self.take()
        cases = {"truncated": ("frames_rejected", "truncated"), "wrong_version": ("frames_rejected", "bad_version"),
                 "repeated": ("frames_rejected", "repeated"), "reordered": ("frames_rejected", "bad_time"),
                 "bit_flip": ("frames_rejected", "bad_crc"), "time_jump": ("frames_rejected", "bad_time"),
                 "silent": ("frames_lost", "sequence_gap")}
        for fault, (book, reason) in cases.items():
            with self.subTest(fault=fault):
                rate = 0.0005 if fault in ("silent", "bit_flip") else 0.002
                spoilt = self.take(*define(**{f"front_end__lhc__fault_{fault}": rate}), complete=False)
                streams = [s for s in spoilt["streams"] if s["stream"].startswith("lartpc/")]
                self.assertGreater(sum(s[book].get(reason, 0) for s in streams), 0)
                self.check_books(spoilt)
                self.verify(spoilt["run"])
                self.assertEqual(self.fragments(spoilt, "csi"), self.fragments(good, "csi"))
                whole = {s["stream"] for s in streams if not s["frames_rejected"] and not s["frames_lost"]}
                self.assertTrue(whole)
                before, after = self.fragments(good, "lartpc"), self.fragments(spoilt, "lartpc")
                for key in before:
                    if key[0] in whole:
                        self.assertEqual(after[key], before[key])

    def test_a_drifting_clock_is_noticed_once_its_frames_leave_the_time_they_were_promised_for(self):
        good = self.take()
        spoilt = self.take(*define(front_end__lhc__fault_clock_drift_ppm=500), complete=False)
        streams = [s for s in spoilt["streams"] if s["stream"].startswith("lartpc/")]
        self.assertTrue(all(s["frames_rejected"].get("bad_time", 0) > 0 for s in streams), streams[0])
        self.check_books(spoilt)
        self.verify(spoilt["run"])
        self.assertEqual(self.fragments(spoilt, "csi"), self.fragments(good, "csi"))


if __name__ == "__main__":
    harness.main()
