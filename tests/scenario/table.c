/* table.c - the scenarios. A feature joins every harness by a row here. */
#include "steps.h"

const struct scenario scenarios[] = {
    /* Opening and closing. */
    {"open-new", BASE_NOTHING, STARTS_CLOSED, {open_new, close_store}},
    {"open-or-create",
     BASE_NOTHING,
     STARTS_CLOSED,
     {open_or_create, create_small, close_store}},
    {"open-half",
     BASE_HALF,
     STARTS_CLOSED,
     {open_or_create, create_small, close_store}},
    {"open-existing",
     BASE_SMALL,
     STARTS_CLOSED,
     {open_write, write_small, close_store}},
    {"open-for-reading", BASE_SMALL, STARTS_CLOSED, {open_read, close_store}},
    {"open-killed",
     BASE_KILLED,
     STARTS_CLOSED,
     {open_write, write_large, close_store}},
    {"open-killed-for-reading",
     BASE_KILLED,
     STARTS_CLOSED,
     {open_read, close_store}},

    /* Making variables. */
    {"create", BASE_EMPTY, 0, {create_small, create_large, create_twin}},
    {"create-random", BASE_EMPTY, 0, {create_random, close_store}},
    {"create-many", BASE_EMPTY, 0, {create_many, close_store}},
    {"get-or-create", BASE_SMALL, 0, {get_or_create, get_again, close_store}},
    {"deferred",
     BASE_SMALL,
     0,
     {create_deferred, initialize, save_plain, close_store}},

    /* Changing them. */
    {"write", BASE_SMALL, 0, {write_small, write_large, write_back}},
    {"write-equal", BASE_SMALL, 0, {write_equal, write_equal}},
    {"write-slice", BASE_SMALL, 0, {write_slice, write_slice, close_store}},
    {"write-source", BASE_SMALL, 0, {write_source, write_small}},
    {"assign-add", BASE_SMALL, 0, {assign_add, assign_add}},
    {"compare-and-swap", BASE_SMALL, 0, {compare_and_swap, close_store}},
    {"transaction",
     BASE_SMALL,
     0,
     {write_two, write_and_undo, write_inner_undone, close_store}},
    {"normal-sync",
     BASE_SMALL,
     FORGETFUL,
     {write_small, write_large, save_plain, write_back, flush, close_store}},

    /* Names and collections. */
    {"rename", BASE_SMALL, 0, {rename_small, move_scope, close_store}},
    {"alias", BASE_SMALL, 0, {copy_large, delete_large, write_large}},
    {"delete", BASE_SMALL, 0, {delete_small, delete_large, create_small}},
    {"collections", BASE_SMALL, 0, {collect, uncollect, close_store}},

    /* Checkpoints. */
    {"save-one", BASE_SMALL, 0, {write_large, save_plain, close_store}},
    {"save-many", BASE_MANY, 0, {save_many, close_store}},
    {"restore", BASE_SMALL, 0, {restore_first, write_small, restore_exact}},
    {"restore-exact",
     BASE_SMALL,
     0,
     {create_random, restore_exact, close_store}},
    {"delete-checkpoint",
     BASE_SMALL,
     0,
     {delete_first, write_small, delete_second, close_store}},
    {"delete-many", BASE_MANY, 0, {save_many, delete_first, flush}},
    {"state",
     BASE_MANY,
     0,
     {save_state, save_other_state, load_state, close_store}},
    {"tags", BASE_SMALL, 0, {tag_second, untag, close_store}},

    /* The log. */
    {"flush", BASE_SMALL, 0, {write_large, flush, write_back, flush}},
    {"flush-killed",
     BASE_KILLED,
     STARTS_CLOSED,
     {open_write, flush, write_small, flush}},
    {"past-the-cap",
     BASE_SMALL,
     0,
     {write_past_the_cap, write_small, write_past_the_cap, close_store}},
    {"flush-beside-a-reader",
     BASE_SMALL,
     0,
     {open_other, other_begins_to_read, write_large, flush, other_reads_no_more,
      flush}},
    {"close-beside-a-reader",
     BASE_SMALL,
     0,
     {open_other, other_begins_to_read, write_large, close_store, close_other}},
    {"write-again-and-again",
     BASE_SMALL,
     0,
     {write_large, write_back, flush, write_large, write_back, close_store}},

    /* Files. */
    {"import", BASE_SMALL, 0, {import_auto, import_new, close_store}},
    {"export", BASE_SMALL, 0, {export_new, export_over}},

    /* Bugs. */
    {"two-transactions", BASE_SMALL, PLANTED, {bug_two_transactions}},
    {"leak", BASE_SMALL, PLANTED, {bug_leak}},
    {"swallow", BASE_SMALL, PLANTED, {bug_swallow}},
};

const size_t n_scenarios = sizeof scenarios / sizeof scenarios[0];
