// What the JDK's PKIX validator says of certificates, by OCSP at the responder that each names, and by a list that is
// handed over.
//
// java StatusClient.java CA CERTIFICATE LIST [CA CERTIFICATE LIST …]
//
// All are files (DER). Prints a line for each three: what it says by OCSP, and by the list: valid, revoked, unknown.

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CRL;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;

public final class StatusClient {
  private final CertificateFactory factory;
  private final TrustAnchor anchor;
  private final CertPath path;

  private StatusClient(String ca, String certificate) throws Exception {
    factory = CertificateFactory.getInstance("X.509");
    anchor = new TrustAnchor(read(ca), null);
    path = factory.generateCertPath(List.of(read(certificate)));
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("com.sun.security.ocsp.timeout", "10");
    for (int i = 0; i + 2 < arguments.length; i += 3) {
      StatusClient client = new StatusClient(arguments[i], arguments[i + 1]);
      System.out.println(client.byOcsp() + " " + client.byList(arguments[i + 2]));
    }
  }

  private X509Certificate read(String file) throws Exception {
    try (InputStream stream = Files.newInputStream(Path.of(file))) {
      return (X509Certificate) factory.generateCertificate(stream);
    }
  }

  // JPKI's certificates have critical policies with qualifiers.
  private PKIXParameters parameters() throws Exception {
    PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
    parameters.setPolicyQualifiersRejected(false);
    return parameters;
  }

  private String byOcsp() throws Exception {
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
    PKIXParameters parameters = parameters();
    parameters.addCertPathChecker(checker);
    return verdict(validator, parameters);
  }

  private String byList(String file) throws Exception {
    PKIXParameters parameters = parameters();
    try (InputStream stream = Files.newInputStream(Path.of(file))) {
      CRL list = factory.generateCRL(stream);
      parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(list))));
    }
    return verdict(CertPathValidator.getInstance("PKIX"), parameters);
  }

  private String verdict(CertPathValidator validator, PKIXParameters parameters) throws Exception {
    try {
      validator.validate(path, parameters);
      return "valid";
    } catch (CertPathValidatorException refusal) {
      return refusal.getReason() == CertPathValidatorException.BasicReason.REVOKED ? "revoked" : "unknown";
    }
  }
}
