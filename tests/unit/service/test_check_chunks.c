/* test_check_chunks.c - service/check_chunks: chunks, frames, and the bytes in
 * them.
 */
#include "scene.h"

static const struct scene_case rows[] = {
    {"UPDATE chunk SET dtype = 99 WHERE id = 1", "a/large", "dtype 99"},
    {"UPDATE chunk SET dtype = -1 WHERE id = 1", "a/large", "dtype -1"},
    {"UPDATE chunk SET raw_bytes = 0 WHERE id = 1", "a/large", "chunk 1: 0"},
    {"UPDATE chunk SET raw_bytes = 4294967296 WHERE id = 1", "c/twin",
     "chunk 1: 4294967296 bytes"},
    {"UPDATE chunk SET raw_bytes = 4095 WHERE id = 1", "c/twin",
     "chunk 1: 4095 bytes"},
    {"UPDATE chunk SET digest = zeroblob(15) WHERE id = 1", "c/twin",
     "cannot be"},
    {"UPDATE chunk SET refs = 0 WHERE id = 1", "c/twin", "0 users"},
    {"UPDATE chunk SET n_numbers = 7 WHERE id = 1", "c/twin",
     "statistics of 7 numbers"},
    {"UPDATE chunk SET n_zeros = -1 WHERE id = 1", "c/twin", "statistics"},
    {"UPDATE chunk SET n_zeros = 1025 WHERE id = 1", "c/twin", "statistics"},
    {"UPDATE chunk SET n_nans = -1 WHERE id = 1", "c/twin", "statistics"},
    {"UPDATE chunk SET n_nans = 1025 WHERE id = 1", "c/twin", "statistics"},
    {"UPDATE chunk SET n_infs = -1 WHERE id = 1", "c/twin", "statistics"},
    {"UPDATE chunk SET n_infs = 1025 WHERE id = 1", "c/twin", "statistics"},
    {"UPDATE chunk SET codec = 5 WHERE id = 1", "c/twin", "want codec 5"},
    {"UPDATE chunk SET base = 2 WHERE id = 1", "c/twin",
     "chunk 1: has base 2 under filter"},
    {"UPDATE chunk SET filter = 9 WHERE id = 1", "c/twin", "filter 9"},
    {"UPDATE chunk SET filter = 9, codec = (SELECT codec FROM chunk WHERE id = "
     "2) WHERE id = 1",
     "c/twin", "filter 9"},
    {"UPDATE chunk SET raw_bytes = 2048, n_numbers = 512 WHERE id = 1",
     "c/twin", "2048 bytes"},
    {"UPDATE chunk SET dtype = 13, n_numbers = 512 WHERE id = 1", "c/twin",
     "4096 bytes in elements of 8"},
    {"UPDATE chunk SET frame_bytes = 1 WHERE id = 1", "c/twin", "want 1"},
    {"UPDATE chunk SET frame_bytes = 9223372036854775807", "c/twin",
     "chunk 1: a frame of"},
    {"UPDATE chunk SET n_numbers = 9223372036854775807", "c/twin",
     "statistics of 9223372036854775807 numbers"},
    {"UPDATE chunk SET digest = zeroblob(16) WHERE id = 1", "c/twin",
     "another digest"},
    {"DELETE FROM frame WHERE chunk = 1", "c/twin", "frame"},
    {"UPDATE frame SET bytes = x'' WHERE chunk = 1", "c/twin",
     "a frame of 0 bytes"},
    {"UPDATE frame SET bytes = substr(bytes, 1, 100) WHERE chunk = 1", "c/twin",
     "a frame of 100 bytes"},
    {"UPDATE frame SET bytes = (SELECT bytes FROM frame WHERE chunk = 2) "
     "WHERE chunk = 1",
     "c/twin", "chunk 1"},
    {"UPDATE frame SET bytes = zeroblob(length(bytes)) WHERE chunk = 1",
     "c/twin", "chunk 1"},
    {"UPDATE frame SET bytes = CAST(x'ff' || substr(bytes, 2) AS BLOB) "
     "WHERE chunk = 1",
     "a/large", "chunk 1"},
    {"INSERT INTO chunk SELECT 99, zeroblob(16), dtype, raw_bytes, tie, 1, "
     "base, codec, filter, frame_bytes, n_numbers, n_zeros, n_nans, n_infs, "
     "min, max, mean, m2, histogram, record FROM chunk WHERE id = 1",
     "-", "chunk 99"},
    {"UPDATE chunk SET min = -5 WHERE id = 1", "a/large",
     "chunk 1: its row is not what was written"},
    {"UPDATE chunk SET tie = 1 WHERE id = 1", "a/large",
     "chunk 1: its row is not what was written"},
};

/* What only reading the bytes can tell. */
static const struct scene_case bytes[] = {
    {"UPDATE frame SET bytes = "
     "CAST(substr(bytes, 1, length(bytes) - 1) || x'5a' AS BLOB) "
     "WHERE chunk = 1",
     "a/large", "chunk 1"},
    {"UPDATE frame SET bytes = CAST(substr(bytes, 1, 40) || x'a5' || "
     "substr(bytes, 42) AS BLOB) WHERE chunk = 1",
     "c/twin", "chunk 1"},
    {"UPDATE chunk SET min = -5 WHERE id = 1", "a/large", "statistics"},
    {"UPDATE chunk SET max = max + 1 WHERE id = 1", "a/large", "statistics"},
    {"UPDATE chunk SET max = 9e999 WHERE id = 1", "a/large", "statistics"},
    {"UPDATE chunk SET mean = mean * 1.001 WHERE id = 1", "a/large",
     "statistics"},
    {"UPDATE chunk SET m2 = m2 * 1.001 WHERE id = 1", "a/large", "statistics"},
    {"UPDATE chunk SET n_zeros = 5 WHERE id = 1", "a/large", "statistics"},
    {"UPDATE chunk SET n_nans = 1 WHERE id = 1", "a/large", "statistics"},
    {"UPDATE chunk SET n_infs = 1 WHERE id = 1", "a/large", "statistics"},
    /* As another order of summing could make it: only the row's digest tells. */
    {"UPDATE chunk SET mean = mean * 1.000000001 WHERE id = 1", "a/large",
     "its row is not what was written"},
    {"UPDATE chunk SET histogram = x'' WHERE id = 1", "a/large", "statistics"},
    {"UPDATE chunk SET histogram = zeroblob(length(histogram)) WHERE id = 1",
     "a/large", "statistics"},
};

static void rows_are_compared_with_frames(void **state)
{
    scene_cases(state, rows, sizeof rows / sizeof rows[0], false, false);
}

static void bytes_are_decoded_and_compared(void **state)
{
    scene_cases(state, bytes, sizeof bytes / sizeof bytes[0], true, false);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(rows_are_compared_with_frames),
        IN_DIR(bytes_are_decoded_and_compared),
    };

    return cmocka_run_group_tests_name("service.check_chunks", tests, NULL,
                                       NULL);
}
