/* What a program may hold and this version of the engine cannot do. */
#ifndef GATE_ENGINE_LATER_H
#define GATE_ENGINE_LATER_H

#include "vm/core/program.h"

/* Whether this version can do all that the program says. false: why names each
 * clause that it cannot, its place and what can be written instead, a line each
 * (G0022). Asked before anything of a program runs, be it a plan or a host's
 * file; only references of the program are trusted, so it may come from
 * prog_read alone. */
bool eng_can_run(const Program *p, Buf *why);

#endif
