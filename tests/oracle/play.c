/* play.c - see play.h. */
#include "play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

#define SCOPES_MAX   64  /* open at once */
#define CAPTURES_MAX 64  /* kept by a program */
#define SEEN_MAX     256 /* variables of a program */

struct player {
    vs_store *store;
    vs_context *ctx;
    FILE *out;
    struct arena arena;
    vs_scope *open[SCOPES_MAX]; /* depth of them, outermost first */
    int depth;
    int base; /* scopes that are not the program's to leave */
    vs_scope *captured[CAPTURES_MAX];
    int64_t seen[SEEN_MAX]; /* ids of variables, in order of appearance */
    int n_seen;
};

static void tell_failure(struct player *p, vs_status st)
{
    (void)fprintf(p->out, "! %s\n", vs_status_word(st));
}

static const char *reuse_word(vs_reuse reuse)
{
    switch (reuse) {
    case VS_REUSE_TRUE:
        return "true";
    case VS_REUSE_AUTO:
        return "auto";
    case VS_REUSE_INHERIT:
    case VS_REUSE_NONE:
        break;
    }
    return "none";
}

/* "VERB NAME REUSE DTYPE"; the root's name is "/". */
static void tell_scope(struct player *p, const char *verb,
                       const vs_scope *scope)
{
    const char *name = vs_scope_name(scope);
    const vs_dtype dtype = vs_scope_dtype(scope);

    (void)fprintf(p->out, "%s %s %s %s\n", verb, name[0] != '\0' ? name : "/",
                  reuse_word(vs_scope_reuse(scope)),
                  vs_dtype_name(dtype != VS_DTYPE_NONE ? dtype : VS_F32));
}

static void tell_entry(struct player *p, vs_status st, vs_scope *scope)
{
    if (st != VS_OK) {
        tell_failure(p, st);
        return;
    }
    if (p->depth == SCOPES_MAX)
        op_refuse("too many open scopes", vs_scope_name(scope));
    p->open[p->depth++] = scope;
    tell_scope(p, "in", scope);
}

static void play_open(struct player *p, const struct op *op)
{
    const vs_scope_options options = spec_scope(op, &p->arena);
    vs_scope *scope = NULL;
    const vs_status st =
        vs_scope_enter(p->ctx, op_value(op, "name"), &options, &scope);

    tell_entry(p, st, scope);
}

/* The scope that a key "on", "of" or "as" means, or NULL. */
static vs_scope **captured(struct player *p, const struct op *op,
                           const char *key)
{
    const char *text = op_value(op, key);
    const long i = text != NULL ? strtol(text, NULL, 10) : -1;

    return i >= 0 && i < CAPTURES_MAX ? &p->captured[i] : NULL;
}

static void play_reopen(struct player *p, const struct op *op)
{
    const vs_scope_options options = spec_scope(op, &p->arena);
    vs_scope **of = captured(p, op, "of");
    vs_scope *scope = NULL;
    vs_status st;

    if (of == NULL || *of == NULL) {
        (void)fputs("skip\n", p->out);
        return;
    }
    st = vs_scope_reenter(p->ctx, *of, &options, &scope);
    tell_entry(p, st, scope);
}

static void play_capture(struct player *p, const struct op *op)
{
    vs_scope **as = captured(p, op, "as");

    if (as == NULL)
        op_refuse("no such place for a captured scope", op->verb);
    if (*as != NULL)
        vs_scope_release(*as);
    *as = vs_scope_capture(vs_scope_current(p->ctx));
    tell_scope(p, "kept", *as);
}

/* Leaves `n` scopes, as far as there are as many. */
static void leave(struct player *p, int n)
{
    if (p->depth == p->base) {
        (void)fputs("skip\n", p->out);
        return;
    }
    for (int i = 0; i < n && p->depth > p->base; i++) {
        const vs_status st = vs_scope_leave(p->open[--p->depth]);

        if (st != VS_OK)
            tell_failure(p, st);
    }
    tell_scope(p, "out", vs_scope_current(p->ctx));
}

static void play_leave(struct player *p, const struct op *op)
{
    (void)op;
    leave(p, 1);
}

/* A body fails, and `n` blocks are left by its failure. */
static void play_fail(struct player *p, const struct op *op)
{
    const char *n = op_value(op, "n");

    leave(p, n != NULL ? (int)strtol(n, NULL, 10) : 1);
}

/* Leaves the scope around the current one, which is refused. */
static void play_misnest(struct player *p, const struct op *op)
{
    vs_status st;

    (void)op;
    if (p->depth < p->base + 2) {
        (void)fputs("skip\n", p->out);
        return;
    }
    st = vs_scope_leave(p->open[p->depth - 2]);
    if (st == VS_OK)
        op_refuse("a scope was left out of order", "misnest");
    tell_failure(p, st);
}

/* The scope that setters act on: a captured one, or the current one. */
static vs_scope *target(struct player *p, const struct op *op)
{
    vs_scope **on = captured(p, op, "on");

    if (op_value(op, "on") == NULL)
        return vs_scope_current(p->ctx);
    return on != NULL ? *on : NULL;
}

static void play_reuse(struct player *p, const struct op *op)
{
    vs_scope *scope = target(p, op);

    if (scope == NULL) {
        (void)fputs("skip\n", p->out);
        return;
    }
    vs_scope_reuse_variables(scope);
    tell_scope(p, "is", scope);
}

static void play_set(struct player *p, const struct op *op)
{
    const char *dtype = op_value(op, "dtype");
    const char *init = op_value(op, "init");
    vs_scope *scope = target(p, op);

    if (scope == NULL) {
        (void)fputs("skip\n", p->out);
        return;
    }
    if (dtype != NULL)
        vs_scope_set_dtype(scope, spec_dtype(dtype));
    if (init != NULL) {
        const vs_initializer given = spec_initializer(init, &p->arena);

        vs_scope_set_initializer(scope, &given);
    }
    tell_scope(p, "is", scope);
}

/* The variable's place in the order of appearance. */
static int number_of(struct player *p, int64_t id)
{
    int i = 0;

    while (i < p->n_seen && p->seen[i] != id)
        i++;
    if (i == SEEN_MAX)
        op_refuse("too many variables", "");
    if (i == p->n_seen)
        p->seen[p->n_seen++] = id;
    return i;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The standard collections are told by one letter. */
static const char *collection_word(const char *key)
{
    if (strcmp(key, VS_GLOBAL_VARIABLES) == 0)
        return "V";
    if (strcmp(key, VS_TRAINABLE_VARIABLES) == 0)
        return "T";
    if (strcmp(key, VS_LOCAL_VARIABLES) == 0)
        return "L";
    return key;
}

/* Its collections in byte order: "T,V", or "-" if there are none. */
static vs_status tell_collections(struct player *p, vs_variable *v)
{
    const char *const *keys = NULL;
    const char *sorted[32];
    size_t n = 0;
    const vs_status st = vs_variable_collections(v, &keys);

    if (st != VS_OK)
        return st;
    while (n < 32 && keys[n] != NULL) {
        sorted[n] = collection_word(keys[n]);
        n++;
    }
    qsort(sorted, n, sizeof sorted[0], compare_words);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(p->out, "%s%s", i != 0 ? "," : " ", sorted[i]);
    (void)fputs(n != 0 ? "\n" : " -\n", p->out);
    return VS_OK;
}

/* "= NAME DTYPE SHAPE #NUMBER TRAINABLE COLLECTIONS"; + is trainable. */
static void tell_variable(struct player *p, vs_variable *v)
{
    const vs_variable_info *info = NULL;
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st = vs_variable_describe(v, &info);

    if (st == VS_OK) {
        (void)fprintf(p->out, "= %s %s %s #%d %c", vs_variable_name(v),
                      vs_dtype_name(vs_variable_dtype(v)),
                      vs_shape_text(vs_variable_shape(v), text),
                      number_of(p, info->id),
                      vs_variable_trainable(v) ? '+' : '-');
        st = tell_collections(p, v);
    }
    if (st != VS_OK)
        op_refuse("cannot describe", vs_store_error(p->store)->message);
}

static void play_get(struct player *p, const struct op *op)
{
    const vs_variable_spec spec = spec_variable(op, &p->arena);
    vs_variable *v = NULL;
    const vs_status st =
        vs_get_variable(p->ctx, op_value(op, "name"), &spec, &v);

    if (st != VS_OK)
        tell_failure(p, st);
    else
        tell_variable(p, v);
    vs_variable_free(v);
}

/* The members of a collection below the current scope. */
static void play_list(struct player *p, const struct op *op)
{
    const vs_list_options options = {
        .scope = vs_scope_name(vs_scope_current(p->ctx)),
        .collection = op_value(op, "key")};
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    vs_status st = vs_list_open(p->store, &options, &list);

    (void)fputs("has", p->out);
    while (st == VS_OK && (st = vs_list_next(list, &info)) == VS_OK)
        (void)fprintf(p->out, " %s", info->name);
    (void)fputc('\n', p->out);
    if (st != VS_DONE)
        op_refuse("cannot list", vs_store_error(p->store)->message);
    vs_list_close(list);
}

/* The first 20 and the last 4 of more than 24 elements, or all. */
static void tell_elements(struct player *p, const vs_view *view, int64_t n)
{
    const size_t size = vs_dtype_size(view->dtype);
    char text[VS_ELEMENT_TEXT_MAX];

    for (int64_t i = 0; i < n; i++) {
        if (n > 24 && i >= 20 && i < n - 4)
            continue;
        (void)fprintf(
            p->out, "%s%s", i != 0 ? "," : "",
            vs_element_text(view->dtype,
                            (const char *)view->data + (size_t)i * size, 0,
                            text));
    }
}

static vs_status tell_value(struct player *p, const char *name)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(p->store, name, &v);
    vs_view view;
    int64_t n = 0;

    if (st != VS_OK)
        return st;
    st = vs_shape_count(vs_variable_shape(v), &n);
    if (st == VS_OK) {
        view = vs_view_of(
            vs_variable_dtype(v), vs_variable_shape(v),
            arena_take(&p->arena,
                       (size_t)n * vs_dtype_size(vs_variable_dtype(v))));
        st = vs_variable_read(v, &view);
    }
    if (st == VS_OK) {
        (void)fprintf(p->out, " %s=", name);
        tell_elements(p, &view, n);
    }
    vs_variable_free(v);
    return st;
}

/* Every variable there is: its dtype and shape, or its elements. */
static void tell_all(struct player *p, bool values)
{
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    vs_status st = vs_list_open(p->store, NULL, &list);
    char text[VS_SHAPE_TEXT_MAX];

    (void)fputs("all", p->out);
    while (st == VS_OK && (st = vs_list_next(list, &info)) == VS_OK) {
        if (values)
            st = tell_value(p, info->name);
        else
            (void)fprintf(p->out, " %s:%s:%s", info->name,
                          vs_dtype_name(info->dtype),
                          vs_shape_text(&info->shape, text));
    }
    (void)fputc('\n', p->out);
    if (st != VS_DONE)
        op_refuse("cannot list", vs_store_error(p->store)->message);
    vs_list_close(list);
}

static void play_names(struct player *p, const struct op *op)
{
    (void)op;
    tell_all(p, false);
}

static void play_values(struct player *p, const struct op *op)
{
    (void)op;
    tell_all(p, true);
}

static const struct verb {
    const char *word;
    void (*play)(struct player *p, const struct op *op);
} verbs[] = {
    {"open", play_open},       {"reopen", play_reopen}, {"leave", play_leave},
    {"capture", play_capture}, {"fail", play_fail},     {"reuse", play_reuse},
    {"misnest", play_misnest}, {"set", play_set},       {"get", play_get},
    {"list", play_list},       {"names", play_names},   {"values", play_values},
};

static void play_op(struct player *p, const struct op *op)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].word, op->verb) == 0) {
            verbs[i].play(p, op);
            return;
        }
    }
    op_refuse("an unknown verb", op->verb);
}

void play(const struct program *program, vs_store *store, vs_reuse root,
          FILE *out)
{
    struct player p = {.store = store, .out = out};
    const vs_scope_options options = {.reuse = root};
    vs_status st = vs_context_new(store, &p.ctx);

    if (st == VS_OK && root != VS_REUSE_INHERIT)
        st = vs_scope_enter(p.ctx, "", &options, NULL);
    if (st != VS_OK)
        op_refuse("no context", vs_store_error(store)->message);
    for (size_t i = 0; i < program->n; i++)
        play_op(&p, &program->ops[i]);
    vs_context_free(p.ctx);
    arena_done(&p.arena);
}
