/* version.c - which library this is. */
#include "varstore/varstore.h"

const char *vs_version(void)
{
    return VS_VERSION;
}
