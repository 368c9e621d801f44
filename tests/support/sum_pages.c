/* sum_pages.c - puts the sums into the pages of closed stores that SQLite's own
 * shell, or whoever, has written to:
 *
 *     sum_pages FILE...
 */
#include "pages.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        pages_sum(argv[i]);
    return 0;
}
