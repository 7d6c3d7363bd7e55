/* Owns: all allocation of the two programs. Must not know: anything else. */
#include "vm/os/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t g_allocs;
static uint64_t g_fail_at;
static bool g_fail_sticky;

void mem_fail_at(uint64_t n, bool sticky)
{
    g_fail_at = n == 0 ? 0 : g_allocs + n;
    g_fail_sticky = sticky;
}

uint64_t mem_alloc_count(void)
{
    return g_allocs;
}

static bool refused(void)
{
    g_allocs++;
    return g_fail_at != 0 && (g_allocs == g_fail_at ||
                              (g_fail_sticky && g_allocs > g_fail_at));
}

void *mem_realloc(void *ptr, size_t old_size, size_t new_size)
{
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return refused() ? NULL : realloc(ptr, new_size);
}

/* Small ones have 4 KiB, on some machines up to 64. */
static size_t in_pages(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (n + (page - 1)) & ~(page - 1);
}

/* Begins where a huge page does: for that we take one too many, and give back
 * what stands out. */
static char *map_at_huge(size_t size)
{
    size_t room;
    if (!mem_add(size, MEM_HUGE, &room))
        return MAP_FAILED;
    char *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return p;
    size_t before = MEM_HUGE - (uintptr_t)p % MEM_HUGE;
    munmap(p, before);
    if (before < MEM_HUGE)
        munmap(p + before + size, MEM_HUGE - before);
    return p + before;
}

/* Fresh pages of the kernel are zero. One huge page costs what forty small ones
 * do, and replaces 512 (measured; madvise(2)); small ones cost a sixth each when
 * they are asked for together. Where the kernel knows neither, both advices are
 * void. Huge pages that nobody touches cost nothing. */
void *mem_pages(size_t size)
{
    if (refused() || size > SIZE_MAX / 2)
        return NULL;
    size = in_pages(size);
    size_t whole = size & ~(size_t)(MEM_HUGE - 1);
    char *p = whole > 0 ? map_at_huge(size)
                        : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (whole > 0)
        (void)madvise(p, whole, MADV_HUGEPAGE);
    if (size > whole)
        (void)madvise(p + whole, size - whole, MADV_POPULATE_WRITE);
    return p;
}

void mem_pages_free(void *p, size_t size)
{
    munmap(p, in_pages(size));
}

bool mem_add(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}

bool mem_mul(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *out = a * b;
    return true;
}

Str str_of(const char *z)
{
    return (Str){z, z == NULL ? 0 : strlen(z)};
}

bool str_eq(Str a, Str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(Str a, const char *z)
{
    return str_eq(a, str_of(z));
}

int str_cmp(Str a, Str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (c != 0)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

static bool letters_differ(char a, char b)
{
    if (a >= 'A' && a <= 'Z')
        a = (char)(a + 32);
    if (b >= 'A' && b <= 'Z')
        b = (char)(b + 32);
    return a != b;
}

unsigned str_distance(Str a, Str b)
{
    unsigned rows[3][STR_DISTANCE_MAX + 1];
    if (a.n > STR_DISTANCE_MAX || b.n > STR_DISTANCE_MAX)
        return STR_DISTANCE_MAX;
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (unsigned j = 0; j <= b.n; j++)
        last[j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        now[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned best = last[j - 1] + letters_differ(a.p[i - 1], b.p[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
                a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        unsigned *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[b.n];
}

/* Chunks grow geometrically: a small plan costs one mapping, a large one a few
 * of whole huge pages, since nobody knows yet how much of them it will take. */
enum { CHUNK_MIN = 4096, CHUNK_MAX = 1 << 22, CHUNK_PAGES = 1 << 17, CHUNK_HUGE = 1 << 18 };

typedef struct Chunk {
    struct Chunk *next;
    size_t size, used; /* of the bytes behind this header */
    alignas(max_align_t) char data[];
} Chunk;

struct Arena {
    Chunk *head;
    size_t cap, used, next_size;
    jmp_buf *on_full;
};

Arena *arena_new(size_t cap_bytes)
{
    Arena *a = mem_realloc(NULL, 0, sizeof *a);
    if (a != NULL)
        *a = (Arena){.cap = cap_bytes, .next_size = CHUNK_MIN};
    return a;
}

static Chunk *new_chunk(size_t total)
{
    if (total >= CHUNK_PAGES)
        return mem_pages(total);
    Chunk *c = mem_realloc(NULL, 0, total);
    if (c != NULL)
        memset(c, 0, total);
    return c;
}

static void free_chunks(Chunk *c)
{
    while (c != NULL) {
        Chunk *next = c->next;
        size_t total = sizeof *c + c->size;
        if (total >= CHUNK_PAGES)
            mem_pages_free(c, total);
        else
            mem_realloc(c, total, 0);
        c = next;
    }
}

void arena_free(Arena *a)
{
    if (a == NULL)
        return;
    free_chunks(a->head);
    mem_realloc(a, sizeof *a, 0);
}

void arena_reset(Arena *a)
{
    if (a->head != NULL) {
        free_chunks(a->head->next);
        a->head->next = NULL;
        memset(a->head->data, 0, a->head->used);
        a->head->used = 0;
    }
    a->used = 0;
}

jmp_buf *arena_on_full(Arena *a, jmp_buf *on_full)
{
    jmp_buf *before = a->on_full;
    a->on_full = on_full;
    return before;
}

void *arena_give_up(Arena *a)
{
    if (a->on_full != NULL)
        longjmp(*a->on_full, 1);
    return NULL;
}

void arena_expect(Arena *a, size_t bytes)
{
    if (bytes > a->next_size)
        a->next_size = bytes;
}

/* Of the next chunk, its header included; a large one in whole huge pages. */
static bool chunk_size(const Arena *a, size_t need, size_t *total)
{
    if (!mem_add(need, sizeof(Chunk), total))
        return false;
    if (*total < a->next_size)
        *total = a->next_size;
    if (*total < CHUNK_HUGE)
        return true;
    if (!mem_add(*total, MEM_HUGE - 1, total))
        return false;
    *total &= ~(size_t)(MEM_HUGE - 1);
    return true;
}

/* What n bytes take: some, and in whole steps. */
static bool rounded(size_t n, size_t *out)
{
    const size_t al = alignof(max_align_t);
    if (!mem_add(n == 0 ? 1 : n, al - 1, out))
        return false;
    *out &= ~(al - 1);
    return true;
}

void *arena_alloc(Arena *a, size_t n)
{
    size_t need;
    if (!rounded(n, &need))
        return arena_give_up(a);
    if (a->cap != 0 && (need > a->cap || a->used > a->cap - need))
        return arena_give_up(a);
    Chunk *c = a->head;
    if (c == NULL || c->size - c->used < need) {
        size_t total;
        if (!chunk_size(a, need, &total) || (c = new_chunk(total)) == NULL)
            return arena_give_up(a);
        c->size = total - sizeof *c;
        c->next = a->head;
        a->head = c;
        a->next_size = a->next_size < CHUNK_MAX ? 2 * a->next_size : CHUNK_MAX;
    }
    void *p = c->data + c->used;
    c->used += need;
    a->used += need;
    return p;
}

/* Most lists of a plan are empty: they share one place, to which nothing is
 * written. */
void *arena_array(Arena *a, size_t size, size_t count)
{
    static const max_align_t none;
    size_t n;
    if (!mem_mul(size, count, &n))
        return arena_give_up(a);
    return n == 0 ? (void *)&none : arena_alloc(a, n);
}

void *arena_reserve(Arena *a, void *items, uint32_t n, uint32_t *cap, uint32_t more, size_t size)
{
    if (more <= *cap - n)
        return items;
    void *bigger = arena_array(a, size, (size_t)n + more);
    if (bigger == NULL)
        return NULL;
    if (n > 0)
        memcpy(bigger, items, n * size);
    *cap = n + more;
    return bigger;
}

void *arena_grow(Arena *a, void *items, uint32_t n, uint32_t *cap, size_t size)
{
    return n < *cap ? items : arena_reserve(a, items, n, cap, n < 8 ? 8 : n, size);
}

void arena_trim(Arena *a, const void *p, size_t n, size_t keep)
{
    Chunk *c = a->head;
    size_t had, has;
    if (!rounded(n, &had) || !rounded(keep, &has) || c == NULL ||
        c->used < had || c->data + (c->used - had) != (const char *)p)
        return;
    c->used -= had - has;
    a->used -= had - has;
}

char *arena_copy(Arena *a, const void *p, size_t n)
{
    size_t total;
    if (!mem_add(n, 1, &total))
        return arena_give_up(a);
    char *q = arena_alloc(a, total);
    if (q != NULL && n > 0)
        memcpy(q, p, n);
    return q;
}

Str arena_str(Arena *a, Str s)
{
    char *p = arena_copy(a, s.p, s.n);
    return (Str){p, p == NULL ? 0 : s.n};
}

Str arena_vprintf(Arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
    if (p == NULL)
        return (Str){"", 0};
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    return (Str){p, (size_t)n};
}

Str arena_printf(Arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return s;
}

size_t arena_used(const Arena *a)
{
    return a->used;
}

/* A large buffer is mapped as a large chunk is; cap tells which it is. */
static void *buf_resize(void *p, size_t old, size_t cap)
{
    if (cap >= MEM_HUGE) {
        void *q = mem_pages(cap);
        if (q == NULL)
            return NULL;
        if (old > 0)
            memcpy(q, p, old);
        buf_resize(p, old, 0);
        return q;
    }
    if (old < MEM_HUGE)
        return mem_realloc(p, old, cap);
    mem_pages_free(p, old);
    return NULL;
}

static bool buf_room(Buf *b, size_t n)
{
    size_t need;
    if (b->failed)
        return false;
    if (!mem_add(b->n, n, &need) || !mem_add(need, 1, &need) ||
        (b->max != 0 && need > b->max + 1)) {
        b->failed = true;
        return false;
    }
    if (need <= b->cap)
        return true;
    size_t cap = b->cap < 64 ? 64 : b->cap > SIZE_MAX / 2 ? SIZE_MAX : 2 * b->cap;
    if (cap < need)
        cap = need;
    char *p = buf_resize(b->p, b->cap, cap);
    if (p == NULL) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void buf_put(Buf *b, const void *p, size_t n)
{
    if (n == 0 || !buf_room(b, n))
        return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void buf_putc(Buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_puts(Buf *b, const char *z)
{
    buf_put(b, z, strlen(z));
}

void buf_str(Buf *b, Str s)
{
    buf_put(b, s.p, s.n);
}

void buf_vprintf(Buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        b->failed = true;
    else if (buf_room(b, (size_t)n)) {
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_printf(Buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

Str buf_view(const Buf *b)
{
    return (Str){b->p, b->n};
}

const char *buf_z(Buf *b)
{
    if (!buf_room(b, 0))
        return "";
    b->p[b->n] = '\0';
    return b->p;
}

char *buf_reserve(Buf *b, size_t n)
{
    return buf_room(b, n) ? b->p + b->n : NULL;
}

void buf_clear(Buf *b)
{
    b->n = 0;
    b->failed = false;
}

void buf_free(Buf *b)
{
    buf_resize(b->p, b->cap, 0);
    *b = (Buf){.max = b->max};
}
