/* What a host's grant lets a call do, as far as text tells: the one rule for
 * who asks (the engine, before anybody is asked and before a release) and for
 * who does (the effects, which look at the file system and at the address
 * behind a name as well). A call that does not fit here is never made.
 *
 * A program is named as the plan writes it, or by a path whose last part is
 * the same. A path lies in a folder as it is written: joined to the plan's
 * folder, with `.` and `..` resolved. A host is exact, or *.domain for one
 * name below it. */
#ifndef GATE_CORE_GRANT_H
#define GATE_CORE_GRANT_H

#include "vm/core/json.h"

/* Bounds of one tool; all borrowed. Several grants of a tool: each call must
 * fit one of them wholly. */
typedef struct Grant {
    bool any_program;
    const Str *programs; uint32_t n_programs;
    const Str *folders;  uint32_t n_folders;
    const Str *hosts;    uint32_t n_hosts;
    const Str *addresses; uint32_t n_addresses;
    bool network, is_private;
} Grant;

/* How near a call comes; the larger of two is told. */
typedef enum GrantFit {
    GRANT_NONE,            /* there is no grant */
    GRANT_OTHER_PROGRAM,   /* argv[0] is not named */
    GRANT_PROGRAM_OUTSIDE, /* named, but not below the grant's folders */
    GRANT_OUTSIDE,         /* the folder or file is not */
    GRANT_OTHER_HOST,
    GRANT_NOT_PRIVATE,     /* http is for hosts that the grant calls private */
    GRANT_FITS
} GrantFit;

/* One call, of a host pack. Arguments that are unknown, or of another kind
 * than the tool takes, are left to who makes the call. */
typedef struct GrantCall {
    Str pack, tool;
    const Json *args; /* object */
    Str base;         /* absolute: the plan's folder; "" when nobody knows it,
                         and then relative and absolute are not compared */
} GrantCall;

GrantFit grant_fit(const Grant *g, const GrantCall *c);
/* One sentence naming tool, thing and the grant that would let it. */
void grant_words(GrantFit fit, const GrantCall *c, Buf *out);

/* What a connector's tool needs whatever it is asked: all hosts that its pack
 * names, each as a host or as *.domain, or a program of the pack ("": none). */
GrantFit grant_pack(const Grant *g, const Str *hosts, uint32_t n_hosts, Str program);

/* The parts of the rule. */
bool grant_place(const Grant *g, Str base, Str path);
bool grant_host(Str entry, Str host);
/* A program and the folder it works in. */
GrantFit grant_run(const Grant *g, Str base, Str name, Str dir);

#endif
