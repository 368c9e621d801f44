/* test_manifest.c - format/manifest: adding, sorting, finding. */
#include "support.h"

#include <string.h>

#include "format/manifest.h"

static vs_status add(struct vs__manifest *m, const char *name)
{
    struct vs__stored tensor;

    memset(&tensor, 0, sizeof tensor);
    tensor.entry.name = name;
    return vs__manifest_add(m, &tensor, NULL);
}

static void tensors_are_sorted_and_found(void **state)
{
    static const char *const names[] = {"b", "a/w", "",  "a", "a.b",     "c",
                                        "d", "e",   "f", "g", "\xc3\xa9"};
    struct vs__manifest m = {0};

    (void)state;
    assert_int_equal(vs__manifest_find(&m, "a"), -1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_ok(add(&m, names[i]));
    assert_ok(vs__manifest_sort(&m, "file", NULL));
    assert_string_equal(m.tensors[0].entry.name, "");
    assert_string_equal(m.tensors[2].entry.name, "a.b");
    assert_string_equal(m.tensors[10].entry.name, "\xc3\xa9");
    for (size_t i = 0; i < m.n_tensors; i++)
        assert_int_equal(vs__manifest_find(&m, m.tensors[i].entry.name), i);
    assert_int_equal(vs__manifest_find(&m, "a/"), -1);
    vs__manifest_done(&m);
    assert_int_equal(m.n_tensors, 0);
}

static void a_name_may_occur_once(void **state)
{
    struct vs__manifest m = {0};
    vs_error err;

    (void)state;
    assert_ok(add(&m, "w"));
    assert_ok(add(&m, "v"));
    assert_ok(add(&m, "w"));
    assert_status(VS_ERR_FORMAT, vs__manifest_sort(&m, "file 'x'", &err));
    assert_string_equal(err.message, "file 'x': tensor 'w' occurs twice");
    vs__manifest_done(&m);
}

static void a_key_may_occur_once(void **state)
{
    const struct vs__pair one = {"k", "1"};
    const struct vs__pair two = {"k", "2"};
    struct vs__manifest m = {0};
    vs_error err;

    (void)state;
    assert_ok(vs__manifest_add_pair(&m, &one, NULL));
    assert_ok(vs__manifest_sort(&m, "file", NULL));
    assert_ok(vs__manifest_add_pair(&m, &two, NULL));
    assert_status(VS_ERR_FORMAT, vs__manifest_sort(&m, "file 'x'", &err));
    assert_string_equal(err.message, "file 'x': metadata key 'k' occurs twice");
    vs__manifest_done(&m);
}

static vs_status add_many(void *ctx)
{
    const struct vs__pair pair = {"k", "v"};
    struct vs__manifest m = {0};
    vs_status st = VS_OK;

    (void)ctx;
    for (int i = 0; st == VS_OK && i < 20; i++)
        if ((st = add(&m, "w")) == VS_OK)
            st = vs__manifest_add_pair(&m, &pair, NULL);
    vs__manifest_done(&m);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(add_many, NULL, false) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_sorted_and_found),
        cmocka_unit_test(a_name_may_occur_once),
        cmocka_unit_test(a_key_may_occur_once),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("format.manifest", tests, NULL, NULL);
}
