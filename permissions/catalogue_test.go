package permissions_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"panelgate/permissions"
)

func load(t testing.TB, file string) *permissions.Catalogue {
	t.Helper()
	c, err := permissions.Load(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultIsWellFormed(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9_]+$`)
	c := permissions.Default()
	for _, tree := range []*permissions.Tree{c.User, c.Admin} {
		for _, c := range tree.Categories() {
			guessed := false
			for _, p := range c.Pages {
				if !name.MatchString(c.Name) || !name.MatchString(p.Name) || c.Label == "" || p.Label == "" {
					t.Errorf("%s/%s: malformed name or missing label", c.Name, p.Name)
				}
				if guessed && !p.Unconfirmed {
					t.Errorf("%s/%s: confirmed pages come first", c.Name, p.Name)
				}
				if c.Unconfirmed && !p.Unconfirmed {
					t.Errorf("%s/%s: confirmed in a category that is not", c.Name, p.Name)
				}
				guessed = p.Unconfirmed
			}
		}
	}
}

// TestDefaultHoldsConfirmedNames lists what stands in the vendor's documentation, in the order in which it stands there.
func TestDefaultHoldsConfirmedNames(t *testing.T) {
	c := permissions.Default()
	confirmed(t, c.User, "email accounts forwarders", "domain domains redirects")
	confirmed(t, c.Admin, "server information status", "accounts manage create packages", "admin manageadmins")
}

func confirmed(t *testing.T, tree *permissions.Tree, want ...string) {
	t.Helper()
	var got []string
	for _, c := range tree.Categories() {
		if c.Unconfirmed {
			continue
		}
		line := c.Name
		for _, p := range c.Pages {
			if !p.Unconfirmed {
				line += " " + p.Name
			}
		}
		got = append(got, line)
	}
	if !slices.Equal(got, want) {
		t.Errorf("confirmed are %q, want %q", got, want)
	}
}

// TestDefaultHoldsModuleNames lists the redirects that the WHMCS module sends to base/sso.
func TestDefaultHoldsModuleNames(t *testing.T) {
	for _, name := range strings.Fields(`file/filemanager email/accounts mysql/databases tool/sshield
		software/wpmanager domain/domains domain/dnseditor`) {
		category, page, _ := strings.Cut(name, "/")
		if !permissions.Default().User.Has(category, page) {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestDefaultHasAPageForEveryAction lists every documented action with the page that guards it.
func TestDefaultHasAPageForEveryAction(t *testing.T) {
	c := permissions.Default()
	for page, actions := range userActions {
		guards(t, c.User, page, actions)
	}
	for page, actions := range adminActions {
		guards(t, c.Admin, page, actions)
	}
}

func guards(t *testing.T, tree *permissions.Tree, name, actions string) {
	t.Helper()
	category, page, _ := strings.Cut(name, "/")
	if !tree.Has(category, page) {
		t.Errorf("no page %s for %s", name, strings.Join(strings.Fields(actions), ", "))
	}
}

var userActions = map[string]string{
	"email/accounts": `email/listemailaccounts email/changeemailquota email/createemailaccount email/removeemailaccount
		email/emailaccountpassword`,
	"email/forwarders": "email/listemailforwarders email/addemailforwarder email/removeemailforwarder",
	"email/mailroute":  "email/getmailroute email/setmailroute",
	"email/autoresponders": `email/listemailautoresponders email/addemailautoresponder email/removeemailautoresponder
		email/editemailautoresponder`,
	"email/spamassassin": `email/togglespamassassin email/setspamassassinscore email/listspamassassinsenders
		email/addspamassassinsender email/removespamassassinsender`,
	"email/defaultaddress": "email/getdefaultaddressstatus email/setdefaultaddressstatus",
	"email/filters":        "email/listemailfilters email/addemailfilter email/removeemailfilter",
	"domain/domains": `domain/listdomains domain/adddomain domain/changedomainpath domain/changemodsecurity
		domain/removedomain`,
	"domain/subdomains": "domain/listsubdomains domain/addsubdomain domain/changesubdomainpath domain/removesubdomain",
	"domain/redirects":  "domain/listredirects domain/createredirect domain/removeredirect",
	"domain/dnseditor":  "domain/listdnszone domain/adddnsrecord domain/editdnszone",
	"mysql/databases":   "mysql/createmysqldatabase",
	"mysql/users": `mysql/createmysqluser mysql/deletemysqluser mysql/changeuserpass mysql/assignmysqluser
		mysql/revokeuseraccess`,
	"file/ftpaccounts": "file/listftpaccounts file/addftpaccount file/ftpaccountpassword file/removeftpaccount",
	"file/backups":     "file/listfullbackups file/generatefullbackup",
	"tool/cron":        "tool/createcron tool/editcron",
	"user/manage": `user/listsubusers user/addsubuser user/listuserpermissions user/editsubuserprivileges
		user/changesubuserpasswd user/delsubuser`,
}

var adminActions = map[string]string{
	"server/resourceusage": "server/listresourceusage",
	"accounts/create":      "accounts/wwwacct",
	"accounts/manage": `accounts/listaccounts accounts/changeuserpassword accounts/changedomain accounts/changeuseremail
		accounts/changequota accounts/suspendaccount accounts/unsuspendaccount accounts/terminateaccount
		accounts/grantSSH accounts/editprivileges accounts/listuserpermissions`,
	"accounts/packages": "accounts/listpackages accounts/createpackage accounts/modifypackage accounts/removepackage",
	"accounts/sso":      "base/sso",
	"admin/manageadmins": `admin/listadminusers admin/listadminuserpermissions admin/createadminuser
		admin/updateadminpermissions admin/changeadminusername admin/changeadminpassword admin/removeadminuser`,
}

func TestTreeLookups(t *testing.T) {
	tree := small(t)
	if !tree.Has("domain", "redirects") || !tree.Has("domains", "redirects") {
		t.Error("a page is found by the category's name and by its alias")
	}
	if tree.Has("domain", "accounts") || tree.Has("gone", "accounts") || tree.Has("", "") || tree.Has("domain", "all") {
		t.Error("a page that is not there was found")
	}
	if c, ok := tree.Category("domains"); !ok || c.Name != "domain" || c.Label != "Domains" || len(c.Pages) != 2 {
		t.Errorf("category domains: %+v, %v", c, ok)
	}
	if _, ok := tree.Category("gone"); ok {
		t.Error("category gone was found")
	}
}

func TestTreeGivesCopies(t *testing.T) {
	tree := small(t)
	list := tree.Categories()
	list[0].Name, list[0].Pages[0].Name, list[1].Aliases[0] = "x", "x", "x"
	one, _ := tree.Category("email")
	one.Pages[0].Name = "x"
	if again := tree.Categories(); again[0].Name != "email" || again[0].Pages[0].Name != "accounts" ||
		again[1].Aliases[0] != "domains" {
		t.Errorf("the tree was changed through a copy: %+v", again)
	}
}

func TestLoadRefuses(t *testing.T) {
	const server = `{"name":"server","label":"Server","pages":[{"name":"status","label":"Status"}]}`
	const good = `[` + server + `]`
	second := func(fields string) string { return `{"admin":` + good + `,"user":[` + server + `,{` + fields + `}]}` }
	category := func(fields string) string { return `{"admin":` + good + `,"user":[{` + fields + `}]}` }
	page := func(fields string) string { return category(`"name":"email","label":"Email","pages":[` + fields + `]`) }
	tests := []struct{ name, file, want string }{
		{"no JSON", `user: []`, `catalogue: invalid character`},
		{"nothing", ``, `catalogue: no JSON object`},
		{"half an object", `{"user":`, `catalogue: unexpected EOF`},
		{"an alias of two categories", `{"user":[` + strings.ReplaceAll(server, `"pages"`, `"aliases":["s"],"pages"`) +
			`,{"name":"b","label":"B","aliases":["s"]}]}`, `category "b": "s" is already a category or alias`},
		{"no tree", `{}`, `tree user: no categories; at least one is needed`},
		{"one tree", `{"user":` + good + `}`, `tree admin: no categories; at least one is needed`},
		{"text after the object", `{"user":` + good + `,"admin":` + good + `} {}`, `more text after the closing brace`},
		{"unknown tree", `{"reseller":` + good + `}`, `unknown field "reseller"`},
		{"unknown field of a category", category(`"name":"email","icon":"x"`), `unknown field "icon"`},
		{"unknown field of a page", page(`{"name":"accounts","title":"x"}`), `unknown field "title"`},
		{"a wrong type", category(`"name":7`), `cannot unmarshal number`},
		{"no category name", category(`"label":"Email"`), `tree user: category "": names are made of a-z, 0-9 and _`},
		{"capitals in a category", category(`"name":"Email"`), `category "Email": names are made of a-z, 0-9 and _`},
		{"a number as category", category(`"name":"12"`), `category "12": names hold at least one letter`},
		{"all as category", category(`"name":"all"`), `category "all": all and none are reserved`},
		{"a long category", category(`"name":"` + strings.Repeat("x", 65) + `"`), `names have at most 64 characters`},
		{"no category label", category(`"name":"email"`), `category "email": a label is needed`},
		{"a long label", category(`"name":"email","label":"` + strings.Repeat("é", 101) + `"`), `labels have at most 100 characters`},
		{"a label of two lines", category(`"name":"email","label":"a\nb"`), `labels are one line of printable text`},
		{"no pages", page(``), `category "email": no pages; at least one is needed`},
		{"a page without name", page(`{"label":"A"}`), `category "email": page "": names are made of`},
		{"a page with a dash", page(`{"name":"a-b","label":"A"}`), `page "a-b": names are made of a-z, 0-9 and _`},
		{"none as page", page(`{"name":"none","label":"N"}`), `page "none": all and none are reserved`},
		{"a page without label", page(`{"name":"accounts"}`), `page "accounts": a label is needed`},
		{"a page twice", page(`{"name":"a","label":"A"},{"name":"a","label":"A"}`), `page "a": listed twice`},
		{"a category twice", second(`"name":"server","label":"Again"`),
			`category "server": "server" is already a category or alias`},
		{"an alias that is a category", second(`"name":"b","label":"B","aliases":["server"]`),
			`category "b": "server" is already a category or alias`},
		{"an alias of itself", category(`"name":"b","label":"B","aliases":["b"]`), `category "b": "b" is already a category or alias`},
		{"a malformed alias", category(`"name":"b","label":"B","aliases":["B"]`), `category "b": alias "B": names are made of`},
		{"too many pages", page(many(1001)), `category "email": more than 1000 pages`},
		{"too many categories", `{"user":[` + strings.Repeat("{},", 100) + `{}]}`, `101 categories; at most 100 are read`},
		{"too large", `{"about":["` + strings.Repeat("x", 1<<20) + `"]}`, `larger than 1048576 bytes`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := permissions.Load(strings.NewReader(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) || c != nil {
				t.Errorf("got %v, error\n%v, want\n%s", c, err, tt.want)
			}
		})
	}
}

// many is n pages of a catalogue file.
func many(n int) string {
	pages := make([]string, n)
	for i := range pages {
		pages[i] = fmt.Sprintf(`{"name":"p%d","label":"P"}`, i)
	}
	return strings.Join(pages, ",")
}
