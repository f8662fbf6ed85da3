// Bouncy Castle as a verifier's client: what it says of a certificate, by OCSP or by lists and deltas.
//
// java -cp "$BC" BcClient.java ocsp CERT ISSUER URL [sha256] [nonce=BYTES] [bare] [sign=CREDENTIAL.p12:PASSWORD-FILE]
// java -cp "$BC" BcClient.java crl CERT CA,CA,… LIST,LIST,…
//
// Bare: the nonce's bytes stand in the extension without an OCTET STRING around them, as much Java code writes them.
// Files are PEM or DER. Prints good, revoked, unknown, or refused with the reason.

import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.jcajce.PKIXExtendedParameters;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public final class BcClient {
  private static CertificateFactory factory;

  private static X509Certificate certificate(String file) throws Exception {
    try (InputStream in = new FileInputStream(file)) {
      return (X509Certificate) factory.generateCertificate(in);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    factory = CertificateFactory.getInstance("X.509");
    System.out.println(arguments[0].equals("ocsp") ? ocsp(arguments) : crl(arguments));
  }

  private static String option(String[] arguments, String name) {
    for (String argument : arguments) if (argument.startsWith(name + "=")) return argument.substring(name.length() + 1);
    return null;
  }

  private static String ocsp(String[] arguments) throws Exception {
    List<String> options = Arrays.asList(arguments);
    X509CertificateHolder issuer = new JcaX509CertificateHolder(certificate(arguments[2]));
    DigestCalculator digest = new JcaDigestCalculatorProviderBuilder().build().get(new AlgorithmIdentifier(
        options.contains("sha256") ? NISTObjectIdentifiers.id_sha256 : OIWObjectIdentifiers.idSHA1));
    CertificateID id = new CertificateID(digest, issuer, certificate(arguments[1]).getSerialNumber());
    OCSPReqBuilder builder = new OCSPReqBuilder();
    builder.addRequest(id);
    Extension nonce = null;
    if (option(arguments, "nonce") != null) {
      byte[] bytes = new byte[Integer.parseInt(option(arguments, "nonce"))];
      new SecureRandom().nextBytes(bytes);
      if (options.contains("bare")) bytes[0] = 0x55;  // Not what an OCTET STRING begins with.
      nonce = new Extension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false,
          options.contains("bare") ? bytes : new DEROctetString(bytes).getEncoded());
      builder.setRequestExtensions(new Extensions(nonce));
    }
    OCSPResp answer = new OCSPResp(post(arguments[3], request(builder, option(arguments, "sign")).getEncoded()));
    if (answer.getStatus() != OCSPResp.SUCCESSFUL) return "refused: OCSP status " + answer.getStatus();
    BasicOCSPResp basic = (BasicOCSPResp) answer.getResponseObject();
    X509CertificateHolder responder = basic.getCerts()[0];
    JcaContentVerifierProviderBuilder verifiers = new JcaContentVerifierProviderBuilder();
    if (!responder.isSignatureValid(verifiers.build(issuer)) || !basic.isSignatureValid(verifiers.build(responder)))
      return "refused: the signature does not verify";
    if (nonce != null && !nonce.equals(basic.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce)))
      return "refused: another nonce";
    if (!basic.getResponses()[0].getCertID().equals(id)) return "refused: another certificate";
    CertificateStatus status = basic.getResponses()[0].getCertStatus();
    return status == CertificateStatus.GOOD ? "good" : status instanceof RevokedStatus ? "revoked" : "unknown";
  }

  private static OCSPReq request(OCSPReqBuilder builder, String credential) throws Exception {
    if (credential == null) return builder.build();
    String[] parts = credential.split(":");
    char[] password = Files.readString(Path.of(parts[1])).strip().toCharArray();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = new FileInputStream(parts[0])) {
      store.load(in, password);
    }
    String alias = store.aliases().nextElement();
    PrivateKey key = (PrivateKey) store.getKey(alias, password);
    X509CertificateHolder own = new JcaX509CertificateHolder((X509Certificate) store.getCertificate(alias));
    builder.setRequestorName(new GeneralName(own.getSubject()));
    String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    return builder.build(new JcaContentSignerBuilder(algorithm).build(key), new X509CertificateHolder[] {own});
  }

  private static byte[] post(String url, byte[] body) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/ocsp-request");
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    try (InputStream in = connection.getInputStream()) {
      return in.readAllBytes();
    }
  }

  private static String crl(String[] arguments) throws Exception {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (String file : arguments[2].split(",")) anchors.add(new TrustAnchor(certificate(file), null));
    List<CRL> lists = new ArrayList<>();
    for (String file : arguments[3].split(",")) {
      try (InputStream in = new FileInputStream(file)) {
        lists.add(factory.generateCRL(in));
      }
    }
    PKIXParameters parameters = new PKIXParameters(anchors);
    parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
    try {
      CertPathValidator.getInstance("PKIX", "BC").validate(
          factory.generateCertPath(List.of(certificate(arguments[1]))),
          new PKIXExtendedParameters.Builder(parameters).setUseDeltasEnabled(true).build());
      return "good";
    } catch (CertPathValidatorException refusal) {
      for (Throwable cause = refusal; cause != null; cause = cause.getCause())
        if (String.valueOf(cause.getMessage()).contains("revocation after")) return "revoked";
      return "refused: " + refusal.getMessage();
    }
  }
}
