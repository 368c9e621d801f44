/* safetensors_write.c - the header first, then the elements in its order. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/endian.h"
#include "base/fail.h"
#include "format/emit.h"
#include "base/json.h"
#include "format/safetensors.h"
#include "base/utf8.h"
#include "tensor/shape.h"

#define LENGTH_BYTES 8
#define ALIGNMENT    8 /* of the data, as the reference writer has it */

static vs_status check_tensor(const struct vs__outgoing *t, vs_error *err)
{
    const size_t n = strlen(t->name);

    if (!vs__utf8_valid((const uint8_t *)t->name, n))
        return vs__fail(err, VS_ERR_NAME, "tensor '%.200s': is not UTF-8",
                        t->name);
    if (strcmp(t->name, VS__SAFETENSORS_METADATA) == 0)
        return vs__fail(err, VS_ERR_UNSUPPORTED,
                        "tensor '%s': safetensors keeps this name to itself",
                        t->name);
    if (vs__safetensors_dtype_name(t->dtype) == NULL)
        return vs__fail(err, VS_ERR_UNSUPPORTED,
                        "tensor '%.200s': safetensors has no dtype %s", t->name,
                        vs_dtype_name(t->dtype));
    return vs__shape_check(&t->shape, t->dtype, true, t->name, err);
}

/* For sorting: a tensor and its place among those given. */
struct placed {
    const struct vs__outgoing *tensor;
    size_t index;
    int rank; /* of its dtype */
};

static int compare_names(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;

    return strcmp(x->tensor->name, y->tensor->name);
}

static int compare_order(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;

    return x->rank != y->rank ? (x->rank < y->rank) - (x->rank > y->rank)
                              : compare_names(a, b);
}

/* Checks the tensors and sorts their indices into `order`. */
static vs_status put_in_order(const struct vs__outgoing *tensors, size_t n,
                              size_t *order, vs_error *err)
{
    struct placed *list = vs__calloc(n, sizeof *list);
    vs_status st = VS_OK;

    if (list == NULL)
        return vs__fail_nomem(err);
    for (size_t i = 0; st == VS_OK && i < n; i++) {
        list[i].tensor = &tensors[i];
        list[i].index = i;
        list[i].rank = vs__safetensors_dtype_rank(tensors[i].dtype);
        st = check_tensor(&tensors[i], err);
    }
    if (st != VS_OK)
        goto out;
    qsort(list, n, sizeof *list, compare_names);
    for (size_t i = 1; i < n; i++) {
        if (compare_names(&list[i - 1], &list[i]) == 0) {
            st = vs__fail(err, VS_ERR_MISUSE, "tensor '%.200s' is given twice",
                          list[i].tensor->name);
            goto out;
        }
    }
    qsort(list, n, sizeof *list, compare_order);
    for (size_t i = 0; i < n; i++)
        order[i] = list[i].index;
out:
    vs__free(list);
    return st;
}

static vs_status put_metadata(struct vs__buf *buf, const struct vs__pair *pairs,
                              size_t n)
{
    vs_status st = vs__buf_add_text(buf, "\"" VS__SAFETENSORS_METADATA "\":{");

    for (size_t i = 0; st == VS_OK && i < n; i++) {
        if ((i == 0 || (st = vs__buf_add_text(buf, ",")) == VS_OK) &&
            (st = vs__json_put(buf, pairs[i].key)) == VS_OK &&
            (st = vs__buf_add_text(buf, ":")) == VS_OK)
            st = vs__json_put(buf, pairs[i].value);
    }
    return st == VS_OK ? vs__buf_add_text(buf, "}") : st;
}

static vs_status put_tensor(struct vs__buf *buf, const struct vs__outgoing *t,
                            int64_t begin, int64_t end)
{
    vs_status st = vs__json_put(buf, t->name);

    if (st == VS_OK)
        st = vs__buf_printf(buf, ":{\"dtype\":\"%s\",\"shape\":[",
                            vs__safetensors_dtype_name(t->dtype));
    for (int i = 0; st == VS_OK && i < t->shape.rank; i++)
        st = vs__buf_printf(buf, "%s%" PRId64, i > 0 ? "," : "",
                            t->shape.dims[i]);
    if (st == VS_OK)
        st = vs__buf_printf(
            buf, "],\"data_offsets\":[%" PRId64 ",%" PRId64 "]}", begin, end);
    return st;
}

/* The header's JSON, padded with blanks. Codes only: the caller has words. */
static vs_status put_header(const struct vs__safetensors_writer *w,
                            const struct vs__pair *pairs, size_t n_pairs,
                            struct vs__buf *buf)
{
    int64_t at = 0;
    vs_status st = vs__buf_add_text(buf, "{");

    if (st == VS_OK && n_pairs > 0)
        st = put_metadata(buf, pairs, n_pairs);
    for (size_t k = 0; st == VS_OK && k < w->n; k++) {
        const struct vs__outgoing *t = &w->tensors[w->order[k]];
        const int64_t bytes =
            vs__shape_count(&t->shape) * (int64_t)vs_dtype_size(t->dtype);
        int64_t end;

        if (!vs__add_i64(at, bytes, &end))
            return VS_ERR_TOOBIG;
        if (k > 0 || n_pairs > 0)
            st = vs__buf_add_text(buf, ",");
        if (st == VS_OK)
            st = put_tensor(buf, t, at, end);
        at = end;
    }
    if (st == VS_OK)
        st = vs__buf_add_text(buf, "}");
    while (st == VS_OK && buf->len % ALIGNMENT != 0)
        st = vs__buf_add_text(buf, " ");
    return st;
}

/* Makes the header in an empty buffer, which the caller frees. */
static vs_status make_header(const struct vs__safetensors_writer *w,
                             const struct vs__pair *pairs, size_t n_pairs,
                             struct vs__buf *buf, vs_error *err)
{
    vs_status st;

    vs__buf_init(buf, VS__SAFETENSORS_MAX_HEADER);
    st = put_header(w, pairs, n_pairs, buf);
    if (st == VS_OK)
        return VS_OK;
    if (st == VS_ERR_NOMEM)
        return vs__fail_nomem(err);
    return vs__fail(err, VS_ERR_TOOBIG,
                    "%zu tensors need a safetensors header above its limit "
                    "of %d bytes, or hold more than 2^63",
                    w->n, VS__SAFETENSORS_MAX_HEADER);
}

static vs_status write_header(const struct vs__safetensors_writer *w,
                              const struct vs__pair *pairs, size_t n_pairs,
                              vs_error *err)
{
    struct vs__buf buf;
    uint8_t length[LENGTH_BYTES];
    vs_status st = make_header(w, pairs, n_pairs, &buf, err);

    if (st == VS_OK) {
        vs__store64(length, buf.len);
        st = vs__output_append(w->output, length, sizeof length, err);
    }
    if (st == VS_OK)
        st = vs__output_append(w->output, buf.data, buf.len, err);
    vs__buf_done(&buf);
    return st;
}

/* Sets `left` for the k-th tensor, past those that have no elements. */
static void settle(struct vs__safetensors_writer *w)
{
    for (w->left = 0; w->k < w->n; w->k++) {
        w->left = vs__shape_count(&w->tensors[w->order[w->k]].shape);
        if (w->left > 0)
            break;
    }
}

vs_status vs__safetensors_begin(struct vs__safetensors_writer *w,
                                struct vs__output *output,
                                const struct vs__outgoing *tensors, size_t n,
                                const struct vs__pair *pairs, size_t n_pairs,
                                vs_error *err)
{
    vs_status st;

    memset(w, 0, sizeof *w);
    w->order = vs__calloc(n, sizeof *w->order);
    if (w->order == NULL)
        return vs__fail_nomem(err);
    w->output = output;
    w->tensors = tensors;
    w->n = n;
    if ((st = put_in_order(tensors, n, w->order, err)) == VS_OK &&
        (st = write_header(w, pairs, n_pairs, err)) == VS_OK)
        settle(w);
    return st;
}

vs_status vs__safetensors_append(struct vs__safetensors_writer *w,
                                 const void *elements, int64_t n, vs_error *err)
{
    const struct vs__outgoing *t;
    vs_status st;

    if (n == 0)
        return VS_OK;
    if (w->k == w->n || n > w->left)
        return vs__fail(
            err, VS_ERR_MISUSE,
            "tensor '%.200s': %" PRId64 " elements come, %" PRId64 " are left",
            w->k < w->n ? w->tensors[w->order[w->k]].name : "", n, w->left);
    t = &w->tensors[w->order[w->k]];
    st = vs__emit(w->output, t->dtype, elements, n, err);
    if (st != VS_OK)
        return st;
    w->left -= n;
    if (w->left == 0) {
        w->k++;
        settle(w);
    }
    return VS_OK;
}

vs_status vs__safetensors_end(const struct vs__safetensors_writer *w,
                              vs_error *err)
{
    if (w->k == w->n)
        return VS_OK;
    return vs__fail(err, VS_ERR_MISUSE,
                    "tensor '%.200s': %" PRId64 " elements have not come",
                    w->tensors[w->order[w->k]].name, w->left);
}

vs_status vs__safetensors_amend(const struct vs__safetensors_writer *w,
                                const struct vs__pair *pairs, size_t n_pairs,
                                vs_error *err)
{
    struct vs__buf buf;
    vs_status st = make_header(w, pairs, n_pairs, &buf, err);

    if (st == VS_OK)
        st = vs__output_amend(w->output, LENGTH_BYTES, buf.data, buf.len, err);
    vs__buf_done(&buf);
    return st;
}

void vs__safetensors_done(struct vs__safetensors_writer *w)
{
    vs__free(w->order);
    memset(w, 0, sizeof *w);
}
