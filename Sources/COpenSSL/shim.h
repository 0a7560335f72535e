// What Swift does not import of libcrypto and libssl: nothing variadic, no function-like macro.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "keys.h"

// A keyed HMAC-SHA256 context, or NULL.
static inline EVP_MAC_CTX *copenssl_hmac_sha256(const unsigned char *key, size_t count) {
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    if (context && EVP_MAC_init(context, key, count, parameters)) return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

// A context for TLS 1.2 and 1.3 with all that both ends have in common, or NULL.
//
// The ciphers are those of TLS 1.3 and, for 1.2, what has forward secrecy and is an AEAD.
static inline SSL_CTX *copenssl_tls_context(const SSL_METHOD *method) {
    SSL_CTX *context = SSL_CTX_new(method);
    if (!context) return NULL;
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
            | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    int is_set =
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1
        && SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1
        && SSL_CTX_set_ciphersuites(
            context, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384") == 1
        && SSL_CTX_set_cipher_list(
            context,
            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
            "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
            "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384") == 1;
    if (is_set) return context;
    SSL_CTX_free(context);
    return NULL;
}

// Nothing is kept of a session here: the client carries it, encrypted, in a ticket.
static inline void copenssl_tls_use_tickets(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
}

// Sessions are handed to `take`, and not kept by the context.
static inline void copenssl_tls_on_session(SSL_CTX *context, int (*take)(SSL *, SSL_SESSION *)) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, take);
}

static inline void copenssl_tls_on_server_name(
    SSL_CTX *context, int (*choose)(SSL *, int *, void *), void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, choose);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

static inline int copenssl_tls_set_server_name(SSL *tls, const char *name) {
    return SSL_set_tlsext_host_name(tls, name) == 1;
}

static inline int copenssl_tls_use_also(
    SSL *endpoint, X509 *certificate, EVP_PKEY *key, X509 *const *signers, size_t count) {
    STACK_OF(X509) *chain = sk_X509_new_null();
    int works = chain != NULL;
    for (size_t index = 0; works && index < count; index++)
        works = sk_X509_push(chain, signers[index]) > 0;
    // It counts its own references to all of them.
    works = works && SSL_use_cert_and_key(endpoint, certificate, key, chain, 1) == 1;
    sk_X509_free(chain);
    if (!works) ERR_clear_error();
    return works;
}

static inline int copenssl_tls_add_chain(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

// Whether all that is to be read has been: more is to come, not the end.
static inline void copenssl_bio_want_read(BIO *bio) {
    BIO_clear_retry_flags(bio);
    BIO_set_retry_read(bio);
}

// Seconds since 1970; INT64_MIN for a time that makes no sense.
static inline int64_t copenssl_seconds(const ASN1_TIME *time) {
    int days = 0, seconds = 0;
    ASN1_TIME *start = ASN1_TIME_set(NULL, 0);
    int is_read = start && ASN1_TIME_diff(&days, &seconds, start, time);
    ASN1_TIME_free(start);
    return is_read ? (int64_t)days * 86400 + seconds : INT64_MIN;
}

static inline int copenssl_general_names(STACK_OF(GENERAL_NAME) *names) {
    return sk_GENERAL_NAME_num(names);
}

static inline GENERAL_NAME *copenssl_general_name(STACK_OF(GENERAL_NAME) *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

static inline void copenssl_general_names_free(STACK_OF(GENERAL_NAME) *names) {
    GENERAL_NAMES_free(names);
}

// The kind of a name (GEN_DNS, GEN_URI, GEN_EMAIL, GEN_IPADD) and its octets; 0 for any other.
static inline int copenssl_name_octets(
    const GENERAL_NAME *name, const unsigned char **octets, int *count) {
    int kind = 0;
    const ASN1_STRING *text = GENERAL_NAME_get0_value(name, &kind);
    if (kind != GEN_DNS && kind != GEN_URI && kind != GEN_EMAIL && kind != GEN_IPADD) return 0;
    *octets = ASN1_STRING_get0_data(text);
    *count = ASN1_STRING_length(text);
    return kind;
}

// The subject's common name as UTF-8 that OPENSSL_free frees, or NULL; its length.
static inline unsigned char *copenssl_common_name(X509 *certificate, int *count) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (place < 0) return NULL;
    unsigned char *text = NULL;
    *count = ASN1_STRING_to_UTF8(
        &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
    return *count < 0 ? NULL : text;
}

static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }

#endif
