/* test_get.c - model/get: what a scope makes of a name, in words too; races
 * to create, staged. Which mode does what stands in tests/conformance. */
#include "getting.h"

static void a_taken_name_tells_who_and_the_mode(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape};
    const char *message;

    make(f, "a/w", VS_F32, shape);
    enter(f, "a", VS_REUSE_INHERIT);
    message = refused(f, VS_ERR_EXISTS, "w", &spec);
    assert_tells(message, "variable a/w already exists");
    assert_tells(message, "made by test");
    assert_tells(message, "here.c:1");
    assert_tells(message, "disallowed by reuse none");
    assert_tells(vs_store_error(f->store)->hint, "VS_REUSE_AUTO");
}

static void an_absent_name_tells_the_mode(void **state)
{
    struct fixture *f = *state;
    const char *message;

    enter(f, "a", VS_REUSE_TRUE);
    message = refused(f, VS_ERR_NOTFOUND, "w", NULL);
    assert_tells(message, "variable a/w does not exist");
    assert_tells(message, "reuse true only fetches");
    assert_tells(vs_store_error(f->store)->hint, "VS_REUSE_AUTO");
}

static void a_long_name_leaves_room_for_the_reason(void **state)
{
    struct fixture *f = *state;
    char name[VS_NAME_MAX + 1];
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.dtype = VS_I32, .shape = &shape};
    const vs_variable_spec typed = {.dtype = VS_I32};
    const char *message;

    memset(name, 'n', VS_NAME_MAX);
    name[VS_NAME_MAX] = '\0';
    make(f, name, VS_F32, vs_shape_1d(2));
    enter(f, "", VS_REUSE_TRUE);
    message = refused(f, VS_ERR_SHAPE, name, &spec);
    assert_tells(message, "specified shape [3] and found shape [2]");
    message = refused(f, VS_ERR_DTYPE, name, &typed);
    assert_tells(message, "dtype i32 (of the call) and found dtype f32");
}

static void the_deepest_shapes_are_told_whole_enough(void **state)
{
    struct fixture *f = *state;
    vs_shape have = {VS_MAX_RANK, {0}};
    vs_shape want = {VS_MAX_RANK, {0}};
    const vs_variable_spec spec = {.shape = &want};

    for (int i = 0; i < VS_MAX_RANK; i++) {
        have.dims[i] = 1;
        want.dims[i] = VS_UNKNOWN;
    }
    want.dims[VS_MAX_RANK - 1] = 2;
    make(f, "w", VS_F32, have);
    enter(f, "", VS_REUSE_TRUE);
    assert_tells(refused(f, VS_ERR_SHAPE, "w", &spec), "?,2] and found");
}

static void shape_is_compared_before_dtype(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.dtype = VS_I32, .shape = &shape};

    make(f, "w", VS_F32, vs_shape_1d(2));
    enter(f, "", VS_REUSE_AUTO);
    (void)refused(f, VS_ERR_SHAPE, "w", &spec);
}

/* Nor is it taken for a value's shape, which a fetch of parts may repeat. */
static void a_shape_that_cannot_be_fetches_no_parts(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape none = {VS_MAX_RANK + 1, {0}};
    const vs_variable_spec cut = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(2, 0)};
    const vs_variable_spec spec = {.shape = &none};

    assert_store(VS_OK, f->store,
                 vs_variable_create(f->store, "p", &cut, NULL));
    enter(f, "", VS_REUSE_TRUE);
    assert_tells(refused(f, VS_ERR_SHAPE, "p", &spec), "variable p");
    assert_tells(refused(f, VS_ERR_SHAPE, "p", &spec), "17");
}

static void a_held_value_brings_its_dtype_into_what_it_creates(void **state)
{
    struct fixture *f = *state;
    const int32_t seven = 7;
    const vs_shape scalar = vs_shape_scalar();
    const vs_view value = vs_view_const(VS_I32, &scalar, &seven);
    const vs_scope_options options = {.reuse = VS_REUSE_AUTO,
                                      .initializer = vs_value(&value)};
    const vs_variable_spec floats = {.dtype = VS_F32};
    vs_variable *v = NULL;

    make(f, "w", VS_F32, scalar);
    assert_store(VS_OK, f->store, vs_scope_enter(f->ctx, "", &options, NULL));
    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, "w", &floats, &v));
    vs_variable_free(v);
    /* to fetch, the value is ignored; to create, its dtype goes before that of
     * the call (S53), which finds what it made */
    for (int i = 0; i < 2; i++) {
        assert_store(VS_OK, f->store,
                     vs_get_variable(f->ctx, "new", &floats, &v));
        assert_int_equal(vs_variable_dtype(v), VS_I32);
        vs_variable_free(v);
    }
    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, "w", NULL, &v));
    vs_variable_free(v);
}

static void a_success_leaves_no_words(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.shape = &shape};
    vs_variable *v = NULL;

    enter(f, "", VS_REUSE_AUTO);
    for (int i = 0; i < 2; i++) {
        assert_store(VS_OK, f->store, vs_get_variable(f->ctx, "w", &spec, &v));
        assert_int_equal(vs_store_error(f->store)->status, VS_OK);
        vs_variable_free(v);
    }
}

static void an_unknown_dtype_is_refused_both_ways(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.dtype = (vs_dtype)99, .shape = &shape};

    enter(f, "", VS_REUSE_AUTO);
    (void)refused(f, VS_ERR_DTYPE, "w", &spec);
    make(f, "w", VS_F32, shape);
    (void)refused(f, VS_ERR_DTYPE, "w", &spec);
}

/* Somebody else, with a handle of his own, who makes the variable while our
 * initial value is computed: after we saw that the name is absent and before
 * we may write. */
struct rival {
    vs_store *store;
    const char *name;
    vs_shape shape;
    int n_made; /* variables he made */
};

#define N_RACE 4096 /* elements: enough to be computed ahead of the lock */

static vs_status fill_and_rival(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct rival *rival = ctx;
    float *x = dst;

    if (rival->n_made == 0) {
        const vs_variable_spec spec = {.shape = &rival->shape,
                                       .initializer = vs_constant(2)};

        rival->n_made++;
        assert_store(
            VS_OK, rival->store,
            vs_variable_create(rival->store, rival->name, &spec, NULL));
    }
    (void)first;
    for (int64_t i = 0; i < n; i++)
        x[i] = 1;
    return VS_OK;
}

/* Runs that race in the given mode. */
static vs_status race(struct fixture *f, vs_reuse reuse, vs_shape winners,
                      vs_variable **out)
{
    struct rival rival = {test_open(f->path, VS_OPEN_WRITE), "w", winners, 0};
    const vs_shape shape = vs_shape_1d(N_RACE);
    const vs_variable_spec spec = {
        .shape = &shape,
        .initializer = vs_from_source((vs_source){fill_and_rival, &rival})};
    vs_status st;

    enter(f, "", reuse);
    st = vs_get_variable(f->ctx, "w", &spec, out);
    assert_int_equal(rival.n_made, 1);
    vs_store_close(rival.store);
    return st;
}

static void the_loser_of_a_race_gets_the_winners_variable(void **state)
{
    struct fixture *f = *state;
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, f->store,
                 race(f, VS_REUSE_AUTO, vs_shape_1d(N_RACE), &v));
    values = test_read_f32(v);
    assert_true(values[0] == 2 && values[N_RACE - 1] == 2);
    free(values);
    vs_variable_free(v);
}

static void the_winners_variable_must_still_fit(void **state)
{
    struct fixture *f = *state;
    vs_variable *v = NULL;

    assert_store(VS_ERR_SHAPE, f->store,
                 race(f, VS_REUSE_AUTO, vs_shape_1d(3), &v));
    assert_tells(vs_store_error(f->store)->message,
                 "specified shape [4096] and found shape [3]");
    assert_null(v);
}

static void whoever_creates_only_is_told_that_he_lost(void **state)
{
    struct fixture *f = *state;
    vs_variable *v = NULL;

    assert_store(VS_ERR_EXISTS, f->store,
                 race(f, VS_REUSE_NONE, vs_shape_1d(N_RACE), &v));
    assert_tells(vs_store_error(f->store)->message, "w already exists");
    assert_tells(vs_store_error(f->store)->message, "reuse none");
    assert_null(v);
}

/* -------- What cannot be kept, or is not given. */

static vs_status lose(const vs_view *view, double *out, void *data)
{
    (void)view;
    (void)data;
    *out = 0;
    return VS_OK;
}

static vs_status leave(const vs_view *view, void *data)
{
    (void)view;
    (void)data;
    return VS_OK;
}

static void a_callback_without_a_name_is_not_kept(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(1);
    const vs_regularizer terms[] = {vs_l1_regularizer(1),
                                    vs_custom_regularizer(NULL, lose, NULL)};
    vs_variable_spec spec = {.shape = &shape,
                             .regularizer = vs_sum_regularizer(terms, 2)};

    assert_tells(refused(f, VS_ERR_MISUSE, "v", &spec),
                 "its regularizer is a callback without a name");
    spec.regularizer = vs_l1_regularizer(1);
    spec.constraint = vs_custom_constraint(NULL, leave, NULL);
    assert_tells(refused(f, VS_ERR_MISUSE, "v", &spec),
                 "its constraint is a callback without a name");
}

static void a_value_that_is_not_given_is_refused(void **state)
{
    struct fixture *f = *state;
    const vs_variable_spec spec = {.initializer = vs_value(NULL)};
    const vs_variable_spec shapeless = {.shape = NULL};

    assert_tells(refused(f, VS_ERR_INITIALIZER, "v", &spec), "value");
    assert_store(VS_ERR_INITIALIZER, f->store,
                 vs_variable_create(f->store, "v", &spec, NULL));
    assert_store(VS_ERR_NEEDSHAPE, f->store,
                 vs_variable_create(f->store, "v", &shapeless, NULL));
}

static void values_of_a_scope_are_of_its_store(void **state)
{
    struct fixture *f = *state;
    const char *path = test_path(&f->dir, "other.db");
    vs_store *other = test_open(path, VS_OPEN_CREATE_NEW);
    vs_variable *theirs = test_iota(other, "v", vs_shape_1d(1));
    vs_variable *ours = test_iota(f->store, "v", vs_shape_1d(1));
    vs_variable *const values[] = {ours, theirs};
    vs_scope_options options = {.values = values, .n_values = 2};
    vs_scope *scope = NULL;

    assert_false(vs_variable_same(ours, theirs)); /* their ids are the same */
    assert_store(VS_ERR_MISUSE, f->store,
                 vs_scope_enter(f->ctx, "s", &options, &scope));
    options.n_values = 1;
    assert_store(VS_OK, f->store,
                 vs_scope_enter(f->ctx, "s", &options, &scope));
    vs_variable_free(ours);
    vs_variable_free(theirs);
    vs_store_close(other);
}

static void a_longer_spec_of_a_local_variable_must_end_in_zeros(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(1);
    struct {
        vs_variable_spec known;
        int64_t later;
    } spec;
    vs_variable *v = NULL;

    memset(&spec, 0, sizeof spec);
    spec.known.size = sizeof spec;
    spec.known.shape = &shape;
    spec.later = 1;
    assert_store(VS_ERR_UNSUPPORTED, f->store,
                 vs_get_local_variable(f->ctx, "v", &spec.known, &v));
    assert_null(v);
    assert_tells(vs_store_error(f->store)->message, "vs_variable_spec");
    spec.later = 0;
    assert_store(VS_OK, f->store,
                 vs_get_local_variable(f->ctx, "v", &spec.known, &v));
    vs_variable_free(v);
}

/* Each mode, with success and with failure, as allocations fail. */
struct attempt {
    vs_store *store;
    const char *name;
    vs_reuse reuse;
    vs_status otherwise; /* what it gives when memory lasts */
};

static vs_status attempt(void *given)
{
    const struct attempt *a = given;
    const vs_scope_options options = {.reuse = a->reuse};
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.shape = &shape};
    vs_context *ctx = NULL;
    vs_variable *v = NULL;
    vs_status st = vs_context_new(a->store, &ctx);

    if (st == VS_OK)
        st = vs_scope_enter(ctx, "", &options, NULL);
    if (st == VS_OK)
        st = vs_get_variable(ctx, a->name, &spec, &v);
    if (st != VS_OK)
        assert_null(v);
    vs_variable_free(v);
    vs_context_free(ctx);
    return st == a->otherwise ? VS_OK : st;
}

static void memory_that_runs_out_is_told_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct attempt attempts[] = {
        {f->store, "absent", VS_REUSE_TRUE, VS_ERR_NOTFOUND},
        {f->store, "new", VS_REUSE_NONE, VS_OK},
        {f->store, "new", VS_REUSE_NONE, VS_ERR_EXISTS},
        {f->store, "newer", VS_REUSE_AUTO, VS_OK},
        {f->store, "newer", VS_REUSE_AUTO, VS_OK},
        {f->store, "newer", VS_REUSE_TRUE, VS_OK},
    };

    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        assert_true(
            test_each_allocation_failing(attempt, &attempts[i], false) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_taken_name_tells_who_and_the_mode),
        TEST(an_absent_name_tells_the_mode),
        TEST(a_long_name_leaves_room_for_the_reason),
        TEST(the_deepest_shapes_are_told_whole_enough),
        TEST(shape_is_compared_before_dtype),
        TEST(a_shape_that_cannot_be_fetches_no_parts),
        TEST(a_held_value_brings_its_dtype_into_what_it_creates),
        TEST(a_success_leaves_no_words),
        TEST(an_unknown_dtype_is_refused_both_ways),
        TEST(the_loser_of_a_race_gets_the_winners_variable),
        TEST(the_winners_variable_must_still_fit),
        TEST(whoever_creates_only_is_told_that_he_lost),
        TEST(a_callback_without_a_name_is_not_kept),
        TEST(a_value_that_is_not_given_is_refused),
        TEST(values_of_a_scope_are_of_its_store),
        TEST(a_longer_spec_of_a_local_variable_must_end_in_zeros),
        TEST(memory_that_runs_out_is_told_and_changes_nothing),
    };

    return cmocka_run_group_tests_name("model.get", tests, NULL, NULL);
}
