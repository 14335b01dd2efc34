"""The Python reader, on a run of a liquid-argon TPC whose frames are compressed, or not."""

import pathlib
import sys
import tempfile

import numpy

import harness

sys.path.insert(0, str(harness.ROOT / "monitoring/python"))
import spillway_file  # noqa: E402

DEMO = harness.ROOT / "deploy/configs/demo.toml"


class EventFileReader(harness.SystemTest):
    def take(self, compression):
        return self.run_complete(DEMO, "--gates", 30, "--speed", "max", "--seed", 3, "--define", "web.enabled=false",
                                 "--define", f"storage.compression={compression}")

    def test_gives_the_same_frames_whatever_the_compression(self):
        runs = {compression: self.take(compression) for compression in ("none", "fast", "dense")}
        self.assertEqual(len({run["digest"] for run in runs.values()}), 1)
        self.assertEqual(len({str(run["counts"]) for run in runs.values()}), 1)
        for run in runs.values():
            self.verify(run["run"])
        files = [spillway_file.EventFile(run["files"][0]) for run in runs.values()]
        for file in files:
            self.addCleanup(file.close)
        compressed = 0
        for plain, fast, dense in zip(*(file.fragments for file in files)):
            expected = files[0].payload(plain)
            self.assertEqual(plain["codec"], 0)
            if plain["encoding"] >> 16 != spillway_file.WIBETH or plain["frames"] == 0:
                continue
            self.assertEqual((fast["codec"], dense["codec"]), (1, 2))
            # Noise of 7.3 counts, against the 4 for which more is promised: 5.6 bits a sample in the fast mode.
            self.assertLess(2.4 * fast["length"], plain["length"])
            self.assertLess(dense["length"], fast["length"])
            compressed += 1
            if compressed % 10 != 1:  # numpy takes its time
                continue
            for file, row in zip(files[1:], (fast, dense)):
                numpy.testing.assert_array_equal(file.payload(row), expected)
        self.assertGreater(compressed, 10)
        row = next(row for row in files[1].fragments if row["codec"] == 1)
        samples = files[1].wibeth_samples(row)
        self.assertEqual(samples.shape, (row["frames"], 64, 64))
        frames = files[1].payload(row).reshape(-1, 7200)
        for field, wrong in (("offset", row["offset"] + 10**9), ("length", 10**12), ("stream", 99), ("codec", 3),
                             ("frames", row["frames"] + 1)):
            forged = row.copy()
            forged[field] = wrong
            with self.assertRaises(ValueError, msg=field):
                files[1].payload(forged)
        first_two = frames[:, 32:35].astype(int) @ [1, 1 << 8, 1 << 16]
        numpy.testing.assert_array_equal(samples[:, 0, 0], first_two & 0x3FFF)

    def test_gives_odd_samples_and_headers_back_and_refuses_damage(self):
        generator = numpy.random.default_rng(1)
        with tempfile.TemporaryDirectory() as folder:
            raw = pathlib.Path(folder) / "raw"
            done = harness.spillway("generate", "--set", "T1", "--frames", 40, "--out", raw)
            self.assertEqual(done.returncode, 0, done.stderr)
            frames = numpy.fromfile(raw, numpy.uint8).reshape(-1, 7200)
        samples = spillway_file.wibeth_samples(frames)
        self.assertEqual(samples.shape, (40, 64, 64))
        self.assertTrue(800 < numpy.median(samples) < 2500)
        stored = b"SPWADC\1\0" + bytes(8)
        numpy.testing.assert_array_equal(spillway_file.decode_adc(numpy.frombuffer(stored + bytes(21600), numpy.uint8), 3),
                                         numpy.zeros(21600))
        for damaged in (b"", b"SPWADC\1\1", b"SPWADC\2\1" + bytes(500), generator.bytes(1000), stored,
                        stored + bytes(21599), b"SPWADC\1\0" + b"\3" + bytes(7 + 21600)):
            with self.assertRaises(ValueError):
                spillway_file.decode_adc(numpy.frombuffer(damaged, numpy.uint8), 3)


if __name__ == "__main__":
    harness.main()
