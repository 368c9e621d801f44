/* tree.h - names as a tree of scopes with sums, in the order of printing.
 *
 * Component by component, so that "a/b" stands below "a" even when "a-b" lies
 * between them in byte order. A name deeper than TREE_DEPTH_MAX stays whole
 * from there on: a stranger's file cannot make the drawing quadratic.
 */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include "pick.h"

#define TREE_DEPTH_MAX 64

struct node {
    const char *label; /* its component; `n_label` bytes, borrowed */
    size_t n_label;
    int depth;                 /* 0: the root's children */
    const struct entry *entry; /* the variable of that name; NULL: a scope */
    int64_t n_variables;       /* in it and below it, aliases not counted */
    int64_t n_aliases;
    int64_t n_elements;
    int64_t n_bytes;
    bool last; /* no sibling follows */
};

struct tree {
    struct node *nodes; /* `n` of them, each before its children */
    size_t n;
    size_t cap;
    struct node total; /* the sums of all */
};

/* Builds the tree of a list, which it sorts and borrows from. `skip` bytes of
 * each name are left out (those of the scope shown, with its separator). */
void tree_init(struct tree *t, struct entries *list, size_t skip,
               char separator);
void tree_done(struct tree *t);

#endif
