/* finding.c - see finding.h. */
#include "base/finding.h"

#include <stdarg.h>
#include <stdio.h>

#define WORDS_MAX 512

const char *vs_verdict_word(vs_verdict verdict)
{
    switch (verdict) {
    case VS_VERDICT_OK:
        return "ok";
    case VS_VERDICT_NOTE:
        return "note";
    case VS_VERDICT_WARN:
        return "warn";
    case VS_VERDICT_BAD:
        return "bad";
    }
    return "unknown";
}

void vs__find(struct vs__findings *f, vs_verdict verdict, const char *topic,
              const char *value, const char *fmt, ...)
{
    char words[WORDS_MAX];
    const vs_finding finding = {.group = f->group,
                                .topic = topic,
                                .value = value,
                                .why = words,
                                .verdict = verdict};
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    if (verdict > f->worst)
        f->worst = verdict;
    if (f->options.on_finding != NULL)
        f->options.on_finding(&finding, f->options.ctx);
}
