package cli_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A server answers who asks the same again on a kept connection without net/http, which has the length of a long answer
// among its other headers, in their order, and not at the end.
func TestServeHasTheFastPath(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	calls := []string{"action=users/upsert&id=read"}
	for n := range 8 {
		calls = append(calls, fmt.Sprintf("action=user/addsubuser&accountuser=read&username=a_name_of_thirty_characters_%d&password=KExk80Ml5aG6M&permissions[email]=all&permissions[domain]=all", n))
	}
	for _, call := range calls {
		if became := post(http.DefaultClient, server.HTTP, call+"&token="+server.AdminToken); became != answered {
			t.Fatalf("%s: %d", call, became)
		}
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.HTTP, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers, body := bufio.NewReader(conn), "action=user/listsubusers&accountuser=read&token="+server.AdminToken
	ask := func() (names []string) {
		fmt.Fprintf(conn, "POST /spanel/api.php HTTP/1.1\r\nHost: panel\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		length := 0
		for {
			line, err := answers.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			name, value, is := strings.Cut(strings.TrimSpace(line), ": ")
			if line == "\r\n" {
				break
			}
			if is {
				names = append(names, name)
			}
			if name == "Content-Length" {
				if _, err := fmt.Sscan(value, &length); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := io.CopyN(io.Discard, answers, int64(length)); err != nil {
			t.Fatal(err)
		}
		return names
	}
	if first := ask(); first[len(first)-1] == "Content-Length" {
		t.Fatalf("the first answer has the headers %v: too short to be told from others", first)
	}
	eventually(t, "an answer of the fast path", func() bool {
		names := ask()
		return names[len(names)-1] == "Content-Length"
	})
}
