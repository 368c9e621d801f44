/* disk.c - files, names, the trace of what happens to them; see disk.h. */
#include "core.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_INODE 100
#define START_NS    INT64_C(1000000000000)

struct entry {
    char name[DISK_NAME]; /* "": free */
    struct inode *file;
};

struct disk_image {
    size_t n;
    struct {
        char name[DISK_NAME]; /* "": no name leads to it */
        int number;
        struct content content;
    } files[N_NAMES];
};

static struct {
    pthread_mutex_t mutex;
    struct entry entries[N_NAMES];
    int next;   /* number of the next file */
    int n_open; /* openings of files */
    int64_t now_ns;
    uint64_t random;
    struct disk_trace *trace;
    disk_stop *stop;
    void *stop_ctx;
    enum disk_kind lie;
    const char *lie_suffix; /* NULL: no lies */
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER, .next = FIRST_INODE};

void disk_enter(void)
{
    (void)pthread_mutex_lock(&disk.mutex);
}

void disk_leave(void)
{
    (void)pthread_mutex_unlock(&disk.mutex);
}

/* -------- Time and chance. */

void disk_restart(void)
{
    disk_enter();
    disk.now_ns = START_NS;
    disk.random = 0x9e3779b97f4a7c15u;
    disk_leave();
    sqlite3_randomness(0, NULL);
}

int64_t disk_now_ns(void)
{
    int64_t now;

    disk_enter();
    now = disk.now_ns;
    disk_leave();
    return now;
}

void disk_sleep(int64_t ns)
{
    disk_stop_at("Sleep", "");
    disk_enter();
    disk.now_ns += ns;
    disk_leave();
}

void disk_random(void *out, size_t n)
{
    unsigned char *to = out;

    disk_enter();
    for (size_t i = 0; i < n; i++) {
        disk.random ^= disk.random << 13;
        disk.random ^= disk.random >> 7;
        disk.random ^= disk.random << 17;
        to[i] = (unsigned char)(disk.random >> 32);
    }
    disk_leave();
}

void disk_set_stop(disk_stop *stop, void *ctx)
{
    disk.stop_ctx = ctx;
    disk.stop = stop;
}

void disk_stop_at(const char *call, const char *name)
{
    if (disk.stop != NULL)
        disk.stop(call, name, disk.stop_ctx);
}

/* -------- Names and files. */

const char *disk_base(const char *path)
{
    static const char dir[] = DISK_DIR "/";

    return path != NULL && strncmp(path, dir, sizeof dir - 1) == 0
               ? path + sizeof dir - 1
               : NULL;
}

static struct entry *find(const char *name)
{
    for (size_t i = 0; i < N_NAMES; i++)
        if (strcmp(disk.entries[i].name, name) == 0)
            return &disk.entries[i];
    return NULL;
}

struct inode *disk_find(const char *name)
{
    struct entry *e = name[0] != '\0' ? find(name) : NULL;

    return e != NULL ? e->file : NULL;
}

static void set_name(char *out, const char *name)
{
    const size_t n = strlen(name);

    if (n >= DISK_NAME)
        abort();
    memcpy(out, name, n + 1);
}

static void forget(struct inode *file)
{
    if (file->n_open > 0 || file->n_names > 0)
        return;
    content_done(&file->content);
    free(file);
}

void disk_close(struct inode *file)
{
    disk.n_open--;
    file->n_open--;
    forget(file);
}

/* -------- Changes. */

static void note(const struct disk_op *op)
{
    struct disk_trace *t = disk.trace;

    if (t == NULL) {
        free(op->bytes);
        return;
    }
    if (t->n == t->cap) {
        t->cap = t->cap == 0 ? 256 : 2 * t->cap;
        t->ops = realloc(t->ops, t->cap * sizeof *t->ops);
        if (t->ops == NULL)
            abort();
    }
    t->ops[t->n++] = *op;
}

static bool lies(enum disk_kind kind, const char *name)
{
    const size_t n = strlen(name);
    size_t n_suffix;

    if (disk.lie_suffix == NULL || disk.lie != kind)
        return false;
    n_suffix = strlen(disk.lie_suffix);
    return n >= n_suffix && strcmp(name + n - n_suffix, disk.lie_suffix) == 0;
}

void disk_lie(enum disk_kind kind, const char *suffix)
{
    disk_enter();
    disk.lie = kind;
    disk.lie_suffix = suffix;
    disk_leave();
}

static const char *name_of(const struct inode *file)
{
    for (size_t i = 0; i < N_NAMES; i++)
        if (disk.entries[i].file == file && disk.entries[i].name[0] != '\0')
            return disk.entries[i].name;
    return "";
}

void disk_link(const char *name, struct inode *file)
{
    struct disk_op op = {.kind = DISK_LINK, .file = file->number};
    struct entry *e = find("");

    if (e == NULL)
        abort();
    set_name(e->name, name);
    e->file = file;
    file->n_names++;
    set_name(op.name, name);
    note(&op);
}

struct inode *disk_make(const char *name)
{
    struct inode *file = calloc(1, sizeof *file);

    if (file == NULL)
        abort();
    file->number = disk.next++;
    if (name != NULL)
        disk_link(name, file);
    return file;
}

void disk_write(struct inode *file, int64_t at, const void *bytes, size_t n)
{
    struct disk_op op = {.kind = DISK_WRITE, .file = file->number};

    if (lies(DISK_WRITE, name_of(file)))
        return;
    content_write(&file->content, at, bytes, n);
    if (disk.trace == NULL)
        return;
    op.at = at;
    op.n = (int64_t)n;
    op.bytes = malloc(n);
    if (op.bytes == NULL)
        abort();
    memcpy(op.bytes, bytes, n);
    set_name(op.name, name_of(file));
    note(&op);
}

void disk_truncate(struct inode *file, int64_t size)
{
    struct disk_op op = {.kind = DISK_TRUNCATE, .file = file->number};

    op.n = size;
    set_name(op.name, name_of(file));
    content_truncate(&file->content, size);
    note(&op);
}

void disk_sync(struct inode *file)
{
    struct disk_op op = {.kind = DISK_SYNC, .file = file->number};

    set_name(op.name, name_of(file));
    if (!lies(DISK_SYNC, op.name))
        note(&op);
}

void disk_sync_dir(const char *name)
{
    struct disk_op op = {.kind = DISK_SYNC_DIR};

    if (!lies(DISK_SYNC_DIR, name))
        note(&op);
}

void disk_unlink(const char *name)
{
    struct disk_op op = {.kind = DISK_UNLINK};
    struct entry *e = find(name);

    if (e == NULL)
        return;
    set_name(op.name, name);
    op.file = e->file->number;
    e->name[0] = '\0';
    e->file->n_names--;
    forget(e->file);
    e->file = NULL;
    note(&op);
}

void disk_rename(const char *from, const char *to)
{
    struct disk_op op = {.kind = DISK_RENAME};
    struct entry *e = find(from);
    struct entry *old = find(to);

    if (e == NULL || e == old)
        return;
    if (old != NULL) {
        old->name[0] = '\0';
        old->file->n_names--;
        forget(old->file);
        old->file = NULL;
    }
    set_name(op.name, from);
    set_name(op.to, to);
    op.file = e->file->number;
    set_name(e->name, to);
    note(&op);
}

void disk_stat(const struct inode *file, struct stat *out)
{
    memset(out, 0, sizeof *out);
    out->st_dev = 77;
    out->st_ino = file != NULL ? (ino_t)file->number : 1;
    out->st_mode = file != NULL ? S_IFREG | 0644 : S_IFDIR | 0755;
    out->st_nlink = 1;
    out->st_uid = geteuid();
    out->st_size = file != NULL ? (off_t)file->content.size : 0;
    out->st_mtim.tv_sec = 1;
}

/* -------- Images. */

struct disk_image *disk_save(void)
{
    struct disk_image *image = calloc(1, sizeof *image);

    if (image == NULL)
        abort();
    disk_enter();
    for (size_t i = 0; i < N_NAMES; i++) {
        const struct entry *e = &disk.entries[i];

        if (e->name[0] == '\0')
            continue;
        memcpy(image->files[image->n].name, e->name, DISK_NAME);
        image->files[image->n].number = e->file->number;
        image->files[image->n].content = content_copy(&e->file->content);
        image->n++;
    }
    disk_leave();
    return image;
}

void disk_load(const struct disk_image *image)
{
    disk_enter();
    if (disk.n_open != 0)
        abort();
    for (size_t i = 0; i < N_NAMES; i++)
        if (disk.entries[i].name[0] != '\0')
            disk_unlink(disk.entries[i].name);
    for (size_t i = 0; image != NULL && i < image->n; i++) {
        struct inode *file;

        if (image->files[i].name[0] == '\0')
            continue;
        file = disk_make(image->files[i].name);
        file->content = content_copy(&image->files[i].content);
    }
    disk_leave();
}

void disk_image_free(struct disk_image *image)
{
    if (image == NULL)
        return;
    disk_enter();
    for (size_t i = 0; i < image->n; i++)
        content_done(&image->files[i].content);
    disk_leave();
    free(image);
}

uint64_t disk_image_hash(const struct disk_image *image)
{
    uint64_t sum = 0;

    disk_enter();
    for (size_t i = 0; i < image->n; i++) {
        uint64_t h = 1469598103934665603u;

        if (image->files[i].name[0] == '\0')
            continue;
        for (const char *p = image->files[i].name; *p != '\0'; p++)
            h = (h ^ (unsigned char)*p) * 1099511628211u;
        sum +=
            (h ^ content_hash(&image->files[i].content)) * 0x9e3779b97f4a7c15u;
    }
    disk_leave();
    return sum;
}

struct disk_image *disk_image_copy(const struct disk_image *image)
{
    struct disk_image *copy = malloc(sizeof *copy);

    if (copy == NULL)
        abort();
    disk_enter();
    *copy = *image;
    for (size_t i = 0; i < image->n; i++)
        copy->files[i].content = content_copy(&image->files[i].content);
    disk_leave();
    return copy;
}

/* Where a file stands in an image; at the end if it does not. */
static size_t seat(struct disk_image *image, int number)
{
    size_t i = 0;

    while (i < image->n && image->files[i].number != number)
        i++;
    if (i == N_NAMES)
        abort();
    if (i == image->n) {
        memset(&image->files[i], 0, sizeof image->files[i]);
        image->files[i].number = number;
        image->n++;
    }
    return i;
}

static void unname(struct disk_image *image, const char *name)
{
    for (size_t i = 0; i < image->n; i++)
        if (strcmp(image->files[i].name, name) == 0)
            image->files[i].name[0] = '\0';
}

void disk_image_write(struct disk_image *image, int file, int64_t at,
                      const void *bytes, size_t n)
{
    disk_enter();
    content_write(&image->files[seat(image, file)].content, at, bytes, n);
    disk_leave();
}

void disk_image_apply(struct disk_image *image, const struct disk_op *op)
{
    disk_enter();
    switch (op->kind) {
    case DISK_WRITE:
        content_write(&image->files[seat(image, op->file)].content, op->at,
                      op->bytes, (size_t)op->n);
        break;
    case DISK_TRUNCATE:
        content_truncate(&image->files[seat(image, op->file)].content, op->n);
        break;
    case DISK_LINK:
        unname(image, op->name);
        set_name(image->files[seat(image, op->file)].name, op->name);
        break;
    case DISK_UNLINK:
        unname(image, op->name);
        break;
    case DISK_RENAME:
        unname(image, op->name);
        unname(image, op->to);
        set_name(image->files[seat(image, op->file)].name, op->to);
        break;
    case DISK_SYNC:
    case DISK_SYNC_DIR:
    case DISK_MARK:
        break;
    }
    disk_leave();
}

/* -------- The trace. */

void disk_record(struct disk_trace *trace)
{
    struct disk_image *start = trace != NULL ? disk_save() : NULL;

    disk_enter();
    if (trace != NULL) {
        memset(trace, 0, sizeof *trace);
        trace->start = start;
    }
    disk.trace = trace;
    disk_leave();
}

void disk_trace_done(struct disk_trace *trace)
{
    for (size_t i = 0; i < trace->n; i++)
        free(trace->ops[i].bytes);
    free(trace->ops);
    disk_image_free(trace->start);
    memset(trace, 0, sizeof *trace);
}

void disk_mark(int64_t promised, int64_t begun)
{
    const struct disk_op op = {.kind = DISK_MARK, .at = promised, .n = begun};

    disk_enter();
    note(&op);
    disk_leave();
}

int disk_n_open(void)
{
    int n;

    disk_enter();
    n = disk.n_open;
    for (size_t i = 0; i < N_NAMES; i++) {
        const struct inode *file = disk.entries[i].file;

        if (disk.entries[i].name[0] != '\0')
            n += file->n_shared + file->n_shm_open;
    }
    disk_leave();
    return n;
}

const char *disk_name(const char *path)
{
    return disk_base(path);
}

bool disk_file_hash(const char *name, uint64_t *out)
{
    const struct inode *file;

    disk_enter();
    file = disk_find(name);
    if (file != NULL)
        *out = content_hash(&file->content);
    disk_leave();
    return file != NULL;
}

void disk_opened(struct inode *file)
{
    disk.n_open++;
    file->n_open++;
}

void disk_begin(void)
{
    disk_vfs_begin();
    disk_restart();
    disk_load(NULL);
}

void disk_end(void)
{
    disk_load(NULL);
    disk_vfs_end();
}
