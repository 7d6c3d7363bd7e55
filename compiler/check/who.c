/* Owns: who is asked: the people of a gate or a task.
 * Must not know: what they are asked; whether there are enough (prove/quorum.c). */
#include "compiler/check/check.h"

uint32_t *chk_roles(Checker *c, File *f, SynRef list, uint32_t *n)
{
    uint32_t count = syn_count(f->tree, list), i = 0;
    uint32_t *roles = ARENA_NEW(c->arena, uint32_t, count);
    SYN_EACH(f->tree, k, list) {
        const Entity *e = chk_path(c, f, SEM_NONE, k, DK(ROLE), "a role");
        if (e != NULL)
            roles[i++] = e->index;
    }
    *n = i;
    return roles;
}

static void several(Checker *c, File *f, SynRef who)
{
    const SynNode *n = chk_node(f, who);
    Diag *d = chk_report(c, 4018, f, who, "does one of them decide, or all?");
    diag_label(c->diags, d, "several roles, and no word how many must agree");
    diag_help(c->diags, d, "say `all of`, `any of`, or a number of people");
    Str all = STR("all of "), any = STR("any of ");
    diag_fix(c->diags, d, '?', &f->sem.source, n->start, n->start, all, "everybody must agree");
    diag_fix(c->diags, d, '?', &f->sem.source, n->start, n->start, any, "one of them is enough");
}

/* Who may answer: a gate's or a task's `by`. */
SemWho chk_who(Checker *c, File *f, SynRef who)
{
    SemWho by = {.kind = WHO_NOBODY, .node = who};
    if (who == 0)
        return by;
    const SynNode *n = chk_node(f, who);
    uint32_t said = syn_count(f->tree, n->a);
    by.roles = chk_roles(c, f, n->a, &by.n);
    by.broken = said != by.n || (n->aux == WHO_PLAIN && said > 1);
    if (by.n == 0)
        return by;
    by.quorum = 1;
    switch (n->aux) {
    case WHO_PLAIN:
        if (said > 1)
            several(c, f, who);
        by.kind = WHO_ONE;
        break;
    case WHO_ALL_OF:
        by.kind = said == 1 ? WHO_ONE : WHO_ALL;
        by.quorum = by.n;
        break;
    case WHO_ANY_OF:
        by.kind = said == 1 ? WHO_ONE : WHO_ANY;
        break;
    default:
        by.kind = WHO_N;
        by.quorum = chk_int(f, n->b, 1000000);
        if (by.quorum == 0) {
            Diag *d = chk_report(c, 2007, f, n->b, "nobody would have to agree");
            diag_label(c->diags, d, "at least 1");
            by.broken = true;
        }
        break;
    }
    return by;
}
