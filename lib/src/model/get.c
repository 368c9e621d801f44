/* get.c - where a scope meets the store: get a variable, or create it.
 *
 * A call is resolved (wish.c), passes the getters (getter.c) and ends here,
 * built on the calls of variable.h: look the name up, and create it if it is
 * absent and the mode allows. Both are transactions of their own, so a name
 * that exists never takes the write lock, and whoever loses the race to create
 * fetches what the winner made (Q17). Reuse is decided here and nowhere else,
 * and against the store (Q1), unless the context adopts.
 */
#include "varstore/scope.h"

#include "base/alloc.h"
#include "base/fail.h"
#include "base/never.h"
#include "base/options.h"
#include "model/callback.h"
#include "model/catalog.h"
#include "model/context.h"
#include "model/getter.h"
#include "model/handle.h"
#include "model/local.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/vacant.h"
#include "model/verify.h"
#include "model/wish.h"
#include "tensor/shape.h"

/* Looks at a name that others create and delete before it is given up. */
#define LOOKS 64

vs_status vs_context_new_with(vs_store *store,
                              const vs_context_options *options,
                              vs_context **out)
{
    vs_status st = vs__store_enter(store);

    if (st != VS_OK)
        return st;
    return vs__context_make(store, vs__store_words(store), options,
                            store->eager, out);
}

vs_status vs_context_new(vs_store *store, vs_context **out)
{
    return vs_context_new_with(store, NULL, out);
}

/* Adds to a failure what the scope's mode had to do with it. */
static vs_status tell_mode(vs_error *err, vs_status st, const char *mode,
                           const char *hint)
{
    const vs_error was = *err;

    (void)vs__fail(err, st, "%s; %s", was.message, mode);
    vs__hint(err, "%s", hint);
    return st;
}

/* Where a whole variable and a partitioned one meet: E17, which goes for mode
 * NONE alone (S95, Q7), and E18. */
static bool kinds_clash(const vs_getting *getting, bool partitioned)
{
    if (vs__wish_cuts(getting))
        return !partitioned;
    return partitioned && getting->reuse != VS_REUSE_TRUE &&
           getting->reuse != VS_REUSE_AUTO && !getting->context->options.adopt;
}

/* Whether the name leads somewhere, and to a partitioned variable. Leaves the
 * words alone when it succeeds. */
static vs_status look_kind(const vs_getting *getting, bool *found,
                           bool *partitioned)
{
    vs_error *err = getting->context->words;
    const vs_error was = *err;
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(getting->context->store, getting->name, &v);

    if (st != VS_OK && st != VS_ERR_NOTFOUND)
        return st;
    *found = st == VS_OK;
    *partitioned = *found && v->parts != NULL;
    vs_variable_free(v);
    *err = was;
    return VS_OK;
}

/* Mode NONE, and the name exists; or a creator says so, which need not have
 * found words for it. */
static vs_status taken(const vs_getting *getting)
{
    vs_error *err = getting->context->words;
    vs_error was;
    bool found = false;
    bool partitioned = false;
    vs_status st;

    if (err->status != VS_ERR_EXISTS)
        (void)vs__fail(err, VS_ERR_EXISTS,
                       "variable %.256s: a creator says that it exists",
                       getting->name);
    was = *err;
    st = look_kind(getting, &found, &partitioned);
    if (st != VS_OK)
        return st;
    if (!found || !kinds_clash(getting, partitioned))
        return tell_mode(err, VS_ERR_EXISTS, "disallowed by reuse none",
                         "VS_REUSE_AUTO in the scope fetches or creates, "
                         "VS_REUSE_TRUE fetches");
    (void)vs__fail(err, VS_ERR_PARTITION,
                   "%s; it is%s partitioned, and %s "
                   "partitioner was given",
                   was.message, partitioned ? "" : " not",
                   partitioned ? "no" : "a");
    vs__hint(err, "VS_REUSE_AUTO in the scope fetches it, %s",
             partitioned ? "however it is cut" : "without a partitioner");
    return VS_ERR_PARTITION;
}

/* Behind the creators. */
static vs_status make(const vs_getting *getting, void *ctx, vs_variable **out)
{
    vs_store *store = getting->context->store;
    vs_status st = getting->local ? vs__local_store(store, &store) : VS_OK;

    (void)ctx;
    return st == VS_OK
               ? vs__variable_create(store, getting->name, &getting->spec,
                                     getting->reuse, out)
               : st;
}

static vs_status create(const vs_getting *getting, vs_variable **out)
{
    vs_context *ctx = getting->context;

    if (ctx->creator == NULL)
        return make(getting, NULL, out);
    return vs__chain_create(ctx->creator, getting, make, NULL, out);
}

/* Whether the name is taken now: VS_ERR_EXISTS, with who took it (E1). */
static vs_status look(const vs_getting *getting)
{
    vs_store *store = getting->context->store;
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    return vs__store_end(store, vs__name_vacant(store, getting->name));
}

/* Mode NONE. The name is looked at first, since that it is taken says more
 * than what else is wrong with the call. */
static vs_status create_only(const vs_getting *getting, vs_variable **out)
{
    vs_status st = look(getting);

    if (st == VS_OK)
        st = create(getting, out);
    return st == VS_ERR_EXISTS ? taken(getting) : st;
}

static const char *mode_word(const vs_getting *getting)
{
    if (getting->reuse == VS_REUSE_TRUE)
        return "true";
    if (getting->reuse == VS_REUSE_AUTO)
        return "auto";
    return getting->context->options.adopt ? "none, adopting" : "none";
}

static vs_status check_shape(const vs_getting *getting, const vs_variable *v)
{
    const vs_initializer *init = &getting->spec.initializer;
    const vs_shape *have = vs_variable_shape(v);
    const vs_shape *want = getting->spec.shape;
    vs_error *err = getting->context->words;
    char have_text[VS_SHAPE_TEXT_MAX];
    char want_text[VS_SHAPE_TEXT_MAX];

    if (want == NULL && v->parts != NULL && init->kind == VS_INIT_VALUE)
        want = &init->value->shape; /* which S56 ignores of a whole one */
    if (want == NULL || vs_shape_compatible(have, want) || /* S51 */
        (getting->spec.validate_shape == VS_NO &&
         !vs__wish_cuts(getting))) /* S65; TensorFlow asks no partitioned one */
        return VS_OK;
    (void)vs__fail(err, VS_ERR_SHAPE, /* E3 */
                   "trying to share variable %.200s (reuse %s), but specified "
                   "shape %.160s and found shape %.160s",
                   getting->name, mode_word(getting),
                   vs_shape_text(want, want_text),
                   vs_shape_text(have, have_text));
    vs__hint(err, "leave the shape out to fetch whatever is there");
    return VS_ERR_SHAPE;
}

/* E17 and E18, which are told before anything else. */
static vs_status check_kind(const vs_getting *getting, bool partitioned)
{
    vs_error *err = getting->context->words;

    if (!kinds_clash(getting, partitioned))
        return VS_OK;
    (void)vs__fail(err, VS_ERR_PARTITION,
                   "trying to share variable %.256s (reuse %s), but %s "
                   "partitioner was given and it is%s partitioned",
                   getting->name, mode_word(getting), partitioned ? "no" : "a",
                   partitioned ? "" : " not");
    vs__hint(err, "%s",
             partitioned ? "give the partitioner that it was made with"
                         : "give vs_no_partitioner to fetch it as it is");
    return VS_ERR_PARTITION;
}

/* E19 */
static vs_status refuse_cut(const vs_getting *getting, const vs_variable *v,
                            const vs_partition *want)
{
    vs_error *err = getting->context->words;

    (void)vs__fail(err, VS_ERR_PARTITION,
                   "trying to share variable %.256s (reuse %s), but "
                   "specified %lld parts on axis %d and found %lld on "
                   "axis %d",
                   getting->name, mode_word(getting), (long long)want->parts,
                   want->axis, (long long)v->partition.parts,
                   v->partition.axis);
    vs__hint(err, "leave the partitioner out to fetch it as it is cut");
    return VS_ERR_PARTITION;
}

/* A partitioner must cut the variable as it is cut; without one any will do
 * (S95, and Q7 for AUTO too). */
static vs_status check_cut(const vs_getting *getting, const vs_variable *v)
{
    vs_partitioner partitioner = getting->spec.partitioner;
    vs_partition want;
    vs_status st;

    if (!vs__wish_cuts(getting))
        return VS_OK;
    vs__resolve_partitioner(v->store, &partitioner);
    st = vs_partitioner_apply(&partitioner, vs_variable_dtype(v),
                              vs_variable_shape(v), &want,
                              getting->context->words);
    if (st != VS_OK)
        return st;
    return vs__partition_equal(&want, &v->partition)
               ? VS_OK
               : refuse_cut(getting, v, &want);
}

/* No dtype named meets any (Q6). A dtype that a getter named counts as the
 * call's. */
static vs_status check_dtype(const vs_getting *getting,
                             const struct vs__wish *wish, const vs_variable *v)
{
    const bool same = getting->spec.dtype == wish->getting.spec.dtype;
    const vs_dtype want = same ? wish->fetch_dtype : getting->spec.dtype;
    const vs_dtype have = vs_variable_dtype(v);
    vs_error *err = getting->context->words;

    if (want == VS_DTYPE_NONE || want == have || getting->spec.dtype == have)
        return VS_OK;
    (void)vs__fail(err, VS_ERR_DTYPE, /* E4 */
                   "trying to share variable %.256s (reuse %s), but "
                   "specified dtype %s (%s) and found dtype %s",
                   getting->name, mode_word(getting), vs_dtype_name(want),
                   same ? wish->dtype_from : "of a getter",
                   vs_dtype_name(have));
    vs__hint(err, "name the dtype %s in the call", vs_dtype_name(have));
    return VS_ERR_DTYPE;
}

/* What a fetch must meet, in TensorFlow's order. */
static vs_status check_found(const vs_getting *getting,
                             const struct vs__wish *wish, vs_variable *v)
{
    vs_status st;

    if ((st = check_kind(getting, v->parts != NULL)) != VS_OK ||
        (st = check_shape(getting, v)) != VS_OK ||
        (st = check_dtype(getting, wish, v)) != VS_OK ||
        (st = check_cut(getting, v)) != VS_OK)
        return st;
    return vs__verify_fetch(getting, v);
}

/* The variable of that name, if the call may have it. */
static vs_status fetch(const vs_getting *getting, const struct vs__wish *wish,
                       vs_variable **out)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(getting->context->store, getting->name, &v);

    if (st != VS_OK)
        return st;
    st = check_found(getting, wish, v);
    if (st == VS_OK)
        *out = v;
    else
        vs_variable_free(v);
    return st;
}

/* Mode TRUE. */
static vs_status fetch_only(const vs_getting *getting,
                            const struct vs__wish *wish, vs_variable **out)
{
    vs_status st = fetch(getting, wish, out);

    if (st != VS_ERR_NOTFOUND)
        return st;
    return tell_mode(getting->context->words, st,
                     "reuse true only fetches", /* E2 */
                     "VS_REUSE_AUTO in the scope creates what is absent");
}

/* Mode AUTO. Somebody can create the name after we saw that it is absent, and
 * delete it again before we fetch it: then the question is put once more. */
static vs_status fetch_or_create(const vs_getting *getting,
                                 const struct vs__wish *wish, vs_variable **out)
{
    for (int i = 0; i < LOOKS; i++) {
        vs_status st = fetch(getting, wish, out);

        if (st != VS_ERR_NOTFOUND)
            return st;
        st = create(getting, out);
        if (st != VS_ERR_EXISTS)
            return st;
    }
    return vs__fail(getting->context->words, VS_ERR_BUSY,
                    "variable %.256s was created and deleted by others %d "
                    "times while it was asked for",
                    getting->name, LOOKS);
}

static vs_status decide(const vs_getting *getting, const struct vs__wish *wish,
                        vs_variable **out)
{
    switch (getting->reuse) { /* S38 */
    case VS_REUSE_TRUE:
        return fetch_only(getting, wish, out);
    case VS_REUSE_AUTO:
        return fetch_or_create(getting, wish, out);
    case VS_REUSE_INHERIT:
    case VS_REUSE_NONE:
        return create_only(getting, out);
    }
    return vs__fail(getting->context->words, VS_ERR_MISUSE,
                    "variable %.256s: a getter passed on reuse mode %d",
                    getting->name, (int)getting->reuse);
}

/* In a context that adopts, a name exists once this context has got it (Q1).
 * What it has not got it may adopt or create, but not fetch. */
static vs_status adopt(const vs_getting *getting, const struct vs__wish *wish,
                       vs_variable **out)
{
    vs_context *ctx = getting->context;
    const bool known = vs__counters_get(&ctx->adopted, getting->name) != 0;
    vs_status st;

    if (getting->reuse == VS_REUSE_TRUE && !known) {
        (void)vs__fail(ctx->words, VS_ERR_NOTFOUND,
                       "variable %.256s does not exist in this context, which "
                       "adopts; reuse true only fetches",
                       getting->name);
        vs__hint(ctx->words, "get it with reuse none or auto first");
        return VS_ERR_NOTFOUND;
    }
    if (known)
        return decide(getting, wish, out);
    if (vs__counters_add(&ctx->adopted, getting->name) != VS_OK)
        return vs__fail_nomem(ctx->words);
    st = fetch_or_create(getting, wish, out);
    if (st != VS_OK)
        vs__counters_clear(&ctx->adopted, getting->name);
    return st;
}

/* What is wrong with a call by itself, unless the variable that is there makes
 * it another fault, or none: a partitioned one is fetched with a constant and
 * a shape that fits it. */
static vs_status check_wish(vs_getting *getting)
{
    vs_error *err = getting->context->words;
    vs_status st = vs__wish_shape(getting, err);
    vs_status looked;
    bool found = false;
    bool partitioned = false;

    if (st == VS_OK)
        return VS_OK;
    looked = look_kind(getting, &found, &partitioned);
    if (looked != VS_OK)
        return looked;
    if (found && kinds_clash(getting, partitioned))
        return check_kind(getting, partitioned);
    return partitioned && !vs__wish_cuts(getting) &&
                   vs__wish_repeats(&getting->spec)
               ? VS_OK
               : st;
}

/* Behind the getters. */
static vs_status get(const vs_getting *passed, void *data, vs_variable **out)
{
    const struct vs__wish *wish = data;
    vs_context *ctx = passed->context;
    char path[VS_NAME_MAX + 1];
    vs_getting getting = *passed;
    vs_variable *v = NULL;
    vs_status st;

    if (passed->name != wish->path) { /* a getter's name is not judged yet */
        if ((st = vs__path_join("", passed->name, path, ctx->words)) != VS_OK)
            return st;
        getting.name = path;
    }
    if ((st = check_wish(&getting)) != VS_OK)
        return st;
    st = ctx->options.adopt ? adopt(&getting, wish, &v)
                            : decide(&getting, wish, &v);
    if (st != VS_OK || vs__never(v == NULL)) /* creators that give none fail */
        return st;
    v->caching = getting.spec.caching_device != NULL &&
                 getting.spec.caching_device[0] != '\0';
    *out = v;
    return VS_OK;
}

static vs_status resolve_and_get(vs_context *ctx, const char *name,
                                 const vs_variable_spec *spec, bool local,
                                 vs_variable **out)
{
    struct vs__wish wish;
    struct vs__link own = {.refs = 1};
    const struct vs__link *link = ctx->current->given.getters;
    vs_status st = vs__store_enter(ctx->store);

    if (st == VS_OK)
        st = vs__wish_take(ctx, name, spec, &wish);
    if (st != VS_OK)
        return st;
    wish.getting.local = local;
    if (wish.getting.spec.getter != NULL) { /* S49: in place of all others */
        own.getter = *wish.getting.spec.getter;
        link = vs__getter_given(&own.getter) ? &own : NULL;
        wish.getting.spec.getter = NULL;
    }
    return link == NULL ? get(&wish.getting, &wish, out)
                        : vs__chain_get(link, &wish.getting, get, &wish, out);
}

vs_status vs_get_variable(vs_context *ctx, const char *name,
                          const vs_variable_spec *spec, vs_variable **out)
{
    return resolve_and_get(ctx, name, spec, false, out);
}

/* The caller's collections and that of local variables, as one heap block; the
 * caller's list is left alone (S72). NULL: no memory. */
static const char **with_local(const char *const *given)
{
    const char **keys;
    size_t n = 0;

    while (given != NULL && given[n] != NULL)
        n++;
    keys = vs__calloc(n + 2, sizeof *keys);
    if (keys != NULL) {
        for (size_t i = 0; i < n; i++)
            keys[i] = given[i];
        keys[n] = VS_LOCAL_VARIABLES;
    }
    return keys;
}

vs_status vs_get_local_variable(vs_context *ctx, const char *name,
                                const vs_variable_spec *given,
                                vs_variable **out)
{
    const char **keys;
    vs_variable_spec spec;
    vs_status st = vs__options_take(&spec, sizeof spec, given,
                                    "vs_variable_spec", ctx->words);

    if (st != VS_OK)
        return st;
    if ((keys = with_local(spec.collections)) == NULL)
        return vs__fail_nomem(ctx->words);
    spec.size = sizeof spec;
    spec.trainable = VS_NO;
    spec.collections = keys;
    st = resolve_and_get(ctx, name, &spec, true, out);
    vs__free((void *)keys);
    return st;
}
