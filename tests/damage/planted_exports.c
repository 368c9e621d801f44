/* planted_exports.c - a library that takes any digest of an exported file for
 * right, made at link time: damage_exports must find it out.
 */
#include "service/proof.h"

/* The linker gives every call of vs__proof_holds to this. */
bool __wrap_vs__proof_holds(const struct vs__proof *p, const char *text);

bool __wrap_vs__proof_holds(const struct vs__proof *p, const char *text)
{
    (void)p;
    (void)text;
    return true;
}
