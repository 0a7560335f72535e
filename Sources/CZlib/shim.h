// What of zlib does not reach Swift: its initialisers are macros.

#pragma once

#include <zlib.h>

/// `deflateInit2` for raw deflate: no zlib header, no checksum (RFC 7692 §7).
static inline int campana_deflate_init_raw(
    z_stream *_Nonnull stream, int level, int windowBits, int memLevel, int strategy
) {
    return deflateInit2(stream, level, Z_DEFLATED, -windowBits, memLevel, strategy);
}

/// `inflateInit2` for raw deflate.
static inline int campana_inflate_init_raw(z_stream *_Nonnull stream, int windowBits) {
    return inflateInit2(stream, -windowBits);
}
