/* findings.c - see findings.h. */
#include "findings.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

void note_finding(const vs_finding *finding, void *ctx)
{
    struct findings *found = ctx;
    const size_t n = strlen(found->text);
    const int more = snprintf(found->text + n, sizeof found->text - n,
                              "%s %s %s [%s] %s\n", finding->group,
                              finding->topic, vs_verdict_word(finding->verdict),
                              finding->value, finding->why);

    assert_true(more > 0 && (size_t)more < sizeof found->text - n);
}

void test_finding(const struct findings *found, const char *start,
                  const char *words, const char *file, int line)
{
    for (const char *at = found->text; *at != '\0'; at = strchr(at, '\n') + 1) {
        const char *said = strstr(at, words);

        if (strncmp(at, start, strlen(start)) == 0 && said != NULL &&
            said < strchr(at, '\n'))
            return;
    }
    print_error("'%s ... %s' is not in:\n%s", start, words, found->text);
    _fail(file, line);
}
