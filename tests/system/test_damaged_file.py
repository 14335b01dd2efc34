"""A call into HDF5 that fails in the middle of a run."""

import os
import resource
import unittest

import harness


class DamagedFile(harness.SystemTest):
    def test_the_run_goes_on_in_a_new_file_and_nothing_is_lost(self):
        channels = "0,2,3,4,5,6,7,8"
        options = ("--replay", self.list_file(gates=400, channels=channels, period_ms=20), "--define",
                   f"detector.dt5730.channels=[{channels}]", "--define", "storage.chunk_bytes=16384")
        expected = self.run_complete(harness.RECORDED, *options, "--speed", "max", data=self.folder / "reference")

        run = self.start(harness.RECORDED, *options, "--speed", "realtime")
        folder = self.data / "run000001"
        file = folder / "run000001_0000.h5.writing"
        # Longer than the journal, which cannot grow either.
        harness.wait_for(lambda: file.exists() and os.stat(file).st_size > 5 << 19 or run.process.poll() is not None,
                         "some events")
        builder = run.pid_of("event_builder")
        unlimited = resource.prlimit(builder, resource.RLIMIT_FSIZE, (os.stat(file).st_size, resource.RLIM_INFINITY))
        harness.wait_for(lambda: (folder / "run000001_0001.h5.writing").exists() or run.process.poll() is not None,
                         "the next file")
        resource.prlimit(builder, resource.RLIMIT_FSIZE, unlimited)
        status, summary, err = run.finish()

        self.assertEqual((status, summary["condition"]), (1, "INCOMPLETE"), err)
        self.assertEqual([reason for reason in summary["reasons"] if "spillway recover" not in reason], [])
        self.check_books(summary)
        for key in ("digest", "streams", "livetime", "counts"):
            self.assertEqual(summary[key], expected[key], key)
        self.assertIn("was never closed", self.verify(1, good=False)["complaints"][0])
        # The files that followed may have met the limit, too, before it was lifted.
        for damaged in sorted(folder.glob("*.writing")):
            recovered = harness.spillway("recover", damaged)
            self.assertEqual(recovered.returncode, 0, recovered.stdout + recovered.stderr)
        self.assertEqual(self.verify(1)["digest"], expected["digest"])


if __name__ == "__main__":
    unittest.main()
