"""Memory of the services while one link of the LArTPC streams without a break: half a minute, or an hour."""

import os
import pathlib
import signal
import time

import harness

SOAK = harness.ROOT / "tests/system/soak.toml"
WALL_S = 3600 if harness.LONG else 20
SPEED = 0.1
RING = 60_000_000  # in soak.toml
PAGE = 4096


def memory_of(pid):
    """Bytes resident in all, and those that are its own with the ring's, which lies in the memory of a link: that of the
    others, of a fixed size, is touched as it is needed."""
    resident, shared = map(int, pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1:3])
    ring = 0
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if "memfd:spillway-link" in line:
            begin, end = (int(address, 16) for address in line.split()[0].split("-"))
            holds_ring = end - begin > RING
        elif "-" in line.split()[0]:
            holds_ring = False
        elif line.startswith("Rss:") and holds_ring:
            ring += 1024 * int(line.split()[1])
    return PAGE * resident, PAGE * (resident - shared) + ring


class Soak(harness.SystemTest):
    def test_a_readout_takes_what_its_configuration_says_and_no_more(self):
        run = self.start(SOAK, "--speed", SPEED, "--duration", WALL_S * SPEED)
        readout = harness.wait_for(lambda: run.pid_of("readout.lartpc.0"), "the readout")
        # Released frames make room at once: only while nothing can be released the ring is used.
        builder = run.pid_of("event_builder")
        time.sleep(1)
        os.kill(builder, signal.SIGSTOP)
        time.sleep(8)
        os.kill(builder, signal.SIGCONT)
        time.sleep(2)
        sizes = []
        end = time.monotonic() + WALL_S - 15
        while time.monotonic() < end and run.process.poll() is None:
            sizes.append(memory_of(readout))
            time.sleep(min(5, WALL_S / 200))
        most, own = (max(column) for column in zip(*sizes))
        print(f"readout: at most {own / 1e6:.2f} MB of its own, its ring of {RING / 1e6:.0f} MB among them, "
              f"{most / 1e6:.2f} MB with its links' in {WALL_S} s")
        self.assertGreater(own, RING / 2)
        # A process with an empty ring has 2.4 MB.
        self.assertLess(own, RING + 4_000_000)
        self.assertLess(most, RING + 30_000_000)
        status, summary, errors = run.finish(timeout=120)
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), errors)
        self.check_books(summary)


if __name__ == "__main__":
    harness.main()
