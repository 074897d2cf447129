package cli

import (
	"fmt"
	"net/url"
	"strings"
)

// signOnFlags say where those who sign on come in and where they go.
type signOnFlags struct {
	PublicURL string `name:"public-url" placeholder:"URL" help:"Scheme and host of sign-on links, such as https://panel.example; by default those of the request. Needed behind a proxy that does TLS."`
	PanelURL  string `name:"panel-url" placeholder:"URL" help:"Where people go who have signed on, with category/page appended; by default a page of this server that lists what they may open."`
}

// check refuses what is no address, and takes the trailing slash from those that are.
func (f *signOnFlags) check() error {
	public, err := parseURL(f.PublicURL)
	if err != nil || public.Path != "" {
		return usageError{"--public-url: want http or https and a host, nothing behind it, such as https://panel.example"}
	}
	panel, err := parseURL(f.PanelURL)
	if err != nil {
		return usageError{"--panel-url: want a URL of http or https without query, such as https://panel.example/home"}
	}
	f.PublicURL, f.PanelURL = public.String(), panel.String()
	return nil
}

// parseURL reads an absolute URL that more can be appended to; "" is the empty one.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || text == "" {
		return u, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "?#") {
		return nil, fmt.Errorf("not an absolute URL: %s", text)
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
	return u, nil
}
