/* fuzz_safetensors.c - a .safetensors file by a stranger.
 *
 * The threat: lengths, offsets, shapes and JSON that lie about each other. Each
 * input is read as a file, and as a header with the right length in front of
 * it and as many bytes of data behind as its first byte says, so that the
 * rules behind the length are reached.
 */
#include "read_foreign.h"

#include "base/endian.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *whole = memory_of(n);

    memcpy(whole, data, n);
    read_foreign(whole, n);
    if (n > 0) {
        const size_t header = n - 1;
        uint8_t *made = memory_of(8 + header + data[0]);

        vs__store64(made, header);
        memcpy(made + 8, data + 1, header);
        memset(made + 8 + header, 1, data[0]);
        read_foreign(made, 8 + header + data[0]);
    }
    return 0;
}
