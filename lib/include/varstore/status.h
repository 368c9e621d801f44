/* status.h - what every call returns, and the words that go with it.
 *
 * A function that can fail returns a vs_status: VS_OK (0), VS_DONE (1, an
 * iterator has no more), or one of the negative codes below. A failed call has
 * changed nothing that can be seen: outputs are untouched, the store is as it
 * was, and the same handle can be used again, unless the code says otherwise.
 *
 * The words of the last failure live on the store (vs_store_error); where no
 * store exists yet, in a vs_error that the caller may pass. Nothing in the
 * library prints, and nothing ends the process.
 */
#ifndef VARSTORE_STATUS_H
#define VARSTORE_STATUS_H

#include "varstore/export.h"

VS_BEGIN_DECLS

/* X(name, number, word, meaning). The number and the word are for ever: the
 * command line prints the word in its JSON, scripts compare it. */
#define VS_STATUS_LIST(X)                                                      \
    X(OK, 0, "ok", "success")                                                  \
    X(DONE, 1, "done", "no more items")                                        \
    X(ERR_NOMEM, -1, "nomem", "out of memory")                                 \
    X(ERR_MISUSE, -2, "misuse", "an argument the interface does not allow")    \
    X(ERR_NAME, -3, "name", "not a valid name")                                \
    X(ERR_EXISTS, -4, "exists", "the name is taken")                           \
    X(ERR_NOTFOUND, -5, "notfound", "no such thing")                           \
    X(ERR_SHAPE, -6, "shape", "shapes do not agree, or a shape is invalid")    \
    X(ERR_DTYPE, -7, "dtype", "dtypes do not agree, or a dtype is unknown")    \
    X(ERR_NEEDSHAPE, -8, "needshape", "creation needs a fully known shape")    \
    X(ERR_INITIALIZER, -9, "initializer", "no usable initializer")             \
    X(ERR_RANGE, -10, "range", "a slice or index lies outside the shape")      \
    X(ERR_CONFLICT, -11, "conflict", "the version is not the expected one")    \
    X(ERR_STALE, -12, "stale", "the variable behind this handle is gone")      \
    X(ERR_NESTING, -13, "nesting", "scopes must be left innermost first")      \
    X(ERR_REUSE, -14, "reuse", "reuse is not possible here")                   \
    X(ERR_READONLY, -15, "readonly", "opened for reading only")                \
    X(ERR_BUSY, -16, "busy", "somebody else held the store past the deadline") \
    X(ERR_FULL, -17, "full", "no space left on the device")                    \
    X(ERR_IO, -18, "io", "the operating system reported an error")             \
    X(ERR_PERM, -19, "perm", "permission denied")                              \
    X(ERR_NOFILE, -20, "nofile", "no such file")                               \
    X(ERR_NOTASTORE, -21, "notastore", "the file is not a varstore")           \
    X(ERR_TOONEW, -22, "toonew", "the format is newer than this library")      \
    X(ERR_CORRUPT, -23, "corrupt", "damage: what is stored is not what was")   \
    X(ERR_FORMAT, -24, "format", "a foreign file breaks its format's rules")   \
    X(ERR_UNSUPPORTED, -25, "unsupported", "known, but not supported here")    \
    X(ERR_TOOBIG, -26, "toobig", "above a limit of the library")               \
    X(ERR_FORKED, -27, "forked", "the handle was inherited through fork")      \
    X(ERR_CANCELLED, -28, "cancelled", "a callback asked to stop")             \
    X(ERR_NETWORK, -29, "network", "a file system that cannot lock safely")    \
    X(ERR_METRIC, -30, "metric", "a metric is not a finite number")            \
    X(ERR_PARTITION, -31, "partition", "partitions do not agree")              \
    X(ERR_UNINITIALIZED, -32, "uninitialized",                                 \
      "the variable has no value yet")                                         \
    X(ERR_SEALED, -33, "sealed", "no name may be made in this scope")          \
    X(ERR_CALLBACK, -34, "callback", "no callback of that name is registered") \
    X(ERR_DIFFERS, -35, "differs", "the variable was made otherwise")

typedef enum vs_status {
#define VS_STATUS_ENUM(name, number, word, text) VS_##name = (number),
    VS_STATUS_LIST(VS_STATUS_ENUM)
#undef VS_STATUS_ENUM
} vs_status;

#define VS_ERROR_MESSAGE_BYTES 640
#define VS_ERROR_HINT_BYTES    256

/* The words of one failure. Plain memory of the caller or the store; nothing
 * to free. Names in it are copied as they are: escape them for a terminal. */
typedef struct vs_error {
    vs_status status;                     /* VS_OK when nothing failed */
    char message[VS_ERROR_MESSAGE_BYTES]; /* one line: the thing, both values */
    char hint[VS_ERROR_HINT_BYTES];       /* what to do about it, or "" */
} vs_error;

/* The code's word, such as "notfound"; never NULL, "unknown" for a stranger.
 * A static string. Any thread. */
VS_API const char *vs_status_word(vs_status status);

/* The code's meaning in a few English words; as vs_status_word otherwise. */
VS_API const char *vs_status_text(vs_status status);

VS_END_DECLS

#endif
