/* changes.h - the ways in which one thing of a file is made another. */
#ifndef VS_TEST_CHANGES_H
#define VS_TEST_CHANGES_H

#include <stddef.h>
#include <stdint.h>

enum change { FLIP, CUT, ZERO, SWAP, STALE, HIDE };

struct state {
    enum change change;
    int64_t a; /* bit, length or page */
    int64_t b; /* the other page; or which row of the page */
};

struct bytes {
    uint8_t *at;
    size_t n;
};

/* Makes the damaged bytes `b` out of sound ones, in memory of the same size;
 * `old` has the pages as they were before. */
void change_make(const struct state *s, const struct bytes *sound,
                 const struct bytes *old, struct bytes *b);

/* What begins with a page of a tree, counted from 0, and how many cells it has;
 * NULL: it is none. */
uint8_t *change_page(const struct bytes *b, int64_t page, int *cells);

const char *change_name(enum change change);

#endif
