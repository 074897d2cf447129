package cli

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/labstack/echo/v4"

	"panelgate/handlers"
	"panelgate/handlers/derive"
)

type docsCommand struct {
	Out string `default:"docs" placeholder:"DIR" help:"Folder to write actions.md and openapi.json into; it must exist."`
}

// Run writes the reference of the API and its OpenAPI document.
func (c *docsCommand) Run(s streams) error {
	reference, err := derive.New()
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		make func() ([]byte, error)
	}{{"actions.md", reference.Markdown}, {"openapi.json", reference.OpenAPI}} {
		text, err := file.make()
		if err != nil {
			return err
		}
		path := filepath.Join(c.Out, file.name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(s.out, path)
	}
	return nil
}

// mountDocs serves the reference: as a page at /docs, and as an OpenAPI document below it. Both are made of what is
// compiled in, when they are first asked for.
func mountDocs(e *echo.Echo, g *handlers.Gateway) {
	made := sync.OnceValues(newSite)
	serve := func(path string, write func(echo.Context, *site) error) {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, g.Catch(func(c echo.Context) error {
			site, err := made()
			if err != nil {
				return err
			}
			c.Response().Header().Set(echo.HeaderXContentTypeOptions, "nosniff")
			return write(c, site)
		}))
	}
	serve("/docs", func(c echo.Context, s *site) error {
		c.Response().Header().Set(echo.HeaderContentSecurityPolicy, s.policy)
		return c.HTMLBlob(http.StatusOK, s.page)
	})
	serve("/docs/openapi.json", func(c echo.Context, s *site) error { return c.JSONBlob(http.StatusOK, s.document) })
}

// site is what mountDocs serves.
type site struct {
	page, document []byte
	policy         string // of the page's Content-Security-Policy
}

func newSite() (*site, error) {
	reference, err := derive.New()
	if err != nil {
		return nil, err
	}
	var s site
	var pageErr, documentErr error
	s.page, s.policy, pageErr = reference.Page()
	s.document, documentErr = reference.OpenAPI()
	return &s, errors.Join(pageErr, documentErr)
}
