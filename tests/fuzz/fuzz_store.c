/* fuzz_store.c - a store by a stranger.
 *
 * The threat: pages, records and frames that lie about each other, beyond what
 * digests tell. Each input is a list of patches to a sound store - 4 bytes of
 * offset, one of length, so many bytes - whose pages then get the sums that fit,
 * or in one of four cases do not. It is asked for all it has, checked, salvaged,
 * and written to. Nothing may crash, and what is told must
 * be an error or a value of a kind that can be.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/endian.h"
#include "fuzz.h"
#include "sound.h"

/* Offsets are taken modulo the size. */
static void patch(int fd, const uint8_t *data, size_t n)
{
    while (n > 5) {
        const size_t at = vs__load32(data) % sound_bytes();
        size_t length = data[4];

        data += 5;
        n -= 5;
        if (length > n)
            length = n;
        must(pwrite(fd, data, length, (off_t)at) == (ssize_t)length);
        data += length;
        n -= length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const bool salvage = n % 8 == 0;
    const bool patched = n > 5;
    const int fd = open(sound_put(), O_WRONLY);

    must(fd >= 0);
    patch(fd, data, n);
    must(close(fd) == 0);
    if (n % 4 != 1)
        sound_sum();
    must(sound_use(salvage) || patched);
    return 0;
}
