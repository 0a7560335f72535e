#ifndef CAMPANA_CCONSOLE_H
#define CAMPANA_CCONSOLE_H

#include <stddef.h>

/// A file of pages/, as it was when the program was built.
struct console_page {
    const char *_Nonnull name;
    const unsigned char *_Nonnull bytes;
    size_t count;
};

/// How many there are.
int console_page_count(void);

/// One of them; `index` is below `console_page_count()`.
struct console_page console_page_at(int index);

#endif
