#!/usr/bin/env python3
"""Random programs against TensorFlow: see README.md. Started by ./run."""
import argparse
import collections
import json
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
BATCH = 100  # programs; of ten batches one has a store for each of its programs


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
    parser.add_argument("--tally", type=pathlib.Path,
                        help="a file for what was seen so far; if it is "
                        "there, the run goes on behind it")
    parser.add_argument("--sum", type=pathlib.Path, nargs="+",
                        help="print what these files of tallies say together")
    parser.add_argument("--record", type=pathlib.Path,
                        help="judge the programs of this file anew")
    parser.add_argument("--corpus", action="store_true",
                        help="choose the programs of corpus.txt anew")
    return parser.parse_args()


def features(program):
    """What a program shows: verbs, their keys, and what some keys say."""
    for op in program.ops:
        yield op.verb
        for key, value in op.keys.items():
            yield f"{op.verb} {key}"
            if key in ("init", "part", "getter", "reuse", "make"):
                yield f"{op.verb} {key}={value.split(':')[0]}"


class Tally:
    """What was seen: counters by name, and counters of words."""

    def __init__(self):
        self.n = collections.Counter()  # programs, operations, ...
        self.met = collections.Counter()
        self.told = collections.Counter()
        self.features = collections.Counter()  # programs with each

    def count(self, program, judged, verdict):
        self.n.update(programs=1, operations=len(program.ops),
                      compared=verdict.compared,
                      differ=verdict.at is not None)
        self.met.update({f"{d.number} {d.what}": n
                         for d, n in verdict.met.items()})
        self.told.update(" ".join(t.split(" ")[:2]) if t[0] == "!" else
                         t.split(" ")[0] for t in judged)
        self.features.update(set(features(program)))

    def save(self, path):
        new = path.with_suffix(".new")
        new.write_text(json.dumps(vars(self), indent=1), encoding="utf-8")
        new.replace(path)

    def add(self, path):
        for name, counts in json.loads(path.read_text("utf-8")).items():
            getattr(self, name).update(counts)

    def print(self):
        n = self.n
        print(f"{n['programs']} programs, {n['operations']} operations, "
              f"{n['compared']} compared, {int(n['differ'])} programs differ, "
              f"{n['seconds']} s")
        for deviation in compare.DEVIATIONS:
            what = f"{deviation.number} {deviation.what}"
            print(f"  {self.met[what]:7}  {what}")
        print("  outcomes:", ", ".join(
            f"{word} {n}" for word, n in self.told.most_common()), flush=True)

    def print_features(self):
        print("  programs with:", ", ".join(
            f"{word} {n}" for word, n in sorted(self.features.items())))


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
    last = arguments.first + arguments.count
    if arguments.tally and arguments.tally.exists():
        tally.add(arguments.tally)
    began = time.monotonic() - tally.n["seconds"]
    end = time.monotonic() + arguments.seconds
    for first in range(arguments.first + tally.n["programs"], last, BATCH):
        batch = [generate.make(arguments.seed, n)
                 for n in range(first, min(first + BATCH, last))]
        runs = driver.ask(batch, *(
            ["--within"] if first // BATCH % 10 else []))
        for program, (_, ours) in zip(batch, runs):
            judged = judge.ask(program)
            verdict = compare.compare(program, judged, ours)
            tally.count(program, judged, verdict)
            if verdict.at is not None:
                path = keep(program, judge, driver, arguments.keep)
                print(f"program {program.ident} differs: {path}", flush=True)
        tally.n["seconds"] = round(time.monotonic() - began)
        if arguments.tally:
            tally.save(arguments.tally)
        if first // 5000 != (first + BATCH) // 5000:
            tally.print()
        if time.monotonic() > end:
            break
    tally.print()
    return tally.n["differ"] != 0


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
    if arguments.sum:
        tally = Tally()
        for path in arguments.sum:
            tally.add(path)
        tally.print()
        tally.print_features()
        return 0
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
