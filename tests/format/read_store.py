#!/usr/bin/env python3
"""Reads varstore files by lib/FORMAT.md alone: Python's standard library, and
the modules lz4 and xxhash if they are there. Without lz4 blocks are decoded
here, slowly; without xxhash the library of that name is asked, and without
that digests are compared with each other but not with the bytes, which is said
once on stderr.

    read_store.py STORE                         lists names, dtypes and shapes
    read_store.py STORE NAME FILE [CHECKPOINT]  prints dtype and shape of NAME
                                                and writes its elements to FILE

Section numbers in comments are those of lib/FORMAT.md.
"""
import contextlib
import ctypes
import ctypes.util
import json
import pathlib
import re
import sqlite3
import struct
import sys

try:
    import lz4.block as lz4_block
except ImportError:
    lz4_block = None


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def find_digest():
    """The digest by the module, or by the library itself; None without."""
    try:
        import xxhash
        return xxhash.xxh3_128_digest
    except ImportError:
        pass
    name = ctypes.util.find_library("xxhash")
    if name is None:
        return None
    hash128 = ctypes.CDLL(name).XXH3_128bits
    hash128.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    hash128.restype = Hash128

    def digest(data):
        data = bytes(data)
        made = hash128(data, len(data))
        return made.high.to_bytes(8, "big") + made.low.to_bytes(8, "big")
    return digest


digest_of = find_digest()

SCHEMA_NUMBER = 1
FORMAT_VERSION = 1
SMALL_BYTES = 4096
FRAME_HEADER = 28

# Section 4: id -> name, bytes of an element.
DTYPES = {
    1: ("bool", 1), 2: ("u8", 1), 3: ("u16", 2), 4: ("u32", 4), 5: ("u64", 8),
    6: ("i8", 1), 7: ("i16", 2), 8: ("i32", 4), 9: ("i64", 8),
    10: ("f16", 2), 11: ("bf16", 2), 12: ("f32", 4), 13: ("f64", 8),
    14: ("c64", 8), 15: ("c128", 16), 16: ("f8_e4m3", 1), 17: ("f8_e5m2", 1),
}


class Damage(Exception):
    """The store is not what the format says."""


def must(holds, what):
    if not holds:
        raise Damage(what)


# --- Section 2: digest -------------------------------------------------------

def check_digest(data, want, what):
    """The digest of `data` is `want`, as far as we can compute it."""
    if digest_of is not None:
        must(digest_of(data) == want, what + ": digest")


def check_chain(items, want, what):
    if digest_of is not None:
        must(chain(items) == want, what + ": digest")


def chain(items):
    made = bytes(16)
    for item in items:
        made = digest_of(made + item)
    return made


# --- Section 3: frame --------------------------------------------------------

def lz4_length(block, at, nibble):
    n = nibble
    if nibble == 15:
        while True:
            must(at < len(block), "LZ4: a length beyond the end")
            n += block[at]
            at += 1
            if block[at - 1] != 255:
                break
    return n, at


def lz4_decode(block, n_raw):
    """One LZ4 block of exactly n_raw bytes (3.2)."""
    out = bytearray()
    at = 0
    while True:
        must(at < len(block), "LZ4: no last sequence")
        token = block[at]
        n, at = lz4_length(block, at + 1, token >> 4)
        must(at + n <= len(block), "LZ4: literals beyond the end")
        out += block[at:at + n]
        at += n
        if at == len(block):
            break
        must(at + 2 <= len(block), "LZ4: an offset beyond the end")
        offset = block[at] | block[at + 1] << 8
        must(1 <= offset <= len(out), "LZ4: a match before the start")
        n, at = lz4_length(block, at + 2, token & 15)
        n += 4
        must(len(out) + n <= n_raw, "LZ4: more bytes than promised")
        piece = bytes(out[-offset:])
        while len(piece) < n:
            piece += piece
        out += piece[:n]
    must(len(out) == n_raw, "LZ4: not as many bytes as promised")
    return bytes(out)


def uncompress(payload, n_raw):
    if lz4_block is None:
        return lz4_decode(payload, n_raw)
    try:
        raw = lz4_block.decompress(payload, uncompressed_size=n_raw)
    except lz4_block.LZ4BlockError as error:
        raise Damage("LZ4: %s" % error) from error
    must(len(raw) == n_raw, "LZ4: not as many bytes as promised")
    return raw


def unshuffle(data, size):
    """Byte k of element i is at k n + i (3.3)."""
    n = len(data) // size
    raw = bytearray(len(data))
    for k in range(size):
        raw[k::size] = data[k * n:(k + 1) * n]
    return bytes(raw)


# A byte's bits as eight bytes of 0 and 1, the lowest bit first.
BITS = [bytes(x >> t & 1 for t in range(8)) for x in range(256)]


def unite_bits(plane):
    """A byte plane from its eight bit planes; the last n % 8 bytes stay."""
    m = len(plane) // 8
    whole = 0
    for b in range(8):
        bits = b"".join(BITS[x] for x in plane[b * m:(b + 1) * m])
        whole |= int.from_bytes(bits, "little") << b
    return whole.to_bytes(8 * m, "little") + plane[8 * m:]


def unbitshuffle(data, size):
    n = len(data) // size
    planes = [unite_bits(data[k * n:(k + 1) * n]) for k in range(size)]
    return unshuffle(b"".join(planes), size)


class Pieces:
    """The bytes of a packed payload, taken from the front (3.4)."""

    def __init__(self, data, codec):
        self.data = data
        self.codec = codec
        self.at = 0

    def take(self, n):
        must(n <= len(self.data) - self.at, "packed: beyond the end")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self):
        return int.from_bytes(self.take(4), "little")

    def piece(self, n):
        length = self.number()
        must(length <= n, "packed: a piece longer than it is")
        data = self.take(length)
        if length == n:
            return data
        must(self.codec == 1, "packed: LZ4 without the codec")
        return uncompress(data, n)


def decode_plane(pieces, bits, n):
    """A byte plane from codes of so many bits and escapes."""
    symbols = pieces.take((1 << bits) - 1)
    n_escapes = pieces.number()
    size = (n + 7) // 8
    must(bits * size + n_escapes <= n, "packed: codes longer than the plane")
    codes = 0
    for b in range(bits):
        plane = b"".join(BITS[x] for x in pieces.piece(size))
        codes |= int.from_bytes(plane, "little") << b
    codes = codes.to_bytes(8 * size, "little")[:n]
    escapes = pieces.piece(n_escapes)
    must(codes.count(len(symbols)) == n_escapes, "packed: escapes")
    escapes = iter(escapes)
    return bytes(symbols[c] if c < len(symbols) else next(escapes)
                 for c in codes)


def unpack(payload, codec, filt, size, n_raw):
    """The raw bytes of a payload behind filter 3 or 4 (3.4)."""
    must(len(payload) != 0, "packed: nothing")
    width = payload[-1]
    must(width in (1, 2, 4, 8) and size % width == 0, "packed: lanes")
    must(len(payload) > width, "packed: no modes")
    modes = payload[-1 - width:-1]
    must(max(modes) <= 7, "packed: a mode")
    n = n_raw // width
    pieces = Pieces(payload[:-1 - width], codec)
    planes = [pieces.take(n) if mode == 0 else None for mode in modes]
    for k, mode in enumerate(modes):
        if mode == 7:
            planes[k] = pieces.piece(n)
        elif mode != 0:
            planes[k] = decode_plane(pieces, mode, n)
    must(pieces.at == len(pieces.data), "packed: bytes left over")
    raw = unshuffle(b"".join(planes), width)
    turn = {1: 0, 2: 1, 4: 1, 8: 4}[width] if filt == 3 else 0
    if turn == 0:
        return raw
    fmt = "<%d%s" % (n, {2: "H", 4: "I", 8: "Q"}[width])
    top = 8 * width - turn
    low = (1 << turn) - 1
    return struct.pack(fmt, *(x >> turn | (x & low) << top
                              for x in struct.unpack(fmt, raw)))


def add_base(folded, base, width):
    """The lanes of which these are the folded differences (3.4, Delta)."""
    must(width in (2, 4, 8), "delta: lanes")
    half = 1 << 8 * width - 1
    fmt = "<%d%s" % (len(base) // width, {2: "H", 4: "I", 8: "Q"}[width])

    def lane(f, b):
        d = f // 2 if f % 2 == 0 else 2 * half - (f + 1) // 2
        return ordered((d + ordered(b)) % (2 * half))

    def ordered(x):
        return x if x < half else x ^ (half - 1)

    return struct.pack(fmt, *map(lane, struct.unpack(fmt, folded),
                                 struct.unpack(fmt, base)))


def decode_frame(frame, n_raw, digest, base=None):
    """The raw bytes of a frame, for a row's length and digest, and those of
    its base and their digest, if it has one (3.5)."""
    must(len(frame) >= FRAME_HEADER, "frame: shorter than its header")
    version, codec, filt, size, raw, payload = struct.unpack_from(
        "<BBBBII", frame)
    must(version == 1, "frame: version %d" % version)
    must(codec in (0, 1, 2), "frame: codec %d" % codec)
    must(filt in range(6) and (codec != 2 or filt == 0),
         "frame: filter %d" % filt)
    must(size in (1, 2, 4, 8, 16), "frame: elements of %d bytes" % size)
    must(1 <= raw <= 16777216 and raw % size == 0, "frame: raw length")
    must(raw == n_raw, "frame: raw length is not the row's")
    must(payload == len(frame) - FRAME_HEADER, "frame: payload length")
    must(payload == size if codec == 2
         else payload == raw if codec == 0 and filt < 3
         else payload <= raw, "frame: payload")
    must(frame[12:28] == digest, "frame: digest is not the row's")
    data = frame[28:]
    must((filt == 5) == (base is not None), "frame: a delta without a base, "
         "or a base without a delta")
    if base is not None:
        must(payload >= 16 and data[-16:] == base[1], "frame: another base")
        data = data[:-16]
    if codec == 2:
        data *= raw // size
    elif filt >= 3:
        width = data[-1] if data else 0
        data = unpack(data, codec, filt, size, raw)
        if base is not None:
            data = add_base(data, base[0], width)
    elif codec == 1:
        data = uncompress(data, raw)
    if filt in (1, 2):
        data = (unshuffle if filt == 1 else unbitshuffle)(data, size)
    check_digest(data, digest, "frame")
    return data


# --- Section 10: file --------------------------------------------------------

def open_store(path):
    """A connection, and the facts of `meta`."""
    with open(path, "rb") as f:
        header = f.read(100)
    must(len(header) == 100 and header[:16] == b"SQLite format 3\0",
         "not an SQLite file")
    must(header[68:72] == b"VSTR", "another application's file")
    uri = pathlib.Path(path).resolve().as_uri() + "?mode=ro"
    db = sqlite3.connect(uri, uri=True, isolation_level=None)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("BEGIN")  # all that follows is of one instant
    number, = one(db, "PRAGMA user_version")
    must(1 <= number <= SCHEMA_NUMBER, "schema number %d" % number)
    facts = dict(db.execute("SELECT key, value FROM meta"))
    must(facts.get("format") == "varstore", "format")
    must(1 <= int(facts["format_version"]) <= FORMAT_VERSION, "format version")
    chunk_bytes = int(facts["chunk_bytes"])
    must(4096 <= chunk_bytes <= 4194304 and
         chunk_bytes & (chunk_bytes - 1) == 0, "chunk_bytes")
    return db, chunk_bytes


def one(db, sql, *values):
    row = db.execute(sql, values).fetchone()
    if row is None:
        raise Damage("no row: %s %s" % (sql, values))
    return row


# --- Sections 5, 7, 8, 9, 11: a value ----------------------------------------

def check_record(numbers, texts, last, want, what):
    """The record of a row (8)."""
    if digest_of is not None:
        items = [struct.pack("<%dq" % len(numbers), *(n or 0 for n in numbers))]
        items += [digest_of((t or "").encode()) for t in texts]
        items += [struct.pack("<q", n or 0) for n in last]
        check_chain(items, want, what)


def mark(*row):
    """The mark of a row of checkpoint_variable (9)."""
    made = 0
    for number in row:
        made = (made * 1000003 + number) % 2147483647
    return made


def find(db, name, checkpoint):
    """The ids of a name's variable and version (11, step 2)."""
    row = db.execute("SELECT id, variable, alias, dtype, trainable, "
                     "is_part, shape, record FROM name WHERE path = ?",
                     (name,)).fetchone()
    if row is None:
        raise KeyError(name)
    check_record(row[:6], [row[6], name], [], row[7], "name " + name)
    if checkpoint is None:
        if row[1] is None:
            raise KeyError(name)
        return one(db, "SELECT id, current FROM variable WHERE id = ?", row[1])
    row = db.execute(
        "SELECT checkpoint, name, version, alias, mark "
        "FROM checkpoint_variable WHERE name = ? AND checkpoint = ?",
        (row[0], checkpoint)).fetchone()
    if row is None:
        raise KeyError(name)
    must(mark(*row[:4]) == row[4], "checkpoint %d: its mark" % checkpoint)
    return one(db, "SELECT variable, id FROM version WHERE id = ?", row[2])


def read_type(db, variable):
    row = one(db, "SELECT id, dtype, n_elements, n_bytes, trainable, origin, "
                  "at_ms, reuse, is_part, shape, initializer, site, current, "
                  "record FROM variable WHERE id = ?", variable)
    check_record(row[:9], row[9:12], row[12:13], row[13],
                 "variable %d" % variable)
    dtype, text = row[1], row[9]
    must(dtype in DTYPES, "dtype %d" % dtype)
    must(re.fullmatch(r"\[(\d+(,\d+)*)?\]", text), "shape %s" % text)
    return dtype, json.loads(text)


def product(numbers):
    n = 1
    for x in numbers:
        n *= x
    return n


def plan(shape, size, chunk_bytes):
    """The number of elements in each chunk; none for a small value (5)."""
    n = product(shape)
    if n * size <= SMALL_BYTES:
        return []
    fit = chunk_bytes // size
    row = product(shape[1:])
    per = fit - fit % row if row <= fit else fit
    return [min(per, n - first) for first in range(0, n, per)]


def read_small(db, version, n_bytes):
    data, = one(db, "SELECT bytes FROM small WHERE version = ?", version)
    must(len(data) == n_bytes, "version %d: length" % version)
    digests = [] if digest_of is None else [digest_of(data)]
    return data, digests


def read_chunk(db, chunk, dtype, n_bytes, is_base=False):
    digest, have, raw, base = one(
        db, "SELECT digest, dtype, raw_bytes, base FROM chunk WHERE id = ?",
        chunk)
    must(have == dtype and raw == n_bytes, "chunk %d: its kind" % chunk)
    must(len(digest) == 16, "chunk %d: its digest" % chunk)
    if base is not None:
        must(not is_base, "chunk %d: a base that has one" % chunk)
        base = read_chunk(db, base, dtype, n_bytes, True)
    frame, = one(db, "SELECT bytes FROM frame WHERE chunk = ?", chunk)
    return decode_frame(frame, raw, digest, base), digest


def read_chunks(db, version, dtype, counts):
    rows = db.execute("SELECT ordinal, chunk FROM version_chunk "
                      "WHERE version = ? ORDER BY ordinal",
                      (version,)).fetchall()
    must([r[0] for r in rows] == list(range(len(counts))),
         "version %d: its chunks" % version)
    size = DTYPES[dtype][1]
    pairs = [read_chunk(db, chunk, dtype, count * size)
             for (_, chunk), count in zip(rows, counts)]
    return b"".join(p[0] for p in pairs), [p[1] for p in pairs]


def check_version(row, dtype, shape, digests):
    """The two digests of a version (7); of a small value `digests` is that of
    its bytes."""
    version, variable, n_chunks, at_ms, digest, record = row
    must(len(digest) == 16 and len(record) == 16,
         "version %d: its digests" % version)
    check_digest(struct.pack("<QQQQ", version, variable, n_chunks, at_ms) + digest,
                 record, "version %d: record" % version)
    if digest_of is not None:
        content = chain(digests) if n_chunks != 0 else digests[0]
        kind = struct.pack("<BB%dQ" % len(shape), dtype, len(shape), *shape)
        check_chain([kind, content], digest, "version %d" % version)


def read_part(db, variable):
    """ordinal, n_parts, axis and the whole's shape of a part; None: it is
    none (8)."""
    (is_part,) = one(db, "SELECT is_part FROM variable WHERE id = ?", variable)
    if not is_part:
        return None
    row = one(db, "SELECT variable, ordinal, n_parts, axis, first, drawn, "
                  "shape, record FROM part WHERE variable = ?", variable)
    check_record(row[:6], row[6:7], [], row[7], "part %d" % variable)
    _, ordinal, n_parts, axis, first, _, text, _ = row
    shape = json.loads(text)
    length, more = divmod(shape[axis], n_parts)
    must(first == ordinal * length + min(ordinal, more),
         "part %d: where it begins" % variable)
    return ordinal, n_parts, axis, shape


def read_whole(db, chunk_bytes, name, checkpoint):
    """The same as `read` for what has parts (8): they are read one by one, and
    put side by side along the axis that is cut."""
    first = read_part(db, find(db, name + "/part_0", checkpoint)[0])
    if first is None or first[0] != 0:
        raise KeyError(name)
    _, n_parts, axis, shape = first
    pieces = []
    for k in range(n_parts):
        part = "%s/part_%d" % (name, k)
        must(read_part(db, find(db, part, checkpoint)[0]) ==
             (k, n_parts, axis, shape), part)
        word, had, data = read(db, chunk_bytes, part, checkpoint)
        want = list(shape)
        want[axis] = shape[axis] // n_parts + (k < shape[axis] % n_parts)
        must(had == want, part + ": its shape")
        pieces.append(data)
    rows = product(shape[:axis])
    return word, shape, b"".join(
        data[i * (len(data) // rows):(i + 1) * (len(data) // rows)]
        for i in range(rows) for data in pieces)


def read(db, chunk_bytes, name, checkpoint=None):
    """dtype, shape and elements of a variable, now or in a checkpoint."""
    try:
        variable, version = find(db, name, checkpoint)
    except KeyError:
        return read_whole(db, chunk_bytes, name, checkpoint)
    row = one(db, "SELECT id, variable, n_chunks, at_ms, digest, record FROM version "
                  "WHERE id = ?", version)
    must(row[1] == variable, "version %d: its variable" % version)
    dtype, shape = read_type(db, variable)
    word, size = DTYPES[dtype]
    counts = plan(shape, size, chunk_bytes)
    must(row[2] == len(counts), "version %d: its number of chunks" % version)
    if counts:
        data, digests = read_chunks(db, version, dtype, counts)
    else:
        data, digests = read_small(db, version, product(shape) * size)
    check_version(row, dtype, shape, digests)
    return word, shape, data


def check_root(db, checkpoint):
    """A checkpoint's root over its names and versions (9)."""
    n_names, root = one(db, "SELECT n_names, root FROM checkpoint "
                            "WHERE id = ?", checkpoint)
    rows = db.execute(
        "SELECT n.path, c.alias, s.digest FROM checkpoint_variable AS c "
        "JOIN name AS n ON n.id = c.name JOIN version AS s ON s.id = c.version "
        "WHERE c.checkpoint = ?", (checkpoint,)).fetchall()
    rows = sorted((path.encode(), alias, digest)
                  for path, alias, digest in rows)
    must(len(rows) == n_names, "checkpoint %d: its names" % checkpoint)
    check_chain([path + bytes([0, alias]) + digest
                 for path, alias, digest in rows] +
                [struct.pack("<Q", n_names)],
                root, "checkpoint %d: root" % checkpoint)


def shape_text(shape):
    return "[" + ",".join(map(str, shape)) + "]"


def list_names(db):
    for name, variable in db.execute(
            "SELECT path, variable FROM name WHERE variable IS NOT NULL "
            "ORDER BY path").fetchall():
        dtype, shape = read_type(db, variable)
        print(name, DTYPES[dtype][0], shape_text(shape))


def main(args):
    if len(args) not in (1, 3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    if digest_of is None:
        print("note: neither module nor library xxhash: digests are not computed",
              file=sys.stderr)
    try:
        db, chunk_bytes = open_store(args[0])
        with contextlib.closing(db):
            if len(args) == 1:
                list_names(db)
                return 0
            checkpoint = int(args[3]) if len(args) == 4 else None
            word, shape, data = read(db, chunk_bytes, args[1], checkpoint)
    except (Damage, sqlite3.DatabaseError) as error:
        print("%s: damaged: %s" % (args[0], error), file=sys.stderr)
        return 1
    except (OSError, KeyError) as error:
        print("%s: %s" % (args[0], error), file=sys.stderr)
        return 1
    with open(args[2], "wb") as f:
        f.write(data)
    print(word, shape_text(shape))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
