/* findings.h - what an examination told, as text. */
#ifndef VS_TEST_FINDINGS_H
#define VS_TEST_FINDINGS_H

#include "varstore/examine.h"

struct findings {
    char text[16384]; /* "GROUP TOPIC VERDICT [VALUE] WHY\n" of each */
};

/* For on_finding; `ctx` is a struct findings. */
void note_finding(const vs_finding *finding, void *ctx);

/* Asserts that one begins with `start`, and says `words` after that. */
#define assert_finding(found, start, words) \
    test_finding((found), (start), (words), __FILE__, __LINE__)
void test_finding(const struct findings *found, const char *start,
                  const char *words, const char *file, int line);

#endif
