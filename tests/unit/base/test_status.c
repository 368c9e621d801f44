/* test_status.c - base/status: codes, their words, and setting them. */
#include "support.h"

#include <string.h>

#include "base/fail.h"

static const vs_status all[] = {
#define STATUS_ROW(name, number, word, text) VS_##name,
    VS_STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

#define N_ALL (sizeof all / sizeof all[0])

static void every_code_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ALL; i++) {
        assert_string_not_equal(vs_status_word(all[i]), "unknown");
        assert_true(strlen(vs_status_text(all[i])) > 3);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(all[i], all[j]);
            assert_string_not_equal(vs_status_word(all[i]),
                                    vs_status_word(all[j]));
        }
    }
}

static void a_stranger_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(vs_status_word((vs_status)-999), "unknown");
    assert_string_equal(vs_status_text((vs_status)-999), "unknown status");
}

static void fail_returns_the_code_and_keeps_the_words(void **state)
{
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE, vs__fail(&err, VS_ERR_SHAPE, "have %d", 3));
    vs__hint(&err, "want %d", 4);
    assert_int_equal(err.status, VS_ERR_SHAPE);
    assert_string_equal(err.message, "have 3");
    assert_string_equal(err.hint, "want 4");
    vs__clear(&err);
    assert_int_equal(err.status, VS_OK);
    assert_string_equal(err.message, "");
}

static void words_too_long_are_cut_not_overrun(void **state)
{
    vs_error err;
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)vs__fail(&err, VS_ERR_NAME, "%s", text);
    vs__hint(&err, "%s", text);
    assert_int_equal(strlen(err.message), VS_ERROR_MESSAGE_BYTES - 1);
    assert_int_equal(strlen(err.hint), VS_ERROR_HINT_BYTES - 1);
}

static void nobody_has_to_ask_for_words(void **state)
{
    (void)state;
    assert_status(VS_ERR_IO, vs__fail(NULL, VS_ERR_IO, "x"));
    vs__hint(NULL, "x");
    vs__clear(NULL);
    assert_status(VS_ERR_NOMEM, vs__fail_nomem(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_word_of_its_own),
        cmocka_unit_test(a_stranger_is_unknown),
        cmocka_unit_test(fail_returns_the_code_and_keeps_the_words),
        cmocka_unit_test(words_too_long_are_cut_not_overrun),
        cmocka_unit_test(nobody_has_to_ask_for_words),
    };

    return cmocka_run_group_tests_name("base.status", tests, NULL, NULL);
}
