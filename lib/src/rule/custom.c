/* custom.c - see custom.h. */
#include "rule/custom.h"

#include <string.h>

#include "base/fail.h"

vs_status vs__callback_name_check(const char *what, const char *name,
                                  vs_error *err)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    const size_t n = strlen(name);

    if (n != 0 && n <= VS__CALLBACK_NAME_MAX && strspn(name, fine) == n)
        return VS_OK;
    return vs__fail(err, VS_ERR_NAME,
                    "'%.100s' is not a valid name for a %s: want 1 to %d "
                    "letters, digits, '_', '.' or '-'",
                    name, what, VS__CALLBACK_NAME_MAX);
}

vs_status vs__custom_check(const char *what, const char *name, bool pointer,
                           vs_error *err)
{
    if (name != NULL)
        return vs__callback_name_check(what, name, err);
    return pointer ? VS_OK
                   : vs__fail(err, VS_ERR_MISUSE,
                              "a custom %s has neither a callback nor a name",
                              what);
}

vs_status vs__custom_missing(const char *what, const char *name, vs_error *err)
{
    if (name == NULL)
        return vs__fail(err, VS_ERR_CALLBACK,
                        "the %s was a callback without a name", what);
    (void)vs__fail(err, VS_ERR_CALLBACK, "no %s '%s' is registered", what,
                   name);
    vs__hint(err, "register it with this store: vs_register_%s", what);
    return VS_ERR_CALLBACK;
}

vs_status vs__custom_stopped(const char *what, const char *name, vs_status st,
                             vs_error *err)
{
    return vs__fail(err, st < VS_OK ? st : VS_ERR_MISUSE,
                    "custom %s '%s' stopped: %s", what,
                    name != NULL ? name : "", vs_status_text(st));
}
