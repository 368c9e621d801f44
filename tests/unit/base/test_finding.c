/* test_finding.c - base/finding: telling what was found. */
#include "support.h"

#include <string.h>

#include "base/finding.h"
#include "findings.h"

static void each_verdict_has_a_word(void **state)
{
    (void)state;
    assert_string_equal(vs_verdict_word(VS_VERDICT_OK), "ok");
    assert_string_equal(vs_verdict_word(VS_VERDICT_NOTE), "note");
    assert_string_equal(vs_verdict_word(VS_VERDICT_WARN), "warn");
    assert_string_equal(vs_verdict_word(VS_VERDICT_BAD), "bad");
    assert_string_equal(vs_verdict_word((vs_verdict)99), "unknown");
}

static void the_worst_is_kept(void **state)
{
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};

    (void)state;
    vs__find(&f, VS_VERDICT_NOTE, "a", "1", "first %d", 1);
    vs__find(&f, VS_VERDICT_BAD, "b", "2", "second");
    vs__find(&f, VS_VERDICT_OK, "c", "3", "third");
    assert_int_equal(f.worst, VS_VERDICT_BAD);
    assert_string_equal(found.text, "g a note [1] first 1\n"
                                    "g b bad [2] second\n"
                                    "g c ok [3] third\n");
}

static void long_words_are_cut(void **state)
{
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};
    char words[2000];

    (void)state;
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    vs__find(&f, VS_VERDICT_OK, "a", "1", "%s", words);
    assert_true(strlen(found.text) > 400 && strlen(found.text) < 600);
}

static void nobody_need_listen(void **state)
{
    struct vs__findings f = {.group = "g"};

    (void)state;
    vs__find(&f, VS_VERDICT_WARN, "a", "1", "words");
    assert_int_equal(f.worst, VS_VERDICT_WARN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verdict_has_a_word),
        cmocka_unit_test(the_worst_is_kept),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(nobody_need_listen),
    };

    return cmocka_run_group_tests_name("base.finding", tests, NULL, NULL);
}
