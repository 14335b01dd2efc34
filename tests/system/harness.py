"""Starts Spillway's own executables, and looks at what they leave behind."""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SPILLWAY_BIN", ROOT / "build/release/bin"))
RECORDED = ROOT / "deploy/configs/recorded.toml"
TWO_DETECTORS = ROOT / "tests/system/two_detectors.toml"
LONG = bool(os.environ.get("SPILLWAY_LONG"))
# How many times as long as usual a command may take: sanitizers are slow.
PATIENCE = float(os.environ.get("SPILLWAY_PATIENCE", 1))


def real_list_file():
    """The recorded DT5730 file, or None where the comparison data are not at hand."""
    folder = os.environ.get("SPILLWAY_TEST_DATA")
    if not folder:
        return None
    file = pathlib.Path(folder) / "compass/compass_test_data.BIN"
    return file if file.exists() else None


def spillway(*arguments, timeout=120, env=None):
    return subprocess.run([BIN / "spillway", *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=timeout * PATIENCE, env=env)


def wait_for(condition, what, seconds=30):
    """The first true value of condition(), polled until the deadline."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def read_list_file(path):
    """{channel: [(time_ps, record bytes, samples)]} of a CoMPASS list file."""
    data = pathlib.Path(path).read_bytes()
    word = struct.unpack_from("<H", data)[0]
    assert word == 0xCAED, hex(word)
    offset, channels = 2, {}
    while offset < len(data):
        _, channel, time_ps, _, _, _, _, count = struct.unpack_from("<HHQHHIBI", data, offset)
        end = offset + 25 + 2 * count
        samples = struct.unpack_from(f"<{count}H", data, offset + 25)
        channels.setdefault(channel, []).append((time_ps, data[offset:end], samples))
        offset = end
    return channels


class Run:
    """A run in the background."""

    def __init__(self, *arguments, env=None):
        self.finished = False
        self.process = subprocess.Popen([BIN / "spillway", "run", *map(str, arguments), "--json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        stdin=subprocess.DEVNULL, env=env)

    def pid_of(self, process):
        """Process id of one of the run's services ("readout.alpha.0"), or None."""
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(stat[1]) != self.process.pid or stat[0] == "Z":
                continue
            words = [word.decode(errors="replace") for word in command]
            if process in words or (process == "web" and words[0].endswith("spillway-web")):
                return int(entry.name)
        return None

    def kill(self, process, number=signal.SIGKILL):
        pid = wait_for(lambda: self.pid_of(process), f"process {process}")
        os.kill(pid, number)
        return pid

    def finish(self, timeout=120):
        """(exit status, the JSON object, standard error)."""
        out, err = self.process.communicate(timeout=timeout * PATIENCE)
        self.finished = True
        return self.process.returncode, json.loads(out) if out.strip() else None, err

    def stop_hard(self):
        if self.finished:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class SystemTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="spillway-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"

    def list_file(self, gates=51, channels="0", period_ms=100, seed=1, background_hz=0):
        file = self.folder / f"list-{gates}-{channels.replace(',', '_')}-{period_ms}-{seed}-{background_hz}.bin"
        if not file.exists():
            done = subprocess.run([BIN / "spillway-front-end", "--write-list-file", file, "--gates", str(gates),
                                   "--channels", channels, "--period-ms", str(period_ms), "--seed", str(seed),
                                   "--background-hz", str(background_hz)],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
        return file

    def start(self, config, *arguments, data=None, env=None):
        run = Run(config, "--data", data or self.data, *arguments, "--define", "web.port=0", env=env)
        self.addCleanup(run.stop_hard)
        return run

    def run_complete(self, config, *arguments, data=None):
        status, summary, err = self.start(config, *arguments, data=data).finish()
        self.assertIsNotNone(summary, err)
        self.assertEqual((status, summary["condition"], summary["reasons"]), (0, "COMPLETE", []), err)
        self.check_books(summary)
        return summary

    def check_books(self, summary):
        """The balances that a reader of the JSON can check."""
        for line in summary["livetime"]:
            parts = line["live_ns"] + sum(line["dead_ns"].values()) + line.get("not_read_ns", 0)
            self.assertEqual(line["wall_ns"], parts, line)
        for stream in summary["streams"]:
            self.assertEqual(stream["frames_sent"] + stream["frames_duplicated"],
                             stream["frames_received"] + sum(stream["frames_rejected"].values())
                             + sum(stream["frames_lost"].values()) + stream["frames_outside_run"], stream)
            self.assertEqual(stream["fragments_requested"],
                             stream["fragments_built"] + sum(stream["fragments_missing"].values()), stream)

    def verify(self, *what, data=None, good=True):
        done = spillway("verify", *what, "--data", data or self.data, "--json")
        result = json.loads(done.stdout)
        self.assertEqual((done.returncode, result["complaints"] == []), (0, True) if good else (1, False),
                         done.stdout + done.stderr)
        return result


def main():
    unittest.main()
