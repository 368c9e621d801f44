/* steps.h - single steps, from which scenarios and bases are put together. */
#ifndef VS_TEST_STEPS_H
#define VS_TEST_STEPS_H

#include "scenario.h"

#define CHUNK_BYTES 4096 /* of the stores: several chunks are still small */

/* Opens the store of all scenarios. */
vs_status world_open(vs_open_mode mode, vs_sync sync, vs_store **out,
                     vs_error *err);

/* Keeps the words of a failure for world_words. */
void world_keep_words(const struct world *w, vs_status st);
/* Commits if `st` is VS_OK, else rolls back: one transaction of several calls. */
vs_status world_end_txn(struct world *w, vs_status st);

/* Opening and closing. */
step_fn open_new, open_or_create, open_write, open_read, close_store;
step_fn open_other, close_other, other_begins_to_read, other_reads_no_more;

/* Making variables: "small" (12 elements), "net/large" (5 chunks), "net/twin"
 * (equal to it), "many/00" ... */
step_fn create_small, create_large, create_twin, create_many, create_random;
step_fn get_or_create, get_again, create_deferred, initialize;

/* Changing them. */
step_fn write_before, write_small, write_large, write_back, write_equal,
    write_slice;
step_fn write_source, assign_add, compare_and_swap, write_two, write_many;
step_fn write_and_undo, write_inner_undone;

/* Names and collections. */
step_fn rename_small, move_scope, alias_large, copy_large, delete_small;
step_fn delete_large, collect, uncollect;

/* Checkpoints. */
step_fn save_plain, save_tagged, save_many, restore_first, restore_exact;
step_fn delete_first, delete_second, tag_second, untag;

/* Many tensors in one call. */
step_fn save_state, save_other_state, load_state;

/* The log. */
step_fn flush, write_past_the_cap;

/* Big writes, which leave the log if they are alone. */
step_fn bulk_write, bulk_and_undo;

/* Files. */
step_fn import_auto, import_new, export_new, export_over, export_import;

/* Bugs, for the tests of the tests. */
step_fn bug_two_transactions, bug_leak, bug_swallow;

#endif
