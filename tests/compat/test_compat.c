/* test_compat.c - stores that were kept are read as they were written.
 *
 *     test_compat FOLDER            tests each FOLDER/NAME.vars.db
 *     test_compat FOLDER --write    writes FOLDER/NAME.values for each
 *
 * NAME.values has a line for each value, now and in each checkpoint: checkpoint
 * or '-', name, dtype, shape and the digest of its elements, or '-' if it has
 * none yet.
 */
#include "stores.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/target.h"
#include "codec/digest.h"

#define MOST_STORES 32
#define NAME_BYTES  64
#define PATH_BYTES  512
#define MOST_TEXT   (256 << 10)

static const char *folder;
static char names[MOST_STORES][NAME_BYTES]; /* without ".vars.db" */
static size_t n_names;

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void find_stores(void)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        const char *end = strstr(entry->d_name, ".vars.db");

        if (end == NULL || end[8] != '\0' || end - entry->d_name >= NAME_BYTES)
            continue;
        if (n_names == MOST_STORES)
            abort();
        (void)snprintf(names[n_names++], NAME_BYTES, "%.*s",
                       (int)(end - entry->d_name), entry->d_name);
    }
    if (dir != NULL)
        (void)closedir(dir);
    qsort(names, n_names, NAME_BYTES, compare);
}

/* Of a store's file in the folder. */
static void path_of(const char *name, const char *ending, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/%.*s.%s", folder, NAME_BYTES, name,
                   ending);
}

/* --- what is in a store -------------------------------------------------- */

struct text {
    char *bytes; /* MOST_TEXT */
    size_t n;
};

static void add_line(struct text *t, int64_t checkpoint, vs_variable *v)
{
    const size_t size = vs_dtype_size(vs_variable_dtype(v));
    char shape[VS_SHAPE_TEXT_MAX];
    char digest[2 * VS__DIGEST_BYTES + 1] = "-";
    char where[24] = "-";
    int64_t n = 0;
    uint8_t *bytes;
    vs_view view;
    vs_status st;

    assert_ok(vs_shape_count(vs_variable_shape(v), &n));
    bytes = calloc((size_t)n + 1, size);
    assert_non_null(bytes);
    view = vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), bytes);
    st = vs_variable_read(v, &view);
    if (st != VS_ERR_UNINITIALIZED) {
        struct vs__digest d;

        assert_store(VS_OK, vs_variable_store(v), st);
        d = vs__digest_of(bytes, (size_t)n * size);
        for (size_t i = 0; i < VS__DIGEST_BYTES; i++)
            (void)snprintf(digest + 2 * i, 3, "%02x", d.bytes[i]);
    }
    if (checkpoint != 0)
        (void)snprintf(where, sizeof where, "%lld", (long long)checkpoint);
    t->n += (size_t)snprintf(
        t->bytes + t->n, MOST_TEXT - t->n, "%s %s %s %s %s\n", where,
        vs_variable_name(v), vs_dtype_name(vs_variable_dtype(v)),
        vs_shape_text(vs_variable_shape(v), shape), digest);
    assert_true(t->n < MOST_TEXT);
    free(bytes);
}

static void add_values(struct text *t, vs_store *store, int64_t checkpoint)
{
    const vs_list_options options = {.checkpoint = checkpoint};
    const vs_variable_info *info;
    vs_list *list = NULL;
    vs_status st;

    assert_store(VS_OK, store, vs_list_open(store, &options, &list));
    while ((st = vs_list_next(list, &info)) == VS_OK) {
        vs_variable *v = NULL;

        assert_store(VS_OK, store,
                     checkpoint == 0 ? vs_variable_open(store, info->name, &v)
                                     : vs_variable_open_at(store, checkpoint,
                                                           info->name, &v));
        add_line(t, checkpoint, v);
        vs_variable_free(v);
    }
    vs_list_close(list);
    assert_store(VS_DONE, store, st);
}

/* Every value of a store in a file; free() it. */
static char *values_of(const char *path)
{
    struct text t = {malloc(MOST_TEXT), 0};
    vs_store *store = test_open(path, VS_OPEN_READ);
    vs_checkpoint_list *list = NULL;
    const vs_checkpoint_info *info;
    vs_status st;

    assert_non_null(t.bytes);
    test_sound(store);
    add_values(&t, store, 0);
    assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
    while ((st = vs_checkpoint_list_next(list, &info)) == VS_OK)
        add_values(&t, store, info->id);
    assert_store(VS_DONE, store, st);
    vs_checkpoint_list_close(list);
    vs_store_close(store);
    return t.bytes;
}

/* --- tests --------------------------------------------------------------- */

/* A copy of a store in the test's folder; the kept one is never opened. */
static const char *copy_of(void **state, const char *name)
{
    char from[PATH_BYTES];
    size_t n = 0;
    void *bytes;
    const char *path;

    path_of(name, "vars.db", from);
    bytes = test_read_file(from, &n);
    assert_non_null(bytes);
    path = test_path(state, name);
    test_write_file(path, bytes, n);
    free(bytes);
    return path;
}

static char *recorded(const char *name)
{
    char path[PATH_BYTES];
    size_t n = 0;
    char *bytes;
    char *text;

    path_of(name, "values", path);
    bytes = test_read_file(path, &n);
    assert_non_null(bytes);
    text = calloc(n + 1, 1);
    assert_non_null(text);
    memcpy(text, bytes, n);
    free(bytes);
    return text;
}

static void every_value_is_what_was_written(void **state)
{
    assert_in_range(n_names, 1, MOST_STORES);
    for (size_t i = 0; i < n_names; i++) {
        char *want = recorded(names[i]);
        char *got = values_of(copy_of(state, names[i]));

        assert_true(strlen(want) > 60);
        assert_string_equal(got, want);
        free(want);
        free(got);
    }
}

/* A write, a checkpoint and a restore: nothing that was there is harmed. */
static void what_was_kept_can_be_written_on(void **state)
{
    for (size_t i = 0; i < n_names; i++) {
        const char *path = copy_of(state, names[i]);
        vs_store *store = test_open(path, VS_OPEN_WRITE);
        char *want = recorded(names[i]);
        char *got;
        int64_t checkpoint = 0;

        if (strstr(want, " -\n") == NULL) /* else nothing can be saved */
            assert_store(VS_OK, store,
                         vs_checkpoint_save(store, NULL, &checkpoint));
        vs_variable_free(test_iota(store, "new/large", vs_shape_1d(3000)));
        vs_variable_free(test_iota(store, "new/small", vs_shape_1d(3)));
        test_sound(store);
        assert_store(VS_OK, store, vs_variable_delete(store, "new/large"));
        assert_store(VS_OK, store, vs_variable_delete(store, "new/small"));
        if (checkpoint != 0) {
            assert_store(VS_OK, store,
                         vs_checkpoint_restore(store, checkpoint, NULL, NULL));
            assert_store(VS_OK, store, vs_checkpoint_delete(store, checkpoint));
        }
        test_sound(store);
        vs_store_close(store);
        got = values_of(path);
        assert_string_equal(got, want);
        free(got);
        free(want);
    }
}

/* Asserts that a file cannot be opened in any way and stays what it is. */
static void assert_refused(const char *path, vs_status want)
{
    static const vs_open_mode modes[] = {VS_OPEN_READ, VS_OPEN_WRITE,
                                         VS_OPEN_CREATE};
    char beside[512];
    size_t n = 0;
    void *before = test_read_file(path, &n);

    for (size_t i = 0; i < 3; i++) {
        const vs_store_options options = {.mode = modes[i]};
        vs_store *store = NULL;
        size_t n_after = 0;
        void *after;
        vs_error err;

        assert_status(want, vs_store_open(path, &options, &store, &err));
        assert_null(store);
        after = test_read_file(path, &n_after);
        assert_int_equal(n_after, n);
        assert_memory_equal(after, before, n);
        free(after);
        for (size_t k = 0; k < 3; k++) {
            static const char *const ends[] = {"-wal", "-shm", "-journal"};

            (void)snprintf(beside, sizeof beside, "%s%s", path, ends[k]);
            assert_int_equal(access(beside, F_OK), -1);
        }
    }
    free(before);
}

static void a_newer_schema_is_refused_untouched(void **state)
{
    const char *path = copy_of(state, names[0]);
    size_t n = 0;
    uint8_t *bytes = test_read_file(path, &n);

    assert_non_null(bytes);
    bytes[63]++; /* user_version, the highest byte first */
    test_write_file(path, bytes, n);
    free(bytes);
    assert_refused(path, VS_ERR_TOONEW);
}

static void a_newer_format_is_refused_untouched(void **state)
{
    static const char key[] = "format_version";
    const char *path = copy_of(state, names[0]);
    size_t found = 0;
    size_t n = 0;
    uint8_t *bytes = test_read_file(path, &n);

    assert_non_null(bytes);
    for (size_t at = 0; at + sizeof key <= n; at++)
        if (memcmp(bytes + at, key, sizeof key - 1) == 0 &&
            bytes[at + sizeof key - 1] >= '1' &&
            bytes[at + sizeof key - 1] <= '8') {
            bytes[at + sizeof key - 1]++; /* the value behind the key */
            found++;
        }
    assert_int_equal(found, 1);
    test_write_file(path, bytes, n);
    free(bytes);
    assert_refused(path, VS_ERR_TOONEW);
}

static void a_processor_of_the_other_byte_order_is_refused(void **state)
{
    assert_refused(copy_of(state, names[0]), VS_ERR_UNSUPPORTED);
}

static void write_values(void **state)
{
    for (size_t i = 0; i < n_names; i++) {
        char *text = values_of(copy_of(state, names[i]));
        char path[PATH_BYTES];

        path_of(names[i], "values", path);
        test_write_file(path, text, strlen(text));
        free(text);
    }
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(every_value_is_what_was_written),
        WITH_DIR(what_was_kept_can_be_written_on),
        WITH_DIR(a_newer_schema_is_refused_untouched),
        WITH_DIR(a_newer_format_is_refused_untouched),
    };
    const struct CMUnitTest on_other[] = {
        WITH_DIR(a_processor_of_the_other_byte_order_is_refused)};
    const struct CMUnitTest writing[] = {WITH_DIR(write_values)};

    if (argc < 2 || argc > 3 ||
        (argc == 3 && strcmp(argv[2], "--write") != 0)) {
        (void)fprintf(stderr, "usage: test_compat FOLDER [--write]\n");
        return 2;
    }
    folder = argv[1];
    find_stores();
    if (argc == 3)
        return cmocka_run_group_tests_name("compat.write", writing, NULL, NULL);
    if (VS__HOST_BIG)
        return cmocka_run_group_tests_name("compat", on_other, NULL, NULL);
    return cmocka_run_group_tests_name("compat", tests, NULL, NULL);
}
