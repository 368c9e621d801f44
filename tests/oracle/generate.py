#!/usr/bin/env python3
"""Makes random programs of scopes.

    generate.py SEED FIRST COUNT > PROGRAMS

Program N of a seed is always the same, whatever is made beside it.
"""
import random
import sys

from language import Op, Program

SCOPES = ["a", "b", "c", "d", "a/b", "d_1", "A", "a.b", "axb", "d_2", "b/c"]
DEFAULTS = ["d", "d", "d", "a", "d_1", "a/d", "b"]
VARIABLES = ["v", "v", "v", "w", "b/v", "d/w", "u", "V", "b/c/v"]
# Valid here and there, or nowhere (S6, S7, Q20).
ODD_NAMES = ["", "a//b", "a/", "/a", "_a", "-a", "x y", "a:b", "v:0", "$",
             "a\\b", "a>b", "\u00e9", "."]
SHAPES = ["[]", "[1]", "[2]", "[3]", "[2,3]", "[3,2]", "[2,2]", "[6]",
          "[1,3]", "[0]", "[2,0]", "[2,1,3]"]
VAGUE_SHAPES = ["?", "[?]", "[?,3]", "[2,?]", "[?,?]", "[?,1,?]"]
BIG_SHAPES = ["[4,5]", "[5,4]", "[3,3,2,4]", "[3,2,2]", "[7]", "[30]",
              "[3,3,3,2,2]", "[1,1]", "[64]", "[300]", "[2,2,2]"]
DTYPES = ["f32", "f32", "f64", "i32", "i32", "i64", "bool", "u8", "f16",
          "bf16", "i8", "u16", "c64", "i16", "u32", "u64", "c128"]
KEYS = ["variables", "trainable_variables", "local_variables", "mine",
        "model_variables", "losses"]
GETTERS = ["same", "tag:t", "tag:u", "two", "reuse:auto", "reuse:true",
           "reuse:none", "bad"]


# What a program is mostly about: how often each operation, and how many.
PROFILES = {
    "mixed": {"open": 8, "leave": 6, "capture": 2, "reopen": 2, "get": 6,
              "reuse": 1, "set": 1, "list": .5, "n": (6, 12, 20, 30)},
    "numbering": {"open": 9, "leave": 8, "capture": 1.5, "reopen": 3,
                  "get": 1, "reuse": .2, "loop": 2, "n": (10, 20, 30)},
    "sharing": {"open": 2, "leave": 2, "capture": .5, "reopen": .5, "get": 9,
                "reuse": .2, "set": 1, "list": .5, "n": (10, 16, 24)},
    "rules": {"open": 5, "leave": 4, "capture": 1, "reopen": 2, "get": 8,
              "reuse": .3, "set": 2, "list": 1, "creator": .5, "uncreate": .3,
              "n": (8, 12, 20)},
    "parts": {"open": 2, "leave": 2, "capture": .3, "reopen": .3, "get": 9,
              "reuse": .3, "set": .5, "list": .3, "n": (6, 10, 16)},
    "values": {"open": 2, "leave": 1, "get": 7, "set": .5, "capture": .2,
               "reopen": .2, "n": (4, 8, 12)},
}


class Maker:
    """Makes one program; knows about it only what can be known unplayed."""

    def __init__(self, rng):
        self.rng = rng
        self.ops = []
        self.depth = 0
        self.n_captured = 0
        self.about = rng.choices(list(PROFILES), [4, 3, 3, 3, 3, 1.5])[0]
        self.values = (self.about == "values"
                       or self.about == "parts" and rng.random() < 0.3)
        self.lax = rng.random() < 0.04  # with shapes that are not validated
        self.odd = rng.random() < 0.07  # with names that are refused
        self.ruled = rng.random() < 0.1
        self.typed = rng.random() < 0.5
        self.few = rng.random() < 0.6   # names, so that they meet
        self.usual = {name: rng.choice(SHAPES) for name in VARIABLES}

    def maybe(self, p, make):
        return make() if self.rng.random() < p else None

    def name(self, among):
        if self.odd and self.rng.random() < 0.15:
            return self.rng.choice(ODD_NAMES)
        return self.rng.choice(among[:3] if self.few else among)

    def dtype(self):
        return self.rng.choice(DTYPES)

    def seed(self):
        return str(self.rng.choice([1, 2, 7, 42, 87654321, 2**31 - 1, 2**33]))

    def elements(self, dtype, n):
        def one():
            if dtype == "bool":
                return self.rng.choice(["true", "false"])
            if dtype[0] in "ui":
                return str(self.rng.randint(0, 100))
            return str(self.rng.randint(-800, 800) / 8)
        return ",".join(one() for _ in range(n))

    def cheap_initializer(self, _=None):
        kind = self.rng.randrange(8)
        if kind < 4:
            return self.rng.choice(["zeros", "ones", "const:2", "const:0"])
        if kind < 7:
            shape = self.rng.choice(["[]", "[2]", "[2,3]", "[1]"])
            n = {"[]": 1, "[2]": 2, "[2,3]": 6, "[1]": 1}[shape]
            dtype = self.rng.choice(["f32", "i32", "i64", "f64", "bool"])
            return f"value:{dtype}:{shape}:{self.elements(dtype, n)}"
        return self.rng.choice(["glorot_uniform:1", "uniform:0:1:1",
                                "orthogonal:1:1", "identity:1"])

    def rich_initializer(self, dtype):
        r, seed = self.rng, self.seed()
        kind = r.randrange(10)
        if kind == 0:
            return r.choice(["zeros", "ones", "const:2", "const:-3",
                             "const:0.5"])
        if kind == 1:
            dtype = dtype or "f32"
            return f"list:{dtype}:{self.elements(dtype, r.randint(1, 7))}"
        if kind == 2:
            return r.choice(["glorot_uniform", "glorot_normal", "he_normal",
                             "lecun_uniform", "lecun_normal",
                             "he_uniform"]) + ":" + seed
        if kind == 3:
            return "scaling:%s:%s:%s:%s" % (
                r.choice(["1", "2", "0.25"]), r.choice(["in", "out", "avg"]),
                r.choice(["truncated", "normal", "uniform"]), seed)
        if kind == 4:
            return f"orthogonal:{r.choice(['1', '2', '0.5'])}:{seed}"
        if kind == 5:
            return r.choice([f"delta:{r.choice(['1', '2'])}:{seed}",
                             f"identity:{r.choice(['1', '2', '-0.5'])}"])
        if kind == 6:
            return f"unit:{r.choice(['1', '1.5'])}:{seed}"
        if kind == 7:
            return "uniform:%s:%s" % (
                r.choice(["0:1", "-1:1", "-3:10", "0:100"]), seed)
        return "%s:%s:%s" % (r.choice(["normal", "truncated"]),
                             r.choice(["0:1", "1:2", "-5:0.5"]), seed)

    def initializer(self, dtype=None):
        if self.values:
            return self.rich_initializer(dtype)
        return self.cheap_initializer()

    def reuse(self):
        if self.rng.random() < 0.02:
            return "bad"
        return self.rng.choice(["none", "true", "auto", "auto"])

    def rules(self, p):
        """Rules and other defaults, each with probability p."""
        cut = {}
        if self.about == "parts":
            cut["part"] = self.maybe(p, self.partitioner)
        if self.about != "rules" and not self.ruled:
            return cut
        choices = {"reg": ["l1l2:0.5:0.25", "l1l2:0:1", "none"],
                   "con": ["nonneg", "maxnorm"], "getter": GETTERS,
                   "cache": ["cpu", ""], "resource": ["yes", "no"]}
        return cut | {key: self.maybe(p, lambda: self.rng.choice(words))
                      for key, words in choices.items()}

    def scope_keys(self):
        return {"reuse": self.maybe(0.4, self.reuse),
                "dtype": self.maybe(0.1 if self.typed else 0, self.dtype),
                "init": self.maybe(0.12, self.initializer)} | self.rules(0.15)

    def open(self):
        named = 0.35 if self.about == "numbering" else 0.65
        name = self.maybe(named, lambda: self.name(
            SCOPES if self.rng.random() < 0.7 else DEFAULTS))
        default = self.maybe(0.05, lambda: self.name(DEFAULTS))
        if name is None and self.rng.random() > 0.01:
            default = self.name(DEFAULTS)
        if name is not None and self.rng.random() < 0.03 and not self.depth:
            name = ""
        keys = self.scope_keys()
        if name is None and self.rng.random() < 0.9:
            keys["reuse"] = None
        self.ops.append(Op("open", name=name, default=default, **keys))
        self.depth += 1

    def loop(self):
        """The same default name some times: d, d_1, d_2."""
        name = self.name(DEFAULTS)
        for _ in range(self.rng.randint(2, 4)):
            self.ops += [Op("open", default=name), Op("leave")]

    def reopen(self):
        if not self.n_captured:
            self.capture()
            return
        self.ops.append(Op(
            "reopen", of=str(self.rng.randrange(self.n_captured)),
            default=self.maybe(0.03, lambda: self.name(DEFAULTS)),
            **self.scope_keys()))
        self.depth += 1

    def capture(self):
        self.ops.append(Op("capture", **{"as": str(self.n_captured)}))
        self.n_captured += 1

    def leave(self):
        if self.rng.random() < 0.1:
            n = self.rng.randint(1, 2)
            self.ops.append(Op("fail", n=str(n)))
            self.depth = max(0, self.depth - n)
        elif self.depth:
            self.ops.append(Op("leave"))
            self.depth -= 1

    def on(self):
        if not self.n_captured:
            return None
        return self.maybe(0.5, lambda: str(
            self.rng.randrange(self.n_captured)))

    def turn_reuse_on(self):
        self.ops.append(Op("reuse", on=self.on()))

    def creator(self):
        self.ops.append(Op("creator", make=self.rng.choice(
            ["same", "trainable:yes", "trainable:no", "collections:mine",
             "collections:losses,variables", "refuse"])))

    def uncreate(self):
        self.ops.append(Op("uncreate"))

    def partitioner(self):
        r = self.rng
        if r.random() < 0.05:
            return "sliced:fixed:2:0"
        axis = r.choice(["0", "0", "0", "1", "-1", "2"])
        return r.choice([f"fixed:{r.randint(1, 4)}:{axis}",
                         f"fixed:2:{axis}",
                         f"bytes:{r.choice([4, 8, 16])}:{axis}:"
                         f"{r.choice([0, 0, 2, 3])}",
                         f"minmax:{r.randint(1, 4)}:{axis}:"
                         f"{r.choice([1, 4, 8, 16])}"])

    def set(self):
        dtype = self.maybe(0.5, lambda: self.rng.choice(DTYPES + ["none"]))
        init = None
        rules = self.rules(0.3)
        rules.pop("con", None)  # it has no setter (S74)
        rules = {key: self.rng.choice(["unset", word]) for key, word
                 in rules.items() if word is not None and key != "resource"}
        if dtype is None:
            init = self.rng.choice(["none", self.initializer()])
        self.ops.append(Op("set", on=self.on(), dtype=dtype, init=init,
                           **rules))

    def shape(self, name):
        r = self.rng.random()
        usual = self.usual.get(name)
        if r < 0.6 and usual:
            return usual
        if r < 0.74:
            return None
        if r < 0.82 and usual and usual != "[]":  # it matches
            sizes = usual.strip("[]").split(",")
            sizes[self.rng.randrange(len(sizes))] = "?"
            return "[" + ",".join(sizes) + "]"
        if r < 0.86:
            return self.rng.choice(VAGUE_SHAPES)
        return self.rng.choice(SHAPES)

    def get(self):
        name = self.name(VARIABLES)
        shape = self.shape(name)
        dtype = self.maybe(0.35 if self.typed else 0.05, self.dtype)
        init = None
        if self.values:
            if shape is not None and self.rng.random() < 0.6:
                shape = self.rng.choice(BIG_SHAPES)
            if dtype is not None:
                dtype = self.rng.choice(["f32", "f64", "f16", "i32", "i64",
                                         dtype])
            init = self.maybe(0.9, lambda: self.initializer(dtype))
        else:
            init = self.maybe(0.5, self.initializer)
        if init is not None and init.startswith("value:"):
            if self.rng.random() < 0.85:
                shape = None
            if self.rng.random() < 0.8:
                dtype = self.maybe(0.5, lambda: init.split(":")[1])
        if init is not None and init.startswith("list:"):
            dtype = init.split(":")[1]
        rules = self.rules(0.12)
        if self.about == "parts":
            rules["part"] = self.maybe(0.5, self.partitioner)
            if self.rng.random() < 0.1:
                name += self.rng.choice(["/part_0", "/part_1", "/part_2"])
            elif shape is None and self.rng.random() < 0.6:
                shape = self.usual.get(name)
        keys = None
        if self.rng.random() < 0.1:
            keys = ",".join(self.rng.sample(KEYS, self.rng.randint(0, 3)))
        self.ops.append(Op(
            "get", name=name, shape=shape, dtype=dtype, init=init,
            validate=self.maybe(0.3 if self.lax else 0, lambda: "no"),
            trainable=self.maybe(0.12, lambda: self.rng.choice(
                ["yes", "no"])), collections=keys,
            local=self.maybe(0.12, lambda: "yes"), **rules))

    def list(self):
        self.ops.append(Op("list", key=self.rng.choice(KEYS)))

    def make(self, ident):
        profile = PROFILES[self.about]
        moves = {"open": self.open, "leave": self.leave, "get": self.get,
                 "capture": self.capture, "reopen": self.reopen,
                 "reuse": self.turn_reuse_on, "set": self.set,
                 "loop": self.loop, "list": self.list,
                 "creator": self.creator, "uncreate": self.uncreate}
        if self.about == "sharing" or self.rng.random() < 0.15:
            self.ops.append(Op("open", name="", reuse="auto"))
            self.depth += 1
        weights = [profile.get(word, 0) for word in moves]
        for _ in range(self.rng.choice(profile["n"])):
            move, = self.rng.choices(list(moves.values()), weights)
            move()
        if self.rng.random() < 0.03 and self.depth > 1:
            self.ops.append(Op("misnest"))
        elif self.about == "rules" and self.rng.random() < 0.05:
            self.ops.append(Op("uncreate", misnest="yes"))
        self.ops.append(Op("names"))
        if self.values:
            self.ops.append(Op("values"))
            if self.ruled and not self.typed:
                self.ops.append(Op("losses"))
        return Program(ident, self.ops)


def make(seed, number):
    return Maker(random.Random(f"{seed} {number}")).make(f"{seed}.{number}")


def main():
    seed, first, count = sys.argv[1:]
    for number in range(int(first), int(first) + int(count)):
        sys.stdout.write(str(make(seed, number)))


if __name__ == "__main__":
    main()
