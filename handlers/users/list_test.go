package users_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"panelgate/gatewaytest"
)

// page is what an answer says of a list of users.
type page struct {
	ids   []string
	total int // total_count, -1 where none is told
}

// A way to ask for users: REST, and by the action's name on api.php.
var ways = map[string]func(*testing.T, *gatewaytest.Server, ...string) page{
	"GET /users": func(t *testing.T, s *gatewaytest.Server, fields ...string) page {
		query := make(url.Values)
		for _, field := range fields {
			name, value, _ := strings.Cut(field, "=")
			query.Set(name, value)
		}
		return read(t, s.MustSend(gatewaytest.Request{Method: http.MethodGet, Path: "/users?" + query.Encode(),
			Header: http.Header{"X-Api-Key": {gatewaytest.AdminToken}}}))
	},
	"users/list": func(t *testing.T, s *gatewaytest.Server, fields ...string) page {
		return read(t, s.MustSend(gatewaytest.Request{Method: http.MethodPost, Path: "/spanel/api.php",
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			Body:   gatewaytest.Form(append(fields, "token="+gatewaytest.AdminToken, "action=users/list")...)}))
	},
}

func read(t *testing.T, answer gatewaytest.Answer) page {
	t.Helper()
	var list struct {
		Data  []struct{ ID string }
		Total *int `json:"total_count"`
	}
	if err := json.Unmarshal(answer.Body, &list); err != nil || answer.Status != http.StatusOK || list.Data == nil {
		t.Fatalf("not a list: %v: %d %.300s", err, answer.Status, answer.Body)
	}
	got := page{ids: make([]string, len(list.Data)), total: -1}
	for i, row := range list.Data {
		got.ids[i] = row.ID
	}
	if list.Total != nil {
		got.total = *list.Total
	}
	return got
}

// mustFill adds users user1 to user600 in this order, every third of them owned by the reseller owner, and a reseller
// who owns none.
func mustFill(t *testing.T, s *gatewaytest.Server) (all, owned []string) {
	t.Helper()
	for _, name := range []string{"owner", "idle"} {
		s.MustAccount(name)
		s.MustExec("UPDATE accounts SET type = 'reseller' WHERE id = (SELECT id FROM logins WHERE key = ?)", name)
	}
	s.MustExec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
		INSERT INTO logins (kind, name, key, created_at, updated_at) SELECT 'account', 'user' || i, 'user' || i, 0, 0 FROM n`)
	s.MustExec(`INSERT INTO accounts (id, parent_id, type, email, language, package, suspended, permissions)
		SELECT id, CASE WHEN CAST(SUBSTR(name, 5) AS BIGINT) % 3 = 0 THEN (SELECT id FROM logins WHERE key = 'owner') END,
			'user', '', 'en', '', FALSE, '"all"' FROM logins WHERE key LIKE 'user%' AND SUBSTR(key, 5, 1) BETWEEN '0' AND '9'`)
	all = []string{gatewaytest.Account, "owner", "idle"}
	for i := 1; i <= 600; i++ {
		all = append(all, fmt.Sprintf("user%d", i))
		if i%3 == 0 {
			owned = append(owned, fmt.Sprintf("user%d", i))
		}
	}
	return all, owned
}

// Lists are parts of one whole, which stands in the order of creation: from offset on, limit of them or what there is.
// total_count is that of the whole.
func TestOffsetAndLimit(t *testing.T) {
	s := gatewaytest.NewServer(t)
	all, owned := mustFill(t, s)
	for wayName, ask := range ways {
		for _, c := range []struct {
			user  string
			whole []string
		}{
			{"root", all}, {"OWNER", owned}, {"idle", nil}, {"user7", []string{"user7"}},
		} {
			for _, part := range []struct{ offset, limit int }{
				{-1, -1}, {-1, 1}, {0, 1}, {49, 1}, {50, 1}, {0, 50}, {0, 51}, {49, 2}, {50, 50}, {199, 1}, {200, 300}, {249, 252},
				{150, 51}, {602, 1}, {603, 1}, {599, -1}, {600, 1000}, {603, -1}, {4_000_000_000, -1}, {3, 1_000_000},
			} {
				fields := []string{"user=" + c.user}
				from, to := 0, len(c.whole)
				if part.offset >= 0 {
					fields = append(fields, fmt.Sprint("offset=", part.offset))
					from = min(part.offset, to)
				}
				if part.limit >= 0 {
					fields = append(fields, fmt.Sprint("limit=", part.limit))
					to = min(from+part.limit, to)
				}
				got := ask(t, s, fields...)
				if want := c.whole[from:to]; !slices.Equal(got.ids, want) {
					t.Errorf("%s %v gives %s, want %s", wayName, fields, span(got.ids), span(want))
				}
				if wayName == "GET /users" && got.total != len(c.whole) {
					t.Errorf("%s %v: total_count %d, want %d", wayName, fields, got.total, len(c.whole))
				}
			}
		}
	}
}

// span shows a long list by its length and its ends.
func span(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d users, %s … %s", len(ids), ids[0], ids[len(ids)-1])
}

// Whoever goes on where the last part ended gets everybody once, whatever the size of the parts.
func TestPartsMakeTheWhole(t *testing.T) {
	s := gatewaytest.NewServer(t)
	all, _ := mustFill(t, s)
	for wayName, ask := range ways {
		for _, size := range []int{50, 64, 602} {
			var got []string
			for len(got) < len(all) {
				part := ask(t, s, fmt.Sprint("offset=", len(got)), fmt.Sprint("limit=", size))
				if len(part.ids) == 0 {
					break
				}
				got = append(got, part.ids...)
			}
			if !slices.Equal(got, all) {
				t.Errorf("%s in parts of %d gives %s, want %s", wayName, size, span(got), span(all))
			}
		}
	}
}

// Websites go with their users on every page.
func TestUsersAreListedWithTheirWebsites(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustFill(t, s)
	labels := make(map[string]string)
	for _, user := range []string{"user1", "user47", "user48", "user98", "user600"} {
		labels[user] = user + ".com"
		s.MustSend(gatewaytest.Request{Method: http.MethodPost, Path: "/users", Header: http.Header{"X-Api-Key": {gatewaytest.AdminToken}},
			Body: fmt.Sprintf(`{"id": %q, "websites": [{"path": "sftp://u:p@%s", "label": %q}]}`, user, labels[user], labels[user])})
	}
	answer := s.MustSend(gatewaytest.Request{Method: http.MethodGet, Path: "/users", Header: http.Header{"X-Api-Key": {gatewaytest.AdminToken}}})
	var list struct {
		Data []struct {
			ID       string
			Websites []struct{ Path, Label string }
		}
	}
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		t.Fatal(err)
	}
	for _, user := range list.Data {
		label, has := labels[user.ID]
		if has != (len(user.Websites) == 1) || has && (user.Websites[0].Label != label || user.Websites[0].Path != "sftp://u:p@"+label) {
			t.Errorf("%s has the websites %+v, want %q", user.ID, user.Websites, label)
		}
	}
}
