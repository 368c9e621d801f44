/* test_state_save.c - service/state_save: all of a state, or nothing, and of
 * what is there already nothing at all.
 */
#include "states.h"

static vs_state_report save(vs_store *store, const struct memory_state *m,
                            const vs_state_save_options *options)
{
    vs_state_report report = {0};

    assert_store(VS_OK, store,
                 vs_state_save(store, m->items, N_ITEMS, options, &report));
    return report;
}

static int64_t n_bytes(const struct memory_state *m, size_t i)
{
    return m->count[i] * 4;
}

static void a_new_state_is_made(void **state)
{
    static const char *const extra[] = {"optimizer", NULL};
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO,
                                        .site = "x.c:1"};
    struct memory_state m = state_make(1);
    vs_store *store =
        state_open(test_path(state, "s.vars.db"), VS_OPEN_CREATE_NEW, 2);
    const vs_variable_info *info = NULL;
    const char *const *keys = NULL;
    vs_state_report report;
    vs_variable *v = NULL;

    m.items[1].trainable = VS_NO;
    m.items[1].collections = extra;
    report = save(store, &m, &make);
    assert_int_equal(report.n_created, N_ITEMS);
    assert_int_equal(report.n_written + report.n_same, 0);
    assert_int_equal(report.checkpoint, 0);
    for (size_t i = 0; i < N_ITEMS; i++)
        assert_starts(store, m.items[i].name, 1 + (float)i);
    assert_ok(vs_variable_open(store, "a/kernel", &v));
    assert_false(vs_variable_trainable(v));
    assert_ok(vs_variable_collections(v, &keys));
    assert_string_equal(keys[0], "optimizer");
    assert_null(keys[1]);
    assert_ok(vs_variable_describe(v, &info));
    assert_string_equal(info->created.site, "x.c:1");
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

static void new_variables_are_made_in_the_order_of_the_state(void **state)
{
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    struct memory_state m = state_make(1);
    vs_store *store =
        state_open(test_path(state, "s.vars.db"), VS_OPEN_CREATE_NEW, 2);
    vs_journal *journal = NULL;
    const vs_creation *made;

    (void)save(store, &m, &make);
    assert_ok(vs_journal_open(store, NULL, &journal));
    for (size_t i = 0; i < N_ITEMS; i++) { /* small or not */
        assert_ok(vs_journal_next(journal, &made));
        assert_string_equal(made->name, m.items[i].name);
    }
    assert_status(VS_DONE, vs_journal_next(journal, &made));
    vs_journal_close(journal);
    vs_store_close(store);
    state_free(&m);
}

static void what_did_not_change_is_not_touched(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    char *before = scene_text(store);
    vs_store *other = NULL;
    vs_state_report report;
    char *after;

    other = state_open(test_path(state, "s.vars.db"), VS_OPEN_WRITE, 1);
    assert_ok(vs_store_begin(other, VS_TXN_WRITE)); /* no lock is asked for */
    report = save(store, &m, NULL);
    assert_ok(vs_store_rollback(other));
    vs_store_close(other);
    assert_int_equal(report.n_same, N_ITEMS);
    assert_int_equal(report.n_bytes, 0);
    after = scene_text(store);
    assert_string_equal(before, after);
    free(before);
    free(after);
    vs_store_close(store);
    state_free(&m);
}

static void what_changed_is_written_and_no_more(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    vs_state_report report;

    state_fill(&m, 0, 9);
    m.bytes[1][m.count[1] - 1] = -5; /* the last element of a large one */
    state_fill(&m, 4, 9);
    report = save(store, &m, NULL);
    assert_int_equal(report.n_same, 3);
    assert_int_equal(report.n_written, 3);
    assert_int_equal(report.n_bytes,
                     n_bytes(&m, 0) + n_bytes(&m, 1) + n_bytes(&m, 4));
    assert_starts(store, "a/bias", 9);
    assert_starts(store, "c/wide", 13);
    assert_starts(store, "b/kernel", 4);
    report = save(store, &m, NULL);
    assert_int_equal(report.n_same, N_ITEMS);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

static void a_checkpoint_comes_in_the_same_transaction(void **state)
{
    static const char *const tags[] = {"best", NULL};
    const vs_metric loss = {"loss", 0.25};
    const vs_save_options point = {.step = 7,
                                   .message = "m",
                                   .metrics = &loss,
                                   .n_metrics = 1,
                                   .tags = tags};
    const vs_state_save_options options = {.checkpoint = &point};
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    int64_t found = 0;

    assert_int_equal(save(store, &m, &options).checkpoint, 1);
    state_fill(&m, 3, 50);
    assert_int_equal(save(store, &m, &options).checkpoint, 2);
    assert_ok(vs_checkpoint_find(store, "best", &found));
    assert_int_equal(found, 2);
    assert_ok(vs_checkpoint_find(store, "step:7", &found));
    assert_int_equal(found, 2);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

/* Everything that can be wrong is told, and nothing has changed. */
static void refuse(vs_store *store, const struct memory_state *m, size_t n,
                   const vs_state_save_options *options, vs_status want,
                   const char *words)
{
    char *before = scene_text(store);
    vs_state_report report = {.n_same = 77};
    char *after;

    assert_store(want, store,
                 vs_state_save(store, m->items, n, options, &report));
    if (strstr(vs_store_error(store)->message, words) == NULL)
        fail_msg("'%s' has no '%s'", vs_store_error(store)->message, words);
    assert_int_equal(report.n_same, 77);
    after = scene_text(store);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void what_is_wrong_is_told_and_nothing_changed(void **state)
{
    const vs_state_save_options bad_reuse = {.reuse = (vs_reuse)9};
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    const vs_state_save_options all_new = {.reuse = VS_REUSE_NONE};
    const vs_save_options bad_step = {.step = -7};
    const vs_save_options bad_tag = {
        .step = VS_NO_STEP, .tags = (const char *const[]){"latest", NULL}};
    const vs_state_save_options no_reuse = {.reuse = (vs_reuse)-1};
    const vs_state_save_options no_delta = {.delta = (vs_tristate)-1};
    const vs_state_save_options steps = {.checkpoint = &bad_step};
    const vs_state_save_options tags = {.checkpoint = &bad_tag};
    const vs_shape other = vs_shape_2d(2, 100);
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    const struct memory_state good = m;

    for (size_t i = 0; i < N_ITEMS; i++)
        state_fill(&m, i, 70);
    refuse(store, &m, N_ITEMS, &bad_reuse, VS_ERR_MISUSE, "reuse mode 9");
    refuse(store, &m, N_ITEMS, &no_reuse, VS_ERR_MISUSE, "reuse mode -1");
    refuse(store, &m, N_ITEMS, &no_delta, VS_ERR_MISUSE, "delta");
    refuse(store, &m, N_ITEMS, &all_new, VS_ERR_EXISTS, "already exists");
    refuse(store, &m, N_ITEMS, &steps, VS_ERR_MISUSE, "step -7");
    refuse(store, &m, N_ITEMS, &tags, VS_ERR_NAME, "latest");
    m.items[5].name = "steps";
    refuse(store, &m, N_ITEMS, NULL, VS_ERR_NOTFOUND, "steps does not exist");
    m.items[5].name = "a//b";
    refuse(store, &m, N_ITEMS, &make, VS_ERR_NAME, "a//b");
    m.items[5].name = NULL;
    refuse(store, &m, N_ITEMS, &make, VS_ERR_MISUSE, "item 5");
    m.items[5].name = "a/new"; /* twice, and new */
    m.items[4].name = "a/new";
    refuse(store, &m, N_ITEMS, &make, VS_ERR_NAME, "one variable");
    m.items[4] = good.items[4];
    m.items[5] = good.items[4]; /* twice, and there */
    refuse(store, &m, N_ITEMS, NULL, VS_ERR_NAME, "one variable");
    m.items[5] = good.items[5];
    m.items[0].view = vs_view_of(VS_F32, &other, m.bytes[0]);
    refuse(store, &m, N_ITEMS, NULL, VS_ERR_SHAPE, "a/bias");
    m.items[0].view = vs_view_of(VS_I32, &good.items[0].view.shape, m.bytes[0]);
    refuse(store, &m, N_ITEMS, NULL, VS_ERR_DTYPE, "a/bias");
    m.items[0].view = vs_view_of(VS_F32, &good.items[0].view.shape, NULL);
    refuse(store, &m, N_ITEMS, NULL, VS_ERR_MISUSE, "no memory");
    assert_store(VS_ERR_MISUSE, store,
                 vs_state_save(store, NULL, 3, NULL, NULL));
    vs_store_close(store);
    state_free(&m);
}

static void an_alias_is_its_variable(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);

    assert_ok(vs_variable_alias(store, "b/kernel", "tied"));
    state_fill(&m, 3, 40);
    m.items[0] = m.items[3];
    m.items[0].name = "tied";
    refuse(store, &m, N_ITEMS, NULL, VS_ERR_NAME, "one variable");
    assert_store(VS_OK, store, vs_state_save(store, m.items, 1, NULL, NULL));
    assert_starts(store, "b/kernel", 43);
    vs_store_close(store);
    state_free(&m);
}

static void nothing_is_written_to_a_store_that_is_read(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);

    vs_store_close(store);
    store = state_open(test_path(state, "s.vars.db"), VS_OPEN_READ, 2);
    assert_int_equal(save(store, &m, NULL).n_same, N_ITEMS);
    state_fill(&m, 2, 5);
    assert_store(VS_ERR_READONLY, store,
                 vs_state_save(store, m.items, N_ITEMS, NULL, NULL));
    vs_store_close(store);
    state_free(&m);
}

static void a_deferred_variable_gets_its_first_value(void **state)
{
    struct memory_state m = state_make(1);
    const vs_variable_spec spec = {.shape = &m.items[1].view.shape,
                                   .deferred = VS_YES};
    vs_store *store =
        state_open(test_path(state, "s.vars.db"), VS_OPEN_CREATE_NEW, 2);

    assert_ok(vs_variable_create(store, "a/kernel", &spec, NULL));
    assert_store(VS_OK, store,
                 vs_state_save(store, &m.items[1], 1, NULL, NULL));
    assert_starts(store, "a/kernel", 2);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

/* The callback stops the call wherever it is: then nothing has changed. */
static void whoever_stops_it_has_changed_nothing(void **state)
{
    const vs_save_options point = {.step = 3};
    struct ticks ticks = {0};
    vs_state_save_options options = {.reuse = VS_REUSE_AUTO,
                                     .checkpoint = &point,
                                     .progress = {on_tick, &ticks}};
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    char *before = scene_text(store);
    vs_state_item items[N_ITEMS + 1];

    memcpy(items, m.items, sizeof m.items);
    items[N_ITEMS] = m.items[2];
    items[N_ITEMS].name = "new";
    for (size_t i = 0; i < N_ITEMS; i++)
        if (i != 2)
            state_fill(&m, i, 30);
    for (int stop = 1;; stop++) {
        char *after;
        vs_status st;

        ticks = (struct ticks){.stop = stop};
        st = vs_state_save(store, items, N_ITEMS + 1, &options, NULL);
        if (st == VS_OK)
            break;
        assert_store(VS_ERR_CANCELLED, store, st);
        after = scene_text(store);
        assert_string_equal(before, after);
        free(after);
    }
    assert_in_range(ticks.calls, 100, 1000);
    assert_int_equal(ticks.done, ticks.total);
    assert_starts(store, "new", 3);
    test_sound(store);
    free(before);
    vs_store_close(store);
    state_free(&m);
}

/* What a second writer does at the first report: between look and lock. */
struct intruder {
    vs_store *store;
    int calls;
};

static int intrude(int64_t done, int64_t total, void *ctx)
{
    struct intruder *in = ctx;

    (void)done;
    (void)total;
    if (in->calls++ == 0) {
        scene_write(in->store, "b/bias", 500); /* was the same */
        scene_write(in->store, "a/kernel", 600);
        assert_ok(vs_variable_delete(in->store, "c/wide"));
    }
    return 0;
}

static void whoever_comes_between_is_noticed(void **state)
{
    struct intruder in = {0};
    const vs_state_save_options options = {.reuse = VS_REUSE_AUTO,
                                           .progress = {intrude, &in}};
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    vs_state_report report;

    in.store = state_open(test_path(state, "s.vars.db"), VS_OPEN_WRITE, 1);
    state_fill(&m, 1, 30);
    report = save(store, &m, &options);
    assert_true(in.calls > 0);
    assert_int_equal(report.n_created, 1);
    assert_int_equal(report.n_written, 2);
    assert_int_equal(report.n_same, N_ITEMS - 3);
    for (size_t i = 0; i < N_ITEMS; i++)
        assert_starts(store, m.items[i].name, (i == 1 ? 30 : 1) + (float)i);
    test_sound(store);
    vs_store_close(in.store);
    vs_store_close(store);
    state_free(&m);
}

/* One that has nothing to do with the state. */
static int intrude_elsewhere(int64_t done, int64_t total, void *ctx)
{
    struct intruder *in = ctx;

    (void)done;
    (void)total;
    if (in->calls++ == 0)
        assert_ok(vs_variable_alias(in->store, "b/bias", "elsewhere"));
    return 0;
}

static void what_others_do_elsewhere_does_not_matter(void **state)
{
    struct intruder in = {0};
    const vs_state_save_options options = {
        .progress = {intrude_elsewhere, &in}};
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    vs_state_report report;

    in.store = state_open(test_path(state, "s.vars.db"), VS_OPEN_WRITE, 1);
    state_fill(&m, 1, 30);
    report = save(store, &m, &options);
    assert_int_equal(report.n_written, 1);
    assert_int_equal(report.n_same, N_ITEMS - 1);
    assert_starts(store, "a/kernel", 31);
    test_sound(store);
    vs_store_close(in.store);
    vs_store_close(store);
    state_free(&m);
}

/* So much that it goes past the log, with nobody else there. */
static void a_big_state_goes_to_the_file_once(void **state)
{
    enum { N = 9 << 20 }; /* 36 MiB */
    const vs_shape shape = vs_shape_1d(N);
    float *values = calloc(N, sizeof *values);
    const vs_state_item item = {.name = "big",
                                .view = vs_view_of(VS_F32, &shape, values)};
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    const vs_store_options open = {.mode = VS_OPEN_CREATE_NEW, .threads = 2};
    vs_state_difference differs = VS_STATE_MISSING;
    vs_state_report report;
    vs_store *store = NULL;

    assert_non_null(values);
    assert_ok(
        vs_store_open(test_path(state, "s.vars.db"), &open, &store, NULL));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N && round < 2; i++)
            values[i] = (float)(i * (round + 1) % 65537);
        assert_store(VS_OK, store,
                     vs_state_save(store, &item, 1, &make, &report));
        assert_int_equal(report.n_created, round == 0);
        assert_int_equal(report.n_written, round == 1);
        assert_int_equal(report.n_same, round == 2);
    }
    assert_ok(vs_state_compare(store, &item, 1, NULL, &differs));
    assert_int_equal(differs, VS_STATE_SAME);
    test_sound(store);
    vs_store_close(store);
    free(values);
}

static void inside_a_transaction_it_is_part_of_it(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);

    for (size_t i = 0; i < N_ITEMS; i++)
        state_fill(&m, i, 30);
    assert_ok(vs_store_begin(store, VS_TXN_WRITE));
    assert_int_equal(save(store, &m, NULL).n_written, N_ITEMS);
    assert_starts(store, "a/kernel", 31);
    assert_ok(vs_store_rollback(store));
    assert_starts(store, "a/kernel", 2);
    assert_ok(vs_store_begin(store, VS_TXN_READ));
    assert_store(VS_ERR_MISUSE, store,
                 vs_state_save(store, m.items, N_ITEMS, NULL, NULL));
    assert_ok(vs_store_commit(store));
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

/* The bytes of the tables do not depend on how many threads there were. */
static void any_number_of_threads_makes_the_same_store(void **state)
{
    static const int numbers[] = {1, 2, 3, 8};
    char *texts[4];

    for (size_t k = 0; k < 4; k++) {
        const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
        struct memory_state m = state_make(1);
        char name[16];
        vs_store *store;
        const char *path;

        (void)snprintf(name, sizeof name, "%d.vars.db", numbers[k]);
        path = test_path(state, name);
        store = state_open(path, VS_OPEN_CREATE_NEW, numbers[k]);
        (void)save(store, &m, &make);
        for (size_t i = 0; i < N_ITEMS; i += 2)
            state_fill(&m, i, 20);
        (void)save(store, &m, NULL);
        texts[k] = scene_text(store);
        vs_store_close(store);
        assert_int_equal(
            scene_number(path, "SELECT sum(id * (frame_bytes + refs)) FROM "
                               "chunk"),
            scene_number(test_path(state, "1.vars.db"),
                         "SELECT sum(id * (frame_bytes + refs)) FROM chunk"));
        state_free(&m);
        assert_string_equal(texts[k], texts[0]);
    }
    for (size_t k = 0; k < 4; k++)
        free(texts[k]);
}

struct run {
    const char *path;
    struct memory_state *m;
};

static vs_status save_once(void *ctx)
{
    const struct run *r = ctx;
    const vs_save_options point = {.step = 3};
    const vs_state_save_options options = {.reuse = VS_REUSE_AUTO,
                                           .checkpoint = &point};
    const vs_store_options open = {
        .mode = VS_OPEN_CREATE, .chunk_bytes = 4096, .threads = 2};
    vs_store *store = NULL;
    vs_status st = vs_store_open(r->path, &open, &store, NULL);

    if (st == VS_OK && (st = vs_store_begin(store, VS_TXN_WRITE)) == VS_OK) {
        st = vs_state_save(store, r->m->items, N_ITEMS, &options, NULL);
        (void)vs_store_rollback(store);
    }
    vs_store_close(store);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    struct memory_state m = state_make(1);
    struct run r = {test_path(state, "s.vars.db"), &m};
    vs_store *store = state_store(state, 2, &m);

    state_fill(&m, 1, 30);
    m.items[0].name = "new";
    vs_store_close(store);
    assert_in_range(test_each_allocation_failing(save_once, &r, false), 20,
                    3000);
    (void)test_each_allocation_failing(save_once, &r, true);
    state_free(&m);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

/* How many chunks are kept as differences from others. */
static long long n_deltas(const char *path)
{
    return scene_number(path,
                        "SELECT count(*) FROM chunk WHERE base IS NOT NULL");
}

/* Weights in item 1, moved a little by each step. */
static void fill_weights(struct memory_state *m, uint32_t step)
{
    uint32_t seed = 1;

    for (int64_t k = 0; k < m->count[1]; k++) {
        seed = seed * 1664525 + 1013904223;
        m->bytes[1][k] = (float)(1 + seed % 8191 + (seed >> 20) % step) / 65536;
    }
}

static void what_was_saved_before_can_be_the_base(void **state)
{
    const vs_save_options checkpoint = VS_SAVE_OPTIONS_INIT;
    const vs_state_save_options wrong = {.delta = (vs_tristate)7};
    vs_state_save_options options = {.checkpoint = &checkpoint};
    const char *path = test_path(state, "s.vars.db");
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    vs_variable *v = NULL;
    float *got;

    for (uint32_t step = 1; step <= 2; step++) {
        fill_weights(&m, step);
        (void)save(store, &m, &options);
    }
    assert_int_equal(n_deltas(path), 0);
    options.delta = VS_YES;
    fill_weights(&m, 3);
    (void)save(store, &m, &options);
    assert_true(n_deltas(path) > 90);
    assert_store(VS_OK, store, vs_variable_open(store, "a/kernel", &v));
    got = test_read_f32(v);
    assert_memory_equal(got, m.bytes[1], (size_t)n_bytes(&m, 1));
    free(got);
    vs_variable_free(v);
    test_sound(store);
    assert_store(VS_ERR_MISUSE, store,
                 vs_state_save(store, m.items, N_ITEMS, &wrong, NULL));
    vs_store_close(store);
    state_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_new_state_is_made),
        WITH_DIR(new_variables_are_made_in_the_order_of_the_state),
        WITH_DIR(what_did_not_change_is_not_touched),
        WITH_DIR(what_changed_is_written_and_no_more),
        WITH_DIR(a_checkpoint_comes_in_the_same_transaction),
        WITH_DIR(what_is_wrong_is_told_and_nothing_changed),
        WITH_DIR(an_alias_is_its_variable),
        WITH_DIR(nothing_is_written_to_a_store_that_is_read),
        WITH_DIR(a_deferred_variable_gets_its_first_value),
        WITH_DIR(whoever_stops_it_has_changed_nothing),
        WITH_DIR(whoever_comes_between_is_noticed),
        WITH_DIR(what_others_do_elsewhere_does_not_matter),
        WITH_DIR(a_big_state_goes_to_the_file_once),
        WITH_DIR(inside_a_transaction_it_is_part_of_it),
        WITH_DIR(any_number_of_threads_makes_the_same_store),
        WITH_DIR(what_was_saved_before_can_be_the_base),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("service.state_save", tests, NULL, NULL);
}
