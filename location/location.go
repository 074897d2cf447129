// Package location reads where the files of a website are: a local directory, or a URI with the
// credentials of a remote server.
package location

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// maxLength leaves room for a private key in place of the password, percent-encoded.
const maxLength = 32 << 10

// Location is a website's home directory. Local ones have a Dir and nothing else.
type Location struct {
	Scheme   string // ssh, sftp, ftp or ftps; "" is the local filesystem or an NFS share
	User     string // decoded
	Password string // decoded; for ssh and sftp it may be the text of a private key
	Host     string // name or address, without brackets
	Port     int    // 0: the scheme's own
	Dir      string // absolute; "" is where the login lands
}

// IsLocal reports whether the files are on this machine or a share mounted on it.
func (l Location) IsLocal() bool { return l.Scheme == "" }

// Parse reads a path as Installatron's page describes it: an absolute local path
// (/home/USER, c:\inetpub\vhosts\DOMAIN) or ssh, sftp, ftp or ftps://USER:PASS@HOST[:PORT][/DIR]
// with user and password percent-encoded after RFC 3986, and no trailing separator. An error says
// what would be right and holds nothing of the path, which is a secret.
//
// Source: https://installatron.com/api/is/users/create, websites[].path.
func Parse(path string) (Location, error) {
	switch {
	case len(path) > maxLength:
		return Location{}, errors.New("must be at most 32768 bytes long")
	case strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Location{}, errors.New("must hold no control characters; percent-encode them in a URI")
	case strings.HasSuffix(path, "/"), strings.HasSuffix(path, `\`):
		return Location{}, errors.New("must have no trailing directory separator")
	case strings.Contains(path, "://"):
		return parseURI(path)
	case strings.HasPrefix(path, "/"), isWindowsPath(path):
		return parseLocal(path)
	}
	return Location{}, errors.New("must be an absolute local path, or a URI such as sftp://USER:PASS@SERVER/home")
}

func isWindowsPath(path string) bool {
	return len(path) > 3 && path[1:3] == `:\` && (path[0]|0x20 >= 'a' && path[0]|0x20 <= 'z')
}

func parseLocal(path string) (Location, error) {
	if !isClean(path) {
		return Location{}, errors.New("must be a path without . and .. parts")
	}
	return Location{Dir: path}, nil
}

// isClean reports whether a path means what it says: nothing climbs out of it.
func isClean(path string) bool {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

func parseURI(uri string) (Location, error) {
	scheme, rest, _ := strings.Cut(uri, "://")
	switch scheme = strings.ToLower(scheme); scheme {
	case "ssh", "sftp", "ftp", "ftps":
	default:
		return Location{}, errors.New("must be a local path, or a URI with the scheme ssh, sftp, ftp or ftps")
	}
	authority, dir, hasDir := strings.Cut(rest, "/")
	if hasDir {
		dir = "/" + dir
	}
	at := strings.LastIndexByte(authority, '@') // one in the user is told from the one before the server
	if at < 0 {
		return Location{}, errors.New("must name user and password: " + scheme + "://USER:PASS@SERVER; percent-encode special characters in them")
	}
	l := Location{Scheme: scheme}
	if err := l.setUser(authority[:at]); err != nil {
		return Location{}, err
	}
	if err := l.setHost(authority[at+1:]); err != nil {
		return Location{}, err
	}
	return l, l.setDir(dir)
}

func (l *Location) setUser(userinfo string) error {
	user, password, _ := strings.Cut(userinfo, ":")
	var okUser, okPassword bool
	l.User, okUser = decode(user)
	l.Password, okPassword = decode(strings.ReplaceAll(password, ":", "%3A")) // only the first colon divides
	if !okUser || !okPassword {
		return errors.New("must have user and password percent-encoded, such as user%40example.com for user@example.com")
	}
	if l.User == "" || l.Password == "" {
		return errors.New("must have both user and password before the @")
	}
	return nil
}

// decode reads a part of RFC 3986's userinfo (section 3.2.1): unreserved characters, sub-delims
// and percent-encoded bytes. A + is a plus: the RFC knows no other meaning.
func decode(part string) (string, bool) {
	for _, c := range []byte(part) {
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alnum && strings.IndexByte("-._~!$&'()*+,;=%", c) < 0 {
			return "", false
		}
	}
	plain, err := url.PathUnescape(part)
	return plain, err == nil
}

func (l *Location) setHost(host string) error {
	bad := errors.New("must name the server after the @, as SERVER or SERVER:PORT; an @ in user or password is %40")
	parsed, err := url.Parse("//" + host)
	if err != nil || parsed.Hostname() == "" || parsed.User != nil || parsed.Host != host || strings.HasSuffix(host, ":") {
		return bad
	}
	if port := parsed.Port(); port != "" {
		if l.Port, err = strconv.Atoi(port); err != nil || l.Port < 1 || l.Port > 65535 {
			return bad
		}
	}
	l.Host = parsed.Hostname()
	return nil
}

func (l *Location) setDir(dir string) error {
	if strings.ContainsAny(dir, "?#") {
		return errors.New("must percent-encode ? as %3F and # as %23")
	}
	plain, err := url.PathUnescape(dir)
	if err != nil {
		return errors.New("must be percent-encoded: a % needs two hex digits after it")
	}
	if !isClean(plain) || strings.ContainsRune(plain, 0) {
		return errors.New("must have a directory without . and .. parts")
	}
	l.Dir = plain
	return nil
}

// Server is what tells one physical web server from another where nobody named it: the host, and
// for local files this machine.
func (l Location) Server() string {
	if l.IsLocal() {
		return "localhost"
	}
	return l.Host
}
