package relyingparty

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

type card struct{ Cer string }

// What the tests need of the first line (docs/mock.md, section 2).
var world struct {
	Control   string
	CA        struct{ Sign, Auth card }
	Residents []struct {
		ID         string
		Sign, Auth card
	}
}

// One mock for all tests. It ends when its standard input is closed, however this process ends.
func TestMain(m *testing.M) {
	program := os.Getenv("JPKI")
	if program == "" {
		program = "jpki"
	}
	mock := exec.Command(program, "mock", "--residents", "1", "--quiet")
	input, _ := mock.StdinPipe()
	output, _ := mock.StdoutPipe()
	if err := mock.Start(); err != nil {
		panic(err)
	}
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &world)
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	input.Close()
	mock.Wait()
	os.Exit(code)
}

func call(t *testing.T, method, path string, body, answer interface{}) {
	t.Helper()
	content, _ := json.Marshal(body)
	request, err := http.NewRequest(method, world.Control+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
	if answer != nil {
		if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
			t.Fatal(err)
		}
	}
}

type object map[string]interface{}

func read(t *testing.T, file string) *x509.Certificate {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(content)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func checkSign(t *testing.T, now time.Time) error {
	t.Helper()
	t.Cleanup(func() { call(t, "POST", "/mock/reset", object{}, nil) })
	return Check(read(t, world.Residents[0].Sign.Cer), read(t, world.CA.Sign.Cer), now)
}

func TestGood(t *testing.T) {
	if err := checkSign(t, time.Now()); err != nil {
		t.Error(err)
	}
}

func TestMovedHouse(t *testing.T) {
	call(t, "POST", "/mock/events", object{"event": "address-change", "resident": world.Residents[0].ID, "address": "東京都清瀬市元町一丁目１番"}, nil)
	if err := checkSign(t, time.Now()); !errors.Is(err, ErrRevoked) {
		t.Error("not revoked:", err)
	}
	if err := Check(read(t, world.Residents[0].Auth.Cer), read(t, world.CA.Auth.Cer), time.Now()); err != nil {
		t.Error("the certificate for authentication stands:", err)
	}
}

func TestNotKnown(t *testing.T) {
	for _, fault := range []string{"try-later", "http-503", "drop", "bad-signature", "wrong-responder", "stale"} {
		t.Run(fault, func(t *testing.T) {
			call(t, "POST", "/mock/faults", object{"fault": fault}, nil)
			if err := checkSign(t, time.Now()); err == nil || errors.Is(err, ErrRevoked) {
				t.Error("accepted, or taken for revoked:", err)
			}
		})
	}
}

func TestExpired(t *testing.T) {
	var clock struct{ Now time.Time }
	call(t, "PUT", "/mock/clock", object{"advance": "P6Y"}, &clock)
	var invalid x509.CertificateInvalidError
	if err := checkSign(t, clock.Now); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Error("not expired:", err)
	}
}
