"""A data folder that fills up, and is freed."""

import os
import subprocess
import time
import unittest

import harness


class DiskFull(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.data.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", self.data], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("a tmpfs cannot be mounted here: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", self.data])

    def test_the_trigger_is_inhibited_and_the_run_resumes(self):
        file = self.list_file(gates=400, channels="0,2,3,4,5,6,7,8", period_ms=20)
        run = self.start(harness.RECORDED, "--replay", file, "--define", "detector.dt5730.channels=[0,2,3,4,5,6,7,8]",
                         "--define", "storage.reserve_bytes=1048576", "--define", "storage.chunk_bytes=16384")
        folder = self.data / "run000001"
        harness.wait_for(lambda: list(folder.glob("*.writing")), "the event file")
        ballast = self.data / "ballast"
        with open(ballast, "wb", buffering=0) as out:
            room = os.statvfs(self.data)
            out.write(bytes(room.f_bavail * room.f_frsize))
        harness.wait_for(lambda: "inhibit" in self.alarms() or run.process.poll() is not None, "the inhibit", 60)
        ballast.unlink()
        status, summary, err = run.finish()
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), err)
        self.check_books(summary)
        dead = {line["gate"]: line["dead_ns"] for line in summary["livetime"]}
        self.assertGreater(dead["on"].get("inhibit", 0), 0, summary["livetime"])
        self.assertGreater([line for line in summary["livetime"] if line["gate"] == "on"][0]["live_ns"], 0)
        self.verify(1)

    def test_there_is_no_room_again_where_a_large_fragment_does_not_fit(self):
        run = self.start(harness.ROOT / "tests/system/soak.toml", "--gates", "20", "--speed", "max",
                         "--define", "detector.lartpc.emission=gated", "--define", "detector.lartpc.post_ns=22_600_000",
                         "--define", "storage.reserve_bytes=1048576")
        log = self.data / "run000001/logs/event_builder.log"
        harness.wait_for(lambda: log.exists() and "no room" in log.read_text() or run.process.poll() is not None,
                         "the full disk")
        time.sleep(1)   # of trying again
        self.assertEqual((log.read_text().count("no room"), log.read_text().count("room on the disk again")), (1, 0))

    def alarms(self):
        done = harness.spillway("status", "--data", self.data, "--json")
        return done.stdout


if __name__ == "__main__":
    unittest.main()
