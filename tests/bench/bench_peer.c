/* bench_peer.c - the store's side of peers.py: commands on standard input, a
 * line of answer each, times taken in here.
 *
 *     state FOLDER              reads a state (peer_state.h) into memory
 *     save STORE STEP           saves it with a checkpoint; makes the store
 *     save STORE STEP delta     the same, values kept as differences
 *     load STORE                loads it into other memory
 *     tensor STORE NAME         loads one tensor
 *     slice STORE NAME FIRST N  loads N of its rows
 *     frames                    its chunks into frames and back, no store
 *
 * "ok WHOLE CALL CPU MIB": seconds from opening the store to having closed it,
 * those of the one call in between, seconds of the processor, and the memory
 * held at most beside what was held before. For `frames`: "ok COPY ENCODE
 * DECODE BYTES", seconds of the one thread (COPY is memcpy's) and the frames'
 * bytes. What is loaded is compared with the state; failures end the program.
 */
#include "peer_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peak.h"
#include "peer_frames.h"
#include "table.h"

#define MAX_WORDS 6

/* A store that is open while a time is taken. */
struct visit {
    vs_store *store;
    struct lap whole; /* since before it was opened */
    struct lap call;  /* since then */
    double before;    /* MiB */
};

static struct visit visit_begin(const char *path, vs_open_mode mode)
{
    const vs_store_options options = {.mode = mode};
    struct visit v = {.before = 0};
    vs_error err;

    peak_reset();
    v.before = peak_now();
    v.whole = lap_begin();
    if (vs_store_open(path, &options, &v.store, &err) != VS_OK)
        die(path, err.message);
    v.call = lap_begin();
    return v;
}

static void visit_must(const struct visit *v, vs_status st)
{
    if (st != VS_OK)
        die("store", vs_store_error(v->store)->message);
}

static void visit_end(struct visit *v)
{
    const double call = lap_seconds(&v->call);
    double whole;
    double cpu;
    double more;

    vs_store_close(v->store);
    whole = lap_seconds(&v->whole);
    cpu = lap_cpu(&v->whole);
    more = peak_most() - v->before;
    /* The kernel counts by the handful of pages. */
    (void)printf("ok %.9f %.9f %.9f %.3f\n", whole, call, cpu,
                 more > 0 ? more : 0);
}

static void same(const void *a, const void *b, size_t n)
{
    if (memcmp(a, b, n) != 0)
        die("load", "what was loaded is not what was saved");
}

static void save(struct peer_state *s, const char *path, const char *step,
                 const char *how)
{
    const vs_save_options point = {.step = strtoll(step, NULL, 10)};
    const vs_state_save_options options = {
        .reuse = VS_REUSE_AUTO,
        .checkpoint = &point,
        .delta = strcmp(how, "delta") == 0 ? VS_YES : VS_UNSET};
    struct visit v = visit_begin(path, VS_OPEN_CREATE);

    visit_must(&v, vs_state_save(v.store, s->from, s->n, &options, NULL));
    visit_end(&v);
}

static void load(struct peer_state *s, const char *path)
{
    struct visit v = visit_begin(path, VS_OPEN_READ);

    visit_must(&v, vs_state_load(v.store, s->into, s->n, NULL));
    visit_end(&v);
    same(s->copy, s->values, s->bytes);
    memset(s->copy, 1, s->bytes);
}

static void tensor(struct peer_state *s, const char *path, const char *name)
{
    const size_t i = peer_state_find(s, name);
    struct visit v = visit_begin(path, VS_OPEN_READ);
    vs_variable *variable = NULL;

    visit_must(&v, vs_variable_open(v.store, name, &variable));
    visit_must(&v, vs_variable_read(variable, &s->into[i].view));
    vs_variable_free(variable);
    visit_end(&v);
    same(s->into[i].view.data, s->from[i].view.data,
         peer_item_bytes(&s->from[i]));
}

static void slice(struct peer_state *s, const char *path, const char *name,
                  const char *first, const char *n)
{
    const size_t i = peer_state_find(s, name);
    const vs_view *of = &s->from[i].view;
    const vs_slice rows = vs_slice_rows(&of->shape, strtoll(first, NULL, 10),
                                        strtoll(n, NULL, 10));
    const vs_shape shape = vs_slice_shape(&rows);
    const vs_view into = vs_view_of(of->dtype, &shape, s->copy);
    const size_t row = peer_item_bytes(&s->from[i]) / (size_t)of->shape.dims[0];
    struct visit v = visit_begin(path, VS_OPEN_READ);
    vs_variable *variable = NULL;

    visit_must(&v, vs_variable_open(v.store, name, &variable));
    visit_must(&v, vs_variable_read_slice(variable, &rows, &into));
    vs_variable_free(variable);
    visit_end(&v);
    same(s->copy, (const uint8_t *)of->data + (size_t)rows.start[0] * row,
         (size_t)rows.count[0] * row);
}

static int split(char *line, char *words[MAX_WORDS])
{
    char *rest = NULL;
    int n = 0;

    for (char *word = strtok_r(line, " \n", &rest);
         word != NULL && n < MAX_WORDS; word = strtok_r(NULL, " \n", &rest))
        words[n++] = word;
    return n;
}

static void obey(struct peer_state *s, char *words[MAX_WORDS], int n)
{
    const char *verb = words[0];

    if (strcmp(verb, "state") == 0 && n == 2) {
        peer_state_free(s);
        peer_state_read(s, words[1]);
        (void)printf("ok\n");
    } else if (s->n == 0) {
        die(verb, "no state yet");
    } else if (strcmp(verb, "save") == 0 && (n == 3 || n == 4)) {
        save(s, words[1], words[2], n == 4 ? words[3] : "");
    } else if (strcmp(verb, "load") == 0 && n == 2) {
        load(s, words[1]);
    } else if (strcmp(verb, "tensor") == 0 && n == 3) {
        tensor(s, words[1], words[2]);
    } else if (strcmp(verb, "slice") == 0 && n == 5) {
        slice(s, words[1], words[2], words[3], words[4]);
    } else if (strcmp(verb, "frames") == 0 && n == 1) {
        peer_frames(s);
    } else {
        die(verb, "not a command, or not its words");
    }
    (void)fflush(stdout);
}

int main(void)
{
    struct peer_state state = {0};
    char *words[MAX_WORDS];
    char line[4096];

    while (fgets(line, sizeof line, stdin) != NULL) {
        const int n = split(line, words);

        if (n > 0)
            obey(&state, words, n);
    }
    peer_state_free(&state);
    return 0;
}
