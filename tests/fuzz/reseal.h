/* reseal.h - gives rows that were changed the digests that they should have,
 * from lib/FORMAT.md alone: what a stranger would do who has read it.
 */
#ifndef VS_FUZZ_RESEAL_H
#define VS_FUZZ_RESEAL_H

#include "model/store.h"

/* Of every row that carries one. What cannot be computed is left as it is. */
void reseal(vs_store *store);

#endif
