/* Owns: --policy, for all verbs that take it: which files of a host a plan is
 * judged by. Must not know: what stands in them, or what is judged. */
#include "compiler/verbs/verbs.h"

#include <string.h>

bool policies_room(Policies *p, const char *verb, int argc)
{
    *p = (Policies){.verb = verb, .paths = zeroed(argc, sizeof *p->paths), .made = zeroed(argc, sizeof *p->made),
                    .hosts = zeroed(argc, sizeof *p->hosts), .cap = argc};
    if (p->paths != NULL && p->made != NULL && p->hosts != NULL)
        return true;
    policies_free(p);
    failed(EXIT_ENVIRONMENT, "not enough memory");
    return false;
}

bool policies_option(Policies *p, int argc, char **argv, int *i, int *status)
{
    char *value;
    if (!opt_value(argc, argv, i, "--policy", &value))
        return false;
    if (value == NULL || value[0] == '\0' || strcmp(value, "-") == 0)
        *status = usage(p->verb, "--policy takes a file, such as host.gate");
    else
        p->paths[p->n++] = value;
    return true;
}

static int read_one(Policies *p, int i, const CompileOptions *with)
{
    Compilation *c = &p->made[i];
    Buf text = {0};
    int status = slurp(p->paths[i], &text);
    if (status == 0)
        status = load_with(p->paths[i], &text, with, c);
    if (status == 0 && c->sem->kind == SF_PLAN)
        status = usage(p->verb, "%s is a plan; --policy takes host.gate, tenant.gate, or a library of policies",
                       p->paths[i]);
    else if (status == 0 && c->diags.errors > 0)
        status = EXIT_FAILED;
    buf_free(&text);
    return status;
}

int policies_read(Policies *p, CompileOptions *o)
{
    CompileOptions with = *o;
    int status = 0;
    with.flags &= ~COMPILE_EMIT;
    with.flags |= COMPILE_POLICY_FILE;
    for (int i = 0; i < p->n && status == 0; i++) {
        with.sem.hosts = p->hosts;
        with.sem.n_hosts = (uint32_t)i;
        status = read_one(p, i, &with);
        p->hosts[i] = p->made[i].sem;
    }
    o->sem.hosts = p->hosts;
    o->sem.n_hosts = (uint32_t)p->n;
    return status;
}

int policies_use(Policies *p, CompileOptions *o, const char *nothing)
{
    int status = policies_read(p, o);
    for (int i = 0; i < p->n && status != EXIT_USAGE; i++)
        if (p->made[i].diags.n > 0)
            say_diagnostics(&p->made[i].diags, p->paths[i]);
    if (status == EXIT_FAILED)
        failed(status, "%s: first repair what --policy names", nothing);
    return status;
}

void policies_free(Policies *p)
{
    for (int i = 0; i < p->n; i++)
        compile_free(&p->made[i]);
    release(p->paths, p->cap, sizeof *p->paths);
    release(p->made, p->cap, sizeof *p->made);
    release(p->hosts, p->cap, sizeof *p->hosts);
    *p = (Policies){0};
}
