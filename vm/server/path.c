/* Owns: the address of a tenant's socket. Must not know: what is said on it. */
#include "vm/server/svc.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* sun_path holds 108 bytes (unix(7)) and state folders may lie deeper. Then
 * the folder is opened and named through /proc/self/fd (proc(5)), which is
 * short whatever the folder's name. *dir_fd is the caller's to close after
 * bind or connect; -1: none. */
bool path_address(const char *dir, struct sockaddr_un *at, int *dir_fd)
{
    memset(at, 0, sizeof *at);
    at->sun_family = AF_UNIX;
    *dir_fd = -1;
    int n = snprintf(at->sun_path, sizeof at->sun_path, "%s/socket", dir);
    if (n > 0 && (size_t)n < sizeof at->sun_path)
        return true;
    *dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir_fd < 0)
        return false;
    snprintf(at->sun_path, sizeof at->sun_path, "/proc/self/fd/%d/socket",
             *dir_fd);
    return true;
}
