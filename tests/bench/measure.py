"""Times, memory, sizes and files, and how they are told."""
import gc
import os
import pathlib
import statistics
import time
from typing import Any, Callable, NamedTuple

MIB = 1 << 20


class Taken(NamedTuple):
    """What one call took: seconds of the wall clock, and of the processor."""

    seconds: float
    cpu: float


def take(call: Callable[[], Any]) -> tuple[Taken, Any]:
    """Calls; freeing what the call returns is not part of its time."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    value = call()
    wall = time.perf_counter() - wall
    return Taken(wall, time.process_time() - cpu), value


# --- files ------------------------------------------------------------------


def files_below(folder: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def sync_file(path: pathlib.Path) -> None:
    """To the disk: a file, or a folder's list of its files."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_tree(folder: pathlib.Path) -> None:
    """Every file, and every folder, itself included."""
    for path in folder.rglob("*"):
        sync_file(path)
    sync_file(folder)


def clear(folder: pathlib.Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def size_of(folder: pathlib.Path) -> tuple[int, int]:
    """Bytes of all files, and their number."""
    sizes = [path.stat().st_size for path in files_below(folder)]
    return sum(sizes), len(sizes)


def is_cached(fd: int, size: int) -> bool:
    """Whether a page of a file is in memory, of some that are looked at."""
    for at in (0, size // 3, size // 2, size - 1):
        try:
            os.preadv(fd, [bytearray(1)], at, os.RWF_NOWAIT)
            return True
        except BlockingIOError:
            pass
    return False


def forget(folder: pathlib.Path) -> bool:
    """Asks the kernel to drop these files from memory; whether it did, of all
    but a hundredth of their bytes."""
    total = warm = 0
    for path in files_below(folder):
        fd = os.open(path, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        size = os.fstat(fd).st_size
        total += size
        warm += size if size > 0 and is_cached(fd, size) else 0
        os.close(fd)
    return warm * 100 <= total


# --- memory -----------------------------------------------------------------


def status_mib(key: str) -> float:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(key)


def peak(call: Callable[[], Any]) -> float:
    """MiB that are resident at most during a call, beside those before."""
    gc.collect()
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # see proc(5)
    before = status_mib("VmRSS")
    value = call()
    most = status_mib("VmHWM")
    del value
    return most - before


# --- telling ----------------------------------------------------------------


def seconds_text(seconds: float) -> str:
    for unit, name in ((1, "s"), (1e-3, "ms")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds * 1e6:.3g} us"


def spread_text(values: list[float]) -> str:
    """Median, least and most; how many, if it is but one."""
    if not values:
        return ""
    middle = seconds_text(statistics.median(values))
    if len(values) == 1:
        return f"{middle} (once)"
    return f"{middle} ({seconds_text(min(values))}..{seconds_text(max(values))})"


def ratio_text(values: list[float]) -> str:
    if not values:
        return ""
    return f"{statistics.median(values):.2f}"


def print_table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)
