"""Impossible settings are refused before anything runs."""

import json

import harness


class Configuration(harness.SystemTest):
    BAD = [
        # (what is replaced, by what, words of the complaint)
        ("on_before_ns", "on_befor_ns", ("on_befor_ns", "on_before_ns")),
        ("on_before_ns = 1000", 'on_before_ns = "soon"', ("facility.bench.on_before_ns", "integer")),
        ("on_after_ns = 3000", "on_after_ns = -2000", ("on_after_ns",)),
        ("off_offsets_ns = [50_000_000]", "off_offsets_ns = [2000]", ("off_offsets_ns",)),
        ('kind = "caen_digitizer"', 'kind = "caen_digitiser"', ("kind", "caen_digitizer")),
        ('facility = "bench"\nkind', 'facility = "bank"\nkind', ("facility", "bank")),
        ('epoch = "2026-01-01T00:00:00"', 'epoch = "yesterday"', ("epoch", "yesterday")),
        ("[setup]", "[setup", ("parsing table header",)),
    ]

    def check_refused(self, config, words, *arguments):
        done = harness.spillway("check", config, *arguments)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_bad_settings_are_refused_with_file_line_and_remedy(self):
        good = harness.TWO_DETECTORS.read_text()
        self.assertEqual(harness.spillway("check", harness.TWO_DETECTORS).returncode, 0)
        for old, new, words in self.BAD:
            self.assertIn(old, good)
            bad = good.replace(old, new, 1)
            config = self.folder / "bad.toml"
            config.write_text(bad)
            line = bad[:bad.index(new)].count("\n") + 1
            with self.subTest(new):
                text = self.check_refused(config, words)
                self.assertRegex(text, rf"bad\.toml:({line}|{line + 1})\b")

    def test_a_ring_smaller_than_the_pulse_latency_needs_is_refused(self):
        self.check_refused(harness.TWO_DETECTORS, ("ring_bytes", "--define"), "--define", "readout.alpha.ring_bytes=65536")
        self.check_refused(harness.TWO_DETECTORS, ("look_ahead_ns",), "--define",
                           "facility.bench.max_pulse_lateness_ns=5_000_000_000")

    def test_a_bad_configuration_never_runs(self):
        status, summary, err = self.start(harness.TWO_DETECTORS, "--replay", self.list_file(), "--define",
                                          "readout.alpha.ring_bytes=65536").finish()
        self.assertEqual(status, 2, err)
        self.assertIn("ring_bytes", err)
        self.assertFalse(list(self.data.glob("run*/*.h5*")) if self.data.exists() else [])

    def test_impossible_options_are_refused_in_words(self):
        for option, value, words in (("--gates", "0", "whole number from 1"), ("--gates", "-1", "whole number from 1"),
                                     ("--duration", "0", "number of seconds"), ("--duration", "-3", "number of"),
                                     ("--duration", "nan", "number of seconds"),
                                     ("--seed", "-1", "whole number from 0"), ("--seed", "0x1", "whole number from 0"),
                                     ("--seed", "18446744073709551616", "whole number from 0"),
                                     ("--speed", "0", "realtime, max or a factor")):
            with self.subTest(option=option, value=value):
                status, summary, err = self.start(harness.RECORDED, "--replay", self.list_file(), option, value).finish()
                self.assertEqual((status, summary), (2, None))
                self.assertIn(words, err)
                self.assertLess(len(err), 200)

    def test_malformed_list_files_are_refused_or_skipped_by_reason(self):
        bad_word = self.folder / "bad_word.bin"
        bad_word.write_bytes(b"\x34\x12" + bytes(100))
        status, summary, err = self.start(harness.RECORDED, "--replay", bad_word, "--speed", "max").finish()
        self.assertNotEqual(status, 0)
        self.assertIn("bad_word.bin", err)
        self.assertIn("0x1234", err)
        whole = self.list_file(gates=10).read_bytes()
        truncated = self.folder / "truncated.bin"
        truncated.write_bytes(whole[:-500])
        status, summary, err = self.start(harness.RECORDED, "--replay", truncated, "--speed", "max").finish()
        self.assertIsNotNone(summary, err)
        self.assertEqual(sum(summary["input_skipped"].values()), 1, summary["input_skipped"])
        self.check_books(summary)
        missing = self.start(harness.RECORDED, "--replay", self.folder / "nothing.bin")
        status, _, err = missing.finish()
        self.assertNotEqual(status, 0)
        self.assertIn("nothing.bin", err)

    def test_every_key_is_explained(self):
        done = harness.spillway("config", "--explain", "--json")
        keys = {entry["key"] for entry in json.loads(done.stdout)}
        for key in ("on_before_ns", "ring_bytes", "threshold_adc", "roll_over_bytes"):
            self.assertTrue(any(key in k for k in keys), key)


if __name__ == "__main__":
    harness.main()
