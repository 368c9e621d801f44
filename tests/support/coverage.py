#!/usr/bin/env python3
"""coverage.py SOURCE BUILD [--files] [--missing [PART...]] [--whole] - which
lines and branches of lib/src the tests of a coverage build reached, by gcov's
counts.

    cmake --workflow --preset coverage      # builds, tests, prints the rooms
    tests/support/coverage.py . build/coverage --files
    tests/support/coverage.py . build/coverage --missing db model/fresh.c

Without options one row per room. `--files`: one per file too. `--missing`: each
branch that was never taken, or of each whole line that was never reached, with
the line's text; of the rooms and files that are named, or of all. `--whole`:
each branch too, and an end with 1 if there is one.

A branch is one way out of a condition: `a && b` has four. Left out are asserts
and what stands in vs__never (base/never.h), by the build itself, and, counted
in the last column,

- lines that ask what the processor can do, which is one answer per machine, or
  whether another thread came in between, which is a matter of luck;
- functions for processors that have the highest byte first
  (tests/emulate/run.sh runs them);
- the way that a compiler adds to a `switch` without `default:`, if it was not
  taken. Such a one is over an enum and names each of its values: compilers see
  to that (-Wswitch).

A failed allocation or a failed call to the disk is in: the tests have them
fail.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

LEFT_OUT = re.compile(r"^(?!#).*(__builtin_cpu_supports|has_avx\w+|"
                      r"atomic_compare_exchange_weak)\(")
HIGHEST_FIRST = {"emit_swapped"}
SWITCH = re.compile(r"( *)switch \(")


def has_default(text, number):
    """Whether the switch that starts on this line has a `default:`."""
    indent = SWITCH.match(text[number - 1])[1]
    for line in text[number:]:
        if line.startswith(indent + "default:"):
            return True
        if line.startswith(indent + "}"):
            return False
    return False


def counts_of(gcda):
    """gcov's report of one object, without files of its own."""
    run = subprocess.run(["gcov", "-b", "-j", "-t", str(gcda)],
                         capture_output=True, check=True, cwd=gcda.parent)
    # One JSON document a line.
    return [json.loads(text) for text in run.stdout.splitlines() if text]


class File:
    """What was reached of one source, in all objects that it is part of."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = {}  # line -> counts, of all its branches in order
        self.n_left_out = 0

    def add(self, lines):
        # A line may be in several functions, or in a macro's several uses.
        seen = collections.defaultdict(list)
        for line in lines:
            number = line["line_number"]
            if line.get("function_name") in HIGHEST_FIRST:
                self.n_left_out += len(line["branches"])
                continue
            self.lines[number] += line["count"]
            seen[number] += [branch["count"] for branch in line["branches"]]
        for number, new in seen.items():
            old = self.branches.setdefault(number, [])
            old += [0] * (len(new) - len(old))
            for i, count in enumerate(new):
                old[i] += count

    def leave_out(self, text):
        for number, line in enumerate(text, 1):
            counts = self.branches.get(number, [])
            if LEFT_OUT.search(line) and counts:
                self.n_left_out += len(counts)
                self.branches.pop(number)
            elif (SWITCH.match(line) and counts and counts[-1] == 0 and
                  not has_default(text, number)):
                self.n_left_out += 1
                counts.pop()

    def line_figures(self):
        return sum(n > 0 for n in self.lines.values()), len(self.lines)

    def branch_figures(self):
        every = [n for counts in self.branches.values() for n in counts]
        return sum(n > 0 for n in every), len(every)


def read(source, build):
    root = source / "lib/src"
    objects = build / "lib/CMakeFiles/varstore_objects.dir/src"
    counts = sorted(objects.rglob("*.gcda"))
    if not counts:
        sys.exit(f"no counts below {objects}: "
                 "run the tests of a coverage build first")
    files = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for reports in pool.map(counts_of, counts):
            for report in reports:
                at = report["current_working_directory"]
                for entry in report["files"]:
                    path = pathlib.Path(
                        os.path.normpath(os.path.join(at, entry["file"])))
                    if path.is_relative_to(root):
                        name = str(path.relative_to(root))
                        files.setdefault(name, File()).add(entry["lines"])
    return files


def row(name, files):
    lines = [f.line_figures() for f in files]
    branches = [f.branch_figures() for f in files]
    figures = []
    for pairs in lines, branches:
        hit, of = (sum(p[i] for p in pairs) for i in (0, 1))
        figures += [of, 100 * hit / of if of else 100, of - hit]
    print("%-28s %6d %6.1f%% %5d %8d %6.1f%% %5d %9d"
          % (name, *figures, sum(f.n_left_out for f in files)))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--missing", nargs="*", metavar="PART")
    parser.add_argument("--whole", action="store_true")
    asked = parser.parse_args()
    source = asked.source.resolve()
    files = read(source, asked.build.resolve())
    texts = {name: (source / "lib/src" / name).read_text().split("\n")
             for name in files}
    for name, file in files.items():
        file.leave_out(texts[name])

    if asked.missing is not None:
        parts = tuple(asked.missing)
        for name in sorted(files):
            if not parts or name.startswith(parts):
                tell_missing(name, files[name], texts[name])
        return
    rooms = collections.defaultdict(list)
    for name in sorted(files):
        rooms[name.split("/")[0]].append(name)
    print("%-28s %6s %7s %5s %8s %7s %5s %9s"
          % ("room", "lines", "reached", "left", "branches", "taken", "left",
             "left out"))
    for room, names in [*rooms.items(), ("lib", list(files))]:
        row(room, [files[n] for n in names])
        if asked.files and room != "lib":
            for name in names:
                row("  " + name, [files[name]])
    if asked.whole:
        lacking = [name for name in sorted(files)
                   if any(0 in counts
                          for counts in files[name].branches.values())]
        for name in lacking:
            tell_missing(name, files[name], texts[name])
        sys.exit(1 if lacking else 0)


def tell_missing(name, file, text):
    for number in sorted(file.lines):
        counts = file.branches.get(number, [])
        left = [str(i + 1) for i, n in enumerate(counts) if n == 0]
        if file.lines[number] == 0:
            what = "never reached"
        elif left:
            what = "branch %s of %d" % (",".join(left), len(counts))
        else:
            continue
        print(f"{name}:{number}: {what}: {text[number - 1].strip()}")


main()
