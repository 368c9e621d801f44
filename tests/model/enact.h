/* enact.h - does a deed twice: in the store through its public calls, and in
 * the model; and says where the two disagree.
 *
 * A call that must succeed has an empty set of codes that it may fail with.
 * Where several things are wrong at once, any of their codes will do.
 */
#ifndef VS_TEST_ENACT_H
#define VS_TEST_ENACT_H

#include <stdbool.h>
#include <stdint.h>

#include "deed.h"
#include "model.h"

#define WORDS_BYTES 400

struct play {
    struct model m;
    const struct deed *deed; /* being done */
    int who;
    struct handle *h;             /* of the deed */
    struct state *s;              /* that it sees */
    int64_t n_done;               /* deeds that were not void */
    bool wrong;                   /* the two disagree */
    int32_t given[MOST_ELEMENTS]; /* memory of what is written, */
    int32_t got[MOST_ELEMENTS];   /* and of what is read */
    char words[WORDS_BYTES];
};

/* The store lies on the simulated disk, which is as a program begins. */
void play_begin(struct play *p);

/* Does one; false: store and model disagree, p->words tell in what. A deed that
 * makes no sense now is void: nothing is done. */
bool play_deed(struct play *p, const struct deed *deed);

/* Closes both handles, then opens the store, compares all and checks it. */
bool play_end(struct play *p);

/* Frees everything, whatever has happened. */
void play_done(struct play *p);

/* The bug that planted.c is to plant; NULL: none. */
extern const char *play_bug;

/* -------- For those who do deeds. */

/* A set of codes. */
#define ERR(code) ((uint64_t)1 << -(int)VS_ERR_##code)

/* Tells a disagreement; returns false. */
bool play_wrong(struct play *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* True if the call did as it should: VS_OK if `errors` is empty, else one of
 * them. */
bool play_judge(struct play *p, vs_status st, uint64_t errors,
                const char *what);

/* The codes of a call that writes, by what the handles are doing. */
uint64_t play_may_write(const struct play *p);

/* A value's memory as the store takes it: rows [first, first + n) of its first
 * axis, or with n == 0 all. */
vs_view play_given(struct play *p, int value, int64_t first, int64_t n);

/* Memory for such rows as the store gives them, and whether they came. */
vs_view play_blank(struct play *p, int kind, int64_t n);
bool play_same(struct play *p, int value, int64_t first, int64_t n,
               const char *what);

/* The version of a variable as told, against what is known of it. */
bool play_version(struct play *p, struct variable *v, int64_t version,
                  const char *what);

typedef bool deed_fn(struct play *p, const struct deed *d);

deed_fn do_open, do_close, do_flush, do_begin, do_commit, do_rollback, do_enter,
    do_leave;
deed_fn do_get, do_create, do_look, do_free, do_read, do_read_rows,
    do_read_part, do_write, do_write_rows, do_add, do_swap, do_initialize;
deed_fn do_delete, do_rename, do_alias, do_copy, do_move, do_seal, do_unseal;
deed_fn do_save, do_forget, do_restore, do_find, do_tag, do_untag, do_look_at,
    do_state_save, do_state_load;
deed_fn do_compare, do_check;

void slot_free(struct slot *slot);

/* All that the handle sees, against the model. */
bool compare_all(struct play *p);

#endif
