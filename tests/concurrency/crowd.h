/* crowd.h - the same work in many processes or threads at once.
 *
 * Members of a crowd start together and report through a slot of memory that
 * all can see. They assert nothing themselves, since a failed assertion must
 * be seen where the test is: they write down what they saw, and the caller
 * looks at it when they are done. A caller that starts processes has no store
 * open.
 */
#ifndef VS_TEST_CROWD_H
#define VS_TEST_CROWD_H

#include "stores.h"

#define CROWD_BUCKETS 128 /* of times: four to the doubling, from 1 us */

/* What every member reports; a member's own results follow it in its slot. */
struct member {
    int me;           /* 0 .. n - 1 */
    int n_todo;       /* how much each is to do */
    const char *path; /* of the store, which may not exist yet */
    vs_status st;     /* the first status it did not expect; or VS_OK */
    char words[400];  /* of that one */
    int64_t n_calls;  /* timed by member_call */
    int64_t start_ns; /* of the call under way */
    int64_t worst_ns; /* longest of them */
    int64_t ended_ns; /* from the start to its end */
    int64_t times[CROWD_BUCKETS]; /* calls by how long they took */
};

typedef void crowd_body(struct member *m);

struct crowd {
    int n;              /* members */
    size_t slot_bytes;  /* of struct member and what follows it */
    char *slots;        /* n of them */
    int64_t elapsed_ns; /* until the last was done */
};

/* Run a body in n processes, or threads, and wait for them. The test fails if
 * a process does not end by itself. Free with crowd_done. */
void crowd_processes(struct crowd *crowd, int n, size_t slot_bytes,
                     const char *path, int n_todo, crowd_body *body);
void crowd_threads(struct crowd *crowd, int n, size_t slot_bytes,
                   const char *path, int n_todo, crowd_body *body);
void crowd_done(struct crowd *crowd);

void *crowd_slot(const struct crowd *crowd, int i);

/* Asserts that nobody saw what he did not expect, and prints the times. */
void crowd_report(const struct crowd *crowd, const char *what);

/* For members. Opens the store for writing, creating it; NULL and a report on
 * failure. */
vs_store *member_open(struct member *m);

/* Writes down a status, with the store's words, unless it is VS_OK or one was
 * written down before. True if it is VS_OK. */
bool member_ok(struct member *m, vs_store *store, vs_status st);

int64_t now_ns(void);

/* Evaluates a call and counts its time among the member's waits. */
#define member_call(m, call) \
    ((m)->start_ns = now_ns(), member_called((m), (call)))

vs_status member_called(struct member *m, vs_status st);

#endif
