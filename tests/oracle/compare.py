"""Compares what TensorFlow did with what the library does.

DEVIATIONS is the whole list of differences that are meant. Nothing else is
let pass.
"""
import collections
import re

# What a number may differ by, relative to the larger of 1 and its size.
# Uniform numbers, constants and integers agree to the last bit, but for f16: its
# products are rounded in another order, and its orthogonal matrices ("matrix")
# computed in f16 there.
CLOSE = {"f16": 5e-3, "matrix": 5e-2, "bf16": 1e-2, "f32": 4e-6,
         "f64": 1e-12, "c64": 4e-6, "c128": 1e-12}


def is_refused(name, in_root):
    """True if the library refuses a name that TensorFlow may take: an empty
    component, a foreign character, or at the root a bad beginning."""
    return (name == "" or "//" in name or name[0] == "/" or name[-1] == "/"
            or re.fullmatch(r"[A-Za-z0-9_./-]*", name) is None
            or in_root and name[0] in "_-")


class Deviation:
    """A difference that is meant: its number among the decisions, what it is,
    when it holds, and whether the two stores differ from then on."""

    def __init__(self, number, what, holds, parts=False):
        self.number = number
        self.what = what
        self.holds = holds
        self.parts = parts


class Place:
    """The current scope: its name, its dtype unless that is f32 (which may be
    nobody's), and whether it has a partitioner; a setter of a captured scope
    may make these two uncertain (None)."""

    def __init__(self):
        self.scope = "/"
        self.dtype = None
        self.cuts = False

    def follow(self, op, told):
        word, *words = told.split(" ")
        if word in ("in", "out") or word == "is" and op.get("on") is None:
            self.scope = words[0]
            self.dtype = words[2] if words[2] != "f32" else None
            self.cuts = "+part" in words
        elif word == "is" and words[0] == self.scope:
            self.dtype = self.cuts = None


class Case:
    """An operation, what it did there and here, and where it stood."""

    def __init__(self, program, at, judged, ours, place, dtypes, left):
        self.program = program
        self.at = at
        self.op = program.ops[at]
        self.judged = judged
        self.ours = ours
        self.scope = place.scope
        self.asked = place.dtype
        self.dtypes = dtypes  # of the variables so far, by name
        self.left = left  # names that could not be cut, by reason of a list
        # None: perhaps. A shape [] says that it does not mean parts (S88).
        self.cuts = (self.op.get("shape") != "[]"
                     and (self.op.get("part") is not None or place.cuts))
        name = self.op.get("name") or ""
        self.name = name if self.scope == "/" else f"{self.scope}/{name}"

    def has_refused_name(self):
        names = [self.op.get("name"), self.op.get("default")]
        return any(is_refused(name, self.scope == "/")
                   for name in names if name is not None)

    def may_have(self, key, kind):
        """True if the operation gives this kind of rule, or gives none and
        some scope before it did."""
        given = self.op.get(key)
        if given is not None:
            return given.startswith(kind)
        return any((op.get(key) or "").startswith(kind)
                   for op in self.program.ops[:self.at] if op.verb != "get")


def failed(told, *words):
    return told.startswith("! ") and (not words or told[2:] in words)


def gave(told):
    return told.startswith("= ")


def only_there(case):
    """The names that only TensorFlow tells, if that is all that differs."""
    judged, ours = (dict(re.match("([^:=]*)(.*)", word).groups()
                         for word in told.split(" ")[1:])
                    for told in (case.judged, case.ours))
    if any(judged.get(name) != rest for name, rest in ours.items()):
        return None
    return judged.keys() - ours.keys()


def refuses_name(case):
    return (failed(case.ours, "name") and failed(case.judged)
            and case.has_refused_name())


def refuses_name_taken(case):
    """Or it is met when all are told: a regularizer failed over it."""
    if case.op.verb in ("names", "values", "list", "losses"):
        more = only_there(case)
        return more is not None and all(is_refused(n, True) for n in more)
    return (failed(case.ours, "name") and not failed(case.judged)
            and case.has_refused_name())


def strips_output_number(case):
    return (case.op.verb == "get" and failed(case.judged)
            and (case.op.get("name") or "").endswith(":0"))


def finds_other_dtype(case):
    """But not what a scope or the call asked for, unless the same call made
    it. What was not cut as it is asked for is refused for that."""
    return (case.op.verb == "get" and failed(case.judged, "dtype")
            and (case.op.get("dtype") is None and case.asked is None
                 and (gave(case.ours) or failed(case.ours, "partition"))
                 or gave(case.ours) and case.may_have(
                     "init", f"value:{case.ours.split(' ')[2]}:")))


def finds_parts(case):
    """No partitioner, and the name leads to parts: mode AUTO finds them, or
    what is wrong with them."""
    return (case.op.verb == "get" and failed(case.judged, "partition")
            and case.cuts is not True
            and (" cut " in case.ours
                 or failed(case.ours, "shape", "dtype", "misuse")))


def keeps_names_of_parts(case):
    """A name of a part is taken, or asked for."""
    words = case.judged, case.ours
    return (case.op.verb == "get" and "! partition" in words
            and (PART.search(case.op.get("name") or "")
                 and failed(case.ours, "partition")
                 or any(PART.search(name) and name.startswith(case.name + "/")
                        for name in case.dtypes)))


def makes_all_parts_or_none(case):
    """A list was too long for a part, but not for those before, which are left
    there: they are met when all are told, and by a get."""
    if case.op.verb == "get":
        return (failed(case.judged) or failed(case.ours)) and any(
            (case.name + "/").startswith(whole + "/") for whole in case.left)
    if case.op.verb not in ("names", "values", "list", "losses"):
        return False
    more = only_there(case)
    return more is not None and all(
        PART.search(name) and any(name.startswith(whole + "/")
                                  for whole in case.left) for name in more)


def slices_the_whole(case):
    """In values and losses: only parts of what was cut after it was drawn
    differ."""
    names = [word.split("=")[0] for word in case.ours.split(" ")[1:]]
    dtypes = {name: "" if PART.search(name) else case.dtypes.get(name, "f32")
              for name in names}
    return (case.op.verb in ("values", "losses")
            and any("sliced:" in (op.get("part") or "")
                    for op in case.program.ops)
            and values_agree(case.judged, case.ours,
                             collections.defaultdict(lambda: "f32", dtypes)))


def slices_a_list(case):
    """It is too long for the first part, but not for the whole."""
    return (failed(case.judged, "shape") and " cut " in case.ours
            and case.may_have("part", "sliced:")
            and case.may_have("init", "list:"))


def keeps_its_shape(case):
    """One side, or both, does not look at shapes: the shape itself, where it
    is unknown there, or a fetch with another one."""
    if not any(op.get("validate") for op in case.program.ops[:case.at + 1]):
        return False
    any_shape = re.escape(case.judged).replace(r"\?", r"\[[0-9,]*\]")
    return (re.fullmatch(any_shape, case.ours) is not None
            or case.op.verb == "get"
            and (gave(case.judged) or failed(case.judged, "shape", "dtype"))
            and (gave(case.ours) or failed(case.ours, "shape", "dtype"))
            and "shape" in case.judged + case.ours)


def enters_without_op_names(case):
    """A captured scope again, at the root, whose last component could not
    begin a name there."""
    return (case.op.verb == "reopen" and failed(case.judged, "name")
            and case.scope == "/" and case.ours.startswith("in ")
            and case.ours.split(" ")[1].split("/")[-1][0] in "_-")


def tells_its_dtype(case):
    """Cut by bytes, and given a constant, whose dtype is the variable's."""
    ops = case.program.ops[:case.at + 1]
    return (case.op.verb == "get" and case.cuts is not False
            and any((op.get("init") or "").startswith("value:") for op in ops)
            and any((op.get("part") or "").startswith(("bytes:", "minmax:"))
                    for op in ops)
            and all(" cut " in told or told == "! partition"
                    for told in (case.judged, case.ours)))


def makes_small_floats(case):
    """In gets: bf16 numbers from an initializer that TensorFlow has not got
    for them."""
    return (case.op.verb == "get" and failed(case.judged, "unfit")
            and gave(case.ours) and " bf16 " in case.ours)


def takes_bits(case):
    """0 and 1 are constants of bool; TensorFlow wants False and True."""
    return (case.op.verb == "get" and failed(case.judged, "unfit")
            and " bool " in case.ours)


def refuses_constant(case):
    """Any wholes but those of the dtype."""
    return (case.op.verb == "get" and failed(case.ours, "misuse")
            and gave(case.judged)
            and re.match(r"[ui]\d|bool", case.judged.split(" ")[2]))


PART = re.compile(r"/part_(0|[1-9]\d*)$")


def lists_by_letter(case):
    if case.op.verb != "list" or "." not in case.scope:
        return False
    judged, ours = set(case.judged.split()), set(case.ours.split())
    return ours < judged and all(
        re.match(case.scope + "/", name) for name in judged - ours)


DEVIATIONS = [
    Deviation("Q20", "a name with an empty component or a foreign character "
              "is refused before anything is looked up", refuses_name),
    Deviation("Q20", "an empty component is refused where TensorFlow makes "
              "a//b, a/ or foo//v of it (S7)", refuses_name_taken, parts=True),
    Deviation("Q20", "the :0 of a name is ignored where TensorFlow refuses "
              "it", strips_output_number, parts=True),
    Deviation("Q6", "a built-in f32 that nobody asked for does not fail a "
              "fetch (S52, S54)", finds_other_dtype),
    Deviation("Q7", "AUTO without a partitioner finds what is partitioned "
              "(S95)", finds_parts),
    Deviation("Q7", "a partitioned variable is made whole or not at all; "
              "TensorFlow leaves the parts that it made before one failed "
              "(S108)", makes_all_parts_or_none, parts=True),
    Deviation("Q14", "a partitioner cuts the value that the whole would "
              "have, unless it is told to draw for each part (S93)",
              slices_the_whole),
    Deviation("Q14", "so it does with a list, which may then be as long as "
              "the whole", slices_a_list, parts=True),
    Deviation("Q20", "names of parts are for parts: they are neither taken "
              "beside a partitioned variable, nor made parts of one later; "
              "and only of a partitioned one do they keep the whole's name "
              "(E17, E21)", keeps_names_of_parts, parts=True),
    Deviation("S65", "a shape that is not validated is still the variable's "
              "for life, and a fetch that does not validate takes any",
              keeps_its_shape),
    Deviation("Q15", "a constant is a number: bool takes 0 and 1, which "
              "TensorFlow refuses", takes_bits, parts=True),
    Deviation("D1", "a constant, or an element of a list, that the dtype "
              "cannot hold is refused; TensorFlow wraps it around, and looks "
              "away where the shape has no elements", refuses_constant,
              parts=True),
    Deviation("D2", "bf16 has every random initializer; TensorFlow's "
              "orthogonal ones cannot make it", makes_small_floats,
              parts=True),
    Deviation("D3", "a partitioner is told the dtype that the variable gets; "
              "TensorFlow tells it another one if that comes from a constant",
              tells_its_dtype, parts=True),
    Deviation("Q24", "there are no names of operations: TensorFlow enters a "
              "captured scope by its last component, which cannot begin with "
              "_ or - at the root", enters_without_op_names, parts=True),
    Deviation("Q25", "a scope's collection is not filtered by a regular "
              "expression, in which dots match anything (S75)",
              lists_by_letter),
]

# TensorFlow's "unfit" is any complaint of an initializer about the dtype or a
# number; and of two faults of one initializer either may be told first.
UNFIT = {("! unfit", "! initializer"), ("! unfit", "! misuse"),
         ("! shape", "! initializer"), ("! initializer", "! needshape")}


def has_two_faults(program, at, judged, ours):
    """Nothing without elements can be cut, but TensorFlow looks for it first;
    and a creator that refuses may be asked before or after what is wrong with
    the call is seen."""
    op = program.ops[at]
    if ours == "! misuse":
        return (failed(judged, "needshape", "initializer", "unfit", "shape")
                and any(o.get("make") == "refuse" for o in program.ops[:at]))
    return (ours == "! shape" and failed(judged, "notfound", "exists")
            and "0" in (op.get("shape") or "").strip("[]").split(","))


def has_matrices(program):
    return any((op.get("init") or "").startswith(("orthogonal", "delta"))
               for op in program.ops)


def numbers_agree(judged, ours, dtype):
    """`dtype` says how close numbers must be; "" that they need not be."""
    if judged == ours or judged == "?" or dtype == "":
        return True
    a, b = judged.split(","), ours.split(",")
    close = CLOSE.get(dtype)
    if close is None or len(a) != len(b):
        return False
    for x, y in zip(a, b):
        x, y = complex(x.strip("()")), complex(y.strip("()"))
        if not (abs(x - y) <= close * max(1.0, abs(x)) or x == y
                or (x != x and y != y)):
            return False
    return True


def values_agree(judged, ours, dtypes):
    a = [w.partition("=") for w in judged.split(" ")[1:]]
    b = [w.partition("=") for w in ours.split(" ")[1:]]
    return ([w[0] for w in a] == [w[0] for w in b]
            and all(numbers_agree(x[2], y[2], dtypes[x[0]])
                    for x, y in zip(a, b))
            and all_differ(y[2] for x, y in zip(a, b) if x[2] == "?"))


def all_differ(values):
    """What was drawn without a seed: of some length, no two are alike."""
    long = [v for v in values if v.count(",") >= 3]
    return len(long) == len(set(long))


LOSSES = collections.defaultdict(lambda: "f32")  # sums of numbers that close


def agree(program, at, judged, ours, dtypes):
    op = program.ops[at]
    return (judged == ours
            or op.verb == "get" and (
                (judged, ours) in UNFIT
                or has_two_faults(program, at, judged, ours))
            or op.verb == "values" and values_agree(judged, ours, dtypes)
            or op.verb == "losses" and values_agree(judged, ours, LOSSES))


class Numbers:
    """Which variable here is which one there, by their numbers: each counts
    what it hands out, and here more may be."""

    NUMBER = re.compile(r" #(\d+) ")

    def __init__(self):
        self.there, self.here = {}, {}

    def as_there(self, judged, ours):
        """The outcome of the library with TensorFlow's number, unless that is
        another variable's."""
        a, b = self.NUMBER.search(judged), self.NUMBER.search(ours)
        if not (gave(judged) and gave(ours)):
            return ours
        a, b = a.group(), b.group()
        if self.here.setdefault(a, b) != b or self.there.setdefault(b, a) != a:
            return ours if a != b else ours.replace(b, " #? ")
        return ours.replace(b, a, 1)


class Verdict:
    """How a program went: `at` is the first operation that differs without
    leave (None if there is none), `met` counts the deviations seen."""

    def __init__(self):
        self.at = None
        self.compared = 0
        self.met = {}


def compare(program, judged, ours):
    verdict = Verdict()
    place, dtypes = Place(), collections.defaultdict(lambda: "f32")
    assert len(judged) == len(program.ops), program.ident
    if len(ours) != len(program.ops):
        verdict.at = min(len(ours), len(program.ops) - 1)
        return verdict
    left, numbers = set(), Numbers()
    for i, op in enumerate(program.ops):
        a = judged[i]
        b = numbers.as_there(a, ours[i])
        case = Case(program, i, a, b, place, dtypes, left)
        if not agree(program, i, a, b, dtypes):
            met = next((d for d in DEVIATIONS if d.holds(case)), None)
            if met is None:
                verdict.at = i
                return verdict
            verdict.met[met] = verdict.met.get(met, 0) + 1
            if met.parts:
                return verdict
        verdict.compared += 1
        if (op.verb == "get" and a == b == "! shape"
                and case.cuts is not False and case.may_have("init", "list:")):
            left.add(case.name)
        place.follow(op, b)
        if op.verb == "names" and has_matrices(program):
            b = b.replace(":f16:", ":matrix:")
        words = b.split(" ")
        if op.verb == "names":
            dtypes.update(w.split(":")[:2] for w in words[1:])
        if words[0] == "=":
            dtypes[words[1]] = words[2]
    return verdict
