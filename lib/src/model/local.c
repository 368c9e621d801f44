/* local.c - see local.h. */
#include "model/local.h"

#include "base/fail.h"
#include "model/catalog.h"
#include "model/parts.h"
#include "model/path.h"

/* What goes wrong in the inner database is told where the caller looks. */
static vs_status tell(vs_store *inner, vs_status st)
{
    return vs__store_tell(inner, st);
}

/* As deep as the outer is: each of its levels ends both. */
static vs_status follow(vs_store *inner, int depth)
{
    vs_status st = VS_OK;

    for (int i = 0; i < depth && st == VS_OK; i++)
        st = tell(inner, vs__txn_begin(inner->db, VS_TXN_WRITE));
    return st;
}

vs_status vs__local_store(vs_store *store, vs_store **out)
{
    vs_store *inner = NULL;
    vs_status st = VS_OK;

    if (store->locals == NULL) {
        if ((st = vs__store_open_inner(store, &inner)) != VS_OK)
            return st;
        if ((st = follow(inner, vs__txn_depth(store->db))) != VS_OK) {
            vs_store_close(inner);
            return st;
        }
        store->locals = inner;
    }
    *out = store->locals;
    return VS_OK;
}

vs_status vs__local_owner(vs_store *store, const char *name, vs_store **out)
{
    char path[VS_NAME_MAX + 1];
    struct vs__name_row row;
    vs_store *inner = store->locals;
    vs_status st = VS_DONE;

    if (inner != NULL && vs__path_join("", name, path, NULL) == VS_OK) {
        if ((st = vs__store_begin(inner, VS_TXN_READ)) != VS_OK)
            return st;
        st = vs__name_look(inner, path, &row);
        if (st == VS_DONE)
            st = vs__whole_find(inner, 0, path, NULL, NULL);
        if ((st = vs__store_end(inner, st)) < VS_OK)
            return st;
    }
    *out = st == VS_OK ? inner : store;
    return VS_OK;
}

vs_status vs__local_used(vs_store *store, const char *path, bool *out)
{
    vs_store *inner = store->locals;
    vs_status st;

    *out = false;
    if (inner == NULL)
        return VS_OK;
    if ((st = vs__txn_begin(inner->db, VS_TXN_READ)) == VS_OK)
        st = vs__txn_end(inner->db, vs__name_used_within(inner, path, out));
    return tell(inner, st);
}

vs_status vs__local_begin(vs_store *store)
{
    return store->locals == NULL
               ? VS_OK
               : tell(store->locals,
                      vs__txn_begin(store->locals->db, VS_TXN_WRITE));
}

vs_status vs__local_end(vs_store *store, vs_status st)
{
    vs_store *inner = store->locals;

    if (inner == NULL)
        return VS_OK;
    if (st == VS_OK)
        return vs__store_end(inner, VS_OK);
    (void)vs__store_end(inner, VS_ERR_CANCELLED);
    return VS_OK;
}
