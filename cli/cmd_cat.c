/* cmd_cat.c - the elements of a variable, streamed: memory does not grow. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "blocks.h"
#include "json.h"
#include "out.h"
#include "pick.h"
#include "print.h"
#include "progress.h"
#include "whole.h"

/* Elements that are looked at before the first is printed, to align them. */
#define MEASURED 65536

/* Elements that are printed before it is asked whether to go on. */
#define PIECE 4096

struct job {
    struct cli *cli;
    struct pick pick;
    struct tensor tensor;
    vs_slice slice; /* what is printed */
    bool sliced;    /* it is not all */
    struct printer printer;
    enum format format;
    int64_t precision;
    struct whole file; /* with -o */
    FILE *out;         /* that file, or stdout */
    struct progress progress;
    vs_progress ticks;
};

static bool goes_on(const struct job *job)
{
    int64_t size = (int64_t)vs_dtype_size(job->tensor.dtype);

    if (ferror(job->out)) {
        job->cli->write_errno = errno;
        return false;
    }
    return job->file.stream == NULL ||
           job->ticks.tick(job->printer.n * size, job->tensor.n_elements * size,
                           job->ticks.ctx) == 0;
}

static vs_status take(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct job *job = ctx;
    size_t size = vs_dtype_size(job->tensor.dtype);
    const char *at = src;

    (void)first;
    for (; n > 0; n -= PIECE, at += PIECE * size) {
        print_elements(&job->printer, at, n < PIECE ? n : PIECE);
        if (!goes_on(job))
            return VS_ERR_CANCELLED;
    }
    return VS_OK;
}

static int print_slice(struct job *job)
{
    size_t size = vs_dtype_size(job->tensor.dtype);
    char *data = mem_get(1, BLOCK_RAW_BYTES);
    struct blocks blocks;
    vs_slice block;
    int64_t n;
    int rc = EXIT_YES;

    blocks_init(&blocks, &job->slice, BLOCK_RAW_BYTES / (int64_t)size);
    while (rc == EXIT_YES && blocks_next(&blocks, &block, &n)) {
        rc = tensor_read(&job->tensor, &block, data);
        if (rc == EXIT_YES && take(0, n, data, job) != VS_OK)
            rc = EXIT_INTERRUPT;
    }
    free(data);
    return rc;
}

/* Aligns text by its first elements: all of a tensor that a person reads. */
static int measure(struct job *job)
{
    size_t size = vs_dtype_size(job->tensor.dtype);
    struct blocks blocks;
    vs_slice block;
    int64_t n;
    char *data;
    int rc;

    blocks_init(&blocks, &job->slice, MEASURED);
    if (job->format != FORMAT_TEXT || !blocks_next(&blocks, &block, &n))
        return EXIT_YES;
    data = mem_get((size_t)n, size);
    rc = tensor_read(&job->tensor, &block, data);
    if (rc == EXIT_YES)
        print_measure(&job->printer, data, n);
    free(data);
    return rc;
}

static int print_body(struct job *job)
{
    vs_sink sink = {take, job};
    int rc = measure(job);

    if (rc != EXIT_YES)
        return rc;
    rc = job->sliced ? print_slice(job) : tensor_stream(&job->tensor, sink);
    if (rc == EXIT_YES)
        print_end(&job->printer);
    if (rc == EXIT_INTERRUPT && !progress_stopped())
        rc = EXIT_YES; /* a failed write: told when the stream is closed */
    return rc;
}

static int print(struct job *job)
{
    vs_shape shape = vs_slice_shape(&job->slice);
    struct json j;
    int rc;

    json_init(&j, job->out);
    if (job->cli->json) {
        json_open(&j, '{');
        json_member_text(&j, "schema", "varstore.cat/1");
        pick_json(&job->pick, &j);
        json_member_text(&j, "name", job->tensor.name);
        json_member_text(&j, "dtype", vs_dtype_name(job->tensor.dtype));
        json_member_open(&j, "shape", '[');
        for (int i = 0; i < shape.rank; i++)
            json_int(&j, shape.dims[i]);
        json_close(&j, ']');
        json_key(&j, "values");
        json_foreign(&j);
    }
    if (print_begin(&job->printer, job->out, job->format, job->tensor.dtype,
                    &shape, (int)job->precision) != VS_OK)
        return fault_set(&job->cli->fault, VS_ERR_UNSUPPORTED,
                         "%s: .npy has no dtype %s", job->tensor.name,
                         vs_dtype_name(job->tensor.dtype));
    job->printer.embedded = job->cli->json;
    rc = print_body(job);
    if (job->cli->json)
        json_close(&j, '}');
    return rc;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x;
    struct stat y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

/* To a file with -o, else to stdout. */
static int print_to(struct job *job)
{
    const char *path = opt_value(job->cli, OPT_OUTPUT);
    bool binary = job->format == FORMAT_NPY || job->format == FORMAT_RAW;
    int rc;

    job->out = stdout;
    if (path == NULL && binary && job->cli->to_terminal) {
        rc = fault_set(&job->cli->fault, VS_ERR_MISUSE,
                       "cat: raw bytes do not belong on a terminal");
        fault_hint(&job->cli->fault, "-o FILE writes them to a file");
        return rc;
    }
    if (path == NULL)
        return print(job);
    if (same_file(path, job->pick.path.p))
        return fault_set(&job->cli->fault, VS_ERR_MISUSE,
                         "cat: -o %s is the file that is read", path);
    rc = whole_open(job->cli, path, &job->file);
    job->out = job->file.stream;
    job->ticks = progress_begin(&job->progress, job->cli, "writing");
    if (rc == EXIT_YES)
        rc = print(job);
    progress_end(&job->progress);
    return whole_close(job->cli, &job->file, rc);
}

static int take_slice(struct job *job)
{
    const char *text = opt_value(job->cli, OPT_SLICE);
    vs_error err = {VS_OK, "", ""};

    job->slice = vs_slice_all(&job->tensor.shape);
    job->sliced = text != NULL;
    if (text == NULL ||
        vs_slice_parse(text, &job->tensor.shape, &job->slice, &err) == VS_OK)
        return EXIT_YES;
    fault_see(&job->cli->fault, "varstore help slices");
    return fault_take(&job->cli->fault, &err);
}

static int take_format(struct job *job)
{
    static const char *const words[] = {"text", "json", "csv",
                                        "npy",  "raw",  NULL};
    struct cli *cli = job->cli;
    int format = cli->json ? FORMAT_JSON : FORMAT_TEXT;
    int rc;

    if ((rc = opt_choice(cli, OPT_FORMAT, words, &format)) != EXIT_YES ||
        (rc = opt_int(cli, OPT_PRECISION, 0, 34, &job->precision)) != EXIT_YES)
        return rc;
    job->format = (enum format)format;
    if (cli->json && job->format != FORMAT_JSON)
        return fault_set(&cli->fault, VS_ERR_MISUSE,
                         "cat: --json and --format %s exclude each other",
                         words[format]);
    return EXIT_YES;
}

int cmd_cat(struct cli *cli)
{
    struct job job = {.cli = cli};
    int rc = take_format(&job);

    if (rc != EXIT_YES)
        return rc;
    rc = pick_open(cli, cli->args[0], NULL, PICK_ANY, &job.pick);
    if (rc == EXIT_YES)
        rc = tensor_open(&job.pick, cli->args[1], &job.tensor);
    if (rc == EXIT_YES)
        rc = take_slice(&job);
    if (rc == EXIT_YES)
        rc = print_to(&job);
    tensor_close(&job.tensor);
    pick_close(&job.pick);
    return rc;
}
