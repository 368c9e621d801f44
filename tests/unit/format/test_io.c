/* test_io.c - format/io: reads inside and outside an input, errno's codes. */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "format/input.h"

static void reads_stay_inside(void **state)
{
    const struct vs__input in = vs__input_of("abcdef", 6);
    char out[7] = "------";

    (void)state;
    assert_ok(vs__input_read(&in, 0, out, 6, NULL));
    assert_string_equal(out, "abcdef");
    assert_ok(vs__input_read(&in, 5, out, 1, NULL));
    assert_string_equal(out, "fbcdef");
    assert_ok(vs__input_read(&in, 6, out, 0, NULL));
}

static void reads_outside_are_refused(void **state)
{
    const struct vs__input in = vs__input_of("abcdef", 6);
    char out[7] = "------";
    vs_error err;

    (void)state;
    assert_status(VS_ERR_FORMAT, vs__input_read(&in, 0, out, 7, &err));
    assert_string_equal(err.message,
                        "memory: 7 bytes at offset 0 lie outside its 6");
    assert_status(VS_ERR_FORMAT, vs__input_read(&in, 6, out, 1, &err));
    assert_status(VS_ERR_FORMAT, vs__input_read(&in, 7, out, 1, &err));
    assert_status(VS_ERR_FORMAT, vs__input_read(&in, -1, out, 1, &err));
    assert_status(VS_ERR_FORMAT, vs__input_read(&in, INT64_MAX, out, 1, &err));
    assert_status(VS_ERR_FORMAT, vs__input_read(&in, 1, out, SIZE_MAX, &err));
    assert_string_equal(out, "------");
}

static void closing_an_empty_input_is_fine(void **state)
{
    struct vs__input in;

    (void)state;
    memset(&in, 0, sizeof in);
    vs__input_close(&in);
}

static void errno_has_a_code(void **state)
{
    static const struct {
        int number;
        vs_status want;
    } cases[] = {
        {ENOENT, VS_ERR_NOFILE}, {ENOTDIR, VS_ERR_NOFILE},
        {EACCES, VS_ERR_PERM},   {EPERM, VS_ERR_PERM},
        {EROFS, VS_ERR_PERM},    {EEXIST, VS_ERR_EXISTS},
        {ENOSPC, VS_ERR_FULL},   {EDQUOT, VS_ERR_FULL},
        {ENOMEM, VS_ERR_NOMEM},  {EIO, VS_ERR_IO},
        {EMFILE, VS_ERR_IO},
    };
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_status(cases[i].want,
                      vs__fail_errno(&err, cases[i].number, "open", "a/b"));
    (void)vs__fail_errno(&err, ENOENT, "open", "a/b");
    assert_string_equal(err.message,
                        "cannot open 'a/b': No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_stay_inside),
        cmocka_unit_test(reads_outside_are_refused),
        cmocka_unit_test(closing_an_empty_input_is_fine),
        cmocka_unit_test(errno_has_a_code),
    };

    return cmocka_run_group_tests_name("format.io", tests, NULL, NULL);
}
