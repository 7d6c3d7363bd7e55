/* Owns: noticing that somebody set the wall clock, and who took it as it is.
 * Must not know: which timers there are.
 *
 * Wall clock minus time since boot stays the same until somebody sets the wall
 * clock: sleep counts in both. Each append keeps that difference, with the id
 * of the boot, in the log's file. A process that finds another difference in
 * the same boot freezes the timers: a deadline must not pass, and an approval
 * must not lapse, because of a typing error in a date.
 *
 * Across boots nothing can be told: the clock is taken as it is, frozen timers
 * included. A process in a time namespace (time_namespaces(7)) with another
 * offset sees another difference; its timers freeze, which harms nobody. */
#include "vm/server/svc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A clock that is slewed moves the difference by less than this between two
 * looks; it is not written again for so little, since it costs a page. */
enum { SAME_MS = 1000 };

static int64_t apart(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

static int64_t difference(const Svc *s)
{
    Os *os = s->cfg.os;
    return os->now_ms(os) - os->boot_ms(os);
}

static bool same_boot(const Svc *s)
{
    const SvcClock *c = &s->clock;
    return c->boot[0] != '\0' && strcmp(c->boot, c->kept_boot) == 0;
}

void clock_load(Svc *s)
{
    SvcClock *c = &s->clock;
    Buf words = {0};
    if (!s->cfg.os->boot_id(s->cfg.os, c->boot))
        c->boot[0] = '\0';
    if (log_clock(s->log, &words) == GATE_OK && words.n > OS_UUID_SIZE) {
        memcpy(c->kept_boot, words.p, OS_UUID_SIZE - 1);
        c->kept_ms = strtoll(buf_z(&words) + OS_UUID_SIZE, NULL, 10);
    }
    buf_free(&words);
}

bool clock_frozen(const Svc *s)
{
    return same_boot(s) &&
           apart(difference(s), s->clock.kept_ms) > LIM_CLOCK_STEP_MS;
}

static void keep(Svc *s, int64_t ms)
{
    SvcClock *c = &s->clock;
    Buf words = {0};
    memcpy(c->kept_boot, c->boot, OS_UUID_SIZE);
    c->kept_ms = ms;
    buf_printf(&words, "%s %" PRId64, c->boot, ms);
    log_keep_clock(s->log, buf_view(&words));
    buf_free(&words);
}

void clock_keep(Svc *s)
{
    int64_t is = difference(s);
    int64_t off = apart(is, s->clock.kept_ms);
    bool known = same_boot(s);
    if (s->clock.boot[0] == '\0' || (known && off <= SAME_MS) ||
        (known && off > LIM_CLOCK_STEP_MS))
        return;
    keep(s, is);
}

void clock_words(const Svc *s, Buf *out)
{
    char at[OS_INSTANT_SIZE];
    int64_t is = difference(s), was = s->clock.kept_ms;
    int64_t minutes = apart(is, was) / 60000;
    os_format_instant(s->cfg.os->now_ms(s->cfg.os), at);
    buf_printf(out, "the clock of this host went %s by %" PRId64 " h %" PRId64 " min "
               "while the machine kept running; it says %s now. Until somebody has "
               "looked, no gate expires, no approval lapses and nothing is tried again "
               "by itself; decisions count. If that time is right: `gate doctor "
               "--accept-clock`. If not, set the clock right.",
               is > was ? "forward" : "back", minutes / 60, minutes % 60, at);
}

void clock_put_frozen(const Svc *s, Buf *json)
{
    Buf words = {0};
    if (s->log == NULL || json->failed || !clock_frozen(s))
        return;
    clock_words(s, &words);
    json->n--; /* the object's closing brace */
    buf_puts(json, ",\"timers_frozen\":");
    json_put_text(json, buf_view(&words));
    buf_putc(json, '}');
    json->failed = json->failed || words.failed;
    buf_free(&words);
}

GateStatus clock_accept(Svc *s, const SvcWho *who)
{
    Os *os = s->cfg.os;
    char from[OS_INSTANT_SIZE], to[OS_INSTANT_SIZE];
    Record r = {.kind = REC_CLOCK_ACCEPTED, .actor_t = "human"};
    int64_t is = difference(s), now = os->now_ms(os);
    memcpy(r.actor_id, who->id, OS_UUID_SIZE);
    os_format_instant(now - is + s->clock.kept_ms, from);
    os_format_instant(now, to);
    rec_set_text(&r, RF_FROM, str_of(from));
    rec_set_text(&r, RF_TO, str_of(to));
    keep(s, is);
    return log_append(s->log, &r, 1, NULL, 0, now);
}
