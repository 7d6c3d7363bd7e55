/* A time zone as a value: from which instant on which offset holds. Read once
 * from the system's zone database; every question after that is arithmetic.
 *
 * The files are read here (RFC 8536, the second block and the rule at its end)
 * and not by libical: of the 599 zones of tzdata 2026, libical 3.0.16 gives 105
 * other offsets than the database between 1970 and 2060 (Africa/Cairo, Santiago,
 * St. John's, ...), and loading it costs 4 ms. tests/cli/zone_peer.sh compares
 * all zones with Python's zoneinfo.
 *
 * "Local" is what a clock on the wall shows, in milliseconds as if it were UTC.
 * Instants and local times count from 1970; years 0 to 9999 are exact as far as
 * the database goes: what stands behind its last line repeats its rule. */
#ifndef GATE_OS_ZONE_H
#define GATE_OS_ZONE_H

#include "vm/os/mem.h"
#include "vm/os/status.h"

typedef struct ZoneShift { int64_t at_ms; int32_t offset_s; } ZoneShift;

typedef struct Zone {
    Str name;               /* "Europe/Bratislava" */
    int32_t first_offset_s; /* before the first shift */
    uint32_t n;
    const ZoneShift *shifts; /* ascending; each changes the offset */
    int64_t cycle_ms;       /* from here the table repeats every 400 years; INT64_MAX: never */
} Zone;

/* UTC, without a database. */
const Zone *zone_of_utc(void);

/* The zone of that name, in the arena. folder NULL: $TZDIR, else
 * /usr/share/zoneinfo. GATE_E_NOTFOUND: the database has no such zone.
 * GATE_E_IO: there is no database. GATE_E_FORMAT: its file is damaged, or
 * counts leap seconds. GATE_E_MEMORY. why (may be NULL) gets the words. */
GateStatus zone_load(const char *folder, Str name, Arena *arena, const Zone **out, Buf *why);
/* All names that the database knows, for near names; GATE_E_IO: it has no list. */
GateStatus zone_names(const char *folder, Arena *arena, const Str **names, uint32_t *n);

/* From from_ms (INT64_MIN: always) to before until_ms (INT64_MAX: for ever) the
 * wall is offset_ms ahead of UTC. */
typedef struct ZoneSpan { int64_t from_ms, until_ms, offset_ms; } ZoneSpan;
ZoneSpan zone_span(const Zone *z, int64_t utc_ms);
int64_t zone_local(const Zone *z, int64_t utc_ms);

/* The instant of a local time. Where the clock is put forward, some local times
 * do not exist: such a one is taken with the offset before, so it is as far
 * behind the change as it stands behind the hour that was left out (02:30
 * becomes 03:30). Where the clock is put back, some exist twice: the first
 * counts. */
typedef enum ZoneTimes { ZONE_ONCE, ZONE_SKIPPED, ZONE_REPEATED } ZoneTimes;
int64_t zone_utc(const Zone *z, int64_t local_ms, ZoneTimes *times); /* times may be NULL */

#endif
