/* test_json.c - cli/json: one document. */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "json.h"

static void a_document_is_well_formed(void **state)
{
    static const uint8_t digest[16] = {0xab, 1};
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    struct json j;

    (void)state;
    json_init(&j, out);
    json_open(&j, '{');
    json_member_text(&j, "schema", "x/1");
    json_member_int(&j, "int", -3);
    json_member_id(&j, "id", INT64_MAX);
    json_member_real(&j, "real", 0.1);
    json_member_bool(&j, "yes", true);
    json_member_digest(&j, "digest", digest);
    json_member_time(&j, "at", 0);
    json_member_open(&j, "list", '[');
    json_int(&j, 1);
    json_open(&j, '{');
    json_close(&j, '}');
    json_text(&j, "two");
    json_close(&j, ']');
    json_member_open(&j, "empty", '[');
    json_close(&j, ']');
    json_close(&j, '}');
    assert_int_equal(fclose(out), 0);
    assert_string_equal(
        text, "{\"schema\":\"x/1\",\"int\":-3,\"id\":\"9223372036854775807\","
              "\"real\":0.1,\"yes\":true,"
              "\"digest\":\"ab010000000000000000000000000000\","
              "\"at\":\"1970-01-01T00:00:00.000Z\","
              "\"list\":[1,{},\"two\"],\"empty\":[]}\n");
    free(text);
}

static void assert_text(const char *given, const char *want)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    struct json j;

    json_init(&j, out);
    json_text(&j, given);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, want);
    free(text);
}

static void text_is_escaped(void **state)
{
    (void)state;
    assert_text("a\"b\\c", "\"a\\\"b\\\\c\"");
    assert_text("\n\t\x01\x7f", "\"\\n\\t\\u0001\\u007f\"");
    assert_text("\xe2\x80\xae", "\"\\u202e\"");
    assert_text("\xf3\xa0\x80\x81", "\"\\udb40\\udc01\"");
    assert_text("caf\xc3\xa9", "\"caf\xc3\xa9\"");
    assert_text("\xff"
                "a",
                "\"\\ufffda\"");
}

static void what_is_no_number_is_text(void **state)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    struct json j;

    (void)state;
    json_init(&j, out);
    json_open(&j, '[');
    json_real(&j, NAN);
    json_real(&j, INFINITY);
    json_real(&j, -INFINITY);
    json_close(&j, ']');
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "[\"nan\",\"inf\",\"-inf\"]\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_well_formed),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(what_is_no_number_is_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
