/* never.h - branches that only a fault of this library could take. */
#ifndef VS_BASE_NEVER_H
#define VS_BASE_NEVER_H

#include <assert.h>
#include <stdbool.h>

/* `x`, which is false whatever callers, files and the system do: another part
 * of this library has seen to it. Released builds ask all the same, and fail
 * in an ordered way; debug builds assert. Coverage builds do not ask, since no
 * test can take it: so `x` has no effects, and this must not stand around what
 * damage on disk, a full disk, missing memory or a caller's mistake can bring
 * about. */
#if defined(VARSTORE_COVERAGE)
#define vs__never(x) (false && (x))
#elif defined(NDEBUG)
#define vs__never(x) (x)
#else
#define vs__never(x) (assert(!(x)), false)
#endif

#endif
