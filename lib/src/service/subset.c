/* subset.c - see subset.h. */
#include "service/subset.h"

#include <string.h>

#include "base/fail.h"
#include "model/path.h"

vs_status vs__subset_make(struct vs__subset *out, const char *scope,
                          vs_error *err)
{
    struct vs__subset made = {"", "", ""};
    const size_t n = scope != NULL ? strlen(scope) : 0;
    vs_status st;

    if (n > VS_NAME_MAX + 1)
        return vs__fail(err, VS_ERR_NAME,
                        "scope '%.40s...' has %zu bytes, at most %d may be",
                        scope, n, VS_NAME_MAX);
    if (n != 0)
        memcpy(made.scope, scope, n + 1);
    if (n > 1 && made.scope[n - 1] == '/')
        made.scope[n - 1] = '\0';
    if (n != 0 && (st = vs__path_check(made.scope, err)) != VS_OK)
        return st;
    vs__path_range(made.scope, made.low, made.high);
    *out = made;
    return VS_OK;
}

void vs__subset_bind(const struct vs__subset *subset, struct vs__stmt *s,
                     int first, const char *from)
{
    vs__bind_text(s, first, from != NULL ? from : subset->scope, -1);
    vs__bind_text(s, first + 1, subset->high, -1);
    vs__bind_text(s, first + 2, subset->scope, -1);
    vs__bind_text(s, first + 3, subset->low, -1);
}
