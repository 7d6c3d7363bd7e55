/* Owns: plans at random: what stands in them, so that the rules of language.md
 * hold. Must not know: how expressions are made (expr.c), layout (item.c). */
#include "tests/gen/plan.h"

#include <stdio.h>
#include <string.h>

#include "compiler/compile.h"
#include "tests/gen/expr.h"
#include "tests/gen/item.h"

enum { PHASES = 12, VARS = 256, ACTIONS = 6, ROLES = 4 };

/* --- tools ------------------------------------------------------------------------ */

typedef enum Effect4 { READS, CHANGES, DESTROYS } Effect4;
typedef struct Result { const char *name; GenKind kind; } Result;
typedef struct Tool {
    const char *name;
    Effect4 effect;
    bool exact, repeatable;
    Result results[3];
    uint32_t part; /* GEN_*: only with it */
} Tool;

enum { T_QUERY, T_CHANGE, T_DESTROY, T_READ, T_HASH, T_WRITE, T_REMOVE, T_GET, T_SEND, T_NOW,
       T_FIND, T_SET, T_PUT, TOOLS };
static const Tool tools[TOOLS] = {
    [T_QUERY] = {"shell.query", READS, 0, 0, {{"status", G_NUMBER}, {"output", G_TEXT}, {"errors", G_TEXT}}, 0},
    [T_CHANGE] = {"shell.change", CHANGES, 0, 0, {{"status", G_NUMBER}, {"output", G_TEXT}, {"errors", G_TEXT}}, 0},
    [T_DESTROY] = {"shell.destroy", DESTROYS, 0, 0, {{"status", G_NUMBER}, {"output", G_TEXT}, {"errors", G_TEXT}}, GEN_DESTROY},
    [T_READ] = {"file.read", READS, 0, 0, {{"text", G_TEXT}, {"size", G_SIZE}, {NULL, 0}}, 0},
    [T_HASH] = {"file.hash", READS, 0, 0, {{"sha256", G_TEXT}, {NULL, 0}, {NULL, 0}}, 0},
    [T_WRITE] = {"file.write", CHANGES, 1, 1, {{"sha256", G_TEXT}, {NULL, 0}, {NULL, 0}}, 0},
    [T_REMOVE] = {"file.remove", DESTROYS, 0, 0, {{"sha256", G_TEXT}, {NULL, 0}, {NULL, 0}}, GEN_DESTROY},
    [T_GET] = {"http.get", READS, 0, 0, {{"status", G_NUMBER}, {"body", G_TEXT}, {NULL, 0}}, GEN_EVENTS},
    [T_SEND] = {"http.send", DESTROYS, 0, 0, {{"status", G_NUMBER}, {"body", G_TEXT}, {NULL, 0}}, GEN_EVENTS},
    [T_NOW] = {"time.now", READS, 0, 0, {{"at", G_INSTANT}, {NULL, 0}, {NULL, 0}}, 0},
    [T_FIND] = {"lab.find", READS, 0, 0, {{"name", G_TEXT}, {"count", G_NUMBER}, {NULL, 0}}, GEN_EVENTS},
    /* Of a pack that no host lists: whatever it says, it counts as destroying. */
    [T_SET] = {"lab.set", DESTROYS, 0, 0, {{"done", G_BOOL}, {NULL, 0}, {NULL, 0}}, GEN_EVENTS},
    [T_PUT] = {"lab.put", DESTROYS, 0, 1, {{"done", G_BOOL}, {"stamp", G_INSTANT}, {NULL, 0}}, GEN_EVENTS},
};

/* --- what is known of the plan so far ----------------------------------------------- */

typedef struct Action {
    char name[24];
    int tool;
    bool each, when, undo, plan_undo;
    int at;
} Action;

typedef struct Phase {
    char name[24];
    bool when, only_started, undo_none, open_end; /* has a reason that there is no way back */
    uint32_t must, may, firm; /* earlier phases, as bits: finished on every path, on some, and not failed */
    Action actions[ACTIONS]; uint32_t n_actions;
    char check[24], task[24], ask[24], await[24];
    bool takes_back; /* all it does must have a way back: a return may come across it */
    bool windowed, never; const char *calendar; /* of all its windows */
} Phase;

typedef struct Gen {
    GenRandom r;
    const GenOptions *o;
    uint32_t parts;
    Arena *a;
    Item *file;
    Buf b; /* of the expression at hand */
    GenVar vars[VARS]; uint32_t n_vars, n_base;
    Phase phases[PHASES]; uint32_t n_phases;
    char roles[ROLES][24]; uint32_t n_roles;
    uint32_t calendars;
    struct { uint32_t to, from; } returns[PHASES]; uint32_t n_returns;
    uint32_t named;
} Gen;

static uint32_t below(Gen *g, uint32_t n)
{
    return gen_below(&g->r, n);
}

static bool once(Gen *g, uint32_t n)
{
    return gen_once(&g->r, n);
}

static bool with(const Gen *g, uint32_t part)
{
    return (g->parts & part) != 0;
}

static const char *one_of(Gen *g, const char *const *words, uint32_t n)
{
    return words[below(g, n)];
}
#define ONE_OF(g, ...) \
    one_of((g), (const char *const[]){__VA_ARGS__}, \
           (uint32_t)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static void add_var(Gen *g, const GenType *t, bool absent, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void add_var(Gen *g, const GenType *t, bool absent, const char *fmt, ...)
{
    va_list ap;
    if (g->n_vars == VARS)
        return;
    GenVar *v = &g->vars[g->n_vars++];
    va_start(ap, fmt);
    vsnprintf(v->name, sizeof v->name, fmt, ap);
    va_end(ap);
    v->type = t;
    v->absent = absent ? GEN_MAY_MISS : GEN_THERE;
}

/* --- expressions ---------------------------------------------------------------------- */

static const char *expression(Gen *g, const GenType *t, int depth, bool wanted)
{
    GenExpr x = {.r = &g->r, .out = &g->b, .vars = g->vars, .n_vars = g->n_vars};
    buf_clear(&g->b);
    gen_expr(&x, t, depth, wanted);
    return arena_copy(g->a, g->b.p, g->b.n);
}

static const char *literal(Gen *g, const GenType *t)
{
    GenExpr x = {.r = &g->r, .out = &g->b, .one_line = true};
    buf_clear(&g->b);
    gen_literal(&x, t);
    return arena_copy(g->a, g->b.p, g->b.n);
}

static const char *text_value(Gen *g)
{
    if (with(g, GEN_EXPRESSIONS) && once(g, 3))
        return expression(g, &gen_types[G_TEXT], 2, true);
    return ONE_OF(g, "\"nightly\"", "domain", "\"{domain} and {count(hosts)}\"", "\"all\"",
                  "upper(domain)", "\"plain words\"");
}

/* A condition that is no constant, whatever the expression in it is. */
static const char *any_condition(Gen *g, bool reads)
{
    if (with(g, GEN_EXPRESSIONS) && once(g, 2)) {
        const char *x = expression(g, &gen_types[G_BOOL], 3, true);
        return arena_printf(g->a, "%s (%s)", ONE_OF(g, "flag or", "amount > 50 or", "not flag or"), x).p;
    }
    if (reads && with(g, GEN_READS) && once(g, 6))
        return arena_printf(g->a, "shell.query([\"probe\", \"%u\"]).status == 0", below(g, 9)).p;
    return ONE_OF(g, "count(hosts) > 0", "flag", "not flag", "amount < 20", "\"web-01\" in hosts",
                  "domain contains \"example\"", "every h in hosts satisfies h != \"\"",
                  "amount >= 1 and amount <= 100", "flag == (amount == 5)",
                  "some h in hosts satisfies starts_with(h, \"db\")");
}

static const char *condition(Gen *g, bool reads)
{
    const char *x = any_condition(g, reads);
    if (!g->o->lively || once(g, 5))
        return x;
    return arena_printf(g->a, "(%s) or count(hosts) > 0", x).p;
}

/* --- declarations ---------------------------------------------------------------------- */

static Item *declare(Gen *g, const char *text)
{
    Item *it = item_add(g->a, g->file, IT_DECL, "%s", text);
    if (once(g, 8))
        it->doc = STR("Said here once, for the approver.");
    return it;
}

static void inputs(Gen *g)
{
    bool start = !with(g, GEN_EVENTS); /* else something must be left to give */
    declare(g, "input domain: text = \"bakery.example\"");
    declare(g, once(g, 2) ? "input hosts: list of text = [\"web-01\", \"web-02\", \"db-01\"]"
                          : "input hosts: list of text = [\"web-01\"]");
    declare(g, arena_printf(g->a, "input amount: number in 1..100 = %u", 1 + below(g, 60)).p);
    declare(g, once(g, 2) ? "input flag: bool = true" : "input flag: bool = false");
    add_var(g, &gen_types[G_TEXT], false, "domain");
    add_var(g, gen_list_of(&gen_types[G_TEXT]), false, "hosts");
    add_var(g, &gen_types[G_NUMBER], false, "amount");
    add_var(g, &gen_types[G_BOOL], false, "flag");
    for (uint32_t n = below(g, 4); n-- > 0;) {
        const GenType *t = &gen_types[below(g, once(g, 3) ? gen_types_n : GEN_SCALARS)];
        uint32_t k = g->named++;
        buf_clear(&g->b);
        buf_printf(&g->b, "input in%u: ", k);
        gen_type_text(t, &g->b);
        const char *head = arena_copy(g->a, g->b.p, g->b.n);
        if (start || once(g, 2))
            declare(g, arena_printf(g->a, "%s = %s", head, literal(g, t)).p);
        else
            declare(g, head);
        add_var(g, t, false, "in%u", k);
    }
}

static void lets(Gen *g)
{
    for (uint32_t n = with(g, GEN_LETS) ? below(g, 4) : 0; n-- > 0;) {
        const GenType *t;
        do
            t = &gen_types[below(g, once(g, 4) ? gen_types_n : GEN_SCALARS)];
        while (gen_needs_name(t));
        uint32_t k = g->named++;
        if (!with(g, GEN_EXPRESSIONS))
            t = &gen_types[G_NUMBER];
        const char *x = with(g, GEN_EXPRESSIONS) ? expression(g, t, 2, false) : "count(hosts) * 2";
        declare(g, arena_printf(g->a, "let named%u = %s", k, x).p);
        add_var(g, t, false, "named%u", k);
    }
}

static void roles(Gen *g)
{
    static const char *const names[ROLES] = {"owner", "it_lead", "boss", "on_call"};
    static const char *const titles[ROLES] = {" \"Company owner\"", "", " \"The \\\"boss\\\"\"", " \"On call\""};
    g->n_roles = 2 + below(g, ROLES - 1);
    for (uint32_t i = 0; i < g->n_roles; i++) {
        snprintf(g->roles[i], sizeof g->roles[i], "%s", names[i]);
        declare(g, arena_printf(g->a, "role %s%s", names[i], titles[i]).p);
    }
}

static const char *role(Gen *g)
{
    return g->roles[below(g, g->n_roles)];
}

static void calendars(Gen *g)
{
    if (!with(g, GEN_CALENDARS))
        return;
    g->calendars = 1 + below(g, 2);
    Item *c = declare(g, "calendar office");
    c->block = true;
    item_add(g->a, c, IT_OTHER, "zone \"%s\"", ONE_OF(g, "Europe/Bratislava", "America/New_York", "UTC"));
    item_add(g->a, c, IT_OTHER, "open Mon..Fri 08:00..17:00");
    if (once(g, 2))
        item_add(g->a, c, IT_OTHER, "closed 2026-12-24..2026-12-26 \"Christmas\"");
    if (once(g, 4))
        item_add(g->a, c, IT_OTHER, "open 2027-01-02 09:00..12:00 \"Stocktaking\"");
    if (g->calendars < 2)
        return;
    c = declare(g, "calendar nights \"When nobody works\"");
    c->block = true;
    item_add(g->a, c, IT_OTHER, "zone \"Europe/Bratislava\"");
    item_add(g->a, c, IT_OTHER, "open Mon, Wed, Sat..Sun 18:00..23:00");
    if (once(g, 3))
        item_add(g->a, c, IT_OTHER, "closed 2027-05-01");
}

static const char *calendar(Gen *g)
{
    return g->calendars == 2 && once(g, 2) ? "nights" : "office";
}

static void says(Gen *g, Item *in, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        item_add(g->a, in, IT_OTHER, "%s", *lines);
}
#define SAYS(g, in, ...) says((g), (in), (const char *const[]){__VA_ARGS__, NULL})

static Item *block(Gen *g, Item *in, const char *head)
{
    Item *b = item_add(g->a, in, IT_OTHER, "%s", head);
    b->block = true;
    return b;
}

/* A connector of the plan's own: two tools, an event. */
static void connector(Gen *g)
{
    if (!with(g, GEN_EVENTS))
        return;
    declare(g, "secret lab_pin from env \"LAB_PIN\"");
    Item *c = declare(g, "connector lab \"The laboratory\"");
    c->block = true;
    SAYS(g, c, "config site: host", "hosts \"lab.example\"", "base \"https://lab.example/api\"");
    SAYS(g, block(g, c, "tool find \"Look for a thing\""), "takes id: number", "gives name: text from \"/name\"",
         "gives count: number from \"/count\"", "get \"/things/{id}\"", "reads");
    SAYS(g, block(g, c, "tool set \"Change a thing\""), "takes id: number target", "takes note: text = \"\"",
         "gives done: bool from \"/done\"", "post \"/things\"", "body json { id = id, note = note }", "changes",
         "keyed header \"X-Key\"", "lookup find { id = id }");
    SAYS(g, block(g, c, "tool put \"Put a thing in its place\""), "takes id: number target", "takes note: text", "takes pin: secret",
         "gives done: bool from \"/done\"", "gives stamp: instant from \"/at\"", "put \"/things/{id}\"",
         "body json { note = note, pin = pin }", "changes", "repeatable", "before find { id = id }",
         "undo by put { id = id, note = before.name, pin = pin }");
    SAYS(g, c, "secret lab_key");
    SAYS(g, block(g, c, "event came \"A thing came in\""), "verify shared_header { name = \"X-Lab\", secret = lab_key }",
         "tenant \"/tenant\"", "fetch find { id = event.id }", "gives id: number from \"/id\"",
         "gives kind: text from \"/kind\"");
}

/* --- durations and people ---------------------------------------------------------------- */

static const char *duration(Gen *g)
{
    if (with(g, GEN_CALENDARS) && once(g, 3))
        return arena_printf(g->a, "%u business %s%s", 1 + below(g, 4), once(g, 3) ? "hours" : "days",
                            g->calendars == 1 && once(g, 2)
                                ? "" : arena_printf(g->a, " of %s", calendar(g)).p).p;
    return ONE_OF(g, "1d", "8h", "2d12h", "90m", "3w", "1w");
}

/* WHO, of at least so many people. */
static const char *who(Gen *g, uint32_t people)
{
    const char *a = g->roles[0], *b = g->roles[1], *c = g->n_roles > 2 ? g->roles[2] : NULL;
    if (once(g, 2)) {
        const char *t = a;
        a = b;
        b = t;
    }
    switch (below(g, people > 1 ? 3 : 6)) {
    case 0: return arena_printf(g->a, "all of %s, %s", a, b).p;
    case 1:
        if (c != NULL)
            return arena_printf(g->a, "2 of %s, %s, %s", a, b, c).p;
        return arena_printf(g->a, "2 of %s, %s", a, b).p;
    case 2: return arena_printf(g->a, "2 of %s", a).p;
    case 3: return arena_printf(g->a, "any of %s, %s", a, b).p;
    default: return a;
    }
}

/* --- needs ----------------------------------------------------------------------------------- */

static void met(Phase *p, const Phase *all, const uint32_t *needed, uint32_t n, bool any, bool even)
{
    for (uint32_t i = 0; i < n; i++) {
        const Phase *q = &all[needed[i]];
        uint32_t bit = UINT32_C(1) << needed[i];
        uint32_t must = q->must | bit, firm = q->firm | (even ? 0 : bit);
        p->may |= q->may | bit;
        p->must = any && i > 0 ? p->must & must : p->must | must;
        p->firm = any && i > 0 ? p->firm & firm : p->firm | firm;
    }
}

static void needs(Gen *g, Item *it, uint32_t index)
{
    Phase *p = &g->phases[index];
    uint32_t needed[3], n = 0;
    for (uint32_t tries = 0; index > 0 && tries < 5 && n < 3; tries++) {
        uint32_t q = once(g, 2) ? index - 1 : below(g, index);
        bool known = g->phases[q].only_started;
        for (uint32_t i = 0; i < n; i++)
            known = known || needed[i] == q || (g->phases[needed[i]].may >> q & 1) != 0 ||
                    (g->phases[q].may >> needed[i] & 1) != 0;
        if (!known)
            needed[n++] = q;
        if (once(g, 2))
            break;
    }
    if (g->n_phases == 1 && once(g, 2))
        return;
    if (n == 0 || p->only_started) {
        if (!p->only_started)
            item_add(g->a, it, IT_NEEDS, "needs nothing");
        return;
    }
    bool any = n > 1 && with(g, GEN_BRANCHES) && once(g, 4);
    bool even = with(g, GEN_BRANCHES) && once(g, 8);
    Str list = {"", 0};
    for (uint32_t i = 0; i < n; i++)
        list = arena_printf(g->a, "%.*s%s%s", STR_ARG(list), i == 0 ? "" : ", ", g->phases[needed[i]].name);
    item_add(g->a, it, IT_NEEDS, "needs %s%.*s%s", any ? "any of " : "", STR_ARG(list),
             even ? " even if failed" : "");
    met(p, g->phases, needed, n, any, even);
}

/* What earlier phases gave, under the names that this one knows. */
static void see_results(Gen *g, uint32_t index)
{
    const Phase *p = &g->phases[index];
    g->n_vars = g->n_base;
    for (uint32_t q = 0; q < index; q++) {
        const Phase *from = &g->phases[q];
        if ((p->must >> q & 1) == 0)
            continue;
        bool gone = from->when || (p->firm >> q & 1) == 0;
        for (uint32_t k = 0; k < from->n_actions; k++) {
            const Action *a = &from->actions[k];
            for (int i = 0; i < 3 && tools[a->tool].results[i].name != NULL && !a->each; i++)
                add_var(g, &gen_types[tools[a->tool].results[i].kind], gone || a->when, "%s.%s.%s",
                        from->name, a->name, tools[a->tool].results[i].name);
        }
        if (from->ask[0] != '\0')
            add_var(g, &gen_types[G_TEXT], gone, "%s.%s", from->name, from->ask);
    }
}

/* --- levels: the table of language 5 ------------------------------------------------------------ */

static int least_level(Effect4 e, bool exact, bool many, uint32_t *people)
{
    if (e == READS)
        return 0;
    if (e == DESTROYS) {
        *people = many ? 2 : *people;
        return 2;
    }
    return (exact ? 0 : 1) + many;
}

/* Another action of the phase runs this tool, or is taken back by it. */
static bool called_by_others(const Phase *p, uint32_t action, int tool)
{
    for (uint32_t k = 0; k < p->n_actions; k++)
        if (k != action && (p->actions[k].tool == tool || (p->actions[k].plan_undo && tool == T_CHANGE)))
            return true;
    return false;
}

static int phase_level(const Phase *p, uint32_t *people)
{
    int level = 0;
    for (uint32_t i = 0; i < p->n_actions; i++) {
        const Action *a = &p->actions[i];
        bool many = a->each || called_by_others(p, i, a->tool);
        int l = least_level(tools[a->tool].effect, tools[a->tool].exact && !a->undo && !a->plan_undo, many, people);
        if (a->plan_undo) {
            int u = least_level(CHANGES, false, many || called_by_others(p, i, T_CHANGE), people);
            l = u > l ? u : l;
        }
        l = a->at > l ? a->at : l;
        level = l > level ? l : level;
    }
    return level;
}

/* --- steps ----------------------------------------------------------------------------------------- */

static bool is_write(const Action *a)
{
    return tools[a->tool].effect != READS;
}

static bool writes(const Phase *p)
{
    if (p->task[0] != '\0')
        return true; /* a task counts as a write */
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (is_write(&p->actions[i]))
            return true;
    return false;
}

static const char *arguments(Gen *g, const Phase *p, const Action *a, const char *verb)
{
    const char *item = a->each ? ", item" : "", *more = "";
    if (once(g, 3))
        more = arena_printf(g->a, ", %s", text_value(g)).p;
    switch (a->tool) {
    case T_QUERY: case T_CHANGE: case T_DESTROY:
        return arena_printf(g->a, "{ argv = [\"%s\", \"%s.%s\"%s%s]%s%s }", verb, p->name, a->name, item, more,
                            once(g, 6) ? ", dir = \"work\"" : "",
                            once(g, 8) ? ", ok = [0, 2]" : once(g, 8) ? ", input = domain" : "").p;
    case T_WRITE:
        return arena_printf(g->a, "{ path = \"%s_%s%s.txt\", text = %s }", p->name, a->name,
                            a->each ? "_{item}" : "", text_value(g)).p;
    case T_GET: case T_SEND:
        return arena_printf(g->a, "{ url = \"https://api.example/%s\" }", a->each ? "{item}" : a->name).p;
    case T_NOW: return "{ }";
    case T_FIND: return arena_printf(g->a, "{ id = %s }", a->each ? "count([item])" : "amount").p;
    case T_PUT: return arena_printf(g->a, "{ id = amount, note = %s, pin = lab_pin }", a->each ? "item" : text_value(g)).p;
    case T_SET: return arena_printf(g->a, "{ id = amount, note = \"for %s\" }", a->each ? "{item}" : "all").p;
    default:
        return arena_printf(g->a, "{ path = \"%s_%s%s.txt\" }", p->name, a->name, a->each ? "_{item}" : "").p;
    }
}

static void way_back(Gen *g, Item *it, Phase *p, Action *a, bool undoes)
{
    /* What a destroying tool puts back must be known: looked at before any change. */
    bool own = a->tool == T_WRITE || (a->tool == T_PUT && !a->each && !writes(p));
    if (!is_write(a) || (own && once(g, 2)))
        return;
    if ((undoes || p->takes_back) && tools[a->tool].effect == CHANGES) {
        a->undo = a->plan_undo = true;
        item_add(g->a, it, IT_UNDO, "undo shell.change { argv = [\"undo\", \"%s.%s\"%s] }", p->name, a->name,
                 a->each ? ", item" : "");
        return;
    }
    a->undo = true;
    p->undo_none = true;
    item_add(g->a, it, IT_UNDO, "undo none because \"Nobody can take back what was %s\"",
             ONE_OF(g, "sent out", "{domain} once", "given away"));
}

static void each(Gen *g, Item *it, Action *a)
{
    const char *list = ONE_OF(g, "hosts", "hosts without \"web-01\"", "[\"a\", \"b\", domain]", "hosts + [domain]");
    a->each = true;
    if (with(g, GEN_WAVES) && once(g, 3)) {
        item_add(g->a, it, IT_EACH, "each item in %s waves %s%s", list, ONE_OF(g, "1, 100%", "1, 10%, 50%, 100%", "2, 100%"),
                 once(g, 2) ? " pause 20m" : "");
        item_add(g->a, it, IT_OTHER, "stop after 1 failures");
        return;
    }
    item_add(g->a, it, IT_EACH, "each item in %s%s", list, ONE_OF(g, "", " at most 2 at once", " at most 10 at once"));
    if (once(g, 3))
        item_add(g->a, it, IT_OTHER, "stop after %u failures", 1 + below(g, 3));
}

/* One a phase: two might leave no time at all. */
static void window(Gen *g, Item *it, Phase *p)
{
    if (!p->windowed) {
        p->windowed = true;
        p->never = once(g, 4);
        p->calendar = calendar(g);
    }
    item_add(g->a, it, IT_OTHER, "%s during %s", p->never ? "never" : "only", p->calendar);
}

static void other_clauses(Gen *g, Item *it, Phase *p, const Action *a)
{
    if (once(g, 2))
        item_add(g->a, it, IT_OTHER, "timeout %s", ONE_OF(g, "2h", "45m", "90s", "10m"));
    if ((tools[a->tool].repeatable || !is_write(a)) && once(g, g->o->lively ? 2 : 4))
        item_add(g->a, it, IT_OTHER, "retry %u times every %s", 1 + below(g, 3), ONE_OF(g, "1m", "30s"));
    if (with(g, GEN_CALENDARS) && once(g, 6))
        window(g, it, p);
    if (with(g, GEN_CALENDARS) && once(g, 8))
        item_add(g->a, it, IT_OTHER, "not before %s", ONE_OF(g, "2027-02-01", "2027-02-01T06:00Z"));
    if (with(g, GEN_WAVES) && once(g, 8))
        item_add(g->a, it, IT_OTHER, "lock \"thing-{domain}\"");
    if (with(g, GEN_WAVES) && once(g, 8))
        item_add(g->a, it, IT_OTHER, "require %s \"It still holds\"", condition(g, !writes(p)));
}

/* Only of tools that the options allow; a people's phase takes readers. */
static int some_tool(Gen *g, const Phase *p, bool readers)
{
    for (;;) {
        int t = (int)below(g, once(g, 2) ? 2 : TOOLS);
        if ((tools[t].part == 0 || with(g, tools[t].part)) && (!readers || tools[t].effect == READS) &&
            (!p->takes_back || tools[t].effect != DESTROYS))
            return t;
    }
}

static void action(Gen *g, Item *in, Phase *p, bool readers, bool undoes)
{
    if (p->n_actions == ACTIONS)
        return;
    Action a = {.tool = some_tool(g, p, readers)};
    snprintf(a.name, sizeof a.name, "%s%u", ONE_OF(g, "copy", "start", "look", "build", "send"), p->n_actions);
    if (is_write(&a) && once(g, 6))
        a.at = 1 + (int)below(g, 2);
    Item *it = item_add(g->a, in, IT_ACTION, "action %s%s%s", a.name,
                        once(g, 2) ? arena_printf(g->a, " \"%s the thing\"", ONE_OF(g, "Copy", "Start", "Move")).p : "",
                        a.at == 0 ? "" : a.at == 1 ? " at L1" : " at L2");
    it->block = true;
    if (with(g, GEN_WHEN) && once(g, 5)) {
        a.when = true;
        item_add(g->a, it, IT_WHEN, "when %s", condition(g, !writes(p)));
    }
    if (with(g, GEN_EACH) && a.tool != T_NOW && once(g, 4))
        each(g, it, &a);
    item_add(g->a, it, IT_RUN, "run %s %s", tools[a.tool].name, arguments(g, p, &a, "do"));
    way_back(g, it, p, &a, undoes);
    other_clauses(g, it, p, &a);
    item_shuffle(it, &g->r);
    /* Read before the phase's first write, and by its short name. */
    if (!writes(p) && !is_write(&a) && !a.each)
        for (int i = 0; i < 3 && tools[a.tool].results[i].name != NULL; i++)
            add_var(g, &gen_types[tools[a.tool].results[i].kind], a.when, "%s.%s", a.name,
                    tools[a.tool].results[i].name);
    p->actions[p->n_actions++] = a;
}

static void check(Gen *g, Item *in, Phase *p)
{
    snprintf(p->check, sizeof p->check, "holds%u", g->named++);
    Item *it = item_add(g->a, in, IT_STEP, "check %s \"It holds\"", p->check);
    it->block = true;
    for (uint32_t n = 1 + below(g, 2); n-- > 0;)
        item_add(g->a, it, IT_OTHER, "require %s%s", condition(g, true), once(g, 2) ? " \"as promised\"" : "");
    if (!with(g, GEN_WAVES) || once(g, 2))
        return;
    item_add(g->a, it, IT_OTHER, "hold for %s", ONE_OF(g, "15m", "1h"));
    item_add(g->a, it, IT_OTHER, "within %s", ONE_OF(g, "4h", "1d"));
    if (once(g, 2))
        item_add(g->a, it, IT_OTHER, "every 5m");
    item_shuffle(it, &g->r);
}

static void task(Gen *g, Item *in, Phase *p)
{
    if (p->task[0] != '\0')
        return;
    snprintf(p->task, sizeof p->task, "work%u", g->named++);
    Item *it = item_add(g->a, in, IT_STEP, "task %s \"Do it by hand\" by %s", p->task, who(g, 1));
    it->block = true;
    item_add(g->a, it, IT_OTHER, "steps %s", once(g, 2) ? "\"Go there. Do it for {domain}.\""
                                                         : "\"\"\"\n    First this.\n      Then that.\n    \"\"\"");
    if (once(g, 2))
        item_add(g->a, it, IT_OTHER, "ask note%u: %s", g->named++, ONE_OF(g, "text", "number", "one of \"yes\", \"no\""));
    if (once(g, 2)) {
        item_add(g->a, it, IT_OTHER, "within 2d");
        item_add(g->a, it, IT_OTHER, "remind every 4h");
    }
    if (with(g, GEN_CALENDARS) && once(g, 3))
        window(g, it, p);
    if (p->takes_back || once(g, 2)) {
        item_add(g->a, it, IT_UNDO, "undo \"Put it back as it was\"");
    } else {
        item_add(g->a, it, IT_UNDO, "undo none because \"It cannot be put back\"");
        p->undo_none = true;
    }
    item_shuffle(it, &g->r);
}

static void await(Gen *g, Item *in, Phase *p)
{
    if (p->await[0] != '\0')
        return;
    snprintf(p->await, sizeof p->await, "thing%u", g->named++);
    item_add(g->a, in, IT_STEP, "await %s on lab.came%s within %s otherwise stop", p->await,
             once(g, 2) ? arena_printf(g->a, " where %s.kind == \"new\" and %s.id > amount", p->await, p->await).p : "",
             duration(g));
}

static void together(Gen *g, Item *in, Phase *p, bool undoes)
{
    Item *it = item_add(g->a, in, IT_STEP, "together");
    it->block = true;
    for (int i = 0; i < 2; i++) {
        uint32_t seen = g->n_vars;
        action(g, it, p, false, undoes);
        g->n_vars = seen; /* side by side, they do not see each other */
    }
}

static void steps(Gen *g, Item *it, Phase *p, bool people, bool undoes)
{
    for (uint32_t n = g->o->lively ? 2 + below(g, 4) : 1 + below(g, 3), i = 0; i < n; i++) {
        switch (below(g, 10)) {
        case 0: case 1:
            if (with(g, GEN_CHECKS))
                check(g, it, p);
            break;
        case 2:
            if (with(g, GEN_TELLS))
                item_add(g->a, it, IT_STEP, "tell %s %s", role(g), text_value(g)[0] == '"' ? "\"Done for {domain}\"" : "\"On the way\"");
            break;
        case 3:
            if (with(g, GEN_PEOPLE))
                task(g, it, p);
            break;
        case 4:
            if (with(g, GEN_EVENTS))
                await(g, it, p);
            break;
        case 5:
            if (with(g, GEN_WAVES) && !people)
                together(g, it, p, undoes);
            break;
        default: action(g, it, p, people, undoes); break;
        }
    }
    if (it->last == NULL || p->n_actions == 0)
        action(g, it, p, people, undoes);
}

/* --- gates ------------------------------------------------------------------------------------------- */

static void shows(Gen *g, Item *it, const Phase *p)
{
    uint32_t q = PHASES, n = 0;
    for (uint32_t i = 0; i < PHASES; i++)
        if ((p->may >> i & 1) != 0 && gen_below(&g->r, ++n) == 0)
            q = i;
    if (q == PHASES || once(g, 2))
        return;
    const Phase *from = &g->phases[q];
    if (from->n_actions > 0 && (p->must >> q & 1) != 0 && once(g, 2))
        item_add(g->a, it, IT_OTHER, "show %s.%s", from->name, from->actions[0].name);
    else if (from->check[0] != '\0' && once(g, 2))
        item_add(g->a, it, IT_OTHER, "show %s.%s, %s", from->name, from->check, from->name);
    else
        item_add(g->a, it, IT_OTHER, "show %s", from->name);
}

/* Nothing that may have run since phase q, which a return would take back, is
 * without a way back (language 10.12). */
static bool may_return(const Gen *g, uint32_t index, uint32_t q)
{
    if ((g->phases[index].must >> q & 1) == 0 || g->n_returns == PHASES)
        return false;
    for (uint32_t k = 0; k < index; k++)
        if ((k == q || (g->phases[k].may >> q & 1) != 0) && g->phases[k].undo_none)
            return false;
    return true;
}

/* Whether a return may take back a phase: one that needs its goal, and does not
 * surely come behind the gate that returns. */
static bool in_the_way(const Gen *g, const Phase *p)
{
    for (uint32_t i = 0; i < g->n_returns; i++)
        if ((p->may >> g->returns[i].to & 1) != 0 && (p->must >> g->returns[i].from & 1) == 0)
            return true;
    return false;
}

static void people_clauses(Gen *g, Item *it, uint32_t index)
{
    Phase *p = &g->phases[index];
    if (once(g, 4)) {
        snprintf(p->ask, sizeof p->ask, "reason%u", g->named++);
        item_add(g->a, it, IT_OTHER, "ask %s: text", p->ask);
    }
    if (once(g, 5))
        item_add(g->a, it, IT_OTHER, "assure %s", ONE_OF(g, "session", "signed", "hardware"));
    if (once(g, 6))
        item_add(g->a, it, IT_OTHER, "advice from builtin%s", once(g, 2) ? " holds" : "");
    for (uint32_t q = 0; q < index && once(g, 3); q++) {
        if (!may_return(g, index, q))
            continue;
        item_add(g->a, it, IT_OTHER, "may return to %s at most 2 times", g->phases[q].name);
        g->returns[g->n_returns].to = q;
        g->returns[g->n_returns++].from = index;
        break;
    }
    for (uint32_t k = 0; k < p->n_actions; k++) {
        if (p->actions[k].tool != T_WRITE || !once(g, 3))
            continue;
        item_add(g->a, it, IT_OTHER, "may vary %s.text", p->actions[k].name);
        break;
    }
}

static void silence(Gen *g, Item *it)
{
    bool more = with(g, GEN_PEOPLE);
    switch (below(g, more ? 5 : 2)) {
    case 2: item_add(g->a, it, IT_OTHERWISE, "otherwise ask again every 4h at most 3 times"); break;
    case 3: item_add(g->a, it, IT_OTHERWISE, "otherwise ask %s", role(g)); break;
    default: item_add(g->a, it, IT_OTHERWISE, "otherwise stop"); break;
    }
}

static void gate(Gen *g, Item *it, uint32_t index, bool people_do_it)
{
    Phase *p = &g->phases[index];
    uint32_t people = 1;
    int level = people_do_it ? 3 : phase_level(p, &people);
    if (level < 2 && once(g, 3))
        level = 2;
    if (level == 0 && once(g, 2))
        return;
    Item *gt = item_add(g->a, it, IT_GATE, "gate L%d%s", level,
                        level == 0 ? "" : ONE_OF(g, " \"Shall we go on with {domain}?\"", " \"Go on?\"",
                                                 " \"All {count(hosts)} of them?\"", ""));
    if (level == 0)
        return;
    item_add(g->a, gt, IT_BY, "by %s", who(g, people));
    shows(g, gt, p);
    if (level < 2)
        return;
    if (!once(g, 4)) {
        item_add(g->a, gt, IT_OTHER, "within %s", duration(g));
        if (with(g, GEN_PEOPLE) && once(g, 3))
            item_add(g->a, gt, IT_OTHER, "remind every 1h");
    }
    silence(g, gt);
    if (once(g, 5))
        item_add(g->a, gt, IT_OTHER, "good for 5d");
    if (with(g, GEN_PEOPLE))
        people_clauses(g, gt, index);
    if (with(g, GEN_CALENDARS) && once(g, 8))
        item_add(g->a, gt, IT_OTHER, "not before 2027-01-15");
    else if (with(g, GEN_CALENDARS) && index > 0 && (p->must >> (index - 1) & 1) != 0 && once(g, 8))
        item_add(g->a, gt, IT_OTHER, "not before %s after %s", ONE_OF(g, "2h", "1 business days of office"), g->phases[index - 1].name);
    item_shuffle(gt, &g->r);
}

/* --- phases ------------------------------------------------------------------------------------------- */

/* A check that fails, and a change behind it: must stop (language 10.6). */
static bool may_continue(const Item *it)
{
    bool checked = false;
    for (const Item *k = it->first; k != NULL; k = k->next) {
        checked = checked || (k->kind == IT_STEP && k->head.p[0] == 'c');
        if (checked && (k->kind == IT_ACTION || k->block))
            return false;
    }
    return true;
}

static void failure(Gen *g, Item *it, uint32_t index, bool undoes)
{
    Phase *p = &g->phases[index];
    uint32_t start = PHASES;
    for (uint32_t q = index + 1; q < g->n_phases && with(g, GEN_BRANCHES) && !p->only_started; q++)
        if (g->phases[q].only_started && !g->phases[q].open_end)
            start = q;
    if (start < PHASES) {
        g->phases[start].open_end = true;
        item_add(g->a, it, IT_OTHER, "on failure %sstart %s", ONE_OF(g, "", "stop then "), g->phases[start].name);
        return;
    }
    if (undoes && once(g, 2))
        item_add(g->a, it, IT_OTHER, "on failure undo%s", once(g, 2) ? "" : arena_printf(g->a, " then tell %s", role(g)).p);
    else if (once(g, 3))
        item_add(g->a, it, IT_OTHER, "on failure stop%s", once(g, 2) ? "" : arena_printf(g->a, " then tell %s", role(g)).p);
    else if (may_continue(it) && once(g, 3))
        item_add(g->a, it, IT_OTHER, "on failure continue%s", once(g, 2) ? "" : arena_printf(g->a, " then tell %s", role(g)).p);
}

static void time_clauses(Gen *g, Item *it, Phase *p)
{
    if (once(g, 3))
        item_add(g->a, it, IT_OTHER, "estimate %s", ONE_OF(g, "2d", "2d..5d", "4h", "1h..3h"));
    if (!with(g, GEN_CALENDARS))
        return;
    if (once(g, 4))
        item_add(g->a, it, IT_OTHER, "deadline %s", ONE_OF(g, "2031-01-15", "2031-01-15T12:00Z"));
    if (once(g, 6))
        window(g, it, p);
}

static void phase(Gen *g, uint32_t index)
{
    Phase *p = &g->phases[index];
    Item *it = item_add(g->a, g->file, IT_PHASE, "phase %s%s", p->name,
                        once(g, 6) ? "" : arena_printf(g->a, " \"%s, part %u\"", ONE_OF(g, "Getting ready", "The work", "Cleaning up"), index).p);
    it->block = true;
    if (once(g, 6))
        it->doc = STR("What this is for, in one line.");
    bool people = with(g, GEN_PEOPLE) && once(g, 6), undoes = with(g, GEN_UNDO) && once(g, 2);
    needs(g, it, index);
    p->takes_back = in_the_way(g, p);
    see_results(g, index);
    if (with(g, GEN_WHEN) && once(g, 6)) {
        p->when = true;
        item_add(g->a, it, IT_WHEN, "when %s", condition(g, true));
    }
    for (uint32_t n = once(g, 3) ? 1 + below(g, 2) : 0; n-- > 0;)
        item_add(g->a, it, IT_OTHER, "require %s%s", condition(g, true), once(g, 4) ? "" : " \"It is ready\"");
    steps(g, it, p, people, undoes);
    gate(g, it, index, people);
    failure(g, it, index, undoes && !p->undo_none);
    time_clauses(g, it, p);
    if (with(g, GEN_OTHERS) && once(g, 4))
        item_add(g->a, it, IT_OTHER, "controls \"cm-3\", \"ac-5\"");
    for (uint32_t k = 0; k < p->n_actions && with(g, GEN_OTHERS); k++) {
        if (!p->actions[k].each || !once(g, 3))
            continue;
        item_add(g->a, it, IT_OTHER, "limit 200 item");
        break;
    }
    item_shuffle(it, &g->r);
    g->n_vars = g->n_base;
}

/* --- the rest of a plan ---------------------------------------------------------------------------------- */

static void milestones(Gen *g)
{
    if (!with(g, GEN_MILESTONES) || once(g, 2))
        return;
    uint32_t p = below(g, g->n_phases);
    if (g->phases[p].only_started)
        return;
    declare(g, arena_printf(g->a, "milestone live \"All is live\" needs %s%s", g->phases[p].name,
                            with(g, GEN_CALENDARS) && once(g, 2) ? " due 2031-01-15" : "").p);
}

static void policies(Gen *g)
{
    static const char *const rules[] = {
        "for every action where action.destroys require action.level >= L2 \"Whoever destroys asks first\"",
        "for every gate where gate.level == L2 require gate.people >= 1",
        "for every phase require phase.name != \"\"",
        "for every task require task.people > 0",
        "for every action where action.effect == \"changes\" require action.changes"};
    if (!with(g, GEN_POLICIES) || once(g, 2))
        return;
    Item *it = declare(g, "policy house_rules \"The rules of the house\"");
    it->block = true;
    for (uint32_t n = 1 + below(g, 2), k = below(g, 5); n-- > 0; k = (k + 1) % 5)
        item_add(g->a, it, IT_OTHER, "%s", rules[k]);
}

/* What has no default. */
static void given_inputs(Gen *g, Buf *out)
{
    for (uint32_t i = 0; i < g->n_base; i++)
        if (strncmp(g->vars[i].name, "in", 2) == 0)
            buf_printf(out, "%s = %s, ", g->vars[i].name, literal(g, g->vars[i].type));
}

static void tests(Gen *g)
{
    if (!with(g, GEN_TESTS) || once(g, 2))
        return;
    Item *it = declare(g, "test \"it goes as planned\"");
    it->block = true;
    item_add(g->a, it, IT_OTHER, "start at 2026-11-24T18:05Z");
    Buf b = {0};
    given_inputs(g, &b);
    if (b.n > 0 || once(g, 2))
        item_add(g->a, it, IT_OTHER, "given inputs { %.*samount = 7 }", (int)b.n, b.n == 0 ? "" : b.p);
    buf_free(&b);
    for (uint32_t i = 0; i < g->n_phases; i++) /* a tool that is not given is an error */
        item_add(g->a, it, IT_OTHER, "given %s %s", g->phases[i].name, i == 0 || once(g, 2) ? "succeeds" : "fails");
    if (once(g, 2))
        item_add(g->a, it, IT_OTHER, "advance 2d");
    item_add(g->a, it, IT_OTHER, "expect %s is done", g->phases[0].name);
}

static void others(Gen *g)
{
    if (with(g, GEN_OTHERS) && once(g, 4))
        declare(g, once(g, 2) ? "runs alone" : "runs alone per domain");
    if (with(g, GEN_CALENDARS) && once(g, 6)) {
        Buf b = {0};
        buf_printf(&b, "starts every %s at 09:30 of office { ", ONE_OF(g, "Mon", "Tue..Thu, Sun"));
        given_inputs(g, &b);
        buf_puts(&b, "amount = 6 }");
        declare(g, arena_copy(g->a, b.p, b.n));
        buf_free(&b);
    }
    if (with(g, GEN_EVENTS) && once(g, 4)) {
        Buf b = {0};
        buf_puts(&b, "starts on lab.came as event where event.kind == \"new\" { ");
        given_inputs(g, &b);
        buf_puts(&b, "amount = 5 }");
        declare(g, arena_copy(g->a, b.p, b.n));
        buf_free(&b);
    }
}

static void names_of_phases(Gen *g)
{
    static const char *const names[PHASES] = {"prepare", "discover", "stage", "pilot", "copy", "switch_over",
                                              "verify_all", "tidy", "hand_over", "report", "close_down", "last"};
    uint32_t most = g->o->phases_most == 0 || g->o->phases_most > PHASES ? PHASES : g->o->phases_most;
    g->n_phases = 1 + below(g, most);
    for (uint32_t i = 0; i < g->n_phases; i++)
        snprintf(g->phases[i].name, sizeof g->phases[i].name, "%s", names[i]);
    /* The last is what runs when another fails; a later pass says whose. */
    if (with(g, GEN_BRANCHES) && g->n_phases > 2 && once(g, 3))
        g->phases[g->n_phases - 1].only_started = true;
}

static GenMutation one_plan(uint64_t seed, const GenOptions *o, Buf *out)
{
    Gen *g = mem_realloc(NULL, 0, sizeof *g);
    if (g == NULL)
        return GM_NOTHING;
    memset(g, 0, sizeof *g);
    g->r.s = seed;
    g->o = o;
    g->parts = o->parts == 0 ? GEN_ALL : o->parts;
    g->a = arena_new(0);
    g->file = item_add(g->a, NULL, IT_FILE, "%s", "");
    item_add(g->a, g->file, IT_PLAN, "edition 1\nplan made_%u \"A plan, made\"", (unsigned)(seed % 100000));
    names_of_phases(g);
    roles(g);
    inputs(g);
    calendars(g);
    connector(g);
    lets(g);
    g->n_base = g->n_vars;
    for (uint32_t i = 0; i < g->n_phases; i++)
        phase(g, i);
    milestones(g);
    policies(g);
    tests(g);
    others(g);
    if (once(g, 2))
        item_shuffle(g->file, &g->r);
    GenMutation m = o->mutate ? item_mutate(g->a, g->file, &g->r) : GM_NOTHING;
    Buf plain = {0};
    item_print(g->file, &plain);
    if (o->odd)
        item_odd(buf_view(&plain), &g->r, out);
    else
        buf_str(out, buf_view(&plain));
    buf_free(&plain);
    buf_free(&g->b);
    arena_free(g->a);
    mem_realloc(g, sizeof *g, 0);
    return m;
}

bool gen_checks(Str plan, Buf *why)
{
    Compilation c;
    uint32_t errors = 0;
    if (compile_source(STR("made.gate"), plan, COMPILE_CHECK, &c) != GATE_OK)
        return false;
    for (uint32_t i = 0; i < c.diags.n; i++) {
        const Diag *d = &c.diags.items[i];
        uint32_t line, column;
        if (d->severity != DIAG_ERROR || d->code == 22)
            continue;
        errors++;
        syn_place(d->at.source->tree, d->at.start, &line, &column);
        if (why != NULL)
            buf_printf(why, "%u:%u: G%04u %.*s\n", line, column, d->code, STR_ARG(d->message));
    }
    compile_free(&c);
    return errors == 0;
}

GenMutation gen_plan(uint64_t seed, const GenOptions *o, Buf *out)
{
    enum { TRIES = 20 };
    GenOptions whole = *o;
    size_t from = out->n;
    whole.mutate = false;
    for (uint64_t i = 0; i < TRIES; i++) {
        uint64_t s = gen_derive(seed, i);
        bool good = true;
        if (o->valid) {
            Buf b = {0};
            one_plan(s, &whole, &b);
            good = gen_checks(buf_view(&b), NULL);
            buf_free(&b);
        }
        if (!good)
            continue;
        out->n = from;
        return one_plan(s, o, out); /* the same up to where it is mutated */
    }
    return GM_NOTHING;
}
