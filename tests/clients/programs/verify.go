// Go as a verifier's client: golang.org/x/crypto/ocsp, and crypto/x509 for lists.
//
//	verify ocsp CERT ISSUER URL [get] [sha256] [CREDENTIAL.pem CREDENTIAL.key SERVER-CA.pem]   the last for TLS
//	verify crl CERT CA,CA,… LIST
//
// Files are PEM. Prints good, revoked, unknown, or refused with the reason. Go reads lists and applies none: the crl
// mode does what its documentation asks of the caller (signature, time, critical extensions, the entry).
package main

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"
)

func refuse(reason interface{}) {
	fmt.Println("refused:", reason)
	os.Exit(0)
}

func der(file string) []byte {
	content, err := os.ReadFile(file)
	if err != nil {
		refuse(err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		refuse(file + " is not PEM")
	}
	return block.Bytes
}

func certificate(file string) *x509.Certificate {
	parsed, err := x509.ParseCertificate(der(file))
	if err != nil {
		refuse(err)
	}
	return parsed
}

// verify builds the path, which refuses critical extensions that Go does not know.
func verify(certificate *x509.Certificate, anchors ...*x509.Certificate) *x509.Certificate {
	pool := x509.NewCertPool()
	for _, anchor := range anchors {
		pool.AddCert(anchor)
	}
	chains, err := certificate.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		refuse(err)
	}
	return chains[0][1]
}

func client(files []string) *http.Client {
	if len(files) < 3 {
		return http.DefaultClient
	}
	pair, err := tls.LoadX509KeyPair(files[0], files[1])
	if err != nil {
		refuse(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate(files[2]))
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}}}
}

func askOcsp(arguments []string) {
	subject, issuer, responder := certificate(arguments[0]), certificate(arguments[1]), arguments[2]
	options, get, files := &ocsp.RequestOptions{Hash: crypto.SHA1}, false, []string{}
	for _, option := range arguments[3:] {
		switch option {
		case "get":
			get = true
		case "sha256":
			options.Hash = crypto.SHA256
		default:
			files = append(files, option)
		}
	}
	verify(subject, issuer)
	request, err := ocsp.CreateRequest(subject, issuer, options)
	if err != nil {
		refuse(err)
	}
	var answer *http.Response
	if get {
		answer, err = client(files).Get(responder + "/" + url.PathEscape(base64.StdEncoding.EncodeToString(request)))
	} else {
		answer, err = client(files).Post(responder, "application/ocsp-request", bytes.NewReader(request))
	}
	if err != nil {
		refuse(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		refuse(err)
	}
	parsed, err := ocsp.ParseResponseForCert(body, subject, issuer)
	if err != nil {
		refuse(err)
	}
	fmt.Println(map[int]string{ocsp.Good: "good", ocsp.Revoked: "revoked", ocsp.Unknown: "unknown"}[parsed.Status])
}

// The caller hands over lists of the certificate's own distribution point: the IDP is not compared.
func hasUnknownCritical(list *x509.RevocationList) bool {
	for _, extension := range list.Extensions {
		if extension.Critical && extension.Id.String() != "2.5.29.28" {
			return true
		}
	}
	return false
}

func askCrl(arguments []string) {
	var anchors []*x509.Certificate
	for _, file := range strings.Split(arguments[1], ",") {
		anchors = append(anchors, certificate(file))
	}
	subject := certificate(arguments[0])
	issuer := verify(subject, anchors...)
	for _, file := range strings.Split(arguments[2], ",") {
		list, err := x509.ParseRevocationList(der(file))
		if err != nil {
			refuse(err)
		}
		// Both generations have one name: the list is found by the key that signed it. What is critical and unknown
		// here, a deltaCRLIndicator above all, is no list to judge by.
		if list.CheckSignatureFrom(issuer) != nil || hasUnknownCritical(list) {
			continue
		}
		if time.Now().After(list.NextUpdate) {
			refuse("the list is stale")
		}
		for _, entry := range list.RevokedCertificates {
			if entry.SerialNumber.Cmp(subject.SerialNumber) == 0 {
				fmt.Println("revoked")
				return
			}
		}
		fmt.Println("good")
		return
	}
	refuse("no list by the issuer's key")
}

func main() {
	if os.Args[1] == "ocsp" {
		askOcsp(os.Args[2:])
	} else {
		askCrl(os.Args[2:])
	}
}
