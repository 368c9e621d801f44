/* fuzz_npy.c - an .npy file by a stranger.
 *
 * The threat: a header that names a shape the file does not hold, or is more
 * Python than three literals. Each input is read as a file, and as the text of
 * a header with the right length in front of it and as many bytes of data
 * behind as its first byte says.
 */
#include "read_foreign.h"

#include "base/endian.h"

#define PREFIX 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *whole = memory_of(n);

    memcpy(whole, data, n);
    read_foreign(whole, n);
    if (n > 0) {
        const size_t header = n - 1;
        uint8_t *made = memory_of(PREFIX + header + data[0]);

        memcpy(made, "\x93NUMPY\2\0", 8);
        vs__store32(made + 8, (uint32_t)header);
        memcpy(made + PREFIX, data + 1, header);
        memset(made + PREFIX + header, 1, data[0]);
        read_foreign(made, PREFIX + header + data[0]);
    }
    return 0;
}
