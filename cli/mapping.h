/* mapping.h - which names mv, cp and ln turn into which. */
#ifndef CLI_MAPPING_H
#define CLI_MAPPING_H

#include "pick.h"

struct move {
    char *from;
    char *to;
    char *alias_of; /* what `from` is an alias of, or NULL */
};

struct mapping {
    struct move *moves; /* `n` of them, by name */
    size_t n;
    bool is_scope; /* FROM is a scope */
    char *from;    /* FROM, without a '/' at its end */
    char *to;      /* TO, with FROM's last component if it ended in '/' */
};

/* Runs the command: opens its STORE, maps FROM to TO, calls `act` in a write
 * transaction and reports what was done ("moved"). With --dry-run nothing is
 * written: the mapping is printed if every new name is free. `scopes` tells
 * if FROM may be a scope. */
int mapping_run(struct cli *cli, bool scopes, const char *done,
                int (*act)(struct cli *cli, vs_store *store,
                           const struct mapping *m));

#endif
