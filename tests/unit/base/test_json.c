/* test_json.c - base/json: what is JSON, what is not, and strings. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

/* Reads all of a text; its tokens' kinds as letters go to `kinds`. */
static vs_status read_all(const char *text, size_t n, char *kinds,
                          vs_error *err)
{
    static const char letters[] = "{}[]ksntf0.";
    uint8_t *copy = malloc(n + 1);
    struct vs__json json;
    struct vs__json_token token = {VS__JSON_NULL, "", 0};
    vs_status st = VS_OK;

    assert_non_null(copy);
    memcpy(copy, text, n);
    copy[n] = '!'; /* not part of the text */
    vs__json_begin(&json, copy, n, "text");
    while (st == VS_OK && token.kind != VS__JSON_END) {
        st = vs__json_next(&json, &token, err);
        if (st == VS_OK)
            *kinds++ = letters[token.kind];
    }
    *kinds = '\0';
    free(copy);
    return st;
}

static void tokens_come_in_order(void **state)
{
    static const char text[] = " {\"a\" : [1, -2.5e+3 ,\"x\",[ ],{}],\n"
                               "\t\"b\":{\"c\":true,\"d\":false},"
                               "\"e\":null}\r\n";
    char kinds[64];

    (void)state;
    assert_ok(read_all(text, strlen(text), kinds, NULL));
    assert_string_equal(kinds, "{k[nns[]{}]k{ktkf}k0}.");
}

static void any_value_is_a_text(void **state)
{
    static const char *const texts[] = {"0",    "-0",    "10",    "1.5", "1e9",
                                        "1E-9", "\"\"",  "true",  "[]",  "{}",
                                        "null", "[0,0]", "1.0e+0"};
    char kinds[16];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_ok(read_all(texts[i], strlen(texts[i]), kinds, NULL));
}

static void what_is_not_json_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\" 1}",
        "{1:2}",
        "[1}",
        "{\"a\":1]",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x1",
        "--1",
        "1 1",
        "tru",
        "nul",
        "True",
        "NaN",
        "Infinity",
        "'a'",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\",
        "\"\n\"",
        "\"\x01\"",
        "\"\x80\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800x\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\u0000\"",
        "/* c */1",
        "[1]//",
        "\"\xed\xa0\x80\"",
        "\xef\xbb\xbf{}",
        "{\"a\":1}}",
        "[]]",
        "\f1",
    };
    char kinds[16];
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        vs_status st = read_all(texts[i], strlen(texts[i]), kinds, &err);

        if (st != VS_ERR_FORMAT)
            print_error("accepted: %s\n", texts[i]);
        assert_status(VS_ERR_FORMAT, st);
    }
    assert_status(VS_ERR_FORMAT, read_all("\"\0\"", 3, kinds, &err));
}

static void words_tell_the_byte(void **state)
{
    char kinds[16];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_FORMAT, read_all("[1;2]", 5, kinds, &err));
    assert_string_equal(err.message, "text: byte 2 is ';', want ',' or ']'");
    assert_status(VS_ERR_FORMAT, read_all("{\"a\":", 5, kinds, &err));
    assert_string_equal(err.message, "text: byte 5 is the end, want a value");
    assert_status(VS_ERR_FORMAT, read_all("[\x07", 2, kinds, &err));
    assert_string_equal(err.message, "text: byte 1 is 0x07, want a value");
}

static void every_prefix_of_a_text_is_refused(void **state)
{
    static const char text[] = "{\"a\\n\\u00e9\":[1,{\"b\":\"\\ud83d\\ude00\"},"
                               "true,null,-1.5e3]}";
    char kinds[64];

    (void)state;
    for (size_t n = 0; n < strlen(text); n++)
        assert_status(VS_ERR_FORMAT, read_all(text, n, kinds, NULL));
    assert_ok(read_all(text, strlen(text), kinds, NULL));
}

static void assert_string(const char *text, const char *want)
{
    char copy[128];
    struct vs__json json;
    struct vs__json_token token;

    (void)snprintf(copy, sizeof copy, "%s", text);
    vs__json_begin(&json, (uint8_t *)copy, strlen(copy), "text");
    assert_ok(vs__json_next(&json, &token, NULL));
    assert_int_equal(token.kind, VS__JSON_STRING);
    assert_string_equal(token.text, want);
    assert_int_equal(token.n, strlen(want));
}

static void strings_are_unescaped(void **state)
{
    (void)state;
    assert_string("\"\"", "");
    assert_string("\"plain\"", "plain");
    assert_string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    assert_string("\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac");
    assert_string("\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!");
    assert_string("\"\xf0\x9f\x98\x80\x7f\"", "\xf0\x9f\x98\x80\x7f");
}

static void levels_are_limited(void **state)
{
    char text[2 * VS__JSON_DEPTH + 3];
    char kinds[sizeof text + 2];
    vs_error err;

    (void)state;
    memset(text, '[', VS__JSON_DEPTH);
    memset(text + VS__JSON_DEPTH, ']', VS__JSON_DEPTH);
    assert_ok(read_all(text, 2 * VS__JSON_DEPTH, kinds, NULL));
    memset(text, '[', VS__JSON_DEPTH + 1);
    assert_status(VS_ERR_FORMAT, read_all(text, sizeof text, kinds, &err));
    assert_string_equal(err.message,
                        "text: nests deeper than 64 levels at byte 64");
}

static void a_million_levels_are_refused_like_65(void **state)
{
    const size_t n = 1000000;
    char *text = malloc(n);
    char *kinds = malloc(n);

    (void)state;
    assert_true(text != NULL && kinds != NULL);
    for (size_t i = 0; i < n; i++)
        text[i] = "{\"a\":"[i % 5];
    assert_status(VS_ERR_FORMAT, read_all(text, n, kinds, NULL));
    memset(text, '[', n);
    assert_status(VS_ERR_FORMAT, read_all(text, n, kinds, NULL));
    free(text);
    free(kinds);
}

static void skip_passes_over_one_value(void **state)
{
    char text[] = "[ {\"a\":[1,[2,{}]],\"b\":\"]\"} , 7 ]";
    struct vs__json json;
    struct vs__json_token token;
    uint64_t x = 0;

    (void)state;
    vs__json_begin(&json, (uint8_t *)text, strlen(text), "text");
    assert_ok(vs__json_want(&json, VS__JSON_ARRAY, &token, NULL));
    assert_ok(vs__json_skip(&json, NULL));
    assert_ok(vs__json_next(&json, &token, NULL));
    assert_true(vs__json_u64(&token, &x));
    assert_int_equal(x, 7);
}

static void want_refuses_another_kind(void **state)
{
    char text[] = "[1]";
    struct vs__json json;
    struct vs__json_token token;
    vs_error err;

    (void)state;
    vs__json_begin(&json, (uint8_t *)text, strlen(text), "text");
    assert_status(VS_ERR_FORMAT,
                  vs__json_want(&json, VS__JSON_OBJECT, &token, &err));
    assert_string_equal(err.message,
                        "text: an array before byte 1, want an object");
}

static bool whole(const char *text, uint64_t *out)
{
    const struct vs__json_token token = {VS__JSON_NUMBER, text, strlen(text)};

    return vs__json_u64(&token, out);
}

static void whole_numbers_are_exact(void **state)
{
    const struct vs__json_token string = {VS__JSON_STRING, "1", 1};
    uint64_t x = 5;

    (void)state;
    assert_true(whole("0", &x) && x == 0);
    assert_true(whole("9007199254740993", &x) && x == 9007199254740993u);
    assert_true(whole("18446744073709551615", &x) && x == UINT64_MAX);
    x = 5;
    assert_false(whole("18446744073709551616", &x));
    assert_false(whole("99999999999999999999999", &x));
    assert_false(whole("-1", &x));
    assert_false(whole("-0", &x));
    assert_false(whole("1.0", &x));
    assert_false(whole("1e2", &x));
    assert_false(vs__json_u64(&string, &x));
    assert_int_equal(x, 5);
}

static void assert_put(const char *text, const char *want)
{
    struct vs__buf buf;

    vs__buf_init(&buf, 1000);
    assert_ok(vs__json_put(&buf, text));
    assert_string_equal(vs__buf_text(&buf), want);
    vs__buf_done(&buf);
}

static void strings_are_escaped_when_written(void **state)
{
    (void)state;
    assert_put("", "\"\"");
    assert_put("a/b.c", "\"a/b.c\"");
    assert_put("\"\\\b\f\n\r\t\x01\x1f\x7f",
               "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    assert_put("\xc3\xa9", "\"\xc3\xa9\"");
}

static void what_is_not_utf8_is_replaced(void **state)
{
    (void)state;
    assert_put("a\xff"
               "b\xc3",
               "\"a\xef\xbf\xbd"
               "b\xef\xbf\xbd\"");
}

static vs_status put_long(void *ctx)
{
    struct vs__buf buf;
    vs_status st;

    vs__buf_init(&buf, 10000);
    st = vs__json_put(&buf, ctx);
    vs__buf_done(&buf);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    char text[500];

    (void)state;
    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_true(test_each_allocation_failing(put_long, text, false) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_in_order),
        cmocka_unit_test(any_value_is_a_text),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(words_tell_the_byte),
        cmocka_unit_test(every_prefix_of_a_text_is_refused),
        cmocka_unit_test(strings_are_unescaped),
        cmocka_unit_test(levels_are_limited),
        cmocka_unit_test(a_million_levels_are_refused_like_65),
        cmocka_unit_test(skip_passes_over_one_value),
        cmocka_unit_test(want_refuses_another_kind),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(strings_are_escaped_when_written),
        cmocka_unit_test(what_is_not_utf8_is_replaced),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("format.json", tests, NULL, NULL);
}
