"""Payloads in shared memory: the same data, and nothing left behind by whoever dies."""

import os
import pathlib
import shutil
import signal
import tempfile

import harness

DEMO = harness.ROOT / "deploy/configs/demo.toml"
NAME = "memfd:spillway-link"


def mapped(pid):
    """Whether a process has the memory of a link mapped."""
    try:
        return NAME in pathlib.Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return False


def names():
    """What anybody could find of ours."""
    return [name for name in os.listdir("/dev/shm") if "spillway" in name]


class SharedMemory(harness.SystemTest):
    def setUp(self):
        super().setUp()
        # The LArTPC alone: its frames are large enough.
        head, facilities = DEMO.read_text().split("# ---- European", 1)
        self.config = self.folder / "lartpc.toml"
        self.config.write_text(head + "# ---- LHC" + facilities.split("# ---- LHC", 1)[1])

    def arguments(self, gates, *more):
        return (self.config, "--gates", gates, "--speed", "max", "--seed", "7", "--define",
                "detector.lartpc.links=[0,1,2,3,4,5,6,7,8,9,10,11]", "--define", "web.enabled=false", *more)

    def test_it_carries_the_same_data_as_the_sockets(self):
        shared = self.run_complete(*self.arguments(3))
        plain = self.run_complete(*self.arguments(3, "--define", "link.shared_bytes=0"))
        tiny = self.run_complete(*self.arguments(3, "--define", "link.shared_bytes=100000"))
        self.assertEqual(shared["digest"], plain["digest"])
        self.assertEqual(shared["digest"], tiny["digest"])
        self.verify(shared["run"])
        self.assertEqual(names(), [])

    def test_a_readout_that_is_killed_with_frames_in_it_leaves_nothing(self):
        for victim in ("readout.lartpc.0", "front_end.lhc"):
            data = self.folder / victim
            run = self.start(*self.arguments(60), data=data)
            readout = harness.wait_for(lambda: run.pid_of("readout.lartpc.0"), "the readout")
            harness.wait_for(lambda: mapped(readout), "the memory of the frames link")
            harness.wait_for(lambda: any(file.stat().st_size > 5e6 for file in data.glob("run*/*.h5.writing")),
                             "the first events")
            run.kill(victim)
            status, summary, err = run.finish()
            self.assertEqual((status, summary["condition"]), (1, "INCOMPLETE"), err)
            self.check_books(summary)
            self.verify(summary["run"], data=data)
            self.assertEqual(names(), [])
            self.assertFalse(mapped(readout))

    def test_clean_removes_what_a_killed_run_control_left_and_nothing_of_the_living(self):
        runtime = pathlib.Path(tempfile.mkdtemp(prefix="spw-"))
        self.addCleanup(shutil.rmtree, runtime, ignore_errors=True)
        env = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
        run = self.start(*self.arguments(60), env=env)
        readout = harness.wait_for(lambda: run.pid_of("readout.lartpc.0"), "the readout")
        harness.wait_for(lambda: mapped(readout), "the memory of the frames link")
        self.assertIn("nothing was left", harness.spillway("clean", env=env).stdout)
        run.process.send_signal(signal.SIGKILL)
        run.process.communicate()
        harness.wait_for(lambda: not mapped(readout), "the end of the readout")
        left = [path for path in (runtime / "spillway").iterdir() if path.is_dir()]
        self.assertEqual(len(left), 1)
        done = harness.spillway("clean", env=env)
        self.assertEqual((done.returncode, done.stdout), (0, f"removed {left[0]}\n"), done.stderr)
        self.assertFalse(left[0].exists())
        self.assertEqual(names(), [])


if __name__ == "__main__":
    harness.main()
