/* answers.c - see answers.h.
 *
 * Two kinds of answers are wrong: one that is given without an error and is
 * not that of the sound store, and one that denies what is there, since
 * somebody would then make it anew.
 */
#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

#define N_CHECKPOINTS 2

struct asking {
    vs_store *store; /* borrowed; NULL if it could not be opened */
    vs_status opened;
    struct answers *out;
};

static struct answer *ask(struct asking *a, const char *about, const char *name,
                          int checkpoint)
{
    struct answer *answer = &a->out->all[a->out->n++];

    assert_true(a->out->n <= ANSWERS_MAX);
    memset(answer, 0, sizeof *answer);
    (void)snprintf(answer->question, sizeof answer->question, "%s %s@%d", about,
                   name, checkpoint);
    answer->status = a->opened;
    return answer;
}

static void note(struct answer *answer, const void *bytes, size_t n)
{
    struct vs__digest digest = vs__digest_of(bytes, n);

    vs__digest_chain(&answer->digest, digest.bytes, sizeof digest.bytes);
}

static void note_text(struct answer *answer, const char *text)
{
    note(answer, text != NULL ? text : "(none)",
         text != NULL ? strlen(text) : 6);
}

static void note_number(struct answer *answer, int64_t number)
{
    note(answer, &number, sizeof number);
}

static void conclude(struct answer *answer, vs_status st)
{
    answer->status = st == VS_DONE ? VS_OK : st;
    if (answer->status != VS_OK)
        memset(&answer->digest, 0, sizeof answer->digest);
}

static vs_status take(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct answer *answer = ctx;

    (void)src;
    note_number(answer, first);
    note_number(answer, n);
    return VS_OK;
}

static vs_status take_bytes(struct answer *answer, vs_variable *v)
{
    const vs_shape *shape = vs_variable_shape(v);
    int64_t n = 0;
    vs_status st = vs_shape_count(shape, &n);
    size_t bytes;
    void *memory;
    vs_view view;

    if (st != VS_OK)
        return st;
    bytes = (size_t)n * vs_dtype_size(vs_variable_dtype(v));
    assert_true(bytes < 1 << 20);
    memory = calloc(1, bytes != 0 ? bytes : 1);
    assert_non_null(memory);
    view = vs_view_of(vs_variable_dtype(v), shape, memory);
    if ((st = vs_variable_read(v, &view)) == VS_OK)
        note(answer, memory, bytes);
    free(memory);
    return st;
}

static void note_info(struct answer *answer, const vs_variable_info *info)
{
    char shape[VS_SHAPE_TEXT_MAX];

    note_text(answer, info->name);
    note_text(answer, info->alias_of);
    note_number(answer, info->id);
    note_number(answer, info->dtype);
    note_text(answer, vs_shape_text(&info->shape, shape));
    note_number(answer, info->n_elements);
    note_number(answer, info->n_bytes);
    note_number(answer, info->n_chunks);
    note_number(answer, info->version);
    note_number(answer, info->written_ms);
    note_number(answer, info->created.at_ms);
    note_number(answer, info->trainable);
    note(answer, info->digest, sizeof info->digest);
    note_text(answer, info->initializer);
    note_text(answer, info->created.site);
}

static void note_stats(struct answer *answer, const vs_stats *stats)
{
    note_number(answer, stats->count);
    note_number(answer, stats->zeros);
    note_number(answer, stats->nans);
    note_number(answer, stats->infs);
    note(answer, &stats->min, sizeof stats->min);
    note(answer, &stats->max, sizeof stats->max);
    note(answer, &stats->mean, sizeof stats->mean);
    note(answer, &stats->m2, sizeof stats->m2);
}

static vs_status note_collections(struct answer *answer, vs_variable *v)
{
    const char *const *keys = NULL;
    vs_status st = vs_variable_collections(v, &keys);

    for (; st == VS_OK && *keys != NULL; keys++)
        note_text(answer, *keys);
    return st;
}

static vs_status note_rules(struct answer *answer, vs_variable *v)
{
    const char *regularizer = NULL;
    const char *constraint = NULL;
    const vs_status st = vs_variable_rules(v, &regularizer, &constraint);

    if (st == VS_OK) {
        note_text(answer, regularizer);
        note_text(answer, constraint);
    }
    return st;
}

static void note_parts(struct answer *answer, const vs_variable *v)
{
    const vs_partition *p = vs_variable_partition(v);
    char shape[VS_SHAPE_TEXT_MAX];

    note_number(answer, vs_variable_n_parts(v));
    note_number(answer, vs_variable_ordinal(v));
    if (p == NULL)
        return;
    note_text(answer, vs_shape_text(&p->shape, shape));
    note_number(answer, p->axis);
    note_number(answer, p->parts);
}

/* What a handle gives, by what is asked. */
static vs_status about(struct answer *answer, vs_variable *v, const char *what)
{
    const vs_sink sink = {take, answer};
    const vs_variable_info *info = NULL;
    vs_stats stats;
    vs_status st;

    switch (what[0]) {
    case 'v': /* value */
        note_number(answer, vs_variable_dtype(v));
        note_number(answer, vs_variable_trainable(v));
        return take_bytes(answer, v);
    case 's': /* stream */
        return vs_variable_read_to(v, sink);
    case 'd': /* description */
        if ((st = vs_variable_describe(v, &info)) == VS_OK)
            note_info(answer, info);
        return st;
    case 'n': /* numbers */
        if ((st = vs_variable_stats(v, &stats)) == VS_OK)
            note_stats(answer, &stats);
        return st;
    case 'r': /* rules */
        return note_rules(answer, v);
    case 'p': /* parts */
        note_parts(answer, v);
        return VS_OK;
    default: /* collections */
        return note_collections(answer, v);
    }
}

static void ask_variable(struct asking *a, const char *what, const char *name,
                         int checkpoint)
{
    struct answer *answer = ask(a, what, name, checkpoint);
    vs_variable *v = NULL;
    vs_status st;

    if (a->store == NULL)
        return;
    st = checkpoint == 0 ? vs_variable_open(a->store, name, &v)
                         : vs_variable_open_at(a->store, checkpoint, name, &v);
    if (st == VS_OK)
        st = about(answer, v, what);
    vs_variable_free(v);
    conclude(answer, st);
}

static void ask_list(struct asking *a, int checkpoint, const char *collection)
{
    const vs_list_options options = {.checkpoint = checkpoint,
                                     .collection = collection};
    struct answer *answer =
        ask(a, "list", collection != NULL ? collection : "", checkpoint);
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    vs_status st;

    if (a->store == NULL)
        return;
    if ((st = vs_list_open(a->store, &options, &list)) == VS_OK)
        while ((st = vs_list_next(list, &info)) == VS_OK)
            note_info(answer, info);
    vs_list_close(list);
    conclude(answer, st);
}

static void ask_history(struct asking *a)
{
    struct answer *answer = ask(a, "history", "", 0);
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_status st;

    if (a->store == NULL)
        return;
    if ((st = vs_checkpoint_list_open(a->store, &list)) == VS_OK)
        while ((st = vs_checkpoint_list_next(list, &info)) == VS_OK) {
            note_number(answer, info->id);
            note_number(answer, info->parent);
            note_number(answer, info->step);
            note_number(answer, info->at_ms);
            note_text(answer, info->message);
            note_number(answer, info->n_names);
            note_number(answer, info->logical_bytes);
            note_number(answer, info->new_bytes);
            note(answer, info->root, sizeof info->root);
            for (size_t i = 0; i < info->n_metrics; i++) {
                note_text(answer, info->metrics[i].key);
                note(answer, &info->metrics[i].value, sizeof(double));
            }
            for (size_t i = 0; i < info->n_tags; i++)
                note_text(answer, info->tags[i]);
        }
    vs_checkpoint_list_close(list);
    conclude(answer, st);
}

static void ask_find(struct asking *a, const char *ref)
{
    struct answer *answer = ask(a, "find", ref, 0);
    int64_t checkpoint = 0;
    vs_status st;

    if (a->store == NULL)
        return;
    if ((st = vs_checkpoint_find(a->store, ref, &checkpoint)) == VS_OK)
        note_number(answer, checkpoint);
    conclude(answer, st);
}

static void note_origin(struct answer *answer, const vs_origin *origin)
{
    note_text(answer, origin->program);
    note_number(answer, origin->pid);
    note_text(answer, origin->site);
    note_number(answer, origin->at_ms);
}

static void ask_marks(struct asking *a, vs_mark_kind kind)
{
    struct answer *answer =
        ask(a, "marks", kind == VS_MARK_SEALED ? "sealed" : "reserved", 0);
    const vs_mark *mark = NULL;
    vs_mark_list *list = NULL;
    vs_status st;

    if (a->store == NULL)
        return;
    if ((st = vs_mark_list_open(a->store, kind, &list)) == VS_OK)
        while ((st = vs_mark_list_next(list, &mark)) == VS_OK) {
            note_text(answer, mark->scope);
            note_origin(answer, &mark->made);
        }
    vs_mark_list_close(list);
    conclude(answer, st);
}

static void ask_journal(struct asking *a)
{
    struct answer *answer = ask(a, "journal", "", 0);
    const vs_creation *made = NULL;
    vs_journal *journal = NULL;
    vs_status st;

    if (a->store == NULL)
        return;
    if ((st = vs_journal_open(a->store, NULL, &journal)) == VS_OK)
        while ((st = vs_journal_next(journal, &made)) == VS_OK) {
            note_number(answer, made->position);
            note_text(answer, made->name);
            note_origin(answer, &made->created);
        }
    vs_journal_close(journal);
    conclude(answer, st);
}

/* What a restore would do: it compares the root first. */
static void ask_restore(struct asking *a, int checkpoint)
{
    const vs_restore_options options = {.dry_run = true};
    struct answer *answer = ask(a, "restore", "", checkpoint);
    vs_restore_report report;
    vs_status st;

    if (a->store == NULL)
        return;
    st = vs_checkpoint_restore(a->store, checkpoint, &options, &report);
    if (st == VS_OK)
        note(answer, &report, sizeof report);
    conclude(answer, st);
}

static void ask_facts(struct asking *a)
{
    struct answer *answer = ask(a, "facts", "", 0);
    vs_store_info info;
    vs_status st;

    if (a->store == NULL)
        return;
    if ((st = vs_store_describe(a->store, &info)) == VS_OK) {
        note_text(answer, info.id);
        note_number(answer, info.format);
        note_number(answer, info.chunk_bytes);
        note_number(answer, info.created_ms);
    }
    conclude(answer, st);
}

static void ask_all(struct asking *a)
{
    static const char *const refs[] = {"latest",  "latest~1", "step:10",
                                       "step:20", "first",    "best"};

    a->out->n = 0;
    ask_facts(a);
    for (int i = 0; i < REFERENCE_NAMES; i++) {
        const char *name = reference_names[i];

        ask_variable(a, "value", name, 0);
        ask_variable(a, "stream", name, 0);
        ask_variable(a, "description", name, 0);
        ask_variable(a, "numbers", name, 0);
        ask_variable(a, "collections", name, 0);
        ask_variable(a, "rules", name, 0);
        ask_variable(a, "parts", name, 0);
        for (int k = 1; k <= N_CHECKPOINTS; k++) {
            ask_variable(a, "value", name, k);
            ask_variable(a, "description", name, k);
        }
    }
    for (int k = 0; k <= N_CHECKPOINTS; k++)
        ask_list(a, k, NULL);
    ask_list(a, 0, "trainable_variables");
    ask_list(a, 0, "kept");
    ask_history(a);
    ask_journal(a);
    ask_marks(a, VS_MARK_SEALED);
    ask_marks(a, VS_MARK_RESERVED);
    for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++)
        ask_find(a, refs[i]);
    for (int k = 1; k <= N_CHECKPOINTS; k++)
        ask_restore(a, k);
}

void answers_ask(vs_store *store, struct answers *out)
{
    struct asking a = {store, VS_OK, out};

    ask_all(&a);
}

void answers_of(const char *path, struct answers *out)
{
    struct asking a = {NULL, VS_OK, out};

    a.opened = vs_store_open(path, NULL, &a.store, NULL);
    ask_all(&a);
    vs_store_close(a.store);
}

static bool is_value(const char *question)
{
    return strncmp(question, "value", 5) == 0 ||
           strncmp(question, "description", 11) == 0 ||
           strncmp(question, "numbers", 7) == 0;
}

enum mildness { BITS, SWAPPED, AGED };

static bool allowed(const struct answer *got, enum mildness mild)
{
    if (is_value(got->question))
        return got->status != VS_OK &&
               (got->status != VS_ERR_NOTFOUND || mild == AGED);
    return mild != BITS ||
           (got->status != VS_OK && got->status != VS_ERR_NOTFOUND);
}

static bool right(const struct answers *want, const struct answers *got,
                  enum mildness mild, int *errors, int *at)
{
    *errors = 0;
    for (int i = 0; i < want->n; i++) {
        const struct answer *w = &want->all[i];
        const struct answer *g = &got->all[i];

        if (g->status == w->status &&
            memcmp(&g->digest, &w->digest, sizeof g->digest) == 0)
            continue;
        ++*errors;
        *at = i;
        if (!allowed(g, mild))
            return false;
    }
    return true;
}

bool answers_right(const struct answers *want, const struct answers *got,
                   int *errors, int *at)
{
    return right(want, got, BITS, errors, at);
}

bool answers_right_pages(const struct answers *want, const struct answers *got,
                         bool stale, int *errors, int *at)
{
    return right(want, got, stale ? AGED : SWAPPED, errors, at);
}
