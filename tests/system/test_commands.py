"""What a person types beside a run and after it."""

import csv
import json
import sqlite3

import harness


class Commands(harness.SystemTest):
    def test_a_finished_run_can_be_listed_shown_exported_and_commented(self):
        summary = self.run_complete(harness.RECORDED, "--replay", self.list_file(gates=10), "--speed", "max")
        runs = json.loads(harness.spillway("runs", "--data", self.data, "--json").stdout)
        self.assertEqual([(r["run"], r["condition"]) for r in runs], [(1, "COMPLETE")])
        shown = json.loads(harness.spillway("show", 1, "--data", self.data, "--json").stdout)
        for key in ("run", "condition", "reasons", "digest", "files", "gates", "streams", "livetime", "counts"):
            self.assertEqual(shown[key], summary[key], key)
        self.assertEqual(harness.spillway("comment", 1, "cables swapped", "--data", self.data).returncode, 0)
        self.assertIn("cables swapped", harness.spillway("show", 1, "--data", self.data).stdout)
        out = self.folder / "csv"
        self.assertEqual(harness.spillway("export", 1, "--csv", out, "--data", self.data).returncode, 0)
        with open(out / "gates.csv", newline="") as file:
            self.assertEqual(len(list(csv.reader(file))), 21)
        done = harness.spillway("prune", "--keep-bytes", 0, "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(list(self.data.glob("run*/*.h5")))
        self.assertEqual(json.loads(harness.spillway("show", 1, "--data", self.data, "--json").stdout)["digest"],
                         summary["digest"])

    def test_a_run_can_be_watched_and_stopped_from_another_terminal(self):
        run = self.start(harness.RECORDED, "--replay", self.list_file(gates=200))

        def gates():
            done = harness.spillway("status", "--data", self.data, "--json")
            active = json.loads(done.stdout)["runs"] if done.stdout.strip() else []
            return active and active[0]["gates"].get("bench", {}).get("on", 0) >= 3

        harness.wait_for(gates, "three gates")
        self.assertEqual(harness.spillway("stop", 1, "--data", self.data).returncode, 0)
        status, summary, err = run.finish(timeout=30)
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), err)
        self.assertLess(summary["gates"]["bench"]["on"], 200)
        self.check_books(summary)
        self.assertEqual(json.loads(harness.spillway("status", "--data", self.data, "--json").stdout)["runs"], [])

    def test_two_runs_at_once_get_their_own_numbers(self):
        file = self.list_file(gates=20)
        runs = [self.start(harness.RECORDED, "--replay", file, "--speed", "5") for _ in range(2)]
        ends = [run.finish() for run in runs]
        self.assertEqual([end[0] for end in ends], [0, 0], [end[2] for end in ends])
        self.assertEqual(sorted(end[1]["run"] for end in ends), [1, 2])
        self.assertEqual(ends[0][1]["digest"], ends[1][1]["digest"])
        for number in (1, 2):
            self.verify(number)
        with sqlite3.connect(self.data / "catalogue.sqlite") as catalogue:
            self.assertEqual(catalogue.execute("select count(*) from runs").fetchone(), (2,))

    def test_version_and_help(self):
        self.assertRegex(harness.spillway("--version").stdout, r"spillway \d+\.\d+\.\d+ \(commit")
        for command in ("run", "check", "runs", "show", "verify", "status", "stop", "comment", "config", "export",
                        "recover", "prune", "clean"):
            done = harness.spillway(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Example", done.stdout, command)


if __name__ == "__main__":
    harness.main()
