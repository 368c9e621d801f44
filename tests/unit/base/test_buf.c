/* test_buf.c - base/buf: growing, bounded bytes. */
#include "support.h"

#include <wchar.h>

#include "base/alloc.h"
#include "base/buf.h"

static void text_grows_and_stays_terminated(void **state)
{
    struct vs__buf buf;

    (void)state;
    vs__buf_init(&buf, 1000);
    assert_string_equal(vs__buf_text(&buf), "");
    for (int i = 0; i < 100; i++)
        assert_ok(vs__buf_printf(&buf, "%d,", i % 10));
    assert_int_equal(buf.len, 200);
    assert_memory_equal(vs__buf_text(&buf), "0,1,2,", 6);
    assert_int_equal(buf.data[200], 0);
    vs__buf_done(&buf);
}

static void the_ceiling_holds_and_keeps_the_content(void **state)
{
    struct vs__buf buf;

    (void)state;
    vs__buf_init(&buf, 4);
    assert_ok(vs__buf_add(&buf, "abc", 3));
    assert_status(VS_ERR_TOOBIG, vs__buf_add(&buf, "de", 2));
    assert_status(VS_ERR_TOOBIG, vs__buf_printf(&buf, "%d", 42));
    assert_string_equal(vs__buf_text(&buf), "abc");
    assert_ok(vs__buf_add_text(&buf, "d"));
    vs__buf_done(&buf);
}

static void reset_keeps_memory_and_forgets_content(void **state)
{
    struct vs__buf buf;

    (void)state;
    vs__buf_init(&buf, 100);
    assert_ok(vs__buf_add_text(&buf, "abc"));
    vs__buf_reset(&buf);
    assert_int_equal(buf.len, 0);
    assert_string_equal(vs__buf_text(&buf), "");
    vs__buf_done(&buf);
}

static void take_hands_the_text_over(void **state)
{
    struct vs__buf buf;
    char *text;

    (void)state;
    vs__buf_init(&buf, 100);
    assert_ok(vs__buf_add_text(&buf, "abc"));
    text = vs__buf_take(&buf);
    assert_string_equal(text, "abc");
    assert_int_equal(buf.len, 0);
    vs__free(text);
    vs__buf_done(&buf);
}

static void nothing_may_be_added(void **state)
{
    struct vs__buf buf;

    (void)state;
    vs__buf_init(&buf, 10);
    assert_ok(vs__buf_add(&buf, NULL, 0));
    assert_ok(vs__buf_printf(&buf, "%s", ""));
    assert_string_equal(vs__buf_text(&buf), "");
    vs__buf_done(&buf);
}

static void what_is_full_can_be_taken(void **state)
{
    struct vs__buf buf;
    char *text;

    (void)state;
    vs__buf_init(&buf, 4);
    assert_ok(vs__buf_add(&buf, "full", 4));
    text = vs__buf_take(&buf);
    assert_string_equal(text, "full");
    vs__free(text);
}

static bool note_and_deny(size_t size, void *ctx)
{
    *(size_t *)ctx = size;
    return true;
}

/* Doubling would go round. Nobody has so much, and the tools that watch memory
 * stop whoever asks malloc for it. */
static void more_than_half_of_all_there_can_be_is_asked_for_once(void **state)
{
    size_t asked = 0;
    struct vs__buf buf;

    (void)state;
    vs__buf_init(&buf, SIZE_MAX - 1);
    vs__alloc_hook(note_and_deny, &asked);
    assert_status(VS_ERR_NOMEM, vs__buf_reserve(&buf, SIZE_MAX / 2 + 2));
    vs__alloc_hook(NULL, NULL);
    assert_int_equal(asked, SIZE_MAX / 2 + 3);
    vs__buf_done(&buf);
}

/* No character of the C locale. */
static void a_text_that_cannot_be_printed_is_misuse(void **state)
{
    struct vs__buf buf;

    (void)state;
    vs__buf_init(&buf, 100);
    assert_ok(vs__buf_add_text(&buf, "kept"));
    assert_status(VS_ERR_MISUSE, vs__buf_printf(&buf, "%lc", (wint_t)0x20ac));
    assert_string_equal(vs__buf_text(&buf), "kept");
    vs__buf_done(&buf);
}

static vs_status take_nothing(void *ctx)
{
    struct vs__buf buf;
    char *text;

    (void)ctx;
    vs__buf_init(&buf, 10);
    text = vs__buf_take(&buf);
    vs__free(text);
    return text != NULL ? VS_OK : VS_ERR_NOMEM;
}

static vs_status grow(void *ctx)
{
    struct vs__buf buf;
    vs_status st = VS_OK;

    (void)ctx;
    vs__buf_init(&buf, 10000);
    for (int i = 0; i < 100 && st == VS_OK; i++)
        st = vs__buf_add(&buf, "0123456789", 10);
    vs__buf_done(&buf);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(grow, NULL, false) > 2);
    assert_int_equal(test_each_allocation_failing(take_nothing, NULL, false),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_stays_terminated),
        cmocka_unit_test(the_ceiling_holds_and_keeps_the_content),
        cmocka_unit_test(reset_keeps_memory_and_forgets_content),
        cmocka_unit_test(take_hands_the_text_over),
        cmocka_unit_test(nothing_may_be_added),
        cmocka_unit_test(what_is_full_can_be_taken),
        cmocka_unit_test(more_than_half_of_all_there_can_be_is_asked_for_once),
        cmocka_unit_test(a_text_that_cannot_be_printed_is_misuse),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("base.buf", tests, NULL, NULL);
}
