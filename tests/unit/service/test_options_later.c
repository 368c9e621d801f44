/* test_options_later.c - options of callers that were compiled against another
 * header, for each call of the room: what this library does not know is refused
 * before anything is done.
 */
#include "stores.h"

#include <string.h>

/* Options of any kind, with a size and one byte set far behind them. */
union options {
    size_t size;
    uint8_t bytes[1024];
    vs_check_options check;
    vs_salvage_options salvage;
    vs_export_options export;
    vs_import_options import;
    vs_save_options save;
    vs_restore_options restore;
    vs_state_save_options state_save;
    vs_state_load_options state_load;
};

static char path[4096]; /* where nothing is, and nothing is to be made */

static vs_status check(vs_store *store, const union options *o)
{
    return vs_check(store, &o->check, NULL);
}
static vs_status salvage(vs_store *store, const union options *o)
{
    return vs_salvage(store, path, &o->salvage, NULL);
}
static vs_status export(vs_store *store, const union options *o)
{
    return vs_export(store, path, &o->export, NULL);
}
static vs_status import(vs_store *store, const union options *o)
{
    return vs_import(store, path, &o->import, NULL);
}
static vs_status save(vs_store *store, const union options *o)
{
    return vs_checkpoint_save(store, &o->save, NULL);
}
static vs_status restore(vs_store *store, const union options *o)
{
    return vs_checkpoint_restore(store, 1, &o->restore, NULL);
}
static vs_status state_save(vs_store *store, const union options *o)
{
    return vs_state_save(store, NULL, 0, &o->state_save, NULL);
}
static vs_status state_save_with(vs_store *store, const union options *o)
{
    const vs_state_save_options options = {.checkpoint = &o->save};

    return vs_state_save(store, NULL, 0, &options, NULL);
}
static vs_status state_load(vs_store *store, const union options *o)
{
    return vs_state_load(store, NULL, 0, &o->state_load);
}
static vs_status state_compare(vs_store *store, const union options *o)
{
    return vs_state_compare(store, NULL, 0, &o->state_load, NULL);
}

static vs_status (*const calls[])(vs_store *, const union options *) = {
    check,   salvage,    export,          import,     save,
    restore, state_save, state_save_with, state_load, state_compare,
};

static void each_call_wants(void **state, const union options *o,
                            vs_status want, const char *words)
{
    vs_store *store = test_open(test_path(state, "o.db"), VS_OPEN_CREATE_NEW);
    size_t n = 0;

    (void)strcpy(path, test_path(state, "out.safetensors"));
    vs_variable_free(test_iota(store, "x", vs_shape_1d(3)));
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        assert_store(want, store, calls[i](store, o));
        assert_non_null(strstr(vs_store_error(store)->message, words));
        assert_null(test_read_file(path, &n));
    }
    /* A check inside of a transaction that writes first ends what that began. */
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_store(want, store, check(store, o));
    assert_store(VS_OK, store, vs_store_rollback(store));
    test_sound(store);
    vs_store_close(store);
}

static void a_field_that_is_not_known_is_refused(void **state)
{
    static union options o; /* all zero, but for the last byte */

    o.size = sizeof o;
    o.bytes[sizeof o - 1] = 1;
    each_call_wants(state, &o, VS_ERR_UNSUPPORTED, "sets a field at byte 1023");
}

static void a_size_that_cannot_be_is_misuse(void **state)
{
    static union options o;

    o.size = 1;
    each_call_wants(state, &o, VS_ERR_MISUSE, "has size 1");
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_field_that_is_not_known_is_refused),
        IN_DIR(a_size_that_cannot_be_is_misuse),
    };

    return cmocka_run_group_tests_name("service.options_later", tests, NULL,
                                       NULL);
}
