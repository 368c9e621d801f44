/* test_spec.c - rule/spec.h: rules to text and back. */
#include "rule/spec.h"

#include <math.h>
#include <string.h>

#include "support.h"

static void initializer_returns(vs_initializer init)
{
    char text[VS__SPEC_MAX];
    char again[VS__SPEC_MAX];
    struct vs__spec memory;
    vs_initializer back;

    vs__spec_of_initializer(&init, text);
    assert_ok(vs__spec_to_initializer(text, &memory, &back, NULL));
    vs__spec_of_initializer(&back, again);
    assert_string_equal(text, again);
    assert_int_equal(back.kind, init.kind);
    assert_true(back.seed == init.seed);
    assert_true(back.a == init.a || isnan(init.a));
    assert_true(back.b == init.b);
}

static void initializers_return(void **state)
{
    (void)state;
    initializer_returns(vs_initializer_of(VS_INIT_DEFAULT, 0, 0, VS_NO_SEED));
    initializer_returns(vs_zeros());
    initializer_returns(vs_constant(0.1));
    initializer_returns(vs_constant(NAN));
    initializer_returns(vs_constant(-INFINITY));
    initializer_returns(vs_random_normal(-1e-300, 1.0 / 3, INT64_MIN + 1));
    initializer_returns(vs_truncated_normal(0, 1, VS_NO_SEED));
    initializer_returns(vs_glorot_uniform(7));
    for (int fan = 0; fan <= VS_FAN_AVERAGE; fan++)
        for (int law = 0; law <= VS_SCALING_UNIFORM; law++)
            initializer_returns(
                vs_variance_scaling(2, (vs_fan)fan, (vs_scaling)law, 3));
    initializer_returns(vs_orthogonal(2, 1));
    initializer_returns(vs_custom_initializer("mine", NULL, NULL));
    initializer_returns(vs_custom_initializer(NULL, NULL, NULL));
}

static void regularizers_return(void **state)
{
    static const char longest[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    vs_regularizer terms[VS_REGULARIZER_TERMS];
    const vs_regularizer all[] = {
        vs_regularizer_of(VS_REGULARIZER_DEFAULT, 0, 0),
        vs_no_regularizer(),
        vs_l1_l2_regularizer(0.1, 1.0 / 3),
        vs_custom_regularizer("mine", NULL, NULL),
        vs_sum_regularizer(terms, VS_REGULARIZER_TERMS),
        vs_sum_regularizer(terms, 0),
    };

    (void)state;
    for (size_t i = 0; i < VS_REGULARIZER_TERMS; i++)
        terms[i] = i % 2 == 0
                       ? vs_custom_regularizer(longest, NULL, NULL)
                       : vs_keras_l1_l2(1.2345678901234567e-300, 1e300 / 3);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char text[VS__SPEC_MAX];
        char again[VS__SPEC_MAX];
        struct vs__spec memory;
        vs_regularizer back;

        vs__spec_of_regularizer(&all[i], text);
        assert_ok(vs__spec_to_regularizer(text, &memory, &back, NULL));
        vs__spec_of_regularizer(&back, again);
        assert_string_equal(text, again);
        assert_int_equal(back.kind, all[i].kind);
        assert_int_equal(back.n_list, all[i].n_list);
    }
}

static void constraints_return(void **state)
{
    const vs_constraint all[] = {
        vs_constraint_of(VS_CONSTRAINT_DEFAULT, 0, 0, 0, 0),
        vs_no_constraint(),
        vs_non_neg(),
        vs_max_norm(2.5, VS_AXIS(1)),
        vs_unit_norm(VS_AXIS(0) | VS_AXIS(15)),
        vs_min_max_norm(0.5, 1.5, 0.25, 0),
        vs_custom_constraint("mine", NULL, NULL),
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char text[VS__SPEC_MAX];
        char again[VS__SPEC_MAX];
        struct vs__spec memory;
        vs_constraint back;

        vs__spec_of_constraint(&all[i], text);
        assert_ok(vs__spec_to_constraint(text, &memory, &back, NULL));
        vs__spec_of_constraint(&back, again);
        assert_string_equal(text, again);
        assert_int_equal(back.kind, all[i].kind);
        assert_int_equal(back.axes, all[i].axes);
    }
}

static void partitioners_return(void **state)
{
    const vs_partitioner drawing = {
        .kind = VS_PARTITIONER_FIXED_SIZE, .parts = 2, .per_part = true};
    const vs_partitioner all[] = {
        vs_partitioner_of(VS_PARTITIONER_DEFAULT, 0, 0, 0),
        vs_no_partitioner(),
        vs_fixed_size_partitioner(3, -1),
        vs_variable_axis_size_partitioner(INT64_C(1) << 40, 2, 7),
        vs_min_max_partitioner(4, 0, 0),
        vs_custom_partitioner("mine", NULL, NULL),
        drawing,
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char text[VS__SPEC_MAX];
        char again[VS__SPEC_MAX];
        struct vs__spec memory;
        vs_partitioner back;

        vs__spec_of_partitioner(&all[i], text);
        assert_ok(vs__spec_to_partitioner(text, &memory, &back, NULL));
        vs__spec_of_partitioner(&back, again);
        assert_string_equal(text, again);
        assert_int_equal(back.axis, all[i].axis);
        assert_int_equal(back.bytes, all[i].bytes);
        assert_int_equal(back.per_part, all[i].per_part);
    }
}

static void what_a_spec_cannot_give_back_it_does_not_tell(void **state)
{
    const vs_regularizer nameless = vs_custom_regularizer(NULL, NULL, NULL);
    const vs_regularizer terms[] = {vs_l1_regularizer(1), nameless};
    const vs_regularizer sums[] = {vs_sum_regularizer(terms, 1),
                                   vs_sum_regularizer(terms, 2)};
    const vs_constraint constraints[] = {
        vs_no_constraint(), vs_custom_constraint("a", NULL, NULL),
        vs_custom_constraint(NULL, NULL, NULL), vs_max_norm(-1, 0)};
    const vs_partitioner partitioners[] = {
        vs_fixed_size_partitioner(1, 0), vs_custom_partitioner("a", NULL, NULL),
        vs_custom_partitioner(NULL, NULL, NULL),
        vs_fixed_size_partitioner(1, 99)};
    const vs_initializer inits[] = {
        vs_zeros(), vs_custom_initializer("a", NULL, NULL),
        vs_custom_initializer(NULL, NULL, NULL), vs_value(NULL)};
    vs_initializer scaled = vs_he_normal(0);

    (void)state;
    assert_true(vs__spec_tells_initializer(&scaled));
    scaled.fan = (vs_fan)99;
    assert_false(vs__spec_tells_initializer(&scaled));
    scaled = vs_he_normal(0);
    scaled.scaling = (vs_scaling)99;
    assert_false(vs__spec_tells_initializer(&scaled));
    assert_true(vs__spec_tells_regularizer(&sums[0]));
    assert_false(vs__spec_tells_regularizer(&sums[1]));
    assert_false(vs__spec_tells_regularizer(&nameless));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(vs__spec_tells_constraint(&constraints[i]), i < 2);
        assert_int_equal(vs__spec_tells_partitioner(&partitioners[i]), i < 2);
        assert_int_equal(vs__spec_tells_initializer(&inits[i]), i < 2);
    }
}

static void what_is_no_spec_is_refused(void **state)
{
    static const struct {
        vs_status want;
        const char *text;
    } cases[] = {
        {VS_ERR_FORMAT, "x"},
        {VS_ERR_FORMAT, "{}"},
        {VS_ERR_FORMAT, "[]"},
        {VS_ERR_FORMAT, "{\"kind\":1}"},
        {VS_ERR_FORMAT, "{\"kind\":{}}"},
        {VS_ERR_FORMAT, "{\"kind\":\"zeros\"} x"},
        {VS_ERR_FORMAT, "{\"kind\":\"zeros\",\"of\":[]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"constant\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"constant\",\"value\":\"x\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"glorot_uniform\",\"seed\":1.5}"},
        {VS_ERR_FORMAT, "{\"kind\":\"variance_scaling\",\"scale\":1}"},
        {VS_ERR_UNSUPPORTED, "{\"kind\":\"later\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"zeros\",\"later\":1}"},
    };
    struct vs__spec memory;
    vs_initializer init;
    vs_regularizer reg;
    vs_constraint con;
    vs_partitioner part;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_status(cases[i].want, vs__spec_to_initializer(
                                         cases[i].text, &memory, &init, NULL));
    assert_status(VS_ERR_FORMAT,
                  vs__spec_to_regularizer("{\"kind\":\"sum\",\"of\":[1]}",
                                          &memory, &reg, NULL));
    assert_status(VS_ERR_FORMAT,
                  vs__spec_to_regularizer("{\"kind\":\"sum\",\"of\":[{\"kind\":"
                                          "\"sum\",\"of\":[]}]}",
                                          &memory, &reg, NULL));
    assert_status(
        VS_ERR_UNSUPPORTED,
        vs__spec_to_constraint("{\"kind\":\"x\"}", &memory, &con, NULL));
    assert_status(VS_ERR_FORMAT,
                  vs__spec_to_constraint("{\"kind\":\"unit_norm\",\"axes\":-1}",
                                         &memory, &con, NULL));
    assert_status(VS_ERR_FORMAT,
                  vs__spec_to_partitioner(
                      "{\"kind\":\"fixed_size\",\"axis\":99,\"parts\":1,"
                      "\"bytes\":0}",
                      &memory, &part, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initializers_return),
        cmocka_unit_test(regularizers_return),
        cmocka_unit_test(constraints_return),
        cmocka_unit_test(partitioners_return),
        cmocka_unit_test(what_a_spec_cannot_give_back_it_does_not_tell),
        cmocka_unit_test(what_is_no_spec_is_refused),
    };

    return cmocka_run_group_tests_name("rule.spec", tests, NULL, NULL);
}
