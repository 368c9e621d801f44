/* enact_saved.c - checkpoints, tags and whole states; see enact.h. */
#include <stdio.h>
#include <string.h>

#include "enact.h"

/* A checkpoint's number; now and then one that is not there. */
static int64_t choose(const struct state *s, int n)
{
    const int at = n % (s->n_checkpoints + 1);

    return at < s->n_checkpoints ? s->checkpoints[at].id : s->n_saved + 1;
}

static char *tag_word(int tag, char word[8])
{
    (void)snprintf(word, 8, "t%d", tag % MOST_TAGS);
    return word;
}

static void put_tag(struct state *s, struct checkpoint *c, int tag)
{
    struct checkpoint *before = checkpoint_tagged(s, tag);

    if (before != NULL)
        before->tags[tag] = false;
    c->tags[tag] = true;
}

static bool has_valueless(struct state *s)
{
    for (int i = 0; i < s->n_names; i++)
        if (variable_find(s, s->names[i].variable)->value == NO_VALUE)
            return true;
    return false;
}

static struct checkpoint *save(struct state *s, int64_t step)
{
    struct checkpoint *c = &s->checkpoints[s->n_checkpoints++];

    memset(c, 0, sizeof *c);
    c->id = ++s->n_saved;
    c->parent = s->head;
    c->step = step;
    for (int i = 0; i < s->n_names; i++) {
        const struct variable *v = variable_find(s, s->names[i].variable);

        if (v->value != NO_VALUE)
            c->entries[c->n++] =
                (struct entry){s->names[i], v->value, v->version};
    }
    s->head = c->id;
    return c;
}

static bool numbered(struct play *p, int64_t told, int64_t want)
{
    return told == want || play_wrong(p, "checkpoint %lld instead of %lld",
                                      (long long)told, (long long)want);
}

bool do_save(struct play *p, const struct deed *d)
{
    const int tag = d->mode / 4 % MOST_TAGS;
    char word[8];
    const char *const tags[] = {tag_word(tag, word), NULL};
    const bool tagged = d->mode % 4 < 2;
    vs_save_options options = VS_SAVE_OPTIONS_INIT;
    uint64_t errors = play_may_write(p);
    struct checkpoint *c;
    int64_t id = 0;

    if (p->s->n_checkpoints == MOST_SAVED)
        return true;
    options.step = d->n % 4 == 0 ? VS_NO_STEP : d->n % 5;
    options.tags = tagged ? tags : NULL;
    options.partial = d->mode % 2 == 0;
    if (!options.partial && has_valueless(p->s))
        errors |= ERR(UNINITIALIZED);
    if (!play_judge(p, vs_checkpoint_save(p->h->store, &options, &id), errors,
                    "save"))
        return false;
    if (errors != 0)
        return true;
    c = save(p->s, options.step);
    if (tagged)
        put_tag(p->s, c, tag);
    return numbered(p, id, c->id);
}

bool do_forget(struct play *p, const struct deed *d)
{
    const int64_t id = choose(p->s, d->n);
    uint64_t errors = play_may_write(p);

    if (checkpoint_find(p->s, id) == NULL)
        errors |= ERR(NOTFOUND);
    if (!play_judge(p, vs_checkpoint_delete(p->h->store, id), errors, "forget"))
        return false;
    if (errors == 0)
        checkpoint_drop(p->s, id);
    return true;
}

/* -------- Restoring. */

static const struct entry *entry_find(const struct checkpoint *c,
                                      const char *path)
{
    for (int i = 0; i < c->n; i++)
        if (strcmp(c->entries[i].name.path, path) == 0)
            return &c->entries[i];
    return NULL;
}

/* A name that comes back is made anew, and a seal forbids that; names of parts
 * are there if the variable that has the name now is cut into as many. */
static bool comes_back(struct play *p, const struct entry *e)
{
    const struct variable *now = variable_at(p->s, e->name.path);
    const int parts = kinds[p->m.values[e->value].kind].parts;

    return now == NULL || (kinds[now->kind].parts > 0) != (parts > 0) ||
           kinds[now->kind].parts < parts;
}

/* What a restore tells, or is refused with. */
struct outlook {
    vs_restore_report report;
    bool cut; /* parts are in it, which are told one by one */
    uint64_t errors;
};

static void look_forward(struct play *p, const struct checkpoint *c,
                         const char *scope, bool exact, struct outlook *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < c->n; i++) {
        const struct entry *e = &c->entries[i];
        const int kind = p->m.values[e->value].kind;
        const struct variable *now = variable_at(p->s, e->name.path);

        if (!path_within(e->name.path, scope))
            continue;
        if (comes_back(p, e) && is_sealed(p->s, e->name.path, kind))
            out->errors |= ERR(SEALED);
        out->cut = out->cut || kinds[kind].parts > 0 ||
                   (now != NULL && kinds[now->kind].parts > 0);
        out->report.n_made += now == NULL || now->id != e->name.variable;
        out->report.n_set += now != NULL && now->id == e->name.variable &&
                             now->value != e->value;
        out->report.n_same += now != NULL && now->id == e->name.variable &&
                              now->value == e->value;
    }
    for (int i = 0; i < p->s->n_names; i++) {
        const struct name *name = &p->s->names[i];
        const struct variable *v = variable_find(p->s, name->variable);

        if (!path_within(name->path, scope) ||
            entry_find(c, name->path) != NULL)
            continue;
        out->cut = out->cut || kinds[v->kind].parts > 0;
        out->report.n_removed += exact;
        out->report.n_extra += !exact;
    }
}

static void restore(struct play *p, const struct checkpoint *c,
                    const char *scope, bool exact)
{
    struct state *s = p->s;

    for (int i = 0; i < c->n; i++) {
        const struct entry *e = &c->entries[i];
        struct variable *v = variable_find(s, e->name.variable);

        if (!path_within(e->name.path, scope))
            continue;
        name_drop(s, e->name.path);
        name_put(s, e->name.path, e->name.variable);
        v->value = e->value;
        v->version = e->version;
        v->floor = 0;
    }
    for (int i = s->n_names - 1; exact && i >= 0; i--)
        if (path_within(s->names[i].path, scope) &&
            entry_find(c, s->names[i].path) == NULL)
            name_drop(s, s->names[i].path);
    s->head = c->id;
}

static bool reported(struct play *p, const struct outlook *want,
                     const vs_restore_report *r)
{
    const vs_restore_report *w = &want->report;

    if (want->cut || (r->n_set == w->n_set && r->n_made == w->n_made &&
                      r->n_removed == w->n_removed &&
                      r->n_extra == w->n_extra && r->n_same == w->n_same))
        return true;
    return play_wrong(
        p,
        "restore told %lld set, %lld made, %lld removed, %lld extra, %lld "
        "same; it is %lld, %lld, %lld, %lld, %lld",
        (long long)r->n_set, (long long)r->n_made, (long long)r->n_removed,
        (long long)r->n_extra, (long long)r->n_same, (long long)w->n_set,
        (long long)w->n_made, (long long)w->n_removed, (long long)w->n_extra,
        (long long)w->n_same);
}

bool do_restore(struct play *p, const struct deed *d)
{
    const int64_t id = choose(p->s, d->n);
    const struct checkpoint *c = checkpoint_find(p->s, id);
    const bool dry = d->mode % 8 == 7;
    const vs_restore_options options = {
        .scope = deed_scope(d->a), .exact = d->mode % 2 == 0, .dry_run = dry};
    vs_restore_report report = {0};
    struct outlook out = {.errors = ERR(NOTFOUND)};
    uint64_t errors = dry ? 0 : play_may_write(p);

    if (p->s->n_names > MOST_NAMES / 2)
        return true;
    if (c != NULL)
        look_forward(p, c, options.scope, options.exact, &out);
    errors |= out.errors;
    if (!play_judge(p,
                    vs_checkpoint_restore(p->h->store, id, &options, &report),
                    errors, "restore"))
        return false;
    if (errors != 0)
        return true;
    if (!dry)
        restore(p, c, options.scope, options.exact);
    return reported(p, &out, &report);
}

/* -------- Finding them. */

static const struct checkpoint *with_step(const struct state *s, int64_t step)
{
    for (int i = s->n_checkpoints - 1; i >= 0; i--)
        if (s->checkpoints[i].step == step)
            return &s->checkpoints[i];
    return NULL;
}

bool do_find(struct play *p, const struct deed *d)
{
    const int back = d->n % (p->s->n_checkpoints + 1);
    const struct checkpoint *want = NULL;
    char ref[32] = "";
    char tag[8];
    int64_t id = 0;
    uint64_t errors;

    switch (d->mode % 3) {
    case 0:
        (void)snprintf(ref, sizeof ref, "latest~%d", back);
        if (back < p->s->n_checkpoints)
            want = &p->s->checkpoints[p->s->n_checkpoints - 1 - back];
        break;
    case 1:
        (void)snprintf(ref, sizeof ref, "step:%d", d->n % 5);
        want = with_step(p->s, d->n % 5);
        break;
    default:
        (void)snprintf(ref, sizeof ref, "%s", tag_word(d->n, tag));
        want = checkpoint_tagged(p->s, d->n % MOST_TAGS);
        break;
    }
    errors = want == NULL ? ERR(NOTFOUND) : 0;
    if (!play_judge(p, vs_checkpoint_find(p->h->store, ref, &id), errors,
                    "find"))
        return false;
    return errors != 0 || numbered(p, id, want->id);
}

bool do_tag(struct play *p, const struct deed *d)
{
    const int64_t id = choose(p->s, d->n);
    struct checkpoint *c = checkpoint_find(p->s, id);
    const uint64_t errors = play_may_write(p) | (c == NULL ? ERR(NOTFOUND) : 0);
    char word[8];

    if (!play_judge(p, vs_tag_set(p->h->store, tag_word(d->mode, word), id),
                    errors, "tag"))
        return false;
    if (errors == 0)
        put_tag(p->s, c, d->mode % MOST_TAGS);
    return true;
}

bool do_untag(struct play *p, const struct deed *d)
{
    struct checkpoint *c = checkpoint_tagged(p->s, d->mode % MOST_TAGS);
    const uint64_t errors = play_may_write(p) | (c == NULL ? ERR(NOTFOUND) : 0);
    char word[8];

    if (!play_judge(p, vs_tag_remove(p->h->store, tag_word(d->mode, word)),
                    errors, "untag"))
        return false;
    if (errors == 0)
        c->tags[d->mode % MOST_TAGS] = false;
    return true;
}

bool do_look_at(struct play *p, const struct deed *d)
{
    const char *path = deed_path(d->a);
    const int64_t id = choose(p->s, d->n);
    struct checkpoint *c = checkpoint_find(p->s, id);
    const struct entry *e = c != NULL ? entry_find(c, path) : NULL;
    const uint64_t errors = e == NULL ? ERR(NOTFOUND) : 0;
    vs_variable *v = NULL;

    if (!play_judge(p, vs_variable_open_at(p->h->store, id, path, &v), errors,
                    "look-at"))
        return false;
    if (errors != 0)
        return true;
    slot_free(&p->h->slots[d->slot]);
    p->h->slots[d->slot] = (struct slot){.v = v,
                                         .variable = e->name.variable,
                                         .checkpoint = id,
                                         .value = e->value};
    return true;
}

/* -------- Whole states: two tensors, and one more now and then. */

#define MOST_ITEMS 3

struct items {
    int n;
    const char *paths[MOST_ITEMS];
    int values[MOST_ITEMS]; /* numbers */
    vs_state_item items[MOST_ITEMS];
    int32_t memory[MOST_ITEMS][MOST_ELEMENTS];
};

static void choose_items(const struct deed *d, struct items *out)
{
    out->n = 1 + d->n % MOST_ITEMS;
    out->paths[0] = deed_path(d->a);
    out->paths[1] = deed_path(d->b);
    out->paths[2] = deed_path((uint8_t)(d->a + d->b + 1));
}

/* The value that item `i` is to be: one in three is what is there, one in ten
 * has another shape. A new variable is not cut. */
static int item_value(struct play *p, const struct deed *d, const char *path,
                      int i)
{
    const struct variable *v = variable_at(p->s, path);
    int kind = (d->n + i) % 5;

    if (v != NULL && v->value != NO_VALUE && (d->n / 3 + i) % 3 == 0)
        return value_copy(&p->m, v->value);
    if (v != NULL && (d->n / 7 + i) % 10 != 0)
        kind = v->kind;
    return value_fill(&p->m, kind, d->n + i, 3);
}

static void fill_items(struct play *p, const struct deed *d, struct items *out)
{
    choose_items(d, out);
    for (int i = 0; i < out->n; i++) {
        const int value = item_value(p, d, out->paths[i], i);
        vs_view view = play_given(p, value, 0, 0);

        memcpy(out->memory[i], p->given, sizeof p->given);
        view.data = out->memory[i];
        out->values[i] = value;
        out->items[i] = (vs_state_item){.name = out->paths[i], .view = view};
    }
}

/* What is wrong with one item. */
static uint64_t may_save_item(struct play *p, const struct items *items, int i,
                              vs_reuse reuse)
{
    const struct variable *v = variable_at(p->s, items->paths[i]);
    const int kind = p->m.values[items->values[i]].kind;
    uint64_t errors = 0;

    for (int j = 0; j < i; j++)
        if (strcmp(items->paths[i], items->paths[j]) == 0 ||
            (v != NULL && variable_at(p->s, items->paths[j]) == v))
            errors |= ERR(NAME);
    if (v == NULL)
        return errors | (reuse == VS_REUSE_TRUE ? ERR(NOTFOUND) : 0) |
               (is_sealed(p->s, items->paths[i], kind) ? ERR(SEALED) : 0);
    if (reuse == VS_REUSE_NONE)
        errors |= ERR(EXISTS);
    if (v->kind != kind)
        errors |= ERR(SHAPE) | ERR(DTYPE);
    return errors;
}

/* How many parts (1 if it is whole) of a variable have in both values the same
 * elements: all have as many rows, but that the first ones have one more. */
static int same_parts(const struct model *m, int kind, int a, int b)
{
    const int parts = kinds[kind].parts > 0 ? kinds[kind].parts : 1;
    const int64_t rows = kinds[kind].shape.dims[0];
    const int64_t row = kinds[kind].parts > 0 ? kind_count(kind) / rows : 0;
    int64_t first = 0;
    int n = 0;

    if (a == NO_VALUE || b == NO_VALUE || kinds[kind].parts == 0 ||
        m->values[a].kind != m->values[b].kind)
        return value_equal(m, a, b);
    for (int i = 0; i < parts; i++) {
        const int64_t count = (rows / parts + (i < rows % parts)) * row;

        n +=
            memcmp(m->values[a].elements + first, m->values[b].elements + first,
                   (size_t)count * sizeof *m->values[a].elements) == 0;
        first += count;
    }
    return n;
}

/* Counts into `want` what a save would do, parts each; changes the model if
 * `really`. */
static void save_items(struct play *p, const struct items *items, bool really,
                       vs_state_report *want)
{
    memset(want, 0, sizeof *want);
    for (int i = 0; i < items->n; i++) {
        struct variable *v = variable_at(p->s, items->paths[i]);

        if (v != NULL) {
            const int parts = kinds[v->kind].parts;
            const int same =
                same_parts(&p->m, v->kind, v->value, items->values[i]);

            want->n_same += same;
            want->n_written += (parts > 0 ? parts : 1) - same;
        }
        want->n_created += v == NULL;
        if (!really ||
            (v != NULL && value_equal(&p->m, v->value, items->values[i])))
            continue;
        if (v == NULL) {
            v = variable_make(&p->m, p->s, p->m.values[items->values[i]].kind);
            name_put(p->s, items->paths[i], v->id);
        }
        variable_give(p->s, v, items->values[i]);
    }
}

/* Would a checkpoint of it all miss a value? */
static bool misses_value(struct play *p, const struct items *items)
{
    for (int i = 0; i < p->s->n_names; i++) {
        const struct variable *v = variable_find(p->s, p->s->names[i].variable);
        bool given = v->value != NO_VALUE;

        for (int j = 0; j < items->n; j++)
            given = given || variable_at(p->s, items->paths[j]) == v;
        if (!given)
            return true;
    }
    return false;
}

bool do_state_save(struct play *p, const struct deed *d)
{
    static const vs_reuse modes[] = {VS_REUSE_AUTO, VS_REUSE_AUTO,
                                     VS_REUSE_TRUE, VS_REUSE_NONE};
    static struct items items;
    const bool saves = d->mode / 4 % 4 == 0 && p->s->n_checkpoints < MOST_SAVED;
    const vs_save_options checkpoint = VS_SAVE_OPTIONS_INIT;
    const vs_state_save_options options = {
        .reuse = modes[d->mode % 4], .checkpoint = saves ? &checkpoint : NULL};
    vs_state_report report = {0};
    vs_state_report want;
    uint64_t errors = 0;
    vs_status st;

    if (p->s->n_names > MOST_NAMES - 3 || p->s->n_variables > MOST_VARS - 3)
        return true;
    fill_items(p, d, &items);
    for (int i = 0; i < items.n; i++)
        errors |= may_save_item(p, &items, i, options.reuse);
    if (saves && misses_value(p, &items))
        errors |= ERR(UNINITIALIZED);
    save_items(p, &items, false, &want);
    st = vs_state_save(p->h->store, items.items, (size_t)items.n, &options,
                       &report);
    if (st == VS_OK && errors == 0 && want.n_written + want.n_created == 0 &&
        !saves)
        return report.n_same == want.n_same ||
               play_wrong(p, "not all the same");
    errors |= play_may_write(p);
    if (!play_judge(p, st, errors, "save-state"))
        return false;
    if (errors != 0)
        return true;
    save_items(p, &items, true, &want);
    if (saves &&
        !numbered(p, report.checkpoint, save(p->s, checkpoint.step)->id))
        return false;
    return (report.n_same == want.n_same &&
            report.n_written == want.n_written &&
            report.n_created == want.n_created) ||
           play_wrong(p,
                      "save-state told %lld same, %lld written, %lld made; "
                      "it is %lld, %lld, %lld",
                      (long long)report.n_same, (long long)report.n_written,
                      (long long)report.n_created, (long long)want.n_same,
                      (long long)want.n_written, (long long)want.n_created);
}

/* The value of a name now or in a checkpoint, and why it cannot be had. */
static int value_at(struct play *p, struct checkpoint *c, const char *path,
                    uint64_t *errors)
{
    const struct entry *e = c != NULL ? entry_find(c, path) : NULL;
    const struct variable *v = c == NULL ? variable_at(p->s, path) : NULL;
    const int value = e != NULL ? e->value : v != NULL ? v->value : NO_VALUE;

    if (e == NULL && v == NULL)
        *errors |= ERR(NOTFOUND);
    else if (value == NO_VALUE)
        *errors |= ERR(UNINITIALIZED);
    return value;
}

bool do_state_load(struct play *p, const struct deed *d)
{
    static struct items items;
    const int64_t id = d->n % 2 == 0 ? choose(p->s, d->n) : 0;
    struct checkpoint *c = checkpoint_find(p->s, id);
    const vs_state_load_options options = {.checkpoint = id};
    uint64_t errors = id != 0 && c == NULL ? ERR(NOTFOUND) : 0;
    vs_status st;

    choose_items(d, &items);
    for (int i = 0; i < items.n; i++) {
        const struct variable *v = variable_at(p->s, items.paths[i]);
        const int value = value_at(p, c, items.paths[i], &errors);
        const int kind = value != NO_VALUE ? p->m.values[value].kind
                         : v != NULL       ? v->kind
                                           : 0;

        items.values[i] = value;
        items.items[i] = (vs_state_item){.name = items.paths[i],
                                         .view = vs_view_of(kinds[kind].dtype,
                                                            &kinds[kind].shape,
                                                            items.memory[i])};
    }
    st = vs_state_load(p->h->store, items.items, (size_t)items.n, &options);
    if (!play_judge(p, st, errors, "load-state"))
        return false;
    for (int i = 0; i < items.n && errors == 0; i++) {
        memcpy(p->got, items.memory[i], sizeof p->got);
        if (!play_same(p, items.values[i], 0, 0, "load-state"))
            return false;
    }
    return true;
}
