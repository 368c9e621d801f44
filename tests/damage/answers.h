/* answers.h - everything that can be asked of the reference store, and whether
 * two stores answer alike.
 */
#ifndef VS_DAMAGE_ANSWERS_H
#define VS_DAMAGE_ANSWERS_H

#include <stdbool.h>

#include "codec/digest.h"
#include "varstore/varstore.h"

#define ANSWERS_MAX 300

struct answer {
    char question[64];        /* in words */
    vs_status status;         /* of the call; VS_DONE counts as VS_OK */
    struct vs__digest digest; /* of what it gave; zeros if it failed */
};

struct answers {
    int n;
    struct answer all[ANSWERS_MAX];
};

/* Asks a store that is open all questions; the same ones in the same order
 * whatever it answers. */
void answers_ask(vs_store *store, struct answers *out);

/* The same, opening it for reading first; if that fails its status is the
 * answer to all. */
void answers_of(const char *path, struct answers *out);

/* Compares with the answers of the sound store. True: none is wrong without
 * an error. `*errors` counts the questions that got an error. On false `*at`
 * is the question. */
bool answers_right(const struct answers *want, const struct answers *got,
                   int *errors, int *at);

/* The same, milder: lists, checkpoints and tags that one page holds may be as if
 * they were not there, or not yet, if a check finds it; what a name leads to
 * may not. `stale`: what was not there yet may be denied, too. */
bool answers_right_pages(const struct answers *want, const struct answers *got,
                         bool stale, int *errors, int *at);

#endif
