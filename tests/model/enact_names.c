/* enact_names.c - names as people change them, and seals; see enact.h. */
#include <stdio.h>
#include <string.h>

#include "enact.h"

/* Errors of giving the variable of `path` the name `to` too. */
static uint64_t may_name(struct play *p, const char *path, const char *to)
{
    const struct variable *v = variable_at(p->s, path);
    uint64_t errors = play_may_write(p);

    if (v == NULL)
        errors |= ERR(NOTFOUND);
    if (name_find(p->s, to) != NULL)
        errors |= ERR(EXISTS);
    if (v != NULL && is_sealed(p->s, to, v->kind))
        errors |= ERR(SEALED);
    return errors;
}

bool do_delete(struct play *p, const struct deed *d)
{
    const char *path = deed_path(d->a);
    uint64_t errors = play_may_write(p);

    if (name_find(p->s, path) == NULL)
        errors |= ERR(NOTFOUND);
    if (!play_judge(p, vs_variable_delete(p->h->store, path), errors, "delete"))
        return false;
    if (errors == 0)
        name_drop(p->s, path);
    return true;
}

bool do_rename(struct play *p, const struct deed *d)
{
    const char *from = deed_path(d->a);
    const char *to = deed_path(d->b);
    const uint64_t errors = may_name(p, from, to);

    if (!play_judge(p, vs_variable_rename(p->h->store, from, to), errors,
                    "rename"))
        return false;
    if (errors == 0) {
        name_put(p->s, to, variable_at(p->s, from)->id);
        name_drop(p->s, from);
    }
    return true;
}

bool do_alias(struct play *p, const struct deed *d)
{
    const char *path = deed_path(d->a);
    const char *alias = deed_path(d->b);
    const uint64_t errors = may_name(p, path, alias);

    if (p->s->n_names == MOST_NAMES)
        return true;
    if (!play_judge(p, vs_variable_alias(p->h->store, path, alias), errors,
                    "alias"))
        return false;
    if (errors == 0)
        name_put(p->s, alias, variable_at(p->s, path)->id);
    return true;
}

bool do_copy(struct play *p, const struct deed *d)
{
    const char *path = deed_path(d->a);
    const char *to = deed_path(d->b);
    const uint64_t errors = may_name(p, path, to);
    const struct variable *from = variable_at(p->s, path);
    struct variable *v;

    if (p->s->n_names == MOST_NAMES || p->s->n_variables == MOST_VARS)
        return true;
    if (!play_judge(p, vs_variable_copy(p->h->store, path, to), errors, "copy"))
        return false;
    if (errors != 0)
        return true;
    v = variable_make(&p->m, p->s, from->kind);
    v->fill = from->fill;
    variable_give(p->s, v,
                  from->value == NO_VALUE ? NO_VALUE
                                          : value_copy(&p->m, from->value));
    name_put(p->s, to, v->id);
    return true;
}

/* Whether a name moves with its scope: the parts of a cut variable lie in the
 * scope of its name. */
static bool moves(struct state *s, const struct name *name, const char *scope)
{
    return path_within(name->path, scope) &&
           (strcmp(name->path, scope) != 0 ||
            kinds[variable_find(s, name->variable)->kind].parts > 0);
}

static void moved_path(const char *path, const char *from, const char *to,
                       char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%.12s%.16s", to, path + strlen(from));
}

/* What moving would say; *n receives how many names move, parts counted. */
static uint64_t may_move(struct play *p, const char *from, const char *to,
                         int64_t *n, bool *deep)
{
    uint64_t errors = play_may_write(p);

    *n = 0;
    *deep = false;
    for (int i = 0; i < p->s->n_seals; i++)
        if (path_within(p->s->seals[i], from))
            errors |= ERR(SEALED);
    for (int i = 0; i < p->s->n_names; i++) {
        const struct name *name = &p->s->names[i];
        const int kind = variable_find(p->s, name->variable)->kind;
        char target[PATH_BYTES];

        if (!moves(p->s, name, from))
            continue;
        moved_path(name->path, from, to, target);
        *deep = *deep || strlen(target) > 9;
        *n += kinds[kind].parts > 0 ? kinds[kind].parts : 1;
        if (name_find(p->s, target) != NULL)
            errors |= ERR(EXISTS);
        if (is_sealed(p->s, target, kind))
            errors |= ERR(SEALED);
    }
    return *n == 0 ? errors | ERR(NOTFOUND) : errors;
}

static void move_all(struct state *s, const char *from, const char *to)
{
    struct name moving[MOST_NAMES];
    int n = 0;

    for (int i = 0; i < s->n_names; i++)
        if (moves(s, &s->names[i], from))
            moving[n++] = s->names[i];
    for (int i = 0; i < n; i++) {
        char target[PATH_BYTES];

        name_drop(s, moving[i].path);
        moved_path(moving[i].path, from, to, target);
        name_put(s, target, moving[i].variable);
    }
}

bool do_move(struct play *p, const struct deed *d)
{
    const char *from = deed_scope(d->a);
    const char *to = deed_scope(d->b);
    uint64_t errors;
    int64_t n_moved = -1;
    int64_t n;
    bool deep;

    if (from[0] == '\0' || to[0] == '\0')
        return true;
    errors = may_move(p, from, to, &n, &deep);
    if (path_within(from, to) || path_within(to, from))
        errors |= ERR(MISUSE);
    else if (deep)
        return true;
    if (!play_judge(p, vs_scope_move(p->h->store, from, to, &n_moved), errors,
                    "move"))
        return false;
    if (errors != 0)
        return true;
    if (n_moved != n)
        return play_wrong(p, "move told %lld names, %lld moved",
                          (long long)n_moved, (long long)n);
    move_all(p->s, from, to);
    return true;
}

static int seal_at(const struct state *s, const char *scope)
{
    for (int i = 0; i < s->n_seals; i++)
        if (strcmp(s->seals[i], scope) == 0)
            return i;
    return -1;
}

/* What is sealed already stays so, and nothing need be written. */
bool do_seal(struct play *p, const struct deed *d)
{
    const char *scope = deed_scope(d->a);
    const uint64_t errors = play_may_write(p);
    const bool sealed = seal_at(p->s, scope) >= 0;
    vs_status st;

    if (p->s->n_seals == MOST_SEALS)
        return true;
    st = vs_scope_seal(p->h->store, scope, VS_HERE);
    if (sealed && st == VS_OK)
        return true;
    if (!play_judge(p, st, errors, "seal"))
        return false;
    if (errors == 0)
        (void)snprintf(p->s->seals[p->s->n_seals++], PATH_BYTES, "%s", scope);
    return true;
}

bool do_unseal(struct play *p, const struct deed *d)
{
    struct state *s = p->s;
    const char *scope = deed_scope(d->a);
    const int at = seal_at(s, scope);
    const uint64_t errors = play_may_write(p) | (at < 0 ? ERR(NOTFOUND) : 0);

    if (!play_judge(p, vs_scope_unseal(p->h->store, scope), errors, "unseal"))
        return false;
    if (errors != 0)
        return true;
    s->n_seals--;
    memmove(s->seals[at], s->seals[at + 1],
            (size_t)(s->n_seals - at) * PATH_BYTES);
    return true;
}
