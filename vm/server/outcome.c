/* Owns: what came of a phase's actions, with what they printed, out of the
 * records. Must not know: how a run advances.
 *
 * The engine keeps no outputs: it does not need them, and they are large. */
#include "vm/server/svc.h"

#include <string.h>

typedef struct Outcomes {
    Outcome *first, **end;
    Arena *arena;
} Outcomes;

static void text_member(Buf *b, const char *key, Str s)
{
    if (s.n == 0)
        return;
    buf_printf(b, ",\"%s\":", key);
    json_put_text(b, s);
}

static void int_member(Buf *b, const Record *r, const char *key, RecField field)
{
    if (r->f[field].set)
        buf_printf(b, ",\"%s\":%lld", key, (long long)r->f[field].i);
}

/* An answer is no place for a megabyte, and how it ended stands at the end. */
static Str last_lines(Str s)
{
    size_t from = s.n, n = 0;
    while (from > 0 && s.n - from < LIM_SHOW_BYTES) {
        if (from < s.n && s.p[from - 1] == '\n' && ++n == LIM_SHOW_LINES)
            break;
        from--;
    }
    while (from < s.n && ((unsigned char)s.p[from] & 0xc0) == 0x80)
        from++; /* between characters */
    return (Str){s.p + from, s.n - from};
}

/* Where it was cut, also how many lines there were. */
static void put_output(Buf *b, const char *key, Str s)
{
    Str end = last_lines(s);
    size_t lines = 0;
    for (size_t i = 0; i < s.n; i++)
        lines += s.p[i] == '\n' || i + 1 == s.n;
    text_member(b, key, end);
    if (end.n < s.n)
        buf_printf(b, ",\"%s_lines\":%zu", key, lines);
}

/* A program's result has its texts; another tool's stands as it is. */
static void put_result(Buf *b, Str part, Arena *arena)
{
    const Json *j = part.n == 0 ? NULL : json_parse(part, arena, NULL);
    if (j == NULL)
        return;
    if (j->kind == J_OBJECT && json_get(j, "output") != NULL) {
        put_output(b, "output", json_text(j, "output"));
        put_output(b, "errors", json_text(j, "errors"));
    } else if (part.n <= LIM_SHOW_BYTES) {
        buf_puts(b, ",\"result\":");
        svc_put_json(b, j);
    }
}

static bool take(void *ctx, const Record *r, Str env)
{
    Outcomes *all = ctx;
    (void)env;
    if (r->kind != REC_EXEC_FINISHED && r->kind != REC_EXEC_SETTLED)
        return true;
    Buf b = {0};
    Arena *scratch = arena_new(0);
    buf_puts(&b, "{\"action\":");
    json_put_text(&b, rec_text(r, RF_ACTION));
    int_member(&b, r, "instance", RF_INST);
    int_member(&b, r, "iteration", RF_ITER);
    int_member(&b, r, "attempt", RF_ATTEMPT);
    buf_printf(&b, ",\"undo\":%s", rec_int(r, RF_UNDO, 0) == 1 ? "true" : "false");
    buf_printf(&b, ",\"settled\":%s", r->kind == REC_EXEC_SETTLED ? "true" : "false");
    text_member(&b, "outcome", rec_text(r, RF_OUT));
    text_member(&b, "code", rec_text(r, RF_CODE));
    int_member(&b, r, "status", RF_STATUS);
    text_member(&b, "message", rec_part(r, "message"));
    if (scratch != NULL)
        put_result(&b, rec_part(r, "result"), scratch);
    buf_putc(&b, '}');
    Outcome *o = ARENA_NEW(all->arena, Outcome, 1);
    if (o != NULL) {
        *o = (Outcome){.phase = arena_str(all->arena, rec_text(r, RF_PHASE)),
                       .json = arena_str(all->arena, buf_view(&b))};
        *all->end = o;
        all->end = &o->next;
    }
    arena_free(scratch);
    buf_free(&b);
    return o != NULL;
}

Outcome *outcome_read(Svc *s, const char *run, Arena *arena)
{
    Outcomes all = {.arena = arena, .end = &all.first};
    if (s->log != NULL)
        (void)log_read(s->log, run, take, &all); /* what can be read is shown */
    return all.first;
}

void outcome_put(const Outcome *all, Str phase, Buf *show)
{
    size_t n = 0;
    if (show->n < 2)
        return;
    show->n--; /* the object's closing brace */
    buf_puts(show, ",\"outcomes\":[");
    for (const Outcome *o = all; o != NULL; o = o->next) {
        if (!str_eq(o->phase, phase))
            continue;
        buf_puts(show, n++ > 0 ? "," : "");
        buf_str(show, o->json);
    }
    buf_puts(show, "]}");
}
