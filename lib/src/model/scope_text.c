/* scope_text.c - scopes told as text, and recalled in another context (Q4).
 *
 *     {"scope":"tower/layer1","reuse":"auto","dtype":"f32",
 *      "initializer":{"kind":"zeros"},"getters":["inner","outer"]}
 *
 * What cannot be told is left out: a value, a list, a source, a callback
 * without a name, and a rule that no call would take.
 */
#include "model/scope_text.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/json.h"
#include "model/context.h"
#include "model/path.h"
#include "rule/custom.h"
#include "rule/spec.h"

#define TEXT_MOST   (64 << 10) /* bytes of a scope told: more than can be */
#define GETTERS_MAX 16         /* that are told */
#define DEVICE_MAX  255        /* bytes */

struct vs__recalled {
    size_t refs; /* scopes */
    struct vs__spec initializer;
    struct vs__spec regularizer;
    struct vs__spec constraint;
    struct vs__spec partitioner;
    char getters[GETTERS_MAX][VS__CALLBACK_NAME_MAX + 1];
    char device[DEVICE_MAX + 1];
};

struct vs__recalled *vs__recalled_hold(struct vs__recalled *recalled)
{
    if (recalled != NULL)
        recalled->refs++;
    return recalled;
}

void vs__recalled_release(struct vs__recalled *recalled)
{
    if (recalled != NULL && --recalled->refs == 0)
        vs__free(recalled);
}

/* Telling. Statuses are those of the buffer. */

/* `,"key":` and a string, or a text that is JSON; nothing for "". */
static vs_status put_string(struct vs__buf *buf, const char *key,
                            const char *value)
{
    vs_status st;

    if (value[0] == '\0')
        return VS_OK;
    if ((st = vs__buf_add_text(buf, ",\"")) == VS_OK &&
        (st = vs__buf_add_text(buf, key)) == VS_OK &&
        (st = vs__buf_add_text(buf, "\":")) == VS_OK)
        st = vs__json_put(buf, value);
    return st;
}

static vs_status put_json(struct vs__buf *buf, const char *key,
                          const char *json)
{
    vs_status st;

    if (json[0] == '\0')
        return VS_OK;
    if ((st = vs__buf_add_text(buf, ",\"")) == VS_OK &&
        (st = vs__buf_add_text(buf, key)) == VS_OK &&
        (st = vs__buf_add_text(buf, "\":")) == VS_OK)
        st = vs__buf_add_text(buf, json);
    return st;
}

static vs_status put_rules(struct vs__buf *buf, const struct vs__defaults *d)
{
    char spec[VS__SPEC_MAX];
    vs_status st = VS_OK;

    if (vs__spec_tells_initializer(&d->initializer)) {
        vs__spec_of_initializer(&d->initializer, spec);
        st = put_json(buf, "initializer", spec);
    }
    if (st == VS_OK && vs__spec_tells_regularizer(&d->regularizer)) {
        vs__spec_of_regularizer(&d->regularizer, spec);
        st = put_json(buf, "regularizer", spec);
    }
    if (st == VS_OK && vs__spec_tells_constraint(&d->constraint)) {
        vs__spec_of_constraint(&d->constraint, spec);
        st = put_json(buf, "constraint", spec);
    }
    if (st == VS_OK && vs__spec_tells_partitioner(&d->partitioner)) {
        vs__spec_of_partitioner(&d->partitioner, spec);
        st = put_json(buf, "partitioner", spec);
    }
    return st;
}

static vs_status put_getters(struct vs__buf *buf, const struct vs__link *link)
{
    const char *before = ",\"getters\":[";
    vs_status st = VS_OK;
    int n = 0;

    for (; link != NULL && st == VS_OK; link = link->outer) {
        if (link->getter.name == NULL)
            continue;
        if ((st = vs__buf_add_text(buf, before)) == VS_OK)
            st = vs__json_put(buf, link->getter.name);
        before = ",";
        n++;
    }
    return st == VS_OK && n > 0 ? vs__buf_add_text(buf, "]") : st;
}

static vs_status tell(struct vs__buf *buf, const vs_scope *scope)
{
    static const char *const modes[] = {"none", "none", "true", "auto"};
    const struct vs__defaults *d = &scope->given;
    const char *device = d->caching_device != NULL ? d->caching_device : "";
    vs_status st;

    if ((st = vs__buf_add_text(buf, "{\"scope\":")) != VS_OK ||
        (st = vs__json_put(buf, scope->name)) != VS_OK ||
        (st = put_string(buf, "reuse", modes[d->reuse])) != VS_OK ||
        (st = put_string(buf, "dtype",
                         d->dtype != VS_DTYPE_NONE ? vs_dtype_name(d->dtype)
                                                   : "")) != VS_OK ||
        (st = put_rules(buf, d)) != VS_OK ||
        (st = put_getters(buf, d->getters)) != VS_OK ||
        (st = put_string(buf, "caching_device", device)) != VS_OK)
        return st;
    return vs__buf_add_text(buf, "}");
}

/* What is told can be recalled. */
static vs_status check_tellable(const vs_scope *scope)
{
    const char *device = vs_scope_caching_device(scope);
    int n = 0;

    for (const struct vs__link *link = scope->given.getters; link != NULL;
         link = link->outer)
        n += link->getter.name != NULL;
    if (n > GETTERS_MAX)
        return vs__fail(scope->ctx->words, VS_ERR_TOOBIG,
                        "scope '%.256s' has %d getters with names, at most %d "
                        "can be told",
                        scope->name, n, GETTERS_MAX);
    if (strlen(device) > DEVICE_MAX)
        return vs__fail(scope->ctx->words, VS_ERR_TOOBIG,
                        "scope '%.256s' has a caching device of %zu bytes, at "
                        "most %d can be told",
                        scope->name, strlen(device), DEVICE_MAX);
    return VS_OK;
}

vs_status vs_scope_describe(vs_scope *scope, const char **out)
{
    struct vs__buf buf;
    vs_status st = check_tellable(scope);

    if (st != VS_OK)
        return st;
    vs__buf_init(&buf, TEXT_MOST);
    if ((st = tell(&buf, scope)) == VS_OK) {
        vs__free(scope->told);
        *out = scope->told = vs__buf_take(&buf);
    }
    vs__buf_done(&buf);
    return st == VS_ERR_NOMEM ? vs__fail_nomem(scope->ctx->words) : st;
}

/* Recalling. A rule is taken from the text as it was given, since reading
 * JSON uses the text up. */

struct recalling {
    vs_context *ctx;
    const char *given;           /* the text */
    struct vs__json json;        /* over a copy of it */
    struct vs__recalled *memory; /* what the defaults borrow from */
    struct vs__defaults d;       /* so far, but for the getters */
    int n_getters;               /* names in memory->getters */
    bool named;                  /* the path was read */
    char path[VS_NAME_MAX + 1];
};

static vs_status refuse(struct recalling *r, const char *why)
{
    return vs__fail(r->ctx->words, VS_ERR_FORMAT, "a scope's text: %s", why);
}

/* The text of the value that comes next, which is skipped. */
static vs_status take_json(struct recalling *r, char out[VS__SPEC_MAX])
{
    const char *from = r->given + (r->json.at - r->json.begin);
    vs_status st = vs__json_skip(&r->json, r->ctx->words);
    const char *to = r->given + (r->json.at - r->json.begin);

    if (st != VS_OK)
        return st;
    from += strspn(from, ": \t\r\n"); /* to where the value begins */
    if ((size_t)(to - from) >= VS__SPEC_MAX)
        return refuse(r, "a rule is too long");
    memcpy(out, from, (size_t)(to - from));
    out[to - from] = '\0';
    return VS_OK;
}

static vs_status take_string(struct recalling *r, char *out, size_t cap)
{
    struct vs__json_token token;
    vs_status st =
        vs__json_want(&r->json, VS__JSON_STRING, &token, r->ctx->words);

    if (st != VS_OK)
        return st;
    if (token.n >= cap)
        return refuse(r, "a string is too long");
    memcpy(out, token.text, token.n + 1);
    return VS_OK;
}

static vs_status take_path(struct recalling *r, const char *key)
{
    vs_status st = take_string(r, r->path, sizeof r->path);

    (void)key;
    r->named = true;
    return st == VS_OK && r->path[0] != '\0'
               ? vs__path_check(r->path, r->ctx->words)
               : st;
}

static vs_status take_reuse(struct recalling *r, const char *key)
{
    char word[8];
    vs_status st = take_string(r, word, sizeof word);

    (void)key;
    if (st != VS_OK)
        return st;
    r->d.reuse = strcmp(word, "true") == 0   ? VS_REUSE_TRUE
                 : strcmp(word, "auto") == 0 ? VS_REUSE_AUTO
                                             : VS_REUSE_NONE;
    return r->d.reuse != VS_REUSE_NONE || strcmp(word, "none") == 0
               ? VS_OK
               : refuse(r, "a reuse mode that is none");
}

static vs_status take_dtype(struct recalling *r, const char *key)
{
    char word[16];
    vs_status st = take_string(r, word, sizeof word);

    (void)key;
    if (st != VS_OK)
        return st;
    return vs_dtype_parse(word, &r->d.dtype) == VS_OK
               ? VS_OK
               : refuse(r, "a dtype that is none");
}

/* A rule that cannot be told cannot be recalled: it could only fail later. */
static vs_status take_rule(struct recalling *r, const char *key)
{
    struct vs__recalled *m = r->memory;
    struct vs__defaults *d = &r->d;
    vs_error *err = r->ctx->words;
    char spec[VS__SPEC_MAX];
    bool can_be;
    vs_status st = take_json(r, spec);

    if (st != VS_OK)
        return st;
    if (strcmp(key, "initializer") == 0) {
        st = vs__spec_to_initializer(spec, &m->initializer, &d->initializer,
                                     err);
        can_be = vs__spec_tells_initializer(&d->initializer);
    } else if (strcmp(key, "partitioner") == 0) {
        st = vs__spec_to_partitioner(spec, &m->partitioner, &d->partitioner,
                                     err);
        can_be = vs__spec_tells_partitioner(&d->partitioner);
    } else if (strcmp(key, "regularizer") == 0) {
        st = vs__spec_to_regularizer(spec, &m->regularizer, &d->regularizer,
                                     err);
        can_be = vs__spec_tells_regularizer(&d->regularizer);
    } else {
        st = vs__spec_to_constraint(spec, &m->constraint, &d->constraint, err);
        can_be = vs__spec_tells_constraint(&d->constraint);
    }
    if (st == VS_OK && !can_be)
        return vs__fail(err, VS_ERR_MISUSE,
                        "a scope's text: no variable can have the %s %.200s",
                        key, spec);
    return st;
}

static vs_status take_getters(struct recalling *r, const char *key)
{
    struct vs__json_token token;
    vs_error *err = r->ctx->words;
    vs_status st = vs__json_want(&r->json, VS__JSON_ARRAY, &token, err);

    (void)key;
    while (st == VS_OK &&
           (st = vs__json_next(&r->json, &token, err)) == VS_OK &&
           token.kind == VS__JSON_STRING) {
        if (r->n_getters == GETTERS_MAX)
            return refuse(r, "too many getters");
        st = vs__callback_name_check("getter", token.text, err);
        if (st == VS_OK)
            memcpy(r->memory->getters[r->n_getters++], token.text, token.n + 1);
    }
    return st == VS_OK && token.kind != VS__JSON_ARRAY_END
               ? refuse(r, "a getter that is no name")
               : st;
}

static vs_status take_device(struct recalling *r, const char *key)
{
    vs_status st = take_string(r, r->memory->device, sizeof r->memory->device);

    (void)key;
    r->d.caching_device = r->memory->device;
    return st;
}

static const struct member {
    const char *key;
    vs_status (*take)(struct recalling *r, const char *key);
} members[] = {
    {"scope", take_path},
    {"reuse", take_reuse},
    {"dtype", take_dtype},
    {"initializer", take_rule},
    {"regularizer", take_rule},
    {"constraint", take_rule},
    {"partitioner", take_rule},
    {"getters", take_getters},
    {"caching_device", take_device},
};

static vs_status take_member(struct recalling *r, const char *key)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (strcmp(members[i].key, key) == 0)
            return members[i].take(r, members[i].key);
    return vs__fail(r->ctx->words, VS_ERR_UNSUPPORTED,
                    "a scope's text: '%.100s' is not known to this library",
                    key);
}

static vs_status take_all(struct recalling *r)
{
    vs_error *err = r->ctx->words;
    struct vs__json_token token;
    vs_status st = vs__json_want(&r->json, VS__JSON_OBJECT, &token, err);

    while (st == VS_OK &&
           (st = vs__json_next(&r->json, &token, err)) == VS_OK &&
           token.kind == VS__JSON_KEY)
        st = take_member(r, token.text);
    if (st == VS_OK)
        st = vs__json_want(&r->json, VS__JSON_END, &token, err);
    return st == VS_OK && !r->named ? refuse(r, "no scope in it") : st;
}

/* The getters, outermost first. False: no memory. */
static bool link_getters(struct recalling *r)
{
    for (int i = r->n_getters - 1; i >= 0; i--) {
        const vs_getter getter = {NULL, NULL, r->memory->getters[i]};
        struct vs__link *link = vs__link_make(&getter, r->d.getters);

        vs__link_release(r->d.getters);
        r->d.getters = link;
        if (link == NULL)
            return false;
    }
    return true;
}

static vs_status recall(struct recalling *r, char *copy, vs_scope **out)
{
    vs_scope *scope;
    vs_status st;

    vs__json_begin(&r->json, (uint8_t *)copy, strlen(copy), "a scope's text");
    if ((st = take_all(r)) != VS_OK)
        return st;
    if (!link_getters(r) || (scope = vs__scope_make(r->ctx, r->path)) == NULL) {
        vs__link_release(r->d.getters);
        return vs__fail_nomem(r->ctx->words);
    }
    if (r->ctx->eager)
        r->d.reuse = VS_REUSE_AUTO;
    scope->given = r->d;
    scope->memory = vs__recalled_hold(r->memory);
    *out = vs_scope_capture(scope);
    return VS_OK;
}

vs_status vs_scope_recall(vs_context *ctx, const char *text, vs_scope **out)
{
    struct recalling r;
    char *copy;
    vs_status st;

    memset(&r, 0, sizeof r);
    r.ctx = ctx;
    r.given = text;
    r.d.reuse = VS_REUSE_NONE;
    if (text == NULL || strlen(text) > TEXT_MOST)
        return refuse(&r, text == NULL ? "there is none" : "it is too long");
    copy = vs__alloc(strlen(text) + 1);
    r.memory = vs__calloc(1, sizeof *r.memory);
    if (copy == NULL || r.memory == NULL) {
        vs__free(copy);
        vs__free(r.memory);
        return vs__fail_nomem(ctx->words);
    }
    r.memory->refs = 1;
    memcpy(copy, text, strlen(text) + 1);
    st = recall(&r, copy, out);
    vs__recalled_release(r.memory);
    vs__free(copy);
    return st;
}
