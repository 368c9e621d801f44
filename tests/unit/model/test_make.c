/* test_make.c - model/make: what is refused before anything is made, and when the
 * elements of a first value are asked for.
 */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "m.db"), VS_OPEN_CREATE_NEW);
}

static void assert_tells(vs_store *store, const char *words)
{
    if (strstr(vs_store_error(store)->message, words) == NULL)
        fail_msg("%s, want %s", vs_store_error(store)->message, words);
}

/* Refused, in words that have these in them; the name stays free. */
static void refuses(vs_store *store, const vs_variable_spec *spec,
                    vs_status want, const char *words)
{
    vs_variable *v = NULL;

    assert_store(want, store, vs_variable_create(store, "w", spec, &v));
    assert_null(v);
    assert_tells(store, words);
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, "w", &v));
}

static void a_shape_of_no_rank_is_refused(void **state)
{
    vs_store *store = fresh(state);
    vs_shape shape = {VS_UNKNOWN, {0}};
    const vs_variable_spec spec = {.shape = &shape};

    refuses(store, &spec, VS_ERR_NEEDSHAPE, "variable w needs a fully known");
    shape.rank = -7;
    refuses(store, &spec, VS_ERR_SHAPE, "-7");
    shape.rank = VS_MAX_RANK + 1;
    refuses(store, &spec, VS_ERR_SHAPE, "17");
    vs_store_close(store);
}

static void each_collection_needs_a_key(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2);
    const char *const first[] = {"", "mine", NULL};
    const char *const last[] = {"mine", "", NULL};
    vs_variable_spec spec = {.shape = &shape, .collections = first};

    refuses(store, &spec, VS_ERR_NAME, "a collection's key has 0 bytes");
    spec.collections = last;
    refuses(store, &spec, VS_ERR_NAME, "a collection's key has 0 bytes");
    vs_store_close(store);
}

static void a_spec_of_a_later_library_is_not_half_understood(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2);
    struct {
        vs_variable_spec known;
        uint64_t more;
    } later = {{.size = sizeof later, .shape = &shape}, 1};

    refuses(store, &later.known, VS_ERR_UNSUPPORTED, "vs_variable_spec");
    later.more = 0;
    assert_store(VS_OK, store,
                 vs_variable_create(store, "w", &later.known, NULL));
    vs_store_close(store);
}

/* -------- Parts that the partitioner wants drawn one by one. */

static vs_partitioner one_by_one(int64_t parts)
{
    vs_partitioner p = vs_fixed_size_partitioner(parts, 0);

    p.per_part = true;
    return p;
}

/* What TensorFlow gives each part is random numbers, and lists: an identity is
 * that of the whole. */
static void an_identity_is_cut_all_the_same(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(4, 4);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_identity(1),
                                   .partitioner = one_by_one(2)};
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    values = test_read_f32(v);
    for (int i = 0; i < 16; i++)
        assert_true(values[i] == (i % 5 == 0 ? 1 : 0));
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

/* Each part gets the whole list, which is too long for one. */
static void a_list_that_fits_no_part_is_refused(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(6);
    float numbers[] = {1, 2, 3, 4};
    const vs_shape listed = vs_shape_1d(4);
    const vs_view list = vs_view_of(VS_F32, &listed, numbers);
    vs_variable_spec spec = {.shape = &shape,
                             .initializer = vs_constant_list(&list),
                             .partitioner = one_by_one(2)};
    vs_variable *v = NULL;
    float *values;

    refuses(store, &spec, VS_ERR_SHAPE, "a list of 4 values, but shape [3]");
    spec.partitioner.per_part = false;
    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    values = test_read_f32(v);
    for (int i = 0; i < 6; i++)
        assert_true(values[i] == (i < 4 ? (float)(i + 1) : 4));
    free(values);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

/* -------- Sources, which are asked in order. */

struct asked {
    int64_t n_calls;
    int64_t next;  /* the element that must come now */
    bool in_order; /* none came too early, or twice */
};

static vs_status count_up(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct asked *asked = ctx;
    uint8_t *to = dst;

    asked->n_calls++;
    asked->in_order = asked->in_order && first == asked->next;
    asked->next = first + n;
    for (int64_t i = 0; i < n; i++)
        to[i] = (uint8_t)((first + i) % 251);
    return VS_OK;
}

/* More parts than are computed ahead: the first thousand are, all others as they
 * are written. */
static void many_small_parts_are_asked_for_in_order(void **state)
{
    enum { PARTS = 1030, EACH = 4096 };
    vs_store *store = fresh(state);
    struct asked asked = {0, 0, true};
    const vs_shape shape = vs_shape_2d(PARTS, EACH);
    const vs_variable_spec spec = {
        .shape = &shape,
        .dtype = VS_U8,
        .initializer = vs_from_source((vs_source){count_up, &asked}),
        .partitioner = vs_fixed_size_partitioner(PARTS, 0)};
    vs_variable *v = NULL;
    uint8_t *values = malloc((size_t)PARTS * EACH);
    vs_view view;

    assert_non_null(values);
    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    assert_true(asked.in_order);
    assert_int_equal(asked.next, (int64_t)PARTS * EACH);
    view = vs_view_of(VS_U8, vs_variable_shape(v), values);
    assert_store(VS_OK, store, vs_variable_read(v, &view));
    for (int64_t i = 0; i < (int64_t)PARTS * EACH; i++)
        if (values[i] != i % 251)
            fail_msg("element %lld is %d", (long long)i, values[i]);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

/* A store that cannot take the value does not have it computed. */
static void nothing_is_computed_for_a_store_open_for_reading(void **state)
{
    vs_store *store = fresh(state);
    struct asked asked = {0, 0, true};
    const vs_shape shape = vs_shape_1d(100000);
    const vs_variable_spec spec = {
        .shape = &shape,
        .dtype = VS_U8,
        .initializer = vs_from_source((vs_source){count_up, &asked})};

    vs_store_close(store);
    store = test_open(test_path(state, "m.db"), VS_OPEN_READ);
    refuses(store, &spec, VS_ERR_READONLY, "opened for reading only");
    assert_int_equal(asked.n_calls, 0);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_shape_of_no_rank_is_refused),
        with_dir(each_collection_needs_a_key),
        with_dir(a_spec_of_a_later_library_is_not_half_understood),
        with_dir(an_identity_is_cut_all_the_same),
        with_dir(a_list_that_fits_no_part_is_refused),
        with_dir(many_small_parts_are_asked_for_in_order),
        with_dir(nothing_is_computed_for_a_store_open_for_reading),
    };

    return cmocka_run_group_tests_name("model.make", tests, NULL, NULL);
}
