/* test_pages.c - chunk/load and chunk/desk: a frame of which the file has lost
 * all but the first page.
 */
#include "pages.h"
#include "pools.h"

#include "chunk/desk.h"

#define PAGE  1024
#define FIRST 40 /* bytes of a frame that certainly are on its first page */

static size_t frame_of(struct base *b, int64_t chunk, uint8_t *out)
{
    struct vs__stmt *s = NULL;
    const void *found;
    size_t n = 0;

    assert_ok(
        vs__stmt_new(b->db, "SELECT bytes FROM frame WHERE chunk = $1", &s));
    vs__bind_i64(s, 1, chunk);
    assert_ok(vs__stmt_step(s));
    found = vs__column_blob(s, 0, &n);
    assert_in_range(n, CHUNK, CHUNK + VS__FRAME_HEADER);
    memcpy(out, found, n);
    vs__stmt_free(s);
    return n;
}

/* Where the frame's first page ends stands the number of the next: it becomes
 * one that the file has not. */
static void lose_the_rest(const char *path, const uint8_t *frame, size_t n)
{
    size_t n_file = 0;
    uint8_t *file = test_read_file(path, &n_file);
    size_t at = 0;
    size_t same = FIRST;

    assert_non_null(file);
    while (at + n < n_file && memcmp(file + at, frame, FIRST) != 0)
        at++;
    assert_true(at + n < n_file);
    while (same < n && file[at + same] == frame[same])
        same++;
    assert_in_range(same, FIRST, PAGE);
    memset(file + at + same, 0x7f, 4);
    test_write_file(path, file, n_file);
    free(file);
}

static void a_frame_that_ends_early_is_damage_to_all(void **state)
{
    const char *path = base_file(state);
    struct vs__wanted wanted = {.raw_bytes = CHUNK};
    struct vs__desks *desks;
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t frame[CHUNK + VS__FRAME_HEADER];
    size_t n;

    fill_noise(raw, CHUNK, 1);
    assert_ok(base_try(&b, path));
    assert_ok(vs__pool_put(&b.pool, VS_U8, raw, CHUNK, 0, &wanted.chunk,
                           &wanted.digest));
    n = frame_of(&b, wanted.chunk, frame);
    base_close(&b);
    pages_shrink(path, PAGE);
    lose_the_rest(path, frame, n);
    assert_ok(base_try(&b, path));
    b.pool.threads = 2;
    desks = vs__pool_desks(&b.pool);
    assert_true(vs__desks_ready(desks, b.db, false));
    assert_false(vs__desk_load(desks, 1, &wanted, raw));
    assert_status(VS_ERR_CORRUPT,
                  vs__pool_get(&b.pool, wanted.chunk, VS_U8, raw, CHUNK, NULL));
    assert_words(&b, "chunk 1: ");
    base_undo(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_frame_that_ends_early_is_damage_to_all, test_dir_setup,
            test_dir_teardown),
    };

    return cmocka_run_group_tests_name("chunk.pages", tests, NULL, NULL);
}
