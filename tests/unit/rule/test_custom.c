/* test_custom.c - rule/custom.h, and the callbacks of each rule. */
#include "rule/custom.h"

#include <string.h>

#include "support.h"
#include "varstore/partition.h"
#include "varstore/regularize.h"
#include "varstore/rule.h"

static void names_of_callbacks_are_plain_words(void **state)
{
    char longest[VS__CALLBACK_NAME_MAX + 2];

    (void)state;
    memset(longest, 'a', sizeof longest);
    longest[VS__CALLBACK_NAME_MAX] = '\0';
    assert_ok(vs__callback_name_check("getter", longest, NULL));
    longest[VS__CALLBACK_NAME_MAX] = 'a';
    longest[VS__CALLBACK_NAME_MAX + 1] = '\0';
    assert_status(VS_ERR_NAME, vs__callback_name_check("x", longest, NULL));
    assert_status(VS_ERR_NAME, vs__callback_name_check("x", "", NULL));
    assert_status(VS_ERR_NAME, vs__callback_name_check("x", "a b", NULL));
    assert_status(VS_ERR_NAME, vs__callback_name_check("x", "a\"", NULL));
}

static void a_callback_needs_a_name_or_a_pointer(void **state)
{
    vs_error err;

    (void)state;
    assert_ok(vs__custom_check("x", "a", false, NULL));
    assert_ok(vs__custom_check("x", NULL, true, NULL));
    assert_status(VS_ERR_MISUSE, vs__custom_check("x", NULL, false, NULL));
    assert_status(VS_ERR_CALLBACK, vs__custom_missing("getter", "mine", &err));
    assert_non_null(strstr(err.message, "getter 'mine'"));
    assert_status(VS_ERR_CALLBACK, vs__custom_missing("getter", NULL, &err));
    assert_non_null(strstr(err.message, "without a name"));
    assert_status(VS_ERR_MISUSE, vs__custom_stopped("x", "a", VS_DONE, &err));
    assert_status(VS_ERR_IO, vs__custom_stopped("x", "a", VS_ERR_IO, &err));
}

static vs_status count_up(const char *name, vs_dtype dtype,
                          const vs_shape *shape, int64_t first, int64_t n,
                          void *dst, void *data)
{
    int32_t *to = dst;

    assert_string_equal(name, "a/w");
    assert_int_equal(dtype, VS_I32);
    assert_int_equal(shape->rank, 1);
    for (int64_t i = 0; i < n; i++)
        to[i] = (int32_t)(first + i) + *(const int32_t *)data;
    return VS_OK;
}

static void a_custom_initializer_is_asked_for_elements(void **state)
{
    int32_t base = 5;
    int32_t out[3] = {0};
    const vs_shape shape = vs_shape_1d(3);
    vs_initializer init = vs_custom_initializer(NULL, count_up, &base);

    (void)state;
    assert_ok(vs_initializer_fill(&init, "a/w", 0, VS_I32, &shape, out, NULL));
    assert_int_equal(out[2], 7);
    init = vs_custom_initializer("mine", NULL, NULL);
    assert_status(VS_ERR_CALLBACK, vs_initializer_fill(&init, "a/w", 0, VS_I32,
                                                       &shape, out, NULL));
}

static vs_status first_element(const vs_view *view, double *out, void *data)
{
    if (data != NULL)
        return VS_ERR_CANCELLED;
    *out = *(const float *)view->data;
    return VS_OK;
}

static void a_custom_regularizer_tells_the_loss(void **state)
{
    float w[2] = {3, -4};
    double loss = 0;
    const vs_shape shape = vs_shape_1d(2);
    const vs_view view = vs_view_of(VS_F32, &shape, w);
    vs_regularizer r = vs_custom_regularizer("first", first_element, NULL);
    vs_regularizer terms[3];
    vs_regularizer sum = vs_sum_regularizer(terms, 3);

    (void)state;
    assert_ok(vs_regularizer_loss(&r, &view, &loss, NULL));
    assert_float_equal(loss, 3, 0);
    terms[0] = r;
    terms[1] = vs_no_regularizer();
    terms[2] = vs_keras_l1_l2(1, 0);
    assert_ok(vs_regularizer_loss(&sum, &view, &loss, NULL));
    assert_float_equal(loss, 10, 0);
    assert_status(VS_ERR_MISUSE, vs_regularizer_loss(&r, NULL, &loss, NULL));
    r.data = &r;
    terms[1] = r;
    loss = 7;
    assert_status(VS_ERR_CANCELLED,
                  vs_regularizer_loss(&r, &view, &loss, NULL));
    assert_status(VS_ERR_CANCELLED,
                  vs_regularizer_loss(&sum, &view, &loss, NULL));
    assert_float_equal(loss, 7, 0);
    r.loss = NULL;
    assert_status(VS_ERR_CALLBACK, vs_regularizer_loss(&r, &view, &loss, NULL));
}

static void a_sum_of_plain_terms_is_one_pass(void **state)
{
    float w[2] = {3, -4};
    double loss = 0;
    const vs_shape shape = vs_shape_1d(2);
    const vs_view view = vs_view_of(VS_F32, &shape, w);
    vs_regularizer terms[2] = {vs_l1_regularizer(1), vs_l2_regularizer(1)};
    vs_regularizer sum = vs_sum_regularizer(terms, 2);

    (void)state;
    assert_ok(vs_regularizer_loss(&sum, &view, &loss, NULL));
    assert_float_equal(loss, 7 + 12.5, 0);
    terms[1] = sum;
    assert_status(VS_ERR_MISUSE, vs_regularizer_loss(&sum, &view, &loss, NULL));
    sum.n_list = VS_REGULARIZER_TERMS + 1;
    assert_status(VS_ERR_MISUSE, vs_regularizer_loss(&sum, &view, &loss, NULL));
    terms[0] = vs_l1_regularizer(-1);
    terms[1] = vs_l1_regularizer(1);
    sum.n_list = 2;
    assert_status(VS_ERR_MISUSE, vs_regularizer_loss(&sum, &view, &loss, NULL));
    sum.list = NULL;
    assert_status(VS_ERR_MISUSE, vs_regularizer_loss(&sum, &view, &loss, NULL));
    sum = vs_sum_regularizer(NULL, 0);
    assert_ok(vs_regularizer_loss(&sum, &view, &loss, NULL));
    assert_float_equal(loss, 0, 0);
}

static vs_status halve(const vs_view *view, void *data)
{
    float *w = view->data;

    if (data != NULL)
        return VS_ERR_CANCELLED;
    w[0] /= 2;
    return VS_OK;
}

static void a_custom_constraint_changes_the_tensor(void **state)
{
    float w[1] = {3};
    const vs_shape shape = vs_shape_1d(1);
    const vs_view view = vs_view_of(VS_F32, &shape, w);
    vs_constraint c = vs_custom_constraint("half", halve, NULL);

    (void)state;
    assert_ok(vs_constraint_apply(&c, &view, NULL));
    assert_float_equal(w[0], 1.5, 0);
    assert_status(VS_ERR_MISUSE, vs_constraint_apply(&c, NULL, NULL));
    c.data = &c;
    assert_status(VS_ERR_CANCELLED, vs_constraint_apply(&c, &view, NULL));
    c.apply = NULL;
    assert_status(VS_ERR_CALLBACK, vs_constraint_apply(&c, &view, NULL));
    c.name = NULL;
    assert_status(VS_ERR_MISUSE, vs_constraint_apply(&c, &view, NULL));
}

static void a_named_partitioner_asks_for_its_callback(void **state)
{
    const vs_shape shape = vs_shape_1d(4);
    const vs_partitioner p = vs_custom_partitioner("mine", NULL, NULL);
    vs_partition cut;

    (void)state;
    assert_status(VS_ERR_CALLBACK,
                  vs_partitioner_apply(&p, VS_F32, &shape, &cut, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_callbacks_are_plain_words),
        cmocka_unit_test(a_callback_needs_a_name_or_a_pointer),
        cmocka_unit_test(a_custom_initializer_is_asked_for_elements),
        cmocka_unit_test(a_custom_regularizer_tells_the_loss),
        cmocka_unit_test(a_sum_of_plain_terms_is_one_pass),
        cmocka_unit_test(a_custom_constraint_changes_the_tensor),
        cmocka_unit_test(a_named_partitioner_asks_for_its_callback),
    };

    return cmocka_run_group_tests_name("rule.custom", tests, NULL, NULL);
}
