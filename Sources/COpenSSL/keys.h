// Public keys and ciphers: what takes OSSL_PARAM lists, which Swift cannot build.
#ifndef COPENSSL_KEYS_H
#define COPENSSL_KEYS_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

// The public key of that type that the parameters describe, or NULL.
static inline EVP_PKEY *copenssl_public_key(const char *type, OSSL_PARAM_BLD *build) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (parameters && context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    ERR_clear_error();
    return key;
}

// An RSA key of modulus and exponent, both big-endian, or NULL.
static inline EVP_PKEY *copenssl_rsa_key(
    const unsigned char *n, size_t n_count, const unsigned char *e, size_t e_count) {
    BIGNUM *modulus = BN_bin2bn(n, (int)n_count, NULL);
    BIGNUM *exponent = BN_bin2bn(e, (int)e_count, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (modulus && exponent && build
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus)
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
        key = copenssl_public_key("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

// A key of the curve P-256, of its uncompressed point, or NULL.
static inline EVP_PKEY *copenssl_p256_key(const unsigned char *point, size_t count) {
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (build
        && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0)
        && OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, count))
        key = copenssl_public_key("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

// The next public key of a PEM text, or NULL.
static inline EVP_PKEY *copenssl_pem_key(BIO *text) {
    EVP_PKEY *key = PEM_read_bio_PUBKEY(text, NULL, NULL, NULL);
    ERR_clear_error();
    return key;
}

// Whether the key is one of P-256.
static inline int copenssl_is_p256(EVP_PKEY *key) {
    char name[32];
    size_t count = 0;
    return EVP_PKEY_get_group_name(key, name, sizeof name, &count) == 1
        && strcmp(name, "prime256v1") == 0;
}

// Whether a signature fits; the digest is NULL for Ed25519, which has its own.
static inline int copenssl_verify(
    EVP_PKEY *key, const char *digest, const unsigned char *signature, size_t signature_count,
    const unsigned char *message, size_t message_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int fits = context
        && EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, key, NULL) == 1
        && EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return fits;
}

// AES-256-CBC with the padding of PKCS #7; the length of the output, or -1.
static inline int copenssl_aes256_cbc(
    int encrypts, const unsigned char *key, const unsigned char *iv, const unsigned char *input,
    int count, unsigned char *output) {
    int part = 0, rest = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int works = context
        && EVP_CipherInit_ex(context, EVP_aes_256_cbc(), NULL, key, iv, encrypts) == 1
        && EVP_CipherUpdate(context, output, &part, input, count) == 1
        && EVP_CipherFinal_ex(context, output + part, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    return works ? part + rest : -1;
}

#endif
