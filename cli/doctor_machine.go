package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// checkFiles looks at who can read what must be read by one user only, and whose the files are that the server writes.
func (d *doctor) checkFiles() {
	var wrong []finding
	var owner uint32
	for _, path := range []string{d.DB, d.DB + "-wal", d.DB + "-shm", d.DB + ".lock", d.keyset()} {
		info, found := d.checkPrivate(path)
		wrong = append(wrong, found...)
		if info == nil {
			continue
		}
		user := info.Sys().(*syscall.Stat_t).Uid
		if path == d.DB {
			owner = user
		}
		if user != owner {
			wrong = append(wrong, finding{stateProblem, "", fmt.Sprintf("%s belongs to user %d, the database to user %d", path, user, owner),
				fmt.Sprintf("chown --reference=%s %s", d.DB, path)})
		}
	}
	wrong = append(wrong, d.checkDirectory()...)
	for _, path := range []string{d.keyOfTLS(), d.acmeDir(), d.BackupDir} {
		_, found := d.checkPrivate(path)
		wrong = append(wrong, found...)
	}
	d.report("files", "private", wrong)
}

// keyOfTLS is the file of the certificate's key, be it there or not.
func (d *doctor) keyOfTLS() string {
	if d.TLSKey != "" {
		return d.TLSKey
	}
	return d.beside() + ".tls-key.pem"
}

// checkDirectory looks at who can put another file in the database's place.
func (d *doctor) checkDirectory() []finding {
	dir := filepath.Dir(d.DB)
	info, err := os.Stat(dir)
	if err != nil {
		return []finding{{stateProblem, "", err.Error(), "run doctor as the user of the server"}}
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 && info.Mode()&os.ModeSticky == 0 {
		return []finding{{stateProblem, "", fmt.Sprintf("others can put files in the place of those in %s (mode %04o)", dir, mode),
			fmt.Sprintf("chmod %o %s", mode&^0o002, dir)}}
	}
	return nil
}

// checkPrivate gives nil for a file that is not there: others say whether it should be.
func (d *doctor) checkPrivate(path string) (os.FileInfo, []finding) {
	info, err := os.Stat(path)
	if path == "" || errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []finding{{stateProblem, "", err.Error(), "run doctor as the user of the server"}}
	}
	mode := info.Mode().Perm()
	if mode&0o077 == 0 {
		return info, nil
	}
	return info, []finding{{stateProblem, "", fmt.Sprintf("others can get at %s (mode %04o)", path, mode),
		fmt.Sprintf("chmod %o %s", mode&^0o077, path)}}
}

// minFreeShare is below which share of a disk a warning is due, whatever its size.
const minFreeShare = 20 // one 20th

func (d *doctor) checkSpace() {
	var wrong []finding
	var free []string
	for _, dir := range []string{filepath.Dir(d.DB), d.BackupDir} {
		var disk syscall.Statfs_t
		if dir == "" || errors.Is(syscall.Statfs(dir, &disk), syscall.ENOENT) {
			continue
		}
		left, all := disk.Bavail*uint64(disk.Bsize), disk.Blocks*uint64(disk.Bsize)
		text := fmt.Sprintf("%d MB free in %s", left>>20, dir)
		free = append(free, text)
		if left>>20 < uint64(d.MinFree) || left < all/minFreeShare {
			wrong = append(wrong, finding{stateWarning, "", text, "make room: writes are refused when there is none"})
		}
	}
	d.report("space", strings.Join(free, ", "), wrong)
}

// expirySoon is when a certificate should have been renewed by whoever does it.
const expirySoon = 14 * 24 * time.Hour

func (d *doctor) checkCertificate() {
	var wrong []finding
	pairs := d.certificates()
	for _, pair := range pairs {
		certificate, err := tls.LoadX509KeyPair(pair[0], pair[1])
		switch {
		case pair[0] == "" || pair[1] == "":
			wrong = append(wrong, finding{stateProblem, "", "only one of --tls-cert and --tls-key is given", "they go together, for doctor and for serve"})
			continue
		case errors.Is(err, os.ErrNotExist) && len(d.ACMEDomain) > 0:
			wrong = append(wrong, finding{stateProblem, "", "no certificate for " + filepath.Base(pair[0]) + " yet",
				"the server gets it by itself if port 443 leads to --listen-tls, or port 80 to --listen; its log says what hinders"})
			continue
		case err != nil:
			wrong = append(wrong, finding{stateProblem, "", fmt.Sprintf("%s with key %s: %v", pair[0], pair[1], oneLine(err)),
				"put the certificate and its own key there"})
			continue
		}
		wrong = append(wrong, d.judge(pair[0], certificate.Leaf)...)
	}
	switch len(pairs) {
	case 0:
		d.add(stateOK, "certificate", "none in use", "")
	default:
		d.report("certificate", fmt.Sprintf("%d, good", len(pairs)), wrong)
	}
}

// certificates are the files of each certificate with its key, as serve chooses them.
func (d *doctor) certificates() (pairs [][2]string) {
	if d.TLSCert != "" || d.TLSKey != "" {
		return [][2]string{{d.TLSCert, d.TLSKey}}
	}
	for _, name := range d.ACMEDomain {
		kept := filepath.Join(d.acmeDir(), name) // key and chain in one file
		pairs = append(pairs, [2]string{kept, kept})
	}
	if self := d.beside() + ".tls-cert.pem"; len(pairs) == 0 {
		if _, err := os.Stat(self); err == nil {
			pairs = append(pairs, [2]string{self, d.beside() + ".tls-key.pem"})
		}
	}
	return pairs
}

func (d *doctor) judge(file string, leaf *x509.Certificate) (wrong []finding) {
	now := time.Now()
	until := leaf.NotAfter.UTC().Format(time.DateTime)
	switch {
	case now.After(leaf.NotAfter):
		wrong = append(wrong, finding{stateProblem, "", fmt.Sprintf("%s has expired (%s)", file, until), "renew it; a running server reads the new one by itself"})
	case now.Before(leaf.NotBefore):
		wrong = append(wrong, finding{stateProblem, "", file + " is not good yet", "set the clock (timedatectl), or use another certificate"})
	case now.After(leaf.NotAfter.Add(-expirySoon)):
		wrong = append(wrong, finding{stateWarning, "", fmt.Sprintf("%s expires soon (%s)", file, until), "renew it; a running server reads the new one by itself"})
	}
	names := d.ACMEDomain
	if u, err := url.Parse(d.PublicURL); err == nil && u.Hostname() != "" && len(names) == 0 {
		names = []string{u.Hostname()}
	}
	for _, name := range names {
		if len(d.ACMEDomain) > 0 && filepath.Base(file) != name {
			continue
		}
		if leaf.VerifyHostname(name) != nil {
			wrong = append(wrong, finding{stateProblem, "", fmt.Sprintf("%s is not good for %s", file, name), "get one with that name in it"})
		}
	}
	return wrong
}
