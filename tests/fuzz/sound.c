/* sound.c - see sound.h. */
#include "sound.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "pages.h"

#define PAGE_BYTES 1024

static char path[64];
static uint8_t *sound;
static size_t n_sound;

static vs_variable *make(vs_store *store, const char *name, int64_t n,
                         const vs_variable_spec *like)
{
    const vs_shape shape = vs_shape_1d(n);
    vs_variable_spec spec = *like;
    vs_variable *v = NULL;

    spec.dtype = VS_F32;
    spec.shape = &shape;
    must(vs_variable_create(store, name, &spec, &v) == VS_OK);
    return v;
}

/* 3000 numbers, a few of them moved: differences are worth keeping. */
static void write_large(vs_variable *v, float moved)
{
    static float values[3000];
    const vs_shape shape = vs_shape_1d(3000);
    const vs_view view = vs_view_of(VS_F32, &shape, values);

    for (int i = 0; i < 3000; i++)
        values[i] = (float)(i * 7919 % 1013) + (i % 50 == 0 ? moved : 0);
    must(vs_variable_write(v, &view) == VS_OK);
}

static void fill(vs_store *store)
{
    const char *const kept[] = {"kept", NULL};
    const char *const tags[] = {"first", NULL};
    const vs_metric loss = {"loss", 0.5};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_variable_spec spec = {.collections = kept, .site = "sound.c:1"};
    vs_variable *v;

    spec.regularizer = vs_l2_regularizer(0.5);
    spec.constraint = vs_non_neg();
    vs_variable_free(make(store, "a/small", 5, &spec));
    spec = (vs_variable_spec){.site = "sound.c:2"};
    v = make(store, "a/large", 3000, &spec);
    write_large(v, 0);
    must(vs_variable_alias(store, "a/large", "b/tied") == VS_OK);
    save.step = 7;
    save.message = "as it was";
    save.tags = tags;
    save.metrics = &loss;
    save.n_metrics = 1;
    must(vs_checkpoint_save(store, &save, NULL) == VS_OK);
    write_large(v, 1);
    vs_variable_free(v);
    spec.partitioner = vs_fixed_size_partitioner(3, 0);
    vs_variable_free(make(store, "c/cut", 10, &spec));
    must(vs_scope_seal(store, "b", VS_HERE) == VS_OK);
    must(vs_checkpoint_save(store, NULL, NULL) == VS_OK);
    spec = (vs_variable_spec){.site = "sound.c:3", .deferred = VS_YES};
    spec.initializer = vs_random_normal(0, 1, 3);
    vs_variable_free(make(store, "c/later", 4, &spec));
}

/* A store, and what its log leaves beside it. */
static void remove_store(const char *store)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char name[100];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", store, endings[i]);
        (void)unlink(name);
    }
}

static void remove_sound(void)
{
    remove_store(path);
}

/* In memory where the system has such a folder: syncs cost nothing there. */
static void make_store(void)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096,
                                      .delta = VS_YES,
                                      .seed = 1};
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    vs_store *store = NULL;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/varstore-fuzz-%ld.db", folder,
                   (long)getpid());
    remove_sound();
    (void)atexit(remove_sound);
    must(vs_store_open(path, &options, &store, NULL) == VS_OK);
    fill(store);
    vs_store_close(store);
    pages_shrink(path, PAGE_BYTES);
    f = fopen(path, "rb");
    must(f != NULL && fseek(f, 0, SEEK_END) == 0);
    n_sound = (size_t)ftell(f);
    rewind(f);
    sound = malloc(n_sound);
    must(sound != NULL && fread(sound, 1, n_sound, f) == n_sound);
    (void)fclose(f);
}

size_t sound_bytes(void)
{
    if (sound == NULL)
        make_store();
    return n_sound;
}

const char *sound_put(void)
{
    int fd;

    (void)sound_bytes();
    remove_sound();
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && write(fd, sound, n_sound) == (ssize_t)n_sound);
    must(close(fd) == 0);
    return path;
}

void sound_sum(void)
{
    pages_sum_as(path, PAGE_BYTES);
}

vs_store *sound_open(void)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .busy_ms = -1};
    vs_store *store = NULL;

    return vs_store_open(path, &options, &store, NULL) == VS_OK ? store : NULL;
}

/* Any dtype and shape may stand there now; what fits is read. */
static void read_value(vs_variable *v)
{
    static double values[1 << 14];
    int64_t n = 0;
    vs_view view;

    if (vs_shape_count(vs_variable_shape(v), &n) != VS_OK ||
        n > (int64_t)sizeof values ||
        (size_t)n * vs_dtype_size(vs_variable_dtype(v)) > sizeof values)
        return;
    view = vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), values);
    (void)!vs_variable_read(v, &view);
}

static void ask_names(vs_store *store)
{
    static const char *const names[] = {"a/small", "a/large",      "b/tied",
                                        "c/cut",   "c/cut/part_1", "c/later",
                                        "d"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (int64_t at = 0; at <= 2; at++) {
            vs_variable *v = NULL;

            if ((at == 0
                     ? vs_variable_open(store, names[i], &v)
                     : vs_variable_open_at(store, at, names[i], &v)) == VS_OK)
                read_value(v);
            vs_variable_free(v);
        }
}

static void ask_lists(vs_store *store)
{
    const vs_variable_info *variable = NULL;
    const vs_checkpoint_info *checkpoint = NULL;
    vs_checkpoint_list *history = NULL;
    vs_list *list = NULL;

    if (vs_list_open(store, NULL, &list) == VS_OK)
        while (vs_list_next(list, &variable) == VS_OK)
            must(variable->name[0] != '\0');
    vs_list_close(list);
    if (vs_checkpoint_list_open(store, &history) == VS_OK)
        while (vs_checkpoint_list_next(history, &checkpoint) == VS_OK)
            must(checkpoint->id > 0);
    vs_checkpoint_list_close(history);
}

static void copy(vs_store *store)
{
    char saved[80];

    (void)snprintf(saved, sizeof saved, "%s.saved", path);
    (void)!vs_salvage(store, saved, NULL, NULL);
    remove_store(saved);
}

static void change(vs_store *store)
{
    (void)!vs_variable_rename(store, "a/large", "e/large");
    (void)!vs_variable_delete(store, "a/small");
    (void)!vs_checkpoint_save(store, NULL, NULL);
    (void)!vs_checkpoint_restore(store, 1, NULL, NULL);
    (void)!vs_checkpoint_delete(store, 1);
}

bool sound_use(bool salvage)
{
    const vs_check_options check = {.read_data = true};
    vs_store *store = sound_open();
    bool is_sound;

    if (store == NULL)
        return false;
    ask_names(store);
    ask_lists(store);
    is_sound = vs_check(store, &check, NULL) == VS_OK;
    if (salvage)
        copy(store);
    change(store);
    vs_store_close(store);
    return is_sound;
}
