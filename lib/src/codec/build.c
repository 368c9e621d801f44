/* build.c - see build.h. */
#include "codec/build.h"

#include <lz4.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "codec/pack_path.h"

#define OLDEST_LZ4 10904 /* 1.9.4 */

void vs__build_tell(struct vs__findings *f)
{
    const char *path = vs__pack_path_at(0)->name;
    char value[32];

    vs__find(f, VS_VERDICT_OK, "lz4", LZ4_versionString(),
             LZ4_versionNumber() < OLDEST_LZ4
                 ? "old, and safe here: lengths are known before a block is "
                   "decoded, and no byte beyond them is touched"
                 : "every length is known before a block is decoded");
    (void)snprintf(value, sizeof value, "%d.%d.%d", XXH_VERSION_MAJOR,
                   XXH_VERSION_MINOR, XXH_VERSION_RELEASE);
    vs__find(f, VS_VERDICT_OK, "xxhash", value,
             "built in; digests of every chunk and row, compared at each "
             "reading");
    vs__find(f, VS_VERDICT_OK, "instructions", path,
             "chosen for this processor; what is stored does not depend on "
             "it");
}
