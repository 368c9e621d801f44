#!/usr/bin/env python3
"""Compares what read_store.py, which knows lib/FORMAT.md and not our C, reads
with what the library reads: test_read_store.py MAKE_STORE. What is in
VARSTORE_EMULATOR runs a program of another processor."""
import contextlib
import io
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest

import read_store

MAKER = None


class Stores(unittest.TestCase):
    harms = 0

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="varstore-format-")
        cls.folder = pathlib.Path(cls.scratch.name)
        subprocess.run([*MAKER, str(cls.folder)], check=True)
        cls.index = [line.split("\t") for line in
                     (cls.folder / "index").read_text().splitlines()]

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def open(self, file):
        db, chunk_bytes = read_store.open_store(self.folder / file)
        self.addCleanup(db.close)
        return db, chunk_bytes

    def test_every_value_is_what_the_library_reads(self):
        stores = {file: self.open(file)
                  for file in {line[0] for line in self.index}}
        self.assertGreater(len(self.index), 800)
        dtypes = set()
        for file, checkpoint, name, dtype, shape, raw in self.index:
            at = None if checkpoint == "-" else int(checkpoint)
            db, chunk_bytes = stores[file]
            with self.subTest(store=file, name=name, checkpoint=at):
                got = read_store.read(db, chunk_bytes, name, at)
                want = (self.folder / raw).read_bytes()
                self.assertEqual(got[0], dtype)
                self.assertEqual(read_store.shape_text(got[1]), shape)
                self.assertEqual(got[2], want)
            dtypes.add(dtype)
        self.assertEqual(len(dtypes), len(read_store.DTYPES))

    def test_the_root_of_a_checkpoint_is_right(self):
        db, _ = self.open("fine.vars.db")
        read_store.check_root(db, 1)

    def test_the_program_prints_the_type_and_writes_the_elements(self):
        out = self.folder / "out"
        ran = subprocess.run(
            [sys.executable, read_store.__file__, self.folder / "wide.vars.db",
             "weights", out], capture_output=True, text=True, check=True)
        self.assertEqual(ran.stdout, "f32 [700,1000]\n")
        want = next(line[5] for line in self.index if line[2] == "weights")
        self.assertEqual(out.read_bytes(), (self.folder / want).read_bytes())

    def harmed(self, sql, file="fine.vars.db"):
        """A copy of the store in which one row was changed."""
        self.harms += 1
        path = self.folder / ("harmed%d.db" % self.harms)
        shutil.copy(self.folder / file, path)
        db = sqlite3.connect(path, isolation_level=None)
        self.assertEqual(db.execute(sql).rowcount, 1, sql)
        db.close()
        return path

    def test_damage_is_told(self):
        chunk = ("(SELECT vc.chunk FROM name AS n JOIN variable AS v "
                 "ON v.id = n.variable JOIN version_chunk AS vc "
                 "ON vc.version = v.current "
                 "WHERE n.path = 'forced/1/2/4' AND vc.ordinal = 1)")
        for sql in (
                "DELETE FROM frame WHERE chunk = " + chunk,
                "DELETE FROM version_chunk WHERE chunk = " + chunk,
                "UPDATE frame SET bytes = substr(bytes, 1, 27) "
                "WHERE chunk = " + chunk,
                "UPDATE frame SET bytes = substr(bytes, 1, length(bytes) - 1) "
                "WHERE chunk = " + chunk,
                "UPDATE frame SET bytes = CAST(x'02' || substr(bytes, 2) "
                "AS BLOB) WHERE chunk = " + chunk,
                "UPDATE chunk SET digest = zeroblob(16) WHERE id = " + chunk,
                "UPDATE chunk SET dtype = 8 WHERE id = " + chunk,
                "UPDATE chunk SET raw_bytes = 4092 WHERE id = " + chunk,
                "UPDATE variable SET shape = '[3071]' WHERE id = (SELECT "
                "variable FROM name WHERE path = 'forced/1/2/4')",
                "UPDATE meta SET value = '2' WHERE key = 'format_version'",
                "UPDATE meta SET value = '5000' WHERE key = 'chunk_bytes'"):
            with self.subTest(sql=sql):
                path = self.harmed(sql)
                words = io.StringIO()
                with contextlib.redirect_stderr(words):
                    status = read_store.main([str(path), "forced/1/2/4",
                                              str(self.folder / "out")])
                self.assertEqual(status, 1, sql)
                self.assertIn("damaged", words.getvalue())

    @unittest.skipIf(read_store.digest_of is None, "no xxhash")
    def test_rows_that_lead_astray_are_told(self):
        for sql in (
                "UPDATE name SET variable = 1 WHERE path = 'forced/1/2/4'",
                "UPDATE variable SET current = 1 WHERE id = (SELECT "
                "variable FROM name WHERE path = 'forced/1/2/4')"):
            with self.subTest(sql=sql):
                with contextlib.redirect_stderr(io.StringIO()):
                    status = read_store.main([str(self.harmed(sql)),
                                              "forced/1/2/4",
                                              str(self.folder / "out")])
                self.assertEqual(status, 1, sql)

    @unittest.skipIf(read_store.digest_of is None, "no xxhash")
    def test_a_part_that_was_changed_is_told(self):
        part = ("(SELECT variable FROM name WHERE path = 'whole/0/0/part_1')")
        for sql in (
                "UPDATE part SET ordinal = 2 WHERE variable = " + part,
                "UPDATE part SET shape = '[7,4]' WHERE variable = " + part,
                "UPDATE variable SET is_part = 0 WHERE id = " + part,
                "DELETE FROM part WHERE variable = " + part):
            with self.subTest(sql=sql):
                with contextlib.redirect_stderr(io.StringIO()):
                    status = read_store.main([str(self.harmed(sql)),
                                              "whole/0/0",
                                              str(self.folder / "out")])
                self.assertEqual(status, 1, sql)

    def test_damage_of_a_delta_is_told(self):
        chunk = ("(SELECT vc.chunk FROM name AS n JOIN variable AS v "
                 "ON v.id = n.variable JOIN version_chunk AS vc "
                 "ON vc.version = v.current "
                 "WHERE n.path = 'f32' AND vc.ordinal = 1)")
        base = "(SELECT base FROM chunk WHERE id = " + chunk + ")"
        for sql in (
                "UPDATE chunk SET base = NULL WHERE id = " + chunk,
                "UPDATE chunk SET base = base + 1 WHERE id = " + chunk,
                "UPDATE chunk SET base = id WHERE id = " + chunk,
                "DELETE FROM chunk WHERE id = " + base,
                "DELETE FROM frame WHERE chunk = " + base,
                "UPDATE chunk SET base = 1 WHERE id = " + base,
                "UPDATE chunk SET dtype = 8 WHERE id = " + base,
                "UPDATE chunk SET raw_bytes = 4092 WHERE id = " + base,
                "UPDATE frame SET bytes = CAST(substr(bytes, 1, "
                "length(bytes) - 1) || x'5a' AS BLOB) WHERE chunk = " + chunk):
            with self.subTest(sql=sql):
                path = self.harmed(sql, "delta.vars.db")
                words = io.StringIO()
                with contextlib.redirect_stderr(words):
                    status = read_store.main([str(path), "f32",
                                              str(self.folder / "out")])
                self.assertEqual(status, 1, sql)
                self.assertIn("damaged", words.getvalue())

    def test_other_files_and_names_are_refused(self):
        other = self.folder / "other.db"
        db = sqlite3.connect(other)
        db.execute("CREATE TABLE t (a)")
        db.close()
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(read_store.main([str(other)]), 1)
            self.assertEqual(read_store.main(
                [str(self.folder / "wide.vars.db"), "absent", "out"]), 1)


class Lz4(unittest.TestCase):
    """The decoder that is used where there is no module."""

    def test_the_example_of_the_format(self):
        block = bytes.fromhex("f602000102030405060708090a0b0c0d0e0f00"
                              "0100500000000000")
        self.assertEqual(read_store.lz4_decode(block, 32),
                         bytes(range(16)) + bytes(16))

    def test_what_is_no_block_is_refused(self):
        for text, n in (("", 0), ("10", 1), ("f0", 20), ("f0ff", 300),
                        ("1061", 2), ("106100000000", 5), ("1061020000", 9),
                        ("10610100", 1), ("14610100", 12)):
            with self.subTest(block=text):
                with self.assertRaises(read_store.Damage):
                    read_store.lz4_decode(bytes.fromhex(text), n)


class Digests(unittest.TestCase):
    """The examples of lib/FORMAT.md, sections 7 to 9."""

    def test_the_example_of_a_mark(self):
        text = pathlib.Path(__file__).parents[2] / "lib" / "FORMAT.md"
        self.assertIn("mark %d." % read_store.mark(1, 1, 1, 0),
                      text.read_text())

    def check(self, made):
        text = pathlib.Path(__file__).parents[2] / "lib" / "FORMAT.md"
        self.assertTrue(made.hex() in text.read_text(), made.hex())

    @unittest.skipIf(read_store.digest_of is None, "no xxhash")
    def test_the_examples_of_a_digest(self):
        self.check(read_store.digest_of(b""))
        self.check(read_store.digest_of(b"abc"))

    @unittest.skipIf(read_store.digest_of is None, "no xxhash")
    def test_the_example_of_a_record(self):
        self.check(read_store.chain([
            struct.pack("<6q", 1, 1, 0, 12, 1, 0),
            read_store.digest_of(b"[2]"), read_store.digest_of(b"w")]))

    @unittest.skipIf(read_store.digest_of is None, "no xxhash")
    def test_the_example_of_a_version(self):
        content = read_store.digest_of(bytes.fromhex("0000803f00000040"))
        kind = bytes.fromhex("0c010200000000000000")
        digest = read_store.chain([kind, content])
        record = read_store.digest_of(
            struct.pack("<4q", 1, 1, 0, 1600000000000) + digest)
        for made in (content, digest, record):
            self.check(made)


if __name__ == "__main__":
    MAKER = os.environ.get("VARSTORE_EMULATOR", "").split()
    MAKER.append(sys.argv.pop(1))
    if read_store.digest_of is None:
        print("note: no xxhash: no digest is computed here")
    if read_store.lz4_block is None:
        print("note: no module lz4: the decoder in Python is used")
    unittest.main()
