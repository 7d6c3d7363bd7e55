/* gate.lock: which bytes a plan was written and reviewed with. A text file
 * beside the plan, written by `gatec lock`, read by every check:
 *
 *   gate.lock 1
 *   file shared/roles.gate sha256:4f0c...
 *   pack msgraph 1.2 sha256:91ab...
 *
 * One line a pack or file that is used, also by way of others; a file that
 * belongs to a pack is called PACK:PATH. Sorted by bytes. */
#ifndef GATE_COMPILER_LOCK_H
#define GATE_COMPILER_LOCK_H

#include "compiler/sem.h"

#define LOCK_NAME "gate.lock"
#define LOCK_HEAD "gate.lock 1"

/* A line, without its end. false: it is none. Texts are the line's own. */
bool lock_read(Str line, SemUse *out);
void lock_write(const SemUse *use, Buf *out); /* with its end */

#endif
