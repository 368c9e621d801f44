/* engine.h - the room's own header: what stands behind struct vs__db.
 *
 * No other room may include it, since it brings sqlite3.h. Functions that
 * return int give SQLite's (extended) result code and set no words; those that
 * return vs_status have set the words in db->err.
 */
#ifndef VS_DB_ENGINE_H
#define VS_DB_ENGINE_H

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "db/bulk.h"
#include "db/db.h"
#include "db/header.h"
#include "db/place.h"
#include "db/stmt.h"
#include "db/sums.h"
#include "db/txn.h"
#include "db/vfs.h"

#define VS__PAGE_BYTES 32768 /* of a new file: lib/FORMAT.md says why */

/* The text of a number that a macro names. */
#define VS__TEXT(x)    VS__TEXT_OF(x)
#define VS__TEXT_OF(x) #x

#define VS__LOG_SOFT_BYTES 16777216 /* see struct vs__log */
#define VS__LOG_HARD_BYTES 268435456

/* A waiter: since when, until when. One thread's, as the connection is. */
struct vs__wait {
    int64_t began_ns;      /* monotonic; when this wait began; 0: no wait */
    int64_t deadline_ns;   /* monotonic; when it gives up */
    bool armed;            /* one deadline for all waits until disarmed */
    bool patient;          /* it moves on while a big write gets on */
    uint32_t random;       /* state of the jitter; never 0 */
    int n_steps;           /* turns before which to step back for others */
    int64_t turn_began_ns; /* monotonic; when we last got the write lock */
    int64_t turn_ns;       /* how long we last kept it */
};

/* The write-ahead log, as far as this connection knows; see flush.c. */
struct vs__log {
    int64_t n_frames;    /* in use after our last commit; 0: not known */
    int64_t n_tried;     /* n_frames when it could last not be emptied */
    int64_t frame_bytes; /* of one frame: a page and its header */
    int64_t soft_bytes;  /* above: emptied after a commit, if that is quick */
    int64_t hard_bytes;  /* above: writers wait for it; four times: refused */
    bool moved;          /* all of it stands in the main file */
};

struct vs__txn {
    int depth;                   /* open levels */
    bool writing;                /* the outermost holds the write lock */
    vs_status lost;              /* why all of it was rolled back; VS_OK: not */
    uint64_t written;            /* bit k: a write ran since level k began */
    uint8_t levels[VS__DEEPEST]; /* what stands behind each; see txn.c */
};

/* Statements by their literal's address: open addressing, linear. */
struct vs__stmts {
    struct vs__stmt **slots; /* n_slots of them, NULL where free */
    size_t n_slots;          /* a power of two, or 0 */
    size_t n;                /* taken */
};

struct vs__db {
    sqlite3 *conn;   /* the connection */
    sqlite3 *helper; /* the one that checkpoints; NULL until first needed */
    vs_error err;    /* words of the last failure */
    struct vs__db_options options;
    struct vs__place place;
    struct vs__jail jail;
    struct vs__wait wait;
    struct vs__log log;
    struct vs__txn txn;
    struct vs__stmts stmts;
    struct vs__mark *mark;       /* its entry in the list of fork.c */
    struct vs__readers *readers; /* of other threads, or NULL; readers.c's */
    struct vs__sums *sums;       /* of the connection's pages; NULL: none */
    int lenient;                 /* vs__db_lenient_begin's without an end */
    pid_t pid;                   /* of the process that opened it */
    bool readonly;               /* opened for reading */
    bool alone;                  /* no file that anybody else could open */
    bool immutable; /* read without locks and log: nobody can write */
    bool poisoned;  /* a sync failed: what is on the disk is unknown */
    struct vs__early early;
    bool bulk;     /* alone with the file, and without the log */
    bool sweeping; /* the cache of pages is kept from growing */
};

/* errors.c: SQLite's code to a status and words. `conn` tells what SQLite has
 * to say about it; NULL: nothing. What the system said stands in errno, which
 * the caller has set to 0 before the call that failed (sqlite3_system_errno
 * forgets it when a COMMIT fails). */
vs_status vs__engine_fail(struct vs__db *db, sqlite3 *conn, int rc);
vs_status vs__status_of_errno(int e);

/* busy.c: waiting for somebody else. */
void vs__wait_init(struct vs__db *db);
/* All waits until vs__wait_disarm share one deadline, `ms` from now. */
void vs__wait_arm(struct vs__db *db, int64_t ms);
void vs__wait_disarm(struct vs__db *db);
/* Sleeps 0.05 to 2 ms; false, at once, past the deadline. */
bool vs__wait_nap(struct vs__db *db);
/* SQLite's busy handler; `ctx` is the struct vs__db. */
int vs__wait_handler(void *ctx, int count);
/* Milliseconds since the wait began; 0 if there was none. */
int64_t vs__wait_ms(const struct vs__db *db);
/* Around a turn with the write lock: lets others go first if there were any,
 * and notes how long it took. */
void vs__turn_await(struct vs__db *db);
void vs__turn_begin(struct vs__db *db);
void vs__turn_end(struct vs__db *db);

/* fork.c: notes that this process has the file open, until vs__fork_leave.
 * VS_ERR_FORKED if the process inherited it open. Prepared first, so that
 * memory does not run out once the file is made. */
vs_status vs__fork_prepare(struct vs__db *db);
vs_status vs__fork_enter(struct vs__db *db);
void vs__fork_leave(struct vs__db *db);
/* Has this process, or one that it was forked from, the file open? */
bool vs__fork_has(dev_t dev, ino_t ino);

/* open.c: another connection to the same file, with the same settings. */
int vs__engine_connect(struct vs__db *db, const char *name, int flags,
                       sqlite3 **out);

/* The words of a failure to open, with what the place and header tell. */
vs_status vs__open_fail(struct vs__db *db, int rc);

/* open.c: the name by which SQLite opens a file that nobody can write. */
struct vs__buf;
vs_status vs__open_immutable_name(struct vs__db *db, struct vs__buf *out);

/* readers.c: takes the connections of other threads, none of which is in use,
 * from the file. */
void vs__readers_disconnect(struct vs__db *db);

/* create.c: gives an empty file its identity. */
vs_status vs__create_stamp(struct vs__db *db);
/* Waits for tables while somebody seems to be making the store. */
vs_status vs__create_await(struct vs__db *db);
/* Takes back a file that this call made, if it is still empty. */
void vs__create_undo(struct vs__db *db);

/* settings.c */
int vs__settings_harden(sqlite3 *conn);
int vs__settings_apply(struct vs__db *db, sqlite3 *conn);
int vs__settings_cache(struct vs__db *db, sqlite3 *conn);
int vs__settings_sync(struct vs__db *db, sqlite3 *conn, vs_sync sync);
/* One or several statements without results; tried again while busy, until
 * the deadline: some refusals never reach the busy handler. */
int vs__engine_exec(struct vs__db *db, sqlite3 *conn, const char *sql);
/* The first column of the first row, as text of at most 31 bytes. */
int vs__engine_ask(struct vs__db *db, sqlite3 *conn, const char *sql,
                   char out[32]);

/* flush.c */
void vs__log_init(struct vs__db *db);
vs_status vs__log_relieve(struct vs__db *db); /* before an outermost write */
void vs__log_committed(struct vs__db *db);    /* after its commit */
void vs__log_close(struct vs__db *db);        /* before the connection ends */

/* txn.c: rolls back what is open; prepared before, as memory may run out. */
vs_status vs__txn_prepare(struct vs__db *db);
void vs__txn_undo(struct vs__db *db);
/* True inside a transaction that was already rolled back as a whole. */
bool vs__txn_lost(const struct vs__db *db);
vs_status vs__txn_fail_lost(struct vs__db *db);

/* open.c: false in a child of the process that opened it. */
bool vs__db_mine(const struct vs__db *db);

/* stmt.c: ends all cached statements; in a forked child (`touch` false) frees
 * our memory only. */
void vs__stmts_done(struct vs__db *db, bool touch);

#endif
