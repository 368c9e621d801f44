#!/usr/bin/env python3
"""Plays recorded programs on a store again. No TensorFlow is needed.

    replay.py DRIVER FILE...             against the recorded outcomes
    replay.py DRIVER --again FILE...     three runs on one store
    replay.py DRIVER --together FILE...  two processes on one store

"--every N" takes each Nth program only; "--complete" wants to see each
deviation that compare.py lists. Prints what differs, and exits 1 if something does.
"""
import argparse
import pathlib
import sys

import compare
import language
import players
import rerun


def read_all(paths):
    return [program for path in paths for program in language.read(
        path.read_text(encoding="utf-8").splitlines())]


def show(program, at, expected, told, what):
    print(f"program {program.ident}, operation {at + 1} {what}:")
    print(f"    {program.ops[at]}")
    print(f"    expected {expected[at]}")
    print(f"    but      {told[at] if at < len(told) else 'nothing'}")


def replay(programs, driver):
    """Against TensorFlow's outcomes. Returns how many programs differ, and
    which deviations were met."""
    differ, met = 0, set()
    for program, (_, told) in zip(programs, driver.ask(programs)):
        verdict = compare.compare(program, program.outcomes, told)
        met |= set(verdict.met)
        if verdict.at is not None:
            show(program, verdict.at, program.outcomes, told, "differs")
            differ += 1
    return differ, met


def tell_unseen(met):
    """A deviation that no program shows is a row too many."""
    unseen = [d for d in compare.DEVIATIONS if d not in met]
    for deviation in unseen:
        print(f"no program shows {deviation.number}: {deviation.what}")
    return len(unseen)


def replay_again(programs, driver):
    """Three runs: the second finds what the first made, the third is the
    second once more."""
    differ = 0
    runs = driver.ask(programs, "--again")
    for i, program in enumerate(programs):
        (_, first), (_, second), (_, third) = runs[3 * i:3 * i + 3]
        at = rerun.compare(program, first, second)
        if at is not None:
            show(program, at, first, second, "changed after a restart")
        elif second != third:
            at = next(i for i, t in enumerate(second) if t != third[i])
            show(program, at, second, third, "changed after two restarts")
        differ += at is not None
    return differ


def replay_together(programs, driver):
    """One run alone, and two at the same time on another store."""
    differ = 0
    runs = driver.ask(programs, "--together")
    for i, program in enumerate(programs):
        (_, alone), *both = runs[3 * i:3 * i + 3]
        for _, told in both:
            at = rerun.compare(program, alone, told)
            if at is not None:
                show(program, at, alone, told, "changed beside another")
                differ += 1
                break
    return differ


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("driver")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--again", action="store_true")
    how.add_argument("--together", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--complete", action="store_true")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    driver = players.Driver(arguments.driver)
    programs = read_all(arguments.files)[::arguments.every]
    if arguments.again or arguments.together:
        programs = [p for p in programs if rerun.repeats(p)]
    if arguments.again:
        differ = replay_again(programs, driver)
    elif arguments.together:
        differ = replay_together(programs, driver)
    else:
        differ, met = replay(programs, driver)
        if arguments.complete:
            differ += tell_unseen(met)
    print(f"{len(programs)} programs, {differ} complaints")
    return differ != 0 or not programs


if __name__ == "__main__":
    sys.exit(main())
