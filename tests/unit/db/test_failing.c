/* test_failing.c - the whole room: each thing that is asked of SQLite and of the
 * system on the way fails in its turn. Whatever a call says then is true: what it confirmed
 * is in the store, what it did not is not, and the store goes on.
 */
#include "dbtest.h"

#include <errno.h>
#include <unistd.h>

#include "faulty.h"
#include "wrapped.h"

#define BIG (INT64_C(64) << 20) /* what is announced; less is written */
#define FEW 5                   /* calls, each of which fails in any case */

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

static void fills_the_log(struct turn *t)
{
    assert_ok(add_one(t->db));
    assert_true(t->db->log.n_frames > 0);
    t->db->log.hard_bytes = 1; /* it is over its cap */
    t->db->log.soft_bytes = 1;
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

static vs_status asks_for_sizes(struct turn *t)
{
    int64_t n[3] = {0, 0, 0};

    return vs__db_sizes(t->db, &n[0], &n[1], &n[2]);
}

static void makes_a_long_log(struct turn *t)
{
    assert_ok(add_blob(t->db, 2000000));
}

static vs_status closes(struct turn *t)
{
    vs__db_close(t->db);
    t->db = NULL;
    return VS_OK;
}

struct doing {
    enum whose whose;
    void (*before)(struct turn *t); /* may be NULL */
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

/* At once: no lock is kept. */
static int others_write(const char *path)
{
    struct vs__db *db = NULL;

    assert_ok(open_patient(path, VS_OPEN_WRITE, 0, &db, NULL));
    assert_ok(add_one(db));
    vs__db_close(db);
    return 1;
}

/* One turn with the k-th thing failing; false if there was no k-th. */
static bool try_one(struct turn *t, const struct doing *d, int k, int code)
{
    const bool made = d->mode == VS_OPEN_CREATE_NEW;
    int64_t want = 0;
    bool struck;
    vs_status st;

    if (made)
        (void)unlink(t->path);
    else
        want = counted(t->path);
    t->mode = d->mode;
    t->db = NULL;
    if (!d->opens) {
        assert_ok(open_as(t->path, VS_OPEN_WRITE, &t->db, NULL));
        if (d->before != NULL)
            d->before(t);
        want = ask(t->db, "SELECT n FROM counter");
    }
    wrapped_arm(d->whose, code, k);
    st = d->turn(t);
    struck = wrapped_disarm();
    if (!struck)
        assert_ok(st);
    if (t->db != NULL && !d->opens && !t->db->poisoned) {
        assert_int_equal(vs__txn_depth(t->db), 0);
        want += st == VS_OK ? d->adds : 0;
        assert_int_equal(ask(t->db, "SELECT n FROM counter"), want);
        want += others_write(t->path);
    } else if (st == VS_OK) {
        want += d->adds;
    }
    vs__db_close(t->db);
    assert_going_on(t->path, want, made);
    return struck;
}

static void try_all(void **state, const struct doing *d)
{
    static const int codes[3][4] = {
        {SQLITE_IOERR_READ, SQLITE_FULL, SQLITE_NOMEM, SQLITE_BUSY},
        {EIO, EACCES, ENOENT, EEXIST},
        {SQLITE_OK}};
    const size_t n_codes = d->whose == ANSWERS ? 1 : 4;
    const size_t step = test_stride() > 1 ? 2 : 1;
    struct turn t = {.path = test_path(state, "a.db")};

    if (d->mode != VS_OPEN_CREATE_NEW)
        vs__db_close(make_store(t.path));
    for (size_t i = 0; i < n_codes; i += step) {
        int k = 1;

        while (try_one(&t, d, k, codes[d->whose][i]))
            k += k < FEW ? 1 : (int)test_stride();
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
DOES(so_is_one_that_relieves_the_log, .before = fills_the_log,
     .turn = writes_a_little, .adds = 1)
DOES(a_flush_changes_nothing, .turn = flushes)
DOES(closing_loses_nothing, .before = makes_a_long_log, .turn = closes)
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
DOES(and_no_size_is_told, .whose = SYSTEMS, .turn = asks_for_sizes)

DOES(with_other_answers_a_big_write_is_kept, .whose = ANSWERS,
     .turn = writes_much, .adds = 1)
DOES(and_a_long_log_is_closed, .whose = ANSWERS, .before = makes_a_long_log,
     .turn = closes)
DOES(nothing_is_opened_wrongly_to_write, .whose = ANSWERS, .turn = opens,
     .opens = true, .mode = VS_OPEN_WRITE)
DOES(nor_to_be_read, .whose = ANSWERS, .turn = opens, .opens = true,
     .mode = VS_OPEN_READ)
DOES(nor_made, .whose = ANSWERS, .turn = opens, .opens = true,
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
    wrapped_arm(SQLITES, SQLITE_NOMEM, 1);
    assert_ok(writes_a_little(&t));
    assert_false(wrapped_disarm());
    vs__db_close(t.db);
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
        with_dir(and_no_size_is_told),
        with_dir(with_other_answers_a_big_write_is_kept),
        with_dir(and_a_long_log_is_closed),
        with_dir(nothing_is_opened_wrongly_to_write),
        with_dir(nor_to_be_read),
        with_dir(nor_made),
        with_dir(a_disk_that_fails_under_an_opening_is_told),
        with_dir(a_small_write_asks_for_none_of_these),
    };

    return cmocka_run_group_tests_name("db.failing", tests, NULL, NULL);
}
