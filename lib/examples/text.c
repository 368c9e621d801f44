/* text.c - see text.h. */
#include "text.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int append_file(const char *path, struct text *text)
{
    FILE *f = fopen(path, "rb");
    unsigned char *grown;
    long size;

    if (f == NULL)
        return -1;
    if (fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0)
        goto fail;
    rewind(f);
    grown = realloc(text->symbols, text->n + (size_t)size + 1);
    if (grown == NULL)
        goto fail;
    text->symbols = grown;
    if (fread(grown + text->n, 1, (size_t)size, f) != (size_t)size)
        goto fail;
    text->n += (size_t)size;
    (void)fclose(f);
    return 0;
fail:
    (void)fclose(f);
    return -1;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int is_source(const FTSENT *entry)
{
    const char *end = entry->fts_name + entry->fts_namelen;

    return entry->fts_namelen > 2 &&
           (strcmp(end - 2, ".c") == 0 || strcmp(end - 2, ".h") == 0);
}

/* What the walk met: 0, or -1 with the reason in errno. A file that was given
 * by its own name is read whatever its ending. */
static int take(const FTSENT *entry, struct text *text)
{
    switch (entry->fts_info) {
    case FTS_F:
        if (entry->fts_level > FTS_ROOTLEVEL && !is_source(entry))
            return 0;
        return append_file(entry->fts_accpath, text);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        errno = entry->fts_errno;
        return -1;
    default:
        return 0;
    }
}

/* Makes symbols of bytes; a run of blanks becomes one, since there is little to
 * learn from indents. */
static void squeeze(struct text *text)
{
    size_t n = 0;

    for (size_t i = 0; i < text->n; i++) {
        unsigned char c = text->symbols[i];

        if (c == ' ' && n > 0 && text->symbols[n - 1] == ' ')
            continue;
        text->symbols[n++] = c < TEXT_SYMBOLS ? c : TEXT_SYMBOLS - 1;
    }
    text->n = n;
}

int text_load(const char *path, struct text *out)
{
    char *copy = strdup(path);
    char *paths[] = {copy, NULL};
    FTS *walk = copy != NULL
                    ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name)
                    : NULL;
    const FTSENT *entry;
    struct text text = {NULL, 0};
    int failed = walk == NULL ? -1 : 0;

    while (failed == 0 && (entry = fts_read(walk)) != NULL)
        failed = take(entry, &text);
    if (failed != 0)
        (void)fprintf(stderr, "cannot read '%s': %s\n", path, strerror(errno));
    if (walk != NULL)
        (void)fts_close(walk);
    free(copy);
    if (failed != 0) {
        text_free(&text);
        return -1;
    }
    squeeze(&text);
    *out = text;
    return 0;
}

void text_free(struct text *text)
{
    free(text->symbols);
    text->symbols = NULL;
    text->n = 0;
}

uint64_t text_digest(const struct text *text)
{
    uint64_t digest = 0xcbf29ce484222325u;

    for (size_t i = 0; i < text->n; i++)
        digest = (digest ^ text->symbols[i]) * 0x100000001b3u;
    return digest;
}
