/* check_harm.h - whom a damage harms: from chunks and versions to variables and
 * checkpoints.
 *
 * There is no index that way, and nothing else would need one. So damaged
 * chunks are gathered, and their users found for many at a time, by one pass
 * over the lists of chunks and one over the checkpoints.
 */
#ifndef VS_SERVICE_CHECK_HARM_H
#define VS_SERVICE_CHECK_HARM_H

#include "service/check.h"

struct vs__harms;

/* NULL when memory ran out. It is of a fixed size. */
struct vs__harms *vs__harms_new(struct vs__check *c);
void vs__harms_free(struct vs__harms *h);

/* Adds a chunk, whose damage the store's words tell; chunks come in order.
 * What has been gathered is reported when there is no room for more. */
vs_status vs__harms_add(struct vs__harms *h, int64_t chunk);

/* Reports what was gathered, under the names of those it harms. */
vs_status vs__harms_tell(struct vs__harms *h);

/* Adds whether a version is current, and in which checkpoints it is, as far as
 * that can be read; after VS__CHECK_SEARCHES long ways no checkpoint more. */
vs_status vs__harm_version(struct vs__check *c, int64_t version,
                           struct vs__harm *harm);

#endif
