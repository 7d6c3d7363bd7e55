/* Whose word an effect is (design section 5): what a program says of its tools
 * is held against the packs of this gate, on every load, and the stricter
 * counts. Nothing else compares the two: a program is bytes from anywhere. */
#ifndef GATE_SERVER_PACKS_H
#define GATE_SERVER_PACKS_H

#include "vm/core/program.h"

/* The tools of the embedded packs; made once per process, from their source. */
typedef struct Packs Packs;
Packs *packs_new(void); /* NULL: out of memory */
void packs_free(Packs *packs);

/* Proves the program and makes its imports as strict as the packs are: the
 * greater effect and reach, the lesser undo, only those TF_* that both say. Its
 * hash stays that of its bytes. Then proves it again, so that a gate which is
 * too weak for what the tools really do is refused, with the cause.
 *   A tool whose arguments or result are others here is refused.
 *   A tool that is not there destroys, not repeatably; nothing can run it, so
 * with to_start it is refused (a run that waits can be shown and ended).
 * GATE_E_FORMAT with why; GATE_E_MEMORY. */
GateStatus packs_prove(const Packs *packs, Program *p, bool to_start, Buf *why);

#endif
