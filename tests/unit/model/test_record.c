/* test_record.c - model/record: rows that were changed behind our back. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/record.h"

#define N_NAMES 40

static const char *nth(int i, char name[16])
{
    (void)snprintf(name, 16, "scope/v%02d", i);
    return name;
}

/* A store with many small variables, closed. */
static const char *make_store(void **state)
{
    const char *path = test_path(state, "r.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    char name[16];

    for (int i = 0; i < N_NAMES; i++)
        vs_variable_free(test_iota(store, nth(i, name), vs_shape_1d(2)));
    vs_store_close(store);
    return path;
}

/* The places in a file where a name stands. */
static int find_name(const char *file, size_t n, const char *name,
                     size_t *places, int most)
{
    const size_t length = strlen(name);
    int found = 0;

    for (size_t at = 0; at + length <= n; at++)
        if (found < most && memcmp(file + at, name, length) == 0)
            places[found++] = at;
    return found;
}

/* A name has two places: its row, and the index. Whichever is changed, reading
 * it is an error, and no second variable is made under the name. */
static void a_name_that_was_changed_is_not_taken_for_a_new_one(void **state)
{
    const char *path = make_store(state);
    size_t places[4];
    size_t n = 0;
    char *whole = test_read_file(path, &n);
    char name[16];

    for (int i = 0; i < N_NAMES; i += 21) {
        const int found = find_name(whole, n, nth(i, name), places, 4);

        assert_int_equal(found, 2);
        for (int k = 0; k < 2 * 72; k++) {
            const size_t at = places[k % 2] + (size_t)(k / 2 / 8);
            const char bit = (char)(1 << k / 2 % 8);
            vs_variable_spec spec = {.dtype = VS_F32};
            const vs_shape shape = vs_shape_1d(2);
            const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
            vs_context *ctx = NULL;
            vs_variable *v = NULL;
            vs_store *store;
            vs_status st;

            whole[at] ^= bit;
            test_write_file(path, whole, n);
            whole[at] ^= bit;
            store = test_open(path, VS_OPEN_WRITE);
            st = vs_variable_open(store, name, &v);
            if (st == VS_OK) /* the row is as it was: the index led to it */
                vs_variable_free(v);
            else
                assert_store(VS_ERR_CORRUPT, store, st);
            v = NULL;
            assert_ok(vs_context_new(store, &ctx));
            spec.shape = &shape;
            VS_WITH_SCOPE (st, ctx, "scope", &sharing)
                st = vs_get_variable(ctx, name + 6, &spec, &v);
            if (st == VS_OK) {
                float *values = test_read_f32(v);

                assert_true(values[1] == 1);
                free(values);
            } else {
                assert_int_equal(st, VS_ERR_CORRUPT);
            }
            vs_variable_free(v);
            vs_context_free(ctx);
            vs_store_close(store);
        }
    }
    free(whole);
}

static void names_beside_a_changed_one_are_found_or_corrupt(void **state)
{
    const char *path = make_store(state);
    size_t places[4];
    size_t n = 0;
    char *whole = test_read_file(path, &n);
    char name[16];

    assert_int_equal(find_name(whole, n, "scope/v20", places, 4), 2);
    for (int k = 0; k < 2; k++)
        for (int bit = 0; bit < 8; bit++) {
            vs_store *store;
            int corrupt = 0;

            whole[places[k]] ^= (char)(1 << bit);
            test_write_file(path, whole, n);
            whole[places[k]] ^= (char)(1 << bit);
            store = test_open(path, VS_OPEN_READ);
            for (int i = 0; i < N_NAMES; i++) {
                vs_variable *v = NULL;
                const vs_status st = vs_variable_open(store, nth(i, name), &v);

                vs_variable_free(v);
                assert_true(st == VS_OK || st == VS_ERR_CORRUPT);
                corrupt += st != VS_OK;
            }
            assert_true(corrupt > 0 || k == 0);
            vs_store_close(store);
        }
    free(whole);
}

static void every_bit_of_a_saved_row_changes_its_mark(void **state)
{
    const int64_t row[4] = {7, 1234567, 89012345678, 1};
    const int64_t mark = vs__saved_mark(row[0], row[1], row[2], row[3]);

    (void)state;
    for (int i = 0; i < 4; i++)
        for (int bit = 0; bit < 63; bit++) {
            int64_t other[4];

            memcpy(other, row, sizeof other);
            other[i] ^= INT64_C(1) << bit;
            assert_int_not_equal(
                mark, vs__saved_mark(other[0], other[1], other[2], other[3]));
        }
    /* Whatever stands there, it can be computed. */
    (void)vs__saved_mark(INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX);
}

static void records_tell_rows_apart(void **state)
{
    const struct vs__digest a = vs__name_record(1, "w", 1, 0);
    const struct vs__digest others[] = {
        vs__name_record(2, "w", 1, 0),
        vs__name_record(1, "v", 1, 0),
        vs__name_record(1, "w", 0, 0),
        vs__name_record(1, "w", 1, 1),
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(vs__digest_equal(&a, &others[i]));
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_name_that_was_changed_is_not_taken_for_a_new_one),
        IN_DIR(names_beside_a_changed_one_are_found_or_corrupt),
        cmocka_unit_test(every_bit_of_a_saved_row_changes_its_mark),
        cmocka_unit_test(records_tell_rows_apart),
    };

    return cmocka_run_group_tests_name("model.record", tests, NULL, NULL);
}
