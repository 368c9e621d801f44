/* pick.c - opening what a command was pointed at. See pick.h. */
#include "pick.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"

void pick_split(const char *arg, struct text *path, const char **ref)
{
    const char *at = strrchr(arg, '@');

    text_reset(path);
    text_puts(path, arg);
    *ref = NULL;
    if (at == NULL || at == arg || access(arg, F_OK) == 0)
        return;
    path->p[at - arg] = '\0';
    path->n = (size_t)(at - arg);
    *ref = path->p + path->n + 1;
}

int pick_store_fault(struct cli *cli, vs_store *store)
{
    return fault_take(&cli->fault, vs_store_error(store));
}

static bool looks_like(const char *candidate, const char *typed)
{
    size_t n = strlen(typed);
    const char *end = strrchr(candidate, '-');

    if (end != NULL && (strcmp(end, "-wal") == 0 || strcmp(end, "-shm") == 0))
        return false;
    return distance(candidate, typed) <= (n < 4 ? 1 : 2) ||
           (n > 1 && strncmp(candidate, typed, n) == 0);
}

void pick_hint_file(struct cli *cli, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    struct text folder = {NULL, 0, 0};
    struct text found = {NULL, 0, 0};
    DIR *dir;
    const struct dirent *d;
    int n = 0;

    if (slash == NULL)
        text_puts(&folder, ".");
    else
        text_add(&folder, path, (size_t)(slash - path) + 1);
    dir = opendir(folder.p);
    while (dir != NULL && n < 3 && (d = readdir(dir)) != NULL) {
        if (d->d_name[0] == '.' || !looks_like(d->d_name, base))
            continue;
        text_printf(&found, "%s%.*s%s", n++ > 0 ? " or " : "",
                    (int)(base - path), path, d->d_name);
    }
    if (n > 0)
        fault_hint(&cli->fault, "did you mean %s?", found.p);
    if (dir != NULL)
        (void)closedir(dir);
    text_done(&folder);
    text_done(&found);
}

static int store_open(struct cli *cli, const char *path, vs_open_mode mode,
                      vs_store **out, vs_error *err)
{
    vs_store_options options = {.mode = mode, .busy_ms = cli->busy_ms};

    err->status = VS_OK;
    err->message[0] = '\0';
    err->hint[0] = '\0';
    return vs_store_open(path, &options, out, err);
}

static int open_fault(struct cli *cli, const char *path, const vs_error *err)
{
    int rc = fault_take(&cli->fault, err);

    if (err->status == VS_ERR_NOFILE)
        pick_hint_file(cli, path);
    return rc;
}

/* True if the file starts as a format known here does: what cannot be read in
 * it is then worth telling. */
static bool starts_as_foreign(const char *path)
{
    char head[9] = {0};
    FILE *f = fopen(path, "rb");
    size_t n = f != NULL ? fread(head, 1, sizeof head, f) : 0;

    if (f != NULL)
        (void)fclose(f);
    return n == sizeof head &&
           (head[8] == '{' || memcmp(head, "\x93NUMPY", 6) == 0);
}

/* Opens a file that is no store; `err` says why it is none. */
static int open_foreign(struct pick *p, const vs_error *err)
{
    struct fault *f = &p->cli->fault;
    struct stat info;
    vs_error why = {VS_OK, "", ""};
    vs_status st;
    int rc;

    if (stat(p->path.p, &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_size == 0)
        return fault_take(f, err);
    st = vs_file_open(p->path.p, &p->file, &why);
    if (st == VS_OK)
        return EXIT_YES;
    if (st != VS_ERR_UNSUPPORTED || starts_as_foreign(p->path.p))
        return fault_take(f, &why);
    rc = fault_take(f, err);
    fault_hint(f, "stores, safetensors and .npy files can be read here");
    fault_see(f, "varstore help formats");
    return rc;
}

static void suggest_tag(struct cli *cli, vs_store *store, const char *ref)
{
    vs_checkpoint_list *list = NULL;
    const vs_checkpoint_info *c;
    struct suggest s;

    suggest_init(&s, ref[0] == '@' ? ref + 1 : ref);
    suggest_offer(&s, "latest");
    if (vs_checkpoint_list_open(store, &list) == VS_OK)
        while (vs_checkpoint_list_next(list, &c) == VS_OK)
            for (size_t i = 0; i < c->n_tags; i++)
                suggest_offer(&s, c->tags[i]);
    vs_checkpoint_list_close(list);
    if (suggest_best(&s) != NULL)
        fault_hint(&cli->fault, "did you mean @%s?", suggest_best(&s));
    suggest_done(&s);
}

int pick_checkpoint(struct cli *cli, vs_store *store, const char *path,
                    const char *ref, int64_t *out)
{
    vs_status st = vs_checkpoint_find(store, ref, out);
    int rc;

    if (st == VS_OK)
        return EXIT_YES;
    rc = pick_store_fault(cli, store);
    if (st == VS_ERR_NOTFOUND) {
        suggest_tag(cli, store, ref);
        fault_see(&cli->fault, "varstore log %s", path);
    } else
        fault_see(&cli->fault, "varstore help checkpoints");
    return rc;
}

static int begin_read(struct pick *p, const char *ref)
{
    if (vs_store_begin(p->store, VS_TXN_READ) != VS_OK)
        return pick_store_fault(p->cli, p->store);
    p->in_read = true;
    if (ref == NULL)
        return EXIT_YES;
    return pick_checkpoint(p->cli, p->store, p->path.p, ref, &p->checkpoint);
}

int pick_open(struct cli *cli, const char *arg, const char *ref,
              enum pick_kind kind, struct pick *out)
{
    struct pick p = {.cli = cli};
    const char *own_ref;
    vs_error err;
    int rc;
    vs_status st;

    pick_split(arg, &p.path, &own_ref);
    if (ref == NULL)
        ref = own_ref;
    text_puts(&p.label, p.path.p);
    if (ref != NULL)
        text_printf(&p.label, "@%s", ref[0] == '@' ? ref + 1 : ref);
    st = store_open(cli, p.path.p, VS_OPEN_READ, &p.store, &err);
    if (st == VS_OK)
        rc = begin_read(&p, ref);
    else if (st == VS_ERR_NOTASTORE && kind == PICK_ANY)
        rc = open_foreign(&p, &err);
    else
        rc = open_fault(cli, p.path.p, &err);
    if (rc == EXIT_YES && p.file != NULL && ref != NULL)
        rc = fault_set(&cli->fault, VS_ERR_NOTFOUND,
                       "%s is a %s file and has no checkpoints: %s", p.path.p,
                       vs_file_format(p.file), p.label.p);
    *out = p;
    return rc;
}

void pick_close(struct pick *p)
{
    if (p->in_read)
        (void)vs_store_rollback(p->store);
    vs_store_close(p->store);
    vs_file_close(p->file);
    text_done(&p->label);
    text_done(&p->path);
    p->store = NULL;
    p->file = NULL;
    p->in_read = false;
}

int pick_store(struct cli *cli, const char *arg, vs_store **out)
{
    struct text path = {NULL, 0, 0};
    const char *ref;
    vs_open_mode mode =
        opt_has(cli, OPT_DRY_RUN) ? VS_OPEN_READ : VS_OPEN_WRITE;
    vs_error err;
    int rc = EXIT_YES;

    pick_split(arg, &path, &ref);
    if (ref != NULL) {
        rc = fault_set(&cli->fault, VS_ERR_MISUSE,
                       "%s: a checkpoint cannot be changed, and there is no "
                       "file of that name",
                       arg);
        fault_hint(&cli->fault, "the current state: varstore %s %s ...",
                   cli->command->name, path.p);
    } else if (store_open(cli, arg, mode, out, &err) != VS_OK)
        rc = open_fault(cli, arg, &err);
    text_done(&path);
    return rc;
}

void pick_json(const struct pick *p, struct json *j)
{
    json_member_text(j, "file", p->path.p);
    if (p->checkpoint != 0)
        json_member_id(j, "checkpoint", p->checkpoint);
}
