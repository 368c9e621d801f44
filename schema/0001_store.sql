-- 0001: the store. Schema number 1, format version 1.
--
-- Conventions. A path is a variable's full name. Times end in _ms and are
-- milliseconds since 1970, UTC; they are for people, order is by id. Sizes
-- are bytes. Digests are 16 bytes, XXH3-128 (lib/FORMAT.md tells over what).
-- Ids of variables, versions and checkpoints are never used twice, so that a
-- handle to a deleted thing can never mean another one.
--
-- Records. A row by which a value is found carries a digest of itself, its key
-- included: a bit that is changed, or a row in another's place, is noticed by
-- whoever reads it next. Counts are not in it; `varstore check` compares them.
--
-- Counts. Rows that are shared carry the number of their users (holds, refs,
-- n_names, n_versions), in steps of 1000003, a prime: what a flipped bit makes
-- of it is no multiple, and nobody takes it for a count by which the last user
-- is gone. The last user to go deletes the row in the same transaction.
-- Where that is so, no foreign key stands: checking one on delete would need
-- an index on the referring side that nothing else needs. `varstore check`
-- compares every count with the rows.

-- Facts about the file, one row each: format ('varstore'), format_version,
-- id (32 hex digits), seed (of unseeded initializers, decimal), chunk_bytes
-- (raw bytes of a chunk), created_ms, delta (0 or 1), facts (32 hex digits: the
-- digest of those before), head (checkpoint last saved or restored, 0 for none),
-- head_digest (32 hex digits: of head). The format stands here too because a
-- dump through the sqlite3 shell loses application_id and user_version.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The element types, so that a join can name them. Never changes.
CREATE TABLE dtype (
    id    INTEGER PRIMARY KEY,  -- vs_dtype, for ever
    name  TEXT NOT NULL UNIQUE, -- 'f32'
    bytes INTEGER NOT NULL      -- of one element
) STRICT;

INSERT INTO dtype (id, name, bytes) VALUES
    (1, 'bool', 1), (2, 'u8', 1), (3, 'u16', 2), (4, 'u32', 4), (5, 'u64', 8),
    (6, 'i8', 1), (7, 'i16', 2), (8, 'i32', 4), (9, 'i64', 8),
    (10, 'f16', 2), (11, 'bf16', 2), (12, 'f32', 4), (13, 'f64', 8),
    (14, 'c64', 8), (15, 'c128', 16), (16, 'f8_e4m3', 1), (17, 'f8_e5m2', 1);

-- Who wrote: one row for each opening of the store that created something.
CREATE TABLE origin (
    id      INTEGER PRIMARY KEY,
    program TEXT NOT NULL,    -- '' if unknown
    host    TEXT NOT NULL,    -- '' if unknown
    pid     INTEGER NOT NULL, -- on that host; says nothing about who lives
    at_ms   INTEGER NOT NULL,
    record  BLOB NOT NULL     -- of this row
) STRICT;

-- A tensor's identity: dtype and shape for life, one current version. Lives
-- while a name leads to it or a version of it is kept by a checkpoint.
CREATE TABLE variable (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    dtype       INTEGER NOT NULL,
    shape       TEXT NOT NULL,    -- JSON: '[]', '[2,3]'
    n_elements  INTEGER NOT NULL,
    n_bytes     INTEGER NOT NULL, -- raw
    trainable   INTEGER NOT NULL, -- 0 or 1
    reuse       INTEGER NOT NULL, -- of the scope that made it: vs_reuse; 0: none
    is_part     INTEGER NOT NULL, -- 1: it has a row in `part`; 0
    current     INTEGER,          -- version.id; NULL: no name is left; -1: no
                                  -- value yet
    n_names     INTEGER NOT NULL, -- a count: names that lead here now
    n_versions  INTEGER NOT NULL, -- a count: rows of version
    initializer TEXT,             -- its spec as JSON; NULL if not known
    origin      INTEGER NOT NULL, -- origin.id
    site        TEXT NOT NULL,    -- 'train.c:41', or ''
    at_ms       INTEGER NOT NULL,
    record      BLOB NOT NULL     -- of this row but its counts: lib/FORMAT.md
) STRICT;

CREATE INDEX variable_deferred ON variable (id) WHERE current = -1;

-- What was said about a scope, by its path; scopes themselves have no rows.
-- 1: sealed, no name may be made below it. 2: reserved, the path was handed out
-- once and is not handed out again.
CREATE TABLE scope_mark (
    mark   INTEGER NOT NULL, -- 1 or 2
    scope  TEXT NOT NULL,    -- '' for the root
    origin INTEGER NOT NULL, -- origin.id
    site   TEXT NOT NULL,    -- 'train.c:41', or ''
    at_ms  INTEGER NOT NULL,
    record BLOB NOT NULL,    -- of this row
    PRIMARY KEY (mark, scope)
) STRICT, WITHOUT ROWID;

-- Paths. A row outlives the variable's name as long as a checkpoint uses it,
-- so that checkpoints hold a small number instead of a path. It repeats what a
-- variable is for life: with that, and without a rowid, who opens a variable by
-- its name reads one page of the file, however many there are.
CREATE TABLE name (
    path      TEXT PRIMARY KEY,        -- compared byte by byte
    id        INTEGER NOT NULL UNIQUE, -- what checkpoints know it by
    variable  INTEGER,                 -- variable.id; NULL: not in use now
    alias     INTEGER NOT NULL,        -- 1: a second name of its variable
    saved     INTEGER NOT NULL,        -- 1: a checkpoint has used this row
    dtype     INTEGER NOT NULL,        -- the variable's; 0 without one
    shape     TEXT NOT NULL,           -- the variable's; '' without one
    trainable INTEGER NOT NULL,        -- the variable's; 0 without one
    is_part   INTEGER NOT NULL,        -- the variable's; 0 without one
    record    BLOB NOT NULL            -- of this row but saved
) STRICT, WITHOUT ROWID;

CREATE INDEX name_variable ON name (variable) WHERE variable IS NOT NULL;

-- The pieces of partitioned variables. A part is a variable like any other,
-- with the name of the whole and /part_K behind it; the whole has no row of
-- its own. It is there while names lead to all its parts.
CREATE TABLE part (
    variable INTEGER PRIMARY KEY, -- variable.id
    ordinal  INTEGER NOT NULL,    -- 0, 1, ... n_parts - 1: the K in its name
    n_parts  INTEGER NOT NULL,    -- of the whole; 1 can be all
    shape    TEXT NOT NULL,       -- of the whole, JSON: '[20,43]'
    axis     INTEGER NOT NULL,    -- that is cut; 0 if there is one part
    first    INTEGER NOT NULL,    -- index on that axis where the part begins
    drawn    INTEGER NOT NULL,    -- 1: its first value is drawn by itself, 0: it
                                  -- is a slice of what the whole would get
    record   BLOB NOT NULL        -- of this row
) STRICT;

-- One immutable value of a variable. Kept while it is current or in a
-- checkpoint.
CREATE TABLE version (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    variable INTEGER NOT NULL, -- variable.id
    at_ms    INTEGER NOT NULL,
    n_chunks INTEGER NOT NULL, -- 0: the value is in `small`
    holds    INTEGER NOT NULL, -- a count: 1 if current, plus checkpoints with
                               -- it
    current  INTEGER NOT NULL, -- 1: it is its variable's current one; else 0
    digest   BLOB NOT NULL,    -- of dtype, shape and content
    record   BLOB NOT NULL     -- of this row but holds and current
) STRICT;

-- Values of up to 4 KiB stand here, apart from what is scanned for listings.
CREATE TABLE small (
    version INTEGER PRIMARY KEY, -- version.id
    bytes   BLOB NOT NULL        -- raw elements, little-endian
) STRICT;

-- Larger values are runs of elements, in order.
CREATE TABLE version_chunk (
    version INTEGER NOT NULL, -- version.id
    ordinal INTEGER NOT NULL, -- 0, 1, ... n_chunks - 1
    chunk   INTEGER NOT NULL, -- chunk.id
    PRIMARY KEY (version, ordinal)
) STRICT, WITHOUT ROWID;

-- Distinct runs of elements, shared by whoever has the same bytes in the same
-- dtype. The statistics describe the numbers in it (two per complex element)
-- and merge into those of any version.
CREATE TABLE chunk (
    id          INTEGER PRIMARY KEY,
    digest      BLOB NOT NULL,    -- of the raw bytes
    dtype       INTEGER NOT NULL,
    raw_bytes   INTEGER NOT NULL,
    tie         INTEGER NOT NULL, -- 0; 1, 2, ... for other bytes of one digest
    refs        INTEGER NOT NULL, -- a count: rows of version_chunk, and of this
                                  -- table with it as base
    base        INTEGER,          -- chunk.id it differs from; NULL: none
    codec       INTEGER NOT NULL, -- as in the frame's header
    filter      INTEGER NOT NULL, -- as in the frame's header
    frame_bytes INTEGER NOT NULL,
    n_numbers   INTEGER NOT NULL, -- NaN and infinities included
    n_zeros     INTEGER NOT NULL,
    n_nans      INTEGER NOT NULL,
    n_infs      INTEGER NOT NULL,
    min         REAL NOT NULL,    -- of the finite ones; Inf if none
    max         REAL NOT NULL,    -- of the finite ones; -Inf if none
    mean        REAL NOT NULL,    -- of the finite ones; 0 if none
    m2          REAL NOT NULL,    -- sum of squared distances from the mean
    histogram   BLOB NOT NULL,    -- by sign and exponent, see lib/FORMAT.md
    record      BLOB NOT NULL,    -- of this row but id and refs
    UNIQUE (digest, dtype, raw_bytes, tie)
) STRICT;

CREATE INDEX chunk_base ON chunk (base) WHERE base IS NOT NULL;

-- The encoded bytes, in a table of their own because updating any column of
-- a row rewrites the whole row.
CREATE TABLE frame (
    chunk INTEGER PRIMARY KEY, -- chunk.id
    bytes BLOB NOT NULL        -- header and payload, see lib/FORMAT.md
) STRICT;

-- Named sets of variables; their order is that of variable ids.
CREATE TABLE collection (
    key      TEXT NOT NULL,    -- 'trainable_variables', or any word
    variable INTEGER NOT NULL, -- variable.id
    PRIMARY KEY (key, variable)
) STRICT, WITHOUT ROWID;

CREATE INDEX collection_variable ON collection (variable);

-- The regularizer and the constraint that a variable was made with: applied to
-- its value when somebody asks, never by a read or a write. Rows go with their
-- variable.
CREATE TABLE rule (
    variable INTEGER NOT NULL, -- variable.id
    kind     TEXT NOT NULL,    -- 'regularizer' or 'constraint'
    spec     TEXT NOT NULL,    -- JSON, such as {"kind":"l1_l2","l1":0,"l2":1}
    record   BLOB NOT NULL,    -- digest of this row: variable, kind, spec
    PRIMARY KEY (variable, kind)
) STRICT, WITHOUT ROWID;

-- A saved state.
CREATE TABLE checkpoint (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    parent        INTEGER NOT NULL, -- checkpoint before it; 0: none
    step          INTEGER,          -- NULL: none
    at_ms         INTEGER NOT NULL,
    message       TEXT NOT NULL,    -- '' if none
    origin        INTEGER NOT NULL, -- origin.id
    n_names       INTEGER NOT NULL, -- rows of checkpoint_variable
    n_metrics     INTEGER NOT NULL, -- rows of metric
    logical_bytes INTEGER NOT NULL, -- raw bytes of its distinct versions
    new_bytes     INTEGER NOT NULL, -- frames no older checkpoint had, when saved
    root          BLOB NOT NULL,    -- digest over its names and versions
    record        BLOB NOT NULL     -- of this row
) STRICT;

CREATE INDEX checkpoint_step ON checkpoint (step) WHERE step IS NOT NULL;

-- What a name led to when the checkpoint was saved.
CREATE TABLE checkpoint_variable (
    checkpoint INTEGER NOT NULL, -- checkpoint.id
    name       INTEGER NOT NULL, -- name.id
    version    INTEGER NOT NULL, -- version.id
    alias      INTEGER NOT NULL, -- as in name
    mark       INTEGER NOT NULL, -- of the row, by arithmetic: lib/FORMAT.md
    PRIMARY KEY (checkpoint, name)
) STRICT, WITHOUT ROWID;

-- Numbers that a checkpoint was saved with, such as a loss.
CREATE TABLE metric (
    checkpoint INTEGER NOT NULL, -- checkpoint.id
    key        TEXT NOT NULL,
    value      REAL NOT NULL,    -- finite
    record     BLOB NOT NULL,    -- of this row
    PRIMARY KEY (checkpoint, key)
) STRICT, WITHOUT ROWID;

-- Names for checkpoints; each leads to one, and can be moved.
CREATE TABLE tag (
    name       TEXT PRIMARY KEY,
    checkpoint INTEGER NOT NULL, -- checkpoint.id
    record     BLOB NOT NULL     -- of this row
) STRICT, WITHOUT ROWID;

CREATE INDEX tag_checkpoint ON tag (checkpoint);

-- The views are the contract with people who come by sqlite3 or another tool:
-- readable, without blobs, using no function of ours. The library itself never
-- reads them.

CREATE VIEW variables AS
SELECT n.path AS name,
       d.name AS dtype,
       v.shape AS shape,
       v.n_elements AS parameters,
       v.n_bytes AS bytes,
       CASE s.n_chunks
           WHEN 0 THEN v.n_bytes
           ELSE (SELECT sum(c.frame_bytes)
                 FROM version_chunk AS vc JOIN chunk AS c ON c.id = vc.chunk
                 WHERE vc.version = s.id)
       END AS stored_bytes,
       s.n_chunks AS chunks,
       v.trainable AS trainable,
       CASE v.reuse WHEN 1 THEN 'none' WHEN 3 THEN 'auto' END AS made_by_reuse,
       (SELECT f.path FROM name AS f
        WHERE n.alias = 1 AND f.variable = v.id AND f.alias = 0) AS alias_of,
       (SELECT json_group_array(k.key) FROM collection AS k
        WHERE k.variable = v.id) AS collections,
       s.id AS version, -- NULL, and so are the others: no value yet
       strftime('%Y-%m-%dT%H:%M:%SZ', s.at_ms / 1000, 'unixepoch') AS written,
       strftime('%Y-%m-%dT%H:%M:%SZ', v.at_ms / 1000, 'unixepoch') AS created,
       o.program AS program,
       v.site AS site,
       v.initializer AS initializer,
       (SELECT r.spec FROM rule AS r
        WHERE r.variable = v.id AND r.kind = 'regularizer') AS regularizer,
       (SELECT r.spec FROM rule AS r
        WHERE r.variable = v.id AND r.kind = 'constraint') AS "constraint"
FROM name AS n
JOIN variable AS v ON v.id = n.variable
JOIN dtype AS d ON d.id = v.dtype
LEFT JOIN version AS s ON s.id = v.current
LEFT JOIN origin AS o ON o.id = v.origin
ORDER BY n.path;

CREATE VIEW parts AS
SELECT n.path AS name,
       p.ordinal AS part,
       p.n_parts AS parts,
       p.shape AS whole,
       p.axis AS axis,
       p.first AS first,
       v.shape AS shape
FROM part AS p
JOIN variable AS v ON v.id = p.variable
JOIN name AS n ON n.variable = p.variable
ORDER BY n.path;

CREATE VIEW scopes AS
WITH RECURSIVE above (variable, alias, scope, rest) AS (
    SELECT variable, alias, '', path FROM name WHERE variable IS NOT NULL
    UNION ALL
    SELECT variable, alias,
           scope || CASE scope WHEN '' THEN '' ELSE '/' END
               || substr(rest, 1, instr(rest, '/') - 1),
           substr(rest, instr(rest, '/') + 1)
    FROM above WHERE instr(rest, '/') > 0
)
SELECT a.scope AS scope,
       count(*) AS names,
       sum(v.n_elements * (1 - a.alias)) AS parameters,
       sum(v.n_bytes * (1 - a.alias)) AS bytes
FROM above AS a JOIN variable AS v ON v.id = a.variable
GROUP BY a.scope
ORDER BY a.scope;

CREATE VIEW scope_marks AS
SELECT m.scope AS scope,
       CASE m.mark WHEN 1 THEN 'sealed' WHEN 2 THEN 'reserved' ELSE m.mark END
           AS mark,
       strftime('%Y-%m-%dT%H:%M:%SZ', m.at_ms / 1000, 'unixepoch') AS made,
       o.program AS program,
       m.site AS site
FROM scope_mark AS m LEFT JOIN origin AS o ON o.id = m.origin
ORDER BY m.scope, m.mark;

CREATE VIEW checkpoints AS
SELECT c.id AS checkpoint,
       c.step AS step,
       strftime('%Y-%m-%dT%H:%M:%SZ', c.at_ms / 1000, 'unixepoch') AS saved,
       c.parent AS parent,
       c.message AS message,
       (SELECT json_group_object(m.key, m.value) FROM metric AS m
        WHERE m.checkpoint = c.id) AS metrics,
       (SELECT json_group_array(t.name) FROM tag AS t
        WHERE t.checkpoint = c.id) AS tags,
       c.n_names AS names,
       c.logical_bytes AS bytes,
       c.new_bytes AS new_bytes,
       o.program AS program
FROM checkpoint AS c LEFT JOIN origin AS o ON o.id = c.origin
ORDER BY c.id;

CREATE VIEW checkpoint_variables AS
SELECT cv.checkpoint AS checkpoint,
       n.path AS name,
       d.name AS dtype,
       v.shape AS shape,
       v.n_bytes AS bytes,
       cv.version AS version,
       cv.alias AS alias
FROM checkpoint_variable AS cv
JOIN name AS n ON n.id = cv.name
JOIN version AS s ON s.id = cv.version
JOIN variable AS v ON v.id = s.variable
JOIN dtype AS d ON d.id = v.dtype
ORDER BY cv.checkpoint, n.path;

CREATE VIEW chunks AS
SELECT c.id AS chunk,
       lower(hex(c.digest)) AS digest,
       d.name AS dtype,
       c.raw_bytes AS bytes,
       c.frame_bytes AS stored_bytes,
       CASE c.codec WHEN 0 THEN 'raw' WHEN 1 THEN 'lz4' WHEN 2 THEN 'constant'
           ELSE c.codec END
           AS codec,
       CASE c.filter WHEN 0 THEN 'none' WHEN 1 THEN 'shuffle'
           WHEN 2 THEN 'bitshuffle' WHEN 3 THEN 'exponent'
           WHEN 4 THEN 'planes' WHEN 5 THEN 'delta'
           ELSE c.filter END AS filter,
       c.base AS base,
       c.refs / 1000003 AS refs,
       c.n_zeros AS zeros,
       c.n_nans AS nans,
       c.n_infs AS infs,
       c.min AS min,
       c.max AS max,
       c.mean AS mean
FROM chunk AS c JOIN dtype AS d ON d.id = c.dtype
ORDER BY c.id;
