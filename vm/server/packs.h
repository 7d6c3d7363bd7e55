/* Whose word an effect is (design section 5): what a program says of its tools
 * is held against the packs of this gate, on every load, and the stricter
 * counts. Nothing else compares the two: a program is bytes from anywhere. */
#ifndef GATE_SERVER_PACKS_H
#define GATE_SERVER_PACKS_H

#include "vm/engine/policy.h"

struct Sem;

/* The host's files, outermost first, as compiler/sem.h has them; NULL: not there.
 * The first POLICY_HOST_FILES are the host's. A host lists a pack by using it in
 * the outermost of them, with a gate.lock beside it that pins its bytes; another
 * file that uses the pack must mean the same bytes. */
typedef struct PackLists {
    const struct Sem *const *files; size_t n;
} PackLists;

/* The tools of the embedded packs; made once per process, from their source. */
typedef struct Packs Packs;
Packs *packs_new(void); /* NULL: out of memory */
void packs_free(Packs *packs);

/* Whether the host lists every pack of the program, byte for byte. false: why has a
 * line a pack, with both digests and the way out. A connector of the plan's own
 * file is in no pack. */
bool packs_listed(const PackLists *lists, const Program *p, Buf *why);
/* Whether the policy grants what the tools of listed packs need whatever they are
 * asked. false: why has a line a tool. */
bool packs_granted(const PackLists *lists, const Policy *policy, const Program *p, Buf *why);

/* Proves the program and makes its imports as strict as the packs are, those that
 * gate is made of and those that the host lists: the greater effect and reach, the lesser undo, only those TF_* that both say. Its
 * hash stays that of its bytes. Then proves it again, so that a gate which is
 * too weak for what the tools really do is refused, with the cause.
 *   A tool whose arguments or result are others here is refused.
 *   A tool that is not there, or of a pack that is not listed, destroys, not
 * repeatably; nothing can run it, so with to_start it is refused (a run that waits
 * can be shown and ended).
 * GATE_E_FORMAT with why; GATE_E_MEMORY. */
GateStatus packs_prove(const Packs *packs, const PackLists *lists, Program *p, bool to_start,
                       Buf *why);

#endif
