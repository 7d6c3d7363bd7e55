/* Owns: the tenant's socket: clients, their lines, their patience. Must not
 * know: what a request asks for.
 *
 * Nothing here blocks and nothing here trusts: a client has LIM_REQUEST_MS for
 * a whole request (an absolute deadline; a drip of bytes does not move it),
 * LIM_REQUEST_BYTES for its length, and as long again to take its answer. */
#include "vm/server/svc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct SvcClient {
    int fd;           /* -1: free */
    SvcWho who;
    Buf in, out;
    int64_t deadline; /* monotonic: for its request, or for taking bytes */
    bool busy;        /* its request is under way */
    bool eof;         /* it has said all it will say */
    bool last;        /* close once `out` is gone */
};

static int64_t mono(const Svc *s)
{
    return s->cfg.os->mono_ms(s->cfg.os);
}

static void patience(Svc *s, SvcClient *c)
{
    c->deadline = mono(s) + LIM_REQUEST_MS;
}

GateStatus socket_listen(Svc *s, Buf *why)
{
    struct sockaddr_un at;
    int dir_fd;
    s->clients = mem_realloc(NULL, 0, LIM_CLIENTS * sizeof *s->clients);
    if (s->clients == NULL)
        return GATE_E_MEMORY;
    memset(s->clients, 0, LIM_CLIENTS * sizeof *s->clients);
    for (size_t i = 0; i < LIM_CLIENTS; i++)
        s->clients[i].fd = -1;
    bool ok = path_address(buf_z(&s->dir), &at, &dir_fd);
    s->listen_fd = ok ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                               0) : -1;
    if (s->listen_fd >= 0) {
        /* We hold the lock: a socket that lies there is a dead process's. */
        unlink(at.sun_path);
        mode_t old = umask(0177); /* until socket_share */
        ok = bind(s->listen_fd, (struct sockaddr *)&at, sizeof at) == 0 &&
             listen(s->listen_fd, LIM_CLIENTS) == 0;
        umask(old);
    }
    if (s->listen_fd < 0 || !ok)
        buf_printf(why, "cannot serve %s/socket: %s", buf_z(&s->dir),
                   strerror(errno));
    if (dir_fd >= 0)
        close(dir_fd);
    return s->listen_fd >= 0 && ok ? GATE_OK : GATE_E_IO;
}

/* In the team profile whoever asks is judged by the policy, not by the socket's
 * mode. While the policy is not understood, this stays as it was. */
void socket_share(Svc *s)
{
    struct sockaddr_un at;
    int dir_fd;
    Buf why = {0};
    bool shared = policy_shared(s);
    if (shared == s->shared || s->closing || s->policy_error.n > 0)
        return;
    s->shared = shared;
    bool ok = path_address(buf_z(&s->dir), &at, &dir_fd) &&
              chmod(at.sun_path, shared ? 0666 : 0600) == 0;
    if (!ok)
        buf_printf(&why, "cannot change who may use %s/socket: %s", buf_z(&s->dir),
                   strerror(errno));
    if (dir_fd >= 0)
        close(dir_fd);
    if (shared && ok)
        ok = state_share(s->cfg.state_dir, buf_z(&s->dir), &why) == GATE_OK;
    for (const SvcJob *j = s->jobs; j != NULL && !ok; j = j->next)
        loop_tell(s, j, "note", buf_view(&why));
    buf_free(&why);
}

/* --- one client ------------------------------------------------------------- */

static void drop(Svc *s, SvcClient *c)
{
    int index = (int)(c - s->clients);
    for (SvcJob *j = s->jobs; j != NULL; j = j->next) {
        if (j->client == index)
            j->client = SVC_GONE;
    }
    close(c->fd);
    buf_free(&c->in);
    buf_free(&c->out);
    *c = (SvcClient){.fd = -1};
}

static bool peer(int fd, SvcWho *who)
{
    struct ucred cred;
    socklen_t n = sizeof cred;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
        return false;
    who_of_uid(cred.uid, who);
    who->gid = cred.gid;
    return true;
}

/* A client that has hung up for good must not be served: it may have gone to
 * ask elsewhere. One that only closed its sending side still listens. */
static bool gone(const SvcClient *c)
{
    struct pollfd p = {.fd = c->fd};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

/* One account among several must not keep the others out. Whoever has hung up
 * does not count, noticed or not. */
static bool too_many(const Svc *s, const SvcWho *who)
{
    size_t n = 0;
    for (size_t i = 0; i < LIM_CLIENTS; i++)
        n += s->clients[i].fd >= 0 && s->clients[i].who.uid == who->uid &&
             !gone(&s->clients[i]);
    return !who_owns(who) && n >= LIM_CLIENTS_OF_ONE;
}

static void accept_new(Svc *s)
{
    for (size_t i = 0; i < LIM_CLIENTS; i++) {
        SvcClient *c = &s->clients[i];
        SvcWho who;
        if (c->fd >= 0)
            continue;
        int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return;
        if (!peer(fd, &who) || too_many(s, &who)) {
            close(fd); /* it was not accepted, so its client asks again */
            continue;
        }
        *c = (SvcClient){.fd = fd, .who = who};
        patience(s, c);
    }
}

static void take_bytes(SvcClient *c)
{
    char chunk[16384];
    while (!c->eof && c->in.n <= LIM_REQUEST_BYTES) {
        ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0)
            c->eof = true;
        else
            buf_put(&c->in, chunk, (size_t)n);
    }
}

static void give_bytes(Svc *s, SvcClient *c)
{
    size_t at = 0;
    while (at < c->out.n) {
        ssize_t n = send(c->fd, c->out.p + at, c->out.n - at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            drop(s, c);
            return;
        }
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    if (at > 0) {
        memmove(c->out.p, c->out.p + at, c->out.n - at);
        c->out.n -= at;
        patience(s, c);
    }
    if (c->last && c->out.n == 0)
        drop(s, c);
}

static void refuse_length(SvcClient *c)
{
    buf_printf(&c->out, "{\"exit\":%d,\"code\":\"too_long\",\"message\":\"a request is at "
               "most %d bytes; see `gate limits`\"}\n", EXIT_USAGE, (int)LIM_REQUEST_BYTES);
    c->last = true;
}

static void take_request(Svc *s, SvcClient *c, size_t length)
{
    Buf why = {0};
    if (gone(c)) {
        drop(s, c);
        return;
    }
    SvcJob *job = job_new(s, (int)(c - s->clients), &c->who);
    Str line = arena_str(job->arena, (Str){c->in.p, length});
    memmove(c->in.p, c->in.p + length + 1, c->in.n - length - 1);
    c->in.n -= length + 1;
    c->busy = true;
    buf_puts(&c->out, "{\"accepted\":true}\n");
    job->request = json_parse(line, job->arena, &why);
    if (job->request == NULL || job->request->kind != J_OBJECT)
        job_fail(job, EXIT_USAGE, "bad_request",
                 "a request is one JSON object on one line; %s",
                 why.n > 0 ? buf_z(&why) : "this is something else");
    else
        svc_handle(s, job);
    buf_free(&why);
}

static void serve(Svc *s, SvcClient *c)
{
    take_bytes(c);
    if (c->in.failed) {
        drop(s, c);
        return;
    }
    if (!c->busy && !c->last) {
        const char *end = c->in.n == 0 ? NULL : memchr(c->in.p, '\n', c->in.n);
        size_t length = end == NULL ? c->in.n : (size_t)(end - c->in.p);
        if (length > LIM_REQUEST_BYTES)
            refuse_length(c);
        else if (end != NULL)
            take_request(s, c, length);
        else if (c->eof)
            drop(s, c);
        else if (mono(s) >= c->deadline)
            drop(s, c);
    } else if (c->out.n > 0 && mono(s) >= c->deadline) {
        drop(s, c);
    }
    if (c->fd >= 0)
        give_bytes(s, c);
}

/* --- for the loop ------------------------------------------------------------ */

size_t socket_fds(Svc *s, struct pollfd *fds, size_t max)
{
    size_t n = 0;
    bool room = false;
    for (size_t i = 0; i < LIM_CLIENTS; i++) {
        const SvcClient *c = &s->clients[i];
        room = room || c->fd < 0;
        short events = 0;
        if (c->fd >= 0 && !c->eof && c->in.n <= LIM_REQUEST_BYTES)
            events |= POLLIN;
        if (c->fd >= 0 && c->out.n > 0)
            events |= POLLOUT;
        if (events != 0 && n < max)
            fds[n++] = (struct pollfd){.fd = c->fd, .events = events};
    }
    if (room && s->listen_fd >= 0 && !s->closing && n < max)
        fds[n++] = (struct pollfd){.fd = s->listen_fd, .events = POLLIN};
    return n;
}

int64_t socket_deadline(const Svc *s)
{
    int64_t least = -1;
    for (size_t i = 0; i < LIM_CLIENTS; i++) {
        const SvcClient *c = &s->clients[i];
        if (c->fd < 0 || (c->busy && c->out.n == 0))
            continue;
        if (least < 0 || c->deadline < least)
            least = c->deadline;
    }
    return least;
}

void socket_pump(Svc *s)
{
    for (size_t i = 0; i < LIM_CLIENTS; i++) {
        if (s->clients[i].fd >= 0)
            serve(s, &s->clients[i]);
    }
    /* Last: who left has given his place to who comes. */
    accept_new(s);
}

/* What a client does not take is kept to a bound; past it the client goes and
 * its request is done without it. */
void socket_send(Svc *s, int client, Str line)
{
    SvcClient *c = &s->clients[client];
    if (c->out.n == 0)
        patience(s, c);
    buf_str(&c->out, line);
    if (c->out.failed || c->out.n > LIM_PART_BYTES)
        drop(s, c);
    else
        give_bytes(s, c);
}

void socket_answered(Svc *s, int client)
{
    if (s->clients[client].fd < 0)
        return;
    s->clients[client].busy = false;
    patience(s, &s->clients[client]);
}

/* Only who has sent something, or has not taken all of its answer, keeps this
 * process alive: a connection without a word does not. */
bool socket_waiting(const Svc *s)
{
    for (size_t i = 0; i < LIM_CLIENTS; i++) {
        const SvcClient *c = &s->clients[i];
        if (c->fd >= 0 && (c->in.n > 0 || c->out.n > 0))
            return true;
    }
    return false;
}

void socket_stop(Svc *s)
{
    struct sockaddr_un at;
    int dir_fd;
    if (path_address(buf_z(&s->dir), &at, &dir_fd))
        unlink(at.sun_path);
    if (dir_fd >= 0)
        close(dir_fd);
    s->closing = true;
}

void socket_close(Svc *s)
{
    for (size_t i = 0; s->clients != NULL && i < LIM_CLIENTS; i++) {
        if (s->clients[i].fd >= 0)
            drop(s, &s->clients[i]);
    }
    mem_realloc(s->clients, s->clients == NULL ? 0 : LIM_CLIENTS * sizeof *s->clients,
                0);
    s->clients = NULL;
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    s->listen_fd = -1;
}
