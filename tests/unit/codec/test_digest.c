/* test_digest.c - codec/digest: XXH3-128's published values, and chains. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "codec/digest_path.h"
#include "codec_data.h"

static const char *hex(const struct vs__digest *d, char out[33])
{
    for (size_t i = 0; i < VS__DIGEST_BYTES; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", d->bytes[i]);
    return out;
}

static void digests_are_xxh3_128_in_canonical_form(void **state)
{
    char text[33];
    uint8_t bytes[1000];
    struct vs__digest none = vs__digest_of(NULL, 0);
    struct vs__digest abc = vs__digest_of("abc", 3);
    struct vs__digest many;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    many = vs__digest_of(bytes, sizeof bytes);
    assert_string_equal(hex(&none, text), "99aa06d3014798d86001c324468d497f");
    assert_string_equal(hex(&abc, text), "06b05ab6733a618578af5f94892f3950");
    assert_string_equal(hex(&many, text), "076f7e02b7120d2ad33dd80b46f60e50");
}

/* The paths that this machine can run; how many. */
static size_t list_paths(const struct vs__digest_path *paths[3])
{
    size_t n = 0;

    paths[n++] = &vs__digest_plain;
#if VS__X86
    if (__builtin_cpu_supports("avx2"))
        paths[n++] = &vs__digest_avx2;
    if (__builtin_cpu_supports("avx512f"))
        paths[n++] = &vs__digest_avx512;
#endif
    return n;
}

/* Lengths around xxHash's own borders and blocks: 240, 1024, and 64 bytes. */
static void every_instruction_set_gives_the_same_digest(void **state)
{
    uint8_t bytes[VS__DIGEST_BYTES + VS__CHAIN_ITEM_MAX];
    const struct vs__digest_path *paths[3];
    const size_t n_paths = list_paths(paths);

    (void)state;
    fill_noise(bytes, sizeof bytes);
    memset(bytes, 0,
           VS__DIGEST_BYTES); /* where a chain starts: it has one way */
    for (size_t n = VS__DIGEST_BYTES; n <= sizeof bytes;
         n += n < 1200 ? 1 : 61) {
        struct vs__digest chain = {{0}};
        struct vs__digest got;

        vs__digest_chain(&chain, bytes + VS__DIGEST_BYTES,
                         n - VS__DIGEST_BYTES);
        got = vs__digest_of(bytes, n);
        assert_true(vs__digest_equal(&got, &chain));
        for (size_t i = 0; i < n_paths; i++) {
            got = paths[i]->of(bytes, n);
            assert_true(vs__digest_equal(&got, &chain));
        }
    }
}

/* Pieces on both sides of what vectors are for, so that the sets take turns in
 * one digest. */
static void pieces_have_the_digest_of_the_whole(void **state)
{
    struct vs__digester *digester = vs__digester_new();
    uint8_t bytes[9000];
    uint64_t seed = 3;

    (void)state;
    fill_noise(bytes, sizeof bytes);
    for (size_t n = 0; n <= sizeof bytes; n += n < 300 ? 1 : 113) {
        const struct vs__digest want = vs__digest_of(bytes, n);
        struct vs__digest got;

        vs__digester_begin(digester);
        for (size_t at = 0, piece; at < n; at += piece) {
            piece = next_random(&seed) % (n < 300 ? 100 : 3000);
            piece = piece < n - at ? piece : n - at;
            vs__digester_add(digester, bytes + at, piece);
        }
        got = vs__digester_end(digester);
        assert_true(vs__digest_equal(&got, &want));
    }
    vs__digester_free(digester);
}

static void equality_looks_at_every_byte(void **state)
{
    struct vs__digest a = vs__digest_of("a", 1);

    (void)state;
    for (size_t i = 0; i < VS__DIGEST_BYTES; i++) {
        struct vs__digest b = a;

        assert_true(vs__digest_equal(&a, &b));
        b.bytes[i] ^= 1;
        assert_false(vs__digest_equal(&a, &b));
    }
}

static void a_chain_is_the_digest_of_chain_and_item(void **state)
{
    static const size_t lengths[] = {0, 1, 5, 16, 240, 241, VS__CHAIN_ITEM_MAX};
    uint8_t link[VS__DIGEST_BYTES + VS__CHAIN_ITEM_MAX];
    struct vs__digest chain = {{0}};

    (void)state;
    memset(link, 0x5A, sizeof link);
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
        struct vs__digest want;

        memcpy(link, chain.bytes, VS__DIGEST_BYTES);
        want = vs__digest_of(link, VS__DIGEST_BYTES + lengths[k]);
        vs__digest_chain(&chain, link + VS__DIGEST_BYTES, lengths[k]);
        assert_true(vs__digest_equal(&chain, &want));
    }
}

static void a_chain_knows_order_and_borders_of_its_items(void **state)
{
    struct vs__digest one = {{0}};
    struct vs__digest other = {{0}};
    struct vs__digest swapped = {{0}};

    (void)state;
    vs__digest_chain(&one, "ab", 2);
    vs__digest_chain(&one, "c", 1);
    vs__digest_chain(&other, "a", 1);
    vs__digest_chain(&other, "bc", 2);
    vs__digest_chain(&swapped, "c", 1);
    vs__digest_chain(&swapped, "ab", 2);
    assert_false(vs__digest_equal(&one, &other));
    assert_false(vs__digest_equal(&one, &swapped));
}

static void an_empty_item_may_be_null(void **state)
{
    struct vs__digest start = {{0}};
    struct vs__digest chain = start;

    (void)state;
    vs__digest_chain(&chain, NULL, 0);
    assert_false(vs__digest_equal(&chain, &start));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_xxh3_128_in_canonical_form),
        cmocka_unit_test(every_instruction_set_gives_the_same_digest),
        cmocka_unit_test(pieces_have_the_digest_of_the_whole),
        cmocka_unit_test(equality_looks_at_every_byte),
        cmocka_unit_test(a_chain_is_the_digest_of_chain_and_item),
        cmocka_unit_test(a_chain_knows_order_and_borders_of_its_items),
        cmocka_unit_test(an_empty_item_may_be_null),
    };

    return cmocka_run_group_tests_name("codec.digest", tests, NULL, NULL);
}
