/* rescue.c - see rescue.h. */
#include "service/rescue.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/collection.h"
#include "model/handle.h"
#include "model/parts.h"
#include "model/rules.h"

/* What is too big to be read was not written by this library. */
bool vs__is_damage(vs_status st)
{
    return st == VS_ERR_CORRUPT || st == VS_ERR_STALE ||
           st == VS_ERR_NOTFOUND || st == VS_ERR_TOOBIG;
}

vs_status vs__rescue_fail(struct vs__rescue *r, vs_status st)
{
    if (st == VS_OK)
        return VS_OK;
    return vs__fail(vs__store_words(r->from),
                    st == VS_ERR_NOMEM ? st : VS_ERR_IO, "the new store: %s",
                    vs__store_words(r->to)->message);
}

/* Deletes a name of the new store, if it is there. */
static vs_status delete (struct vs__rescue *r, const char *path)
{
    const vs_status st = vs_variable_delete(r->to, path);

    return st == VS_ERR_NOTFOUND ? VS_OK : vs__rescue_fail(r, st);
}

/* The name of the whole that this may be the name of a part of. */
static bool whole_of(const char *path, char out[VS_NAME_MAX + 1])
{
    size_t n = 0;

    if (vs__part_ordinal(path, &n) < 0)
        return false;
    (void)snprintf(out, VS_NAME_MAX + 1, "%.*s", (int)n, path);
    return true;
}

/* A part goes with its whole alone: what is refused has the name of one. */
vs_status vs__rescue_drop(struct vs__rescue *r, const char *path)
{
    char whole[VS_NAME_MAX + 1] = "";
    const vs_status st = vs_variable_delete(r->to, path);

    if (st == VS_ERR_PARTITION) {
        (void)whole_of(path, whole);
        return delete (r, whole);
    }
    return st == VS_ERR_NOTFOUND || st == VS_ERR_NAME ? VS_OK
                                                      : vs__rescue_fail(r, st);
}

/* The first of the paths that is not before this one. */
static size_t lower_bound(const struct vs__rescue *r, const char *path)
{
    size_t low = 0;
    size_t high = r->n_paths;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (strcmp(r->paths[middle], path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where it is kept of which variable the new store's was made; NULL: nowhere. */
static int64_t *made_of(const struct vs__rescue *r, const char *path,
                        bool partitioned)
{
    char first[VS_NAME_MAX + 1];
    size_t i;

    if (r->made_of == NULL || (partitioned && !vs__part_name(path, 0, first)))
        return NULL;
    if (partitioned)
        path = first;
    i = lower_bound(r, path);
    return i < r->n_paths && strcmp(r->paths[i], path) == 0 ? &r->made_of[i]
                                                            : NULL;
}

static void note(const struct vs__rescue *r, const char *path, bool partitioned,
                 int64_t variable)
{
    int64_t *made = made_of(r, path, partitioned);

    if (made != NULL)
        *made = variable;
}

/* Has the new store this variable under the name? Another one is taken away:
 * an alias by now, or one that was made under an older variable's name. */
static vs_status find_twin(struct vs__rescue *r, const char *path,
                           const vs_variable *v, vs_variable **out)
{
    const int64_t *made = made_of(r, path, v->parts != NULL);
    vs_variable *twin = NULL;
    vs_status st = vs_variable_open(r->to, path, &twin);

    *out = NULL;
    if (st == VS_ERR_NOTFOUND)
        return VS_OK;
    if (st != VS_OK)
        return vs__rescue_fail(r, st);
    if (made != NULL && *made == v->kind.variable && twin->ordinal < 0 &&
        vs_variable_n_parts(twin) == vs_variable_n_parts(v)) {
        *out = twin;
        return VS_OK;
    }
    vs_variable_free(twin);
    return vs__rescue_drop(r, path);
}

/* Deletes what has the name of a part of `path`, or is partitioned under it. */
static vs_status clear_parts(struct vs__rescue *r, const char *path)
{
    char name[VS_NAME_MAX + 1];
    const int n = snprintf(name, sizeof name, "%s/part_", path);
    vs_status st = VS_OK;

    for (size_t i = lower_bound(r, name);
         st == VS_OK && i < r->n_paths &&
         strncmp(r->paths[i], name, (size_t)n) == 0;
         i++) {
        const char *rest = r->paths[i] + n;
        char part[VS_NAME_MAX + 1];
        size_t n_whole;

        (void)snprintf(part, sizeof part, "%.*s", n + (int)strcspn(rest, "/"),
                       r->paths[i]);
        if (vs__part_ordinal(part, &n_whole) >= 0)
            st = delete (r, part);
    }
    return st;
}

/* What would forbid a new variable of this name: a partitioned one that it would
 * be a part of; or, for a partitioned one, names of parts. */
static vs_status make_way(struct vs__rescue *r, const char *path,
                          const vs_variable *v)
{
    char name[VS_NAME_MAX + 1];
    vs_variable *whole = NULL;
    vs_status st = VS_ERR_NOTFOUND;

    if (whole_of(path, name))
        st = vs_variable_open(r->to, name, &whole);
    if (st == VS_OK && vs_variable_n_parts(whole) > 0)
        st = delete (r, name);
    else
        st = st == VS_ERR_NOTFOUND ? VS_OK : vs__rescue_fail(r, st);
    vs_variable_free(whole);
    return st == VS_OK && vs_variable_n_parts(v) > 0 ? clear_parts(r, path)
                                                     : st;
}

/* A partitioner that cuts as something is cut. */
static vs_status cut_alike(const vs_shape *shape, vs_dtype dtype,
                           int64_t *counts, void *data)
{
    const vs_partition *partition = data;

    (void)dtype;
    for (int i = 0; i < shape->rank; i++)
        counts[i] = partition->counts[i];
    return VS_OK;
}

/* The spec of a rule, "" if there is none, which can be read as a rule. */
static vs_status read_rule(vs_store *store, int64_t variable, const char *kind,
                           char spec[VS__SPEC_MAX])
{
    vs_regularizer regularizer;
    vs_constraint constraint;
    struct vs__spec memory;
    vs_status st = vs__rule_text(store, variable, kind, spec);

    if (st != VS_OK || spec[0] == '\0')
        return st;
    return strcmp(kind, VS__REGULARIZER) == 0
               ? vs__rule_regularizer(store, variable, &memory, &regularizer)
               : vs__rule_constraint(store, variable, &memory, &constraint);
}

/* What was told to be applied to the variable; a rule that cannot be read is
 * lost alone. */
static vs_status copy_rules(struct vs__rescue *r, const char *path,
                            const vs_variable *v, const vs_variable *made)
{
    static const char *const kinds[] = {VS__REGULARIZER, VS__CONSTRAINT};
    vs_status st = VS_OK;

    for (size_t i = 0; i < 2 && st == VS_OK; i++) {
        char spec[VS__SPEC_MAX];

        st = read_rule(r->from, v->kind.variable, kinds[i], spec);
        if (vs__is_damage(st)) {
            r->on_lost(path, vs__store_words(r->from)->message, r->ctx);
            st = VS_OK;
        } else if (st == VS_OK && spec[0] != '\0') {
            st =
                vs__rescue_fail(r, vs__rule_put_text(r->to, made->kind.variable,
                                                     kinds[i], spec));
        }
    }
    return st;
}

static vs_status copy_all_rules(struct vs__rescue *r, const char *path,
                                const vs_variable *v, const vs_variable *made)
{
    const int64_t n = vs_variable_n_parts(v);
    vs_status st = n == 0 ? copy_rules(r, path, v, made) : VS_OK;

    for (int64_t i = 0; i < n && st == VS_OK; i++)
        st = copy_rules(r, path, vs_variable_part(v, i),
                        vs_variable_part(made, i));
    return st;
}

/* The collections it is in. Checkpoints leave the members of one out, now: it
 * is joined when no older one is to be saved any more. */
static vs_status copy_collections(struct vs__rescue *r, const char *path,
                                  vs_variable *v)
{
    const char *const *keys = NULL;
    vs_status st = vs_variable_collections(v, &keys);

    for (; st == VS_OK && *keys != NULL; keys++) {
        if ((st = vs__collection_check(r->from, *keys)) == VS_OK &&
            (r->present || strcmp(*keys, VS_UNSAVED_VARIABLES) != 0))
            st = vs__rescue_fail(r, vs_collection_add(r->to, *keys, path));
        if (st == VS_ERR_NAME) {
            r->on_lost(path, vs__store_words(r->from)->message, r->ctx);
            st = VS_OK;
        }
    }
    if (!vs__is_damage(st))
        return st;
    r->on_lost(path, vs__store_words(r->from)->message, r->ctx);
    return VS_OK;
}

static vs_status make(struct vs__rescue *r, const char *path, vs_variable *v,
                      const char *site, const vs_view *value)
{
    const char *const none[] = {NULL};
    vs_variable_spec spec = {.dtype = vs_variable_dtype(v),
                             .shape = vs_variable_shape(v),
                             .collections = none,
                             .site = site};
    vs_variable *made = NULL;
    vs_status st;

    spec.initializer = vs_value(value);
    spec.trainable = vs_variable_trainable(v) ? VS_YES : VS_NO;
    if (vs_variable_n_parts(v) > 0)
        spec.partitioner =
            vs_custom_partitioner(NULL, cut_alike, &v->partition);
    if ((st = make_way(r, path, v)) != VS_OK ||
        (st = vs__rescue_fail(
             r, vs_variable_create(r->to, path, &spec, &made))) != VS_OK)
        return st;
    if ((st = copy_all_rules(r, path, v, made)) == VS_OK) /* it may have left */
        st = vs__rescue_fail(
            r, vs_collection_remove(r->to, VS_TRAINABLE_VARIABLES, path));
    vs_variable_free(made);
    return st;
}

/* Puts a value that was read under its name in the new store. */
static vs_status put(struct vs__rescue *r, const char *path, vs_variable *v,
                     const char *site, const vs_view *value)
{
    vs_variable *twin = NULL;
    vs_status st = find_twin(r, path, v, &twin);

    if (st == VS_OK)
        st = twin != NULL ? vs__rescue_fail(r, vs_variable_write(twin, value))
                          : make(r, path, v, site, value);
    if (st == VS_OK && (twin == NULL || r->present))
        st = copy_collections(r, path, v);
    if (st == VS_OK)
        note(r, path, v->parts != NULL, v->kind.variable);
    vs_variable_free(twin);
    return st;
}

vs_status vs__rescue_value(struct vs__rescue *r, const char *path,
                           vs_variable *v, const vs_variable_info *info)
{
    const size_t bytes = (size_t)info->n_bytes;
    const int64_t n_bytes = info->n_bytes;
    void *memory = vs__alloc_aligned(64, bytes != 0 ? bytes : 1);
    const vs_view view =
        vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), memory);
    vs_status st;

    if (memory == NULL)
        return vs__fail_nomem(vs__store_words(r->from));
    if ((st = vs_variable_read(v, &view)) == VS_OK &&
        (st = put(r, path, v, info->created.site, &view)) == VS_OK)
        st = vs__meter_add(&r->meter, n_bytes, vs__store_words(r->from));
    vs__free(memory);
    if (st == VS_OK)
        r->n_bytes += n_bytes;
    return st;
}

/* An alias of an earlier state may lead to something else. */
vs_status vs__rescue_alias(struct vs__rescue *r, const char *path,
                           const vs_variable_info *info)
{
    vs_variable *first = NULL;
    vs_variable *there = NULL;
    vs_status st = vs_variable_open(r->to, info->alias_of, &first);
    bool same;

    note(r, path, false, 0);
    note(r, path, true, 0);
    if (st == VS_ERR_NOTFOUND)
        return (st = vs__rescue_drop(r, path)) != VS_OK
                   ? st
                   : vs__fail(vs__store_words(r->from), VS_ERR_CORRUPT,
                              "it is an alias of %.256s, which is lost",
                              info->alias_of);
    if (st != VS_OK)
        return vs__rescue_fail(r, st);
    st = vs_variable_open(r->to, path, &there);
    same = st == VS_OK && vs_variable_same(first, there);
    vs_variable_free(first);
    vs_variable_free(there);
    if (same)
        return VS_OK;
    if (st == VS_OK)
        st = vs__rescue_drop(r, path);
    else
        st = st == VS_ERR_NOTFOUND ? VS_OK : vs__rescue_fail(r, st);
    return st == VS_OK ? vs__rescue_fail(
                             r, vs_variable_alias(r->to, info->alias_of, path))
                       : st;
}
