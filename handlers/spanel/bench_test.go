package spanel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"panelgate/cli"
	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers"
)

// drop is an answer that nobody reads.
type drop struct{ header http.Header }

func (d *drop) Header() http.Header         { return d.header }
func (d *drop) WriteHeader(int)             {}
func (d *drop) Write(p []byte) (int, error) { return len(p), nil }

func benchmarkCalls(b *testing.B, handler http.Handler) {
	body := "token=" + gatewaytest.AdminToken + "&accountuser=" + gatewaytest.Account + "&action=user%2Flistsubusers"
	call := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/spanel/api.php", strings.NewReader(body))
	call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.ReportAllocs()
	for b.Loop() {
		r := *call
		r.Body = io.NopCloser(strings.NewReader(body))
		handler.ServeHTTP(&drop{make(http.Header)}, &r)
	}
}

// What a call costs beside a handler of the same library that reads one field and writes as much.
func BenchmarkListSubusers(b *testing.B) {
	server := gatewaytest.NewServer(b)
	server.MustSubuser(client.NewSubuser{Username: "benched"})
	options := server.Gateway.Options()
	options.Log = nil
	b.Run("panelgate", func(b *testing.B) { benchmarkCalls(b, cli.NewHandler(server.Gateway)) })
	b.Run("not kept", func(b *testing.B) { benchmarkCalls(b, cli.NewHandler(handlers.NewGateway(options))) })
	b.Run("bare", func(b *testing.B) {
		e := echo.New()
		e.POST("/:folder/api.php", func(c echo.Context) error {
			_ = c.FormValue("accountuser")
			return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, make([]byte, 300))
		})
		benchmarkCalls(b, e)
	})
}
