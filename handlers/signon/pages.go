package signon

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/store"
)

// Pages answers the browsers of those who sign on, and the web servers in front of panels.
type Pages struct {
	gateway  *handlers.Gateway
	store    *store.Store
	log      *slog.Logger
	settings handlers.Settings
	origins  *http.CrossOriginProtection
	template *template.Template
	policy   string // Content-Security-Policy of every page
}

// New makes the pages of a gateway. It panics when the gateway's PublicURL is not scheme://host.
func New(g *handlers.Gateway) *Pages {
	o := g.Options()
	p := &Pages{gateway: g, store: o.Store, log: o.Log, settings: o.Settings, origins: http.NewCrossOriginProtection(),
		template: template.Must(template.New("page").Parse(pageHTML)), policy: policy(pageHTML)}
	if o.PublicURL != "" {
		if err := p.origins.AddTrustedOrigin(o.PublicURL); err != nil {
			panic(err)
		}
	}
	return p
}

// Mount adds the paths. A link is opened by GET alone: what follows links to preview them with
// HEAD does not use them up.
func (p *Pages) Mount(e *echo.Echo) {
	e.GET("/:folder/sso/:ticket", p.gateway.Catch(p.open))
	e.GET("/auth/session", p.gateway.Catch(p.session))
	e.GET("/auth/check", p.gateway.Catch(p.check))
	e.POST("/auth/logout", p.gateway.Catch(p.logout))
}

//go:embed page.html
var pageHTML string

// policy allows a page its own style sheet, by its hash, and its own forms: no script, no frame, nothing loaded.
func policy(page string) string {
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// view is what a page shows: a title, and a sentence or a person.
type view struct {
	Title, Text string
	Person      *personView
}

func (p *Pages) render(c echo.Context, status int, v view) error {
	var page bytes.Buffer
	if err := p.template.Execute(&page, v); err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentSecurityPolicy, p.policy)
	header.Set(echo.HeaderXContentTypeOptions, "nosniff")
	guard(header)
	return c.HTMLBlob(status, page.Bytes())
}

// guard keeps what an answer holds out of caches, and its address out of the requests that follow.
func guard(header http.Header) {
	header.Set(echo.HeaderCacheControl, "no-store")
	if header.Get(echo.HeaderReferrerPolicy) == "" {
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
	}
}

// patience bounds the wait for the database.
const patience = 5 * time.Second

func within(c echo.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.Request().Context(), patience)
}

// failed tells an error that is the server's own: 503 where it will pass, else 500.
func (p *Pages) failed(c echo.Context, err error) (status int) {
	refused := handlers.AsError(err)
	p.log.Error("sign-on failed", "request_id", handlers.RequestID(c), "error", err)
	if refused.Code == handlers.CodeBusy {
		c.Response().Header().Set(echo.HeaderRetryAfter, "1")
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (p *Pages) renderFailure(c echo.Context, err error) error {
	return p.render(c, p.failed(c, err), view{Title: "This did not work",
		Text: "The server could not answer. Nothing was changed; please try again in a moment."})
}

// tree is the one that a person's grant is drawn from, as it is now.
func (p *Pages) tree(who store.Person) *permissions.Tree {
	return TreeOf(p.gateway.Options().Catalogue, who.Role())
}
