package phpform_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"panelgate/phpform"
)

// mustPHP returns the interpreter. Without one a laptop skips the comparison, aloud; CI must not.
func mustPHP(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("php")
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("CI is set and there is no php to compare with: %v", err)
	}
	t.Skipf("not compared with PHP: %v", err)
	return ""
}

// mustAsk puts one question of oracle.php about all inputs to a single PHP process.
func mustAsk(t *testing.T, question string, inputs []string) []string {
	t.Helper()
	var in bytes.Buffer
	for _, s := range inputs {
		in.WriteString(base64.StdEncoding.EncodeToString([]byte(s)))
		in.WriteByte('\n')
	}
	cmd := exec.Command(mustPHP(t), "-n", "-d", "display_errors=0", "-d", "log_errors=0", "-d", "precision=-1",
		"-d", "max_input_vars=1000000", "-d", "max_input_nesting_level=64",
		"../testdata/phpform/oracle.php", question)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("php: %v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(inputs) {
		t.Fatalf("php gave %d answers to %d questions", len(lines), len(inputs))
	}
	for i, line := range lines {
		lines[i] = mustUnbase64(t, line)
	}
	return lines
}

func mustUnbase64(t *testing.T, s string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatalf("php answered %q: %v", s, err)
	}
	return string(b)
}

// mustServe starts PHP's web server on post.php and returns its address.
func mustServe(t *testing.T) string {
	t.Helper()
	php := mustPHP(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	cmd := exec.Command(php, "-n", "-d", "display_errors=0", "-S", address, "../testdata/phpform/post.php")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
			return "http://" + address
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatal("php -S did not start")
	return ""
}

// mustPost returns $_POST, serialized.
func mustPost(t *testing.T, url, contentType, body string) string {
	t.Helper()
	resp, err := http.Post(url, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return mustUnbase64(t, string(b))
}

// serialized writes a tree as PHP's serialize() does, so that types, order and bytes all count.
func serialized(a *phpform.Array) string {
	var b strings.Builder
	serializeArray(&b, a)
	return b.String()
}

func serializeArray(b *strings.Builder, a *phpform.Array) {
	fmt.Fprintf(b, "a:%d:{", a.Len())
	for k, v := range a.All() {
		if n, ok := k.Int(); ok {
			fmt.Fprintf(b, "i:%d;", n)
		} else {
			fmt.Fprintf(b, "s:%d:\"%s\";", len(k.String()), k)
		}
		if v.IsArray() {
			serializeArray(b, v.Array())
		} else {
			fmt.Fprintf(b, "s:%d:\"%s\";", len(v.Text()), v.Text())
		}
	}
	b.WriteByte('}')
}

// generator makes forms that are wrong in the ways that parsers get wrong. A seed always gives the same ones.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

var (
	bases = strings.Fields(`a b a a b permissions a.b .a a] ] 0 5 -5 -0 01 a%00b %00a __Host-a _.Host-a
		..Secure-x __Secure-x GLOBALS _SERVER this a%20b +a ++ %C3%A9 %FF a' a" %0A a; A`)
	insides = append(strings.Fields(`a b 0 1 2 5 -5 -1 -0 01 +1 %2B1 1.5 1e3 b.c [b [ [[ ' " \ %00 b%00c %FF %C3%A9 %F0%9F%98%80
		9223372036854775807 9223372036854775806 9223372036854775808 -9223372036854775808 -9223372036854775809
		18446744073709551617 99999999999999999999 %5D %5Bx __Host-x __Secure-x domain email / %2F < % %4 %zz %u20AC`),
		"", "", "", "", " ", "\t", "\n", "\v", "\f", "\r", "  ", " b", "b ", "b c", " 1")
	soup = append(strings.Fields(`a b [ [ ] ] [] [a] [0] [-5] [b.c] = = & & && . + % %5B %5D %00 %41 %4 %2 %f %fG __Host- _. ; ' " \ 5 -`),
		" ", "\t", "\n", "é", "\xff", "[ ]", "[9223372036854775807]")
	values = append(strings.Fields(`1 2 3 x y 100%25 %4 %zz % + a+b p@ss+w#rd! = == %26 %00 a%00b %FF%FE %C3%A9 %u20AC all Array <b> " \ / ~ 'x'`),
		"", " ", "é", "\xed\xa0\x80", "\n\r\t\b\f\x01\x7f", "日本", "😀")
)

func (g generator) pick(from []string) string { return from[g.IntN(len(from))] }

func (g generator) query() string {
	if g.IntN(4) == 0 {
		return g.many(soup, 24)
	}
	pairs := make([]string, g.IntN(8))
	for i := range pairs {
		pairs[i] = g.name() + g.pick([]string{"=", "=", "=", "=", ""}) + g.pick(values)
	}
	return strings.Join(pairs, "&")
}

func (g generator) many(from []string, most int) string {
	var b strings.Builder
	for range g.IntN(most) {
		b.WriteString(g.pick(from))
	}
	return b.String()
}

func (g generator) name() string {
	if g.IntN(500) == 0 { // About as deep as the limit.
		return g.pick(bases) + strings.Repeat("[x]", 62+g.IntN(5)) + g.pick([]string{"", "[", "y[z]"})
	}
	var b strings.Builder
	b.WriteString(g.pick(bases))
	for range g.IntN(4) {
		b.WriteString("[" + g.pick(insides))
		if g.IntN(20) > 0 {
			b.WriteByte(']')
		}
		if g.IntN(30) == 0 {
			b.WriteString(g.pick(bases))
		}
	}
	return b.String()
}
