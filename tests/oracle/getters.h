/* getters.h - the getters that a program can name.
 *
 *     same        passes the call on
 *     tag:WORD    appends "/WORD" to the name
 *     two         gets NAME/0 and NAME/1, and hands the first one out
 *     reuse:MODE  gets with another reuse mode
 *     bad         is none: the library knows no such name
 */
#ifndef VS_ORACLE_GETTERS_H
#define VS_ORACLE_GETTERS_H

#include <varstore/varstore.h>

#include "spec.h"

vs_getter getter_of(const char *text, struct arena *arena);

/* And the creators:
 *
 *     same               passes the call on
 *     trainable:yes, no  makes it trainable, or not
 *     collections:A,B    puts it into these in place of others
 *     refuse             fails
 */
vs_getter creator_of(const char *text, struct arena *arena);

#endif
