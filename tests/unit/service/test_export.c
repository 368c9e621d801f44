/* test_export.c - service/export: one state into a foreign file. */
#include "scene.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "varstore/file.h"

/* How many entries the folder of a path has. */
static int entries_beside(const char *path)
{
    char folder[512];
    DIR *dir;
    int n = 0;

    (void)snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n;
}

/* Asserts that a tensor of a file is start, start + 1, ... */
static void assert_tensor(const char *path, const char *name, int64_t n,
                          float start)
{
    float *got = malloc((size_t)n * sizeof *got);
    const vs_file_entry *entry;
    vs_file *file = NULL;
    vs_view view;
    int64_t i;

    assert_non_null(got);
    assert_ok(vs_file_open(path, &file, NULL));
    i = vs_file_find(file, name);
    assert_true(i >= 0);
    entry = vs_file_get(file, (size_t)i);
    assert_int_equal(entry->n_elements, n);
    view = vs_view_of(VS_F32, &entry->shape, got);
    assert_ok(vs_file_read(file, (size_t)i, NULL, &view, NULL));
    for (int64_t k = 0; k < n; k++)
        assert_true(got[k] == start + (float)k);
    vs_file_close(file);
    free(got);
}

static void the_current_state_is_written(void **state)
{
    const char *out = test_path(state, "x.safetensors");
    vs_store *store = scene_make(test_path(state, "e.db"));
    vs_transfer_report report;

    assert_store(VS_OK, store, vs_export(store, out, NULL, &report));
    assert_int_equal(report.n_tensors, 3);
    assert_int_equal(report.n_ties, 1);
    assert_int_equal(report.n_bytes, 24048);
    assert_int_equal(report.n_created, 0);
    assert_tensor(out, "a/small", 12, 1);
    assert_tensor(out, "a/large", 3000, 1);
    assert_tensor(out, "c/twin", 3000, 0);
    vs_store_close(store);
}

static void a_checkpoint_is_written(void **state)
{
    const vs_export_options options = {.checkpoint = 1};
    const char *out = test_path(state, "x.safetensors");
    vs_store *store = scene_make(test_path(state, "e.db"));
    vs_transfer_report report;

    assert_store(VS_OK, store, vs_export(store, out, &options, &report));
    assert_int_equal(report.n_tensors, 4);
    assert_tensor(out, "a/small", 12, 0);
    assert_tensor(out, "d/gone", 2000, 0);
    vs_store_close(store);
}

static void a_scope_is_written_alone(void **state)
{
    const vs_export_options options = {.scope = "b"};
    const char *out = test_path(state, "x.npy");
    vs_store *store = scene_make(test_path(state, "e.db"));
    vs_transfer_report report;

    assert_store(VS_OK, store, vs_export(store, out, &options, &report));
    assert_int_equal(report.n_tensors, 1);
    assert_int_equal(report.n_ties, 0);
    assert_tensor(out, "x", 3000, 1);
    vs_store_close(store);
}

static void the_same_state_gives_the_same_bytes(void **state)
{
    const vs_export_options options = {.checkpoint = 1};
    const char *one = test_path(state, "1.safetensors");
    const char *two = test_path(state, "2.safetensors");
    vs_store *store = scene_make(test_path(state, "e.db"));
    vs_store *other = scene_make(test_path(state, "f.db"));
    size_t n1 = 0;
    size_t n2 = 0;
    void *bytes1;
    void *bytes2;

    assert_store(VS_OK, store, vs_export(store, one, &options, NULL));
    assert_store(VS_OK, store, vs_checkpoint_restore(other, 1, NULL, NULL));
    assert_store(VS_OK, other, vs_export(other, two, &options, NULL));
    bytes1 = test_read_file(one, &n1);
    bytes2 = test_read_file(two, &n2);
    assert_int_equal(n1, n2);
    assert_memory_equal(bytes1, bytes2, n1);
    free(bytes1);
    free(bytes2);
    vs_store_close(store);
    vs_store_close(other);
}

static void an_existing_file_is_only_replaced_when_told(void **state)
{
    const vs_export_options over = {.overwrite = true};
    const char *out = test_path(state, "x.safetensors");
    vs_store *store = scene_make(test_path(state, "e.db"));
    size_t n = 0;
    char *bytes;

    test_write_file(out, "mine", 4);
    assert_store(VS_ERR_EXISTS, store, vs_export(store, out, NULL, NULL));
    bytes = test_read_file(out, &n);
    assert_memory_equal(bytes, "mine", 4);
    free(bytes);
    assert_store(VS_OK, store, vs_export(store, out, &over, NULL));
    assert_tensor(out, "a/small", 12, 1);
    vs_store_close(store);
}

static void a_directory_is_never_replaced(void **state)
{
    const vs_export_options over = {.overwrite = true};
    const char *out = test_path(state, "x.safetensors");
    vs_store *store = scene_make(test_path(state, "e.db"));

    assert_int_equal(mkdir(out, 0777), 0);
    assert_store(VS_ERR_EXISTS, store, vs_export(store, out, &over, NULL));
    assert_store(VS_ERR_EXISTS, store, vs_export(store, out, NULL, NULL));
    vs_store_close(store);
}

static void the_store_itself_is_never_replaced(void **state)
{
    const vs_export_options over = {.format = "safetensors", .overwrite = true};
    const char *path = test_path(state, "e.db");
    const char *hard = test_path(state, "hard");
    vs_store *store = scene_make(path);
    char wal[512];

    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    assert_int_equal(link(path, hard), 0);
    assert_store(VS_ERR_MISUSE, store, vs_export(store, path, &over, NULL));
    assert_store(VS_ERR_MISUSE, store, vs_export(store, wal, &over, NULL));
    assert_store(VS_ERR_MISUSE, store, vs_export(store, hard, &over, NULL));
    assert_int_equal(unlink(hard), 0);
    test_sound(store);
    vs_store_close(store);
}

static void what_cannot_be_written_is_told(void **state)
{
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {
        .dtype = VS_C128, .shape = &shape, .initializer = vs_zeros()};
    const vs_export_options unknown = {.format = "gguf"};
    const vs_export_options later = {.checkpoint = 9};
    const vs_export_options nowhere = {.scope = "zz"};
    const vs_export_options bad = {.scope = "a//b"};
    const char *out = test_path(state, "x.safetensors");
    vs_store *store = scene_make(test_path(state, "e.db"));
    const int before = entries_beside(out);

    assert_store(VS_ERR_UNSUPPORTED, store,
                 vs_export(store, out, &unknown, NULL));
    assert_store(VS_ERR_UNSUPPORTED, store,
                 vs_export(store, test_path(state, "x.bin"), NULL, NULL));
    assert_store(VS_ERR_NOTFOUND, store, vs_export(store, out, &later, NULL));
    assert_store(VS_ERR_NOTFOUND, store, vs_export(store, out, &nowhere, NULL));
    assert_store(VS_ERR_NAME, store, vs_export(store, out, &bad, NULL));
    assert_store(VS_ERR_MISUSE, store, vs_export(store, NULL, NULL, NULL));
    assert_store(VS_ERR_MISUSE, store,
                 vs_export(store, test_path(state, "x.npy"), NULL, NULL));
    assert_store(
        VS_ERR_NOFILE, store,
        vs_export(store, test_path(state, "no/x.safetensors"), NULL, NULL));
    assert_store(VS_OK, store, vs_variable_create(store, "c", &spec, NULL));
    assert_store(VS_ERR_UNSUPPORTED, store, vs_export(store, out, NULL, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "'c'"));
    assert_int_equal(entries_beside(out), before);
    vs_store_close(store);
}

static void what_is_damaged_is_not_written(void **state)
{
    static const char *const damages[] = {
        "UPDATE frame SET bytes = zeroblob(length(bytes)) WHERE chunk = 3",
        "UPDATE small SET bytes = zeroblob(48) WHERE version = 5",
        "UPDATE variable SET current = 99 WHERE id = 1",
    };
    const char *path = test_path(state, "e.db");
    const char *out = test_path(state, "x.safetensors");

    vs_store_close(scene_make(path));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        size_t n = 0;
        void *whole = test_read_file(path, &n);
        vs_store *store;

        scene_sql(path, damages[i]);
        store = test_open(path, VS_OPEN_READ);
        assert_store(VS_ERR_CORRUPT, store, vs_export(store, out, NULL, NULL));
        assert_int_not_equal(access(out, F_OK), 0);
        vs_store_close(store);
        test_write_file(path, whole, n);
        free(whole);
    }
}

struct ticks {
    int64_t last;
    int n;
    int stop_at;
};

static int tick(int64_t done, int64_t total, void *ctx)
{
    struct ticks *t = ctx;

    assert_int_equal(total, 24048);
    assert_true(done > t->last && done <= total);
    t->last = done;
    t->n++;
    return t->n == t->stop_at;
}

static void it_can_be_stopped_anywhere_and_leaves_nothing(void **state)
{
    const char *out = test_path(state, "x.safetensors");
    vs_store *store = scene_make(test_path(state, "e.db"));
    const int before = entries_beside(out);
    vs_status st = VS_ERR_CANCELLED;

    for (int i = 1; st != VS_OK; i++) {
        struct ticks t = {0, 0, i};
        const vs_export_options options = {.progress = {tick, &t}};

        st = vs_export(store, out, &options, NULL);
        if (st == VS_OK) {
            assert_int_equal(t.last, 24048);
            break;
        }
        assert_status(VS_ERR_CANCELLED, st);
        assert_int_equal(entries_beside(out), before);
        assert_true(i < 100);
    }
    vs_store_close(store);
}

struct job {
    vs_store *store;
    const char *out;
};

static vs_status export_all(void *ctx)
{
    const vs_export_options over = {.overwrite = true};
    const struct job *job = ctx;
    const int before = entries_beside(job->out);
    const vs_status st = vs_export(job->store, job->out, &over, NULL);

    if (st != VS_OK)
        assert_int_equal(entries_beside(job->out), before);
    return st;
}

static void running_out_of_memory_leaves_nothing(void **state)
{
    const char *path = test_path(state, "e.db");
    struct job job;

    vs_store_close(scene_make(path));
    job.out = test_path(state, "x.safetensors");
    job.store = test_open(path, VS_OPEN_READ);
    assert_true(test_each_allocation_failing(export_all, &job, false) > 10);
    assert_tensor(job.out, "a/small", 12, 1);
    vs_store_close(job.store);
}

/* A file size limit stands for a full disk. */
static void a_full_disk_is_told_and_leaves_nothing(void **state)
{
    static const char *const names[] = {"x.safetensors", "x.npy"};
    vs_store *store = test_open(test_path(state, "e.db"), VS_OPEN_CREATE_NEW);
    const int before = entries_beside(test_path(state, "x"));
    struct rlimit old;
    struct rlimit small;

    vs_variable_free(test_iota(store, "big", vs_shape_1d(300000)));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 500000;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    for (size_t i = 0; i < 2; i++) {
        vs_status st;

        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        st = vs_export(store, test_path(state, names[i]), NULL, NULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_store(VS_ERR_FULL, store, st);
        assert_int_equal(entries_beside(test_path(state, "x")), before);
    }
    vs_store_close(store);
}

static void what_has_no_value_is_not_exported(void **state)
{
    vs_store *store = scene_make(test_path(state, "e.db"));
    const char *out = test_path(state, "x.safetensors");
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec later = {.shape = &shape, .deferred = VS_YES};
    const vs_export_options scope = {.scope = "a", .overwrite = true};
    const vs_import_options share = {.reuse = VS_REUSE_AUTO};

    assert_store(VS_OK, store, vs_variable_create(store, "late", &later, NULL));
    assert_store(VS_ERR_UNINITIALIZED, store,
                 vs_export(store, out, NULL, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "late"));
    assert_store(VS_OK, store, vs_export(store, out, &scope, NULL));
    /* An import writes, and so gives a first value. */
    assert_store(VS_OK, store, vs_variable_delete(store, "a/small"));
    assert_store(
        VS_OK, store,
        vs_variable_create(store, "a/small",
                           &(vs_variable_spec){.shape = &(vs_shape){2, {3, 4}},
                                               .deferred = VS_YES},
                           NULL));
    assert_store(VS_OK, store, vs_import(store, out, &share, NULL));
    assert_starts(store, "a/small", 1);
    test_sound(store);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_current_state_is_written),
        IN_DIR(a_checkpoint_is_written),
        IN_DIR(a_scope_is_written_alone),
        IN_DIR(the_same_state_gives_the_same_bytes),
        IN_DIR(an_existing_file_is_only_replaced_when_told),
        IN_DIR(a_directory_is_never_replaced),
        IN_DIR(the_store_itself_is_never_replaced),
        IN_DIR(what_cannot_be_written_is_told),
        IN_DIR(what_is_damaged_is_not_written),
        IN_DIR(a_full_disk_is_told_and_leaves_nothing),
        IN_DIR(what_has_no_value_is_not_exported),
        IN_DIR(it_can_be_stopped_anywhere_and_leaves_nothing),
        IN_DIR(running_out_of_memory_leaves_nothing),
    };

    return cmocka_run_group_tests_name("service.export", tests, NULL, NULL);
}
