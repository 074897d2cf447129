package spanel

import (
	"errors"
	"strconv"
	"strings"

	"panelgate/handlers"
	"panelgate/store"
)

// limit is a limit field as clients send it: a number, or unlimited or none. A field that is
// empty counts as one that was left out.
type limit struct {
	sent   bool
	number store.Limit // nil: unlimited
}

// UnmarshalText reads the field.
func (l *limit) UnmarshalText(text []byte) error {
	word := strings.ToLower(string(text))
	if word == "" {
		return nil
	}
	l.sent = true
	if word == "unlimited" || word == "none" {
		return nil
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return errors.New("must be a whole number, or unlimited")
	}
	l.number = &n
	return nil
}

// or gives the limit that was sent, or what is to hold where none was.
func (l limit) or(kept store.Limit) store.Limit {
	if l.sent {
		return l.number
	}
	return kept
}

// limitArgs are the limit fields that four of accounts/* share. Omitted is unlimited for what is
// created and unchanged for what is changed.
type limitArgs struct {
	Quota     limit `url:"quota" doc:"Disk space in MB, 100 at least; a number or unlimited."`
	Inodes    limit `url:"inodes" doc:"Files and directories, 1000 at least; a number or unlimited."`
	Domains   limit `url:"domains" doc:"Additional domains; a number or unlimited, 0 disables them."`
	Emails    limit `url:"emails" doc:"Mailboxes; a number or unlimited, 0 disables them."`
	Databases limit `url:"databases" doc:"Databases; a number or unlimited, 0 disables them."`
}

// The least limits. The pages' tables say 10000 inodes and two of their examples send 1000.
const (
	minQuota  = 100
	minInodes = 1000
)

// Check refuses limits below the minimum.
func (a *limitArgs) Check() error {
	for _, l := range []struct {
		field string
		limit limit
		least int64
	}{{"quota", a.Quota, minQuota}, {"inodes", a.Inodes, minInodes}} {
		if l.limit.number != nil && *l.limit.number < l.least {
			return handlers.Invalid(l.field, "must be at least "+strconv.FormatInt(l.least, 10)+", or unlimited")
		}
	}
	return nil
}

// over gives the limits that hold after a change of kept.
func (a *limitArgs) over(kept store.Limits) store.Limits {
	return store.Limits{Quota: a.Quota.or(kept.Quota), Inodes: a.Inodes.or(kept.Inodes), Domains: a.Domains.or(kept.Domains),
		Emails: a.Emails.or(kept.Emails), Databases: a.Databases.or(kept.Databases)}
}

func (a *limitArgs) anySent() bool {
	return a.Quota.sent || a.Inodes.sent || a.Domains.sent || a.Emails.sent || a.Databases.sent
}

// warnings tells of limits that PHP's false became 0 on its way here, though the page's example
// means unlimited by it.
func (a *limitArgs) warnings() (texts []string) {
	for _, l := range []struct {
		field string
		limit limit
	}{{"domains", a.Domains}, {"emails", a.Emails}, {"databases", a.Databases}} {
		if l.limit.number != nil && *l.limit.number == 0 {
			texts = append(texts, l.field+": 0 (which is what PHP sends for false) disables them; send unlimited to lift the limit")
		}
	}
	return texts
}

// limitText shows a limit as the vendor's lists do. Clients compare with this spelling.
func limitText(l store.Limit) string {
	if l == nil {
		return "Unlimited"
	}
	return strconv.FormatInt(*l, 10)
}
