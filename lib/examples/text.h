/* text.h - the text to learn: a file, or a folder's sources in one order. */
#ifndef EXAMPLE_TEXT_H
#define EXAMPLE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_SYMBOLS 128 /* ASCII; every other byte counts as the last one */

struct text {
    unsigned char *symbols; /* n of them, each below TEXT_SYMBOLS */
    size_t n;
};

/* Reads a file, or every .c and .h file below a folder, by name, one after the
 * other. Returns 0, or -1 after printing why not. Free with text_free. */
int text_load(const char *path, struct text *out);
void text_free(struct text *text);

/* A digest (FNV-1a) that tells two texts apart. */
uint64_t text_digest(const struct text *text);

#endif
