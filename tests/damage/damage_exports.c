/* damage_exports.c - what becomes of an exported file of which one bit or the
 * length was changed, when it is imported again.
 *
 *     damage_exports safetensors|npy [--brief | --short | --long] ...
 *
 * A safetensors file carries a digest of each tensor: the import must fail, or
 * give exactly what was exported. An .npy has no room for one: it must fail, or
 * give exactly the bytes that the file has now. An import that fails has made
 * nothing, and its words name the file. All states take some minutes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/digest.h"
#include "harness.h"
#include "reference.h"

/* The tensor of the .npy, and its elements' bytes. */
#define NPY_NAME  "layer/kernel"
#define NPY_BYTES 10000

struct run {
    struct harness h;
    bool npy;
    char folder[64];
    char path[96];  /* the file that is damaged and imported */
    uint8_t *sound; /* n bytes: as it was exported */
    uint8_t *bytes; /* the same, damaged */
    size_t n;
    size_t n_head;   /* bytes before the data */
    vs_store *store; /* an empty one, in a transaction for each import */
    struct vs__digest right; /* of what the sound file gives */
    int64_t n_told;          /* states in which the import failed */
};

static void die(const char *what, const char *words)
{
    (void)fprintf(stderr, "damage.exports: %s: %s\n", what, words);
    exit(2);
}

static void need(struct run *r, vs_status st, const char *what)
{
    if (st != VS_OK)
        die(what, vs_store_error(r->store)->message);
}

/* -------- What an import gave. */

static void note(struct vs__digest *digest, const void *bytes, size_t n)
{
    const struct vs__digest item = vs__digest_of(bytes, n);

    vs__digest_chain(digest, item.bytes, sizeof item.bytes);
}

/* All names with what they lead to; values by their digests. */
static vs_status look(struct run *r, struct vs__digest *out)
{
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    char shape[VS_SHAPE_TEXT_MAX];
    vs_status st = vs_list_open(r->store, NULL, &list);

    memset(out, 0, sizeof *out);
    while (st == VS_OK && (st = vs_list_next(list, &info)) == VS_OK) {
        note(out, info->name, strlen(info->name));
        note(out, &info->dtype, sizeof info->dtype);
        (void)vs_shape_text(&info->shape, shape);
        note(out, shape, strlen(shape));
        note(out, info->digest, sizeof info->digest);
    }
    vs_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}

/* Are the values those that stand in the damaged .npy? Its header tells with
 * one character how the bytes of a number are ordered. */
static bool same_as_file(struct run *r)
{
    static const char mark[] = "'descr': '<";
    size_t order = 0;
    float values[NPY_BYTES / sizeof(float)];
    uint8_t want[NPY_BYTES];
    const vs_shape shape = vs_shape_2d(50, 50);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable *v = NULL;
    bool same = false;

    while (memcmp(r->sound + order, mark, sizeof mark - 1) != 0)
        order++;
    order += sizeof mark - 2;
    memcpy(want, r->bytes + r->n_head, sizeof want);
    for (size_t i = 0; r->bytes[order] == '>' && i < sizeof want; i += 4) {
        const uint8_t number[4] = {want[i + 3], want[i + 2], want[i + 1],
                                   want[i]};

        memcpy(want + i, number, 4);
    }
    if (vs_variable_open(r->store, "out", &v) == VS_OK &&
        vs_variable_read(v, &view) == VS_OK)
        same = memcmp(values, want, sizeof want) == 0;
    vs_variable_free(v);
    return same;
}

static bool may_say(vs_status st)
{
    return st == VS_ERR_FORMAT || st == VS_ERR_CORRUPT ||
           st == VS_ERR_UNSUPPORTED || st == VS_ERR_TOOBIG || st == VS_ERR_NAME;
}

/* What is wrong with the import of what is in r->bytes now; NULL: nothing. */
static const char *judge(struct run *r, size_t n)
{
    const char *wrong = NULL;
    struct vs__digest got;
    vs_store_info info;
    vs_status st;

    test_write_file(r->path, r->bytes, n);
    if (harness_plants(&r->h, "wrong-bytes"))
        r->bytes[r->n - 1] ^= 0x80; /* the file is not what is compared */
    need(r, vs_store_begin(r->store, VS_TXN_WRITE), "begin");
    st = vs_import(r->store, r->path, NULL, NULL);
    if (st != VS_OK) {
        r->n_told++;
        if (!may_say(st))
            wrong = vs_status_word(st);
        else if (strstr(vs_store_error(r->store)->message, "out.") == NULL)
            wrong = "the words do not name the file";
        need(r, vs_store_describe(r->store, &info), "describe");
        if (info.n_variables != 0)
            wrong = "a failed import has made variables";
    } else if (r->npy) {
        wrong = same_as_file(r) ? NULL : "other bytes than the file's";
    } else {
        need(r, look(r, &got), "look");
        if (!vs__digest_equal(&got, &r->right))
            wrong = "other tensors than were exported";
    }
    need(r, vs_store_rollback(r->store), "rollback");
    return wrong;
}

/* -------- The states. */

static void flip(struct run *r, size_t bit)
{
    const char *wrong;

    memcpy(r->bytes, r->sound, r->n);
    r->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    wrong = judge(r, r->n);
    r->h.n_states++;
    if (wrong != NULL)
        harness_violation(&r->h, "bit %zu of byte %zu: %s", bit % 8, bit / 8,
                          wrong);
}

static void cut(struct run *r, size_t n)
{
    const int64_t told = r->n_told;
    const char *wrong;

    memcpy(r->bytes, r->sound, r->n);
    wrong = judge(r, n);
    r->h.n_states++;
    if (wrong == NULL && r->n_told == told)
        wrong = "not noticed";
    if (wrong != NULL)
        harness_violation(&r->h, "cut to %zu bytes: %s", n, wrong);
}

static uint64_t next_random(uint64_t *seed)
{
    uint64_t x = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* As many of the header's bits as of the data's, and some lengths. */
static void sample(struct run *r, int n)
{
    uint64_t seed = 1;

    for (int i = 0; i < n; i++) {
        flip(r, next_random(&seed) % (8 * r->n_head));
        flip(r, 8 * r->n_head + next_random(&seed) % (8 * (r->n - r->n_head)));
        if (i % 4 == 0)
            cut(r, next_random(&seed) % r->n);
    }
}

static void all(struct run *r)
{
    for (size_t i = 0; i < 8 * r->n; i++)
        flip(r, i);
    for (size_t i = 0; i < r->n; i++)
        cut(r, i);
}

static void prepare(struct run *r)
{
    static const char *const npy_scope = NPY_NAME;
    const vs_export_options options = {.scope = r->npy ? npy_scope : NULL,
                                       .checkpoint = 2};
    vs_store_options mode = {.mode = VS_OPEN_READ};
    char store[96];
    vs_error err;

    (void)snprintf(r->folder, sizeof r->folder, "/tmp/varstore-exports-XXXXXX");
    if (mkdtemp(r->folder) == NULL)
        die(r->folder, "cannot be made");
    (void)snprintf(r->path, sizeof r->path, "%s/out.%s", r->folder,
                   r->npy ? "npy" : "safetensors");
    (void)snprintf(store, sizeof store, "%s/reference.db", r->folder);
    reference_make(store);
    if (vs_store_open(store, &mode, &r->store, &err) != VS_OK)
        die(store, err.message);
    need(r, vs_export(r->store, r->path, &options, NULL), "export");
    vs_store_close(r->store);
    (void)snprintf(store, sizeof store, "%s/empty.db", r->folder);
    mode.mode = VS_OPEN_CREATE_NEW;
    if (vs_store_open(store, &mode, &r->store, &err) != VS_OK)
        die(store, err.message);
    r->sound = test_read_file(r->path, &r->n);
    r->bytes = malloc(r->n);
    if (r->sound == NULL || r->bytes == NULL)
        die(r->path, "cannot be read");
    r->n_head =
        r->npy ? r->n - NPY_BYTES : 8U + r->sound[0] + 256U * r->sound[1];
}

/* The sound file must give everything, or nothing is proved by comparing. */
static void look_at_sound(struct run *r)
{
    const char *wrong;

    memcpy(r->bytes, r->sound, r->n);
    need(r, vs_store_begin(r->store, VS_TXN_WRITE), "begin");
    need(r, vs_import(r->store, r->path, NULL, NULL), "import");
    need(r, look(r, &r->right), "look");
    need(r, vs_store_rollback(r->store), "rollback");
    wrong = r->h.plant == NULL ? judge(r, r->n) : NULL;
    if (wrong != NULL || r->n_told != 0)
        die("the sound file", wrong != NULL ? wrong : "is refused");
}

static void clear(const struct run *r)
{
    char command[96];

    (void)snprintf(command, sizeof command, "rm -rf %s", r->folder);
    if (system(command) != 0)
        (void)fprintf(stderr, "%s stays\n", r->folder);
}

int main(int argc, char **argv)
{
    static const int samples[] = {[FORM_BRIEF] = 300, [FORM_SHORT] = 3000};
    struct run r;
    int rc;

    memset(&r, 0, sizeof r);
    if (argc < 2 ||
        (strcmp(argv[1], "safetensors") != 0 && strcmp(argv[1], "npy") != 0)) {
        (void)fprintf(stderr, "usage: %s safetensors|npy [--long] ...\n",
                      argv[0]);
        return 2;
    }
    r.npy = strcmp(argv[1], "npy") == 0;
    harness_begin(&r.h, r.npy ? "damage.npy" : "damage.safetensors", argc - 1,
                  argv + 1);
    prepare(&r);
    look_at_sound(&r);
    if (r.h.form == FORM_LONG)
        all(&r);
    else
        sample(&r, samples[r.h.form]);
    (void)fprintf(stderr, "# %s: %lld of %lld states told, %zu bytes\n",
                  r.h.name, (long long)r.n_told, (long long)r.h.n_states, r.n);
    rc = harness_end(&r.h);
    vs_store_close(r.store);
    clear(&r);
    free(r.sound);
    free(r.bytes);
    return rc;
}
