/* core.h - the disk's own header: files, names and locks, shared by its two
 * faces, SQLite's VFS (vfs.c) and libc (libc.c).
 *
 * All of it is touched between disk_enter and disk_leave only.
 */
#ifndef VS_TEST_DISK_CORE_H
#define VS_TEST_DISK_CORE_H

#include <sqlite3.h>

#include <sys/stat.h>

#include "content.h"
#include "disk.h"

#define N_NAMES   32
#define N_SHM     8  /* locks of the shared memory */
#define N_REGIONS 64 /* of the shared memory */

/* A file: it lives while a name leads to it or somebody has it open. */
struct inode {
    int number;
    int n_open;
    int n_names;
    struct content content;
    int n_shared;         /* holders of SQLite's SHARED lock or a higher one */
    const void *reserved; /* who holds RESERVED, PENDING, EXCLUSIVE; NULL */
    const void *pending;
    const void *exclusive;
    int n_shm_open;               /* connections with the shared memory open */
    void *regions[N_REGIONS];     /* of the shared memory; NULL: not there */
    int n_shm_shared[N_SHM];      /* holders of each lock, shared */
    const void *shm_owner[N_SHM]; /* who holds it alone; NULL */
};

void disk_enter(void);
void disk_leave(void);

/* "/disk/a" to "a"; NULL: not a name on this disk. */
const char *disk_base(const char *path);
/* The file that a name leads to; NULL: none. */
struct inode *disk_find(const char *name);
/* Makes an empty file; NULL: no room for names. */
struct inode *disk_make(const char *name);
void disk_opened(struct inode *file); /* one opener more */
void disk_close(struct inode *file);  /* one opener less */

/* Changes, all noted in the trace. */
void disk_write(struct inode *file, int64_t at, const void *bytes, size_t n);
void disk_truncate(struct inode *file, int64_t size);
void disk_sync(struct inode *file);
void disk_sync_dir(const char *name);
void disk_unlink(const char *name);
void disk_link(const char *name, struct inode *file);
void disk_rename(const char *from, const char *to);

/* What stat tells of a file; of the folder if it is NULL. */
void disk_stat(const struct inode *file, struct stat *out);

void disk_sleep(int64_t ns);
void disk_random(void *out, size_t n);

/* vfs.c */
void disk_vfs_begin(void);
void disk_vfs_end(void);

/* The hook of disk_set_stop, to be called outside. */
void disk_stop_at(const char *call, const char *name);

#endif
