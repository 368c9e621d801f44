/* path.c - the grammar of names: check, join, compare (see path.h).
 *
 * Names are ASCII by grammar, so bytes are compared as bytes and the locale
 * has no say. Nothing here allocates.
 */
#include "model/path.h"

#include <string.h>

#include "base/fail.h"

/* As much of a name as an error quotes, so that the reason still fits in. */
#define QUOTED 256

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

static bool is_allowed(char c)
{
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-' ||
           c == '/';
}

/* S6: what graph op names may begin with. */
static bool may_begin(char c)
{
    return is_letter_or_digit(c) || c == '.';
}

/* One fault of a name, found at the byte `at`. */
static vs_status fail_at(const char *path, size_t at, const char *what,
                         const char *why, vs_error *err)
{
    const unsigned char c = (unsigned char)path[at];

    if (c >= 0x20 && c < 0x7f)
        return vs__fail(err, VS_ERR_NAME,
                        "'%.*s' is not a valid %s: '%c' at byte %zu %s", QUOTED,
                        path, what, c, at + 1, why);
    return vs__fail(err, VS_ERR_NAME,
                    "'%.*s' is not a valid %s: 0x%02x at byte %zu %s", QUOTED,
                    path, what, c, at + 1, why);
}

static vs_status check(const char *path, const char *what, vs_error *err)
{
    const size_t n = strlen(path);

    if (n == 0)
        return vs__fail(err, VS_ERR_NAME, "'' is not a valid %s: it is empty",
                        what);
    if (n > VS_NAME_MAX)
        return vs__fail(err, VS_ERR_NAME,
                        "'%.64s...' is not a valid %s: it has %zu bytes, "
                        "at most %d are possible",
                        path, what, n, VS_NAME_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!is_allowed(path[i]))
            return fail_at(path, i, what,
                           "is not a letter, a digit, or one of _ . - /", err);
        /* S7 refused (Q20): no empty component, also at either end */
        if (path[i] == '/' && (i == 0 || path[i - 1] == '/'))
            return fail_at(path, i, what, "follows an empty component", err);
    }
    if (path[n - 1] == '/')
        return fail_at(path, n - 1, what, "leads to an empty component", err);
    if (!may_begin(path[0]))
        return fail_at(path, 0, what,
                       "cannot begin it: a letter, a digit or '.' can", err);
    return VS_OK;
}

/* Joins the first `n` bytes of `name` to a scope, which was checked when it
 * was made. */
static vs_status join(const char *scope, const char *name, size_t n,
                      const char *what, char *out, vs_error *err)
{
    const size_t n_scope = strlen(scope);
    const size_t n_slash = n_scope != 0 ? 1 : 0;
    char path[VS_NAME_MAX + 1];
    vs_status st;

    if (n > VS_NAME_MAX || n_scope + n_slash > VS_NAME_MAX - n)
        return vs__fail(err, VS_ERR_NAME,
                        "'%.64s...' in scope '%.64s%s' is not a valid %s: the "
                        "whole has %zu bytes, at most %d are possible",
                        name, scope, n_scope > 64 ? "..." : "", what,
                        n_scope + n_slash + n, VS_NAME_MAX);
    memcpy(path, scope, n_scope);
    memcpy(path + n_scope, "/", n_slash);
    memcpy(path + n_scope + n_slash, name, n);
    path[n_scope + n_slash + n] = '\0';
    st = check(path, what, err);
    if (st == VS_OK)
        memcpy(out, path, n_scope + n_slash + n + 1);
    return st;
}

vs_status vs__path_check(const char *path, vs_error *err)
{
    if (path == NULL)
        return vs__fail(err, VS_ERR_NAME, "a name is missing");
    return check(path, "name", err);
}

vs_status vs__path_join(const char *scope, const char *name, char *out,
                        vs_error *err)
{
    size_t n;

    if (name == NULL)
        return vs__fail(err, VS_ERR_NAME, "a name is missing");
    n = strlen(name);
    if (n > 2 && memcmp(name + n - 2, ":0", 2) == 0) /* Q20 */
        n -= 2;
    return join(scope, name, n, "name", out, err);
}

vs_status vs__path_nest(const char *scope, const char *name, char *out,
                        vs_error *err)
{
    return join(scope, name, strlen(name), "scope name", out, err);
}

bool vs__path_within(const char *path, const char *scope)
{
    const size_t n = strlen(scope);

    return n == 0 || (strncmp(path, scope, n) == 0 &&
                      (path[n] == '/' || path[n] == '\0'));
}

void vs__path_range(const char *scope, char *low, char *high)
{
    const size_t n = strlen(scope);

    low[0] = '\0';
    high[0] = '\0';
    if (n == 0) {
        memcpy(high, "\x7f", 2);
    } else if (n <= VS_NAME_MAX) {
        memcpy(low, scope, n);
        memcpy(low + n, "/", 2);
        memcpy(high, scope, n);
        memcpy(high + n, "0", 2); /* the character after '/' */
    }
}
