/* Which check of the verifier is compiled out: for the copies that checks.py writes. */
#ifndef GATE_TESTS_OFF_H
#define GATE_TESTS_OFF_H

#include <stdbool.h>

/* n: a row of build/gen/checks/list. The one that CHECK_OFF in the environment names. */
bool check_off(unsigned n);

#endif
