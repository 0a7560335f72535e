// A VFS of SQLite's that fails on demand: the system's own with a counter in front.
#ifndef CFAULTVFS_H
#define CFAULTVFS_H

enum faultvfs_operation { FAULTVFS_WRITE = 1, FAULTVFS_SYNC = 2 };

// Registers a VFS of that name, with a counter of its own; 0 if it could.
int faultvfs_register(const char *name);

// Lets the nth operation from now (of those in `operations`) fail with `code`, and, if `stays`,
// all that follow. An nth of 0 lets all work again.
void faultvfs_fail(const char *name, int operations, long nth, int code, int stays);

// Whether an operation has failed since the last call of faultvfs_fail.
int faultvfs_has_failed(const char *name);

#endif
