#include "tests/slow/both.h"

#include <stdlib.h>

static const ValueTag tags[] = {
    [SLOW_ABSENT] = V_ABSENT, [SLOW_UNKNOWN] = V_UNKNOWN, [SLOW_BOOL] = V_BOOL,
    [SLOW_NUMBER] = V_NUMBER, [SLOW_PERCENT] = V_PERCENT, [SLOW_TEXT] = V_TEXT,
    [SLOW_SIZE] = V_SIZE, [SLOW_DURATION] = V_DURATION, [SLOW_DATE] = V_DATE,
    [SLOW_TIME] = V_TIME, [SLOW_INSTANT] = V_INSTANT, [SLOW_LEVEL] = V_LEVEL,
    [SLOW_LIST] = V_LIST, [SLOW_RECORD] = V_RECORD};

ValueTag slow_tag(SlowKind k)
{
    return tags[k];
}

SlowKind slow_kind(uint8_t tag)
{
    for (size_t k = 0; k < sizeof tags / sizeof *tags; k++)
        if (tags[k] == tag)
            return (SlowKind)k;
    abort();
}

/* dec_add takes the zeros at the end away. */
Dec slow_dec(Value v)
{
    Dec d = dec_int(v.u.i), zero = dec_int(0);
    d.scale = v.scale;
    return dec_add(&d, &zero);
}
