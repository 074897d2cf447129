package spanel_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
)

// The folder is the operator's brand.
func TestAnyFolder(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, path := range []string{"/spanel/api.php", "/hostpanel/api.php", "/my.brand-1/api.php", "/m%C3%A9/api.php"} {
		r := call(newSubuser, "action=toolbox/apicheck")
		r.Path = path
		readMessage(t, s.MustSend(r))
	}
}

func TestWaysToSendTheSameCall(t *testing.T) {
	fields := make(map[string]string)
	for _, field := range newSubuser {
		name, value, _ := strings.Cut(field, "=")
		fields[name] = value
	}
	multipart, multipartBody := mustMultipart(t, fields, "")
	body := gatewaytest.Form(newSubuser...)
	const object = `{"token": "` + gatewaytest.ClientToken + `", "accountuser": "` + gatewaytest.Account + `", "action": "user/addsubuser",
		"username": "spanelio_testuser", "password": "` + password + `", "permissions": {"email": "all", "domain": ["domains", "redirects"]}}`
	for _, c := range []struct {
		name    string
		request gatewaytest.Request
	}{
		{"form", post(form, body)},
		{"form with charset", post(form+"; charset=UTF-8", body)},
		{"form with parameters that are malformed", post(form+"; charset", body)},
		{"form in capitals", post(strings.ToUpper(form), body)},
		{"form without content type", post("", body)},
		{"form with brackets as they are", post(form, strings.NewReplacer("%5B", "[", "%5D", "]").Replace(body))},
		{"multipart", post(multipart, multipartBody)},
		{"JSON", post("application/json", object)},
		{"JSON without content type", post("", " \n"+object)},
		{"a method override, which api.php does not know", gatewaytest.WithHeader(post(form, body), "X-HTTP-Method-Override", "GET")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := gatewaytest.NewServer(t)
			if msg := readMessage(t, s.MustSend(c.request)); msg != "The new user spanelio_testuser created successfuly" {
				t.Errorf("msg = %q", msg)
			}
			checkExampleStored(t, s)
		})
	}
}

// checkExampleStored fails unless the subuser of the vendor's page is stored as the page says.
func checkExampleStored(t *testing.T, s *gatewaytest.Server) {
	t.Helper()
	subusers, err := s.AccountClient().Subusers(t.Context(), gatewaytest.Account)
	if err != nil {
		t.Fatal(err)
	}
	want := permissions.Of("email", "accounts", "forwarders", "mailroute", "autoresponders", "spamassassin", "defaultaddress", "filters").
		With("domain", "domains", "redirects")
	if len(subusers) != 1 || subusers[0].User != "spanelio_testuser" || !subusers[0].Permissions.Equal(want) {
		t.Errorf("stored: %v, want spanelio_testuser with %v", subusers, want)
	}
	checkPassword(t, s, "spanelio_testuser", password)
}

func checkPassword(t *testing.T, s *gatewaytest.Server, login, plain string) {
	t.Helper()
	if err := bcrypt.CompareHashAndPassword([]byte(s.MustPasswordHash(login)), []byte(plain)); err != nil {
		t.Errorf("the password %q did not arrive: %v", plain, err)
	}
}

func TestPasswordsArriveAsTheyAre(t *testing.T) {
	for _, c := range []struct{ name, password string }{
		{"ASCII punctuation", " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "},
		{"what looks encoded", "%41%zz+%2B&amp;"},
		{"white space", "\ttab\r\nline "},
		{"72 bytes", strings.Repeat("x", 72)},
		{"8 characters", "äöüäöüäö"},
		{"bytes that are not UTF-8", "\xff\xfe\x80 bytes"},
		{"a number", "00000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := gatewaytest.NewServer(t)
			readMessage(t, s.MustSend(call(newSubuser, "password="+c.password)))
			checkPassword(t, s, "spanelio_testuser", c.password)
			s.MustSubuser(client.NewSubuser{Username: "other", Permissions: permissions.All()})
			readMessage(t, s.MustSend(call(newSubuser, "action=user/changesubuserpasswd", "username=other", "-permissions", "password="+c.password)))
			checkPassword(t, s, "other", c.password)
		})
	}
}

func TestPunctuationArrivesInJSONAndMultipartToo(t *testing.T) {
	const plain = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
	fields := map[string]string{"token": gatewaytest.ClientToken, "accountuser": gatewaytest.Account,
		"action": "user/addsubuser", "username": "spanelio_testuser", "password": plain, "permissions": "all"}
	object, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	multipart, multipartBody := mustMultipart(t, fields, "")
	for _, r := range []gatewaytest.Request{post("application/json", string(object)), post(multipart, multipartBody)} {
		s := gatewaytest.NewServer(t)
		readMessage(t, s.MustSend(r))
		checkPassword(t, s, "spanelio_testuser", plain)
	}
}

func TestNamesAreFreeForAllWhoFit(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, name := range []string{"a", strings.Repeat("a", 30), "_", "0", "007", "UPPER_lower_1"} {
		if msg := readMessage(t, s.MustSend(call(newSubuser, "username="+name))); !strings.Contains(msg, " "+name+" ") {
			t.Errorf("%q does not name %s as it was sent", msg, name)
		}
	}
}

func TestAccountuserIsReadWithoutRegardToCase(t *testing.T) {
	s := gatewaytest.NewServer(t)
	readMessage(t, s.MustSend(call(newSubuser, "accountuser=SPanelIO")))
	checkExampleStored(t, s)
}

// The limits are those of PHP: what fits them is read.
func TestLimitsThemselvesAreAllowed(t *testing.T) {
	s := gatewaytest.NewServer(t)
	full := call(newSubuser).Body + strings.Repeat("&x=", 1000-len(newSubuser))
	readMessage(t, s.MustSend(post(form, full)))
	readMessage(t, s.MustSend(call(newSubuser, "username=deep", "x"+strings.Repeat("[a]", 64)+"=1")))
	large := call(newSubuser, "username=large").Body + "&x="
	readMessage(t, s.MustSend(post(form, large+strings.Repeat("x", maxBody-len(large)))))
}

func TestBooleansOfPHPAndOfPeople(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for word, labels := range map[string]bool{"1": true, "true": true, "on": true, "yes": true, "TRUE": true,
		"0": false, "false": false, "off": false, "no": false, "": false} {
		answer := s.MustSend(call(newSubuser, "action=user/listuserpermissions", "labels="+word))
		if got := strings.Contains(string(answer.Body), `"labels"`); got != labels {
			t.Errorf("labels=%q shows labels: %t, want %t", word, got, labels)
		}
	}
}

func TestAPageAddedLaterIsInAWholeCategory(t *testing.T) {
	s := gatewaytest.NewServer(t)
	readMessage(t, s.MustSend(call(newSubuser)))
	later, err := permissions.Load(strings.NewReader(`{"about": [],
		"user": [
			{"name": "email", "label": "Email", "pages": [{"name": "accounts", "label": "Accounts"}, {"name": "newsletter", "label": "Newsletter"}]},
			{"name": "domain", "label": "Domains", "pages": [{"name": "domains", "label": "Domains"}, {"name": "redirects", "label": "Redirects"}, {"name": "parking", "label": "Parking"}]}
		],
		"admin": [{"name": "accounts", "label": "Accounts", "pages": [{"name": "manage", "label": "Manage"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s.Gateway.SetCatalogue(later)
	subusers, err := s.AccountClient().Subusers(t.Context(), gatewaytest.Account)
	if err != nil {
		t.Fatal(err)
	}
	want := permissions.Of("email", "accounts", "newsletter").With("domain", "domains", "redirects")
	if !subusers[0].Permissions.Equal(want) {
		t.Errorf("email=all and two pages of domain are shown as %v, want %v", subusers[0].Permissions, want)
	}
}

func TestAnswersAreNotKeptByAnybody(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, r := range []gatewaytest.Request{call(newSubuser), call(newSubuser, "-token")} {
		if got := s.MustSend(r).Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control: %q, want no-store", got)
		}
	}
}

// The members of a user stand in the order of Installatron's example; clients of either dialect may show them so.
func TestUserHasTheMembersOfThePage(t *testing.T) {
	s := gatewaytest.NewServer(t)
	answer := s.MustSend(call(newAccount, "websites[0][databases][0][host]=localhost", "websites[0][databases][0][name]=n",
		"websites[0][databases][0][user]=u", "websites[0][databases][0][pass]=exampledbpassword1",
		"websites[0][path]=ssh://u:p@website.com", "websites[0][vhosts][http://website.com]=httpdocs"))
	got := gatewaytest.Keys(answer.Body)
	want := []string{"result", "data", "data.id", "data.parent", "data.type", "data.suspended", "data.locale", "data.email", "data.websites",
		"data.websites.path", "data.websites.label", "data.websites.server", "data.websites.parent",
		"data.websites.databases", "data.websites.databases.type", "data.websites.databases.host", "data.websites.databases.user",
		"data.websites.databases.name", "data.websites.databases.pass",
		"data.websites.vhosts", "data.websites.vhosts.http://website.com"}
	if !slices.Equal(got, want) {
		t.Errorf("members %q\nwant    %q", got, want)
	}
}

func TestHeadIsRefusedWithoutBody(t *testing.T) {
	s := gatewaytest.NewServer(t)
	answer := s.MustSend(gatewaytest.Request{Method: http.MethodHead, Path: "/spanel/api.php"})
	if answer.Status != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != http.MethodPost || len(answer.Body) > 0 {
		t.Errorf("HEAD: %d, Allow %q, body %q", answer.Status, answer.Header.Get("Allow"), answer.Body)
	}
}
