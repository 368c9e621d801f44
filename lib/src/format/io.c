/* io.c - see io.h. */
#include "format/io.h"

#include <errno.h>
#include <string.h>

#include "base/fail.h"

vs_status vs__input_read(const struct vs__input *in, int64_t offset, void *dst,
                         size_t n, vs_error *err)
{
    if (n == 0)
        return VS_OK;
    if (offset < 0 || offset > in->size ||
        n > (uint64_t)in->size - (uint64_t)offset)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: %zu bytes at offset %lld lie outside its %lld",
                        in->what, n, (long long)offset, (long long)in->size);
    return in->read_at(in->ctx, offset, dst, n, err);
}

void vs__input_close(struct vs__input *in)
{
    if (in->close != NULL)
        in->close(in->ctx);
    memset(in, 0, sizeof *in);
}

static vs_status status_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return VS_ERR_NOFILE;
    case EACCES:
    case EPERM:
    case EROFS:
        return VS_ERR_PERM;
    case EEXIST:
    case EISDIR:
    case ENOTEMPTY:
        return VS_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return VS_ERR_FULL;
    case ENOMEM:
        return VS_ERR_NOMEM;
    default:
        return VS_ERR_IO;
    }
}

vs_status vs__fail_errno(vs_error *err, int number, const char *verb,
                         const char *path)
{
    char text[128];

    return vs__fail(err, status_of(number), "cannot %s '%.400s': %s", verb,
                    path, strerror_r(number, text, sizeof text));
}
