/* Any bytes have a tree: nodes inside the text, lists that end, reports at
 * places that exist. A text without a mistake keeps its tree when it is laid
 * out, and laying it out again changes nothing. */
#include "compiler/fmt.h"
#include "grammar/syntax.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void look(const SynTree *t, Arena *arena)
{
    must(t->root != 0 && syn(t, t->root)->kind == SYN_FILE);
    for (SynRef r = 1; r < t->n_nodes; r++) {
        const SynNode *n = syn(t, r);
        must(n->kind > SYN_NONE && n->kind < SYN_KIND_COUNT);
        must(n->start <= n->end && n->end <= t->source.n);
        must(n->a < t->n_nodes && n->b < t->n_nodes && n->c < t->n_nodes &&
             n->next < t->n_nodes);
        if (n->kind == SYN_TEXT || n->kind == SYN_TEXTPART)
            must(syn_decode(t, r, arena).n <= (size_t)(n->end - n->start));
    }
    for (uint32_t i = 0; i < t->n_errors; i++) {
        const SynError *e = &t->errors[i];
        uint32_t line, column;
        syn_place(t, e->start, &line, &column);
        must(line >= 1 && line <= t->n_lines && column >= 1);
        must(e->text != NULL && e->start <= e->end && e->end <= t->source.n);
        must(i == 0 || t->errors[i - 1].start <= e->start);
        must(e->fix == NULL || (e->fix_start <= e->fix_end &&
                                e->fix_end <= t->source.n));
    }
    SYN_EACH(t, r, syn(t, t->root)->c)
        syn_doc(t, r, arena);
}

/* The shape of two trees is the same; places are not compared. */
static bool same_tree(const SynTree *a, const SynTree *b)
{
    if (a->n_nodes != b->n_nodes)
        return false;
    for (SynRef r = 1; r < a->n_nodes; r++) {
        const SynNode *x = syn(a, r), *y = syn(b, r);
        if (x->kind != y->kind || x->aux != y->aux || x->a != y->a ||
            x->b != y->b || x->c != y->c || x->next != y->next)
            return false;
        if (x->kind == SYN_NAME && !str_eq(syn_text(a, r), syn_text(b, r)))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(0);
    must(arena != NULL);
    SynTree *t = syn_parse((Str){(const char *)data, size}, arena);
    look(t, arena);
    Buf out = {0}, once = {0}, twice = {0};
    syn_dump_tree(t, &out);
    must(!out.failed);
    bool done = fmt_source(t->source, arena, &once);
    if (t->n_errors == 0) {
        must(done);
        must(same_tree(t, syn_parse(buf_view(&once), arena)));
    }
    if (done) {
        must(fmt_source(buf_view(&once), arena, &twice));
        must(str_eq(buf_view(&once), buf_view(&twice)));
    }
    buf_free(&out);
    buf_free(&once);
    buf_free(&twice);
    arena_free(arena);
    return 0;
}
