"""A call into HDF5, or one that waits for the disk, that fails in the middle of a run."""

import os
import resource
import unittest

import harness


class DamagedFile(harness.SystemTest):
    def check_that_it_goes_on(self, fail, mend, env=None):
        """`fail(builder, file)` makes the event builder's file fail, `mend(builder)` lets the next ones be."""
        channels = "0,2,3,4,5,6,7,8"
        options = ("--replay", self.list_file(gates=400, channels=channels, period_ms=20), "--define",
                   f"detector.dt5730.channels=[{channels}]", "--define", "storage.chunk_bytes=16384")
        expected = self.run_complete(harness.RECORDED, *options, "--speed", "max", data=self.folder / "reference")

        run = self.start(harness.RECORDED, *options, "--speed", "realtime", env=env)
        folder = self.data / "run000001"
        file = folder / "run000001_0000.h5.writing"
        # Longer than the journal, which cannot grow either.
        harness.wait_for(lambda: file.exists() and os.stat(file).st_size > 5 << 19 or run.process.poll() is not None,
                         "some events")
        builder = run.pid_of("event_builder")
        fail(builder, file)
        # Not only when the run ends and the file is closed.
        harness.wait_for(lambda: (folder / "run000001_0001.h5.writing").exists() or run.process.poll() is not None,
                         "the next file", seconds=2)
        mend(builder)
        status, summary, err = run.finish()

        self.assertEqual((status, summary["condition"]), (1, "INCOMPLETE"), err)
        self.assertEqual([reason for reason in summary["reasons"] if "spillway recover" not in reason], [])
        self.check_books(summary)
        for key in ("digest", "streams", "livetime", "counts"):
            self.assertEqual(summary[key], expected[key], key)
        self.assertIn("was never closed", self.verify(1, good=False)["complaints"][0])
        # The files that followed may have failed, too, before that was mended.
        for damaged in sorted(folder.glob("*.writing")):
            recovered = harness.spillway("recover", damaged)
            self.assertEqual(recovered.returncode, 0, recovered.stdout + recovered.stderr)
        self.assertEqual(self.verify(1)["digest"], expected["digest"])

    def test_a_file_that_cannot_grow_loses_nothing(self):
        def limit(builder, file):
            resource.prlimit(builder, resource.RLIMIT_FSIZE, (os.stat(file).st_size, resource.RLIM_INFINITY))

        def unlimit(builder):
            resource.prlimit(builder, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

        self.check_that_it_goes_on(limit, unlimit)

    def failing_disk(self, files):
        """What says that the disk fails, and the environment in which it then does."""
        path = self.data / "run000001" / files
        env = {"LD_PRELOAD": str(harness.BIN.parent / "tests/failing_disk.so"), "SPILLWAY_FAILING_FILE": str(path),
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        return path.with_name(files + ".failing"), os.environ | env

    def test_a_disk_that_loses_writes_loses_nothing(self):
        failing, env = self.failing_disk("run000001_0000.h5")
        self.check_that_it_goes_on(lambda *_: failing.touch(), lambda _: failing.unlink(), env)

    def test_nor_does_one_that_loses_those_of_the_next_files_too(self):
        failing, env = self.failing_disk("run000001_000")

        def fail(*_):
            # All at once: an empty file would be one more.
            times = failing.with_suffix(".new")
            times.write_bytes(b"***")
            times.rename(failing)

        self.check_that_it_goes_on(fail, lambda _: None, env)
        self.assertFalse(failing.exists())


if __name__ == "__main__":
    unittest.main()
