/* The version of both programs: said in one place. */
#ifndef GATE_OS_VERSION_H
#define GATE_OS_VERSION_H

#define GATE_VERSION "0.1.0"

#endif
