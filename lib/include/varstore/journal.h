/* journal.h - what was created since when, and by whom.
 *
 * A scope with VS_REUSE_AUTO creates whatever is absent. The journal tells
 * afterwards what that was:
 *
 *     vs_journal_options since = {.reuse = VS_REUSE_AUTO};
 *
 *     st = vs_journal_position(store, &since.after);
 *     ... build the model ...
 *     st = vs_journal_open(store, &since, &journal);
 *     while (st == VS_OK && (st = vs_journal_next(journal, &made)) == VS_OK)
 *         printf("%s was new\n", made->name);
 *
 * The entries are the variables themselves, in the order in which they were
 * created: an entry goes with its variable, so the journal never holds more
 * than the store does. It tells of creations by any process; a name that was
 * changed later is told as it is now.
 *
 * Codes that any call may return, and the thread rule, are those of
 * variable.h.
 */
#ifndef VARSTORE_JOURNAL_H
#define VARSTORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/scope.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/variable.h"

VS_BEGIN_DECLS

/* Where the journal ends now: what is created from here on comes after it.
 * 0 in an empty store. Positions only grow; one taken inside a transaction
 * that is rolled back afterwards means nothing. */
VS_API vs_status vs_journal_position(vs_store *store, int64_t *out);

typedef struct vs_journal_options {
    size_t size;       /* sizeof(vs_journal_options); 0 means that too */
    int64_t after;     /* a position; 0: from the beginning */
    const char *scope; /* only names below it, as they are now; NULL or "":
                          all, and variables whose name is gone */
    vs_reuse reuse;    /* only what vs_get_variable created in this mode, NONE
                          or AUTO; INHERIT: all creations */
} vs_journal_options;

/* One creation. */
typedef struct vs_creation {
    int64_t position;  /* of this entry; the id in vs_variable_info */
    const char *name;  /* first name of the variable now; NULL: none is left,
                          a checkpoint keeps its values */
    vs_reuse reuse;    /* mode of the scope that created it: NONE or AUTO; or
                          INHERIT: made otherwise (vs_variable_create or _copy,
                          an import) */
    vs_origin created; /* by whom, when and where */
} vs_creation;

typedef struct vs_journal vs_journal;

/* Opens the journal; NULL options tell everything. Each entry is read when it
 * is asked for; for one snapshot of all, walk inside a read transaction. Close
 * with vs_journal_close before the store.
 *   VS_ERR_MISUSE  a mode in which nothing is created, or a negative position
 *   VS_ERR_NAME    the scope */
VS_API vs_status vs_journal_open(vs_store *store,
                                 const vs_journal_options *options,
                                 vs_journal **out);

/* The next creation, oldest first, or VS_DONE. After VS_DONE it may be asked
 * again: what was created meanwhile comes then. Borrowed until the next call
 * on the journal. */
VS_API vs_status vs_journal_next(vs_journal *journal, const vs_creation **out);

VS_API void vs_journal_close(vs_journal *journal);

VS_END_DECLS

#endif
