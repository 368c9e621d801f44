/* test_outlet.c - service/outlet: choosing a format and writing in it. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chunk/plan.h"
#include "service/outlet.h"
#include "varstore/checkpoint.h"
#include "varstore/file.h"

static void the_ending_or_the_name_chooses(void **state)
{
    static const struct {
        const char *name;
        const char *path;
        vs_status want;
    } cases[] = {
        {NULL, "a.safetensors", VS_OK},
        {NULL, "dir.x/b.npy", VS_OK},
        {"npy", "a.safetensors", VS_OK},
        {"safetensors", "noending", VS_OK},
        {NULL, "noending", VS_ERR_UNSUPPORTED},
        {NULL, "a.npy.gz", VS_ERR_UNSUPPORTED},
        {NULL, "", VS_ERR_UNSUPPORTED},
        {"", "a.npy", VS_ERR_UNSUPPORTED},
        {"gguf", "a.gguf", VS_ERR_UNSUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vs__outlet outlet = {.format = NULL};
        vs_error err;

        assert_status(cases[i].want, vs__outlet_choose(&outlet, cases[i].name,
                                                       cases[i].path, &err));
        assert_true((outlet.format != NULL) == (cases[i].want == VS_OK));
    }
}

/* An inventory of f32 "a" [2], u8 "b" [3] and f32 "c" [], "d" tied to "a". */
static struct vs__holding holdings[3];
static struct vs__tie tie = {"d", "a"};

static struct vs__inventory make_inventory(size_t n)
{
    static const struct {
        const char *name;
        vs_dtype dtype;
        vs_shape shape;
    } rows[] = {{"a", VS_F32, {1, {2}}},
                {"b", VS_U8, {1, {3}}},
                {"c", VS_F32, {0, {0}}}};
    struct vs__inventory in = {.holdings = holdings,
                               .n = n,
                               .ties = &tie,
                               .n_ties = 1,
                               .checkpoint = 7,
                               .step = 42};

    for (size_t i = 0; i < 3; i++) {
        holdings[i].name = rows[i].name;
        holdings[i].kind.dtype = rows[i].dtype;
        holdings[i].kind.shape = rows[i].shape;
        holdings[i].kind.plan =
            vs__plan_make(rows[i].dtype, &rows[i].shape, 4096);
    }
    return in;
}

static vs_status write_file(const char *path, const struct vs__inventory *in)
{
    static const float numbers[] = {1.5f, -2};
    struct vs__outlet outlet = {.format = NULL};
    struct vs__output *output = NULL;
    vs_error err;
    size_t i = 0;
    vs_status st;

    if ((st = vs__outlet_choose(&outlet, NULL, path, &err)) == VS_OK &&
        (st = vs__output_open(path, VS__OUTPUT_REPLACE, &output, &err)) ==
            VS_OK)
        st = vs__outlet_begin(&outlet, output, in, &err);
    while (st == VS_OK && (st = vs__outlet_next(&outlet, &i, &err)) == VS_OK)
        st = vs__outlet_append(&outlet, i == 1 ? (const void *)"xyz" : numbers,
                               in->holdings[i].kind.plan.n_elements, &err);
    if (st == VS_DONE && (st = vs__outlet_end(&outlet, &err)) == VS_OK) {
        st = vs__output_commit(output, &err);
        output = NULL;
    }
    vs__output_abandon(output);
    vs__outlet_done(&outlet);
    return st;
}

static void a_safetensors_file_holds_all_and_tells_ties(void **state)
{
    /* The digests: xxh128sum of type and bytes, such as
     * 0c 01 02 00 00 00 00 00 00 00  00 00 c0 3f 00 00 00 c0 */
    static const char *const pairs[][2] = {
        {"format", "pt"},
        {"varstore.alias.d", "a"},
        {"varstore.checkpoint", "7"},
        {"varstore.digest.a", "395286e75c0e72dad3c561a86551b8fd"},
        {"varstore.digest.b", "519fa25415361429caaf0896b6a172b7"},
        {"varstore.digest.c", "b444b308ff2a70bdaebaea0a981b22df"},
        {"varstore.step", "42"}};
    const struct vs__inventory in = make_inventory(3);
    const char *path = test_path(state, "x.safetensors");
    const char *key = NULL;
    const char *value = NULL;
    vs_file *file = NULL;

    assert_ok(write_file(path, &in));
    assert_ok(vs_file_open(path, &file, NULL));
    assert_int_equal(vs_file_count(file), 3);
    assert_int_equal(vs_file_get(file, 1)->dtype, VS_U8);
    assert_int_equal(vs_file_get(file, 2)->shape.rank, 0);
    for (size_t i = 0; i < 7; i++) {
        assert_ok(vs_file_metadata(file, i, &key, &value));
        assert_string_equal(key, pairs[i][0]);
        assert_string_equal(value, pairs[i][1]);
    }
    assert_status(VS_DONE, vs_file_metadata(file, 7, &key, &value));
    vs_file_close(file);
}

static void a_file_without_all_its_elements_is_not_ended(void **state)
{
    static const float numbers[] = {1.5f, -2};
    static const char *const names[] = {"x.safetensors", "x.npy"};

    for (size_t k = 0; k < 2; k++) {
        const struct vs__inventory in = make_inventory(1);
        const char *path = test_path(state, names[k]);
        struct vs__outlet outlet = {.format = NULL};
        struct vs__output *output = NULL;
        size_t i = 0;
        vs_error err;

        assert_ok(vs__outlet_choose(&outlet, NULL, path, &err));
        assert_ok(vs__output_open(path, VS__OUTPUT_NEW, &output, &err));
        assert_ok(vs__outlet_begin(&outlet, output, &in, &err));
        assert_ok(vs__outlet_next(&outlet, &i, &err));
        assert_ok(vs__outlet_append(&outlet, numbers, 1, &err));
        assert_status(VS_ERR_MISUSE, vs__outlet_end(&outlet, &err));
        vs__output_abandon(output);
        vs__outlet_done(&outlet);
    }
}

static void the_current_state_has_no_number(void **state)
{
    struct vs__inventory in = make_inventory(1);
    const char *path = test_path(state, "x.safetensors");
    const char *key = NULL;
    const char *value = NULL;
    vs_file *file = NULL;

    in.checkpoint = 0;
    in.step = VS_NO_STEP;
    in.n_ties = 0;
    assert_ok(write_file(path, &in));
    assert_ok(vs_file_open(path, &file, NULL));
    assert_ok(vs_file_metadata(file, 0, &key, &value));
    assert_string_equal(key, "format");
    assert_ok(vs_file_metadata(file, 1, &key, &value));
    assert_string_equal(key, "varstore.digest.a");
    assert_status(VS_DONE, vs_file_metadata(file, 2, &key, &value));
    vs_file_close(file);
}

static void an_npy_takes_one_variable_of_a_dtype_it_knows(void **state)
{
    const char *path = test_path(state, "x.npy");
    struct vs__inventory in = make_inventory(1);
    vs_file *file = NULL;

    assert_ok(write_file(path, &in));
    assert_ok(vs_file_open(path, &file, NULL));
    assert_string_equal(vs_file_format(file), "npy");
    assert_int_equal(vs_file_get(file, 0)->shape.dims[0], 2);
    vs_file_close(file);
    in = make_inventory(3);
    assert_status(VS_ERR_MISUSE, write_file(path, &in));
    in = make_inventory(1);
    holdings[0].kind.dtype = VS_BF16;
    assert_status(VS_ERR_UNSUPPORTED, write_file(path, &in));
}

static vs_status write_again(void *ctx)
{
    const struct vs__inventory in = make_inventory(3);

    return write_file(ctx, &in);
}

static void running_out_of_memory_is_an_error(void **state)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s", test_path(state, "x.safetensors"));
    assert_true(test_each_allocation_failing(write_again, path, false) > 5);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ending_or_the_name_chooses),
        IN_DIR(a_safetensors_file_holds_all_and_tells_ties),
        IN_DIR(a_file_without_all_its_elements_is_not_ended),
        IN_DIR(the_current_state_has_no_number),
        IN_DIR(an_npy_takes_one_variable_of_a_dtype_it_knows),
        IN_DIR(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("service.outlet", tests, NULL, NULL);
}
