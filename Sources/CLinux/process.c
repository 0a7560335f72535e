// Files, threads and limits of the process.
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "result.h"

int clinux_lock_directory(const char *path) {
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    int done;
    do done = flock(descriptor, LOCK_EX);
    while (done < 0 && errno == EINTR);
    return checked(descriptor, done);
}

int clinux_socket_file(const char *path, uint64_t *device, uint64_t *inode) {
    struct stat status;
    if (lstat(path, &status) < 0) return -errno;
    if (!S_ISSOCK(status.st_mode)) return -EEXIST;
    *device = status.st_dev;
    *inode = status.st_ino;
    return 0;
}

void clinux_name_thread(const char *name) {
    char cut[16] = { 0 };
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}

int64_t clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int clinux_harden(void) {
    struct rlimit none = { 0, 0 };
    umask(077);
    if (setrlimit(RLIMIT_CORE, &none) < 0) return -errno;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int clinux_become(const char *user) {
    errno = 0;
    struct passwd *entry = getpwnam(user);
    if (!entry) return errno ? -errno : -ENOENT;
    if (entry->pw_uid == geteuid() && entry->pw_uid == getuid()) return 0;
    if (initgroups(entry->pw_name, entry->pw_gid) < 0) return -errno;
    if (setgid(entry->pw_gid) < 0 || setuid(entry->pw_uid) < 0) return -errno;
    // There must be no way back.
    return entry->pw_uid != 0 && setuid(0) == 0 ? -EPERM : 0;
}
