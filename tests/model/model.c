/* model.c - see model.h. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In chunks of 4 KiB: inline ones, one chunk, three, and cut ones. */
const struct kind kinds[MOST_KINDS] = {
    {VS_F32, {0, {0}}, 0},      {VS_I32, {1, {5}}, 0},
    {VS_F32, {2, {3, 4}}, 0},   {VS_I32, {1, {2500}}, 0},
    {VS_F32, {2, {80, 16}}, 0}, {VS_F32, {2, {5, 3}}, 3},
    {VS_I32, {1, {2600}}, 2}};

int64_t kind_count(int kind)
{
    int64_t n = 1;

    for (int i = 0; i < kinds[kind].shape.rank; i++)
        n *= kinds[kind].shape.dims[i];
    return n;
}

void model_init(struct model *m)
{
    memset(m, 0, sizeof *m);
}

void model_done(struct model *m)
{
    for (int i = 0; i < m->n_values; i++)
        free(m->values[i].elements);
    free(m->values);
    memset(m, 0, sizeof *m);
}

static void *must(void *p)
{
    if (p != NULL)
        return p;
    (void)fprintf(stderr, "model: no memory\n");
    exit(2);
}

static int value_new(struct model *m, int kind)
{
    struct value *v;

    if (m->n_values == m->cap_values) {
        m->cap_values = m->cap_values * 2 + 64;
        m->values =
            must(realloc(m->values, (size_t)m->cap_values * sizeof *m->values));
    }
    v = &m->values[m->n_values];
    v->kind = kind;
    v->elements = must(malloc((size_t)kind_count(kind) * sizeof *v->elements));
    return m->n_values++;
}

int value_fill(struct model *m, int kind, int fill, int slope)
{
    const int value = value_new(m, kind);

    for (int64_t i = 0; i < kind_count(kind); i++)
        m->values[value].elements[i] = fill + slope * (int32_t)(i % 1000);
    return value;
}

int value_copy(struct model *m, int value)
{
    const int copy = value_new(m, m->values[value].kind);

    memcpy(m->values[copy].elements, m->values[value].elements,
           (size_t)kind_count(m->values[copy].kind) *
               sizeof *m->values[copy].elements);
    return copy;
}

const int32_t *value_of(const struct model *m, int value)
{
    return m->values[value].elements;
}

bool value_equal(const struct model *m, int a, int b)
{
    if (a == NO_VALUE || b == NO_VALUE)
        return a == b;
    return m->values[a].kind == m->values[b].kind &&
           memcmp(m->values[a].elements, m->values[b].elements,
                  (size_t)kind_count(m->values[a].kind) *
                      sizeof *m->values[a].elements) == 0;
}

struct state *view_of(struct model *m, int who)
{
    struct handle *h = &m->handles[who];

    return h->depth > 0 ? &h->levels[h->depth - 1] : &m->now;
}

bool is_writing(const struct model *m, int who)
{
    return m->handles[who].depth > 0 && m->handles[who].txn != VS_TXN_READ;
}

struct name *name_find(struct state *s, const char *path)
{
    for (int i = 0; i < s->n_names; i++)
        if (strcmp(s->names[i].path, path) == 0)
            return &s->names[i];
    return NULL;
}

void name_put(struct state *s, const char *path, int variable)
{
    int at = s->n_names++;

    while (at > 0 && strcmp(s->names[at - 1].path, path) > 0) {
        s->names[at] = s->names[at - 1];
        at--;
    }
    (void)snprintf(s->names[at].path, PATH_BYTES, "%s", path);
    s->names[at].variable = variable;
}

void name_drop(struct state *s, const char *path)
{
    struct name *name = name_find(s, path);

    if (name == NULL)
        return;
    s->n_names--;
    memmove(name, name + 1,
            (size_t)(&s->names[s->n_names] - name) * sizeof *name);
}

struct variable *variable_find(struct state *s, int id)
{
    for (int i = 0; i < s->n_variables; i++)
        if (s->variables[i].id == id)
            return &s->variables[i];
    return NULL;
}

struct variable *variable_at(struct state *s, const char *path)
{
    const struct name *name = name_find(s, path);

    return name != NULL ? variable_find(s, name->variable) : NULL;
}

bool variable_is_live(const struct state *s, int id)
{
    for (int i = 0; i < s->n_names; i++)
        if (s->names[i].variable == id)
            return true;
    return false;
}

struct variable *variable_make(struct model *m, struct state *s, int kind)
{
    struct variable *v = &s->variables[s->n_variables++];

    *v = (struct variable){.id = ++m->n_ids, .kind = kind, .value = NO_VALUE};
    return v;
}

void variable_give(struct state *s, struct variable *v, int value)
{
    v->value = value;
    v->version = 0;
    v->floor = s->newest;
}

bool path_within(const char *path, const char *scope)
{
    const size_t n = strlen(scope);

    return n == 0 || (strncmp(path, scope, n) == 0 &&
                      (path[n] == '\0' || path[n] == '/'));
}

bool is_sealed(const struct state *s, const char *path, int kind)
{
    for (int i = 0; i < s->n_seals; i++)
        if (path_within(path, s->seals[i]) &&
            (strcmp(path, s->seals[i]) != 0 || kinds[kind].parts > 0))
            return true;
    return false;
}

struct checkpoint *checkpoint_find(struct state *s, int64_t id)
{
    for (int i = 0; i < s->n_checkpoints; i++)
        if (s->checkpoints[i].id == id)
            return &s->checkpoints[i];
    return NULL;
}

void checkpoint_drop(struct state *s, int64_t id)
{
    struct checkpoint *c = checkpoint_find(s, id);

    if (c == NULL)
        return;
    s->n_checkpoints--;
    memmove(c, c + 1,
            (size_t)(&s->checkpoints[s->n_checkpoints] - c) * sizeof *c);
}

struct checkpoint *checkpoint_tagged(struct state *s, int tag)
{
    for (int i = 0; i < s->n_checkpoints; i++)
        if (s->checkpoints[i].tags[tag])
            return &s->checkpoints[i];
    return NULL;
}
