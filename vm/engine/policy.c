/* Owns: whose word counts: people, roles, grants and settings of host.gate and
 * tenant.gate, put together so that another file can only tighten.
 * Must not know: runs. */
#include "vm/engine/policy.h"

#include "vm/core/vm.h"
#include "vm/engine/later.h"
#include "vm/os/limits.h"

#include <string.h>

typedef struct Maker {
    const Program *const *files;
    size_t n;
    Arena *arena;
    Policy *out;
    Buf *why;
    bool memory; /* it ran out */
} Maker;

static void *rows(Maker *m, size_t size, size_t n)
{
    void *p = arena_array(m->arena, size, n);
    if (p == NULL)
        m->memory = true;
    return p;
}

static bool say(Maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool say(Maker *m, const char *fmt, ...)
{
    va_list ap;
    if (m->why == NULL || m->memory)
        return false;
    va_start(ap, fmt);
    buf_vprintf(m->why, fmt, ap);
    va_end(ap);
    return false;
}

static Str file_name(const Program *p)
{
    Str s = prog_str(p, p->file);
    return s.n > 0 ? s : STR("host.gate");
}

static Str keep(Maker *m, Str s)
{
    Str k = arena_str(m->arena, s);
    if (k.p == NULL)
        m->memory = true;
    return k;
}

/* --- values ---------------------------------------------------------------- */

static bool evaluate(Maker *m, const Program *p, uint32_t fn, Str what, Value *out)
{
    VmRun vm = {.program = p, .func = fn, .arena = m->arena, .fuel = LIM_FUEL};
    if (vm_run(&vm) == VM_ENDED) {
        *out = vm.result;
        return true;
    }
    Str file = file_name(p);
    return say(m, "%.*s: \"%.*s\" has no value: %s", STR_ARG(file), STR_ARG(what),
               vm.error);
}

/* --- settings -------------------------------------------------------------- */

/* A file's word on a yes-or-no setting: -1 when it says nothing. */
static bool setting(Maker *m, const Program *p, const char *name, int *out)
{
    *out = -1;
    for (uint32_t i = 0; i < p->n_settings; i++) {
        Value v;
        Str key = prog_str(p, p->settings[i].name);
        if (!str_is(key, name))
            continue;
        if (!evaluate(m, p, p->settings[i].fn, key, &v))
            return false;
        if (v.tag != V_BOOL) {
            Str file = file_name(p);
            return say(m, "%.*s: setting %s is true or false.", STR_ARG(file), name);
        }
        *out = v.u.i != 0 ? 1 : 0;
    }
    return true;
}

/* Of all files the stricter: the outermost one must say yes, and none no. */
static bool loosening(Maker *m, const char *name, bool *out)
{
    bool first = true, yes = false, no = false;
    for (size_t i = 0; i < m->n; i++) {
        int said;
        if (m->files[i] == NULL)
            continue;
        if (!setting(m, m->files[i], name, &said))
            return false;
        if (first)
            yes = said == 1;
        no = no || said == 0;
        first = false;
    }
    *out = yes && !no;
    return true;
}

/* --- people ---------------------------------------------------------------- */

static uint32_t person_named(const Policy *p, Str name)
{
    for (uint32_t i = 0; i < p->n_people; i++)
        if (str_eq(p->people[i].name, name))
            return i;
    return PROG_NONE;
}

uint32_t policy_person(const Policy *p, Str os_account)
{
    for (uint32_t i = 0; os_account.n > 0 && i < p->n_people; i++)
        for (uint32_t k = 0; k < p->people[i].n_os; k++)
            if (str_eq(p->people[i].os[k], os_account))
                return i;
    return PROG_NONE;
}

/* Votes count people: an account, an address, a key is one human's, also where
 * nobody is proved by it yet. */
static bool is_taken(const Maker *m, const ProgPerson *whose, const Program *in,
                     const ProgPersonId *id)
{
    for (size_t f = 0; f < m->n; f++) {
        const Program *p = m->files[f];
        for (uint32_t i = 0; p != NULL && i < p->n_persons; i++) {
            const ProgPerson *other = &p->persons[i];
            if (other == whose)
                return false; /* those behind it are tested against it */
            for (uint32_t k = 0; k < other->ids_count; k++) {
                const ProgPersonId *has = &p->personids[other->ids_first + k];
                if (has->kind == id->kind &&
                    str_eq(prog_str(p, has->text), prog_str(in, id->text)))
                    return true;
            }
        }
    }
    return false;
}

static bool add_person(Maker *m, const Program *p, const ProgPerson *pp)
{
    PolPerson *to = &m->out->people[m->out->n_people];
    Str *os = rows(m, sizeof *os, pp->ids_count);
    Str file = file_name(p), name = prog_str(p, pp->name);
    if (os == NULL)
        return false;
    if (person_named(m->out, name) != PROG_NONE)
        return say(m, "%.*s: the person \"%.*s\" is described already; one human "
                   "stands in one place.", STR_ARG(file), STR_ARG(name));
    to->name = keep(m, name);
    to->title = keep(m, prog_str(p, pp->title));
    to->os = os;
    to->n_os = 0;
    for (uint32_t i = 0; i < pp->ids_count; i++) {
        const ProgPersonId *id = &p->personids[pp->ids_first + i];
        static const char *const words[PID_COUNT] = {"account", "email", "key", "login"};
        Str text = prog_str(p, id->text);
        if (is_taken(m, pp, p, id))
            return say(m, "%.*s: the %s \"%.*s\" of \"%.*s\" belongs to another "
                       "person already.", STR_ARG(file), words[id->kind], STR_ARG(text),
                       STR_ARG(name));
        if (id->kind == PID_OS)
            os[to->n_os++] = keep(m, text);
    }
    m->out->n_people++;
    return !m->memory;
}

static bool add_people(Maker *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        n += m->files[i] == NULL ? 0 : m->files[i]->n_persons;
    m->out->people = rows(m, sizeof *m->out->people, n);
    for (size_t i = 0; !m->memory && i < m->n; i++)
        for (uint32_t k = 0; m->files[i] != NULL && k < m->files[i]->n_persons; k++)
            if (!add_person(m, m->files[i], &m->files[i]->persons[k]))
                return false;
    return !m->memory;
}

/* --- roles ----------------------------------------------------------------- */

static PolRole *role_named(Policy *p, Str name)
{
    for (uint32_t i = 0; i < p->n_roles; i++)
        if (str_eq(p->roles[i].name, name))
            return &p->roles[i];
    return NULL;
}

static bool in_list(const uint32_t *v, uint32_t n, uint32_t x)
{
    for (uint32_t i = 0; i < n; i++)
        if (v[i] == x)
            return true;
    return false;
}

static bool bind_role(Maker *m, const Program *p, const ProgRole *r)
{
    Str file = file_name(p), name = prog_str(p, r->name);
    uint32_t *people = rows(m, sizeof *people, r->people_count);
    uint32_t n = 0;
    if (people == NULL)
        return false;
    PolRole *had = role_named(m->out, name);
    for (uint32_t i = 0; i < r->people_count; i++) {
        Str who = prog_str(p, p->names[r->people_first + i].text);
        uint32_t person = person_named(m->out, who);
        if (person == PROG_NONE)
            return say(m, "%.*s: role \"%.*s\" names \"%.*s\", but there is no such "
                       "person; add: person %.*s { os \"ACCOUNT\" }.", STR_ARG(file),
                       STR_ARG(name), STR_ARG(who), STR_ARG(who));
        /* Bound in several files: only whom all of them name. */
        if (!in_list(people, n, person) &&
            (had == NULL || in_list(had->people, had->n_people, person)))
            people[n++] = person;
    }
    if (had == NULL) {
        had = &m->out->roles[m->out->n_roles++];
        had->name = keep(m, name);
    }
    had->people = people;
    had->n_people = n;
    return !m->memory;
}

static bool add_roles(Maker *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        n += m->files[i] == NULL ? 0 : m->files[i]->n_roles;
    m->out->roles = rows(m, sizeof *m->out->roles, n);
    for (size_t i = 0; !m->memory && i < m->n; i++)
        for (uint32_t k = 0; m->files[i] != NULL && k < m->files[i]->n_roles; k++)
            if (!bind_role(m, m->files[i], &m->files[i]->roles[k]))
                return false;
    return !m->memory;
}

bool policy_holds(const Policy *p, uint32_t person, Str role)
{
    if (p->solo)
        return true;
    for (uint32_t i = 0; i < p->n_roles; i++)
        if (str_eq(p->roles[i].name, role))
            return in_list(p->roles[i].people, p->roles[i].n_people, person);
    return false;
}

/* --- grants ---------------------------------------------------------------- */

static bool texts(Maker *m, const Program *p, Str what, Value v, const Str **out,
                  uint32_t *n)
{
    Str file = file_name(p);
    Str *list = rows(m, sizeof *list, v.tag == V_LIST ? v.len : 0);
    if (list == NULL)
        return false;
    if (v.tag != V_LIST)
        return say(m, "%.*s: in a grant, \"%.*s\" is a list of texts.", STR_ARG(file),
                   STR_ARG(what));
    for (uint32_t i = 0; i < v.len; i++) {
        if (v.u.items[i].tag != V_TEXT)
            return say(m, "%.*s: in a grant, \"%.*s\" is a list of texts.",
                       STR_ARG(file), STR_ARG(what));
        list[i] = keep(m, val_str(v.u.items[i]));
    }
    *out = list;
    *n = v.len;
    return !m->memory;
}

static bool truth(Maker *m, const Program *p, Str what, Value v, bool *out)
{
    Str file = file_name(p);
    if (v.tag != V_BOOL)
        return say(m, "%.*s: in a grant, \"%.*s\" is true or false.", STR_ARG(file),
                   STR_ARG(what));
    *out = v.u.i != 0;
    return true;
}

static bool grant_arg(Maker *m, const Program *p, const ProgGrantArg *a, PolGrant *g)
{
    Value v;
    Str name = prog_str(p, a->name), file = file_name(p);
    if (!evaluate(m, p, a->fn, name, &v))
        return false;
    if (str_is(name, "programs")) {
        g->any_program = false;
        return texts(m, p, name, v, &g->programs, &g->n_programs);
    }
    if (str_is(name, "folders"))
        return texts(m, p, name, v, &g->folders, &g->n_folders);
    if (str_is(name, "hosts"))
        return texts(m, p, name, v, &g->hosts, &g->n_hosts);
    if (str_is(name, "addresses"))
        return texts(m, p, name, v, &g->addresses, &g->n_addresses);
    if (str_is(name, "network"))
        return truth(m, p, name, v, &g->network);
    if (str_is(name, "private"))
        return truth(m, p, name, v, &g->is_private);
    return say(m, "%.*s: a grant has no bound \"%.*s\"; it has programs, folders, "
               "hosts, addresses, network and private.", STR_ARG(file), STR_ARG(name));
}

static bool read_grant(Maker *m, const Program *p, const ProgGrant *pg, PolGrant *g)
{
    *g = (PolGrant){.pack = keep(m, prog_str(p, pg->pack)),
                    .tool = keep(m, prog_str(p, pg->tool)), .any_program = true};
    for (uint32_t i = 0; i < pg->args_count; i++)
        if (!grant_arg(m, p, &p->grantargs[pg->args_first + i], g))
            return false;
    return !m->memory;
}

static bool same_tool(const PolGrant *a, const PolGrant *b)
{
    return str_eq(a->pack, b->pack) && str_eq(a->tool, b->tool);
}

typedef bool (*Inside)(Str a, Str b); /* everything of a is in b */

static bool equal_text(Str a, Str b)
{
    return str_eq(a, b);
}

/* Folders: the same, or below. A relative one and an absolute one cannot be
 * compared here, so neither is inside the other. */
static bool folder_inside(Str a, Str b)
{
    bool abs_a = a.n > 0 && a.p[0] == '/', abs_b = b.n > 0 && b.p[0] == '/';
    while (b.n > 1 && b.p[b.n - 1] == '/')
        b.n--;
    if (abs_a != abs_b)
        return false;
    for (size_t i = 0; i + 1 < a.n; i++)
        if (a.p[i] == '.' && a.p[i + 1] == '.' && (i == 0 || a.p[i - 1] == '/'))
            return false;
    if (str_is(b, ".") || str_is(b, "/"))
        return true;
    return a.n >= b.n && memcmp(a.p, b.p, b.n) == 0 &&
           (a.n == b.n || a.p[b.n] == '/');
}

static bool host_inside(Str a, Str b)
{
    if (str_eq(a, b))
        return true;
    if (b.n < 3 || b.p[0] != '*' || b.p[1] != '.')
        return false;
    Str tail = {b.p + 1, b.n - 1}; /* with its dot */
    return a.n > tail.n && memcmp(a.p + a.n - tail.n, tail.p, tail.n) == 0;
}

/* What lies in a and in b: of each pair the narrower. */
static const Str *meet(Maker *m, const Str *a, uint32_t na, const Str *b, uint32_t nb,
                       Inside inside, uint32_t *n)
{
    Str *out = rows(m, sizeof *out, (size_t)na * nb);
    *n = 0;
    for (uint32_t i = 0; out != NULL && i < na; i++)
        for (uint32_t k = 0; k < nb; k++) {
            if (inside(a[i], b[k]))
                out[(*n)++] = a[i];
            else if (inside(b[k], a[i]))
                out[(*n)++] = b[k];
        }
    return out;
}

/* A call must fit both. false: nothing can. */
static bool intersect(Maker *m, const PolGrant *a, const PolGrant *b, PolGrant *out)
{
    *out = *a;
    if (a->any_program) {
        out->any_program = b->any_program;
        out->programs = b->programs;
        out->n_programs = b->n_programs;
    } else if (!b->any_program)
        out->programs = meet(m, a->programs, a->n_programs, b->programs,
                             b->n_programs, equal_text, &out->n_programs);
    out->folders = meet(m, a->folders, a->n_folders, b->folders, b->n_folders,
                        folder_inside, &out->n_folders);
    out->hosts = meet(m, a->hosts, a->n_hosts, b->hosts, b->n_hosts, host_inside,
                      &out->n_hosts);
    out->network = a->network && b->network;
    out->is_private = a->is_private && b->is_private;
    /* No address said: all private ones. */
    if (a->n_addresses == 0) {
        out->addresses = b->addresses;
        out->n_addresses = b->n_addresses;
    } else if (b->n_addresses > 0) {
        out->addresses = meet(m, a->addresses, a->n_addresses, b->addresses,
                              b->n_addresses, equal_text, &out->n_addresses);
        out->is_private = out->is_private && out->n_addresses > 0;
    }
    return out->any_program || out->n_programs > 0;
}

typedef struct Grants {
    PolGrant *v;
    uint32_t n, cap;
} Grants;

static bool push(Maker *m, Grants *to, const PolGrant *g)
{
    PolGrant *v = arena_grow(m->arena, to->v, to->n, &to->cap, sizeof *v);
    if (v == NULL) {
        m->memory = true;
        return false;
    }
    to->v = v;
    to->v[to->n++] = *g;
    return true;
}

static bool mentions(const Grants *l, const PolGrant *g)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (same_tool(&l->v[i], g))
            return true;
    return false;
}

/* a is what the files further out leave, b the next one inwards: where b is
 * silent about a tool, a stays; of others, what both allow. What b alone
 * mentions is not granted. A tool that both mention without a common part
 * keeps a grant that nothing fits, so that a third file finds it closed. */
static bool combine(Maker *m, const Grants *a, const Grants *b, Grants *out)
{
    for (uint32_t i = 0; i < a->n; i++) {
        PolGrant g;
        uint32_t before = out->n;
        if (!mentions(b, &a->v[i])) {
            if (!push(m, out, &a->v[i]))
                return false;
            continue;
        }
        for (uint32_t k = 0; k < b->n; k++)
            if (same_tool(&a->v[i], &b->v[k]) &&
                intersect(m, &a->v[i], &b->v[k], &g) && !push(m, out, &g))
                return false;
        g = (PolGrant){.pack = a->v[i].pack, .tool = a->v[i].tool};
        if (out->n == before && !push(m, out, &g))
            return false;
    }
    return !m->memory;
}

static bool add_grants(Maker *m)
{
    Grants all = {0};
    bool outermost = true;
    for (size_t i = 0; i < m->n; i++) {
        Grants of_file = {0}, both = {0};
        PolGrant g;
        if (m->files[i] == NULL)
            continue;
        for (uint32_t k = 0; k < m->files[i]->n_grants; k++)
            if (!read_grant(m, m->files[i], &m->files[i]->grants[k], &g) ||
                !push(m, &of_file, &g))
                return false;
        if (!outermost && !combine(m, &all, &of_file, &both))
            return false;
        all = outermost ? of_file : both;
        outermost = false;
    }
    m->out->grants = all.v;
    m->out->n_grants = all.n;
    return true;
}

/* --- the whole ------------------------------------------------------------- */

static bool hash_all(Maker *m)
{
    Buf b = {0};
    buf_puts(&b, "gate.policy.v1");
    for (size_t i = 0; i < m->n; i++)
        if (m->files[i] != NULL) {
            buf_putc(&b, (char)i);
            buf_put(&b, m->files[i]->hash.b, HASH_SIZE);
        }
    m->out->hash = hash_bytes(b.p, b.n);
    m->memory = m->memory || b.failed;
    buf_free(&b);
    return !m->memory;
}

static bool has_host_file(const Maker *m)
{
    bool there = false;
    for (size_t i = 0; i < m->n && i < POLICY_HOST_FILES; i++)
        there = there || m->files[i] != NULL;
    return there;
}

static bool add_rules(Maker *m, const Calendar *const *const *hours)
{
    m->out->rules = rows(m, sizeof *m->out->rules, m->n);
    for (size_t i = 0; !m->memory && i < m->n; i++)
        if (m->files[i] != NULL && m->files[i]->n_rules > 0)
            m->out->rules[m->out->n_rules++] =
                (PolRules){m->files[i], hours == NULL ? NULL : hours[i]};
    return !m->memory;
}

GateStatus policy_make(const Program *const *files, const Calendar *const *const *hours,
                       size_t n, Arena *arena, Policy *out, Buf *why)
{
    Maker m = {files, n, arena, out, why, false};
    memset(out, 0, sizeof *out);
    bool ok = hash_all(&m);
    for (size_t i = 0; ok && i < n; i++)
        ok = files[i] == NULL || eng_can_run(files[i], why);
    ok = ok && add_rules(&m, hours);
    if (ok && has_host_file(&m))
        ok = loosening(&m, "solo", &out->solo) &&
             loosening(&m, "initiator_may_approve", &out->initiator_may_approve) &&
             add_people(&m) && add_roles(&m) && add_grants(&m);
    if (ok)
        return GATE_OK;
    return m.memory ? GATE_E_MEMORY : GATE_E_FORMAT;
}

/* What another tool of the host packs does on behalf of a granted one: the
 * image before a write, and the way back, need no grant of their own. */
static Str granted_as(Str pack, Str tool)
{
    if (str_is(pack, "file") && (str_is(tool, "image") || str_is(tool, "restore")))
        return STR("write");
    return tool;
}

static bool opens(const PolGrant *g)
{
    return g->any_program || g->n_programs > 0;
}

uint32_t policy_grants(const Policy *p, Str pack, Str tool, Arena *arena,
                       const PolGrant ***out)
{
    Str as = granted_as(pack, tool);
    uint32_t n = 0;
    const PolGrant **v = ARENA_NEW(arena, const PolGrant *, p->n_grants);
    for (uint32_t i = 0; v != NULL && i < p->n_grants; i++)
        if (str_eq(p->grants[i].pack, pack) && opens(&p->grants[i]) &&
            (str_eq(p->grants[i].tool, tool) || str_eq(p->grants[i].tool, as)))
            v[n++] = &p->grants[i];
    *out = v;
    return n;
}

static bool granted(const Policy *p, Str pack, Str tool)
{
    Str as = granted_as(pack, tool);
    for (uint32_t i = 0; i < p->n_grants; i++)
        if (str_eq(p->grants[i].pack, pack) && opens(&p->grants[i]) &&
            (str_eq(p->grants[i].tool, tool) || str_eq(p->grants[i].tool, as)))
            return true;
    return false;
}

static Grant bounds_of(const PolGrant *g)
{
    return (Grant){.any_program = g->any_program,
                   .programs = g->programs, .n_programs = g->n_programs,
                   .folders = g->folders, .n_folders = g->n_folders,
                   .hosts = g->hosts, .n_hosts = g->n_hosts,
                   .addresses = g->addresses, .n_addresses = g->n_addresses,
                   .network = g->network, .is_private = g->is_private};
}

static bool needs_grant(Str pack, Str tool)
{
    return !str_is(pack, "time") || !str_is(tool, "now");
}

bool policy_allows(const Policy *p, const GrantCall *call, Buf *why)
{
    Str as = granted_as(call->pack, call->tool);
    GrantFit best = GRANT_NONE;
    if (!needs_grant(call->pack, call->tool))
        return true;
    for (uint32_t i = 0; i < p->n_grants && best != GRANT_FITS; i++) {
        const PolGrant *pg = &p->grants[i];
        if (!str_eq(pg->pack, call->pack) || !opens(pg) ||
            (!str_eq(pg->tool, call->tool) && !str_eq(pg->tool, as)))
            continue;
        Grant g = bounds_of(pg);
        GrantFit fit = grant_fit(&g, call);
        best = fit > best ? fit : best;
    }
    if (best == GRANT_FITS)
        return true;
    GrantCall told = *call;
    told.tool = as; /* the grant to write is that of the tool a plan names */
    grant_words(best, &told, why);
    return false;
}

static void pack_words(GrantFit best, Str pack, Str tool, const Str *hosts, uint32_t n_hosts,
                       Str program, Buf *why)
{
    buf_printf(why, "`%.*s.%.*s` %s. Whoever runs the host adds it to host.gate: grant %.*s.%.*s { ",
               STR_ARG(pack), STR_ARG(tool), best == GRANT_NONE ? "is not granted"
                                                                : "goes further than its grant",
               STR_ARG(pack), STR_ARG(tool));
    if (program.n > 0)
        buf_printf(why, "programs = [\"%.*s\"] }", STR_ARG(program));
    for (uint32_t i = 0; program.n == 0 && i < n_hosts; i++)
        buf_printf(why, "%s\"%.*s\"%s", i == 0 ? "hosts = [" : ", ", STR_ARG(hosts[i]),
                   i + 1 == n_hosts ? "] }" : "");
}

bool policy_allows_pack(const Policy *p, Str pack, Str tool, const Str *hosts, uint32_t n_hosts,
                        Str program, Buf *why)
{
    GrantFit best = GRANT_NONE;
    for (uint32_t i = 0; i < p->n_grants && best != GRANT_FITS; i++) {
        const PolGrant *pg = &p->grants[i];
        if (!str_eq(pg->pack, pack) || !str_eq(pg->tool, tool) || !opens(pg))
            continue;
        Grant g = bounds_of(pg);
        GrantFit fit = grant_pack(&g, hosts, n_hosts, program);
        best = fit > best ? fit : best;
    }
    if (best != GRANT_FITS)
        pack_words(best, pack, tool, hosts, n_hosts, program, why);
    return best == GRANT_FITS;
}

bool policy_covers(const Policy *p, const Program *plan, Buf *missing)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->n_imports; i++) {
        Str pack = prog_str(plan, plan->imports[i].pack);
        Str tool = prog_str(plan, plan->imports[i].tool);
        if (!needs_grant(pack, tool) || granted(p, pack, tool))
            continue;
        if (missing != NULL) {
            Str as = granted_as(pack, tool);
            buf_printf(missing, "%s%.*s.%.*s",
                       n == 0 ? "The host does not grant what the plan needs: " : ", ",
                       STR_ARG(pack), STR_ARG(as));
        }
        n++;
    }
    if (n > 0 && missing != NULL)
        buf_puts(missing, ". Whoever runs the host adds it to host.gate, such as: "
                          "grant shell.change { programs = [\"make\"], folders = "
                          "[\".\"] }");
    return n == 0;
}
