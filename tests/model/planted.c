/* planted.c - bugs for the test of the test, in a build of its own: what the
 * library does at some points is done otherwise, as the command line asks.
 */
#include <string.h>

#include "enact.h"
#include "model/store.h"

/* Declares what the linker calls `name`, and the library's own. */
#define WRAPPED(type, name, ...)     \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

WRAPPED(vs_status, vs_variable_alias, vs_store *store, const char *name,
        const char *alias);
WRAPPED(vs_status, vs_variable_write_slice, vs_variable *v,
        const vs_slice *slice, const vs_view *from);
WRAPPED(vs_status, vs__seal_check, vs_store *store, const char *path);
WRAPPED(void, vs__fresh_end, vs_store *store, int level, bool kept);
WRAPPED(vs_status, vs_checkpoint_restore, vs_store *store, int64_t checkpoint,
        const vs_restore_options *options, vs_restore_report *report);

static bool plants(const char *bug)
{
    return play_bug != NULL && strcmp(play_bug, bug) == 0;
}

/* A second name of another variable. */
vs_status __wrap_vs_variable_alias(vs_store *store, const char *name,
                                   const char *alias)
{
    return plants("alias-copies")
               ? vs_variable_copy(store, name, alias)
               : __real_vs_variable_alias(store, name, alias);
}

/* Far rows are not written. */
vs_status __wrap_vs_variable_write_slice(vs_variable *v, const vs_slice *slice,
                                         const vs_view *from)
{
    if (plants("far-rows-lost") && slice->start[0] > 700)
        return VS_OK;
    return __real_vs_variable_write_slice(v, slice, from);
}

vs_status __wrap_vs__seal_check(vs_store *store, const char *path)
{
    return plants("seal-open") ? VS_OK : __real_vs__seal_check(store, path);
}

/* Handles from inside of a rolled back transaction live on. */
void __wrap_vs__fresh_end(vs_store *store, int level, bool kept)
{
    __real_vs__fresh_end(store, level, kept || plants("undone-lives"));
}

/* What the checkpoint does not have stays. */
vs_status __wrap_vs_checkpoint_restore(vs_store *store, int64_t checkpoint,
                                       const vs_restore_options *options,
                                       vs_restore_report *report)
{
    vs_restore_options other = *options;

    other.exact = other.exact && (!plants("extra-stays") || other.dry_run);
    return __real_vs_checkpoint_restore(store, checkpoint, &other, report);
}
