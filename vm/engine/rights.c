/* Owns: whether what a phase is to do, and its way back, fits the grants that
 * the host gives now, and its policies of now. Must not know: what happens when it does not. */
#include "vm/engine/run.h"

#include <string.h>

static Str base_of(const EngRun *run)
{
    return run->plan_dir.p == NULL ? STR("") : run->plan_dir;
}

static bool allowed(const EngRun *run, Str pack, Str tool, const Json *args, Buf *why)
{
    const GrantCall call = {pack, tool, args, base_of(run)};
    return args == NULL || policy_allows(run->policy, &call, why);
}

/* "pack.tool": a tool's name has no dot. */
static void split_tool(Str both, Str *pack, Str *tool)
{
    size_t dot = both.n;
    while (dot > 0 && both.p[dot - 1] != '.')
        dot--;
    *pack = (Str){both.p, dot > 0 ? dot - 1 : 0};
    *tool = (Str){both.p + dot, both.n - dot};
}

static bool way_back_allowed(EngRun *run, const Staged *row, Buf *why)
{
    const Json *undo = json_parse(row->undo, run->scratch, NULL);
    Str pack, tool, both = undo == NULL ? (Str){NULL, 0} : json_text(undo, "tool");
    if (both.p == NULL)
        return true; /* none, in the plan's words */
    split_tool(both, &pack, &tool);
    return allowed(run, pack, tool, json_get(undo, "arguments"), why);
}

static bool row_allowed(EngRun *run, const Staged *row, Buf *why)
{
    const Program *p = run->program;
    const ProgAction *a = &p->actions[row->action];
    const ProgImport *im = &p->imports[a->import];
    Str name = prog_str(p, a->name), pack = prog_str(p, im->pack);
    Buf cause = {0};
    const char *what = "action";
    arena_reset(run->scratch);
    bool ok = allowed(run, pack, prog_str(p, im->tool),
                      json_parse(row->args, run->scratch, NULL), &cause);
    if (ok) {
        what = "undo of action";
        ok = way_back_allowed(run, row, &cause);
    }
    if (!ok)
        buf_printf(why, "The %s \"%.*s\" is not granted: %.*s.", what, STR_ARG(name),
                   STR_ARG(buf_view(&cause)));
    why->failed = why->failed || cause.failed;
    buf_free(&cause);
    return ok;
}

/* One sentence an action: of a list's elements the first says it. */
Str eng_rows_blocked(EngRun *run, const Staged *rows, uint32_t n)
{
    Buf out = {0}, why = {0};
    uint32_t last = PROG_NONE;
    buf_putc(&out, '[');
    for (uint32_t i = 0; i < n; i++) {
        buf_clear(&why);
        if (rows[i].action == last || row_allowed(run, &rows[i], &why))
            continue;
        last = rows[i].action;
        buf_puts(&out, out.n > 1 ? ",{\"text\":" : "{\"text\":");
        json_put_text(&out, eng_short(buf_view(&why)));
        buf_putc(&out, '}');
    }
    buf_putc(&out, ']');
    out.failed = out.failed || why.failed;
    buf_free(&why);
    return eng_keep(run, &out);
}

/* Found once for a staging and a policy: a running body asks before every
 * call, and a fleet has many rows. */
Str eng_rows_words(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    Buf out = {0}, why = {0};
    uint32_t last = PROG_NONE;
    if (p->fit_policy == run->policy_no)
        return p->fit_words;
    for (uint32_t i = 0; i < p->n_staged; i++) {
        buf_clear(&why);
        if (p->staged[i].action == last || row_allowed(run, &p->staged[i], &why))
            continue;
        last = p->staged[i].action;
        buf_printf(&out, "%s%.*s", out.n > 0 ? " " : "", STR_ARG(buf_view(&why)));
    }
    p->fit_words = arena_str(run->policy_arena, buf_view(&out));
    p->fit_policy = run->policy_no;
    if (out.failed || why.failed || p->fit_words.p == NULL) {
        p->fit_policy = 0;
        p->fit_words = STR("There is not enough memory to test the grants.");
    }
    buf_free(&why);
    buf_free(&out);
    return p->fit_words;
}

static PolJudge *judge_of(EngRun *run)
{
    if (run->judge == NULL)
        run->judge = policy_judge(run->policy, run->program, run->hours, run->policy_arena,
                                  run->scratch);
    return run->judge;
}

/* The policies of the start held then, and the program is the same: those of now
 * are asked. Found once for a phase and a policy. */
Str eng_policy_words(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    Buf why = {0};
    if (p->kept_policy == run->policy_no)
        return p->kept_words;
    PolJudge *j = judge_of(run);
    if (j != NULL && policy_phase_keeps(j, phase, "; and ", &why))
        p->kept_words = STR("");
    else
        p->kept_words = arena_str(run->policy_arena, buf_view(&why));
    p->kept_policy = run->policy_no;
    if (j == NULL || why.failed || p->kept_words.p == NULL) {
        p->kept_policy = 0;
        p->kept_words = STR("there is not enough memory to prove the policies");
    }
    buf_free(&why);
    return p->kept_words;
}

bool eng_keeps_policies(const Program *p, const Calendar *const *hours, const Policy *policy,
                        Buf *why)
{
    Arena *arena = arena_new(LIM_ARENA_BYTES), *scratch = arena_new(LIM_ARENA_BYTES);
    PolJudge *j = arena == NULL || scratch == NULL
                      ? NULL : policy_judge(policy, p, hours, arena, scratch);
    bool ok = j != NULL && policy_plan_keeps(j, why);
    if (j == NULL)
        buf_puts(why, "there is not enough memory to prove the policies");
    arena_free(arena);
    arena_free(scratch);
    return ok;
}

bool eng_call_granted(EngRun *run, uint32_t import, Str args, Buf *why)
{
    const Program *p = run->program;
    if (!run->covered) {
        buf_str(why, run->uncovered);
        return false;
    }
    arena_reset(run->scratch);
    return allowed(run, prog_str(p, p->imports[import].pack),
                   prog_str(p, p->imports[import].tool),
                   json_parse(args, run->scratch, NULL), why);
}

/* --- before the start -------------------------------------------------------- */

/* true: it is not granted. Where the section cannot be followed without
 * answers (a list that has still to be read), staging will tell. */
static bool probe(EngRun *run, uint32_t phase, uint32_t fn, Value *v, Buf *why)
{
    Sect s;
    if (fn == PROG_NONE)
        return false;
    eng_sect_open(&s, run, phase, SECT_PROBE, run->sect_arena);
    if (eng_sect_run(&s, fn, v) != PASS_ENDED)
        *v = val_make(V_UNKNOWN, 0);
    bool barred = s.barred;
    if (barred)
        buf_str(why, buf_view(&s.why));
    eng_sect_close(&s);
    return barred;
}

bool eng_plan_granted(EngRun *run, Buf *why)
{
    const Program *p = run->program;
    for (uint32_t i = 0; i < p->n_phases && run->err == GATE_OK; i++) {
        const ProgPhase *pp = &p->phases[i];
        Value v = val_make(V_UNKNOWN, 0);
        if (probe(run, i, pp->when_fn, &v, why))
            return false;
        if (v.tag == V_BOOL && v.u.i == 0)
            continue;
        for (uint32_t k = 0; k < pp->requires_count; k++)
            if (probe(run, i, p->requires[pp->requires_first + k].fn, &v, why))
                return false;
        if (probe(run, i, pp->body_fn, &v, why))
            return false;
    }
    return true;
}
