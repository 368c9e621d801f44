/* test_engine.c - db/engine.h: SQLite as it may be. */
#include "dbtest.h"

#include <string.h>

#include "db/guards.h"
#include "findings.h"

/* -------- Another SQLite; linked in by --wrap. */

static struct {
    int version;      /* 0: as it is, like the others */
    bool threadless;  /* built without threads */
    int initialized;  /* what its setting up gives */
    bool without_vfs; /* it has no VFS */
} posed;

int __real_sqlite3_libversion_number(void);
int __wrap_sqlite3_libversion_number(void);
int __real_sqlite3_threadsafe(void);
int __wrap_sqlite3_threadsafe(void);
int __real_sqlite3_initialize(void);
int __wrap_sqlite3_initialize(void);
sqlite3_vfs *__real_sqlite3_vfs_find(const char *name);
sqlite3_vfs *__wrap_sqlite3_vfs_find(const char *name);

int __wrap_sqlite3_libversion_number(void)
{
    return posed.version != 0 ? posed.version
                              : __real_sqlite3_libversion_number();
}

int __wrap_sqlite3_threadsafe(void)
{
    return posed.threadless ? 0 : __real_sqlite3_threadsafe();
}

int __wrap_sqlite3_initialize(void)
{
    return posed.initialized != SQLITE_OK ? posed.initialized
                                          : __real_sqlite3_initialize();
}

sqlite3_vfs *__wrap_sqlite3_vfs_find(const char *name)
{
    return posed.without_vfs ? NULL : __real_sqlite3_vfs_find(name);
}

static int end_posing(void **state)
{
    memset(&posed, 0, sizeof posed);
    return test_dir_teardown(state);
}

#define POSING(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, end_posing)

static void refuses(const char *path, vs_status want, const char *words)
{
    struct vs__db *db = NULL;
    vs_error err = {0};

    assert_status(want, open_as(path, VS_OPEN_CREATE, &db, &err));
    assert_null(db);
    assert_int_equal(err.status, want);
    assert_non_null(strstr(err.message, words));
    assert_false(file_exists(path));
}

static void one_that_cannot_be_used_is_refused(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;

    posed.version = 3036009;
    refuses(path, VS_ERR_UNSUPPORTED, "3.37 or newer");
    posed.version = 3037000;
    posed.threadless = true;
    refuses(path, VS_ERR_UNSUPPORTED, "thread-safe");
    posed.threadless = false;
    posed.initialized = SQLITE_ERROR;
    refuses(path, VS_ERR_UNSUPPORTED, "cannot be used");
    posed.initialized = SQLITE_NOMEM;
    refuses(path, VS_ERR_NOMEM, "");
    posed.initialized = SQLITE_OK;
    posed.without_vfs = true;
    refuses(path, VS_ERR_UNSUPPORTED, "with a VFS");
    posed.without_vfs = false;
    assert_ok(open_as(path, VS_OPEN_CREATE, &db, NULL));
    vs__db_close(db);
}

static void one_without_threads_is_told(void **state)
{
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};

    (void)state;
    posed.threadless = true;
    vs__guards_tell_engine(&f);
    posed.threadless = false;
    assert_int_equal(f.worst, VS_VERDICT_BAD);
    assert_finding(&found, "g sqlite bad [", "without threads");
}

/* -------- Other VFSs, which a program may have made the default. */

static void the_log_needs_shared_memory(void **state)
{
    const char *path = test_path(state, "a.db");
    sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    sqlite3_vfs *plain = sqlite3_vfs_find("unix-dotfile"); /* has none */
    struct vs__db *db = NULL;
    vs_error err = {0};

    assert_non_null(plain);
    assert_int_equal(sqlite3_vfs_register(plain, 1), SQLITE_OK);
    assert_status(VS_ERR_IO, open_as(path, VS_OPEN_CREATE, &db, &err));
    assert_non_null(strstr(err.message, "stays 'delete', want 'wal'"));
    assert_int_equal(sqlite3_vfs_register(usual, 1), SQLITE_OK);
    assert_ok(open_as(path, VS_OPEN_CREATE, &db, NULL));
    vs__db_close(db);
}

/* SQLite asks a VFS of the first version for the time in another way. */
static void the_time_is_that_of_the_default(void **state)
{
    static const char now[] = "SELECT CAST(strftime('%s', 'now') AS INTEGER)";
    sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    sqlite3_vfs old = *usual;

    old.iVersion = 1;
    old.zName = "old";
    for (int i = 0; i < 2; i++) {
        struct vs__db *db = make_store(test_path(state, i == 0 ? "a" : "b"));

        assert_int_equal(db->jail.vfs.iVersion, i == 0 ? 2 : 1);
        assert_true(ask(db, now) > 1600000000);
        vs__db_close(db);
        assert_int_equal(sqlite3_vfs_register(&old, 1), SQLITE_OK);
    }
    assert_int_equal(sqlite3_vfs_unregister(&old), SQLITE_OK);
    assert_int_equal(sqlite3_vfs_register(usual, 1), SQLITE_OK);
}

/* -------- SQLite's memory. */

static sqlite3_mem_methods memory; /* its own */
static bool empty;

static void *mem_malloc(int n)
{
    return empty ? NULL : memory.xMalloc(n);
}

static void *mem_realloc(void *p, int n)
{
    return empty ? NULL : memory.xRealloc(p, n);
}

static void a_column_without_memory_is_told_by_the_step(void **state)
{
    static const char sql[] = "SELECT 12345678901";
    struct vs__db *db = make_store(test_path(state, "a.db"));

    for (int as_text = 0; as_text < 2; as_text++) {
        struct vs__stmt *s = NULL;
        size_t n = 77;

        assert_ok(vs__stmt_get(db, sql, &s));
        assert_ok(vs__stmt_step(s));
        empty = true;
        if (as_text != 0)
            assert_string_equal(vs__column_text(s, 0), "");
        else
            assert_string_equal(vs__column_blob(s, 0, &n), "");
        empty = false;
        assert_int_equal(n, as_text != 0 ? 77 : 0);
        assert_status(VS_ERR_NOMEM, vs__stmt_step(s));
        vs__stmt_reset(s);
        assert_int_equal(ask(db, sql), INT64_C(12345678901));
    }
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POSING(one_that_cannot_be_used_is_refused),
        POSING(one_without_threads_is_told),
        with_dir(the_log_needs_shared_memory),
        with_dir(the_time_is_that_of_the_default),
        with_dir(a_column_without_memory_is_told_by_the_step),
    };
    sqlite3_mem_methods ours;

    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory);
    ours = memory;
    ours.xMalloc = mem_malloc;
    ours.xRealloc = mem_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    (void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
    return cmocka_run_group_tests_name("db.engine", tests, NULL, NULL);
}
