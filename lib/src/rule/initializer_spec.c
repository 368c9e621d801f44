/* initializer_spec.c - reads an initializer's spec, as it stands in a store.
 *
 * The counterpart of vs__filling_spec. A spec comes from a file: a member that
 * is missing, foreign or twice there, or a number that is none, is damage.
 * Whether the parameters suit a variable is for vs__filling_make to say.
 */
#include "rule/initializer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"

#define MEMBERS_MAX 6 /* the most that a kind has */

/* A spec being read. */
struct reading {
    const char *text; /* as given, for words */
    vs_error *err;
    struct vs__kind_words words; /* of the kind it names */
    char keys[MEMBERS_MAX][32];  /* n of them, read so far */
    size_t n;
};

static vs_status damaged(const struct reading *r, const char *why)
{
    return vs__fail(r->err, VS_ERR_CORRUPT, "initializer '%.200s': %s", r->text,
                    why);
}

/* A token's text as a C string; false if it is longer than any of ours. */
static bool copy_text(const struct vs__json_token *token, char *out, size_t cap)
{
    if (token->n >= cap)
        return false;
    memcpy(out, token->text, token->n);
    out[token->n] = '\0';
    return true;
}

/* A number, or what JSON has no number for, as a string. */
static bool read_double(const struct vs__json_token *token, double *out)
{
    char text[VS_ELEMENT_TEXT_MAX];

    return (token->kind == VS__JSON_NUMBER || token->kind == VS__JSON_STRING) &&
           copy_text(token, text, sizeof text) &&
           vs_element_parse(VS_F64, text, out, NULL) == VS_OK;
}

static bool read_seed(const struct vs__json_token *token, int64_t *out)
{
    char text[32];
    char *end;
    long long value;

    if (token->kind != VS__JSON_NUMBER || !copy_text(token, text, sizeof text))
        return false;
    errno = 0;
    value = strtoll(text, &end, 10);
    *out = value;
    return errno == 0 && *end == '\0';
}

static bool is(const char *key, const char *name)
{
    return name != NULL && strcmp(key, name) == 0;
}

/* One member behind the kind. */
static bool read_member(const struct reading *r, const char *key,
                        const struct vs__json_token *value, vs_initializer *out)
{
    const bool scaling = r->words.kind == VS_INIT_VARIANCE_SCALING;

    if (is(key, r->words.first))
        return read_double(value, &out->a);
    if (is(key, r->words.second))
        return read_double(value, &out->b);
    if (r->words.random && is(key, "seed"))
        return read_seed(value, &out->seed);
    if (scaling && is(key, "mode") && value->kind == VS__JSON_STRING)
        return vs__fan_named(value->text, &out->fan);
    if (scaling && is(key, "distribution") && value->kind == VS__JSON_STRING)
        return vs__scaling_named(value->text, &out->scaling);
    return false;
}

/* Notes a key; false if it was there before, or is none of ours. */
static bool note_key(struct reading *r, const struct vs__json_token *key)
{
    if (r->n == MEMBERS_MAX ||
        !copy_text(key, r->keys[r->n], sizeof r->keys[0]))
        return false;
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->keys[i], r->keys[r->n]) == 0)
            return false;
    r->n++;
    return true;
}

static size_t members_of(const struct vs__kind_words *words)
{
    return 1 + (words->first != NULL) + (words->second != NULL) +
           words->random + 2 * (words->kind == VS_INIT_VARIANCE_SCALING);
}

/* The first member tells the kind. */
static vs_status read_kind(struct reading *r, struct vs__json *json,
                           vs_initializer *out)
{
    struct vs__json_token token;

    if (vs__json_want(json, VS__JSON_OBJECT, &token, NULL) != VS_OK ||
        vs__json_want(json, VS__JSON_KEY, &token, NULL) != VS_OK ||
        !is(token.text, "kind") || !note_key(r, &token) ||
        vs__json_want(json, VS__JSON_STRING, &token, NULL) != VS_OK)
        return damaged(r, "it does not begin with its kind");
    if (!vs__kind_named(token.text, &r->words))
        return damaged(r, "its kind is unknown");
    *out = vs_initializer_of(r->words.kind, 0, 0, VS_NO_SEED);
    return VS_OK;
}

static vs_status read_members(struct reading *r, struct vs__json *json,
                              vs_initializer *out)
{
    struct vs__json_token key;
    struct vs__json_token value;

    for (;;) {
        if (vs__json_next(json, &key, NULL) != VS_OK)
            return damaged(r, "it is no JSON");
        if (key.kind == VS__JSON_OBJECT_END)
            break;
        if (key.kind != VS__JSON_KEY || !note_key(r, &key) ||
            vs__json_next(json, &value, NULL) != VS_OK ||
            !read_member(r, r->keys[r->n - 1], &value, out))
            return damaged(r, "it has a member that cannot be");
    }
    if (vs__json_want(json, VS__JSON_END, &key, NULL) != VS_OK)
        return damaged(r, "something follows it");
    return r->n == members_of(&r->words) ? VS_OK
                                         : damaged(r, "a member is missing");
}

vs_status vs__initializer_parse(const char *spec, vs_initializer *out,
                                vs_error *err)
{
    struct reading r = {.text = spec, .err = err};
    uint8_t text[VS__SPEC_MAX];
    const size_t n = strlen(spec);
    vs_initializer init;
    struct vs__json json;
    vs_status st;

    if (n >= sizeof text)
        return damaged(&r, "it is longer than any");
    memcpy(text, spec, n + 1);
    vs__json_begin(&json, text, n, "initializer");
    if ((st = read_kind(&r, &json, &init)) != VS_OK ||
        (st = read_members(&r, &json, &init)) != VS_OK)
        return st;
    if (init.kind == VS_INIT_VALUE || init.kind == VS_INIT_LIST ||
        init.kind == VS_INIT_SOURCE)
        return vs__fail(err, VS_ERR_INITIALIZER,
                        "initializer '%.200s' cannot be run again: what it "
                        "was given is not stored",
                        spec);
    *out = init;
    return VS_OK;
}
