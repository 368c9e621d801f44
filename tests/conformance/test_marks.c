/* test_marks.c - scopes that the store remembers: sealing, and a fresh name on
 * request (Q2), next to the reuse rules (S24-S41).
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static void sealing_turns_a_misspelled_name_into_an_error(struct world *w)
{
    vs_variable *v;

    (void)enter_with(w, "net", VS_REUSE_AUTO);
    v = get(w, "kernel", "net/kernel");
    assert_store(VS_OK, w->store, vs_scope_seal(w->store, "net", VS_HERE));
    assert_same(get(w, "kernel", "net/kernel"), v);
    get_fails(w, VS_ERR_SEALED, "kernle", (vs_variable_spec){.shape = SCALAR},
              "net/kernle cannot be made: scope 'net' is sealed");
    (void)enter(w, "deeper");
    get_fails(w, VS_ERR_SEALED, "v", (vs_variable_spec){.shape = SCALAR},
              "scope 'net' is sealed");
    leave(w);
    leave(w);
    (void)get(w, "kernle", "kernle");
}

static void sealing_leaves_the_other_modes_their_errors(struct world *w)
{
    (void)get(w, "a/v", "a/v");
    assert_store(VS_OK, w->store, vs_scope_seal(w->store, "a", NULL));
    if (!w->again)
        taken(w, "a/v");
    (void)enter_with(w, "a", VS_REUSE_TRUE);
    missing(w, "u");
    leave(w);
}

static void an_unsealed_scope_is_as_before(struct world *w)
{
    if (!w->again) {
        assert_store(VS_OK, w->store, vs_scope_seal(w->store, "a", NULL));
        get_fails(w, VS_ERR_SEALED, "a/v", (vs_variable_spec){.shape = SCALAR},
                  "sealed");
        assert_store(VS_OK, w->store, vs_scope_unseal(w->store, "a"));
    }
    (void)get(w, "a/v", "a/v");
}

/* S31 is for default names; a reserved one avoids what is there. */
static void q2_a_reserved_scope_is_new_in_every_run(struct world *w)
{
    vs_scope *scope = NULL;

    assert_store(VS_OK, w->store,
                 vs_scope_reserve(w->ctx, "run", NULL, &scope));
    at(w, w->again ? "run_1" : "run");
    leave(w);
    (void)enter_default(w, "run"); /* of this context's counters alone */
    at(w, w->again ? "run" : "run_1");
    leave(w);
}

static void q2_a_reserved_scope_counts_as_opened(struct world *w) /* S26 */
{
    if (w->again)
        return;
    assert_store(VS_OK, w->store, vs_scope_reserve(w->ctx, "d", NULL, NULL));
    at(w, "d");
    leave(w);
    (void)enter_default(w, "d");
    at(w, "d_1");
    leave(w);
    (void)enter_default(w, "d");
    at(w, "d_2");
    leave(w);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(sealing_turns_a_misspelled_name_into_an_error),
        PROGRAM(sealing_leaves_the_other_modes_their_errors),
        PROGRAM(an_unsealed_scope_is_as_before),
        PROGRAM(q2_a_reserved_scope_is_new_in_every_run),
        PROGRAM(q2_a_reserved_scope_counts_as_opened),
    };

    return world_main("conformance.marks", programs,
                      sizeof programs / sizeof programs[0]);
}
