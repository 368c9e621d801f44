/* test_spec_read.c - reading specs of initializers that stand in rows, and of
 * other rules that somebody else wrote.
 */
#include "support.h"

#include <math.h>
#include <string.h>

#include "rule/initializer.h"
#include "rule/spec.h"

/* Writes the spec of an initializer, reads it, and writes what was read. */
static void assert_reads_back(vs_initializer init, vs_shape shape)
{
    struct vs__spec memory;
    vs_initializer read;
    struct vs__filling f;
    char text[VS__SPEC_MAX];
    char again[VS__SPEC_MAX];

    assert_ok(vs__filling_make(&init, "w", 5, VS_F64, &shape, &f, NULL));
    vs__spec_of_initializer(&f.init, text);
    assert_ok(vs__initializer_stored(text, &memory, &read, NULL));
    assert_int_equal(read.kind, f.init.kind);
    assert_ok(vs__filling_make(&read, "other", 6, VS_F64, &shape, &f, NULL));
    vs__spec_of_initializer(&f.init, again);
    assert_string_equal(again, text);
}

static void every_storable_kind_reads_back(void **state)
{
    const vs_shape square = vs_shape_2d(3, 3);

    (void)state;
    assert_reads_back(vs_zeros(), square);
    assert_reads_back(vs_ones(), square);
    assert_reads_back(vs_constant(0.1), square);
    assert_reads_back(vs_constant(-INFINITY), square);
    assert_reads_back(vs_constant(NAN), square);
    assert_reads_back(vs_constant(-0.0), square);
    assert_reads_back(vs_random_uniform(-1e-300, 1e300, -5), square);
    assert_reads_back(vs_random_normal(0.1, 0.3, INT64_MAX), square);
    assert_reads_back(vs_truncated_normal(0, 1, INT64_MIN + 1), square);
    assert_reads_back(vs_glorot_uniform(VS_NO_SEED), square);
    assert_reads_back(vs_uniform_unit_scaling(1.43, 0), square);
    assert_reads_back(vs_identity(2), square);
    assert_reads_back(vs_orthogonal(2, 7), square);
    assert_reads_back(vs_delta_orthogonal(2, 7), vs_shape_3d(1, 2, 2));
    for (int fan = VS_FAN_IN; fan <= VS_FAN_AVERAGE; fan++)
        for (int law = VS_SCALING_TRUNCATED; law <= VS_SCALING_UNIFORM; law++)
            assert_reads_back(
                vs_variance_scaling(2, (vs_fan)fan, (vs_scaling)law, 7),
                square);
}

static void what_was_not_stored_cannot_be_run_again(void **state)
{
    static const char *const specs[] = {
        "{\"kind\":\"value\"}", "{\"kind\":\"list\"}", "{\"kind\":\"source\"}"};
    struct vs__spec memory;
    vs_initializer out = vs_ones();
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        assert_status(VS_ERR_INITIALIZER,
                      vs__initializer_stored(specs[i], &memory, &out, &err));
        assert_non_null(strstr(err.message, specs[i]));
        assert_int_equal(out.kind, VS_INIT_ONES);
    }
}

static void anything_else_is_damage(void **state)
{
    static const char *const specs[] = {
        "",
        "zeros",
        "[]",
        "{}",
        "{\"kind\":7}",
        "{\"kind\":\"zeroes\"}",
        "{\"seed\":7,\"kind\":\"glorot_uniform\"}",
        "{\"kind\":\"zeros\"",
        "{\"kind\":\"zeros\"}}",
        "{\"kind\":\"zeros\",\"kind\":\"ones\"}",
        "{\"kind\":\"zeros\",\"seed\":7}",
        "{\"kind\":\"constant\"}",
        "{\"kind\":\"constant\",\"value\":true}",
        "{\"kind\":\"constant\",\"value\":\"much\"}",
        "{\"kind\":\"constant\",\"value\":1e999}",
        "{\"kind\":\"constant\",\"value\":1,\"value\":1}",
        "{\"kind\":\"constant\",\"a_key_that_is_longer_than_any_there_is\":1}",
        "{\"kind\":\"random_normal\",\"mean\":0,\"stddev\":1}",
        "{\"kind\":\"random_normal\",\"mean\":0,\"seed\":1}",
        "{\"kind\":\"random_normal\",\"mean\":0,\"stddev\":1,\"seed\":1.5}",
        "{\"kind\":\"random_normal\",\"mean\":0,\"stddev\":1,"
        "\"seed\":99999999999999999999}",
        "{\"kind\":\"random_normal\",\"mean\":0,\"stddev\":1,\"seed\":\"1\"}",
        "{\"kind\":\"variance_scaling\",\"scale\":1,\"mode\":\"fan\","
        "\"distribution\":\"uniform\",\"seed\":1}",
        "{\"kind\":\"variance_scaling\",\"scale\":1,\"mode\":\"fan_in\","
        "\"distribution\":\"triangular\",\"seed\":1}",
        "{\"kind\":\"variance_scaling\",\"scale\":1,\"mode\":1,"
        "\"distribution\":\"uniform\",\"seed\":1}",
        "{\"kind\":\"variance_scaling\",\"scale\":1,\"mode\":\"fan_in\","
        "\"distribution\":1,\"seed\":1}",
        "{\"kind\":\"custom\",\"name\":1}",
    };
    char much[2 * VS__SPEC_MAX];
    struct vs__spec memory;
    vs_initializer out;
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        const vs_status st =
            vs__initializer_stored(specs[i], &memory, &out, &err);

        if (st != VS_ERR_CORRUPT)
            fail_msg("%s: %s", specs[i], vs_status_word(st));
    }
    memset(much, ' ', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    assert_status(VS_ERR_CORRUPT,
                  vs__initializer_stored(much, &memory, &out, NULL));
}

#define L1    "{\"kind\":\"l1_l2\",\"l1\":1,\"l2\":2}"
#define DIGIT "1111111111111111111111111111111111111111111111111111111111111111"

static void a_regularizer_is_all_of_its_text_or_none(void **state)
{
    static const struct {
        vs_status want;
        const char *text;
    } cases[] = {
        {VS_OK, L1},
        {VS_OK, "{\"kind\":\"sum\",\"of\":[" L1 "," L1 "]}"},
        {VS_OK, "{\"kind\":\"custom\"}"},
        {VS_ERR_FORMAT, "["},
        {VS_ERR_FORMAT, "{\"kind\":\"l1_l2\",\"l1\":}"},
        {VS_ERR_FORMAT, "{\"kind\":\"l1_l2\",\"l1\":1}"},
        {VS_ERR_FORMAT, "{\"kind\":\"l1_l2\",\"l2\":1}"},
        {VS_ERR_FORMAT, "{\"kind\":\"l1_l2\",\"l1\":[],\"l2\":2}"},
        {VS_ERR_FORMAT, "{\"kind\":\"l1_l2\",\"l1\":1,\"l2\":2,\"of\":[]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"l1_l2\",\"l1\":1,\"l2\":" DIGIT "}"},
        {VS_ERR_FORMAT, L1 L1},
        {VS_ERR_UNSUPPORTED, "{\"kind\":\"l7\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":7}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"off\":[]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":["},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":[]"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":[]}]"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":[],\"of\":[]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":[" L1 ",7]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":[{\"kind\":}]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":[{\"kind\":\"sum\"}]}"},
        {VS_ERR_FORMAT,
         "{\"kind\":\"sum\",\"of\":[{\"kind\":\"sum\",\"of\":7}]}"},
        {VS_ERR_UNSUPPORTED, "{\"kind\":\"sum\",\"of\":[{\"kind\":\"l7\"}]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"sum\",\"of\":[" L1 "," L1 "," L1 "," L1
                        "," L1 "," L1 "," L1 "," L1 "," L1 "]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"custom\",\"name\":7}"},
        {VS_ERR_FORMAT, "{\"kind\":\"custom\",\"name\":[]}"},
        {VS_ERR_FORMAT, "{\"kind\":\"custom\",\"name\":\"\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"custom\",\"name\":\"a\\\"b\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vs__spec memory;
        vs_regularizer out = vs_regularizer_of((vs_regularizer_kind)99, 0, 0);
        const vs_status st =
            vs__spec_to_regularizer(cases[i].text, &memory, &out, NULL);

        if (st != cases[i].want)
            fail_msg("%s: %s", cases[i].text, vs_status_word(st));
        assert_int_equal(out.kind == (vs_regularizer_kind)99, st != VS_OK);
    }
}

static void a_constraint_is_all_of_its_text_or_none(void **state)
{
    static const struct {
        vs_status want;
        const char *text;
    } cases[] = {
        {VS_OK, "{\"kind\":\"non_neg\"}"},
        {VS_OK, "{\"kind\":\"max_norm\",\"axes\":4294967295,\"max\":2}"},
        {VS_ERR_UNSUPPORTED, "{\"kind\":\"non_pos\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"non_neg\",\"axes\":1}"},
        {VS_ERR_FORMAT, "{\"kind\":\"unit_norm\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"unit_norm\",\"axes\":\"1\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"unit_norm\",\"axes\":" DIGIT "}"},
        {VS_ERR_FORMAT, "{\"kind\":\"unit_norm\",\"axes\":-1}"},
        {VS_ERR_FORMAT, "{\"kind\":\"unit_norm\",\"axes\":4294967296}"},
        {VS_ERR_FORMAT, "{\"kind\":\"max_norm\",\"axes\":1}"},
        {VS_ERR_FORMAT, "{\"kind\":\"max_norm\",\"max\":1}"},
        {VS_ERR_FORMAT, "{\"kind\":\"min_max_norm\",\"axes\":1,\"max\":1}"},
        {VS_ERR_FORMAT,
         "{\"kind\":\"min_max_norm\",\"axes\":1,\"max\":1,\"min\":0}"},
        {VS_ERR_FORMAT, "{\"kind\":\"min_max_norm\",\"axes\":1,\"min\":0}"},
        {VS_ERR_FORMAT, "{\"kind\":\"min_max_norm\",\"max\":1,\"min\":0}"},
        {VS_ERR_FORMAT, "{\"kind\":\"custom\",\"name\":\" \"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vs__spec memory;
        vs_constraint out =
            vs_constraint_of((vs_constraint_kind)99, 0, 0, 0, 0);
        const vs_status st =
            vs__spec_to_constraint(cases[i].text, &memory, &out, NULL);

        if (st != cases[i].want)
            fail_msg("%s: %s", cases[i].text, vs_status_word(st));
        assert_int_equal(out.kind == (vs_constraint_kind)99, st != VS_OK);
    }
}

static void a_partitioner_is_all_of_its_text_or_none(void **state)
{
#define FIXED "{\"kind\":\"fixed_size\","
    static const struct {
        vs_status want;
        const char *text;
    } cases[] = {
        {VS_OK, FIXED "\"axis\":-16,\"parts\":1,\"bytes\":0}"},
        {VS_OK, "{\"kind\":\"custom\",\"per_part\":1}"},
        {VS_OK, "{\"kind\":\"custom\",\"name\":\"a\",\"per_part\":1}"},
        {VS_ERR_UNSUPPORTED, "{\"kind\":\"fixed\"}"},
        {VS_ERR_FORMAT, FIXED "\"parts\":1,\"bytes\":0}"},
        {VS_ERR_FORMAT, FIXED "\"axis\":0,\"bytes\":0}"},
        {VS_ERR_FORMAT, FIXED "\"axis\":0,\"parts\":1}"},
        {VS_ERR_FORMAT, FIXED "\"axis\":-17,\"parts\":1,\"bytes\":0}"},
        {VS_ERR_FORMAT, FIXED "\"axis\":16,\"parts\":1,\"bytes\":0}"},
        {VS_ERR_FORMAT,
         FIXED "\"axis\":0,\"parts\":1,\"bytes\":0,\"per_part\":0}"},
        {VS_ERR_FORMAT,
         FIXED "\"axis\":0,\"parts\":1,\"bytes\":0,\"per_part\":\"1\"}"},
        {VS_ERR_FORMAT, "{\"kind\":\"none\",\"axis\":0}"},
        {VS_ERR_FORMAT, "{\"kind\":\"custom\",\"name\":\"a b\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vs__spec memory;
        vs_partitioner out =
            vs_partitioner_of((vs_partitioner_kind)99, 0, 0, 0);
        const vs_status st =
            vs__spec_to_partitioner(cases[i].text, &memory, &out, NULL);

        if (st != cases[i].want)
            fail_msg("%s: %s", cases[i].text, vs_status_word(st));
        assert_int_equal(out.kind == (vs_partitioner_kind)99, st != VS_OK);
    }
}

static void a_spec_has_few_fields(void **state)
{
    char text[VS__SPEC_MAX] = "{\"kind\":\"zeros\"";
    struct vs__spec memory;
    vs_initializer out;
    vs_error err;

    (void)state;
    for (int i = 0; i < 16; i++)
        (void)strcat(text, ",\"x\":1");
    (void)strcat(text, "}");
    assert_status(VS_ERR_FORMAT,
                  vs__spec_to_initializer(text, &memory, &out, &err));
    assert_string_equal(err.message, "spec: too many fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_storable_kind_reads_back),
        cmocka_unit_test(what_was_not_stored_cannot_be_run_again),
        cmocka_unit_test(anything_else_is_damage),
        cmocka_unit_test(a_regularizer_is_all_of_its_text_or_none),
        cmocka_unit_test(a_constraint_is_all_of_its_text_or_none),
        cmocka_unit_test(a_partitioner_is_all_of_its_text_or_none),
        cmocka_unit_test(a_spec_has_few_fields),
    };

    return cmocka_run_group_tests_name("rule.spec_read", tests, NULL, NULL);
}
