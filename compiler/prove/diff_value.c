/* Owns: whether two values, durations or moments are the same, and how they read.
 * Must not know: what hangs on them. */
#include "compiler/prove/diff_int.h"

/* --- texts ---------------------------------------------------------------------- */

static bool blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static Str source_of(SemExpr x)
{
    return x.node == 0 ? (Str){"", 0} : syn_text(x.file->source.tree, x.node);
}

bool diff_same_text(SemExpr old, SemExpr new)
{
    Str a = source_of(old), b = source_of(new);
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a.n && blank(a.p[i]))
            i++;
        while (k < b.n && blank(b.p[k]))
            k++;
        if (i == a.n || k == b.n)
            return i == a.n && k == b.n;
        if (a.p[i++] != b.p[k++])
            return false;
    }
}

/* --- what stands behind names ------------------------------------------------------ */

/* A let of the new plan, as it was last compared with one of the old plan's. */
typedef struct LetPair { uint32_t old; bool known, same; } LetPair;

void diff_value_init(Pair *p)
{
    p->lets = ARENA_NEW(p->out->arena, LetPair, p->new->n_lets);
}

static bool same_names(const Pair *p, SemExpr old, SemExpr new);

/* Lets are compared once each, however often they stand in each other. */
static bool same_let(const Pair *p, uint32_t old, uint32_t new)
{
    LetPair *l = &p->lets[new];
    if (l->known && l->old == old)
        return l->same;
    SemExpr a = p->old->lets[old].expr, b = p->new->lets[new].expr;
    bool same = diff_same_text(a, b) && same_names(p, a, b);
    *l = (LetPair){old, true, same};
    return same;
}

static bool same_list(const Pair *p, const SemFile *f, SynRef a, const SemFile *g, SynRef b)
{
    for (; a != 0 && b != 0; a = syn(f->source.tree, a)->next, b = syn(g->source.tree, b)->next)
        if (!same_names(p, (SemExpr){f, a}, (SemExpr){g, b}))
            return false;
    return a == b;
}

/* Of two trees with one text: what their names stand for. Expressions are at most
 * LIM_EXPRESSION deep, with lets put in their place. */
static bool same_names(const Pair *p, SemExpr old, SemExpr new)
{
    if (old.node == 0 || new.node == 0)
        return old.node == new.node;
    SemRef a = old.file->refs[old.node], b = new.file->refs[new.node];
    const SynNode *n = syn(old.file->source.tree, old.node), *m = syn(new.file->source.tree, new.node);
    if (a.kind != b.kind || n->kind != m->kind)
        return false;
    if (a.kind == SR_LET)
        return same_let(p, a.index, b.index);
    return same_list(p, old.file, n->a, new.file, m->a) && same_list(p, old.file, n->b, new.file, m->b) &&
           same_list(p, old.file, n->c, new.file, m->c);
}

bool diff_same(const Pair *p, SemExpr old, SemExpr new)
{
    return diff_same_text(old, new) && same_names(p, old, new);
}

/* --- in words ---------------------------------------------------------------------- */

Str diff_text(const Pair *p, SemExpr x)
{
    enum { SHOWN = 60 };
    Str s = source_of(x);
    if (x.node == 0)
        return STR("nothing");
    for (size_t i = 0; i < s.n && i < SHOWN; i++)
        if (s.p[i] == '\n' || ((unsigned char)s.p[i] & 0xc0) == 0xc0)
            return s.n > SHOWN ? arena_printf(p->out->arena, "%.*s...", (int)i, s.p) : s;
    return s.n > SHOWN ? arena_printf(p->out->arena, "%.*s...", SHOWN, s.p) : s;
}

Str diff_before(const Pair *p, SemExpr old, SemExpr new)
{
    if (diff_same_text(old, new))
        return STR("a `let` in it says something else than before");
    return arena_printf(p->out->arena, "before %.*s", STR_ARG(diff_text(p, old)));
}

/* --- time ------------------------------------------------------------------------- */

Str diff_duration(Pair *p, const Sem *s, SemDuration d)
{
    if (d.kind == ST_NONE)
        return STR("not said");
    return d.node == 0 ? arena_printf(p->out->arena, "%lld days", (long long)(d.n / 86400000))
                       : syn_text(s->file->source.tree, d.node);
}

int diff_longer(const Sem *old, SemDuration a, const Sem *new, SemDuration b)
{
    if (a.kind == ST_NONE || b.kind == ST_NONE)
        return a.kind == b.kind ? 0 : b.kind == ST_NONE ? 1 : -1;
    bool calendars = a.kind == ST_CLOCK || str_eq(old->calendars[a.calendar].name, new->calendars[b.calendar].name);
    if (a.kind != b.kind || !calendars)
        return 2;
    return (b.n > a.n) - (b.n < a.n);
}

bool diff_same_moment(const Pair *p, const SemMoment *old, const SemMoment *new)
{
    if (old->kind != new->kind || old->ms != new->ms || diff_longer(p->old, old->after, p->new, new->after) != 0)
        return false;
    if (old->kind == SM_PHASE)
        return str_eq(p->old->phases[old->index].name, p->new->phases[new->index].name);
    if (old->kind == SM_MILESTONE)
        return str_eq(p->old->milestones[old->index].name, p->new->milestones[new->index].name);
    return old->kind != SM_VALUE || diff_same(p, old->value, new->value);
}
