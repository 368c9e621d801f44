/* test_seal.c - chunk/seal: what is in the record of a chunk's row. */
#include "support.h"

#include <string.h>

#include "chunk/seal.h"

static const uint8_t histogram[4] = {1, 2, 3, 4};

static struct vs__encoded some_chunk(void)
{
    struct vs__encoded e;

    memset(&e, 0, sizeof e);
    e.dtype = VS_F32;
    e.raw_bytes = 400;
    e.frame_bytes = 77;
    e.stats.count = 100;
    e.stats.min = -1;
    e.stats.max = 1;
    e.histogram = histogram;
    e.histogram_bytes = sizeof histogram;
    return e;
}

static struct vs__digest record_of(const struct vs__encoded *e, int64_t tie)
{
    struct vs__frame_info info;

    memset(&info, 0, sizeof info);
    return vs__chunk_record(e, &info, tie);
}

static void a_record_is_over_everything_but_the_users(void **state)
{
    struct vs__encoded e = some_chunk();
    const struct vs__digest sound = record_of(&e, 0);
    struct vs__digest other;

    (void)state;
#define CHANGED(change)       \
    e = some_chunk();         \
    change;                   \
    other = record_of(&e, 0); \
    assert_false(vs__digest_equal(&sound, &other))
    CHANGED(e.dtype = VS_I32);
    CHANGED(e.raw_bytes = 404);
    CHANGED(e.frame_bytes = 78);
    CHANGED(e.digest.bytes[3] = 1);
    CHANGED(e.stats.count = 101);
    CHANGED(e.stats.zeros = 1);
    CHANGED(e.stats.nans = 1);
    CHANGED(e.stats.infs = 1);
    CHANGED(e.stats.min = -2);
    CHANGED(e.stats.max = 2);
    CHANGED(e.stats.mean = 0.5);
    CHANGED(e.stats.m2 = 3);
    CHANGED(e.histogram_bytes = 3);
    e = some_chunk();
    other = record_of(&e, 1);
    assert_false(vs__digest_equal(&sound, &other));
}

/* A zero that comes back from the file has lost its sign. */
static void zeros_of_both_signs_have_one_record(void **state)
{
    struct vs__encoded e = some_chunk();
    const struct vs__digest sound = record_of(&e, 0);
    struct vs__digest other;

    (void)state;
    e.stats.mean = -0.0;
    other = record_of(&e, 0);
    assert_true(vs__digest_equal(&sound, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_over_everything_but_the_users),
        cmocka_unit_test(zeros_of_both_signs_have_one_record),
    };

    return cmocka_run_group_tests_name("chunk.seal", tests, NULL, NULL);
}
