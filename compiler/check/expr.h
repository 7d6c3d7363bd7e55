/* Private to the files that give expressions their types (expr*.c). */
#ifndef GATE_COMPILER_CHECK_EXPR_H
#define GATE_COMPILER_CHECK_EXPR_H

#include "compiler/check/check.h"

static const Typed typed_poison = {SEM_POISON, false, {0}};

static inline Typed typed_of(SemType t)
{
    return (Typed){t, false, {0}};
}

static inline Typed typed_value(SemType t, Value v)
{
    return (Typed){t, true, v};
}

static inline void expr_set_ref(Place *p, SynRef r, SemRefKind kind, uint32_t index)
{
    p->file->sem.refs[r] = (SemRef){.kind = kind & 31, .index = index & 0x7ffffff};
}

/* One a form; where several would do, want says which is wanted (poison: none). */
Typed expr_name_value(Checker *c, Place *p, SynRef r);     /* expr_name.c */
Typed expr_member_value(Checker *c, Place *p, SynRef r);
Typed expr_call_value(Checker *c, Place *p, SynRef r);     /* expr_call.c */
Typed expr_binary_value(Checker *c, Place *p, SynRef r);   /* expr_operator.c */
Typed expr_negative(Checker *c, Place *p, SynRef r);
Typed expr_text_value(Checker *c, Place *p, SynRef r, SemType want); /* expr_form.c */
Typed expr_interpolated(Checker *c, Place *p, SynRef r, SemType want);
Typed expr_list_value(Checker *c, Place *p, SynRef r, SemType want);
Typed expr_record_value(Checker *c, Place *p, SynRef r, SemType want);
Typed expr_quantified(Checker *c, Place *p, SynRef r);
Typed expr_choice(Checker *c, Place *p, SynRef r, SemType want);
Typed expr_indexed(Checker *c, Place *p, SynRef r);

/* what: OF_*. Where it may not be read here, that is reported. */
bool expr_may_read(Checker *c, Place *p, SynRef r, uint8_t what);
/* How other languages call the number of a list's items. */
bool expr_means_count(Str name);
/* Of another type than is wanted: reported, and poison from then on. */
Typed expr_unexpected(Checker *c, Place *p, SynRef r, Typed t, SemType want, const char *what);

#endif
