/* world.c - bases, and looking at a store; see scenario.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "steps.h"

static void must(vs_status st, const vs_error *err, const char *what)
{
    if (st == VS_OK)
        return;
    (void)fprintf(stderr, "%s: %s: %s\n", what, vs_status_word(st),
                  err->message);
    exit(2);
}

vs_status world_open(vs_open_mode mode, vs_sync sync, vs_store **out,
                     vs_error *err)
{
    const vs_store_options options = {.mode = mode,
                                      .sync = sync,
                                      .busy_ms = 1000,
                                      .chunk_bytes = CHUNK_BYTES,
                                      .program = "scenario",
                                      .seed = 42};

    return vs_store_open(WORLD_PATH, &options, out, err);
}

static void run(struct world *w, step_fn *const *steps, const char *what)
{
    for (; *steps != NULL; steps++) {
        const vs_status st = (*steps)(w);

        if (st != VS_OK) {
            (void)fprintf(stderr, "%s: %s: %s\n", what, vs_status_word(st),
                          world_words(w));
            exit(2);
        }
    }
}

/* -------- Bases: made once, then copied. */

static struct disk_image *bases[N_BASES];

static void make_small(struct world *w)
{
    step_fn *const steps[] = {create_small, create_large,  create_twin,
                              alias_large,  save_tagged,   write_before,
                              save_plain,   export_import, NULL};

    run(w, steps, "a base");
}

static void make_many(struct world *w)
{
    step_fn *const steps[] = {create_many, save_plain, NULL};

    run(w, steps, "a base");
}

/* Stops a new store at its first write to the log: identity, no tables. */
struct half {
    struct disk_image *image;
};

static void stop_half(const char *call, const char *name, void *ctx)
{
    struct half *half = ctx;
    const size_t n = strlen(name);

    if (half->image == NULL && strcmp(call, "Write") == 0 && n > 4 &&
        strcmp(name + n - 4, "-wal") == 0)
        half->image = disk_save();
}

static struct disk_image *make_base(enum base base)
{
    struct world w = {NULL, NULL, NULL, false};
    struct disk_image *image = NULL;
    struct half half = {NULL};
    vs_error err;

    disk_load(NULL);
    disk_restart();
    if (base == BASE_NOTHING)
        return disk_save();
    if (base == BASE_HALF)
        disk_set_stop(stop_half, &half);
    must(world_open(VS_OPEN_CREATE_NEW, VS_SYNC_FULL, &w.store, &err), &err,
         "a base");
    disk_set_stop(NULL, NULL);
    if (base == BASE_SMALL || base == BASE_KILLED)
        make_small(&w);
    if (base == BASE_MANY)
        make_many(&w);
    if (base == BASE_KILLED)
        image = disk_save();
    world_end(&w);
    if (base == BASE_HALF)
        image = half.image;
    return image != NULL ? image : disk_save();
}

void world_begin(struct world *w, const struct scenario *s)
{
    vs_error err;

    memset(w, 0, sizeof *w);
    if (bases[s->base] == NULL)
        bases[s->base] = make_base(s->base);
    disk_load(bases[s->base]);
    disk_restart();
    if ((s->flags & STARTS_CLOSED) == 0)
        must(world_open(VS_OPEN_WRITE,
                        (s->flags & FORGETFUL) != 0 ? VS_SYNC_NORMAL
                                                    : VS_SYNC_FULL,
                        &w->store, &err),
             &err, s->name);
}

void world_end(struct world *w)
{
    vs_context_free(w->ctx);
    vs_store_close(w->other);
    vs_store_close(w->store);
    memset(w, 0, sizeof *w);
}

int scenario_n_steps(const struct scenario *s)
{
    int n = 0;

    while (s->steps[n] != NULL)
        n++;
    return n;
}

bool scenario_chosen(const struct scenario *s, const char *part)
{
    return part == NULL || strstr(s->name, part) != NULL;
}

/* -------- Looking. */

static void add(struct vs__digest *state, const void *bytes, size_t n)
{
    vs__digest_chain(state, bytes, n);
}

static void add_text(struct vs__digest *state, const char *text)
{
    add(state, text, strlen(text) + 1);
}

static void add_number(struct vs__digest *state, int64_t n)
{
    add(state, &n, sizeof n);
}

static void add_variable(struct vs__digest *state, const vs_variable_info *v)
{
    add_text(state, v->name);
    add_text(state, v->alias_of != NULL ? v->alias_of : "");
    add_number(state, v->dtype);
    add_number(state, v->shape.rank);
    for (int i = 0; i < v->shape.rank; i++)
        add_number(state, v->shape.dims[i]);
    add_number(state, v->trainable);
    add(state, v->digest, sizeof v->digest);
    add_text(state, v->initializer != NULL ? v->initializer : "");
}

static vs_status look_at_names(vs_store *store, const char *collection,
                               int64_t checkpoint, struct vs__digest *state)
{
    const vs_list_options options = {.checkpoint = checkpoint,
                                     .collection = collection};
    const vs_variable_info *v = NULL;
    vs_list *list = NULL;
    vs_status st = vs_list_open(store, &options, &list);

    if (st != VS_OK)
        return st;
    while ((st = vs_list_next(list, &v)) == VS_OK)
        add_variable(state, v);
    vs_list_close(list);
    add_text(state, "end");
    return st == VS_DONE ? VS_OK : st;
}

static vs_status look_at_checkpoint(vs_store *store,
                                    const vs_checkpoint_info *c,
                                    struct vs__digest *state)
{
    add_number(state, c->id);
    add_number(state, c->parent);
    add_number(state, c->step);
    add_number(state, c->n_names);
    add_text(state, c->message);
    for (size_t i = 0; i < c->n_metrics; i++) {
        add_text(state, c->metrics[i].key);
        add(state, &c->metrics[i].value, sizeof c->metrics[i].value);
    }
    for (size_t i = 0; i < c->n_tags; i++)
        add_text(state, c->tags[i]);
    return look_at_names(store, NULL, c->id, state);
}

static vs_status look_at_checkpoints(vs_store *store, struct vs__digest *state)
{
    const vs_checkpoint_info *c = NULL;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs_checkpoint_list_open(store, &list);

    if (st != VS_OK)
        return st;
    while ((st = vs_checkpoint_list_next(list, &c)) == VS_OK)
        if ((st = look_at_checkpoint(store, c, state)) != VS_OK)
            break;
    vs_checkpoint_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}

static void told(const vs_damage *damage, void *ctx)
{
    struct look *look = ctx;

    if (look->words[0] == '\0')
        (void)snprintf(look->words, sizeof look->words, "damage: %.60s: %.160s",
                       damage->name != NULL ? damage->name : "-", damage->what);
}

static vs_status check(vs_store *store, struct look *out)
{
    const vs_check_options options = {
        .read_data = true, .on_damage = told, .ctx = out};
    vs_check_report report = {0};
    const vs_status st = vs_check(store, &options, &report);

    out->n_damages = report.n_damages;
    return st;
}

void look_through(vs_store *store, bool checked, struct look *out)
{
    vs_status st = VS_OK;
    uint64_t file = 0;

    memset(out, 0, sizeof *out);
    if (checked)
        st = check(store, out);
    if (st == VS_OK)
        st = look_at_names(store, NULL, 0, &out->state);
    if (st == VS_OK)
        st = look_at_names(store, VS_TRAINABLE_VARIABLES, 0, &out->state);
    if (st == VS_OK)
        st = look_at_names(store, "mine", 0, &out->state);
    if (st == VS_OK)
        st = look_at_checkpoints(store, &out->state);
    if (disk_file_hash(disk_name(WORLD_EXPORT), &file))
        add(&out->state, &file, sizeof file);
    out->st = st;
    if (st != VS_OK)
        (void)snprintf(out->words, sizeof out->words, "%s: %.200s",
                       vs_status_word(st), vs_store_error(store)->message);
}

void look_at(vs_open_mode mode, bool checked, struct look *out)
{
    vs_store *store = NULL;
    vs_error err = {0};
    const vs_status st = world_open(mode, VS_SYNC_FULL, &store, &err);

    if (st == VS_OK) {
        look_through(store, checked, out);
        vs_store_close(store);
        return;
    }
    memset(out, 0, sizeof *out);
    out->st = st;
    (void)snprintf(out->words, sizeof out->words, "open: %s: %.200s",
                   vs_status_word(st), err.message);
}

bool look_is_sound(const struct look *look)
{
    return look->st == VS_OK && look->n_damages == 0;
}

bool look_same(const struct look *a, const struct look *b)
{
    return a->st == b->st && vs__digest_equal(&a->state, &b->state);
}
