/* test_names.c - cli/names: escaping, distance, suggestions. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

static void assert_escaped(const char *bytes, size_t n, const char *want)
{
    struct text t = {NULL, 0, 0};

    escape_add(&t, bytes, n);
    assert_string_equal(text_str(&t), want);
    text_done(&t);
}

static void harmless_text_stays(void **state)
{
    (void)state;
    assert_escaped("encoder/layer_0", 15, "encoder/layer_0");
    assert_escaped("caf\xc3\xa9 \xe6\xb1\x89 \xf0\x9f\x98\x80", 14,
                   "caf\xc3\xa9 \xe6\xb1\x89 \xf0\x9f\x98\x80");
    assert_escaped("", 0, "");
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    assert_escaped("a\x1b[31mb", 7, "a\\x1b[31mb");
    assert_escaped("a\nb\tc\rd", 7, "a\\nb\\tc\\rd");
    assert_escaped("a\0b", 3, "a\\x00b");
    assert_escaped("\x7f", 1, "\\x7f");
    assert_escaped("\xc2\x9b", 2, "\\u009b"); /* CSI in one character */
    assert_escaped("a\\nb", 4, "a\\\\nb");
}

static void text_that_changes_direction_is_escaped(void **state)
{
    (void)state;
    assert_escaped("\xe2\x80\xae", 3, "\\u202e");
    assert_escaped("\xe2\x81\xa6", 3, "\\u2066");
    assert_escaped("\xe2\x80\x8b", 3, "\\u200b");
    assert_escaped("\xef\xbb\xbf", 3, "\\ufeff");
    assert_escaped("\xf3\xa0\x80\x81", 4, "\\U000e0001");
}

static void bytes_that_are_no_text_are_escaped(void **state)
{
    (void)state;
    assert_escaped("\xff", 1, "\\xff");
    assert_escaped("\x80z", 2, "\\x80z");
    assert_escaped("\xc3", 1, "\\xc3");                   /* cut */
    assert_escaped("\xc0\xaf", 2, "\\xc0\\xaf");          /* too long a form */
    assert_escaped("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* a surrogate */
    assert_escaped("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
}

static void width_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(escape_width("768\xc3\x97"
                                  "768"),
                     7);
    assert_int_equal(escape_width(""), 0);
}

static void distance_counts_edits(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        int want;
    } cases[] = {{"", "", 0},
                 {"", "ab", 2},
                 {"", "abc", DISTANCE_FAR},
                 {"kernel", "kernel", 0},
                 {"kernle", "kernel", 1}, /* swapped */
                 {"kerne", "kernel", 1},
                 {"xkernel", "kernel", 1},
                 {"kxrnel", "kernel", 1},
                 {"layr_0/kernl", "layer_0/kernel", 2},
                 {"ab", "ba", 1},
                 {"abcd", "badc", 2},
                 {"abc", "xyz", DISTANCE_FAR},
                 {"kernel", "kern", 2},
                 {"kernel", "ker", DISTANCE_FAR},
                 {"abcdef", "fabcde", 2}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(distance(cases[i].a, cases[i].b), cases[i].want);
        assert_int_equal(distance(cases[i].b, cases[i].a), cases[i].want);
    }
}

/* The band must give what the whole matrix gives, cut off at DISTANCE_FAR. */
static int plain_distance(const char *a, const char *b)
{
    int d[9][9];
    int na = (int)strlen(a);
    int nb = (int)strlen(b);

    for (int i = 0; i <= na; i++)
        for (int j = 0; j <= nb; j++) {
            int best = i == 0 ? j : j == 0 ? i : 99;

            if (i > 0 && j > 0) {
                int change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

                best = d[i - 1][j] + 1;
                best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
                best = change < best ? change : best;
            }
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[na][nb] < DISTANCE_FAR ? d[na][nb] : DISTANCE_FAR;
}

static void the_band_agrees_with_the_whole_matrix(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char words[2][9] = {"", ""};

        for (int w = 0; w < 2; w++) {
            int n;

            seed = seed * 1103515245 + 12345;
            n = (int)(seed >> 16) % 8;
            for (int i = 0; i < n; i++) {
                seed = seed * 1103515245 + 12345;
                words[w][i] = (char)('a' + (seed >> 16) % 3);
            }
        }
        assert_int_equal(distance(words[0], words[1]),
                         plain_distance(words[0], words[1]));
    }
}

static void assert_suggested(const char *word, const char *const *candidates,
                             const char *want)
{
    struct suggest s;

    suggest_init(&s, word);
    for (; *candidates != NULL; candidates++)
        suggest_offer(&s, *candidates);
    if (want == NULL)
        assert_null(suggest_best(&s));
    else {
        assert_non_null(suggest_best(&s));
        assert_string_equal(suggest_best(&s), want);
    }
    suggest_done(&s);
}

static void the_nearest_is_suggested(void **state)
{
    static const char *const commands[] = {"ls", "cp", "show", "save", NULL};
    static const char *const names[] = {"a/kernal", "b/kernel", "b/kernal2",
                                        NULL};
    static const char *const deep[] = {"encoder/embed/kernel", "x", NULL};

    (void)state;
    assert_suggested("lss", commands, "ls");
    assert_suggested("sohw", commands, "show");
    assert_suggested("xy", commands, NULL); /* two edits from any two letters */
    assert_suggested("b/kernal", names, "b/kernel"); /* its own scope first */
    assert_suggested("embed/kernel", deep, "encoder/embed/kernel");
    assert_suggested("nothing/like/it", deep, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harmless_text_stays),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(text_that_changes_direction_is_escaped),
        cmocka_unit_test(bytes_that_are_no_text_are_escaped),
        cmocka_unit_test(width_counts_characters),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(the_band_agrees_with_the_whole_matrix),
        cmocka_unit_test(the_nearest_is_suggested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
