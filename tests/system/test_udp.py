"""Frames that come as the electronics send them, one in a datagram, and networks that spoil them."""

import harness

UDP = harness.ROOT / "tests/system/udp.toml"
GATES = 12


class Udp(harness.SystemTest):
    def take(self, complete=True, **defined):
        words = [UDP, "--gates", GATES, "--speed", "max", "--seed", 5, "--define", "web.enabled=false"]
        for key, value in defined.items():
            words += ["--define", f"{key.replace('__', '.')}={value}"]
        if complete:
            return self.run_complete(*words)
        status, summary, err = self.start(*words).finish()
        self.assertIsNotNone(summary, err)
        self.check_books(summary)
        return summary

    def test_datagrams_make_the_same_events_as_messages(self):
        by_udp = self.take()
        self.assertEqual(by_udp["gates"]["lhc"]["on"], GATES)
        self.assertGreater(sum(s["frames_received"] for s in by_udp["streams"]), 6 * GATES * 90)
        self.verify(by_udp["run"])
        by_zmq = self.take(front_end__lhc__transport="zmq")
        for key in ("digest", "counts", "livetime"):
            self.assertEqual(by_udp[key], by_zmq[key], key)
        self.assertEqual([s["frames_received"] for s in by_udp["streams"]],
                         [s["frames_received"] for s in by_zmq["streams"]])

    def test_whatever_the_network_does_is_counted_by_reason_and_the_books_balance(self):
        cases = {"dropped": ("frames_lost", "udp_drop"), "silent": ("frames_lost", "udp_drop"),
                 "bit_flip": ("frames_lost", "udp_drop"), "truncated": ("frames_rejected", "truncated"),
                 "wrong_version": ("frames_rejected", "bad_version"), "repeated": ("frames_rejected", "duplicated"),
                 "time_jump": ("frames_rejected", "bad_time")}
        for fault, (book, reason) in cases.items():
            with self.subTest(fault=fault):
                spoilt = self.take(complete=False, **{f"front_end__lhc__fault_{fault}": 0.002})
                self.assertGreater(sum(s[book].get(reason, 0) for s in spoilt["streams"]), 0, spoilt["streams"])
                self.verify(spoilt["run"])
                others = [r for s in spoilt["streams"] for r in {**s["frames_lost"], **s["frames_rejected"]}]
                self.assertEqual(set(others), {reason})
                dead = sum(sum(line["dead_ns"].values()) for line in spoilt["livetime"] if line["gate"] == "run")
                self.assertEqual(dead > 0, fault != "repeated")

    def test_reordered_and_repeated_datagrams_lose_nothing(self):
        good = self.take()
        for fault in ("reordered", "repeated"):
            spoilt = self.take(complete=False, **{f"front_end__lhc__fault_{fault}": 0.02})
            self.assertEqual(spoilt["digest"], good["digest"])
            self.assertEqual(spoilt["livetime"], good["livetime"])

    def test_everything_at_once_still_balances(self):
        rates = {f"front_end__lhc__fault_{fault}": 0.01
                 for fault in ("dropped", "truncated", "wrong_version", "repeated", "reordered")}
        spoilt = self.take(complete=False, **rates)
        self.assertGreater(sum(s["frames_lost"].get("udp_drop", 0) for s in spoilt["streams"]), 0)
        self.verify(spoilt["run"])

    def test_electronics_without_a_link_in_their_header_are_refused_at_configure(self):
        done = harness.spillway("check", harness.ROOT / "deploy/configs/demo.toml",
                                "--define", "front_end.ess.transport=udp")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("transport", done.stdout + done.stderr)

    def test_addresses_and_ports_that_cannot_be_are_refused_with_their_key(self):
        for key, value, words in (("udp_address", "localhost", "no IPv4 address"), ("udp_address", "", "no IPv4"),
                                  ("udp_port", 65535, "give at most 65534")):
            done = harness.spillway("check", UDP, "--define", f"readout.tpc.{key}={value}")
            self.assertEqual(done.returncode, 1, value)
            self.assertRegex(done.stdout + done.stderr, f"readout.tpc.{key}: .*{words}")


if __name__ == "__main__":
    harness.main()
