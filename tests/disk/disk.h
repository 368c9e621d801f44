/* disk.h - a simulated disk: one folder, in memory, whose every change is
 * known, and whose clock is our own.
 *
 * After disk_begin it is SQLite's default VFS, and the calls of the library to
 * libc that name something in DISK_DIR lead here too (the programs are linked
 * with --wrap, see CMakeLists.txt). The whole of the library runs on it as it
 * is, the name jail included. What is outside the folder is the system's.
 *
 * Time stands still but for sleeps, which return at once: a wait for a lock
 * that nobody will give back ends in no time.
 *
 * Not simulated: read-only folders, permissions, links.
 */
#ifndef VS_TEST_DISK_H
#define VS_TEST_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_DIR  "/disk"
#define DISK_NAME 64 /* bytes of a name in it, NUL included */

/* Becomes, and stops being, where SQLite and the library look. The disk is
 * empty, the clock and all random numbers start anew. */
void disk_begin(void);
void disk_end(void);

/* The folder as it is now; putting it back (no file may be open). */
struct disk_image;
struct disk_image *disk_save(void);
void disk_load(const struct disk_image *image);
void disk_image_free(struct disk_image *image);
uint64_t disk_image_hash(const struct disk_image *image);

/* Starts clock and random numbers anew, so that the same calls do the same. */
void disk_restart(void);

/* Open files and descriptors, and locks held. */
int disk_n_open(void);

/* The name of a path in DISK_DIR; a number that tells a file's contents apart,
 * false if there is no file of that name. */
const char *disk_name(const char *path);
bool disk_file_hash(const char *name, uint64_t *out);

/* The virtual clock, in nanoseconds. */
int64_t disk_now_ns(void);

/* -------- What happens to it. */

enum disk_kind {
    DISK_WRITE,    /* `n` bytes at `at` of a file */
    DISK_TRUNCATE, /* a file gets the size `n` */
    DISK_SYNC,     /* a file's changes so far are durable */
    DISK_LINK,     /* a name leads to a file */
    DISK_UNLINK,   /* a name is gone */
    DISK_RENAME,   /* a name becomes `to`, at once */
    DISK_SYNC_DIR, /* changes of names so far are durable */
    DISK_MARK      /* see disk_mark */
};

struct disk_op {
    enum disk_kind kind;
    int file;       /* its number; a name may lead to another file later */
    int64_t at;     /* WRITE; MARK: the first number */
    int64_t n;      /* WRITE, TRUNCATE; MARK: the second number */
    uint8_t *bytes; /* WRITE; owned */
    char name[DISK_NAME];
    char to[DISK_NAME]; /* RENAME */
};

struct disk_trace {
    struct disk_image *start; /* the disk before, all of it durable */
    struct disk_op *ops;
    size_t n;
    size_t cap;
};

/* Notes all that happens from here on, until NULL is given. */
void disk_record(struct disk_trace *trace);
void disk_trace_done(struct disk_trace *trace);

/* Puts a mark of the test's own into the trace: what was promised and what was
 * begun. */
void disk_mark(int64_t promised, int64_t begun);

/* -------- The disk after a crash: see tests/crash. */

/* An image made by hand: the start of a trace, then operations. */
struct disk_image *disk_image_copy(const struct disk_image *image);
void disk_image_apply(struct disk_image *image, const struct disk_op *op);
/* A part of a write only: the bytes [from, to) of it, or others instead. */
void disk_image_write(struct disk_image *image, int file, int64_t at,
                      const void *bytes, size_t n);

/* -------- Hooks. */

/* Called before each call of SQLite to its VFS, and before each sleep, with no
 * lock held: "ShmLock", ..., "Sleep". The name is that of the file, or "". */
typedef void disk_stop(const char *call, const char *name, void *ctx);
void disk_set_stop(disk_stop *stop, void *ctx);

/* A disk that lies, for tests of the tests: from now on, calls of this kind on
 * names that end in `suffix` are confirmed and not done. NULL: no lies. */
void disk_lie(enum disk_kind kind, const char *suffix);

#endif
