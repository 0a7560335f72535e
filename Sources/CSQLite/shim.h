// What Swift does not import of SQLite: pointers made of integers, composed macros.
#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H

#include <sqlite3.h>

// Bind bytes, which SQLite copies; `bytes` may be anything where `count` is 0.
static inline int csqlite_bind_text(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(
        statement, index, count ? (const char *)bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int csqlite_bind_blob(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}

// Bind a blob that SQLite does not copy: it must stay until the statement is reset.
static inline int csqlite_bind_lent_blob(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, count ? bytes : "", count, SQLITE_STATIC);
}

enum {
    CSQLITE_IOERR_FSYNC = SQLITE_IOERR_FSYNC,
    CSQLITE_IOERR_SHMSIZE = SQLITE_IOERR_SHMSIZE,
    CSQLITE_READONLY_DIRECTORY = SQLITE_READONLY_DIRECTORY,
};

#endif
