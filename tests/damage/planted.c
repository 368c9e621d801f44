/* planted.c - a library that takes any digest for right, made at link time: the
 * damage matrix must find it out.
 */
#include "codec/digest.h"

/* The linker gives every call of vs__digest_equal to this. */
bool __wrap_vs__digest_equal(const struct vs__digest *a,
                             const struct vs__digest *b);

bool __wrap_vs__digest_equal(const struct vs__digest *a,
                             const struct vs__digest *b)
{
    (void)a;
    (void)b;
    return true;
}
