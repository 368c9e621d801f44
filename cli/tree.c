/* tree.c - see tree.h. */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

/* The separator sorts below every other character. */
static int compare(const void *a, const void *b, void *separator)
{
    const char *x = ((const struct entry *)a)->name;
    const char *y = ((const struct entry *)b)->name;
    const char s = *(const char *)separator;

    while (*x == *y && *x != '\0') {
        x++;
        y++;
    }
    if (*x == *y)
        return 0;
    if (*x == '\0' || *y == '\0')
        return *x == '\0' ? -1 : 1;
    if (*x == s || *y == s)
        return *x == s ? -1 : 1;
    return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
}

static struct node *add(struct tree *t, const char *label, size_t n, int depth)
{
    struct node *node;

    if (t->n == t->cap) {
        t->cap = t->cap < 16 ? 16 : t->cap * 2;
        t->nodes = mem_more(t->nodes, t->cap, sizeof *t->nodes);
    }
    node = &t->nodes[t->n++];
    memset(node, 0, sizeof *node);
    node->label = label;
    node->n_label = n;
    node->depth = depth;
    node->last = true;
    return node;
}

static void count(struct node *node, const struct entry *e)
{
    if (e->alias_of != NULL) {
        node->n_aliases++;
        return;
    }
    node->n_variables++;
    node->n_elements += e->n_elements;
    node->n_bytes += e->n_bytes;
}

/* The path from the root to the name that was added last. */
struct path {
    size_t nodes[TREE_DEPTH_MAX]; /* indices into the tree */
    int depth;                    /* how many */
};

/* The node of one component below the first `depth` ones of the path. */
static void step(struct tree *t, struct path *path, int depth,
                 const char *label, size_t n)
{
    if (depth < path->depth) {
        struct node *node = &t->nodes[path->nodes[depth]];

        if (node->n_label == n && memcmp(node->label, label, n) == 0)
            return;
        node->last = false;
    }
    (void)add(t, label, n, depth);
    path->nodes[depth] = t->n - 1;
    path->depth = depth + 1;
}

static void add_entry(struct tree *t, struct path *path, const struct entry *e,
                      size_t skip, char separator)
{
    const char *p = e->name + skip;
    int depth = 0;

    for (;; depth++) {
        const char *end = strchr(p, separator);
        size_t n = strlen(p);

        if (end != NULL && depth + 1 < TREE_DEPTH_MAX)
            n = (size_t)(end - p);
        step(t, path, depth, p, n);
        count(&t->nodes[path->nodes[depth]], e);
        if (p[n] == '\0')
            break;
        p += n + 1;
    }
    path->depth = depth + 1;
    t->nodes[path->nodes[depth]].entry = e;
    count(&t->total, e);
}

void tree_init(struct tree *t, struct entries *list, size_t skip,
               char separator)
{
    struct path path = {{0}, 0};

    memset(t, 0, sizeof *t);
    if (list->n > 0)
        qsort_r(list->v, list->n, sizeof *list->v, compare, &separator);
    for (size_t i = 0; i < list->n; i++)
        add_entry(t, &path, &list->v[i], skip, separator);
}

void tree_done(struct tree *t)
{
    free(t->nodes);
    t->nodes = NULL;
    t->n = 0;
}
