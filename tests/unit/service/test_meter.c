/* test_meter.c - service/meter: progress, and being stopped by it. */
#include "support.h"

#include "service/meter.h"

struct seen {
    int64_t done;
    int64_t total;
    int stop;
};

static int see(int64_t done, int64_t total, void *ctx)
{
    struct seen *seen = ctx;

    seen->done = done;
    seen->total = total;
    return seen->stop;
}

static void it_adds_up_and_tells(void **state)
{
    struct seen seen = {0, 0, 0};
    struct vs__meter meter = {{see, &seen}, 0, 100};

    (void)state;
    assert_ok(vs__meter_add(&meter, 30, NULL));
    assert_ok(vs__meter_add(&meter, 12, NULL));
    assert_int_equal(seen.done, 42);
    assert_int_equal(seen.total, 100);
}

static void a_callback_can_stop_it(void **state)
{
    struct seen seen = {0, 0, 1};
    struct vs__meter meter = {{see, &seen}, 0, 100};
    vs_error err;

    (void)state;
    assert_status(VS_ERR_CANCELLED, vs__meter_add(&meter, 30, &err));
    assert_int_equal(err.status, VS_ERR_CANCELLED);
}

static void nobody_needs_to_listen(void **state)
{
    struct vs__meter meter = {{NULL, NULL}, 0, 0};

    (void)state;
    assert_ok(vs__meter_add(&meter, 7, NULL));
    assert_int_equal(meter.done, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_adds_up_and_tells),
        cmocka_unit_test(a_callback_can_stop_it),
        cmocka_unit_test(nobody_needs_to_listen),
    };

    return cmocka_run_group_tests_name("service.meter", tests, NULL, NULL);
}
