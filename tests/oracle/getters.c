/* getters.c - see getters.h. */
#include "getters.h"

#include <string.h>

static vs_status get_same(vs_next *next, const vs_getting *getting, void *data,
                          vs_variable **out)
{
    (void)data;
    return vs_next_get(next, getting, out);
}

/* Passes the call on under "NAME/WORD". */
static vs_status get_tagged(vs_next *next, const vs_getting *getting,
                            void *data, vs_variable **out)
{
    vs_getting mine = *getting;
    char name[2 * VS_NAME_MAX];

    (void)snprintf(name, sizeof name, "%s/%s", getting->name,
                   (const char *)data);
    mine.name = name;
    return vs_next_get(next, &mine, out);
}

static vs_status get_two(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    char first[] = "0";
    char second[] = "1";
    vs_variable *other = NULL;
    vs_status st;

    (void)data;
    st = get_tagged(next, getting, first, out);
    if (st != VS_OK)
        return st;
    st = get_tagged(next, getting, second, &other);
    vs_variable_free(other);
    if (st != VS_OK) {
        vs_variable_free(*out);
        *out = NULL;
    }
    return st;
}

static vs_status get_by_mode(vs_next *next, const vs_getting *getting,
                             void *data, vs_variable **out)
{
    vs_getting mine = *getting;

    mine.reuse = *(const vs_reuse *)data;
    return vs_next_get(next, &mine, out);
}

static void *keep_mode(const char *word, struct arena *arena)
{
    vs_reuse *mode = arena_take(arena, sizeof *mode);

    *mode = spec_reuse(word);
    return mode;
}

vs_getter getter_of(const char *text, struct arena *arena)
{
    vs_getter getter = {NULL, NULL, NULL};

    if (strcmp(text, "same") == 0) {
        getter.get = get_same;
    } else if (strcmp(text, "two") == 0) {
        getter.get = get_two;
    } else if (strncmp(text, "tag:", 4) == 0) {
        getter.get = get_tagged;
        getter.data = arena_keep(arena, text + 4);
    } else if (strncmp(text, "reuse:", 6) == 0) {
        getter.get = get_by_mode;
        getter.data = keep_mode(text + 6, arena);
    } else if (strcmp(text, "bad") == 0) {
        getter.name = "bad";
    } else {
        op_refuse("not a getter", text);
    }
    return getter;
}

static vs_status refuse(vs_next *next, const vs_getting *getting, void *data,
                        vs_variable **out)
{
    (void)next;
    (void)getting;
    (void)data;
    (void)out;
    return VS_ERR_MISUSE;
}

static vs_status create_trainable(vs_next *next, const vs_getting *getting,
                                  void *data, vs_variable **out)
{
    vs_getting mine = *getting;

    mine.spec.trainable = spec_tristate(data);
    return vs_next_get(next, &mine, out);
}

static vs_status create_in(vs_next *next, const vs_getting *getting, void *data,
                           vs_variable **out)
{
    vs_getting mine = *getting;

    mine.spec.collections = *(const char *const *const *)data;
    return vs_next_get(next, &mine, out);
}

static void *keep_names(const char *words, struct arena *arena)
{
    const char *const **names = arena_take(arena, sizeof *names);

    *names = spec_names(words, arena);
    return names;
}

vs_getter creator_of(const char *text, struct arena *arena)
{
    vs_getter creator = {get_same, NULL, NULL};

    if (strcmp(text, "refuse") == 0) {
        creator.get = refuse;
    } else if (strncmp(text, "trainable:", 10) == 0) {
        creator.get = create_trainable;
        creator.data = arena_keep(arena, text + 10);
    } else if (strncmp(text, "collections:", 12) == 0) {
        creator.get = create_in;
        creator.data = keep_names(text + 12, arena);
    } else if (strcmp(text, "same") != 0) {
        op_refuse("not a creator", text);
    }
    return creator;
}
