package spanel_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
)

const maxBody = 8 << 20

// Secrets that calls below send; none may turn up in the log.
var secrets = []string{
	gatewaytest.ClientToken, gatewaytest.AdminToken, password, "wrong_token", "leaked_token", "short12", "exampleftppassword", "exampledbpassword1",
	"a value that nobody reads", strings.Repeat("x", 73),
}

func TestRefusals(t *testing.T) {
	s := gatewaytest.NewServer(t)
	revoked := s.MustRevokedToken()
	s.MustAccount("neighbour")
	s.MustSubuser(client.NewSubuser{Username: "taken", Permissions: permissions.All()})
	for _, good := range []gatewaytest.Request{call(newSubuser, "dryrun=input"), call(newAccount, "dryrun=input")} {
		if answer := s.MustSend(good); !strings.Contains(string(answer.Body), "complete_dryrun") {
			t.Fatalf("the calls that are varied below must be good: %s", answer.Body)
		}
	}
	s.CheckRefusals(t, "action", readRefusal, wrongActions())
	s.CheckRefusals(t, "token", readRefusal, wrongTokens(revoked))
	s.CheckRefusals(t, "method and path", readRefusal, wrongMethods())
	s.CheckRefusals(t, "body", readRefusal, wrongBodies(t))
	s.CheckRefusals(t, "limits", readRefusal, overLimits())
	s.CheckRefusals(t, "login", readRefusal, wrongLogins())
	s.CheckRefusals(t, "permissions", readRefusal, wrongPermissions())
	s.CheckRefusals(t, "account", readRefusal, wrongAccounts())
	s.CheckRefusals(t, "websites", readRefusal, wrongWebsites())
	s.CheckSecrets(t, append(secrets, revoked)...)
}

func wrongActions() []gatewaytest.Refusal {
	refusals := []gatewaytest.Refusal{
		{Name: "missing", Send: gatewaytest.Send(call(newSubuser, "-action")), Code: "missing_field", Field: "action"},
		{Name: "empty", Send: gatewaytest.Send(call(newSubuser, "action=")), Code: "missing_field", Field: "action"},
		{Name: "an array", Send: gatewaytest.Send(call(newSubuser, "action[]=user/addsubuser")), Code: "invalid_field", Field: "action", Says: "not an array"},
		{Name: "unknown, with the nearest name", Send: gatewaytest.Send(call(newSubuser, "action=user/addsubusr")), Code: "unknown_action", Field: "action", Says: "user/addsubuser"},
		{Name: "unknown, near nothing", Send: gatewaytest.Send(call(newSubuser, "action=no/such")), Code: "unknown_action", Field: "action"},
		{Name: "in the query only", Send: func(s *gatewaytest.Server) gatewaytest.Answer {
			r := call(newSubuser, "-action")
			r.Path += "?action=user/addsubuser"
			return s.MustSend(r)
		}, Code: "missing_field", Field: "action"},
		{Name: "dryrun of a call that only reads", Send: gatewaytest.Send(call(newSubuser, "action=user/listsubusers", "dryrun=input")), Code: "invalid_field", Field: "dryrun"},
		{Name: "dryrun of another word", Send: gatewaytest.Send(call(newSubuser, "dryrun=yes")), Code: "invalid_field", Field: "dryrun", Says: "none, input or all"},
		{Name: "dryrun as an array", Send: gatewaytest.Send(call(newSubuser, "dryrun[]=input")), Code: "invalid_field", Field: "dryrun"},
	}
	for _, name := range unserved() {
		refusals = append(refusals, gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(call(newSubuser, "action="+name)),
			Code: "not_served", Field: "action", Says: name})
	}
	return refusals
}

func wrongTokens(revoked string) []gatewaytest.Refusal {
	inQuery := func(query string) func(*gatewaytest.Server) gatewaytest.Answer {
		r := call(newSubuser)
		r.Path += "?" + query
		return gatewaytest.Send(r)
	}
	return []gatewaytest.Refusal{
		{Name: "missing", Send: gatewaytest.Send(call(newSubuser, "-token")), Code: "missing_field", Field: "token"},
		{Name: "empty", Send: gatewaytest.Send(call(newSubuser, "token=")), Code: "missing_field", Field: "token"},
		{Name: "wrong", Send: gatewaytest.Send(call(newSubuser, "token=wrong_token")), Code: "invalid_token", Field: "token"},
		{Name: "in other letters", Send: gatewaytest.Send(call(newSubuser, "token="+strings.ToUpper(gatewaytest.ClientToken))), Code: "invalid_token", Field: "token"},
		{Name: "revoked", Send: gatewaytest.Send(call(newSubuser, "token="+revoked)), Code: "token_revoked", Field: "token"},
		{Name: "an array", Send: gatewaytest.Send(call(newSubuser, "token[]="+gatewaytest.ClientToken)), Code: "invalid_field", Field: "token"},
		{Name: "in the query", Send: inQuery("token=leaked_token"), Code: "invalid_field", Field: "token", Says: "never in the URL"},
		{Name: "in the query, encoded", Send: inQuery("x=1&%74oken%5B%5D=leaked_token"), Code: "invalid_field", Field: "token", Says: "never in the URL"},
		{Name: "a password in the query", Send: inQuery("password=leaked_token"), Code: "invalid_field", Field: "password", Says: "never in the URL"},
		{Name: "an unknown action tells nothing without a token", Send: gatewaytest.Send(call(newSubuser, "-token", "action=no/such")), Code: "missing_field", Field: "token"},
	}
}

func wrongMethods() []gatewaytest.Refusal {
	var refusals []gatewaytest.Refusal
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
		r := call(newSubuser)
		r.Method = method
		refusals = append(refusals, gatewaytest.Refusal{Name: method, Send: gatewaytest.Send(r),
			Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Allow: "POST"})
	}
	tunnel := gatewaytest.WithHeader(call(newSubuser), "X-HTTP-Method-Override", "POST")
	tunnel.Method = http.MethodGet
	refusals = append(refusals, gatewaytest.Refusal{Name: "GET that claims to be POST", Send: gatewaytest.Send(tunnel),
		Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Allow: "POST"})
	for _, path := range []string{"/", "/api.php", "/spanel", "/spanel/", "/spanel/api.php/", "/spanel//api.php", "/a/b/api.php", "/spanel/API.php", "/spanel/index.php"} {
		r := call(newSubuser)
		r.Path = path
		refusals = append(refusals, gatewaytest.Refusal{Name: path, Send: gatewaytest.Send(r), Status: http.StatusNotFound, Code: "no_such_path"})
	}
	return refusals
}

func wrongBodies(t *testing.T) []gatewaytest.Refusal {
	fields := gatewaytest.Form(newSubuser...)
	withFile, fileBody := mustMultipart(t, map[string]string{"token": gatewaytest.ClientToken}, "permissions")
	whole, multipartBody := mustMultipart(t, map[string]string{"token": gatewaytest.ClientToken}, "")
	unreadable := func(name string, r gatewaytest.Request, says string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(r), Code: "unreadable_body", Says: says}
	}
	return []gatewaytest.Refusal{
		unreadable("text/plain", post("text/plain", fields), "Content-Type must be"),
		unreadable("application/xml", post("application/xml", "<token>"+gatewaytest.ClientToken+"</token>"), "Content-Type must be"),
		unreadable("no media type at all", post("; charset", fields), "Content-Type must be"),
		unreadable("broken JSON", post(plainJSON, `{"token": "`+gatewaytest.ClientToken+`",`), "invalid JSON"),
		unreadable("broken JSON without content type", post("", `{"token": "`+gatewaytest.ClientToken+`"`), "invalid JSON"),
		unreadable("a JSON list", post(plainJSON, `["`+gatewaytest.ClientToken+`"]`), "object"),
		unreadable("JSON that is not UTF-8", post(plainJSON, "{\"token\": \"\xff\"}"), "UTF-8"),
		unreadable("a form that calls itself JSON", post(plainJSON, fields), "object"),
		unreadable("multipart that is cut off", post(whole, multipartBody[:len(multipartBody)-10]), "multipart"),
		unreadable("multipart without boundary", post("multipart/form-data", multipartBody), "boundary"),
		unreadable("multipart with a file", post(withFile, fileBody), "files are not accepted"),
		unreadable("a compressed body", gatewaytest.WithHeader(call(newSubuser), "Content-Encoding", "gzip"), "Content-Encoding"),
		{Name: "a body that ends too early", Send: func(s *gatewaytest.Server) gatewaytest.Answer {
			return s.MustSendRaw(call(newSubuser).Raw(strconv.Itoa(len(fields) + 100)))
		}, Code: "unreadable_body", Says: "ended before"},
		{Name: "empty", Send: gatewaytest.Send(post(form, "")), Code: "missing_field", Field: "token"},
		{Name: "empty without content type", Send: gatewaytest.Send(post("", "")), Code: "missing_field", Field: "token"},
	}
}

func overLimits() []gatewaytest.Refusal {
	manyFields := call(newSubuser).Body + strings.Repeat("&x=", 1001-len(newSubuser))
	manyMembers := fmt.Sprintf(`{"token": %q, "x": [%s1]}`, gatewaytest.ClientToken, strings.Repeat("1,", 19_999))
	tooLarge := call(newSubuser).Body + "&x=" + strings.Repeat("x", maxBody)
	return []gatewaytest.Refusal{
		{Name: "1001 fields", Send: gatewaytest.Send(post(form, manyFields)), Code: "too_many_fields", Says: "1000"},
		{Name: "20001 values in JSON", Send: gatewaytest.Send(post(plainJSON, manyMembers)), Code: "too_many_fields", Says: "20000"},
		{Name: "65 levels", Send: gatewaytest.Send(post(form, call(newSubuser).Body+"&deep"+strings.Repeat("[a]", 65)+"=1")),
			Code: "nested_too_deep", Field: "deep", Says: "64"},
		{Name: "65 levels of JSON", Send: gatewaytest.Send(post(plainJSON, `{"deep":`+strings.Repeat("[", 65)+"1"+strings.Repeat("]", 65)+"}")),
			Code: "nested_too_deep", Field: "deep", Says: "64"},
		{Name: "a body over 8 MiB by its Content-Length", Send: func(s *gatewaytest.Server) gatewaytest.Answer {
			return s.MustSendRaw(call(newSubuser).Raw(strconv.Itoa(maxBody + 1)))
		}, Status: http.StatusRequestEntityTooLarge, Code: "body_too_large", Says: "8 MiB"},
		{Name: "a body over 8 MiB in chunks", Send: func(s *gatewaytest.Server) gatewaytest.Answer {
			return s.MustSendChunked(post(form, tooLarge))
		}, Status: http.StatusRequestEntityTooLarge, Code: "body_too_large", Says: "8 MiB"},
	}
}

func wrongLogins() []gatewaytest.Refusal {
	username := func(name, value, code, says string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(call(newSubuser, "username="+value)), Code: code, Field: "username", Says: says}
	}
	secret := func(name, value, says string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(call(newSubuser, "password="+value)), Code: "invalid_field", Field: "password", Says: says}
	}
	return []gatewaytest.Refusal{
		username("a name of invalid UTF-8", "spanel\xffio", "invalid_field", "letters, digits"),
		username("a name of 31 characters", strings.Repeat("a", 31), "invalid_field", "1 to 30"),
		username("a name with a NUL", "spanelio\x00", "invalid_field", ""),
		username("a name with letters beyond ASCII", "jürgen", "invalid_field", ""),
		username("a name that is empty", "", "missing_field", ""),
		username("a name that is taken, in other letters", "TAKEN", "already_exists", "already exists"),
		username("the name of an account", "Neighbour", "already_exists", "already exists"),
		{Name: "an account with the name of a subuser", Send: gatewaytest.Send(call(newAccount, "id=Taken")), Code: "already_exists", Field: "id", Says: "already exists"},
		{Name: "a name as an array", Send: gatewaytest.Send(call(newSubuser, "username[]=a")), Code: "invalid_field", Field: "username", Says: "not an array"},
		{Name: "names that PHP made Array of", Send: gatewaytest.Send(call(newSubuser, "action=user/delsubuser", "username=Array")),
			Code: "invalid_field", Field: "username", Says: "http_build_query()"},
		{Name: "several to delete, of whom two are not there", Send: gatewaytest.Send(call(newSubuser, "action=user/delsubuser", "username[]=taken", "username[]=nobody", "username[]=neighbour")),
			Code: "not_found", Field: "username", Says: "nobody, neighbour"},
		secret("a password of 7 characters", "short12", "at least 8"),
		secret("a password of 7 characters in 14 bytes", "äöüäöüä", "at least 8"),
		secret("a password of 73 bytes", strings.Repeat("x", 73), "at most 72 bytes"),
		secret("a password with a NUL", "before\x00after", "NUL"),
		{Name: "a password as an array", Send: gatewaytest.Send(call(newSubuser, "password[]="+password)), Code: "invalid_field", Field: "password"},
		{Name: "no password", Send: gatewaytest.Send(call(newSubuser, "-password")), Code: "missing_field", Field: "password"},
	}
}

func wrongPermissions() []gatewaytest.Refusal {
	refused := func(name, says string, changes ...string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(call(newSubuser, changes...)), Code: "invalid_field", Field: "permissions", Says: says}
	}
	return []gatewaytest.Refusal{
		refused("an unknown category, with the nearest name", `"email"`, "permissions[emails]=all"),
		refused("an unknown page, with the nearest name", `"redirects"`, "permissions[domain][]=redirect"),
		refused("an unknown page, with those that there are", "forwarders", "permissions[email][]=xxxxxxxxxxxx"),
		refused("the word Array", "http_build_query()", "permissions=Array"),
		refused("the word Array for a category", "http_build_query()", "permissions[email]=all", "permissions[domain]=Array"),
		refused("a JSON text in a form", "http_build_query()", `permissions={"email":"all"}`),
		refused("another word", "all nor none", "permissions=full"),
		refused("a list without category", "category", "permissions[]=email"),
		{Name: "a page of invalid UTF-8", Send: gatewaytest.Send(call(newSubuser, "permissions[email][]=acc\xffounts")), Code: "invalid_field", Field: "permissions[email][0]", Says: "UTF-8"},
		{Name: "missing", Send: gatewaytest.Send(call(newSubuser, "-permissions")), Code: "missing_field", Field: "permissions"},
		{Name: "empty", Send: gatewaytest.Send(call(newSubuser, "permissions=")), Code: "missing_field", Field: "permissions"},
	}
}

func wrongAccounts() []gatewaytest.Refusal {
	return []gatewaytest.Refusal{
		{Name: "an admin token without accountuser", Send: gatewaytest.Send(call(newSubuser, "token="+gatewaytest.AdminToken, "-accountuser")), Code: "missing_field", Field: "accountuser"},
		{Name: "a client token without accountuser", Send: gatewaytest.Send(call(newSubuser, "-accountuser")), Code: "missing_field", Field: "accountuser"},
		{Name: "a client token with another's", Send: gatewaytest.Send(call(newSubuser, "accountuser=neighbour")), Code: "forbidden", Field: "accountuser"},
		{Name: "a client token with an unknown one", Send: gatewaytest.Send(call(newSubuser, "accountuser=nobody")), Code: "forbidden", Field: "accountuser"},
		{Name: "an admin token with an unknown one", Send: gatewaytest.Send(call(newSubuser, "token="+gatewaytest.AdminToken, "accountuser=nobody")), Code: "not_found", Field: "accountuser", Says: "nobody"},
		{Name: "an admin token with the name of a subuser", Send: gatewaytest.Send(call(newSubuser, "token="+gatewaytest.AdminToken, "accountuser=taken")), Code: "not_found", Field: "accountuser"},
		{Name: "as an array", Send: gatewaytest.Send(call(newSubuser, "accountuser[]=spanelio")), Code: "invalid_field", Field: "accountuser"},
		{Name: "a client token on an action for admins", Send: gatewaytest.Send(call(newAccount, "token="+gatewaytest.ClientToken, "id="+gatewaytest.Account)), Code: "forbidden", Field: "accounts/create"},
	}
}

func wrongWebsites() []gatewaytest.Refusal {
	refused := func(name, code, field, says string, changes ...string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(call(newAccount, changes...)), Code: code, Field: field, Says: says}
	}
	site := "websites[0][path]=sftp://exampleftpuser:exampleftppassword@website.com"
	return []gatewaytest.Refusal{
		refused("the word Array", "invalid_field", "websites", "http_build_query()", "websites=Array"),
		refused("a website that is a text", "invalid_field", "websites[0]", "array", "websites[0]=website.com"),
		refused("a virtual host without scheme", "invalid_field", "websites[0][vhosts][website.com]", "scheme://host", site, "websites[0][vhosts][website.com]=httpdocs"),
		refused("a database without pass", "missing_field", "websites[0][databases][0][pass]", "", site,
			"websites[0][databases][0][host]=localhost", "websites[0][databases][0][name]=wp1", "websites[0][databases][0][user]=wp1"),
		refused("an unknown type", "invalid_field", "type", "user or reseller", "type=admin"),
		refused("an unknown parent", "invalid_field", "parent", "reseller", "parent=nobody"),
		refused("a parent that is no reseller", "invalid_field", "parent", "reseller", "parent=neighbour"),
		refused("a path without user", "invalid_field", "websites[0][path]", "USER:PASS", "websites[0][path]=sftp://website.com"),
	}
}
