/* Owns: the words and bytes that are compared, hashed and shown: states, the
 * subject of a gate, staged actions, evidence, idempotency keys.
 * Must not know: how a run advances. */
#include "vm/engine/run.h"

#include <string.h>

const char *phase_state_word(PhaseState s)
{
    static const char *const words[] = {
#define PHASE_STATE(id, name) name,
#include "vm/engine/states.def"
#undef PHASE_STATE
    };
    return words[s];
}

const char *run_state_word(RunState s)
{
    static const char *const words[] = {
#define RUN_STATE(id, name) name,
#include "vm/engine/states.def"
#undef RUN_STATE
    };
    return words[s];
}

const char *gate_state_word(GateState s)
{
    static const char *const words[] = {"none", "open", "approved", "released",
                                        "rejected", "expired", "withdrawn"};
    return words[s];
}

/* Identity of a gate: what a decision names, and what links the records of
 * opening, decisions and effects. */
Str eng_gate_id(EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    Str name = prog_str(run->program, run->program->phases[phase].name);
    return eng_print(run, "%.*s/%u/%u", STR_ARG(name), p->iter, p->round);
}

const ProgGate *eng_gate(const EngRun *run, uint32_t phase)
{
    uint32_t g = run->program->phases[phase].gate;
    return g == PROG_NONE ? NULL : &run->program->gates[g];
}

int eng_level(const EngRun *run, uint32_t phase)
{
    const ProgGate *g = eng_gate(run, phase);
    return g == NULL ? 0 : (int)g->level;
}

/* Depth is bounded by the reader: LIM_JSON_DEPTH. */
void eng_put_json(Buf *out, const Json *j)
{
    switch (j->kind) {
    case J_NULL: buf_puts(out, "null"); return;
    case J_FALSE: buf_puts(out, "false"); return;
    case J_TRUE: buf_puts(out, "true"); return;
    case J_NUMBER: buf_str(out, j->text); return;
    case J_TEXT: json_put_text(out, j->text); return;
    case J_ARRAY:
    case J_OBJECT: break;
    }
    buf_putc(out, j->kind == J_ARRAY ? '[' : '{');
    for (const Json *e = j->child; e != NULL; e = e->next) {
        if (e != j->child)
            buf_putc(out, ',');
        if (j->kind == J_OBJECT) {
            json_put_text(out, e->key);
            buf_putc(out, ':');
        }
        eng_put_json(out, e);
    }
    buf_putc(out, j->kind == J_ARRAY ? ']' : '}');
}

static bool is_unknown(const Json *j)
{
    return j->kind == J_OBJECT && j->count == 1 && str_is(j->child->key, "unknown") &&
           j->child->kind == J_TRUE;
}

static bool node_fits(const Json *was, const Json *is)
{
    if (is_unknown(was))
        return true;
    if (was->kind != is->kind || was->count != is->count ||
        !str_eq(was->text, is->text))
        return false;
    const Json *a = was->child, *b = is->child;
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        if (!str_eq(a->key, b->key) || !node_fits(a, b))
            return false;
    return a == NULL && b == NULL;
}

bool eng_json_fits(Str was, Str is, Arena *scratch)
{
    if (str_eq(was, is))
        return true;
    const Json *a = json_parse(was, scratch, NULL);
    const Json *b = json_parse(is, scratch, NULL);
    return a != NULL && b != NULL && node_fits(a, b);
}

void eng_put_args(Buf *out, const Program *p, uint32_t import, const Value *v,
                  uint32_t n)
{
    const ProgImport *im = &p->imports[import];
    buf_putc(out, '{');
    for (uint32_t i = 0; i < n && i < im->params_count; i++) {
        const ProgParam *pm = &p->params[im->params_first + i];
        if (i > 0)
            buf_putc(out, ',');
        json_put_text(out, prog_str(p, pm->name));
        buf_putc(out, ':');
        json_put_value(out, p, pm->type, v[i]);
    }
    buf_putc(out, '}');
}

static void put_tool(Buf *out, const Program *p, uint32_t import)
{
    Buf b = {0};
    buf_str(&b, prog_str(p, p->imports[import].pack));
    buf_putc(&b, '.');
    buf_str(&b, prog_str(p, p->imports[import].tool));
    json_put_text(out, buf_view(&b));
    out->failed = out->failed || b.failed;
    buf_free(&b);
}

/* A way back, as it is staged: {"tool", "arguments"}. */
void eng_put_undo(Buf *out, const Program *p, uint32_t import, const Value *v,
                  uint32_t n)
{
    buf_puts(out, "{\"tool\":");
    put_tool(out, p, import);
    buf_puts(out, ",\"arguments\":");
    eng_put_args(out, p, import, v, n);
    buf_putc(out, '}');
}

/* Deeper than any type the compiler makes; JSON of that depth is refused. */
static void put_tainted(Buf *out, Buf *path, Value v, int depth)
{
    if (v.tag == V_TEXT && (v.flags & VF_TAINTED) != 0) {
        buf_puts(out, out->n > 1 ? "," : "");
        json_put_text(out, buf_view(path));
    }
    if ((v.tag != V_LIST && v.tag != V_RECORD) || depth == LIM_JSON_DEPTH)
        return;
    size_t at = path->n;
    for (uint32_t i = 0; i < v.len; i++) {
        buf_printf(path, "[%u]", i);
        put_tainted(out, path, v.u.items[i], depth + 1);
        path->n = at;
    }
}

/* Which texts of the arguments came from a tool or a person, as a JSON array
 * of paths: argv[1]. */
void eng_put_tainted(Buf *out, const Program *p, uint32_t import,
                     const Value *v, uint32_t n)
{
    const ProgImport *im = &p->imports[import];
    Buf list = {0}, path = {0};
    buf_putc(&list, '[');
    for (uint32_t i = 0; i < n && i < im->params_count; i++) {
        buf_clear(&path);
        buf_str(&path, prog_str(p, p->params[im->params_first + i].name));
        put_tainted(&list, &path, v[i], 0);
    }
    buf_putc(&list, ']');
    out->failed = out->failed || list.failed || path.failed;
    buf_str(out, buf_view(&list));
    buf_free(&list);
    buf_free(&path);
}

static bool unknown_in(Value v, int depth)
{
    if (v.tag == V_UNKNOWN)
        return true;
    if ((v.tag != V_LIST && v.tag != V_RECORD) || depth == LIM_JSON_DEPTH)
        return false;
    for (uint32_t i = 0; i < v.len; i++)
        if (unknown_in(v.u.items[i], depth + 1))
            return true;
    return false;
}

bool eng_any_unknown(const Value *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (unknown_in(v[i], 0))
            return true;
    return false;
}

static Value taint_copy(Value v, Arena *arena, bool *ok, int depth)
{
    if (v.tag == V_TEXT) {
        Str s = arena_str(arena, val_str(v));
        *ok = *ok && s.p != NULL;
        v.u.s = s.p;
        v.flags |= VF_TAINTED;
        return v;
    }
    if (v.tag != V_LIST && v.tag != V_RECORD)
        return v;
    Value *items = ARENA_NEW(arena, Value, v.len);
    if (items == NULL || depth == LIM_JSON_DEPTH) {
        *ok = false;
        return val_make(V_ABSENT, 0);
    }
    for (uint32_t i = 0; i < v.len && *ok; i++)
        items[i] = taint_copy(v.u.items[i], arena, ok, depth + 1);
    v.u.items = items;
    return v;
}

/* A tool's answer, kept: every text in it is somebody else's word. */
Value eng_taint_copy(Value v, Arena *arena, bool *ok)
{
    return taint_copy(v, arena, ok, 0);
}

static const char *quorum_word(const ProgGate *g)
{
    switch ((WhoKind)g->who) {
    case WHO_ONE: return "one of";
    case WHO_ALL: return "all of";
    case WHO_ANY: return "any of";
    case WHO_N: return "several of";
    default: return "nobody";
    }
}

void eng_put_by(Buf *out, const EngRun *run, uint32_t phase)
{
    const ProgGate *g = eng_gate(run, phase);
    const Program *p = run->program;
    buf_puts(out, "{\"quorum\":");
    uint32_t n = g == NULL || g->who == WHO_NOBODY ? 0
                 : g->who == WHO_ALL              ? g->by_count
                 : g->who == WHO_N                ? g->quorum
                                                  : 1;
    json_put_int(out, n);
    buf_puts(out, ",\"kind\":");
    json_put_text(out, str_of(g == NULL ? "nobody" : quorum_word(g)));
    buf_puts(out, ",\"paths\":[");
    for (uint32_t i = 0; g != NULL && i < g->by_count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        json_put_text(out,
                      prog_str(p, p->roles[p->rolerefs[g->by_first + i].role].name));
    }
    buf_puts(out, "]}");
}

void eng_put_staged(Buf *out, const EngRun *run, const Staged *s,
                    const char *name_key)
{
    const Program *p = run->program;
    const ProgAction *a = &p->actions[s->action];
    buf_printf(out, "{\"%s\":", name_key);
    Buf title = {0};
    json_put_text(out, prog_str(p, a->name));
    buf_puts(out, ",\"title\":");
    eng_title(&title, run, a->title, a->title_fn);
    json_put_text(out, buf_view(&title));
    out->failed = out->failed || title.failed;
    buf_free(&title);
    buf_puts(out, ",\"tool\":");
    put_tool(out, p, a->import);
    buf_printf(out, ",\"effect\":\"%s\",\"arguments\":",
               effect_word((Effect)p->imports[a->import].effect));
    buf_str(out, s->args);
    buf_puts(out, ",\"undo\":");
    buf_str(out, s->undo);
    buf_printf(out, ",\"conditional\":%s", s->conditional ? "true" : "false");
    buf_printf(out, ",\"instance\":%u", s->instance);
    if (s->element.p != NULL) {
        buf_puts(out, ",\"element\":");
        buf_str(out, s->element);
    }
    buf_puts(out, ",\"tainted\":");
    buf_str(out, s->tainted);
    buf_putc(out, '}');
}

static void put_shown_action(Buf *out, EngRun *run, Str label, uint32_t action,
                             bool *first)
{
    const Program *p = run->program;
    const ProgAction *a = &p->actions[action];
    if (out->n > LIM_PART_BYTES)
        return; /* the gate does not open, whatever else would be shown */
    buf_puts(out, *first ? "{\"label\":" : ",{\"label\":");
    *first = false;
    json_put_text(out, label);
    buf_puts(out, ",\"action\":");
    json_put_text(out, prog_str(p, a->name));
    buf_puts(out, ",\"value\":");
    json_put_value(out, p, a->result, eng_action_value(run, action));
    buf_putc(out, '}');
}

static void put_shown_check(Buf *out, EngRun *run, Str label, uint32_t check,
                            bool *first)
{
    static const char *const answers[] = {"not tested", "pass", "fail"};
    const Program *p = run->program;
    buf_puts(out, *first ? "{\"label\":" : ",{\"label\":");
    *first = false;
    json_put_text(out, label);
    buf_puts(out, ",\"check\":");
    json_put_text(out, prog_str(p, p->checks[check].name));
    buf_printf(out, ",\"answer\":\"%s\"}", answers[run->checks[check]]);
}

/* What the gate shows: a JSON array of {label, action, value} and {label,
 * check, answer}. Read again when the gate opens, never after. */
Str eng_evidence(EngRun *run, uint32_t phase)
{
    const Program *p = run->program;
    const ProgGate *g = eng_gate(run, phase);
    Buf out = {0};
    bool first = true;
    buf_putc(&out, '[');
    for (uint32_t i = 0; g != NULL && i < g->shows_count; i++) {
        const ProgShow *s = &p->shows[g->shows_first + i];
        const ProgPhase *of = &p->phases[s->phase];
        Str label = prog_str(p, s->label);
        bool all = s->action == PROG_NONE && s->check == PROG_NONE;
        if (s->action != PROG_NONE)
            put_shown_action(&out, run, label, s->action, &first);
        if (s->check != PROG_NONE)
            put_shown_check(&out, run, label, s->check, &first);
        for (uint32_t k = 0; all && k < of->actions_count; k++)
            put_shown_action(&out, run, label, of->actions_first + k, &first);
        for (uint32_t k = 0; all && k < of->checks_count; k++)
            put_shown_check(&out, run, label, of->checks_first + k, &first);
    }
    buf_putc(&out, ']');
    return eng_keep(run, &out);
}

/* The order is fixed; an auditor recomputes the digest with sha256sum over the
 * part. The nonce keeps the digest from being guessed from its content. */
Str eng_subject(EngRun *run, uint32_t phase, Str nonce, Str evidence)
{
    const Program *p = run->program;
    const PhaseRun *ph = &run->phases[phase];
    char hex[65];
    Buf out = {0};
    hash_hex(&p->hash, hex);
    buf_printf(&out, "{\"program\":\"%s\",\"run\":\"%s\",\"phase\":", hex, run->id);
    json_put_text(&out, prog_str(p, p->phases[phase].name));
    buf_printf(&out, ",\"iteration\":%u,\"round\":%u,\"inputs\":", ph->iter,
               ph->round);
    buf_str(&out, run->inputs_json);
    buf_puts(&out, ",\"actions\":");
    buf_str(&out, ph->staged_json);
    buf_puts(&out, ",\"evidence\":");
    buf_str(&out, evidence);
    hash_hex(&run->policy->hash, hex);
    buf_printf(&out, ",\"policy\":\"%s\",\"question\":", hex);
    json_put_text(&out, ph->question);
    buf_printf(&out, ",\"level\":\"L%d\",\"by\":", eng_level(run, phase));
    eng_put_by(&out, run, phase);
    buf_puts(&out, ",\"nonce\":");
    json_put_text(&out, nonce);
    buf_putc(&out, '}');
    return eng_keep(run, &out);
}

/* How often the element stood in the list before: two equal elements are two
 * calls, and stay the same two when the list is put in another order. */
static uint32_t occurrence(const EngRun *run, uint32_t phase, uint32_t action,
                           uint32_t inst, Str element)
{
    const PhaseRun *p = &run->phases[phase];
    const ActRun *a = &run->actions[action];
    uint32_t n = 0;
    for (uint32_t i = 0; i < inst && i < a->n_staged; i++)
        n += str_eq(p->staged[a->staged_first + i].element, element) ? 1 : 0;
    return n;
}

void eng_key(EngRun *run, uint32_t phase, uint32_t action, uint32_t inst,
             uint32_t attempt, bool undo, char key[65])
{
    const Program *p = run->program;
    const PhaseRun *ph = &run->phases[phase];
    const ActRun *a = &run->actions[action];
    Str element = STR("");
    if (inst < a->n_staged && ph->staged[a->staged_first + inst].element.p != NULL)
        element = ph->staged[a->staged_first + inst].element;
    Buf b = {0};
    buf_puts(&b, "[\"gate.key.v1\",");
    json_put_text(&b, run->tenant);
    buf_printf(&b, ",\"%s\",", run->id);
    json_put_text(&b, prog_str(p, p->phases[phase].name));
    buf_printf(&b, ",%u,", ph->iter);
    json_put_text(&b, prog_str(p, p->actions[action].name));
    buf_putc(&b, ',');
    json_put_text(&b, element);
    buf_printf(&b, ",%u,%u,%u]", occurrence(run, phase, action, inst, element),
               attempt, undo ? 1U : 0U);
    if (b.failed)
        eng_fail(run, GATE_E_MEMORY);
    Hash h = hash_bytes(b.p, b.n);
    hash_hex(&h, key);
    buf_free(&b);
}
