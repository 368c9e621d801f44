/* test_handles.c - calls on handles that are not like those of test_calls.c: with
 * local variables, several transactions deep, keeping deltas. Each statement of
 * each fails in its turn, none is left out: the call says so, nothing is half
 * done, and the same handle can do it then.
 */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/txn.h"
#include "failing.h"
#include "model/store.h"

static const vs_shape two = {1, {2}};
static const vs_shape rows = {2, {2, 700}};

struct handle {
    vs_store *store;
    vs_context *ctx;
};

/* -------- The store, and what a handle has before a call. */

static float *numbers(void)
{
    static float values[1500];

    for (int i = 0; i < 1500; i++)
        values[i] = (float)i;
    return values;
}

static vs_status cut(vs_store *store, const char *name, const vs_shape *shape)
{
    const vs_variable_spec spec = {
        .shape = shape, .partitioner = vs_fixed_size_partitioner(2, 0)};

    return vs_variable_create(store, name, &spec, NULL);
}

/* w f32[1500] has had several values. Checkpoint 1 has c f32[2,700] as a whole,
 * which is in two parts now, and d the other way round. A value has two chunks.
 */
static void make(const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096,
                                      .delta = VS_YES,
                                      .program = "test"};
    vs_store *store = NULL;
    vs_variable *v;

    assert_ok(vs_store_open(path, &options, &store, NULL));
    v = test_iota(store, "w", vs_shape_1d(1500));
    for (int i = 0; i < 2; i++) {
        const vs_view view =
            vs_view_of(VS_F32, vs_variable_shape(v), numbers());

        assert_store(VS_OK, store, vs_variable_assign_add(v, &view));
    }
    vs_variable_free(v);
    vs_variable_free(test_iota(store, "c", rows));
    assert_store(VS_OK, store, cut(store, "d", &rows));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "c"));
    assert_store(VS_OK, store, vs_variable_delete(store, "d"));
    assert_store(VS_OK, store, cut(store, "c", &rows));
    vs_variable_free(test_iota(store, "d", rows));
    vs_store_close(store);
}

static vs_status get_local(struct handle *h, const char *name)
{
    const vs_variable_spec spec = {.shape = &two};
    vs_variable *v = NULL;
    const vs_status st = vs_get_local_variable(h->ctx, name, &spec, &v);

    vs_variable_free(v);
    return st;
}

static struct handle sit(const char *path, bool locals, int levels)
{
    /* One thread: what fails is counted. */
    const vs_store_options options = {.mode = VS_OPEN_WRITE,
                                      .sync = VS_SYNC_NORMAL,
                                      .program = "test",
                                      .threads = 1};
    struct handle h = {NULL, NULL};

    assert_ok(vs_store_open(path, &options, &h.store, NULL));
    assert_ok(vs_context_new(h.store, &h.ctx));
    if (locals) {
        assert_ok(get_local(&h, "mine"));
        assert_ok(get_local(&h, "run/mine"));
    }
    for (int i = 0; i < levels; i++)
        assert_ok(vs_store_begin(h.store, VS_TXN_WRITE));
    return h;
}

static void stand(struct handle *h)
{
    vs_context_free(h->ctx);
    vs_store_close(h->store);
}

/* -------- The calls. */

static vs_status gets_a_local_one(struct handle *h)
{
    return get_local(h, "yours");
}
static vs_status gets_local_parts(struct handle *h)
{
    const vs_variable_spec spec = {
        .shape = &two, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_variable *v = NULL;
    const vs_status st = vs_get_local_variable(h->ctx, "parts", &spec, &v);

    vs_variable_free(v);
    return st;
}
static vs_status opens(struct handle *h, const char *name)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(h->store, name, &v);

    vs_variable_free(v);
    return st;
}
static vs_status opens_a_local_one(struct handle *h)
{
    return opens(h, "mine");
}
static vs_status opens_one_that_is_not_local(struct handle *h)
{
    return opens(h, "w");
}
static vs_status renames_a_local_one(struct handle *h)
{
    return vs_variable_rename(h->store, "mine", "ours");
}
static vs_status copies_a_local_one(struct handle *h)
{
    return vs_variable_copy(h->store, "mine", "ours");
}
static vs_status makes_an_alias_of_a_local_one(struct handle *h)
{
    return vs_variable_alias(h->store, "mine", "ours");
}
static vs_status deletes_a_local_one(struct handle *h)
{
    return vs_variable_delete(h->store, "mine");
}
static vs_status collects_a_local_one(struct handle *h)
{
    return vs_collection_add(h->store, "kept", "mine");
}
static vs_status begins(struct handle *h)
{
    vs_status st = vs_store_begin(h->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    (void)failing_end(); /* that it is taken back again is no part of this */
    return vs_store_rollback(h->store);
}
static vs_status reserves_beside_a_local_one(struct handle *h)
{
    vs_scope *scope = NULL;
    vs_status st = vs_scope_reserve(h->ctx, "run", NULL, &scope);

    if (st != VS_OK)
        return st;
    assert_string_equal(vs_scope_name(scope), "run_1");
    return vs_scope_leave(scope);
}
static vs_status creates(struct handle *h)
{
    const vs_variable_spec spec = {.shape = &two};

    return vs_variable_create(h->store, "new", &spec, NULL);
}
static vs_status creates_parts(struct handle *h)
{
    return cut(h->store, "new", &rows);
}
/* Which is refused, in words that are read from the store. */
static vs_status creates_what_exists(struct handle *h)
{
    const vs_variable_spec spec = {.shape = &two};
    vs_status st = vs_variable_create(h->store, "w", &spec, NULL);

    return st == VS_ERR_EXISTS ? VS_OK : st;
}
static vs_status writes_a_slice(struct handle *h)
{
    const vs_shape shape = vs_shape_1d(10);
    const vs_view view = vs_view_of(VS_F32, &shape, numbers());
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(h->store, "w", &v);

    if (st == VS_OK) {
        const vs_slice slice = vs_slice_rows(vs_variable_shape(v), 7, 10);

        st = vs_variable_write_slice(v, &slice, &view);
    }
    vs_variable_free(v);
    return st;
}
static vs_status restores_into_what_is_cut_otherwise(struct handle *h)
{
    const vs_restore_options options = {.keep_partitions = true};
    vs_restore_report report;

    return vs_checkpoint_restore(h->store, 1, &options, &report);
}

static const struct call {
    const char *name;
    vs_status (*call)(struct handle *h);
    bool locals;
    int levels; /* of transactions around it */
} calls[] = {
    {"gets the first local one", gets_a_local_one, false, 0},
    {"gets the first local one, deep", gets_a_local_one, false, 3},
    {"gets a local one", gets_a_local_one, true, 0},
    {"gets local parts", gets_local_parts, true, 0},
    {"opens a local one", opens_a_local_one, true, 0},
    {"opens one that is not local", opens_one_that_is_not_local, true, 0},
    {"renames a local one", renames_a_local_one, true, 0},
    {"copies a local one", copies_a_local_one, true, 1},
    {"makes an alias of a local one", makes_an_alias_of_a_local_one, true, 0},
    {"deletes a local one", deletes_a_local_one, true, 1},
    {"collects a local one", collects_a_local_one, true, 0},
    {"begins", begins, true, 0},
    {"begins, deep", begins, true, 2},
    {"reserves beside a local one", reserves_beside_a_local_one, true, 0},
    {"creates", creates, true, 0},
    {"creates parts", creates_parts, true, 0},
    {"creates what exists", creates_what_exists, false, 0},
    {"writes a slice", writes_a_slice, false, 0},
    {"restores into what is cut otherwise", restores_into_what_is_cut_otherwise,
     false, 0},
};

/* -------- The tries. */

static int64_t count_names(vs_store *store, bool locals)
{
    const vs_list_options options = {.local = locals};
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    int64_t n = 0;

    assert_ok(vs_list_open(store, &options, &list));
    while (vs_list_next(list, &info) == VS_OK)
        n++;
    vs_list_close(list);
    return n;
}

/* As many transactions are open as before, here and among the local variables.
 */
static void assert_levels(const struct handle *h, const struct call *call,
                          int k)
{
    const vs_store *inner = h->store->locals;
    const int here = vs__txn_depth(h->store->db);
    const int there = inner != NULL ? vs__txn_depth(inner->db) : call->levels;

    if (here != call->levels || there != call->levels)
        fail_msg("%s, failing %d: %d and %d levels, want %d", call->name, k,
                 here, there, call->levels);
}

static void assert_names(const struct handle *h, const struct call *call, int k)
{
    const int64_t want = call->locals ? 2 : 0;
    const int64_t locals = count_names(h->store, true);
    const int64_t names = count_names(h->store, false);

    if (names != 4 || locals != want)
        fail_msg("%s, failing %d: %lld names and %lld local, want 4 and %lld",
                 call->name, k, (long long)names, (long long)locals,
                 (long long)want);
}

static void undo(const struct handle *h, const struct call *call)
{
    for (int i = 0; i < call->levels; i++)
        assert_store(VS_OK, h->store, vs_store_rollback(h->store));
}

/* In the words of the statement, wherever it failed. A blob that is made to fail
 * has none of its own. */
static void assert_failed(const struct handle *h, const struct call *call,
                          int k, vs_status st)
{
    const char *words = vs_store_error(h->store)->message;

    if (st != VS_ERR_IO ||
        (words[0] != '\0' && strstr(words, "made to fail") == NULL &&
         strstr(words, "the source of the value failed") == NULL))
        fail_msg("%s, failing %d: %s: %s", call->name, k, vs_status_word(st),
                 words);
}

/* False: nothing failed, there are fewer statements. */
static bool try_one(const char *path, const struct call *call, int k)
{
    struct handle h = sit(path, call->locals, call->levels);
    vs_status st;
    bool struck;

    failing_begin(FAILING_STATEMENT, k, false);
    st = call->call(&h);
    struck = failing_end();
    if (struck) {
        assert_failed(&h, call, k, st);
        assert_levels(&h, call, k);
        undo(&h, call);
        assert_names(&h, call, k);
        st = call->call(&h);
    } else {
        undo(&h, call);
    }
    assert_store(VS_OK, h.store, st);
    stand(&h);
    return struck;
}

static void each_statement_that_fails_is_told_and_undone(void **state)
{
    const char *path = test_path(state, "t.db");
    const char *log = test_path(state, "t.db-wal");
    const char *made = test_path(state, "made.db");
    size_t n = 0;
    void *bytes;

    make(made);
    bytes = test_read_file(made, &n);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        bool more = true;

        for (int k = 1; more; k += (int)test_stride()) {
            (void)remove(log); /* of the call before */
            test_write_file(path, bytes, n);
            more = try_one(path, &calls[i], k);
        }
    }
    free(bytes);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(each_statement_that_fails_is_told_and_undone),
    };

    return cmocka_run_group_tests_name("fault.handles", tests, NULL, NULL);
}
