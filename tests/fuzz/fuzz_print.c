/* fuzz_print.c - a stranger's text on the way to somebody's terminal.
 *
 * The threat: names that move the cursor, change colours or turn the direction
 * of a line; patterns that take for ever. Each input is escaped as the command
 * line does it, written as a string of JSON and read again, and, cut in two at
 * its first NUL, used as a pattern and a name.
 */
#include <string.h>

#include "base/json.h"
#include "fuzz.h"
#include "glob.h"
#include "names.h"

static void escape(const char *bytes, size_t n)
{
    struct text out = {0};
    const char *at;
    const char *end;

    escape_add(&out, bytes, n);
    at = text_str(&out);
    end = at + strlen(at);
    while (at < end)
        must(!char_is_hostile(utf8_next(&at, end)));
    text_done(&out);
}

static void write_json(const char *text)
{
    struct vs__buf buf;
    struct vs__json json;
    struct vs__json_token token;

    vs__buf_init(&buf, SIZE_MAX / 2);
    must(vs__json_put(&buf, text) == VS_OK);
    vs__json_begin(&json, buf.data, buf.len, "it");
    must(vs__json_want(&json, VS__JSON_STRING, &token, NULL) == VS_OK);
    must(vs__json_want(&json, VS__JSON_END, &token, NULL) == VS_OK);
    vs__buf_done(&buf);
}

static void match(char *pattern, const char *name)
{
    char *const patterns[] = {pattern};
    struct globs globs;
    struct text scope = {0};
    const bool fits = globs_init(&globs, patterns, 1, GLOB_NAMES_EXACT);

    if (fits && globs_match(&globs, name) && globs_scope(&globs, &scope))
        must(strncmp(name, text_str(&scope), strlen(text_str(&scope))) == 0);
    must(!glob_is_name(pattern) || !fits ||
         globs_match(&globs, name) == (strcmp(pattern, name) == 0));
    text_done(&scope);
    globs_done(&globs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 2);
    size_t first;

    must(text != NULL);
    if (n > 0)
        memcpy(text, data, n);
    text[n] = text[n + 1] = '\0';
    first = strlen(text);
    escape(text, n);
    write_json(text);
    if (n < 200) /* patterns are typed */
        match(text, first < n ? text + first + 1 : text);
    free(text);
    return 0;
}
