package ondemand_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/ondemand"
	"panelgate/probe"
)

// withoutPaths is a user with websites that have no path; their labels are site0, site1 and so on.
func withoutPaths(count int) client.UserChange {
	change := client.UserChange{ID: "useraccountname"}
	for i := range count {
		label := fmt.Sprintf("site%d", i)
		change.Websites = append(change.Websites, client.Website{Label: label, Vhosts: map[string]string{"http://" + label + ".example": "."}})
	}
	return change
}

// failuresOf makes a dry run of everything and gives what it finds wrong, one text a finding.
func failuresOf(t *testing.T, server *gatewaytest.Server, change client.UserChange) []string {
	t.Helper()
	change.DryRun = "all"
	_, err := server.Superuser().CreateUser(t.Context(), change)
	var refused *client.Error
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused == nil {
		return nil
	}
	return strings.Split(refused.Message, "; websites")
}

// Nothing is answered before eight questions are there: asked one after another they would never be.
func TestAskedAtOnce(t *testing.T) {
	dir := t.TempDir()
	var now, most, asked atomic.Int32
	eight := make(chan struct{})
	paths := service(t, func(ondemand.Question) (int, string) {
		for n, m := now.Add(1), most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if asked.Add(1) == 8 {
			close(eight)
		}
		<-eight
		now.Add(-1)
		return http.StatusOK, `{"path":"` + dir + `"}`
	})
	paths.SetPatience(time.Minute)
	server := gatewaytest.NewServerWith(t, handlers.Settings{PathOnDemand: paths})
	if failures := failuresOf(t, server, withoutPaths(20)); failures != nil {
		t.Errorf("findings: %q", failures)
	}
	if asked.Load() != 20 || most.Load() != 8 {
		t.Errorf("%d questions, %d at a time, want 20 and 8", asked.Load(), most.Load())
	}
}

// The first website's path comes last.
func TestOrderOfFindings(t *testing.T) {
	third := make(chan struct{})
	paths := service(t, func(q ondemand.Question) (int, string) {
		if q.Label == "site2" {
			close(third)
			return http.StatusInternalServerError, ""
		}
		<-third
		return http.StatusOK, `{"path":"not/absolute"}`
	})
	change := withoutPaths(3)
	change.Websites[1].Path = "ftp://user:pass@169.254.169.254"
	for i := range change.Websites {
		change.Websites[i].Databases = client.Databases{{Type: "mysql", Host: "169.254.169.254", Name: "site", User: "user", Pass: "pass"}}
	}
	failures := failuresOf(t, gatewaytest.NewServerWith(t, handlers.Settings{PathOnDemand: paths}), change)
	wants := []string{
		"websites[0][path]: the path that was given on demand", "[1][path]: the address of the host", "[2][path]: the path service answered 500",
		"[0][databases][0][host]: ", "[1][databases][0][host]: ", "[2][databases][0][host]: ",
	}
	if len(failures) != len(wants) {
		t.Fatalf("findings %q, want %q", failures, wants)
	}
	for i, want := range wants {
		if !strings.HasPrefix(failures[i], want) {
			t.Errorf("finding %q, want %q", failures[i], want)
		}
	}
}

// silent is a service that answers for one website only, until the test ends.
func silent(t *testing.T, speaksOf, path string) *ondemand.Client {
	t.Helper()
	ended := make(chan struct{})
	paths := service(t, func(q ondemand.Question) (int, string) {
		if q.Label != speaksOf {
			<-ended
		}
		return http.StatusOK, `{"path":"` + path + `"}`
	})
	t.Cleanup(func() { close(ended) }) // before the service's own, which waits for its answers
	return paths
}

// A service that is late is told from one that is not there, and keeps nobody from the others' paths.
func TestOutOfTime(t *testing.T) {
	dir := t.TempDir()
	paths := silent(t, "site1", dir)
	paths.SetPatience(3 * time.Second)
	server := gatewaytest.NewServerWith(t, handlers.Settings{PathOnDemand: paths})
	failures := failuresOf(t, server, withoutPaths(2))
	if len(failures) != 1 || failures[0] != "websites[0][path]: the path service has not answered: its 3s were over" {
		t.Errorf("a late answer: %q", failures)
	}

	if _, err := server.Superuser().CreateUser(t.Context(), withoutPaths(2)); err != nil {
		t.Fatal(err)
	}
	answer, err := server.Superuser().Call(t.Context(), "users/view", url.Values{"id": {"useraccountname"}, "resolve": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	type website struct {
		Path  *string
		Error string `json:"path_error"`
	}
	var view struct{ Data struct{ Websites []website } }
	if err := json.Unmarshal(answer, &view); err != nil || len(view.Data.Websites) != 2 {
		t.Fatalf("%v: %s", err, answer)
	}
	late, there := view.Data.Websites[0], view.Data.Websites[1]
	if late.Path != nil || late.Error != "the path service has not answered: its 3s were over" {
		t.Errorf("view of the late website: %s", answer)
	}
	if there.Path == nil || *there.Path != dir || there.Error != "" {
		t.Errorf("view of the other website: %s", answer)
	}
}

// Nine questions that nobody answers: eight are under way and one waits when the time of all is over.
func TestWholeTime(t *testing.T) {
	paths := silent(t, "", "")
	paths.SetPatience(time.Minute)
	server := gatewaytest.NewServerWith(t, handlers.Settings{PathOnDemand: paths, Prober: probe.New(probe.Config{Whole: time.Second})})
	texts := map[string]int{}
	for _, failure := range failuresOf(t, server, withoutPaths(9)) {
		_, text, _ := strings.Cut(failure, ": ")
		texts[text]++
	}
	if texts["the path service has not answered: the time for the whole call was over"] != 8 ||
		texts["the path service was not asked: the time for the whole call was over before its turn"] != 1 {
		t.Errorf("findings: %v", texts)
	}
}

func TestUnreachable(t *testing.T) {
	gone := ondemand.New("http://127.0.0.1:1", []byte(secret))
	if _, err := gone.Path(t.Context(), ondemand.Question{}); err == nil || err.Error() != "the path service cannot be reached" {
		t.Errorf("no service: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	paths := service(t, func(ondemand.Question) (int, string) {
		cancel()
		<-ended
		return http.StatusOK, `{"path":"/late"}`
	})
	defer close(ended)
	if _, err := paths.Path(ctx, ondemand.Question{}); err == nil || err.Error() != "the path service has not answered: the request was given up" {
		t.Errorf("a request that was given up: %v", err)
	}
}
