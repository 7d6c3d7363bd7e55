/* Owns: the grammar of language.md sections 6 to 8, and the shape of the tree.
 * Must not know: meaning, messages, recovery (drive.c feeds this parser only
 * with tokens that it asked about before).
 *
 * A rule of one symbol without an action hands its value on and costs nothing:
 * lemon goes to its end at once. Lists recurse on the left. BAD and BADCLAUSE are tokens that the driver makes
 * of a skipped region; they keep what the block had before the mistake. Any
 * word may be an argument, a member or a field: reserved words fall back to
 * ANYWORD, soft ones to NAME. */
%name Syn
%token_prefix TOK_
%token_type {SynToken}
%default_type {SynRef}
%extra_context {ParseCtx *P}
%stack_size 1056
%syntax_error { P->failed = true; }
%stack_overflow { P->failed = true; }

%include {
/* The template's asserts cost a third of the time and its trace wants stdio;
 * every action below is covered by tests instead. */
#ifndef NDEBUG
#define NDEBUG
#endif
#include "grammar/parser.h"

#include <string.h>

/* Recovery is the driver's. */
#define YYNOERRORRECOVERY 1
#define Syn_ENGINEALWAYSONSTACK 1
_Static_assert(PARSER_STACK + PARSER_ROOM == 1056, "see %stack_size");

void SynInit(void *parser, ParseCtx *P);
void SynFinalize(void *parser);
void Syn(void *parser, int major, SynToken minor);
int SynFallback(int token);

#define N(kind, start, a, b, c, aux)                                      \
    syn_new(P->tree, SYN_##kind, (start), P->last_end, (a), (b), (c),     \
            (uint32_t)(aux))
#define START(r) (P->tree->nodes[r].start)

static SynRef leaf(ParseCtx *P, SynKind kind, SynToken t, uint32_t aux)
{
    return syn_new(P->tree, kind, t.start, t.end, 0, 0, 0, aux);
}

static SynRef literal(ParseCtx *P, SynKind kind, SynToken t)
{
    syn_note_literal(P->tree);
    return leaf(P, kind, t, 0);
}

static SynSeq seq(SynRef r)
{
    return (SynSeq){r, r, 1};
}

static SynRef path_of(ParseCtx *P, SynSeq names)
{
    SynTree *t = P->tree;
    if (names.first != names.last)
        return N(PATH, START(names.first), names.first, 0, 0, 0);
    t->nodes[names.first].kind = SYN_PATH;
    t->count[SYN_NAME]--;
    t->count[SYN_PATH]++;
    return names.first;
}

static SynSeq seq_none(void)
{
    return (SynSeq){0, 0, 0};
}

static SynSeq seq_add(ParseCtx *P, SynSeq s, SynRef r)
{
    if (r == 0)
        return s;
    if (s.last == 0)
        return (SynSeq){r, r, s.depth};
    P->tree->nodes[s.last].next = r & SYN_REF_MAX;
    s.last = r;
    return s;
}

static SynSeq seq_expr(ParseCtx *P, SynSeq s, SynExpr e)
{
    s = seq_add(P, s, e.r);
    if (e.depth > s.depth)
        s.depth = e.depth;
    return s;
}

static uint32_t deeper(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static SynExpr flat(SynRef r)
{
    return (SynExpr){r, 1};
}

/* One level more. Past the limit the tree is cut off: a leaf instead. */
static SynExpr level(ParseCtx *P, SynRef r, uint32_t depth)
{
    if (depth < LIM_EXPRESSION)
        return (SynExpr){r, depth + 1};
    SynNode *n = &P->tree->nodes[r];
    if (!P->too_deep) {
        P->too_deep = true;
        SynError *e = syn_error(P->tree, 20, n->start, n->end,
                                "this expression is too deep for gate");
        if (e != NULL) {
            e->label = syn_printf(P->tree, "more than %d levels",
                                  (int)LIM_EXPRESSION);
            e->help = "give a part of it a name with `let`";
        }
    }
    n->kind = SYN_BAD;
    n->aux = 0;
    n->a = n->b = n->c = 0;
    return (SynExpr){r, 1};
}

/* Types have a limit of their own: values are as deep as their types. */
static SynExpr type_level(ParseCtx *P, SynRef r, uint32_t depth)
{
    if (depth <= LIM_NESTING)
        return (SynExpr){r, depth + 1};
    SynNode *n = &P->tree->nodes[r];
    if (!P->too_deep) {
        P->too_deep = true;
        SynError *e = syn_error(P->tree, 20, n->start, n->end, "this type is too deep for gate");
        if (e != NULL)
            e->label = syn_printf(P->tree, "more than %d levels", (int)LIM_NESTING);
    }
    n->kind = SYN_BAD;
    n->aux = 0;
    n->a = n->b = n->c = 0;
    return (SynExpr){r, 1};
}

/* Was it cut off? Then what goes on behind it is cut off as well, or a chain of
 * a million members would still be a tree. */
static bool is_cut(const ParseCtx *P, SynExpr e)
{
    return P->too_deep && P->tree->nodes[e.r].kind == SYN_BAD;
}

static SynExpr member(ParseCtx *P, SynExpr e, SynRef name)
{
    SynTree *t = P->tree;
    if (!is_cut(P, e))
        return level(P, N(MEMBER, START(e.r), e.r, name, 0, 0), e.depth);
    t->nodes[e.r].end = t->nodes[name].end;
    if (name + 1 == t->n_nodes) { /* its last use */
        t->n_nodes--;
        t->count[SYN_NAME]--;
    }
    return e;
}

static SynExpr binary(ParseCtx *P, unsigned op, SynExpr a, SynExpr b)
{
    if (is_cut(P, a)) {
        P->tree->nodes[a.r].end = P->tree->nodes[b.r].end;
        return a;
    }
    return level(P, N(BINARY, START(a.r), a.r, b.r, 0, op),
                 deeper(a.depth, b.depth));
}

static bool is_binary(const ParseCtx *P, SynRef r, unsigned low, unsigned high)
{
    const SynNode *n = &P->tree->nodes[r];
    return n->kind == SYN_BINARY && n->aux >= low && n->aux <= high;
}

/* Comparisons do not chain. Lemon's %nonassoc leaves the reduction in its
 * table beside the error, so the rule is kept here: and here the operand in the
 * middle is known, which the fix must repeat. */
static SynExpr compare(ParseCtx *P, unsigned op, SynExpr a, SynExpr b)
{
    SynTree *t = P->tree;
    if (is_binary(P, a.r, BIN_EQ, BIN_CONTAINS)) {
        const SynNode *middle = &t->nodes[t->nodes[a.r].b];
        uint32_t at = t->nodes[a.r].end, end = t->nodes[b.r].start;
        while (at < end && strchr(" \t\r\n", t->source.p[at]) != NULL)
            at++;
        SynError *e = syn_error(t, 13, at, t->nodes[b.r].end,
                                "comparisons cannot be chained");
        if (e != NULL) {
            e->label = "the second comparison";
            e->help = "write two comparisons with `and` between them";
            syn_fix(e, 'M', at, at,
                    syn_printf(t, "and %.*s ", (int)(middle->end - middle->start),
                               t->source.p + middle->start));
        }
    }
    return binary(P, op, a, b);
}

static SynExpr range(ParseCtx *P, SynExpr a, SynExpr b)
{
    if (is_binary(P, a.r, BIN_RANGE, BIN_RANGE)) {
        SynError *e = syn_error(P->tree, 13, P->tree->nodes[a.r].start,
                                P->tree->nodes[b.r].end,
                                "a range has two ends");
        if (e != NULL)
            e->label = "and this has three";
    }
    return binary(P, BIN_RANGE, a, b);
}

static uint32_t day_number(const ParseCtx *P, SynToken t)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    const char *p = P->tree->source.p + t.start;
    for (uint32_t i = 0; i < 7; i++)
        if (days[3 * i] == p[0] && days[3 * i + 1] == p[1])
            return i;
    return 0;
}

/* The driver puts an empty token where a level is missing. */
static SynRef level_leaf(ParseCtx *P, SynToken t)
{
    uint32_t digit = 0;
    if (t.end > t.start + 1)
        digit = (uint32_t)(P->tree->source.p[t.end - 1] - '0') & 3;
    return leaf(P, SYN_LEVEL, t, digit);
}

static SynRef text_leaf(ParseCtx *P, SynToken t)
{
    const char *p = P->tree->source.p + t.start;
    bool is_long = t.end - t.start >= 3 && p[0] == '"' && p[1] == '"' &&
                   p[2] == '"';
    return leaf(P, SYN_TEXT, t, is_long);
}

/* TEXTPART's aux: 1 long, 2 first, 4 last; and what is to be removed, when the
 * whole text is known. */
static SynRef text_part(ParseCtx *P, uint32_t start, uint32_t end, uint32_t aux)
{
    if (start >= end)
        return 0;
    return syn_new(P->tree, SYN_TEXTPART, start, end, 0, 0, 0, aux);
}

static bool long_at(const ParseCtx *P, uint32_t start, uint32_t end)
{
    return end - start >= 3 &&
           memcmp(P->tree->source.p + start, "\"\"\"", 3) == 0;
}

static SynExpr text_join(ParseCtx *P, SynToken open, SynSeq parts,
                         SynToken close)
{
    bool is_long = long_at(P, open.start, open.end);
    uint32_t quote = is_long ? 3 : 1;
    SynSeq all = seq_add(P, seq_none(),
                         text_part(P, open.start + quote, open.end - 1, 2));
    /* A text that was not closed has no quote at its end. */
    const char *end = P->tree->source.p + close.end;
    uint32_t tail = close.end - close.start > quote && end[-1] == '"' ? quote : 0;
    SynRef last = text_part(P, close.start + 1, close.end - tail, 4);
    all = seq_add(P, all, parts.first);
    all.last = parts.last;
    all = seq_add(P, all, last);
    if (is_long) {
        uint32_t indent = syn_indent(P->tree->source, open.start, close.end);
        SYN_EACH(P->tree, r, all.first)
            if (P->tree->nodes[r].kind == SYN_TEXTPART) {
                P->tree->nodes[r].aux |= 1;
                P->tree->nodes[r].a = indent & SYN_REF_MAX;
            }
    }
    return level(P, N(TEXTI, open.start, all.first, 0, 0, is_long), parts.depth);
}
}

%fallback NAME OS EMAIL KEY OIDC FROM IS ALONE PER AS WHERE AT OF LIST ONE
  NOTHING ANY ALL EVEN FAILED FAILURE FAILURES CONTINUE DURING AGAIN MOST ONCE
  TIMES BUSINESS DAYS HOURS HOLDS TO VARY AFTER WAVES PAUSE NONE BECAUSE CONFIG
  VERSION VENDOR DOCS HOSTS BASE DISCOVER PROBE REDACT LIMITS AUTH PAGE ERRORS
  HEADERS TOOL EVENT MATCHES TAKES GIVES TARGET AMONG GET POST PUT PATCH DELETE
  EXEC NATIVE QUERY BODY ACCEPT READS TELLS CHANGES DESTROYS REACH MANY TENANT
  REPEATABLE KEYED SINCE DEPRECATED HEADER LOOKUP BEFORE EXACT COMPENSATES UNTIL
  VERIFY FETCH
  DEDUPE HANDSHAKE REPLY ECHO POLL SUBSCRIBE RENEW UNSUBSCRIBE START GIVEN
  SUCCEEDS FAILS APPROVE REJECT ATTEST RETURN ANSWER ADVANCE EXPECT TOLD ASKED TEST.
%fallback ANYWORD EDITION PLAN USE INPUT LET SECRET ROLE PERSON RUNS CALENDAR
  MILESTONE STARTS PHASE POLICY GRANT SETTING CONNECTOR ZONE HOLIDAYS OPEN
  CLOSED NEEDS DUE WHEN REQUIRE ONLY NEVER ON GATE ACTION TASK CHECK DEADLINE
  ESTIMATE LIMIT CONTROLS TELL TOGETHER AWAIT BY WITHIN SHOW ASK REMIND GOOD
  ASSURE ADVICE MAY OTHERWISE EACH RUN UNDO TIMEOUT RETRY STOP LOCK STEPS HOLD
  EVERY FOR SOME IN SATISFIES IF THEN ELSE OR AND NOT CONTAINS WITHOUT.

%nonassoc SATISFIES ELSE.
%left OR.
%left AND.
%right NOT.
%left EQ NE LT LE GT GE IN CONTAINS.
%left DOTDOT.
%left WITHOUT.
%left PLUS MINUS.
%left STAR SLASH.
%right UMINUS.

/* Tokens that no rule uses: the lexer and the driver make them. */
%token STRAY.

/* --- file ------------------------------------------------------------------ */
%start_symbol file
file ::= EDITION(E) int(V) plan(P0) decls(D). {
    P->tree->root = N(FILE, E.start, V, P0, D.first, 0);
}
plan(A) ::= . { A = 0; }
plan(A) ::= PLAN(K) name(B) opttext(C). { A = N(PLAN, K.start, B, C, 0, 0); }

%type decls {SynSeq}
decls(A) ::= . { A = seq_none(); }
decls(A) ::= decls(S) decl(D). { A = seq_add(P, S, D); }

decl(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
decl(A) ::= USE(K) name(B) useversion(V) usefrom(F). { A = N(USE, K.start, B, V, F, 0); }
useversion(A) ::= . { A = 0; }
useversion ::= int.
useversion(A) ::= DECIMAL(T). { A = literal(P, SYN_DECIMAL, T); }
usefrom(A) ::= . { A = 0; }
usefrom(A) ::= FROM plaintext(T). { A = T; }

decl(A) ::= INPUT(K) name(B) COLON type(T) inputin(I) default(D). {
    A = N(INPUT, K.start, B, T.r, seq_add(P, seq_add(P, seq_none(), I), D).first, 0);
}
inputin(A) ::= . { A = 0; }
inputin(A) ::= IN(K) expr(E). { A = N(IN, K.start, E.r, 0, 0, 0); }
default(A) ::= . { A = 0; }
default(A) ::= ASSIGN(K) expr(E). { A = N(DEFAULT, K.start, E.r, 0, 0, 0); }

decl(A) ::= LET(K) name(B) ASSIGN expr(E). { A = N(LET, K.start, B, E.r, 0, 0); }
decl(A) ::= SECRET(K) name(B) FROM name(F) plaintext(T). { A = N(SECRET, K.start, B, F, T, 0); }
decl(A) ::= ROLE(K) name(B) opttext(T) rolepeople(S). { A = N(ROLE, K.start, B, T, S.first, 0); }
%type rolepeople {SynSeq}
rolepeople(A) ::= . { A = seq_none(); }
rolepeople(A) ::= IS names(S). { A = S; }
%type names {SynSeq}
names(A) ::= name(B). { A = seq(B); }
names(A) ::= names(S) COMMA name(B). { A = seq_add(P, S, B); }

decl(A) ::= PERSON(K) name(B) opttext(T) LB idents(S) RB. { A = N(PERSON, K.start, B, T, S.first, 0); }
%type idents {SynSeq}
idents(A) ::= . { A = seq_none(); }
idents(A) ::= idents(S) ident(B). { A = seq_add(P, S, B); }
ident(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
ident(A) ::= OS(K) plaintext(T). { A = N(IDENT, K.start, T, 0, 0, 0); }
ident(A) ::= EMAIL(K) plaintext(T). { A = N(IDENT, K.start, T, 0, 0, 1); }
ident(A) ::= KEY(K) plaintext(T). { A = N(IDENT, K.start, T, 0, 0, 2); }
ident(A) ::= OIDC(K) plaintext(T). { A = N(IDENT, K.start, T, 0, 0, 3); }

decl(A) ::= RUNS(K) ALONE. { A = N(RUNS, K.start, 0, 0, 0, 0); }
decl(A) ::= RUNS(K) ALONE PER name(B). { A = N(RUNS, K.start, B, 0, 0, 0); }

decl(A) ::= MILESTONE(K) name(B) opttext(T) mclauses(S). { A = N(MILESTONE, K.start, B, T, S.first, 0); }
%type mclauses {SynSeq}
mclauses(A) ::= . { A = seq_none(); }
mclauses(A) ::= mclauses(S) mclause(B). { A = seq_add(P, S, B); }
mclause(A) ::= BADCLAUSE(T). { A = leaf(P, SYN_BAD, T, 0); }
mclause ::= needs.
mclause(A) ::= DUE(K) moment(B). { A = N(DUE, K.start, B, 0, 0, 0); }

decl(A) ::= STARTS(K) ON path(B) AS name(C) where(W) args(R). {
    A = N(STARTSON, K.start, B, C, seq_add(P, seq_add(P, seq_none(), W), R.r).first, 0);
}
where(A) ::= . { A = 0; }
where(A) ::= WHERE(K) expr(E). { A = N(WHERE, K.start, E.r, 0, 0, 0); }
decl(A) ::= STARTS(K) EVERY dayspecs(D) AT time(T) OF path(B) optargs(R). {
    A = N(STARTSEVERY, K.start, D.first, T, seq_add(P, seq(B), R).first, 0);
}

decl(A) ::= POLICY(K) name(B) opttext(T) LB rules(S) RB. { A = N(POLICY, K.start, B, T, S.first, 0); }
%type rules {SynSeq}
rules(A) ::= . { A = seq_none(); }
rules(A) ::= rules(S) rule(B). { A = seq_add(P, S, B); }
rule(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
rule(A) ::= FOR(K) EVERY subject(S) rulewhere(W) REQUIRE expr(E) opttext(T). { A = N(RULE, K.start, W, E.r, T, S); }
rulewhere(A) ::= . { A = 0; }
rulewhere(A) ::= WHERE expr(E). { A = E.r; }
%type subject {uint32_t}
subject(A) ::= ACTION. { A = 0; }
subject(A) ::= PHASE. { A = 1; }
subject(A) ::= GATE. { A = 2; }
subject(A) ::= TASK. { A = 3; }
subject(A) ::= CHECK. { A = 4; }

decl(A) ::= GRANT(K) path(B) args(R). { A = N(GRANT, K.start, B, R.r, 0, 0); }
decl(A) ::= SETTING(K) name(B) ASSIGN expr(E). { A = N(SETTING, K.start, B, E.r, 0, 0); }

/* --- calendars --------------------------------------------------------------- */
decl(A) ::= CALENDAR(K) name(B) opttext(T) LB calstmts(S) RB. { A = N(CALENDAR, K.start, B, T, S.first, 0); }
%type calstmts {SynSeq}
calstmts(A) ::= . { A = seq_none(); }
calstmts(A) ::= calstmts(S) calstmt(B). { A = seq_add(P, S, B); }
calstmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
calstmt(A) ::= ZONE(K) plaintext(T). { A = N(ZONE, K.start, T, 0, 0, 0); }
calstmt(A) ::= HOLIDAYS(K) plaintext(T). { A = N(HOLIDAYS, K.start, T, 0, 0, 0); }
calstmt(A) ::= OPEN(K) dayspecs(D) timerange(T). { A = N(OPEN, K.start, D.first, T, 0, 0); }
calstmt(A) ::= OPEN(K) date(D) opttimerange(T) opttext(X). { A = N(OPEN, K.start, D, T, X, 1); }
calstmt(A) ::= CLOSED(K) date(D) opttext(X). { A = N(CLOSED, K.start, D, 0, X, 0); }
calstmt(A) ::= CLOSED(K) date(D) DOTDOT date(L) opttext(X). { A = N(CLOSED, K.start, D, L, X, 0); }
timerange(A) ::= time(F) DOTDOT time(L). { A = N(RANGE, START(F), F, L, 0, 0); }
opttimerange(A) ::= . { A = 0; }
opttimerange ::= timerange.
%type dayspecs {SynSeq}
dayspecs(A) ::= dayspec(D). { A = seq(D); }
dayspecs(A) ::= dayspecs(S) COMMA dayspec(D). { A = seq_add(P, S, D); }
dayspec(A) ::= day(D). { A = N(DAYSPEC, START(D), D, 0, 0, 0); }
dayspec(A) ::= day(D) DOTDOT day(L). { A = N(DAYSPEC, START(D), D, L, 0, 0); }

/* --- phases ------------------------------------------------------------------ */
decl(A) ::= PHASE(K) name(B) opttext(T) LB phstmts(S) RB. { A = N(PHASE, K.start, B, T, S.first, 0); }
%type phstmts {SynSeq}
phstmts(A) ::= . { A = seq_none(); }
phstmts(A) ::= phstmts(S) phstmt(B). { A = seq_add(P, S, B); }
phstmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
phstmt ::= needs.
phstmt ::= when.
phstmt ::= require.
phstmt ::= during.
phstmt ::= action.

needs(A) ::= NEEDS(K) NOTHING. { A = N(NEEDS, K.start, 0, 0, 0, NEEDS_NOTHING); }
needs(A) ::= NEEDS(K) paths(S) needseven(G). { A = N(NEEDS, K.start, S.first, 0, 0, G); }
needs(A) ::= NEEDS(K) ANY OF paths(S) needseven(G). { A = N(NEEDS, K.start, S.first, 0, 0, NEEDS_ANY | G); }
%type needseven {uint32_t}
needseven(A) ::= . { A = 0; }
needseven(A) ::= EVEN IF FAILED. { A = NEEDS_EVEN; }
when(A) ::= WHEN(K) expr(E). { A = N(WHEN, K.start, E.r, 0, 0, 0); }
require(A) ::= REQUIRE(K) expr(E) opttext(T). { A = N(REQUIRE, K.start, E.r, T, 0, 0); }
during(A) ::= ONLY(K) DURING path(B). { A = N(DURING, K.start, B, 0, 0, 0); }
during(A) ::= NEVER(K) DURING path(B). { A = N(DURING, K.start, B, 0, 0, 1); }
within(A) ::= WITHIN(K) duration(D). { A = N(WITHIN, K.start, D, 0, 0, 0); }
remind(A) ::= REMIND(K) EVERY duration(D). { A = N(REMIND, K.start, D, 0, 0, 0); }
show(A) ::= SHOW(K) paths(S). { A = N(SHOW, K.start, S.first, 0, 0, 0); }
ask(A) ::= ASK(K) name(B) COLON type(T). { A = N(ASK, K.start, B, T.r, 0, 0); }
notbefore(A) ::= NOT(K) BEFORE moment(M). { A = N(NOTBEFORE, K.start, M, 0, 0, 0); }
undonone(A) ::= UNDO(K) NONE BECAUSE text(T). { A = N(UNDONONE, K.start, T.r, 0, 0, 0); }

phstmt(A) ::= ON(K) FAILURE reactions(S). { A = N(ONFAILURE, K.start, S.first, 0, 0, 0); }
%type reactions {SynSeq}
reactions(A) ::= reaction(B). { A = seq(B); }
reactions(A) ::= reactions(S) THEN reaction(B). { A = seq_add(P, S, B); }
reaction(A) ::= UNDO(K). { A = N(ONUNDO, K.start, 0, 0, 0, 0); }
reaction(A) ::= STOP(K). { A = N(ONSTOP, K.start, 0, 0, 0, 0); }
reaction(A) ::= CONTINUE(K). { A = N(ONCONTINUE, K.start, 0, 0, 0, 0); }
reaction(A) ::= TELL(K) paths(S). { A = N(ONTELL, K.start, S.first, 0, 0, 0); }
reaction(A) ::= START(K) path(B). { A = N(ONSTART, K.start, B, 0, 0, 0); }

phstmt(A) ::= DEADLINE(K) moment(M). { A = N(DEADLINE, K.start, M, 0, 0, 0); }
phstmt(A) ::= ESTIMATE(K) estimate(D). { A = N(ESTIMATE, K.start, D, 0, 0, 0); }
estimate ::= duration.
estimate(A) ::= durationlit(F) DOTDOT durationlit(L). { A = N(RANGE, START(F), F, L, 0, 0); }
estimate(A) ::= int(F) DOTDOT int(L) BUSINESS unit(U) optof(B). { A = N(BUSINESS, START(F), F, B, L, U); }
phstmt(A) ::= LIMIT(K) int(I) name(B). { A = N(LIMIT, K.start, I, B, 0, 0); }
phstmt(A) ::= CONTROLS(K) plaintexts(S). { A = N(CONTROLS, K.start, S.first, 0, 0, 0); }
phstmt(A) ::= TELL(K) paths(S) text(T). { A = N(TELL, K.start, S.first, T.r, 0, 0); }
phstmt(A) ::= TOGETHER(K) LB actions(S) RB. { A = N(TOGETHER, K.start, 0, 0, S.first, 0); }
%type actions {SynSeq}
actions(A) ::= . { A = seq_none(); }
actions(A) ::= actions(S) action(B). { A = seq_add(P, S, B); }
actions(A) ::= actions(S) BAD(T). { A = seq_add(P, S, leaf(P, SYN_BAD, T, 0)); }
phstmt(A) ::= AWAIT(K) name(B) ON path(C) where(W) optwithin(D) awaitelse(O). {
    A = N(AWAIT, K.start, B, C, seq_add(P, seq_add(P, seq_add(P, seq_none(), W), D), O).first, 0);
}
optwithin(A) ::= . { A = 0; }
optwithin ::= within.
awaitelse(A) ::= . { A = 0; }
awaitelse(A) ::= OTHERWISE(K) STOP. { A = N(OTHERWISE, K.start, 0, 0, 0, 0); }
awaitelse(A) ::= OTHERWISE(K) CONTINUE. { A = N(OTHERWISE, K.start, 0, 0, 0, 1); }

/* --- gates ------------------------------------------------------------------- */
phstmt(A) ::= GATE(K) lvl(L) opttext(T) gclauses(S). { A = N(GATE, K.start, L, T, S.first, 0); }
%type gclauses {SynSeq}
gclauses(A) ::= . { A = seq_none(); }
gclauses(A) ::= gclauses(S) gclause(B). { A = seq_add(P, S, B); }
gclause(A) ::= BADCLAUSE(T). { A = leaf(P, SYN_BAD, T, 0); }
gclause ::= by.
gclause ::= within.
gclause ::= show.
gclause ::= ask.
gclause ::= remind.
gclause ::= notbefore.
gclause(A) ::= GOOD(K) FOR duration(D). { A = N(GOODFOR, K.start, D, 0, 0, 0); }
gclause(A) ::= ASSURE(K) name(B). { A = N(ASSURE, K.start, B, 0, 0, 0); }
gclause(A) ::= ADVICE(K) FROM path(B). { A = N(ADVICE, K.start, B, 0, 0, 0); }
gclause(A) ::= ADVICE(K) FROM path(B) HOLDS. { A = N(ADVICE, K.start, B, 0, 0, 1); }
gclause(A) ::= MAY(K) RETURN TO path(B) AT MOST int(I) TIMES. { A = N(MAYRETURN, K.start, B, I, 0, 0); }
gclause(A) ::= MAY(K) VARY paths(S). { A = N(MAYVARY, K.start, S.first, 0, 0, 0); }
gclause(A) ::= OTHERWISE(K) STOP. { A = N(OTHERWISE, K.start, 0, 0, 0, 0); }
gclause(A) ::= OTHERWISE(K) CONTINUE. { A = N(OTHERWISE, K.start, 0, 0, 0, 1); }
gclause(A) ::= OTHERWISE(K) ASK AGAIN EVERY duration(D) AT MOST int(I) TIMES. { A = N(OTHERWISE, K.start, D, I, 0, 2); }
gclause(A) ::= OTHERWISE(K) ASK who(W). { A = N(OTHERWISE, K.start, 0, 0, W, 3); }
by(A) ::= BY(K) who(W). { A = N(BY, K.start, W, 0, 0, 0); }
who(A) ::= paths(S). { A = N(WHO, START(S.first), S.first, 0, 0, WHO_PLAIN); }
who(A) ::= ALL(K) OF paths(S). { A = N(WHO, K.start, S.first, 0, 0, WHO_ALL_OF); }
who(A) ::= ANY(K) OF paths(S). { A = N(WHO, K.start, S.first, 0, 0, WHO_ANY_OF); }
who(A) ::= int(I) OF paths(S). { A = N(WHO, START(I), S.first, I, 0, WHO_N_OF); }

/* --- actions, tasks, checks --------------------------------------------------- */
action(A) ::= ACTION(K) name(B) opttext(T) at(L) LB acstmts(S) RB. {
    A = N(ACTION, K.start, B, T, L == 0 ? S.first : L, 0);
    P->tree->nodes[L].next = (L == 0 ? 0 : S.first) & SYN_REF_MAX;
}
at(A) ::= . { A = 0; }
at(A) ::= AT(K) lvl(L). { A = N(AT, K.start, L, 0, 0, 0); }
%type acstmts {SynSeq}
acstmts(A) ::= . { A = seq_none(); }
acstmts(A) ::= acstmts(S) acstmt(B). { A = seq_add(P, S, B); }
acstmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
acstmt ::= require.
acstmt ::= during.
acstmt ::= when.
acstmt ::= notbefore.
acstmt ::= undonone.
acstmt(A) ::= EACH(K) name(B) IN expr(E) eachhow(H). { A = N(EACH, K.start, B, E.r, H, 0); }
eachhow(A) ::= . { A = 0; }
eachhow(A) ::= AT(K) MOST int(I) AT ONCE. { A = N(ATMOST, K.start, I, 0, 0, 0); }
eachhow(A) ::= WAVES(K) waves(S). { A = N(WAVES, K.start, S.first, 0, 0, 0); }
eachhow(A) ::= WAVES(K) waves(S) PAUSE duration(D). { A = N(WAVES, K.start, S.first, D, 0, 0); }
%type waves {SynSeq}
waves(A) ::= wave(B). { A = seq(B); }
waves(A) ::= waves(S) COMMA wave(B). { A = seq_add(P, S, B); }
wave ::= int.
wave(A) ::= PERCENT(T). { A = literal(P, SYN_PERCENT, T); }
acstmt(A) ::= RUN(K) path(B) args(R). { A = N(RUN, K.start, B, R.r, 0, 0); }
acstmt(A) ::= UNDO(K) path(B) args(R). { A = N(UNDO, K.start, B, R.r, 0, 0); }
acstmt(A) ::= TIMEOUT(K) duration(D). { A = N(TIMEOUT, K.start, D, 0, 0, 0); }
acstmt(A) ::= RETRY(K) int(I) TIMES EVERY duration(D). { A = N(RETRY, K.start, I, D, 0, 0); }
acstmt(A) ::= STOP(K) AFTER int(I) FAILURES. { A = N(STOPAFTER, K.start, I, 0, 0, 0); }
acstmt(A) ::= LOCK(K) expr(E). { A = N(LOCK, K.start, E.r, 0, 0, 0); }

phstmt(A) ::= TASK(K) name(B) opttext(T) by(W) LB taskstmts(S) RB. {
    P->tree->nodes[W].next = S.first & SYN_REF_MAX;
    A = N(TASK, K.start, B, T, W, 0);
}
%type taskstmts {SynSeq}
taskstmts(A) ::= . { A = seq_none(); }
taskstmts(A) ::= taskstmts(S) taskstmt(B). { A = seq_add(P, S, B); }
taskstmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
taskstmt(A) ::= STEPS(K) text(T). { A = N(STEPS, K.start, T.r, 0, 0, 0); }
taskstmt ::= ask.
taskstmt ::= show.
taskstmt ::= within.
taskstmt ::= remind.
taskstmt ::= during.
taskstmt(A) ::= UNDO(K) text(T). { A = N(UNDOTEXT, K.start, T.r, 0, 0, 0); }
taskstmt ::= undonone.

phstmt(A) ::= CHECK(K) name(B) opttext(T) LB checkstmts(S) RB. { A = N(CHECK, K.start, B, T, S.first, 0); }
%type checkstmts {SynSeq}
checkstmts(A) ::= . { A = seq_none(); }
checkstmts(A) ::= checkstmts(S) checkstmt(B). { A = seq_add(P, S, B); }
checkstmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
checkstmt ::= require.
checkstmt ::= within.
checkstmt(A) ::= HOLD(K) FOR duration(D). { A = N(HOLDFOR, K.start, D, 0, 0, 0); }
checkstmt(A) ::= EVERY(K) duration(D). { A = N(EVERY, K.start, D, 0, 0, 0); }

/* --- connectors, tools, events (LANGUAGE.md) ----------------------------------- */
decl(A) ::= CONNECTOR(K) name(B) opttext(T) LB constmts(S) RB. { A = N(CONNECTOR, K.start, B, T, S.first, 0); }
%type constmts {SynSeq}
constmts(A) ::= . { A = seq_none(); }
constmts(A) ::= constmts(S) constmt(B). { A = seq_add(P, S, B); }
constmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
constmt(A) ::= CONFIG(K) anyname(B) COLON type(T) matches(M). { A = N(CONFIG, K.start, B, T.r, M, 0); }
matches(A) ::= . { A = 0; }
matches(A) ::= MATCHES plaintext(T). { A = T; }
constmt(A) ::= SECRET(K) anyname(B). { A = N(CSECRET, K.start, B, 0, 0, 0); }
constmt(A) ::= VERSION(K) version(V). { A = N(CLAUSE, K.start, V, 0, 0, TOK_VERSION); }
version ::= int.
version(A) ::= DECIMAL(T). { A = literal(P, SYN_DECIMAL, T); }
constmt(A) ::= VENDOR(K) plaintext(T). { A = N(CLAUSE, K.start, T, 0, 0, TOK_VENDOR); }
constmt(A) ::= DOCS(K) plaintext(T). { A = N(CLAUSE, K.start, T, 0, 0, TOK_DOCS); }
constmt(A) ::= HOSTS(K) plaintexts(S). { A = N(CLAUSE, K.start, S.first, 0, 0, TOK_HOSTS); }
constmt(A) ::= REDACT(K) plaintexts(S). { A = N(CLAUSE, K.start, S.first, 0, 0, TOK_REDACT); }
constmt(A) ::= BASE(K) text(T). { A = N(CLAUSE, K.start, T.r, 0, 0, TOK_BASE); }
constmt(A) ::= DISCOVER(K) path(B) args(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_DISCOVER); }
constmt(A) ::= PROBE(K) path(B) args(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_PROBE); }
constmt(A) ::= LIMITS(K) args(R). { A = N(CLAUSE, K.start, R.r, 0, 0, TOK_LIMITS); }
constmt ::= callclause.
/* What a connector sets for all its tools and a tool for itself. */
callclause(A) ::= AUTH(K) anyname(B) optargs(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R).first, 0, 0, TOK_AUTH); }
callclause(A) ::= PAGE(K) anyname(B) args(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_PAGE); }
callclause(A) ::= ERRORS(K) args(R). { A = N(CLAUSE, K.start, R.r, 0, 0, TOK_ERRORS); }
callclause(A) ::= HEADERS(K) args(R). { A = N(CLAUSE, K.start, R.r, 0, 0, TOK_HEADERS); }

constmt(A) ::= TOOL(K) anyname(B) opttext(T) LB toolstmts(S) RB. { A = N(TOOL, K.start, B, T, S.first, 0); }
%type toolstmts {SynSeq}
toolstmts(A) ::= . { A = seq_none(); }
toolstmts(A) ::= toolstmts(S) toolstmt(B). { A = seq_add(P, S, B); }
toolstmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
toolstmt ::= callclause.
toolstmt ::= gives.
toolstmt(A) ::= TAKES(K) anyname(B) COLON type(T) istarget(X) among(Y) default(D). {
    A = N(TAKES, K.start, B, T.r, seq_add(P, seq_add(P, seq_add(P, seq_none(), X), Y), D).first, 0);
}
istarget(A) ::= . { A = 0; }
istarget(A) ::= TARGET(T). { A = leaf(P, SYN_TARGET, T, 0); }
among(A) ::= . { A = 0; }
among(A) ::= AMONG(K) path(B). { A = N(AMONG, K.start, B, 0, 0, 0); }
gives(A) ::= GIVES(K) anyname(B) COLON type(T) givesfrom(F). {
    A = N(GIVES, K.start, B, T.r, F, P->tree->nodes[T.r].kind == SYN_TYPELIST);
}
givesfrom(A) ::= . { A = 0; }
givesfrom(A) ::= FROM plaintext(T). { A = T; }
toolstmt(A) ::= GET(K) text(T). { A = N(HTTPVERB, K.start, T.r, 0, 0, 0); }
toolstmt(A) ::= POST(K) text(T). { A = N(HTTPVERB, K.start, T.r, 0, 0, 1); }
toolstmt(A) ::= PUT(K) text(T). { A = N(HTTPVERB, K.start, T.r, 0, 0, 2); }
toolstmt(A) ::= PATCH(K) text(T). { A = N(HTTPVERB, K.start, T.r, 0, 0, 3); }
toolstmt(A) ::= DELETE(K) text(T). { A = N(HTTPVERB, K.start, T.r, 0, 0, 4); }
toolstmt(A) ::= EXEC(K) exprlist(S). { A = N(EXEC, K.start, S.first, 0, 0, 0); }
toolstmt(A) ::= NATIVE(T). { A = leaf(P, SYN_NATIVE, T, 0); }
toolstmt(A) ::= QUERY(K) args(R). { A = N(CLAUSE, K.start, R.r, 0, 0, TOK_QUERY); }
toolstmt(A) ::= BODY(K) anyname(B) expr(E). { A = N(CLAUSE, K.start, seq_add(P, seq(B), E.r).first, 0, 0, TOK_BODY); }
toolstmt(A) ::= ACCEPT(K) ints(S). { A = N(CLAUSE, K.start, S.first, 0, 0, TOK_ACCEPT); }
toolstmt(A) ::= TIMEOUT(K) duration(D). { A = N(TIMEOUT, K.start, D, 0, 0, 0); }
toolstmt(A) ::= LOCK(K) expr(E). { A = N(LOCK, K.start, E.r, 0, 0, 0); }
toolstmt(A) ::= READS(T). { A = leaf(P, SYN_EFFECT, T, 0); }
toolstmt(A) ::= TELLS(T). { A = leaf(P, SYN_EFFECT, T, 1); }
toolstmt(A) ::= CHANGES(T). { A = leaf(P, SYN_EFFECT, T, 2); }
toolstmt(A) ::= DESTROYS(T). { A = leaf(P, SYN_EFFECT, T, 3); }
toolstmt(A) ::= REACH(K) MANY. { A = N(REACH, K.start, 0, 0, 0, 1); }
toolstmt(A) ::= REACH(K) TENANT. { A = N(REACH, K.start, 0, 0, 0, 2); }
toolstmt(A) ::= REPEATABLE(T). { A = leaf(P, SYN_REPEATABLE, T, 0); }
/* A word of its own for each, and the input is named: behind `takes` a bare
 * `deprecated` could as well be the tool's. */
toolstmt(A) ::= SINCE(K) version(V). { A = N(SINCE, K.start, V, 0, 0, 0); }
toolstmt(A) ::= DEPRECATED(K) plaintext(T). { A = N(DEPRECATED, K.start, 0, T, 0, 0); }
toolstmt(A) ::= DEPRECATED(K) anyname(B) plaintext(T). { A = N(DEPRECATED, K.start, B, T, 0, 0); }
toolstmt(A) ::= KEYED(K) HEADER plaintext(T). { A = N(KEYED, K.start, T, 0, 0, 0); }
toolstmt(A) ::= LOOKUP(K) path(B) args(R). { A = N(LOOKUP, K.start, B, R.r, 0, 0); }
toolstmt(A) ::= UNDO(K) BY path(B) args(R) undohow(H). { A = N(UNDOBY, K.start, B, R.r, 0, H); }
%type undohow {uint32_t}
undohow(A) ::= . { A = 0; }
undohow(A) ::= EXACT. { A = 1; }
undohow(A) ::= COMPENSATES. { A = 2; }
toolstmt(A) ::= BEFORE(K) path(B) optargs(R). { A = N(BEFORE, K.start, B, R, 0, 0); }
toolstmt(A) ::= AWAIT(K) path(B) args(R) until(U) optevery(E) optwithin(W). {
    SynSeq s = seq_add(P, seq_add(P, seq(B), R.r), U);
    A = N(CLAUSE, K.start, seq_add(P, seq_add(P, s, E), W).first, 0, 0, TOK_AWAIT);
}
until(A) ::= . { A = 0; }
until(A) ::= UNTIL expr(E). { A = E.r; }
optevery(A) ::= . { A = 0; }
optevery(A) ::= EVERY(K) duration(D). { A = N(EVERY, K.start, D, 0, 0, 0); }
%type ints {SynSeq}
ints(A) ::= int(B). { A = seq(B); }
ints(A) ::= ints(S) COMMA int(B). { A = seq_add(P, S, B); }

constmt(A) ::= EVENT(K) anyname(B) opttext(T) LB eventstmts(S) RB. { A = N(EVENT, K.start, B, T, S.first, 0); }
%type eventstmts {SynSeq}
eventstmts(A) ::= . { A = seq_none(); }
eventstmts(A) ::= eventstmts(S) eventstmt(B). { A = seq_add(P, S, B); }
eventstmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
eventstmt ::= gives.
eventstmt(A) ::= VERIFY(K) anyname(B) optargs(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R).first, 0, 0, TOK_VERIFY); }
eventstmt(A) ::= HANDSHAKE(K) anyname(B) optargs(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R).first, 0, 0, TOK_HANDSHAKE); }
eventstmt(A) ::= TENANT(K) plaintext(T). { A = N(CLAUSE, K.start, T, 0, 0, TOK_TENANT); }
eventstmt(A) ::= DEDUPE(K) plaintext(T). { A = N(CLAUSE, K.start, T, 0, 0, TOK_DEDUPE); }
eventstmt(A) ::= FETCH(K) path(B) args(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_FETCH); }
eventstmt(A) ::= SUBSCRIBE(K) path(B) args(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_SUBSCRIBE); }
eventstmt(A) ::= RENEW(K) path(B) args(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_RENEW); }
eventstmt(A) ::= UNSUBSCRIBE(K) path(B) args(R). { A = N(CLAUSE, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_UNSUBSCRIBE); }
eventstmt(A) ::= POLL(K) path(B) args(R) EVERY duration(D). {
    A = N(CLAUSE, K.start, seq_add(P, seq_add(P, seq(B), R.r), D).first, 0, 0, TOK_POLL);
}
eventstmt(A) ::= REPLY(K) int(I) opttext(T). { A = N(CLAUSE, K.start, seq_add(P, seq(I), T).first, 0, 0, TOK_REPLY); }
eventstmt(A) ::= ECHO(K) expr(E). { A = N(CLAUSE, K.start, E.r, 0, 0, TOK_ECHO); }

/* --- tests -------------------------------------------------------------------- */
decl(A) ::= TEST(K) plaintext(T) LB teststmts(S) RB. { A = N(TEST, K.start, T, 0, S.first, 0); }
%type teststmts {SynSeq}
teststmts(A) ::= . { A = seq_none(); }
teststmts(A) ::= teststmts(S) teststmt(B). { A = seq_add(P, S, B); }
teststmt(A) ::= BAD(T). { A = leaf(P, SYN_BAD, T, 0); }
teststmt(A) ::= START(K) AT moment(M). { A = N(TESTSTMT, K.start, M, 0, 0, TOK_START); }
teststmt(A) ::= GIVEN(K) path(B) args(R). { A = N(TESTSTMT, K.start, seq_add(P, seq(B), R.r).first, 0, 0, TOK_GIVEN); }
teststmt(A) ::= GIVEN(K) path(B) word_gives(W) expr(E). {
    A = N(TESTSTMT, K.start, seq_add(P, seq_add(P, seq(B), W), E.r).first, 0, 0, TOK_GIVEN);
}
teststmt(A) ::= GIVEN(K) path(B) word_ends(W). { A = N(TESTSTMT, K.start, seq_add(P, seq(B), W).first, 0, 0, TOK_GIVEN); }
word_gives(A) ::= GIVES(T). { A = leaf(P, SYN_NAME, T, 0); }
word_ends(A) ::= SUCCEEDS(T). { A = leaf(P, SYN_NAME, T, 0); }
word_ends(A) ::= FAILS(T). { A = leaf(P, SYN_NAME, T, 0); }
teststmt(A) ::= APPROVE(K) path(B) BY path(C) after(D). { A = N(TESTSTMT, K.start, seq_add(P, seq_add(P, seq(B), C), D).first, 0, 0, TOK_APPROVE); }
teststmt(A) ::= REJECT(K) path(B) BY path(C) after(D). { A = N(TESTSTMT, K.start, seq_add(P, seq_add(P, seq(B), C), D).first, 0, 0, TOK_REJECT); }
teststmt(A) ::= ATTEST(K) path(B) BY path(C) after(D). { A = N(TESTSTMT, K.start, seq_add(P, seq_add(P, seq(B), C), D).first, 0, 0, TOK_ATTEST); }
after(A) ::= . { A = 0; }
after(A) ::= AFTER duration(D). { A = D; }
teststmt(A) ::= RETURN(K) path(B) TO path(C) BY path(D). { A = N(TESTSTMT, K.start, seq_add(P, seq_add(P, seq(B), C), D).first, 0, 0, TOK_RETURN); }
teststmt(A) ::= ANSWER(K) path(B) args(R) BY path(C). { A = N(TESTSTMT, K.start, seq_add(P, seq_add(P, seq(B), R.r), C).first, 0, 0, TOK_ANSWER); }
teststmt(A) ::= ADVANCE(K) duration(D). { A = N(TESTSTMT, K.start, D, 0, 0, TOK_ADVANCE); }
teststmt(A) ::= EXPECT(K) path(B) IS anyname(C). { A = N(TESTSTMT, K.start, seq_add(P, seq(B), C).first, 0, 0, TOK_EXPECT); }
teststmt(A) ::= EXPECT(K) LP(O) expr(E) RP. {
    SynRef e = N(PAREN, O.start, E.r, 0, 0, 0);
    A = N(TESTSTMT, K.start, e, 0, 0, TOK_EXPECT);
}
teststmt(A) ::= EXPECT(K) word_said(W) path(B) howoften(H). {
    A = N(TESTSTMT, K.start, seq_add(P, seq_add(P, seq(W), B), H).first, 0, 0, TOK_EXPECT);
}
word_said(A) ::= TOLD(T). { A = leaf(P, SYN_NAME, T, 0); }
word_said(A) ::= ASKED(T). { A = leaf(P, SYN_NAME, T, 0); }
howoften(A) ::= ONCE(T). { A = leaf(P, SYN_NAME, T, 0); }
howoften(A) ::= NEVER(T). { A = leaf(P, SYN_NAME, T, 0); }
howoften(A) ::= int(I) TIMES. { A = I; }

/* --- parts --------------------------------------------------------------------- */
name(A) ::= NAME(T). { A = leaf(P, SYN_NAME, T, 0); }
name(A) ::= ALL(T). { A = leaf(P, SYN_NAME, T, 0); }
name(A) ::= ANY(T). { A = leaf(P, SYN_NAME, T, 0); }
name(A) ::= TOLD(T). { A = leaf(P, SYN_NAME, T, 0); }
name(A) ::= ASKED(T). { A = leaf(P, SYN_NAME, T, 0); }
anyname(A) ::= NAME(T). { A = leaf(P, SYN_NAME, T, 0); }
anyname(A) ::= ANYWORD(T). { A = leaf(P, SYN_NAME, T, 0); }
path(A) ::= pathnames(S). { A = path_of(P, S); }
%type pathnames {SynSeq}
pathnames(A) ::= name(B). { A = seq(B); }
pathnames(A) ::= pathnames(S) DOT anyname(B). { A = seq_add(P, S, B); }
%type paths {SynSeq}
paths(A) ::= path(B). { A = seq(B); }
paths(A) ::= paths(S) COMMA path(B). { A = seq_add(P, S, B); }

plaintext(A) ::= TEXT(T). { A = text_leaf(P, T); }
%type plaintexts {SynSeq}
plaintexts(A) ::= plaintext(T). { A = seq(T); }
plaintexts(A) ::= plaintexts(S) COMMA plaintext(T). { A = seq_add(P, S, T); }
opttext(A) ::= . { A = 0; }
opttext(A) ::= text(T). { A = T.r; }
%type text {SynExpr}
text(A) ::= TEXT(T). { A = flat(text_leaf(P, T)); }
text(A) ::= TEXT_OPEN(O) textparts(S) TEXT_CLOSE(C). { A = text_join(P, O, S, C); }
%type textparts {SynSeq}
textparts(A) ::= expr(E). { A = seq_expr(P, seq_none(), E); }
textparts(A) ::= textparts(S) TEXT_MID(T) expr(E). {
    A = seq_expr(P, seq_add(P, S, text_part(P, T.start + 1, T.end - 1, 0)), E);
}

int(A) ::= INT(T). { A = literal(P, SYN_INT, T); }
durationlit(A) ::= DURATION(T). { A = literal(P, SYN_DURATION, T); }
time(A) ::= TIME(T). { A = literal(P, SYN_TIME, T); }
date(A) ::= DATE(T). { A = literal(P, SYN_DATE, T); }
day(A) ::= DAY(T). { A = leaf(P, SYN_DAY, T, day_number(P, T)); }
lvl(A) ::= LEVEL(T). { A = level_leaf(P, T); }
duration ::= durationlit.
duration(A) ::= int(I) BUSINESS unit(U) optof(B). { A = N(BUSINESS, START(I), I, B, 0, U); }
%type unit {uint32_t}
unit(A) ::= DAYS. { A = 0; }
unit(A) ::= HOURS. { A = 1; }
optof(A) ::= . { A = 0; }
optof(A) ::= OF path(B). { A = B; }
moment ::= date.
moment(A) ::= INSTANT(T). { A = literal(P, SYN_INSTANT, T); }
moment ::= path.
moment(A) ::= duration(D) AFTER path(B). { A = N(AFTER, START(D), D, B, 0, 0); }

%type type {SynExpr}
type(A) ::= NAME(T). { A = flat(leaf(P, SYN_TYPENAME, T, 0)); }
type(A) ::= SECRET(T). { A = flat(leaf(P, SYN_TYPENAME, T, 0)); }
type(A) ::= LIST(K) OF type(T). { A = type_level(P, N(TYPELIST, K.start, T.r, 0, 0, 0), T.depth); }
type(A) ::= ONE(K) OF plaintexts(S). { A = flat(N(TYPEONE, K.start, S.first, 0, 0, 0)); }
type(A) ::= LB(K) RB. { A = flat(N(TYPEREC, K.start, 0, 0, 0, 0)); }
type(A) ::= LB(K) fields(S) RB. { A = type_level(P, N(TYPEREC, K.start, S.first, 0, 0, 0), S.depth); }
%type fields {SynSeq}
fields(A) ::= field(F). { A = seq_expr(P, seq_none(), F); }
fields(A) ::= fields(S) field(F). { A = seq_expr(P, S, F); }
%type field {SynExpr}
field(A) ::= anyname(B) COLON type(T). { A = (SynExpr){N(FIELD, START(B), B, T.r, 0, 0), T.depth}; }

%type args {SynExpr}
args(A) ::= LB(K) RB. { A = flat(N(ARGS, K.start, 0, 0, 0, 0)); }
args(A) ::= LB(K) arglist(S) RB. { A = level(P, N(ARGS, K.start, S.first, 0, 0, 0), S.depth); }
optargs(A) ::= . { A = 0; }
optargs(A) ::= args(R). { A = R.r; }
%type arglist {SynSeq}
arglist(A) ::= arg(E). { A = seq_expr(P, seq_none(), E); }
arglist(A) ::= arglist(S) arg(E). { A = seq_expr(P, S, E); }
arglist(A) ::= arglist(S) COMMA arg(E). { A = seq_expr(P, S, E); }
%type arg {SynExpr}
/* Names of other systems, such as "addLicenses" or "$filter": in connectors. */
arg(A) ::= plaintext(B) ASSIGN expr(E). { A = (SynExpr){N(ARG, START(B), B, E.r, 0, 0), E.depth}; }
arg(A) ::= anyname(B) ASSIGN expr(E). { A = (SynExpr){N(ARG, START(B), B, E.r, 0, 0), E.depth}; }

/* --- expressions --------------------------------------------------------------- */
%type expr {SynExpr}
%type primary {SynExpr}
expr ::= primary.
expr(A) ::= quant(Q) name(B) IN expr(L) SATISFIES expr(E). [SATISFIES] {
    A = level(P, N(QUANT, Q.start, B, L.r, E.r, Q.kind == TOK_SOME), deeper(L.depth, E.depth));
}
%type quant {SynToken}
quant(A) ::= EVERY(T). { A = T; A.kind = TOK_EVERY; }
quant(A) ::= SOME(T). { A = T; A.kind = TOK_SOME; }
expr(A) ::= IF(K) expr(C) THEN expr(T) ELSE expr(E). [ELSE] {
    A = level(P, N(IF, K.start, C.r, T.r, E.r, 0), deeper(C.depth, deeper(T.depth, E.depth)));
}
expr(A) ::= expr(L) OR expr(R). { A = binary(P, BIN_OR, L, R); }
expr(A) ::= expr(L) AND expr(R). { A = binary(P, BIN_AND, L, R); }
expr(A) ::= NOT(K) expr(E). { A = level(P, N(NOT, K.start, E.r, 0, 0, 0), E.depth); }
expr(A) ::= expr(L) EQ expr(R). { A = compare(P, BIN_EQ, L, R); }
expr(A) ::= expr(L) NE expr(R). { A = compare(P, BIN_NE, L, R); }
expr(A) ::= expr(L) LT expr(R). { A = compare(P, BIN_LT, L, R); }
expr(A) ::= expr(L) LE expr(R). { A = compare(P, BIN_LE, L, R); }
expr(A) ::= expr(L) GT expr(R). { A = compare(P, BIN_GT, L, R); }
expr(A) ::= expr(L) GE expr(R). { A = compare(P, BIN_GE, L, R); }
expr(A) ::= expr(L) IN expr(R). { A = compare(P, BIN_IN, L, R); }
expr(A) ::= expr(L) CONTAINS expr(R). { A = compare(P, BIN_CONTAINS, L, R); }
expr(A) ::= expr(L) DOTDOT expr(R). { A = range(P, L, R); }
expr(A) ::= expr(L) WITHOUT expr(R). { A = binary(P, BIN_WITHOUT, L, R); }
expr(A) ::= expr(L) PLUS expr(R). { A = binary(P, BIN_ADD, L, R); }
expr(A) ::= expr(L) MINUS expr(R). { A = binary(P, BIN_SUB, L, R); }
expr(A) ::= expr(L) STAR expr(R). { A = binary(P, BIN_MUL, L, R); }
expr(A) ::= expr(L) SLASH expr(R). { A = binary(P, BIN_DIV, L, R); }
expr(A) ::= MINUS(K) expr(E). [UMINUS] { A = level(P, N(NEG, K.start, E.r, 0, 0, 0), E.depth); }

primary(A) ::= name(B). { A = flat(B); }
primary(A) ::= primary(E) DOT anyname(B). { A = member(P, E, B); }
primary(A) ::= primary(E) LP RP. { A = level(P, N(CALL, START(E.r), E.r, 0, 0, 0), E.depth); }
primary(A) ::= primary(E) LP exprs(S) RP. { A = level(P, N(CALL, START(E.r), E.r, S.first, 0, 0), deeper(E.depth, S.depth)); }
primary(A) ::= primary(E) LS expr(I) RS. { A = level(P, N(INDEX, START(E.r), E.r, I.r, 0, 0), deeper(E.depth, I.depth)); }
primary(A) ::= LP(K) expr(E) RP. { A = level(P, N(PAREN, K.start, E.r, 0, 0, 0), E.depth); }
primary(A) ::= exprlist(S). { A = level(P, S.first, S.depth); }
primary ::= args.
primary ::= text.
primary(A) ::= int(B). { A = flat(B); }
primary(A) ::= durationlit(B). { A = flat(B); }
primary(A) ::= time(B). { A = flat(B); }
primary(A) ::= date(B). { A = flat(B); }
primary(A) ::= day(B). { A = flat(B); }
primary(A) ::= lvl(B). { A = flat(B); }
primary(A) ::= DECIMAL(T). { A = flat(literal(P, SYN_DECIMAL, T)); }
primary(A) ::= PERCENT(T). { A = flat(literal(P, SYN_PERCENT, T)); }
primary(A) ::= SIZE(T). { A = flat(literal(P, SYN_SIZE, T)); }
primary(A) ::= INSTANT(T). { A = flat(literal(P, SYN_INSTANT, T)); }
/* One LIST node, in first; depth is that of its items. */
%type exprlist {SynSeq}
exprlist(A) ::= LS(K) RS. { A = seq(N(LIST, K.start, 0, 0, 0, 0)); }
exprlist(A) ::= LS(K) exprs(S) RS. { A = seq(N(LIST, K.start, S.first, 0, 0, 0)); A.depth = S.depth; }
exprlist(A) ::= LS(K) exprs(S) COMMA RS. { A = seq(N(LIST, K.start, S.first, 0, 0, 0)); A.depth = S.depth; }
%type exprs {SynSeq}
exprs(A) ::= expr(E). { A = seq_expr(P, seq_none(), E); }
exprs(A) ::= exprs(S) COMMA expr(E). { A = seq_expr(P, S, E); }

%code {
/* --- what the driver asks (parser.h) --------------------------------------- */

Parser *parser_new(Arena *arena, ParseCtx *ctx)
{
    Parser *p = arena_alloc(arena, sizeof *p);
    if (p != NULL)
        SynInit(p, ctx);
    return p;
}

void parser_push(Parser *p, SynToken t)
{
    Syn(p, t.kind, t);
}

uint32_t parser_depth(const Parser *p)
{
    return (uint32_t)(p->yytos - p->yystack);
}

/* A state stack that shares its lower part with the parser's. */
enum { SIM_MAX = 64 };
typedef struct Sim {
    const yyStackEntry *top; /* the newest shared entry */
    size_t n;                /* states above it */
    YYACTIONTYPE states[SIM_MAX];
} Sim;

static YYACTIONTYPE sim_state(const Sim *s)
{
    return s->n > 0 ? s->states[s->n - 1] : s->top->stateno;
}

static bool sim_shift(Sim *s, uint16_t kind)
{
    YYACTIONTYPE act = sim_state(s);
    for (;;) {
        act = yy_find_shift_action((YYCODETYPE)kind, act);
        if (act < YY_MIN_REDUCE)
            break;
        unsigned rule = (unsigned)act - YY_MIN_REDUCE;
        size_t pops = (size_t)-yyRuleInfoNRhs[rule];
        size_t own = pops < s->n ? pops : s->n;
        s->n -= own;
        s->top -= pops - own;
        act = yy_find_reduce_action(sim_state(s), yyRuleInfoLhs[rule]);
        if (s->n == SIM_MAX)
            return false;
        s->states[s->n++] = act;
    }
    if (act == YY_ACCEPT_ACTION)
        return true;
    if (act > YY_MAX_SHIFTREDUCE || s->n == SIM_MAX)
        return false;
    if (act > YY_MAX_SHIFT)
        act = (YYACTIONTYPE)(act + YY_MIN_REDUCE - YY_MIN_SHIFTREDUCE);
    s->states[s->n++] = act;
    return true;
}

bool parser_fits(const Parser *p, uint16_t kind)
{
    /* Nearly every token is shifted at once. */
    YYACTIONTYPE act = p->yytos->stateno;
    if (act <= YY_MAX_SHIFT) {
        act = yy_find_shift_action((YYCODETYPE)kind, act);
        if (act <= YY_MAX_SHIFTREDUCE)
            return true;
    }
    Sim s;
    s.top = p->yytos;
    s.n = 0;
    return sim_shift(&s, kind);
}

size_t parser_fit_run(const Parser *p, const uint16_t *kinds, size_t n)
{
    Sim s;
    s.top = p->yytos;
    s.n = 0;
    size_t i = 0;
    while (i < n && sim_shift(&s, kinds[i]))
        i++;
    return i;
}

/* What is whole and only waits to be reduced goes as a whole: a `)` may not leave
 * its `(` open again. */
static uint32_t pending(const Parser *p)
{
    YYACTIONTYPE act = p->yytos->stateno;
    return act < YY_MIN_REDUCE ? 1 : (uint32_t)-yyRuleInfoNRhs[act - YY_MIN_REDUCE];
}

bool parser_unwind(Parser *p, uint16_t kind, uint32_t depth)
{
    while (!parser_fits(p, kind)) {
        if (parser_depth(p) <= depth)
            return false;
        p->yytos -= pending(p);
    }
    return true;
}

void parser_pop(Parser *p)
{
    p->yytos--;
}

uint16_t parser_symbol(const Parser *p, uint32_t i)
{
    YYCODETYPE major = p->yystack[i].major;
    return major < YYNTOKEN ? (uint16_t)major : 0;
}

uint16_t token_count(void)
{
    return YYNTOKEN;
}

uint16_t token_fallback(uint16_t token)
{
    return (uint16_t)SynFallback(token);
}
}
