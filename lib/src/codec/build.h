/* build.h - what the codec is built of here: libraries, instruction set. */
#ifndef VS_CODEC_BUILD_H
#define VS_CODEC_BUILD_H

#include "base/finding.h"

void vs__build_tell(struct vs__findings *f);

#endif
