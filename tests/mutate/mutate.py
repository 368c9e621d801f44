#!/usr/bin/env python3
"""mutate.py [options] [BUILD] - would the tests notice a wrong branch?

Takes a source of the library, changes one thing in it, builds that one object,
links the tests with it and runs them: one mutant. It is killed if a test fails
or takes far too long, and survives if all pass. A survivor is a missing test,
or a change that nobody could notice: the compiler makes the same code of it, or
tests/mutate/equivalent lists it with the reason. BUILD (build/test) must be
built; nothing in it or in the sources is changed.

    tests/mutate/mutate.py --count
    tests/mutate/mutate.py --file db/txn.c
    tests/mutate/mutate.py --file tensor/slice.c --list
    tests/mutate/mutate.py --sample 200 --seed 7     # of all files below

The changes: a condition negated; its statement dropped (it is looked at all the
same); && for ||, < for <=, == for !=, + for -, true for false, and the other way
round; a number one more or less; a returned status replaced by VS_OK.

The tests: that of the file, then all of its room, then those that its line in
FILES names, the quick ones first; none that takes more than --slow seconds.
A time limit of ten times what a test took unchanged, and of memory and file
sizes, keeps a mutant from much harm. It may delete what its user may, though: one
of db/create.c took /dev/null away from root. Exits with 1 if any survived.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent

# What must not be wrong in any branch: the sources that are taken unless --file
# names others, with a pattern of further tests to be asked.
FILES = {
    "base/alloc.c": "",
    "base/buf.c": "",
    "base/options.c": "",
    "tensor/shape.c": "",
    "tensor/slice.c": "",
    "codec/digest.c": "^chunk[.]seal",
    "codec/frame.c": "",
    "codec/delta.c": "",
    "codec/lz4block.c": "",
    "codec/pack_plan.c": "",
    "db/txn.c": "^model[.]write",
    "db/bulk.c": "",
    "db/create.c": "",
    "db/flush.c": "",
    "db/header.c": "",
    "db/place.c": "^concurrency[.]stray",
    "db/sums.c": "",
    "chunk/list.c": "^model[.]write",
    "chunk/pool.c": "^model[.]write",
    "chunk/seal.c": "",
    "chunk/writer.c": "",
    "model/fresh.c": "",
    "model/record.c": "^service[.]check",
    "model/write.c": "^service[.]check",
}

KEYWORDS = {"return", "case", "sizeof", "else", "goto", "do", "in"}
SWAPS = {
    "&&": "||", "||": "&&", "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "==": "!=", "!=": "==", "+": "-", "-": "+", "+=": "-=", "-=": "+=",
    "true": "false", "false": "true",
}
TOKEN = re.compile(r"""
    (?P<blank>\s+|/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:[^\n\\]|\\.)*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<mark><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
""", re.VERBOSE | re.DOTALL | re.MULTILINE)


@dataclasses.dataclass
class Token:
    kind: str
    text: str
    at: int


@dataclasses.dataclass
class Mutant:
    file: str
    code: str  # all of the file, unchanged
    line: int
    function: str
    begin: int
    end: int
    text: str  # in place of [begin, end)
    before: str  # for people, and to know it again
    after: str

    def key(self):
        return f"{self.file} {self.function}: {self.before} => {self.after}"


def tokens_of(code):
    found = (Token(m.lastgroup, m.group(), m.start())
             for m in TOKEN.finditer(code))
    return [t for t in found if t.kind != "blank"]


def closing(tokens, i):
    """The index of the bracket that closes the one at i."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += tokens[j].text in "([{" and tokens[j].kind == "mark"
        depth -= tokens[j].text in ")]}" and tokens[j].kind == "mark"
        if depth == 0:
            return j
    raise ValueError("a bracket is not closed")


def functions_of(tokens):
    """(name, returns a status, first and last token of the body) of each."""
    i = start = 0
    while i < len(tokens):
        text = tokens[i].text
        if text == ";":
            start = i + 1
        elif text == "{" and tokens[i].kind == "mark":
            end = closing(tokens, i)
            if tokens[i - 1].text == ")":
                head = [t.text for t in tokens[start:i]]
                name = next((t for t, then in zip(head, head[1:])
                             if then == "("), "?")
                if name == "(":
                    name = "?"
                yield name, "vs_status" in head[:head.index("(")], i, end
                start = end + 1
            i = end
        elif text == "(":
            i = closing(tokens, i)
        i += 1


def one_line(text):
    text = re.sub(r"/\*.*?(\*/|$)", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).strip()


class Maker:
    """Makes all mutants of a file."""

    def __init__(self, name, code):
        self.name = name
        self.code = code
        self.tokens = tokens_of(code)
        self.made = []

    def add(self, begin, end, text, before=None, after=None):
        first = self.code.rfind("\n", 0, begin) + 1
        last = self.code.find("\n", end)
        self.made.append(Mutant(
            self.name, self.code, self.code.count("\n", 0, begin) + 1, self.function,
            begin, end, text,
            before or one_line(self.code[first:last]),
            after or one_line(self.code[first:begin] + text
                              + self.code[end:last])))

    def all(self):
        for self.function, status, begin, end in functions_of(self.tokens):
            for i in range(begin + 1, end):
                self.condition(i)
                self.swap(i)
                self.number(i)
                if status:
                    self.status(i)
        again = collections.Counter()
        for mutant in self.made:  # the same line twice in a function
            again[mutant.key()] += 1
            if again[mutant.key()] > 1:
                mutant.after += f" #{again[mutant.key()]}"
        return self.made

    def condition(self, i):
        token = self.tokens[i]
        if token.text != "if":
            return
        last = closing(self.tokens, i + 1)
        begin = self.tokens[i + 1].at + 1
        end = self.tokens[last].at
        inside = self.code[begin:end]
        text = one_line(inside)
        self.add(begin, end, f"!({inside})", f"if ({text})", f"if (!({text}))")
        self.add(begin, end, f"({inside}) && 0", f"if ({text})",
                 f"if (({text}), false)")

    def is_alone(self, i):
        """True of a comparison that is all of an if's condition: to turn it
        round is to negate that."""
        depth = 0
        for j in range(i, 0, -1):
            text = self.tokens[j].text
            if text in (")", "]"):
                depth += 1
            elif text in ("(", "["):
                if depth == 0:
                    if self.tokens[j - 1].text != "if":
                        return False
                    inside = self.tokens[j + 1:closing(self.tokens, j)]
                    return not any(t.text in ("&&", "||", "?")
                                   for t in inside)
                depth -= 1
            elif text in (";", "{", "}"):
                return False
        return False

    def swap(self, i):
        token = self.tokens[i]
        other = SWAPS.get(token.text)
        if other is None or token.kind == "text":
            return
        before = self.tokens[i - 1]
        if token.text in ("+", "-") and (
                before.text in KEYWORDS
                or not (before.kind in ("word", "number")
                        or before.text in (")", "]"))
                or self.is_cast(i - 1)):
            return  # a sign
        if token.text in ("==", "!=") and self.is_alone(i):
            return
        self.add(token.at, token.at + len(token.text), other)

    def is_cast(self, i):
        """True of the ) that ends a type in brackets."""
        if self.tokens[i].text != ")":
            return False
        j = i - 1
        while self.tokens[j].text == "*":
            j -= 1
        return (self.tokens[j - 1].text == "("
                and re.fullmatch(r"\w+_t|int|char|double|float|size_t|long",
                                 self.tokens[j].text) is not None)

    def number(self, i):
        token = self.tokens[i]
        match = re.fullmatch(r"(0[xX][\da-fA-F]+|\d+)([uUlL]*)", token.text)
        if token.kind != "number" or match is None:
            return
        if (self.tokens[i - 1].text == "[" and self.tokens[i + 1].text == "]"
                and self.tokens[i - 3].kind == "word"
                and self.tokens[i - 3].text not in KEYWORDS):
            return  # how long an array is
        if self.tokens[i - 1].text == "{" and self.tokens[i + 1].text == "}":
            return  # = {0}
        if token.text == "0" and self.tokens[i - 1].text in ("==", "!="):
            return  # turned round, or dropped, anyway
        digits = match.group(1)
        octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
        value = int(digits, 8 if octal else 0)
        for near in (value + 1, value - 1):
            if near >= 0:
                self.add(token.at, token.at + len(token.text),
                         f"{near}{match.group(2)}")

    def status(self, i):
        token = self.tokens[i]
        if token.text != "return":
            return
        last = i
        while self.tokens[last].text != ";":
            last += 1
        begin = self.tokens[i + 1].at
        end = self.tokens[last].at
        value = self.code[begin:end]
        if value in ("VS_OK", "VS_DONE", ""):
            return
        text = one_line(value)
        self.add(begin, end, f"((void)({value}), VS_OK)",
                 f"return {text};", "return VS_OK;")


class Build:
    """What a build folder knows: how objects are made, programs linked, tests
    run."""

    def __init__(self, folder):
        self.folder = folder.resolve()
        commands = json.loads(
            (self.folder / "compile_commands.json").read_text())
        self.compile = {c["file"]: c for c in commands}
        listed = subprocess.run(
            ["ctest", "--test-dir", str(self.folder), "--show-only=json-v1"],
            capture_output=True, check=True, text=True)
        self.tests = {t["name"]: t["command"]
                      for t in json.loads(listed.stdout)["tests"]
                      if t.get("command")}
        self.links = {}

    def source_of(self, name):
        for place in (SOURCE / "lib/src" / name, SOURCE / name):
            if place.is_file():
                return place
        sys.exit(f"no such source: {name}")

    def tests_of(self, name, more, slow):
        """The tests to ask, with what each took; the file's own first. They
        are built and run as for a mutant that is none."""
        room, stem = pathlib.Path(name).parts[-2:]
        own = f"{room}.{stem.removesuffix('.c')}"
        wanted = re.compile(rf"^{room}[.]" + (f"|{more}" if more else ""))
        source = self.source_of(name)
        took = {}
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            folder.chmod(0o755)  # some become other users
            obj = self.object(source, source.read_text(), folder, ["-O1"])
            for test, command in self.tests.items():
                if not (wanted.search(test) and pathlib.Path(
                        command[0]).is_relative_to(self.folder)):
                    continue
                seconds, status = self.ask(test, obj, folder, 120)
                if status != 0:
                    print(f"left out: {test} fails on what is not changed",
                          flush=True)
                elif seconds <= slow or test == own:
                    took[test] = seconds
        if not took or (own in self.tests and own not in took):
            sys.exit(f"no tests for {name} in {self.folder}")
        return sorted(took.items(), key=lambda t: (t[0] != own, t[1]))

    def ask(self, test, obj, folder, seconds):
        """Runs a test with obj in its program; as `run`."""
        command = list(self.tests[test])
        program = folder / pathlib.Path(command[0]).name
        scratch = folder / "scratch"
        self.link(command[0], obj, program)
        scratch.mkdir()
        try:
            return run([str(program), *command[1:]], scratch, seconds)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def object(self, source, code, folder, flags):
        """Compiles what has become of a source. None if it is no C."""
        entry = self.compile[str(source)]
        changed = folder / source.name
        changed.write_text(code)
        out = folder / "mutant.o"
        words = [w for w in shlex.split(entry["command"])
                 if w != "ccache" and not w.endswith("/ccache")
                 and not re.match(r"-O\d|-g$|-Werror$|-W[a-z]", w)]
        at = words.index("-o")
        words[at + 1] = str(out)
        words = [str(changed) if w == str(source) else w for w in words]
        # Its own headers are beside the source.
        words += ["-w", "-iquote", str(source.parent), *flags]
        made = subprocess.run(words, cwd=entry["directory"],
                              capture_output=True, check=False)
        return out if made.returncode == 0 else None

    def link(self, program, obj, out):
        """Links a test's program again, with obj instead of what the library
        has of it."""
        if program not in self.links:
            target = os.path.relpath(program, self.folder)
            told = subprocess.run(
                ["ninja", "-C", str(self.folder), "-t", "commands", "-s",
                 target], capture_output=True, check=True, text=True)
            line = told.stdout.strip().split("\n")[-1]
            words = shlex.split(line.replace("&& :", "").replace(": &&", ""))
            if "&&" in words:
                words = words[:words.index("&&")]
            self.links[program] = [w for w in words
                                   if not w.endswith("ccache")]
        words = list(self.links[program])
        words[words.index("-o") + 1] = str(out)
        # An archive gives only what is still missing.
        first = next(i for i, w in enumerate(words) if w.endswith(".a"))
        words.insert(first, str(obj))
        subprocess.run(words, cwd=self.folder, check=True,
                       capture_output=True)


def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 31, 1 << 31))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33))


def run(command, scratch, seconds):
    """How long a test took and its exit status; None if it was too long."""
    began = time.monotonic()
    with subprocess.Popen(
            command, cwd=scratch, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(scratch)},
            start_new_session=True, preexec_fn=limit) as child:
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        try:  # and children that are left
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return time.monotonic() - began, status


def judge(build, mutant, source, tests, asked):
    """killed, timed out, same code, invalid or survived; and by which test."""
    code = mutant.code[:mutant.begin] + mutant.text + mutant.code[mutant.end:]
    folder = pathlib.Path(tempfile.mkdtemp(dir=asked.scratch))
    folder.chmod(0o755)
    try:
        obj = build.object(source, code, folder, ["-O1"])
        if obj is None:
            return "invalid", ""
        for test, seconds in tests:
            _, status = build.ask(test, obj, folder, 10 * seconds + 3)
            if status is None:
                return "timed out", test
            if status != 0:
                return "killed", test
        return ("same code"
                if same_code(build, source, [mutant.code, code], folder)
                else "survived"), ""
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def same_code(build, source, codes, folder):
    """Whether the compiler makes the same of both."""
    made = [build.object(source, code, folder, ["-O2", "-S"]).read_text()
            for code in codes]
    return made[0] == made[1]


def known():
    """What tests/mutate/equivalent lists: keys, each followed by its reason."""
    lines = (HERE / "equivalent").read_text().split("\n")
    return {line for line in lines if line and line[0] not in "# "}


def row(name, counts):
    tried = sum(counts.values()) - counts["invalid"]
    print("%-24s %6d %7d %9d %10d %9d" % (
        name, tried, counts["killed"], counts["timed out"],
        counts["same code"] + counts["listed"], counts["survived"]))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path,
                        default=SOURCE / "build/test")
    parser.add_argument("--file", action="append", metavar="ROOM/FILE.c")
    parser.add_argument("--only", metavar="TEXT",
                        help="mutants whose description has this")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", default="", metavar="REGEX",
                        help="further tests to ask")
    parser.add_argument("--slow", type=float, default=10,
                        metavar="SECONDS")
    parser.add_argument("--minutes", type=float, default=0,
                        help="begin no mutant after so long")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--scratch", help="folder for programs and stores")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--count", action="store_true")
    asked = parser.parse_args()
    build = Build(asked.build)
    mutants = []
    for name in asked.file or FILES:
        made = Maker(name, build.source_of(name).read_text()).all()
        made = [m for m in made if not asked.only or asked.only in m.key()]
        mutants += made
        if asked.count:
            print("%-24s %6d" % (name, len(made)))
    if asked.sample and asked.sample < len(mutants):
        mutants = random.Random(asked.seed).sample(mutants, asked.sample)
        mutants.sort(key=lambda m: (m.file, m.begin))
    if asked.count:
        print("%-24s %6d" % ("all", len(mutants)))
    if asked.list:
        for mutant in mutants:
            print(f"{mutant.line}: {mutant.key()}")
    if not (asked.count or asked.list):
        sys.exit(try_all(build, mutants, asked))


def try_all(build, mutants, asked):
    listed = known()
    began = time.monotonic()
    counts = collections.defaultdict(collections.Counter)
    tests = {}
    for name in dict.fromkeys(m.file for m in mutants):
        more = "|".join(p for p in (FILES.get(name, ""), asked.tests) if p)
        tests[name] = build.tests_of(name, more, asked.slow)

    def one(mutant):
        if asked.minutes and time.monotonic() - began > 60 * asked.minutes:
            return mutant, "not begun", ""
        return mutant, *judge(build, mutant, build.source_of(mutant.file),
                              tests[mutant.file], asked)

    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for mutant, verdict, test in pool.map(one, mutants):
            if verdict == "not begun":
                continue
            if verdict == "survived" and mutant.key() in listed:
                verdict = "listed"
            counts[mutant.file][verdict] += 1
            if verdict == "survived":
                print(f"survived: {mutant.line}: {mutant.key()}", flush=True)
    print("%-24s %6s %7s %9s %10s %9s" % (
        "file", "tried", "killed", "timed out", "equivalent", "survived"))
    total = collections.Counter()
    for name, count in counts.items():
        row(name, count)
        total += count
    row("all", total)
    return 1 if total["survived"] else 0


main()
