/* json.c - see json.h. */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "names.h"
#include "num.h"

void json_init(struct json *j, FILE *out)
{
    j->out = out;
    j->depth = 0;
    j->first = true;
}

static void separate(struct json *j)
{
    if (!j->first)
        (void)fputc(',', j->out);
    j->first = false;
}

void json_open(struct json *j, char bracket)
{
    separate(j);
    (void)fputc(bracket, j->out);
    j->depth++;
    j->first = true;
}

void json_close(struct json *j, char bracket)
{
    (void)fputc(bracket, j->out);
    j->depth--;
    j->first = false;
    if (j->depth == 0)
        (void)fputc('\n', j->out);
}

static void put_char(FILE *out, int32_t c, const char *bytes, size_t n)
{
    if (c < 0)
        (void)fputs("\\ufffd", out);
    else if (c == '"' || c == '\\')
        (void)fprintf(out, "\\%c", (char)c);
    else if (c == '\n')
        (void)fputs("\\n", out);
    else if (c == '\t')
        (void)fputs("\\t", out);
    else if (char_is_hostile(c) && c > 0xFFFF)
        (void)fprintf(out, "\\u%04x\\u%04x",
                      (unsigned)(0xD800 + ((c - 0x10000) >> 10)),
                      (unsigned)(0xDC00 + ((c - 0x10000) & 0x3FF)));
    else if (char_is_hostile(c))
        (void)fprintf(out, "\\u%04x", (unsigned)c);
    else
        (void)fwrite(bytes, 1, n, out);
}

static void put_text(FILE *out, const char *text)
{
    const char *end = text + strlen(text);

    (void)fputc('"', out);
    while (text < end) {
        const char *from = text;
        int32_t c = utf8_next(&text, end);

        put_char(out, c, from, (size_t)(text - from));
    }
    (void)fputc('"', out);
}

void json_key(struct json *j, const char *key)
{
    separate(j);
    put_text(j->out, key);
    (void)fputc(':', j->out);
    j->first = true;
}

void json_text(struct json *j, const char *text)
{
    separate(j);
    put_text(j->out, text);
}

void json_literal(struct json *j, const char *number)
{
    separate(j);
    (void)fputs(number, j->out);
}

void json_int(struct json *j, int64_t n)
{
    separate(j);
    (void)fprintf(j->out, "%" PRId64, n);
}

void json_real(struct json *j, double x)
{
    char text[NUM_TEXT];

    separate(j);
    if (isnan(x))
        (void)fputs("\"nan\"", j->out);
    else if (isinf(x))
        (void)fputs(x > 0 ? "\"inf\"" : "\"-inf\"", j->out);
    else
        (void)fputs(num_exact(x, text), j->out);
}

void json_bool(struct json *j, bool yes)
{
    json_literal(j, yes ? "true" : "false");
}

void json_foreign(struct json *j)
{
    separate(j);
}

void json_member_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_text(j, text);
}

void json_member_int(struct json *j, const char *key, int64_t n)
{
    json_key(j, key);
    json_int(j, n);
}

void json_member_id(struct json *j, const char *key, int64_t id)
{
    char text[NUM_TEXT];

    (void)snprintf(text, sizeof text, "%" PRId64, id);
    json_member_text(j, key, text);
}

void json_member_real(struct json *j, const char *key, double x)
{
    json_key(j, key);
    json_real(j, x);
}

void json_member_bool(struct json *j, const char *key, bool yes)
{
    json_key(j, key);
    json_bool(j, yes);
}

void json_member_digest(struct json *j, const char *key,
                        const uint8_t digest[16])
{
    char hex[33];

    for (int i = 0; i < 16; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)digest[i]);
    json_member_text(j, key, hex);
}

void json_member_time(struct json *j, const char *key, int64_t ms)
{
    char text[NUM_TEXT];

    json_member_text(j, key, num_utc(ms, text));
}

void json_member_open(struct json *j, const char *key, char bracket)
{
    json_key(j, key);
    json_open(j, bracket);
}
