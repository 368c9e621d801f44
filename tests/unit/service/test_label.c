/* test_label.c - service/label: tags, metric keys, messages. */
#include "support.h"

#include <string.h>

#include "service/label.h"
#include "varstore/checkpoint.h"

static void tags_that_are_taken(void **state)
{
    static const char *const tags[] = {"best",    "v1.0",     "1a",
                                       "latest2", "\xc3\xa4", "-"};

    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        assert_ok(vs__tag_check(tags[i], NULL));
}

static void tags_that_are_refused(void **state)
{
    static const char *const tags[] = {"",     "latest", "12",   "a b",
                                       "a:b",  "a~b",    "a/b",  "@a",
                                       "a\tb", "a\x7f",  "\xff", "\xc0\x80"};
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        assert_status(VS_ERR_NAME, vs__tag_check(tags[i], &err));
        assert_int_equal(err.status, VS_ERR_NAME);
    }
    assert_status(VS_ERR_NAME, vs__tag_check(NULL, &err));
}

static void a_tag_has_at_most_127_bytes(void **state)
{
    char tag[VS_TAG_MAX + 2];

    (void)state;
    memset(tag, 'a', sizeof tag);
    tag[VS_TAG_MAX + 1] = '\0';
    assert_status(VS_ERR_NAME, vs__tag_check(tag, NULL));
    tag[VS_TAG_MAX] = '\0';
    assert_ok(vs__tag_check(tag, NULL));
}

static void a_key_may_be_any_text_that_is_not_empty(void **state)
{
    (void)state;
    assert_ok(vs__metric_key_check("eval/top-1 @ 5", NULL));
    assert_ok(vs__metric_key_check("12", NULL));
    assert_status(VS_ERR_NAME, vs__metric_key_check("", NULL));
    assert_status(VS_ERR_NAME, vs__metric_key_check("\xed\xa0\x80", NULL));
}

static void a_message_has_a_length_and_an_encoding(void **state)
{
    char message[VS_MESSAGE_MAX + 2];

    (void)state;
    memset(message, 'a', sizeof message);
    message[VS_MESSAGE_MAX + 1] = '\0';
    assert_status(VS_ERR_TOOBIG, vs__message_check(message, NULL));
    message[VS_MESSAGE_MAX] = '\0';
    assert_ok(vs__message_check(message, NULL));
    assert_ok(vs__message_check("", NULL));
    assert_status(VS_ERR_NAME, vs__message_check("\x80", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_that_are_taken),
        cmocka_unit_test(tags_that_are_refused),
        cmocka_unit_test(a_tag_has_at_most_127_bytes),
        cmocka_unit_test(a_key_may_be_any_text_that_is_not_empty),
        cmocka_unit_test(a_message_has_a_length_and_an_encoding),
    };

    return cmocka_run_group_tests_name("service.label", tests, NULL, NULL);
}
