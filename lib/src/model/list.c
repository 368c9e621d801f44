/* list.c - walking names in byte order, a page at a time.
 *
 * Each page is read in a transaction of its own (or in the caller's), so a
 * walk holds no snapshot while the caller thinks, and may be mixed with
 * writes: a name is never given twice, and one that was there all the time is
 * given.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/options.h"
#include "model/collection.h"
#include "model/describe.h"
#include "model/path.h"
#include "model/record.h"

#define PAGE 200 /* names read at once */

struct vs_list {
    vs_store *store;              /* borrowed */
    int64_t checkpoint;           /* 0: now */
    char *collection;             /* owned; NULL: any */
    bool uninitialized;           /* only those without a value */
    char low[VS_NAME_MAX + 3];    /* where the next page begins */
    char high[VS_NAME_MAX + 2];   /* and before what it ends */
    struct vs__description *page; /* room for PAGE, n of them; owned */
    int n;                        /* in the page */
    int next;                     /* to be given */
    bool last;                    /* no page after this one */
};

static void drop_page(vs_list *list)
{
    for (int i = 0; i < list->n; i++)
        vs__description_done(&list->page[i]);
    list->n = 0;
    list->next = 0;
}

/* True words for a checkpoint that does not exist. */
static vs_status check_checkpoint(vs_store *store, int64_t checkpoint)
{
    static const char sql[] =
        "SELECT 1 FROM checkpoint WHERE id = $1 UNION ALL "
        "SELECT 0 FROM checkpoint_variable WHERE checkpoint = $1 LIMIT 1";
    struct vs__stmt *s;
    int64_t known = 0;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    if ((st = vs__stmt_step(s)) == VS_OK)
        known = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    if (st == VS_OK && known == 0)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "checkpoint %lld has names, but no row",
                        (long long)checkpoint);
    if (st == VS_DONE)
        return vs__fail(vs__store_words(store), VS_ERR_NOTFOUND,
                        "checkpoint %lld does not exist in %s",
                        (long long)checkpoint, vs__db_path(store->db));
    return st;
}

/* Looks for the checkpoint, in a transaction of its own. */
static vs_status find_checkpoint(vs_store *store, int64_t checkpoint,
                                 bool whole)
{
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = check_checkpoint(store, checkpoint);
    if (st == VS_OK && whole)
        st = vs__saved_complete(store, checkpoint);
    return vs__store_end(store, st);
}

static vs_status start(vs_list *list, const vs_list_options *options)
{
    const char *scope = options->scope != NULL ? options->scope : "";
    vs_error *err = vs__store_words(list->store);
    vs_status st = VS_OK;

    if (scope[0] != '\0')
        st = vs__path_check(scope, err);
    if (st == VS_OK && options->checkpoint != 0 &&
        (options->uninitialized || options->local))
        st = vs__fail(err, VS_ERR_MISUSE, "a checkpoint holds no %s variable",
                      options->local ? "local" : "uninitialized");
    if (st == VS_OK && options->checkpoint != 0)
        st =
            find_checkpoint(list->store, options->checkpoint, scope[0] == '\0');
    if (st == VS_OK && options->collection != NULL &&
        (list->collection = vs__strdup(options->collection)) == NULL)
        st = vs__fail_nomem(err);
    if (st != VS_OK)
        return st;
    vs__path_range(scope, list->low, list->high);
    list->checkpoint = options->checkpoint;
    list->uninitialized = options->uninitialized;
    list->last = options->local && list->store->locals == NULL;
    return VS_OK;
}

vs_status vs_list_open(vs_store *store, const vs_list_options *given,
                       vs_list **out)
{
    vs_list_options options;
    vs_list *list;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK || (st = vs__options_take(&options, sizeof options, given,
                                              "vs_list_options",
                                              vs__store_words(store))) != VS_OK)
        return st;
    list = vs__calloc(1, sizeof *list);
    if (list == NULL)
        return vs__fail_nomem(vs__store_words(store));
    list->store = store;
    /* Not cleared: most lists are short, the page has some 70 KB. */
    list->page = vs__alloc(PAGE * sizeof *list->page);
    st = list->page != NULL ? start(list, &options)
                            : vs__fail_nomem(vs__store_words(store));
    if (st != VS_OK) {
        vs_list_close(list);
        return st;
    }
    if (options.local && store->locals != NULL)
        list->store = store->locals;
    *out = list;
    return VS_OK;
}

/* The next page begins behind this one's last name. Each was checked when it
 * was read: none is longer than a name can be. */
static void step(vs_list *list)
{
    const char *name = list->page[list->n - 1].info.name;

    assert(strlen(name) <= VS_NAME_MAX);
    (void)snprintf(list->low, sizeof list->low, "%s" VS__JUST_BEHIND, name);
}

static vs_status next_page(vs_list *list)
{
    const struct vs__range range = {
        .low = list->low,
        .high = list->high,
        .collection = list->collection,
        .checkpoint = list->checkpoint,
        .uninitialized = list->uninitialized,
    };
    vs_status st = vs__store_begin(list->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    drop_page(list);
    st = vs__describe_range(list->store, &range, list->page, PAGE, &list->n);
    if (st == VS_OK && list->n == 0 && list->collection != NULL)
        st = vs__collections_none(list->store);
    if ((st = vs__store_end(list->store, st)) != VS_OK) {
        drop_page(list); /* who asks again is given each name once */
        return st;
    }
    list->last = list->n < PAGE;
    if (!list->last)
        step(list);
    return VS_OK;
}

vs_status vs_list_next(vs_list *list, const vs_variable_info **out)
{
    if (list->next == list->n && !list->last) {
        vs_status st = next_page(list);

        if (st != VS_OK)
            return st;
    }
    if (list->next == list->n)
        return VS_DONE;
    *out = &list->page[list->next++].info;
    return VS_OK;
}

void vs_list_close(vs_list *list)
{
    if (list == NULL)
        return;
    drop_page(list);
    vs__free(list->collection);
    vs__free(list->page);
    vs__free(list);
}
