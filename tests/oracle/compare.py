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
    """The current scope: its name, and its dtype unless that is f32 (which
    may be nobody's) or a setter of a captured scope made it uncertain."""

    def __init__(self):
        self.scope = "/"
        self.dtype = None

    def follow(self, op, told):
        word, *words = told.split(" ")
        if word in ("in", "out") or word == "is" and op.get("on") is None:
            self.scope = words[0]
            self.dtype = words[2] if words[2] != "f32" else None
        elif word == "is" and words[0] == self.scope:
            self.dtype = None


class Case:
    """An operation, what it did there and here, and where it stood."""

    def __init__(self, program, at, judged, ours, place, dtypes):
        self.program = program
        self.at = at
        self.op = program.ops[at]
        self.judged = judged
        self.ours = ours
        self.scope = place.scope
        self.asked = place.dtype
        self.dtypes = dtypes  # of the variables so far, by name

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


def failed(told, word=None):
    return told.startswith("! ") and word in (None, told[2:])


def gave(told):
    return told.startswith("= ")


def refuses_name(case):
    return (failed(case.ours, "name") and failed(case.judged)
            and case.has_refused_name())


def refuses_name_taken(case):
    return (failed(case.ours, "name") and not failed(case.judged)
            and case.has_refused_name())


def strips_output_number(case):
    return (case.op.verb == "get" and failed(case.judged)
            and (case.op.get("name") or "").endswith(":0"))


def finds_other_dtype(case):
    """But not what a scope asked for, unless the same call made it."""
    return (case.op.verb == "get" and failed(case.judged, "dtype")
            and gave(case.ours) and case.op.get("dtype") is None
            and (case.asked is None or case.may_have(
                "init", f"value:{case.ours.split(' ')[2]}:")))


def refuses_dtype_of_scope(case):
    """The call names one dtype, the scope holds a constant of another."""
    return (case.op.verb == "get" and failed(case.ours, "dtype")
            and gave(case.judged) and case.op.get("init") is None
            and case.may_have("init", "value:")
            and case.op.get("dtype") not in (None, case.judged.split()[2]))


def keeps_dtype_of_list(case):
    return (case.op.verb == "get" and failed(case.ours, "dtype")
            and gave(case.judged) and case.may_have("init", "list:"))


def makes_small_floats(case):
    """In gets: bf16 numbers from an initializer that TensorFlow has not got
    for them."""
    return (case.op.verb == "get" and failed(case.judged, "unfit")
            and gave(case.ours) and " bf16 " in case.ours)


def draws_small_floats(case):
    """In values: only numbers of bf16 differ."""
    return case.op.verb == "values" and values_agree(
        case.judged, case.ours,
        {k: "" if d == "bf16" else d for k, d in case.dtypes.items()})


def takes_bits(case):
    """0 and 1 are constants of bool; TensorFlow wants False and True."""
    return (case.op.verb == "get" and failed(case.judged, "unfit")
            and " bool " in case.ours)


def refuses_constant(case):
    """Any wholes but those of the dtype."""
    return (case.op.verb == "get" and failed(case.ours, "misuse")
            and gave(case.judged)
            and re.match(r"[ui]\d|bool", case.judged.split(" ")[2]))


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
    Deviation("S53", "a dtype in the call beside a constant of another dtype "
              "in the scope is refused; TensorFlow takes the constant's",
              refuses_dtype_of_scope, parts=True),
    Deviation("2.1", "a list is of the variable's dtype or refused; "
              "TensorFlow converts NumPy's arrays", keeps_dtype_of_list,
              parts=True),
    Deviation("2.1", "bf16 has every random initializer; TensorFlow's "
              "orthogonal ones cannot make it", makes_small_floats,
              parts=True),
    Deviation("2.1", "uniform numbers of bf16 are drawn as f32, then "
              "rounded; TensorFlow draws 7 bits", draws_small_floats),
    Deviation("Q15", "a constant is a number: bool takes 0 and 1, which "
              "TensorFlow refuses", takes_bits, parts=True),
    Deviation("2.1", "a constant that the dtype cannot hold is refused; "
              "TensorFlow wraps negative ones of unsigned integers, and "
              "looks away where the shape has no elements", refuses_constant,
              parts=True),
    Deviation("Q25", "a scope's collection is not filtered by a regular "
              "expression, in which dots match anything (S75)",
              lists_by_letter),
]

# TensorFlow's "unfit" is any complaint of an initializer about the dtype or a
# number; and of two faults of one initializer either may be told first.
UNFIT = {("! unfit", "! initializer"), ("! unfit", "! misuse"),
         ("! shape", "! initializer"), ("! initializer", "! needshape")}


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


def agree(op, judged, ours, dtypes):
    return (judged == ours
            or op.verb == "get" and (judged, ours) in UNFIT
            or op.verb == "values" and values_agree(judged, ours, dtypes)
            or op.verb == "losses" and values_agree(judged, ours, LOSSES))


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
    for i, op in enumerate(program.ops):
        a, b = judged[i], ours[i]
        if not agree(op, a, b, dtypes):
            case = Case(program, i, a, b, place, dtypes)
            met = next((d for d in DEVIATIONS if d.holds(case)), None)
            if met is None:
                verdict.at = i
                return verdict
            verdict.met[met] = verdict.met.get(met, 0) + 1
            if met.parts:
                return verdict
        verdict.compared += 1
        place.follow(op, b)
        if op.verb == "names" and has_matrices(program):
            b = b.replace(":f16:", ":matrix:")
        words = b.split(" ")
        if op.verb == "names":
            dtypes.update(w.split(":")[:2] for w in words[1:])
        if words[0] == "=":
            dtypes[words[1]] = words[2]
    return verdict
