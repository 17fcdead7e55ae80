/* TLS 1.3 with a pre-shared key (RFC 8446, 2.2: external PSK, with Diffie-Hellman): both sides prove that they hold
 * the key, there are no certificates. */
#pragma once
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <string.h>

enum { ML_PSK_LENGTH = 32 };
static const char ml_psk_identity[] = "millrace-migration";

static inline unsigned ml_psk_client(SSL *ssl, const char *hint, char *identity, unsigned identity_capacity,
                                     unsigned char *key, unsigned capacity) {
  (void)hint;
  const void *own = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  if (!own || capacity < ML_PSK_LENGTH || identity_capacity < sizeof ml_psk_identity) return 0;
  memcpy(identity, ml_psk_identity, sizeof ml_psk_identity);
  memcpy(key, own, ML_PSK_LENGTH);
  return ML_PSK_LENGTH;
}

static inline unsigned ml_psk_server(SSL *ssl, const char *identity, unsigned char *key, unsigned capacity) {
  const void *own = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  if (!own || capacity < ML_PSK_LENGTH || strcmp(identity, ml_psk_identity)) return 0;
  memcpy(key, own, ML_PSK_LENGTH);
  return ML_PSK_LENGTH;
}

/* A context for one side. `key`: 32 bytes that outlive the context. NULL when OpenSSL cannot. */
static inline SSL_CTX *ml_tls_context(int is_server, void *key) {
  SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
  if (!context) return NULL;
  SSL_CTX_set_app_data(context, key);
  SSL_CTX_set_psk_client_callback(context, ml_psk_client);
  SSL_CTX_set_psk_server_callback(context, ml_psk_server);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
  /* The legacy callbacks imply SHA-256. */
  if (!SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) || !SSL_CTX_set_num_tickets(context, 0) ||
      !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256")) {
    SSL_CTX_free(context);
    return NULL;
  }
  return context;
}
