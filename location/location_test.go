package location_test

import (
	"net/url"
	"strings"
	"testing"

	"panelgate/location"
)

func TestParse(t *testing.T) {
	for path, want := range map[string]location.Location{
		"/home/USERNAME":                          {Dir: "/home/USERNAME"},
		`c:\inetpub\vhosts\DOMAIN`:                {Dir: `c:\inetpub\vhosts\DOMAIN`},
		"sftp://user:pass@website.com":            {Scheme: "sftp", User: "user", Password: "pass", Host: "website.com"},
		"SFTP://user:pass@website.com/home":       {Scheme: "sftp", User: "user", Password: "pass", Host: "website.com", Dir: "/home"},
		"ssh://user:pass@website.com:2222/a/b":    {Scheme: "ssh", User: "user", Password: "pass", Host: "website.com", Port: 2222, Dir: "/a/b"},
		"ftp://user%40website.com:p%2Fw@10.0.0.1": {Scheme: "ftp", User: "user@website.com", Password: "p/w", Host: "10.0.0.1"},
		"ftps://u:a+b:c@[::1]:990/d%20e":          {Scheme: "ftps", User: "u", Password: "a+b:c", Host: "::1", Port: 990, Dir: "/d e"},
	} {
		got, err := location.Parse(path)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", path, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for path, says := range map[string]string{
		"":                                "absolute local path",
		"home/user":                       "absolute local path",
		"/home/user/":                     "trailing",
		`c:\inetpub\`:                     "trailing",
		"/home/../etc":                    "..",
		"/home/\x00user":                  "control characters",
		"webdav://u:p@host":               "scheme ssh, sftp, ftp or ftps",
		"sftp://website.com":              "user and password",
		"sftp://user@website.com":         "both user and password",
		"sftp://:pass@website.com":        "both user and password",
		"sftp://user@host.com:p@server":   "percent-encoded",
		"sftp://user:p%zz@server":         "percent-encoded",
		"sftp://user:pass@":               "name the server",
		"sftp://user:pass@server:":        "name the server",
		"sftp://user:pass@server:0":       "name the server",
		"sftp://user:pass@server:65536":   "name the server",
		"sftp://user:pass@server/a?b":     "percent-encode ?",
		"sftp://user:pass@server/a%2":     "percent-encoded",
		"sftp://user:pass@server/a/../b":  "..",
		"sftp://user:pass@server/":        "trailing",
		"/" + strings.Repeat("a", 40_000): "32768",
	} {
		_, err := location.Parse(path)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q: %v, want an error that says %q", path, err, says)
		}
	}
}

// What is read means the same when it is written again, and no error tells of the credentials.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"/home/u", `c:\a\b`, "sftp://user%40x:pa%3Ass@host:22/dir", "ftps://u:p@[::1]/a%20b", "ssh://u:secret-word@@h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		l, err := location.Parse(path)
		if err != nil {
			if strings.Contains(path, "secret-word") && strings.Contains(err.Error(), "secret-word") {
				t.Errorf("%q: the error tells of the path: %v", path, err)
			}
			return
		}
		if l.IsLocal() {
			if l.Dir != path {
				t.Errorf("%q: read as %q", path, l.Dir)
			}
			return
		}
		if l.User == "" || l.Password == "" || l.Host == "" || l.Port < 0 || l.Port > 65535 {
			t.Errorf("%q: read as %+v", path, l)
		}
		host := l.Host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		again := l.Scheme + "://" + escape(l.User) + ":" + escape(l.Password) + "@" + host
		if l.Dir != "" {
			again += (&url.URL{Path: l.Dir}).EscapedPath()
		}
		if back, err := location.Parse(again); l.Port == 0 && !strings.Contains(host, "%") && (err != nil || back != l) {
			t.Errorf("%q, written as %q: %+v, %v; want %+v", path, again, back, err, l)
		}
	})
}

// escape percent-encodes all but unreserved characters.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
