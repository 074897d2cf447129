package phpform_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"panelgate/phpform"
)

func parseParts(parts ...string) (*phpform.Array, error) {
	body := strings.Join(parts, "\r\n") + "\r\n--B--\r\n"
	return phpform.ParseMultipart(strings.NewReader(body), "B", phpform.DefaultLimits())
}

// part is a part whose Content-Disposition goes on with parameters.
func part(parameters, value string) string {
	return "--B\r\nContent-Disposition: form-data" + parameters + "\r\n\r\n" + value
}

func TestMultipart(t *testing.T) {
	a, err := parseParts(
		part(`; name="a[x y][]"`, "1+1=%32\r\n"),
		part(`;name=b.c`, "\xff\x00"),
		part(`; name='d"'; charset=utf-8`, ""),
		part(`; name="e\"\\f"`, "--B\r\r"),
		part(`; name="first"; name="g;h=i"`, "last name"),
		part(`; name="a[x y][]"`, "2"),
		part(`; name=""`, "dropped"),
		part(`; name=`, "dropped"),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := `["a"=>["x y"=>[0=>'1+1=%32\015\n', 1=>'2']], "b_c"=>'\377\000', "d""=>'', "e"\f"=>'--B\015\015', "g;h=i"=>'last name']`
	if got := literal(a); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestMultipartFraming is for what RFC 2046 allows around the parts, and for bare line feeds, which PHP takes.
func TestMultipartFraming(t *testing.T) {
	for _, body := range []string{
		"--B\nContent-Disposition: form-data; name=a\n\n1\n--B--",
		"preamble --B\r\n--B \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B--\r\nepilogue\r\n--B",
		"--B\r\nX-A: b\r\n c\r\ncontent-disposition:form-data;\r\n\tname=a\r\nContent-Disposition: x; name=b\r\n\r\n1\r\n--B--",
	} {
		a, err := phpform.ParseMultipart(strings.NewReader(body), "B", phpform.DefaultLimits())
		if err != nil || literal(a) != `["a"=>'1']` {
			t.Errorf("%q: %s, %v", body, literal(a), err)
		}
	}
	if a, err := phpform.ParseMultipart(strings.NewReader("--B--"), "B", phpform.DefaultLimits()); err != nil || a.Len() != 0 {
		t.Error(err)
	}
}

// TestLongHeader takes long when every folded line copies those before it.
func TestLongHeader(t *testing.T) {
	header := "; name=a\r\n" + strings.Repeat(" ;\n", 1<<17) + "X: y"
	if a, err := parseParts(part(header, "1")); err != nil || literal(a) != `["a"=>'1']` {
		t.Error(err)
	}
}

func TestMultipartRefusesFiles(t *testing.T) {
	for parameters, field := range map[string]string{
		`; name="up"; filename="x.txt"`:           "up",
		`; filename=""; name=up`:                  "up",
		`; FileName=x`:                            "",
		`; name="up\"; filename*=UTF-8''x`:        `up"; filename*=UTF-8''x`,
		"; name=\"a\xff\"; filename*=UTF-8''x%41": `"a\xff"`,
	} {
		_, err := parseParts(part(`; name="a"`, "1"), part(parameters, "content"))
		var file *phpform.FileError
		if field == `up"; filename*=UTF-8''x` { // The quote is escaped, so all of it is the name.
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.As(err, &file) || file.Field != field {
			t.Errorf("%s: got %v", parameters, err)
		}
	}
	if got := (&phpform.FileError{}).Error(); got != "files are not accepted" {
		t.Error(got)
	}
	if got := (&phpform.FileError{Field: "up"}).Error(); got != "up is a file; files are not accepted" {
		t.Error(got)
	}
}

func TestMultipartRefusesBadSyntax(t *testing.T) {
	const secret = "KExk80Ml5aG6M"
	for name, c := range map[string]struct {
		body   string
		offset int
	}{
		"empty":             {"", 0},
		"no boundary":       {secret, 13},
		"boundary alone":    {"--B", 3},
		"cut in the header": {"--B\r\nContent-Disposition: form-data; name=\"" + secret, 56},
		"cut in the value":  {part("; name=a", secret), 60},
		"cut after a part":  {part("; name=a", secret) + "\r\n--B\r\n", 67},
		"longer boundary":   {"--B" + secret + "\r\n\r\n1\r\n--B--", 3},
		"longer later on":   {part("; name=a", "1") + "\r\n--B" + secret + "\r\n", 53},
		"bad header":        {"--B\r\n" + secret + "\r\n\r\n1\r\n--B--", 5},
		"NUL in header":     {"--B\r\nX: y\r\nContent-Disposition: \x00\r\n\r\n1\r\n--B--", 11},
		"no name":           {part("", secret) + "\r\n--B--", 5},
		"no disposition":    {"--B\r\n\r\n" + secret + "\r\n--B--", 5},
		"space in header":   {"--B\r\nContent-Disposition : x; name=a\r\n\r\n" + secret + "\r\n--B--", 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := phpform.ParseMultipart(strings.NewReader(c.body), "B", phpform.DefaultLimits())
			wantSyntax(t, err, "multipart", c.offset, secret)
		})
	}
	_, err := phpform.ParseMultipart(strings.NewReader(""), "", phpform.DefaultLimits())
	wantSyntax(t, err, "multipart", 0, secret)
}

func wantSyntax(t *testing.T, err error, format string, offset int, secret string) {
	t.Helper()
	var syntax *phpform.SyntaxError
	if !errors.As(err, &syntax) || syntax.Format != format || syntax.Offset != offset {
		t.Errorf("got %v, want an error at %d", err, offset)
	} else if strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), syntax.Reason) {
		t.Errorf("the text is %q", err)
	}
}

// TestMultipartPassesReadErrorsOn is for the likes of http.MaxBytesReader.
func TestMultipartPassesReadErrorsOn(t *testing.T) {
	tooLarge := errors.New("too large")
	for _, body := range []string{"", "--B\r\nContent-", part("; name=a", "value"), part("; name=a", "value") + "\r\n--B\r\n"} {
		r := io.MultiReader(strings.NewReader(body), failing{tooLarge})
		if _, err := phpform.ParseMultipart(r, "B", phpform.DefaultLimits()); !errors.Is(err, tooLarge) {
			t.Errorf("after %q: %v", body, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
