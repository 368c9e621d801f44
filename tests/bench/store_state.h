/* store_state.h - a state of many tensors in memory, and the ways that it goes to
 * a store and back. Whatever fails ends the program.
 */
#ifndef VS_BENCH_STORE_STATE_H
#define VS_BENCH_STORE_STATE_H

#include "store_cases.h"

#define STATE_NAME 40 /* bytes of a tensor's name */

/* splitmix64 */
uint64_t state_random(uint64_t *seed);

/* A step of training, as far as the bytes are concerned; and one that changes
 * one chunk of a hundred. */
void state_change_all(struct bench *b);
void state_change_some(struct bench *b);

/* Tensor i of the state or of its copy, and its name, which is returned. */
vs_view state_tensor(const struct bench *b, float *values, int64_t i);
const char *state_name(int64_t i, char name[STATE_NAME]);

/* Makes, or writes, all variables in one transaction. */
void state_create(struct bench *b, vs_store *store, vs_txn_kind kind);
void state_write(struct bench *b, vs_store *store, vs_txn_kind kind);

/* The same by vs_state_save, with a checkpoint or without. */
void state_save(struct bench *b, vs_store *store, bool checkpoint);

/* Some change that costs nothing by itself. */
void state_commit_little(vs_store *store);

/* Loads tensors first, first + step, ... to the copy; all of them by
 * vs_state_load. */
void state_load(struct bench *b, vs_store *store, int64_t first, int64_t step);
void state_load_whole(struct bench *b, vs_store *store);

#endif
