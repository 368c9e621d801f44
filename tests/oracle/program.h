/* program.h - reads scope programs: one operation a line, VERB KEY=VALUE ...
 *
 * A program begins with "program ID" and ends with "end". Values hold no
 * blanks: a byte that would break a line is written %XX. What follows " => " on
 * a line is the outcome that somebody recorded; readers skip it. The language
 * is described in README.md beside this file.
 */
#ifndef VS_ORACLE_PROGRAM_H
#define VS_ORACLE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define OP_KEYS_MAX 16
#define OP_LINE_MAX 4096

/* One line, cut into words in place. */
struct op {
    char line[OP_LINE_MAX];
    const char *verb;
    int n;
    const char *keys[OP_KEYS_MAX];
    const char *values[OP_KEYS_MAX];
};

struct program {
    char id[64];
    struct op *ops; /* n of them, owned */
    size_t n;
};

/* Reads the next program; free it with program_done. False at the end of the
 * file. Exits, with the line on stderr, if a line cannot be read. */
bool program_read(FILE *in, struct program *out);
void program_done(struct program *program);

/* The value of a key, or NULL. */
const char *op_value(const struct op *op, const char *key);

/* Says on stderr what cannot be read, and exits. */
_Noreturn void op_refuse(const char *what, const char *text);

/* Cuts `text` in place at each `mark`; at most `max` pieces, the last one
 * keeps further marks. Returns how many. */
int cut(char *text, char mark, const char **pieces, int max);

#endif
