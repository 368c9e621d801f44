/* test_loss.c - model/loss: losses of variables, parts and scopes. */
#include "stores.h"

#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "l.db"), VS_OPEN_CREATE_NEW);
}

static vs_variable *make(vs_store *store, const char *name, vs_dtype dtype,
                         vs_regularizer regularizer, vs_constraint constraint)
{
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {.shape = &shape,
                                   .dtype = dtype,
                                   .initializer = vs_ones(),
                                   .regularizer = regularizer,
                                   .constraint = constraint};
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
    return v;
}

static double loss_of(vs_variable *v)
{
    double loss = -1;

    assert_store(VS_OK, vs_variable_store(v), vs_variable_loss(v, &loss));
    return loss;
}

static void an_alias_does_not_count_again(void **state)
{
    vs_store *store = fresh(state);
    double total = 0;
    int64_t n = 0;

    vs_variable_free(
        make(store, "a", VS_F32, vs_l1_regularizer(0.5), vs_no_constraint()));
    assert_ok(vs_variable_alias(store, "a", "b"));
    assert_store(VS_OK, store, vs_scope_loss(store, "", &total, &n));
    assert_float_equal(total, 2, 1e-12);
    assert_int_equal(n, 1);
    assert_store(VS_OK, store, vs_scope_loss(store, NULL, &total, NULL));
    assert_float_equal(total, 2, 1e-12);
    vs_store_close(store);
}

static void the_parts_have_losses_of_their_own(void **state)
{
    vs_store *store = fresh(state);
    vs_context *ctx = NULL;
    const vs_shape shape = vs_shape_2d(4, 2);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_ones(),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0),
                                   .regularizer = vs_l1_regularizer(1)};
    vs_variable *v = NULL;
    double total = 0;
    int64_t n = 0;

    assert_ok(vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_get_variable(ctx, "p", &spec, &v));
    assert_float_equal(loss_of(v), 8, 1e-12);
    assert_float_equal(loss_of(vs_variable_part(v, 1)), 4, 1e-12);
    assert_store(VS_OK, store, vs_scope_loss(store, NULL, &total, &n));
    assert_float_equal(total, 8, 1e-12);
    vs_variable_free(v);
    vs_context_free(ctx);
    vs_store_close(store);
}

static void whole_numbers_have_none(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v =
        make(store, "a", VS_I32, vs_l2_regularizer(1), vs_no_constraint());
    double loss = -1;

    assert_store(VS_ERR_DTYPE, store, vs_variable_loss(v, &loss));
    assert_non_null(strstr(vs_store_error(store)->message, "needs floats"));
    assert_store(VS_ERR_DTYPE, store, vs_scope_loss(store, NULL, &loss, NULL));
    assert_float_equal(loss, -1, 0);
    vs_variable_free(v);
    vs_store_close(store);
}

static void without_a_rule_nothing_happens(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v =
        make(store, "a", VS_F32, vs_no_regularizer(), vs_no_constraint());
    int64_t before = 0;
    int64_t after = 0;

    assert_float_equal(loss_of(v), 0, 0);
    assert_ok(vs_variable_version(v, &before));
    assert_store(VS_OK, store, vs_variable_constrain(v));
    assert_ok(vs_variable_version(v, &after));
    assert_int_equal(before, after);
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_scope_that_is_none_is_refused(void **state)
{
    vs_store *store = fresh(state);
    double loss = -1;

    assert_store(VS_ERR_NAME, store, vs_scope_loss(store, "a//b", &loss, NULL));
    assert_float_equal(loss, -1, 0);
    vs_store_close(store);
}

static void a_variable_of_no_elements_has_no_loss(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(0, 3);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_zeros(),
                                   .regularizer = vs_l2_regularizer(1),
                                   .constraint = vs_non_neg()};
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "a", &spec, &v));
    assert_float_equal(loss_of(v), 0, 0);
    assert_store(VS_OK, store, vs_variable_constrain(v));
    vs_variable_free(v);
    vs_store_close(store);
}

static void rules_are_told_as_often_as_they_are_asked_for(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v =
        make(store, "a", VS_F32, vs_l1_regularizer(0.5), vs_non_neg());
    const char *regularizer = NULL;
    const char *constraint = NULL;

    for (int i = 0; i < 2; i++) {
        regularizer = constraint = NULL;
        assert_store(VS_OK, store,
                     vs_variable_rules(v, &regularizer, &constraint));
        assert_non_null(strstr(regularizer, "\"l1\":0.5"));
        assert_string_equal(constraint, "{\"kind\":\"non_neg\"}");
    }
    vs_variable_free(v);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(an_alias_does_not_count_again),
        with_dir(the_parts_have_losses_of_their_own),
        with_dir(whole_numbers_have_none),
        with_dir(without_a_rule_nothing_happens),
        with_dir(a_scope_that_is_none_is_refused),
        with_dir(a_variable_of_no_elements_has_no_loss),
        with_dir(rules_are_told_as_often_as_they_are_asked_for),
    };

    return cmocka_run_group_tests_name("model.loss", tests, NULL, NULL);
}
