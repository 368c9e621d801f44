/* play.c - see play.h. */
#include "play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "getters.h"
#include "spec.h"
#include "tell.h"

#define SCOPES_MAX   64   /* open at once */
#define CREATORS_MAX 64   /* entered at once */
#define CAPTURES_MAX 64   /* kept by a program */
#define SEEN_MAX     1024 /* variables of a program */

struct player {
    vs_store *store;
    vs_context *ctx;
    FILE *out;
    struct arena arena;
    vs_scope *open[SCOPES_MAX]; /* depth of them, outermost first */
    int depth;
    int base; /* scopes that are not the program's to leave */
    vs_creator *creators[CREATORS_MAX]; /* n_creators of them */
    int n_creators;
    vs_scope *captured[CAPTURES_MAX];
    struct seen { /* variables, in order of appearance */
        const char *name;
        int64_t id; /* of local ones and others by themselves */
    } seen[SEEN_MAX];
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

/* " +WORD" for each default that a scope has. */
static void tell_defaults(struct player *p, const vs_scope *scope)
{
    const vs_getter getter = vs_scope_getter(scope);
    const struct {
        const char *word;
        bool has;
    } defaults[] = {
        {"reg", vs_scope_regularizer(scope).kind != VS_REGULARIZER_DEFAULT},
        {"con", vs_scope_constraint(scope).kind != VS_CONSTRAINT_DEFAULT},
        {"part", vs_scope_partitioner(scope).kind != VS_PARTITIONER_DEFAULT},
        {"getter", getter.get != NULL || getter.name != NULL},
        {"cache", vs_scope_caching_device(scope)[0] != '\0'},
        {"resource", vs_scope_use_resource(scope)},
    };

    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (defaults[i].has)
            (void)fprintf(p->out, " +%s", defaults[i].word);
}

/* "VERB NAME REUSE DTYPE", and its other defaults; the root's name is "/". */
static void tell_scope(struct player *p, const char *verb,
                       const vs_scope *scope)
{
    const char *name = vs_scope_name(scope);
    const vs_dtype dtype = vs_scope_dtype(scope);

    (void)fprintf(p->out, "%s %s %s %s", verb, name[0] != '\0' ? name : "/",
                  reuse_word(vs_scope_reuse(scope)),
                  vs_dtype_name(dtype != VS_DTYPE_NONE ? dtype : VS_F32));
    tell_defaults(p, scope);
    (void)fputc('\n', p->out);
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

static bool is_unset(const char *text)
{
    return strcmp(text, "unset") == 0;
}

/* The setters of the defaults that point to something. */
static void set_rules(struct player *p, const struct op *op, vs_scope *scope)
{
    const char *reg = op_value(op, "reg");
    const char *part = op_value(op, "part");
    const char *get = op_value(op, "getter");

    if (reg != NULL) {
        const vs_regularizer given =
            is_unset(reg) ? vs_no_regularizer() : spec_regularizer(reg);

        vs_scope_set_regularizer(scope, is_unset(reg) ? NULL : &given);
    }
    if (part != NULL) {
        const vs_partitioner given = is_unset(part)
                                         ? vs_no_partitioner()
                                         : spec_partitioner(part, &p->arena);

        vs_scope_set_partitioner(scope, is_unset(part) ? NULL : &given);
    }
    if (get != NULL) {
        const vs_getter given =
            getter_of(is_unset(get) ? "same" : get, &p->arena);

        if (vs_scope_set_getter(scope, is_unset(get) ? NULL : &given) != VS_OK)
            op_refuse("cannot set the getter", get);
    }
}

static void play_set(struct player *p, const struct op *op)
{
    const char *cache = op_value(op, "cache");
    const char *resource = op_value(op, "resource");
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
    if (cache != NULL)
        vs_scope_set_caching_device(scope, is_unset(cache) ? NULL : cache);
    if (resource != NULL)
        vs_scope_set_use_resource(scope, strcmp(resource, "yes") == 0);
    set_rules(p, op, scope);
    tell_scope(p, "is", scope);
}

/* The variable's place in the order of appearance. */
static int number_of(struct player *p, const char *name, int64_t id)
{
    int i = 0;

    while (i < p->n_seen &&
           (p->seen[i].id != id || strcmp(p->seen[i].name, name) != 0))
        i++;
    if (i == SEEN_MAX)
        op_refuse("too many variables", name);
    if (i == p->n_seen) {
        p->seen[i].name = arena_keep(&p->arena, name);
        p->seen[i].id = id;
        p->n_seen++;
    }
    return i;
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
    if (strcmp(key, VS_REGULARIZATION_LOSSES) == 0)
        return "R";
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
    if (n == 0)
        (void)fputs(" -", p->out);
    return VS_OK;
}

/* " NAME:SHAPE@OFFSET" for each part. */
static void tell_parts(struct player *p, const vs_variable *v)
{
    char text[VS_SHAPE_TEXT_MAX];

    (void)fputs(" cut", p->out);
    for (int64_t i = 0; i < vs_variable_n_parts(v); i++) {
        const vs_variable *part = vs_variable_part(v, i);
        vs_slice slice;

        if (vs_partition_part(vs_variable_partition(v), i, &slice, NULL) !=
            VS_OK)
            op_refuse("no such part", vs_variable_name(v));
        (void)fprintf(p->out, " %s:%s@", vs_variable_name(part),
                      vs_shape_text(vs_variable_shape(part), text));
        for (int k = 0; k < slice.rank; k++)
            (void)fprintf(p->out, "%s%lld", k != 0 ? "," : "",
                          (long long)slice.start[k]);
    }
}

/* "= NAME DTYPE SHAPE #NUMBER TRAINABLE COLLECTIONS", then " con" if it has a
 * constraint, then its parts; + is trainable. */
static void tell_variable(struct player *p, vs_variable *v)
{
    const vs_variable_info *info = NULL;
    const char *reg = "";
    const char *con = "";
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st = vs_variable_describe(v, &info);

    if (st == VS_OK) {
        (void)fprintf(p->out, "= %s %s %s #%d %c", vs_variable_name(v),
                      vs_dtype_name(vs_variable_dtype(v)),
                      vs_shape_text(vs_variable_shape(v), text),
                      number_of(p, vs_variable_name(v), info->id),
                      vs_variable_trainable(v) ? '+' : '-');
        st = tell_collections(p, v);
    }
    if (st == VS_OK)
        st = vs_variable_rules(v, &reg, &con);
    if (st != VS_OK)
        op_refuse("cannot describe", vs_store_error(p->store)->message);
    if (con[0] != '\0')
        (void)fputs(" con", p->out);
    if (vs_variable_n_parts(v) != 0)
        tell_parts(p, v);
    (void)fputc('\n', p->out);
}

static void play_get(struct player *p, const struct op *op)
{
    const vs_variable_spec spec = spec_variable(op, &p->arena);
    vs_variable *v = NULL;
    const vs_status st = (op_value(op, "local") != NULL ? vs_get_local_variable
                                                        : vs_get_variable)(
        p->ctx, op_value(op, "name"), &spec, &v);

    if (st != VS_OK)
        tell_failure(p, st);
    else
        tell_variable(p, v);
    vs_variable_free(v);
}

static void tell_creators(struct player *p, vs_status st)
{
    if (st != VS_OK)
        tell_failure(p, st);
    else
        (void)fprintf(p->out, "creators %d\n", p->n_creators);
}

static void play_creator(struct player *p, const struct op *op)
{
    const vs_getter creator = creator_of(op_value(op, "make"), &p->arena);
    vs_status st;

    if (p->n_creators == CREATORS_MAX)
        op_refuse("too many creators", op->verb);
    st = vs_creator_enter(p->ctx, &creator, &p->creators[p->n_creators]);
    if (st == VS_OK)
        p->n_creators++;
    tell_creators(p, st);
}

/* Ends the innermost creator, or tries to end the one around it. */
static void play_uncreate(struct player *p, const struct op *op)
{
    const int back = op_value(op, "misnest") != NULL ? 2 : 1;
    vs_status st;

    if (p->n_creators < back) {
        (void)fputs("skip\n", p->out);
        return;
    }
    st = vs_creator_leave(p->creators[p->n_creators - back]);
    if (st == VS_OK)
        p->n_creators--;
    tell_creators(p, st);
}

/* The members of a collection below the current scope. */
static void play_list(struct player *p, const struct op *op)
{
    tell_list(p->store, vs_scope_name(vs_scope_current(p->ctx)),
              op_value(op, "key"), &p->arena, p->out);
}

static void play_names(struct player *p, const struct op *op)
{
    (void)op;
    tell_names(p->store, &p->arena, p->out);
}

static void play_values(struct player *p, const struct op *op)
{
    (void)op;
    tell_values(p->store, &p->arena, p->out);
}

static void play_losses(struct player *p, const struct op *op)
{
    (void)op;
    tell_losses(p->store, &p->arena, p->out);
}

static const struct verb {
    const char *word;
    void (*play)(struct player *p, const struct op *op);
} verbs[] = {
    {"open", play_open},         {"reopen", play_reopen},
    {"leave", play_leave},       {"capture", play_capture},
    {"fail", play_fail},         {"reuse", play_reuse},
    {"misnest", play_misnest},   {"set", play_set},
    {"get", play_get},           {"list", play_list},
    {"names", play_names},       {"values", play_values},
    {"losses", play_losses},     {"creator", play_creator},
    {"uncreate", play_uncreate},
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
