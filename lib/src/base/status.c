/* status.c - codes to words, and the words of a failure.
 *
 * The table comes from VS_STATUS_LIST alone; nothing here allocates or prints.
 */
#include "base/fail.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static const struct {
    vs_status status;
    const char *word;
    const char *text;
} statuses[] = {
#define STATUS_ROW(name, number, word, text) {VS_##name, word, text},
    VS_STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

#define N_STATUSES (sizeof statuses / sizeof statuses[0])

const char *vs_status_word(vs_status status)
{
    for (size_t i = 0; i < N_STATUSES; i++)
        if (statuses[i].status == status)
            return statuses[i].word;
    return "unknown";
}

const char *vs_status_text(vs_status status)
{
    for (size_t i = 0; i < N_STATUSES; i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "unknown status";
}

vs_status(vs__fail)(vs_error *err, vs_status status, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return status;
    err->status = status;
    err->hint[0] = '\0';
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return status;
}

void vs__hint(vs_error *err, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return;
    va_start(args, fmt);
    (void)vsnprintf(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
}

vs_status vs__fail_nomem(vs_error *err)
{
    return vs__fail(err, VS_ERR_NOMEM, "out of memory");
}

void vs__clear(vs_error *err)
{
    if (err == NULL)
        return;
    err->status = VS_OK;
    err->message[0] = '\0';
    err->hint[0] = '\0';
}
