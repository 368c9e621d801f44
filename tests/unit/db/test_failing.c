/* test_failing.c - the whole room: each thing that is asked of SQLite and of the
 * system on the way fails in its turn. Whatever a call says then is true: what it confirmed
 * is in the store, what it did not is not, and the store goes on.
 */
#include "dbtest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "db/guards.h"
#include "faulty.h"

#define BIG (INT64_C(64) << 20) /* what is announced; less is written */

/* -------- What fails: the `left`-th of these from now. */

enum whose { SQLITES, SYSTEMS };

static struct {
    int left; /* 0: nothing does */
    enum whose whose;
    int code; /* SQLite's, or an errno */
    bool struck;
} failing;

static bool strikes_at(enum whose whose)
{
    if (failing.left == 0 || whose != failing.whose || --failing.left > 0)
        return false;
    failing.struck = true;
    if (whose == SYSTEMS)
        errno = failing.code;
    return true;
}

static bool strikes(void)
{
    return strikes_at(SQLITES);
}

typedef int exec_fn(struct vs__db *db, sqlite3 *conn, const char *sql);
exec_fn __real_vs__engine_exec, __wrap_vs__engine_exec;
int __wrap_vs__engine_exec(struct vs__db *db, sqlite3 *conn, const char *sql)
{
    return strikes() ? failing.code : __real_vs__engine_exec(db, conn, sql);
}

typedef int ask_fn(struct vs__db *db, sqlite3 *conn, const char *sql,
                   char out[32]);
ask_fn __real_vs__engine_ask, __wrap_vs__engine_ask;
int __wrap_vs__engine_ask(struct vs__db *db, sqlite3 *conn, const char *sql,
                          char out[32])
{
    return strikes() ? failing.code : __real_vs__engine_ask(db, conn, sql, out);
}

typedef int connect_fn(struct vs__jail *jail, const char *name, int flags,
                       sqlite3 **out);
connect_fn __real_vs__jail_connect, __wrap_vs__jail_connect;
int __wrap_vs__jail_connect(struct vs__jail *jail, const char *name, int flags,
                            sqlite3 **out)
{
    *out = NULL;
    return strikes() ? failing.code
                     : __real_vs__jail_connect(jail, name, flags, out);
}

typedef int sync_fn(struct vs__db *db, sqlite3 *conn, vs_sync sync);
sync_fn __real_vs__settings_sync, __wrap_vs__settings_sync;
int __wrap_vs__settings_sync(struct vs__db *db, sqlite3 *conn, vs_sync sync)
{
    return strikes() ? failing.code : __real_vs__settings_sync(db, conn, sync);
}

typedef int set_fn(struct vs__db *db, sqlite3 *conn);
set_fn __real_vs__settings_apply, __wrap_vs__settings_apply;
int __wrap_vs__settings_apply(struct vs__db *db, sqlite3 *conn)
{
    return strikes() ? failing.code : __real_vs__settings_apply(db, conn);
}

typedef int harden_fn(sqlite3 *conn);
harden_fn __real_vs__settings_harden, __wrap_vs__settings_harden;
int __wrap_vs__settings_harden(sqlite3 *conn)
{
    return strikes() ? failing.code : __real_vs__settings_harden(conn);
}

typedef int checkpoint_fn(sqlite3 *conn, const char *schema, int mode, int *n,
                          int *moved);
checkpoint_fn __real_sqlite3_wal_checkpoint_v2,
    __wrap_sqlite3_wal_checkpoint_v2;
int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *conn, const char *schema,
                                     int mode, int *n, int *moved)
{
    return strikes()
               ? failing.code
               : __real_sqlite3_wal_checkpoint_v2(conn, schema, mode, n, moved);
}

/* The system's, as this library calls them; SQLite's own calls are not. */
#define SYSTEM(call, params, args)                            \
    int __real_##call params;                                 \
    int __wrap_##call params;                                 \
    int __wrap_##call params                                  \
    {                                                         \
        return strikes_at(SYSTEMS) ? -1 : __real_##call args; \
    }
SYSTEM(sync_file_range, (int fd, off64_t at, off64_t n, unsigned flags),
       (fd, at, n, flags))
SYSTEM(stat, (const char *path, struct stat *info), (path, info))
SYSTEM(lstat, (const char *path, struct stat *info), (path, info))
SYSTEM(fstat, (int fd, struct stat *info), (fd, info))
SYSTEM(statfs, (const char *path, struct statfs *info), (path, info))
SYSTEM(mknod, (const char *path, mode_t mode, dev_t dev), (path, mode, dev))
SYSTEM(access, (const char *path, int mode), (path, mode))
SYSTEM(faccessat, (int at, const char *path, int mode, int flags),
       (at, path, mode, flags))

char *__real_realpath(const char *path, char *out);
char *__wrap_realpath(const char *path, char *out);
char *__wrap_realpath(const char *path, char *out)
{
    return strikes_at(SYSTEMS) ? NULL : __real_realpath(path, out);
}

/* -------- What is done meanwhile. Each gives a status; with VS_OK the counter
 * is `want` from then on. */

struct turn {
    const char *path;
    struct vs__db *db; /* open before, unless the turn opens it */
    vs_open_mode mode;
    int64_t busy_ms;
};

static vs_status add_much(struct vs__db *db)
{
    vs_status st = run_sql(db, "UPDATE counter SET n = n + 1 WHERE id = 1");

    for (int i = 0; i < 40 && st == VS_OK; i++)
        st = run_sql(db, "INSERT INTO blob (bytes) VALUES "
                         "(randomblob(300000))");
    return st;
}

static vs_status writes_much(struct turn *t)
{
    const vs_status st = vs__txn_begin_bulk(t->db, BIG);

    return st == VS_OK ? vs__txn_end(t->db, add_much(t->db)) : st;
}

static vs_status writes_a_little(struct turn *t)
{
    return add_one(t->db);
}

/* The log is over its cap. */
static vs_status writes_when_the_log_is_full(struct turn *t)
{
    t->db->log.hard_bytes = 1;
    t->db->log.soft_bytes = 1;
    return add_one(t->db);
}

static vs_status flushes(struct turn *t)
{
    return vs__db_flush(t->db);
}

static vs_status opens(struct turn *t)
{
    vs_error err;
    const vs_status st = open_as(t->path, t->mode, &t->db, &err);

    if (st != VS_OK)
        assert_int_equal(err.status, st);
    return st;
}

static vs_status closes_a_long_log(struct turn *t)
{
    vs__db_close(t->db);
    t->db = NULL;
    return VS_OK;
}

struct doing {
    enum whose whose;
    vs_status (*turn)(struct turn *t);
    int adds; /* to the counter, if it says VS_OK */
    bool opens;
    vs_open_mode mode;
};

/* What must hold after a turn, whatever it said. */
static void assert_going_on(const char *path, int64_t want, bool made)
{
    struct vs__db *db = NULL;
    vs_error err = {0};
    const vs_status st =
        open_as(path, made ? VS_OPEN_CREATE : VS_OPEN_WRITE, &db, &err);

    if (st != VS_OK)
        print_error("%s\n", err.message);
    assert_ok(st);
    if (!made) {
        assert_int_equal(ask(db, "SELECT n FROM counter"), want);
        assert_ok(add_one(db));
        assert_int_equal(ask(db, "SELECT n FROM counter"), want + 1);
    }
    assert_sound(db);
    vs__db_close(db);
}

static int64_t counted(const char *path)
{
    struct vs__db *db = NULL;
    int64_t n;

    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    n = ask(db, "SELECT n FROM counter");
    vs__db_close(db);
    return n;
}

/* One turn with the k-th thing failing; false if there was no k-th. */
static bool try_one(struct turn *t, const struct doing *d, int k, int code)
{
    const bool made = d->mode == VS_OPEN_CREATE_NEW;
    int64_t want = 0;
    vs_status st;

    if (made)
        (void)unlink(t->path);
    else
        want = counted(t->path);
    t->mode = d->mode;
    t->db = NULL;
    if (!d->opens) {
        assert_ok(open_as(t->path, VS_OPEN_WRITE, &t->db, NULL));
        for (int i = 0; d->turn == closes_a_long_log && i < 8; i++)
            assert_ok(add_blob(t->db, 300000));
    }
    failing.left = k;
    failing.whose = d->whose;
    failing.code = code;
    failing.struck = false;
    st = d->turn(t);
    failing.left = 0;
    if (!failing.struck)
        assert_ok(st);
    if (t->db != NULL && !d->opens && !t->db->poisoned) {
        assert_int_equal(vs__txn_depth(t->db), 0);
        assert_int_equal(ask(t->db, "SELECT n FROM counter"),
                         want + (st == VS_OK ? d->adds : 0));
    }
    vs__db_close(t->db);
    assert_going_on(t->path, want + (st == VS_OK ? d->adds : 0), made);
    return failing.struck;
}

static void try_all(void **state, const struct doing *d)
{
    static const int codes[2][4] = {
        {SQLITE_IOERR_READ, SQLITE_FULL, SQLITE_BUSY, SQLITE_NOMEM},
        {EIO, EACCES, ENOENT, EEXIST}};
    struct turn t = {.path = test_path(state, "a.db")};

    if (d->mode != VS_OPEN_CREATE_NEW)
        vs__db_close(make_store(t.path));
    for (size_t i = 0; i < 4; i++) {
        int k = 1;

        while (try_one(&t, d, k, codes[d->whose][i]))
            k++;
        assert_true(k > 1);
    }
}

#define DOES(name, ...)                       \
    static void name(void **state)            \
    {                                         \
        const struct doing d = {__VA_ARGS__}; \
        try_all(state, &d);                   \
    }

DOES(a_big_write_is_kept_or_undone, .turn = writes_much, .adds = 1)
DOES(so_is_one_that_relieves_the_log, .turn = writes_when_the_log_is_full,
     .adds = 1)
DOES(a_flush_changes_nothing, .turn = flushes)
DOES(closing_loses_nothing, .turn = closes_a_long_log)
DOES(opening_to_write_changes_nothing, .turn = opens, .opens = true,
     .mode = VS_OPEN_WRITE)
DOES(opening_to_read_changes_nothing, .turn = opens, .opens = true,
     .mode = VS_OPEN_READ)
DOES(what_a_failed_creation_left_is_gone_on_with, .turn = opens, .opens = true,
     .mode = VS_OPEN_CREATE_NEW)

DOES(without_the_system_a_write_is_kept_or_undone, .whose = SYSTEMS,
     .turn = writes_a_little, .adds = 1)
DOES(so_is_a_big_one, .whose = SYSTEMS, .turn = writes_much, .adds = 1)
DOES(and_a_flush_changes_nothing, .whose = SYSTEMS, .turn = flushes)
DOES(without_the_system_nothing_is_opened_to_write, .whose = SYSTEMS,
     .turn = opens, .opens = true, .mode = VS_OPEN_WRITE)
DOES(or_to_be_read, .whose = SYSTEMS, .turn = opens, .opens = true,
     .mode = VS_OPEN_READ)
DOES(or_made, .whose = SYSTEMS, .turn = opens, .opens = true,
     .mode = VS_OPEN_CREATE_NEW)

/* -------- The disk, under SQLite. */

static void opening_with(const char *path, vs_open_mode mode,
                         enum faulty_call call, int rc)
{
    for (int k = 1;; k++) {
        struct vs__db *db = NULL;
        vs_status st;

        faulty_begin();
        faulty_arm(call, ".db", k, rc, EIO, false);
        st = open_patient(path, mode, 20, &db, NULL);
        faulty_disarm();
        vs__db_close(db);
        faulty_end();
        if (!faulty_struck()) {
            assert_ok(st);
            break;
        }
        assert_going_on(path, counted(path), false);
    }
}

static void a_disk_that_fails_under_an_opening_is_told(void **state)
{
    const char *path = test_path(state, "a.db");
    static const vs_open_mode modes[] = {VS_OPEN_READ, VS_OPEN_WRITE};

    vs__db_close(make_store(path));
    for (size_t i = 0; i < 2; i++) {
        opening_with(path, modes[i], FAULTY_READ, SQLITE_IOERR_READ);
        opening_with(path, modes[i], FAULTY_LOCK, SQLITE_IOERR_LOCK);
        opening_with(path, modes[i], FAULTY_LOCK, SQLITE_BUSY);
    }
}

/* Small ones ask SQLite by statements alone. */
static void a_small_write_asks_for_none_of_these(void **state)
{
    struct turn t = {.path = test_path(state, "a.db")};

    t.db = make_store(t.path);
    failing.left = 1;
    failing.whose = SQLITES;
    failing.struck = false;
    assert_ok(writes_a_little(&t));
    assert_false(failing.struck);
    failing.left = 0;
    vs__db_close(t.db);
}

static void ignore(const vs_finding *finding, void *ctx)
{
    (void)finding;
    (void)ctx;
}

static void an_examination_ends_with_what_failed(void **state)
{
    vs_error err;

    (void)state;
    for (int k = 1;; k++) {
        struct vs__findings f = {.options = {.on_finding = ignore}};
        vs_status st;

        failing.left = k;
        failing.whose = SQLITES;
        failing.code = SQLITE_NOMEM;
        failing.struck = false;
        st = vs__guards_tell(&f, &err);
        failing.left = 0;
        if (!failing.struck) {
            assert_ok(st);
            break;
        }
        if (st != VS_OK)
            assert_status(VS_ERR_NOMEM, st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_big_write_is_kept_or_undone),
        with_dir(so_is_one_that_relieves_the_log),
        with_dir(a_flush_changes_nothing),
        with_dir(closing_loses_nothing),
        with_dir(opening_to_write_changes_nothing),
        with_dir(opening_to_read_changes_nothing),
        with_dir(what_a_failed_creation_left_is_gone_on_with),
        with_dir(without_the_system_a_write_is_kept_or_undone),
        with_dir(so_is_a_big_one),
        with_dir(and_a_flush_changes_nothing),
        with_dir(without_the_system_nothing_is_opened_to_write),
        with_dir(or_to_be_read),
        with_dir(or_made),
        with_dir(a_disk_that_fails_under_an_opening_is_told),
        with_dir(a_small_write_asks_for_none_of_these),
        with_dir(an_examination_ends_with_what_failed),
    };

    return cmocka_run_group_tests_name("db.failing", tests, NULL, NULL);
}
