/* names.h - names on a terminal, and what a mistyped one may have meant.
 *
 * Names in foreign files are bytes that a stranger chose: printed as they are
 * they could move the cursor, change the title or hide part of a line. All
 * text that is not ours goes through escape_add.
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"

/* Decodes one UTF-8 character and moves `*at` behind it; for a byte that is
 * none, returns -1 and moves by one. `*at` must be below `end`. */
int32_t utf8_next(const char **at, const char *end);

/* True for what must not reach a terminal: control characters, and those that
 * change the direction of text or are invisible. */
bool char_is_hostile(int32_t c);

/* Appends text with "\n", "\x1b", "\u202e" for what is hostile or not UTF-8,
 * and "\\" for a backslash, so that the result can be read back. */
void escape_add(struct text *out, const char *bytes, size_t n);

/* The same as a fresh string; free() it. */
char *escape_new(const char *text);

/* Columns that escaped text takes: its characters. */
size_t escape_width(const char *text);

#define DISTANCE_FAR 3 /* more than two edits */

/* Edits (one character added, removed, changed, or two neighbours swapped)
 * from one text to the other: 0, 1, 2, or DISTANCE_FAR. O(length). */
int distance(const char *a, const char *b);

/* The best of many candidates for a mistyped word. */
struct suggest {
    const char *word;  /* what was typed */
    struct text best;  /* the best candidate yet; empty: none */
    int best_distance; /* of it; DISTANCE_FAR: only in part */
    bool best_near;    /* it lies in the typed word's own scope */
};

void suggest_init(struct suggest *s, const char *word);
void suggest_offer(struct suggest *s, const char *candidate);
/* The best candidate within reach, or NULL. */
const char *suggest_best(const struct suggest *s);
void suggest_done(struct suggest *s);

#endif
