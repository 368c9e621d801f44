/* names.c - see names.h. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#define REACH 2 /* edits that still count as a slip */

static int32_t utf8_tail(const char **at, const char *end, int32_t c, int n,
                         int32_t least)
{
    const char *p = *at + 1;

    for (int i = 0; i < n; i++, p++) {
        if (p == end || ((unsigned char)*p & 0xC0) != 0x80)
            return -1;
        c = (c << 6) | ((unsigned char)*p & 0x3F);
    }
    if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return -1;
    *at = p;
    return c;
}

int32_t utf8_next(const char **at, const char *end)
{
    unsigned char lead = (unsigned char)**at;
    int32_t c = -1;

    if (lead < 0x80) {
        (*at)++;
        return lead;
    }
    if ((lead & 0xE0) == 0xC0)
        c = utf8_tail(at, end, lead & 0x1F, 1, 0x80);
    else if ((lead & 0xF0) == 0xE0)
        c = utf8_tail(at, end, lead & 0x0F, 2, 0x800);
    else if ((lead & 0xF8) == 0xF0)
        c = utf8_tail(at, end, lead & 0x07, 3, 0x10000);
    if (c < 0)
        (*at)++;
    return c;
}

bool char_is_hostile(int32_t c)
{
    static const int32_t ranges[][2] = {
        {0x00, 0x1F},       {0x7F, 0x9F},     /* C0, DEL, C1 */
        {0xAD, 0xAD},                         /* soft hyphen */
        {0x61C, 0x61C},     {0x180E, 0x180E}, /* marks nobody sees */
        {0x200B, 0x200F},   {0x2028, 0x202E}, /* zero width, lines, bidi */
        {0x2060, 0x206F},   {0xFE00, 0xFE0F}, /* bidi isolates, variants */
        {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB}, /* byte order, annotations */
        {0xE0000, 0xE0FFF},                   /* tags */
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return c < 0;
}

static void add_escaped(struct text *out, int32_t c, unsigned char byte)
{
    if (c == '\n')
        text_puts(out, "\\n");
    else if (c == '\t')
        text_puts(out, "\\t");
    else if (c == '\r')
        text_puts(out, "\\r");
    else if (c < 0x80) /* or a byte that is no character at all */
        text_printf(out, "\\x%02x", byte);
    else if (c <= 0xFFFF)
        text_printf(out, "\\u%04x", (unsigned)c);
    else
        text_printf(out, "\\U%08x", (unsigned)c);
}

void escape_add(struct text *out, const char *bytes, size_t n)
{
    const char *end = bytes + n;
    const char *at = bytes;

    text_add(out, "", 0);
    while (at < end) {
        const char *from = at;
        int32_t c = utf8_next(&at, end);

        if (c == '\\')
            text_puts(out, "\\\\");
        else if (char_is_hostile(c))
            add_escaped(out, c, (unsigned char)*from);
        else
            text_add(out, from, (size_t)(at - from));
    }
}

char *escape_new(const char *text)
{
    struct text out = {NULL, 0, 0};

    escape_add(&out, text, strlen(text));
    return out.p;
}

size_t escape_width(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xC0) != 0x80)
            n++;
    return n;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

#define BAND (2 * REACH + 1)

/* One row of the edit matrix, only the cells within REACH of the diagonal:
 * cell k of row i is column i + k - REACH. */
static void next_row(const char *a, size_t i, const char *b, size_t nb,
                     int rows[3][BAND])
{
    const int *two = rows[0];
    const int *one = rows[1];
    int *row = rows[2];

    for (int k = 0; k < BAND; k++) {
        long j = (long)i + k - REACH;
        int best = DISTANCE_FAR;

        if (j == 0)
            best = (int)least((int)i, DISTANCE_FAR);
        if (j < 1 || j > (long)nb) {
            row[k] = best;
            continue;
        }
        best = least(best, one[k] + (a[i - 1] != b[j - 1]));
        if (k + 1 < BAND)
            best = least(best, one[k + 1] + 1);
        if (k > 0)
            best = least(best, row[k - 1] + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            best = least(best, two[k] + 1);
        row[k] = best;
    }
}

int distance(const char *a, const char *b)
{
    size_t na = strlen(a);
    size_t nb = strlen(b);
    int rows[3][BAND];

    if ((na > nb ? na - nb : nb - na) > REACH)
        return DISTANCE_FAR;
    for (int k = 0; k < BAND; k++) {
        rows[0][k] = DISTANCE_FAR;
        rows[1][k] = k >= REACH ? k - REACH : DISTANCE_FAR;
    }
    for (size_t i = 1; i <= na; i++) {
        int best = DISTANCE_FAR;

        next_row(a, i, b, nb, rows);
        for (int k = 0; k < BAND; k++)
            best = least(best, rows[2][k]);
        if (best >= DISTANCE_FAR)
            return DISTANCE_FAR;
        memcpy(rows[0], rows[1], sizeof rows[0]);
        memcpy(rows[1], rows[2], sizeof rows[1]);
    }
    return least(rows[1][nb + REACH - na], DISTANCE_FAR);
}

void suggest_init(struct suggest *s, const char *word)
{
    s->word = word;
    s->best = (struct text){NULL, 0, 0};
    s->best_distance = DISTANCE_FAR;
    s->best_near = false;
}

static size_t scope_length(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash != NULL ? (size_t)(slash - name) : 0;
}

static bool same_scope(const char *a, const char *b)
{
    size_t n = scope_length(a);

    return n == scope_length(b) && memcmp(a, b, n) == 0;
}

/* "embed/kernel" for "encoder/embed/kernel", the scope left out, or the first
 * letters of a word. */
static bool is_part(const char *name, const char *word)
{
    size_t n = strlen(name);
    size_t n_word = strlen(word);

    if (n_word < 2 || n <= n_word)
        return false;
    return memcmp(name, word, n_word) == 0 ||
           (name[n - n_word - 1] == '/' &&
            memcmp(name + n - n_word, word, n_word) == 0);
}

void suggest_offer(struct suggest *s, const char *candidate)
{
    /* In two or three letters, two edits away is any word. */
    int reach = strlen(s->word) < 4 ? 1 : REACH;
    int d = distance(s->word, candidate);
    bool near = same_scope(s->word, candidate);

    if (d > reach && !is_part(candidate, s->word))
        return;
    if (d > reach)
        d = DISTANCE_FAR;
    if (s->best.n != 0 && (d > s->best_distance ||
                           (d == s->best_distance && (s->best_near || !near))))
        return;
    text_reset(&s->best);
    text_puts(&s->best, candidate);
    s->best_distance = d;
    s->best_near = near;
}

const char *suggest_best(const struct suggest *s)
{
    return s->best.n != 0 ? s->best.p : NULL;
}

void suggest_done(struct suggest *s)
{
    text_done(&s->best);
}
