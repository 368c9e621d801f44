/* import.c - tensors of a foreign file into variables, all or none.
 *
 * Every name, dtype and shape is compared with the rules before the first
 * value is read; then tensors stream in one after the other, a few chunks at a
 * time, inside one write transaction.
 */
#include "varstore/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/options.h"
#include "model/catalog.h"
#include "model/handle.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/vacant.h"
#include "service/foreign.h"
#include "service/meter.h"
#include "service/subset.h"
#include "varstore/file.h"

struct item {
    const vs_file_entry *entry; /* in the file */
    size_t index;               /* of the entry */
    char *path;                 /* where it goes; owned */
    int64_t variable;           /* that is there now; 0: none */
    const char *digest;         /* that the file gives it; NULL: none */
};

struct import {
    vs_store *store;           /* borrowed */
    const char *path;          /* of the file; borrowed */
    vs_import_options options; /* as given, padded */
    struct vs__subset subset;  /* its scope, without a slash at the end */
    vs_file *file;             /* owned */
    struct item *items;        /* n of them; owned */
    size_t n;                  /* tensors listed so far, in the end all */
    struct vs__meter meter;    /* of raw bytes read */
    struct vs__proof proof;    /* of the tensor being read */
    vs_transfer_report report; /* so far */
};

static void done(struct import *im)
{
    for (size_t i = 0; i < im->n; i++)
        vs__free(im->items[i].path);
    vs__free(im->items);
    vs__proof_done(&im->proof);
    vs_file_close(im->file);
}

static vs_status check_options(const struct import *im)
{
    vs_error *err = vs__store_words(im->store);
    const vs_import_options *o = &im->options;

    if ((int)o->reuse < VS_REUSE_INHERIT || o->reuse > VS_REUSE_AUTO)
        return vs__fail(err, VS_ERR_MISUSE, "reuse mode %d, want %d to %d",
                        (int)o->reuse, (int)VS_REUSE_INHERIT,
                        (int)VS_REUSE_AUTO);
    return VS_OK;
}

/* Gives a tensor its name here. */
static vs_status name_item(struct import *im, struct item *item)
{
    vs_error *err = vs__store_words(im->store);
    const char separator = im->options.separator;
    char *name = vs__strdup(item->entry->name);
    char path[VS_NAME_MAX + 1];
    vs_error why;
    vs_status st = VS_OK;

    if (name == NULL)
        return vs__fail_nomem(err);
    for (char *p = name; *p != '\0' && separator != '\0'; p++)
        if (*p == separator)
            *p = '/';
    if (vs__path_join(im->subset.scope, name, path, &why) != VS_OK) {
        st = vs__fail(err, VS_ERR_NAME, "tensor '%.200s': %.300s",
                      item->entry->name, why.message);
        vs__hint(err, "a separator can be given: one character of the names "
                      "in the file that becomes '/'");
    } else if ((item->path = vs__strdup(path)) == NULL) {
        st = vs__fail_nomem(err);
    }
    vs__free(name);
    return st;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->path,
                  ((const struct item *)b)->path);
}

static int compare_variables(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;

    return (x->variable > y->variable) - (x->variable < y->variable);
}

static int compare_indices(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;

    return (x->index > y->index) - (x->index < y->index);
}

/* Two tensors cannot go to one place. Leaves the items in order of paths. */
static vs_status check_distinct(struct import *im)
{
    qsort(im->items, im->n, sizeof *im->items, compare_paths);
    for (size_t i = 1; i < im->n; i++) {
        const struct item *a = &im->items[i - 1];
        const struct item *b = &im->items[i];

        if (strcmp(a->path, b->path) == 0)
            return vs__fail(vs__store_words(im->store), VS_ERR_NAME,
                            "tensors '%.180s' and '%.180s' would both be "
                            "variable %.180s",
                            a->entry->name, b->entry->name, a->path);
    }
    return VS_OK;
}

static vs_status fail_proof(struct import *im, const struct item *item,
                            const char *words)
{
    vs_error *err = vs__store_words(im->store);
    const char *slash = strrchr(im->path, '/');

    (void)vs__fail(err, VS_ERR_CORRUPT, "file '%.128s': tensor '%.200s' %s",
                   slash != NULL ? slash + 1 : im->path, item->entry->name,
                   words);
    vs__hint(err, "the file is damaged; or a program has changed it and kept "
                  "its metadata: then import it unverified");
    return VS_ERR_CORRUPT;
}

/* Finds the digests in the file's metadata. Both lists are in order of names.
 * If there are any, a tensor without one is not as it was exported. */
static vs_status find_digests(struct import *im)
{
    const size_t prefix = sizeof VS__PROOF_KEY - 1;
    const char *key = NULL;
    const char *value = NULL;
    bool any = false;
    size_t k = 0; /* items before it have had their turn */

    for (size_t i = 0; vs_file_metadata(im->file, i, &key, &value) == VS_OK;
         i++) {
        if (strncmp(key, VS__PROOF_KEY, prefix) != 0)
            continue;
        any = true;
        while (k < im->n && strcmp(im->items[k].entry->name, key + prefix) < 0)
            k++;
        if (k < im->n && strcmp(im->items[k].entry->name, key + prefix) == 0)
            im->items[k].digest = value;
    }
    for (size_t i = 0; any && i < im->n; i++)
        if (im->items[i].digest == NULL)
            return fail_proof(im, &im->items[i], "has no digest, others have");
    return VS_OK;
}

/* Reads the file's header and finds a name for each tensor. */
static vs_status open_file(struct import *im)
{
    vs_error *err = vs__store_words(im->store);
    size_t n;
    vs_status st;

    if ((st = vs__foreign_refuse_own(im->store, im->path, "import")) != VS_OK ||
        (st = vs_file_open(im->path, &im->file, err)) != VS_OK)
        return st;
    n = vs_file_count(im->file);
    im->items = vs__calloc(n, sizeof *im->items);
    if (im->items == NULL)
        return vs__fail_nomem(err);
    for (; im->n < n; im->n++) {
        im->items[im->n].index = im->n;
        im->items[im->n].entry = vs_file_get(im->file, im->n);
        im->meter.total += im->items[im->n].entry->n_bytes;
    }
    if (!im->options.unverified)
        st = find_digests(im);
    for (size_t i = 0; i < n && st == VS_OK; i++)
        st = name_item(im, &im->items[i]);
    return st == VS_OK ? check_distinct(im) : st;
}

/* What is there must be able to take the tensor's value. */
static vs_status check_type(struct import *im, const struct item *item,
                            const vs_variable *v)
{
    const vs_file_entry *e = item->entry;
    char have[VS_SHAPE_TEXT_MAX];
    char want[VS_SHAPE_TEXT_MAX];

    if (v->kind.dtype == e->dtype && vs_shape_equal(&v->kind.shape, &e->shape))
        return VS_OK;
    return vs__fail(vs__store_words(im->store),
                    v->kind.dtype != e->dtype ? VS_ERR_DTYPE : VS_ERR_SHAPE,
                    "variable %.180s: have %s%s, tensor '%.180s' is %s%s",
                    item->path, vs_dtype_name(v->kind.dtype),
                    vs_shape_text(&v->kind.shape, have), e->name,
                    vs_dtype_name(e->dtype), vs_shape_text(&e->shape, want));
}

/* A part gets its value from its own tensor or from that of the whole, which its
 * first name tells. */
static vs_status check_part(const struct import *im, const struct item *item,
                            vs_variable *v)
{
    char path[VS_NAME_MAX + 1];
    const struct item whole = {.path = path};
    const vs_variable_info *info = NULL;
    const char *name;
    size_t n = 0;
    vs_status st;

    if (v->ordinal < 0)
        return VS_OK;
    if ((st = vs_variable_describe(v, &info)) != VS_OK)
        return st;
    name = info->alias_of != NULL ? info->alias_of : item->path;
    if (vs__part_ordinal(name, &n) < 0)
        return VS_OK;
    memcpy(path, name, n);
    path[n] = '\0';
    if (bsearch(&whole, im->items, im->n, sizeof *im->items, compare_paths) ==
        NULL)
        return VS_OK;
    return vs__fail(vs__store_words(im->store), VS_ERR_NAME,
                    "tensor '%.180s' would be a part of variable %.180s, which "
                    "another tensor would be",
                    item->entry->name, path);
}

/* Applies the reuse rule to one tensor; the items are in order of paths. */
static vs_status check_item(struct import *im, struct item *item)
{
    vs_error *err = vs__store_words(im->store);
    const vs_reuse reuse = im->options.reuse;
    vs_variable *v = NULL;
    vs_status st = vs__variable_get(im->store, 0, item->path, &v);

    if (st == VS_ERR_NOTFOUND && reuse != VS_REUSE_TRUE) {
        vs__clear(err);
        return VS_OK;
    }
    if (st == VS_ERR_NOTFOUND)
        vs__hint(err, "VS_REUSE_AUTO creates what is not there yet");
    if (st != VS_OK)
        return st;
    if (reuse != VS_REUSE_TRUE && reuse != VS_REUSE_AUTO) {
        st = vs__name_vacant(im->store, item->path); /* it is not */
        vs__hint(err, "VS_REUSE_AUTO overwrites its value; a scope keeps the "
                      "names of the file apart");
    } else if ((st = check_type(im, item, v)) == VS_OK) {
        item->variable = v->kind.variable;
        st = check_part(im, item, v);
    }
    vs_variable_free(v);
    return st;
}

/* Two names here can lead to one variable, which has one value. */
static vs_status check_aliases(struct import *im)
{
    vs_status st = VS_OK;

    qsort(im->items, im->n, sizeof *im->items, compare_variables);
    for (size_t i = 1; i < im->n && st == VS_OK; i++) {
        const struct item *a = &im->items[i - 1];
        const struct item *b = &im->items[i];

        if (a->variable != 0 && a->variable == b->variable)
            st = vs__fail(vs__store_words(im->store), VS_ERR_NAME,
                          "tensors '%.180s' and '%.180s' would both be the "
                          "variable %.180s, which has two names",
                          a->entry->name, b->entry->name, a->path);
    }
    qsort(im->items, im->n, sizeof *im->items, compare_indices);
    return st;
}

static vs_status create(struct import *im, const struct item *item,
                        vs_source source)
{
    const vs_variable_spec spec = {
        .dtype = item->entry->dtype,
        .shape = &item->entry->shape,
        .initializer = vs_from_source(source),
    };

    im->report.n_created++;
    return vs_variable_create(im->store, item->path, &spec, NULL);
}

static vs_status overwrite(struct import *im, const struct item *item,
                           vs_source source)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(im->store, item->path, &v);

    if (st == VS_OK)
        st = vs_variable_write_from(v, source);
    vs_variable_free(v);
    return st;
}

/* Streams one tensor. Its own failure is worth more words than those of the
 * variable that asked it. */
static vs_status transfer(struct import *im, const struct item *item)
{
    struct vs__foreign foreign = {.file = im->file,
                                  .index = item->index,
                                  .meter = &im->meter,
                                  .why = {.status = VS_OK}};
    const vs_source source = vs__foreign_source(&foreign);
    vs_status st;

    if (item->digest != NULL) {
        foreign.proof = &im->proof;
        st = vs__proof_begin(&im->proof, item->entry->dtype,
                             &item->entry->shape, vs__store_words(im->store));
        if (st != VS_OK)
            return st;
    }
    st = item->variable != 0 ? overwrite(im, item, source)
                             : create(im, item, source);
    if (st == VS_OK && item->digest != NULL &&
        !vs__proof_holds(&im->proof, item->digest))
        return fail_proof(im, item, "is not what its digest says");
    if (st != VS_OK && foreign.why.status == st)
        *vs__store_words(im->store) = foreign.why;
    im->report.n_tensors++;
    im->report.n_bytes += item->entry->n_bytes;
    return st;
}

static vs_status run(struct import *im)
{
    vs_status st = VS_OK;

    for (size_t i = 0; i < im->n && st == VS_OK; i++)
        st = check_item(im, &im->items[i]);
    if (st == VS_OK)
        st = check_aliases(im);
    for (size_t i = 0; i < im->n && st == VS_OK; i++)
        st = transfer(im, &im->items[i]);
    return st;
}

vs_status vs_import(vs_store *store, const char *path,
                    const vs_import_options *given, vs_transfer_report *report)
{
    vs_error *err = vs__store_words(store);
    struct import im;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    memset(&im, 0, sizeof im);
    im.store = store;
    im.path = path;
    if (path == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "an import needs a path");
    if ((st = vs__options_take(&im.options, sizeof im.options, given,
                               "vs_import_options", err)) != VS_OK ||
        (st = check_options(&im)) != VS_OK ||
        (st = vs__subset_make(&im.subset, im.options.scope, err)) != VS_OK)
        return st;
    im.meter.progress = im.options.progress;
    if ((st = open_file(&im)) == VS_OK &&
        (st = vs__store_begin_bulk(store, im.meter.total)) == VS_OK)
        st = vs__store_end(store, run(&im));
    done(&im);
    if (st == VS_OK && report != NULL)
        *report = im.report;
    return st;
}
