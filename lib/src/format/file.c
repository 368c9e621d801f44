/* file.c - foreign files: which format, what is in it, and reading it.
 *
 * A format is a row of one table; it fills a manifest, and all the rest is
 * common to them.
 */
#include "format/file.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "format/extract.h"
#include "format/input.h"
#include "format/manifest.h"
#include "format/npy.h"
#include "format/safetensors.h"
#include "base/utf8.h"
#include "tensor/shape.h"

#define HEAD_BYTES 16

static vs_status read_safetensors(const struct vs__input *in, const char *name,
                                  struct vs__manifest *out, vs_error *err)
{
    (void)name;
    return vs__safetensors_read(in, out, err);
}

struct format_row {
    const char *name;
    bool (*sniff)(const uint8_t *head, size_t n);
    vs_status (*read)(const struct vs__input *in, const char *name,
                      struct vs__manifest *out, vs_error *err);
};

static const struct format_row formats[] = {
    {"npy", vs__npy_sniff, vs__npy_read},
    {"safetensors", vs__safetensors_sniff, read_safetensors},
};

/* Formats that people try, which deserve a better word than "unknown". */
static const struct {
    const char *magic;
    const char *what;
} strangers[] = {
    {"PK\x03\x04", "a zip archive, such as .npz or PyTorch's .pt"},
    {"GGUF", "GGUF"},
    {"\x89HDF\r\n\x1a\n", "HDF5"},
    {"SQLite format 3", "an SQLite database; a store is opened as a store"},
    {"\x80\x02", "a Python pickle"},
    {"\x80\x03", "a Python pickle"},
    {"\x80\x04", "a Python pickle"},
    {"\x80\x05", "a Python pickle"},
};

struct vs_file {
    struct vs__input in;
    struct vs__manifest manifest;
    const struct format_row *format;
};

static vs_status fail_stranger(const struct vs__input *in, const uint8_t *head,
                               size_t n, vs_error *err)
{
    (void)vs__fail(err, VS_ERR_UNSUPPORTED,
                   "%s: not a format known here (safetensors, npy)", in->what);
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        const size_t length = strlen(strangers[i].magic);

        if (n >= length && memcmp(head, strangers[i].magic, length) == 0) {
            vs__hint(err, "it looks like %s", strangers[i].what);
            break;
        }
    }
    return VS_ERR_UNSUPPORTED;
}

static vs_status find_format(const struct vs__input *in,
                             const struct format_row **out, vs_error *err)
{
    uint8_t head[HEAD_BYTES];
    const size_t n =
        in->size < HEAD_BYTES ? (size_t)in->size : (size_t)HEAD_BYTES;
    vs_status st = vs__input_read(in, 0, head, n, err);

    if (st != VS_OK)
        return st;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i].sniff(head, n)) {
            *out = &formats[i];
            return VS_OK;
        }
    }
    return fail_stranger(in, head, n, err);
}

vs_status vs__file_open_input(struct vs__input *in, const char *name,
                              vs_file **out, vs_error *err)
{
    vs_file *file = vs__calloc(1, sizeof *file);
    vs_status st;

    if (file == NULL) {
        vs__input_close(in);
        return vs__fail_nomem(err);
    }
    file->in = *in;
    memset(in, 0, sizeof *in);
    if ((st = find_format(&file->in, &file->format, err)) == VS_OK &&
        (st = file->format->read(&file->in, name, &file->manifest, err)) ==
            VS_OK) {
        *out = file;
        file = NULL;
    }
    vs_file_close(file);
    return st;
}

/* The path's last component without ".npy", as a name for what is in it:
 * "array" if that is empty or not UTF-8. A heap string, or NULL. */
static char *name_from(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = vs__strdup(slash != NULL ? slash + 1 : path);
    size_t n;

    if (name == NULL)
        return NULL;
    n = strlen(name);
    if (n >= 4 && strcmp(name + n - 4, ".npy") == 0)
        name[n -= 4] = '\0';
    if (n > 0 && vs__utf8_valid((const uint8_t *)name, n))
        return name;
    vs__free(name);
    return vs__strdup("array");
}

vs_status vs_file_open(const char *path, vs_file **out, vs_error *err)
{
    struct vs__input in;
    char *name;
    vs_status st;

    if (path == NULL || out == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "a file needs %s",
                        path == NULL ? "a path" : "a place for its handle");
    name = name_from(path);
    if (name == NULL)
        return vs__fail_nomem(err);
    st = vs__input_open(path, &in, err);
    if (st == VS_OK)
        st = vs__file_open_input(&in, name, out, err);
    vs__free(name);
    return st;
}

void vs_file_close(vs_file *file)
{
    if (file == NULL)
        return;
    vs__manifest_done(&file->manifest);
    vs__input_close(&file->in);
    vs__free(file);
}

const char *vs_file_format(const vs_file *file)
{
    return file->format->name;
}

size_t vs_file_count(const vs_file *file)
{
    return file->manifest.n_tensors;
}

const vs_file_entry *vs_file_get(const vs_file *file, size_t i)
{
    if (i >= file->manifest.n_tensors)
        return NULL;
    return &file->manifest.tensors[i].entry;
}

int64_t vs_file_find(const vs_file *file, const char *name)
{
    return vs__manifest_find(&file->manifest, name);
}

vs_status vs_file_metadata(const vs_file *file, size_t i, const char **key,
                           const char **value)
{
    if (i >= file->manifest.n_pairs)
        return VS_DONE;
    *key = file->manifest.pairs[i].key;
    *value = file->manifest.pairs[i].value;
    return VS_OK;
}

/* The i-th tensor, or NULL with words. */
static const struct vs__stored *find_tensor(const vs_file *file, size_t i,
                                            vs_error *err)
{
    if (i < file->manifest.n_tensors)
        return &file->manifest.tensors[i];
    (void)vs__fail(err, VS_ERR_MISUSE,
                   "%s: there is no tensor %zu, it holds %zu", file->in.what, i,
                   file->manifest.n_tensors);
    return NULL;
}

vs_status vs_file_read(vs_file *file, size_t i, const vs_slice *slice,
                       const vs_view *into, vs_error *err)
{
    const struct vs__stored *tensor = find_tensor(file, i, err);
    vs_slice whole;
    vs_shape shape;
    vs_status st;

    if (tensor == NULL)
        return VS_ERR_MISUSE;
    if (slice == NULL) {
        whole = vs_slice_all(&tensor->entry.shape);
        slice = &whole;
    }
    if ((st = vs__slice_check(slice, &tensor->entry.shape, tensor->entry.name,
                              err)) != VS_OK)
        return st;
    shape = vs_slice_shape(slice);
    if ((st = vs__view_check(into, tensor->entry.dtype, &shape,
                             tensor->entry.name, err)) != VS_OK)
        return st;
    return vs__extract(&file->in, tensor, slice, into, err);
}

vs_status vs_file_read_to(vs_file *file, size_t i, vs_sink sink, vs_error *err)
{
    const struct vs__stored *tensor = find_tensor(file, i, err);

    if (tensor == NULL)
        return VS_ERR_MISUSE;
    if (sink.take == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: the sink has no take",
                        file->in.what);
    return vs__extract_to(&file->in, tensor, sink, err);
}
