/* Holidays out of an iCalendar file (RFC 5545): the days of its all-day events,
 * repetitions worked out. By libical, which is opened when a plan first names
 * such a file: that costs 4 ms and more memory than all the rest.
 *
 * What closes a day has to be read in full: a date or a repetition that libical
 * cannot read is an error here, never a day left open. */
#ifndef GATE_OS_ICAL_H
#define GATE_OS_ICAL_H

#include "vm/os/mem.h"
#include "vm/os/status.h"

typedef struct IcalDays {
    int32_t first, last; /* inclusive, days since 1970-01-01 */
    Str title;           /* SUMMARY */
} IcalDays;

typedef struct IcalList {
    const IcalDays *days; uint32_t n; /* in the file's order */
    int32_t last;   /* the last day that it speaks of */
    bool endless;   /* some event repeats for ever */
} IcalList;

/* Days within first..last, in the arena. GATE_E_FORMAT: it is no iCalendar file,
 * or an event cannot be read, or none takes whole days. GATE_E_NOTFOUND: libical
 * is not on this machine. GATE_E_LIMIT: more than LIM_HOLIDAYS. GATE_E_MEMORY.
 * why gets the words. */
GateStatus ical_read(Str text, int32_t first, int32_t last, Arena *arena, IcalList *out, Buf *why);

#endif
