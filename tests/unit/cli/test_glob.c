/* test_glob.c - cli/glob: patterns over names. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "glob.h"

#define assert_match(pattern, name)    assert_true(glob_match(pattern, name))
#define assert_no_match(pattern, name) assert_false(glob_match(pattern, name))

static void a_star_stays_in_its_component(void **state)
{
    (void)state;
    assert_match("*", "kernel");
    assert_match("encoder/*/kernel", "encoder/a/kernel");
    assert_match("layer_*", "layer_12");
    assert_match("*a*b*", "xaybz");
    assert_match("a*b*c", "abbbc");
    assert_match("a/*", "a/");
    assert_no_match("*", "a/b");
    assert_no_match("encoder/*", "encoder/a/kernel");
    assert_no_match("a*b*c", "abbb");
    assert_no_match("", "a");
    assert_match("", "");
}

static void two_stars_cross_components(void **state)
{
    (void)state;
    assert_match("**", "a/b/c");
    assert_match("**", "");
    assert_match("encoder/**", "encoder/a/kernel");
    assert_match("**/kernel", "a/b/kernel");
    assert_match("**/kernel", "kernel");
    assert_match("a/**/z", "a/z");
    assert_match("a/**/z", "a/b/c/z");
    assert_match("**/b*/*z", "a/b1/cz/b2/yz");
    assert_match("**bias", "layer/out_bias");
    assert_no_match("encoder/**", "encoder");
    assert_no_match("encoder/**", "encoders/a");
    assert_no_match("**/kernel", "a/xkernel");
    assert_no_match("a/**/z", "a/bz");
}

static void a_question_mark_is_one_character(void **state)
{
    (void)state;
    assert_match("layer_?", "layer_1");
    assert_match("caf?", "caf\xc3\xa9"); /* one character, two bytes */
    assert_match("a?b", "a\xff"
                        "b"); /* a byte that is none */
    assert_no_match("layer_?", "layer_12");
    assert_no_match("a?b", "a/b");
    assert_no_match("layer_?", "layer_");
}

static void classes_hold_ranges_and_complements(void **state)
{
    (void)state;
    assert_match("layer_[0-3]", "layer_2");
    assert_match("[abc]x", "bx");
    assert_match("[!a-c]x", "dx");
    assert_match("[^a-c]x", "dx");
    assert_match("[]]x", "]x");
    assert_match("[a-]x", "-x");
    assert_match("[\xc3\xa0-\xc3\xbf]", "\xc3\xa9");
    assert_no_match("layer_[0-3]", "layer_4");
    assert_no_match("[!a]x", "ax");
    assert_no_match("a[!x]b", "a/b");
}

static void what_does_not_close_stands_for_itself(void **state)
{
    (void)state;
    assert_match("a[b", "a[b");
    assert_match("a{b", "a{b");
    assert_match("\\*", "*");
    assert_match("\\[a]", "[a]");
    assert_match("a\\", "a\\");
    assert_no_match("\\*", "a");
}

static void a_hostile_pattern_ends(void **state)
{
    char pattern[401];
    char name[4097];

    (void)state;
    for (int i = 0; i < 400; i++)
        pattern[i] = "*a"[i % 2];
    pattern[400] = '\0';
    memset(name, 'a', 4096);
    name[4095] = 'b';
    name[4096] = '\0';
    assert_no_match(pattern, name);
}

static bool in(const char *pattern, const char *name, enum glob_names names)
{
    char *patterns[] = {strdup(pattern)};
    struct globs g;
    bool matched;

    assert_true(globs_init(&g, patterns, 1, names));
    matched = globs_match(&g, name);
    globs_done(&g);
    free(patterns[0]);
    return matched;
}

static void braces_are_choices(void **state)
{
    (void)state;
    assert_true(in("{a,b}/c", "b/c", GLOB_NAMES_EXACT));
    assert_true(in("{a,b{1,2}}/c", "b2/c", GLOB_NAMES_EXACT));
    assert_true(in("{,x}y", "y", GLOB_NAMES_EXACT));
    assert_true(in("x{a}y", "x{a}y", GLOB_NAMES_EXACT));
    assert_true(in("x{}y", "x{}y", GLOB_NAMES_EXACT));
    assert_true(in("{a,b", "{a,b", GLOB_NAMES_EXACT));
    assert_false(in("{a,b}/c", "c/c", GLOB_NAMES_EXACT));
    assert_false(in("{a,b}", "{a,b}", GLOB_NAMES_EXACT));
}

static void braces_count(void **state)
{
    (void)state;
    assert_true(in("layer_{0..11}/w", "layer_11/w", GLOB_NAMES_EXACT));
    assert_true(in("layer_{0..3,7}/w", "layer_7/w", GLOB_NAMES_EXACT));
    assert_true(in("layer_{00..11}/w", "layer_03/w", GLOB_NAMES_EXACT));
    assert_true(in("{3..1}", "{3..1}", GLOB_NAMES_EXACT));
    assert_false(in("layer_{0..11}/w", "layer_12/w", GLOB_NAMES_EXACT));
    assert_false(in("layer_{0..11}/w", "layer_03/w", GLOB_NAMES_EXACT));
    assert_false(in("layer_{00..11}/w", "layer_3/w", GLOB_NAMES_EXACT));
}

static void too_many_choices_are_refused(void **state)
{
    char many[] = "{0..9}{0..9}{0..9}{0..9}{0..9}";
    char huge[] = "{0..999999999999999999}";
    char *one[] = {many};
    char *two[] = {huge};
    struct globs g;

    (void)state;
    assert_false(globs_init(&g, one, 1, GLOB_NAMES_EXACT));
    globs_done(&g);
    assert_false(globs_init(&g, two, 1, GLOB_NAMES_EXACT));
    globs_done(&g);
}

static void a_plain_name_is_a_variable_or_a_scope(void **state)
{
    (void)state;
    assert_true(in("encoder", "encoder", GLOB_NAMES_BELOW));
    assert_true(in("encoder", "encoder/a/b", GLOB_NAMES_BELOW));
    assert_true(in("encoder/", "encoder/a", GLOB_NAMES_BELOW));
    assert_false(in("encoder/", "encoder", GLOB_NAMES_BELOW));
    assert_false(in("encoder", "encoders", GLOB_NAMES_BELOW));
    assert_false(in("encoder", "encoder/a", GLOB_NAMES_EXACT));
}

static void no_patterns_match_all(void **state)
{
    struct globs g;

    (void)state;
    assert_true(globs_init(&g, NULL, 0, GLOB_NAMES_EXACT));
    assert_true(globs_match(&g, "anything/at/all"));
    globs_done(&g);
}

static void the_scope_of_a_pattern_is_found(void **state)
{
    static const struct {
        const char *pattern;
        const char *scope; /* NULL: none is known */
    } cases[] = {{"a/b/*", "a/b"},        {"a/b/c", "a/b"}, {"a/b*/c", "a"},
                 {"a/{b,c}/d", NULL},     {"**/b", NULL},   {"kernel", NULL},
                 {"encoder/", "encoder"}, {"a/\\*", "a"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *patterns[] = {strdup(cases[i].pattern)};
        struct text scope = {NULL, 0, 0};
        struct globs g;

        assert_true(globs_init(&g, patterns, 1, GLOB_NAMES_BELOW));
        assert_int_equal(globs_scope(&g, &scope), cases[i].scope != NULL);
        if (cases[i].scope != NULL)
            assert_string_equal(text_str(&scope), cases[i].scope);
        globs_done(&g);
        text_done(&scope);
        free(patterns[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_star_stays_in_its_component),
        cmocka_unit_test(two_stars_cross_components),
        cmocka_unit_test(a_question_mark_is_one_character),
        cmocka_unit_test(classes_hold_ranges_and_complements),
        cmocka_unit_test(what_does_not_close_stands_for_itself),
        cmocka_unit_test(a_hostile_pattern_ends),
        cmocka_unit_test(braces_are_choices),
        cmocka_unit_test(braces_count),
        cmocka_unit_test(too_many_choices_are_refused),
        cmocka_unit_test(a_plain_name_is_a_variable_or_a_scope),
        cmocka_unit_test(no_patterns_match_all),
        cmocka_unit_test(the_scope_of_a_pattern_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
