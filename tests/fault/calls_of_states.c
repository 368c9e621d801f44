/* calls_of_states.c - see calls.h: checkpoints, states, files and care. */
#include "calls.h"

#include <stdio.h>
#include <string.h>

static float few[3] = {1, 2, 3};

/* -------- Checkpoints. */

static vs_status saves(struct scene *c)
{
    const vs_metric metrics[] = {{"acc", 0.5}, {"loss", 2}};
    const char *const tags[] = {"best", "t", NULL};
    vs_save_options options = VS_SAVE_OPTIONS_INIT;
    int64_t id = 0;

    options.step = 9;
    options.message = "words";
    options.metrics = metrics;
    options.n_metrics = 2;
    options.tags = tags;
    options.partial = true;
    return vs_checkpoint_save(c->store, &options, &id);
}
static vs_status finds(struct scene *c)
{
    static const char *const refs[] = {"1", "@latest~1", "step:4", "t"};
    vs_status st = VS_OK;

    for (size_t i = 0; i < sizeof refs / sizeof refs[0] && st == VS_OK; i++) {
        int64_t id = 0;

        st = vs_checkpoint_find(c->store, refs[i], &id);
    }
    return st;
}
static vs_status lists_checkpoints(struct scene *c)
{
    const vs_checkpoint_info *info;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs_checkpoint_list_open(c->store, &list);

    while (st == VS_OK)
        st = vs_checkpoint_list_next(list, &info);
    vs_checkpoint_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}
static void on_change(vs_restore_change change, const char *name, void *ctx)
{
    (void)change;
    (void)name;
    (void)ctx;
}
#define RESTORES(call, ...)                                           \
    static vs_status call(struct scene *c)                            \
    {                                                                 \
        const vs_restore_options options = {.on_change = on_change,   \
                                            __VA_ARGS__};             \
        vs_restore_report report;                                     \
        return vs_checkpoint_restore(c->store, 1, &options, &report); \
    }
RESTORES(restores, .scope = NULL)
RESTORES(restores_exactly, .exact = true)
RESTORES(restores_a_scope, .scope = "a")
RESTORES(restores_to_parts_of_now, .keep_partitions = true)
RESTORES(restores_in_words_only, .dry_run = true, .exact = true)

static vs_status deletes_a_checkpoint(struct scene *c)
{
    return vs_checkpoint_delete(c->store, 1);
}
static vs_status tags(struct scene *c)
{
    return vs_tag_set(c->store, "t", 2);
}
static vs_status untags(struct scene *c)
{
    return vs_tag_remove(c->store, "t");
}

/* -------- States, files, care. */

static void state_of(vs_state_item items[3])
{
    const vs_shape small = vs_shape_1d(3);

    memset(items, 0, 3 * sizeof items[0]);
    items[0].name = "a/w";
    items[0].view = view_of_many();
    items[1].name = "a/b";
    items[1].view = vs_view_of(VS_F32, &small, few);
    items[2].name = "fresh";
    items[2].view = items[0].view;
}
static vs_status saves_a_state(struct scene *c)
{
    const vs_save_options checkpoint = {.step = 3, .partial = true};
    const vs_state_save_options options = {.reuse = VS_REUSE_AUTO,
                                           .checkpoint = &checkpoint};
    vs_state_item items[3];
    vs_state_report report;

    state_of(items);
    return vs_state_save(c->store, items, 3, &options, &report);
}
static vs_status loads_a_state(struct scene *c)
{
    static float memory[N];
    const vs_state_load_options options = {.checkpoint = 1};
    vs_state_item items[3];

    state_of(items);
    items[0].view.data = memory;
    return vs_state_load(c->store, items, 2, &options);
}
static vs_status compares_a_state(struct scene *c)
{
    vs_state_item items[3];
    vs_state_difference out[3];

    state_of(items);
    return vs_state_compare(c->store, items, 3, NULL, out);
}
static vs_status imports(struct scene *c)
{
    const vs_import_options options = {.reuse = VS_REUSE_AUTO, .scope = "in"};

    return vs_import(c->store, c->foreign, &options, NULL);
}
static vs_status exports(struct scene *c)
{
    const vs_export_options options = {
        .format = "safetensors", .checkpoint = 1, .overwrite = true};

    return vs_export(c->store, c->out, &options, NULL);
}
static vs_status checks(struct scene *c)
{
    const vs_check_options options = {.read_data = true};
    vs_check_report report;

    return vs_check(c->store, &options, &report);
}
static vs_status salvages(struct scene *c)
{
    vs_salvage_report report;
    vs_status st;

    /* What a failure leaves is a store that can be salvaged from no more. */
    (void)remove(c->out);
    (void)remove(c->out_log);
    st = vs_salvage(c->store, c->out, NULL, &report);
    if (st == VS_OK)
        assert_int_equal(report.n_lost, 0);
    return st;
}
static vs_status checks_what_is_damaged(struct scene *c)
{
    const vs_check_options options = {.read_data = true};
    vs_check_report report;
    const vs_status st = vs_check(c->store, &options, &report);

    if (st == VS_OK)
        assert_true(report.n_damages > 8);
    return st;
}
static vs_status salvages_what_is_damaged(struct scene *c)
{
    vs_salvage_report report;
    vs_status st;

    (void)remove(c->out);
    (void)remove(c->out_log);
    st = vs_salvage(c->store, c->out, NULL, &report);
    if (st == VS_OK)
        assert_true(report.n_lost > 5);
    return st;
}
static vs_status describes_the_store(struct scene *c)
{
    vs_store_info info;

    return vs_store_describe(c->store, &info);
}

const struct call calls_of_states[] = {
    {"saves", saves, 0},
    {"finds", finds, 0},
    {"lists_checkpoints", lists_checkpoints, 0},
    {"restores", restores, 0},
    {"restores_exactly", restores_exactly, 0},
    {"restores_a_scope", restores_a_scope, 0},
    {"restores_to_parts_of_now", restores_to_parts_of_now, 0},
    {"restores_in_words_only", restores_in_words_only, 0},
    {"deletes_a_checkpoint", deletes_a_checkpoint, 0},
    {"tags", tags, 0},
    {"untags", untags, 0},
    {"saves_a_state", saves_a_state, 0},
    {"loads_a_state", loads_a_state, 0},
    {"compares_a_state", compares_a_state, 0},
    {"imports", imports, 0},
    {"exports", exports, 0},
    {"checks", checks, 0},
    {"salvages", salvages, CALL_ITSELF},
    {"describes_the_store", describes_the_store, 0},
    {NULL, NULL, 0},
};

const struct call calls_on_damage[] = {
    {"checks_what_is_damaged", checks_what_is_damaged, 0},
    {"salvages_what_is_damaged", salvages_what_is_damaged, CALL_ITSELF},
    {NULL, NULL, 0},
};
