/* test_import.c - service/import: a foreign file into variables. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "varstore/file.h"

/* Writes a safetensors file out of its JSON and the numbers 0, 1, 2, ... as
 * f32 behind it. */
static void write_file(const char *path, const char *json, int n)
{
    const uint64_t length = strlen(json);
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    for (int i = 0; i < 8; i++)
        assert_true(fputc((int)(length >> 8 * i & 0xff), f) >= 0);
    assert_int_equal(fwrite(json, 1, length, f), length);
    for (int i = 0; i < n; i++) {
        const float x = (float)i;

        assert_int_equal(fwrite(&x, sizeof x, 1, f), 1);
    }
    assert_int_equal(fclose(f), 0);
}

#define F32(name, shape, begin, end)                   \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape \
    ",\"data_offsets\":[" #begin "," #end "]}"

static vs_store *fresh(void **state)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    vs_store *store = NULL;

    assert_ok(vs_store_open(test_path(state, "i.db"), &options, &store, NULL));
    return store;
}

static void tensors_become_variables(void **state)
{
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);
    vs_transfer_report report;

    write_file(
        path,
        "{" F32("small", "[3,4]", 0, 48) "," F32(
            "deep/large", "[1500,2]", 48,
            12048) "," F32("none", "[0]", 12048,
                           12048) "," F32("scalar", "[]", 12048, 12052) "}",
        3013);
    assert_store(VS_OK, store, vs_import(store, path, NULL, &report));
    assert_int_equal(report.n_tensors, 4);
    assert_int_equal(report.n_created, 4);
    assert_int_equal(report.n_bytes, 12052);
    assert_int_equal(report.n_ties, 0);
    assert_starts(store, "small", 0);
    assert_starts(store, "deep/large", 12);
    assert_starts(store, "scalar", 3012);
    assert_true(scene_exists(store, "none"));
    test_sound(store);
    vs_store_close(store);
}

static void what_was_exported_comes_back(void **state)
{
    const vs_export_options options = {.checkpoint = 1};
    const char *path = test_path(state, "x.safetensors");
    vs_store *scene = scene_make(test_path(state, "scene.db"));
    vs_store *store = fresh(state);
    vs_list *one = NULL;
    vs_list *two = NULL;
    const vs_list_options saved = {.checkpoint = 1};
    const vs_variable_info *a = NULL;
    const vs_variable_info *b = NULL;
    vs_status st;

    assert_store(VS_OK, scene, vs_export(scene, path, &options, NULL));
    assert_store(VS_OK, store, vs_import(store, path, NULL, NULL));
    assert_store(VS_OK, scene, vs_list_open(scene, &saved, &one));
    assert_store(VS_OK, store, vs_list_open(store, NULL, &two));
    while ((st = vs_list_next(one, &a)) == VS_OK) {
        if (a->alias_of != NULL)
            continue;
        assert_ok(vs_list_next(two, &b));
        assert_string_equal(a->name, b->name);
        assert_memory_equal(a->digest, b->digest, sizeof a->digest);
    }
    assert_status(VS_DONE, st);
    assert_status(VS_DONE, vs_list_next(two, &b));
    vs_list_close(one);
    vs_list_close(two);
    vs_store_close(scene);
    vs_store_close(store);
}

static void a_scope_and_a_separator_make_the_names(void **state)
{
    const vs_import_options options = {.scope = "ck/", .separator = '.'};
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    write_file(path,
               "{" F32("a.b", "[1]", 0, 4) "," F32("c:0", "[1]", 4, 8) "}", 2);
    assert_store(VS_OK, store, vs_import(store, path, &options, NULL));
    assert_starts(store, "ck/a/b", 0);
    assert_starts(store, "ck/c", 1);
    vs_store_close(store);
}

static void a_name_that_cannot_be_is_told_with_its_tensor(void **state)
{
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    write_file(path, "{" F32("ok", "[1]", 0, 4) "," F32("a b", "[1]", 4, 8) "}",
               2);
    assert_store(VS_ERR_NAME, store, vs_import(store, path, NULL, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "'a b'"));
    assert_true(strlen(vs_store_error(store)->hint) > 0);
    assert_false(scene_exists(store, "ok"));
    vs_store_close(store);
}

static void two_tensors_with_one_name_are_both_told(void **state)
{
    const vs_import_options options = {.separator = '.'};
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    write_file(path,
               "{" F32("a.b", "[1]", 0, 4) "," F32("a/b", "[1]", 4, 8) "}", 2);
    assert_store(VS_ERR_NAME, store, vs_import(store, path, &options, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "'a.b'"));
    assert_non_null(strstr(vs_store_error(store)->message, "'a/b'"));
    vs_store_close(store);
}

static void two_tensors_for_one_variable_are_both_told(void **state)
{
    const vs_import_options options = {.reuse = VS_REUSE_AUTO};
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    vs_variable_free(test_iota(store, "a", vs_shape_1d(1)));
    assert_store(VS_OK, store, vs_variable_alias(store, "a", "b"));
    assert_store(VS_OK, store, vs_variable_alias(store, "a", "c"));
    write_file(path,
               "{" F32("a", "[1]", 0, 4) "," F32("b", "[1]", 4, 8) "," F32(
                   "c", "[1]", 8, 12) "}",
               3);
    assert_store(VS_ERR_NAME, store, vs_import(store, path, &options, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "'a'"));
    assert_non_null(strstr(vs_store_error(store)->message, "'b'"));
    assert_starts(store, "a", 0);
    vs_store_close(store);
}

/* A part gets its value from a tensor of its own, or from that of the whole. */
static void a_part_and_its_whole_do_not_come_together(void **state)
{
    const vs_import_options options = {.reuse = VS_REUSE_AUTO};
    const char *path = test_path(state, "x.safetensors");
    const char *parts = test_path(state, "parts.safetensors");
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    write_file(
        path, "{" F32("w", "[4]", 0, 16) "," F32("w/part_1", "[2]", 16, 24) "}",
        6);
    write_file(
        parts,
        "{" F32("w/part_0", "[2]", 0, 8) "," F32("w/part_1", "[2]", 8, 16) "}",
        4);
    assert_store(VS_ERR_NAME, store, vs_import(store, path, &options, NULL));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "tensor 'w/part_1' would be a part of variable w"));
    assert_store(VS_OK, store, vs_import(store, parts, &options, NULL));
    assert_starts(store, "w", 0);
    vs_store_close(store);
}

/* As any variable that has two names. Here the last has no name of a part, by
 * somebody else's hand. */
static void a_part_comes_by_a_second_name_too(void **state)
{
    const vs_import_options options = {.reuse = VS_REUSE_TRUE};
    const char *path = test_path(state, "x.safetensors");
    const char *both = test_path(state, "both.safetensors");
    const vs_shape shape = vs_shape_1d(6);
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(3, 0)};
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    assert_store(VS_OK, store, vs_variable_alias(store, "w/part_1", "late"));
    write_file(path, "{" F32("late", "[2]", 0, 8) "}", 2);
    write_file(both,
               "{" F32("late", "[2]", 0, 8) "," F32("w", "[6]", 8, 32) "}", 8);
    assert_store(VS_OK, store, vs_import(store, path, &options, NULL));
    assert_starts(store, "w/part_1", 0);
    assert_store(VS_ERR_NAME, store, vs_import(store, both, &options, NULL));
    assert_string_equal(vs_store_error(store)->message,
                        "tensor 'late' would be a part of variable w, which "
                        "another tensor would be");
    assert_starts(store, "w/part_1", 0);
    write_file(path, "{" F32("odd", "[2]", 0, 8) "}", 2);
    vs_store_close(store);
    scene_sql(
        test_path(state, "i.db"),
        "UPDATE name SET path = 'odd' WHERE path = 'w/part_2'" SCENE_SEAL);
    store = test_open(test_path(state, "i.db"), VS_OPEN_WRITE);
    assert_store(VS_OK, store, vs_import(store, path, &options, NULL));
    assert_starts(store, "odd", 0);
    vs_store_close(store);
}

/* A file with "a" [2] of 7 and 8, and "b" [2] of 9 and 10, or "a" alone, into
 * a store where "a" is 0 and 1. */
static void reuse_decides(void **state)
{
    static const struct {
        vs_reuse reuse;
        bool both;
        vs_status want;
        int64_t n_created;
    } cases[] = {
        {VS_REUSE_INHERIT, true, VS_ERR_EXISTS, -1},
        {VS_REUSE_NONE, true, VS_ERR_EXISTS, -1},
        {VS_REUSE_TRUE, true, VS_ERR_NOTFOUND, -1},
        {VS_REUSE_TRUE, false, VS_OK, 0},
        {VS_REUSE_AUTO, true, VS_OK, 1},
        {VS_REUSE_AUTO, false, VS_OK, 0},
        {(vs_reuse)9, false, VS_ERR_MISUSE, -1},
    };
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    vs_variable_free(test_iota(store, "a", vs_shape_1d(2)));
    vs_variable_free(test_iota(store, "pad", vs_shape_1d(7)));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const vs_import_options options = {.reuse = cases[i].reuse};
        const vs_restore_options exact = {.exact = true};
        vs_transfer_report report = {.n_created = -1};

        write_file(
            path,
            cases[i].both
                ? "{" F32("pad", "[7]", 0, 28) "," F32(
                      "a", "[2]", 28, 36) "," F32("b", "[2]", 36, 44) "}"
                : "{" F32("pad", "[7]", 0, 28) "," F32("a", "[2]", 28, 36) "}",
            cases[i].both ? 11 : 9);
        assert_store(cases[i].want, store,
                     vs_import(store, path, &options, &report));
        assert_starts(store, "a", cases[i].want == VS_OK ? 7 : 0);
        assert_int_equal(report.n_created, cases[i].n_created);
        assert_int_equal(scene_exists(store, "b"), cases[i].n_created > 0);
        test_sound(store);
        assert_store(VS_OK, store,
                     vs_checkpoint_restore(store, 1, &exact, NULL));
    }
    vs_store_close(store);
}

static void dtype_and_shape_must_agree(void **state)
{
    const vs_import_options options = {.reuse = VS_REUSE_AUTO};
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    vs_variable_free(test_iota(store, "a", vs_shape_2d(3, 4)));
    write_file(path, "{" F32("a", "[4,3]", 0, 48) "}", 12);
    assert_store(VS_ERR_SHAPE, store, vs_import(store, path, &options, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "[3,4]"));
    assert_non_null(strstr(vs_store_error(store)->message, "[4,3]"));
    write_file(path,
               "{\"a\":{\"dtype\":\"I32\",\"shape\":[3,4],"
               "\"data_offsets\":[0,48]}}",
               12);
    assert_store(VS_ERR_DTYPE, store, vs_import(store, path, &options, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "i32"));
    vs_store_close(store);
}

static void what_is_no_file_of_tensors_is_told(void **state)
{
    const vs_import_options bad = {.scope = "a//b"};
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    assert_store(VS_ERR_NOFILE, store, vs_import(store, path, NULL, NULL));
    assert_store(VS_ERR_MISUSE, store, vs_import(store, NULL, NULL, NULL));
    test_write_file(path, "hello", 5);
    assert_store(VS_ERR_UNSUPPORTED, store, vs_import(store, path, NULL, NULL));
    write_file(path, "{" F32("a", "[4]", 0, 12) "}", 3);
    assert_store(VS_ERR_FORMAT, store, vs_import(store, path, NULL, NULL));
    write_file(path, "{" F32("a", "[3]", 0, 12) "}", 3);
    assert_store(VS_ERR_NAME, store, vs_import(store, path, &bad, NULL));
    vs_store_close(store);
}

/* Opening the store's own file would drop this process's locks on it. */
static void the_store_itself_is_not_imported(void **state)
{
    vs_store *store = fresh(state);

    assert_store(VS_ERR_MISUSE, store,
                 vs_import(store, test_path(state, "i.db"), NULL, NULL));
    vs_store_close(store);
}

static void a_reader_cannot_import(void **state)
{
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    write_file(path, "{" F32("a", "[3]", 0, 12) "}", 3);
    vs_store_close(store);
    store = test_open(test_path(state, "i.db"), VS_OPEN_READ);
    assert_store(VS_ERR_READONLY, store, vs_import(store, path, NULL, NULL));
    vs_store_close(store);
}

struct ticks {
    int64_t last;
    int64_t total;
    int n;
    int stop_at;
    const char *shrink; /* file to be shortened at the first tick */
};

static int tick(int64_t done, int64_t total, void *ctx)
{
    struct ticks *t = ctx;

    assert_true(done > t->last && done <= total);
    t->last = done;
    t->total = total;
    t->n++;
    if (t->shrink != NULL)
        assert_int_equal(truncate(t->shrink, 400), 0);
    return t->n == t->stop_at;
}

static void write_two(const char *path)
{
    write_file(
        path,
        "{" F32("a", "[3000]", 0, 12000) "," F32("b", "[5]", 12000, 12020) "}",
        3005);
}

static void it_can_be_stopped_anywhere_and_leaves_nothing(void **state)
{
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);
    vs_status st = VS_ERR_CANCELLED;

    write_two(path);
    for (int i = 1; st != VS_OK; i++) {
        struct ticks t = {0, 0, 0, i, NULL};
        const vs_import_options options = {.progress = {tick, &t}};

        st = vs_import(store, path, &options, NULL);
        if (st == VS_OK) {
            assert_int_equal(t.last, 12020);
            assert_int_equal(t.total, 12020);
            break;
        }
        assert_status(VS_ERR_CANCELLED, st);
        assert_false(scene_exists(store, "a"));
        assert_false(scene_exists(store, "b"));
        test_sound(store);
        assert_true(i < 100);
    }
    vs_store_close(store);
}

static void a_file_that_shrinks_is_told_and_leaves_nothing(void **state)
{
    const char *path = test_path(state, "x.safetensors");
    struct ticks t = {0, 0, 0, 0, path};
    const vs_import_options options = {.progress = {tick, &t}};
    vs_store *store = fresh(state);

    write_two(path);
    assert_store(VS_ERR_FORMAT, store, vs_import(store, path, &options, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "x.safetensors"));
    assert_false(scene_exists(store, "a"));
    test_sound(store);
    vs_store_close(store);
}

/* Exports two variables and flips a bit of the last byte, which is in "b". */
static void export_changed(void **state, const char *path)
{
    vs_store *from = test_open(test_path(state, "from.db"), VS_OPEN_CREATE_NEW);
    size_t n = 0;
    uint8_t *bytes;

    vs_variable_free(test_iota(from, "a", vs_shape_1d(3)));
    vs_variable_free(test_iota(from, "b", vs_shape_1d(3000)));
    assert_store(VS_OK, from, vs_export(from, path, NULL, NULL));
    vs_store_close(from);
    bytes = test_read_file(path, &n);
    assert_non_null(bytes);
    bytes[n - 1] ^= 1;
    test_write_file(path, bytes, n);
    free(bytes);
}

static void a_tensor_that_was_changed_is_told_by_its_digest(void **state)
{
    const vs_import_options unverified = {.unverified = true};
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    export_changed(state, path);
    assert_store(VS_ERR_CORRUPT, store, vs_import(store, path, NULL, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "x.safetensors"));
    assert_non_null(strstr(vs_store_error(store)->message, "tensor 'b'"));
    assert_true(strlen(vs_store_error(store)->hint) > 0);
    assert_false(scene_exists(store, "a"));
    assert_false(scene_exists(store, "b"));
    assert_store(VS_OK, store, vs_import(store, path, &unverified, NULL));
    assert_true(scene_exists(store, "b"));
    assert_starts(store, "a", 0);
    test_sound(store);
    vs_store_close(store);
}

static void a_tensor_without_a_digest_among_others_is_told(void **state)
{
    const vs_import_options unverified = {.unverified = true};
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    write_file(path,
               "{\"__metadata__\":{\"varstore.digest.a\":"
               "\"00000000000000000000000000000000\"}," F32(
                   "a", "[1]", 0, 4) "," F32("b", "[1]", 4, 8) "}",
               2);
    assert_store(VS_ERR_CORRUPT, store, vs_import(store, path, NULL, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "tensor 'b'"));
    assert_store(VS_OK, store, vs_import(store, path, &unverified, NULL));
    vs_store_close(store);
}

/* A program that drops tensors and keeps the metadata does no harm. */
static void a_digest_without_a_tensor_is_passed_over(void **state)
{
    const char *path = test_path(state, "x.safetensors");
    vs_store *store = fresh(state);

    write_file(path,
               "{\"__metadata__\":{\"varstore.digest.0\":\"\","
               "\"varstore.digest.a\":\"5065993ea13268b6e0a90071b952a461\","
               "\"varstore.digest.gone\":\"\"}," F32("a", "[1]", 0, 4) "}",
               1);
    assert_store(VS_OK, store, vs_import(store, path, NULL, NULL));
    assert_starts(store, "a", 0);
    vs_store_close(store);
}

struct job {
    vs_store *store;
    const char *path;
};

static vs_status import_both(void *ctx)
{
    const vs_import_options options = {.reuse = VS_REUSE_AUTO};
    const struct job *job = ctx;
    vs_status st = vs_store_begin(job->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = vs_import(job->store, job->path, &options, NULL);
    (void)vs_store_rollback(job->store);
    return st;
}

static void running_out_of_memory_leaves_nothing(void **state)
{
    struct job job = {fresh(state), test_path(state, "x.safetensors")};

    write_two(job.path);
    vs_variable_free(test_iota(job.store, "b", vs_shape_1d(5)));
    assert_true(test_each_allocation_failing(import_both, &job, false) > 10);
    assert_false(scene_exists(job.store, "a"));
    assert_starts(job.store, "b", 0);
    test_sound(job.store);
    vs_store_close(job.store);
}

static void running_out_of_memory_is_no_damage(void **state)
{
    struct job job = {fresh(state), test_path(state, "x.safetensors")};
    vs_store *from = test_open(test_path(state, "from.db"), VS_OPEN_CREATE_NEW);

    vs_variable_free(test_iota(from, "a", vs_shape_1d(3)));
    assert_store(VS_OK, from, vs_export(from, job.path, NULL, NULL));
    vs_store_close(from);
    assert_true(test_each_allocation_failing(import_both, &job, false) > 10);
    vs_store_close(job.store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(tensors_become_variables),
        IN_DIR(what_was_exported_comes_back),
        IN_DIR(a_scope_and_a_separator_make_the_names),
        IN_DIR(a_name_that_cannot_be_is_told_with_its_tensor),
        IN_DIR(two_tensors_with_one_name_are_both_told),
        IN_DIR(two_tensors_for_one_variable_are_both_told),
        IN_DIR(a_part_and_its_whole_do_not_come_together),
        IN_DIR(a_part_comes_by_a_second_name_too),
        IN_DIR(reuse_decides),
        IN_DIR(dtype_and_shape_must_agree),
        IN_DIR(what_is_no_file_of_tensors_is_told),
        IN_DIR(the_store_itself_is_not_imported),
        IN_DIR(a_reader_cannot_import),
        IN_DIR(it_can_be_stopped_anywhere_and_leaves_nothing),
        IN_DIR(a_file_that_shrinks_is_told_and_leaves_nothing),
        IN_DIR(a_tensor_that_was_changed_is_told_by_its_digest),
        IN_DIR(a_tensor_without_a_digest_among_others_is_told),
        IN_DIR(a_digest_without_a_tensor_is_passed_over),
        IN_DIR(running_out_of_memory_leaves_nothing),
        IN_DIR(running_out_of_memory_is_no_damage),
    };

    return cmocka_run_group_tests_name("service.import", tests, NULL, NULL);
}
