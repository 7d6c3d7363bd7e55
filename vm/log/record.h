/* One record in memory: what the engine appends and what it reads back. Pure
 * data; the store adds log, seq, ts, rseq, salts and the leaf hash. */
#ifndef GATE_LOG_RECORD_H
#define GATE_LOG_RECORD_H

#include "vm/os/hash.h"
#include "vm/os/limits.h"
#include "vm/os/mem.h"
#include "vm/os/os.h"

typedef enum RecKind {
#define KIND(id, name, what) REC_##id,
#include "vm/log/records.def"
#undef KIND
    REC_KIND_COUNT
} RecKind;

typedef enum RecField {
#define FIELD(id, key, type, what) RF_##id,
#include "vm/log/records.def"
#undef FIELD
    RF_FIELDS
} RecField;

typedef struct RecPart {
    const char *name;  /* [a-z][a-z0-9_]*; sorted by the store */
    const char *media; /* application/json, text/plain, ... */
    Str bytes;         /* borrowed until the append returns */
} RecPart;

/* A field that is not set is absent from the envelope. Texts are borrowed. */
typedef struct RecValue {
    bool set;
    int64_t i; /* INT, 0 .. 2^53-1 */
    Str s;     /* TEXT */
} RecValue;

enum { REC_REFS = 16 };

typedef struct Record {
    RecKind kind;
    const char *actor_t;           /* human svc ai timer ext */
    char actor_id[OS_UUID_SIZE];   /* pseudonym */
    char run[OS_UUID_SIZE];        /* "" for records of the log itself */
    RecValue f[RF_FIELDS];
    RecPart parts[LIM_PARTS];
    uint32_t n_parts;
    uint64_t ref[REC_REFS];        /* earlier seqs that caused this one */
    uint32_t n_refs;
    /* set by the store on append and on reading */
    uint64_t seq, rseq;
    int64_t ts_ms;
} Record;

/* Whole numbers of an envelope: what every JSON reader keeps exactly. */
#define REC_INT_MAX INT64_C(9007199254740991)
enum { REC_SALT = 32 };

const char *rec_kind_name(RecKind k);
bool rec_kind_find(Str name, RecKind *out);
const char *rec_field_key(RecField f);
bool rec_field_is_int(RecField f);
void rec_set_int(Record *r, RecField f, int64_t i);
void rec_set_text(Record *r, RecField f, Str s);
int64_t rec_int(const Record *r, RecField f, int64_t fallback);
Str rec_text(const Record *r, RecField f);
void rec_add_part(Record *r, const char *name, const char *media, Str bytes);
/* {NULL,0} when there is none (or it was erased). */
Str rec_part(const Record *r, const char *name);

/* HMAC-SHA256(salt, "gate.part.v1\n" log "\n" seq "\n" name "\n" bytes). *ok
 * is false when there was no memory. */
Hash rec_commitment(const unsigned char salt[REC_SALT], Str log, uint64_t seq,
                    const char *name, Str bytes, bool *ok);

/* The envelope in canonical form: JCS (RFC 8785) restricted as record_read.c
 * says. Parts must be sorted by name; they carry their commitments. Texts that
 * are not valid are refused by the reader, which the store asks. */
typedef struct RecCommit { Hash c; } RecCommit;
void rec_write_envelope(const Record *r, Str log, const RecCommit *commits,
                        Buf *out);
/* Reads and checks the canonical form: one record, one encoding. Parts get
 * name, media and length, no bytes. Texts live in arena. commits gets
 * r->n_parts hashes. */
GateStatus rec_read_envelope(Str env, Arena *arena, Record *r, Str *log,
                             RecCommit commits[LIM_PARTS], Buf *why);

#endif
