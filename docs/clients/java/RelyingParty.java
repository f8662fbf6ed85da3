// Whether a certificate is good, by the JDK's own validator, while its holder's life goes on:
// java docs/clients/java/RelyingParty.java

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

public final class RelyingParty {
  enum Verdict { GOOD, REVOKED, EXPIRED, NOT_KNOWN }

  private final X509Certificate ca;

  RelyingParty(X509Certificate ca) {
    this.ca = ca;
  }

  Verdict check(X509Certificate certificate, Instant now) throws GeneralSecurityException {
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker revocation = (PKIXRevocationChecker) validator.getRevocationChecker();
    // OCSP alone, and no acceptance without an answer.
    revocation.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(ca, null)));
    parameters.addCertPathChecker(revocation);
    // JPKI's certificates have critical policies with qualifiers, which the JDK refuses unless told otherwise.
    parameters.setPolicyQualifiersRejected(false);
    parameters.setDate(Date.from(now));
    try {
      validator.validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)), parameters);
      return Verdict.GOOD;
    } catch (CertPathValidatorException refusal) {
      if (refusal.getReason() == BasicReason.REVOKED) return Verdict.REVOKED;
      return refusal.getReason() == BasicReason.EXPIRED ? Verdict.EXPIRED : Verdict.NOT_KNOWN;
    }
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("com.sun.security.ocsp.timeout", "5");
    try (Mock mock = new Mock("--residents", "1")) {
      RelyingParty party = new RelyingParty(mock.certificate("ca", "sign"));
      X509Certificate certificate = mock.certificate("residents", "sign");

      expect("at first", Verdict.GOOD, party.check(certificate, Instant.now()));

      for (String fault : List.of("try-later", "drop", "bad-signature", "stale")) {
        mock.call("POST", "/mock/faults", "{\"fault\":\"" + fault + "\"}");
        expect(fault, Verdict.NOT_KNOWN, party.check(certificate, Instant.now()));
        mock.call("DELETE", "/mock/faults", "");
      }

      mock.call("POST", "/mock/events", """
          {"event": "address-change", "resident": "%s", "address": "東京都清瀬市元町一丁目１番"}
          """.formatted(mock.text("residents", "id")));
      expect("the holder has moved house", Verdict.REVOKED, party.check(certificate, Instant.now()));

      mock.call("POST", "/mock/reset", "");
      String clock = mock.call("PUT", "/mock/clock", "{\"advance\":\"P6Y\"}");
      expect("six years later", Verdict.EXPIRED, party.check(certificate, Instant.parse(Mock.textIn(clock, "now"))));
    }
  }

  private static void expect(String occasion, Verdict expected, Verdict verdict) {
    if (verdict != expected) throw new AssertionError(occasion + ": " + expected + " was expected, not " + verdict);
    System.out.println(occasion + ": " + verdict);
  }
}

/** A mock that ends with this program. */
final class Mock implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final String firstLine;

  Mock(String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(System.getenv().getOrDefault("JPKI", "jpki"), "mock", "--quiet"));
    command.addAll(List.of(options));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    firstLine = process.inputReader().readLine();
  }

  String call(String method, String path, String body) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(text("control") + path)).method(method, BodyPublishers.ofString(body)).build();
    var answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() >= 300) throw new IOException(answer.body());
    return answer.body();
  }

  /** The first text by the last name after the other names; where there is a JSON library, use that. */
  static String textIn(String json, String... names) {
    int from = 0;
    for (String name : names) from = json.indexOf("\"" + name + "\":", from) + name.length() + 3;
    var found = Pattern.compile("\"([^\"]*)\"").matcher(json);
    if (!found.find(from)) throw new IllegalArgumentException(List.of(names) + " is not in " + json);
    return found.group(1);
  }

  String text(String... names) {
    return textIn(firstLine, names);
  }

  X509Certificate certificate(String... names) throws IOException, GeneralSecurityException {
    String[] file = Arrays.copyOf(names, names.length + 1);
    file[names.length] = "cer";
    try (InputStream stream = Files.newInputStream(Path.of(text(file)))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
    }
  }

  /** It ends when its standard input is closed. */
  @Override
  public void close() throws IOException {
    process.outputWriter().close();
  }
}
