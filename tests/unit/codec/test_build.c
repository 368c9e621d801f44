/* test_build.c - codec/build: what the codec is built of. */
#include "support.h"

#include "codec/build.h"
#include "codec/pack_path.h"
#include "findings.h"

static void libraries_and_instructions_are_told(void **state)
{
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};

    (void)state;
    vs__build_tell(&f);
    assert_finding(&found, "g lz4 ok [1.", "length");
    assert_finding(&found, "g xxhash ok [0.8.", "digests");
    assert_finding(&found, "g instructions ok [", vs__pack_path_at(0)->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_and_instructions_are_told),
    };

    return cmocka_run_group_tests_name("codec.build", tests, NULL, NULL);
}
