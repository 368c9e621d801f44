/* outlet.c - see outlet.h. */
#include "service/outlet.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "varstore/checkpoint.h"

struct vs__outlet_format {
    const char *name;   /* as options say it */
    const char *ending; /* of a path */
    vs_status (*begin)(struct vs__outlet *outlet, struct vs__output *output,
                       vs_error *err);
    /* Holding `i` comes next; NULL: nothing is to be done then. */
    vs_status (*next)(struct vs__outlet *outlet, size_t i, vs_error *err);
    vs_status (*append)(struct vs__outlet *outlet, const void *elements,
                        int64_t n, vs_error *err);
    vs_status (*end)(struct vs__outlet *outlet, vs_error *err);
};

static vs_status list_tensors(struct vs__outlet *outlet, vs_error *err)
{
    const struct vs__inventory *in = outlet->inventory;

    outlet->tensors = vs__calloc(in->n, sizeof *outlet->tensors);
    if (outlet->tensors == NULL)
        return vs__fail_nomem(err);
    for (size_t i = 0; i < in->n; i++) {
        outlet->tensors[i].name = in->holdings[i].name;
        outlet->tensors[i].dtype = in->holdings[i].kind.dtype;
        outlet->tensors[i].shape = in->holdings[i].kind.shape;
    }
    return VS_OK;
}

/* Writes key and value of one pair, each with its NUL. */
static vs_status put_pair(struct vs__outlet *outlet, const char *key,
                          const char *value)
{
    vs_status st = vs__buf_add(&outlet->text, key, strlen(key) + 1);

    if (st == VS_OK)
        st = vs__buf_add(&outlet->text, value, strlen(value) + 1);
    outlet->n_pairs++;
    return st;
}

static vs_status put_number(struct vs__outlet *outlet, const char *key,
                            int64_t number)
{
    char value[24];

    (void)snprintf(value, sizeof value, "%" PRId64, number);
    return put_pair(outlet, key, value);
}

/* Room for the digest of each tensor, which is known when it has been written. */
static vs_status put_proofs(struct vs__outlet *outlet)
{
    const struct vs__inventory *in = outlet->inventory;
    vs_status st = VS_OK;

    outlet->first_proof = outlet->n_pairs;
    for (size_t i = 0; i < in->n && st == VS_OK; i++) {
        char key[sizeof VS__PROOF_KEY + VS_NAME_MAX];

        (void)snprintf(key, sizeof key, VS__PROOF_KEY "%s",
                       in->holdings[i].name);
        st = put_pair(outlet, key, "00000000000000000000000000000000");
    }
    return st;
}

/* Writes all pairs, in order of their keys. "format" is what loaders of
 * PyTorch's world ask for: plain row-major tensors. */
static vs_status put_pairs(struct vs__outlet *outlet)
{
    const struct vs__inventory *in = outlet->inventory;
    vs_status st = put_pair(outlet, "format", "pt");

    for (size_t i = 0; i < in->n_ties && st == VS_OK; i++) {
        char key[sizeof "varstore.alias." + VS_NAME_MAX];

        (void)snprintf(key, sizeof key, "varstore.alias.%s", in->ties[i].name);
        st = put_pair(outlet, key, in->ties[i].target);
    }
    if (st == VS_OK && in->checkpoint != 0)
        st = put_number(outlet, "varstore.checkpoint", in->checkpoint);
    if (st == VS_OK)
        st = put_proofs(outlet);
    if (st == VS_OK && in->step != VS_NO_STEP)
        st = put_number(outlet, "varstore.step", in->step);
    return st;
}

static vs_status list_pairs(struct vs__outlet *outlet, vs_error *err)
{
    const char *text;
    vs_status st;

    vs__buf_init(&outlet->text, SIZE_MAX / 2);
    st = put_pairs(outlet);
    if (st == VS_OK) {
        outlet->pairs = vs__calloc(outlet->n_pairs, sizeof *outlet->pairs);
        if (outlet->pairs == NULL)
            st = VS_ERR_NOMEM;
    }
    if (st != VS_OK)
        return vs__fail_nomem(err);
    text = vs__buf_text(&outlet->text);
    for (size_t i = 0; i < outlet->n_pairs; i++) {
        outlet->pairs[i].key = text;
        text += strlen(text) + 1;
        outlet->pairs[i].value = text;
        text += strlen(text) + 1;
    }
    return VS_OK;
}

static vs_status begin_safetensors(struct vs__outlet *outlet,
                                   struct vs__output *output, vs_error *err)
{
    vs_status st;

    if ((st = list_tensors(outlet, err)) != VS_OK ||
        (st = list_pairs(outlet, err)) != VS_OK)
        return st;
    return vs__safetensors_begin(&outlet->safetensors, output, outlet->tensors,
                                 outlet->inventory->n, outlet->pairs,
                                 outlet->n_pairs, err);
}

/* Puts the digest of what has been written into its pair, whose text has room
 * for it. */
static void keep_proof(struct vs__outlet *outlet)
{
    const char *value =
        outlet->pairs[outlet->first_proof + outlet->proved].value;
    char text[VS__PROOF_TEXT];

    if (outlet->proof.digester == NULL)
        return; /* the first one is about to begin, or there is none */
    vs__proof_text(&outlet->proof, text);
    memcpy(outlet->text.data + (value - vs__buf_text(&outlet->text)), text,
           VS__PROOF_TEXT - 1);
}

static vs_status next_safetensors(struct vs__outlet *outlet, size_t i,
                                  vs_error *err)
{
    const struct vs__holding *h = &outlet->inventory->holdings[i];

    keep_proof(outlet);
    outlet->proved = i;
    return vs__proof_begin(&outlet->proof, h->kind.dtype, &h->kind.shape, err);
}

static vs_status append_safetensors(struct vs__outlet *outlet,
                                    const void *elements, int64_t n,
                                    vs_error *err)
{
    vs__proof_add(&outlet->proof, elements, n);
    return vs__safetensors_append(&outlet->safetensors, elements, n, err);
}

static vs_status end_safetensors(struct vs__outlet *outlet, vs_error *err)
{
    vs_status st = vs__safetensors_end(&outlet->safetensors, err);

    if (st != VS_OK)
        return st;
    keep_proof(outlet);
    return vs__safetensors_amend(&outlet->safetensors, outlet->pairs,
                                 outlet->n_pairs, err);
}

static vs_status begin_npy(struct vs__outlet *outlet, struct vs__output *output,
                           vs_error *err)
{
    const struct vs__holding *h = &outlet->inventory->holdings[0];

    if (outlet->inventory->n != 1)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%zu variables, but an .npy file holds one",
                        outlet->inventory->n);
    return vs__npy_begin(&outlet->npy, output, h->kind.dtype, &h->kind.shape,
                         err);
}

static vs_status append_npy(struct vs__outlet *outlet, const void *elements,
                            int64_t n, vs_error *err)
{
    return vs__npy_append(&outlet->npy, elements, n, err);
}

static vs_status end_npy(struct vs__outlet *outlet, vs_error *err)
{
    return vs__npy_end(&outlet->npy, err);
}

static const struct vs__outlet_format formats[] = {
    {"safetensors", ".safetensors", begin_safetensors, next_safetensors,
     append_safetensors, end_safetensors},
    {"npy", ".npy", begin_npy, NULL, append_npy, end_npy},
};

static bool ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path);
    const size_t k = strlen(ending);

    return n >= k && strcmp(path + n - k, ending) == 0;
}

vs_status vs__outlet_choose(struct vs__outlet *outlet, const char *name,
                            const char *path, vs_error *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (name != NULL ? strcmp(formats[i].name, name) == 0
                         : ends_in(path, formats[i].ending)) {
            outlet->format = &formats[i];
            return VS_OK;
        }
    }
    if (name != NULL)
        (void)vs__fail(err, VS_ERR_UNSUPPORTED,
                       "format '%.80s' cannot be written", name);
    else
        (void)vs__fail(err, VS_ERR_UNSUPPORTED,
                       "'%.400s': its ending tells no format", path);
    vs__hint(err, "known are safetensors (.safetensors) and npy (.npy)");
    return VS_ERR_UNSUPPORTED;
}

vs_status vs__outlet_begin(struct vs__outlet *outlet, struct vs__output *output,
                           const struct vs__inventory *inventory, vs_error *err)
{
    outlet->inventory = inventory;
    return outlet->format->begin(outlet, output, err);
}

vs_status vs__outlet_next(struct vs__outlet *outlet, size_t *i, vs_error *err)
{
    const size_t *order = outlet->safetensors.order; /* NULL: as listed */

    if (outlet->next == outlet->inventory->n)
        return VS_DONE;
    *i = order != NULL ? order[outlet->next] : outlet->next;
    outlet->next++;
    return outlet->format->next != NULL ? outlet->format->next(outlet, *i, err)
                                        : VS_OK;
}

vs_status vs__outlet_append(struct vs__outlet *outlet, const void *elements,
                            int64_t n, vs_error *err)
{
    return outlet->format->append(outlet, elements, n, err);
}

vs_status vs__outlet_end(struct vs__outlet *outlet, vs_error *err)
{
    return outlet->format->end(outlet, err);
}

void vs__outlet_done(struct vs__outlet *outlet)
{
    vs__safetensors_done(&outlet->safetensors);
    vs__proof_done(&outlet->proof);
    vs__free(outlet->tensors);
    vs__free(outlet->pairs);
    vs__free(outlet->text.data);
    memset(outlet, 0, sizeof *outlet);
}
