package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateLook is how long a certificate is used before its files are looked at again.
const certificateLook = time.Second

// certificateFiles give the certificate in two files, and the new one once they have changed.
type certificateFiles struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	seen    [2]os.FileInfo // of the files that were loaded, or could not be
	checked time.Time
}

// openCertificate loads a certificate; without a good one a server does not start.
func openCertificate(cert, key string, log *slog.Logger) (*certificateFiles, error) {
	f := &certificateFiles{cert: cert, key: key, log: log}
	if err := f.load(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *certificateFiles) load() error {
	certInfo, certErr := os.Stat(f.cert)
	keyInfo, keyErr := os.Stat(f.key)
	if err := errors.Join(certErr, keyErr); err != nil {
		return err
	}
	f.seen = [2]os.FileInfo{certInfo, keyInfo}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", f.cert, f.key, err)
	}
	f.loaded = &pair
	return nil
}

// get is what a [tls.Config] asks at each handshake. A pair that is broken, or half replaced, changes nothing.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.checked) < certificateLook {
		return f.loaded, nil
	}
	f.checked = time.Now()
	if !f.changed() {
		return f.loaded, nil
	}
	if err := f.load(); err != nil {
		f.log.Error("certificate kept as it was", "error", err)
	} else {
		f.log.Info("certificate read", "file", f.cert, "expires", f.loaded.Leaf.NotAfter)
	}
	return f.loaded, nil
}

func (f *certificateFiles) changed() bool {
	for i, path := range []string{f.cert, f.key} {
		info, err := os.Stat(path)
		if err != nil {
			return true // load says what is wrong, each second: without its files a server does not start again
		}
		if !os.SameFile(info, f.seen[i]) || !info.ModTime().Equal(f.seen[i].ModTime()) || info.Size() != f.seen[i].Size() {
			return true
		}
	}
	return false
}
