#!/usr/bin/env python3
"""The store beside other ways to keep a state, interleaved in one run.

Started by run.sh; prints Markdown. Each round does one thing after the other
(saves, loads, ..), and each of these for all peers, in an order drawn anew, so
that what slows the machine down slows all of them. A ratio is that to the raw
file's time of the same thing in the same round, before medians are taken.
"""
import argparse
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

import codecs_alone
import formats
import measure
import states
from formats import PEERS, Peer, Raw, Varstore, VarstoreDelta
from states import State

HERE = pathlib.Path(__file__).resolve().parent
SLOW = 5.0  # seconds: what takes longer is not done again
N_SMALL = 5  # reads of a tensor, or of rows, in a round
EVERY = 5  # steps of training between checkpoints

SAVES = {"new": "new state", "same": "unchanged", "changed": "1 % changed"}
LOADS = {"warm": "warm", "cold": "cold", "tensor": "one tensor",
         "rows": "a slice"}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh peers")
    parser.add_argument("--driver", type=pathlib.Path, required=True,
                        help="the program bench_peer of a build")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path(),
                        help="a folder on the disk to be measured (.)")
    parser.add_argument("--cache", type=pathlib.Path, required=True,
                        help="where the real weights are kept once fetched")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of all orders")
    parser.add_argument("--states", default="f32,bf16,f16",
                        help="weights of which dtypes (f32,bf16,f16)")
    parser.add_argument("--mib", type=int, default=1024,
                        help="of a state, at most")
    parser.add_argument("--series", type=int, default=24,
                        help="checkpoints of the training run (24)")
    parser.add_argument("--made", action="store_true",
                        help="made weights, even if there are real ones")
    parser.add_argument("--peers", default="",
                        help="only those in whose names one of these words is")
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    return parser.parse_args()


class Entry:
    """A peer in a run on one state, and what it took."""

    def __init__(self, peer: Peer, folder: pathlib.Path, state: State) -> None:
        self.peer = peer
        self.folder = folder
        self.into = state.blank() if peer.fills else state
        self.taken: dict[str, list[measure.Taken]] = {}
        self.open: dict[str, list[float]] = {}  # a store that is open already
        self.size = (0, 0)
        self.cold = True  # whether what was to be cold was

    def is_slow(self, what: str) -> bool:
        """Too slow to be done again; never the store, whose states are told
        apart by what was saved before."""
        return (not isinstance(self.peer, Varstore) and
                any(t.seconds > SLOW for t in self.taken.get(what, [])))

    def note(self, what: str, taken: measure.Taken) -> None:
        self.taken.setdefault(what, []).append(taken)
        if isinstance(self.peer, Varstore) and self.peer.answer:
            self.open.setdefault(what, []).append(self.peer.answer.call)

    def seconds(self, what: str) -> list[float]:
        return [taken.seconds for taken in self.taken.get(what, [])]


def say(words: str) -> None:
    """To whoever waits."""
    print(f"peers: {words}", file=sys.stderr, flush=True)


# --- what is measured -------------------------------------------------------


class Run:
    """All peers on one state."""

    def __init__(self, state: State, changed: State, entries: list[Entry],
                 seed: int) -> None:
        self.state = state
        self.changed = changed
        self.entries = entries
        self.order = random.Random(seed)
        self.step = 0

    def do(self, entry: Entry, what: str) -> None:
        """One thing, with one peer."""
        peer, folder, into = entry.peer, entry.folder, entry.into
        first = what not in entry.taken
        self.step += 1
        if what == "new":
            measure.clear(folder)
        if what in SAVES:
            os.sync()
            state = self.changed if what == "changed" else self.state
            taken = peer.take_save(folder, state, self.step)
        elif what in ("warm", "cold"):
            if what == "cold" and not measure.forget(folder):
                entry.cold = False
            taken = peer.take_load(folder, self.changed, into, first)
        elif what == "tensor":
            taken = peer.take_tensor(folder, self.changed,
                                     self.changed.largest(), into)
        else:
            taken = peer.take_rows(folder, self.changed,
                                   self.changed.slice(), into)
        entry.note(what, taken)
        if what == "new":
            entry.size = measure.size_of(folder)

    def round(self) -> None:
        for what in [*SAVES, *LOADS]:
            for entry in self.order.sample(self.entries, len(self.entries)):
                if entry.is_slow(what):
                    continue
                for _ in range(N_SMALL if what in ("tensor", "rows") else 1):
                    self.do(entry, what)


def ratios(entry: Entry, raw: Entry, what: str) -> list[float]:
    return [mine / its for mine, its in
            zip(entry.seconds(what), raw.seconds(what))]


def run_memory(state: State, chosen: list[type[Peer]], folder: pathlib.Path,
               arguments: argparse.Namespace) -> None:
    """Each peer in a process of its own: memory that was freed would hide
    some."""
    state.write(folder / "state")
    rows = []
    for kind in chosen:
        if kind.missing() or kind is formats.RawNew:
            continue
        say(f"memory: {kind.name}")
        out = subprocess.run(
            [sys.executable, "-B", __file__, "--memory", kind.name,
             "--driver", arguments.driver, "--dir", folder / "peer",
             "--cache", folder / "state"],
            check=True, stdout=subprocess.PIPE, text=True)
        rows.append([kind.name] + [f"{max(0.0, float(mib)):.1f} MiB"
                                   for mib in out.stdout.split()])
    print(f"### Memory\n\nResident at most beside the state ({state.dtype}, "
          f"{state.bytes / measure.MIB:.1f} MiB, new) and, when loading, "
          "beside the values; pages of mapped files count.\n")
    head = ["peer", "saving", "loading"]
    measure.print_table(head, rows + missing_rows(chosen, len(head)))
    shutil.rmtree(folder)


def tell_memory(arguments: argparse.Namespace) -> None:
    """The process of its own: MiB of a save and of a load, on one line."""
    [kind] = [kind for kind in PEERS if kind.name == arguments.memory]
    state = State.read(arguments.cache)
    folder = arguments.dir
    measure.clear(folder)
    if issubclass(kind, Varstore):
        answers = []
        for verb in ("save", "load"):
            peer = kind()
            if verb == "save":
                peer.take_save(folder, state, 1)
            else:
                peer.take_load(folder, state, state, False)
            answers.append(peer.answer.mib)
            peer.close()
    else:
        peer = kind()
        little = state.first(1)
        peer.save(folder, little, 1)  # brings in what it imports
        peer.load(folder, little.blank())
        measure.clear(folder)
        into = state.blank()
        answers = [measure.peak(lambda: peer.save(folder, state, 1)),
                   measure.peak(lambda: peer.load(folder, into))]
        if not peer.fills:
            answers[1] -= state.bytes / measure.MIB
    measure.clear(folder)
    print(*answers)


# --- tables -----------------------------------------------------------------


def cells(entry: Entry, raw: Entry, what: str) -> list[str]:
    return [measure.spread_text(entry.seconds(what)),
            measure.ratio_text(ratios(entry, raw, what))]


def processor_text(entry: Entry, what: str) -> str:
    """Median of the processor's seconds, all threads."""
    return measure.seconds_text(statistics.median(
        taken.cpu for taken in entry.taken[what]))


def open_row(entry: Entry, raw: Entry, whats: list[str],
             before: list[str], after: list[str]) -> list[str]:
    """The store again, without opening and closing it."""
    row = [f"{entry.peer.name}, open already", *before]
    for what in whats:
        times = entry.open[what]
        row += [measure.spread_text(times), measure.ratio_text(
            [mine / its for mine, its in zip(times, raw.seconds(what))])]
    return row + after


def missing_rows(chosen: list[type[Peer]], width: int) -> list[list[str]]:
    return [[kind.name, kind.missing()] + [""] * (width - 2)
            for kind in chosen if kind.missing()]


def print_saves(run: Run, chosen: list[type[Peer]]) -> None:
    raw = next(e for e in run.entries if type(e.peer) is Raw)
    head = ["peer", "size", "files"]
    for what in SAVES.values():
        head += [what, "/ raw"]
    head += ["processor", "a crash leaves"]
    rows = []
    for entry in run.entries:
        if isinstance(entry.peer, formats.RawNew):
            continue
        size, files = entry.size
        row = [entry.peer.name, f"{size / run.state.bytes:.3f}", str(files)]
        for what in SAVES:
            row += cells(entry, raw, what)
        rows.append(row + [
            processor_text(entry, "new"), entry.peer.crash])
        if entry.open:
            rows.append(open_row(entry, raw, list(SAVES), ["", ""],
                                 ["", ""]))
    measure.print_table(head, rows + missing_rows(chosen, len(head)))


def print_loads(run: Run, chosen: list[type[Peer]]) -> None:
    raw = next(e for e in run.entries if type(e.peer) is Raw)
    head = ["peer"]
    for what in LOADS.values():
        head += [what, "/ raw"]
    head += ["processor"]
    rows = []
    for entry in run.entries:
        row = [entry.peer.name]
        for what in LOADS:
            row += cells(entry, raw, what)
        if not entry.cold:
            row[3] += ", not all cold"
        rows.append(row + [processor_text(entry, "warm")])
        if entry.open:
            rows.append(open_row(entry, raw, list(LOADS), [], [""]))
    measure.print_table(head, rows + missing_rows(chosen, len(head)))


def compare_on(state: State, chosen: list[type[Peer]], folder: pathlib.Path,
               arguments: argparse.Namespace) -> None:
    """Measures all peers on a state and prints two tables."""
    changed = state.with_changes(0.01, arguments.seed)
    state.write(folder / "state")
    changed.write(folder / "changed")
    entries = [Entry(kind(), folder / f"peer{i}", state)
               for i, kind in enumerate(chosen) if not kind.missing()]
    run = Run(state, changed, entries, arguments.seed)
    for i in range(arguments.rounds):
        say(f"{state.dtype}: round {i + 1} of {arguments.rounds}")
        run.round()
    for entry in entries:
        entry.peer.close()
    name, _, n = state.slice()
    print(f"### {state.dtype}: saving\n\n"
          f"{len(state.tensors)} tensors, {state.bytes / 1e6:.1f} MB.\n")
    print_saves(run, chosen)
    print(f"### {state.dtype}: loading\n\nOne tensor is "
          f"{state.tensors[state.largest()].nbytes / 1e6:.2f} MB, a slice "
          f"{n * state.tensors[name][0].nbytes / 1e3:.1f} kB of one of "
          f"{state.tensors[name].nbytes / 1e6:.2f} MB.\n")
    print_loads(run, chosen)
    shutil.rmtree(folder)


# --- a series ---------------------------------------------------------------


def run_series(chosen: list[type[Peer]], folder: pathlib.Path,
               arguments: argparse.Namespace) -> None:
    """A run's checkpoints, all kept: a folder each, or all in one store."""
    kinds = [kind for kind in chosen
             if not kind.missing() and kind is not formats.RawNew]
    if Varstore in kinds:
        kinds.insert(kinds.index(Varstore) + 1, VarstoreDelta)
    peers = {kind: kind() for kind in kinds}
    times: dict[type[Peer], list[float]] = {kind: [] for kind in kinds}
    order = random.Random(arguments.seed)
    total = 0
    for step, state in enumerate(
            states.series(HERE.parent.parent, arguments.series, EVERY), 1):
        say(f"series: {step} of {arguments.series}")
        state.write(folder / "state" / str(step))
        total += state.bytes
        for kind in order.sample(kinds, len(kinds)):
            place = series_folder(folder, kind, step)
            place.mkdir(parents=True, exist_ok=True)
            os.sync()
            times[kind].append(
                peers[kind].take_save(place, state, step).seconds)
    for kind in kinds:
        peers[kind].take_load(series_folder(folder, kind, arguments.series),
                              state, state.blank(), True)
        peers[kind].close()
    print("### A training run, every checkpoint kept\n\n"
          f"{arguments.series} checkpoints of {state.bytes / 1e6:.1f} MB "
          f"(weights and both moments of Adam, f32), {EVERY} steps of tuning "
          "apart, the embedding frozen.\n")
    rows = []
    for kind in kinds:
        size, files = measure.size_of(folder / kind.__name__)
        rows.append([kind.name, f"{size / 1e6:.1f} MB", f"{size / total:.3f}",
                     str(files), measure.spread_text(times[kind]),
                     measure.ratio_text([a / b for a, b in
                                         zip(times[kind], times[Raw])])])
    head = ["peer", "all of it", "/ raw", "files", "a save", "/ raw"]
    measure.print_table(head, rows + missing_rows(chosen, len(head)))
    shutil.rmtree(folder)


def series_folder(folder: pathlib.Path, kind: type[Peer],
                  step: int) -> pathlib.Path:
    place = folder / kind.__name__
    return place if kind.history else place / f"step{step}"


# --- everything -------------------------------------------------------------


def choose(words: str) -> list[type[Peer]]:
    if not words:
        return PEERS
    return [kind for kind in PEERS if kind in (Raw, Varstore)
            or any(word in kind.name for word in words.split(","))]


def print_versions(chosen: list[type[Peer]]) -> None:
    told = {}
    for kind in chosen:
        if not issubclass(kind, (Raw, Varstore)):
            name = kind.module or kind.name.split()[0].partition(".")[0]
            told[name] = kind.missing() or kind.version()
    told["numpy"] = states.np.__version__
    print("Versions: " + ", ".join(
        f"{name} {text}" for name, text in told.items()) + ".\n")


def main() -> None:
    arguments = parse_arguments()
    Varstore.program = arguments.driver.resolve()
    if arguments.memory:
        tell_memory(arguments)
        return
    chosen = choose(arguments.peers)
    archive = None if arguments.made else states.fetch(arguments.cache)
    wanted = [state.first(arguments.mib * measure.MIB) for state in
              states.weights(arguments.states.split(","), archive)]
    folder = pathlib.Path(tempfile.mkdtemp(
        prefix="peers.", dir=arguments.dir.resolve()))
    try:
        print_versions(chosen)
        print("Weights: " + (
            f"{states.PACKAGE}, tensors of {states.LEAST_BYTES} bytes and "
            "more; bf16 are its f32, rounded." if archive else
            "normal numbers of deviation 0.05, since real ones were not "
            "wanted or could not be fetched.") + "\n", flush=True)
        for state in wanted:
            compare_on(state, chosen, folder / state.dtype, arguments)
        run_memory(wanted[0], chosen, folder / "memory", arguments)
        if arguments.series > 0:
            run_series(chosen, folder / "series", arguments)
        codecs_alone.run(wanted, folder, arguments.rounds, arguments.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
