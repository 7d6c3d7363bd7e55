/* Owns: `gate limits`. Must not know: who keeps them. */
#include "vm/cli/cli.h"

typedef struct Limit {
    const char *name, *unit, *why;
    long value;
} Limit;

static const Limit limits[] = {
#define LIMIT(name, value, unit, why) {#name, unit, why, value},
#include "vm/os/limits.def"
#undef LIMIT
};
enum { N_LIMITS = sizeof limits / sizeof *limits };

static void print_json(void)
{
    Buf b = {0};
    buf_puts(&b, "{\"limits\":[");
    for (size_t i = 0; i < N_LIMITS; i++) {
        buf_printf(&b, "%s{\"name\":\"%s\",\"value\":%ld,\"unit\":\"%s\",\"why\":",
                   i == 0 ? "" : ",", limits[i].name, limits[i].value, limits[i].unit);
        json_put_text(&b, str_of(limits[i].why));
        buf_putc(&b, '}');
    }
    buf_puts(&b, "]}");
    puts(buf_z(&b));
    buf_free(&b);
}

int verb_limits(Cli *c)
{
    if (c->json) {
        print_json();
        return EXIT_DONE;
    }
    for (size_t i = 0; i < N_LIMITS; i++)
        printf("%-19s %12ld %-12s %s\n", limits[i].name, limits[i].value,
               limits[i].unit, limits[i].why);
    return EXIT_DONE;
}
