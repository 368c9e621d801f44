/* reference.h - the store that is damaged: as small as can be, with one of
 * everything in it.
 */
#ifndef VS_DAMAGE_REFERENCE_H
#define VS_DAMAGE_REFERENCE_H

#include "stores.h"

#define REFERENCE_PAGE 1024 /* bytes of its pages; ours have 32 KiB */

/* Names to ask for, in order: most stand in it now and in both checkpoints, some
 * in some of them, "later" has no value, "zz/absent" never was. */
#define REFERENCE_NAMES 16
extern const char *const reference_names[REFERENCE_NAMES];

/* Makes the store, closed and without a log, and beside it "PATH.old": the
 * same as it was before its last writes, page for page. */
void reference_make(const char *path);

/* Gives the store a log that is not in the file yet: a write and a checkpoint
 * (number 3) by a process that then dies. */
void reference_log(const char *path);

/* Opens it and writes to it as a program would: gives some variables other
 * values, deletes and renames some, saves a checkpoint. Each of these may fail;
 * the status of the first that did. */
vs_status reference_write(const char *path);

/* Does it write to this name, so that its value is another one then, or none? */
bool reference_writes(const char *name);

#endif
