/* cmd_mv.c - renames a variable, or moves a scope with all below it. */
#include "mapping.h"

static int move(struct cli *cli, vs_store *store, const struct mapping *m)
{
    vs_status st = m->is_scope ? vs_scope_move(store, m->from, m->to, NULL)
                               : vs_variable_rename(store, m->from, m->to);

    return st == VS_OK ? EXIT_YES : pick_store_fault(cli, store);
}

int cmd_mv(struct cli *cli)
{
    return mapping_run(cli, true, "moved", move);
}
