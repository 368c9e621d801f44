/* test_describe.c - model/describe: rows that a description joins, of which one
 * is not what was written, or cannot be although its record fits.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/record.h"

/* a f32[3] (variable and version 1), its alias b, c f32[2] (2); all in
 * checkpoint 1. */
static void make(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    vs_variable_free(test_iota(store, "a", vs_shape_1d(3)));
    assert_store(VS_OK, store, vs_variable_alias(store, "a", "b"));
    vs_variable_free(test_iota(store, "c", vs_shape_1d(2)));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    vs_store_close(store);
}

static vs_status tell(vs_status st, vs_variable *v)
{
    const vs_variable_info *info;

    if (st == VS_OK)
        st = vs_variable_describe(v, &info);
    vs_variable_free(v);
    return st;
}
static vs_status tell_a(vs_store *store)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(store, "a", &v);

    return tell(st, v);
}
static vs_status tell_b(vs_store *store)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(store, "b", &v);

    return tell(st, v);
}
static vs_status tell_b_then(vs_store *store)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open_at(store, 1, "b", &v);

    return tell(st, v);
}
static vs_status list_scope(vs_store *store, const char *scope)
{
    const vs_list_options options = {.scope = scope};
    const vs_variable_info *info;
    vs_list *list = NULL;
    vs_status st = vs_list_open(store, &options, &list);

    while (st == VS_OK)
        st = vs_list_next(list, &info);
    vs_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}
static vs_status list(vs_store *store)
{
    return list_scope(store, NULL);
}
static vs_status list_z(vs_store *store)
{
    return list_scope(store, "z");
}
static vs_status copy_a(vs_store *store)
{
    return vs_variable_copy(store, "a", "copied");
}

/* Changes a table while the engine does not hold its columns to their types. */
#define UNTYPED(sql)                                                         \
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace("   \
    "sql, ') STRICT, WITHOUT', ') WITHOUT') WHERE name = 'name'; "           \
    "PRAGMA writable_schema = RESET; " sql "; PRAGMA writable_schema = ON; " \
    "UPDATE sqlite_schema SET sql = replace(sql, ') WITHOUT', ') STRICT, "   \
    "WITHOUT') WHERE name = 'name'; PRAGMA writable_schema = RESET"

static const struct {
    const char *sql;
    vs_status (*call)(vs_store *store);
    const char *words;
} cases[] = {
    /* The first name that an alias tells. */
    {"UPDATE name SET trainable = 1 - trainable WHERE path = 'a'", tell_b,
     "name a: its row is not what was written"},
    {"UPDATE name SET trainable = 1 - trainable WHERE path = 'a'", tell_b_then,
     "name a: its row is not what was written"},
    {"UPDATE checkpoint_variable SET mark = mark + 1 WHERE name = 1",
     tell_b_then, "checkpoint 1: its row of name 1 is not what was written"},
    {"UPDATE name SET alias = 1 WHERE path = 'a'" SCENE_SEAL, tell_b,
     "name b is an alias, and its variable has no first name"},
    {"UPDATE checkpoint_variable SET alias = 1 WHERE name = 1" SCENE_SEAL,
     tell_b_then,
     "name b is an alias in checkpoint 1, and its variable has no first name"},
    /* A key that is no text stands behind all that are. */
    {UNTYPED("UPDATE name SET path = CAST(path AS BLOB) WHERE path = 'c'"),
     list_z, "name c: it stands behind 'z/' in the file"},
    /* The version. */
    {"UPDATE version SET digest = x'00' WHERE id = 1", tell_a,
     "version 1: its row is not what was written"},
    {"UPDATE version SET digest = zeroblob(17) WHERE id = 1", list,
     "version 1: its row is not what was written"},
    {"UPDATE version SET record = x'00' WHERE id = 1", list,
     "version 1: its row is not what was written"},
    {"UPDATE variable SET current = NULL WHERE id = 1" SCENE_SEAL, copy_a,
     "version 0: its row is not what was written"},
};

static void assert_told(const char *path, const char *sql,
                        vs_status (*call)(vs_store *store), const char *words)
{
    vs_store *store;

    scene_sql(path, sql);
    store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_ERR_CORRUPT, store, call(store));
    if (strstr(vs_store_error(store)->message, words) == NULL)
        fail_msg("%s: \"%s\" does not tell \"%s\"", sql,
                 vs_store_error(store)->message, words);
    vs_store_close(store);
}

static void a_row_that_is_not_what_was_written_is_told(void **state)
{
    const char *path = test_path(state, "d.db");
    size_t n = 0;
    void *bytes;

    make(path);
    bytes = test_read_file(path, &n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_write_file(path, bytes, n);
        assert_told(path, cases[i].sql, cases[i].call, cases[i].words);
    }
    free(bytes);
}

static void the_same_calls_tell_nothing_of_what_was(void **state)
{
    const char *path = test_path(state, "d.db");
    vs_store *store;

    make(path);
    store = test_open(path, VS_OPEN_WRITE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (cases[i].call != copy_a)
            assert_store(VS_OK, store, cases[i].call(store));
    assert_store(VS_OK, store, copy_a(store));
    test_sound(store);
    vs_store_close(store);
}

/* No version has the number 0, which says that there is no value yet. */
static void a_version_0_cannot_be(void **state)
{
    const struct vs__digest none = {{0}};
    const struct vs__digest record = vs__version_record(0, 1, 0, 0, &none);
    const char *path = test_path(state, "d.db");
    char hex[2 * VS__DIGEST_BYTES + 1];
    char sql[2048];

    for (size_t i = 0; i < VS__DIGEST_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", record.bytes[i]);
    (void)snprintf(sql, sizeof sql, "%s%s%s",
                   "UPDATE version SET id = 0, at_ms = 0, "
                   "digest = zeroblob(16), record = x'",
                   hex,
                   "' WHERE id = 1; "
                   "UPDATE variable SET current = 0 WHERE id = 1" SCENE_SEAL);
    make(path);
    assert_told(path, sql, list,
                "variable a: dtype 12, shape '[3]' and "
                "version 0 cannot be");
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_row_that_is_not_what_was_written_is_told),
        with_dir(the_same_calls_tell_nothing_of_what_was),
        with_dir(a_version_0_cannot_be),
    };

    return cmocka_run_group_tests_name("model.describe", tests, NULL, NULL);
}
