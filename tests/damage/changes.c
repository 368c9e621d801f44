/* changes.c - see changes.h. */
#include "changes.h"

#include <string.h>

#include "reference.h"

/* SQLite's file format page, section 1.6: the page's kind, 3 bytes later how many
 * cells it has, and behind the head where each of them is. */
uint8_t *change_page(const struct bytes *b, int64_t page, int *cells)
{
    uint8_t *at = b->at + page * REFERENCE_PAGE + (page == 0 ? 100 : 0);

    if (*at != 2 && *at != 5 && *at != 10 && *at != 13)
        return NULL;
    *cells = at[3] << 8 | at[4];
    return at;
}

/* Takes where the cell is out of the list. */
static void hide(struct bytes *b, int64_t page, int64_t cell)
{
    int cells = 0;
    uint8_t *at = change_page(b, page, &cells);
    uint8_t *list = at + (*at < 10 ? 12 : 8);

    memmove(list + 2 * cell, list + 2 * (cell + 1),
            2 * (size_t)(cells - 1 - cell));
    at[3] = (uint8_t)((cells - 1) >> 8);
    at[4] = (uint8_t)(cells - 1);
}

void change_make(const struct state *s, const struct bytes *sound,
                 const struct bytes *old, struct bytes *b)
{
    const size_t page = REFERENCE_PAGE;

    memcpy(b->at, sound->at, sound->n);
    b->n = sound->n;
    switch (s->change) {
    case FLIP:
        b->at[s->a / 8] ^= (uint8_t)(1U << s->a % 8);
        break;
    case CUT:
        b->n = (size_t)s->a;
        break;
    case ZERO:
        memset(b->at + (size_t)s->a * page, 0, page);
        break;
    case SWAP:
        memcpy(b->at + (size_t)s->a * page, sound->at + (size_t)s->b * page,
               page);
        memcpy(b->at + (size_t)s->b * page, sound->at + (size_t)s->a * page,
               page);
        break;
    case STALE:
        memcpy(b->at + (size_t)s->a * page, old->at + (size_t)s->a * page,
               page);
        break;
    case HIDE:
        hide(b, s->a, s->b);
        break;
    }
}

const char *change_name(enum change change)
{
    static const char *const names[] = {
        [FLIP] = "bit",         [CUT] = "cut at",
        [ZERO] = "zeroed page", [SWAP] = "exchange",
        [STALE] = "stale page", [HIDE] = "lost row of page"};

    return names[change];
}
