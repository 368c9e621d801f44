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

/* A name has three places: its row, and two indices. Whichever is changed,
 * reading it gives what was there or an error, and no second variable is made
 * under the name. */
static void a_name_that_was_changed_is_not_taken_for_a_new_one(void **state)
{
    const char *path = make_store(state);
    size_t places[4];
    size_t n = 0;
    char *whole = test_read_file(path, &n);
    char name[16];

    for (int i = 0; i < N_NAMES; i += 21) {
        const int found = find_name(whole, n, nth(i, name), places, 4);

        assert_int_equal(found, 3);
        for (int k = 0; k < 3 * 72; k++) {
            const size_t at = places[k % 3] + (size_t)(k / 3 / 8);
            const char bit = (char)(1 << k / 3 % 8);
            vs_variable_spec spec = {.dtype = VS_F32};
            const vs_shape shape = vs_shape_1d(2);
            const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
            vs_context *ctx = NULL;
            vs_variable *v = NULL;
            vs_store *store;
            vs_status st;

            if (k % 3 != 0 && bit != 1) /* of an index one bit a byte */
                continue;
            whole[at] ^= bit;
            test_write_file(path, whole, n);
            whole[at] ^= bit;
            store = test_open(path, VS_OPEN_WRITE);
            st = vs_variable_open(store, name, &v);
            if (st == VS_OK) /* an index was changed */
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

/* Whoever creates does not open first. */
static void a_name_that_was_changed_cannot_be_made_again(void **state)
{
    const char *path = make_store(state);
    size_t places[4];
    size_t n = 0;
    char *whole = test_read_file(path, &n);
    char name[16];

    for (int i = 0; i < N_NAMES; i += 13) { /* the first and the last, too */
        assert_int_equal(find_name(whole, n, nth(i, name), places, 4), 3);
        for (int k = 0; k < 3 * 9; k++) {
            const size_t at = places[k % 3] + (size_t)(k / 3);
            const vs_shape shape = vs_shape_1d(2);
            const vs_variable_spec spec = {.shape = &shape};
            vs_store *store;
            vs_status st;

            whole[at] ^= 1;
            test_write_file(path, whole, n);
            whole[at] ^= 1;
            store = test_open(path, VS_OPEN_WRITE);
            st = vs_variable_create(store, name, &spec, NULL);
            assert_true(st == VS_ERR_EXISTS || st == VS_ERR_CORRUPT);
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

    assert_int_equal(find_name(whole, n, "scope/v20", places, 4), 3);
    for (int k = 0; k < 3; k++) /* 0: the row */
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
            assert_int_equal(corrupt > 0, k == 0);
            vs_store_close(store);
        }
    free(whole);
}

/* A name tells what its variable is; that this is there, and is that, is asked
 * when the variable is. */
static void a_name_whose_variable_is_gone_or_another_is_damage(void **state)
{
    static const char gone[] = "DELETE FROM variable WHERE id = 1";
    static const char other[] =
        "UPDATE variable SET shape = '[1,2]', record = $1 WHERE id = 1";
    static const char read[] =
        "SELECT " VS__FACTS ", v.current FROM variable AS v WHERE v.id = 1";
    vs_store *store = test_open(make_store(state), VS_OPEN_WRITE);
    float values[2];
    const vs_shape shape = vs_shape_1d(2);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable *v = NULL;
    struct vs__digest record = {{0}};
    struct vs__facts facts;
    struct vs__stmt *s;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    for (int i = 0; i < 2; i++) { /* with a record that is not right, and is */
        assert_store(VS_OK, store, vs__stmt_get(store->db, other, &s));
        vs__bind_blob(s, 1, record.bytes, VS__DIGEST_BYTES);
        assert_store(VS_OK, store, vs__stmt_run(s));
        assert_store(VS_OK, store, vs_variable_open(store, "scope/v00", &v));
        assert_store(VS_ERR_CORRUPT, store, vs_variable_read(v, &view));
        vs_variable_free(v);
        assert_store(VS_OK, store, vs__stmt_get(store->db, read, &s));
        assert_store(VS_OK, store, vs__stmt_step(s));
        facts = vs__facts_read(1, s, 0);
        record = vs__facts_digest(&facts);
        record = vs__variable_record(&record, vs__column_i64(s, VS__N_FACTS));
        vs__stmt_reset(s);
    }
    assert_store(VS_OK, store, vs__stmt_get(store->db, gone, &s));
    assert_store(VS_OK, store, vs__stmt_run(s));
    assert_store(VS_OK, store, vs_variable_open(store, "scope/v00", &v));
    assert_store(VS_ERR_CORRUPT, store, vs_variable_read(v, &view));
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_store_rollback(store));
    vs_store_close(store);
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
    const struct vs__name_row row = {
        .id = 1, .variable = 1, .dtype = VS_F32, .shape = vs_shape_1d(2)};
    const struct vs__digest own = vs__name_record(&row, "w");
    struct vs__name_row others[] = {row, row, row, row, row, row, row};
    struct vs__digest record = vs__name_record(&row, "v");

    (void)state;
    assert_false(vs__digest_equal(&own, &record));
    others[0].id = 2;
    others[1].variable = 2;
    others[2].alias = true;
    others[3].trainable = true;
    others[6].is_part = true;
    others[4].dtype = VS_I32;
    others[5].shape.dims[0] = 3;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        record = vs__name_record(&others[i], "w");
        assert_false(vs__digest_equal(&own, &record));
    }
}

static void an_initializer_that_is_not_known_counts_as_empty(void **state)
{
    struct vs__facts facts = {.shape = "[3]", .initializer = "", .site = "x"};
    const struct vs__digest empty = vs__facts_digest(&facts);
    struct vs__digest unknown;

    (void)state;
    facts.initializer = NULL;
    unknown = vs__facts_digest(&facts);
    assert_true(vs__digest_equal(&empty, &unknown));
    facts.initializer = "zeros";
    unknown = vs__facts_digest(&facts);
    assert_false(vs__digest_equal(&empty, &unknown));
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_name_that_was_changed_is_not_taken_for_a_new_one),
        IN_DIR(names_beside_a_changed_one_are_found_or_corrupt),
        IN_DIR(a_name_that_was_changed_cannot_be_made_again),
        IN_DIR(a_name_whose_variable_is_gone_or_another_is_damage),
        cmocka_unit_test(every_bit_of_a_saved_row_changes_its_mark),
        cmocka_unit_test(records_tell_rows_apart),
        cmocka_unit_test(an_initializer_that_is_not_known_counts_as_empty),
    };

    return cmocka_run_group_tests_name("model.record", tests, NULL, NULL);
}
