/* planted_sums.c - a library that goes on whatever the sums of pages say, made at
 * link time: the damage matrix must find it out.
 */
#include "db/sums.h"

/* The linker gives every call of vs__sums_fail to this. */
vs_status __wrap_vs__sums_fail(struct vs__db *db);

vs_status __wrap_vs__sums_fail(struct vs__db *db)
{
    (void)db;
    return VS_OK;
}
