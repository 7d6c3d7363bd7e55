/* Owns: the longest paths of two plans, side by side (G3012).
 * Must not know: how a path is found (network.c).
 *
 * Nobody is less safe for it, but whoever has promised a day should know that another
 * phase decides it now. */
#include "compiler/schedule/schedule_int.h"

static Str name_at(const Schedule *s, uint32_t i)
{
    return s->sem->phases[s->critical_path[i]].name;
}

static bool estimated(const Sem *s)
{
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (s->phases[i].estimate[0].kind != ST_NONE)
            return true;
    return false;
}

static void put_path(const Schedule *s, Buf *out)
{
    enum { NAMED = 8 };
    for (uint32_t i = 0; i < s->n_critical_path; i++) {
        if (i >= NAMED - 1 && i + 1 < s->n_critical_path) { /* what it ends with says most */
            if (i == NAMED - 1)
                buf_puts(out, ", ...");
            continue;
        }
        buf_printf(out, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(name_at(s, i)));
    }
    buf_puts(out, ": ");
    sched_length((s->finish_ms - s->start_ms) / 1000, out);
}

bool sched_longest(const Schedule *old, const Schedule *new, uint32_t *at, Buf *out)
{
    uint32_t same = 0;
    if (!estimated(old->sem) || !estimated(new->sem) || new->n_critical_path == 0 || old->n_critical_path == 0)
        return false;
    while (same < old->n_critical_path && same < new->n_critical_path && str_eq(name_at(old, same), name_at(new, same)))
        same++;
    bool other = same < old->n_critical_path || same < new->n_critical_path;
    if (!other && old->finish_ms == new->finish_ms)
        return false;
    *at = new->critical_path[same < new->n_critical_path ? same : new->n_critical_path - 1];
    buf_puts(out, "the longest path is now ");
    put_path(new, out);
    buf_puts(out, "; before ");
    put_path(old, out);
    return true;
}
