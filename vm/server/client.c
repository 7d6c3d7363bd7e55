/* Owns: asking the process that holds the lock. Must not know: what is asked. */
#include "vm/server/svc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int client_connect(const char *dir)
{
    struct sockaddr_un at;
    int dir_fd;
    if (!path_address(dir, &at, &dir_fd))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        fd = -1;
    }
    if (dir_fd >= 0)
        close(dir_fd);
    return fd;
}

static bool send_all(int fd, Str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes.p += n;
        bytes.n -= (size_t)n;
    }
    return true;
}

/* The next line, without its end, in `line`; rest keeps what came behind it.
 * wait_ms -1: as long as it takes. */
typedef enum LineOutcome { LINE_GOT, LINE_END, LINE_SILENT } LineOutcome;

static LineOutcome next_line(int fd, Buf *rest, Buf *line, int wait_ms)
{
    char chunk[16384];
    buf_clear(line);
    for (;;) {
        const char *end = rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
        if (end != NULL) {
            size_t n = (size_t)(end - rest->p);
            buf_put(line, rest->p, n);
            memmove(rest->p, rest->p + n + 1, rest->n - n - 1);
            rest->n -= n + 1;
            return line->failed ? LINE_END : LINE_GOT;
        }
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, wait_ms);
        if (ready == 0)
            return LINE_SILENT;
        ssize_t n = ready < 0 ? -1 : recv(fd, chunk, sizeof chunk, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || rest->failed)
            return LINE_END;
        buf_put(rest, chunk, (size_t)n);
    }
}

static bool is_notice(const SvcConfig *cfg, const Json *j)
{
    const Json *notice = json_get(j, "notice");
    if (notice == NULL)
        return false;
    Buf kind = {0};
    buf_str(&kind, json_text(notice, "kind"));
    if (cfg->notice != NULL)
        cfg->notice(cfg->notice_ctx, buf_z(&kind), json_text(notice, "text"));
    buf_free(&kind);
    return true;
}

static bool is_reply(const Json *j, Str line, SvcReply *out)
{
    int64_t status = 0;
    const Json *exit_member = json_get(j, "exit");
    if (exit_member == NULL || !json_int(exit_member, &status))
        return false;
    out->exit = (int)status;
    buf_clear(&out->json);
    buf_str(&out->json, line);
    return true;
}

static AskOutcome listen_for_reply(const SvcConfig *cfg, int fd, SvcReply *out,
                                   Buf *why)
{
    Buf rest = {0}, line = {0};
    bool accepted = false, replied = false;
    LineOutcome got = LINE_GOT;
    while (!replied) {
        got = next_line(fd, &rest, &line, accepted ? -1 : LIM_ANSWER_MS);
        if (got != LINE_GOT)
            break;
        Arena *scratch = arena_new(0);
        const Json *j = scratch == NULL ? NULL
                                        : json_parse(buf_view(&line), scratch, NULL);
        if (j != NULL && json_get(j, "accepted") != NULL)
            accepted = true;
        else if (j != NULL && !is_notice(cfg, j))
            replied = is_reply(j, buf_view(&line), out);
        arena_free(scratch);
    }
    buf_free(&rest);
    buf_free(&line);
    if (replied)
        return ASK_DONE;
    if (got == LINE_SILENT)
        buf_puts(why, "it did not answer");
    else if (accepted)
        buf_puts(why, "it ended before it answered; `gate status` says how far "
                      "it came");
    return got == LINE_END && !accepted ? ASK_AGAIN : ASK_LOST;
}

AskOutcome client_ask(const SvcConfig *cfg, const char *dir, Str request,
                      Str program, SvcReply *out, Buf *why)
{
    int fd = client_connect(dir);
    if (fd < 0)
        return ASK_AGAIN; /* it has just left, or is not there yet */
    Buf line = {0};
    buf_put(&line, request.p, request.n - 1); /* without its closing brace */
    if (program.n > 0) {
        buf_puts(&line, ",\"program\":\"");
        wire_base64(&line, program);
        buf_putc(&line, '"');
    }
    buf_putc(&line, '}');
    bool fits = line.n <= LIM_REQUEST_BYTES;
    buf_putc(&line, '\n');
    AskOutcome result = ASK_LOST;
    if (line.failed)
        buf_puts(why, "there is not enough memory to ask it");
    else if (!fits)
        buf_puts(why, "the plan is too large to hand over to it; start it when "
                      "that process has ended");
    else if (!send_all(fd, buf_view(&line)))
        result = ASK_AGAIN;
    else
        result = listen_for_reply(cfg, fd, out, why);
    buf_free(&line);
    close(fd);
    return result;
}
