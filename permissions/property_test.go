package permissions_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"panelgate/permissions"
	"panelgate/phpform"
)

// generated returns a checked grant over the tree; the same seed gives the same grant.
func generated(t *testing.T, tree *permissions.Tree, r *rand.Rand) permissions.Grant {
	t.Helper()
	if r.IntN(20) == 0 {
		return permissions.All()
	}
	var g permissions.Grant
	for _, c := range tree.Categories() {
		if r.IntN(4) == 0 {
			g = g.With(c.Name, "all")
		}
		for _, p := range c.Pages {
			if r.IntN(3) == 0 {
				g = g.With(c.Name, p.Name)
			}
		}
	}
	g, err := tree.Check(g)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGeneratedGrants(t *testing.T) {
	tree := permissions.Default().User
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0))
		a, b := generated(t, tree, r), generated(t, tree, r)
		if !a.Within(a, tree) || !a.Within(permissions.All(), tree) || !permissions.None().Within(a, tree) {
			t.Errorf("%s: not within itself or all, or none not within it", text(t, a))
		}
		checkWithin(t, tree, a, b)
		checkExpand(t, tree, a)
		checkRoundTrips(t, a)
	}
}

// checkWithin compares Within with Allow, page by page, and with a page of every category that is added later.
func checkWithin(t *testing.T, tree *permissions.Tree, a, b permissions.Grant) {
	t.Helper()
	want := !a.IsAll() || b.IsAll()
	for _, c := range tree.Categories() {
		for _, page := range append(c.Pages, permissions.Page{Name: "added_later"}) {
			want = want && (!a.Allow(c.Name, page.Name) || b.Allow(c.Name, page.Name))
		}
	}
	if got := a.Within(b, tree); got != want {
		t.Errorf("%s within %s: %v, page by page %v", text(t, a), text(t, b), got, want)
	}
}

// checkExpand compares Expand with Allow, page by page.
func checkExpand(t *testing.T, tree *permissions.Tree, g permissions.Grant) {
	t.Helper()
	expanded := g.Expand(tree)
	for _, c := range tree.Categories() {
		i := slices.IndexFunc(expanded, func(e permissions.Granted) bool { return e.Category == c.Name })
		for _, p := range c.Pages {
			listed := i >= 0 && slices.Contains(expanded[i].Pages, p.Name)
			if listed != g.Allow(c.Name, p.Name) {
				t.Errorf("%s: %s/%s listed %v, allowed %v", text(t, g), c.Name, p.Name, listed, !listed)
			}
		}
	}
}

func checkRoundTrips(t *testing.T, g permissions.Grant) {
	t.Helper()
	var again permissions.Grant
	if err := json.Unmarshal([]byte(text(t, g)), &again); err != nil || !again.Equal(g) || text(t, again) != text(t, g) {
		t.Errorf("%s came back as %s, %v", text(t, g), text(t, again), err)
	}
	if err := g.EncodeValues("permissions", &url.Values{}); err != nil {
		t.Errorf("%s: %v", text(t, g), err)
	}
}

func FuzzGrantJSON(f *testing.F) {
	for _, seed := range []string{`"all"`, `"none"`, `{"email":"all","domain":["domains","redirects"]}`, `["email"]`,
		`{"domain":{"5":"domains","7":"redirects"}}`, `{"domain":"Array"}`, `{"domains":["all"],"domain":[]}`, `{"\ud800":"x"}`} {
		f.Add([]byte(seed))
	}
	tree := permissions.Default().User
	f.Fuzz(func(t *testing.T, data []byte) {
		var g permissions.Grant
		if g.UnmarshalJSON(data) != nil {
			if !g.IsNone() {
				t.Fatalf("%q is refused and grants %s", data, text(t, g))
			}
			return
		}
		stored := text(t, g)
		var again permissions.Grant
		if err := again.UnmarshalJSON([]byte(stored)); err != nil || text(t, again) != stored || !again.Equal(g) {
			t.Fatalf("%s came back as %s, %v", stored, text(t, again), err)
		}
		if !g.Within(g, tree) {
			t.Fatalf("%s is not within itself", stored)
		}
		checked, err := tree.Check(g)
		if err != nil {
			return
		}
		if !checked.Within(g, tree) || !g.Within(checked, tree) {
			t.Fatalf("Check made %s of %s", text(t, checked), stored)
		}
		checkExpand(t, tree, checked)
		checkRoundTrips(t, checked)
	})
}

// FuzzGrantForm goes the way of a grant that a client sends, from a form's bytes: what is taken means the same when a
// client sends it again, and allows no page that the form does not name.
func FuzzGrantForm(f *testing.F) {
	for _, seed := range []string{"permissions=all", "permissions=none", "permissions[email]=all&permissions[domain][]=domains&permissions[domain][]=redirects",
		"permissions[]=email", "permissions=Array", "permissions[domain]=Array", "permissions[domain][5]=domains&permissions[domain][x]=1",
		"permissions[domains]=all&permissions[domain]=none", "permissions[email][]=all&permissions[email][]=accounts", "permissions[%FF]=all"} {
		f.Add(seed)
	}
	tree := permissions.Default().User
	f.Fuzz(func(t *testing.T, body string) {
		g, ok := readForm(body)
		if !ok {
			if !g.IsNone() {
				t.Fatalf("%q is refused and grants %s", body, text(t, g))
			}
			return
		}
		checked, err := tree.Check(g)
		if err != nil {
			return
		}
		plain, err := url.QueryUnescape(body)
		if err != nil {
			plain = body
		}
		for _, e := range checked.Expand(tree) {
			for _, page := range e.Pages {
				if !strings.Contains(plain, page) && !strings.Contains(plain, "all") {
					t.Errorf("%q grants %s/%s", body, e.Category, page)
				}
			}
		}
		sent := url.Values{}
		if err := checked.EncodeValues("permissions", &sent); err != nil {
			t.Fatalf("%s: %v", text(t, checked), err)
		}
		if again, ok := readForm(sent.Encode()); !ok || !again.Equal(checked) {
			t.Errorf("%s, sent as %s, came back as %s", text(t, checked), sent.Encode(), text(t, again))
		}
	})
}

func readForm(body string) (g permissions.Grant, ok bool) {
	var args struct {
		Permissions permissions.Grant `url:"permissions"`
	}
	form, err := phpform.Parse(body, phpform.DefaultLimits())
	if err != nil {
		return g, false
	}
	_, err = phpform.Decode(form, &args)
	return args.Permissions, err == nil
}
