/* mark.h - scopes that a store remembers: sealed ones and reserved ones.
 *
 * Opening a scope writes nothing, and a scope is only a prefix of names. Two
 * things can be said about one for good, in the store, for every process:
 *
 *     sealed     no name may be made below it. What is there can be read,
 *                written and deleted, and VS_REUSE_AUTO fetches it; a name
 *                that is misspelled fails with VS_ERR_SEALED instead of
 *                making a new variable.
 *     reserved   its name was handed out by vs_scope_reserve, and is not
 *                handed out again.
 *
 * Codes that any call may return, and the thread rule, are those of
 * variable.h.
 */
#ifndef VARSTORE_MARK_H
#define VARSTORE_MARK_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/scope.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/variable.h"

VS_BEGIN_DECLS

/* Seals a scope ("": the root): from the commit on, whatever would make a name
 * below it, at any depth, is VS_ERR_SEALED: creating, copying, an alias,
 * renaming or moving to there (also from there), importing, and a restore that
 * would bring back a name which is gone. A sealed scope, or one with a sealed
 * scope in it, cannot be moved. Its own name can still be made, in the scope
 * around it. `site` is where the call stands, such as VS_HERE; may be NULL.
 * Sealing it again changes nothing. VS_ERR_NAME. */
VS_API vs_status vs_scope_seal(vs_store *store, const char *scope,
                               const char *site);

/* Takes the seal off. VS_ERR_NOTFOUND: this scope is not sealed; the hint
 * tells if one around it is. VS_ERR_NAME. */
VS_API vs_status vs_scope_unseal(vs_store *store, const char *scope);

/* Enters a scope below the current one whose name nobody uses: `name`, or
 * `name`_1, _2, ..., the first that no variable has been in, now or in a
 * checkpoint, and that was neither reserved nor sealed before. It is reserved
 * in the transaction that finds it: of any number of processes each gets a
 * name of its own. Unlike a default name (vs_scope_options), which a program
 * gets again when it runs again, this one is new every time; keep it with the
 * run that it is for. Costs a look-up for each number that is taken. Inside a
 * transaction that is rolled back, the name is free again.
 * As vs_scope_enter with that name (vs_scope_name tells it); VS_ERR_SEALED:
 * inside a sealed scope. */
VS_API VS_MUST_USE vs_status vs_scope_reserve(vs_context *ctx, const char *name,
                                              const vs_scope_options *options,
                                              vs_scope **out);

/* Gives a reserved name back. It is handed out again only when no variable is
 * left in it. VS_ERR_NOTFOUND, VS_ERR_NAME. */
VS_API vs_status vs_scope_unreserve(vs_store *store, const char *scope);

/* Numbers for ever. */
typedef enum vs_mark_kind { VS_MARK_SEALED = 1, VS_MARK_RESERVED } vs_mark_kind;

typedef struct vs_mark {
    vs_mark_kind kind;
    const char *scope; /* "" for the root */
    vs_origin made;    /* by whom, when and where */
} vs_mark;

/* Walks the marks of one kind, in byte order of the scopes. */
typedef struct vs_mark_list vs_mark_list;

/* VS_ERR_MISUSE: no such kind. Close with vs_mark_list_close before the store.
 */
VS_API vs_status vs_mark_list_open(vs_store *store, vs_mark_kind kind,
                                   vs_mark_list **out);

/* The next one, or VS_DONE; borrowed until the next call on the list. */
VS_API vs_status vs_mark_list_next(vs_mark_list *list, const vs_mark **out);

VS_API void vs_mark_list_close(vs_mark_list *list);

VS_END_DECLS

#endif
