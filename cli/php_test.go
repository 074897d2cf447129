package cli_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/gatewaytest/postgres"
)

// mustPHP runs a PHP program and gives what it printed.
func mustPHP(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(gatewaytest.NeedTool(t, "php"), append([]string{program}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("php %s: %v\n%s%s", program, err, out, stderr.String())
	}
	return string(out)
}

// mustSubstitute reads a file of testdata and replaces what a user of the example has to replace:
// each old text must be there.
func mustSubstitute(t *testing.T, file string, oldNew ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldNew); i += 2 {
		if strings.Count(string(text), oldNew[i]) != 1 {
			t.Fatalf("%s does not hold %q once", file, oldNew[i])
		}
	}
	return strings.NewReplacer(oldNew...).Replace(string(text))
}

// The example of https://www.spanel.io/docs/user-addsubuser/ as it is printed there; the address
// and the token are all that changes.
func TestPHPExample(t *testing.T) {
	gatewaytest.NeedTool(t, "php")
	for _, listener := range []string{"http", "https"} {
		t.Run(listener, func(t *testing.T) {
			t.Parallel()
			server := mustServe(t)
			admin := client.New(server.HTTP, server.AdminToken)
			if _, err := admin.UpsertUser(t.Context(), client.UserChange{ID: gatewaytest.Account}); err != nil {
				t.Fatal(err)
			}
			token := strings.TrimSpace(mustRun(t, "token", "create", "--db", server.DB, "--kind", "client", "--account", gatewaytest.Account))
			base := map[string]string{"http": server.HTTP, "https": server.TLS}[listener]
			program := filepath.Join(t.TempDir(), "addsubuser.php")
			example := mustSubstitute(t, "php/addsubuser.php", "https://123.123.123.123", base, "provided_auth_token", token)
			if err := os.WriteFile(program, []byte(example), 0o600); err != nil {
				t.Fatal(err)
			}

			const want = `{"result":"success","data":{"msg":"The new user spanelio_testuser created successfuly"}}`
			if got := mustPHP(t, program); got != want {
				t.Errorf("the example printed %s", got)
			}
			answer, err := client.New(server.HTTP, token).Call(t.Context(), "user/listsubusers", listArgs)
			if err != nil {
				t.Fatal(err)
			}
			if got := emailPages(t, server); !strings.Contains(string(answer), `"permissions":{"email":`+got+`,"domain":["domains","redirects"]}`) {
				t.Errorf("listsubusers: %s, want all of %s in email, and domains and redirects in domain", answer, got)
			}
		})
	}
}

var listArgs = struct {
	Account string `url:"accountuser"`
}{gatewaytest.Account}

// emailPages gives the pages of the category email as the server lists them.
func emailPages(t *testing.T, server *served) string {
	t.Helper()
	categories, err := client.New(server.HTTP, server.AdminToken).UserPermissions(t.Context(), gatewaytest.Account, false)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := json.Marshal(categories["email"].Pages)
	if err != nil || len(categories["email"].Pages) < 2 {
		t.Fatalf("pages of email: %s, %v", pages, err)
	}
	return string(pages)
}

// Every way in which PHP encodes the fields of a call makes the same subuser.
func TestPHPEncoders(t *testing.T) {
	postgres.SQLiteOnly(t, "it reads the stored rows from the file")
	const password = "a1 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	server := gatewaytest.NewServer(t)
	printed := mustPHP(t, "../testdata/php/encoders.php",
		server.URL+"/spanel/api.php", gatewaytest.ClientToken, gatewaytest.Account, password)
	var answers map[string]struct {
		Result, Code, Field, Msg string
		Data                     struct{ Msg string }
	}
	if err := json.Unmarshal([]byte(printed), &answers); err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	want := map[string]string{
		"rfc1738": "grant", "rfc3986": "grant", "json": "grant", "json_form": "grant",
		"multipart": "all", "multipart_brackets": "grant",
		"multipart_nested": "hint", "curl_nested": "hint",
	}
	if len(answers) != len(want) {
		t.Errorf("%d answers, want %d: %s", len(answers), len(want), printed)
	}
	granted := permissionsOf(t, server)
	for name, kind := range want {
		answer := answers[name]
		if kind == "hint" {
			if answer.Code != "invalid_field" || !strings.HasPrefix(answer.Field, "permissions") || !strings.Contains(answer.Msg, "http_build_query()") {
				t.Errorf("%s: %+v, want the hint to wrap the fields in http_build_query()", name, answer)
			}
			if granted[name] != "" {
				t.Errorf("%s: a refused subuser was made", name)
			}
			continue
		}
		if answer.Data.Msg != "The new user "+name+" created successfuly" {
			t.Errorf("%s: %+v", name, answer)
		}
		if expected := map[string]string{"all": `"all"`, "grant": granted["rfc1738"]}[kind]; granted[name] != expected || expected == "" {
			t.Errorf("%s: permissions %s, want %s", name, granted[name], expected)
		}
		if err := bcrypt.CompareHashAndPassword([]byte(passwordHash(t, server.DB, name)), []byte(password)); err != nil {
			t.Errorf("%s: the password did not arrive as it was sent: %v", name, err)
		}
	}
}

// permissionsOf gives the permissions of each subuser as they stand in the answer.
func permissionsOf(t *testing.T, server *gatewaytest.Server) map[string]string {
	t.Helper()
	body, err := server.AccountClient().Call(t.Context(), "user/listsubusers", listArgs)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data []struct {
			User        string
			Permissions json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	granted := make(map[string]string)
	for _, subuser := range answer.Data {
		granted[subuser.User] = string(subuser.Permissions)
	}
	return granted
}

func passwordHash(t *testing.T, file, login string) (hash string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT password_hash FROM logins WHERE name = ?", login).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	return hash
}

// toolbox/echo shows a form as PHP's json_encode($_POST) does, byte for byte.
func TestPHPEcho(t *testing.T) {
	count := "3000"
	if testing.Short() {
		count = "1000"
	}
	server := gatewaytest.NewServer(t)
	t.Log(mustPHP(t, "../testdata/php/echo.php", server.URL+"/spanel/api.php", gatewaytest.ClientToken, "1", count))
}

// The token stands in no answer and secrets are masked, however deep they are.
func TestEchoMasks(t *testing.T) {
	server := gatewaytest.NewServer(t)
	res, err := http.Post(server.URL+"/spanel/api.php", "application/x-www-form-urlencoded", strings.NewReader(
		"action=toolbox/echo&password=geheim&a[pass]=geheim&websites[0][path]=geheim&b[password][]=geheim&a[b]=seen&token="+gatewaytest.ClientToken))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Data json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	const want = `{"action":"toolbox\/echo","password":"********","a":{"pass":"********","b":"seen"},"websites":[{"path":"********"}],"b":{"password":"********"}}`
	if string(answer.Data) != want {
		t.Errorf("echo: %s, want %s", answer.Data, want)
	}
}
