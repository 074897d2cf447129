package signon

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"panelgate/store"
)

// check tells a web server in front of a panel whether to let a request in: 204, 401 where nobody
// is signed on, 403 where they may not open every page that the query names. It has no body.
func (p *Pages) check(c echo.Context) error {
	guard(c.Response().Header())
	ctx, cancel := within(c)
	defer cancel()
	who, err := p.person(ctx, c.Request())
	var nobody *store.NotFoundError
	switch {
	case errors.As(err, &nobody):
		return c.NoContent(http.StatusUnauthorized)
	case err != nil:
		return c.NoContent(p.failed(c, err))
	case !p.mayOpenPages(who, c.Request().URL.RawQuery) || !fitsHeader(who.Name) || !fitsHeader(who.Account):
		return c.NoContent(http.StatusForbidden)
	}
	header := c.Response().Header()
	header.Set("X-Panelgate-User", who.Name)
	header.Set("X-Panelgate-Account", who.Account)
	header.Set("X-Panelgate-Role", who.Role())
	return c.NoContent(http.StatusNoContent)
}

// mayOpenPages is no for whatever is not clearly yes: a query that cannot be read, an empty or
// unknown page, one of several that is not granted.
func (p *Pages) mayOpenPages(who store.Person, rawQuery string) bool {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return false
	}
	for _, asked := range query["page"] {
		page, err := ParsePage(p.tree(who), asked)
		if err != nil || page == "" || !holds(p.tree(who), who.Permissions, page) {
			return false
		}
	}
	return true
}

// fitsHeader refuses names that could end a header and begin another.
func fitsHeader(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}
