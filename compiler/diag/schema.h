/* diagnostics.schema.json, embedded at build time. */
#ifndef GATE_COMPILER_DIAG_SCHEMA_H
#define GATE_COMPILER_DIAG_SCHEMA_H

extern const char diag_schema[]; /* JSON Schema 2020-12 of diag_print_json's output */

#endif
