/* glob.c - see glob.h. Nothing here recurses: a pattern is a stranger's too. */
#include "glob.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

/* Where to go on when what follows a star did not match. */
struct retry {
    const char *pattern; /* behind the star; NULL: no star seen */
    const char *name;    /* where to try it next */
};

static int32_t next_char(const char **at, const char *end)
{
    const char *from = *at;
    int32_t c = utf8_next(at, end);

    return c >= 0 ? c : -1 - (unsigned char)*from; /* a stray byte is itself */
}

/* Behind the ']' of a class that starts at `p`, or NULL if it never closes. */
static const char *class_end(const char *p)
{
    p++;
    if (*p == '!' || *p == '^')
        p++;
    if (*p == ']')
        p++;
    while (*p != '\0' && *p != ']')
        p++;
    return *p == ']' ? p + 1 : NULL;
}

static bool class_holds(const char *p, const char *end, int32_t c)
{
    bool negated = p[1] == '!' || p[1] == '^';
    bool held = false;

    p += negated ? 2 : 1;
    end--; /* the ']' */
    while (p < end) {
        int32_t low = next_char(&p, end);
        int32_t high = low;

        if (end - p >= 2 && *p == '-') {
            p++;
            high = next_char(&p, end);
        }
        held = held || (c >= low && c <= high);
    }
    return held != negated && c != '/';
}

/* Matches one character of the pattern against one of the name; moves both. */
static bool match_one(const char **pattern, const char **name, const char *end)
{
    const char *p = *pattern;
    const char *closed = *p == '[' ? class_end(p) : NULL;
    const char *at = *name;
    int32_t c = next_char(&at, end);
    bool matched;

    if (*p == '?') {
        matched = c != '/';
        p++;
    } else if (closed != NULL) {
        matched = class_holds(p, closed, c);
        p = closed;
    } else {
        if (*p == '\\' && p[1] != '\0')
            p++;
        matched = *p != '\0' && next_char(&p, p + strlen(p)) == c;
    }
    if (!matched)
        return false;
    *pattern = p;
    *name = at;
    return true;
}

/* At a "**": notes where to go on, and how far one retry moves. */
static void enter_deep(const char *start, const char **pattern,
                       const char *name, struct retry *deep, bool *by_scope)
{
    const char *p = *pattern;
    bool at_component = p == start || p[-1] == '/';

    while (*p == '*')
        p++;
    *by_scope = at_component && *p == '/';
    if (*by_scope)
        p++;
    *pattern = p;
    *deep = (struct retry){p, name};
}

/* Lets "**" take more of the name; false when there is no more. */
static bool deepen(struct retry *deep, bool by_scope, const char *end)
{
    const char *at = deep->name;

    if (deep->pattern == NULL || at == end)
        return false;
    if (by_scope) {
        at = strchr(at, '/');
        if (at == NULL)
            return false;
        deep->name = at + 1;
        return true;
    }
    (void)utf8_next(&deep->name, end);
    return true;
}

bool glob_match(const char *pattern, const char *name)
{
    const char *end = name + strlen(name);
    const char *start = pattern;
    struct retry star = {NULL, NULL};
    struct retry deep = {NULL, NULL};
    bool by_scope = false;

    while (name < end || *pattern != '\0') {
        if (pattern[0] == '*' && pattern[1] == '*') {
            enter_deep(start, &pattern, name, &deep, &by_scope);
            star.pattern = NULL;
            continue;
        }
        if (*pattern == '*') {
            star = (struct retry){++pattern, name};
            continue;
        }
        if (name < end && *pattern != '\0' && match_one(&pattern, &name, end))
            continue;
        if (star.pattern != NULL && star.name < end && *star.name != '/') {
            (void)utf8_next(&star.name, end);
            pattern = star.pattern;
            name = star.name;
            continue;
        }
        if (!deepen(&deep, by_scope, end))
            return false;
        star.pattern = NULL;
        pattern = deep.pattern;
        name = deep.name;
    }
    return true;
}

bool glob_is_name(const char *pattern)
{
    return strpbrk(pattern, "*?[{\\") == NULL;
}

static void push(struct globs *g, const char *head, size_t n_head,
                 const char *item, size_t n_item, const char *tail)
{
    struct text t = {NULL, 0, 0};

    text_add(&t, head, n_head);
    text_add(&t, item, n_item);
    text_puts(&t, tail);
    g->patterns = mem_more(g->patterns, g->n + 1, sizeof *g->patterns);
    g->patterns[g->n++] = t.p;
}

/* The '}' or top-level ',' that ends an item, from inside a brace. */
static const char *item_end(const char *p)
{
    int depth = 0;

    for (; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (*p == '{')
            depth++;
        else if (depth == 0 && (*p == ',' || *p == '}'))
            return p;
        else if (*p == '}')
            depth--;
    }
    return NULL;
}

/* "0..11" or "00..11": the ends, and how wide the numbers are. */
struct range {
    long long first;
    long long last;
    int width;
};

static bool is_range(const char *item, size_t n, struct range *out)
{
    char copy[48];
    char from[20];
    char to[20];
    int n_read = 0;

    if (n >= sizeof copy)
        return false;
    memcpy(copy, item, n);
    copy[n] = '\0';
    if (sscanf(copy, "%18[0-9]..%18[0-9]%n", from, to, &n_read) != 2 ||
        (size_t)n_read != n)
        return false;
    out->first = strtoll(from, NULL, 10);
    out->last = strtoll(to, NULL, 10);
    out->width = from[0] == '0' ? (int)strlen(from) : 1;
    return out->first <= out->last;
}

/* The first brace that closes and holds a choice; NULL if there is none. */
static const char *first_brace(const char *p)
{
    for (; *p != '\0'; p++) {
        const char *end = *p == '{' ? item_end(p + 1) : NULL;
        struct range range;

        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (end != NULL && *end == '}' &&
                 is_range(p + 1, (size_t)(end - p - 1), &range))
            return p;
        else if (end != NULL && *end == ',') {
            while (end != NULL && *end == ',')
                end = item_end(end + 1);
            if (end != NULL)
                return p;
        }
    }
    return NULL;
}

/* Adds the pattern with one item in place of its brace. */
static void push_item(struct globs *g, const char *head, size_t n_head,
                      const char *item, size_t n_item, const char *tail)
{
    struct range range;
    char number[32];

    if (!is_range(item, n_item, &range)) {
        push(g, head, n_head, item, n_item, tail);
        return;
    }
    for (; range.first <= range.last && g->n <= GLOB_MAX; range.first++) {
        int n =
            snprintf(number, sizeof number, "%0*lld", range.width, range.first);

        push(g, head, n_head, number, (size_t)n, tail);
    }
}

/* Replaces the i-th pattern by one for each choice of its first brace. */
static bool expand(struct globs *g, size_t i)
{
    char *p = g->patterns[i];
    const char *open = first_brace(p);
    const char *item;
    const char *close;
    const char *end;

    if (open == NULL)
        return false;
    g->patterns[i] = g->patterns[--g->n];
    close = open;
    do {
        close = item_end(close + 1);
    } while (*close == ',');
    item = open + 1;
    do {
        end = item_end(item);
        push_item(g, p, (size_t)(open - p), item, (size_t)(end - item),
                  close + 1);
        item = end + 1;
    } while (*end == ',' && g->n <= GLOB_MAX);
    free(p);
    return true;
}

bool globs_init(struct globs *g, char *const *patterns, size_t n,
                enum glob_names names)
{
    g->patterns = NULL;
    g->n = 0;
    g->names = names;
    for (size_t i = 0; i < n; i++)
        push(g, patterns[i], strlen(patterns[i]), "", 0, "");
    for (size_t i = 0; i < g->n && g->n <= GLOB_MAX;)
        if (!expand(g, i))
            i++;
    return g->n <= GLOB_MAX;
}

void globs_done(struct globs *g)
{
    for (size_t i = 0; i < g->n; i++)
        free(g->patterns[i]);
    free(g->patterns);
    g->patterns = NULL;
    g->n = 0;
}

static bool name_matches(const char *pattern, const char *name,
                         enum glob_names names)
{
    size_t n = strlen(pattern);

    if (strncmp(pattern, name, n) != 0)
        return false;
    if (name[n] == '\0')
        return true;
    return names == GLOB_NAMES_BELOW && n > 0 &&
           (name[n] == '/' || pattern[n - 1] == '/');
}

bool globs_match(const struct globs *g, const char *name)
{
    for (size_t i = 0; i < g->n; i++) {
        const char *p = g->patterns[i];

        if (glob_is_name(p) ? name_matches(p, name, g->names)
                            : glob_match(p, name))
            return true;
    }
    return g->n == 0;
}

bool globs_scope(const struct globs *g, struct text *scope)
{
    const char *p = g->n == 1 ? g->patterns[0] : "";
    size_t n = strcspn(p, "*?[{\\");

    while (n > 0 && p[n] != '/')
        n--;
    if (n == 0)
        return false;
    text_reset(scope);
    text_add(scope, p, n);
    return true;
}
