"""A recorded list file through the whole chain."""

import json

import h5py

import harness


class Recorded(harness.SystemTest):
    def play(self, file, channels, *arguments):
        """Runs the file twice as fast as possible and once paced, with one readout process and with two."""
        variants = [("--speed", "max"), ("--speed", "max"),
                    ("--speed", "max", "--define", "readout.dt5730.processes=2"),
                    ("--speed", "realtime")]
        summaries = [self.run_complete(harness.RECORDED, "--replay", file, *variant, *arguments)
                     for variant in variants]
        self.assertEqual(len({s["digest"] for s in summaries}), 1, [s["digest"] for s in summaries])
        self.assertEqual([s["run"] for s in summaries], [1, 2, 3, 4])
        for summary in summaries:
            self.check(summary, file, channels)
            self.verify(summary["run"])
        return summaries[0]

    def check(self, summary, file, channels):
        recorded = harness.read_list_file(file)
        gates = len(recorded[1])
        self.assertEqual(summary["gates"], {"bench": {"on": gates, "off": gates}})
        self.assertEqual([c["detector"] for c in summary["counts"]], ["dt5730"])
        for stream, channel in zip(summary["streams"], channels, strict=True):
            self.assertEqual(stream["stream"], f"dt5730/{channel}")
            self.assertEqual(stream["frames_sent"], len(recorded[channel]))
            self.assertEqual(stream["frames_received"], len(recorded[channel]))
            self.assertEqual(stream["frames_lost"], {})
            self.assertEqual(stream["fragments_requested"], 2 * gates)
            self.assertEqual(stream["fragments_built"], 2 * gates)
        lines = {line["gate"]: line for line in summary["livetime"]}
        self.assertEqual(lines["on"]["wall_ns"], gates * 4000)
        self.assertEqual(lines["off"]["live_ns"], gates * 4000)
        self.assertEqual(lines["on"]["dead_ns"], {})
        with h5py.File(summary["files"][0]) as event_file:
            self.check_samples(event_file, recorded)

    def check_samples(self, event_file, recorded):
        """Every byte of every record that a window asked for is in the file, and nothing else is."""
        streams = [name.decode() for name in event_file["streams"]["name"]]
        self.assertEqual(list(event_file["clocks"]["stream"]), list(range(len(streams))))
        stored = {}
        for row in event_file["fragments"][:]:
            stream = streams[row["stream"]]
            payload = event_file["payload"][stream][row["offset"]:row["offset"] + row["length"]].tobytes()
            if payload:
                stored.setdefault(int(stream.split("/")[1]), []).append(payload)
        for channel, payloads in stored.items():
            self.assertEqual(payloads, [record for _, record, _ in recorded[channel]])

    def test_a_file_of_our_own_goes_through(self):
        summary = self.play(self.list_file(gates=20), [0])
        counts = summary["counts"][0]
        self.assertEqual((counts["on"], counts["off"], counts["alpha"], counts["excess"]), (20, 0, 1.0, 20.0))
        self.assertLess(counts["excess_low"], 20)
        self.assertGreater(counts["excess_high"], 20)
        self.assertIsNone(counts["truth_signal_on"])
        self.assertIsNone(counts["efficiency"])

    def test_several_channels_share_two_readouts(self):
        self.play(self.list_file(gates=20, channels="0,2,3"), [0, 2, 3], "--define", "detector.dt5730.channels=[0,2,3]")

    def test_the_recorded_digitiser_file_goes_through(self):
        file = harness.real_list_file()
        if file is None:
            self.skipTest("SPILLWAY_TEST_DATA does not name the comparison data")
        summary = self.play(file, [0])
        counts = summary["counts"][0]
        self.assertEqual((counts["on"], counts["off"]), (51, 0))

    def test_a_run_ends_at_the_asked_gate_or_time(self):
        file = self.list_file(gates=20)
        summary = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max", "--gates", "7")
        self.assertEqual(summary["gates"]["bench"]["on"], 7)
        times = [t for t, _, _ in harness.read_list_file(file)[1]]
        run_line = [line for line in summary["livetime"] if line["gate"] == "run"][0]
        self.assertEqual(run_line["wall_ns"], times[7] // 1000 - 1000)
        summary = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max", "--duration", "0.95")
        run_line = [line for line in summary["livetime"] if line["gate"] == "run"][0]
        self.assertEqual(run_line["wall_ns"], 950_000_000)

    def test_roll_over_changes_neither_digest_nor_books(self):
        file = self.list_file(gates=40)
        plain = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max")
        rolled = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max",
                                   "--define", "storage.roll_over_bytes=65536", "--define", "storage.chunk_bytes=16384")
        self.assertGreater(len(rolled["files"]), 1)
        for key in ("digest", "gates", "streams", "livetime", "counts"):
            self.assertEqual(json.dumps(plain[key]), json.dumps(rolled[key]), key)
        self.verify(rolled["run"])

    def test_real_time_priority_changes_nothing_but_who_waits(self):
        file = self.list_file(gates=20)
        digests = set()
        for wanted in ("false", "true"):
            summary = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "realtime",
                                        "--define", f"setup.realtime={wanted}")
            digests.add(summary["digest"])
            latency = summary["performance"]["latency_by_detector"]["dt5730"]
            self.assertGreater(latency["p99_ms"], 0)
            self.assertGreaterEqual(latency["p99_ms"], latency["p50_ms"])
        self.assertEqual(len(digests), 1)

    def test_files_not_to_be_kept_are_verified_and_deleted(self):
        file = self.list_file(gates=40)
        plain = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max")
        rolling = ("--define", "storage.roll_over_bytes=65536", "--define", "storage.chunk_bytes=16384")
        status, unkept, errors = self.start(harness.RECORDED, "--replay", file, "--speed", "max", *rolling,
                                            "--define", 'storage.keep="none"').finish()
        self.assertEqual((status, unkept["condition"], unkept["files"]), (0, "COMPLETE", []), errors)
        self.assertRegex(unkept["reasons"][0], r"[0-9]+ event files of .* verified and deleted")
        for key in ("digest", "gates", "streams", "livetime", "counts"):
            self.assertEqual(json.dumps(plain[key]), json.dumps(unkept[key]), key)
        self.assertEqual(list(self.data.glob("run000002/*.h5*writing")) + list(self.data.glob("run000002/*.h5")), [])


if __name__ == "__main__":
    harness.main()
