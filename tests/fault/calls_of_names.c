/* calls_of_names.c - see calls.h: making, finding, listing and moving. */
#include "calls.h"

#include <stdio.h>
#include <string.h>

/* -------- Names. */

static vs_status creates(struct scene *c)
{
    const vs_view view = view_of_many();
    const vs_variable_spec spec = {.initializer = vs_value(&view),
                                   .regularizer = vs_l1_regularizer(0.5),
                                   .site = VS_HERE};
    vs_variable *v = NULL;
    const vs_status st = vs_variable_create(c->store, "new/w", &spec, &v);

    vs_variable_free(v);
    return st;
}
static vs_status get(struct scene *c, const char *name, vs_reuse reuse,
                     const vs_variable_spec *spec)
{
    const vs_scope_options options = {.reuse = reuse};
    vs_scope *scope = NULL;
    vs_variable *v = NULL;
    vs_status st = vs_scope_enter(c->ctx, "", &options, &scope);

    if (st == VS_OK) {
        st = vs_get_variable(c->ctx, name, spec, &v);
        assert_ok(vs_scope_leave(scope));
    }
    vs_variable_free(v);
    return st;
}
static vs_status gets_a_new_one(struct scene *c)
{
    const vs_shape shape = vs_shape_1d(5);
    const char *const keys[] = {"mine", "yours", NULL};
    const vs_variable_spec spec = {.shape = &shape, .collections = keys};

    return get(c, "got", VS_REUSE_AUTO, &spec);
}
static vs_status gets_a_known_one(struct scene *c)
{
    return get(c, "a/w", VS_REUSE_TRUE, NULL);
}
static vs_status gets_a_new_one_in_parts(struct scene *c)
{
    const vs_shape shape = vs_shape_2d(6, 2);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_glorot_uniform(7),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0)};

    return get(c, "cut", VS_REUSE_AUTO, &spec);
}
static vs_status gets_parts(struct scene *c)
{
    return get(c, "p", VS_REUSE_TRUE, NULL);
}
static vs_status gets_a_local_one(struct scene *c)
{
    const vs_shape shape = vs_shape_1d(5);
    const vs_variable_spec spec = {.shape = &shape};
    vs_variable *v = NULL;
    const vs_status st = vs_get_local_variable(c->ctx, "mine", &spec, &v);

    vs_variable_free(v);
    return st;
}
static vs_status initializes_all(struct scene *c)
{
    int64_t n = 0;

    return vs_scope_initialize(c->store, NULL, &n);
}
static vs_status deletes(struct scene *c)
{
    return vs_variable_delete(c->store, "late");
}
static vs_status deletes_parts(struct scene *c)
{
    return vs_variable_delete(c->store, "p");
}
static vs_status renames(struct scene *c)
{
    return vs_variable_rename(c->store, "a/b", "b");
}
static vs_status moves(struct scene *c)
{
    return vs_scope_move(c->store, "a", "z", NULL);
}
static vs_status makes_an_alias(struct scene *c)
{
    return vs_variable_alias(c->store, "a/b", "second");
}
static vs_status copies(struct scene *c)
{
    return vs_variable_copy(c->store, "a/w", "copy");
}
static vs_status copies_parts(struct scene *c)
{
    return vs_variable_copy(c->store, "p", "copy");
}
static vs_status collects(struct scene *c)
{
    return vs_collection_add(c->store, "yours", "a/w");
}
static vs_status collects_parts(struct scene *c)
{
    return vs_collection_add(c->store, "yours", "p");
}
static vs_status uncollects(struct scene *c)
{
    return vs_collection_remove(c->store, "mine", "a/w");
}

/* To the end, asked once more after a failure: each name is given once. */
static vs_status walk(struct scene *c, const vs_list_options *options)
{
    char last[VS_NAME_MAX + 1] = "";
    vs_status failed = VS_OK;
    const vs_variable_info *info;
    vs_list *list = NULL;
    vs_status st = vs_list_open(c->store, options, &list);

    while (st == VS_OK) {
        st = vs_list_next(list, &info);
        if (st == VS_OK) {
            assert_true(strcmp(info->name, last) > 0);
            (void)snprintf(last, sizeof last, "%s", info->name);
        } else if (st != VS_DONE && failed == VS_OK) {
            failed = st;
            st = VS_OK;
        }
    }
    vs_list_close(list);
    if (failed != VS_OK)
        return failed;
    return st == VS_DONE ? VS_OK : st;
}
#define LISTS(call, ...)                               \
    static vs_status call(struct scene *c)             \
    {                                                  \
        const vs_list_options options = {__VA_ARGS__}; \
        return walk(c, &options);                      \
    }
LISTS(lists, 0)
LISTS(lists_a_scope, .scope = "a")
LISTS(lists_a_collection, .collection = "mine")
LISTS(lists_a_collection_in_a_scope, .collection = "mine", .scope = "a")
LISTS(lists_a_checkpoint, .checkpoint = 1)
LISTS(lists_a_scope_of_a_checkpoint, .checkpoint = 1, .scope = "a")
LISTS(lists_a_collection_of_a_checkpoint, .checkpoint = 1, .collection = "mine")
LISTS(lists_what_has_no_value, .uninitialized = true)

static vs_status tells_all_losses(struct scene *c)
{
    double out = 0;

    return vs_scope_loss(c->store, NULL, &out, NULL);
}
static vs_status tells_losses_of_a_scope(struct scene *c)
{
    int64_t n = 0;
    double out = 0;

    return vs_scope_loss(c->store, "a", &out, &n);
}
static vs_status recalls(struct scene *c)
{
    static const char text[] =
        "{\"scope\":\"x/y\",\"reuse\":\"auto\",\"dtype\":\"f32\","
        "\"initializer\":{\"kind\":\"zeros\"},\"getters\":[\"in\",\"out\"]}";
    vs_scope *scope = NULL;
    const char *told = NULL;
    vs_status st = vs_scope_recall(c->ctx, text, &scope);

    if (st == VS_OK && (st = vs_scope_describe(scope, &told)) == VS_OK)
        assert_string_equal(told, text);
    vs_scope_release(scope);
    return st;
}

/* -------- Journal and marks. */

static vs_status tells_creations(struct scene *c)
{
    const vs_journal_options options = {.scope = "a"};
    const vs_creation *creation;
    vs_journal *journal = NULL;
    int64_t position = 0;
    vs_status st = vs_journal_open(c->store, &options, &journal);

    if (st == VS_OK)
        st = vs_journal_position(c->store, &position);
    while (st == VS_OK)
        st = vs_journal_next(journal, &creation);
    vs_journal_close(journal);
    return st == VS_DONE ? VS_OK : st;
}
static vs_status seals(struct scene *c)
{
    return vs_scope_seal(c->store, "a", VS_HERE);
}
static vs_status unseals(struct scene *c)
{
    return vs_scope_unseal(c->store, "sealed");
}
static vs_status reserves(struct scene *c)
{
    vs_scope *scope = NULL;
    vs_status st = vs_scope_reserve(c->ctx, "run", NULL, &scope);

    return st == VS_OK ? vs_scope_leave(scope) : st;
}
static vs_status unreserves(struct scene *c)
{
    return vs_scope_unreserve(c->store, "reserved");
}
static vs_status lists_marks(struct scene *c)
{
    const vs_mark *mark;
    vs_mark_list *list = NULL;
    vs_status st = vs_mark_list_open(c->store, VS_MARK_SEALED, &list);

    while (st == VS_OK)
        st = vs_mark_list_next(list, &mark);
    vs_mark_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}

const struct call calls_of_names[] = {
    {"tells_all_losses", tells_all_losses, 0},
    {"tells_losses_of_a_scope", tells_losses_of_a_scope, 0},
    {"initializes_all", initializes_all, CALL_BY_STEPS},
    {"creates", creates, 0},
    {"gets_a_new_one", gets_a_new_one, 0},
    {"gets_a_known_one", gets_a_known_one, 0},
    {"gets_a_new_one_in_parts", gets_a_new_one_in_parts, 0},
    {"gets_parts", gets_parts, 0},
    {"gets_a_local_one", gets_a_local_one, 0},
    {"deletes", deletes, 0},
    {"deletes_parts", deletes_parts, 0},
    {"renames", renames, 0},
    {"moves", moves, 0},
    {"makes_an_alias", makes_an_alias, 0},
    {"copies", copies, 0},
    {"copies_parts", copies_parts, 0},
    {"collects", collects, 0},
    {"collects_parts", collects_parts, 0},
    {"uncollects", uncollects, 0},
    {"lists", lists, 0},
    {"lists_a_scope", lists_a_scope, 0},
    {"lists_a_collection", lists_a_collection, 0},
    {"lists_a_collection_in_a_scope", lists_a_collection_in_a_scope, 0},
    {"lists_a_checkpoint", lists_a_checkpoint, 0},
    {"lists_a_scope_of_a_checkpoint", lists_a_scope_of_a_checkpoint, 0},
    {"lists_a_collection_of_a_checkpoint", lists_a_collection_of_a_checkpoint,
     0},
    {"lists_what_has_no_value", lists_what_has_no_value, 0},
    {"recalls", recalls, CALL_OFF_THE_STORE},
    {"tells_creations", tells_creations, 0},
    {"seals", seals, 0},
    {"unseals", unseals, 0},
    {"reserves", reserves, 0},
    {"unreserves", unreserves, 0},
    {"lists_marks", lists_marks, 0},
    {NULL, NULL, 0},
};
