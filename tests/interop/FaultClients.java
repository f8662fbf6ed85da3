// What the JDK's PKIX validator says of a certificate while a mock's responder or publisher is at fault, and after
// the fault's end.
//
// java FaultClients.java CONTROL CA CERTIFICATE LIST FAULT …
//
// CA and CERTIFICATE are files (DER), LIST the URL of a complete CRL. For each FAULT that is about OCSP or HTTP the
// validator asks the responder that the certificate names; for each that begins with crl it gets the list. Prints a
// line for each: the name, what it said, what it said afterwards (valid, revoked, unknown).

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

public final class FaultClients {
  private final HttpClient http = HttpClient.newHttpClient();
  private final CertificateFactory factory;
  private final String control;
  private final String list;
  private final TrustAnchor anchor;
  private final CertPath path;

  private FaultClients(String[] arguments) throws Exception {
    factory = CertificateFactory.getInstance("X.509");
    control = arguments[0];
    anchor = new TrustAnchor(read(arguments[1]), null);
    path = factory.generateCertPath(List.of(read(arguments[2])));
    list = arguments[3];
  }

  public static void main(String[] arguments) throws Exception {
    // The JDK waits so long for an answer, in seconds.
    System.setProperty("com.sun.security.ocsp.timeout", "1");
    FaultClients clients = new FaultClients(arguments);
    for (String fault : Arrays.asList(arguments).subList(4, arguments.length)) {
      boolean isCrl = fault.startsWith("crl");
      String delay = fault.equals("slow") || fault.equals("drip") ? ",\"milliseconds\":3000" : "";
      clients.send("POST", "/mock/faults", "{\"fault\":\"" + fault + "\"" + delay + "}");
      String during = isCrl ? clients.byList() : clients.byOcsp();
      clients.send("DELETE", "/mock/faults", "");
      System.out.println(fault + " " + during + " " + (isCrl ? clients.byList() : clients.byOcsp()));
    }
  }

  private X509Certificate read(String file) throws Exception {
    try (InputStream stream = Files.newInputStream(Path.of(file))) {
      return (X509Certificate) factory.generateCertificate(stream);
    }
  }

  private void send(String method, String target, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(control + target))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) throw new IllegalStateException(response.body());
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
    checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK));
    PKIXParameters parameters = parameters();
    parameters.addCertPathChecker(checker);
    return verdict(validator, parameters);
  }

  private String byList() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(list)).build();
    byte[] bytes = http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
    List<CRL> lists = new ArrayList<>();
    try {
      lists.add(factory.generateCRL(new ByteArrayInputStream(bytes)));
    } catch (java.security.cert.CRLException unreadable) {
      // As if there were none.
    }
    PKIXParameters parameters = parameters();
    parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
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
