/* examine.h - what a store stands on: the libraries, the guards that every
 * connection has, the file system, the files beside it, and who has it open.
 *
 * Nothing here says whether what is stored is right; vs_check does.
 */
#ifndef VARSTORE_EXAMINE_H
#define VARSTORE_EXAMINE_H

#include <stddef.h>

#include "varstore/export.h"
#include "varstore/status.h"

VS_BEGIN_DECLS

typedef enum vs_verdict {
    VS_VERDICT_OK = 0, /* as it should be */
    VS_VERDICT_NOTE,   /* good to know */
    VS_VERDICT_WARN,   /* may become a danger; `why` says what to do */
    VS_VERDICT_BAD     /* no store can be kept safe like this */
} vs_verdict;

/* One thing that was found. All of it is borrowed until the callback returns;
 * names of files and programs are copied as they are: escape them for a
 * terminal. */
typedef struct vs_finding {
    const char *group; /* "library", "guard", "place", "file" or "holder" */
    const char *topic; /* one word or several joined by '-': "free-space" */
    const char *value; /* what was found: "3.40.1" */
    const char *why;   /* what it means, in one line of words */
    vs_verdict verdict;
} vs_finding;

typedef struct vs_examine_options {
    size_t size; /* sizeof(vs_examine_options); 0 means that too */
    void (*on_finding)(const vs_finding *finding, void *ctx);
    void *ctx;
} vs_examine_options;

/* The word of a verdict: "ok", "note", "warn", "bad"; a static string. */
VS_API const char *vs_verdict_word(vs_verdict verdict);

/* Examines the libraries and guards and, if `path` is not NULL, what is around
 * the store there: each finding is told, and `*worst` (may be NULL) receives
 * the worst verdict. The store is not opened, and nothing is changed: no file
 * is made beside it, and what a dead writer left is told and not undone.
 *
 * Groups come in order. "library": versions at run time. "guard": settings,
 * read back from a connection that was set up like every other. "place": the
 * file system and what this user may do there. "file": the store's own file
 * and those beside it. "holder": each other process that has one of them open
 * or locked, its topic "pid-" and the number. What cannot be seen from here
 * (processes of other users, or of other containers) is told as such.
 *
 * Do not call it in a program that has the file open by other means than this
 * library: see store.h. With the library itself it is fine; locks that other
 * containers hold are then not looked for.
 *   VS_ERR_NOFILE     no such file
 *   VS_ERR_NOTASTORE  a directory, an empty file, not SQLite, or the SQLite
 *                     file of another application
 *   VS_ERR_PERM       no permission to look at it
 *   VS_ERR_IO, VS_ERR_NOMEM, VS_ERR_MISUSE
 * `err` (may be NULL) receives the words. Any thread. */
VS_API VS_MUST_USE vs_status vs_examine(const char *path,
                                        const vs_examine_options *options,
                                        vs_verdict *worst, vs_error *err);

VS_END_DECLS

#endif
