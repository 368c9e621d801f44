/* never.h - a condition that cannot hold, and is looked at all the same.
 *
 * For a branch that only a mistake of our own, elsewhere, could lead into, where
 * going on would harm a store or memory: `if (VS__NEVER(x)) return ...;`. In a
 * build for finding mistakes it stops the program like assert; in others the
 * branch is taken. A coverage build leaves it out, since no test can reach it,
 * and counts it (tests/support/coverage.py).
 *
 * Not for what can happen: memory that runs out, a disk that fails, a damaged
 * store, a caller's mistake.
 */
#ifndef VS_BASE_NEVER_H
#define VS_BASE_NEVER_H

#include <assert.h>
#include <stdbool.h>

#ifdef VS_COVERAGE
#define VS__NEVER(x) (false && (x))
#else
static inline bool vs__never(bool happened)
{
    assert(!happened);
    return happened;
}
#define VS__NEVER(x) vs__never(x)
#endif

#endif
