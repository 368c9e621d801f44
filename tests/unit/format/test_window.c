/* test_window.c - format/window: the bytes are right, the calls are few. */
#include "support.h"

#include <string.h>

#include "format/window.h"

#define SIZE 400000

struct counted {
    int calls;
    int64_t bytes;
    bool fail;
};

static uint8_t byte_at(int64_t offset)
{
    return (uint8_t)(offset * 7 + offset / 251);
}

static vs_status counted_read(void *ctx, int64_t offset, void *dst, size_t n,
                              vs_error *err)
{
    struct counted *c = ctx;

    (void)err;
    if (c->fail)
        return VS_ERR_IO;
    c->calls++;
    c->bytes += (int64_t)n;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)dst)[i] = byte_at(offset + (int64_t)i);
    return VS_OK;
}

static void assert_read(struct vs__window *w, int64_t offset, size_t n)
{
    static uint8_t out[SIZE];

    assert_ok(vs__window_read(w, offset, out, n, NULL));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(out[i], byte_at(offset + (int64_t)i));
}

static void near_reads_share_a_call(void **state)
{
    struct counted c = {0, 0, false};
    const struct vs__input in = {counted_read, NULL, &c, SIZE, "counted"};
    struct vs__window w;

    (void)state;
    assert_ok(vs__window_init(&w, &in, NULL));
    for (int64_t at = 0; at + 4 <= SIZE; at += 400)
        assert_read(&w, at, 4);
    assert_true(c.calls <= 2 + SIZE / VS__WINDOW_BYTES + 1);
    vs__window_done(&w);
}

static void far_reads_read_no_more_than_asked(void **state)
{
    struct counted c = {0, 0, false};
    const struct vs__input in = {counted_read, NULL, &c, SIZE, "counted"};
    struct vs__window w;

    (void)state;
    assert_ok(vs__window_init(&w, &in, NULL));
    for (int64_t at = 0; at < SIZE; at += 10000)
        assert_read(&w, at, 4);
    assert_int_equal(c.bytes, 40 * 4);
    vs__window_done(&w);
}

static void long_reads_go_straight(void **state)
{
    struct counted c = {0, 0, false};
    const struct vs__input in = {counted_read, NULL, &c, SIZE, "counted"};
    struct vs__window w;

    (void)state;
    assert_ok(vs__window_init(&w, &in, NULL));
    assert_read(&w, 10, 100000);
    assert_read(&w, 100010, 200000);
    assert_int_equal(c.calls, 2);
    assert_int_equal(c.bytes, 300000);
    vs__window_done(&w);
}

static void any_reads_give_the_right_bytes(void **state)
{
    struct counted c = {0, 0, false};
    const struct vs__input in = {counted_read, NULL, &c, SIZE, "counted"};
    struct vs__window w;
    uint64_t x = 3;
    int64_t at = 0;

    (void)state;
    assert_ok(vs__window_init(&w, &in, NULL));
    for (int i = 0; i < 5000; i++) {
        const size_t n = (size_t)(x >> 40) % 300;
        const int64_t jump = (int64_t)(x >> 33) % 9000 - 3000;

        x = x * 6364136223846793005u + 1442695040888963407u;
        at += jump;
        at = at < 0 ? 0 : at > SIZE - 300 ? SIZE - 300 : at;
        assert_read(&w, at, n);
    }
    assert_read(&w, SIZE - 10, 10);
    assert_read(&w, SIZE, 0);
    vs__window_done(&w);
}

static void failures_pass_and_leave_nothing_valid(void **state)
{
    struct counted c = {0, 0, false};
    const struct vs__input in = {counted_read, NULL, &c, SIZE, "counted"};
    struct vs__window w;
    uint8_t out[8];

    (void)state;
    assert_ok(vs__window_init(&w, &in, NULL));
    assert_read(&w, 0, 8);
    assert_read(&w, 8, 8); /* reads ahead */
    c.fail = true;
    assert_status(VS_ERR_IO, vs__window_read(&w, 65600, out, 8, NULL));
    assert_status(VS_ERR_FORMAT, vs__window_read(&w, SIZE - 7, out, 8, NULL));
    c.fail = false;
    assert_read(&w, 65000, 500);
    c.fail = true;
    assert_status(VS_ERR_IO, vs__window_read(&w, 65600, out, 8, NULL));
    c.fail = false;
    assert_read(&w, 65600, 8);
    assert_read(&w, SIZE - 8, 8);
    assert_status(VS_ERR_FORMAT, vs__window_read(&w, SIZE, out, 1, NULL));
    vs__window_done(&w);
}

static vs_status init_and_done(void *ctx)
{
    struct vs__window w;
    vs_status st = vs__window_init(&w, ctx, NULL);

    vs__window_done(&w);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    struct vs__input in = {counted_read, NULL, NULL, SIZE, "counted"};

    (void)state;
    assert_int_equal(test_each_allocation_failing(init_and_done, &in, false),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_reads_share_a_call),
        cmocka_unit_test(far_reads_read_no_more_than_asked),
        cmocka_unit_test(long_reads_go_straight),
        cmocka_unit_test(any_reads_give_the_right_bytes),
        cmocka_unit_test(failures_pass_and_leave_nothing_valid),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("format.window", tests, NULL, NULL);
}
