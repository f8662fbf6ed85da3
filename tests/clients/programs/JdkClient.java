// The JDK's PKIX validator as a verifier's client: what it says of a certificate, by OCSP or by lists.
//
// java JdkClient.java ocsp CERT ISSUER [post] [nonce]      asks the responder that the certificate names
// java JdkClient.java fetch CERT ISSUER [again=SECONDS]    fetches the list that the certificate names
// java JdkClient.java crl CERT CA,CA,… LIST,LIST,…         judges by lists that are handed over
//
// Files are PEM or DER. Prints good, revoked, or refused with the reason. as-it-is leaves the JDK's own setting for
// policies with qualifiers.

import java.io.FileInputStream;
import java.io.InputStream;
import java.security.Security;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

public final class JdkClient {
  private static final CertificateFactory FACTORY = factory();

  private static CertificateFactory factory() {
    try {
      return CertificateFactory.getInstance("X.509");
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static X509Certificate certificate(String file) throws Exception {
    try (InputStream in = new FileInputStream(file)) {
      return (X509Certificate) FACTORY.generateCertificate(in);
    }
  }

  public static void main(String[] arguments) throws Exception {
    List<String> options = List.of(arguments).subList(3, arguments.length);
    Set<TrustAnchor> anchors = new HashSet<>();
    for (String file : arguments[2].split(",")) anchors.add(new TrustAnchor(certificate(file), null));
    PKIXParameters parameters = new PKIXParameters(anchors);
    // Without this the JDK refuses each certificate of JPKI: its critical policies carry a qualifier.
    parameters.setPolicyQualifiersRejected(options.contains("as-it-is"));
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    if (arguments[0].equals("ocsp")) {
      if (options.contains("post")) System.setProperty("com.sun.security.ocsp.useget", "false");
      if (options.contains("nonce")) System.setProperty("jdk.security.certpath.ocspNonce", "true");
      PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK));
      parameters.addCertPathChecker(checker);
    } else if (arguments[0].equals("fetch")) {
      System.setProperty("com.sun.security.enableCRLDP", "true");
      Security.setProperty("ocsp.enable", "false");
    } else {
      List<CRL> lists = new ArrayList<>();
      for (String file : arguments[3].split(",")) {
        try (InputStream in = new FileInputStream(file)) {
          lists.add(FACTORY.generateCRL(in));
        }
      }
      parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
    }
    judge(validator, arguments[1], parameters);
    for (String option : options) {
      if (!option.startsWith("again=")) continue;
      Thread.sleep(1000L * Integer.parseInt(option.substring("again=".length())));
      judge(validator, arguments[1], parameters);
    }
  }

  private static void judge(CertPathValidator validator, String file, PKIXParameters parameters) throws Exception {
    try {
      validator.validate(FACTORY.generateCertPath(List.of(certificate(file))), parameters);
      System.out.println("good");
    } catch (CertPathValidatorException refusal) {
      boolean isRevoked = refusal.getReason() == CertPathValidatorException.BasicReason.REVOKED;
      System.out.println(isRevoked ? "revoked" : "refused: " + refusal.getMessage());
    }
  }
}
