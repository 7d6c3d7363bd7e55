/* Memory: one choke point, arenas, growable byte buffers and string slices.
 * The lowest module of the house; it knows nothing else.
 *
 * Ownership in one line: what comes from an arena dies with the arena; what
 * comes from mem_realloc has one owner that frees it; `const` pointers are
 * borrowed; `take_` in a name means that ownership moves. */
#ifndef GATE_OS_MEM_H
#define GATE_OS_MEM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every block of the programs passes here. new_size 0 frees and returns NULL.
 * NULL for new_size > 0 means out of memory; the old block is then intact. */
void *mem_realloc(void *ptr, size_t old_size, size_t new_size);

/* Large zeroed blocks straight from the kernel, in huge pages as far as they are
 * whole: MEM_HUGE is their size on x86-64 and arm64. What is left over is there
 * at once, in small pages. NULL as above. */
enum { MEM_HUGE = 1 << 21 };
void *mem_pages(size_t size);
void mem_pages_free(void *p, size_t size);

/* Failure injection for tests: the n-th allocation from now fails (1 = the
 * next), and all later ones too when sticky. 0 switches it off. */
void mem_fail_at(uint64_t n, bool sticky);
uint64_t mem_alloc_count(void);

/* a + b and a * b into *out; false on overflow. */
bool mem_add(size_t a, size_t b, size_t *out);
bool mem_mul(size_t a, size_t b, size_t *out);

/* A slice of bytes that somebody else owns. Not NUL-terminated. */
typedef struct Str {
    const char *p;
    size_t n;
} Str;
#define STR(lit) ((Str){(lit), sizeof(lit) - 1})
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */
Str str_of(const char *z);
bool str_eq(Str a, Str b);
bool str_is(Str a, const char *z);
int str_cmp(Str a, Str b); /* bytewise, as memcmp, shorter first */
/* How many slips lie between two words (optimal string alignment: a swap of
 * two neighbours is one, a capital none); the maximum for longer ones. */
enum { STR_DISTANCE_MAX = 48 };
unsigned str_distance(Str a, Str b);

/* Arena: many small blocks, freed at once. cap_bytes is hard (0 = none).
 * arena_alloc returns zeroed memory, aligned for any type; at the cap, or when
 * the allocator fails, it returns NULL, or jumps to on_full where one is set
 * (the compiler's single recovery point; nothing else may longjmp). */
typedef struct Arena Arena;
Arena *arena_new(size_t cap_bytes);
void arena_free(Arena *a); /* NULL is fine */
void arena_reset(Arena *a); /* forget all blocks, keep one chunk */
/* Returns what was set before: whoever holds something that a jump would leave
 * behind sets NULL for as long, and gives up itself when it has let go. */
jmp_buf *arena_on_full(Arena *a, jmp_buf *on_full);
void *arena_give_up(Arena *a); /* as at the cap: jumps, or NULL */
/* So many bytes will be taken from here on, about: in one chunk, if many. */
void arena_expect(Arena *a, size_t bytes);
void *arena_alloc(Arena *a, size_t n);
char *arena_copy(Arena *a, const void *p, size_t n); /* adds a NUL behind */
/* Gives back what lies behind the first `keep` of the n bytes at p, which
 * nobody has written to; where something was taken since, nothing happens. */
void arena_trim(Arena *a, const void *p, size_t n, size_t keep);
Str arena_str(Arena *a, Str s);
/* A text of its own, with a NUL behind; "" when the arena is full. */
Str arena_printf(Arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
Str arena_vprintf(Arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
size_t arena_used(const Arena *a);
#define ARENA_NEW(a, T, count) ((T *)arena_array((a), sizeof(T), (count)))
void *arena_array(Arena *a, size_t size, size_t count);
/* Items with room for so many more, or for one more, behind the n: the same block, or
 * a larger one that they were copied to. NULL: the arena is full, and *cap as it was. */
void *arena_reserve(Arena *a, void *items, uint32_t n, uint32_t *cap, uint32_t more, size_t size);
void *arena_grow(Arena *a, void *items, uint32_t n, uint32_t *cap, size_t size);

/* Growable bytes. Sticky: after a failed growth `failed` stays set and later
 * puts do nothing, so callers test once at the end. Zero-initialise. */
typedef struct Buf {
    char *p;
    size_t n, cap;
    size_t max; /* refuse to grow past this; 0 = no limit */
    bool failed;
} Buf;
void buf_put(Buf *b, const void *p, size_t n);
void buf_putc(Buf *b, char c);
void buf_puts(Buf *b, const char *z);
void buf_str(Buf *b, Str s);
void buf_printf(Buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(Buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
Str buf_view(const Buf *b);
const char *buf_z(Buf *b); /* NUL-terminated view; "" when failed */
char *buf_reserve(Buf *b, size_t n); /* room behind the end; NULL: failed */
void buf_clear(Buf *b);    /* keeps the block */
void buf_free(Buf *b);

#endif
