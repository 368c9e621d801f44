/* fuzz_store.c - a store by a stranger.
 *
 * The threat: pages, records and frames that lie about each other, beyond what
 * digests tell. Each input is a list of patches to a sound store - 4 bytes of
 * offset, one of length, so many bytes - which is then opened, asked for all
 * it has, checked, and written to. Nothing may crash, and what is told must be
 * an error or a value of a kind that can be.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/endian.h"
#include "varstore/varstore.h"

static char path[64];
static uint8_t *sound;
static size_t n_sound;

static void must(int truth)
{
    if (!truth)
        abort();
}

static void make_variable(vs_store *store, const char *name, int64_t n)
{
    const vs_shape shape = vs_shape_1d(n);
    const vs_variable_spec spec = {.dtype = VS_F32, .shape = &shape};

    must(vs_variable_create(store, name, &spec, NULL) == VS_OK);
}

static void load(void)
{
    FILE *f = fopen(path, "rb");

    must(f != NULL && fseek(f, 0, SEEK_END) == 0);
    n_sound = (size_t)ftell(f);
    rewind(f);
    sound = malloc(n_sound);
    must(sound != NULL && fread(sound, 1, n_sound, f) == n_sound);
    (void)fclose(f);
}

static void make_store(void)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    vs_store *store = NULL;

    (void)snprintf(path, sizeof path, "/tmp/varstore-fuzz-%ld.db",
                   (long)getpid());
    (void)unlink(path);
    must(vs_store_open(path, &options, &store, NULL) == VS_OK);
    make_variable(store, "a/small", 5);
    make_variable(store, "a/large", 3000);
    must(vs_variable_alias(store, "a/large", "b/tied") == VS_OK);
    must(vs_checkpoint_save(store, NULL, NULL) == VS_OK);
    vs_store_close(store);
    load();
}

/* Applies the patches, whose offsets are taken modulo the size. */
static void patch(const uint8_t *data, size_t n)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    must(fd >= 0 && write(fd, sound, n_sound) == (ssize_t)n_sound);
    while (n > 5) {
        const size_t at = vs__load32(data) % n_sound;
        size_t length = data[4];

        data += 5;
        n -= 5;
        if (length > n)
            length = n;
        must(pwrite(fd, data, length, (off_t)at) == (ssize_t)length);
        data += length;
        n -= length;
    }
    must(close(fd) == 0);
}

static void read_value(vs_variable *v)
{
    static float values[1 << 16];
    int64_t n = 0;
    vs_view view;

    if (vs_shape_count(vs_variable_shape(v), &n) != VS_OK ||
        (size_t)n * vs_dtype_size(vs_variable_dtype(v)) > sizeof values)
        return;
    view = vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), values);
    (void)vs_variable_read(v, &view);
}

static void ask(vs_store *store)
{
    static const char *const names[] = {"a/small", "a/large", "b/tied", "c"};
    const vs_check_options check = {.read_data = true};
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;

    if (vs_list_open(store, NULL, &list) == VS_OK)
        while (vs_list_next(list, &info) == VS_OK)
            must(info->name[0] != '\0');
    vs_list_close(list);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (int at = 0; at < 2; at++) {
            vs_variable *v = NULL;

            if ((at == 0
                     ? vs_variable_open(store, names[i], &v)
                     : vs_variable_open_at(store, 1, names[i], &v)) == VS_OK)
                read_value(v);
            vs_variable_free(v);
        }
    (void)vs_check(store, &check, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .busy_ms = -1};
    vs_store *store = NULL;

    if (sound == NULL)
        make_store();
    patch(data, n);
    if (vs_store_open(path, &options, &store, NULL) == VS_OK) {
        ask(store);
        (void)vs_variable_delete(store, "a/small");
        (void)!vs_checkpoint_save(store, NULL, NULL);
    }
    vs_store_close(store);
    return 0;
}
