/* deed.c - see deed.h. */
#include "deed.h"

#include <stdio.h>
#include <string.h>

/* Few, so that deeds meet; every scope of these is a name too. */
static const char *const paths[] = {"a",     "b",     "a/a",   "a/b",
                                    "b/a",   "b/b",   "a/a/a", "a/a/b",
                                    "b/a/a", "b/b/b", "c",     "c/a"};
static const char *const scopes[] = {"a", "b", "a/a", "b/a", "c", ""};

#define N_PATHS  (sizeof paths / sizeof paths[0])
#define N_SCOPES (sizeof scopes / sizeof scopes[0])

static const struct {
    const char *word;
    const char *told;
    unsigned weight;
} kinds_of_deed[N_DEEDS] = {
#define DEED_ROW(NAME, word, weight, told) {word, told, weight},
    DEED_LIST(DEED_ROW)
#undef DEED_ROW
};

uint64_t dice_next(uint64_t *dice) /* splitmix64 */
{
    uint64_t x = *dice += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint8_t draw_kind(uint64_t *dice)
{
    unsigned total = 0;
    unsigned at;
    uint8_t kind = 0;

    for (int i = 0; i < N_DEEDS; i++)
        total += kinds_of_deed[i].weight;
    at = (unsigned)(dice_next(dice) % total);
    while (at >= kinds_of_deed[kind].weight)
        at -= kinds_of_deed[kind++].weight;
    return kind;
}

void deed_draw(uint64_t *dice, struct deed *out)
{
    uint64_t x;

    out->kind = draw_kind(dice);
    x = dice_next(dice);
    out->who = x % 16 < 5; /* the second has less to say */
    out->slot = (x >> 8) % 4;
    out->a = (uint8_t)(x >> 16);
    out->b = (uint8_t)(x >> 24);
    out->mode = (uint8_t)(x >> 32);
    out->n = (int16_t)((x >> 40) % 1000);
}

const char *deed_path(uint8_t number)
{
    return paths[number % N_PATHS];
}

const char *deed_scope(uint8_t number)
{
    return scopes[number % N_SCOPES];
}

void deed_tell(const struct deed *deed, char *text)
{
    size_t n = (size_t)snprintf(text, DEED_TEXT, "%c: %s", 'A' + deed->who,
                                kinds_of_deed[deed->kind].word);

    for (const char *p = kinds_of_deed[deed->kind].told; *p != '\0'; p++) {
        char word[16];

        switch (*p) {
        case 's':
            (void)snprintf(word, sizeof word, "#%d", deed->slot);
            break;
        case 'a':
            (void)snprintf(word, sizeof word, "%s", deed_path(deed->a));
            break;
        case 'b':
            (void)snprintf(word, sizeof word, "%s", deed_path(deed->b));
            break;
        case 'A':
            (void)snprintf(word, sizeof word, "%s/", deed_scope(deed->a));
            break;
        case 'B':
            (void)snprintf(word, sizeof word, "%s/", deed_scope(deed->b));
            break;
        case 'm':
            (void)snprintf(word, sizeof word, "m%d", deed->mode);
            break;
        default:
            (void)snprintf(word, sizeof word, "%d", deed->n);
            break;
        }
        n += (size_t)snprintf(text + n, DEED_TEXT - n, " %s", word);
    }
}
