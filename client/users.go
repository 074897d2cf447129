package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/go-querystring/query"
)

// UserChange is what a user is to become. A nil field keeps what is stored and, for a new user,
// gets the default of https://installatron.com/api/is/users/create.
type UserChange struct {
	ID        string   `json:"id" url:"id"`
	Email     *string  `json:"email,omitempty" url:"email,omitempty"`
	Language  *string  `json:"language,omitempty" url:"language,omitempty"`
	Package   *string  `json:"package,omitempty" url:"package,omitempty"`
	Parent    *string  `json:"parent,omitempty" url:"parent,omitempty"`
	Suspended *bool    `json:"suspended,omitempty" url:"suspended,int,omitempty"`
	Type      *string  `json:"type,omitempty" url:"type,omitempty"` // user or reseller
	Websites  Websites `json:"websites,omitzero" url:"websites"`
	DryRun    string   `json:"dryrun,omitempty" url:"dryrun,omitempty"` // none, input or all
}

// Websites is a user's whole list. nil keeps the stored one, an empty one clears it.
type Websites []Website

// Website is one entry of a user's websites.
type Website struct {
	Path      string            `json:"path" url:"path"`
	Label     string            `json:"label,omitempty" url:"label,omitempty"`
	Server    string            `json:"server,omitempty" url:"server,omitempty"`
	Parent    string            `json:"parent,omitempty" url:"parent,omitempty"`
	Databases Databases         `json:"databases,omitempty" url:"databases,omitempty"`
	Vhosts    map[string]string `json:"vhosts,omitempty" url:"-"` // scheme://host → docroot
	UID       *uint32           `json:"uid,omitempty" url:"uid,omitempty"`
	GID       *uint32           `json:"gid,omitempty" url:"gid,omitempty"`
	Language  string            `json:"language,omitempty" url:"language,omitempty"`
	VhostIP   string            `json:"vhost_ip,omitempty" url:"vhost_ip,omitempty"`
	Suspended bool              `json:"suspended,omitempty" url:"suspended,int,omitempty"`
	Email     string            `json:"email,omitempty" url:"email,omitempty"`
}

// Databases are those of one website.
type Databases []Database

// Database is one that was made for a website.
type Database struct {
	Type string `json:"type" url:"type"` // mysql
	Host string `json:"host" url:"host"`
	User string `json:"user" url:"user"`
	Name string `json:"name" url:"name"`
	Pass string `json:"pass" url:"pass"`
}

// User is the user object of the server's answers.
type User struct {
	ID        string   `json:"id"`
	Parent    string   `json:"parent"`
	Type      string   `json:"type"`
	Suspended bool     `json:"suspended"`
	Locale    string   `json:"locale"`
	Email     string   `json:"email"`
	Websites  Websites `json:"websites"`
}

// EncodeValues writes the list as PHP would: websites[0][path]=…. An empty list is sent as an
// empty text, since a form has no other word for it; nil is not sent.
func (w Websites) EncodeValues(key string, form *url.Values) error {
	if w != nil && len(w) == 0 {
		form.Set(key, "")
	}
	for i, site := range w {
		prefix := key + "[" + strconv.Itoa(i) + "]"
		if err := nest(prefix, site, form); err != nil {
			return err
		}
		for origin, docroot := range site.Vhosts {
			if strings.Contains(origin, "]") {
				return fmt.Errorf("the vhost %s cannot be sent in a form, whose names end at a ]: use CreateUser", origin)
			}
			form.Set(prefix+"[vhosts]["+origin+"]", docroot)
		}
	}
	return nil
}

// EncodeValues writes the list as PHP would: …[databases][0][host]=….
func (d Databases) EncodeValues(key string, form *url.Values) error {
	for i, db := range d {
		if err := nest(key+"["+strconv.Itoa(i)+"]", db, form); err != nil {
			return err
		}
	}
	return nil
}

// nest adds the fields of a struct below a name: name becomes prefix[name], name[x] prefix[name][x].
func nest(prefix string, v any, form *url.Values) error {
	fields, err := query.Values(v)
	if err != nil {
		return err
	}
	for name, values := range fields {
		first, rest, nested := strings.Cut(name, "[")
		if nested {
			rest = "[" + rest
		}
		(*form)[prefix+"["+first+"]"+rest] = values
	}
	return nil
}

// UpsertUser creates or changes a user through api.php (users/upsert), and gives the user as it
// now is.
func (c *Client) UpsertUser(ctx context.Context, change UserChange) (User, error) {
	return data[User](ctx, c, "users/upsert", change)
}

// CreateUser is UpsertUser through the REST dialect: POST /users.
func (c *Client) CreateUser(ctx context.Context, change UserChange) (User, error) {
	var answer struct {
		Data User `json:"data"`
	}
	body, err := json.Marshal(change)
	if err != nil {
		return answer.Data, err
	}
	address := c.base + "/users"
	if c.explain {
		address += "?explain=1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return answer.Data, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-API-KEY", c.token)
	status, body, err := c.send(req)
	if err != nil {
		return answer.Data, err
	}
	if err := restError(status, body); err != nil {
		return answer.Data, err
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer.Data, fmt.Errorf("read the answer of POST /users: %w", err)
	}
	return answer.Data, nil
}
