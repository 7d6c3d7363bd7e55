/* Owns: what the host's files said about people when a run started, written
 * into its first record and read back. Must not know: who may do what. */
#include "vm/engine/run.h"

#include <string.h>

static void put_texts(Buf *out, const Str *v, uint32_t n)
{
    buf_putc(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        buf_puts(out, i == 0 ? "" : ",");
        json_put_text(out, v[i]);
    }
    buf_putc(out, ']');
}

static void put_person(Buf *out, const PolPerson *p)
{
    buf_puts(out, "{\"name\":");
    json_put_text(out, p->name);
    buf_puts(out, ",\"title\":");
    json_put_text(out, p->title);
    buf_puts(out, ",\"os\":");
    put_texts(out, p->os, p->n_os);
    buf_putc(out, '}');
}

static void put_role(Buf *out, const Policy *policy, const PolRole *r)
{
    buf_puts(out, "{\"name\":");
    json_put_text(out, r->name);
    buf_puts(out, ",\"people\":[");
    for (uint32_t i = 0; i < r->n_people; i++) {
        buf_puts(out, i == 0 ? "" : ",");
        json_put_text(out, policy->people[r->people[i]].name);
    }
    buf_puts(out, "]}");
}

/* Grants are not pinned: they are tested as they stand before each effect. */
void eng_put_policy(Buf *out, const Policy *policy)
{
    buf_printf(out, "{\"solo\":%s,\"initiator_may_approve\":%s,\"people\":[",
               policy->solo ? "true" : "false",
               policy->initiator_may_approve ? "true" : "false");
    for (uint32_t i = 0; i < policy->n_people; i++) {
        buf_puts(out, i == 0 ? "" : ",");
        put_person(out, &policy->people[i]);
    }
    buf_puts(out, "],\"roles\":[");
    for (uint32_t i = 0; i < policy->n_roles; i++) {
        buf_puts(out, i == 0 ? "" : ",");
        put_role(out, policy, &policy->roles[i]);
    }
    buf_puts(out, "]}");
}

/* --- read back --------------------------------------------------------------- */

static bool is_true(const Json *j, const char *key)
{
    const Json *v = json_get(j, key);
    return v != NULL && v->kind == J_TRUE;
}

static const Json *list(const Json *j, const char *key)
{
    const Json *v = json_get(j, key);
    return v != NULL && v->kind == J_ARRAY ? v : NULL;
}

static GateStatus keep_text(Arena *arena, Str in, Str *out)
{
    if (in.p == NULL)
        return GATE_E_FORMAT;
    *out = arena_str(arena, in);
    return out->p != NULL ? GATE_OK : GATE_E_MEMORY;
}

static GateStatus read_person(const Json *j, Arena *arena, PolPerson *out)
{
    const Json *os = list(j, "os");
    GateStatus st = os == NULL ? GATE_E_FORMAT : keep_text(arena, json_text(j, "name"),
                                                           &out->name);
    if (st == GATE_OK)
        st = keep_text(arena, json_text(j, "title"), &out->title);
    if (st != GATE_OK)
        return st;
    Str *accounts = ARENA_NEW(arena, Str, os->count);
    if (accounts == NULL)
        return GATE_E_MEMORY;
    for (const Json *a = os->child; a != NULL && st == GATE_OK; a = a->next)
        st = a->kind == J_TEXT ? keep_text(arena, a->text, &accounts[out->n_os++])
                               : GATE_E_FORMAT;
    out->os = accounts;
    return st;
}

static GateStatus read_role(const Json *j, Arena *arena, const Policy *policy,
                            PolRole *out)
{
    const Json *names = list(j, "people");
    GateStatus st = names == NULL ? GATE_E_FORMAT
                                  : keep_text(arena, json_text(j, "name"), &out->name);
    if (st != GATE_OK)
        return st;
    uint32_t *people = ARENA_NEW(arena, uint32_t, names->count);
    if (people == NULL)
        return GATE_E_MEMORY;
    for (const Json *n = names->child; n != NULL; n = n->next) {
        uint32_t i = 0;
        while (i < policy->n_people &&
               (n->kind != J_TEXT || !str_eq(policy->people[i].name, n->text)))
            i++;
        if (i == policy->n_people)
            return GATE_E_FORMAT;
        people[out->n_people++] = i;
    }
    out->people = people;
    return GATE_OK;
}

GateStatus eng_read_policy(Str json, Arena *arena, Arena *scratch, Policy *out)
{
    const Json *j = json_parse(json, scratch, NULL);
    *out = (Policy){0};
    const Json *people = j == NULL ? NULL : list(j, "people");
    const Json *roles = j == NULL ? NULL : list(j, "roles");
    if (people == NULL || roles == NULL)
        return GATE_E_FORMAT;
    out->solo = is_true(j, "solo");
    out->initiator_may_approve = is_true(j, "initiator_may_approve");
    out->people = ARENA_NEW(arena, PolPerson, people->count);
    out->roles = ARENA_NEW(arena, PolRole, roles->count);
    GateStatus st = out->people == NULL || out->roles == NULL ? GATE_E_MEMORY : GATE_OK;
    for (const Json *e = people->child; e != NULL && st == GATE_OK; e = e->next)
        st = read_person(e, arena, &out->people[out->n_people++]);
    for (const Json *e = roles->child; e != NULL && st == GATE_OK; e = e->next)
        st = read_role(e, arena, out, &out->roles[out->n_roles++]);
    return st;
}
