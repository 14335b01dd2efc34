"""Memory of the services while one link of the LArTPC streams without a break: half a minute, or an hour."""

import pathlib
import statistics
import time

import harness

SOAK = harness.ROOT / "tests/system/soak.toml"
WALL_S = 3600 if harness.LONG else 20
SPEED = 0.1
PAGE = 4096


def memory_of(pid):
    """Bytes resident in all, and those that are its own: the memory of its links, of a fixed size, is touched as it is
    needed."""
    resident, shared = map(int, pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1:3])
    return PAGE * resident, PAGE * (resident - shared)


class Soak(harness.SystemTest):
    def test_a_readout_takes_what_its_configuration_says_and_no_more(self):
        run = self.start(SOAK, "--speed", SPEED, "--duration", WALL_S * SPEED)
        readout = harness.wait_for(lambda: run.pid_of("readout.lartpc.0"), "the readout")
        time.sleep(10)  # the ring has filled
        sizes = []
        end = time.monotonic() + WALL_S - 15
        while time.monotonic() < end and run.process.poll() is None:
            sizes.append(memory_of(readout))
            time.sleep(min(5, WALL_S / 200))
        # A single figure moves by what the allocator keeps at hand.
        tenth = len(sizes) // 10 + 1
        own = [private for _, private in sizes]
        most = max(resident for resident, _ in sizes)
        begin, late = statistics.median(own[:tenth]), statistics.median(own[-tenth:])
        print(f"readout: {begin / 1e6:.2f} MB of its own once its ring is full, {late / 1e6:.2f} MB in the end, "
              f"at most {most / 1e6:.2f} MB with its links' in {WALL_S} s")
        ring = 60_000_000
        self.assertLess(most, ring + 30_000_000)
        self.assertLess(late - begin, 1_000_000)
        status, summary, errors = run.finish(timeout=120)
        self.assertEqual((status, summary["condition"]), (0, "COMPLETE"), errors)
        self.check_books(summary)


if __name__ == "__main__":
    harness.main()
