/* Engine and core decide; they do nothing to the world. Whatever they call
 * outside of themselves stands in the list below: no clock, no file, no
 * socket, no random number, no environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const allowed[] = {
    /* arithmetic and memory of the C library and the compiler */
    "__assert_fail", "__stack_chk_fail", "__divmodti4", "__divti3", "__modti3",
    "__muloti4", "__udivti3", "__umodti3", "__udivmodti4", "memchr", "memcmp",
    "memcpy", "memmove", "memset", "qsort", "bsearch", "snprintf", "vsnprintf",
    "strchr", "strcmp", "strlen", "strncat", "strncmp",
    /* pure parts of the virtual OS and the log */
    "mem_*", "arena_*", "buf_*", "str_*", "hash_*", "rec_*", "os_format_instant",
    "os_parse_instant", "os_days_from_civil", "os_civil_from_days", "os_date_valid",
    "zone_span", "zone_local", "zone_utc",
    /* what a sanitizer adds */
    "__asan_*", "__ubsan_*", "__sanitizer_*", "__gcov_*",
};

static bool fits(const char *name, const char *pattern)
{
    size_t n = strlen(pattern);
    if (n > 0 && pattern[n - 1] == '*')
        return strncmp(name, pattern, n - 1) == 0;
    return strcmp(name, pattern) == 0;
}

enum { MAX_NAMES = 4000, NAME = 128 };
static char defined[MAX_NAMES][NAME];
static size_t n_defined;

static FILE *names(const char *option, const char *room)
{
    char command[512];
    const char *b = getenv("B");
    snprintf(command, sizeof command, "nm %s %s/lib/%s.a 2>/dev/null", option,
             b == NULL ? "build" : b, room);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    return f;
}

static void learn(const char *room)
{
    char line[512], name[NAME], kind;
    FILE *f = names("-g --defined-only", room);
    size_t before = n_defined;
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "%*x %c %127s", &kind, name) == 2) {
            assert_true(n_defined < MAX_NAMES);
            memcpy(defined[n_defined++], name, NAME);
        }
    pclose(f);
    assert_true(n_defined > before);
}

static bool known(const char *name)
{
    for (size_t i = 0; i < n_defined; i++)
        if (strcmp(defined[i], name) == 0)
            return true;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (fits(name, allowed[i]))
            return true;
    return false;
}

static size_t strangers(const char *room)
{
    char line[512], name[NAME];
    size_t n = 0;
    FILE *f = names("-u", room);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, " U %127s", name) == 1 && !known(name)) {
            print_error("%s calls %s\n", room, name);
            n++;
        }
    pclose(f);
    return n;
}

static void engine_and_core_touch_nothing(void **state)
{
    (void)state;
    learn("engine");
    learn("core");
    assert_int_equal(strangers("engine"), 0);
    assert_int_equal(strangers("core"), 0);
}

/* The test would see it: the virtual OS itself does call the machine. */
static void the_list_is_not_blind(void **state)
{
    (void)state;
    learn("os");
    assert_true(strangers("os") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_and_core_touch_nothing),
        cmocka_unit_test(the_list_is_not_blind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
