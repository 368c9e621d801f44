/* fresh.c - see fresh.h. */
#include "model/fresh.h"

#include <string.h>

#include "base/never.h"
#include "model/handle.h"
#include "model/store.h"

static void note(vs_store *store, int64_t firsts[VS__DEEPEST], int64_t id)
{
    const int depth = vs__txn_depth(store->db);

    if (!vs__never(depth == 0) && firsts[depth - 1] == 0)
        firsts[depth - 1] = id;
}

int64_t vs__fresh_next(int64_t last)
{
    return last > 0 && last < INT64_MAX ? last + 1 : 0;
}

void vs__fresh_variable(vs_store *store, int64_t id)
{
    store->fresh.last.variable = id;
    note(store, store->fresh.variables, id);
}

void vs__fresh_checkpoint(vs_store *store, int64_t id)
{
    note(store, store->fresh.checkpoints, id);
}

void vs__fresh_add(vs_variable *v)
{
    struct vs__fresh *fresh = &v->store->fresh;

    if (!vs__txn_writing(v->store->db))
        return;
    v->fresh_next = fresh->handles;
    v->fresh_link = &fresh->handles;
    if (v->fresh_next != NULL)
        v->fresh_next->fresh_link = &v->fresh_next;
    fresh->handles = v;
}

void vs__fresh_remove(vs_variable *v)
{
    if (v->fresh_link == NULL)
        return;
    *v->fresh_link = v->fresh_next;
    if (v->fresh_next != NULL)
        v->fresh_next->fresh_link = v->fresh_link;
    v->fresh_next = NULL;
    v->fresh_link = NULL;
}

void vs__fresh_done(vs_store *store)
{
    while (store->fresh.handles != NULL)
        vs__fresh_remove(store->fresh.handles);
}

/* What began at `first` in this level is part of the level around it. */
static void hand_up(int64_t *firsts, int level)
{
    int64_t *first = &firsts[level - 1];

    if (level > 1 && first[-1] == 0)
        first[-1] = *first;
    *first = 0;
}

static bool is_since(int64_t id, int64_t first)
{
    return first != 0 && id >= first;
}

void vs__fresh_end(vs_store *store, int level, bool kept)
{
    struct vs__fresh *fresh = &store->fresh;
    int64_t *variable = &fresh->variables[level - 1];
    int64_t *checkpoint = &fresh->checkpoints[level - 1];

    for (vs_variable *v = fresh->handles; !kept && v != NULL; v = v->fresh_next)
        v->undone = v->undone || is_since(v->kind.variable, *variable) ||
                    is_since(v->checkpoint, *checkpoint);
    fresh->n_undone += !kept;
    if (!kept)
        *variable = *checkpoint = 0;
    if (!kept || level == 1)
        memset(&fresh->last, 0, sizeof fresh->last);
    hand_up(fresh->variables, level);
    hand_up(fresh->checkpoints, level);
    if (level == 1)
        vs__fresh_done(store);
}
