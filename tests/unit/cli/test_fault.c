/* test_fault.c - cli/fault: one failure, one exit code. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static void every_status_has_a_documented_code(void **state)
{
    static const vs_status all[] = {
#define ROW(name, number, word, text) VS_##name,
        VS_STATUS_LIST(ROW)
#undef ROW
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct exit_meaning *m = exit_meanings;

        while (m->text != NULL && m->code != exit_of(all[i]))
            m++;
        assert_non_null(m->text);
        assert_int_equal(exit_of(all[i]) == EXIT_YES,
                         all[i] == VS_OK || all[i] == VS_DONE);
    }
    assert_int_equal(exit_of((vs_status)-999), EXIT_NO);
}

static void the_promised_codes_hold(void **state)
{
    (void)state;
    assert_int_equal(exit_of(VS_ERR_MISUSE), 2);
    assert_int_equal(exit_of(VS_ERR_NOTFOUND), 10);
    assert_int_equal(exit_of(VS_ERR_NOTASTORE), 10);
    assert_int_equal(exit_of(VS_ERR_BUSY), 11);
    assert_int_equal(exit_of(VS_ERR_CORRUPT), 12);
    assert_int_equal(exit_of(VS_ERR_TOONEW), 13);
    assert_int_equal(exit_of(VS_ERR_EXISTS), 14);
    assert_int_equal(exit_of(VS_ERR_FULL), 15);
    assert_int_equal(exit_of(VS_ERR_CANCELLED), 130);
}

static void the_first_failure_stays(void **state)
{
    struct fault f;

    (void)state;
    memset(&f, 0, sizeof f);
    assert_int_equal(fault_set(&f, VS_ERR_BUSY, "first %d", 1), EXIT_BUSY);
    fault_hint(&f, "one");
    assert_int_equal(fault_set(&f, VS_ERR_IO, "second"), EXIT_BUSY);
    assert_int_equal(fault_no(&f, "third"), EXIT_BUSY);
    fault_hint(&f, "two");
    assert_string_equal(f.message, "first 1");
    assert_string_equal(f.hint, "one");
}

static char *printed(const struct fault *f, bool json, bool colour)
{
    char *text = NULL;
    size_t n;
    FILE *stream = open_memstream(&text, &n);

    fault_print(f, stream, json, colour);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void it_is_printed_in_three_escaped_lines(void **state)
{
    struct fault f;
    char *text;

    (void)state;
    memset(&f, 0, sizeof f);
    (void)fault_set(&f, VS_ERR_NOTFOUND, "a\x1b[2J not found");
    fault_hint(&f, "did you mean b?");
    fault_see(&f, "varstore ls x");
    text = printed(&f, false, false);
    assert_string_equal(text, "error: a\\x1b[2J not found\n"
                              "hint: did you mean b?\n"
                              "see: varstore ls x\n");
    free(text);
    text = printed(&f, false, true);
    assert_non_null(strstr(text, "\033[1;31merror:\033[0m"));
    free(text);
}

static void it_is_printed_as_one_object(void **state)
{
    struct fault f;
    char *text;

    (void)state;
    memset(&f, 0, sizeof f);
    (void)fault_set(&f, VS_ERR_NOTFOUND, "\"a\" not found");
    text = printed(&f, true, true);
    assert_string_equal(text,
                        "{\"schema\":\"varstore.error/1\",\"status\":"
                        "\"notfound\",\"exit\":10,\"message\":\"\\\"a\\\" not "
                        "found\"}\n");
    free(text);
}

static void the_librarys_words_are_taken(void **state)
{
    struct fault f;
    vs_error err = {VS_ERR_EXISTS, "variable 'a' already exists", "use auto"};
    vs_error mute = {VS_ERR_IO, "", ""};

    (void)state;
    memset(&f, 0, sizeof f);
    assert_int_equal(fault_take(&f, &err), EXIT_CONFLICT);
    assert_string_equal(f.message, "variable 'a' already exists");
    assert_string_equal(f.hint, "use auto");
    memset(&f, 0, sizeof f);
    assert_int_equal(fault_take(&f, &mute), EXIT_SYSTEM);
    assert_string_equal(f.message, vs_status_text(VS_ERR_IO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_documented_code),
        cmocka_unit_test(the_promised_codes_hold),
        cmocka_unit_test(the_first_failure_stays),
        cmocka_unit_test(it_is_printed_in_three_escaped_lines),
        cmocka_unit_test(it_is_printed_as_one_object),
        cmocka_unit_test(the_librarys_words_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
