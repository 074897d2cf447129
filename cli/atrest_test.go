package cli_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
)

// mustCurl runs a curl command of testdata as it is printed on
// https://installatron.com/api/is/users/create; the address and the key are all that changes. The
// server's certificate is trusted through the environment.
func mustCurl(t *testing.T, file string, server *served) map[string]any {
	t.Helper()
	gatewaytest.NeedTool(t, "curl")
	command := mustSubstitute(t, file, "{SERVER_IP}", strings.TrimPrefix(server.TLS, "https://"),
		"{the key= or key2= value from /usr/local/installatron/etc/settings.ini}", server.AdminToken)
	cmd := exec.Command("sh", "-c", command)
	cmd.Env = append(os.Environ(), "CURL_CA_BUNDLE="+server.Cert)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", file, err, stderr.String())
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%s printed %s", file, out)
	}
	return answer
}

func TestCurlExamples(t *testing.T) {
	gatewaytest.NeedTool(t, "curl")
	t.Parallel()
	server := mustServe(t)
	created := mustCurl(t, "curl/create_user.sh", server)
	changed := mustCurl(t, "curl/set_package.sh", server)

	user := created["data"].(map[string]any)
	mustEqualJSON(t, user["websites"], `[
		{"path": "sftp://exampleftpuser:exampleftppassword@website.com", "label": "website.com", "server": "website.com",
		 "parent": "root", "databases": [],
		 "vhosts": {"http://website.com": "httpdocs", "http://www.website.com": "httpdocs"}},
		{"path": "sftp://exampleftpuser:exampleftppassword@website.com/subdomain", "label": "subdomain.website.com", "server": "website.com",
		 "parent": "root", "databases": [], "email": "user@mail.com",
		 "vhosts": {"http://subdomain.website.com": "httpdocs/subdomain", "https://subdomain.website.com": "httpdocs/subdomain"}}]`)
	if user["type"] != "user" {
		t.Errorf("a new user is of type %v", user["type"])
	}
	// The second call changes the type and nothing else.
	user["type"] = "reseller"
	want, err := json.Marshal(created)
	if err != nil {
		t.Fatal(err)
	}
	mustEqualJSON(t, changed, string(want))
	mustEqualJSON(t, []any{changed["result"], changed["status"], changed["errcode"], changed["errfield"], changed["message"]},
		`[true, 200, null, null, "The task is complete.\n"]`)
}

// mustEqualJSON compares what was decoded with a JSON text.
func mustEqualJSON(t *testing.T, got any, want string) {
	t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(want), &decoded); err != nil {
		t.Fatal(err)
	}
	gotText, gotErr := json.Marshal(got)
	wantText, wantErr := json.Marshal(decoded)
	if gotErr != nil || wantErr != nil || !bytes.Equal(gotText, wantText) {
		t.Errorf("got  %s\nwant %s", gotText, wantText)
	}
}

// Nothing that gives access stands in the database's files, while the server runs (and the
// write-ahead log is full of it) and after it has stopped, nor in the log.
func TestSecretsAtRest(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	admin := client.New(server.HTTP, server.AdminToken)
	secrets := []string{
		"ftpgeheim", "ftpparole", "host-geheim.example", "verzeichnis-geheim", // of the path
		"dbparole-1", "dbparole-2", // of the databases
		"Subuser-Parole-1", "Subuser-Parole-2",
		server.AdminToken, strings.TrimPrefix(server.AdminToken, "pg_"),
	}
	sites := client.Websites{}
	for i, pass := range secrets[4:6] {
		sites = append(sites, client.Website{
			Path:  "sftp://ftpgeheim:ftpparole@host-geheim.example/verzeichnis-geheim",
			Label: "site " + pass[len(pass)-1:], Server: "web1", Vhosts: map[string]string{"http://acme.example": "httpdocs"},
			Databases: client.Databases{{Type: "mysql", Host: "localhost", Name: "db", User: "db", Pass: secrets[4+i]}},
		})
	}
	_, err := admin.UpsertUser(t.Context(), client.UserChange{ID: "acme", Websites: sites})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = admin.CreateUser(t.Context(), client.UserChange{ID: "acme", Websites: sites[:1]}); err != nil { // deletes rows, too
		t.Fatal(err)
	}
	_, err = admin.AddSubuser(t.Context(), client.NewSubuser{Account: "acme", Username: "helper", Password: secrets[6], Permissions: permissions.All()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = admin.SetSubuserPassword(t.Context(), "acme", "helper", secrets[7]); err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(mustRun(t, "token", "create", "--db", server.DB, "--kind", "client", "--account", "acme"))
	if _, err = client.New(server.HTTP, token).Subusers(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, token, strings.TrimPrefix(token, "pg_"))

	wal := mustRead(t, server.DB+"-wal")
	if !bytes.Contains(wal, []byte("web1")) || !bytes.Contains(wal, []byte("$2a$")) {
		t.Error("the write-ahead log does not hold what this test looks at")
	}
	mustHoldNone(t, secrets, server.DB+"*")
	server.stop(t)
	mustHoldNone(t, secrets, server.DB+"*")
	for _, secret := range secrets {
		if strings.Contains(server.err.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// mustHoldNone looks for each secret in each file, as it is, as forms encode it and in capitals.
func mustHoldNone(t *testing.T, secrets []string, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < 2 {
		t.Fatalf("files of the database: %q, %v", files, err)
	}
	for _, file := range files {
		content := mustRead(t, file)
		for _, secret := range secrets {
			for _, form := range []string{secret, url.QueryEscape(secret), strings.ToUpper(secret)} {
				if bytes.Contains(content, []byte(form)) {
					t.Errorf("%s holds %q", filepath.Base(file), form)
				}
			}
		}
	}
}
