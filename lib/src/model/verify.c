/* verify.c - see verify.h. */
#include "model/verify.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "rule/constrain.h"
#include "rule/regularize.h"
#include "rule/spec.h"

/* `has` and `wants` are what differs, in words. */
static vs_status differ(const vs_getting *getting, const char *what,
                        const char *has, const char *wants)
{
    const vs_context_options *options = &getting->context->options;
    vs_error why;

    (void)vs__fail(&why, VS_ERR_DIFFERS,
                   "variable %.200s was made with %s %.120s, the call that "
                   "fetches it says %.120s",
                   getting->name, what, has, wants);
    if (options->warn != NULL)
        options->warn(why.message, options->data);
    if (!options->verify)
        return VS_OK;
    *getting->context->words = why;
    vs__hint(getting->context->words, "a fetch changes nothing: say what the "
                                      "variable has, or nothing");
    return VS_ERR_DIFFERS;
}

static bool lists(const char *const *keys, const char *key)
{
    for (; *keys != NULL; keys++)
        if (strcmp(*keys, key) == 0)
            return true;
    return false;
}

/* Those that the call names must be the variable's, but for the two that come
 * by themselves. */
static vs_status check_collections(const vs_getting *getting, vs_variable *v)
{
    const char *const *want = getting->spec.collections;
    const char *const *have;
    vs_status st = vs_variable_collections(v, &have);

    if (st != VS_OK)
        return st;
    for (size_t i = 0; want[i] != NULL; i++)
        if (!lists(have, want[i]))
            return differ(getting, "collections", "without", want[i]);
    for (size_t i = 0; have[i] != NULL; i++)
        if (!lists(want, have[i]) &&
            strcmp(have[i], VS_TRAINABLE_VARIABLES) != 0 &&
            strcmp(have[i], VS_REGULARIZATION_LOSSES) != 0)
            return differ(getting, "collections", have[i], "nothing of it");
    return VS_OK;
}

static const char *or_none(const char *spec)
{
    return spec[0] != '\0' ? spec : "{\"kind\":\"none\"}";
}

static vs_status check_rules(const vs_getting *getting, vs_variable *v)
{
    vs_error *words = getting->context->words;
    const char *regularizer;
    const char *constraint;
    char want[VS__SPEC_MAX];
    vs_status st;

    if ((st = vs__regularizer_check(&getting->spec.regularizer, words)) !=
            VS_OK ||
        (st = vs__constraint_check(&getting->spec.constraint, words)) !=
            VS_OK ||
        (st = vs_variable_rules(v, &regularizer, &constraint)) != VS_OK)
        return st;
    vs__spec_of_regularizer(&getting->spec.regularizer, want);
    if (want[0] != '\0' && strcmp(want, or_none(regularizer)) != 0 &&
        (st = differ(getting, "regularizer", or_none(regularizer), want)) !=
            VS_OK)
        return st;
    vs__spec_of_constraint(&getting->spec.constraint, want);
    return want[0] != '\0' && strcmp(want, or_none(constraint)) != 0
               ? differ(getting, "constraint", or_none(constraint), want)
               : VS_OK;
}

vs_status vs__verify_fetch(const vs_getting *getting, vs_variable *v)
{
    const vs_variable_spec *spec = &getting->spec;
    const bool trainable = vs_variable_trainable(v);
    vs_status st = VS_OK;

    if (!getting->context->options.verify &&
        getting->context->options.warn == NULL)
        return VS_OK;
    if (spec->trainable != VS_UNSET && (spec->trainable == VS_YES) != trainable)
        st = differ(getting, "trainable", trainable ? "yes" : "no",
                    trainable ? "no" : "yes");
    if (st == VS_OK && spec->collections != NULL)
        st = check_collections(getting, v);
    if (st == VS_OK && (spec->regularizer.kind != VS_REGULARIZER_DEFAULT ||
                        spec->constraint.kind != VS_CONSTRAINT_DEFAULT))
        st = check_rules(getting, v);
    return st;
}
