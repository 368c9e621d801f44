/* test_clock.c - base/clock: random bytes and names, whatever the system says.
 */
#include "support.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "base/clock.h"

/* What the next calls of getrandom say: fewer bytes, or an errno. */
static struct {
    int n_interrupts;
    int error; /* 0: none */
    int calls;
} kernel;

ssize_t __wrap_getrandom(void *out, size_t n, unsigned flags);
ssize_t __wrap_getrandom(void *out, size_t n, unsigned flags)
{
    (void)flags;
    kernel.calls++;
    if (kernel.n_interrupts > 0) {
        kernel.n_interrupts--;
        errno = EINTR;
        return -1;
    }
    if (kernel.error != 0) {
        errno = kernel.error;
        return -1;
    }
    memset(out, kernel.calls, n < 3 ? n : 3);
    return n < 3 ? (ssize_t)n : 3;
}

static bool nameless;
int __wrap_gethostname(char *out, size_t cap);
int __wrap_gethostname(char *out, size_t cap)
{
    if (nameless)
        return -1;
    memset(out, 'h', cap); /* cut: without an end */
    return 0;
}

static void random_bytes_come_in_pieces(void **state)
{
    unsigned char bytes[8] = {0};

    (void)state;
    kernel.calls = 0;
    assert_int_equal(vs__random_bytes(bytes, 7), 0);
    assert_int_equal(kernel.calls, 3);
    assert_memory_equal(bytes, "\1\1\1\2\2\2\3\0", 8);
}

static void a_signal_does_not_end_them(void **state)
{
    unsigned char bytes[3];

    (void)state;
    kernel.n_interrupts = 5;
    assert_int_equal(vs__random_bytes(bytes, sizeof bytes), 0);
    assert_int_equal(kernel.n_interrupts, 0);
}

static void where_there_are_none_it_is_said(void **state)
{
    unsigned char bytes[3];

    (void)state;
    kernel.error = ENOSYS;
    assert_int_equal(vs__random_bytes(bytes, sizeof bytes), -1);
    kernel.error = 0;
}

static void a_host_without_a_name_has_an_empty_one(void **state)
{
    char name[8] = "before";

    (void)state;
    nameless = true;
    vs__host_name(name, sizeof name);
    assert_string_equal(name, "");
    nameless = false;
    vs__host_name(name, sizeof name);
    assert_string_equal(name, "hhhhhhh");
}

static void the_program_is_named_as_far_as_fits(void **state)
{
    char name[64];
    char start[4];

    (void)state;
    vs__program_name(name, sizeof name);
    assert_string_equal(name, "unit_base_clock");
    vs__program_name(start, sizeof start);
    assert_string_equal(start, "uni");
}

static void the_monotonic_clock_goes_on(void **state)
{
    const int64_t then = vs__monotonic_ns();

    (void)state;
    assert_true(then > 0);
    assert_true(vs__monotonic_ns() >= then);
    assert_true(vs__wall_ms() > INT64_C(1600000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_come_in_pieces),
        cmocka_unit_test(a_signal_does_not_end_them),
        cmocka_unit_test(where_there_are_none_it_is_said),
        cmocka_unit_test(a_host_without_a_name_has_an_empty_one),
        cmocka_unit_test(the_program_is_named_as_far_as_fits),
        cmocka_unit_test(the_monotonic_clock_goes_on),
    };

    return cmocka_run_group_tests_name("base.clock", tests, NULL, NULL);
}
