/* test_list.c - model/list, model/describe, model/summary, model/collection:
 * walking names and what is told of them.
 */
#include "stores.h"

#include <stdio.h>
#include <string.h>

#include "model/record.h"

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "l.db"), VS_OPEN_CREATE_NEW);
}

/* Walks a list and joins the names by blanks. */
static const char *names(vs_store *store, const vs_list_options *options,
                         char *text, size_t cap)
{
    const vs_variable_info *info;
    vs_list *list = NULL;
    size_t n = 0;
    vs_status st;

    text[0] = '\0';
    assert_store(VS_OK, store, vs_list_open(store, options, &list));
    while ((st = vs_list_next(list, &info)) == VS_OK)
        n += (size_t)snprintf(text + n, cap - n, "%s%s", n > 0 ? " " : "",
                              info->name);
    assert_store(VS_DONE, store, st);
    vs_list_close(list);
    return text;
}

static void make(vs_store *store, const char *name)
{
    vs_variable_free(test_iota(store, name, vs_shape_1d(2)));
}

static void names_come_in_byte_order_and_by_scope(void **state)
{
    vs_store *store = fresh(state);
    vs_list_options options = {.scope = "a"};
    char text[256];

    make(store, "b");
    make(store, "a/z");
    make(store, "a/b/c");
    make(store, "a");
    make(store, "a-b/c");
    make(store, "a0");
    make(store, "B");
    assert_string_equal(names(store, NULL, text, sizeof text),
                        "B a a-b/c a/b/c a/z a0 b");
    assert_string_equal(names(store, &options, text, sizeof text), "a/b/c a/z");
    options.scope = "nothing";
    assert_string_equal(names(store, &options, text, sizeof text), "");
    vs_store_close(store);
}

static void a_long_list_comes_whole(void **state)
{
    vs_store *store = fresh(state);
    const vs_variable_info *info;
    vs_list *list = NULL;
    char last[16] = "";
    int n = 0;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    for (int i = 0; i < 1000; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "v%04d", i);
        make(store, name);
    }
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_store(VS_OK, store, vs_list_open(store, NULL, &list));
    for (; vs_list_next(list, &info) == VS_OK; n++) {
        assert_true(strcmp(last, info->name) < 0);
        (void)snprintf(last, sizeof last, "%s", info->name);
        if (n == 100) /* behind the walk: not met; before it: met */
            make(store, "v0050x");
    }
    assert_int_equal(n, 1000);
    vs_list_close(list);
    vs_store_close(store);
}

static void collections_select_and_forget(void **state)
{
    vs_store *store = fresh(state);
    vs_list_options options = {.collection = "mine"};
    char text[256];

    make(store, "a");
    make(store, "b");
    assert_store(VS_OK, store, vs_collection_add(store, "mine", "b"));
    assert_store(VS_OK, store, vs_collection_add(store, "mine", "b"));
    assert_string_equal(names(store, &options, text, sizeof text), "b");
    assert_store(VS_OK, store, vs_collection_remove(store, "mine", "b"));
    assert_store(VS_OK, store, vs_collection_remove(store, "mine", "b"));
    assert_string_equal(names(store, &options, text, sizeof text), "");
    assert_store(VS_ERR_NOTFOUND, store, vs_collection_add(store, "mine", "c"));
    assert_store(VS_ERR_NAME, store, vs_collection_add(store, "", "a"));
    options.collection = VS_TRAINABLE_VARIABLES;
    assert_string_equal(names(store, &options, text, sizeof text), "a b");
    vs_store_close(store);
}

static void a_checkpoint_lists_its_own_names(void **state)
{
    vs_store *store = fresh(state);
    vs_list_options options = {.scope = NULL};
    char text[256];

    make(store, "a");
    make(store, "b");
    assert_store(VS_OK, store,
                 vs_checkpoint_save(store, NULL, &options.checkpoint));
    assert_store(VS_OK, store, vs_variable_delete(store, "a"));
    make(store, "c");
    assert_string_equal(names(store, &options, text, sizeof text), "a b");
    assert_string_equal(names(store, NULL, text, sizeof text), "b c");
    options.checkpoint = 99;
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_list_open(store, &options, &(vs_list *){NULL}));
    vs_store_close(store);
}

/* What alias_of tells of a name in a checkpoint, "" if it is a first name: in a
 * list, and of a handle. */
static void first_then(vs_store *store, int64_t checkpoint, const char *name,
                       char text[32])
{
    const vs_list_options options = {.checkpoint = checkpoint};
    const vs_variable_info *info;
    vs_variable *v = NULL;
    vs_list *list = NULL;

    (void)snprintf(text, 32, "nothing");
    assert_store(VS_OK, store, vs_list_open(store, &options, &list));
    while (vs_list_next(list, &info) == VS_OK)
        if (strcmp(info->name, name) == 0)
            (void)snprintf(text, 32, "%s",
                           info->alias_of != NULL ? info->alias_of : "");
    vs_list_close(list);
    assert_store(VS_OK, store,
                 vs_variable_open_at(store, checkpoint, name, &v));
    assert_store(VS_OK, store, vs_variable_describe(v, &info));
    assert_string_equal(info->alias_of != NULL ? info->alias_of : "", text);
    vs_variable_free(v);
}

static void in_a_checkpoint_aliases_tell_the_first_name_of_then(void **state)
{
    vs_store *store = fresh(state);
    int64_t id = 0;
    char text[32];

    make(store, "first");
    assert_store(VS_OK, store, vs_variable_alias(store, "first", "second"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    first_then(store, id, "second", text);
    assert_string_equal(text, "first");
    assert_store(VS_OK, store, vs_variable_rename(store, "first", "other"));
    first_then(store, id, "second", text);
    assert_string_equal(text, "first");
    assert_store(VS_OK, store, vs_variable_delete(store, "other"));
    first_then(store, id, "second", text); /* the first name now */
    assert_string_equal(text, "first");
    assert_store(VS_OK, store, vs_variable_delete(store, "second"));
    first_then(store, id, "second", text); /* the variable has no name left */
    assert_string_equal(text, "first");
    first_then(store, id, "first", text);
    assert_string_equal(text, "");
    make(store, "first"); /* another variable */
    first_then(store, id, "second", text);
    assert_string_equal(text, "first");
    test_sound(store);
    vs_store_close(store);
}

static void a_description_tells_what_was_asked_for(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(100, 200);
    vs_variable_spec spec = {.dtype = VS_F64,
                             .shape = &shape,
                             .initializer = vs_random_uniform(-1, 1, 7),
                             .trainable = VS_NO,
                             .site = "x.c:1"};
    const vs_variable_info *info;
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    assert_store(VS_OK, store, vs_variable_describe(v, &info));
    assert_string_equal(info->name, "w");
    assert_int_equal(info->dtype, VS_F64);
    assert_true(vs_shape_equal(&info->shape, &shape));
    assert_int_equal(info->n_elements, 20000);
    assert_int_equal(info->n_bytes, 160000);
    assert_int_equal(info->n_chunks, 1);
    assert_true(info->stored_bytes > 100000);
    assert_false(info->trainable);
    assert_string_equal(info->created.program, "test");
    assert_string_equal(info->created.site, "x.c:1");
    assert_true(info->created.at_ms > 1500000000000);
    assert_non_null(strstr(info->initializer, "random_uniform"));
    vs_variable_free(v);
    vs_store_close(store);
}

static void statistics_come_without_decoding(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(300000));
    vs_bucket *buckets = test_calloc(VS_BUCKETS_MAX, sizeof *buckets);
    vs_stats stats;
    int64_t sum = 0;
    int n = 0;

    assert_store(VS_OK, store, vs_variable_stats(v, &stats));
    assert_int_equal(stats.count, 300000);
    assert_int_equal(stats.zeros, 1);
    assert_true(stats.min == 0 && stats.max == 299999);
    assert_true(stats.mean > 149999.4 && stats.mean < 149999.6);
    assert_store(VS_OK, store, vs_variable_histogram(v, buckets, &n));
    assert_int_equal(n, 19);
    for (int i = 0; i < n; i++) {
        assert_int_equal(buckets[i].exponent, i);
        sum += buckets[i].count;
    }
    assert_int_equal(sum, 299999);
    test_free(buckets);
    vs_variable_free(v);
    vs_store_close(store);
}

static void the_store_counts_itself(void **state)
{
    vs_store *store = fresh(state);
    vs_store_info info;

    make(store, "a");
    make(store, "b");
    assert_store(VS_OK, store, vs_variable_alias(store, "a", "c"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_store_describe(store, &info));
    assert_int_equal(info.n_variables, 2);
    assert_int_equal(info.n_aliases, 1);
    assert_int_equal(info.n_trainable, 2);
    assert_int_equal(info.n_parameters, 4);
    assert_int_equal(info.logical_bytes, 16);
    assert_int_equal(info.stored_bytes, 16);
    assert_int_equal(info.n_checkpoints, 1);
    assert_int_equal(info.format, 1);
    assert_int_equal(info.chunk_bytes, 1 << 20);
    assert_int_equal(strlen(info.id), 32);
    assert_true(info.file_bytes + info.wal_bytes > 0);
    vs_store_close(store);
}

struct told {
    const char *path;
    vs_bucket *buckets; /* VS_BUCKETS_MAX of them */
};

/* Asks everything that can be asked of a variable, and puts it in and out of a
 * collection. */
static vs_status ask_everything(void *ctx)
{
    const struct told *t = ctx;
    const vs_store_options options = {.mode = VS_OPEN_WRITE};
    const vs_variable_info *info;
    const char *const *keys;
    vs_store *store = NULL;
    vs_variable *v = NULL;
    vs_store_info about;
    vs_stats stats;
    int n = 0;
    vs_status st = vs_store_open(t->path, &options, &store, NULL);

    if (st == VS_OK)
        st = vs_variable_open(store, "w", &v);
    if (st == VS_OK)
        st = vs_collection_add(store, "mine", "w");
    if (st == VS_OK)
        st = vs_variable_describe(v, &info);
    if (st == VS_OK)
        st = vs_variable_collections(v, &keys);
    if (st == VS_OK)
        st = vs_variable_stats(v, &stats);
    if (st == VS_OK)
        st = vs_variable_histogram(v, t->buckets, &n);
    if (st == VS_OK)
        st = vs_collection_remove(store, "mine", "w");
    if (st == VS_OK)
        st = vs_store_describe(store, &about);
    if (st == VS_OK)
        st = vs_store_flush(store);
    vs_variable_free(v);
    vs_store_close(store);
    return st;
}

static void asking_without_memory_is_an_error_and_leaves_nothing(void **state)
{
    struct told t = {test_path(state, "l.db"),
                     test_calloc(VS_BUCKETS_MAX, sizeof *t.buckets)};
    vs_store *store = fresh(state);

    vs_variable_free(test_iota(store, "w", vs_shape_1d(3000)));
    vs_store_close(store);
    assert_true(test_each_allocation_failing(ask_everything, &t, false) > 9);
    assert_true(test_each_allocation_failing(ask_everything, &t, true) > 9);
    store = test_open(t.path, VS_OPEN_READ);
    test_sound(store);
    vs_store_close(store);
    test_free(t.buckets);
}

/* Gives the last of the names a path that no name can have, and a record that
 * fits. */
static void lengthen_last(vs_store *store, const char *path)
{
    static const char find[] = "SELECT " VS__NAME ", n.path FROM name AS n "
                               "ORDER BY n.path DESC LIMIT 1";
    static const char change[] =
        "UPDATE name SET path = $1, record = $2 WHERE id = $3";
    struct vs__name_row row;
    struct vs__digest record;
    struct vs__stmt *s;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_store(VS_OK, store, vs__stmt_get(store->db, find, &s));
    assert_store(VS_OK, store, vs__stmt_step(s));
    assert_store(
        VS_OK, store,
        vs__name_check(store, s, 0, vs__column_text(s, VS__N_NAME), &row));
    record = vs__name_record(&row, path);
    vs__stmt_reset(s);
    assert_store(VS_OK, store, vs__stmt_get(store->db, change, &s));
    vs__bind_text(s, 1, path, -1);
    vs__bind_blob(s, 2, record.bytes, sizeof record.bytes);
    vs__bind_i64(s, 3, row.id);
    assert_store(VS_OK, store, vs__stmt_run(s));
    assert_store(VS_OK, store, vs_store_commit(store));
}

static void a_name_that_cannot_be_ends_the_walk(void **state)
{
    vs_store *store = fresh(state);
    char path[2 * VS_NAME_MAX];
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    vs_status st;
    int n = 0;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    for (int i = 0; i < 200; i++) { /* a page */
        (void)snprintf(path, sizeof path, "w%03d", i);
        make(store, path);
    }
    assert_store(VS_OK, store, vs_store_commit(store));
    memset(path, 'z', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    lengthen_last(store, path);
    assert_store(VS_OK, store, vs_list_open(store, NULL, &list));
    while ((st = vs_list_next(list, &info)) == VS_OK)
        assert_true(++n < 1000);
    assert_store(VS_ERR_CORRUPT, store, st);
    vs_list_close(list);
    vs_store_close(store);
}

static void options_of_a_later_library_are_refused(void **state)
{
    vs_store *store = fresh(state);
    struct {
        vs_list_options known;
        uint64_t more;
    } later = {{.size = sizeof later}, 1};
    vs_list *list = NULL;

    assert_store(VS_ERR_UNSUPPORTED, store,
                 vs_list_open(store, &later.known, &list));
    assert_non_null(
        strstr(vs_store_error(store)->message, "vs_list_options sets a field"));
    assert_null(list);
    vs_store_close(store);
}

static void closing_no_list_is_fine(void **state)
{
    (void)state;
    vs_list_close(NULL);
    vs_journal_close(NULL);
    vs_mark_list_close(NULL);
    vs_checkpoint_list_close(NULL);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_name_that_cannot_be_ends_the_walk),
        WITH_DIR(options_of_a_later_library_are_refused),
        cmocka_unit_test(closing_no_list_is_fine),
        WITH_DIR(names_come_in_byte_order_and_by_scope),
        WITH_DIR(a_long_list_comes_whole),
        WITH_DIR(collections_select_and_forget),
        WITH_DIR(a_checkpoint_lists_its_own_names),
        WITH_DIR(in_a_checkpoint_aliases_tell_the_first_name_of_then),
        WITH_DIR(a_description_tells_what_was_asked_for),
        WITH_DIR(statistics_come_without_decoding),
        WITH_DIR(the_store_counts_itself),
        WITH_DIR(asking_without_memory_is_an_error_and_leaves_nothing),
    };

    return cmocka_run_group_tests_name("model.list", tests, NULL, NULL);
}
