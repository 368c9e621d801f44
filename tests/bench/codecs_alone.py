"""Codecs in memory, on the chunks of the same tensors, one thread each."""
import importlib
import random
import statistics
import time
from typing import Any, Callable

import numpy as np

import measure
from formats import Varstore
from states import NUMPY, State

MOST_BYTES = 32 * measure.MIB  # of a state


class Codec:
    """Bytes to fewer and back; `args` say how, `size` is an element's."""

    def __init__(self, name: str, module: str, make: Callable[..., Any],
                 *args: Any) -> None:
        self.name = name
        self.module = module
        self.make = make
        self.args = args

    def missing(self) -> str:
        try:
            importlib.import_module(self.module)
            return ""
        except ImportError:
            return "not installed"


Pair = tuple[Callable[[memoryview], bytes], Callable[[bytes, int], bytes]]


def lz4(size: int) -> Pair:
    import lz4.block

    return (lambda raw: lz4.block.compress(raw, store_size=False),
            lambda b, n: lz4.block.decompress(b, uncompressed_size=n))


def zstd(size: int, level: int) -> Pair:
    import zstandard

    coder = zstandard.ZstdCompressor(level=level)
    decoder = zstandard.ZstdDecompressor()
    return coder.compress, lambda b, n: decoder.decompress(b)


def zlib(size: int, level: int) -> Pair:
    import zlib

    return (lambda raw: zlib.compress(raw, level),
            lambda b, n: zlib.decompress(b, bufsize=n))


def blosc2(size: int, codec: str, level: int, filter_name: str) -> Pair:
    import blosc2

    blosc2.set_nthreads(1)
    parameters = {"codec": blosc2.Codec[codec], "clevel": level,
                  "typesize": size, "nthreads": 1,
                  "filters": [blosc2.Filter[filter_name]]}
    return (lambda raw: blosc2.compress2(raw, **parameters),
            lambda b, n: blosc2.decompress2(b, nthreads=1))


CODECS = [
    Codec("lz4", "lz4.block", lz4),
    Codec("blosc2: lz4, shuffle", "blosc2", blosc2, "LZ4", 5, "SHUFFLE"),
    Codec("blosc2: lz4, bitshuffle", "blosc2", blosc2, "LZ4", 5,
          "BITSHUFFLE"),
    Codec("blosc2: zstd 1, shuffle", "blosc2", blosc2, "ZSTD", 1, "SHUFFLE"),
    Codec("blosc2: zstd 5, bitshuffle", "blosc2", blosc2, "ZSTD", 5,
          "BITSHUFFLE"),
    Codec("zstd 1", "zstandard", zstd, 1),
    Codec("zstd 3", "zstandard", zstd, 3),
    Codec("zlib 6", "zlib", zlib, 6),
]
OURS = "varstore, digests taken and compared"


class Times:
    """Of one codec, a value for each round: GB/s and shares of memcpy's."""

    def __init__(self) -> None:
        self.bytes = 0  # encoded
        self.encode: list[float] = []
        self.decode: list[float] = []
        self.copy: list[float] = []  # memcpy of the same bytes beside it

    def row(self, name: str, raw: int) -> list[str]:
        def speed(values: list[float]) -> str:
            return f"{raw / statistics.median(values) / 1e9:.2f}"

        def share(values: list[float]) -> str:
            return measure.ratio_text(
                [copy / value for copy, value in zip(self.copy, values)])

        return [name, f"{self.bytes / raw:.3f}", speed(self.encode),
                share(self.encode), speed(self.decode), share(self.decode)]


def pieces_of(state: State) -> list[memoryview]:
    """Of each tensor, runs of 1 MiB."""
    runs = []
    for name, t in state.tensors.items():
        at = state.offsets[name]
        whole = memoryview(state.values)[at:at + t.nbytes]
        runs += [whole[i:i + measure.MIB]
                 for i in range(0, len(whole), measure.MIB)]
    return runs


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """Of this thread's processor time."""
    start = time.thread_time()
    value = call()
    return time.thread_time() - start, value


def copy_seconds(pieces: list[memoryview]) -> float:
    room = memoryview(bytearray(measure.MIB))

    def copy() -> None:
        for piece in pieces:
            room[:len(piece)] = piece

    copy()
    return seconds(copy)[0]


def one_round(codec: Codec, pieces: list[memoryview], size: int,
              times: Times, compare: bool) -> None:
    encode, decode = codec.make(size, *codec.args)
    times.copy.append(copy_seconds(pieces))
    spent, frames = seconds(lambda: [encode(piece) for piece in pieces])
    times.encode.append(spent)
    times.bytes = sum(map(len, frames))

    def back() -> None:
        for frame, piece in zip(frames, pieces):
            decode(frame, len(piece))

    times.decode.append(seconds(back)[0])
    if compare:
        for frame, piece in zip(frames, pieces):
            if decode(frame, len(piece)) != piece:
                raise SystemExit(f"{codec.name}: not what was encoded")


def run(states: list[State], folder: Any, rounds: int, seed: int) -> None:
    """Prints a table for each state."""
    order = random.Random(seed)
    for whole in states:
        state = whole.first(MOST_BYTES)
        state.write(folder / f"codec-{state.dtype}")
        measure_state(state, rounds, order)


def measure_state(state: State, rounds: int, order: random.Random) -> None:
    pieces = pieces_of(state)
    size = NUMPY[state.dtype].itemsize
    here = [codec for codec in CODECS if not codec.missing()]
    times = {name: Times() for name in [OURS] + [c.name for c in here]}
    store = Varstore()
    for i in range(rounds):
        turn: list[Codec | None] = [None, *here]
        order.shuffle(turn)
        for codec in turn:
            if codec is None:
                store.frames(state, times[OURS])
            else:
                one_round(codec, pieces, size, times[codec.name], i == 0)
    store.close()
    copies = np.concatenate([t.copy for t in times.values()])
    print(f"### Codecs alone, {state.dtype}\n\n"
          f"{state.bytes / 1e6:.1f} MB in {len(pieces)} chunks of at most "
          f"1 MiB, one thread, its processor time, {rounds} rounds; memcpy "
          f"{state.bytes / np.median(copies) / 1e9:.1f} GB/s. GB are raw "
          "bytes; what follows a speed is its share of memcpy's in the same "
          "round.\n")
    measure.print_table(
        ["codec", "size", "encode GB/s", "/ memcpy", "decode GB/s",
         "/ memcpy"],
        [times[name].row(name, state.bytes) for name in times]
        + [[c.name, c.missing(), "", "", "", ""] for c in CODECS
           if c.missing()])
