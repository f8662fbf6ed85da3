/* wolfSSL as a verifier's client, by its certificate manager:
 *
 *   wolfssl_client ocsp CERT CA.pem
 *   wolfssl_client crl CERT CA.pem LIST.pem
 *
 * CERT is DER. Prints good, revoked, or refused with the error. */

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
  static unsigned char certificate[65536];
  WOLFSSL_CERT_MANAGER *manager;
  int code, length;
  FILE *stream;
  if (count < 4) return 2;
  wolfSSL_Init();
  manager = wolfSSL_CertManagerNew();
  code = wolfSSL_CertManagerLoadCA(manager, arguments[3], NULL);
  stream = fopen(arguments[2], "rb");
  length = stream ? (int)fread(certificate, 1, sizeof certificate, stream) : 0;
  if (stream) fclose(stream);
  if (code == WOLFSSL_SUCCESS && strcmp(arguments[1], "ocsp") == 0) {
    code = wolfSSL_CertManagerEnableOCSP(manager, WOLFSSL_OCSP_CHECKALL);
    if (code == WOLFSSL_SUCCESS) code = wolfSSL_CertManagerCheckOCSP(manager, certificate, length);
  } else if (code == WOLFSSL_SUCCESS && count > 4) {
    code = wolfSSL_CertManagerEnableCRL(manager, WOLFSSL_CRL_CHECKALL);
    if (code == WOLFSSL_SUCCESS) code = wolfSSL_CertManagerLoadCRLFile(manager, arguments[4], WOLFSSL_FILETYPE_PEM);
    if (code == WOLFSSL_SUCCESS) code = wolfSSL_CertManagerVerifyBuffer(manager, certificate, length, WOLFSSL_FILETYPE_ASN1);
  }
  if (code == WOLFSSL_SUCCESS)
    printf("good\n");
  else if (code == OCSP_CERT_REVOKED || code == CRL_CERT_REVOKED)
    printf("revoked\n");
  else
    printf("refused: %d\n", code);
  wolfSSL_CertManagerFree(manager);
  wolfSSL_Cleanup();
  return 0;
}
