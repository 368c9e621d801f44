/* test_foreign.c - service/foreign: a file's tensor as a source, and the
 * store's own file refused.
 */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service/foreign.h"
#include "varstore/file.h"

/* An .npy of version 1.0 with little-endian int32 elements. */
static void write_npy(const char *path, const char *shape, bool fortran,
                      const int32_t *elements, size_t n)
{
    char head[129] = "\x93NUMPY\x01";
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    head[8] = 118; /* bytes of what follows, up to byte 128 */
    (void)snprintf(head + 10, 119,
                   "{'descr': '<i4', 'fortran_order': %s, 'shape': %-60s, } \n",
                   fortran ? "True" : "False", shape);
    for (int i = 10; i < 127; i++)
        if (head[i] == '\0' || head[i] == '\n')
            head[i] = ' ';
    head[127] = '\n';
    assert_int_equal(fwrite(head, 1, 128, f), 128);
    assert_int_equal(fwrite(elements, sizeof *elements, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Reads the only tensor of a file by pieces of `step` elements and asserts
 * that they are 0, 1, 2, ... in row-major order. */
static void assert_iota(const char *path, int64_t n, int64_t step)
{
    struct vs__meter meter = {{NULL, NULL}, 0, 0};
    struct vs__foreign foreign = {.index = 0, .meter = &meter};
    const vs_source source = vs__foreign_source(&foreign);
    int32_t *got = malloc((size_t)n * sizeof *got);

    assert_non_null(got);
    assert_ok(vs_file_open(path, &foreign.file, NULL));
    for (int64_t at = 0; at < n; at += step)
        assert_ok(source.fill(at, n - at < step ? n - at : step, got + at,
                              source.ctx));
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(got[i], i);
    assert_int_equal(meter.done, n * 4);
    vs_file_close(foreign.file);
    free(got);
}

static void pieces_of_any_length_come_in_order(void **state)
{
    static const struct {
        const char *shape;
        int64_t n;
    } cases[] = {{"(120,)", 120},       {"(10, 12)", 120},
                 {"(2, 3, 4, 5)", 120}, {"(5, 1, 4, 1, 6)", 120},
                 {"(1, 1, 120)", 120},  {"()", 1},
                 {"(120, 1)", 120},     {"(2, 60)", 120}};
    const char *path = test_path(state, "x.npy");
    int32_t elements[120];

    for (int i = 0; i < 120; i++)
        elements[i] = i;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_npy(path, cases[i].shape, false, elements, (size_t)cases[i].n);
        for (int64_t step = 1; step <= cases[i].n; step++)
            assert_iota(path, cases[i].n, step);
    }
}

static void a_fortran_array_comes_in_row_major_order(void **state)
{
    const char *path = test_path(state, "f.npy");
    int32_t elements[120];

    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 12; j++)
            elements[j * 10 + i] = i * 12 + j;
    write_npy(path, "(10, 12)", true, elements, 120);
    for (int64_t step = 1; step <= 120; step++)
        assert_iota(path, 120, step);
}

static void a_failure_keeps_its_words(void **state)
{
    struct vs__meter meter = {{NULL, NULL}, 0, 0};
    struct vs__foreign foreign = {.index = 0, .meter = &meter};
    const vs_source source = vs__foreign_source(&foreign);
    const char *path = test_path(state, "x.npy");
    int32_t elements[120] = {0};

    write_npy(path, "(10, 12)", false, elements, 120);
    assert_ok(vs_file_open(path, &foreign.file, NULL));
    assert_int_equal(truncate(path, 200), 0);
    assert_status(VS_ERR_FORMAT, source.fill(0, 120, elements, source.ctx));
    assert_int_equal(foreign.why.status, VS_ERR_FORMAT);
    foreign.why.status = VS_OK; /* by a piece between others, too */
    assert_status(VS_ERR_FORMAT, source.fill(5, 110, elements, source.ctx));
    assert_int_equal(foreign.why.status, VS_ERR_FORMAT);
    assert_non_null(strstr(foreign.why.message, "x.npy"));
    vs_file_close(foreign.file);
}

static void the_stores_own_files_are_known_by_any_name(void **state)
{
    const char *path = test_path(state, "own.db");
    const char *hard = test_path(state, "hard");
    const char *soft = test_path(state, "soft");
    char wal[512];
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    vs_variable_free(test_iota(store, "a", vs_shape_1d(3)));
    assert_int_equal(link(path, hard), 0);
    assert_int_equal(symlink(path, soft), 0);
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    assert_status(VS_ERR_MISUSE, vs__foreign_refuse_own(store, path, "read"));
    assert_status(VS_ERR_MISUSE, vs__foreign_refuse_own(store, hard, "read"));
    assert_status(VS_ERR_MISUSE, vs__foreign_refuse_own(store, soft, "read"));
    assert_status(VS_ERR_MISUSE, vs__foreign_refuse_own(store, wal, "read"));
    assert_ok(vs__foreign_refuse_own(store, test_path(state, "other"), "read"));
    test_write_file(test_path(state, "file"), "x", 1);
    assert_ok(vs__foreign_refuse_own(store, test_path(state, "file"), "read"));
    assert_ok(vs__foreign_refuse_own(store, "/dev/null", "read"));
    vs_store_close(store);
}

/* A store that was opened by a relative path, and a process that has moved. */
static void the_stores_own_file_is_known_from_elsewhere(void **state)
{
    const char *path = test_path(state, "own.db");
    const char *slash = strrchr(path, '/');
    const char *there = test_path(state, "");
    vs_store *store;
    char here[4096];

    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(there), 0);
    store = test_open(slash + 1, VS_OPEN_CREATE_NEW);
    assert_int_equal(chdir(here), 0);
    assert_status(VS_ERR_MISUSE, vs__foreign_refuse_own(store, path, "read"));
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(pieces_of_any_length_come_in_order),
        IN_DIR(a_fortran_array_comes_in_row_major_order),
        IN_DIR(a_failure_keeps_its_words),
        IN_DIR(the_stores_own_files_are_known_by_any_name),
        IN_DIR(the_stores_own_file_is_known_from_elsewhere),
    };

    return cmocka_run_group_tests_name("service.foreign", tests, NULL, NULL);
}
