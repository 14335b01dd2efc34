"""A closed file that was touched is found out."""

import pathlib
import random
import shutil

import h5py

import harness


class Verify(harness.SystemTest):
    def setUp(self):
        super().setUp()
        file = self.list_file(gates=5)
        self.summary = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max",
                                         "--define", "storage.chunk_bytes=16384")
        self.event_file = pathlib.Path(self.summary["files"][0])
        self.original = self.event_file.read_bytes()

    def complaints(self):
        """What verify says of the file; it must fail without crashing."""
        done = harness.spillway("verify", self.event_file, "--data", self.data)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_any_flipped_byte_is_named(self):
        draw = random.Random(1)
        places = [0, 8, len(self.original) - 1] + [draw.randrange(len(self.original)) for _ in range(27)]
        for place in places:
            damaged = bytearray(self.original)
            damaged[place] ^= 1 << draw.randrange(8)
            self.event_file.write_bytes(damaged)
            first = place // 2**20 * 2**20
            self.assertRegex(self.complaints(), rf"\b{first}\b", f"byte {place}")
        self.event_file.write_bytes(self.original)
        self.verify(self.event_file)

    def test_a_dropped_row_is_named(self):
        for table in ("gates", "decisions", "fragments", "pulses"):
            self.event_file.write_bytes(self.original)
            with h5py.File(self.event_file, "r+") as event_file:
                event_file[table].resize((len(event_file[table]) - 1,))
            self.assertIn(table, self.complaints())

    def test_a_dropped_row_is_named_without_manifest_or_catalogue(self):
        alone = self.folder / "alone"
        alone.mkdir()
        self.event_file = pathlib.Path(shutil.copy(self.event_file, alone))
        done = harness.spillway("verify", self.event_file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("manifest", done.stdout + done.stderr)
        for table in ("gates", "decisions", "fragments", "pulses"):
            self.event_file.write_bytes(self.original)
            with h5py.File(self.event_file, "r+") as event_file:
                event_file[table].resize((len(event_file[table]) - 1,))
            self.assertIn(table, self.complaints())

    def test_a_dropped_name_is_named_without_manifest_or_catalogue(self):
        alone = self.folder / "alone"
        alone.mkdir()
        self.event_file = pathlib.Path(shutil.copy(self.event_file, alone))
        for table in ("detectors", "facilities", "streams", "configuration/config"):
            self.event_file.write_bytes(self.original)
            with h5py.File(self.event_file, "r+") as event_file:
                rows = event_file[table][:-1]
                del event_file[table]
                event_file.create_dataset(table, data=rows)
            self.assertIn(table, self.complaints())

    def test_a_changed_attribute_is_found_without_manifest(self):
        pathlib.Path(f"{self.event_file}.manifest.json").unlink()
        self.verify(self.summary["run"])
        with h5py.File(self.event_file, "r+") as event_file:
            event_file["configuration"].attrs["note"] = "unseen"
        self.assertIn("another digest", self.complaints())

    def test_the_file_of_another_run_is_named(self):
        file = self.list_file(gates=5)
        other = self.run_complete(harness.RECORDED, "--replay", file, "--speed", "max")
        for end in ("", ".manifest.json"):
            shutil.copy(f"{self.event_file}{end}", f"{other['files'][0]}{end}")
        complaints = "\n".join(self.verify(other["run"], good=False)["complaints"])
        self.assertIn("not what its name says", complaints)
        self.assertIn(f"is of run {self.summary['run']}, not {other['run']}", complaints)

    def test_a_copied_data_folder_is_checked_itself(self):
        copy = self.folder / "copy"
        shutil.copytree(self.data, copy)
        (copy / self.event_file.relative_to(self.data)).write_bytes(self.original[:-1])
        done = harness.spillway("verify", self.summary["run"], "--data", copy)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(str(copy), done.stdout)
        shown = harness.spillway("show", self.summary["run"], "--data", copy)
        self.assertNotIn(str(self.event_file), shown.stdout)

    def test_truncation_never_crashes_verify_or_recover(self):
        draw = random.Random(2)
        lengths = [0, 1, 8, 48, 96, 512] + [draw.randrange(len(self.original)) for _ in range(20)]
        for length in lengths:
            self.event_file.write_bytes(self.original[:length])
            self.complaints()
        copy = self.folder / "copy.h5"
        for length in lengths:
            copy.write_bytes(self.original[:length])
            done = harness.spillway("recover", copy)
            self.assertIn(done.returncode, (0, 1), f"{length} bytes: {done.stderr}")


if __name__ == "__main__":
    harness.main()
