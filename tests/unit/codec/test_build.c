/* test_build.c - codec/build: what the codec is built of. */
#include "support.h"

#include "codec/build.h"
#include "codec/pack_path.h"
#include "findings.h"

/* -------- Another LZ4. */

static int pretended; /* its version; 0: what it is */

int __real_LZ4_versionNumber(void);
int __wrap_LZ4_versionNumber(void);

int __wrap_LZ4_versionNumber(void)
{
    return pretended != 0 ? pretended : __real_LZ4_versionNumber();
}

static void an_old_lz4_is_told(void **state)
{
    static const int versions[] = {10903, 10904};
    static const char *const words[] = {"old, and safe here",
                                        "every length is known"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct findings found = {""};
        struct vs__findings f = {
            .options = {.on_finding = note_finding, .ctx = &found},
            .group = "g"};

        pretended = versions[i];
        vs__build_tell(&f);
        assert_finding(&found, "g lz4 ok [1.", words[i]);
    }
    pretended = 0;
}

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
        cmocka_unit_test(an_old_lz4_is_told),
        cmocka_unit_test(libraries_and_instructions_are_told),
    };

    return cmocka_run_group_tests_name("codec.build", tests, NULL, NULL);
}
