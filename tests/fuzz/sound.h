/* sound.h - a small sound store with one of everything, to be spoilt.
 *
 * It is made once and kept as bytes; each input starts from those. Its name
 * holds the process's id, so that many fuzzers can run beside each other.
 */
#ifndef VS_FUZZ_SOUND_H
#define VS_FUZZ_SOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "varstore/varstore.h"

/* Bytes of the store. */
size_t sound_bytes(void);

/* Puts the store in its place again, without sidecars. Its path. */
const char *sound_put(void);

/* Puts the sums that fit into the pages of what stands there. */
void sound_sum(void);

/* Opens what stands there for writing; NULL if that is refused. */
vs_store *sound_open(void);

/* Opens it and asks for everything that it has, checks and, if wanted (it takes
 * as long as the rest), salvages it, then changes it. Any status will do; no
 * answer may be impossible. True: the check found nothing. */
bool sound_use(bool salvage);

#endif
