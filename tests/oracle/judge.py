#!/usr/bin/env python3
"""Plays programs in TensorFlow's own graph mode and prints what each operation
did, in the words of the driver: the judge of what the library should do.

    judge.py < PROGRAMS > OUTCOMES

Each program has a graph of its own, and a session only if it asks for values.
Names are the keys of TensorFlow's variable store, not those of its ops, which
it makes unique (S47, Q24).
"""
import gc
import os
import re
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402
import tensorflow.compat.v1 as tf  # noqa: E402
from tensorflow.python.ops import init_ops  # noqa: E402
from tensorflow.python.ops import variable_scope as tf_scope  # noqa: E402

import language  # noqa: E402

tf.disable_v2_behavior()
tf.logging.set_verbosity(tf.logging.FATAL)

DTYPES = {
    "bool": tf.bool, "u8": tf.uint8, "u16": tf.uint16, "u32": tf.uint32,
    "u64": tf.uint64, "i8": tf.int8, "i16": tf.int16, "i32": tf.int32,
    "i64": tf.int64, "f16": tf.float16, "bf16": tf.bfloat16,
    "f32": tf.float32, "f64": tf.float64, "c64": tf.complex64,
    "c128": tf.complex128,
}
WORDS = {dtype: word for word, dtype in DTYPES.items()}
COLLECTIONS = {"variables": "V", "trainable_variables": "T",
               "local_variables": "L", "regularization_losses": "R"}
REUSE = {None: None, "none": False, "true": True, "auto": tf.AUTO_REUSE}

# What TensorFlow says, and the status word that the library has for it. The
# numbers are those of scope-semantics' table of errors.
FAILURES = [
    (r"already exists", "exists"),                                # E1, E20
    (r"does not exist, or was not created", "notfound"),          # E2, E20
    (r"Trying to share variable .* specified shape", "shape"),    # E3
    (r"Trying to share variable .* specified dtype", "dtype"),    # E4
    (r"did not get an initializer, so its `shape`", "needshape"),  # E5
    (r"The initializer passed is not valid", "needshape"),        # E5
    (r"is a constant, do not specify shape", "shape"),            # E6
    (r"and explicit dtype .* don't match", "dtype"),              # E7
    (r"An initializer for variable .* is required", "initializer"),  # E8
    (r"The reuse parameter must be", "misuse"),                   # E9
    (r"reuse=True cannot be used without a name_or_scope", "reuse"),  # E10
    (r"If default_name is None then name_or_scope", "misuse"),    # E11
    (r"is not a valid (root )?(scope|node) name", "name"),        # E13
    (r"custom_getter which is not callable", "callback"),         # E14
    (r"must be callable$|is not callable", "callback"),           # E14
    (r"partitioned variable must be fully defined", "needshape"),  # E15
    (r"Partitioner returned zero|must have rank at least 1", "shape"),  # E15
    (r"Cannot partition variable along axis", "shape"),           # E15
    (r"division by zero|Expected 0 <= offset < shape", "shape"),  # E15, S96
    (r"match the Variable's rank", "shape"),                      # E15
    (r"list assignment index|list index out of range", "shape"),  # E15
    (r"No partitioner was provided", "partition"),                # E17
    (r"A partitioner was provided", "partition"),                 # E18
    (r"Trying to reuse partitioned .* specified shape", "shape"),  # E19
    (r"Trying to reuse partitioned .* specified dtype", "dtype"),  # E19
    (r"Trying to reuse partitioned .* partitions", "partition"),  # E19
    (r"Partitioner returned a different", "partition"),           # E21
    (r"[Ii]mproper nesting|without proper nesting", "nesting"),   # E23
    (r"Shapes .* (are not compatible|must have the same rank)", "shape"),
    (r"the creator refuses", "misuse"),
    # initializers
    (r"Identity matrix initializer can only be used for 2D", "shape"),
    (r"must be at least two-dimensional", "shape"),
    (r"must be (of length|at least three-dim)", "shape"),
    (r"In_filters.* cannot be greater than out_filters", "shape"),
    (r"Too many elements provided", "shape"),
    (r"Argument `dtype` got invalid value", "unfit"),
    (r"not in (the )?list of allowed values", "unfit"),
    (r"Expected \w+, but got .* of type", "unfit"),
]


def failure_word(error):
    text = str(error)
    for pattern, word in FAILURES:
        if re.search(pattern, text, re.DOTALL):
            return word
    kind = type(error).__name__
    return f"?{kind}:" + re.sub(r"\s+", "_", text)[:160]


def parse_shape(text):
    """None for an unknown rank, else a list with None for unknown sizes."""
    if text is None or text == "?":
        return None
    sizes = text.strip("[]").split(",")
    return [None if s == "?" else int(s) for s in sizes if s != ""]


def shape_text(shape):
    if shape.rank is None:
        return "?"
    return "[" + ",".join(str(d) for d in shape.as_list()) + "]"


def parse_elements(dtype, text):
    kind = DTYPES[dtype].as_numpy_dtype
    read = {"bool": lambda t: t == "true"}.get(
        dtype, float if DTYPES[dtype].is_floating else
        complex if DTYPES[dtype].is_complex else int)
    return np.array([read(t) for t in text.split(",")], dtype=kind)


def parse_seed(text):
    return None if text == "-" else int(text)


def parse_number(text):
    return float(text) if "." in text else int(text)


def scaling(scale, mode, kind, seed):
    return init_ops.VarianceScaling(
        scale=parse_number(scale), mode="fan_" + mode, seed=parse_seed(seed),
        distribution={"truncated": "truncated_normal",
                      "normal": "untruncated_normal"}.get(kind, kind))


def seeded(make):
    return lambda seed: make(seed=parse_seed(seed))


def scaled(make):
    return lambda a, seed: make(parse_number(a), seed=parse_seed(seed))


def ranged(make):
    return lambda a, b, seed: make(
        parse_number(a), parse_number(b), seed=parse_seed(seed))


def from_value(dtype, shape, elements):
    """A tensor, since those may be cut (S55)."""
    return tf.constant(
        parse_elements(dtype, elements).reshape(parse_shape(shape)))


INITIALIZERS = {
    "none": lambda: None,
    "zeros": init_ops.Zeros,
    "ones": init_ops.Ones,
    "const": lambda a: init_ops.Constant(parse_number(a)),
    "identity": lambda gain: init_ops.Identity(parse_number(gain)),
    "list": lambda dtype, elements: init_ops.Constant(
        parse_elements(dtype, elements)),
    "value": from_value,
    "scaling": scaling,
    "unit": scaled(init_ops.UniformUnitScaling),
    "orthogonal": scaled(init_ops.Orthogonal),
    "delta": scaled(init_ops.ConvolutionDeltaOrthogonal),
    "uniform": ranged(init_ops.RandomUniform),
    "normal": ranged(init_ops.RandomNormal),
    "truncated": ranged(init_ops.TruncatedNormal),
    "glorot_uniform": seeded(init_ops.GlorotUniform),
    "glorot_normal": seeded(init_ops.GlorotNormal),
    "lecun_uniform": seeded(init_ops.lecun_uniform),
    "lecun_normal": seeded(init_ops.lecun_normal),
    "he_uniform": seeded(init_ops.he_uniform),
    "he_normal": seeded(init_ops.he_normal),
}


def parse_initializer(text):
    if text is None:
        return None
    name, *fields = text.split(":")
    return INITIALIZERS[name](*fields)


def parse_regularizer(text):
    """"l1l2:L1:L2": the form with the whole sum of squares."""
    if text == "none":
        return tf.no_regularizer
    l1, l2 = map(float, text.split(":")[1:])

    def loss(variable):
        value = tf.cast(variable, tf.float64)
        return (l1 * tf.reduce_sum(tf.abs(value))
                + l2 * tf.reduce_sum(tf.square(value)))
    return loss


def regularized(loss):
    """The variable that a loss was made of, out of the loss's closure."""
    thunk = loss._thunk
    return thunk.__closure__[thunk.__code__.co_freevars.index("v")
                             ].cell_contents


def parse_constraint(text):
    """Only kept: what it makes of a value is not asked."""
    def constraint(value):
        return value
    constraint.text = text
    return constraint


def parse_partitioner(text):
    kind, *numbers = text.removeprefix("sliced:").split(":")
    a, b, *more = map(int, numbers)
    if kind == "fixed":
        return tf.fixed_size_partitioner(a, axis=b)
    if kind == "bytes":
        return tf.variable_axis_size_partitioner(
            a, axis=b, max_shards=more[0] or None)
    return tf.min_max_variable_partitioner(a, axis=b, min_slice_size=more[0])


def tagging(tag):
    def getter(getter, name, *args, **kwargs):
        return getter(f"{name}/{tag}", *args, **kwargs)
    return getter


def changing(change):
    """A getter that overrides the reuse mode."""
    def getter(getter, *args, **kwargs):
        kwargs["reuse"] = REUSE[change]
        return getter(*args, **kwargs)
    return getter


def get_two(getter, name, *args, **kwargs):
    first = getter(f"{name}/0", *args, **kwargs)
    getter(f"{name}/1", *args, **kwargs)
    return first


def get_same(getter, *args, **kwargs):
    return getter(*args, **kwargs)


def parse_getter(text):
    kind, _, word = text.partition(":")
    return {"tag": tagging(word), "two": get_two, "same": get_same,
            "reuse": changing(word) if kind == "reuse" else None,
            "bad": "no function"}[kind]


def refuse(next_creator, **kwargs):
    raise ValueError("the creator refuses")


def parse_creator(text):
    kind, _, word = text.partition(":")
    if kind == "refuse":
        return refuse
    change = {"same": {}, "trainable": {"trainable": word == "yes"},
              "collections": {"collections": word.split(",")}}[kind]

    def creator(next_creator, **kwargs):
        return next_creator(**(kwargs | change))
    return creator


# Keys that a scope and a get have in common: their arguments of TensorFlow,
# and what reads them.
RULES = {
    "reg": ("regularizer", parse_regularizer),
    "con": ("constraint", parse_constraint),
    "part": ("partitioner", parse_partitioner),
    "getter": ("custom_getter", parse_getter),
    "cache": ("caching_device", lambda text: text and "/cpu:0"),
    "resource": ("use_resource", lambda text: text == "yes"),
}


def parse_rules(op):
    return {name: read(op.get(key)) for key, (name, read) in RULES.items()
            if op.get(key) is not None}


def parse_dtype(text):
    return None if text in (None, "none") else DTYPES[text]


def number(dtype, x):
    if dtype == tf.bool:
        return "true" if x else "false"
    if dtype.is_integer:
        return str(int(x))
    if dtype.is_complex:
        return f"({x.real:.9g}{x.imag:+.9g}j)"
    return f"{float(x):.{17 if dtype == tf.float64 else 9}g}"


RANDOM = {"RandomUniform", "RandomStandardNormal", "TruncatedNormal",
          "RandomUniformInt"}


def is_unseeded(op, seen=None):
    """True if a random number without a seed went into the op."""
    seen = set() if seen is None else seen
    if op in seen:
        return False
    seen.add(op)
    if (op.type in RANDOM and op.get_attr("seed") == 0
            and op.get_attr("seed2") == 0):
        return True
    return any(is_unseeded(x.op, seen) for x in op.inputs)


def open_session():
    """One thread and no optimizer: the graphs are tiny, and used once."""
    config = tf.ConfigProto(intra_op_parallelism_threads=1,
                            inter_op_parallelism_threads=1)
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return tf.Session(config=config)


class Player:
    """One program's graph, its open scopes and what it captured."""

    def __init__(self):
        self.open = []  # openers, outermost first
        self.creators = []  # theirs
        self.captured = {}
        self.seen = []
        self.store = tf_scope._get_default_variable_store()

    def current(self):
        return tf.get_variable_scope()

    @staticmethod
    def tell_scope(verb, scope):
        reuse = {True: "true", tf.AUTO_REUSE: "auto"}.get(scope.reuse, "none")
        has = [" +" + key for key, (name, _) in RULES.items()
               if getattr(scope, name) not in (None, "", False)]
        return (f"{verb} {scope.name or '/'} {reuse} "
                f"{WORDS[scope.dtype or tf.float32]}{''.join(has)}")

    def enter(self, op, name):
        opener = tf.variable_scope(
            name, op.get("default"),
            reuse=REUSE.get(op.get("reuse"), 1),
            dtype=parse_dtype(op.get("dtype")),
            initializer=parse_initializer(op.get("init")),
            **parse_rules(op))
        scope = opener.__enter__()
        self.open.append(opener)
        return self.tell_scope("in", scope)

    def play_open(self, op):
        return self.enter(op, op.get("name"))

    def play_reopen(self, op):
        if op.get("of") not in self.captured:
            return "skip"
        return self.enter(op, self.captured[op.get("of")])

    def play_capture(self, op):
        scope = self.current()
        self.captured[op.get("as")] = scope
        return self.tell_scope("kept", scope)

    def play_leave(self, _):
        if not self.open:
            return "skip"
        self.open.pop().__exit__(None, None, None)
        return self.tell_scope("out", self.current())

    def play_fail(self, op):
        if not self.open:
            return "skip"
        try:
            raise ArithmeticError("the body fails")
        except ArithmeticError:
            for _ in range(min(int(op.get("n") or 1), len(self.open))):
                self.open.pop().__exit__(*sys.exc_info())
        return self.tell_scope("out", self.current())

    def play_misnest(self, _):
        if len(self.open) < 2:
            return "skip"
        self.open[-2].__exit__(None, None, None)
        return "left"

    def target(self, op):
        if op.get("on") is None:
            return self.current()
        return self.captured.get(op.get("on"))

    def play_reuse(self, op):
        scope = self.target(op)
        if scope is None:
            return "skip"
        scope.reuse_variables()
        return self.tell_scope("is", scope)

    def play_set(self, op):
        scope = self.target(op)
        if scope is None:
            return "skip"
        if op.get("dtype") is not None:
            scope.set_dtype(parse_dtype(op.get("dtype")) or tf.float32)
        if op.get("init") is not None:
            scope.set_initializer(parse_initializer(op.get("init")))
        for key, (name, read) in RULES.items():
            text = op.get(key)
            if text is not None:
                getattr(scope, "set_" + name)(
                    None if text == "unset" else read(text))
        return self.tell_scope("is", scope)

    def number_of(self, variable):
        for i, v in enumerate(self.seen):
            if v is variable:
                return i
        self.seen.append(variable)
        return len(self.seen) - 1

    def key_of(self, variable):
        for store in (self.store._vars, self.store._partitioned_vars):
            for key, v in store.items():
                if v is variable:
                    return key
        raise AssertionError("a variable that is not in the store")

    def collections_of(self, v):
        graph = tf.get_default_graph()
        keys = [COLLECTIONS.get(key, key)
                for key in graph.get_all_collection_keys()
                if isinstance(key, str)
                and any(x is v for x in graph.get_collection_ref(key))]
        losses = graph.get_collection_ref("regularization_losses")
        if any(v is regularized(loss) for loss in losses):
            keys.append("R")
        return ",".join(sorted(keys)) or "-"

    def tell_rest(self, v):
        con = " con" if v.constraint is not None else ""
        return f"{'+' if v.trainable else '-'} {self.collections_of(v)}{con}"

    def tell_part(self, part):
        offset = part._get_save_slice_info().var_offset
        return (f"{self.key_of(part)}:{shape_text(part.shape)}"
                f"@{','.join(map(str, offset))}")

    def tell_variable(self, v):
        parts = list(v) if hasattr(v, "_variable_list") else []
        rest = {self.tell_rest(part) for part in parts or [v]}
        return (f"= {self.key_of(v)} {WORDS[v.dtype.base_dtype]} "
                f"{shape_text(v.get_shape())} #{self.number_of(v)} "
                f"{' or '.join(sorted(rest))}"
                + (" cut" if parts else "")
                + "".join(" " + self.tell_part(part) for part in parts))

    def play_get(self, op):
        keys = op.get("collections")
        local = op.get("local") == "yes"
        rules = parse_rules(op)
        get = tf.get_local_variable if local else tf.get_variable
        if not local:
            rules["trainable"] = {"yes": True, "no": False}.get(
                op.get("trainable"))
        return self.tell_variable(get(
            op.get("name"), shape=parse_shape(op.get("shape")),
            dtype=parse_dtype(op.get("dtype")),
            initializer=parse_initializer(op.get("init")),
            validate_shape=op.get("validate") != "no",
            collections=None if keys is None else
            keys.split(",") if keys else [], **rules))

    def play_creator(self, op):
        creator = tf.variable_creator_scope(parse_creator(op.get("make")))
        creator.__enter__()
        self.creators.append(creator)
        return f"creators {len(self.creators)}"

    def play_uncreate(self, op):
        at = -2 if op.get("misnest") else -1
        if len(self.creators) < -at:
            return "skip"
        self.creators[at].__exit__(None, None, None)
        self.creators.pop()
        return f"creators {len(self.creators)}"

    def play_list(self, op):
        members = self.current().get_collection(op.get("key"))
        names = sorted(self.key_of(regularized(v) if hasattr(v, "_thunk")
                                   else v) for v in members)
        return " ".join(["has"] + names)

    def play_names(self, _):
        return " ".join(["all"] + [
            f"{key}:{WORDS[v.dtype.base_dtype]}:{shape_text(v.shape)}"
            for key, v in sorted(self.store._vars.items())])

    def play_values(self, _):
        told = []
        fixed = {key: v for key, v in sorted(self.store._vars.items())
                 if not is_unseeded(v.initializer)}
        values = {}
        if fixed:
            with open_session() as session:
                session.run([v.initializer for v in fixed.values()])
                values = session.run(fixed)
        for key, v in sorted(self.store._vars.items()):
            if key not in fixed:
                told.append(f"{key}=?")
                continue
            flat = values[key].reshape(-1)
            if len(flat) > 24:
                flat = np.concatenate([flat[:20], flat[-4:]])
            told.append(f"{key}=" + ",".join(
                number(v.dtype.base_dtype, x) for x in flat))
        return " ".join(["all"] + told)

    def play_losses(self, _):
        losses = {self.key_of(regularized(loss)): loss for loss in
                  tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)}
        fixed = {key: loss for key, loss in losses.items()
                 if not is_unseeded(regularized(loss).initializer)}
        values = {}
        if fixed:
            with open_session() as session:
                session.run([v.initializer for v in self.store._vars.values()])
                values = session.run(fixed)
        return " ".join(["all"] + [
            f"{key}=-" if not regularized(losses[key]).dtype.is_floating
            else f"{key}={number(tf.float64, values[key])}" if key in values
            else f"{key}=?" for key in sorted(losses)])

    def play(self, op):
        try:
            return getattr(self, "play_" + op.verb)(op)
        except Exception as error:  # any of them is an outcome
            return "! " + failure_word(error)

    def done(self):
        for openers in self.creators, self.open:
            while openers:
                try:
                    openers.pop().__exit__(None, None, None)
                except RuntimeError:  # after one that was left too early
                    pass


def judge(program):
    """The outcomes of a program, one for each operation."""
    with tf.Graph().as_default():
        player = Player()
        told = [player.play(op) for op in program.ops]
        player.done()
    return told


def main():
    gc.freeze()  # TensorFlow's own objects, which stay
    gc.disable()  # graphs are full of cycles: a few at a time
    for i, program in enumerate(language.read(sys.stdin)):
        if i % 50 == 0:
            gc.collect()
        print(f"program {program.ident}")
        for told in judge(program):
            print(told)
        print("end", flush=True)


if __name__ == "__main__":
    main()
