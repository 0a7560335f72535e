#include "CFaultVFS.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct faults {
    sqlite3_vfs vfs;
    sqlite3_vfs *system;
    pthread_mutex_t lock;
    int operations, code, stays, has_failed;
    long left;
};

struct file {
    sqlite3_file base;
    struct faults *faults;
    sqlite3_file *real;
};

static sqlite3_file *real(sqlite3_file *file) { return ((struct file *)file)->real; }

// The code to fail with, or 0.
static int fault(sqlite3_file *file, int operation) {
    struct faults *faults = ((struct file *)file)->faults;
    int code = 0;
    pthread_mutex_lock(&faults->lock);
    if (faults->left > 0 && (faults->operations & operation) && --faults->left == 0) {
        code = faults->code;
        faults->has_failed = 1;
        if (faults->stays) faults->left = 1;
    }
    pthread_mutex_unlock(&faults->lock);
    return code;
}

static int do_close(sqlite3_file *f) {
    int code = real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) : 0;
    free(real(f));
    return code;
}
static int do_read(sqlite3_file *f, void *bytes, int count, sqlite3_int64 offset) {
    return real(f)->pMethods->xRead(real(f), bytes, count, offset);
}
static int do_write(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 offset) {
    int code = fault(f, FAULTVFS_WRITE);
    return code ? code : real(f)->pMethods->xWrite(real(f), bytes, count, offset);
}
static int do_truncate(sqlite3_file *f, sqlite3_int64 size) {
    return real(f)->pMethods->xTruncate(real(f), size);
}
static int do_sync(sqlite3_file *f, int flags) {
    int code = fault(f, FAULTVFS_SYNC);
    return code ? code : real(f)->pMethods->xSync(real(f), flags);
}
static int do_size(sqlite3_file *f, sqlite3_int64 *size) {
    return real(f)->pMethods->xFileSize(real(f), size);
}
static int do_lock(sqlite3_file *f, int level) { return real(f)->pMethods->xLock(real(f), level); }
static int do_unlock(sqlite3_file *f, int level) {
    return real(f)->pMethods->xUnlock(real(f), level);
}
static int do_check(sqlite3_file *f, int *held) {
    return real(f)->pMethods->xCheckReservedLock(real(f), held);
}
static int do_control(sqlite3_file *f, int operation, void *argument) {
    return real(f)->pMethods->xFileControl(real(f), operation, argument);
}
static int do_sector(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static int do_traits(sqlite3_file *f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
static int do_map(sqlite3_file *f, int region, int size, int extend, void volatile **memory) {
    return real(f)->pMethods->xShmMap(real(f), region, size, extend, memory);
}
static int do_shm_lock(sqlite3_file *f, int offset, int count, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
}
static void do_barrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int do_unmap(sqlite3_file *f, int remove) {
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods methods = {
    2, do_close, do_read, do_write, do_truncate, do_sync, do_size, do_lock, do_unlock, do_check,
    do_control, do_sector, do_traits, do_map, do_shm_lock, do_barrier, do_unmap, NULL, NULL,
};

static int do_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *opened, int flags, int *out_flags) {
    struct file *file = (struct file *)opened;
    file->faults = vfs->pAppData;
    file->real = calloc(1, file->faults->system->szOsFile);
    int code = file->faults->system->xOpen(
        file->faults->system, name, file->real, flags, out_flags);
    file->base.pMethods = file->real->pMethods ? &methods : NULL;
    if (!file->base.pMethods) free(file->real);
    return code;
}

int faultvfs_register(const char *name) {
    struct faults *faults = calloc(1, sizeof *faults);
    faults->system = sqlite3_vfs_find(NULL);
    faults->vfs = *faults->system;
    faults->vfs.szOsFile = sizeof(struct file);
    faults->vfs.pNext = NULL;
    faults->vfs.zName = strdup(name);
    faults->vfs.pAppData = faults;
    faults->vfs.xOpen = do_open;
    pthread_mutex_init(&faults->lock, NULL);
    return sqlite3_vfs_register(&faults->vfs, 0);
}

static struct faults *find(const char *name) {
    sqlite3_vfs *vfs = sqlite3_vfs_find(name);
    return vfs ? vfs->pAppData : NULL;
}

void faultvfs_fail(const char *name, int operations, long nth, int code, int stays) {
    struct faults *faults = find(name);
    if (!faults) return;
    pthread_mutex_lock(&faults->lock);
    faults->operations = operations;
    faults->left = nth;
    faults->code = code;
    faults->stays = stays;
    faults->has_failed = 0;
    pthread_mutex_unlock(&faults->lock);
}

int faultvfs_has_failed(const char *name) {
    struct faults *faults = find(name);
    if (!faults) return 0;
    pthread_mutex_lock(&faults->lock);
    int has_failed = faults->has_failed;
    pthread_mutex_unlock(&faults->lock);
    return has_failed;
}
