package cli_test

import (
	"fmt"
	"strings"
	"testing"
)

// What could be read as one request by a proxy in front and as two here is refused, or the connection ends with the
// first: the hidden one is never carried out. The status is all that can be said, before there is a request to answer
// in a dialect.
func TestSmugglingIsRefused(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	hidden := rawCall(server.upsert("smuggled"))
	chunked := "0\r\n\r\n" + hidden
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d", n) }
	for name, request := range map[string]string{
		"two lengths":                 rawCall(hidden, "Content-Length: 0", length(len(hidden))),
		"two lengths in one":          rawCall(hidden, fmt.Sprintf("Content-Length: 0, %d", len(hidden))),
		"a length with a sign":        rawCall(hidden, "Content-Length: +0"),
		"a negative length":           rawCall(hidden, "Content-Length: -1"),
		"a length in hex":             rawCall(hidden, "Content-Length: 0x0"),
		"a length that overflows":     rawCall(hidden, "Content-Length: 18446744073709551616"),
		"a space before the colon":    rawCall(hidden, "Content-Length : 0"),
		"a header on two lines":       rawCall(hidden, "Content-Length:\r\n 0, 5"),
		"length and chunks":           rawCall(chunked, length(len(chunked)), "Transfer-Encoding: chunked"),
		"chunks and length":           rawCall(chunked, "Transfer-Encoding: chunked", length(len(chunked))),
		"chunks twice":                rawCall(chunked, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
		"another encoding":            rawCall(chunked, "Transfer-Encoding: xchunked"),
		"chunks of an encoding":       rawCall(chunked, "Transfer-Encoding: gzip, chunked"),
		"identity and length":         rawCall(hidden, "Transfer-Encoding: identity", "Content-Length: 0"),
		"chunks in HTTP/1.0":          strings.Replace(rawCall(chunked, "Transfer-Encoding: chunked"), "HTTP/1.1", "HTTP/1.0", 1),
		"a chunk's size with a sign":  rawCall("+0\r\n\r\n"+hidden, "Transfer-Encoding: chunked"),
		"a chunk's size overflows":    rawCall("10000000000000000\r\n\r\n"+hidden, "Transfer-Encoding: chunked"),
		"a chunk without its end":     rawCall("1\r\nxy0\r\n\r\n"+hidden, "Transfer-Encoding: chunked"),
		"a NUL in a header":           rawCall(hidden, "X-A: b\x00", "Content-Length: 0"),
		"a carriage return in one":    rawCall(hidden, "X-A: b\rContent-Length: 0"),
		"no host":                     strings.Replace(rawCall(hidden, "Content-Length: 0"), "Host: panel\r\n", "", 1),
		"two hosts":                   rawCall(hidden, "Host: other", "Content-Length: 0"),
		"a header without a name":     rawCall(hidden, ": b", "Content-Length: 0"),
		"a version that is none":      strings.Replace(rawCall(hidden, "Content-Length: 0"), "HTTP/1.1", "HTTP/1.1x", 1),
		"HTTP/2 without its preface":  strings.Replace(rawCall(hidden, "Content-Length: 0"), "HTTP/1.1", "HTTP/2.0", 1),
		"an absolute path of another": strings.Replace(rawCall(hidden, "Transfer-Encoding: xchunked"), "/spanel", "http://other/spanel", 1),
	} {
		answer := exchange(t, server.HTTP, request)
		if strings.Count(answer, "HTTP/1.") > 1 {
			t.Errorf("%s: more than one answer: %s", name, answer)
		}
		if strings.Contains(answer, "smuggled") {
			t.Errorf("%s: carried out: %s", name, answer)
		}
	}
	if all := server.accounts(t); strings.Contains(all, "smuggled") {
		t.Errorf("stored: %s", all)
	}
}

// Headers of any size are refused before they are held.
func TestGiganticHeaders(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	for name, headers := range map[string][]string{
		"one of 64 MiB":   {"X-A: " + strings.Repeat("a", 64<<20)},
		"a long name":     {strings.Repeat("a", 1<<20) + ": b"},
		"a million":       {strings.TrimSuffix(strings.Repeat("X-A: b\r\n", 1_000_000), "\r\n")},
		"a long path":     {"X-A: b\r\n\r\nGET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: panel"},
		"without an end":  {"X-A: " + strings.Repeat("a", 100<<10)},
		"X-Forwarded-For": {"X-Forwarded-For: " + strings.Repeat("10.0.0.1, ", 1<<20)},
	} {
		before := memory(t, server.process, "VmHWM")
		answer := exchange(t, server.HTTP, rawCall("", headers...))
		grown := memory(t, server.process, "VmHWM") - before
		if answer != "" && !strings.Contains(answer, "HTTP/1.1 431 ") || strings.Contains(answer, `"success"`) {
			t.Errorf("%s: %.200s", name, answer)
		}
		t.Logf("%s: %.30q; the process grew by %d kB", name, answer, grown)
		if grown > 16<<10 {
			t.Errorf("%s: the process grew by %d kB", name, grown)
		}
	}
}

// A call whose body does not arrive whole is not carried out, even where what arrived would be a call.
func TestBodiesCutOff(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	body := server.upsert("cut") + "&package=" + strings.Repeat("a", 100_000)
	head := rawCall(body)
	for _, cut := range []int{len(head) - 1, len(head) - 50_000, len(head) - 100_000, len(head) - 100_009} {
		if answer := exchange(t, server.HTTP, head[:cut]); !strings.Contains(answer, `"code":"unreadable_body"`) {
			t.Errorf("cut off after %d bytes: %s", cut, answer)
		}
		conn := mustDial(t, server.HTTP)
		if _, err := conn.Write([]byte(head[:cut])); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetLinger(0) // closing resets
		conn.Close()
	}
	chunks := fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	for _, cut := range []string{chunks, chunks + "0\r\n", chunks + "5\r\nabc", chunks[:len(chunks)-2]} {
		if answer := exchange(t, server.HTTP, rawCall(cut, "Transfer-Encoding: chunked")); !strings.Contains(answer, `"code":"unreadable_body"`) {
			t.Errorf("chunks that end with %q: %s", cut[len(cut)-8:], answer)
		}
	}
	if all := server.accounts(t); strings.Contains(all, `"cut"`) {
		t.Errorf("stored: %s", all)
	}
}
