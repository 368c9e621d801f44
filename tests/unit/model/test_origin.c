/* test_origin.c - model/origin: who made a thing, in words. */
#include <string.h>

#include "model/store.h"
#include "support.h"

static void assert_told(int64_t at_ms, const char *site, const char *want)
{
    char text[VS__ORIGIN_TEXT_MAX];

    vs__origin_text(text, "train", 7, "box", at_ms, site);
    assert_string_equal(text, want);
}

static void a_time_is_told_to_the_second(void **state)
{
    (void)state;
    assert_told(0, "", "train (pid 7 on box) at 1970-01-01 00:00:00 UTC");
    assert_told(1234567890123, "net.c:3",
                "train (pid 7 on box) at 2009-02-13 23:31:30 UTC, net.c:3");
}

/* A row can be damaged, and its digest fit: no number of milliseconds is too
 * great, or too small, to be told. */
static void so_is_any_number_of_milliseconds(void **state)
{
    (void)state;
    assert_told(INT64_MAX, "",
                "train (pid 7 on box) at 292278994-08-17 07:12:55 UTC");
    assert_told(INT64_MIN, "",
                "train (pid 7 on box) at -292275055-05-16 16:47:05 UTC");
}

/* Texts are as long as whoever wrote them liked. */
static void long_texts_are_cut(void **state)
{
    char text[VS__ORIGIN_TEXT_MAX];
    char program[500];

    (void)state;
    memset(program, 'p', sizeof program - 1);
    program[sizeof program - 1] = '\0';
    vs__origin_text(text, program, INT64_MIN, program, INT64_MIN, program);
    assert_true(strlen(text) < sizeof text - 1);
    assert_non_null(strstr(text, "UTC, pppp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_told_to_the_second),
        cmocka_unit_test(so_is_any_number_of_milliseconds),
        cmocka_unit_test(long_texts_are_cut),
    };

    return cmocka_run_group_tests_name("model.origin", tests, NULL, NULL);
}
