/* vacant.h - may a variable be made under a name?
 *
 * What is asked of a name that is to be new: that nothing has it, that it is
 * no part's, that no scope around it is sealed. All calls run inside the
 * caller's transaction.
 */
#ifndef VS_MODEL_VACANT_H
#define VS_MODEL_VACANT_H

#include <stdint.h>

#include "model/store.h"

/* VS_ERR_EXISTS, with the origin of what is there, if a variable has this path
 * now, partitioned or not. VS_ERR_PARTITION if it is reserved for a part, and
 * VS_ERR_SEALED if it may not be made. */
vs_status vs__name_vacant(vs_store *store, const char *path);

/* The same for a path whose parts are to be named: VS_ERR_PARTITION also if
 * any name of a part is taken. */
vs_status vs__whole_vacant(vs_store *store, const char *path);

/* VS_ERR_EXISTS with words for a name that is taken: who made the variable, when
 * and where. */
vs_status vs__fail_exists(vs_store *store, const char *path, int64_t variable);

#endif
