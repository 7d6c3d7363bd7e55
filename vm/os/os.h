/* The virtual OS: what gate asks of the machine. One interface, so that the
 * loop above the engine runs the same under a simulator. Engine and core never
 * see it: time and random bytes reach them inside events.
 *
 * All instants are milliseconds since 1970-01-01T00:00:00Z; all durations are
 * milliseconds. */
#ifndef GATE_OS_OS_H
#define GATE_OS_OS_H

#include "vm/os/mem.h"
#include "vm/os/status.h"

enum { OS_UUID_SIZE = 37 }; /* 36 digits and dashes, and a NUL */

typedef struct Os Os;
struct Os {
    int64_t (*now_ms)(Os *os);                         /* wall clock */
    int64_t (*mono_ms)(Os *os);                        /* monotonic clock */
    GateStatus (*random)(Os *os, void *out, size_t n); /* getrandom(2) */
    int64_t (*boot_ms)(Os *os); /* since this boot, sleep counted */
    /* Which boot this is: a UUID. false: the machine does not say. */
    bool (*boot_id)(Os *os, char out[OS_UUID_SIZE]);
};

Os *os_real(void); /* the machine; never fails; static storage */

/* Descriptors 0, 1 and 2 are open from here: where one was closed, the next
 * file opened would take its place, and output would go into it. What stands in
 * for it cannot be used in its direction, so a result is not lost in silence. */
bool os_open_std(void);
/* What was said on stdout and is still in memory goes out. false: some of it
 * did not get there; why has the cause, where it is known. Once, at the end. */
bool os_close_stdout(Buf *why);

/* Whole file into a fresh buffer (caller: buf_free). max_bytes guards; an
 * error's cause in words goes to why (may be NULL). */
GateStatus os_read_file(const char *path, size_t max_bytes, Buf *out,
                        Buf *why);
/* Writes beside, syncs, renames: the file is the old or the new one. A link is
 * followed; a device or a pipe is written into. mode is a new file's; one that
 * is there keeps its owner and its rights. */
GateStatus os_write_file(const char *path, Str bytes, unsigned mode,
                         Buf *why);
/* The names in a folder, each ended by a NUL, in no order; those that begin
 * with a dot are left out. out->max bounds it: what is too much is cut. */
GateStatus os_list_folder(const char *path, Buf *out);
/* mkdir -p; existing folders are fine. */
GateStatus os_make_dirs(const char *path, unsigned mode, Buf *why);

/* RFC 3339 in UTC with milliseconds: 2026-11-24T06:46:38.000Z (25 bytes with
 * the NUL). Pure arithmetic, years 0..9999. */
enum { OS_INSTANT_SIZE = 25 };
void os_format_instant(int64_t ms, char out[OS_INSTANT_SIZE]);
/* Accepts RFC 3339 with `Z` or an offset, seconds and fraction optional. */
bool os_parse_instant(Str s, int64_t *ms);
/* Days since 1970-01-01 of a civil date (proleptic Gregorian), and back. */
int64_t os_days_from_civil(int64_t y, int m, int d);
void os_civil_from_days(int64_t days, int64_t *y, int *m, int *d);
bool os_date_valid(int64_t y, int m, int d);

/* A version 4 UUID (RFC 9562) out of 16 random bytes. */
void os_uuid4(const unsigned char random[16], char out[OS_UUID_SIZE]);

#endif
