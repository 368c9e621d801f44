/* whole.c - see whole.h. */
#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

static int fault_errno(struct cli *cli, const char *path)
{
    int why = errno;
    vs_status st = VS_ERR_IO;

    if (why == ENOSPC || why == EDQUOT)
        st = VS_ERR_FULL;
    else if (why == EACCES || why == EPERM || why == EROFS)
        st = VS_ERR_PERM;
    else if (why == ENOENT || why == ENOTDIR)
        st = VS_ERR_NOFILE;
    else if (why == EISDIR)
        st = VS_ERR_EXISTS;
    return fault_set(&cli->fault, st, "cannot write %s: %s", path,
                     why != 0 ? strerror(why) : "a write failed");
}

int whole_open(struct cli *cli, const char *path, struct whole *out)
{
    struct whole w = {NULL, mem_copy(path), NULL};
    struct text temp = {NULL, 0, 0};
    struct stat info;
    int fd;

    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        fd = open(path, O_WRONLY | O_CLOEXEC);
    else {
        text_printf(&temp, "%s.%ld.tmp", path, (long)getpid());
        w.temp = temp.p;
        fd = open(w.temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    *out = w;
    if (fd < 0)
        return fault_errno(cli, path);
    out->stream = fdopen(fd, "wb");
    if (out->stream == NULL) {
        (void)close(fd);
        return fault_errno(cli, path);
    }
    return EXIT_YES;
}

int whole_close(struct cli *cli, struct whole *w, int rc)
{
    bool opened = w->stream != NULL;
    bool failed = false;

    errno = 0;
    if (opened) {
        failed = ferror(w->stream) != 0 || fflush(w->stream) != 0 ||
                 (w->temp != NULL && fsync(fileno(w->stream)) != 0);
        failed = fclose(w->stream) != 0 || failed;
    }
    if (rc == EXIT_YES && !failed && w->temp != NULL)
        failed = rename(w->temp, w->path) != 0;
    if (rc == EXIT_YES && failed)
        rc = fault_errno(cli, w->path);
    if (rc != EXIT_YES && opened && w->temp != NULL)
        (void)unlink(w->temp);
    free(w->path);
    free(w->temp);
    *w = (struct whole){NULL, NULL, NULL};
    return rc;
}
