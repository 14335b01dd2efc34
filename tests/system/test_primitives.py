"""A long exposure of CsI at the level of primitives."""

import harness

CONFIG = """
[setup]
name = "long"
look_ahead_ns = 20_000_000_000
[facility.ess]
off_offsets_ns = [35_000_000]
[front_end.ess]
source = "simulated"
facility = "ess"
pulse_period_ns = 1_000_000_000
pulse_period_divisor = 14
pulse_length_ns = 2_800_000
protons_per_pulse = 1.11e15
[detector.csi]
facility = "ess"
kind = "csi_laapd"
post_ns = 20_000
stream_bytes_per_second = 300_000
[simulation.csi]
level = "primitives"
signal_rate_scale = 3000
background_rate_scale = 60
"""


class Primitives(harness.SystemTest):
    def test_takes_the_same_way_as_raw_frames(self):
        config = self.folder / "long.toml"
        config.write_text(CONFIG)
        runs = {}
        for level in ("raw", "primitives"):
            runs[level] = self.run_complete(config, "--gates", 100, "--seed", 7, "--speed", "max", "--define",
                                            f'simulation.csi.level="{level}"')
            self.verify(runs[level]["run"])
        raw, primitives = runs["raw"], runs["primitives"]
        for key in ("gates", "livetime", "counts"):
            self.assertEqual(raw[key], primitives[key])
        again = self.run_complete(config, "--gates", 100, "--seed", 7, "--speed", "max",
                                  "--define", "readout.csi.processes=2")
        self.assertEqual(again["digest"], primitives["digest"])


if __name__ == "__main__":
    harness.main()
