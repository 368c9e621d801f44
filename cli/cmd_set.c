/* cmd_set.c - writes a variable or a slice of it, or makes one, in one
 * transaction.
 *
 * One number for many elements is a view with zero strides and a whole file
 * streams in: neither costs the tensor's size in memory. A list, and a file
 * that goes into a slice, are held in memory.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "json.h"
#include "out.h"
#include "pick.h"
#include "value.h"

enum reuse { AUTO, TRUE, NONE };

struct job {
    struct cli *cli;
    vs_store *store;
    const char *store_path;
    const char *name;
    const char *text; /* VALUE; NULL: from `file` */
    vs_file *file;    /* of -f; NULL: from `text` */
    enum reuse reuse;
    vs_dtype dtype; /* --dtype, or the file's; NONE: not given */
    vs_shape shape; /* --shape, or the file's; unknown rank: not given */
    vs_shape given; /* the shape of the value itself */
    void *data;     /* elements of the value, if they are in memory */
    vs_variable *v;
    bool created;
};

static int take_error(struct job *job, const vs_error *err)
{
    return fault_take(&job->cli->fault, err);
}

static int store_fault(struct job *job)
{
    return pick_store_fault(job->cli, job->store);
}

/* --dtype and --shape. */
static int take_kind(struct job *job)
{
    const char *dtype = opt_value(job->cli, OPT_DTYPE);
    const char *shape = opt_value(job->cli, OPT_SHAPE);
    vs_error err = {VS_OK, "", ""};

    job->shape = vs_shape_unknown();
    if (dtype != NULL && vs_dtype_parse(dtype, &job->dtype) != VS_OK)
        return fault_set(&job->cli->fault, VS_ERR_MISUSE,
                         "set: --dtype is '%s', want f32, bf16, i64, bool, ...",
                         dtype);
    if (shape != NULL && vs_shape_parse(shape, &job->shape, &err) != VS_OK) {
        (void)fault_set(&job->cli->fault, VS_ERR_MISUSE, "set: --shape: %s",
                        err.message);
        return EXIT_USAGE;
    }
    return EXIT_YES;
}

/* Opens the file of -f, which must hold one tensor. */
static int take_file(struct job *job, const char *path)
{
    vs_error err = {VS_OK, "", ""};
    const vs_file_entry *e;

    if (vs_file_open(path, &job->file, &err) != VS_OK) {
        int rc = take_error(job, &err);

        if (err.status == VS_ERR_NOFILE)
            pick_hint_file(job->cli, path);
        return rc;
    }
    if (vs_file_count(job->file) != 1)
        return fault_set(&job->cli->fault, VS_ERR_MISUSE,
                         "set: %s holds %zu tensors, want one (see: varstore "
                         "import)",
                         path, vs_file_count(job->file));
    e = vs_file_get(job->file, 0);
    job->given = e->shape;
    if (job->dtype != VS_DTYPE_NONE && job->dtype != e->dtype)
        return fault_set(&job->cli->fault, VS_ERR_DTYPE,
                         "%s is %s and not %s as --dtype says", path,
                         vs_dtype_name(e->dtype), vs_dtype_name(job->dtype));
    job->dtype = e->dtype;
    return EXIT_YES;
}

static int take_value(struct job *job)
{
    static const char *const words[] = {"auto", "true", "none", NULL};
    const char *path = opt_value(job->cli, OPT_FILE);
    vs_error err = {VS_OK, "", ""};
    int64_t n;
    int reuse = AUTO;
    int rc;

    if ((rc = opt_choice(job->cli, OPT_REUSE, words, &reuse)) != EXIT_YES ||
        (rc = take_kind(job)) != EXIT_YES)
        return rc;
    job->reuse = (enum reuse)reuse;
    job->text = job->cli->n_args > 2 ? job->cli->args[2] : NULL;
    if ((job->text != NULL) == (path != NULL)) {
        fault_see(&job->cli->fault, "varstore help set");
        return fault_set(&job->cli->fault, VS_ERR_MISUSE,
                         job->text != NULL
                             ? "set: a VALUE and -f exclude each other"
                             : "set: missing VALUE (or -f FILE.npy)");
    }
    if (path != NULL)
        return take_file(job, path);
    if (value_shape(job->text, &job->given, &n, &err) != VS_OK)
        return take_error(job, &err);
    return EXIT_YES;
}

/* The element or elements of VALUE, as `dtype`, in memory. */
static int load_text(struct job *job, vs_dtype dtype)
{
    vs_error err = {VS_OK, "", ""};
    int64_t n = 1;

    (void)vs_shape_count(&job->given, &n);
    job->data = mem_get((size_t)n, vs_dtype_size(dtype));
    if (value_parse(job->text, dtype, job->data, &err) != VS_OK)
        return take_error(job, &err);
    return EXIT_YES;
}

/* The tensor of the file, in memory. */
static int load_file(struct job *job, vs_dtype dtype)
{
    vs_error err = {VS_OK, "", ""};
    const vs_file_entry *e = vs_file_get(job->file, 0);
    vs_view view;

    job->data = mem_get((size_t)e->n_elements, vs_dtype_size(dtype));
    view = vs_view_of(dtype, &e->shape, job->data);
    if (vs_file_read(job->file, 0, NULL, &view, &err) != VS_OK)
        return take_error(job, &err);
    return EXIT_YES;
}

/* The value as a view of the shape that is written: a single number stands for
 * every element. */
static int view_as(struct job *job, vs_dtype dtype, const vs_shape *shape,
                   vs_view *out)
{
    char have[VS_SHAPE_TEXT_MAX];
    char want[VS_SHAPE_TEXT_MAX];
    int rc = job->file != NULL ? load_file(job, dtype) : load_text(job, dtype);

    if (rc != EXIT_YES)
        return rc;
    *out = vs_view_const(dtype, shape, job->data);
    if (job->file == NULL && job->given.rank == 0)
        memset(out->strides, 0, sizeof out->strides);
    else if (!vs_shape_equal(&job->given, shape))
        return fault_set(&job->cli->fault, VS_ERR_SHAPE,
                         "variable '%s': the value is %s, want %s", job->name,
                         vs_shape_text(&job->given, have),
                         vs_shape_text(shape, want));
    return EXIT_YES;
}

/* A file as a source: elements on demand. */
static vs_status fill(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct job *job = ctx;
    const vs_file_entry *e = vs_file_get(job->file, 0);
    size_t size = vs_dtype_size(e->dtype);
    vs_error err = {VS_OK, "", ""};
    vs_status st = VS_OK;

    while (n > 0 && st == VS_OK) {
        vs_slice run;
        int64_t k = blocks_run(&e->shape, first, n, &run);
        vs_shape shape = vs_slice_shape(&run);
        vs_view view = vs_view_of(e->dtype, &shape, dst);

        st = vs_file_read(job->file, 0, &run, &view, &err);
        dst = (char *)dst + (size_t)k * size;
        first += k;
        n -= k;
    }
    if (st != VS_OK)
        (void)take_error(job, &err);
    return st;
}

static int create(struct job *job)
{
    vs_variable_spec spec = {.dtype = job->dtype, .site = "varstore set"};
    vs_source source = {fill, job};
    vs_view view;
    int rc;

    if (job->shape.rank == VS_UNKNOWN)
        job->shape = job->given;
    if (job->file != NULL && vs_shape_equal(&job->shape, &job->given)) {
        spec.initializer = vs_from_source(source);
        spec.shape = &job->shape;
    } else {
        rc = view_as(job, job->dtype, &job->shape, &view);
        if (rc != EXIT_YES)
            return rc;
        spec.initializer = vs_value(&view);
    }
    if (vs_variable_create(job->store, job->name, &spec, &job->v) != VS_OK)
        return store_fault(job);
    job->created = true;
    return EXIT_YES;
}

/* What was said of dtype and shape must hold for a variable that exists. */
static int check_kind(struct job *job)
{
    const vs_shape *shape = vs_variable_shape(job->v);
    vs_dtype dtype = vs_variable_dtype(job->v);
    char have[VS_SHAPE_TEXT_MAX];
    char want[VS_SHAPE_TEXT_MAX];

    if (job->dtype != VS_DTYPE_NONE && job->dtype != dtype)
        return fault_set(&job->cli->fault, VS_ERR_DTYPE,
                         "variable '%s' already exists as %s, %s %s", job->name,
                         vs_dtype_name(dtype),
                         job->file != NULL ? "the file is" : "want",
                         vs_dtype_name(job->dtype));
    if (!vs_shape_compatible(shape, &job->shape))
        return fault_set(&job->cli->fault, VS_ERR_SHAPE,
                         "variable '%s' already exists with shape %s, want %s",
                         job->name, vs_shape_text(shape, have),
                         vs_shape_text(&job->shape, want));
    return EXIT_YES;
}

static int write_all(struct job *job)
{
    const vs_shape *shape = vs_variable_shape(job->v);
    vs_source source = {fill, job};
    vs_view view;
    vs_status st;
    int rc;

    if (job->file != NULL && vs_shape_equal(shape, &job->given))
        st = vs_variable_write_from(job->v, source);
    else {
        rc = view_as(job, vs_variable_dtype(job->v), shape, &view);
        if (rc != EXIT_YES)
            return rc;
        st = vs_variable_write(job->v, &view);
    }
    return st == VS_OK ? EXIT_YES : store_fault(job);
}

static int write_slice(struct job *job, const char *text)
{
    vs_error err = {VS_OK, "", ""};
    vs_slice slice;
    vs_shape shape;
    vs_view view;
    int rc;

    if (vs_slice_parse(text, vs_variable_shape(job->v), &slice, &err) !=
        VS_OK) {
        fault_see(&job->cli->fault, "varstore help slices");
        return take_error(job, &err);
    }
    shape = vs_slice_shape(&slice);
    rc = view_as(job, vs_variable_dtype(job->v), &shape, &view);
    if (rc != EXIT_YES)
        return rc;
    return vs_variable_write_slice(job->v, &slice, &view) == VS_OK
               ? EXIT_YES
               : store_fault(job);
}

/* A name that is not there: made if that is what was meant. */
static int set_new(struct job *job)
{
    struct fault *f = &job->cli->fault;
    struct pick p = {.cli = job->cli, .store = job->store};

    if (job->reuse != TRUE && job->dtype != VS_DTYPE_NONE &&
        !opt_has(job->cli, OPT_SLICE))
        return create(job);
    text_puts(&p.label, job->store_path);
    (void)pick_not_found(&p, job->name);
    text_done(&p.label);
    if (job->reuse == TRUE)
        f->code = EXIT_CONFLICT;
    else if (!opt_has(job->cli, OPT_SLICE))
        fault_hint(f, "to create it: --dtype f32 --shape 2x3");
    return f->code;
}

/* The library's refusal tells who made the variable, and when. */
static int refuse_existing(struct job *job)
{
    vs_shape scalar = vs_shape_scalar();
    vs_variable_spec spec = {.dtype = vs_variable_dtype(job->v),
                             .shape = &scalar,
                             .initializer = vs_zeros()};

    fault_hint(&job->cli->fault, "--reuse auto or true writes it");
    if (vs_variable_create(job->store, job->name, &spec, NULL) == VS_OK)
        return fault_set(&job->cli->fault, VS_ERR_STALE,
                         "variable '%s' was just removed", job->name);
    return store_fault(job);
}

static int set(struct job *job)
{
    const char *slice = opt_value(job->cli, OPT_SLICE);
    vs_status st = vs_variable_open(job->store, job->name, &job->v);
    int rc;

    if (st == VS_ERR_NOTFOUND)
        return set_new(job);
    if (st != VS_OK)
        return store_fault(job);
    if (job->reuse == NONE)
        return refuse_existing(job);
    rc = check_kind(job);
    if (rc != EXIT_YES)
        return rc;
    return slice != NULL ? write_slice(job, slice) : write_all(job);
}

static void report(const struct job *job)
{
    char shape[VS_SHAPE_TEXT_MAX];
    const char *dtype = vs_dtype_name(vs_variable_dtype(job->v));
    struct json j;
    int64_t version = 0;

    (void)vs_shape_text(vs_variable_shape(job->v), shape);
    if (!job->cli->json) {
        out_note(job->cli, "%s %s  %s %s", job->created ? "created" : "wrote",
                 job->name, dtype, shape);
        return;
    }
    (void)vs_variable_version(job->v, &version);
    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.set/1");
    json_member_text(&j, "name", job->name);
    json_member_bool(&j, "created", job->created);
    json_member_text(&j, "dtype", dtype);
    json_member_text(&j, "shape", shape);
    json_member_id(&j, "version", version);
    json_close(&j, '}');
}

/* Looks and writes in one transaction, so that nobody comes in between. */
static int run(struct job *job)
{
    int rc;

    if (vs_store_begin(job->store, VS_TXN_WRITE) != VS_OK)
        return store_fault(job);
    rc = set(job);
    if (rc != EXIT_YES) {
        (void)vs_store_rollback(job->store);
        return rc;
    }
    if (vs_store_commit(job->store) != VS_OK)
        return store_fault(job);
    report(job);
    return EXIT_YES;
}

int cmd_set(struct cli *cli)
{
    struct job job = {
        .cli = cli, .store_path = cli->args[0], .name = cli->args[1]};
    int rc = take_value(&job);

    if (rc == EXIT_YES)
        rc = pick_store(cli, cli->args[0], &job.store);
    if (rc == EXIT_YES)
        rc = run(&job);
    vs_variable_free(job.v);
    vs_store_close(job.store);
    vs_file_close(job.file);
    free(job.data);
    return rc;
}
