/* Each rule of the verifier has a program that breaks it and nothing else. */
#include "tests/unit/test_core_util.h"

static Asm a;

static void accepts(void **state)
{
    (void)state;
    everything(&a);
    prog_free(verified(&a));
}

/* An argument of the second phase's gate that may vary. */
static void vary(uint32_t action, uint32_t param)
{
    *ADD(&a, varies) = (ProgVary){action, param, 0};
    a.gates[0].varies_count = 1;
}

/* Waves of its `each`: one, then so much. */
static void waves(uint32_t first, uint32_t percent)
{
    *ADD(&a, waves) = (ProgWave){0, first};
    *ADD(&a, waves) = (ProgWave){1, percent};
    a.actions[A_EACH].waves_count = 2;
}

static void another_calendar(void)
{
    *ADD(&a, calendars) = a.calendars[0];
    a.calendars[1].name = str(&a, "other");
}

static const char long_name[] =
    "a123456789b123456789c123456789d123456789e123456789f123456789g123456789"
    "h123456789i123456789j123456789k123456789l123456789m123456789";

/* A section of that kind without a register. */
static uint32_t bare_section(FuncKind kind)
{
    open_func(&a, kind, "bare", TK_BOOL);
    op3(&a, OP_RET, 0, 0, 0);
    return close_func(&a);
}

static uint32_t gives_true(uint32_t type)
{
    open_func(&a, FK_RULE, "r", TK_BOOL);
    reg(&a, type);
    load(&a, reg(&a, TK_BOOL), val_bool(true));
    op3(&a, OP_RET, 1, 0, 0);
    return close_func(&a);
}

/* A rule about what would be an action, were member n of its own type. */
static uint32_t other_subject(uint32_t n, uint32_t type)
{
    uint32_t whole = subject_type(&a, SUBJECT_ACTION);
    a.fields[a.types[whole].fields_first + n].type = type;
    if (n == 0)
        a.fields[a.types[whole].fields_first].name = str(&a, "other");
    return gives_true(whole);
}

/* The same of a phase, whose gate is of that type. */
static uint32_t phase_subject(uint32_t type)
{
    uint32_t whole = subject_type(&a, SUBJECT_PHASE);
    a.fields[a.types[whole].fields_first + member_of(SUBJECT_PHASE, "gate")].type = type;
    return gives_true(whole);
}

/* An action with one member more. */
static uint32_t subject_more(void)
{
    uint32_t whole = subject_type(&a, SUBJECT_ACTION);
    *ADD(&a, fields) = (ProgField){str(&a, "more"), TK_TEXT};
    a.types[whole].fields_count++;
    return gives_true(whole);
}

/* --- a section that a phase knows nothing of ----------------------------------------- */

#define NOP ins_abc(OP_NOP, 0, 0, 0)
#define ITER ins_abc(OP_ITER, 3, 2, 0)
#define ITER8 ins_abc(OP_ITER, 8, 2, 0)
#define JMP(s) ins_ax(OP_JMP, 0, (uint32_t)(s) & 0xffff)
#define EXTRA(...) \
    extra((const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* Its registers: 0 text, 1 bool, 2 texts, 3 a loop over them, 4 its element, 5 number,
 * 6 a record, 7 numbers, 8 another loop, 9 its element, 10 email, 11 one of, 12 a
 * secret, 13 emails, 14 a loop without a place for its element. */
static void extra(const uint32_t *code, size_t n)
{
    static const uint32_t types[] = {TK_TEXT, TK_BOOL, T_TEXTS, T_ITER_TEXT, TK_TEXT, TK_NUMBER, T_RECORD,
                                     T_NUMBERS, T_ITER_TEXT, TK_TEXT, TK_EMAIL, T_ONEOF, TK_SECRET,
                                     T_EMAILS, T_ITER_TEXT};
    open_func(&a, FK_REQUIRE, "extra", TK_BOOL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        reg(&a, types[i]);
    *ADD(&a, consts) = (ProgConst){.tag = V_TEXT};
    for (size_t i = 0; i < n; i++)
        a.code[a.p.n_code++] = code[i];
    op3(&a, OP_RET, 1, 0, 0);
    close_func(&a);
}

static void extra_call(FuncKind kind, unsigned r, SiteRole role)
{
    open_func(&a, kind, "extra", TK_BOOL);
    for (unsigned i = 0; i < 15; i++)
        reg(&a, i == r ? T_RECORD : i == 1 ? TK_BOOL : TK_TEXT);
    opx(&a, OP_CALL, r, site(&a, I_HASH, role == SITE_READ ? PROG_NONE : A_SEE, role));
    op3(&a, OP_RET, 1, 0, 0);
    close_func(&a);
}

static void swap(uint32_t x, uint32_t y)
{
    uint32_t i = a.code[x];
    a.code[x] = a.code[y];
    a.code[y] = i;
}

/* What a breach must be told as; NULL ends the list. One case a breach. */
static const char *breach(int n)
{
    Marks m = everything(&a);
    ProgPhase *look = &a.phases[0], *go = &a.phases[1], *people = &a.phases[2];
    ProgGate *gate = &a.gates[0];
    uint32_t *code = a.code;
    uint32_t *end = &a.code[m.end];
    switch (n) {
    /* types and constants */
    case 0: a.types[T_TEXTS].elem = T_NUMBERS; return "is built from a later one";
    case 1: a.types[T_TEXTS].elem = TK_NOTHING; return "is built from what has no values";
    case 2: a.types[T_TEXTS].elem = PROG_NONE; return "has parts that its kind has not";
    case 3: a.types[TK_NUMBER].fields_count = 1; return "has parts that its kind has not";
    case 4: a.fields[0].type = TK_TEXT; return "has members that do not fit it";
    case 5: a.fields[2].type = PROG_NONE; return "has members that do not fit it";
    case 6:
        for (int i = 0; i < 10; i++)
            *ADD(&a, types) = (ProgType){TK_RECORD, PROG_NONE, 2, 2};
        return "rows share their members";
    case 7: a.consts[0].num = 2; return "is not a value of its kind";
    case 8: a.consts[0].tag = V_LIST; return "is not a value of its kind";
    case 9: a.consts[0] = (ProgConst){V_NUMBER, 1, 10, 0}; return "is not a value of its kind";
    case 10: a.consts[0] = (ProgConst){V_NUMBER, 19, 1, 0}; return "is not a value of its kind";
    case 11: a.consts[0] = (ProgConst){V_LEVEL, 0, 4, 0}; return "is not a value of its kind";
    case 12: a.consts[0] = (ProgConst){V_TIME, 0, 86400001, 0}; return "is not a value of its kind";
    case 13: a.consts[0] = (ProgConst){V_DATE, 0, INT64_MAX, 0}; return "is not a value of its kind";
    case 14: a.consts[0] = (ProgConst){V_INSTANT, 0, INT64_MIN, 0}; return "is not a value of its kind";
    case 15: a.consts[0] = (ProgConst){V_ABSENT, 0, 0, 0}; return "is not a value of its kind";
    /* tools and sites */
    case 16: a.imports[I_IMAGE].tool = a.imports[I_HASH].tool; return "not in the order of their names";
    case 17: a.imports[I_HASH].result = TK_TEXT; return "does not give a record";
    case 18: a.imports[I_HASH].flags = 8; return "does not give a record";
    case 19: a.params[0].type = TK_NOTHING; return "takes an argument of no type";
    case 20: a.params[0].flags = 8; return "takes an argument of no type";
    case 21: a.imports[I_HASH].params_count = 8; return "rows share their parameters";
    case 22: a.imports[I_IMAGE].effect = EFF_TELLS; return "does not fit its action or its tool";
    case 23: a.sites[0].import = I_IMAGE; return "does not fit its action or its tool";
    case 24: a.sites[1].import = I_DESTROY; return "does not fit its action or its tool";
    case 25: a.sites[0].action = PROG_NONE; return "does not fit its action or its tool";
    case 26: a.funcs[1].code_first++; return "does not begin where the one before it ends";
    case 27: a.funcs[1].regs_first--; return "does not begin where the one before it ends";
    case 28: a.p.n_code++; return "something belongs to no function";
    case 29: a.funcs[1].consts_first++; return "does not begin where the one before it ends";
    case 30: a.funcs[1].sites_first--; return "does not begin where the one before it ends";
    /* names */
    case 31: go->name = look->name; return "both a phase `look`";
    case 32: a.inputs[1].name = a.inputs[0].name; return "both an input `names`";
    case 33: a.actions[A_SEE].name = 0; return "a step has no name";
    case 34: a.actions[A_WIPE].name = a.actions[A_WRITE].name; return "both a step `write`";
    case 35: a.checks[0].name = a.actions[A_SEE].name; return "both a step `see`";
    case 36: look->name = 0; return "a phase has no name";
    /* functions by use */
    case 37: a.inputs[1].default_fn = m.require; return "an input's default is a section of another kind";
    case 38: a.inputs[0].default_fn = m.value; return "an input's default gives a value of another type";
    case 39: a.inputs[0].low_fn = m.value; return "has a range that its type has not";
    case 40: a.inputs[0].type = T_ITER_TEXT; return "has no type";
    case 41: a.requires[0].fn = m.when; return "a `require` is a section of another kind";
    case 42: a.requires[0].words_fn = m.require; return "words is a section of another kind";
    case 43: gate->question_fn = m.require; return "a gate's question is a section of another kind";
    case 44: look->when_fn = m.require; return "a `when` is a section of another kind";
    case 45: a.actions[A_WIPE].undo_because_fn = m.require; return "an action's reason is a section of another kind";
    case 46: *ADD(&a, settings) = (ProgSetting){0, m.require, 0}; return "a setting is a section of another kind";
    case 47: *ADD(&a, grantargs) = (ProgGrantArg){0, m.require}; return "a grant is a section of another kind";
    case 48: look->body_fn = m.require; return "a phase's body is a section of another kind";
    case 49: go->body_fn = look->body_fn; return "two phases have one body";
    case 50: look->body_fn = PROG_NONE; return "has steps but no code for them";
    /* phases and gates */
    case 51: go->actions_first = 0; return "holds steps or a gate of another phase";
    case 52: look->gate = 0; look->actions_count = 1; go->gate = 0; return "holds steps or a gate of another phase";
    case 53: a.actions[A_WIPE].phase = 0; return "holds a step of another phase";
    case 54: a.checks[0].phase = 1; return "holds a step of another phase";
    case 55: people->gate = PROG_NONE; return "belongs to no phase";
    case 56: people->actions_count = 1; return "belongs to no phase";
    case 57: look->on_failure = 32; return "does not say clearly what a failure does";
    case 58: look->on_failure = OF_START; return "does not say clearly what a failure does";
    case 59: look->only_when_started = 2; return "is out of its bounds";
    case 60: look->needs_count = 4; return "rows share their needs";
    case 61: go->requires_count = 1; return "rows share their requirements";
    case 62: go->failure_tell_count = 6; return "rows share their roles";
    case 63: gate->quorum = 1; return "a gate counts its people wrongly";
    case 64: gate->who = WHO_ANY; return "a gate counts its people wrongly";
    case 65: gate->who = WHO_ONE; return "a gate counts its people wrongly";
    case 66: gate->who = WHO_N; gate->quorum = 0; return "a gate counts its people wrongly";
    case 67: gate->who = WHO_NOBODY; gate->by_count = 0; gate->quorum = 0; return "a gate at L2 names nobody";
    case 68: a.durations[D_DAY].n = -2; return "a duration is negative";
    case 69: a.durations[D_BUSINESS].calendar = PROG_NONE; return "business time, and nothing else, needs a calendar";
    case 70: a.needs[0].phase = 1; return "phases need each other in a circle";
    /* actions and what stands in front of them */
    case 71: a.actions[A_WIPE].undo_import = I_CHANGE; return "does not say clearly how it is undone";
    case 72: a.actions[A_WIPE].undo_kind = AU_NOTHING; return "does not say clearly how it is undone";
    case 73: a.imports[I_WRITE].undo = UNDO_NONE; return "does not say clearly how it is undone";
    case 74: a.actions[A_SEE].at_most = 0; return "has a number that it may not have";
    case 75: a.actions[A_SEE].retries = LIM_RETRIES + 1; return "has a number that it may not have";
    case 76: a.durations[D_HOUR].calendar = 0; return "business time, and nothing else, needs a calendar";
    case 77: a.actions[A_SEE].conditional = 2; return "is out of its bounds";
    case 78: a.actions[A_EACH].result = T_STATUS; return "goes through a list and gives none";
    case 79: a.actions[A_SEE].result = T_STATUS; return "gives another type than its tool";
    case 80: a.actions[A_EACH].level = 1; return "`go.each_one` needs L2 and says L1";
    case 81: a.actions[A_WIPE].level = 1; return "`go.wipe` needs L2 and says L1";
    case 82: gate->level = 1; return "`go.each_one` needs a gate of at least L2; its phase has L1";
    case 83: a.actions[A_SEE].level = 1; return "`look.see` needs a gate of at least L1; its phase has L0";
    case 84: a.imports[I_WRITE].undo = UNDO_COMPENSATES; return "`go.write` needs L1 and says L0";
    case 85: a.imports[I_WRITE].reach = REACH_MANY; return "`go.write` needs L1 and says L0";
    case 86: a.imports[I_WRITE].reach = REACH_TENANT; return "`go.write` needs L2 and says L0";
    case 87: a.imports[I_DESTROY].reach = REACH_MANY; gate->who = WHO_ONE; gate->by_count = 1; gate->quorum = 1;
        return "`go.wipe` destroys many things and needs two people";
    case 88: /* a destroying way back of an `each` */
        a.actions[A_EACH].undo_import = a.sites[1].import = I_DESTROY;
        gate->who = WHO_ONE; gate->by_count = 1; gate->quorum = 1;
        return "`go.each_one` destroys many things and needs two people";
    case 89: gate->level = 3; return "changes something at L3";
    case 90: a.imports[I_HASH].effect = EFF_CHANGES; return "does not say clearly how it is undone";
    case 91: *ADD(&a, persons) = (ProgPerson){0, 0, 0, 1}; *ADD(&a, personids) = (ProgPersonId){0, 0};
        *ADD(&a, persons) = (ProgPerson){0, 0, 0, 1}; return "rows share their identities";
    case 92: *ADD(&a, grants) = (ProgGrant){0, 0, 0, 1}; *ADD(&a, grantargs) = (ProgGrantArg){0, m.value};
        *ADD(&a, grants) = (ProgGrant){0, 0, 0, 1}; return "rows share their bounds";
    case 93: a.roles[0].people_count = 1; a.roles[1].people_count = 1;
        return "rows share their people";
    /* frames */
    case 94: a.funcs[m.held].result = PROG_NONE; return "it gives a value of another type than its kind";
    case 95: a.funcs[m.require].result = TK_TEXT; return "it gives a value of another type than its kind";
    case 96: a.funcs[m.body[0]].result = TK_TEXT; return "it gives a value of another type than its kind";
    case 97: *end = ins_abc(OP_NOP, 0, 0, 0); return "it does not end with its last instruction";
    case 98: a.more_regs[0].type = TK_NOTHING; return "a register has no type";
    case 99: a.funcs[m.question].result = TK_EMAIL; return "it gives a value of another type than its kind";
    /* operands */
    case 100: code[m.see_call - 1] = OP_COUNT; return "(?): there is no such instruction";
    case 101: code[m.see_call - 1] = ins_abc(OP_MOVE, 9, 2, 0); return "it names a register that its section has not";
    case 102: code[m.see_call - 1] = ins_ax(OP_LOADK, 2, 99); return "there is no such constant";
    case 103: code[m.see_call - 1] = ins_ax(OP_LOADK, 2, 0); return "register 2 holds text where a constant of another kind is wanted";
    case 104: code[m.see_call - 1] = ins_abc(OP_MOVE, 2, 0, 0); return "register 0 holds bool where text is wanted";
    case 105: code[m.see_call - 1] = ins_ax(OP_INPUT, 2, IN_N); return "register 2 holds text where number is wanted";
    case 106: code[m.see_call - 1] = ins_ax(OP_INPUT, 2, 99); return "no input may be read here";
    case 107: code[m.see_call - 1] = ins_ax(OP_RESULT, 2, A_SEE); return "register 2 holds text where record is wanted";
    case 108: code[m.see_call - 1] = ins_ax(OP_RESULT, 1, 99); return "no result of an action may be read here";
    case 109: code[m.see_call - 1] = ins_ax(OP_RESULT, 1, A_SEE); return "it reads the result of an action that comes later";
    case 110: code[m.see_call - 1] = ins_abc(OP_NOW, 2, 0, 0); return "holds text where instant is wanted";
    case 111: code[m.see_call - 1] = ins_abc(OP_TODAY, 2, 0, 0); return "holds text where date is wanted";
    case 112: code[m.see_call - 1] = ins_ax(OP_JF, 2, 0); return "holds text where bool is wanted";
    case 113: code[m.see_call - 1] = ins_abc(OP_NOT, 0, 2, 0); return "text and text do not fit it";
    case 114: code[m.see_call - 1] = ins_abc(OP_ADD, 2, 0, 0); return "bool and bool do not fit it";
    case 115: code[m.see_call - 1] = ins_abc(OP_ADD, 0, 2, 2); return "register 0 holds bool where text is wanted";
    case 116: code[m.see_call - 1] = ins_abc(OP_EQ, 0, 0, 2); return "bool and text do not fit it";
    case 117: code[m.see_call - 1] = ins_abc(OP_LT, 0, 2, 2); return "text and text do not fit it";
    case 118: code[m.see_call - 1] = ins_abc(OP_IN, 0, 2, 1); return "text and record do not fit it";
    case 119: code[m.each + 1] = ins_abc(OP_WITHOUT, 0, 0, 3); return "list and record do not fit it";
    case 120: code[m.each + 1] = ins_abc(OP_LIST, 2, 2, 1); return "register 2 holds text where list is wanted";
    case 121: code[m.each + 1] = ins_abc(OP_LIST, 4, 3, 1); return "register 3 holds record where text is wanted";
    case 122: code[m.each + 1] = ins_abc(OP_LIST, 4, 2, 200); return "it names a register that its section has not";
    case 123: code[m.each + 1] = ins_abc(OP_RECORD, 3, 2, 1); return "where record of so many members is wanted";
    case 124: code[m.each + 1] = ins_abc(OP_RECORD, 9, 7, 2); return "register 8 holds text where number is wanted";
    case 125: code[m.each + 1] = ins_abc(OP_TEXT, 2, 3, 1); return "register 3 holds record where what has a form as text is wanted";
    case 126: code[m.each + 1] = ins_abc(OP_TEXT, 0, 2, 1); return "register 0 holds list where text is wanted";
    case 127: code[m.each + 1] = ins_abc(OP_MEMBER, 2, 3, 2); return "where a record with such a member is wanted";
    case 128: code[m.each + 1] = ins_abc(OP_MEMBER, 2, 3, 0); return "register 2 holds text where number is wanted";
    case 129: code[m.each + 1] = ins_abc(OP_INDEX, 2, 0, 2); return "holds text where number is wanted";
    case 130: code[m.each + 1] = ins_abc(OP_FN, 2, 2, FN_COUNT); return "there is no such function";
    case 131: code[m.each + 1] = ins_abc(OP_FN, 2, 2, FN_sum); return "sum does not fit text";
    case 132: code[m.each + 1] = ins_abc(OP_FN, 0, 0, FN_first); return "register 0 holds list where text is wanted";
    case 133: code[m.each + 1] = ins_abc(OP_FN, 2, 0, FN_count); return "register 2 holds text where number is wanted";
    case 134: code[m.each + 1] = ins_abc(OP_FN, 2, 14, FN_default); return "it names a register that its section has not";
    case 135: code[m.each + 1] = ins_abc(OP_APPEND, 0, 0, 3); return "register 3 holds record where text is wanted";
    case 136: code[m.each + 1] = ins_abc(OP_UNKNOWN, 1, 0, 0); return "register 1 holds iter where a value is wanted";
    case 137: code[m.each + 1] = ins_abc(OP_MOVE, 1, 1, 0); return "register 1 holds iter where a value is wanted";
    case 138: code[m.see_call] = ins_ax(OP_CALL, 1, 9); return "there is no such call site";
    case 139: code[m.see_call] = ins_ax(OP_CALL, 0, 0); return "register 0 holds bool where record is wanted";
    case 140: a.params[0].type = T_TEXTS; return "register 2 holds text where list is wanted";
    case 141: code[m.write_call] = ins_ax(OP_CALL, 6, 3); return "its site is an undo";
    case 142: code[m.undo] = ins_ax(OP_UNDO, 5, 1); return "its site is not an undo";
    case 143: code[m.check] = ins_ax(OP_CHECK, 2, 0); return "holds text where bool is wanted";
    case 144: code[m.tell] = ins_ax(OP_TELL, 0, 0); return "holds bool where text is wanted";
    /* kinds of section */
    case 145: code[a.funcs[m.require].code_first] = ins_ax(OP_ACTION, 0, 0); return "it may stand in a phase's body only";
    case 146: code[a.funcs[m.require].code_first] = ins_ax(OP_CHECK, 0, 0); return "it may stand in a phase's body only";
    case 147: code[a.funcs[m.value].code_first] = ins_ax(OP_INPUT, 0, IN_N); return "no input may be read here";
    case 148: code[a.funcs[m.value].code_first] = ins_ax(OP_RESULT, 0, 0); return "no result of an action may be read here";
    case 149: code[m.see_call - 1] = ins_abc(OP_RET, 0, 0, 0); return "this section gives no value";
    case 150: a.more_regs[a.funcs[m.require].regs_first].type = TK_TEXT; return "holds text where a constant of another kind";
    /* jumps and loops */
    case 151: code[m.see_call - 1] = ins_ax(OP_JMP, 0, 99); return "it jumps out of its section";
    case 152: code[m.see_call - 1] = ins_ax(OP_JMP, 0, 0xfffe); return "it jumps back, and is not the end of a loop";
    case 153: code[m.see_call - 1] = ins_ax(OP_JMP, 0, 1); return "it jumps around a part of a step";
    case 154: code[m.see_when - 1] = ins_ax(OP_JMP, 0, 1); return "it jumps around a part of a step";
    case 155: code[m.iter - 1] = ins_ax(OP_JMP, 0, 1); return "it jumps into a loop past its start";
    case 156: code[m.iter - 1] = ins_ax(OP_JMP, 0, 3); return "it jumps into a loop";
    case 157: code[m.iter] = ins_abc(OP_NOP, 0, 0, 0); return "it does not begin a loop of the one shape";
    case 158: code[m.back] = ins_abc(OP_NOP, 0, 0, 0); return "it does not begin a loop of the one shape";
    case 159: code[m.next] = ins_abc(OP_NOP, 0, 0, 0); return "no loop follows it";
    case 160: code[m.each + 1] = ins_abc(OP_ITER, 1, 0, 0); return "it starts a loop anew that is under way";
    case 161: a.more_regs[a.funcs[m.body[1]].regs_first + 1].type = T_ITER_NUMBER; return "where the list of its loop is wanted";
    case 162: code[m.see_action] = ins_ax(OP_ACTION, 0, A_EACH); return "it is not the next action of its phase";
    case 163: code[m.see_action] = ins_abc(OP_NOP, 0, 0, 0); return "it does not stand at the start of an action";
    case 164: code[m.see_done] = ins_abc(OP_NOP, 0, 0, 0); return "it stands inside of an action or a loop";
    case 165: code[m.see_done] = ins_ax(OP_DONE, 0, A_EACH); return "no action that was called ends here";
    case 166: code[m.see_call] = ins_abc(OP_NOP, 0, 0, 0); return "no action that was called ends here";
    case 167: code[m.see_when] = ins_ax(OP_WHEN, 0, 4); return "its `when` does not lead past it";
    case 168: a.actions[A_SEE].conditional = 0; return "its `when` does not lead past it";
    case 169: code[m.each] = ins_abc(OP_NOP, 0, 0, 0); return "it does not stand where its `each` is";
    case 170: code[m.each] = ins_ax(OP_EACH, 3, A_EACH); return "no element of a list was taken in front of it";
    case 171: code[m.each] = ins_ax(OP_EACH, 2, A_WRITE); return "it is not the one element of its action";
    case 172: code[m.undo] = ins_abc(OP_NOP, 0, 0, 0); return "no undo stands in front of it";
    case 173: code[m.undo - 1] = ins_ax(OP_UNDO, 5, 0); return "the call that it takes back does not follow";
    case 174: code[m.check] = ins_ax(OP_CHECK, 0, 1); return "it is not the next check of its phase";
    case 175: code[m.check] = ins_abc(OP_NOP, 0, 0, 0); return "the section ends before all its steps have run";
    case 176: code[m.tell] = ins_ax(OP_TELL, 2, 1); return "it is not the next message of its phase";
    case 177: a.tells[0].phase = 1; return "it is not the next message of its phase";
    case 178: code[m.see_call - 1] = ins_abc(OP_END, 0, 0, 0); return "the section ends before all its steps have run";
    case 179: look->body_fn = m.body[1]; go->body_fn = m.body[0]; return "it is not the next action of its phase";
    case 180: code[m.wipe_call + 1] = code[m.wipe_call]; return "it is not the one call of its action";
    case 181: a.types[T_MATRIX].elem = T_ITER_TEXT; return "is built from a later one";
    case 182: code[m.each + 1] = ins_abc(OP_ADD, 4, 0, 5); a.more_regs[a.funcs[m.body[1]].regs_first + 5].type = T_EMAILS;
        return "list and list do not fit it";
    /* what is unknown while the phase is staged */
    case 183: code[m.wipe_call - 2] = ins_abc(OP_MEMBER, 2, 3, 1);
        return "`p` of `shell.destroy` must be known when people approve";
    case 184: code[m.wipe_call - 2] = ins_abc(OP_MEMBER, 2, 9, 0);
        return "`p` of `shell.destroy` must be known when people approve";
    case 185: /* comes back around the loop */
        code[m.each + 1] = ins_abc(OP_MEMBER, 2, 3, 1);
        code[m.each + 2] = ins_abc(OP_LIST, 4, 2, 1);
        return "`p` of `shell.change` must be known when people approve";

    /* packs, events, time */
    case 186: a.packs[0].name = 0; return "pack 0 does not say which one it is";
    case 187: a.packs[0].hash = str(&a, "0123"); return "pack 0 does not say which one it is";
    case 188: a.packs[0].hash = str(&a, "G123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"); return "pack 0 does not say which one it is";
    case 189: a.events[0].result = TK_TEXT; return "event 0 does not give a record";
    case 190: a.events[0].name = 0; return "event 0 does not give a record";
    case 191: a.calendars[0].zone = 0; return "calendar 0 has no zone";
    case 192: a.calendars[0].name = 0; return "a calendar has no name, or a very long one";
    case 193: another_calendar(); return "rows share their opening hours";
    case 194: another_calendar(); a.calendars[1].opens_count = 0; return "rows share their closed days";
    case 195: another_calendar(); a.calendars[1].opens_count = a.calendars[1].closed_count = 0; return "rows share their holidays";
    case 196: a.opens[0].date = 1; return "opens at no time of any day";
    case 197: a.opens[0].to_s = a.opens[0].from_s; return "opens at no time of any day";
    case 348: a.opens[0].from_s = 86400; return "opens at no time of any day";
    case 198: a.opens[1].to_s = 86401; return "opens at no time of any day";
    case 199: a.opens[1].date = INT64_MAX; return "opens at no time of any day";
    case 200: a.opens[1].first_day = 1; return "opens at no time of any day";
    case 201: a.opens[1].last_day = 1; return "opens at no time of any day";
    case 202: a.closeds[0].last = 20000; return "is closed from one day to an earlier one";
    case 203: a.closeds[0].first = INT64_MIN; return "is closed from one day to an earlier one";
    case 204: a.closeds[0].last = INT64_MAX; return "is closed from one day to an earlier one";
    case 205: a.moments[MOMENT_DATE].ms++; return "a moment is at no time";
    case 206: a.moments[MOMENT_LOCAL].ms = INT64_MAX; return "a moment is at no time";
    case 207: a.moments[MOMENT_VALUE].ms = 1; return "says in two ways when it is, or in none";
    case 208: a.moments[MOMENT_VALUE].value_fn = PROG_NONE; return "says in two ways when it is, or in none";
    case 209: a.moments[MOMENT_PHASE].phase = PROG_NONE; return "says in two ways when it is, or in none";
    case 210: a.moments[MOMENT_DATE].milestone = 0; return "says in two ways when it is, or in none";
    case 211: a.moments[MOMENT_VALUE].value_fn = m.value; return "a moment is a section of another kind";
    case 212: a.milestones[0].due = MOMENT_MILESTONE; return "milestones wait for each other in a circle";
    case 213: a.moments[MOMENT_MILESTONE].milestone = 1; return "milestones wait for each other in a circle";
    case 214: a.milestones[1].name = 0; return "milestone 1 has no name";
    case 215: a.milestones[1].needs_count = 4; return "rows share their needs";
    case 216: a.milestones[0].needs_count = 3; people->needs_count = 0; a.needs[1].group = 2; return "needs of one group do not stand side by side";
    case 217: a.funcs[m.moment].result = TK_NUMBER; return "it gives a value of another type than its kind";
    /* phases, gates and steps that people, events and time take part in */
    case 218: a.needs[2].group = 2; return "needs of one group do not stand side by side";
    case 219: people->estimate_low = PROG_NONE; return "estimates or limits half of something";
    case 220: people->limit_unit = 0; return "estimates or limits half of something";
    case 221: people->title_fn = m.require; return "a phase's title is a section of another kind";
    case 222: people->during_first = 0; people->during_count = 3; return "rows share their windows";
    case 223: people->controls_count = 1; a.roles[0].people_count = 1; return "rows share their controls";
    case 224: people->tasks_count = 0; return "belongs to no phase";
    case 225: people->awaits_count = 0; return "belongs to no phase";
    case 226: a.tasks[0].phase = 1; return "holds a step of another phase";
    case 227: a.awaits[0].phase = 1; return "holds a step of another phase";
    case 228: look->tasks_count = 1; return "holds a step of another phase";
    case 229: *ADD(&a, tasks) = a.tasks[0]; a.tasks[1].name = str(&a, "x"); people->tasks_first = 1; return "holds steps or a gate of another phase";
    case 230: *ADD(&a, awaits) = a.awaits[0]; a.awaits[1].name = str(&a, "x"); people->awaits_first = 1; return "holds steps or a gate of another phase";
    case 231: *ADD(&a, checks) = a.checks[0]; a.checks[2].name = str(&a, "x"); people->checks_first = 2; return "holds steps or a gate of another phase";
    case 232: a.tasks[0].name = a.actions[A_ONE].name; return "both a step `one`";
    case 233: a.awaits[0].name = a.asks[ASK_GATE].name; return "both a step `how_many`";
    case 234: a.asks[ASK_GATE].phase = 0; return "an answer is asked for at two places";
    case 235: a.asks[ASK_GATE].task = 0; return "an answer is asked for at two places";
    case 236: a.gates[1].asks_count = 0; return "an answer belongs to no gate and no task";
    case 237: a.asks[ASK_TASK].task = PROG_NONE; return "an answer is asked for at two places";
    case 238: a.asks[ASK_GATE].type = TK_SECRET; return "of a type that nobody can write";
    case 239: a.asks[ASK_GATE].type = T_ITER_TEXT; return "of a type that nobody can write";
    case 240: a.asks[ASK_GATE].type = TK_NOTHING; return "of a type that nobody can write";
    case 241: a.gates[1].otherwise = OW_STOP; return "what silence leads to";
    case 242: a.gates[1].again_every = D_DAY; return "what silence leads to";
    case 243: a.gates[1].again_most = 1; return "what silence leads to";
    case 244: a.gates[1].otherwise = OW_CONTINUE; a.gates[1].others_count = 0; return "a gate at L3 takes silence for a yes";
    case 245: a.gates[1].others_first = 0; a.gates[1].others_count = 6; return "rows share their roles";
    case 246: a.gates[1].shows_count = 2; return "rows share their evidence";
    case 247: gate->returns_count = 1; return "rows share their ways to return";
    case 248: gate->advice_count = 1; return "rows share their advice";
    case 249: a.returns[0].phase = 2; return "a gate returns to its own phase, or never";
    case 250: a.returns[0].most = 0; return "a gate returns to its own phase, or never";
    case 251: vary(A_WRITE, 1); a.varies[0].action = A_SEE; return "lets something vary that it may not";
    case 252: vary(A_WRITE, 1); a.varies[0].param = 2; return "lets something vary that it may not";
    case 253: vary(A_WRITE, 0); return "lets something vary that it may not";
    case 254: vary(A_WRITE, 1); a.gates[1].varies_count = 1; a.varies[0].action = A_ONE; return "lets something vary that it may not";
    case 255: vary(A_WRITE, 1); *ADD(&a, varies) = a.varies[0]; gate->varies_count = 2; a.gates[1].varies_first = 0;
        a.p.n_varies = 1; return "is out of its bounds";
    case 256: a.shows[0].check = 0; return "evidence is of two steps, or of another phase";
    case 257: a.shows[0].phase = 1; return "evidence is of two steps, or of another phase";
    case 258: a.shows[0].task = 0; return "evidence is of two steps, or of another phase";
    case 259: a.shows[1].await = 0; return "evidence is of two steps, or of another phase";
    case 260: a.shows[1].ask = 0; return "evidence is of two steps, or of another phase";
    case 261: waves(1, 1); a.waves[1].percent = 0; return "waves do not grow";
    case 262: waves(0, 5); return "waves do not grow";
    case 263: waves(1, 101); return "waves do not grow";
    case 264: waves(1, 5); a.actions[A_SEE].waves_count = 1; a.actions[A_EACH].waves_count = 0; return "and no list";
    case 265: a.actions[A_EACH].pause = D_HOUR; return "and no list";
    case 266: waves(1, 5); a.actions[A_EACH].waves_first = 1; a.actions[A_EACH].waves_count = 1;
        *ADD(&a, imports) = a.imports[I_FOREIGN]; a.p.n_imports--; a.actions[A_WRITE].is_each = 1;
        a.actions[A_WRITE].waves_count = 2; return "rows share their waves";
    case 267: a.actions[A_ONE].requires_count = 1; return "rows share their requirements";
    case 268: a.actions[A_ONE].during_count = 3; return "rows share their windows";
    case 269: a.actions[A_ONE].title_fn = m.require; return "an action's title is a section of another kind";
    case 270: a.actions[A_ONE].lock_fn = m.require; return "a lock is a section of another kind";
    case 271: a.checks[C_HELD].fn = PROG_NONE; return "does not say clearly how it is asked";
    case 272: a.checks[C_FINE].every = D_HOUR; return "does not say clearly how it is asked";
    case 273: a.checks[C_HELD].fn = m.when; return "a check is a section of another kind";
    case 274: a.checks[C_HELD].title_fn = m.when; return "a check's title is a section of another kind";
    case 275: a.tasks[0].quorum = 2; return "a task counts its people wrongly";
    case 276: a.tasks[0].who = WHO_NOBODY; a.tasks[0].quorum = a.tasks[0].by_count = 0; return "task 0 is nobody's";
    case 277: a.tasks[0].undo_because_fn = m.spell; return "does not say clearly how it is undone";
    case 278: a.tasks[0].undo_fn = m.require; return "a task's undo is a section of another kind";
    case 279: a.tasks[0].undo_fn = PROG_NONE; a.tasks[0].undo_because_fn = m.require; return "a task's reason is a section of another kind";
    case 280: a.tasks[0].steps_fn = m.require; return "a task's steps is a section of another kind";
    case 281: a.tasks[0].title_fn = m.require; return "a task's title is a section of another kind";
    case 282: a.tasks[0].shows_count = 1; a.tasks[0].shows_first = 0; a.gates[1].shows_count = 2; return "rows share their evidence";
    case 283: a.tasks[0].during_count = 1; people->during_count = 2; go->during_count = 1; return "rows share their windows";
    case 284: a.awaits[0].otherwise = OW_AGAIN; return "what happens without its event";
    case 285: a.awaits[0].where_fn = m.start_where; return "an event's `where` is a section of another kind";
    case 286: a.events[0].result = T_STATUS; return "an event's `where` is about something else";
    /* what is said outside of phases */
    case 287: a.secrets[0].name = 0; return "secret 0 has no name, or is nowhere";
    case 288: a.secrets[0].of = 0; return "secret 0 has no name, or is nowhere";
    case 289: *ADD(&a, alones) = a.alones[0]; return "says twice that it runs alone";
    case 290: a.starts[0].days = 1; return "says in two ways when it is, or in none";
    case 291: a.starts[0].calendar = 0; return "says in two ways when it is, or in none";
    case 292: a.starts[0].at_s = 1; return "says in two ways when it is, or in none";
    case 293: a.starts[1].days = 0; return "says in two ways when it is, or in none";
    case 294: a.starts[1].days = 128; return "says in two ways when it is, or in none";
    case 295: a.starts[1].at_s = 86400; return "says in two ways when it is, or in none";
    case 296: a.starts[1].where_fn = m.start_where; return "says in two ways when it is, or in none";
    case 297: a.starts[0].where_fn = m.match; return "a start's `where` is a section of another kind";
    case 298: a.starts[0].where_fn = m.start_value; return "a start's `where` gives no bool";
    case 299: a.sets[0].fn = m.timed_value; return "an input that a start sets is a section of another kind";
    case 300: a.sets[0].fn = m.start_where; return "an input that a start sets gives a value of another type";
    case 301: a.sets[1].fn = m.start_value; return "an input that a start sets is a section of another kind";
    case 302: a.starts[1].sets_count = 0; return "start 1 leaves an input open";
    case 303: a.starts[0].sets_count = 2; a.starts[1].sets_count = 0; a.sets[1].fn = m.start_value; return "start 0 sets an input twice";
    case 304: a.starts[0].sets_count = 2; return "start 0 sets an input twice";
    case 305: a.starts[1].sets_first = 0; a.starts[1].sets_count = 2; return "rows share their inputs that are set";
    case 306: a.policies[0].name = 0; return "policy 0 has no name";
    case 307: *ADD(&a, policies) = a.policies[0]; return "rows share their rules";
    case 308: a.rules[0].fn = m.require; return "a policy's rule is a section of another kind";
    case 309: a.rules[0].where_fn = m.rule_of[1]; return "a policy's rule is about something else";
    case 310: a.rules[0].where_fn = m.rule_words; return "a policy's rule gives no bool";
    case 311: a.rules[0].words_fn = m.rule; return "a policy's rule gives no text";
    case 312: a.rules[1].fn = m.rule_of[3]; return "a policy's rule is about something else";
    case 313: a.rules[3].fn = m.rule_of[2]; return "a policy's rule is about something else";
    /* their code */
    case 314: code[m.event] = ins_ax(OP_EVENT, 6, 1); return "no event may be read here";
    case 315: code[m.event] = ins_ax(OP_EVENT, 1, 0); return "register 1 holds record where record is wanted";
    case 316: code[m.gate_answer] = ins_ax(OP_ANSWER, 3, 9); return "no answer may be read here";
    case 317: code[m.gate_answer] = ins_ax(OP_ANSWER, 0, ASK_GATE); return "register 0 holds text where number is wanted";
    case 318: code[m.gate_answer] = ins_ax(OP_ANSWER, 4, ASK_TASK); return "it reads an answer of a task that comes later";
    case 319: code[m.secret] = ins_ax(OP_SECRET, 5, 1); return "there is no such secret";
    case 320: code[m.secret] = ins_ax(OP_SECRET, 0, 0); return "register 0 holds text where secret is wanted";
    case 321: code[a.funcs[m.rule_of[0]].code_first] = ins_ax(OP_ANSWER, 1, ASK_TASK); return "no answer may be read here";
    case 322: code[a.funcs[m.start_where].code_first] = ins_ax(OP_EVENT, 0, 0); return "no event may be read here";
    case 323: code[a.funcs[m.rule_of[0]].code_first] = ins_abc(OP_NOW, 1, 0, 0); return "a rule holds at any time";
    case 324: code[a.funcs[m.rule_of[0]].code_first] = ins_abc(OP_TODAY, 1, 0, 0); return "a rule holds at any time";
    case 325: code[m.await] = ins_ax(OP_AWAIT, 0, 1); return "it is not the next event of its phase";
    case 326: code[m.await] = ins_abc(OP_NOP, 0, 0, 0); return "it reads an event that is awaited later";
    case 327: code[m.task] = ins_ax(OP_TASK, 0, 1); return "it is not the next task of its phase";
    case 328: code[m.task] = ins_abc(OP_NOP, 0, 0, 0); return "it reads an answer of a task that comes later";
    case 329: code[m.poll] = ins_ax(OP_POLL, 0, C_FINE); return "it is not the next check of its phase";
    case 330: code[m.poll] = ins_ax(OP_CHECK, 4, C_HELD); return "a section of its own, or none";
    case 331: code[m.check] = ins_ax(OP_POLL, 0, C_FINE); return "a section of its own, or none";
    case 332: code[m.poll] = ins_abc(OP_NOP, 0, 0, 0); return "the section ends before all its steps have run";
    case 333: code[m.task] = code[m.task_answer] = ins_abc(OP_NOP, 0, 0, 0); return "the section ends before all its steps have run";
    case 334: code[m.await] = code[m.event] = ins_abc(OP_NOP, 0, 0, 0); return "the section ends before all its steps have run";
    case 335: swap(m.task, m.two_done); return "it stands inside of an action or a loop";
    case 336: swap(m.await, m.two_done); return "it stands inside of an action or a loop";
    case 337: swap(m.poll, m.two_done); return "it stands inside of an action or a loop";
    case 338: a.awaits[0].otherwise = OW_CONTINUE; return "people change something although an event may not have come";
    case 339: code[m.between] = ins_ax(OP_AWAIT, 0, 0); code[m.await] = ins_abc(OP_NOP, 0, 0, 0); return "actions that run together do not stand together";
    case 340: a.actions[A_ONE].together = 2; return "actions that run together do not stand together";
    case 341: code[m.between] = ins_ax(OP_RESULT, 1, A_ONE); return "it reads the result of an action that runs beside it";
    case 342: code[m.two_action + 1] = ins_ax(OP_RESULT, 1, A_ONE); return "it reads the result of an action that runs beside it";
    case 343: code[a.funcs[m.spell].code_first] = ins_ax(OP_TASK, 0, 0); return "it may stand in a phase's body only";
    case 344: a.funcs[m.rule].regs_count = 0; return "does not begin where the one before it ends";
    case 345: *ADD(&a, funcs) = (ProgFunc){.kind = FK_RULE, .code_first = a.p.n_code, .regs_first = a.p.n_regs,
            .consts_first = a.p.n_consts, .sites_first = a.p.n_sites, .result = TK_BOOL, .code_count = 1};
        code[a.p.n_code++] = ins_abc(OP_RET, 0, 0, 0); return "its first register is not what it is about";
    case 347: another_calendar(); a.calendars[1] = (ProgCalendar){.name = a.calendars[0].name, .zone = 1}; return "two of its rows are both a calendar `office`";
    case 346: a.funcs[m.match].result = TK_TEXT; return "it gives a value of another type than its kind";

    /* each half of a rule that has two */
    case 349: add_list(&a, TK_LIST, T_ITER_TEXT); return "is built from what has no values";
    case 350: a.fields[2].type = T_RECORDS; return "is built from a later one";
    case 351: a.consts[0] = (ProgConst){V_BOOL, 0, 1, 1}; return "is not a value of its kind";
    case 352: a.consts[0] = (ProgConst){V_TIME, 0, -1, 0}; return "is not a value of its kind";
    case 353: a.consts[0] = (ProgConst){V_LEVEL, 0, -1, 0}; return "is not a value of its kind";
    case 354: a.params[0].type = T_ITER_TEXT; return "takes an argument of no type";
    case 355: a.packs[0].hash = str(&a, "/123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"); return "pack 0 does not say which one it is";
    case 356: a.packs[0].hash = str(&a, "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"); return "pack 0 does not say which one it is";
    case 357: a.sites[3].action = A_WRITE; return "does not fit its action or its tool";
    case 358: a.funcs[m.value].result = PROG_NONE; return "an input's default gives a value of another type";
    case 359: a.awaits[0].where_fn = bare_section(FK_MATCH); return "an event's `where` is about something else";
    case 360: a.funcs[m.start_where].result = PROG_NONE; return "a start's `where` gives no bool";
    case 361: a.p.n_regs++; return "something belongs to no function";
    case 362: *ADD(&a, consts) = a.consts[0]; return "something belongs to no function";
    case 363: *ADD(&a, sites) = a.sites[0]; return "something belongs to no function";
    case 364: look->name = str(&a, long_name); return "a phase has no name, or a very long one";
    case 365: gate->who = WHO_NOBODY; gate->by_count = 0; gate->quorum = 1; return "a gate counts its people wrongly";
    case 366: gate->who = WHO_NOBODY; gate->quorum = 0; return "a gate counts its people wrongly";
    case 367: gate->by_count = gate->quorum = 1; return "a gate counts its people wrongly";
    case 368: gate->who = WHO_ANY; gate->by_count = gate->quorum = 1; return "a gate counts its people wrongly";
    case 369: gate->who = WHO_N; gate->by_count = 0; return "a gate counts its people wrongly";
    case 370: gate->who = WHO_N; gate->by_first = 0; gate->by_count = 6; return "rows share their roles";
    case 371: gate->others_count = 1; return "what silence leads to";
    case 372: gate->otherwise = OW_ASK; gate->others_count = 6; return "rows share their roles";
    case 373: a.tasks[0].who = WHO_N; a.tasks[0].by_first = 0; a.tasks[0].by_count = 3; return "rows share their roles";
    case 374: a.tells[0].to_count = 3; return "rows share their roles";
    case 375: look->requires_count = 0; a.actions[A_ONE].requires_count = a.actions[A_TWO].requires_count = 1; return "rows share their requirements";
    case 376: a.inputs[1].low_fn = m.require; return "an input's range is a section of another kind";
    case 377: a.inputs[1].high_fn = m.require; return "an input's range is a section of another kind";
    case 378: a.inputs[0].high_fn = m.value; return "has a range that its type has not";
    case 379: a.inputs[0].type = TK_NOTHING; return "has no type";
    case 380: vary(A_WRITE, 1); gate->varies_count = 1; a.gates[1].varies_count = 0; *ADD(&a, varies) = a.varies[0];
        a.gates[0].varies_count = 2; a.varies[1].param = 2; return "lets something vary that it may not";
    case 381: a.rules[0].fn = bare_section(FK_RULE); return "a policy's rule is about something else";
    case 382: a.rules[0].fn = about(&a, FK_RULE, "r", T_EVENT, 1, TK_BOOL); return "a policy's rule is about something else";
    case 383: a.rules[0].fn = other_subject(0, TK_TEXT); return "a policy's rule is about something else";
    case 384: a.rules[0].fn = other_subject(3, TK_TEXT); return "a policy's rule is about something else";
    case 385: a.rules[0].fn = other_subject(12, TK_TEXT); return "a policy's rule is about something else";
    case 386: a.rules[0].fn = other_subject(12, T_NUMBERS); return "a policy's rule is about something else";
    case 387: a.rules[0].fn = other_subject(4, TK_TEXT); return "a policy's rule is about something else";
    case 388: a.rules[1].fn = phase_subject(TK_TEXT); return "a policy's rule is about something else";
    case 389: a.rules[1].fn = phase_subject(T_EVENT); return "a policy's rule is about something else";
    case 390: a.rules[0].fn = subject_more(); return "a policy's rule is about something else";
    case 391: people->on_failure = OF_STOP; people->failure_start = 0; return "does not say clearly what a failure does";
    case 392: people->estimate_high = PROG_NONE; return "estimates or limits half of something";
    case 393: a.actions[A_ONE].at_most = LIM_LIST_ITEMS + 1; return "has a number that it may not have";
    case 394: a.tasks[0].steps_fn = PROG_NONE; a.tasks[0].undo_fn = m.require; return "a task's undo is a section of another kind";
    case 395: a.actions[A_EACH].waves_count = 1; *ADD(&a, waves) = (ProgWave){0, 0}; return "waves do not grow";

    /* one section: loops, jumps, operands */
    case 396: EXTRA(ins_ax(OP_NEXT, 3, 1), NOP, NOP); return "it does not begin a loop of the one shape";
    case 397: EXTRA(ITER, ins_ax(OP_NEXT, 3, 0), NOP); return "it does not begin a loop of the one shape";
    case 398: EXTRA(ITER, ins_ax(OP_NEXT, 3, 50), NOP); return "it does not begin a loop of the one shape";
    case 399: EXTRA(ITER, ins_ax(OP_NEXT, 8, 2), NOP, JMP(-3), NOP); return "it does not begin a loop of the one shape";
    case 400: EXTRA(ITER, ins_ax(OP_NEXT, 3, 2), NOP, JMP(-4), NOP); return "it does not begin a loop of the one shape";
    case 401: EXTRA(ITER, ins_ax(OP_NEXT, 3, 4), ITER8, ins_ax(OP_NEXT, 8, 4), NOP, JMP(-5), NOP, JMP(-5), NOP); return "loops overlap";
    case 402: EXTRA(JMP(-5), NOP); return "it jumps out of its section";
    case 403: EXTRA(ITER, ins_ax(OP_NEXT, 3, 4), NOP, JMP(-3), NOP, JMP(-5), NOP); return "it jumps back, and is not the end of a loop";
    case 404: EXTRA(ITER, ins_ax(OP_NEXT, 3, 4), NOP, ins_ax(OP_JF, 1, 0xfffd), NOP, JMP(-5), NOP); return "it jumps back, and is not the end of a loop";
    case 405: EXTRA(JMP(-1), NOP); return "it jumps back, and is not the end of a loop";
    case 406: EXTRA(ins_abc(OP_IN, 1, 5, 2)); return "number and list do not fit it";
    case 407: EXTRA(ins_abc(OP_WITHOUT, 2, 2, 5)); return "list and number do not fit it";
    case 408: EXTRA(ins_abc(OP_FN, 10, 10, FN_default)); return "register 11 holds one of where email is wanted";
    case 409: EXTRA(ins_abc(OP_TEXT, 11, 0, 1)); return "register 11 holds one of where text is wanted";
    case 410: EXTRA(ins_abc(OP_RECORD, 0, 0, 1)); return "register 0 holds text where record of so many members is wanted";
    case 411: EXTRA(ins_ax(OP_LOADK, 12, 0)); return "register 12 holds secret where a constant of another kind is wanted";
    case 412: extra_call(FK_REQUIRE, 14, SITE_READ); return "it names a register that its section has not";
    case 413: extra_call(FK_VALUE, 6, SITE_READ); return "a section of this kind may not call this tool";
    case 414: extra_call(FK_REQUIRE, 6, SITE_RUN); return "a section of this kind may not call this tool";
    case 415: EXTRA(ins_abc(OP_ITER, 14, 2, 0), ins_ax(OP_NEXT, 14, 2), NOP, JMP(-3), NOP); return "it names a register that its section has not";
    case 416: EXTRA(ins_abc(OP_ITER, 2, 2, 0), ins_ax(OP_NEXT, 2, 2), NOP, JMP(-3), NOP); return "register 2 holds list where iter is wanted";
    case 417: EXTRA(ins_abc(OP_ITER, 3, 0, 0), ins_ax(OP_NEXT, 3, 2), NOP, JMP(-3), NOP); return "register 0 holds text where the list of its loop is wanted";
    case 418: EXTRA(ins_ax(OP_LOADK, 99, 0)); return "it names a register that its section has not";
    case 419: EXTRA(ins_abc(OP_MOVE, 0, 99, 0)); return "it names a register that its section has not";
    case 420: EXTRA(ins_abc(OP_ADD, 99, 5, 5)); return "it names a register that its section has not";
    case 421: EXTRA(ins_abc(OP_ADD, 5, 99, 5)); return "it names a register that its section has not";
    case 422: EXTRA(ins_abc(OP_ADD, 5, 5, 99)); return "it names a register that its section has not";
    case 423: EXTRA(ins_abc(OP_MEMBER, 0, 0, 0)); return "register 0 holds text where a record with such a member is wanted";
    case 424: EXTRA(ins_abc(OP_INDEX, 0, 0, 5)); return "register 0 holds text where list is wanted";
    case 425: EXTRA(ins_abc(OP_INDEX, 1, 2, 5)); return "register 1 holds bool where text is wanted";
    case 426: EXTRA(ins_abc(OP_APPEND, 2, 0, 0)); return "register 0 holds text where list is wanted";
    case 427: EXTRA(ins_abc(OP_APPEND, 7, 2, 0)); return "register 7 holds list where its list is wanted";
    case 428: EXTRA(ins_abc(OP_RET, 3, 0, 0)); return "this section gives no value";
    case 429: EXTRA(ins_ax(OP_TELL, 0, 0)); return "it may stand in a phase's body only";
    case 430: EXTRA(NOP); a.funcs[a.p.n_funcs - 1].result = T_ITER_TEXT; return "it gives a value of another type than its kind";
    case 431: EXTRA(NOP); a.funcs[a.p.n_funcs - 1].kind = FK_RULE; return "its first register is not what it is about";
    case 432: *ADD(&a, funcs) = (ProgFunc){.kind = FK_VALUE, .code_first = a.p.n_code, .regs_first = a.p.n_regs,
            .consts_first = a.p.n_consts, .sites_first = a.p.n_sites, .result = TK_BOOL};
        return "it has no code, or more of something than one section may have";
    case 433: open_func(&a, FK_BODY, "b", PROG_NONE); op3(&a, OP_END, 0, 0, 0); close_func(&a); return "no phase has this body";
    /* steps */
    case 434: code[m.see_when - 1] = ins_ax(OP_ACTION, 0, A_SEE); return "it stands inside of an action or a loop";
    case 435: code[m.tell] = ins_ax(OP_ACTION, 0, A_EACH); return "it is not the next action of its phase";
    case 436: code[m.tell] = ins_ax(OP_CHECK, 0, C_HELD); return "it is not the next check of its phase";
    case 437: code[m.task_answer] = ins_ax(OP_TASK, 0, 1); return "it is not the next task of its phase";
    case 438: code[m.event] = ins_ax(OP_AWAIT, 0, 1); return "it is not the next event of its phase";
    case 439: code[m.see_call - 1] = ins_ax(OP_TELL, 2, 0); return "it stands inside of an action or a loop";
    case 440: code[m.check] = ins_ax(OP_TELL, 2, 0); return "it is not the next message of its phase";
    case 441: code[m.between] = ins_ax(OP_DONE, 0, A_TWO); return "no action that was called ends here";
    case 442: code[m.undo - 1] = ins_ax(OP_DONE, 0, A_EACH); return "no action that was called ends here";
    case 443: code[m.see_call - 1] = ins_ax(OP_WHEN, 0, 2); return "it does not stand at the start of an action";
    case 444: code[m.see_done] = ins_ax(OP_WHEN, 0, 2); code[m.see_when] = NOP; return "it does not stand at the start of an action";
    case 445: code[m.undo - 1] = ins_ax(OP_WHEN, 13, 2); return "it does not stand at the start of an action";
    case 446: code[m.each] = ins_ax(OP_WHEN, 13, 2); return "it does not stand at the start of an action";
    case 447: code[m.see_when] = ins_ax(OP_WHEN, 0, 0xffff); return "it does not stand at the start of an action";
    case 448: code[m.see_when] = ins_ax(OP_WHEN, 0, 200); return "it does not stand at the start of an action";
    case 449: code[m.between] = ins_ax(OP_EACH, 0, A_TWO); return "it is not the one element of its action";
    case 450: code[m.each + 1] = ins_ax(OP_EACH, 2, A_EACH); return "it is not the one element of its action";
    case 451: code[m.see_done] = ins_ax(OP_EACH, 2, A_SEE); return "it is not the one element of its action";
    case 452: code[m.see_call - 1] = ins_ax(OP_EACH, 2, A_SEE); return "it is not the one element of its action";
    case 453: code[m.each] = NOP; code[m.each + 1] = ins_ax(OP_EACH, 2, A_EACH); return "no element of a list was taken in front of it";
    case 454: code[m.between] = ins_ax(OP_CALL, 1, 0); return "it is not the one call of its action";
    case 455: code[m.two_action + 1] = ins_ax(OP_CALL, 1, 0); return "it is not the one call of its action";
    case 456:
        a.awaits[0].otherwise = OW_CONTINUE; a.actions[A_ONE].together = a.actions[A_TWO].together = 0;
        code[m.between] = ins_ax(OP_AWAIT, 0, 0); code[m.await] = NOP; a.imports[I_FOREIGN].effect = EFF_CHANGES;
        a.gates[1].level = 2; a.actions[A_TWO].level = 1; a.actions[A_TWO].undo_kind = AU_NONE;
        return "it changes something although an event may not have come";
    case 457:
        a.actions[A_EACH].undo_kind = AU_NONE; a.actions[A_EACH].undo_import = PROG_NONE; a.sites[1].role = SITE_RUN;
        code[m.undo] = code[m.each_call] = NOP; code[m.each_done] = ins_ax(OP_CALL, 3, 1);
        return "it does not stand where its `each` is";
    case 458: code[m.iter - 2] = ins_ax(OP_UNDO, 5, 0); return "it stands outside of its action";
    case 459: code[m.write_undo] = ins_ax(OP_UNDO, 5, 0); return "it stands outside of its action";
    case 460: code[m.image - 1] = ins_ax(OP_UNDO, 11, 3); return "the call that it takes back does not follow";
    case 461: code[m.wipe_call + 1] = NOP; return "the section ends before all its steps have run";
    case 462: go->failure_tell_count = look->failure_tell_count = 6; return "rows share their roles";
    case 463: gate->shows_count = 2; return "rows share their evidence";
    case 469: go->failure_tell_count = 5; return "rows share their roles";
    case 464: a.rules[0].where_fn = m.question; return "a policy's rule is a section of another kind";
    case 465: a.rules[0].fn = gives_true(subject_type(&a, SUBJECT_TASK)); return "a policy's rule is about something else";
    case 466: code[m.see_when - 1] = ins_ax(OP_EACH, 0, A_SEE); return "it is not the one element of its action";
    case 467: code[m.see_action] = ins_ax(OP_EACH, 0, A_SEE); return "it is not the one element of its action";
    case 468: code[m.see_action] = ins_ax(OP_CALL, 1, 0); return "it is not the one call of its action";

    case 470: people->checks_count = 0; return "belongs to no phase";
    case 471: a.rules[0].fn = gives_true(TK_TEXT); return "a policy's rule is about something else";
    case 472: a.rules[0].fn = gives_true(subject_type(&a, SUBJECT_ACTION)); a.types[a.p.n_types - 1].fields_count--;
        return "a policy's rule is about something else";
    case 473: EXTRA(ins_abc(OP_FN, 11, 10, FN_default)); return "register 10 holds email where one of is wanted";
    case 474: /* its last action does not run */
        code[m.two_action] = code[m.two_action + 1] = code[m.two_done] = code[m.two_done + 1] = NOP;
        return "the section ends before all its steps have run";
    default: return NULL;
    }
}

static void refuses(void **state)
{
    (void)state;
    int n = 0, wrong = 0;
    for (const char *want; (want = breach(n)) != NULL; n++) {
        Buf why = {0}, bytes = {0};
        Program *p = NULL;
        assert_int_equal(prog_write(&a.p, &bytes), GATE_OK);
        GateStatus s = prog_read(buf_view(&bytes), &p, &why);
        if (s == GATE_OK)
            s = prog_verify(p, &why);
        if (s != GATE_E_FORMAT || strstr(buf_z(&why), want) == NULL) {
            print_message("breach %d: wanted `%s`, got `%s`\n", n, want,
                          s == GATE_OK ? "accepted" : buf_z(&why));
            wrong++;
        }
        buf_free(&why);
        buf_free(&bytes);
        prog_free(p);
    }
    assert_int_equal(wrong, 0);
    assert_true(n > 460);
}

/* The third phase without its task: it awaits twice, and looks in between. */
static bool lone_awaits(const Marks *m)
{
    *ADD(&a, awaits) = (ProgAwait){2, str(&a, "more"), 0, PROG_NONE, PROG_NONE, OW_STOP, 0};
    a.phases[2].awaits_count = 2;
    a.phases[2].tasks_count = a.p.n_tasks = a.tasks[0].asks_count = 0;
    a.gates[1].asks_count = 1;
    a.p.n_asks = 1;
    a.actions[A_ONE].together = a.actions[A_TWO].together = 0;
    a.code[m->between] = ins_ax(OP_AWAIT, 0, 0);
    a.code[m->await] = ins_ax(OP_AWAIT, 0, 1);
    a.code[m->task] = a.code[m->task_answer] = NOP;
    return true;
}

/* What may be left out, and what may stand in another way. */
static bool variation(int n)
{
    Marks m = everything(&a);
    switch (n) {
    case 0: a.packs[0].hash = 0; return true;
    case 1: a.awaits[0].where_fn = PROG_NONE; return true;
    case 2: a.starts[0].where_fn = PROG_NONE; return true;
    case 3: a.milestones[1].due = PROG_NONE; return true;
    case 4: vary(A_WRITE, 1); return true;
    case 5: waves(1, 100); a.actions[A_EACH].pause = D_HOUR; return true;
    case 6: a.gates[0].who = WHO_N; a.gates[0].quorum = 2; return true;
    case 7: a.gates[1].who = WHO_N; return true;
    case 8: a.gates[0].otherwise = OW_AGAIN; a.gates[0].again_every = D_DAY; a.gates[0].again_most = 3; return true;
    case 9: a.tasks[0].undo_fn = PROG_NONE; a.tasks[0].undo_because_fn = m.spell; return true;
    case 10: a.opens[0].from_s = 79200; a.opens[0].to_s = 21600; return true; /* a night */
    case 11: a.phases[2].failure_start = 0; a.phases[2].on_failure = OF_START; return true;
    case 12: a.shows[0] = (ProgShow){0, 2, PROG_NONE, PROG_NONE, 0, PROG_NONE, PROG_NONE}; return true;
    case 13: a.shows[0] = (ProgShow){0, 2, PROG_NONE, PROG_NONE, PROG_NONE, 0, PROG_NONE}; return true;
    case 14: a.shows[0] = (ProgShow){0, 2, PROG_NONE, PROG_NONE, PROG_NONE, PROG_NONE, ASK_TASK}; return true;
    case 15: a.shows[0] = (ProgShow){0, 2, PROG_NONE, C_HELD, PROG_NONE, PROG_NONE, PROG_NONE}; return true;
    case 16: a.checks[C_HELD].hold_for = PROG_NONE; return true;
    case 17: a.checks[C_HELD].hold_for = a.checks[C_HELD].within = PROG_NONE; return true;
    case 18: a.gates[1].who = WHO_ANY; a.gates[1].by_first = 0; a.gates[1].by_count = 2; a.gates[1].quorum = 1;
        a.tells[0].to_count = 0; return true;
    case 19: a.gates[1].level = 0; return true;
    case 20: a.gates[1].level = 0; a.gates[1].who = WHO_NOBODY; a.gates[1].by_count = a.gates[1].quorum = 0; return true;
    case 21: EXTRA(ins_abc(OP_IN, 1, 10, 2), ins_abc(OP_WITHOUT, 2, 2, 10)); return true;
    case 22: EXTRA(ins_abc(OP_WITHOUT, 2, 2, 13), ins_abc(OP_WITHOUT, 2, 2, 0)); return true;
    case 23: EXTRA(ITER, ins_ax(OP_NEXT, 3, 4), ITER8, ins_ax(OP_NEXT, 8, 1), JMP(-2), JMP(-5)); return true;
    case 24: a.code[m.between] = ins_ax(OP_RESULT, 1, A_SEE); return true;
    case 25: a.actions[A_TWO].together = 2; a.code[m.between] = ins_ax(OP_RESULT, 1, A_ONE); return true;
    case 26: a.code[m.each + 1] = ins_ax(OP_ANSWER, 13, ASK_TASK); a.code[m.each + 2] = ins_ax(OP_EVENT, 14, 0); return true;
    case 27: EXTRA(ins_ax(OP_JF, 1, 1), NOP, ins_abc(OP_FN, 0, 10, FN_lower)); return true;
    case 28: /* only looks where an event may not have come, and waits for two */
        a.awaits[0].otherwise = OW_CONTINUE;
        return lone_awaits(&m);
    default: return false;
    }
}

static void accepts_variations(void **state)
{
    (void)state;
    int n = 0;
    for (; variation(n); n++)
        prog_free(verified(&a));
    assert_int_equal(n, 29);
}

/* Sentences name the function, the instruction and its opcode. */
static void names_the_place(void **state)
{
    (void)state;
    Marks m = everything(&a);
    Buf why = {0};
    a.code[m.see_call - 1] = ins_abc(OP_MOVE, 2, 0, 0);
    Program *p = loaded(&a);
    prog_verify(p, &why);
    assert_string_equal(buf_z(&why), "function 0 `look.body`, instruction 3 (MOVE): register 0 holds "
                                     "bool where text is wanted");
    buf_free(&why);
    prog_free(p);
}

static void nested_types(uint32_t depth, bool fits)
{
    start(&a);
    uint32_t type = TK_NUMBER;
    for (uint32_t i = 0; i < depth; i++) {
        assert_true(a.p.n_types < ROWS);
        add_list(&a, TK_LIST, type);
        type = a.p.n_types - 1;
    }
    Program *p = loaded(&a);
    assert_int_equal(prog_verify(p, NULL) == GATE_OK, fits);
    prog_free(p);
}

/* More rows than the fixed table of the helper hold: written as bytes. */
static void depth_of_types(void **state)
{
    (void)state;
    nested_types(30, true);
    enum { MOST = LIM_NESTING + 2 };
    static ProgType types[MOST + 1];
    static Str strings[1] = {{"", 0}};
    for (uint32_t n = LIM_NESTING; n <= MOST; n++) {
        Program p = {.types = types, .n_types = n + 1, .strings = strings, .n_strings = 1};
        types[0] = (ProgType){TK_NUMBER, PROG_NONE, 0, 0};
        for (uint32_t i = 1; i <= n; i++)
            types[i] = (ProgType){TK_LIST, i - 1, 0, 0};
        assert_int_equal(prog_verify(&p, NULL) == GATE_OK, n <= LIM_NESTING + 1);
    }
}

static void frame_edges(void **state)
{
    (void)state;
    for (uint32_t n = LIM_REGISTERS - 1; n <= LIM_REGISTERS + 1; n++) {
        start(&a);
        open_func(&a, FK_VALUE, "v", TK_NUMBER);
        for (uint32_t i = 0; i < n; i++)
            reg(&a, TK_NUMBER);
        load(&a, 0, val_int(1));
        op3(&a, OP_RET, 0, 0, 0);
        close_func(&a);
        Program *p = loaded(&a);
        assert_int_equal(prog_verify(p, NULL) == GATE_OK, n <= LIM_REGISTERS);
        prog_free(p);
    }
    static uint32_t code[LIM_FUNCTION_CODE + 1];
    for (uint32_t n = LIM_FUNCTION_CODE - 1; n <= LIM_FUNCTION_CODE + 1; n++) {
        start(&a);
        one_value(&a, FK_VALUE, "v", TK_NUMBER, val_int(1));
        memset(code, 0, sizeof code);
        code[n - 1] = ins_abc(OP_RET, 0, 0, 0);
        a.p.code = code;
        a.p.n_code = a.funcs[0].code_count = n;
        assert_int_equal(prog_verify(&a.p, NULL) == GATE_OK, n <= LIM_FUNCTION_CODE);
        a.funcs[0].kind = FK_BODY; /* no body of a phase, whatever its length */
        a.funcs[0].result = PROG_NONE;
        assert_int_equal(prog_verify(&a.p, NULL), GATE_E_FORMAT);
    }
}

/* An unknown that each round of a loop moves on: a few are followed to where
 * they come to rest, many are not. */
static void moved_on(void **state)
{
    (void)state;
    for (go_chain = 1; go_chain <= 8; go_chain++) {
        Buf why = {0};
        everything(&a);
        Program *p = loaded(&a);
        GateStatus st = prog_verify(p, &why);
        assert_int_equal(st == GATE_OK, go_chain <= 2);
        assert_int_equal(strstr(buf_z(&why), "its loops move values on in a way") != NULL, go_chain > 2);
        prog_free(p);
        buf_free(&why);
    }
    go_chain = 0;
}

/* Registers side by side: a tool's arguments and its result must fit. */
static void arguments_edge(void **state)
{
    (void)state;
    static ProgParam params[LIM_REGISTERS + 1];
    static ProgType types[] = {{TK_TEXT, PROG_NONE, 0, 0}, {TK_RECORD, PROG_NONE, 0, 0}};
    static Str strings[] = {{"", 0}, {"p", 1}};
    for (uint32_t n = LIM_REGISTERS - 1; n <= LIM_REGISTERS + 1; n++) {
        ProgImport import = {.pack = 1, .tool = 1, .from = PROG_NONE, .params_count = n, .result = 1};
        Program p = {.types = types, .n_types = 2, .strings = strings, .n_strings = 2, .params = params,
                     .n_params = n, .imports = &import, .n_imports = 1};
        assert_int_equal(prog_verify(&p, NULL) == GATE_OK, n < LIM_REGISTERS);
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    everything(&a);
    Program *p = loaded(&a);
    int failures = 0;
    for (uint64_t n = 1; n < 100; n++) {
        mem_fail_at(n, false);
        GateStatus s = prog_verify(p, NULL);
        mem_fail_at(0, false);
        if (s == GATE_OK)
            break;
        assert_int_equal(s, GATE_E_MEMORY);
        failures++;
    }
    assert_true(failures > 3);
    prog_free(p);
}

static void levels(void **state)
{
    (void)state;
    static const struct { Effect e; bool exact; Reach r; bool many; int level; uint32_t people; } rows[] = {
        {EFF_READS, false, REACH_TENANT, true, 0, 0}, {EFF_TELLS, false, REACH_TENANT, true, 0, 0},
        {EFF_CHANGES, true, REACH_ONE, false, 0, 0},  {EFF_CHANGES, true, REACH_ONE, true, 1, 0},
        {EFF_CHANGES, true, REACH_MANY, false, 1, 0}, {EFF_CHANGES, true, REACH_TENANT, false, 2, 1},
        {EFF_CHANGES, false, REACH_ONE, false, 1, 0}, {EFF_CHANGES, false, REACH_ONE, true, 2, 1},
        {EFF_CHANGES, false, REACH_TENANT, true, 2, 1}, {EFF_DESTROYS, false, REACH_ONE, false, 2, 1},
        {EFF_DESTROYS, true, REACH_ONE, true, 2, 2},  {EFF_DESTROYS, false, REACH_TENANT, false, 2, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t people;
        assert_int_equal(effect_level(rows[i].e, rows[i].exact, rows[i].r, rows[i].many, &people), rows[i].level);
        assert_int_equal(people, rows[i].people);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts), cmocka_unit_test(accepts_variations), cmocka_unit_test(refuses),
        cmocka_unit_test(arguments_edge), cmocka_unit_test(moved_on), cmocka_unit_test(names_the_place),
        cmocka_unit_test(depth_of_types), cmocka_unit_test(frame_edges),
        cmocka_unit_test(out_of_memory), cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests_name("core verify", tests, NULL, NULL);
}
