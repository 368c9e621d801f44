/* examine.c - what a store stands on, told room by room. */
#include "varstore/examine.h"

#include <string.h>

#include "base/fail.h"
#include "base/finding.h"
#include "base/options.h"
#include "codec/build.h"
#include "db/guards.h"
#include "db/surround.h"
#include "model/store.h"
#include "varstore/varstore.h"

vs_status vs_examine(const char *path, const vs_examine_options *options,
                     vs_verdict *worst, vs_error *err)
{
    struct vs__findings f;
    vs_status st;

    memset(&f, 0, sizeof f);
    vs__clear(err);
    st = vs__options_take(&f.options, sizeof f.options, options,
                          "vs_examine_options", err);
    if (st == VS_OK && path != NULL && path[0] == '\0')
        st = vs__fail(err, VS_ERR_MISUSE, "an empty path names no store");
    if (st != VS_OK)
        return st;
    f.group = "library";
    vs__find(&f, VS_VERDICT_OK, "varstore", vs_version(), "this library");
    vs__guards_tell_engine(&f);
    vs__build_tell(&f);
    f.group = "guard";
    st = vs__guards_tell(&f, err);
    if (st == VS_OK && path != NULL)
        st = vs__surround_tell(&f, path, VS__APPLICATION_ID, err);
    if (st == VS_OK && worst != NULL)
        *worst = f.worst;
    return st;
}
