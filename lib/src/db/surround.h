/* surround.h - what is around a store that is not opened: its file system, its
 * file, those beside it, and who has them open.
 */
#ifndef VS_DB_SURROUND_H
#define VS_DB_SURROUND_H

#include <stdint.h>

#include "base/finding.h"

/* Tells of the store at `path`; codes are those of vs_examine. */
vs_status vs__surround_tell(struct vs__findings *f, const char *path,
                            uint32_t application_id, vs_error *err);

#endif
