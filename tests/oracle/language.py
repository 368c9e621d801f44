"""Programs of scopes as text: see README.md, "The language".

A program is a list of operations, an operation a verb and its keys. What
follows " => " on a line is a recorded outcome.
"""
import re

MARK = " => "


class Op:
    """One operation: a verb, and a dictionary of text by key."""

    def __init__(self, verb, **keys):
        self.verb = verb
        self.keys = {k: v for k, v in keys.items() if v is not None}

    def get(self, key):
        return self.keys.get(key)

    def __str__(self):
        return " ".join([self.verb] + [f"{k}={encode(v)}"
                                       for k, v in self.keys.items()])

    @staticmethod
    def parse(line):
        verb, *words = line.split(" ")
        op = Op(verb)
        for word in words:
            key, value = word.split("=", 1)
            op.keys[key] = decode(value)
        return op


class Program:
    """Operations under an id; `outcomes` has one text for each, or is None."""

    def __init__(self, ident, ops, outcomes=None):
        self.ident = str(ident)
        self.ops = ops
        self.outcomes = outcomes

    def __str__(self):
        lines = [f"program {self.ident}"]
        for i, op in enumerate(self.ops):
            told = MARK + self.outcomes[i] if self.outcomes else ""
            lines.append(str(op) + told)
        return "\n".join(lines + ["end", ""])


def encode(text):
    """Bytes that would break a line become %XX."""
    return re.sub(r"[^!$-<>-~]", lambda m: "".join(
        f"%{b:02x}" for b in m.group().encode()), text)


def decode(text):
    return re.sub(r"%([0-9a-fA-F]{2})", lambda m: chr(int(m.group(1), 16)),
                  text)


def read(lines):
    """The programs of a file, with their recorded outcomes if they have any.

    Comments and blank lines between programs are skipped.
    """
    ident, ops, told = None, [], []
    for line in lines:
        line = line.rstrip("\n")
        if ident is None:
            if line and not line.startswith("#"):
                word, ident = line.split(" ")
                assert word == "program", line
                ops, told = [], []
        elif line == "end":
            yield Program(ident, ops, told if all(told) and told else None)
            ident = None
        else:
            text, _, outcome = line.partition(MARK)
            ops.append(Op.parse(text))
            told.append(outcome)
    assert ident is None, f"program {ident} does not end"


def read_runs(lines):
    """What the driver or the judge printed: (id, [outcome, ...]) by run."""
    ident, told = None, []
    for line in lines:
        line = line.rstrip("\n")
        if ident is None:
            word, ident = line.split(" ")
            assert word == "program", line
            told = []
        elif line == "end":
            yield ident, told
            ident = None
        else:
            told.append(line)
    assert ident is None, f"the run of program {ident} does not end"
