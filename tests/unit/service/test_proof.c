/* test_proof.c - service/proof: the digest that goes with a tensor. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "service/proof.h"

static void text_of(vs_dtype dtype, const vs_shape *shape, const void *elements,
                    int64_t n, int64_t step, char text[VS__PROOF_TEXT])
{
    const size_t size = vs_dtype_size(dtype);
    struct vs__proof p = {0};

    assert_ok(vs__proof_begin(&p, dtype, shape, NULL));
    for (int64_t i = 0; i < n; i += step)
        vs__proof_add(&p, (const uint8_t *)elements + (size_t)i * size,
                      n - i < step ? n - i : step);
    vs__proof_text(&p, text);
    assert_true(vs__proof_holds(&p, text));
    text[0] = (char)(text[0] == '0' ? '1' : '0');
    assert_false(vs__proof_holds(&p, text));
    assert_false(vs__proof_holds(&p, ""));
    vs__proof_text(&p, text);
    vs__proof_done(&p);
}

/* The digest of the type's bytes and those of the elements in one. */
static void it_is_over_type_and_bytes(void **state)
{
    static const uint8_t bytes[] = {VS_U8, 1, 3, 0, 0, 0, 0, 0, 0, 0, 7, 8, 9};
    const struct vs__digest want = vs__digest_of(bytes, sizeof bytes);
    const vs_shape shape = vs_shape_1d(3);
    char text[VS__PROOF_TEXT];
    char digit[3] = "";

    (void)state;
    text_of(VS_U8, &shape, bytes + 10, 3, 3, text);
    for (size_t i = 0; i < VS__DIGEST_BYTES; i++) {
        memcpy(digit, text + 2 * i, 2);
        assert_int_equal(strtol(digit, NULL, 16), want.bytes[i]);
    }
}

static void pieces_do_not_matter_and_dtype_and_shape_do(void **state)
{
    const vs_shape flat = vs_shape_1d(6000);
    const vs_shape tall = vs_shape_2d(6000, 1);
    float *numbers = calloc(6000, sizeof *numbers);
    char one[VS__PROOF_TEXT];
    char other[VS__PROOF_TEXT];

    (void)state;
    assert_non_null(numbers);
    numbers[5999] = 1;
    text_of(VS_F32, &flat, numbers, 6000, 6000, one);
    text_of(VS_F32, &flat, numbers, 6000, 77, other);
    assert_string_equal(one, other);
    text_of(VS_F32, &tall, numbers, 6000, 6000, other);
    assert_string_not_equal(one, other);
    text_of(VS_I32, &flat, numbers, 6000, 6000, other);
    assert_string_not_equal(one, other);
    numbers[5999] = 2;
    text_of(VS_F32, &flat, numbers, 6000, 6000, other);
    assert_string_not_equal(one, other);
    free(numbers);
}

/* As it is read from a file: what is not 0 is true. */
static void a_bool_is_0_or_1(void **state)
{
    static const uint8_t one[] = {1, 0, 1};
    static const uint8_t other[] = {255, 0, 2};
    const vs_shape shape = vs_shape_1d(3);
    char a[VS__PROOF_TEXT];
    char b[VS__PROOF_TEXT];

    (void)state;
    text_of(VS_BOOL, &shape, one, 3, 2, a);
    text_of(VS_BOOL, &shape, other, 3, 3, b);
    assert_string_equal(a, b);
}

static vs_status begin(void *ctx)
{
    const vs_shape shape = vs_shape_scalar();
    struct vs__proof p = {0};
    const vs_status st = vs__proof_begin(&p, VS_F32, &shape, ctx);

    vs__proof_done(&p);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    vs_error err;

    (void)state;
    assert_true(test_each_allocation_failing(begin, &err, false) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_over_type_and_bytes),
        cmocka_unit_test(pieces_do_not_matter_and_dtype_and_shape_do),
        cmocka_unit_test(a_bool_is_0_or_1),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("service.proof", tests, NULL, NULL);
}
