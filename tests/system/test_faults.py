"""Processes that die, stop or stall while a run is on."""

import json
import os
import signal
import sqlite3
import time

import harness


class Faults(harness.SystemTest):
    def begin(self, config=harness.RECORDED, gates=40, speed="realtime", channels="0", *arguments):
        file = self.list_file(gates=gates, channels=channels)
        run = self.start(config, "--replay", file, "--speed", speed, *arguments)
        harness.wait_for(lambda: self.decided() >= 5 or run.process.poll() is not None, "the first gates")
        return run

    def status(self):
        """The active runs, as another terminal sees them."""
        return harness.spillway("status", "--data", self.data, "--json").stdout

    def decided(self):
        """On-gates of the active run."""
        runs = json.loads(self.status() or "{}").get("runs", [])
        return sum(gates["on"] for run in runs for gates in run["gates"].values())

    def acknowledged(self):
        """Decisions of the active run that are on disk."""
        runs = json.loads(self.status() or "{}").get("runs", [])
        return sum(run["decisions"]["acknowledged"] for run in runs)

    def reference(self, config=harness.RECORDED, gates=40, channels="0"):
        return self.run_complete(config, "--replay", self.list_file(gates=gates, channels=channels), "--speed", "max",
                                 data=self.folder / "reference")

    def test_killing_online_and_web_changes_nothing_in_the_files(self):
        expected = self.reference()
        run = self.begin()
        run.kill("online")
        run.kill("web")
        status, summary, err = run.finish()
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), err)
        for key in ("digest", "streams", "livetime", "counts"):
            self.assertEqual(summary[key], expected[key], key)
        self.verify(summary["run"])

    def test_a_service_that_dies_while_it_is_set_up_is_started_again(self):
        expected = self.reference()
        file = self.list_file(gates=40)
        run = self.start(harness.RECORDED, "--replay", file, "--speed", "max")
        run.kill("online")  # as soon as it is there
        status, summary, err = run.finish()
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), err)
        for key in ("digest", "counts"):
            self.assertEqual(summary[key], expected[key], key)

    def test_a_catalogue_that_cannot_be_written_is_tried_again_until_ctrl_c(self):
        run = self.begin(speed="5")
        with sqlite3.connect(self.data / "catalogue.sqlite") as catalogue:
            catalogue.execute("DROP TABLE reasons")
        for line in run.process.stderr:
            if "tried again" in line:
                break
        os.kill(run.process.pid, signal.SIGINT)
        begin = time.monotonic()
        status, summary, err = run.finish()
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual((status, summary["condition"]), (1, "INCOMPLETE"), err)
        self.assertIn("catalogue could not be written", summary["reasons"][-1])

    def test_a_killed_readout_costs_its_detector_alone(self):
        run = self.begin(harness.TWO_DETECTORS, 60, "realtime", "0,2,3")
        run.kill("readout.alpha.0")
        status, summary, err = run.finish()
        self.assertEqual(status, 1, err)
        self.assertEqual(summary["condition"], "INCOMPLETE", err)
        self.assertTrue(any("readout.alpha.0" in reason for reason in summary["reasons"]), summary["reasons"])
        self.check_books(summary)
        lines = {(line["detector"], line["gate"]): line for line in summary["livetime"]}
        self.assertGreater(sum(lines["alpha", "run"]["dead_ns"].values()), 0)
        self.assertEqual(lines["beta", "run"]["dead_ns"], {})
        self.assertEqual(lines["beta", "on"]["live_ns"], lines["beta", "on"]["wall_ns"])
        self.assertEqual(summary["gates"]["bench"]["on"], 60)
        done = harness.spillway("verify", summary["run"], "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_acknowledged_decision_survives_a_killed_builder(self):
        file = self.list_file(gates=2000, period_ms=100)
        records = [record for _, record, _ in harness.read_list_file(file)[0]]
        for wait in (0.3, 0.8, 1.4) if not harness.LONG else [0.2 + 0.15 * i for i in range(20)]:
            run = self.start(harness.RECORDED, "--replay", file, "--speed", "20")
            harness.wait_for(lambda: self.acknowledged() >= 1, "the first decision on disk")
            time.sleep(wait)   # the moment is meant to be arbitrary
            run.kill("event_builder")
            status, summary, err = run.finish()
            self.assertEqual((status, summary["condition"]), (1, "INCOMPLETE"), err)
            self.check_recovered(summary, records)
        again = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max")
        self.verify(again["run"])

    def check_recovered(self, summary, records):
        import h5py
        folder = self.data / f"run{summary['run']:06d}"
        writing = list(folder.glob("*.h5.writing"))
        self.assertEqual(len(writing), 1, list(folder.iterdir()))
        done = harness.spillway("recover", writing[0], "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        recovered = json.loads(done.stdout)
        acknowledged = summary["decisions"]["acknowledged"]
        self.assertGreater(acknowledged, 0, summary)
        with h5py.File(recovered["file"]) as event_file:
            self.assertGreaterEqual(len(event_file["decisions"]), acknowledged)
            payload = event_file["payload/dt5730/0"]
            gates = event_file["gates"][:]
            on = [row for row in event_file["fragments"][:]
                  if gates[row["decision"]]["kind"] == 0]
            stored = [payload[row["offset"]:row["offset"] + row["length"]].tobytes() for row in on]
        self.assertEqual(stored, records[:len(stored)])
        self.assertGreaterEqual(len(stored), acknowledged // 2)
        self.assertEqual([*folder.glob("*.writing"), *folder.glob("*.room")], [])
        self.verify(summary["run"])
        self.verify(recovered["file"])
        done = harness.spillway("export", summary["run"], "--data", self.data, "--csv",
                                self.folder / f"csv-{summary['run']}")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_stopped_processes_only_make_a_paced_run_wait(self):
        stall_s, gates = (10, 480) if harness.LONG else (1.5, 80)   # ten a second: more than all stalls last
        expected = self.reference(gates=gates)
        run = self.begin(gates=gates)
        for process in ("event_builder", "trigger", "readout.dt5730.0", "online"):
            pid = run.kill(process, signal.SIGSTOP)
            time.sleep(stall_s)   # the length of the stall is the test
            os.kill(pid, signal.SIGCONT)
        status, summary, err = run.finish()
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), err)
        self.assertEqual(summary["digest"], expected["digest"])

    def test_control_c_drains_and_twice_aborts_in_time(self):
        run = self.begin(gates=100)
        run.process.send_signal(signal.SIGINT)
        status, summary, err = run.finish(timeout=20)
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), err)
        self.assertLess(summary["gates"]["bench"]["on"], 100)
        self.check_books(summary)
        self.verify(summary["run"])

    def test_abort_returns_in_time_while_every_link_is_full(self):
        run = self.begin(gates=100)
        pid = run.kill("event_builder", signal.SIGSTOP)
        try:
            run.process.send_signal(signal.SIGINT)
            harness.wait_for(lambda: "stopping" in self.status(), "the run to be stopping")
            time.sleep(0.3)   # within a quarter of a second it would be one press of the key
            begin = time.monotonic()
            run.process.send_signal(signal.SIGINT)
            status, summary, err = run.finish(timeout=30)
            self.assertLess(time.monotonic() - begin, 8)
            self.assertEqual(status, 1, err)
            self.assertEqual(summary["condition"], "ABORTED", err)
        finally:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass


if __name__ == "__main__":
    harness.main()
