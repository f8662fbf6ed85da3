/* mbedTLS as a verifier's client, with lists that are handed over:
 *
 *   mbedtls_client CERT CA.pem LIST.pem [as-it-is]
 *
 * CA.pem and LIST.pem may hold several. Prints good, revoked, or refused with the flags. mbedTLS does not decode
 * policies with JPKI's qualifiers and refuses the certificate, since the extension is critical; the callback accepts
 * that one extension. */

#include <mbedtls/oid.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>

static int accept_policies(void *context, const mbedtls_x509_crt *certificate, const mbedtls_x509_buf *oid, int critical,
                           const unsigned char *begin, const unsigned char *end) {
  (void)context;
  (void)certificate;
  (void)critical;
  (void)begin;
  (void)end;
  return MBEDTLS_OID_CMP(MBEDTLS_OID_CERTIFICATE_POLICIES, oid) == 0 ? 0 : MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
}

static int read_certificate(mbedtls_x509_crt *certificate, const char *file, int as_it_is) {
  unsigned char content[65536];
  FILE *stream = fopen(file, "rb");
  size_t length;
  if (!stream) return -1;
  length = fread(content, 1, sizeof content, stream);
  fclose(stream);
  return as_it_is ? mbedtls_x509_crt_parse_der(certificate, content, length)
                  : mbedtls_x509_crt_parse_der_with_ext_cb(certificate, content, length, 1, accept_policies, NULL);
}

int main(int count, char **arguments) {
  mbedtls_x509_crt certificate, anchors;
  mbedtls_x509_crl lists;
  uint32_t flags = 0;
  int code;
  if (count < 4) return 2;
  mbedtls_x509_crt_init(&certificate);
  mbedtls_x509_crt_init(&anchors);
  mbedtls_x509_crl_init(&lists);
  code = read_certificate(&certificate, arguments[1], count > 4 && strcmp(arguments[4], "as-it-is") == 0);
  if (code != 0) {
    printf("refused: the certificate cannot be read: -0x%04x\n", (unsigned)-code);
    return 0;
  }
  code = mbedtls_x509_crt_parse_file(&anchors, arguments[2]);
  if (code == 0) code = mbedtls_x509_crl_parse_file(&lists, arguments[3]);
  if (code != 0) {
    printf("refused: the anchors or lists cannot be read: -0x%04x\n", (unsigned)-code);
    return 0;
  }
  mbedtls_x509_crt_verify(&certificate, &anchors, &lists, NULL, &flags, NULL, NULL);
  if (flags == 0)
    printf("good\n");
  else if (flags & MBEDTLS_X509_BADCERT_REVOKED)
    printf("revoked\n");
  else
    printf("refused: flags 0x%x\n", (unsigned)flags);
  mbedtls_x509_crl_free(&lists);
  mbedtls_x509_crt_free(&anchors);
  mbedtls_x509_crt_free(&certificate);
  return 0;
}
