package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"panelgate/auth"
	"panelgate/gatewaytest"
	"panelgate/store"
)

// A token in the place of a name or a text is refused before it is stored, shown or written down, whosever it is.
func TestTokensElsewhereAreRefused(t *testing.T) {
	s := gatewaytest.NewServer(t)
	admin, other := s.MustToken(store.NewToken{Kind: store.KindAdmin}), auth.NewSecret()
	was := s.MustDump()
	for field, call := range map[string]gatewaytest.Request{
		"accountuser": apiCall(admin, "user/listsubusers", "accountuser="+admin),
		"action":      apiCall(admin, other),
		"username":    apiCall(admin, "accounts/terminateaccount", "username[]=a", "username[]=x"+other+"x"),
		"reason":      apiCall(admin, "accounts/suspendaccount", "username=spanelio", "reason="+admin),
		"x":           apiCall(admin, "toolbox/echo", "x[a][]="+strings.ToUpper(other[3:])+" "+other),
		"y":           apiCall(admin, "toolbox/echo", "y["+other+"]=1"),
	} {
		wantMisplaced(t, s, call, field, "invalid_field")
	}
	for field, call := range map[string]gatewaytest.Request{
		"id":      {Method: http.MethodGet, Path: "/users/" + other},
		"package": {Method: http.MethodPost, Path: "/users", Body: `{"id": "acme", "package": "` + admin + `"}`},
		"limit":   {Method: http.MethodGet, Path: "/users?limit=" + admin},
	} {
		call.Header = http.Header{"X-Api-Key": {admin}, "Content-Type": {"application/json"}}
		wantMisplaced(t, s, call, field, "invalid_argument_"+field)
	}
	if now := s.MustDump(); now != was {
		t.Errorf("something was stored:\n%s", gatewaytest.Diff("was", was, "is", now))
	}
	if rows := s.MustAudit(store.AuditFilter{}); len(rows) != 0 {
		t.Errorf("the audit trail has %+v", rows)
	}
	// What only resembles a token is a text like any other.
	if answer := read(t, s.MustSend(apiCall(admin, "toolbox/echo", "x=pg_0123", "y=pg_"+strings.Repeat("g", 64)))); answer.Code != "" {
		t.Errorf("refused: %+v", answer)
	}
}

func wantMisplaced(t *testing.T, s *gatewaytest.Server, call gatewaytest.Request, field, code string) {
	t.Helper()
	answer := s.MustSend(call)
	body := string(answer.Body)
	if !strings.Contains(body, `"`+code+`"`) || !strings.Contains(body, "holds an API token") || auth.HoldsToken(body) {
		t.Errorf("%s: %d %s; want %s", field, answer.Status, body, code)
	}
}
