/* test_names_damaged.c - model/names, model/parts and model/whole on names, and
 * rows of parts, that cannot be although their digests fit, or that were not
 * written: a change of names is refused, and nothing of it is done.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST (VS_NAME_MAX - 7) /* of a whole with up to ten parts */

static char longest[LONGEST + 1];

static vs_status cut(vs_store *store, const char *name, vs_shape shape,
                     int64_t parts)
{
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(parts, 0)};

    return vs_variable_create(store, name, &spec, NULL);
}

/* m/a f32[3] (variable 1); m/p f32[4] in two parts (2, 3); names below those
 * that parts of x would have; and f32[10] in ten parts, whose names are as long
 * as can be. */
static void make(const char *path)
{
    static const char *const names[] = {
        "x/part_1/a", "x/part_1/y/part_2/part_0", "x/part_2/b", "x/part_3/c"};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    memset(longest, 'z', LONGEST);
    vs_variable_free(test_iota(store, "m/a", vs_shape_1d(3)));
    assert_store(VS_OK, store, cut(store, "m/p", vs_shape_1d(4), 2));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        vs_variable_free(test_iota(store, names[i], vs_shape_1d(2)));
    assert_store(VS_OK, store, cut(store, longest, vs_shape_1d(10), 10));
    vs_store_close(store);
}

static vs_status open_and_read(vs_store *store, const char *name)
{
    float values[16];
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(store, name, &v);

    if (st == VS_OK) {
        const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);

        st = vs_variable_read(v, &view);
    }
    vs_variable_free(v);
    return st;
}

static vs_status read_a(vs_store *store)
{
    return open_and_read(store, "m/a");
}
static vs_status read_p(vs_store *store)
{
    return open_and_read(store, "m/p");
}
static vs_status read_longest(vs_store *store)
{
    return open_and_read(store, longest);
}
static vs_status delete_longest(vs_store *store)
{
    return vs_variable_delete(store, longest);
}
static vs_status rename_longest(vs_store *store)
{
    return vs_variable_rename(store, longest, "short");
}
static vs_status move_m(vs_store *store)
{
    return vs_scope_move(store, "m", "n", NULL);
}
static vs_status cut_x(vs_store *store)
{
    return cut(store, "x", vs_shape_1d(4), 2);
}

#define ELEVEN "UPDATE part SET n_parts = 11, shape = '[11]' WHERE n_parts = 10"

static const struct {
    const char *sql;
    vs_status (*call)(vs_store *store);
    const char *words;
} cases[] = {
    {"UPDATE name SET trainable = 0 WHERE path = 'm/a'", move_m,
     "name m/a: its row is not what was written"},
    {"UPDATE name SET trainable = 0 WHERE path = 'm/p/part_1'", move_m,
     "name m/p/part_1: its row is not what was written"},
    {"DELETE FROM part WHERE variable = 2", move_m,
     "variable 2: its row as a part is not there"},
    {"UPDATE part SET drawn = 1 WHERE variable = 3", move_m,
     "variable 3: its row as a part is not what was written"},
    {"UPDATE name SET trainable = 0 WHERE path = 'x/part_2/b'", cut_x,
     "name x/part_2/b: its row is not what was written"},
    /* The name of part 10 would be too long: there never was one. */
    {ELEVEN SCENE_SEAL, read_longest, "part 10 of 11 is missing"},
    {ELEVEN SCENE_SEAL, delete_longest, "part 10 of 11 is missing"},
    {ELEVEN SCENE_SEAL, rename_longest, "part 10 of 11 is missing"},
    /* The first part says what the whole is. */
    {"UPDATE variable SET dtype = 8 WHERE id = 3; "
     "UPDATE name SET dtype = 8 WHERE variable = 3" SCENE_SEAL,
     read_p, "variable m/p: part 1 of 2 is not the one that belongs there"},
    {"UPDATE variable SET shape = '[1]', n_elements = 1, n_bytes = 4 "
     "WHERE id = 3; UPDATE name SET shape = '[1]' WHERE variable = "
     "3" SCENE_SEAL,
     read_p, "variable m/p: part 1 of 2 is not the one that belongs there"},
    /* A digest of another length is none. */
    {"UPDATE version SET record = x'00' WHERE id = 1", read_a,
     "version 1: its row is not what was written"},
    {"UPDATE version SET digest = x'00' WHERE id = 1", read_a,
     "version 1: its row is not what was written"},
};

static void what_cannot_be_is_told_and_changes_nothing(void **state)
{
    const char *sound = test_path(state, "sound.db");
    const char *path = test_path(state, "d.db");
    size_t n = 0;
    void *bytes;

    make(sound);
    bytes = test_read_file(sound, &n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i += test_stride()) {
        vs_store_info was;
        vs_store_info is;
        vs_store *store;

        test_write_file(path, bytes, n);
        scene_sql(path, cases[i].sql);
        store = test_open(path, VS_OPEN_WRITE);
        assert_store(VS_OK, store, vs_store_describe(store, &was));
        assert_store(VS_ERR_CORRUPT, store, cases[i].call(store));
        if (strstr(vs_store_error(store)->message, cases[i].words) == NULL)
            fail_msg("%s: %s, want %s", cases[i].sql,
                     vs_store_error(store)->message, cases[i].words);
        assert_store(VS_OK, store, vs_store_describe(store, &is));
        assert_int_equal(is.n_variables, was.n_variables);
        assert_int_equal(is.n_aliases, was.n_aliases);
        vs_store_close(store);
        assert_int_equal(scene_number(path, "SELECT count(*) FROM name WHERE "
                                            "path LIKE 'n/%' OR "
                                            "path LIKE 'short%'"),
                         0);
    }
    free(bytes);
}

/* The same calls on the sound store; none of the names below x is that of one of
 * its parts. */
static void what_was_written_is_not(void **state)
{
    const char *path = test_path(state, "s.db");
    vs_store *store;

    make(path);
    store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_OK, store, read_a(store));
    assert_store(VS_OK, store, read_p(store));
    assert_store(VS_OK, store, read_longest(store));
    assert_store(VS_OK, store, cut_x(store));
    assert_store(VS_OK, store, move_m(store));
    assert_store(VS_OK, store, rename_longest(store));
    assert_store(VS_OK, store, vs_variable_delete(store, "short"));
    test_sound(store);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(what_cannot_be_is_told_and_changes_nothing),
        with_dir(what_was_written_is_not),
    };

    return cmocka_run_group_tests_name("model.names_damaged", tests, NULL,
                                       NULL);
}
