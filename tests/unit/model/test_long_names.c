/* test_long_names.c - words of failures of the model: a name as long as can be
 * leaves room for the reason.
 */
#include "stores.h"

#include <stdio.h>
#include <string.h>

#define LONG 1000 /* bytes: parts have names, too, and there is room behind */

static const vs_shape three = {1, {3}};

/* Names of LONG bytes, alike but for the last. */
static const char *name_of(char last)
{
    static char names[4][LONG + 1];
    static int next;
    char *name = names[next++ % 4];

    memset(name, 'n', LONG - 1);
    name[LONG - 1] = last;
    name[LONG] = '\0';
    return name;
}

static const char *below(const char *name, const char *rest)
{
    static char path[LONG + 20];

    (void)snprintf(path, sizeof path, "%s/%s", name, rest);
    return path;
}

static vs_status create(vs_store *store, char last,
                        const vs_variable_spec *spec)
{
    return vs_variable_create(store, name_of(last), spec, NULL);
}

/* Variables i (i32), b (bool), f (f32), and p in two parts; a checkpoint. */
static vs_store *make(void **state)
{
    vs_store *store = test_open(test_path(state, "l.db"), VS_OPEN_CREATE_NEW);
    const vs_variable_spec i = {
        .shape = &three, .dtype = VS_I32, .regularizer = vs_l1_regularizer(1)};
    const vs_variable_spec b = {.shape = &three, .dtype = VS_BOOL};
    const vs_variable_spec f = {.shape = &three};
    const vs_variable_spec p = {.shape = &three,
                                .partitioner = vs_fixed_size_partitioner(2, 0)};

    assert_store(VS_OK, store, create(store, 'i', &i));
    assert_store(VS_OK, store, create(store, 'b', &b));
    assert_store(VS_OK, store, create(store, 'f', &f));
    assert_store(VS_OK, store, create(store, 'p', &p));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    return store;
}

static vs_variable *open(vs_store *store, char last)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_open(store, name_of(last), &v));
    return v;
}

/* Failed so, for this reason, of a thing with such a name. */
#define FAILS(store, want, words, call)         \
    do {                                        \
        assert_store((want), (store), (call));  \
        tells((store), "nnnnnnnnnnnnnnnnnnnn"); \
        tells((store), (words));                \
    } while (false)

static void tells(vs_store *store, const char *words)
{
    if (strstr(vs_store_error(store)->message, words) == NULL)
        fail_msg("%s, want %s", vs_store_error(store)->message, words);
}

static void names_that_are_taken_or_bound_tell_why(void **state)
{
    vs_store *store = make(state);
    const vs_variable_spec f = {.shape = &three};
    const char *scope = name_of('s');

    FAILS(store, VS_ERR_EXISTS, "made by test", create(store, 'f', &f));
    FAILS(store, VS_ERR_PARTITION, "keeps its name as long as",
          vs_variable_delete(store, below(name_of('p'), "part_0")));
    FAILS(store, VS_ERR_MISUSE, "one is inside the other",
          vs_scope_move(store, scope, below(scope, "in"), NULL));
    FAILS(store, VS_ERR_NOTFOUND, "exists in",
          vs_scope_move(store, scope, "to", NULL));
    vs_store_close(store);
}

static void what_cannot_be_made_tells_why(void **state)
{
    vs_store *store = make(state);
    float numbers[3] = {1, 2, 3};
    const vs_view list = vs_view_of(VS_F32, &three, numbers);
    const vs_variable_spec late = {.shape = &three,
                                   .initializer = vs_constant_list(&list),
                                   .deferred = VS_YES};
    const vs_variable_spec none = {.shape = &three, .dtype = (vs_dtype)99};
    const vs_shape deep = {VS_MAX_RANK + 1, {0}};
    const vs_variable_spec rank = {.shape = &deep};
    vs_context *ctx = NULL;
    vs_variable *v = NULL;

    FAILS(store, VS_ERR_INITIALIZER, "cannot be stored",
          create(store, 'x', &late));
    FAILS(store, VS_ERR_DTYPE, "99 is no dtype", create(store, 'x', &none));
    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    FAILS(store, VS_ERR_SHAPE, "17",
          vs_get_variable(ctx, name_of('x'), &rank, &v));
    vs_context_free(ctx);
    vs_store_close(store);
}

static void what_cannot_be_done_with_a_value_tells_why(void **state)
{
    vs_store *store = make(state);
    vs_variable *i = open(store, 'i');
    vs_variable *b = open(store, 'b');
    vs_variable *f = open(store, 'f');
    vs_variable *p = open(store, 'p');
    vs_variable *then = NULL;
    float numbers[3] = {1, 2, 3};
    const vs_view view = vs_view_of(VS_F32, &three, numbers);
    double loss = 0;

    assert_store(VS_OK, store,
                 vs_variable_open_at(store, 1, name_of('f'), &then));
    FAILS(store, VS_ERR_DTYPE, "needs floats", vs_variable_loss(i, &loss));
    FAILS(store, VS_ERR_DTYPE, "f32", vs_variable_write(i, &view));
    FAILS(store, VS_ERR_DTYPE, "want a dtype with addition",
          vs_variable_assign_add(b, &view));
    FAILS(store, VS_ERR_READONLY, "cannot be written",
          vs_variable_write(then, &view));
    FAILS(store, VS_ERR_MISUSE, "0 is no version",
          vs_variable_compare_and_swap(f, 0, &view, NULL));
    FAILS(store, VS_ERR_CONFLICT, "expected 77",
          vs_variable_compare_and_swap(f, 77, &view, NULL));
    FAILS(store, VS_ERR_PARTITION, "has 2 parts, each with versions",
          vs_variable_compare_and_swap(p, 1, &view, NULL));
    vs_variable_free(i);
    vs_variable_free(b);
    vs_variable_free(f);
    vs_variable_free(p);
    vs_variable_free(then);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(names_that_are_taken_or_bound_tell_why),
        with_dir(what_cannot_be_made_tells_why),
        with_dir(what_cannot_be_done_with_a_value_tells_why),
    };

    return cmocka_run_group_tests_name("model.long_names", tests, NULL, NULL);
}
