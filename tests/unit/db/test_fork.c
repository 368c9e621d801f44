/* test_fork.c - db/fork: a child uses nothing that it inherited. */
#include "dbtest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct family {
    char *path;
    struct vs__db *db;
    struct gate gate;
};

static int uses_what_it_inherited(void *ctx)
{
    const struct family *family = ctx;
    struct vs__db *db = family->db;

    must(vs__db_enter(db) == VS_ERR_FORKED);
    must(strstr(vs__db_error(db)->message, "forked child") != NULL);
    must(vs__db_error(db)->hint[0] != '\0');
    vs__db_close(db);
    return 0;
}

static int finds_it_locked(void *ctx)
{
    const struct family *family = ctx;
    struct vs__db *db = NULL;

    gate_pass(&family->gate);
    must(open_patient(family->path, VS_OPEN_WRITE, 50, &db, NULL) == VS_OK);
    must(vs__txn_begin(db, VS_TXN_WRITE) == VS_ERR_BUSY);
    vs__db_close(db);
    return 0;
}

static void a_child_is_refused_and_harms_nothing(void **state)
{
    struct family family = {(char *)(uintptr_t)test_path(state, "a.db"), NULL,
                            make_gate()};
    const pid_t peer = start_child(finds_it_locked, &family);

    family.db = make_store(family.path);
    assert_ok(vs__db_enter(family.db));
    assert_ok(vs__txn_begin(family.db, VS_TXN_WRITE));
    assert_ok(run_sql(family.db, "UPDATE counter SET n = 5 WHERE id = 1"));
    in_child(uses_what_it_inherited, &family);
    gate_open(&family.gate); /* is our lock still there? */
    join_child(peer);
    assert_ok(vs__txn_end(family.db, VS_OK));
    assert_ok(vs__db_flush(family.db));
    assert_int_equal(ask(family.db, "SELECT n FROM counter"), 5);
    assert_sound(family.db);
    vs__db_close(family.db);
    end_gate(&family.gate);
}

/* What this room guards against: SQLite in the child takes the parent's locks
 * for its own, and the system knows of none. */
static int is_not_stopped_by_sqlite(void *ctx)
{
    const struct family *family = ctx;
    char line[256];
    char pid[32];
    sqlite3 *conn = NULL;
    FILE *f;

    must(sqlite3_open(family->path, &conn) == SQLITE_OK);
    must(sqlite3_exec(conn, "BEGIN; SELECT n FROM counter", NULL, NULL, NULL) ==
         SQLITE_OK);
    (void)snprintf(pid, sizeof pid, " %ld ", (long)getpid());
    f = fopen("/proc/locks", "r");
    must(f != NULL);
    while (fgets(line, sizeof line, f) != NULL)
        must(strstr(line, pid) == NULL); /* reads a store without any lock */
    (void)fclose(f);
    return 0;
}

static int cannot_open_it_anew(void *ctx)
{
    const struct family *family = ctx;
    struct vs__db *db = NULL;
    vs_error err = {0};

    must(open_as(family->path, VS_OPEN_READ, &db, &err) == VS_ERR_FORKED);
    must(strstr(err.message, "forked from") != NULL);
    vs__db_close(family->db);
    must(open_as(family->path, VS_OPEN_WRITE, &db, &err) == VS_ERR_FORKED);
    return 0;
}

static void a_child_cannot_open_what_its_parent_has_open(void **state)
{
    struct family family = {
        (char *)(uintptr_t)test_path(state, "a.db"), NULL, {{-1, -1}}};

    family.db = make_store(family.path);
    assert_ok(vs__txn_begin(family.db, VS_TXN_READ));
    in_child(is_not_stopped_by_sqlite, &family);
    in_child(cannot_open_it_anew, &family);
    assert_ok(vs__txn_end(family.db, VS_OK));
    vs__db_close(family.db);
}

static int opens_it(void *ctx)
{
    const struct family *family = ctx;
    struct vs__db *db = NULL;

    must(open_as(family->path, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    must(add_one(db) == VS_OK);
    vs__db_close(db);
    return 0;
}

static void it_can_once_the_parent_has_closed(void **state)
{
    struct family family = {
        (char *)(uintptr_t)test_path(state, "a.db"), NULL, {{-1, -1}}};
    struct vs__db *other = make_store(test_path(state, "b.db"));

    vs__db_close(make_store(family.path));
    in_child(opens_it, &family);
    vs__db_close(other);
}

static void many_handles_come_and_go(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *dbs[5] = {make_store(path), NULL, NULL, NULL, NULL};

    for (size_t i = 1; i < 5; i++)
        assert_ok(open_as(path, VS_OPEN_WRITE, &dbs[i], NULL));
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(dbs[i]->mark, dbs[j]->mark);
    for (size_t i = 0; i < 5; i++)
        vs__db_close(dbs[i]);
}

/* Each handle that is open takes an entry, so one more needs memory for it. */
static vs_status opens_another(void *ctx)
{
    struct vs__db *db = NULL;
    const vs_status st = open_as(ctx, VS_OPEN_READ, &db, NULL);

    vs__db_close(db);
    return st;
}

static void an_entry_needs_memory(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    (void)test_each_allocation_failing(opens_another, (char *)(uintptr_t)path,
                                       false);
    vs__db_close(db);
}

static void a_file_that_is_not_opened_yet_is_not_had(void **state)
{
    struct vs__db dbs[2] = {{.pid = getpid()}, {.pid = getpid()}};
    struct vs__place *place = &dbs[0].place;

    (void)state;
    place->dev = 77;
    place->ino = 99;
    dbs[1].place = *place;
    assert_ok(vs__fork_prepare(&dbs[0]));
    assert_ok(vs__fork_prepare(&dbs[1]));
    assert_false(vs__fork_has(77, 99));
    assert_ok(vs__fork_enter(&dbs[0])); /* while another one is being opened */
    assert_true(vs__fork_has(77, 99));
    assert_false(vs__fork_has(77, 98));
    assert_false(vs__fork_has(78, 99));
    assert_ok(vs__fork_enter(&dbs[1]));
    vs__fork_leave(&dbs[0]);
    assert_true(vs__fork_has(77, 99));
    vs__fork_leave(&dbs[1]);
    assert_false(vs__fork_has(77, 99));
}

/* As if another process had opened it. */
static void what_was_inherited_is_told_by_device_and_number(void **state)
{
    static const struct {
        dev_t dev;
        ino_t ino;
        vs_status want;
    } cases[] = {{77, 99, VS_ERR_FORKED}, {78, 99, VS_OK}, {77, 98, VS_OK}};
    struct vs__db theirs = {.pid = getpid() + 1};

    (void)state;
    theirs.place.dev = 77;
    theirs.place.ino = 99;
    assert_ok(vs__fork_prepare(&theirs));
    assert_ok(vs__fork_enter(&theirs));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vs__db db = {.pid = getpid()};

        db.place.dev = cases[i].dev;
        db.place.ino = cases[i].ino;
        assert_ok(vs__fork_prepare(&db));
        assert_status(cases[i].want, vs__fork_enter(&db));
        vs__fork_leave(&db);
    }
    theirs.pid = getpid();
    vs__fork_leave(&theirs);
}

static int opens_another_file(void *ctx)
{
    struct vs__db *db = NULL;

    must(open_as(ctx, VS_OPEN_CREATE, &db, NULL) == VS_OK);
    vs__db_close(db);
    return 0;
}

static void a_child_may_open_any_other_file(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    in_child(opens_another_file, (char *)(uintptr_t)test_path(state, "b.db"));
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(an_entry_needs_memory),
        with_dir(a_child_is_refused_and_harms_nothing),
        with_dir(a_child_cannot_open_what_its_parent_has_open),
        with_dir(it_can_once_the_parent_has_closed),
        with_dir(many_handles_come_and_go),
        cmocka_unit_test(a_file_that_is_not_opened_yet_is_not_had),
        cmocka_unit_test(what_was_inherited_is_told_by_device_and_number),
        with_dir(a_child_may_open_any_other_file),
    };

    return cmocka_run_group_tests_name("db.fork", tests, NULL, NULL);
}
