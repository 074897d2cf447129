package installatron_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers/installatron"
	"panelgate/permissions"
)

const maxBody = 8 << 20

// Secrets that calls below send; none may turn up in the log.
var secrets = []string{
	gatewaytest.ClientToken, gatewaytest.AdminToken, "wrong_token", "leaked_token", "exampleftppassword", "exampledbpassword1", "p@ssword", "secret-directory",
}

func TestRefusals(t *testing.T) {
	s := gatewaytest.NewServer(t)
	revoked := s.MustRevokedToken()
	s.MustAccount("neighbour")
	s.MustSubuser(client.NewSubuser{Username: "taken", Permissions: permissions.All()})
	readUser(t, s.MustSend(post(example)))
	s.CheckRefusals(t, "key", readRefusal, wrongKeys(revoked))
	s.CheckRefusals(t, "method and path", readRefusal, wrongMethods())
	s.CheckRefusals(t, "body", readRefusal, wrongBodies())
	s.CheckRefusals(t, "limits", readRefusal, overLimits())
	s.CheckRefusals(t, "user", readRefusal, wrongUsers())
	s.CheckRefusals(t, "path", readRefusal, wrongPaths())
	s.CheckRefusals(t, "website", readRefusal, wrongWebsites())
	s.CheckRefusals(t, "database", readRefusal, wrongDatabases())
	s.CheckSecrets(t, append(secrets, revoked)...)
}

// inQuery sends r with a query.
func inQuery(query string, r gatewaytest.Request) func(*gatewaytest.Server) gatewaytest.Answer {
	r.Path += "?" + query
	return gatewaytest.Send(r)
}

func wrongKeys(revoked string) []gatewaytest.Refusal {
	key := func(name, value, code string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(gatewaytest.WithHeader(post(example), "X-Api-Key", value)), Status: http.StatusForbidden, Code: code}
	}
	return []gatewaytest.Refusal{
		key("missing", "", "invalid_api_key"),
		key("wrong", "wrong_token", "invalid_api_key"),
		key("revoked", revoked, "token_revoked"),
		key("a client's", gatewaytest.ClientToken, "invalid_argument_user"),
		{Name: "in the body only", Send: gatewaytest.Send(gatewaytest.WithHeader(post(`{"id": "a", "token": "`+gatewaytest.AdminToken+`"}`), "X-Api-Key", "")),
			Status: http.StatusForbidden, Code: "invalid_api_key"},
		{Name: "in the query only", Send: inQuery("key="+gatewaytest.AdminToken, gatewaytest.WithHeader(post(example), "X-Api-Key", "")),
			Status: http.StatusBadRequest, Code: "invalid_argument_key", Field: "key", Says: "take this one for leaked"},
		{Name: "in the query too", Send: inQuery("key=leaked_token", post(example)),
			Status: http.StatusBadRequest, Code: "invalid_argument_key", Field: "key", Says: "never in the URL"},
		{Name: "a token in the query", Send: inQuery("token=leaked_token", post(example)),
			Status: http.StatusBadRequest, Code: "invalid_argument_token", Field: "token", Says: "never in the URL"},
	}
}

func wrongMethods() []gatewaytest.Refusal {
	var refusals []gatewaytest.Refusal
	request := func(method, path string) gatewaytest.Request {
		r := post(example)
		r.Method, r.Path = method, path
		return r
	}
	for _, method := range []string{"PUT", "PATCH", "DELETE", "PROPFIND"} {
		refusals = append(refusals, gatewaytest.Refusal{Name: method, Send: gatewaytest.Send(request(method, "/users")),
			Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Allow: "POST"})
	}
	for _, path := range []string{"/users/", "/users/a/b", "/users/a/login/", "/users//", "/users/a/"} {
		refusals = append(refusals, gatewaytest.Refusal{Name: path, Send: gatewaytest.Send(request(http.MethodPost, path)),
			Status: http.StatusNotFound, Code: "no_such_path"})
	}
	for _, action := range installatron.New().Table().Actions() {
		method, path := methodAndPath(action)
		if !action.Served() {
			refusals = append(refusals, gatewaytest.Refusal{Name: action.Name, Send: gatewaytest.Send(request(method, path)),
				Status: http.StatusNotImplemented, Code: "not_served"})
		}
	}
	return append(refusals, gatewaytest.Refusal{Name: "an override that is none of the vendor's methods",
		Send:   gatewaytest.Send(gatewaytest.WithHeader(post(example), "X-Http-Method-Override", "PUT")),
		Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Allow: "GET, HEAD, POST"})
}

func wrongBodies() []gatewaytest.Refusal {
	unreadable := func(name, contentType, body, says string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(gatewaytest.WithHeader(post(body), "Content-Type", contentType)),
			Status: http.StatusBadRequest, Code: "unreadable_body", Says: says}
	}
	const jsonType = "application/json"
	return []gatewaytest.Refusal{
		unreadable("text/plain", "text/plain", example, "Content-Type must be"),
		unreadable("application/xml", "application/xml", "<id>a</id>", "Content-Type must be"),
		unreadable("broken JSON", jsonType, `{"id": "a",}`, "invalid JSON"),
		unreadable("a comment in JSON", jsonType, `{"id": "a"} // comment`, "invalid JSON"),
		unreadable("a JSON list", jsonType, `[{"id": "a"}]`, "object"),
		unreadable("JSON that is not UTF-8", jsonType, "{\"id\": \"\xff\"}", "UTF-8"),
		unreadable("half of a surrogate pair", jsonType, `{"id": "\ud800"}`, "surrogate"),
		{Name: "a body that ends too early", Send: func(s *gatewaytest.Server) gatewaytest.Answer {
			return s.MustSendRaw(post(example).Raw(strconv.Itoa(len(example) + 100)))
		}, Status: http.StatusBadRequest, Code: "unreadable_body", Says: "ended before"},
		{Name: "JSON that calls itself a form", Send: gatewaytest.Send(gatewaytest.WithHeader(post(example), "Content-Type", "application/x-www-form-urlencoded")),
			Status: http.StatusBadRequest, Code: "empty_argument_id", Field: "id"},
		{Name: "no body", Send: gatewaytest.Send(gatewaytest.WithHeader(post(""), "Content-Type", "")),
			Status: http.StatusBadRequest, Code: "empty_argument_id", Field: "id"},
	}
}

func overLimits() []gatewaytest.Refusal {
	return []gatewaytest.Refusal{
		{Name: "20001 values", Send: gatewaytest.Send(post(fmt.Sprintf(`{"id": "a", "x": [%s1]}`, strings.Repeat("1,", 19_999)))),
			Status: http.StatusBadRequest, Code: "too_many_fields", Says: "20000"},
		{Name: "1001 fields of a form", Send: gatewaytest.Send(gatewaytest.WithHeader(post("id=a"+strings.Repeat("&x=", 1000)), "Content-Type", "application/x-www-form-urlencoded")),
			Status: http.StatusBadRequest, Code: "too_many_fields", Says: "1000"},
		{Name: "65 levels", Send: gatewaytest.Send(post(`{"deep":` + strings.Repeat("[", 65) + "1" + strings.Repeat("]", 65) + "}")),
			Status: http.StatusBadRequest, Code: "nested_too_deep", Field: "deep", Says: "64"},
		{Name: "a body over 8 MiB by its Content-Length", Send: func(s *gatewaytest.Server) gatewaytest.Answer {
			return s.MustSendRaw(post(example).Raw(strconv.Itoa(maxBody + 1)))
		}, Status: http.StatusRequestEntityTooLarge, Code: "body_too_large", Says: "8 MiB"},
		{Name: "a body over 8 MiB in chunks", Send: func(s *gatewaytest.Server) gatewaytest.Answer {
			return s.MustSendChunked(post(`{"id": "` + strings.Repeat("a", maxBody)))
		}, Status: http.StatusRequestEntityTooLarge, Code: "body_too_large", Says: "8 MiB"},
	}
}

// badArgument is a refusal of one field with 400 and invalid_argument_ and the field's last name.
func badArgument(name string, r gatewaytest.Request, field, says string) gatewaytest.Refusal {
	leaf := strings.TrimSuffix(field[strings.LastIndexByte(field, '[')+1:], "]")
	return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(r), Status: http.StatusBadRequest, Code: "invalid_argument_" + leaf, Field: field, Says: says}
}

// noArgument is a refusal of one that is not there, with 400 and empty_argument_ and the field's last name.
func noArgument(name string, r gatewaytest.Request, field string) gatewaytest.Refusal {
	refusal := badArgument(name, r, field, "required")
	refusal.Code = "empty" + strings.TrimPrefix(refusal.Code, "invalid")
	return refusal
}

func wrongUsers() []gatewaytest.Refusal {
	badID := func(name, id, says string) gatewaytest.Refusal { // 403 on every page that has an {id}
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(post(`{"id": "` + id + `"}`)),
			Status: http.StatusForbidden, Code: "invalid_argument_id", Field: "id", Says: says}
	}
	return []gatewaytest.Refusal{
		noArgument("no id", post(`{"type": "reseller"}`), "id"),
		noArgument("an empty id", post(`{"id": ""}`), "id"),
		noArgument("an id that is null", post(`{"id": null}`), "id"),
		badID("an id with a blank", "user account", "1 to 64"),
		badID("an id of 65 characters", strings.Repeat("a", 65), "1 to 64"),
		badID("an id with a slash", "user/account", "1 to 64"),
		badID("an id with letters beyond ASCII", "jürgen", "1 to 64"),
		badID("the name of a subuser, in other letters", "Taken", "already exists"),
		{Name: "an id as a list", Send: gatewaytest.Send(post(`{"id": ["a"]}`)), Status: http.StatusForbidden, Code: "invalid_argument_id", Field: "id", Says: "not an array"},
		badArgument("an email address that is none", post(`{"id": "a", "email": "nobody"}`), "email", "e-mail"),
		badArgument("two email addresses", post(`{"id": "a", "email": "a@b.c, d@e.f"}`), "email", "one e-mail"),
		badArgument("a language that is none", post(`{"id": "a", "language": "English"}`), "language", "en"),
		badArgument("a package of two lines", post(`{"id": "a", "package": "a\nb"}`), "package", "one line"),
		badArgument("an unknown type", post(`{"id": "a", "type": "admin"}`), "type", "user or reseller"),
		{Name: "a vhost that may hold credentials is named nowhere", Send: gatewaytest.Send(post(`{"id": "a", "websites": [{"path": "sftp://u:p@h", "vhosts": {"sftp://u:exampleftppassword@h": {"a": "b"}}}]}`)),
			Status: http.StatusBadRequest, Code: "invalid_argument_vhosts", Field: "websites[0][vhosts][…]"},
		{Name: "credentials in the query, nested", Send: inQuery("websites[0][path]=ftp://us:secretpw@host", post(example)),
			Status: http.StatusBadRequest, Code: "invalid_argument_path", Field: "path", Says: "never in the URL"},
		badArgument("suspended that is neither", post(`{"id": "a", "suspended": "maybe"}`), "suspended", "true"),
		badArgument("an unknown parent", post(`{"id": "a", "parent": "nobody"}`), "parent", "reseller"),
		badArgument("a parent that is no reseller", post(`{"id": "a", "parent": "neighbour"}`), "parent", "reseller"),
		badArgument("a parent that is a subuser", post(`{"id": "a", "parent": "taken"}`), "parent", "reseller"),
		badArgument("a new user that is its own parent", post(`{"id": "a", "type": "reseller", "parent": "a"}`), "parent", "reseller"),
		badArgument("dryrun of another word", post(`{"id": "a", "dryrun": "yes"}`), "dryrun", "none, input or all"),
		badArgument("dryrun as a list", post(`{"id": "a", "dryrun": ["input"]}`), "dryrun", "not an array"),
	}
}

func wrongPaths() []gatewaytest.Refusal {
	const field = "websites[0][path]"
	local := func(members string) gatewaytest.Request {
		return post(`{"id": "a", "websites": [{"path": "/home/secret-directory"` + members + `}]}`)
	}
	return []gatewaytest.Refusal{
		noArgument("no path", post(`{"id": "a", "websites": [{"label": "website.com"}]}`), field),
		badArgument("a relative path", path("home/secret-directory"), field, "absolute"),
		badArgument("a path that climbs", path("/home/../secret-directory"), field, ".."),
		badArgument("a trailing separator", path("/home/secret-directory/"), field, "trailing"),
		badArgument("a trailing separator of Windows", path(`c:\inetpub\secret-directory\`), field, "trailing"),
		badArgument("a trailing separator in a URI", path("sftp://u:exampleftppassword@website.com/"), field, "trailing"),
		badArgument("an unknown scheme", path("http://u:exampleftppassword@website.com"), field, "ssh, sftp, ftp or ftps"),
		badArgument("an unencoded @ in the user", path("sftp://user@installatron.com:exampleftppassword@website.com"), field, "percent-encoded"),
		badArgument("an unencoded @ in the password", path("sftp://user:p@ssword@website.com"), field, "%40"),
		badArgument("an unencoded / in the password", path("sftp://user:exampleftppassword/x@website.com"), field, "percent-encode"),
		badArgument("no password", path("sftp://user@website.com"), field, "both user and password"),
		badArgument("no user", path("sftp://website.com"), field, "USER:PASS"),
		badArgument("no server", path("sftp://u:exampleftppassword@"), field, "server"),
		badArgument("a port that is none", path("sftp://u:exampleftppassword@website.com:70000"), field, "PORT"),
		noArgument("a local path without uid", local(`, "gid": 100`), "websites[0][uid]"),
		noArgument("a local path without gid", local(`, "uid": 1234`), "websites[0][gid]"),
		badArgument("a uid below zero", local(`, "uid": -1, "gid": 100`), "websites[0][uid]", "from 0"),
		badArgument("a uid that is a name", local(`, "uid": "www-data", "gid": 100`), "websites[0][uid]", "number"),
	}
}

func wrongWebsites() []gatewaytest.Refusal {
	vhost := func(name, origin, docroot, says string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(site(fmt.Sprintf(`"vhosts": {%q: %q}`, origin, docroot))), Status: http.StatusBadRequest,
			Code: "invalid_argument_vhosts", Field: "websites[0][vhosts][" + origin + "]", Says: says}
	}
	twice := `{"path": "sftp://u:exampleftppassword@website.com", "label": "same"}`
	return []gatewaytest.Refusal{
		badArgument("websites as a text", post(`{"id": "a", "websites": "Array"}`), "websites", "http_build_query()"),
		badArgument("a website as a text", post(`{"id": "a", "websites": ["website.com"]}`), "websites[0]", "array"),
		vhost("a virtual host without scheme", "website.com", "httpdocs", "scheme://host"),
		vhost("a virtual host of another scheme", "ftp://website.com", "httpdocs", "scheme://host"),
		vhost("a virtual host with a path", "http://website.com/", "httpdocs", "scheme://host"),
		vhost("a docroot that starts at the top", "http://website.com", "/httpdocs", "below path"),
		vhost("a docroot that climbs", "http://website.com", "../httpdocs", ".."),
		badArgument("vhosts as a text", site(`"vhosts": "httpdocs"`), "websites[0][vhosts]", "array"),
		badArgument("a vhost_ip that is none", site(`"vhost_ip": "website.com"`), "websites[0][vhost_ip]", "IP"),
		badArgument("an email address that is none", site(`"email": "nobody"`), "websites[0][email]", "e-mail"),
		badArgument("an unknown parent", site(`"parent": "nobody"`), "websites[0][parent]", "reseller"),
		badArgument("an unknown reseller", site(`"reseller": "nobody"`), "websites[0][parent]", "reseller"),
		{Name: "a label that stands twice", Send: gatewaytest.Send(post(`{"id": "a", "websites": [` + twice + `, ` + twice + `]}`)),
			Status: http.StatusForbidden, Code: "invalid_argument_label", Field: "websites[1][label]", Says: "already exists"},
	}
}

func wrongDatabases() []gatewaytest.Refusal {
	database := func(members string) gatewaytest.Request {
		return site(`"databases": [{"host": "localhost", "name": "wp1", "user": "wp1", "pass": "exampledbpassword1"}, {` + members + `}]`)
	}
	field := func(name string) string { return "websites[0][databases][1][" + name + "]" }
	return []gatewaytest.Refusal{
		noArgument("no pass", database(`"host": "localhost", "name": "wp2", "user": "wp2"`), field("pass")),
		noArgument("an empty pass", database(`"host": "localhost", "name": "wp2", "user": "wp2", "pass": ""`), field("pass")),
		noArgument("no host", database(`"name": "wp2", "user": "wp2", "pass": "exampledbpassword1"`), field("host")),
		noArgument("no name", database(`"host": "localhost", "user": "wp2", "pass": "exampledbpassword1"`), field("name")),
		noArgument("no user", database(`"host": "localhost", "name": "wp2", "pass": "exampledbpassword1"`), field("user")),
		badArgument("an unknown type", database(`"type": "pgsql", "host": "localhost", "name": "wp2", "user": "wp2", "pass": "exampledbpassword1"`), field("type"), "mysql"),
		badArgument("a name of two lines", database(`"host": "localhost", "name": "wp\n2", "user": "wp2", "pass": "exampledbpassword1"`), field("name"), "one line"),
	}
}
