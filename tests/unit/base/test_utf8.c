/* test_utf8.c - base/utf8: what is well-formed, and writing it. */
#include "support.h"

#include <string.h>

#include "base/utf8.h"

static bool valid(const char *text)
{
    return vs__utf8_valid((const uint8_t *)text, strlen(text));
}

static void well_formed_text_is_valid(void **state)
{
    (void)state;
    assert_true(valid(""));
    assert_true(valid("plain"));
    assert_true(valid("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
    assert_true(valid("\xef\xbf\xbf \xf4\x8f\xbf\xbf \xed\x9f\xbf"));
    assert_true(vs__utf8_valid((const uint8_t *)"\0", 1));
}

static void ill_formed_text_is_not(void **state)
{
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc3",             /* cut off */
        "\xe2\x82",         /* cut off */
        "\xf0\x9f\x98",     /* cut off */
        "\xc3(",            /* no continuation */
        "\xc0\xaf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xff",             /* never a byte of UTF-8 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(valid(bad[i]));
}

static void nothing_left_is_no_character(void **state)
{
    (void)state;
    assert_int_equal(vs__utf8_length((const uint8_t *)"x", 0), 0);
}

static void what_is_put_is_valid_and_as_long_as_told(void **state)
{
    static const uint32_t points[] = {0x1,     0x7f,    0x80,   0x7ff,
                                      0x800,   0xd7ff,  0xe000, 0xffff,
                                      0x10000, 0x10ffff};
    static const size_t sizes[] = {1, 1, 2, 2, 3, 3, 3, 3, 4, 4};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        uint8_t out[4];

        assert_int_equal(vs__utf8_put(points[i], out), sizes[i]);
        assert_int_equal(vs__utf8_length(out, sizes[i]), sizes[i]);
    }
}

static void known_characters_have_their_bytes(void **state)
{
    uint8_t out[4];

    (void)state;
    (void)vs__utf8_put(0x20ac, out);
    assert_memory_equal(out, "\xe2\x82\xac", 3);
    (void)vs__utf8_put(0x1f600, out);
    assert_memory_equal(out, "\xf0\x9f\x98\x80", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_is_valid),
        cmocka_unit_test(ill_formed_text_is_not),
        cmocka_unit_test(nothing_left_is_no_character),
        cmocka_unit_test(what_is_put_is_valid_and_as_long_as_told),
        cmocka_unit_test(known_characters_have_their_bytes),
    };

    return cmocka_run_group_tests_name("format.utf8", tests, NULL, NULL);
}
