/* peer_state.c - see peer_state.h. */
#include "peer_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define LINE_BYTES 2048

static FILE *open_in(const char *folder, const char *name)
{
    char path[LINE_BYTES];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "rb");
    if (f == NULL)
        die(path, strerror(errno));
    return f;
}

size_t peer_item_bytes(const vs_state_item *item)
{
    int64_t count = 0;

    if (vs_shape_count(&item->view.shape, &count) != VS_OK)
        die(item->name, "not a shape");
    return (size_t)count * vs_dtype_size(item->view.dtype);
}

/* Takes a line of the manifest apart. */
static void read_item(char *line, vs_state_item *out)
{
    char *rest = NULL;
    const char *name = strtok_r(line, " \n", &rest);
    const char *dtype = strtok_r(NULL, " \n", &rest);
    const char *size;
    vs_shape shape = {0, {0}};
    vs_dtype parsed;

    if (name == NULL || dtype == NULL ||
        vs_dtype_parse(dtype, &parsed) != VS_OK)
        die("manifest", "a line without name and dtype");
    while ((size = strtok_r(NULL, " \n", &rest)) != NULL &&
           shape.rank < VS_MAX_RANK)
        shape.dims[shape.rank++] = strtoll(size, NULL, 10);
    out->name = strdup(name);
    if (out->name == NULL)
        die("memory", "there is none left");
    out->view = vs_view_of(parsed, &shape, NULL);
}

static void read_manifest(struct peer_state *s, const char *folder)
{
    FILE *f = open_in(folder, "manifest");
    char line[LINE_BYTES];

    while (fgets(line, sizeof line, f) != NULL) {
        vs_state_item *grown = realloc(s->from, (s->n + 1) * sizeof *s->from);

        if (grown == NULL)
            die("memory", "there is none left");
        s->from = grown;
        s->from[s->n] = (vs_state_item){.name = NULL};
        read_item(line, &s->from[s->n]);
        s->bytes += peer_item_bytes(&s->from[s->n]);
        s->n++;
    }
    (void)fclose(f);
    if (s->n == 0)
        die("manifest", "a state without tensors");
}

/* Lets views look at the memory, one tensor after the other. */
static void place(vs_state_item *items, size_t n, uint8_t *at)
{
    for (size_t i = 0; i < n; i++) {
        items[i].view.data = at;
        at += peer_item_bytes(&items[i]);
    }
}

void peer_state_read(struct peer_state *s, const char *folder)
{
    FILE *f;

    *s = (struct peer_state){0};
    read_manifest(s, folder);
    s->values = memory(s->bytes);
    s->copy = memory(s->bytes);
    s->into = memory(s->n * sizeof *s->into);
    memcpy(s->into, s->from, s->n * sizeof *s->into);
    place(s->from, s->n, s->values);
    place(s->into, s->n, s->copy);
    f = open_in(folder, "values");
    if (fread(s->values, 1, s->bytes, f) != s->bytes || fgetc(f) != EOF)
        die("values", "not as many bytes as the manifest says");
    (void)fclose(f);
}

void peer_state_free(struct peer_state *s)
{
    for (size_t i = 0; i < s->n; i++)
        free((void *)(uintptr_t)s->from[i].name);
    free(s->from);
    free(s->into);
    free(s->values);
    free(s->copy);
    *s = (struct peer_state){0};
}

size_t peer_state_find(const struct peer_state *s, const char *name)
{
    size_t i = 0;

    while (i < s->n && strcmp(s->from[i].name, name) != 0)
        i++;
    if (i == s->n)
        die(name, "no such tensor");
    return i;
}
