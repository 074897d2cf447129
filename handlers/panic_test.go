package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"panelgate/cli"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/spanel"
	"panelgate/store"
)

// broken is SPanel's dialect with actions that panic.
type broken struct {
	*spanel.Dialect
	table *handlers.Table
}

func (b broken) Table() *handlers.Table { return b.table }

const panicText = "a panic that holds hunter2-secret"

// breaks makes an action that does not come back from run.
func breaks(name string, writes bool, run func(r *handlers.Request) (any, error)) *handlers.Action {
	return handlers.Define(handlers.Action{Name: name, For: handlers.ForAnyone, Summary: "Panics.", Writes: writes, Subject: handlers.Account},
		func(r *handlers.Request, _ struct{}) (any, error) { return run(r) })
}

// endless lists rows until it panics, after the answer began to leave.
func endless(r *handlers.Request) (any, error) {
	pages := 0
	return handlers.Paged(r, 100_000, func(*store.Tx, int64) ([]string, int64, error) {
		if pages++; pages > 3 {
			panic(panicText)
		}
		return make([]string, 100_000), 0, nil
	})
}

// newBroken is a server some of whose actions and pages panic.
func newBroken(t *testing.T) (s *gatewaytest.Server, base string) {
	t.Helper()
	s = gatewaytest.NewServer(t)
	fails := func(*handlers.Request) (any, error) { panic(panicText) }
	d := broken{Dialect: spanel.New()}
	d.table = d.Dialect.Table().With(breaks("test/list", false, endless), breaks("test/read", false, fails), breaks("test/write", true, fails))
	server := httptest.NewServer(cli.NewHandler(s.Gateway, func(e *echo.Echo) {
		e.POST("/broken/run", s.Gateway.Serve(d))
		e.GET("/broken/page", s.Gateway.Catch(func(echo.Context) error { panic(panicText) }))
	}))
	t.Cleanup(server.Close)
	return s, server.URL
}

func TestPanics(t *testing.T) {
	s, base := newBroken(t)
	was := s.MustDump()
	s.URL = base
	for _, action := range []string{"test/read", "test/write", "test/read"} {
		answer := s.MustSend(gatewaytest.Request{Method: http.MethodPost, Path: "/broken/run", Header: http.Header{"Idempotency-Key": {"hunter2-key"}},
			Body: "token=" + gatewaytest.AdminToken + "&password=hunter2-password&websites[0][path]=sftp://hunter2:hunter2@x&action=" + action})
		wantInternal(t, answer)
	}
	wantInternal(t, s.MustSend(gatewaytest.Request{Method: http.MethodGet, Path: "/broken/page"}))
	if _, err := s.Superuser().Subusers(t.Context(), gatewaytest.Account); err != nil {
		t.Errorf("the server does not go on: %v", err)
	}
	if now := s.MustDump(); now != was {
		t.Errorf("something was stored:\n%s\nwas\n%s", now, was)
	}
	for _, row := range s.MustAudit(store.AuditFilter{}) {
		if strings.Contains(fmt.Sprint(row), "hunter2") {
			t.Errorf("the audit trail holds a secret: %+v", row)
		}
	}
	log := s.Log.String()
	if strings.Count(log, `"panic":"string"`) != 4 || !strings.Contains(log, "panic_test.go") || strings.Contains(log, "hunter2") {
		t.Errorf("the log does not say where it panicked, or says too much: %s", log)
	}
}

func wantInternal(t *testing.T, answer gatewaytest.Answer) {
	t.Helper()
	var said struct {
		Result, Code, Msg string
		ID                string `json:"request_id"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		t.Fatal(err)
	}
	if said.Result != "error" || said.Code != "internal_error" || said.ID != answer.Header.Get("X-Request-Id") || strings.Contains(said.Msg, "hunter2") {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
}

// An answer that is broken off does not pass for a whole one.
func TestPanicWhileAnswering(t *testing.T) {
	s, base := newBroken(t)
	res, err := http.Post(base+"/broken/run", "application/x-www-form-urlencoded", strings.NewReader("action=test/list&token="+gatewaytest.AdminToken))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusOK || n < 200_000 || err == nil {
		t.Errorf("%s, %d bytes, %v: want the start of a long answer, then an error", res.Status, n, err)
	}
	if log := s.Log.String(); strings.Contains(log, "hunter2") || !strings.Contains(log, `"result":"failed"`) {
		t.Errorf("the log does not tell of it, or says too much: %s", log)
	}
}
