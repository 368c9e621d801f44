/* finding.h - telling what was found; see varstore/examine.h. */
#ifndef VS_BASE_FINDING_H
#define VS_BASE_FINDING_H

#include "varstore/examine.h"

struct vs__findings {
    vs_examine_options options; /* whom to tell */
    const char *group;          /* of what is told next; static */
    vs_verdict worst;           /* so far */
};

/* Tells one. The words are cut at a few hundred bytes. */
void vs__find(struct vs__findings *f, vs_verdict verdict, const char *topic,
              const char *value, const char *fmt, ...) VS_PRINTF(5, 6);

#endif
