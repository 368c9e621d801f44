/* entries.c - lists of names, from a store or a foreign file. See pick.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "pick.h"

#define BLOCK_BYTES 65536

/* Memory handed out piece by piece and freed all at once. */
struct block {
    struct block *next; /* filled before this one */
    size_t used;        /* bytes handed out */
    size_t cap;         /* bytes behind the header */
    int64_t bytes[];    /* aligned for what is kept here */
};

static void *take(struct entries *list, size_t n)
{
    struct block *b = list->block;
    void *piece;

    n = (n + 7) & ~(size_t)7;
    if (b == NULL || n > b->cap - b->used) {
        size_t cap = n > BLOCK_BYTES ? n : BLOCK_BYTES;

        b = mem_get(1, sizeof *b + cap);
        b->cap = cap;
        b->next = list->block;
        list->block = b;
    }
    piece = (char *)b->bytes + b->used;
    b->used += n;
    return piece;
}

static const char *take_text(struct entries *list, const char *text)
{
    size_t n = strlen(text) + 1;

    return memcpy(take(list, n), text, n);
}

static struct entry *add(struct entries *list, const char *name, vs_dtype dtype,
                         const vs_shape *shape)
{
    size_t n_dims = (size_t)shape->rank * sizeof *shape->dims;
    struct entry *e;

    if (list->n == list->cap) {
        list->cap = list->cap < 16 ? 16 : list->cap * 2;
        list->v = mem_more(list->v, list->cap, sizeof *list->v);
    }
    e = &list->v[list->n++];
    memset(e, 0, sizeof *e);
    e->name = take_text(list, name);
    e->dims = memcpy(take(list, n_dims), shape->dims, n_dims);
    e->rank = shape->rank;
    e->dtype = dtype;
    e->stored_bytes = -1;
    e->part = -1;
    return e;
}

static struct entry *add_variable(struct entries *list,
                                  const vs_variable_info *v)
{
    struct entry *e = add(list, v->name, v->dtype, &v->shape);

    if (v->alias_of != NULL)
        e->alias_of = take_text(list, v->alias_of);
    e->id = v->id;
    e->n_elements = v->n_elements;
    e->n_bytes = v->n_bytes;
    e->stored_bytes = v->stored_bytes;
    e->version = v->version;
    e->written_ms = v->written_ms;
    e->trainable = v->trainable;
    e->empty = v->version == 0;
    e->part = v->part;
    if (v->slice != NULL)
        e->slice = take_text(list, v->slice);
    memcpy(e->digest, v->digest, sizeof e->digest);
    return e;
}

/* "X/part_K" if part `part` is to have it: the length of X; else 0. A part can
 * have other names too, by which it is no more than a variable. */
static size_t whole_of(const char *name, int64_t part)
{
    const size_t n = strlen(name);
    char ending[40];
    size_t k;

    if (part < 0)
        return 0;
    k = (size_t)snprintf(ending, sizeof ending, "/part_%" PRId64, part);
    return n > k && strcmp(name + n - k, ending) == 0 ? n - k : 0;
}

bool entry_is_part(const struct entry *e, size_t *n)
{
    *n = whole_of(e->name, e->part);
    return *n != 0;
}

/* Adds a part to the entry of its whole, which the first part makes. */
static void add_part(struct entries *list, const vs_variable_info *v,
                     const char *whole)
{
    const char *alias_of = v->alias_of;
    struct entry *e = NULL;
    size_t n = alias_of != NULL ? whole_of(alias_of, v->part) : 0;

    for (size_t i = list->n; v->part > 0 && i > 0 && e == NULL; i--)
        if (strcmp(list->v[i - 1].name, whole) == 0)
            e = &list->v[i - 1];
    if (e != NULL) {
        e->n_elements += v->n_elements;
        e->n_bytes += v->n_bytes;
        e->stored_bytes += v->stored_bytes;
        return;
    }
    e = add_variable(list, v);
    e->name = take_text(list, whole);
    e->part = -1;
    e->slice = NULL;
    e->alias_of = NULL; /* a part may have a first name that is its alone */
    if (n > 0) {
        char *first = take(list, n + 1);

        memcpy(first, alias_of, n);
        first[n] = '\0';
        e->alias_of = first;
    }
}

/* A scope that a store may be asked for: its names are made of these. */
static bool is_scope(const char *scope)
{
    return scope[0] != '\0' && scope[strspn(scope, "abcdefghijklmnopqrstuvwxyz"
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                   "0123456789_.-/")] == '\0';
}

/* Adds what an exact name can mean: a variable, or all parts of one. */
static void add_exact(struct entries *list, const vs_variable_info *v,
                      const struct globs *globs)
{
    const size_t n = whole_of(v->name, v->part);
    char *name = n > 0 ? mem_copy_n(v->name, n) : NULL;

    if (name != NULL && globs_match(globs, name))
        add_part(list, v, name);
    else if (globs_match(globs, v->name))
        (void)add_variable(list, v);
    free(name);
}

/* Wholes stand where their first part was. */
static int by_names(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name,
                  ((const struct entry *)b)->name);
}

static int list_store(struct pick *p, const struct globs *globs,
                      struct entries *out)
{
    struct text scope = {NULL, 0, 0};
    vs_list_options options = {.checkpoint = p->checkpoint};
    vs_list *list = NULL;
    const vs_variable_info *v;
    vs_status st;

    if (globs_scope(globs, &scope) && is_scope(scope.p))
        options.scope = scope.p;
    st = vs_list_open(p->store, &options, &list);
    while (st == VS_OK && (st = vs_list_next(list, &v)) == VS_OK)
        if (globs->names == GLOB_NAMES_EXACT)
            add_exact(out, v, globs);
        else if (globs_match(globs, v->name))
            (void)add_variable(out, v);
    if (globs->names == GLOB_NAMES_EXACT && out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_names);
    vs_list_close(list);
    text_done(&scope);
    return st == VS_DONE ? EXIT_YES : pick_store_fault(p->cli, p->store);
}

int pick_globs(struct cli *cli, int i, enum glob_names names, struct globs *out)
{
    int rc;

    if (globs_init(out, cli->args + i, (size_t)(cli->n_args - i), names))
        return EXIT_YES;
    rc = fault_set(&cli->fault, VS_ERR_TOOBIG,
                   "the braces make more than %d patterns", GLOB_MAX);
    fault_see(&cli->fault, "varstore help globs");
    return rc;
}

int pick_list(struct pick *p, const struct globs *globs, struct entries *out)
{
    memset(out, 0, sizeof *out);
    if (p->store != NULL)
        return list_store(p, globs, out);
    for (size_t i = 0; i < vs_file_count(p->file); i++) {
        const vs_file_entry *f = vs_file_get(p->file, i);
        struct entry *e;

        if (!globs_match(globs, f->name))
            continue;
        e = add(out, f->name, f->dtype, &f->shape);
        e->n_elements = f->n_elements;
        e->n_bytes = f->n_bytes;
    }
    return EXIT_YES;
}

void entries_done(struct entries *list)
{
    struct block *b = list->block;

    while (b != NULL) {
        struct block *next = b->next;

        free(b);
        b = next;
    }
    free(list->v);
    memset(list, 0, sizeof *list);
}

vs_shape entry_shape(const struct entry *e)
{
    vs_shape shape;

    memset(&shape, 0, sizeof shape);
    shape.rank = e->rank;
    for (int i = 0; i < e->rank; i++)
        shape.dims[i] = e->dims[i];
    return shape;
}

bool entry_has_digest(const struct entry *e)
{
    static const uint8_t none[16];

    return memcmp(e->digest, none, sizeof none) != 0;
}

static int by_name(const void *key, const void *member)
{
    return strcmp(key, ((const struct entry *)member)->name);
}

const struct entry *entries_find(const struct entries *list, const char *name)
{
    if (list->n == 0)
        return NULL;
    return bsearch(name, list->v, list->n, sizeof *list->v, by_name);
}

int pick_not_found(struct pick *p, const char *name)
{
    struct fault *f = &p->cli->fault;
    const struct globs all = {NULL, 0, GLOB_NAMES_BELOW};
    struct entries list;
    struct suggest s;
    bool is_scope_name = false;
    size_t n = strlen(name);
    int rc =
        fault_set(f, VS_ERR_NOTFOUND, "%s not found in %s", name, p->label.p);

    suggest_init(&s, name);
    (void)pick_list(p, &all, &list);
    for (size_t i = 0; i < list.n; i++) {
        suggest_offer(&s, list.v[i].name);
        is_scope_name =
            is_scope_name ||
            (strncmp(list.v[i].name, name, n) == 0 && list.v[i].name[n] == '/');
    }
    if (is_scope_name) {
        fault_hint(f, "%s is a scope", name);
        fault_see(f, "varstore ls %s '%s/**'", p->label.p, name);
    } else if (suggest_best(&s) != NULL)
        fault_hint(f, "did you mean %s?", suggest_best(&s));
    fault_see(f, "varstore ls %s", p->label.p);
    suggest_done(&s);
    entries_done(&list);
    return rc;
}

int pick_no_match(struct pick *p, const struct globs *globs)
{
    struct fault *f = &p->cli->fault;
    const char *pattern = globs->n > 0 ? globs->patterns[0] : "";
    int rc;

    if (globs->n == 1 && glob_is_name(pattern)) {
        (void)pick_not_found(p, pattern);
        f->code = EXIT_NO;
        return EXIT_NO;
    }
    rc = fault_no(f, "nothing in %s matches %s%s", p->label.p, pattern,
                  globs->n > 1 ? " or the other patterns" : "");
    fault_see(f, "varstore ls %s; varstore help globs", p->label.p);
    return rc;
}
