/* label.c - see label.h. */
#include "service/label.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/fail.h"
#include "base/utf8.h"
#include "varstore/checkpoint.h"

static bool is_utf8(const char *text, size_t n)
{
    return vs__utf8_valid((const uint8_t *)text, n);
}

/* What tags and keys have in common. */
static vs_status check(const char *text, const char *what, vs_error *err)
{
    const size_t n = text != NULL ? strlen(text) : 0;

    if (n == 0)
        return vs__fail(err, VS_ERR_NAME, "%s is empty", what);
    if (n > VS_TAG_MAX)
        return vs__fail(err, VS_ERR_NAME,
                        "%s '%.40s...' has %zu bytes, at most %d may be", what,
                        text, n, VS_TAG_MAX);
    if (!is_utf8(text, n))
        return vs__fail(err, VS_ERR_NAME, "%s '%s' is not UTF-8", what, text);
    return VS_OK;
}

vs_status vs__tag_check(const char *tag, vs_error *err)
{
    vs_status st = check(tag, "the tag", err);

    if (st != VS_OK)
        return st;
    if (strcmp(tag, "latest") == 0)
        return vs__fail(err, VS_ERR_NAME,
                        "the tag 'latest' is not free: it always means the "
                        "newest checkpoint");
    if (tag[strspn(tag, "0123456789")] == '\0')
        return vs__fail(err, VS_ERR_NAME,
                        "the tag '%s' would read as a checkpoint's number",
                        tag);
    for (const char *p = tag; *p != '\0'; p++)
        if ((uint8_t)*p <= ' ' || *p == 0x7f || strchr(":~/@", *p) != NULL)
            return vs__fail(err, VS_ERR_NAME,
                            "the tag '%s' has a blank, a control character or "
                            "one of ':~/@' at byte %td",
                            tag, p - tag);
    return VS_OK;
}

vs_status vs__metric_key_check(const char *key, vs_error *err)
{
    return check(key, "the metric's key", err);
}

vs_status vs__message_check(const char *message, vs_error *err)
{
    const size_t n = strlen(message);

    if (n > VS_MESSAGE_MAX)
        return vs__fail(err, VS_ERR_TOOBIG,
                        "the message has %zu bytes, at most %d may be", n,
                        VS_MESSAGE_MAX);
    if (!is_utf8(message, n))
        return vs__fail(err, VS_ERR_NAME, "the message is not UTF-8");
    return VS_OK;
}
