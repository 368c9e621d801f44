/* test_catalog.c - model/catalog: a name is made where it is looked for, not
 * where a range of names says that there is room.
 */
#include "pages.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The page of the table of names, which is one leaf, in a file that was read. */
static uint8_t *page_of_names(const char *path, uint8_t *file)
{
    const long long at = scene_number(
        path, "SELECT (rootpage - 1) * page_size FROM "
              "sqlite_schema, pragma_page_size WHERE name = 'name'");

    assert_int_equal(file[at], 10); /* a leaf of an index */
    return file + at;
}

/* Puts the name `from` among seven before the name `to`, and the sums. */
static void move_name(const char *path, int from, int to)
{
    size_t bytes = 0;
    uint8_t *file = test_read_file(path, &bytes);
    uint8_t *page = page_of_names(path, file);
    uint8_t *cells = page + 8; /* where they are, two bytes each */
    uint8_t moved[2];

    assert_int_equal(page[3] << 8 | page[4], 7);
    memcpy(moved, cells + 2 * from, 2);
    memmove(cells + 2 * to + 2, cells + 2 * to, 2 * (size_t)(from - to));
    memcpy(cells + 2 * to, moved, 2);
    test_write_file(path, file, bytes);
    pages_sum(path);
    free(file);
}

/* Of seven names in a page SQLite looks at the fourth first. Where that is
 * x/part_0a, and y1 stands before it, whoever goes through the names from
 * x/part_0 on meets y1, and sees no part; but whoever looks for x/part_1 finds
 * it. */
static void a_name_out_of_its_place_is_not_made_again(void **state)
{
    static const char *const names[] = {"x/part_0a", "x/part_1", "y1", "y2",
                                        "y3"};
    const char *path = test_path(state, "c.db");
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec cut = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "p", &cut, NULL));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        vs_variable_free(test_iota(store, names[i], vs_shape_1d(2)));
    assert_store(VS_ERR_PARTITION, store, vs_variable_rename(store, "p", "x"));
    vs_store_close(store);
    scene_sql(path, "UPDATE meta SET value = value"); /* all in the file */
    move_name(path, 4, 2);

    store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_ERR_EXISTS, store, vs_variable_rename(store, "p", "x"));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "variable x/part_1 already exists"));
    assert_store(VS_OK, store, vs_variable_open(store, "p", &v));
    assert_int_equal(vs_variable_n_parts(v), 2);
    vs_variable_free(v);
    vs_store_close(store);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM name"), 7);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_name_out_of_its_place_is_not_made_again),
    };

    return cmocka_run_group_tests_name("model.catalog", tests, NULL, NULL);
}
