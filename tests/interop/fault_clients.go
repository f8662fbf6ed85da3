// What Go says of a certificate while a mock's responder or publisher is at fault, and after the fault's end:
// golang.org/x/crypto/ocsp and crypto/x509, with what they check by themselves and a client's limit of a second.
//
//	fault_clients CONTROL CA CERTIFICATE LIST FAULT…
//
// CA and CERTIFICATE are files (PEM), LIST the URL of a complete CRL. Prints a line for each fault: the name, what it
// said, what it said afterwards (valid, revoked, unknown, refused).
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"
)

var client = http.Client{Timeout: time.Second}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func certificate(file string) *x509.Certificate {
	content, err := os.ReadFile(file)
	must(err)
	block, _ := pem.Decode(content)
	parsed, err := x509.ParseCertificate(block.Bytes)
	must(err)
	return parsed
}

// The body of an answer, whatever its status and type: the packages look at neither.
func body(answer *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

func byOcsp(subject, issuer *x509.Certificate) string {
	request, err := ocsp.CreateRequest(subject, issuer, nil)
	must(err)
	der, err := body(client.Post(subject.OCSPServer[0], "application/ocsp-request", bytes.NewReader(request)))
	if err != nil {
		return "refused"
	}
	response, err := ocsp.ParseResponseForCert(der, subject, issuer)
	if err != nil {
		return "refused"
	}
	return map[int]string{ocsp.Good: "valid", ocsp.Revoked: "revoked", ocsp.Unknown: "unknown"}[response.Status]
}

func byList(subject, issuer *x509.Certificate, url string) string {
	der, err := body(client.Get(url))
	if err != nil {
		return "refused"
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil || list.CheckSignatureFrom(issuer) != nil {
		return "refused"
	}
	for _, entry := range list.RevokedCertificates {
		if entry.SerialNumber.Cmp(subject.SerialNumber) == 0 {
			return "revoked"
		}
	}
	return "valid"
}

func send(method, url, body string) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	must(err)
	answer, err := http.DefaultClient.Do(request)
	must(err)
	answer.Body.Close()
}

func main() {
	faults, issuer, subject, list := os.Args[1]+"/mock/faults", certificate(os.Args[2]), certificate(os.Args[3]), os.Args[4]
	ask := func(name string) string {
		if strings.HasPrefix(name, "crl") {
			return byList(subject, issuer, list)
		}
		return byOcsp(subject, issuer)
	}
	for _, name := range os.Args[5:] {
		delay := ""
		if name == "slow" || name == "drip" {
			delay = `,"milliseconds":3000`
		}
		send("POST", faults, `{"fault":"`+name+`"`+delay+`}`)
		during := ask(name)
		send("DELETE", faults, "")
		fmt.Println(name, during, ask(name))
	}
}
