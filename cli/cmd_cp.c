/* cmd_cp.c - copies a variable or a scope; no bytes are copied.
 *
 * Names of a scope that lead to one variable do so in the copy: what was tied
 * stays tied.
 */
#include <string.h>

#include "mapping.h"

/* The copy of the variable that this name is an alias of, if that was copied
 * too; else NULL. */
static const char *copied_target(const struct mapping *m,
                                 const struct move *move)
{
    size_t low = 0;
    size_t high = m->n;

    if (move->alias_of == NULL)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(move->alias_of, m->moves[middle].from);

        if (order == 0)
            return m->moves[middle].to;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static int copy(struct cli *cli, vs_store *store, const struct mapping *m)
{
    vs_status st = VS_OK;

    for (size_t i = 0; i < m->n && st == VS_OK; i++)
        if (copied_target(m, &m->moves[i]) == NULL)
            st = vs_variable_copy(store, m->moves[i].from, m->moves[i].to);
    for (size_t i = 0; i < m->n && st == VS_OK; i++) {
        const char *target = copied_target(m, &m->moves[i]);

        if (target != NULL)
            st = vs_variable_alias(store, target, m->moves[i].to);
    }
    return st == VS_OK ? EXIT_YES : pick_store_fault(cli, store);
}

int cmd_cp(struct cli *cli)
{
    return mapping_run(cli, true, "copied", copy);
}
