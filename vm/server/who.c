/* Owns: who asks, from a user id that the kernel vouches for. Must not know:
 * what they may do. */
#include "vm/server/svc.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void who_of_uid(uid_t uid, SvcWho *out)
{
    char room[4096];
    struct passwd entry, *found = NULL;
    memset(out, 0, sizeof *out);
    out->uid = uid;
    out->gid = (gid_t)-1; /* no group: only what is open to all */
    if (getpwuid_r(uid, &entry, room, sizeof room, &found) == 0 && found != NULL)
        out->gid = found->pw_gid;
    if (found != NULL && strlen(found->pw_name) < sizeof out->name)
        snprintf(out->name, sizeof out->name, "%s", found->pw_name);
    else
        snprintf(out->name, sizeof out->name, "%lu", (unsigned long)uid);
    snprintf(out->account, sizeof out->account, "os:%lu:%s", (unsigned long)uid,
             out->name);
}

bool who_owns(const SvcWho *who)
{
    return who->uid == geteuid();
}

Str who_os_name(Str account)
{
    if (account.n < 4 || memcmp(account.p, "os:", 3) != 0)
        return (Str){0};
    const char *end = account.p + account.n;
    const char *colon = memchr(account.p + 3, ':', account.n - 3);
    return colon == NULL ? (Str){0} : (Str){colon + 1, (size_t)(end - colon - 1)};
}

GateStatus who_name(Svc *s, SvcWho *who, Buf *why)
{
    GateStatus st = log_principal(s->log, str_of(who->account),
                                  s->cfg.os->now_ms(s->cfg.os), who->id);
    if (st != GATE_OK)
        buf_printf(why, "cannot write who %s is: %s", who->name,
                   log_error(s->log));
    return st;
}
