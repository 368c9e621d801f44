/* cmd_ln.c - makes a second name of a variable. */
#include "mapping.h"

static int link(struct cli *cli, vs_store *store, const struct mapping *m)
{
    return vs_variable_alias(store, m->from, m->to) == VS_OK
               ? EXIT_YES
               : pick_store_fault(cli, store);
}

int cmd_ln(struct cli *cli)
{
    return mapping_run(cli, false, "linked", link);
}
