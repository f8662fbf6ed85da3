// What two Java implementations of RFC 5280 say of certificates, given lists that are handed over: the JDK's PKIX
// validator and Bouncy Castle's. One process answers all questions of a test.
//
// java -cp bcprov.jar:bcutil.jar:bcpkix.jar CrlClients.java QUESTIONS
//
// A line of QUESTIONS has four columns, separated by tabs: an id, the certificate (a file, DER), the anchors and the
// lists (files, DER, separated by blanks). For each line and client a line is printed: the id, "jdk" or "bc", and
// valid, revoked or unknown (the client could not tell).

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.security.cert.CRL;
import java.security.cert.CertPath;
import java.security.cert.CertPathParameters;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.jcajce.PKIXExtendedParameters;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public final class CrlClients {
  private final CertificateFactory factory;
  private final Map<String, byte[]> files = new HashMap<>();

  private CrlClients() throws GeneralSecurityException {
    factory = CertificateFactory.getInstance("X.509");
  }

  public static void main(String[] arguments) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    CrlClients clients = new CrlClients();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] columns = line.split("\t", -1);
      PKIXParameters parameters = clients.parameters(columns[2], columns[3]);
      CertPath path = clients.path(columns[1]);
      System.out.println(columns[0] + " jdk " + verdict("SUN", path, parameters));
      PKIXExtendedParameters extended =
          new PKIXExtendedParameters.Builder(parameters).setUseDeltasEnabled(true).build();
      System.out.println(columns[0] + " bc " + verdict("BC", path, extended));
    }
  }

  private byte[] read(String file) throws IOException {
    byte[] content = files.get(file);
    if (content == null) {
      content = Files.readAllBytes(Path.of(file));
      files.put(file, content);
    }
    return content;
  }

  private X509Certificate certificate(String file) throws IOException, GeneralSecurityException {
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(read(file)));
  }

  private CertPath path(String file) throws IOException, GeneralSecurityException {
    return factory.generateCertPath(List.of(certificate(file)));
  }

  private PKIXParameters parameters(String anchors, String lists) throws IOException, GeneralSecurityException {
    Set<TrustAnchor> trusted = new LinkedHashSet<>();
    for (String file : anchors.split(" ")) trusted.add(new TrustAnchor(certificate(file), null));
    List<CRL> crls = new ArrayList<>();
    for (String file : lists.split(" ")) crls.add(factory.generateCRL(new ByteArrayInputStream(read(file))));
    PKIXParameters parameters = new PKIXParameters(trusted);
    parameters.setRevocationEnabled(true);
    // The certificates' policies carry a qualifier (the URL of the practice statement) and are critical.
    parameters.setPolicyQualifiersRejected(false);
    parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(crls)));
    return parameters;
  }

  private static String verdict(String provider, CertPath path, CertPathParameters parameters)
      throws GeneralSecurityException {
    try {
      CertPathValidator.getInstance("PKIX", provider).validate(path, parameters);
      return "valid";
    } catch (CertPathValidatorException refusal) {
      boolean isRevoked = refusal.getReason() == CertPathValidatorException.BasicReason.REVOKED;
      for (Throwable cause = refusal; cause != null; cause = cause.getCause())
        isRevoked |= String.valueOf(cause.getMessage()).contains("revocation after");
      return isRevoked ? "revoked" : "unknown " + refusal.getMessage();
    }
  }
}
