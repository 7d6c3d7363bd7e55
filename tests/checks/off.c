#include "tests/checks/off.h"

#include <stdlib.h>

static unsigned long off;

/* Once: the environment is asked before main, not at every check. */
__attribute__((constructor)) static void read_switch(void)
{
    const char *z = getenv("CHECK_OFF");
    off = z == NULL ? 0 : strtoul(z, NULL, 10);
}

bool check_off(unsigned n)
{
    return n == off;
}
