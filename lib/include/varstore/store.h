/* store.h - a place where variables live: open it, close it, make
 * transactions, ask what it is.
 *
 * A store is one SQLite file and its two sidecars (-wal, -shm). Any number of
 * processes and threads may have it open, each thread with a vs_store of its
 * own: a vs_store and everything opened through it belong to one thread at a
 * time. Readers are never blocked by a writer; writers take turns and wait up
 * to `busy_ms` for theirs.
 *
 * A handle may have threads of its own, which start with its first large value
 * and end with vs_store_close: they encode and decode, block every signal,
 * call nothing of yours, and what they store does not depend on their number.
 *
 * Never open, copy or hash the file by other means in a process that has it
 * open: closing any descriptor of it drops this process's locks (POSIX).
 * A handle does not survive fork: in the child every call gives
 * VS_ERR_FORKED, and vs_store_close only frees memory.
 */
#ifndef VARSTORE_STORE_H
#define VARSTORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/status.h"

VS_BEGIN_DECLS

typedef struct vs_store vs_store;

typedef enum vs_open_mode {
    VS_OPEN_READ = 0,  /* must exist; nothing is written, save that what a
                          dead writer left half done in a file of this user's
                          is undone */
    VS_OPEN_WRITE,     /* must exist */
    VS_OPEN_CREATE,    /* opened for writing, made if absent */
    VS_OPEN_CREATE_NEW /* must not exist */
} vs_open_mode;

/* What an acknowledged commit has survived when the call returns. */
typedef enum vs_sync {
    VS_SYNC_FULL = 0, /* power loss; the default */
    VS_SYNC_NORMAL    /* the death of the process; power loss may take back the
                         newest commits, whole ones, in order */
} vs_sync;

typedef enum vs_tristate {
    VS_UNSET = 0, /* inherit, or the documented default */
    VS_NO,
    VS_YES
} vs_tristate;

typedef struct vs_store_options {
    size_t size;         /* sizeof(vs_store_options); 0 means that too */
    vs_open_mode mode;   /* default VS_OPEN_READ */
    vs_sync sync;        /* default VS_SYNC_FULL */
    int busy_ms;         /* longest wait for another writer; 0: 5000;
                             negative: do not wait */
    int64_t chunk_bytes; /* for a new store: raw bytes of a chunk, a power of
                             two from 4 KiB to 4 MiB; 0: 1 MiB */
    const char *program; /* whom origins name; NULL: the process's name */
    uint64_t seed;       /* for a new store: seeds unseeded initializers;
                             0: drawn at random */
    int threads;         /* that may work for this handle at a time, the
                             caller's included, 1 to 64; 0: as many as there
                             are processors, but at most 8 */
    bool eager;          /* contexts work as TensorFlow's eager mode with its
                            variable store: reuse is always auto, nothing is
                            partitioned or cached (S109, S110) */
    vs_tristate delta;   /* may values be kept as differences from others? See
                             vs_write_options. For this handle, and for a new
                             store also what later handles take by default;
                             VS_UNSET: that default, at first no */
} vs_store_options;

/* Opens the store at `path`. NULL options open an existing store for reading.
 * The store keeps no pointer to its arguments. Close with vs_store_close.
 *   VS_ERR_NOFILE     no such file, or no such directory to create it in
 *   VS_ERR_EXISTS     VS_OPEN_CREATE_NEW and the file exists, be it one that
 *                     an earlier call began and could not end (no space, no
 *                     memory): VS_OPEN_CREATE goes on with that one
 *   VS_ERR_NOTASTORE  a directory, an empty file, not SQLite, or the SQLite
 *                     file of another application
 *   VS_ERR_TOONEW     written by a later format; nothing was touched
 *   VS_ERR_CORRUPT    truncated or damaged
 *   VS_ERR_PERM, VS_ERR_READONLY  no permission; a read-only directory
 *   VS_ERR_NETWORK    a network file system, which cannot lock safely
 *   VS_ERR_UNSUPPORTED  a processor that has the highest byte of a number
 *                     first; an SQLite older than 3.37 or built without
 *                     threads; nothing was touched
 *   VS_ERR_BUSY       somebody else kept it past the deadline (which moves on
 *                     while a VS_TXN_BULK is seen to get on); or a writer died
 *                     and only who may write to it can undo what he began
 *   VS_ERR_FULL, VS_ERR_IO, VS_ERR_NOMEM, VS_ERR_MISUSE
 * `err` (may be NULL) receives the words. Any thread. */
VS_API VS_MUST_USE vs_status vs_store_open(const char *path,
                                           const vs_store_options *options,
                                           vs_store **out, vs_error *err);

/* Closes the store and rolls back an open transaction. Free what was opened
 * through it (variables, contexts, lists) before. NULL is fine. */
VS_API void vs_store_close(vs_store *store);

/* The words of the last failed call on this store, or of none (status VS_OK).
 * Borrowed until the next call on the store. */
VS_API const vs_error *vs_store_error(const vs_store *store);

typedef enum vs_txn_kind {
    VS_TXN_READ = 0, /* one snapshot for all reads inside; never waits */
    VS_TXN_WRITE,    /* alone with the right to write until its end */
    VS_TXN_BULK      /* the same, for tens of MiB of new data and more: if
                        nobody else has the store open, each byte is written
                        once instead of twice, and whoever opens the store
                        meanwhile waits for the end. The space of values that
                        are replaced, and in no checkpoint, is free after it,
                        not within it. Single calls with much data do so by
                        themselves. */
} vs_txn_kind;

/* Begins a transaction over any number of calls. Transactions nest: an inner
 * one that rolls back undoes only its own writes, and nothing is durable
 * before the outermost commits. A write inside a read transaction is
 * VS_ERR_MISUSE. Every writing call outside a transaction is one by itself.
 *
 * A call that fails inside a transaction has changed nothing, and the
 * transaction goes on. Where that cannot be had (memory, the disk, damage met
 * half-way) the outermost is rolled back as a whole at once: every further
 * call, and its commit, then fail with that status.
 * VS_ERR_BUSY: the deadline passed. VS_ERR_READONLY. VS_ERR_IO. */
VS_API VS_MUST_USE vs_status vs_store_begin(vs_store *store, vs_txn_kind kind);

/* Ends the innermost transaction, keeping its writes. On failure it has been
 * rolled back: VS_ERR_FULL, VS_ERR_IO, VS_ERR_BUSY; VS_ERR_MISUSE if none is
 * open. */
VS_API VS_MUST_USE vs_status vs_store_commit(vs_store *store);

/* Ends the innermost transaction, undoing its writes. VS_ERR_MISUSE if none
 * is open. */
VS_API vs_status vs_store_rollback(vs_store *store);

typedef struct vs_store_info {
    const char *path;      /* as opened; borrowed until close */
    const char *id;        /* 32 hex digits, drawn at creation; until close */
    int format;            /* format version of the file */
    int64_t created_ms;    /* milliseconds since 1970, UTC */
    int64_t chunk_bytes;   /* raw bytes of a chunk */
    int64_t file_bytes;    /* the main file */
    int64_t wal_bytes;     /* the write-ahead log beside it */
    int64_t free_bytes;    /* reusable inside the main file */
    int64_t n_variables;   /* aliases not counted */
    int64_t n_aliases;     /* second names */
    int64_t n_trainable;   /* variables with that flag */
    int64_t n_parameters;  /* elements of all variables */
    int64_t n_deferred;    /* variables that have no value yet */
    int64_t logical_bytes; /* raw bytes of all current values */
    int64_t n_chunks;      /* distinct ones in the file */
    int64_t stored_bytes;  /* their frames, and small values */
    int64_t n_checkpoints; /* saved states */
    const char *sqlite;    /* version of the SQLite library; static */
} vs_store_info;

/* Fills `out`; counts are those of one snapshot.
 * VS_ERR_CORRUPT, VS_ERR_IO, VS_ERR_NOMEM. */
VS_API vs_status vs_store_describe(vs_store *store, vs_store_info *out);

/* Moves what is in the write-ahead log into the main file, as far as readers
 * allow. Done by itself as the log grows and at close. VS_ERR_BUSY if another
 * writer kept its turn past the deadline. */
VS_API vs_status vs_store_flush(vs_store *store);

VS_END_DECLS

#endif
