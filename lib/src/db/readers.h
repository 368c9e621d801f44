/* readers.h - more connections to a store's file, to read values on other
 * threads.
 *
 * Each is a connection of its own, for reading only. It takes no part in the
 * owner's transaction: what it sees may be a later state, or an earlier one,
 * never half of one. So who reads through it must be able to tell whether he
 * got what he wanted, and otherwise ask the owner's connection. Therefore there
 * are no words here, and nobody waits: whatever goes wrong is false.
 *
 * The owner makes, rests and frees them while no other thread uses one. They
 * connect when they are first used, and are disconnected before the owner's
 * connection begins to write, which may want the file to itself.
 */
#ifndef VS_DB_READERS_H
#define VS_DB_READERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vs__db;
struct vs__readers;

/* `n` readers of `column` of `table`, both literals, rows named by their
 * integer key. A connection has one such set at most. NULL, with words, when
 * memory ran out. */
struct vs__readers *vs__readers_new(struct vs__db *db, int n, const char *table,
                                    const char *column);

/* To be called before the connection is closed. In a forked child it frees
 * memory only. NULL is fine. */
void vs__readers_free(struct vs__readers *readers);

/* Lets go of what the readers see, so that the next one sees the newest. */
void vs__readers_rest(struct vs__readers *readers);

/* Goes to a row; `*n` receives the value's bytes. By one thread at a time for
 * each `i` below n, as the next. */
bool vs__readers_seek(struct vs__readers *readers, int i, int64_t row,
                      size_t *n);

/* Reads `n` bytes at `offset` of the value that reader `i` stands on. */
bool vs__readers_read(struct vs__readers *readers, int i, size_t offset,
                      void *dst, size_t n);

#endif
