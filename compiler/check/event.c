/* Owns: a connector's events: what they give, how a message proves its sender,
 * what is read again before anything enters a run.
 * Must not know: who waits for them. */
#include "compiler/check/check.h"

#include "grammar/tokens.h"

void chk_declare_event(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t connector = c->sem->n_connectors - 1;
    if (chk_declare(c, c->tool_scopes[connector], DK_EVENT, c->sem->n_events, f, node, n->a) == NULL)
        return;
    const SemCall none = {.tool = SEM_NONE};
    SemEvent e = {.pack = c->sem->connectors[connector].name, .name = chk_text(f, n->a),
                  .title = chk_title(c, f, n->b), .connector = connector, .fetch = none,
                  .subscribe = none, .renew = none, .unsubscribe = none, .poll = none,
                  .file = &f->sem, .node = node};
    e.result = chk_gives(c, f, n->c, &e.pointers);
    *CHK_PUSH(c, c->sem->events, c->sem->n_events, c->cap_events) = e;
}

static SynRef second(const File *f, SynRef first)
{
    return first == 0 ? 0 : chk_node(f, first)->next;
}

/* A call of the pack's tools: operands are its path and its arguments. Only to
 * subscribe may change something: it is done when a person turns it on. */
static SemCall call(Checker *c, File *f, const SemEvent *e, SynRef r, uint32_t names, uint32_t other, bool reads)
{
    SynRef path = chk_node(f, r)->a;
    Place p;
    chk_wire_place(&p, f, e->connector, SEM_NONE, WN_CONFIG | names, "this");
    p.other = other;
    return chk_wire_call(c, &p, path, second(f, path), r, reads);
}

static void reply(Checker *c, File *f, SemEvent *e, SynRef r)
{
    SynRef status = chk_node(f, r)->a;
    Place p;
    e->reply = chk_int(f, status, 1000);
    if (e->reply < 200 || e->reply > 299) {
        Diag *d = chk_report(c, 2007, f, status, "who sends an event is answered that it has come");
        diag_label(c->diags, d, "no status of success");
        diag_help(c->diags, d, "use a status from 200 to 299");
    }
    if (second(f, status) == 0)
        return;
    chk_wire_place(&p, f, e->connector, SEM_NONE, WN_CONFIG, "an answer");
    e->reply_text = chk_text_expr(c, &p, second(f, status));
}

/* Renewing needs what subscribing gave; statements stand in any order. */
static uint32_t subscription(Checker *c, File *f, const SemEvent *e)
{
    SYN_EACH(f->tree, k, chk_node(f, e->node)->c) {
        if (chk_node(f, k)->kind != SYN_CLAUSE || chk_node(f, k)->aux != TOK_SUBSCRIBE)
            continue;
        SynRef path = chk_node(f, k)->a;
        const Entity *t = chk_find(c, c->tool_scopes[e->connector], chk_text(f, path));
        return t != NULL && t->kind == DK_TOOL ? t->index : SEM_NONE;
    }
    return SEM_NONE;
}

static void clause(Checker *c, File *f, uint32_t event, SynRef r)
{
    SemEvent e = c->sem->events[event];
    const SynNode *n = chk_node(f, r);
    Place p;
    uint32_t sub;
    switch (n->aux) {
    case TOK_VERIFY: e.verify = chk_wire_clause(c, f, e.connector, SEM_NONE, r); break;
    case TOK_HANDSHAKE: e.handshake = chk_wire_clause(c, f, e.connector, SEM_NONE, r); break;
    case TOK_TENANT: e.tenant = chk_pointer(c, f, n->a); break;
    case TOK_DEDUPE: e.dedupe = chk_pointer(c, f, n->a); break;
    case TOK_FETCH: e.fetch = call(c, f, &e, r, WN_EVENT, event, true); break;
    case TOK_SUBSCRIBE: e.subscribe = call(c, f, &e, r, WN_CALLBACK, SEM_NONE, false); break;
    case TOK_RENEW: case TOK_UNSUBSCRIBE:
        sub = subscription(c, f, &e);
        *(n->aux == TOK_RENEW ? &e.renew : &e.unsubscribe) =
            call(c, f, &e, r, WN_CALLBACK | (sub == SEM_NONE ? 0 : WN_SUBSCRIPTION), sub, false);
        break;
    case TOK_POLL:
        e.poll = call(c, f, &e, r, 0, SEM_NONE, true);
        e.poll_every = chk_wire_duration(c, f, second(f, second(f, n->a)));
        break;
    case TOK_REPLY: reply(c, f, &e, r); break;
    case TOK_ECHO:
        chk_wire_place(&p, f, e.connector, SEM_NONE, WN_CONFIG | WN_EVENT, "`echo`");
        p.other = event;
        chk_expect(c, &p, n->a, TK_BOOL, "what stands behind `echo`");
        e.echo = (SemExpr){&f->sem, n->a};
        break;
    default: break;
    }
    c->sem->events[event] = e;
}

static void lacks(Checker *c, File *f, const SemEvent *e, const char *message, const char *label,
                  const char *help)
{
    Diag *d = chk_report(c, 15, f, chk_node(f, e->node)->a, "the event `%.*s` does not say %s",
                         STR_ARG(e->name), message);
    diag_label(c->diags, d, "%s", label);
    diag_help(c->diags, d, "%s", help);
}

void chk_event_clauses(Checker *c, File *f, uint32_t event)
{
    SynRef seen[WIRE_SEEN] = {0};
    SYN_EACH(f->tree, r, chk_node(f, c->sem->events[event].node)->c)
        if (chk_node(f, r)->kind == SYN_CLAUSE && chk_wire_once(c, f, seen, r))
            clause(c, f, event, r);
    const SemEvent *e = &c->sem->events[event];
    if (seen[SYN_KIND_COUNT + TOK_POLL] != 0)
        return; /* asked for by ourselves: proved, and read again */
    if (seen[SYN_KIND_COUNT + TOK_VERIFY] == 0)
        lacks(c, f, e, "how it comes, and who may send it", "`verify` or `poll` is missing",
              "say how a message proves its sender: verify shared_header { name = \"...\", secret = ... }");
    /* A message is only a hint (notes/connectors.md 1.4). */
    else if (seen[SYN_KIND_COUNT + TOK_FETCH] == 0)
        lacks(c, f, e, "which tool reads again what it is about", "`fetch` is missing",
              "a message is only a hint: say which tool reads the thing itself: fetch TOOL { id = event.id }");
}
