/* enact.c - see enact.h. Opening, closing, transactions and scopes. */
#include "enact.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"

#define PATH        DISK_DIR "/m.vars.db"
#define CHUNK_BYTES 4096

const char *play_bug;

bool play_wrong(struct play *p, const char *format, ...)
{
    va_list args;

    if (p->wrong)
        return false;
    p->wrong = true;
    va_start(args, format);
    (void)vsnprintf(p->words, sizeof p->words, format, args);
    va_end(args);
    return false;
}

static const char *first_of(uint64_t errors)
{
    for (int i = 1; i < 64; i++)
        if ((errors >> i & 1) != 0)
            return vs_status_word((vs_status)-i);
    return "ok";
}

bool play_judge(struct play *p, vs_status st, uint64_t errors, const char *what)
{
    if (st == VS_OK ? errors == 0 : st < 0 && (errors >> -(int)st & 1) != 0)
        return true;
    return play_wrong(p, "%s gave %s instead of %s: %.250s", what,
                      vs_status_word(st), first_of(errors),
                      st != VS_OK && p->h->store != NULL
                          ? vs_store_error(p->h->store)->message
                          : "");
}

uint64_t play_may_write(const struct play *p)
{
    const struct handle *h = p->h;

    if (h->depth > 0 && h->txn == VS_TXN_READ)
        return ERR(MISUSE) | ERR(READONLY);
    if (h->only_reads)
        return ERR(READONLY);
    return h->depth == 0 && is_writing(&p->m, 1 - p->who) ? ERR(BUSY) : 0;
}

void slot_free(struct slot *slot)
{
    vs_variable_free(slot->v);
    memset(slot, 0, sizeof *slot);
}

static void forget_scopes(struct handle *h)
{
    vs_context_free(h->ctx);
    h->ctx = NULL;
    h->n_scopes = 0;
}

static void close_handle(struct handle *h)
{
    for (int i = 0; i < MOST_SLOTS; i++)
        slot_free(&h->slots[i]);
    forget_scopes(h);
    vs_store_close(h->store);
    h->store = NULL;
    h->depth = 0;
    h->only_reads = h->alone = false;
}

static vs_status open_handle(struct handle *h, vs_open_mode mode)
{
    const vs_store_options options = {.mode = mode,
                                      .busy_ms = 20,
                                      .chunk_bytes = CHUNK_BYTES,
                                      .program = "model",
                                      .seed = 7,
                                      .threads = 1};
    vs_status st = vs_store_open(PATH, &options, &h->store, NULL);

    if (st != VS_OK)
        return st;
    h->only_reads = mode == VS_OPEN_READ;
    return vs_context_new(h->store, &h->ctx);
}

void play_begin(struct play *p)
{
    memset(p->words, 0, sizeof p->words);
    p->wrong = false;
    p->n_done = 0;
    model_init(&p->m);
    p->h = &p->m.handles[0];
    p->s = &p->m.now;
    (void)play_judge(p, open_handle(p->h, VS_OPEN_CREATE_NEW), 0, "the first");
}

void play_done(struct play *p)
{
    close_handle(&p->m.handles[1]);
    close_handle(&p->m.handles[0]);
    model_done(&p->m);
}

bool play_end(struct play *p)
{
    static const struct deed check = {.kind = DEED_CHECK};

    close_handle(&p->m.handles[1]);
    close_handle(&p->m.handles[0]);
    p->who = 0;
    p->h = &p->m.handles[0];
    p->s = &p->m.now;
    return play_judge(p, open_handle(p->h, VS_OPEN_READ), 0, "the last open") &&
           compare_all(p) && do_check(p, &check);
}

bool do_open(struct play *p, const struct deed *d)
{
    const bool read = d->mode % 4 == 0;
    const struct handle *other = &p->m.handles[1 - p->who];
    uint64_t errors = 0;

    if (p->h->store != NULL)
        return true;
    if (other->alone)
        errors = ERR(BUSY);
    return play_judge(p, open_handle(p->h, read ? VS_OPEN_READ : VS_OPEN_WRITE),
                      errors, "open");
}

bool do_close(struct play *p, const struct deed *d)
{
    (void)d;
    close_handle(p->h);
    return true;
}

bool do_flush(struct play *p, const struct deed *d)
{
    const vs_status st = vs_store_flush(p->h->store);
    uint64_t errors = play_may_write(p);

    (void)d;
    if (p->h->depth > 0)
        errors = ERR(MISUSE) | (p->h->only_reads ? ERR(READONLY) : 0);
    return play_judge(p, st, errors, "flush");
}

bool do_begin(struct play *p, const struct deed *d)
{
    struct handle *h = p->h;
    const vs_txn_kind kind = d->mode % 8 < 3   ? VS_TXN_READ
                             : d->mode % 8 < 7 ? VS_TXN_WRITE
                                               : VS_TXN_BULK;
    uint64_t errors = kind == VS_TXN_READ ? 0 : play_may_write(p);

    if (h->depth == MOST_DEPTH ||
        (kind == VS_TXN_READ && is_writing(&p->m, p->who)))
        return true;
    if (!play_judge(p, vs_store_begin(h->store, kind), errors, "begin"))
        return false;
    if (errors != 0)
        return true;
    if (h->depth == 0) {
        h->txn = kind;
        h->alone =
            kind == VS_TXN_BULK && p->m.handles[1 - p->who].store == NULL;
    }
    h->levels[h->depth++] = *p->s;
    return true;
}

bool do_commit(struct play *p, const struct deed *d)
{
    struct handle *h = p->h;
    const uint64_t errors = h->depth == 0 ? ERR(MISUSE) : 0;

    (void)d;
    if (!play_judge(p, vs_store_commit(h->store), errors, "commit"))
        return false;
    if (errors != 0)
        return true;
    h->depth--;
    if (h->txn != VS_TXN_READ)
        *view_of(&p->m, p->who) = h->levels[h->depth];
    h->alone = h->alone && h->depth > 0;
    return true;
}

bool do_rollback(struct play *p, const struct deed *d)
{
    struct handle *h = p->h;
    const uint64_t errors = h->depth == 0 ? ERR(MISUSE) : 0;

    (void)d;
    if (!play_judge(p, vs_store_rollback(h->store), errors, "rollback"))
        return false;
    if (errors == 0)
        h->depth--;
    h->alone = h->alone && h->depth > 0;
    return true;
}

/* A mode that is not given is that of the scope around; at the root: none. */
bool do_enter(struct play *p, const struct deed *d)
{
    static const vs_reuse modes[] = {VS_REUSE_AUTO, VS_REUSE_INHERIT,
                                     VS_REUSE_TRUE, VS_REUSE_AUTO};
    struct handle *h = p->h;
    const vs_scope_options options = {.reuse = modes[d->mode % 4]};
    struct scope *scope = &h->scopes[h->n_scopes];
    const char *around = h->n_scopes > 0 ? scope[-1].path : "";
    const char *name = d->a % 2 == 0 ? "a" : "b";
    vs_status st;

    if (h->n_scopes == MOST_SCOPES || strlen(around) > 4)
        return true;
    if (h->n_scopes == 0 && d->a % 3 == 0)
        name = ""; /* the root again, with this mode */
    st = vs_scope_enter(h->ctx, name, &options, &h->entered[h->n_scopes]);
    if (!play_judge(p, st, 0, "enter"))
        return false;
    (void)snprintf(scope->path, sizeof scope->path, "%.8s%s%s", around,
                   around[0] != '\0' ? "/" : "", name);
    scope->reuse = options.reuse != VS_REUSE_INHERIT ? options.reuse
                   : h->n_scopes > 0                 ? scope[-1].reuse
                                                     : VS_REUSE_NONE;
    h->n_scopes++;
    return true;
}

bool do_leave(struct play *p, const struct deed *d)
{
    struct handle *h = p->h;

    (void)d;
    if (h->n_scopes == 0)
        return true;
    h->n_scopes--;
    return play_judge(p, vs_scope_leave(h->entered[h->n_scopes]), 0, "leave");
}

/* In the order of the deeds. */
static deed_fn *const doers[N_DEEDS] = {
    do_open,       do_close,      do_flush, do_begin,     do_commit,
    do_rollback,   do_enter,      do_leave, do_get,       do_create,
    do_look,       do_free,       do_read,  do_read_rows, do_read_part,
    do_write,      do_write_rows, do_add,   do_swap,      do_initialize,
    do_delete,     do_rename,     do_alias, do_copy,      do_move,
    do_seal,       do_unseal,     do_save,  do_forget,    do_restore,
    do_find,       do_tag,        do_untag, do_look_at,   do_state_save,
    do_state_load, do_compare,    do_check};

bool play_deed(struct play *p, const struct deed *deed)
{
    p->deed = deed;
    p->who = deed->who;
    p->h = &p->m.handles[p->who];
    if (p->h->store == NULL && deed->kind != DEED_OPEN)
        return true;
    p->s = view_of(&p->m, p->who);
    p->n_done++;
    return doers[deed->kind](p, deed) && !p->wrong;
}
