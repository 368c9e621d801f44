"""What the store is held against: each way to keep a state is a Peer.

All of them are used as their documents advise, with the settings that a reader
would choose who wants speed, and what they keep survives a loss of power when
`save` returns: every file and the folder that names it are fsynced. What
replaces a single file does so by a rename.
"""
import importlib
import json
import os
import pathlib
import sqlite3
import subprocess
from typing import Any, NamedTuple

import numpy as np

import measure
from states import State

Tensors = dict[str, np.ndarray]
PIECE = measure.MIB


class Peer:
    """A way to keep a state in a folder."""

    name = ""
    module = ""  # that it needs
    fills = False  # loads into arrays that are there, instead of new ones
    crash = "old or new"  # what a crash while a state is replaced leaves
    history = False  # keeps earlier states in the same folder

    @classmethod
    def missing(cls) -> str:
        """Why it cannot be had; "" if it can."""
        try:
            importlib.import_module(cls.module or "numpy")
            return ""
        except ImportError as error:
            return f"not installed ({error.name or error})"

    @classmethod
    def version(cls) -> str:
        module = importlib.import_module(cls.module or "numpy")
        return getattr(module, "__version__", "") if cls.module else ""

    def save(self, folder: pathlib.Path, state: State, step: int) -> None:
        """Makes or replaces what the folder holds."""
        raise NotImplementedError

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        """All tensors; `into` has their names and shapes, and memory."""
        raise NotImplementedError

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        raise NotImplementedError

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        """Where nothing better is offered, of the whole tensor."""
        return self.tensor(folder, name, into)[first:first + n]

    # What the measurement calls. The store's own program takes its times
    # itself and overrides these.

    def take_save(self, folder: pathlib.Path, state: State, step: int
                  ) -> measure.Taken:
        return measure.take(lambda: self.save(folder, state, step))[0]

    def take_load(self, folder: pathlib.Path, state: State, into: State,
                  compare: bool) -> measure.Taken:
        taken, tensors = measure.take(lambda: self.load(folder, into))
        must_equal(self, not compare or state.equals(tensors))
        return taken

    def take_tensor(self, folder: pathlib.Path, state: State, name: str,
                    into: State) -> measure.Taken:
        taken, t = measure.take(lambda: self.tensor(folder, name, into))
        must_equal(self, t.tobytes() == state.tensors[name].tobytes())
        return taken

    def take_rows(self, folder: pathlib.Path, state: State,
                  which: tuple[str, int, int], into: State) -> measure.Taken:
        name, first, n = which
        taken, t = measure.take(
            lambda: self.rows(folder, name, first, n, into))
        must_equal(self, t.tobytes()
                   == state.tensors[name][first:first + n].tobytes())
        return taken

    def close(self) -> None:
        """No more calls."""


def must_equal(peer: Peer, equal: bool) -> None:
    if not equal:
        raise SystemExit(f"{peer.name}: what was loaded is not what was saved")


# --- one file ---------------------------------------------------------------


class FilePeer(Peer):
    """One file, written beside the old one and renamed."""

    def write(self, path: pathlib.Path, state: State) -> None:
        raise NotImplementedError

    def path(self, folder: pathlib.Path) -> pathlib.Path:
        return folder / "state"

    def save(self, folder: pathlib.Path, state: State, step: int) -> None:
        new = folder / "state.new"
        self.write(new, state)
        measure.sync_file(new)
        os.replace(new, self.path(folder))
        measure.sync_file(folder)


class Raw(FilePeer):
    """The values and nothing else: what all others are held against."""

    name = "raw file"
    fills = True

    def write(self, path: pathlib.Path, state: State) -> None:
        view = memoryview(state.values)
        with open(path, "wb", buffering=0) as f:
            for at in range(0, len(view), PIECE):
                f.write(view[at:at + PIECE])

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        view = memoryview(into.values)
        with open(self.path(folder), "rb", buffering=0) as f:
            for at in range(0, len(view), PIECE):
                f.readinto(view[at:at + PIECE])
        return into.tensors

    def part(self, folder: pathlib.Path, at: int, into: np.ndarray
             ) -> np.ndarray:
        with open(self.path(folder), "rb", buffering=0) as f:
            f.seek(at)
            f.readinto(memoryview(into.reshape(-1).view(np.uint8)))
        return into

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        return self.part(folder, into.offsets[name], into.tensors[name])

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        t = into.tensors[name]
        at = into.offsets[name] + first * (t.nbytes // len(t))
        return self.part(folder, at, t[first:first + n])


class RawNew(Raw):
    """The same, read into memory that is new each time, as most peers do."""

    name = "raw file, new memory"
    fills = False

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        new = np.empty_like(into.values)
        return super().load(folder, State(into.dtype, into.shapes, new))

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        return self.part(folder, into.offsets[name],
                         np.empty_like(into.tensors[name]))


class Torch(FilePeer):
    name = "torch.save"
    module = "torch"

    def write(self, path: pathlib.Path, state: State) -> None:
        import torch

        torch.save({name: torch.from_numpy(t)
                    for name, t in state.tensors.items()}, path)

    def open(self, folder: pathlib.Path, mapped: bool) -> dict:
        import torch

        return torch.load(self.path(folder), weights_only=True, mmap=mapped)

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        return {name: t.numpy() for name, t in self.open(folder, False).items()}

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        return self.open(folder, True)[name].numpy().copy()

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        return self.open(folder, True)[name][first:first + n].numpy().copy()


class SafeTensors(FilePeer):
    name = "safetensors"
    module = "safetensors"

    def write(self, path: pathlib.Path, state: State) -> None:
        from safetensors.numpy import save_file

        save_file(state.tensors, path)

    def open(self, folder: pathlib.Path) -> Any:
        from safetensors import safe_open

        return safe_open(self.path(folder), framework="np")

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        with self.open(folder) as f:
            return {name: f.get_tensor(name) for name in f.keys()}

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        with self.open(folder) as f:
            return f.get_tensor(name)

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        with self.open(folder) as f:
            return f.get_slice(name)[first:first + n]


class Npz(FilePeer):
    name = "numpy.savez"

    def path(self, folder: pathlib.Path) -> pathlib.Path:
        return folder / "state.npz"

    def write(self, path: pathlib.Path, state: State) -> None:
        with open(path, "wb") as f:
            np.savez(f, **state.tensors)

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        with np.load(self.path(folder)) as z:
            return {name: z[name] for name in z.files}

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        with np.load(self.path(folder)) as z:
            return z[name]


class Hdf5(FilePeer):
    name = "h5py"
    module = "h5py"
    fills = True
    options: dict[str, Any] = {}

    def write(self, path: pathlib.Path, state: State) -> None:
        import h5py

        with h5py.File(path, "w") as f:
            for name, t in state.tensors.items():
                f.create_dataset(name, data=t, **self.options)

    def open(self, folder: pathlib.Path) -> Any:
        import h5py

        return h5py.File(self.path(folder), "r")

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        with self.open(folder) as f:
            for name, t in into.tensors.items():
                f[name].read_direct(t)
        return into.tensors

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        with self.open(folder) as f:
            f[name].read_direct(into.tensors[name])
        return into.tensors[name]

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        with self.open(folder) as f:
            return f[name][first:first + n]


class Hdf5Lzf(Hdf5):
    name = "h5py, shuffle + lzf"
    options = {"chunks": True, "shuffle": True, "compression": "lzf"}


class Hdf5Gzip(Hdf5):
    name = "h5py, shuffle + gzip 4"
    options = {"chunks": True, "shuffle": True, "compression": "gzip",
               "compression_opts": 4}


# --- many files -------------------------------------------------------------


def chunk_shape(t: np.ndarray) -> tuple[int, ...]:
    """Whole rows, of about 1 MiB."""
    row = t.nbytes // t.shape[0]
    return (max(1, min(t.shape[0], PIECE // row)), *t.shape[1:])


class Zarr(Peer):
    name = "zarr, blosc lz4 bitshuffle"
    module = "zarr"
    crash = "a mix"

    def save(self, folder: pathlib.Path, state: State, step: int) -> None:
        import zarr

        path = folder / "state"
        if path.exists():
            group = zarr.open_group(path, mode="r+")
        else:
            group = zarr.open_group(path, mode="w")
            codec = zarr.codecs.BloscCodec(cname="lz4", clevel=5,
                                           shuffle="bitshuffle")
            for name, t in state.tensors.items():
                group.create_array(name, shape=t.shape, dtype=t.dtype,
                                   chunks=chunk_shape(t), compressors=codec)
        for name, t in state.tensors.items():
            group[name][...] = t
        measure.sync_tree(folder)

    def open(self, folder: pathlib.Path) -> Any:
        import zarr

        return zarr.open_group(folder / "state", mode="r")

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        group = self.open(folder)
        return {name: group[name][...] for name in into.tensors}

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        return self.open(folder)[name][...]

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        return self.open(folder)[name][first:first + n]


class TensorStore(Peer):
    """As Orbax uses it: all arrays in one OCDBT, its files fsynced by it."""

    name = "TensorStore, OCDBT, zstd 1"
    module = "tensorstore"

    @classmethod
    def version(cls) -> str:
        from importlib.metadata import version

        return version("tensorstore")

    def spec(self, folder: pathlib.Path, name: str) -> dict:
        return {"driver": "zarr3", "recheck_cached_data": False,
                "kvstore": {"driver": "ocdbt", "base": f"file://{folder}/",
                            "path": name + "/"}}

    def save(self, folder: pathlib.Path, state: State, step: int) -> None:
        import tensorstore as ts

        transaction = ts.Transaction(atomic=True)
        context = ts.Context()
        opened = {}
        for name, t in state.tensors.items():
            spec = self.spec(folder, name)
            spec["metadata"] = {
                "shape": t.shape, "data_type": str(t.dtype),
                "chunk_grid": {"name": "regular", "configuration":
                               {"chunk_shape": chunk_shape(t)}},
                "codecs": [{"name": "bytes",
                            "configuration": {"endian": "little"}},
                           {"name": "zstd", "configuration": {"level": 1}}]}
            opened[name] = ts.open(spec, create=True, delete_existing=True,
                                   transaction=transaction, context=context)
        writes = [opened[name].result().write(t)
                  for name, t in state.tensors.items()]
        for write in writes:
            write.result()
        transaction.commit_sync()
        measure.sync_file(folder)

    def open(self, folder: pathlib.Path, names: list[str]) -> list:
        import tensorstore as ts

        context = ts.Context()
        return [ts.open(self.spec(folder, name), open=True, read=True,
                        context=context) for name in names]

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        names = list(into.tensors)
        reads = [o.result().read() for o in self.open(folder, names)]
        return {name: read.result() for name, read in zip(names, reads)}

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        return self.open(folder, [name])[0].result().read().result()

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        opened = self.open(folder, [name])[0].result()
        return opened[first:first + n].read().result()


# --- databases --------------------------------------------------------------


class Lmdb(Peer):
    name = "LMDB"
    module = "lmdb"
    fills = True

    def save(self, folder: pathlib.Path, state: State, step: int) -> None:
        import lmdb

        room = 3 * state.bytes + 64 * PIECE
        with lmdb.open(str(folder), map_size=room) as env:
            with env.begin(write=True) as txn:
                for name, t in state.tensors.items():
                    about = json.dumps([state.dtype, t.shape])
                    txn.put(f"{name} about".encode(), about.encode())
                    txn.put(name.encode(), t.data)
        measure.sync_file(folder)

    def open(self, folder: pathlib.Path) -> Any:
        import lmdb

        return lmdb.open(str(folder), readonly=True, lock=False)

    def copy(self, txn: Any, name: str, into: np.ndarray,
             skip: int = 0) -> np.ndarray:
        found = txn.get(name.encode())
        np.copyto(into.reshape(-1),
                  np.frombuffer(found, into.dtype, into.size, skip))
        return into

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        with self.open(folder) as env, env.begin(buffers=True) as txn:
            for name, t in into.tensors.items():
                self.copy(txn, name, t)
        return into.tensors

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        with self.open(folder) as env, env.begin(buffers=True) as txn:
            return self.copy(txn, name, into.tensors[name])

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        t = into.tensors[name]
        with self.open(folder) as env, env.begin(buffers=True) as txn:
            return self.copy(txn, name, t[first:first + n],
                             first * (t.nbytes // len(t)))


class Sqlite(Peer):
    """A table of blobs, with the settings that are best for large ones."""

    name = "SQLite blobs"
    fills = True

    @classmethod
    def version(cls) -> str:
        return sqlite3.sqlite_version

    def open(self, folder: pathlib.Path) -> sqlite3.Connection:
        db = sqlite3.connect(folder / "state.db", isolation_level=None)
        db.execute("PRAGMA page_size = 65536")
        db.execute("PRAGMA synchronous = FULL")
        return db

    def save(self, folder: pathlib.Path, state: State, step: int) -> None:
        db = self.open(folder)
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE IF NOT EXISTS tensor (name TEXT UNIQUE, "
                   "dtype TEXT, shape TEXT, value BLOB)")
        db.executemany(
            "INSERT INTO tensor VALUES (?, ?, ?, ?) ON CONFLICT (name) "
            "DO UPDATE SET value = excluded.value",
            ((name, state.dtype, json.dumps(t.shape), t.data)
             for name, t in state.tensors.items()))
        db.execute("COMMIT")
        db.close()
        measure.sync_file(folder)

    def copy(self, db: sqlite3.Connection, name: str, into: np.ndarray,
             skip: int = 0) -> np.ndarray:
        [row] = db.execute("SELECT rowid FROM tensor WHERE name = ?", [name])
        with db.blobopen("tensor", "value", row[0], readonly=True) as blob:
            blob.seek(skip)
            np.copyto(into.reshape(-1),
                      np.frombuffer(blob.read(into.nbytes), into.dtype))
        return into

    def load(self, folder: pathlib.Path, into: State) -> Tensors:
        db = self.open(folder)
        for name, t in into.tensors.items():
            self.copy(db, name, t)
        db.close()
        return into.tensors

    def tensor(self, folder: pathlib.Path, name: str, into: State
               ) -> np.ndarray:
        db = self.open(folder)
        self.copy(db, name, into.tensors[name])
        db.close()
        return into.tensors[name]

    def rows(self, folder: pathlib.Path, name: str, first: int, n: int,
             into: State) -> np.ndarray:
        t = into.tensors[name]
        db = self.open(folder)
        self.copy(db, name, t[first:first + n],
                  first * (t.nbytes // len(t)))
        db.close()
        return t[first:first + n]


# --- the store --------------------------------------------------------------


class Answer(NamedTuple):
    """What bench_peer says; see there."""

    whole: float
    call: float
    cpu: float
    mib: float


class Varstore(Peer):
    """Through bench_peer, a program that is started once."""

    name = "varstore"
    fills = True
    history = True
    how = ""
    program = pathlib.Path()

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.loaded: State | None = None
        self.answer: Answer | None = None  # to the last question

    def tell(self, *words: Any) -> list[str]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(" ".join(map(str, words)).rstrip() + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if answer[:1] != ["ok"]:
            raise SystemExit(f"{self.name}: bench_peer has failed")
        return answer[1:]

    def use(self, state: State) -> None:
        if self.loaded is not state:
            self.tell("state", state.folder)
            self.loaded = state

    def ask(self, state: State, *words: Any) -> measure.Taken:
        self.use(state)
        self.answer = Answer(*map(float, self.tell(*words)))
        return measure.Taken(self.answer.whole, self.answer.cpu)

    def path(self, folder: pathlib.Path) -> pathlib.Path:
        return folder / "state.vars.db"

    def take_save(self, folder: pathlib.Path, state: State, step: int
                  ) -> measure.Taken:
        return self.ask(state, "save", self.path(folder), step, self.how)

    def take_load(self, folder: pathlib.Path, state: State, into: State,
                  compare: bool) -> measure.Taken:
        return self.ask(state, "load", self.path(folder))

    def take_tensor(self, folder: pathlib.Path, state: State, name: str,
                    into: State) -> measure.Taken:
        return self.ask(state, "tensor", self.path(folder), name)

    def take_rows(self, folder: pathlib.Path, state: State,
                  which: tuple[str, int, int], into: State) -> measure.Taken:
        return self.ask(state, "slice", self.path(folder), *which)

    def frames(self, state: State, times: Any) -> None:
        """The codec alone: adds what it took to `times` (codecs_alone)."""
        self.use(state)
        copy, encode, decode, size = map(float, self.tell("frames"))
        times.copy.append(copy)
        times.encode.append(encode)
        times.decode.append(decode)
        times.bytes = int(size)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


class VarstoreDelta(Varstore):
    name = "varstore, differences"
    how = "delta"


PEERS: list[type[Peer]] = [
    Raw, RawNew, Varstore, Torch, SafeTensors, Npz, Hdf5, Hdf5Lzf, Hdf5Gzip,
    Zarr, TensorStore, Lmdb, Sqlite]
