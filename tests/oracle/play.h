/* play.h - runs a program on a store and tells what each operation did.
 *
 * One line of outcome for each operation, in the words of README.md: where a
 * scope stands, what a variable is, or "! WORD" with the status word of a
 * failure. A failed operation ends nothing: the program goes on.
 */
#ifndef VS_ORACLE_PLAY_H
#define VS_ORACLE_PLAY_H

#include <stdio.h>

#include <varstore/varstore.h>

#include "program.h"

/* Plays the program in a context of its own whose first scope is the root with
 * mode `root` (VS_REUSE_INHERIT: the root itself). Exits if the context cannot
 * be made. */
void play(const struct program *program, vs_store *store, vs_reuse root,
          FILE *out);

#endif
