/* test_get_getters.c - model/get: what getters and creators pass on, and what
 * they say.
 */
#include "getting.h"

static vs_status pass_a_mode(vs_next *next, const vs_getting *getting,
                             void *data, vs_variable **out)
{
    vs_getting other = *getting;

    (void)data;
    other.reuse = (vs_reuse)9;
    return vs_next_get(next, &other, out);
}

static vs_status pass_no_name(vs_next *next, const vs_getting *getting,
                              void *data, vs_variable **out)
{
    vs_getting other = *getting;

    (void)data;
    other.name = NULL;
    return vs_next_get(next, &other, out);
}

static vs_status pass_nothing(vs_next *next, const vs_getting *getting,
                              void *data, vs_variable **out)
{
    (void)getting;
    (void)data;
    return vs_next_get(next, NULL, out);
}

static vs_status pass_a_dtype(vs_next *next, const vs_getting *getting,
                              void *data, vs_variable **out)
{
    vs_getting other = *getting;

    (void)data;
    other.spec.dtype = VS_I32;
    return vs_next_get(next, &other, out);
}

static vs_status say_it_exists(vs_next *next, const vs_getting *getting,
                               void *data, vs_variable **out)
{
    int *n = data;

    (void)next;
    (void)getting;
    (void)out;
    ++*n;
    return VS_ERR_EXISTS;
}

static void a_getter_passes_on_what_can_be_got(void **state)
{
    static const struct {
        vs_getter_fn get;
        const char *words;
    } cases[] = {
        {pass_a_mode, "a getter passed on reuse mode 9"},
        {pass_no_name, "getter"},
        {pass_nothing, "getter"},
    };
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(1);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const vs_getter getter = {cases[i].get, NULL, NULL};
        const vs_variable_spec spec = {.shape = &shape, .getter = &getter};

        assert_tells(refused(f, VS_ERR_MISUSE, "v", &spec), cases[i].words);
    }
}

static void a_dtype_that_a_getter_named_is_told_as_such(void **state)
{
    struct fixture *f = *state;
    const vs_getter getter = {pass_a_dtype, NULL, NULL};
    const vs_variable_spec spec = {.dtype = VS_F32, .getter = &getter};

    make(f, "v", VS_F32, vs_shape_1d(1));
    enter(f, "", VS_REUSE_TRUE);
    assert_tells(refused(f, VS_ERR_DTYPE, "v", &spec),
                 "specified dtype i32 (of a getter) and found dtype f32");
}

/* It stands in place of the scope's, as any getter of a call does (S49). */
static void a_zeroed_getter_is_none(void **state)
{
    struct fixture *f = *state;
    const vs_scope_options options = {.getter = {pass_a_mode, NULL, NULL}};
    const vs_shape shape = vs_shape_1d(1);
    const vs_getter none = {NULL, NULL, NULL};
    const vs_variable_spec past = {.shape = &shape, .getter = &none};
    const vs_variable_spec spec = {.shape = &shape};
    vs_variable *v = NULL;

    assert_store(VS_OK, f->store, vs_scope_enter(f->ctx, "s", &options, NULL));
    assert_tells(refused(f, VS_ERR_MISUSE, "v", &spec), "reuse mode 9");
    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, "v", &past, &v));
    assert_string_equal(vs_variable_name(v), "s/v");
    vs_variable_free(v);
}

/* A creator's word goes, though nothing is there. */
static void a_creator_that_says_it_exists_is_told_with_the_mode(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape};
    int n = 0;
    const vs_getter getter = {say_it_exists, &n, NULL};
    vs_creator *creator = NULL;

    assert_store(VS_OK, f->store, vs_creator_enter(f->ctx, &getter, &creator));
    assert_tells(refused(f, VS_ERR_EXISTS, "v", &spec),
                 "a creator says that it exists; disallowed by reuse none");
    assert_int_equal(n, 1);
}

/* As if others made and deleted it whenever it is looked at. */
static void a_name_that_never_stays_is_given_up(void **state)
{
    struct fixture *f = *state;
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape};
    int n = 0;
    const vs_getter getter = {say_it_exists, &n, NULL};
    vs_creator *creator = NULL;

    assert_store(VS_OK, f->store, vs_creator_enter(f->ctx, &getter, &creator));
    enter(f, "", VS_REUSE_AUTO);
    assert_tells(refused(f, VS_ERR_BUSY, "v", &spec),
                 "created and deleted by others 64 times");
    assert_int_equal(n, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_getter_passes_on_what_can_be_got),
        TEST(a_dtype_that_a_getter_named_is_told_as_such),
        TEST(a_zeroed_getter_is_none),
        TEST(a_creator_that_says_it_exists_is_told_with_the_mode),
        TEST(a_name_that_never_stays_is_given_up),
    };

    return cmocka_run_group_tests_name("model.get_getters", tests, NULL, NULL);
}
