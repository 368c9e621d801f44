/* test_disorder.c - service: names that stand in a page out of their order, so
 * that who goes through all meets them, and who searches does not.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

static void create(vs_store *store, const char *name, int64_t n_parts)
{
    const vs_shape shape = vs_shape_1d(6);
    vs_variable_spec spec = {.shape = &shape};

    if (n_parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(n_parts, 0);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

/* Swaps the places of two names of a closed store, the i-th and the next. All
 * of them stand in one leaf: its header has 8 bytes, then come the offsets of
 * its cells, 2 bytes each (SQLite, "Database File Format", 1.6). */
static void swap_names(const char *path, size_t i)
{
    const size_t at = (size_t)scene_number(
        path, "SELECT (rootpage - 1) * (SELECT page_size FROM "
              "pragma_page_size) FROM sqlite_schema WHERE name = 'name'");
    size_t n = 0;
    uint8_t *bytes = test_read_file(path, &n);
    uint8_t *cell = bytes + at + 8 + 2 * i;
    uint8_t kept[2];

    assert_non_null(bytes);
    assert_int_equal(bytes[at], 10); /* a leaf of an index */
    assert_true(bytes[at + 4] > i + 1);
    memcpy(kept, cell, 2);
    memcpy(cell, cell + 2, 2);
    memcpy(cell + 2, kept, 2);
    test_write_file(path, bytes, n);
    free(bytes);
    pages_sum(path);
}

static void assert_corrupt(vs_store *store, vs_status st, const char *words)
{
    assert_store(VS_ERR_CORRUPT, store, st);
    if (strstr(vs_store_error(store)->message, words) == NULL)
        fail_msg("%s", vs_store_error(store)->message);
}

static void a_restore_does_not_leave_a_name_that_it_cannot_find(void **state)
{
    const char *path = test_path(state, "s.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    vs_variable *v = NULL;

    create(store, "w", 2);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    create(store, "w/part_7", 0);
    create(store, "w/part_8", 0);
    vs_store_close(store);
    swap_names(path, 2); /* w/part_0, w/part_1, w/part_8, w/part_7 */
    store = test_open(path, VS_OPEN_WRITE);
    assert_corrupt(store, vs_checkpoint_restore(store, 1, NULL, NULL),
                   "name w/part_7: it is there, but a search does not find it");
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, "w", &v));
    vs_store_close(store);
}

static void a_restore_needs_the_first_part_to_be_found(void **state)
{
    const char *path = test_path(state, "s.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    create(store, "a", 0);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    create(store, "w", 2);
    create(store, "z", 0);
    vs_store_close(store);
    swap_names(path, 1); /* a, w/part_1, w/part_0, z */
    store = test_open(path, VS_OPEN_WRITE);
    assert_corrupt(store, vs_checkpoint_restore(store, 1, NULL, NULL),
                   "variable w: its first part is there, but a search does not "
                   "find it");
    vs_store_close(store);
}

static void an_export_needs_the_first_part_to_be_found(void **state)
{
    const char *path = test_path(state, "s.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    create(store, "a", 0);
    create(store, "w", 2);
    create(store, "z", 0);
    vs_store_close(store);
    swap_names(path, 1); /* a, w/part_1, w/part_0, z */
    store = test_open(path, VS_OPEN_READ);
    assert_corrupt(
        store,
        vs_export(store, test_path(state, "out.safetensors"), NULL, NULL),
        "variable w: its first part is gone");
    vs_store_close(store);
}

/* What was lost of the present. */
static void on_lost_name(const char *name, int64_t checkpoint, const char *what,
                         void *ctx)
{
    char *text = ctx;

    if (checkpoint == 0)
        (void)snprintf(text + strlen(text), 200 - strlen(text), "%s: %s\n",
                       name, what);
}

/* Of a, m, x, z a search does not find x, which stands out of its place; y is in
 * no use. */
static void a_name_that_nobody_finds_is_told_as_lost(void **state)
{
    const char *path = test_path(state, "s.db");
    char told[200] = "";
    const vs_salvage_options options = {.on_lost = on_lost_name, .ctx = told};
    vs_salvage_report report;
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    create(store, "a", 0);
    create(store, "y", 0);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "y"));
    create(store, "m", 0);
    create(store, "x", 0);
    create(store, "z", 0);
    vs_store_close(store);
    swap_names(path, 2); /* a, m, y, x, z */
    store = test_open(path, VS_OPEN_READ);
    assert_store(
        VS_OK, store,
        vs_salvage(store, test_path(state, "new.db"), &options, &report));
    assert_string_equal(told, "x: its row is there, but a search does not find "
                              "it\n");
    assert_int_equal(report.n_names, 3);
    assert_int_equal(report.n_checkpoints, 1);
    vs_store_close(store);
}

/* What the lost checkpoint was salvaged with. */
static void on_lost(const char *name, int64_t checkpoint, const char *what,
                    void *ctx)
{
    if (name == NULL && checkpoint == 1)
        (void)snprintf(ctx, 200, "%s", what);
}

static void a_checkpoint_comes_over_with_all_its_names_or_not(void **state)
{
    const char *path = test_path(state, "s.db");
    char told[200] = "";
    const vs_salvage_options options = {.on_lost = on_lost, .ctx = told};
    vs_salvage_report report;
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    create(store, "a", 0);
    create(store, "m", 0);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    create(store, "x", 0);
    vs_store_close(store);
    swap_names(path, 1); /* a, x, m: the root is over a and m in this order */
    store = test_open(path, VS_OPEN_READ);
    assert_store(
        VS_OK, store,
        vs_salvage(store, test_path(state, "new.db"), &options, &report));
    assert_string_equal(told, "1 of its names can be found, want 2");
    assert_int_equal(report.n_checkpoints, 0);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_restore_does_not_leave_a_name_that_it_cannot_find),
        IN_DIR(a_restore_needs_the_first_part_to_be_found),
        IN_DIR(an_export_needs_the_first_part_to_be_found),
        IN_DIR(a_name_that_nobody_finds_is_told_as_lost),
        IN_DIR(a_checkpoint_comes_over_with_all_its_names_or_not),
    };

    return cmocka_run_group_tests_name("service.disorder", tests, NULL, NULL);
}
