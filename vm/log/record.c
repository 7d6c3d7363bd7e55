/* Owns: names of kinds and fields, access to a record in memory, and the
 * canonical envelope as it is written. Must not know: where records are kept,
 * or what they mean. The reader is record_read.c. */
#include "vm/log/record.h"

#include "vm/core/json.h"

#include <assert.h>

const char *rec_kind_name(RecKind k)
{
    static const char *const names[] = {
#define KIND(id, name, what) name,
#include "vm/log/records.def"
#undef KIND
    };
    assert((unsigned)k < REC_KIND_COUNT);
    return names[k];
}

bool rec_kind_find(Str name, RecKind *out)
{
    for (unsigned k = 0; k < REC_KIND_COUNT; k++) {
        if (str_is(name, rec_kind_name((RecKind)k))) {
            *out = (RecKind)k;
            return true;
        }
    }
    return false;
}

enum FieldType { INT, TEXT };

static const struct Field {
    const char *key;
    enum FieldType type;
} fields[] = {
#define FIELD(id, key, type, what) {key, type},
#include "vm/log/records.def"
#undef FIELD
};
_Static_assert(sizeof fields / sizeof fields[0] == RF_FIELDS,
               "one row for each field");

const char *rec_field_key(RecField f)
{
    assert((unsigned)f < RF_FIELDS);
    return fields[f].key;
}

bool rec_field_is_int(RecField f)
{
    assert((unsigned)f < RF_FIELDS);
    return fields[f].type == INT;
}

void rec_set_int(Record *r, RecField f, int64_t i)
{
    assert(rec_field_is_int(f));
    assert(i >= 0 && i <= REC_INT_MAX);
    r->f[f] = (RecValue){.set = true, .i = i};
}

void rec_set_text(Record *r, RecField f, Str s)
{
    assert(!rec_field_is_int(f));
    r->f[f] = (RecValue){.set = true, .s = s};
}

int64_t rec_int(const Record *r, RecField f, int64_t fallback)
{
    assert(rec_field_is_int(f));
    return r->f[f].set ? r->f[f].i : fallback;
}

Str rec_text(const Record *r, RecField f)
{
    assert(!rec_field_is_int(f));
    return r->f[f].set ? r->f[f].s : (Str){NULL, 0};
}

void rec_add_part(Record *r, const char *name, const char *media, Str bytes)
{
    assert(r->n_parts < LIM_PARTS);
    r->parts[r->n_parts++] = (RecPart){name, media, bytes};
}

Str rec_part(const Record *r, const char *name)
{
    for (uint32_t i = 0; i < r->n_parts; i++) {
        if (str_is(str_of(name), r->parts[i].name)) {
            Str bytes = r->parts[i].bytes;
            return bytes.p == NULL ? (Str){NULL, 0} : bytes;
        }
    }
    return (Str){NULL, 0};
}

Hash rec_commitment(const unsigned char salt[REC_SALT], Str log, uint64_t seq,
                    const char *name, Str bytes, bool *ok)
{
    Buf head = {0};
    buf_printf(&head, "gate.part.v1\n%.*s\n%llu\n%s\n", STR_ARG(log),
               (unsigned long long)seq, name);
    *ok = !head.failed;
    Hash c = {{0}};
    if (*ok)
        c = hash_hmac2(salt, REC_SALT, head.p, head.n, bytes.p, bytes.n);
    buf_free(&head);
    return c;
}

/* --- writing ---------------------------------------------------------------
 * Members stand in bytewise order of their keys, whichever of them are set: so
 * those that are set are collected and sorted, a dozen of them. */

enum { M_V = RF_FIELDS, M_LOG, M_SEQ, M_TS, M_KIND, M_ACTOR, M_RUN, M_RSEQ,
       M_PARTS, M_REF, M_COUNT };

typedef struct Member {
    const char *key;
    int what; /* a RecField, or one of the above */
} Member;

static size_t insert(Member *m, size_t n, const char *key, int what)
{
    size_t i = n;
    while (i > 0 && str_cmp(str_of(key), str_of(m[i - 1].key)) < 0) {
        m[i] = m[i - 1];
        i--;
    }
    m[i] = (Member){key, what};
    return n + 1;
}

static size_t members_of(const Record *r, Member m[M_COUNT])
{
    size_t n = 0;
    n = insert(m, n, "actor", M_ACTOR);
    n = insert(m, n, "kind", M_KIND);
    n = insert(m, n, "log", M_LOG);
    n = insert(m, n, "parts", M_PARTS);
    if (r->n_refs > 0)
        n = insert(m, n, "ref", M_REF);
    if (r->run[0] != '\0') {
        n = insert(m, n, "rseq", M_RSEQ);
        n = insert(m, n, "run", M_RUN);
    }
    n = insert(m, n, "seq", M_SEQ);
    n = insert(m, n, "ts", M_TS);
    n = insert(m, n, "v", M_V);
    for (int f = 0; f < RF_FIELDS; f++)
        if (r->f[f].set)
            n = insert(m, n, fields[f].key, f);
    return n;
}

static void put_actor(const Record *r, Buf *out)
{
    buf_puts(out, "{\"id\":");
    json_put_text(out, str_of(r->actor_id));
    buf_puts(out, ",\"t\":");
    json_put_text(out, str_of(r->actor_t));
    buf_putc(out, '}');
}

static void put_parts(const Record *r, const RecCommit *commits, Buf *out)
{
    buf_putc(out, '[');
    for (uint32_t i = 0; i < r->n_parts; i++) {
        const RecPart *p = &r->parts[i];
        char hex[65];
        hash_hex(&commits[i].c, hex);
        buf_printf(out, "%s{\"c\":\"%s\",\"l\":%zu,\"n\":", i > 0 ? "," : "",
                   hex, p->bytes.n);
        json_put_text(out, str_of(p->name));
        buf_puts(out, ",\"t\":");
        json_put_text(out, str_of(p->media));
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void put_refs(const Record *r, Buf *out)
{
    for (uint32_t i = 0; i < r->n_refs; i++)
        buf_printf(out, "%c%llu", i == 0 ? '[' : ',',
                   (unsigned long long)r->ref[i]);
    buf_putc(out, ']');
}

static void put_ts(const Record *r, Buf *out)
{
    char ts[OS_INSTANT_SIZE];
    os_format_instant(r->ts_ms, ts);
    json_put_text(out, str_of(ts));
}

static void put_member(const Record *r, int what, Str log,
                       const RecCommit *commits, Buf *out)
{
    switch (what) {
    case M_V: buf_putc(out, '1'); break;
    case M_LOG: json_put_text(out, log); break;
    case M_SEQ: buf_printf(out, "%llu", (unsigned long long)r->seq); break;
    case M_TS: put_ts(r, out); break;
    case M_KIND: json_put_text(out, str_of(rec_kind_name(r->kind))); break;
    case M_ACTOR: put_actor(r, out); break;
    case M_RUN: json_put_text(out, str_of(r->run)); break;
    case M_RSEQ: buf_printf(out, "%llu", (unsigned long long)r->rseq); break;
    case M_PARTS: put_parts(r, commits, out); break;
    case M_REF: put_refs(r, out); break;
    default:
        if (fields[what].type == INT)
            json_put_int(out, r->f[what].i);
        else
            json_put_text(out, r->f[what].s);
    }
}

void rec_write_envelope(const Record *r, Str log, const RecCommit *commits,
                        Buf *out)
{
    Member m[M_COUNT];
    size_t n = members_of(r, m);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%c\"%s\":", i == 0 ? '{' : ',', m[i].key);
        put_member(r, m[i].what, log, commits, out);
    }
    buf_putc(out, '}');
}
