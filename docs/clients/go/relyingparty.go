// Package relyingparty says whether a certificate is good, by OCSP (RFC 6960).
package relyingparty

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/crypto/ocsp"
)

// ErrRevoked is what Check gives for a certificate that is revoked or held.
var ErrRevoked = errors.New("the certificate is revoked")

// How far the responder's clock and ours may disagree.
const tolerance = 5 * time.Minute

var client = &http.Client{Timeout: 5 * time.Second}

// Check gives nil for a good certificate. With any error it must not be accepted.
func Check(certificate, ca *x509.Certificate, now time.Time) error {
	// JPKI's policies are critical, and crypto/x509 leaves them to its caller.
	leaf := *certificate
	leaf.UnhandledCriticalExtensions = nil
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return err
	}
	answer, err := ask(certificate, ca)
	if err != nil {
		return err
	}
	if answer.ThisUpdate.After(now.Add(tolerance)) || answer.NextUpdate.Before(now.Add(-tolerance)) {
		return errors.New("the answer is of another time")
	}
	switch answer.Status {
	case ocsp.Good:
		return nil
	case ocsp.Revoked:
		return ErrRevoked
	default:
		return errors.New("the CA does not know the certificate")
	}
}

// ask gives an answer whose signature, by the CA or its responder, has been verified.
func ask(certificate, ca *x509.Certificate) (*ocsp.Response, error) {
	if len(certificate.OCSPServer) == 0 {
		return nil, errors.New("the certificate names no responder")
	}
	request, err := ocsp.CreateRequest(certificate, ca, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Post(certificate.OCSPServer[0], "application/ocsp-request", bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the responder answers with %s", answer.Status)
	}
	return ocsp.ParseResponseForCert(body, certificate, ca)
}
