/* options.c - see options.h. */
#include "base/options.h"

#include <stdint.h>
#include <string.h>

#include "base/fail.h"

vs_status vs__options_take(void *out, size_t size, const void *given,
                           const char *what, vs_error *err)
{
    size_t n = 0;
    const uint8_t *bytes = given;

    memset(out, 0, size);
    if (given == NULL)
        return VS_OK;
    memcpy(&n, given, sizeof n);
    if (n == 0)
        n = size;
    if (n < sizeof n)
        return vs__fail(err, VS_ERR_MISUSE, "%s has size %zu, below %zu", what,
                        n, sizeof n);
    for (size_t i = size; i < n; i++)
        if (bytes[i] != 0)
            return vs__fail(err, VS_ERR_UNSUPPORTED,
                            "%s sets a field at byte %zu that this library, "
                            "which knows %zu bytes, does not have",
                            what, i, size);
    memcpy(out, given, n < size ? n : size);
    return VS_OK;
}
