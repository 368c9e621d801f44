/* count.h - how many users a shared row has: `refs` of a chunk, `holds` of a
 * version, `n_names` and `n_versions` of a variable.
 *
 * The last user to go deletes the row, and a count cannot be in the row's
 * digest, since statements change many at once. So it is kept in steps of
 * VS__USER: what a flipped bit, or any damage to it but one in a million, makes
 * of it is no multiple, and whoever would change it tells that, before a row
 * goes that others need.
 */
#ifndef VS_CHUNK_COUNT_H
#define VS_CHUNK_COUNT_H

#define VS__USER 1000003 /* a prime */

/* The same in a statement. */
#define VS__USERS "1000003"

/* Whether a column is a count, and the count in words. */
#define VS__IS_COUNT(column) "(" column " % " VS__USERS " = 0)"
#define VS__COUNT_WORDS(column)                                           \
    "CASE " column " % " VS__USERS " WHEN 0 THEN " column " / " VS__USERS \
    " ELSE " column " || '/" VS__USERS "' END"

#endif
