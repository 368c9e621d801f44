/* test_errors.c - db/errors: what SQLite says, in our words. */
#include "dbtest.h"

#include <errno.h>
#include <string.h>

#include "base/fail.h"

static void every_code_has_its_status(void **state)
{
    static const struct {
        int rc;
        vs_status want;
    } rows[] = {
        {SQLITE_NOMEM, VS_ERR_NOMEM},
        {SQLITE_IOERR_NOMEM, VS_ERR_NOMEM},
        {SQLITE_BUSY, VS_ERR_BUSY},
        {SQLITE_BUSY_RECOVERY, VS_ERR_BUSY},
        {SQLITE_BUSY_SNAPSHOT, VS_ERR_BUSY},
        {SQLITE_LOCKED, VS_ERR_BUSY},
        {SQLITE_PROTOCOL, VS_ERR_BUSY},
        {SQLITE_FULL, VS_ERR_FULL},
        {SQLITE_IOERR, VS_ERR_IO},
        {SQLITE_IOERR_READ, VS_ERR_IO},
        {SQLITE_CANTOPEN, VS_ERR_IO},
        {SQLITE_READONLY, VS_ERR_READONLY},
        {SQLITE_READONLY_ROLLBACK, VS_ERR_READONLY},
        {SQLITE_READONLY_RECOVERY, VS_ERR_READONLY},
        {SQLITE_READONLY_DBMOVED, VS_ERR_IO},
        {SQLITE_CORRUPT, VS_ERR_CORRUPT},
        {SQLITE_CORRUPT_INDEX, VS_ERR_CORRUPT},
        {SQLITE_NOTADB, VS_ERR_CORRUPT},
        {SQLITE_CONSTRAINT_UNIQUE, VS_ERR_CORRUPT},
        {SQLITE_ERROR, VS_ERR_CORRUPT},
        {SQLITE_SCHEMA, VS_ERR_CORRUPT},
        {SQLITE_TOOBIG, VS_ERR_TOOBIG},
        {SQLITE_INTERRUPT, VS_ERR_CANCELLED},
        {SQLITE_ABORT, VS_ERR_MISUSE},
        {SQLITE_MISUSE, VS_ERR_MISUSE},
        {SQLITE_RANGE, VS_ERR_MISUSE},
        {SQLITE_PERM, VS_ERR_PERM},
        {SQLITE_INTERNAL, VS_ERR_IO},
    };
    struct vs__db *db = make_store(test_path(state, "a.db"));

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        errno = 0;
        assert_status(rows[i].want, vs__engine_fail(db, NULL, rows[i].rc));
        assert_int_equal(vs__db_error(db)->status, rows[i].want);
        assert_int_not_equal(vs__db_error(db)->message[0], '\0');
    }
    assert_false(db->poisoned);
    vs__db_close(db);
}

static void every_errno_has_its_status(void **state)
{
    (void)state;
    assert_int_equal(vs__status_of_errno(ENOSPC), VS_ERR_FULL);
    assert_int_equal(vs__status_of_errno(EDQUOT), VS_ERR_FULL);
    assert_int_equal(vs__status_of_errno(ENOMEM), VS_ERR_NOMEM);
    assert_int_equal(vs__status_of_errno(EACCES), VS_ERR_PERM);
    assert_int_equal(vs__status_of_errno(EROFS), VS_ERR_READONLY);
    assert_int_equal(vs__status_of_errno(ENOENT), VS_ERR_NOFILE);
    assert_int_equal(vs__status_of_errno(ENAMETOOLONG), VS_ERR_TOOBIG);
    assert_int_equal(vs__status_of_errno(EMFILE), VS_ERR_IO);
}

static void words_name_the_file_and_what_sqlite_said(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_status(VS_ERR_CORRUPT, run_sql(db, "SELECT x FROM nowhere"));
    assert_non_null(strstr(vs__db_error(db)->message, path));
    assert_non_null(strstr(vs__db_error(db)->message,
                           "the schema does not fit: no such table: nowhere"));
    assert_status(VS_ERR_CORRUPT,
                  run_sql(db, "INSERT INTO counter (id, n) VALUES (1, 2)"));
    assert_non_null(strstr(vs__db_error(db)->message,
                           "constraint: UNIQUE constraint failed: counter.id"));
    vs__db_close(db);
}

static void what_a_dead_writer_left_has_a_hint(void **state)
{
    static const int codes[] = {SQLITE_READONLY_ROLLBACK,
                                SQLITE_READONLY_RECOVERY};
    struct vs__db *db = make_store(test_path(state, "a.db"));

    for (size_t i = 0; i < 2; i++) {
        vs__clear(&db->err);
        (void)vs__engine_fail(db, NULL, codes[i]);
        assert_non_null(strstr(vs__db_error(db)->hint, "a writer died"));
    }
    (void)vs__engine_fail(db, NULL, SQLITE_READONLY);
    assert_string_equal(vs__db_error(db)->hint, "");
    vs__db_close(db);
}

static void a_failed_sync_poisons_the_handle(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_status(VS_ERR_IO, vs__engine_fail(db, NULL, SQLITE_IOERR_FSYNC));
    assert_non_null(strstr(vs__db_error(db)->message, "did not confirm"));
    assert_true(db->poisoned);
    assert_status(VS_ERR_IO, add_one(db));
    assert_non_null(strstr(vs__db_error(db)->hint, "open it again"));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(every_code_has_its_status),
        cmocka_unit_test(every_errno_has_its_status),
        with_dir(words_name_the_file_and_what_sqlite_said),
        with_dir(what_a_dead_writer_left_has_a_hint),
        with_dir(a_failed_sync_poisons_the_handle),
    };

    return cmocka_run_group_tests_name("db.errors", tests, NULL, NULL);
}
