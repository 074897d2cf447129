package signon

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/store"
)

// The cookie of a session. Browsers take the first name only over TLS, for this one host and from
// it, so that no neighbouring host can set it.
const (
	cookieTLS   = "__Host-panelgate"
	cookiePlain = "panelgate"
)

// isTLS reports whether the browser's side of a request is encrypted: here, or at a proxy that
// --public-url speaks of.
func (p *Pages) isTLS(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(p.settings.PublicURL, "https://")
}

// setCookie keeps a session in the browser until the browser closes; "" takes it away.
func (p *Pages) setCookie(c echo.Context, secret string) {
	cookie := &http.Cookie{Name: cookiePlain, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if p.isTLS(c.Request()) {
		cookie.Name, cookie.Secure = cookieTLS, true
	}
	if secret == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}

// cookie gives the session's secret, "" where there is none. The plain cookie counts only where no
// encrypted one could have been set; a web server in front may ask about the encrypted one in plain.
func (p *Pages) cookie(r *http.Request) string {
	if cookie, err := r.Cookie(cookieTLS); err == nil {
		return cookie.Value
	}
	if cookie, err := r.Cookie(cookiePlain); err == nil && !p.isTLS(r) {
		return cookie.Value
	}
	return ""
}

// person finds who is signed on; nobody is a [*store.NotFoundError].
func (p *Pages) person(ctx context.Context, r *http.Request) (who store.Person, err error) {
	secret := p.cookie(r)
	if !auth.IsCookie(secret) { // what is made up costs no look into the database
		return who, &store.NotFoundError{Noun: store.NounSession}
	}
	err = p.store.Read(ctx, func(tx *store.Tx) (err error) {
		who, err = tx.Session(auth.HashSecret(secret))
		return err
	})
	return who, err
}

// session shows who is signed on and what they may open.
func (p *Pages) session(c echo.Context) error {
	ctx, cancel := within(c)
	defer cancel()
	who, err := p.person(ctx, c.Request())
	var nobody *store.NotFoundError
	if errors.As(err, &nobody) {
		return p.render(c, http.StatusUnauthorized, view{Title: "You are not signed on", Text: "Please use the sign-on link of your hosting provider's site."})
	}
	if err != nil {
		return p.renderFailure(c, err)
	}
	// With no-referrer the browser would send the form without its origin, which logout checks.
	c.Response().Header().Set(echo.HeaderReferrerPolicy, "same-origin")
	asked, err := ParsePage(p.tree(who), c.QueryParam("page"))
	v := view{Title: "You are signed on", Person: p.show(who, asked)}
	if err != nil || asked != "" && !holds(p.tree(who), who.Permissions, asked) {
		v.Text = "The page that was asked for is not among those that you may open."
	}
	return p.render(c, http.StatusOK, v)
}

// holds reports whether a grant has the page, which must be in the tree.
func holds(tree *permissions.Tree, grant permissions.Grant, page string) bool {
	category, name, _ := strings.Cut(page, "/")
	return permissions.Of(category, name).Within(grant, tree)
}

// logout ends the session, for the pages of this server only: others get no cookie from the
// browser, and are told apart by their origin where an old one sends it.
func (p *Pages) logout(c echo.Context) error {
	r := c.Request()
	if err := p.origins.Check(r); err != nil {
		return p.render(c, http.StatusForbidden, view{Title: "Not signed out", Text: "Only this server's own page can sign you out."})
	}
	ctx, cancel := within(c)
	defer cancel()
	_, err := p.person(ctx, r)
	if err == nil {
		err = p.store.Write(ctx, func(tx *store.Tx) error { return tx.EndSession(auth.HashSecret(p.cookie(r))) })
	}
	var nobody *store.NotFoundError
	if err != nil && !errors.As(err, &nobody) {
		return p.renderFailure(c, err)
	}
	p.setCookie(c, "")
	return p.render(c, http.StatusOK, view{Title: "You are signed out", Text: "You can close this window."})
}
