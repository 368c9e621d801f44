/* tell.c - see tell.h. */
#include "tell.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 4096 /* variables, or members of a collection */

/* Where from, and where to. */
struct teller {
    vs_store *store;
    struct arena *arena;
    FILE *out;
};

int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names, in byte order once they are sorted; owned by the arena. */
struct names {
    const char *of[NAMES_MAX];
    size_t n;
};

static void collect(const struct teller *t, const char *scope, const char *key,
                    bool local, struct names *names)
{
    const vs_list_options options = {
        .scope = scope, .collection = key, .local = local};
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    vs_status st = vs_list_open(t->store, &options, &list);

    while (st == VS_OK && (st = vs_list_next(list, &info)) == VS_OK) {
        if (names->n == NAMES_MAX)
            op_refuse("too many variables", info->name);
        names->of[names->n++] = arena_keep(t->arena, info->name);
    }
    if (st != VS_DONE)
        op_refuse("cannot list", vs_store_error(t->store)->message);
    vs_list_close(list);
}

/* All variables below a scope, or a collection's, the local ones too. */
static struct names find(const struct teller *t, const char *scope,
                         const char *key)
{
    struct names names = {.n = 0};

    collect(t, scope, key, false, &names);
    collect(t, scope, key, true, &names);
    qsort(names.of, names.n, sizeof names.of[0], compare_words);
    return names;
}

/* The first 20 and the last 4 of more than 24 elements, or all. */
static void tell_elements(const struct teller *t, const vs_view *view,
                          int64_t n)
{
    const size_t size = vs_dtype_size(view->dtype);
    char text[VS_ELEMENT_TEXT_MAX];

    for (int64_t i = 0; i < n; i++) {
        if (n > 24 && i >= 20 && i < n - 4)
            continue;
        (void)fprintf(
            t->out, "%s%s", i != 0 ? "," : "",
            vs_element_text(view->dtype,
                            (const char *)view->data + (size_t)i * size, 0,
                            text));
    }
}

static vs_status tell_value(const struct teller *t, vs_variable *v)
{
    const size_t size = vs_dtype_size(vs_variable_dtype(v));
    int64_t n = 0;
    vs_status st = vs_shape_count(vs_variable_shape(v), &n);
    vs_view view;

    if (st != VS_OK)
        return st;
    view = vs_view_of(vs_variable_dtype(v), vs_variable_shape(v),
                      arena_take(t->arena, (size_t)n * size));
    st = vs_variable_read(v, &view);
    if (st != VS_OK)
        return st;
    (void)fprintf(t->out, " %s=", vs_variable_name(v));
    tell_elements(t, &view, n);
    return VS_OK;
}

static vs_status tell_type(const struct teller *t, vs_variable *v)
{
    char text[VS_SHAPE_TEXT_MAX];

    (void)fprintf(t->out, " %s:%s:%s", vs_variable_name(v),
                  vs_dtype_name(vs_variable_dtype(v)),
                  vs_shape_text(vs_variable_shape(v), text));
    return VS_OK;
}

static vs_status tell_loss(const struct teller *t, vs_variable *v)
{
    double loss;
    const vs_status st = vs_variable_loss(v, &loss);

    if (st == VS_OK)
        (void)fprintf(t->out, " %s=%.17g", vs_variable_name(v), loss);
    else if (st == VS_ERR_DTYPE) /* only of floats */
        (void)fprintf(t->out, " %s=-", vs_variable_name(v));
    return st == VS_ERR_DTYPE ? VS_OK : st;
}

/* Every variable there is, or of a collection. */
static void tell_all(const struct teller *t, const char *key,
                     vs_status (*tell)(const struct teller *t, vs_variable *v))
{
    const struct names names = find(t, NULL, key);

    (void)fputs("all", t->out);
    for (size_t i = 0; i < names.n; i++) {
        vs_variable *v = NULL;
        vs_status st = vs_variable_open(t->store, names.of[i], &v);

        if (st == VS_OK)
            st = tell(t, v);
        if (st != VS_OK)
            op_refuse("cannot tell", vs_store_error(t->store)->message);
        vs_variable_free(v);
    }
    (void)fputc('\n', t->out);
}

void tell_list(vs_store *store, const char *scope, const char *key,
               struct arena *arena, FILE *out)
{
    const struct teller t = {store, arena, out};
    const struct names names = find(&t, scope, key);

    (void)fputs("has", out);
    for (size_t i = 0; i < names.n; i++)
        (void)fprintf(out, " %s", names.of[i]);
    (void)fputc('\n', out);
}

void tell_names(vs_store *store, struct arena *arena, FILE *out)
{
    const struct teller t = {store, arena, out};

    tell_all(&t, NULL, tell_type);
}

void tell_values(vs_store *store, struct arena *arena, FILE *out)
{
    const struct teller t = {store, arena, out};

    tell_all(&t, NULL, tell_value);
}

void tell_losses(vs_store *store, struct arena *arena, FILE *out)
{
    const struct teller t = {store, arena, out};

    tell_all(&t, VS_REGULARIZATION_LOSSES, tell_loss);
}
