#!/usr/bin/env python3
"""Random programs against TensorFlow: see README.md. Started by ./run."""
import argparse
import collections
import pathlib
import sys
import tempfile
import time

import compare
import corpus
import generate
import language
import players
import shrink

HERE = pathlib.Path(__file__).parent
BATCH = 100


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/oracle/run")
    parser.add_argument("--driver", required=True,
                        help="the program oracle_driver of a build")
    parser.add_argument("--seed", default="1", help="which programs (1)")
    parser.add_argument("--first", type=int, default=0,
                        help="number of the first one (0)")
    parser.add_argument("--count", type=int, default=1000,
                        help="how many (1000)")
    parser.add_argument("--seconds", type=float, default=float("inf"),
                        help="stop after that time")
    parser.add_argument("--keep", type=pathlib.Path, default=HERE / "traces",
                        help="where programs that differ are kept")
    parser.add_argument("--record", type=pathlib.Path,
                        help="judge the programs of this file anew")
    parser.add_argument("--corpus", action="store_true",
                        help="choose the programs of corpus.txt anew")
    return parser.parse_args()


class Tally:
    """What was seen."""

    def __init__(self):
        self.began = time.monotonic()
        self.programs = 0
        self.operations = 0
        self.compared = 0
        self.differ = 0
        self.met = collections.Counter()
        self.told = collections.Counter()

    def count(self, program, judged, verdict):
        self.programs += 1
        self.operations += len(program.ops)
        self.compared += verdict.compared
        self.differ += verdict.at is not None
        self.met.update(verdict.met)
        self.told.update(" ".join(t.split(" ")[:2]) if t[0] == "!" else
                         t.split(" ")[0] for t in judged)

    def print(self):
        print(f"{self.programs} programs, {self.operations} operations, "
              f"{self.compared} compared, {self.differ} programs differ, "
              f"{time.monotonic() - self.began:.0f} s")
        for deviation in compare.DEVIATIONS:
            print(f"  {deviation.number:4} {self.met[deviation]:7}  "
                  f"{deviation.what}")
        print("  outcomes:", ", ".join(
            f"{word} {n}" for word, n in self.told.most_common()), flush=True)


def kind_of(program, judged, ours, at):
    """What makes two differences the same one, while a program shrinks."""
    def first(told):
        words = told.split(" ")
        return words[:2] if words[0] == "!" else words[:1]
    if len(ours) != len(judged):
        return "length"
    return program.ops[at].verb, first(judged[at]), first(ours[at])


def keep(program, judge, driver, folder):
    """Shrinks the program and writes it down. Returns its file."""
    def look(candidate):
        judged = judge.ask(candidate)
        (_, ours), = driver.ask([candidate])
        verdict = compare.compare(candidate, judged, ours)
        return judged, ours, verdict.at

    judged, ours, at = look(program)
    kind = kind_of(program, judged, ours, at)

    def shows(candidate):
        judged, ours, at = look(candidate)
        return at is not None and kind_of(candidate, judged, ours, at) == kind

    small = shrink.shrink(program, shows)
    judged, ours, at = look(small)
    path = folder / f"found-{program.ident}.txt"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# The library: {ours[at]}\n"
                    + str(language.Program(small.ident, small.ops, judged)),
                    encoding="utf-8")
    return path


def run(arguments, judge, driver):
    tally = Tally()
    end = tally.began + arguments.seconds
    last = arguments.first + arguments.count
    for first in range(arguments.first, last, BATCH):
        batch = [generate.make(arguments.seed, n)
                 for n in range(first, min(first + BATCH, last))]
        runs = driver.ask(batch)
        for program, (_, ours) in zip(batch, runs):
            judged = judge.ask(program)
            verdict = compare.compare(program, judged, ours)
            tally.count(program, judged, verdict)
            if verdict.at is not None:
                path = keep(program, judge, driver, arguments.keep)
                print(f"program {program.ident} differs: {path}", flush=True)
        if first // 5000 != (first + BATCH) // 5000:
            tally.print()
        if time.monotonic() > end:
            break
    tally.print()
    return tally.differ != 0


def record(path, judge):
    """Writes TensorFlow's outcomes into a file of programs."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    told = [str(language.Program(p.ident, p.ops, judge.ask(p)))
            for p in language.read(lines)]
    path.write_text("".join(line + "\n" for line in head) + "".join(told),
                    encoding="utf-8")


def make_corpus(judge, driver):
    chosen = corpus.choose(judge, driver)
    (HERE / "corpus.txt").write_text(
        "# Made by `tests/oracle/run --corpus`: programs, and what "
        "TensorFlow did.\n" + "".join(str(p) for p in chosen),
        encoding="utf-8")
    print(f"{len(chosen)} programs")


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryFile("w+") as log:
        judge = players.Judge(sys.executable, log)
        driver = players.Driver(arguments.driver)
        try:
            if arguments.record:
                record(arguments.record, judge)
                return 0
            if arguments.corpus:
                make_corpus(judge, driver)
                return 0
            return run(arguments, judge, driver)
        finally:
            judge.stop()


if __name__ == "__main__":
    sys.exit(main())
